package chroma

import (
	"testing"
	"time"

	"github.com/vqa-project/vqa/detectors/dettest"
	"github.com/vqa-project/vqa/detectors/measure"
)

const picture = dettest.PictureTime

// garden returns pictures with luma and colour that vary over the picture.
// saturation is that of the colour; shift moves the whole picture.
func garden(saturation float64, shift int) func(int, *measure.Picture) {
	return func(_ int, p *measure.Picture) {
		for y := range p.Thumb.Y {
			for x := range p.Thumb.Y[y] {
				p.Thumb.Y[y][x] = uint16(256 * (40 + (x+shift)%64*2 + y))
			}
		}
		for y := range p.Thumb.U {
			for x := range p.Thumb.U[y] {
				a, b := float64((x+shift/2)%32-16)*saturation, float64(y-4)*saturation
				p.Thumb.U[y][x] = uint16(256 * (128 + a))
				p.Thumb.V[y][x] = uint16(256 * (128 + b))
			}
		}
	}
}

// fading returns pictures that lose their colour over n.
func fading(n int) func(int, *measure.Picture) {
	return func(i int, p *measure.Picture) { garden(1-float64(i)/float64(n), 0)(i, p) }
}

// swapped has the colour of garden with Cb and Cr in each other's place.
func swapped(i int, p *measure.Picture) {
	garden(1, 0)(i, p)
	p.Thumb.U, p.Thumb.V = p.Thumb.V, p.Thumb.U
}

func TestChroma(t *testing.T) {
	between := func(what func(int, *measure.Picture)) func(*dettest.Bench) {
		return func(b *dettest.Bench) {
			b.Pictures(25, garden(1, 0))
			b.Pictures(50, what)
			b.Pictures(25, garden(1, 0))
		}
	}
	found := func(kind string) []dettest.Span {
		return []dettest.Span{{Kind: kind, Start: 25 * picture, End: 75 * picture}}
	}
	tests := []struct {
		name   string
		script func(*dettest.Bench)
		want   []dettest.Span
	}{
		{"lost", between(garden(0, 0)), found(Lost)},
		{"a little is left", between(garden(0.08, 0)), found(Lost)},
		{"half is left", between(garden(0.5, 0)), nil},
		{"green, as planes of zero", between(func(i int, p *measure.Picture) {
			garden(1, 0)(i, p)
			p.Thumb.U, p.Thumb.V = [18][32]uint16{}, [18][32]uint16{}
		}), found(Lost)},
		{"Cb alone", between(func(i int, p *measure.Picture) {
			garden(1, 0)(i, p)
			p.Thumb.U = [18][32]uint16{}
		}), found(Lost)},
		{"Cr alone", between(func(i int, p *measure.Picture) {
			garden(1, 0)(i, p)
			p.Thumb.V = [18][32]uint16{}
		}), found(Lost)},
		{"half of Cb", between(func(i int, p *measure.Picture) {
			garden(0.5, 0)(i, p)
			v := p.Thumb.U
			garden(1, 0)(i, p)
			p.Thumb.U = v
		}), nil},
		{"while the camera moves", func(b *dettest.Bench) {
			for i := range 100 {
				saturation := 1.0
				if i >= 25 && i < 75 {
					saturation = 0
				}
				b.Pictures(1, garden(saturation, i%3))
			}
		}, found(Lost)},
		{"within some pictures, as coders do", func(b *dettest.Bench) {
			b.Pictures(25, garden(1, 0))
			b.Pictures(4, fading(4))
			b.Pictures(46, garden(0, 0))
			b.Pictures(25, garden(1, 0))
		}, []dettest.Span{{Kind: Lost, Start: 27 * picture, End: 75 * picture}}},
		{"a slow fade to black and white", func(b *dettest.Bench) {
			b.Pictures(25, fading(25))
			b.Pictures(50, garden(0, 0))
		}, nil},
		{"black and white throughout", func(b *dettest.Bench) { b.Pictures(100, garden(0, 0)) }, nil},
		{"a cut to an archive picture", between(garden(0, 32)), nil},
		{"to the end of the file", func(b *dettest.Bench) {
			b.Pictures(25, garden(1, 0))
			b.Pictures(50, garden(0, 0))
		}, found(Lost)},
		{"lost, then a cut to a scene in colour", func(b *dettest.Bench) {
			b.Pictures(25, garden(1, 0))
			b.Pictures(50, garden(0, 0))
			b.Pictures(25, garden(1, 32))
		}, found(Lost)},
		{"too short", func(b *dettest.Bench) {
			b.Pictures(25, garden(1, 0))
			b.Pictures(24, garden(0, 0))
			b.Pictures(25, garden(1, 0))
		}, nil},
		{"swapped", between(swapped), found(Swapped)},
		{"swapped to the end", func(b *dettest.Bench) {
			b.Pictures(25, garden(1, 0))
			b.Pictures(50, swapped)
		}, found(Swapped)},
		{"time jumps back", func(b *dettest.Bench) {
			b.Pictures(25, garden(1, 0))
			b.Pictures(50, garden(0, 0))
			b.Video = 0
			b.Pictures(50, func(i int, p *measure.Picture) { garden(0, 0)(i, p); p.Discontinuity = i == 0 })
		}, found(Lost)},
		{"across a gap in time", func(b *dettest.Bench) {
			b.Pictures(25, garden(1, 0))
			b.Video += 3 * time.Second
			b.Pictures(50, garden(0, 0))
		}, nil},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			b := dettest.Start(t, Detector)
			test.script(b)
			b.Flush()
			b.Want(0, test.want...)
		})
	}
}
