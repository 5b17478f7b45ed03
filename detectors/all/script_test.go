package all

import (
	"math"
	"slices"
	"testing"
	"time"

	"github.com/vqa-project/vqa/detectors"
	"github.com/vqa-project/vqa/detectors/measure"
)

// A row is one of the three kinds.
type row struct {
	packet  *measure.Packet
	picture *measure.Picture
	block   *measure.Block
}

func (r row) time() time.Duration {
	switch {
	case r.packet != nil:
		return r.packet.PTS
	case r.picture != nil:
		return r.picture.PTS
	}
	return r.block.PTS
}

func (r row) move(by time.Duration) {
	switch {
	case r.packet != nil:
		r.packet.PTS += by
		r.packet.DTS += by
	case r.picture != nil:
		r.picture.PTS += by
	default:
		r.block.PTS += by
	}
}

func (r row) show(run detectors.Run) {
	switch {
	case r.packet != nil && run.Packet != nil:
		run.Packet(r.packet)
	case r.picture != nil && run.Picture != nil:
		run.Picture(r.picture)
	case r.block != nil && run.Block != nil:
		run.Block(r.block)
	}
}

// poison overwrites a row with what no row can be.
func (r row) poison() {
	const bad = -1 << 40
	switch {
	case r.packet != nil:
		*r.packet = measure.Packet{Stream: bad, PTS: bad, DTS: bad, Duration: bad, Size: bad}
	case r.picture != nil:
		p := r.picture
		*p = measure.Picture{Stream: bad, Number: bad, PTS: bad, Duration: bad, Discontinuity: true, Width: bad, Height: bad, Depth: bad}
		p.Luma = measure.LumaRow{Mean: bad, StdDev: bad, Min: 255}
		p.Difference = measure.DifferenceRow{Valid: true, Mean: bad, Largest: bad, Blocks: 1 << 30}
		for y := range p.Thumb.Y {
			for x := range p.Thumb.Y[y] {
				p.Thumb.Y[y][x] = 0xdead
			}
		}
	default:
		for i := range r.block.Channels {
			r.block.Channels[i] = measure.Channel{RMS: bad, Peak: bad, DC: bad, Zeros: bad, ZeroRun: bad, Weighted: bad, TruePeak: bad}
		}
		*r.block = measure.Block{Stream: bad, PTS: bad, Duration: bad, Discontinuity: true, Samples: bad, Channels: r.block.Channels}
	}
}

// move moves the rows from index i on in time. back says that time jumped
// back, so that the first of each stream does not follow from the one before.
func move(rows []row, i int, by time.Duration, back bool) []row {
	var picture, block bool
	for _, r := range rows[i:] {
		r.move(by)
		if r.picture != nil && back && !picture {
			r.picture.Discontinuity, picture = true, true
		}
		if r.block != nil && back && !block {
			r.block.Discontinuity, block = true, true
		}
	}
	return rows
}

// show shows all rows to a run and flushes it.
func show(run detectors.Run, rows []row, poison bool) {
	var end time.Duration
	for _, r := range rows {
		end = max(end, r.time()+pictureDuration)
		r.show(run)
		if poison {
			r.poison()
		}
	}
	if run.Flush != nil {
		run.Flush(end)
	}
}

// A result is what a detector has to say of a program.
type result struct {
	events   []detectors.Event
	measures []detectors.Measure // those that are finite
}

// watch returns what a detector with its defaults finds.
func watch(t *testing.T, d *detectors.Detector, rows []row, poison bool) result {
	t.Helper()
	var out result
	run := begin(t, d, program(), func(e detectors.Event) { out.events = append(out.events, e) })
	show(run, rows, poison)
	out.measures = finite(run)
	return out
}

// finite returns the measures that will be reported.
func finite(run detectors.Run) []detectors.Measure {
	if run.Measures == nil {
		return nil
	}
	return slices.DeleteFunc(run.Measures(), func(m detectors.Measure) bool {
		return math.IsNaN(m.Value) || math.IsInf(m.Value, 0)
	})
}

