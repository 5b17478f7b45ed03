package media

/*
#include "native.h"
*/
import "C"

import (
	"context"
	"errors"
	"fmt"
	"math"
	"strings"
	"time"

	"github.com/asticode/go-astiav"

	"github.com/vqa-project/vqa/detectors/measure"
)

// A stream is one analysed stream of an input, with its decoder.
type stream struct {
	measure.Stream
	timeBase    astiav.Rational
	nominal     time.Duration // of a picture, by the frame rate; 0 where unknown
	decoder     *astiav.CodecContext
	notes       *C.vqa_notes // what the decoder logs
	packets     int64        // read
	position    int64        // of the last, of a transport stream
	latest      int64        // decoding time of the last, of live DASH, in ticks
	corrupt     bool         // the packet now being cut out of a transport stream is
	undecodable error
	converter   converter
	line        timeline
	pictures    int64
	errors      int // of the decoder since the packet before
	shedding    Shedding
	shed        [2]int64 // numbers of the packets, from and up to, of which pictures are left out
	owed        int64    // pictures that have not come of them
	shape       shape
}

// A shape is what may change in mid-stream.
type shape struct{ a, b, c int }

func (s *stream) close() {
	if s.decoder != nil {
		s.decoder.Free()
	}
	C.vqa_notes_free(s.notes) // after its decoder
	s.converter.free()
}

// A Picture is a decoded picture: a row with all but its measurements, and the
// pixels to measure.
type Picture struct {
	Row    measure.Picture
	Pixels measure.Frame // valid until Release
	frame  *astiav.Frame
}

// Release gives the pixels back. It must be called once, and may be from any
// goroutine. A picture that was not decoded here has nothing to give back.
func (p *Picture) Release() {
	if p.frame != nil {
		p.frame.Free()
	}
}

// A Sound is a decoded stretch of audio.
type Sound struct {
	Buffer measure.Buffer // its planes are valid until Release
	frame  *astiav.Frame
}

// Release gives the samples back. It must be called once, and may be from any
// goroutine. A sound that was not decoded here has nothing to give back.
func (s *Sound) Release() {
	if s.frame != nil {
		s.frame.Free()
	}
}

// maxErrors is how many reads in a row may fail before an input is given up: a
// damaged file is read over its damage, but a demuxer that cannot find its way
// back fails for ever.
const maxErrors = 100

// Read reads the input to its end and drains the decoders. It returns ctx's
// error when cancelled, and an [*Error] where the source failed; what was
// decoded until then has been delivered in both cases.
func (in *Input) Read(ctx context.Context, h Handler) error {
	if in.bare {
		err := in.readOn(ctx, h)
		in.transportEnd(h)
		return err
	}
	packet := astiav.AllocPacket()
	defer packet.Free()
	var failed error
	for failures := 0; ; {
		in.watch.wait(in.timeout())
		err := in.format.ReadFrame(packet)
		in.watch.came()
		if ctx.Err() != nil {
			failed = ctx.Err()
			break
		}
		if errors.Is(err, astiav.ErrEof) {
			in.counts.DecodeErrors += int64(failures)
			failed = in.endError()
			break
		}
		if err != nil {
			if failures++; errors.Is(err, astiav.ErrInvaliddata) && failures < maxErrors {
				continue
			}
			failed = in.readError(err)
			break
		}
		in.counts.DecodeErrors, failures = in.counts.DecodeErrors+int64(failures), 0
		in.transport(h)
		in.packet(packet, h)
		packet.Unref()
	}
	for _, d := range in.program.Streams {
		if s := in.streams[d.Index]; s != nil && s.decoder != nil {
			in.decode(s, nil, h) // drains it
			s.line.flush(in.confirmed())
			in.dropped(s, 0)
		}
	}
	in.transportEnd(h)
	return failed
}

// confirmed is the media time up to which a jump that nothing follows is
// believed: as far as other streams have come, where every packet carries a
// timestamp that may be damaged. Other containers have their times in tables.
func (in *Input) confirmed() time.Duration {
	if in.clock.wraps {
		return in.End()
	}
	return math.MaxInt64
}

// endError returns why the end of the input is none.
func (in *Input) endError() error {
	if in.watch.stalled.Load() {
		return in.readError(nil)
	}
	if e := C.vqa_io_error(formatPointer(in.format)); e != 0 {
		return in.readError(astiav.Error(e))
	}
	return nil
}

