package compare

import (
	"math"
	"slices"
)

// A line is a delay that may change with time: a + b*t seconds at t seconds of
// the input.
type line struct{ a, b float64 }

func (l line) at(t float64) float64 { return l.a + l.b*t }

// A point is the delay that was measured at some time of the input, in seconds.
type point struct{ t, delay float64 }

const (
	maxPoints = 400    // of which a slope is estimated
	minDrift  = 1e-3   // seconds by which the delay must change over all points
	maxDrift  = 2.5e-3 // above which chunks would not be found
	minSpan   = 8      // seconds over which a drift can be told
	surely    = 4      // standard errors
)

// fit returns the line through most of the points: the median slope of all pairs (Theil and Sen). A slope that
// could be chance, or that changes the delay by less than 1 ms, or than step
// seconds, over all of the points, is none.
func fit(points []point, step float64) line {
	if len(points) == 0 {
		return line{}
	}
	level := func(slope float64) (a, spread float64) {
		rest := make([]float64, len(points))
		for i, p := range points {
			rest[i] = p.delay - slope*p.t
		}
		a = median(rest)
		for i, v := range rest {
			rest[i] = math.Abs(v - a)
		}
		return a, 1.4826 * median(rest)
	}
	flat, _ := level(0)

	var some []point
	for i := range min(len(points), maxPoints) {
		some = append(some, points[i*len(points)/min(len(points), maxPoints)])
	}
	var slopes []float64
	var mean, squares float64
	for i, p := range some {
		mean += p.t / float64(len(some))
		for _, q := range some[:i] {
			if d := p.t - q.t; d > 1 {
				slopes = append(slopes, (p.delay-q.delay)/d)
			}
		}
	}
	for _, p := range some {
		squares += (p.t - mean) * (p.t - mean)
	}
	if len(some) < 8 || len(slopes) == 0 {
		return line{a: flat}
	}
	slope := median(slopes)
	a, spread := level(slope)
	span := points[len(points)-1].t - points[0].t
	if span < minSpan || math.Abs(slope) > maxDrift || math.Abs(slope)*span < max(minDrift, step) || math.Abs(slope) < surely*max(spread, 1e-4)/math.Sqrt(squares) {
		return line{a: flat}
	}
	return line{a, slope}
}

// median returns the middle value, and reorders them.
func median(v []float64) float64 {
	if len(v) == 0 {
		return math.NaN()
	}
	slices.Sort(v)
	n := len(v) / 2
	if len(v)%2 == 1 {
		return v[n]
	}
	return (v[n-1] + v[n]) / 2
}
