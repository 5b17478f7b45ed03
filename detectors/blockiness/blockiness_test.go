package blockiness

import (
	"testing"
	"time"

	"github.com/vqa-project/vqa/detectors/dettest"
	"github.com/vqa-project/vqa/detectors/measure"
)

const picture = dettest.PictureTime

// steps returns pictures with mean steps on the grid and off it.
func steps(on, off float32) func(int, *measure.Picture) {
	return func(_ int, p *measure.Picture) {
		p.Edges = measure.EdgesRow{OnHorizontal: on, OffHorizontal: off, OnVertical: on, OffVertical: off}
	}
}

func TestBlockiness(t *testing.T) {
	good, blocky := steps(2.5, 2.3), steps(4.5, 1)
	around := func(n int, change func(int, *measure.Picture)) func(*dettest.Bench) {
		return func(b *dettest.Bench) {
			b.Pictures(25, good)
			b.Pictures(n, change)
			b.Pictures(25, good)
		}
	}
	found := []dettest.Span{{Kind: Blockiness, Start: 25 * picture, End: 75 * picture}}
	tests := []struct {
		name   string
		script func(b *dettest.Bench)
		want   []dettest.Span
	}{
		{"found", around(50, blocky), found},
		{"too short", around(24, blocky), nil},
		{"steps that nobody sees", around(50, steps(0.4, 0)), nil},
		{"a logo on black", around(50, steps(1.2, 0.02)), nil},
		{"in one direction only", around(50, func(_ int, p *measure.Picture) {
			p.Edges = measure.EdgesRow{OnHorizontal: 20, OffHorizontal: 1, OnVertical: 2, OffVertical: 2}
		}), nil},
		{"with intra pictures that are better", around(50, func(i int, p *measure.Picture) {
			blocky(i, p)
			if i%12 == 6 {
				good(i, p)
			}
		}), found},
		{"intra pictures only", around(50, func(i int, p *measure.Picture) {
			good(i, p)
			if i%5 == 0 {
				blocky(i, p)
			}
		}), nil},
		{"up to the end", func(b *dettest.Bench) {
			b.Pictures(25, good)
			b.Pictures(50, blocky)
		}, found},
		{"across a gap", func(b *dettest.Bench) {
			b.Pictures(25, blocky)
			b.Video += 2 * time.Second
			b.Pictures(25, good)
		}, []dettest.Span{{Kind: Blockiness, Start: 0, End: 25*picture + 2*time.Second}}},
		{"time jumps back", func(b *dettest.Bench) {
			b.Pictures(50, blocky)
			b.Video = 0
			b.Pictures(50, func(i int, p *measure.Picture) { blocky(i, p); p.Discontinuity = i == 0 })
		}, []dettest.Span{{Kind: Blockiness, Start: 0, End: 50 * picture}, {Kind: Blockiness, Start: 0, End: 50 * picture}}},
		{"nothing measured", func(b *dettest.Bench) { b.Pictures(50, nil) }, nil},
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

func TestMeasures(t *testing.T) {
	b := dettest.Start(t, Detector)
	b.Pictures(90, steps(1, 1))
	b.Pictures(10, steps(4, 1.5)) // a score of 50
	b.Flush()
	got := b.MeasuresOf(dettest.VideoStream)
	if got["blockiness_mean_score"] != 5 || got["blockiness_p95_score"] != 51 {
		t.Errorf("measures %v", got)
	}
}
