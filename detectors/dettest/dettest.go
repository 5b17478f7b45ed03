// Package dettest runs detectors on rows written by hand.
package dettest

import (
	"flag"
	"testing"
	"time"

	"github.com/vqa-project/vqa/detectors"
	"github.com/vqa-project/vqa/detectors/measure"
)

// Streams of the program that a [Bench] starts a detector on.
const (
	VideoStream = 0
	AudioStream = 1
)

// Their PIDs in a transport stream.
const (
	VideoPID = 0x100
	AudioPID = 0x101
)

// PictureTime is how long each picture is shown, BlockTime how long a block
// lasts.
const (
	PictureTime = 40 * time.Millisecond
	BlockTime   = 10 * time.Millisecond
)

// A Bench is a detector at work on a program with one video stream, 25
// pictures a second, and one stereo audio stream. Each goes on from where it
// is; Video and Audio may be moved to make gaps and jumps.
type Bench struct {
	Video, Audio time.Duration // time of the next picture and block
	Events       []detectors.Event

	t       testing.TB
	run     detectors.Run
	picture measure.Picture
	number  int64
	block   measure.Block
	packet  measure.Packet
	packets [2]int64 // of each stream, until now
}

// Start starts a detector with options, each "name=value".
func Start(t testing.TB, d *detectors.Detector, options ...string) *Bench {
	t.Helper()
	return StartOn(t, d, measure.Stream{SampleRate: 48000, Channels: 2, ChannelLayout: "stereo"}, options...)
}

// StartOn is Start with an audio stream that is announced with the sample rate
// and the channels of another one.
func StartOn(t testing.TB, d *detectors.Detector, audio measure.Stream, options ...string) *Bench {
	t.Helper()
	audio.Index, audio.ID, audio.Type, audio.Selected = AudioStream, AudioPID, measure.Audio, true
	fs := flag.NewFlagSet(d.Name, flag.ContinueOnError)
	start := d.Setup(fs)
	args := make([]string, len(options))
	for i, o := range options {
		args[i] = "-" + o
	}
	if err := fs.Parse(args); err != nil {
		t.Fatal(err)
	}
	b := &Bench{t: t}
	program := measure.Program{Format: "mpegts", Streams: []measure.Stream{
		{Index: VideoStream, ID: VideoPID, Type: measure.Video, Selected: true, Width: 640, Height: 360, FrameRate: measure.Rational{Num: 25, Den: 1}},
		audio,
	}}
	run, err := start(program, func(e detectors.Event) { b.Events = append(b.Events, e) })
	if err != nil {
		t.Fatal(err)
	}
	b.run = run
	return b
}

// Pictures delivers n pictures. Each begins as a P picture that is the same as
// the one before, and change, where not nil, says how it is different; i counts
// from 0.
func (b *Bench) Pictures(n int, change func(i int, p *measure.Picture)) {
	for i := range n {
		thumb := b.picture.Thumb
		b.picture = measure.Picture{
			Stream: VideoStream, Number: b.number, PTS: b.Video, Duration: PictureTime,
			Type: 'P', Width: 640, Height: 360, Depth: 8, Thumb: thumb,
			Difference: measure.DifferenceRow{Valid: b.number > 0, Blocks: 80 * 45},
		}
		b.picture.Luma.Samples, b.picture.Luma.Histogram[128], b.picture.Luma.Max = 1, 1, 128
		if change != nil {
			change(i, &b.picture)
		}
		b.number++
		b.Video += PictureTime
		if b.run.Picture != nil {
			b.run.Picture(&b.picture)
		}
	}
}

// Blocks delivers n blocks with two channels at the levels that level returns,
// as RMS relative to full scale. Weighting changes nothing, and the true peak is
// at the same level.
func (b *Bench) Blocks(n int, level func(i int) (left, right float32)) {
	b.Sound(n, func(i int, block *measure.Block) {
		l, r := level(i)
		block.Channels[0], block.Channels[1] = channel(l), channel(r)
	})
}

// Sound delivers n blocks. Each begins with two channels of digital zero, and
// change, where not nil, says what is in it; i counts from 0.
func (b *Bench) Sound(n int, change func(i int, block *measure.Block)) {
	for i := range n {
		b.block = measure.Block{
			Stream: AudioStream, PTS: b.Audio, Duration: BlockTime, SampleRate: 48000, Samples: 480,
			Channels: make([]measure.Channel, 2),
		}
		if change != nil {
			change(i, &b.block)
		}
		b.Audio += BlockTime
		if b.run.Block != nil {
			b.run.Block(&b.block)
		}
	}
}

func channel(level float32) measure.Channel {
	c := measure.Channel{RMS: level, Peak: level, Weighted: float64(level) * float64(level), TruePeak: level}
	for i := range c.Powers {
		c.Powers[i] = level * level
	}
	return c
}

// Measures returns, after Flush, the measures of the audio stream by name.
func (b *Bench) Measures() map[string]float64 { return b.MeasuresOf(AudioStream) }

// MeasuresOf returns, after Flush, the measures of a stream by name.
func (b *Bench) MeasuresOf(stream int) map[string]float64 {
	out := map[string]float64{}
	for _, m := range b.run.Measures() {
		if m.Stream == stream {
			out[m.Name] = m.Value
		}
	}
	return out
}

