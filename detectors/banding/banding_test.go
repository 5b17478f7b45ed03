package banding

import (
	"slices"
	"testing"

	"github.com/vqa-project/vqa/detectors/dettest"
	"github.com/vqa-project/vqa/detectors/measure"
)

const picture = dettest.PictureTime

// stepped returns pictures with n contours of a height between values that begin
// with first and are a step apart.
func stepped(n uint32, height, first, step, levels int) func(int, *measure.Picture) {
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
	rounded := stepped(300, 16, 24, 16, 10)
	around := func(n int, change dettest.Pictures) func(*dettest.Bench) { return dettest.Around(n, natural, change) }
	found := dettest.Span{Kind: Banding, Start: 25 * picture, End: 75 * picture}
	play := dettest.Plays(t, Detector, 0)
	play.Intervals(Banding, natural, rounded)
	play("a drawing in two colours", around(50, stepped(300, 16, 40, 16, 2)))
	play("other heights than the step", around(50, stepped(300, 25, 24, 16, 10)))
	play("few contours", around(50, stepped(30, 16, 24, 16, 10)))
	play("with pictures that are better", around(50, dettest.Except(natural, rounded)), found)
	play("throughout", func(b *dettest.Bench) { b.Pictures(50, rounded) }, dettest.Span{Kind: Banding, Start: 0, End: 50 * picture})
}

func scoreOf(p *measure.Picture) (v float64, step int, known bool) {
	var c comb
	c.set(&p.Luma)
	return score(p, &c)
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
			stepped(3000, test.height, test.first, test.step, test.levels)(0, &p)
			score, step, known := scoreOf(&p)
			if score < test.score-1 || score > test.score || step != test.wantStep || !known {
				t.Errorf("score %v, step %d, %v", score, step, known)
			}
		})
	}
}

// Contours and luma that speak for the same step count for more than either.
func TestBoth(t *testing.T) {
	score := func(contours uint32, step int) float64 {
		var p measure.Picture
		stepped(contours, 16, 24, 16, 10)(0, &p)
		for v := 40; v < 220; v += step {
			p.Luma.Histogram[v] = 100
			p.Luma.Samples += 100
		}
		v, _, known := scoreOf(&p)
		if !known {
			t.Fatal("not known")
		}
		return v
	}
	if few := score(12, 16); few > 49 {
		t.Errorf("score %v with few contours, as in colour bars", few)
	}
	if same, other := score(60, 16), score(60, 23); same < 80 || other > 84 || same < other+7 {
		t.Errorf("score %v at the same step, %v at another", same, other)
	}
}

func TestMeasures(t *testing.T) {
	b := dettest.Start(t, Detector)
	b.Pictures(90, func(int, *measure.Picture) {})
	b.Pictures(50, stepped(300, 16, 24, 16, 10))
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

// levelled returns a picture whose luma lies at levels a step apart, with weights, and so
// much around each as a coder leaves.
func levelled(first, step int, weights ...uint32) *measure.LumaRow {
	var l measure.LumaRow
	for i, w := range weights {
		for v, share := range []uint32{1, 3, 1} {
			l.Histogram[first+i*step+v-1] += w * share
			l.Samples += w * share
		}
	}
	return &l
}

func TestComb(t *testing.T) {
	tests := []struct {
		name      string
		luma      *measure.LumaRow
		low, high float64
		step      int
	}{
		{"levels", levelled(30, 16, 10, 30, 20, 40, 5, 10), 0.93, 1, 16},
		{"large steps", levelled(40, 36, 30, 20, 10, 10), 0.97, 1, 36},
		{"three levels", levelled(40, 36, 30, 20, 10), 0, 0.6, 0},
		{"a plain picture", levelled(100, 16, 900, 10, 10, 10, 10), 0, 0, 0},
		{"in black", levelled(1, 3, 100, 100, 100, 100), 0, 0, 0},
		{"every value", levelled(22, 1, slices.Repeat([]uint32{10}, 205)...), 0, 0.2, 0},
		{"nothing measured", &measure.LumaRow{}, 0, 0, 0},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			var c comb
			c.set(test.luma)
			v, step := c.best()
			if v < test.low || v > test.high || test.step > 0 && step != test.step {
				t.Errorf("%.3f, step %d", v, step)
			}
		})
	}
}

// Levels are seen without contours, but not where another scene has them.
func TestSofter(t *testing.T) {
	softer := func(_ int, p *measure.Picture) {
		p.Detail.Places = 24000
		p.Luma = *levelled(30, 16, 10, 30, 20, 40, 5, 10)
	}
	weaker := func(scene float64) dettest.Pictures {
		return func(i int, p *measure.Picture) {
			softer(i, p)
			for v := 20; v < 220; v++ { // a quarter lies between
				p.Luma.Histogram[v]++
				p.Luma.Samples++
			}
			dettest.Fill(&p.Thumb, scene)
		}
	}
	found := dettest.Span{Kind: Banding, Start: 25 * picture, End: 75 * picture}
	play := dettest.Plays(t, Detector, 0)
	play("softened contours", dettest.Around(50, natural, softer), found)
	play("mixed", dettest.Around(50, natural, weaker(0)), found)
	play("mixed, after a cut", dettest.Around(50, natural, weaker(100)))
}
