package banding

import (
	"math"

	"github.com/vqa-project/vqa/detectors/measure"
)

// Luma that is looked at: what is black or white lies at one value anyhow.
const (
	darkest   = 20
	brightest = 232
)

const (
	// leastLooked is the share of the picture that must be neither black nor white,
	// and leastRest the share of that beside its most frequent level.
	leastLooked = 0.2
	leastRest   = 0.15

	// leastTeeth is how many levels that follow one another must each have levelShare
	// of what is looked at.
	leastTeeth = 4

	leastCosine = 0.02 // of less there is no need to count levels
)

// A comb is how much the luma of a picture lies at levels a step apart from its most
// frequent one, for each step: the mean cosine of its phases against that level, which
// itself is left out, as a plain area alone is in phase with anything.
type comb struct {
	cosine [maxStep + 1]float64
	known  [maxStep + 1]bool // there is enough beside that level
	levels [maxStep + 1]int  // that follow one another
}

func (c *comb) set(l *measure.LumaRow) {
	*c = comb{}
	h := &l.Histogram
	var n uint32
	peak := darkest
	for v := darkest; v <= brightest; v++ {
		n += h[v]
		if h[v] > h[peak] {
			peak = v
		}
	}
	if n == 0 || float64(n) < leastLooked*float64(l.Samples) {
		return
	}
	for s := minStep; s <= maxStep; s++ {
		if c.cosine[s], c.known[s] = inComb(h, peak, s, n); c.cosine[s] >= leastCosine {
			c.levels[s] = teeth(h, peak, s, n)
		}
	}
}

// best returns the largest cosine of a step of which there are enough levels, with it.
func (c *comb) best() (best float64, step int) {
	for s := minStep; s <= maxStep; s++ {
		if c.cosine[s] > best && c.levels[s] >= leastTeeth {
			best, step = c.cosine[s], s
		}
	}
	return best, step
}

// inComb returns the mean cosine for a step, of n values, and whether there is enough to
// tell it by.
func inComb(h *[256]uint32, peak, step int, n uint32) (cosine float64, known bool) {
	var folded [maxStep]uint32
	rest := n
	phase := (darkest - peak + len(h)*step) % step
	for v := darkest; v <= brightest; v++ {
		if 2*max(v-peak, peak-v) > step {
			folded[phase] += h[v]
		} else {
			rest -= h[v]
		}
		if phase++; phase == step {
			phase = 0
		}
	}
	if rest == 0 || float64(rest) < leastRest*float64(n) {
		return 0, false
	}
	var sum float64
	for i, c := range folded[:step] {
		sum += float64(c) * math.Cos(2*math.Pi*float64(i)/float64(step))
	}
	return sum / float64(rest), true
}

// teeth returns the largest number of levels, a step apart from the peak, that follow
// one another.
func teeth(h *[256]uint32, peak, step int, n uint32) int {
	var counts [len(h)/minStep + 3]uint32
	shift := (step - (peak-darkest)%step + step/2) % step
	for v := darkest; v <= brightest; v++ {
		counts[(v-darkest+shift)/step] += h[v]
	}
	return longestRun(counts[:], levelShare*float64(n))
}

// longestRun returns how many counts that follow one another are least or more, and
// not 0.
func longestRun(counts []uint32, least float64) int {
	longest, run := 0, 0
	for _, c := range counts {
		if run++; c == 0 || float64(c) < least {
			run = 0
		}
		longest = max(longest, run)
	}
	return longest
}
