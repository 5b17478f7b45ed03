package media

/*
#include "native.h"
*/
import "C"

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"sync/atomic"
	"time"
	"unsafe"

	"github.com/asticode/go-astiav"

	"github.com/vqa-project/vqa/detectors/measure"
)

// An Input is an open input. Its methods are for one goroutine.
type Input struct {
	source               *source
	tap                  *tap // nil where nobody wants to know
	opener               opener
	bare                 bool // a transport stream in which FFmpeg finds nothing
	options              Options
	format               *astiav.FormatContext
	guard                astiav.IOInterrupter
	watch                *watchdog
	program              measure.Program
	clock                clock
	streams              map[int]*stream // those analysed, by index
	lastLog              string
	unwatch              func()
	pictureEnd, soundEnd time.Duration // media times of the end of what was read
	lastSound            time.Duration // longest last frame of sound
	counts               Counters
	shed                 atomic.Int32
}

// Open opens an input and finds its streams. Errors are of type [*Error], or
// ctx's.
func Open(ctx context.Context, name string, o Options) (*Input, error) {
	startLog()
	src, err := newSource(ctx, name, &o)
	if err != nil {
		return nil, err
	}
	in := &Input{source: src, options: o, streams: map[int]*stream{}, unwatch: func() {}}
	if in.format = astiav.AllocFormatContext(); in.format == nil {
		src.close()
		return nil, in.fail("opening", errors.New("out of memory"), "")
	}
	in.guard = in.format.SetInterruptCallback()
	in.watch = watch(ctx, in.interrupt)
	if o.Transport {
		in.tap = newTap()
		src.tap = in.tap
	}
	err = in.open()
	if err != nil && ctx.Err() == nil && !in.watch.stalled.Load() && in.isTransport() {
		err = nil
		in.bare, in.program, in.streams = true, measure.Program{Format: transportFormat}, nil
	}
	if err != nil || ctx.Err() != nil {
		in.Close()
		return nil, cmp.Or(ctx.Err(), err)
	}
	return in, nil
}

// openWaits is how many times the timeout opening may take: finding the
// streams of a live source means to read some seconds of it.
const openWaits = 2

func (in *Input) open() error {
	in.unwatch = watchErrors(unsafe.Pointer(formatPointer(in.format)), &in.lastLog)

	options := astiav.NewDictionary()
	defer options.Free()
	set := map[string]string{
		"protocol_whitelist": in.source.protocols,
		"scan_all_pmts":      "1", // of a transport stream with several programs
		"merge_pmt_versions": "1", // one that moves its streams to other PIDs goes on
	}
	if in.options.Playlists {
		set["http_persistent"] = "0" // HLS opens all that it reads, and so is heard to
	}
	for key, value := range set {
		if err := options.Set(key, value, 0); err != nil {
			return in.fail("opening", err, "")
		}
	}
	var demuxer *astiav.InputFormat
	if in.options.Format != "" {
		if demuxer = astiav.FindInputFormat(in.options.Format); demuxer == nil {
			return in.fail("opening", fmt.Errorf("FFmpeg has no demuxer %q", in.options.Format), "`ffmpeg -demuxers` lists them")
		}
	}

	if in.source.io != nil { // not sooner: a context closed before it was opened takes this for its own
		in.format.SetPb(in.source.io)
	}
	in.watch.wait(in.timeout() * openWaits)
	defer in.watch.came()
	if in.options.Playlists {
		in.hear()
	}
	if in.tap != nil && in.source.io == nil {
		if err := in.tap.open(in.source, in.format); err != nil {
			return in.openError(err)
		}
	}
	if err := in.format.OpenInput(in.source.url, demuxer, options); err != nil {
		in.format = nil // FFmpeg has freed it
		return in.openError(err)
	}
	name := in.format.InputFormat().Name()
	if name == "tty" && demuxer == nil { // FFmpeg paints text files
		return in.fail("opening", errors.New("is text, neither audio nor video"), notMedia)
	}
	if err := in.format.FindStreamInfo(nil); err != nil {
		return in.openError(err)
	}
	in.describe(name)
	if in.tap != nil {
		in.tap.idle = name != transportFormat
	}
	if name == "hls" && in.options.Playlists {
		in.playlists()
	}
	return in.openDecoders()
}

const notMedia = "`ffprobe` tells what FFmpeg makes of it"

