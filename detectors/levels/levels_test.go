package levels

import (
	"math"
	"testing"

	"github.com/vqa-project/vqa/detectors/dettest"
	"github.com/vqa-project/vqa/detectors/measure"
)

const picture = dettest.PictureTime

// ramp returns pictures with luma from low to high, evenly spread over both the
// histogram and the thumb, which shift moves. What is beyond 0 and 255 is cut off.
func ramp(low, high, shift int) func(int, *measure.Picture) {
	return func(_ int, p *measure.Picture) {
		p.Luma = measure.LumaRow{StdDev: float32(high-low) / 3.46, Mean: float32(low+high) / 2}
		for i := range 1000 {
			v := min(max(low+(high-low)*i/1000, 0), 255)
			p.Luma.Histogram[v]++
			p.Luma.Samples++
		}
		for y := range p.Thumb.Y {
			for x := range p.Thumb.Y[y] {
				at := (x + shift) % measure.ThumbWidth
				p.Thumb.Y[y][x] = uint16(256 * min(max(low+(high-low)*at/measure.ThumbWidth, 0), 255))
			}
		}
	}
}

// spots adds to what paints a picture a share of samples of one luma.
func spots(paint func(int, *measure.Picture), luma int, samples uint32) func(int, *measure.Picture) {
	return func(i int, p *measure.Picture) {
		paint(i, p)
		p.Luma.Histogram[luma] += samples
		p.Luma.Samples += samples
	}
}

// full says that pictures are in full range.
func full(paint func(int, *measure.Picture)) func(int, *measure.Picture) {
	return func(i int, p *measure.Picture) {
		paint(i, p)
		p.FullRange = true
	}
}

func TestLevels(t *testing.T) {
	good := ramp(20, 200, 0)
	between := func(what func(int, *measure.Picture)) func(*dettest.Bench) {
		return func(b *dettest.Bench) {
			b.Pictures(25, good)
			b.Pictures(50, what)
			b.Pictures(25, good)
		}
	}
	found := func(kind string) []dettest.Span {
		return []dettest.Span{{Kind: kind, Start: 25 * picture, End: 75 * picture}}
	}
	tests := []struct {
		name    string
		options []string
		script  func(*dettest.Bench)
		want    []dettest.Span
	}{
		{"crushed", nil, between(ramp(-90, 90, 0)), found(Crushed)},
		{"blown out", nil, between(ramp(150, 330, 0)), found(BlownOut)},
		{"above white", nil, between(ramp(60, 253, 0)), found(OutOfRange)},
		{"below black", nil, between(ramp(0, 120, 0)), found(OutOfRange)},
		{"full range in limited", nil, between(ramp(0, 255, 0)), found(Range)},
		{"legal", nil, between(ramp(5, 246, 0)), nil},
		{"2.9 % outside", nil, between(spots(good, 250, 29)), nil},
		{"3.1 % outside", nil, between(spots(good, 250, 32)), found(OutOfRange)},
		{"3.1 %, which is allowed", []string{"max-area=4"}, between(spots(good, 250, 32)), nil},
		{"1.1 %, which is not", []string{"max-area=1"}, between(spots(good, 250, 12)), found(OutOfRange)},
		{"white pages", nil, between(ramp(233, 235, 0)), nil},
		{"night", nil, between(ramp(16, 30, 0)), nil},
		{"full range, and said to be", nil, func(b *dettest.Bench) { b.Pictures(300, full(ramp(0, 255, 0))) }, nil},
		{"limited range in full", nil, func(b *dettest.Bench) { b.Pictures(300, full(ramp(16, 235, 0))) },
			[]dettest.Span{{Kind: Range, Start: 0, End: 300 * picture}}},
		{"for too short a time to say so", nil, func(b *dettest.Bench) { b.Pictures(200, full(ramp(16, 235, 0))) }, nil},
		{"full range without contrast", nil, func(b *dettest.Bench) { b.Pictures(300, full(ramp(60, 180, 0))) }, nil},
		{"lifted", nil, between(ramp(75, 240, 0)), found(Lifted)},
		{"lifted to the end", nil, func(b *dettest.Bench) {
			b.Pictures(25, good)
			b.Pictures(50, ramp(75, 240, 0))
		}, found(Lifted)},
		{"under-exposed, and back to a dark grey", nil, func(b *dettest.Bench) {
			b.Pictures(25, ramp(60, 200, 0))
			b.Pictures(50, ramp(-40, 100, 0))
			b.Pictures(50, ramp(60, 200, 0))
		}, found(Crushed)},
		{"another scene", nil, between(ramp(75, 240, 32)), nil},
		{"a fade to white", nil, between(func(i int, p *measure.Picture) { ramp(20+min(8*i, 210), 200+min(i, 35), 0)(i, p) }), nil},
		{"a flash to grey", nil, between(ramp(150, 170, 0)), nil},
		{"brighter, with black", nil, between(ramp(20, 240, 0)), nil},
		{"too short", nil, func(b *dettest.Bench) {
			b.Pictures(25, good)
			b.Pictures(24, ramp(-90, 90, 0))
			b.Pictures(24, good)
			b.Pictures(24, ramp(75, 240, 0))
			b.Pictures(24, good)
		}, nil},
		{"to the end", nil, func(b *dettest.Bench) {
			b.Pictures(25, good)
			b.Pictures(50, ramp(-90, 90, 0))
		}, found(Crushed)},
		{"time jumps back", nil, func(b *dettest.Bench) {
			b.Pictures(25, good)
			b.Pictures(50, ramp(-90, 90, 0))
			b.Video = 0
			b.Pictures(50, func(i int, p *measure.Picture) { ramp(75, 240, 0)(i, p); p.Discontinuity = i == 0 })
		}, found(Crushed)},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			b := dettest.Start(t, Detector, test.options...)
			test.script(b)
			b.Flush()
			b.Want(0, test.want...)
		})
	}
}