const (
	videoStream, audioStream = 0, 1

	pictureDuration = 40 * time.Millisecond
	blockDuration   = 10 * time.Millisecond
	blockSamples    = 480

	width, height = 320, 180
)

func program() measure.Program {
	return measure.Program{
		Format:   "mpegts",
		Duration: 20 * time.Second,
		Streams: []measure.Stream{
			{Index: videoStream, Type: measure.Video, Selected: true, Codec: "h264", Width: width, Height: height,
				PixelFormat: "yuv420p", FrameRate: measure.Rational{Num: 25, Den: 1}},
			{Index: audioStream, Type: measure.Audio, Selected: true, Codec: "aac", SampleRate: 48000, Channels: 2, ChannelLayout: "stereo"},
		},
	}
}

// calm is how long the script begins without a defect.
const calm = 3 * time.Second

// script is 20 s of a program: pictures that move and sound, a freeze from 4 s
// to 8 s, black from 10 s to 14 s, silence from 12 s to 16 s, a
// damaged picture at 19 s.
func script() []row {
	var rows []row
	in := func(at, from, to time.Duration) bool { return at >= from*time.Second && at < to*time.Second }
	for n := range 500 {
		at := time.Duration(n) * pictureDuration
		packet := &measure.Packet{
			Stream: videoStream, Number: int64(n), PTS: at, DTS: at, HasPTS: true, HasDTS: true, Duration: pictureDuration, Size: 1000, Key: n%50 == 0,
		}
		if n == 450 {
			packet.PTS -= pictureDuration
			packet.DTS -= pictureDuration
		}
		rows = append(rows, row{packet: packet})
		p := &measure.Picture{
			Stream: videoStream, Number: int64(n), PTS: at, Duration: pictureDuration,
			Key: n%50 == 0, Type: 'P', Width: width, Height: height, Depth: 8, Coded: int64(n),
		}
		if n == 475 {
			p.Damage, p.Concealed = measure.Concealed, 10
		}
		still := in(at, 4, 8) && at > 4*time.Second || in(at, 10, 14) && at > 10*time.Second
		luma := uint8(100 + 3*(n%20))
		switch {
		case in(at, 4, 8):
			luma = 100
		case in(at, 10, 14):
			luma = 16
		}
		paint(p, luma, !still)
		p.Difference.Valid = n > 0
		rows = append(rows, row{picture: p})
		for i := range pictureDuration / blockDuration {
			at := at + i*blockDuration
			rows = append(rows, row{block: sound(at, !in(at, 12, 16))})
		}
	}
	slices.SortStableFunc(rows, func(a, b row) int { return int(a.time() - b.time()) })
	return rows
}

// paint fills a row with a picture of one luma that differs, or not, from the
// one before.
func paint(p *measure.Picture, luma uint8, moves bool) {
	const samples = width * height
	p.Luma = measure.LumaRow{Mean: float32(luma), Min: luma, Max: luma, Samples: samples}
	p.Luma.Histogram[luma] = samples
	p.Difference.Blocks = samples / measure.BlockSize / measure.BlockSize
	if moves {
		p.Difference.Mean, p.Difference.Largest = 10, 70
		for i := range p.Difference.Above {
			p.Difference.Above[i] = p.Difference.Blocks
		}
	}
	for y := range p.Thumb.Y {
		for x := range p.Thumb.Y[y] {
			p.Thumb.Y[y][x] = uint16(luma) << 8
		}
	}
}

func sound(at time.Duration, loud bool) *measure.Block {
	b := &measure.Block{
		Stream: audioStream, PTS: at, Duration: blockDuration, SampleRate: 48000, Samples: blockSamples,
		Channels: make([]measure.Channel, 2),
	}
	for i := range b.Channels {
		b.Channels[i] = measure.Channel{Zeros: blockSamples, ZeroRun: blockSamples}
		if loud {
			b.Channels[i] = measure.Channel{RMS: 0.1, Peak: 0.3, Weighted: 0.01, TruePeak: 0.32}
		}
	}
	return b
}
