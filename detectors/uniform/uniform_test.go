package uniform

import (
	"testing"

	"github.com/vqa-project/vqa/detectors/dettest"
	"github.com/vqa-project/vqa/detectors/measure"
)

const picture = dettest.PictureTime

// plain returns pictures of one colour.
func plain(c colour) func(int, *measure.Picture) {
	return func(_ int, p *measure.Picture) { paint(p, c) }
}

func paint(p *measure.Picture, c colour) {
	for y := range p.Thumb.Y {
		for x := range p.Thumb.Y[y] {
			setCell(p, x, y, c)
		}
	}
	p.Luma = measure.LumaRow{Samples: 10000}
	p.Luma.Histogram[int(c.y)] = 10000
}

func setCell(p *measure.Picture, x, y int, c colour) {
	p.Thumb.Y[y][x] = uint16(c.y * 256)
	p.Thumb.U[y/2][x/2], p.Thumb.V[y/2][x/2] = uint16(c.u*256), uint16(c.v*256)
}

// film is a picture with something to see in it.
func film(_ int, p *measure.Picture) {
	paint(p, colour{100, 120, 130})
	for x := range 20 {
		setCell(p, x, 10, colour{180, 110, 150})
	}
}

var (
	green = colour{112, 84, 58}
	black = colour{16, 128, 128}
)

// Colour bars of 75 % in BT.601, white to blue.
var bars75 = []colour{
	{180, 128, 128}, {162, 44, 142}, {131, 156, 44}, {112, 72, 58}, {84, 184, 198}, {65, 100, 212}, {35, 212, 114},
}

// Red to cyan, by the bits of red, green and blue.
var bits = []colour{bars75[5], bars75[3], bars75[1], bars75[6], bars75[4], bars75[2]}

// rgb paints stripes, which grow brighter to the right.
func rgb(_ int, p *measure.Picture) {
	for i, c := range []colour{bars75[5], bars75[3], bars75[6]} {
		for y := 12 * i; y < 12*(i+1); y++ {
			for x := range measure.ThumbWidth {
				at := float64(x) / measure.ThumbWidth
				setCell(p, x, y, colour{16 + (c.y-16)*at, 128 + (c.u-128)*at, 128 + (c.v-128)*at})
			}
		}
	}
}

// card paints bars between two lines and columns of cells over grey.
func card(colours []colour, left, right, top, bottom int) func(int, *measure.Picture) {
	return func(_ int, p *measure.Picture) {
		paint(p, colour{100, 128, 128})
		for y := top; y < bottom; y++ {
			for x := left; x < right; x++ {
				setCell(p, x, y, colours[(x-left)*len(colours)/(right-left)])
			}
		}
	}
}

func mirrored(colours []colour) []colour {
	var out []colour
	for i := range colours {
		out = append(out, colours[len(colours)-1-i])
	}
	return out
}