// coloured gives columns of 32 a colour.
func coloured(columns int, y, u, v int) func(int, *measure.Picture) {
	return func(i int, p *measure.Picture) {
		ramp(20, 200, 0)(i, p)
		dettest.Fill(&p.Thumb, 100)
		p.ChromaWidth, p.ChromaHeight = 320, 180
		for row := range p.Thumb.U {
			for x := range columns {
				for k := range 4 {
					p.Thumb.Y[2*row+k/2][2*x+k%2] = uint16(256 * y)
				}
				p.Thumb.U[row][x], p.Thumb.V[row][x] = uint16(256*u), uint16(256*v)
			}
		}
	}
}

func TestGamut(t *testing.T) {
	whole := []dettest.Span{{Kind: Gamut, Start: 0, End: 50 * picture}}
	for _, test := range []struct {
		name   string
		limit  string
		paint  func(int, *measure.Picture)
		want   []dettest.Span
		inside bool // of the measure
	}{
		{"chroma without luma", "3", coloured(1, 16, 240, 240), whole, false},
		{"too few", "4", coloured(1, 16, 240, 240), nil, false},
		{"as is the default", "100", coloured(32, 16, 240, 240), nil, false},
		{"red by BT.601", "1", coloured(32, 81, 90, 240), nil, true},
		{"red by BT.709", "1", coloured(32, 63, 102, 240), nil, true},
		{"a little too bright a red", "1", coloured(32, 87, 90, 240), nil, true},
		{"too bright a red", "1", coloured(32, 110, 90, 240), whole, false},
		{"in full range", "1", full(coloured(32, 76, 85, 255)), nil, true},
	} {
		b := dettest.Start(t, Detector, "max-gamut-area="+test.limit)
		b.Pictures(50, test.paint)
		b.Flush()
		t.Run(test.name, func(t *testing.T) { b.Want(0, test.want...) })
		if area := b.MeasuresOf(dettest.VideoStream)["out_of_gamut_area_percent"]; (area == 0) != test.inside {
			t.Errorf("%s: %v %% outside", test.name, area)
		}
	}
}

func TestMeasures(t *testing.T) {
	b := dettest.Start(t, Detector)
	b.Pictures(50, ramp(-10, 90, 0))
	b.Flush()
	if len(b.Events) != 1 || b.Events[0].Limit != 3 || b.Events[0].Evidence["below_percent"] != b.Events[0].Value || b.Events[0].Value < 14 {
		t.Errorf("%+v", b.Events)
	}
	got := b.MeasuresOf(dettest.VideoStream)
	for name, want := range map[string]float64{
		"out_of_range_area_percent": 15, "luma_darkest_percent": -100 * 16 / 219., "luma_mean_percent": 100 * (40 - 16) / 219.,
	} {
		if math.Abs(got[name]-want) > 1e-9 {
			t.Errorf("%s = %v, want %v", name, got[name], want)
		}
	}
}
