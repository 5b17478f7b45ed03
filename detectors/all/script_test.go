package all

import (
	"math"
	"slices"
	"testing"
	"time"

	"github.com/vqa-project/vqa/detectors"
	"github.com/vqa-project/vqa/detectors/measure"
)

// A row is one of the five kinds.
type row struct {
	resource  *measure.Resource
	transport *measure.Transport
	packet    *measure.Packet
	picture   *measure.Picture
	block     *measure.Block
}

func (r row) time() time.Duration {
	switch {
	case r.resource != nil:
		return 0
	case r.transport != nil:
		return r.transport.Time
	case r.packet != nil:
		return r.packet.PTS
	case r.picture != nil:
		return r.picture.PTS
	}
	return r.block.PTS
}

func (r row) move(by time.Duration) {
	switch {
	case r.resource != nil:
	case r.transport != nil:
		t := r.transport
		t.Time, t.DecodeTime, t.Packet = t.Time+by, t.DecodeTime+by, t.Packet+10
		t.PCR += int64(by) * 27 / 1000
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
	case r.resource != nil && run.Resource != nil:
		run.Resource(r.resource)
	case r.resource != nil:
	case r.transport != nil && run.Transport != nil:
		run.Transport(r.transport)
	case r.transport != nil:
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
	case r.resource != nil:
		*r.resource = measure.Resource{URL: "bad", Err: "bad"}
	case r.transport != nil:
		*r.transport = measure.Transport{Kind: 200, PID: bad, Packet: bad, Position: bad, Lost: bad, PCR: bad, PTS: bad, Time: bad, Table: 99}
	case r.packet != nil:
		*r.packet = measure.Packet{Stream: bad, PTS: bad, DTS: bad, Duration: bad, Size: bad}
	case r.picture != nil:
		p := r.picture
		*p = measure.Picture{Stream: bad, Number: bad, PTS: bad, Duration: bad, Discontinuity: true, Width: bad, Height: bad, Depth: bad}
		p.Luma = measure.LumaRow{Mean: bad, StdDev: bad, Min: 255}
		p.Detail = measure.DetailRow{Tiles: 1 << 31, Places: 1}
		p.Difference = measure.DifferenceRow{Valid: true, Mean: bad, Largest: bad, Blocks: 1 << 30}
		p.Face = measure.FaceRow{Valid: true, X: bad, Y: bad, Size: bad}
		p.Borders = measure.BordersRow{Top: bad, Bottom: bad, Left: bad, Right: bad, LitTop: bad}
		p.Fields = measure.FieldsRow{Compared: true, Own: bad, WithTop: bad}
		p.Information = measure.InformationRow{Compared: true, Spatial: bad, Temporal: bad}
		for y := range p.Thumb.Y {
			for x := range p.Thumb.Y[y] {
				p.Thumb.Y[y][x] = 0xdead
			}
		}
	default:
		for i := range r.block.Channels {
			r.block.Channels[i] = measure.Channel{RMS: bad, Peak: bad, DC: bad, Zeros: bad, ZeroRun: bad, Weighted: bad, TruePeak: bad, Product: bad}
			r.block.Channels[i].Mains.Valid, r.block.Channels[i].Spectrum.ToneHz = true, bad
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
	videoPID                 = 0x100

	pictureDuration = 40 * time.Millisecond
	blockDuration   = 10 * time.Millisecond
	blockSamples    = 480

	width, height = 320, 180
)

func program() measure.Program {
	return measure.Program{
		Format:   "mpegts",
		Duration: 20 * time.Second,
		Playlists: []measure.Playlist{{
			Target: 10 * time.Second, Ended: true,
			Segments: []measure.Segment{
				{URL: "1.ts", Duration: 10 * time.Second},
				{URL: "2.ts", Start: 10 * time.Second, Duration: 10 * time.Second},
			},
		}},
		Streams: []measure.Stream{
			{Index: videoStream, ID: videoPID, Type: measure.Video, Selected: true, Codec: "h264", Width: width, Height: height,
				PixelFormat: "yuv420p", FrameRate: measure.Rational{Num: 25, Den: 1}},
			{Index: audioStream, Type: measure.Audio, Selected: true, Codec: "aac", SampleRate: 48000, Channels: 2, ChannelLayout: "stereo"},
		},
	}
}

// calm is how long the script begins without a defect.
const calm = 3 * time.Second

// script is 20 s of a program: pictures that move and sound, a freeze in one
// colour from 4 s to 8 s, each fifth picture lost and combing from then to 10 s, black
// to 14 s, black bars to 16 s, silence from 12 s to 16 s, flashes from 16 s to 18 s, no colour after. The
// right channel is upside down from 4 s to 8 s and dead from 8 s to 12 s; from 16 s
// on there is a tone with hum and hiss, and all the time what damage does to the
// sound. Packets of sound come from 4 s on, and at 19 s is a damaged picture.
func script() []row {
	rows := []row{{resource: &measure.Resource{URL: "2.ts", Err: "not found"}}}
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
		rows = append(rows, multiplex(n, at)...)
		if n >= 100 {
			rows = append(rows, row{packet: &measure.Packet{
				Stream: audioStream, PTS: at, DTS: at, HasPTS: true, HasDTS: true, Duration: pictureDuration, Size: 100, Key: true,
			}})
		}
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
		case in(at, 16, 18):
			luma = uint8(60 + n/3%2*90)
		case in(at, 18, 20):
			luma = 150
		}
		paint(p, luma, !still)
		if !still {
			shade(p, !in(at, 18, 20))
		}
		switch {
		case in(at, 8, 10) && n%5 == 0:
			p.Difference.Mean, p.Difference.Largest = 0, 1 // the one before again
			paint(p, luma-3, false)
			shade(p, true)
		}
		p.Difference.Valid = n > 0
		shape(p, in(at, 8, 10), in(at, 14, 16))
		rows = append(rows, row{picture: p})
		for i := range pictureDuration / blockDuration {
			at := at + i*blockDuration
			b := sound(at, !in(at, 12, 16), in)
			damage(b)
			rows = append(rows, row{block: b})
		}
	}
	slices.SortStableFunc(rows, func(a, b row) int { return int(a.time() - b.time()) })
	return rows
}

