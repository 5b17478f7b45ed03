package blockiness

import (
	"testing"

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
	around := func(n int, change dettest.Pictures) func(*dettest.Bench) { return dettest.Around(n, good, change) }
	found := dettest.Span{Kind: Blockiness, Start: 25 * picture, End: 75 * picture}
	play := dettest.Plays(t, Detector, 0)
	play.Intervals(Blockiness, good, blocky)
	less := steps(2.5, 1.5) // a score of 29
	play("that hardly reaches the limit", around(50, func(i int, p *measure.Picture) {
		if less(i, p); i%25 == 0 {
			blocky(i, p)
		}
	}))
	play("that begins and ends with less", around(50, func(i int, p *measure.Picture) {
		if less(i, p); i > 10 && i < 40 {
			blocky(i, p)
		}
	}), found)
	play("steps that nobody sees", around(50, steps(0.4, 0)))
	play("a logo on black", around(50, steps(1.2, 0.02)))
	play("in one direction only", around(50, func(_ int, p *measure.Picture) {
		p.Edges = measure.EdgesRow{OnHorizontal: 20, OffHorizontal: 1, OnVertical: 2, OffVertical: 2}
	}))
	play("with intra pictures that are better", around(50, dettest.Except(good, blocky)), found)
	play("with groups of pictures that begin better", around(120, func(i int, p *measure.Picture) {
		if good(i, p); i%12 > 4 {
			blocky(i, p)
		}
	}), dettest.Span{Kind: Blockiness, Start: 30 * picture, End: 145 * picture})
	play("intra pictures only", around(50, func(i int, p *measure.Picture) {
		good(i, p)
		if i%5 == 0 {
			blocky(i, p)
		}
	}))
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
