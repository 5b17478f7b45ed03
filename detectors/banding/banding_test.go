package banding

import (
	"testing"

	"github.com/vqa-project/vqa/detectors/dettest"
	"github.com/vqa-project/vqa/detectors/measure"
)

const picture = dettest.PictureTime

// contours returns pictures with n contours of a height between values that begin
// with first and are a step apart.
func contours(n uint32, height, first, step, levels int) func(int, *measure.Picture) {
	return func(_ int, p *measure.Picture) {
		p.Detail = measure.DetailRow{Tiles: 1000, Places: 24000}
		p.Detail.Contours[height] = n
		for i := range levels {
			p.Detail.Levels[first+i*step] = 2 * n / uint32(levels)
		}
	}
}

// natural returns pictures with contours of all heights between all values.
func natural(_ int, p *measure.Picture) {
	p.Detail = measure.DetailRow{Tiles: 1000, Places: 24000}
	for i := 5; i < len(p.Detail.Contours); i++ {
		p.Detail.Contours[i] = 100 / uint32(i)
	}
	for i := 20; i < 220; i++ {
		p.Detail.Levels[i] = 1
	}
}

func TestBanding(t *testing.T) {
	rounded := contours(300, 16, 24, 16, 10)
	around := func(n int, change dettest.Pictures) func(*dettest.Bench) { return dettest.Around(n, natural, change) }
	found := dettest.Span{Kind: Banding, Start: 25 * picture, End: 75 * picture}
	play := dettest.Plays(t, Detector, 0)
	play.Intervals(Banding, natural, rounded)
	play("a drawing in two colours", around(50, contours(300, 16, 40, 16, 2)))
	play("other heights than the step", around(50, contours(300, 25, 24, 16, 10)))
	play("few contours", around(50, contours(30, 16, 24, 16, 10)))
	play("with pictures that are better", around(50, func(i int, p *measure.Picture) {
		rounded(i, p)
		if i%12 == 6 {
			natural(i, p)
		}
	}), found)
	play("throughout", func(b *dettest.Bench) { b.Pictures(50, rounded) }, dettest.Span{Kind: Banding, Start: 0, End: 50 * picture})
}

func TestScore(t *testing.T) {
	tests := []struct {
		name                        string
		height, first, step, levels int
		score                       float64
		wantStep                    int
	}{
		{"all in steps", 16, 24, 16, 10, 100, 16},
		{"the smallest step", minStep, 20, minStep, 30, 100, minStep},
		{"the largest step", maxStep, 16, maxStep, 5, 100, maxStep},
		{"values at both ends", 17, 0, 17, 16, 100, 17},
		{"twice the step", 32, 24, 16, 10, 100, 16},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			var p measure.Picture
			contours(3000, test.height, test.first, test.step, test.levels)(0, &p)
			score, step, known := score(&p.Detail)
			if score < test.score-1 || score > test.score || step != test.wantStep || !known {
				t.Errorf("score %v, step %d, %v", score, step, known)
			}
		})
	}
}

func TestMeasures(t *testing.T) {
	b := dettest.Start(t, Detector)
	b.Pictures(90, func(int, *measure.Picture) {})
	b.Pictures(50, contours(300, 16, 24, 16, 10))
	b.Pictures(50, func(_ int, p *measure.Picture) { p.Detail.Places = 24000 })
	b.Flush()
	got := b.MeasuresOf(dettest.VideoStream)
	if got["banding_mean_score"] < 49 || got["banding_mean_score"] > 51 || got["banding_p95_score"] < 99 {
		t.Errorf("measures %v", got)
	}
	if e := b.Events; len(e) != 1 || e[0].Evidence["step_codes"] != 16 || e[0].Evidence["pictures"] != 50 {
		t.Errorf("events %+v", e)
	}
}