// describe fills in the program from what FFmpeg found.
func (in *Input) describe(format string) {
	f := in.format
	p := measure.Program{Format: format}
	if d := f.Duration(); d != noPTS && d > 0 {
		p.Duration = time.Duration(d) * time.Microsecond
	}
	if s := f.StartTime(); s != noPTS {
		in.clock.start, in.clock.started = time.Duration(s)*time.Microsecond, true
	}
	in.clock.wraps = slices.Contains([]string{"mpegts", "mpegtsraw", "mpeg", "hls", "rtp", "rtsp", "sdp"}, format)

	best := int(C.vqa_best_video(formatPointer(f)))
	for _, s := range f.Streams() {
		par := s.CodecParameters()
		// The format's start is rounded to 1 us: take it from the stream.
		if at := ticks(s.StartTime(), s.TimeBase()); s.StartTime() != noPTS && (at-in.clock.start).Abs() < time.Microsecond {
			in.clock.start = at
		}
		d := measure.Stream{
			Index: s.Index(),
			ID:    s.ID(),
			Type:  measure.MediaType(par.MediaType().String()),
			Codec: par.CodecID().Name(),
		}
		if tags := s.Metadata(); tags != nil {
			if e := tags.Get("language", nil, 0); e != nil {
				d.Language = e.Value()
			}
		}
		switch d.Type {
		case measure.Video:
			d.Width, d.Height = par.Width(), par.Height()
			d.PixelFormat = par.PixelFormat().Name()
			rate := s.AvgFrameRate()
			if rate.Num() == 0 || rate.Den() == 0 {
				rate = s.RFrameRate()
			}
			d.FrameRate = measure.Rational{Num: rate.Num(), Den: rate.Den()}
			picture := C.vqa_is_attached_picture(streamPointer(s)) != 0
			d.Selected = !picture && selected(in.options.Video, d.Index, d.Index == best)
		case measure.Audio:
			d.SampleRate, d.Channels = par.SampleRate(), par.ChannelLayout().NbChannels()
			if par.ChannelLayout().Valid() {
				d.ChannelLayout = par.ChannelLayout().String()
			}
			d.Selected = selected(in.options.Audio, d.Index, true)
		}
		p.Streams = append(p.Streams, d)
	}
	in.program = p
}

func selected(want []int, index int, byDefault bool) bool {
	if want == nil {
		return byDefault
	}
	return slices.Contains(want, index)
}

func (in *Input) openDecoders() error {
	for _, want := range []struct {
		t       measure.MediaType
		indexes []int
	}{{measure.Video, in.options.Video}, {measure.Audio, in.options.Audio}} {
		for _, i := range want.indexes {
			if i < 0 || i >= len(in.program.Streams) || in.program.Streams[i].Type != want.t {
				return in.fail("opening", fmt.Errorf("stream %d is not %s", i, want.t), "`ffprobe` lists the streams")
			}
		}
	}
	media := 0
	for i, s := range in.format.Streams() {
		d := &in.program.Streams[i]
		if d.Type == measure.Video || d.Type == measure.Audio {
			media++
		}
		if !d.Selected {
			C.vqa_discard(streamPointer(s))
			continue
		}
		st := &stream{Stream: *d, timeBase: s.TimeBase(), line: timeline{pictures: d.Type == measure.Video}}
		if r := d.FrameRate.Float(); r > 0 {
			st.nominal = time.Duration(float64(time.Second) / r)
		}
		if err := in.openDecoder(st, s); err != nil {
			return err
		}
		in.streams[d.Index] = st
	}
	if media == 0 {
		return in.fail("opening", errors.New("has neither audio nor video"), notMedia)
	}
	return nil
}

// openDecoder opens a stream's decoder, where it is to be decoded and FFmpeg
// has one.
func (in *Input) openDecoder(st *stream, s *astiav.Stream) error {
	if st.Type == measure.Video && in.options.SkipVideo || st.Type == measure.Audio && in.options.SkipAudio {
		return nil
	}
	codec := astiav.FindDecoder(s.CodecParameters().CodecID())
	if codec == nil {
		st.undecodable = fmt.Errorf("FFmpeg has no decoder for %s", st.Codec)
		return nil
	}
	c := astiav.AllocCodecContext(codec)
	if c == nil {
		return in.fail("opening", errors.New("out of memory"), "")
	}
	st.decoder = c
	if err := s.CodecParameters().ToCodecContext(c); err != nil {
		return in.fail("opening", fmt.Errorf("setting up the decoder of stream %d: %w", st.Index, err), "")
	}
	if st.notes = C.vqa_notes_alloc(); st.notes == nil {
		return in.fail("opening", errors.New("out of memory"), "")
	}
	C.vqa_decoder_setup(codecPointer(c), streamPointer(s).time_base, st.notes)
	options := astiav.NewDictionary()
	defer options.Free()
	threads := "1"
	if st.Type == measure.Video && !oneThread[st.Codec] {
		threads = strconv.Itoa(in.options.Threads) // 0: FFmpeg takes one for each processor
	}
	if err := options.Set("threads", threads, 0); err != nil {
		return in.fail("opening", err, "")
	}
	if err := c.Open(codec, options); err != nil {
		st.undecodable = fmt.Errorf("opening the decoder for %s: %w", st.Codec, err)
		c.Free()
		st.decoder = nil
	}
	return nil
}