func (in *Input) readError(err error) error {
	at := in.End().Round(time.Millisecond)
	if in.watch.stalled.Load() {
		return in.fail("reading", fmt.Errorf("%w at %s: nothing came for %s", errStalled, at, in.timeout()),
			"--timeout waits longer")
	}
	if in.source.failed != nil {
		return in.fail("reading", fmt.Errorf("stopped at %s: %w", at, in.source.failed), hintOf(in.source.failed))
	}
	if strings.HasSuffix(in.lastLog, "partial file") { // MP4
		if C.vqa_seekable(formatPointer(in.format)) != 0 {
			return in.fail("reading", fmt.Errorf("stopped at %s: was cut off, its index (moov) lists more", at), "copy it again")
		}
		return in.fail("reading", fmt.Errorf("stopped at %s: its index (moov) is not where it can be read from a pipe", at),
			"name a file, or make it with `-movflags +faststart` or `+frag_keyframe`")
	}
	return in.fail("reading", fmt.Errorf("stopped at %s: %w", at, err), "")
}

// packet delivers and decodes one packet.
func (in *Input) packet(p *astiav.Packet, h Handler) {
	s := in.streams[p.StreamIndex()]
	if s == nil || in.left(s, p) || in.repeated(s, p) {
		return
	}
	if dts := p.Dts(); dts != noPTS {
		p.SetDts(in.clock.unwrap(dts, s.timeBase))
	}
	if pts := p.Pts(); pts != noPTS {
		p.SetPts(in.clock.unwrap(pts, s.timeBase))
	}
	row := measure.Packet{
		Stream:   s.Index,
		Number:   s.packets,
		Size:     p.Size(),
		Position: p.Pos(),
		Duration: ticks(p.Duration(), s.timeBase),
		Key:      p.Flags().Has(astiav.PacketFlagKey),
		Corrupt:  p.Flags().Has(astiav.PacketFlagCorrupt),
	}
	if pts := p.Pts(); pts != noPTS {
		row.PTS, row.HasPTS = in.clock.media(pts, s.timeBase), true
	}
	if dts := p.Dts(); dts != noPTS {
		row.DTS, row.HasDTS = in.clock.media(dts, s.timeBase), true
	}
	if in.clock.wraps {
		// A parser cuts packets out of these streams. It is done with one when
		// the next begins, and gives it the flags of what it reads then.
		row.Corrupt, s.corrupt = s.corrupt, row.Corrupt
	}
	s.packets++
	in.counts.Packets++
	if row.Corrupt {
		in.counts.CorruptPackets++
	}
	if s.decoder == nil && row.HasPTS {
		in.reached(s.Type, row.PTS+row.Duration, row.Duration)
	}
	row.DecodeErrors, s.errors = s.errors, 0
	h.Packet(&row)
	if s.decoder != nil {
		corrupt := C.int(0)
		if row.Corrupt {
			corrupt = 1
		}
		C.vqa_decoder_packet(codecPointer(s.decoder), packetPointer(p), C.int64_t(row.Number), corrupt)
		in.leaveOut(s, row.Key)
		in.decode(s, p, h)
	}
}

// left reports whether a packet was left behind, by a stream that has moved to
// another PID since: FFmpeg only gives it at the end.
func (in *Input) left(s *stream, p *astiav.Packet) bool {
	if in.program.Format != transportFormat || p.Pos() < 0 {
		return false
	}
	if p.Pos() < s.position {
		return true
	}
	s.position = p.Pos()
	return false
}

// maxRepeated is how far back a live manifest of DASH is taken to reach.
const maxRepeated = 5 * time.Minute

// repeated reports whether a packet was read before: FFmpeg reads segments of live
// DASH again when it has read the manifest again, and goes on from there.
func (in *Input) repeated(s *stream, p *astiav.Packet) bool {
	if in.program.Format != "dash" || in.program.Duration > 0 || p.Dts() == noPTS {
		return false
	}
	back := s.latest - p.Dts()
	if s.packets > 0 && back >= 0 && ticks(back, s.timeBase) < maxRepeated {
		return true
	}
	s.latest = p.Dts()
	return false
}

