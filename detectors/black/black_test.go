package black

import (
	"testing"
	"time"

	"github.com/vqa-project/vqa/detectors/dettest"
	"github.com/vqa-project/vqa/detectors/measure"
)

const picture = dettest.PictureTime

// at returns pictures that are all of one luma.
func at(luma int) func(int, *measure.Picture) {
	return func(_ int, p *measure.Picture) { paint(p, luma, 0, 0, 0) }
}

// paint makes a picture of one luma, with some cells, and a share of single
// samples, of another.
func paint(p *measure.Picture, luma, cells int, samples float64, other int) {
	dettest.Fill(&p.Thumb, float64(luma))
	for i := range cells {
		p.Thumb.Y[0][i] = uint16(other * 256)
	}
	n := uint32(samples * 10000)
	p.Luma = measure.LumaRow{Samples: 10000}
	p.Luma.Histogram[luma] = 10000 - n
	p.Luma.Histogram[other] += n
}

func TestBlack(t *testing.T) {
	frame := func(black func(int, *measure.Picture)) func(b *dettest.Bench) {
		return func(b *dettest.Bench) {
			b.Pictures(25, at(120))
			b.Pictures(75, black)
			b.Pictures(25, at(120))
		}
	}
	found := []dettest.Span{{Kind: Black, Start: 25 * picture, End: 100 * picture}}
	tests := []struct {
		name    string
		options []string
		script  func(b *dettest.Bench)
		want    []dettest.Span
	}{
		{"cut", nil, frame(at(16)), found},
		{"lifted", nil, frame(at(28)), found},
		{"dark", nil, frame(at(40)), nil},
		{"full range", nil, frame(func(_ int, p *measure.Picture) { paint(p, 15, 0, 0, 0); p.FullRange = true }), found},
		{"dark in full range", nil, frame(func(_ int, p *measure.Picture) { paint(p, 28, 0, 0, 0); p.FullRange = true }), nil},
		{"speckles and data lines", nil, frame(func(_ int, p *measure.Picture) { paint(p, 16, 0, 0.0015, 200) }), found},
		{"many lights", nil, frame(func(_ int, p *measure.Picture) { paint(p, 16, 0, 0.01, 200) }), nil},
		{"a caption", nil, frame(func(_ int, p *measure.Picture) { paint(p, 16, 3, 0.0015, 80) }), nil},
		{"a logo, allowed", []string{"picture-ratio=0.95"}, frame(func(_ int, p *measure.Picture) { paint(p, 16, 20, 0.04, 200) }), found},
		{"too short", nil, func(b *dettest.Bench) {
			b.Pictures(25, at(120))
			b.Pictures(49, at(16))
			b.Pictures(25, at(120))
		}, nil},
		{"a single picture", []string{"min-duration=0s"}, func(b *dettest.Bench) {
			b.Pictures(25, at(120))
			b.Pictures(1, at(16))
			b.Pictures(25, at(120))
		}, []dettest.Span{{Kind: Black, Start: 25 * picture, End: 26 * picture}}},
		{"to the end of the file", nil, func(b *dettest.Bench) {
			b.Pictures(25, at(120))
			b.Pictures(75, at(16))
		}, []dettest.Span{{Kind: Black, Start: 25 * picture, End: 100 * picture}}},
		{"fades", nil, func(b *dettest.Bench) {
			b.Pictures(25, func(i int, p *measure.Picture) { paint(p, 120-4*i, 0, 0, 0) }) // black from the 22nd on
			b.Pictures(75, at(16))
			b.Pictures(25, func(i int, p *measure.Picture) { paint(p, 40+3*i, 0, 0, 0) })
		}, []dettest.Span{{Kind: Black, Start: 22 * picture, End: 100 * picture}}},
		{"time jumps back", nil, func(b *dettest.Bench) {
			b.Pictures(75, at(16))
			b.Video = 0
			b.Pictures(75, func(i int, p *measure.Picture) { at(16)(i, p); p.Discontinuity = i == 0 })
		}, []dettest.Span{{Kind: Black, Start: 0, End: 75 * picture}, {Kind: Black, Start: 0, End: 75 * picture}}},
		{"across a gap", nil, func(b *dettest.Bench) {
			b.Pictures(10, at(16))
			b.Video += 3 * time.Second
			b.Pictures(10, at(120))
		}, []dettest.Span{{Kind: Black, Start: 0, End: 10*picture + 3*time.Second}}},
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
