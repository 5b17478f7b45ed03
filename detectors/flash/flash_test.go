package flash

import (
	"math"
	"testing"
	"time"

	"github.com/vqa-project/vqa/detectors/dettest"
	"github.com/vqa-project/vqa/detectors/measure"
)

const picture = dettest.PictureTime

// lumaOf returns the luma that Ofcom's formula gives a luminance in cd/m2.
func lumaOf(luminance float64) float64 {
	return (math.Pow(luminance/413.435, 1/2.2) - 0.0189623) / 0.002745
}

// A light is what flashes: columns cells of the picture, between two
// luminances, on for so many pictures and off for as many.
type light struct {
	low, high float64 // cd/m2
	columns   int     // of 64
	each      int
}

// flashes returns pictures in which a light flashes times times.
func (l light) flashes(times int) func(int, *measure.Picture) {
	return func(i int, p *measure.Picture) {
		dettest.Fill(&p.Thumb, lumaOf(l.low))
		if n := i / l.each; n%2 == 1 && n < 2*times {
			for y := range p.Thumb.Y {
				for x := range l.columns {
					p.Thumb.Y[y][x] = uint16(lumaOf(l.high) * 256)
				}
			}
		}
	}
}

// dim is film without flashes.
func dim(_ int, p *measure.Picture) { dettest.Fill(&p.Thumb, lumaOf(30)) }

// red returns pictures that turn red and back, and stay grey as luma goes.
func red(saturation float64, each int) func(int, *measure.Picture) {
	return func(i int, p *measure.Picture) {
		dettest.Fill(&p.Thumb, 81)
		if i/each%2 == 1 {
			for y := range p.Thumb.V {
				for x := range p.Thumb.V[y] {
					p.Thumb.U[y][x] = uint16(256 * (128 - 38*saturation)) // BT.601
					p.Thumb.V[y][x] = uint16(256 * (128 + 112*saturation))
				}
			}
		}
	}
}