// decode sends a packet to the decoder, or nil for the end, and delivers what
// comes out. Errors of the decoder are counted; it goes on with the next
// packet.
func (in *Input) decode(s *stream, p *astiav.Packet, h Handler) {
	count := func(err error) {
		if err != nil && !errors.Is(err, astiav.ErrEof) {
			s.errors++
			in.counts.DecodeErrors++
		}
	}
	for {
		err := s.decoder.SendPacket(p)
		full := errors.Is(err, astiav.ErrEagain)
		if !full {
			count(err)
		}
		received := 0
		for failures := 0; failures < maxErrors; {
			frame := astiav.AllocFrame()
			err := s.decoder.ReceiveFrame(frame)
			if err != nil {
				frame.Free()
				if errors.Is(err, astiav.ErrEagain) || errors.Is(err, astiav.ErrEof) {
					break
				}
				// The error of an earlier packet, from a decoder with threads:
				// pictures behind it may be waiting.
				count(err)
				failures++
				continue
			}
			received++
			in.deliver(s, frame, h)
		}
		if !full || received == 0 {
			return
		}
	}
}

// deliver hands on a decoded frame, which it owns.
func (in *Input) deliver(s *stream, f *astiav.Frame, h Handler) {
	var n nativeFrame
	n.read(f, s)
	if s.Type == measure.Audio {
		in.sound(s, f, &n, h)
	} else {
		in.picture(s, f, &n, h)
	}
}

func (in *Input) picture(s *stream, f *astiav.Frame, n *nativeFrame, h Handler) {
	in.changed(s, shape{int(n.c.width), int(n.c.height), int(f.PixelFormat())})
	pts, duration := n.pts(), n.duration()
	if !n.planar() {
		planar := astiav.AllocFrame()
		err := s.converter.convert(f, planar)
		f.Free()
		if f = planar; err != nil {
			f.Free()
			s.errors++
			in.counts.DecodeErrors++
			return
		}
		n.read(f, s)
	}
	p := &Picture{frame: f, Pixels: n.frame()}
	n.picture(&p.Row)
	if p.Row.Skipped = in.kept(s, &p.Row); p.Row.Skipped {
		p.Row.Lost = 0 // what is not there is not lost
	}
	alone := p.Row.Skipped && p.Row.Key && s.shedding == KeepKey
	p.Row.Stream = s.Index
	p.Row.Duration = s.nominal
	if d := ticks(duration, s.timeBase); d > 0 {
		p.Row.Duration = d
	}
	in.counts.Pictures++
	if p.Row.Damage != 0 {
		in.counts.DamagedPictures++
	}
	s.line.add(unit{in.clock.media(pts, s.timeBase), pts != noPTS, p.Row.Duration, func(at time.Duration, back bool) {
		p.Row.PTS, p.Row.Discontinuity, p.Row.Number = at, back || alone, s.pictures
		s.pictures++
		in.reached(measure.Video, p.Row.End(), 0)
		h.Picture(p)
	}})
}

func (in *Input) sound(s *stream, f *astiav.Frame, n *nativeFrame, h Handler) {
	out := &Sound{frame: f}
	b := &out.Buffer
	if !n.buffer(f, b) {
		f.Free()
		return
	}
	in.changed(s, shape{b.SampleRate, b.Channels, int(b.Format)})
	b.Stream = s.Index
	pts := n.pts()
	duration := time.Duration(b.Samples) * time.Second / time.Duration(b.SampleRate)
	in.counts.Samples += int64(b.Samples)
	s.line.add(unit{in.clock.media(pts, s.timeBase), pts != noPTS, duration, func(at time.Duration, back bool) {
		b.PTS, b.Discontinuity = at, back
		in.reached(measure.Audio, at+duration, duration)
		h.Sound(out)
	}})
}

// reached notes how far a stream was read, and how long the last unit was.
func (in *Input) reached(t measure.MediaType, end, unit time.Duration) {
	if t == measure.Video {
		in.pictureEnd = max(in.pictureEnd, end)
	} else if end >= in.soundEnd {
		in.soundEnd, in.lastSound = end, unit
	}
}

// changed counts changes of shape in mid-stream.
func (in *Input) changed(s *stream, now shape) {
	if s.shape != now {
		if s.shape != (shape{}) {
			in.counts.ParameterChanges++
		}
		s.shape = now
	}
}
