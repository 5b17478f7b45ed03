package complexity

import (
	"math"
	"testing"

	"github.com/vqa-project/vqa/detectors/dettest"
	"github.com/vqa-project/vqa/detectors/measure"
)

func near(a, b float64) bool { return math.Abs(a-b) < 1e-3 }

func TestMeasures(t *testing.T) {
	b := dettest.Start(t, Detector)
	// 40 pictures that move little, and two cuts; 25.6 code values are 10 %.
	b.Pictures(40, func(i int, p *measure.Picture) {
		p.Information = measure.InformationRow{Compared: i > 0, Spatial: 219. / 255 * 40, Temporal: 219. / 255 * 5}
		p.Difference.Mean = 2
		if i == 10 || i == 30 {
			p.Difference.Mean, p.Information.Spatial = 28, 219./255*60
		}
		if i == 31 { // as much again: a fast pan
			p.Difference.Mean = 29
		}
	})
	b.Flush()
	want := map[string]float64{
		"si_mean_score": 41, "si_max_score": 60, "ti_mean_score": 5, "ti_max_score": 5, "scene_cuts_count": 2,
		"scene_mean_s": 1.6 / 3,
	}
	got := b.MeasuresOf(dettest.VideoStream)
	for name, value := range want {
		if !near(got[name], value) {
			t.Errorf("%s = %v, want %v", name, got[name], value)
		}
	}
	b.Want(0)
}

func TestFullRange(t *testing.T) {
	b := dettest.Start(t, Detector, "cut=20")
	b.Pictures(1, func(_ int, p *measure.Picture) {
		p.FullRange, p.Information.Spatial = true, 40
	})
	b.Flush()
	got := b.MeasuresOf(dettest.VideoStream)
	if _, ok := got["ti_mean_score"]; ok || got["si_mean_score"] != 40 || got["scene_cuts_count"] != 0 {
		t.Errorf("%v", got)
	}
	b = dettest.Start(t, Detector)
	b.Flush()
	if got := b.MeasuresOf(dettest.VideoStream); len(got) > 0 {
		t.Errorf("of nothing: %v", got)
	}
}
