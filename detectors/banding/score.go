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
	leastContours = 40     // to judge a picture by
	leastDensity  = 0.0003 // of the places looked at

	// leastLevels is how many levels that follow one another must each have
	// levelShare of what the largest has.
	leastLevels = 4
	levelShare  = 0.1

	leastShare = 0.2 // of contours as high as the step, for a look at the phase
)

// score returns how much a picture is made of levels a step apart, 0 to 100, with
// the step. It is not known where nothing was looked at.
func score(d *measure.DetailRow) (best float64, step int, known bool) {
	if d.Places == 0 {
		return 0, 0, false
	}
	var n uint32
	for _, c := range d.Contours {
		n += c
	}
	if n < leastContours || float64(n) < leastDensity*float64(d.Places) {
		return 0, 0, true
	}
	for s := minStep; s <= maxStep; s++ {
		share := float64(around(&d.Contours, s)+around(&d.Contours, 2*s)) / float64(n)
		if share < leastShare || 100*share <= best {
			continue
		}
		if v := 100 * min(share, 1) * inPhase(&d.Levels, 2*n, s); v > best && follow(&d.Levels, s) >= leastLevels {
			best, step = v, s
		}
	}
	return min(best, 100), step, true
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
	var counts [len(levels)/minStep + 2]uint32
	most = 0
	for v, c := range levels {
		i := (v - phase + step + step/2) / step
		counts[i] += c
		most = max(most, counts[i])
	}
	longest, run := 0, 0
	for _, c := range counts {
		if run++; c == 0 || float64(c) < levelShare*float64(most) {
			run = 0
		}
		longest = max(longest, run)
	}
	return longest
}