func TestFlash(t *testing.T) {
	all := light{low: 30, high: 100, columns: 64, each: 3}
	in := func(n int, what func(int, *measure.Picture)) func(*dettest.Bench) {
		return func(b *dettest.Bench) {
			b.Pictures(25, dim)
			b.Pictures(n, what)
			b.Pictures(50, dim)
		}
	}
	// Changes come every three pictures, from the third on.
	found := func(changes int) []dettest.Span {
		return []dettest.Span{{Kind: General, Start: 28 * picture, End: time.Duration(28+3*(changes-1)) * picture}}
	}
	wcag := []string{"profile=wcag"}
	tests := []struct {
		name    string
		options []string
		script  func(*dettest.Bench)
		want    []dettest.Span
	}{
		{"four flashes", nil, in(75, all.flashes(4)), found(8)},
		{"three flashes", nil, in(75, all.flashes(3)), nil},
		{"many flashes", nil, in(75, all.flashes(12)), found(24)},
		{"three a second for three seconds", nil, in(78, light{30, 100, 64, 13}.flashes(9)), nil}, // 25/26 a second
		{"26 % of the picture", nil, in(75, light{30, 100, 17, 3}.flashes(4)), found(8)},
		{"24 % of the picture", nil, in(75, light{30, 100, 15, 3}.flashes(4)), nil},
		{"24 %, where 20 % are too many", []string{"max-area=0.2"}, in(75, light{30, 100, 15, 3}.flashes(4)), found(8)},
		{"21 cd/m2", nil, in(75, light{30, 51, 64, 3}.flashes(4)), found(8)},
		{"19 cd/m2", nil, in(75, light{30, 49, 64, 3}.flashes(4)), nil},
		{"from 158 cd/m2", nil, in(75, light{158, 190, 64, 3}.flashes(4)),
			[]dettest.Span{{Kind: General, Start: 25 * picture, End: 49 * picture}}}, // the first change is that to 158
		{"from 162 cd/m2", nil, in(75, light{162, 190, 64, 3}.flashes(4)), nil},
		{"one picture on, one off", nil, in(20, light{30, 100, 64, 1}.flashes(10)),
			[]dettest.Span{{Kind: General, Start: 26 * picture, End: 45 * picture}}},
		{"in full range", nil, in(75, func(i int, p *measure.Picture) { all.flashes(4)(i, p); p.FullRange = true }), found(8)},
		{"to the end of the file", nil, func(b *dettest.Bench) {
			b.Pictures(25, dim)
			b.Pictures(24, all.flashes(12))
		}, found(7)},
		{"two bursts", nil, func(b *dettest.Bench) {
			b.Pictures(25, dim)
			for range 2 {
				b.Pictures(75, all.flashes(4))
			}
		}, append(found(8), dettest.Span{Kind: General, Start: 103 * picture, End: 124 * picture})},
		{"in the dark", nil, in(75, light{1.5, 18, 64, 3}.flashes(4)),
			[]dettest.Span{{Kind: Flicker, Start: 25 * picture, End: 49 * picture}}}, // the first change is that to the dark
		{"in the dark, and too little", nil, in(75, light{1.5, 8, 64, 3}.flashes(4)), nil},
		{"in the dark, and then dangerous", nil, func(b *dettest.Bench) {
			b.Pictures(25, dim)
			b.Pictures(48, light{1.5, 18, 64, 3}.flashes(8))
			b.Pictures(24, light{1.5, 60, 64, 3}.flashes(4))
			b.Pictures(50, dim)
		}, []dettest.Span{
			{Kind: General, Start: 76 * picture, End: 97 * picture},
			{Kind: Flicker, Start: 25 * picture, End: 97 * picture},
		}},
		{"between cuts", nil, func(b *dettest.Bench) {
			b.Pictures(25, func(_ int, p *measure.Picture) { dettest.Fill(&p.Thumb, lumaOf(150)) })
			b.Pictures(10, dim)
			b.Pictures(24+10, all.flashes(4))
			b.Pictures(25, func(_ int, p *measure.Picture) { dettest.Fill(&p.Thumb, lumaOf(150)) })
		}, []dettest.Span{{Kind: General, Start: 38 * picture, End: 59 * picture}}},
		{"three flashes and a cut", nil, func(b *dettest.Bench) {
			b.Pictures(18+12, all.flashes(3))
			b.Pictures(25, func(_ int, p *measure.Picture) { dettest.Fill(&p.Thumb, lumaOf(150)) })
		}, nil},
		{"across a jump in time", nil, func(b *dettest.Bench) {
			b.Pictures(12, all.flashes(2))
			b.Video = 0
			b.Pictures(12, func(i int, p *measure.Picture) { all.flashes(2)(i, p); p.Discontinuity = i == 0 })
		}, nil},
		{"half brighter, half darker, as in a pan", nil, in(75, func(i int, p *measure.Picture) {
			for y := range p.Thumb.Y {
				for x := range p.Thumb.Y[y] {
					p.Thumb.Y[y][x] = uint16(256 * lumaOf(30+70*float64((x+8*i)/16%2)))
				}
			}
		}), nil},
		{"a fade up and down within half a second", nil, in(150, func(i int, p *measure.Picture) {
			dettest.Fill(&p.Thumb, 60+50*math.Sin(float64(i)*2*math.Pi/12.5))
		}), nil},
		{"the same four times a second", nil, in(75, func(i int, p *measure.Picture) {
			dettest.Fill(&p.Thumb, 60-50*math.Cos(float64(i)*2*math.Pi/6.25))
		}), []dettest.Span{{Kind: General, Start: 25 * picture, End: 100 * picture}}},

		{"saturated red", nil, in(75, red(1, 3)), []dettest.Span{{Kind: Red, Start: 28 * picture, End: 97 * picture}}},
		{"reddish", nil, in(75, red(0.3, 3)), nil},

		{"a tenth of the picture, by WCAG", wcag, in(75, light{30, 100, 7, 3}.flashes(4)), found(8)},
		{"a fiftieth of the picture, by WCAG", wcag, in(75, light{30, 100, 1, 3}.flashes(4)), nil},
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
