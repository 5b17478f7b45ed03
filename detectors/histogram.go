package detectors

import "math"

// A Histogram counts figures from 0 on in steps, so that the quantiles of a stream
// of any length are known at the end.
type Histogram struct {
	step   float64
	counts []int64
	n      int64
	sum    float64
}

// NewHistogram returns one of steps from 0 to most; what is larger counts as most.
func NewHistogram(step, most float64) *Histogram {
	return &Histogram{step: step, counts: make([]int64, int(most/step)+1)}
}

// Add counts a figure. What is negative, or not a number, is none.
func (h *Histogram) Add(v float64) {
	if !(v >= 0) {
		return
	}
	h.counts[min(int(v/h.step), len(h.counts)-1)]++
	h.n++
	h.sum += v
}

// Mean returns the mean; not a number where nothing was added.
func (h *Histogram) Mean() float64 { return h.sum / float64(h.n) }

// Quantile returns the figure that a share q (0..1) of all are below, as if those of
// a step lay evenly in it; not a number where nothing was added.
func (h *Histogram) Quantile(q float64) float64 {
	want := q * float64(h.n)
	for i, c := range h.counts {
		if c > 0 && float64(c) >= want {
			return (float64(i) + want/float64(c)) * h.step
		}
		want -= float64(c)
	}
	return math.NaN()
}
