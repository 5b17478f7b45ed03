package detectors

import (
	"math"
	"testing"
)

func TestHistogram(t *testing.T) {
	for _, test := range []struct {
		name                   string
		figures                []float64
		mean, median, quantile float64 // quantile: of 0.95
	}{
		{"nothing", nil, math.NaN(), math.NaN(), math.NaN()},
		{"one", []float64{3}, 3, 3.25, 3.475},
		{"two steps", []float64{1, 1, 2, 2}, 1.5, 1.5, 2.45},
		{"a step with nothing in between", []float64{0, 0, 8}, 8. / 3, 0.375, 8.425},
		{"no figures", []float64{-1, math.NaN(), 3}, 3, 3.25, 3.475},
		{"more than the most", []float64{100}, 100, 10.25, 10.475},
	} {
		h := NewHistogram(0.5, 10)
		for _, v := range test.figures {
			h.Add(v)
		}
		for name, of := range map[string][2]float64{
			"mean":          {h.Mean(), test.mean},
			"median":        {h.Quantile(0.5), test.median},
			"95th quantile": {h.Quantile(0.95), test.quantile},
		} {
			if got, want := of[0], of[1]; !(math.Abs(got-want) < 1e-9) && !(math.IsNaN(got) && math.IsNaN(want)) {
				t.Errorf("%s: %s %v, want %v", test.name, name, got, want)
			}
		}
	}
}