// Packets delivers n packets of the video stream, each a picture, with the
// packets of sound that belong to it: frames of BlockTime. No picture is
// reordered. change, where not nil, says how a packet is different; i counts
// the video packets from 0.
func (b *Bench) Packets(n int, change func(i int, p *measure.Packet)) {
	for i := range n {
		deliver := func(stream int, at *time.Duration, lasts time.Duration) {
			b.packet = measure.Packet{
				Stream: stream, Number: b.packets[stream], PTS: *at, DTS: *at, HasPTS: true, HasDTS: true,
				Duration: lasts, Size: 1000, Position: -1, Key: true,
			}
			if change != nil {
				change(i, &b.packet)
			}
			b.packets[stream]++
			*at += lasts
			if b.run.Packet != nil {
				b.run.Packet(&b.packet)
			}
		}
		deliver(VideoStream, &b.Video, PictureTime)
		for range PictureTime / BlockTime {
			deliver(AudioStream, &b.Audio, BlockTime)
		}
	}
}

// Transport delivers what was found in a transport stream.
func (b *Bench) Transport(rows ...measure.Transport) {
	for i := range rows {
		if row := rows[i]; b.run.Transport != nil {
			b.run.Transport(&row)
			row = measure.Transport{PID: -1} // rows are only lent
		}
	}
}

// Tables returns the tables of a detector, after Flush.
func (b *Bench) Tables() []detectors.Table { return b.run.Tables() }

// Packet delivers a packet of one stream. Sound goes on by BlockTime; the time
// of the picture is moved by Pictures. changes say how the packet is different.
func (b *Bench) Packet(stream int, changes ...func(p *measure.Packet)) {
	at, lasts := &b.Video, PictureTime
	if stream == AudioStream {
		at, lasts = &b.Audio, BlockTime
	}
	b.packet = measure.Packet{
		Stream: stream, Number: b.packets[stream], PTS: *at, DTS: *at, HasPTS: true, HasDTS: true,
		Duration: lasts, Size: 1000, Position: -1, Key: true,
	}
	b.packets[stream]++
	if stream == AudioStream {
		*at += lasts
	}
	for _, change := range changes {
		change(&b.packet)
	}
	if b.run.Packet != nil {
		b.run.Packet(&b.packet)
	}
}

// Flush ends the program when its longer stream ends.
func (b *Bench) Flush() { b.run.Flush(max(b.Video, b.Audio)) }

// A Span is what an event is compared by.
type Span struct {
	Kind       string
	Start, End time.Duration
}

// Want fails the test where the events are not these, give or take within.
func (b *Bench) Want(within time.Duration, want ...Span) {
	b.t.Helper()
	near := func(x, y time.Duration) bool { return (x - y).Abs() <= within }
	same := len(want) == len(b.Events)
	for i := 0; same && i < len(want); i++ {
		e, w := b.Events[i], want[i]
		same = e.Kind == w.Kind && near(e.Start, w.Start) && near(e.End, w.End)
	}
	if !same {
		b.t.Errorf("events %+v, want %+v", b.Events, want)
	}
}

// A Play plays a script as a test of its own, and fails it where the events are not
// those wanted.
type Play func(name string, script func(b *Bench), want ...Span)

// Plays returns a Play for a detector with its default options. Events may be off by
// within.
func Plays(t *testing.T, d *detectors.Detector, within time.Duration) Play {
	t.Helper()
	return func(name string, script func(b *Bench), want ...Span) {
		t.Helper()
		t.Run(name, func(t *testing.T) {
			b := Start(t, d)
			script(b)
			b.Flush()
			b.Want(within, want...)
		})
	}
}

// Pictures says how pictures are different, as in [Bench.Pictures].
type Pictures func(i int, p *measure.Picture)

// Except returns bad pictures of which each twelfth is good.
func Except(good, bad Pictures) Pictures {
	return func(i int, p *measure.Picture) {
		bad(i, p)
		if i%12 == 6 {
			good(i, p)
		}
	}
}

// Around plays n bad pictures after 25 good ones, and before as many.
func Around(n int, good, bad Pictures) func(*Bench) {
	return func(b *Bench) {
		b.Pictures(25, good)
		b.Pictures(n, bad)
		b.Pictures(25, good)
	}
}

// Intervals plays what each detector of intervals must pass that by default last between
// 24 and 50 pictures, or longer: kind is that of its event.
func (play Play) Intervals(kind string, good, bad Pictures) {
	const picture = PictureTime
	found := Span{Kind: kind, Start: 25 * picture, End: 75 * picture}
	play("found", Around(50, good, bad), found)
	play("too short", Around(24, good, bad))
	play("up to the end", func(b *Bench) {
		b.Pictures(25, good)
		b.Pictures(50, bad)
	}, found)
	play("across a gap", func(b *Bench) {
		b.Pictures(25, good)
		b.Pictures(25, bad)
		b.Video += 2 * time.Second
		b.Pictures(25, good)
	}, Span{Kind: kind, Start: 25 * picture, End: 50*picture + 2*time.Second})
	play("time jumps back", func(b *Bench) {
		b.Pictures(25, good)
		b.Pictures(50, bad)
		b.Video = 0
		b.Pictures(25, func(i int, p *measure.Picture) { good(i, p); p.Discontinuity = i == 0 })
		b.Pictures(50, bad)
	}, found, found)
	play("nothing measured", func(b *Bench) { b.Pictures(50, nil) })
	play("no pictures", func(*Bench) {})
}

// Fill sets all cells of a thumb, luma to y and chroma to grey, in 8 bit code
// values.
func Fill(thumb *measure.ThumbRow, y float64) {
	for j := range thumb.Y {
		for i := range thumb.Y[j] {
			thumb.Y[j][i] = uint16(y * 256)
		}
	}
	for j := range thumb.U {
		for i := range thumb.U[j] {
			thumb.U[j][i], thumb.V[j][i] = 128*256, 128*256
		}
	}
}