func TestUniform(t *testing.T) {
	between := func(what func(int, *measure.Picture)) func(*dettest.Bench) {
		return func(b *dettest.Bench) {
			b.Pictures(25, film)
			b.Pictures(75, what)
			b.Pictures(25, film)
		}
	}
	found := func(kind string) []dettest.Span {
		return []dettest.Span{{Kind: kind, Start: 25 * picture, End: 100 * picture}}
	}
	tests := []struct {
		name    string
		options []string
		script  func(*dettest.Bench)
		want    []dettest.Span
	}{
		{"green", nil, between(plain(green)), found(Uniform)},
		{"white", nil, between(plain(colour{235, 128, 128})), found(Uniform)},
		{"black is another defect", nil, between(plain(black)), nil},
		{"dark blue is not black", nil, between(plain(colour{30, 220, 120})), found(Uniform)},
		{"black of full range", nil, between(func(_ int, p *measure.Picture) { paint(p, colour{0, 128, 128}); p.FullRange = true }), nil},
		{"dark grey of full range", nil, between(func(_ int, p *measure.Picture) { paint(p, colour{28, 128, 128}); p.FullRange = true }), found(Uniform)},
		{"coding noise", nil, between(func(i int, p *measure.Picture) {
			paint(p, green)
			setCell(p, i%64, 7, colour{green.y + 2, green.u, green.v})
			p.Luma.Histogram[120], p.Luma.Histogram[112] = 200, 9800
		}), found(Uniform)},
		{"a caption in one cell", nil, between(func(_ int, p *measure.Picture) {
			paint(p, green)
			setCell(p, 30, 30, colour{140, green.u, green.v})
		}), nil},
		{"a caption between cells", nil, between(func(_ int, p *measure.Picture) {
			paint(p, green)
			p.Luma.Histogram[180], p.Luma.Histogram[112] = 40, 9960
		}), nil},
		{"snow, which is grey in the mean", nil, between(func(_ int, p *measure.Picture) {
			paint(p, colour{120, 128, 128})
			p.Luma.Histogram = [256]uint32{}
			for y := 40; y < 200; y++ {
				p.Luma.Histogram[y] = 62
			}
			p.Luma.Samples = 160 * 62
		}), nil},
		{"a hue that varies", nil, between(func(_ int, p *measure.Picture) {
			paint(p, green)
			for x := range 32 {
				p.Thumb.U[3][x] += uint16(x * 256)
			}
		}), nil},
		{"too short", nil, func(b *dettest.Bench) {
			b.Pictures(25, film)
			b.Pictures(49, plain(green))
			b.Pictures(25, film)
		}, nil},
		{"to the end of the file", nil, func(b *dettest.Bench) {
			b.Pictures(25, film)
			b.Pictures(75, plain(green))
		}, found(Uniform)},
		{"time jumps back", nil, func(b *dettest.Bench) {
			b.Pictures(75, plain(green))
			b.Video = 0
			b.Pictures(75, func(i int, p *measure.Picture) { paint(p, green); p.Discontinuity = i == 0 })
		}, []dettest.Span{{Kind: Uniform, End: 75 * picture}, {Kind: Uniform, End: 75 * picture}}},

		{"bars", nil, between(card(bars75, 0, 64, 0, 36)), found(Bars)},
		{"bars with others below", nil, between(card(bars75, 0, 64, 0, 24)), found(Bars)},
		{"bars between grey edges", nil, between(card(bars75, 8, 56, 0, 20)), found(Bars)},
		{"bars without white", nil, between(card(bars75[1:], 8, 56, 12, 20)), found(Bars)},
		{"testsrc2", nil, between(card(bits, 0, 64, 0, 36)), found(Bars)},
		{"testsrc", nil, between(card(mirrored(bits), 8, 56, 10, 20)), found(Bars)},
		{"rgbtestsrc", nil, between(rgb), found(Bars)},
		{"stripes of a hue that varies", nil, between(func(i int, p *measure.Picture) {
			rgb(i, p)
			setCell(p, 60, 4, bars75[1])
		}), nil},
		{"bars that are covered for a while", nil, between(func(i int, p *measure.Picture) {
			card(bars75, 0, 64, 0, 36)(i, p)
			for y := range 36 {
				if i > 20 && i < 50 {
					setCell(p, 30, y, colour{180, 128, 128})
				}
			}
		}), found(Bars)},
		{"bars in a corner", nil, between(card(bars75, 40, 60, 0, 10)), nil},
		{"a narrow line of bars", nil, between(card(bars75, 0, 64, 4, 6)), nil},
		{"the other way round", nil, between(card(mirrored(bars75), 0, 64, 0, 36)), nil},
		{"without green", nil, between(card(append(append([]colour{}, bars75[:3]...), bars75[4:]...), 0, 64, 0, 36)), nil},
		{"bars in a film that moves", nil, between(func(_ int, p *measure.Picture) {
			card(bars75, 0, 64, 0, 36)(0, p)
			for y := range p.Thumb.Y {
				for x := range p.Thumb.Y[y] {
					p.Thumb.Y[y][x] += uint16((x*7 + y*5) % 9 * 256)
				}
			}
		}), nil},
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
