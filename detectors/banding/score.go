package banding

import (
	"math"

	"github.com/vqa-project/vqa/detectors/measure"
)

// The steps that luma may have been rounded to, in code values.
const (
	minStep = 6
	maxStep = 40
)

const (
	leastContours = 40 // to judge a picture by

	// usualDensity is the share of places with a contour below which the score
	// is less in proportion.
	usualDensity = 0.003

	// leastLevels is how many levels that follow one another must each have
	// levelShare of the values.
	leastLevels = 3
	levelShare  = 0.01

	leastShare = 0.2 // of contours as high as the step, for a look at the phase
)

// combWeight is what luma that lies at levels a step apart counts for: less than the
// default limit, so that it must come at once. Colour bars, windows and drawings have
// such levels throughout.
const combWeight = 49

// From this score by contours, and this mean cosine of levels, they count together:
// colour bars have up to 31 and 0.58.
const (
	leastContour = 20
	leastComb    = 0.7
)

// score returns how much a picture with a comb is made of levels a step apart, 0 to 100,
// with the step. It is not known where nothing was looked at.
func score(p *measure.Picture, c *comb) (v float64, step int, known bool) {
	if p.Detail.Places == 0 {
		return 0, 0, false
	}
	v, step = contours(&p.Detail)
	levels, s := c.best()
	luma := combWeight * levels
	switch {
	case v >= leastContour && levels >= leastComb && max(s-step, step-s) <= 1: // both speak for it
		v = 100 - (100-v)*(100-luma)/100
	case luma > v:
		v, step = luma, s
	}
	return v, step, true
}

// contours returns the score by contours.
func contours(d *measure.DetailRow) (best float64, step int) {
	n := contoursOf(d)
	if n < leastContours {
		return 0, 0
	}
	most := 100 * min(1, float64(n)/(usualDensity*float64(d.Places)))
	for s := minStep; s <= maxStep; s++ {
		share := shareOf(d, s, n)
		if share < leastShare || most*share <= best {
			continue
		}
		if v := most * share * inPhase(&d.Levels, 2*n, s); v > best && follow(&d.Levels, s) >= leastLevels {
			best, step = v, s
		}
	}
	return min(best, 100), step
}

// contoursOf returns the number of contours.
func contoursOf(d *measure.DetailRow) (n uint32) {
	for _, c := range d.Contours {
		n += c
	}
	return n
}

// shareOf returns the share of n contours that are as high as a step, or twice.
func shareOf(d *measure.DetailRow, step int, n uint32) float64 {
	return min(float64(around(&d.Contours, step)+around(&d.Contours, 2*step))/float64(n), 1)
}

// around returns the number of contours as high as a step, or 1 more or less.
func around(contours *[measure.ContourSteps]uint32, step int) uint32 {
	var n uint32
	for i := step - 1; i <= step+1 && i < len(contours); i++ {
		n += contours[i]
	}
	return n
}

// inPhase returns how much n values lie a step apart: the length of the mean of
// their phases.
func inPhase(levels *[256]uint32, n uint32, step int) float64 {
	var folded [maxStep]uint32
	for v, c := range levels {
		folded[v%step] += c
	}
	var re, im float64
	for i, c := range folded[:step] {
		sin, cos := math.Sincos(2 * math.Pi * float64(i) / float64(step))
		re += float64(c) * cos
		im += float64(c) * sin
	}
	return math.Hypot(re, im) / float64(n)
}

// follow returns the largest number of levels, a step apart, that follow one
// another.
func follow(levels *[256]uint32, step int) int {
	// Levels lie around the phase with the most of them.
	phase, most := 0, uint32(0)
	for i := range step {
		var n uint32
		for v := i; v < len(levels); v += step {
			n += levels[v]
		}
		if n > most {
			phase, most = i, n
		}
	}
	var counts [len(levels)/minStep + 3]uint32
	var all uint32
	for v, c := range levels {
		counts[(v-phase+step+step/2)/step] += c
		all += c
	}
	return longestRun(counts[:], levelShare*float64(all))
}