// multiplex is what is found in the transport packets of a picture, ten of
// them: a unit and a PCR, and at the 400th a packet is missing.
func multiplex(n int, at time.Duration) []row {
	of := func(kind measure.TransportKind) *measure.Transport {
		return &measure.Transport{Kind: kind, PID: videoPID, Packet: int64(10 * n), Position: int64(1880 * n), Time: at}
	}
	unit, clock := of(measure.UnitStart), of(measure.Clock)
	unit.HasPTS, unit.DecodeTime = true, at
	clock.PCR = int64(at) * 27 / 1000
	rows := []row{{transport: unit}, {transport: clock}}
	if n == 400 {
		gap := of(measure.Continuity)
		gap.Lost = 1
		rows = append(rows, row{transport: gap})
	}
	return rows
}

// paint fills a row with a picture of one luma that differs, or not, from the
// one before.
func paint(p *measure.Picture, luma uint8, moves bool) {
	const samples = width * height
	p.Luma = measure.LumaRow{Mean: float32(luma), Min: luma, Max: luma, Samples: samples}
	p.Luma.Histogram[luma] = samples
	p.Detail = detail()
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

// detail is that of a sharp picture with little noise and a few contours.
func detail() measure.DetailRow {
	const tiles = 960
	d := measure.DetailRow{Tiles: tiles, Places: 24 * tiles, Compared: true}
	d.Noise[2], d.Sharpness[64], d.Contours[6] = tiles, tiles/2, 50
	for v := range d.Levels {
		d.Levels[v] = 1
	}
	for y := range d.Regions {
		for x := range d.Regions[y] {
			d.Regions[y][x] = measure.Region{Tiles: 20, Residues: [measure.Scales]float32{2, 4, 6, 8}}
		}
	}
	return d
}

// shade gives a picture something to see, in colour or not.
func shade(p *measure.Picture, colour bool) {
	for y := range p.Thumb.Y {
		for x := range p.Thumb.Y[y] {
			p.Thumb.Y[y][x] += uint16(x << 8)
		}
	}
	for y := range p.Thumb.U {
		for x := range p.Thumb.U[y] {
			p.Thumb.U[y][x], p.Thumb.V[y][x] = 128<<8, 128<<8
			if colour {
				p.Thumb.U[y][x], p.Thumb.V[y][x] = uint16(112+x)<<8, uint16(120+y)<<8
			}
		}
	}
}

// shape says what is in fields and at the borders of a picture: motion, interlaced
// or not, and black bars.
func shape(p *measure.Picture, interlaced, bars bool) {
	p.Fields = measure.FieldsRow{Compared: p.Number > 0, WithTop: 1, WithBottom: 1, TopDifference: 3, BottomDifference: 3}
	if interlaced {
		p.Fields.Own, p.Fields.WithTop = 1, 2
	}
	p.Borders = measure.BordersRow{LitTop: 1, LitBottom: 1, LitLeft: 1, LitRight: 1}
	if bars {
		p.Borders.Top, p.Borders.Bottom = 20, 20
	}
	p.Information = measure.InformationRow{Compared: p.Number > 0, Spatial: 40, Temporal: 5}
}

func sound(at time.Duration, loud bool, in func(at, from, to time.Duration) bool) *measure.Block {
	b := &measure.Block{
		Stream: audioStream, PTS: at, Duration: blockDuration, SampleRate: 48000, Samples: blockSamples,
		Channels: make([]measure.Channel, 2),
	}
	for i := range b.Channels {
		b.Channels[i] = measure.Channel{Zeros: blockSamples, ZeroRun: blockSamples}
		if loud {
			b.Channels[i] = measure.Channel{RMS: 0.1, Peak: 0.3, Weighted: 0.01, TruePeak: 0.32}
			for j := range b.Channels[i].Powers {
				b.Channels[i].Powers[j] = 0.01
			}
		}
	}
	left, right := &b.Channels[0], &b.Channels[1]
	switch {
	case in(at, 4, 8):
		left.Product = -0.0099
	case in(at, 8, 12):
		*right = measure.Channel{Zeros: blockSamples, ZeroRun: blockSamples}
	case in(at, 16, 20):
		left.Product = 0.0099
		left.Spectrum = measure.SpectrumRow{Valid: true, TonePower: 0.01, ToneShare: 1, ToneHz: 1000}
		for i := range left.Spectrum.Bands {
			left.Spectrum.Bands[i] = 1e-4 * (0.85 + 0.15*float32(at/blockDuration%3)) // noise is never quite steady
		}
		if left.Mains.Valid = at%(100*time.Millisecond) == 90*time.Millisecond; left.Mains.Valid {
			for k := range left.Mains.Lines[0] {
				left.Mains.Lines[0][k] = measure.MainsLine{Hz: 50 * float32(k+1), Power: 1e-3, Floor: 1e-6}
			}
		}
	default:
		left.Product = float64(left.RMS) * float64(right.RMS)
	}
	return b
}

// damage clips the sound from 8 s to 10 s, interrupts it at 17 s and has a click
// in it at 18 s.
func damage(b *measure.Block) {
	for i := range b.Channels {
		c := &b.Channels[i]
		switch at := b.PTS; {
		case at >= 8*time.Second && at < 10*time.Second:
			c.RMS, c.Peak = 0.4+0.1*float32(at/blockDuration%3), 1
			for j := range c.Amplitudes[:3*16+1] {
				c.Amplitudes[j] = 5
			}
			c.Amplitudes[3*16] = 100 // at full scale
		case at >= 17*time.Second && at < 17050*time.Millisecond:
			c.Powers = [measure.PowerSteps]float32{}
		case at == 18*time.Second:
			c.Impulse = measure.Impulse{Amplitude: 0.5, Before: 0.01, After: 0.01, LevelBefore: 0.1, LevelAfter: 0.1}
		}
	}
}