// oneThread is of codecs, fast ones, whose slices of a damaged picture are decoded
// in another way by several threads.
var oneThread = map[string]bool{"mpeg1video": true, "mpeg2video": true}

func (in *Input) timeout() time.Duration {
	if in.source.file {
		return 0
	}
	if in.options.Segments > 0 && in.Segmented() {
		return in.options.Segments
	}
	return in.options.Timeout
}

func (in *Input) interrupt() {
	in.guard.Interrupt()
	in.source.interrupt()
}

func (in *Input) fail(op string, err error, hint string) error {
	name := in.source.name
	if name == Stdin {
		name = "standard input"
	}
	return &Error{Op: op, Input: name, Err: err, Hint: hint}
}

// openError puts what FFmpeg knows of a failure to open into words.
func (in *Input) openError(err error) error {
	if in.watch.stalled.Load() {
		return in.fail("opening", fmt.Errorf("%w: nothing came for %s", errStalled, in.timeout()*openWaits),
			"is it running? --timeout waits longer")
	}
	if in.source.empty {
		return in.fail("opening", errors.New("is empty"), "check what was to write it")
	}
	if in.source.failed != nil {
		return in.fail("opening", in.source.failed, hintOf(in.source.failed))
	}
	hint := ""
	if errors.Is(err, astiav.ErrInvaliddata) {
		err = errors.New("not audio or video that FFmpeg knows")
		hint = notMedia
	}
	if errors.Is(err, astiav.ErrEof) {
		err = errors.New("no audio or video was found before its end")
		hint = notMedia
	}
	if !in.source.file && in.source.reader == nil && in.source.object == nil {
		hint = "is it running, and reachable from here?"
	}
	switch in.lastLog {
	case "":
	case "moov atom not found":
		err = errors.New("has no index (moov): it was cut off, or is still being written")
		hint = "copy or record it again; `-movflags +frag_keyframe` makes recordings that survive"
	default:
		err = fmt.Errorf("%w (%s)", err, in.lastLog)
	}
	return in.fail("opening", err, hint)
}

// Program returns what was found at opening.
func (in *Input) Program() measure.Program { return in.program }

// Undecodable returns why selected streams cannot be decoded, by index.
func (in *Input) Undecodable() map[int]error {
	out := map[int]error{}
	for i, s := range in.streams {
		if s.undecodable != nil {
			out[i] = s.undecodable
		}
	}
	return out
}

// Waited returns for how long nothing has come, 0 where something is at hand.
// It may be called from any goroutine.
func (in *Input) Waited() time.Duration { return in.watch.waited() }

// Idled returns how long reads have taken, all together, which is little where
// something is at hand. It may be called from any goroutine.
func (in *Input) Idled() time.Duration { return time.Duration(in.watch.idled.Load()) }

// Segmented reports whether the source comes in segments, many seconds at once.
func (in *Input) Segmented() bool { return in.program.Format == "hls" || in.program.Format == "dash" }

// Recorded reports whether the input is over where it ends: all but sources
// without an end of their own that break off.
func (in *Input) Recorded() bool {
	return in.source.scheme() == "" || in.program.Duration > 0 || in.Segmented()
}

// Counters returns what was read so far.
func (in *Input) Counters() Counters { return in.counts }

// End returns the media time of the end of what was read so far. A coder fills
// its last frame of sound up to its full length; where the picture ends within
// that frame, so does the programme.
func (in *Input) End() time.Duration {
	if over := in.soundEnd - in.pictureEnd; in.pictureEnd > 0 && over > 0 && over < in.lastSound {
		return in.pictureEnd
	}
	return max(in.pictureEnd, in.soundEnd)
}

// Close closes the input. Pictures that were delivered stay valid.
func (in *Input) Close() {
	in.watch.close()
	in.unwatch()
	for _, s := range in.streams {
		s.close()
	}
	if in.format != nil {
		in.format.CloseInput()
	}
	in.tap.close()
	in.deafen()
	in.source.close()
}
