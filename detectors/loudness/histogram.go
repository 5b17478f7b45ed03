package loudness

import "math"

// A histogram counts loudness in steps of 0.01 LU, a tenth of what a meter has
// to be exact to: gating needs all blocks of a programme, and a live one has
// no end. It holds what passes the absolute gate.
type histogram struct {
	counts []uint32
	total  int64
}

const (
	absoluteGate = -70 // LUFS, BS.1770-4, Annex 1, and Tech 3342
	loudest      = 30  // LUFS; whatever is louder counts as that
	perLU        = 100
)

func newHistogram() histogram {
	return histogram{counts: make([]uint32, (loudest-absoluteGate)*perLU)}
}

// add counts a block of that power.
func (h *histogram) add(power float64) {
	above := loudnessOf(power) - absoluteGate
	if !(above > 0) {
		return
	}
	h.counts[int(min(above*perLU, float64(len(h.counts)-1)))]++
	h.total++
}

// loudness returns the loudness in the middle of step i.
func (h *histogram) loudness(i int) float64 { return absoluteGate + (float64(i)+0.5)/perLU }

// mean returns the loudness of the mean power of what is louder than gate, -Inf
// where nothing is.
func (h *histogram) mean(gate float64) float64 {
	var power, n float64
	for i, count := range h.counts {
		if l := h.loudness(i); count > 0 && l > gate {
			power += float64(count) * powerOf(l)
			n += float64(count)
		}
	}
	if n == 0 {
		return math.Inf(-1)
	}
	return loudnessOf(power / n)
}

// integrated returns the integrated loudness by BS.1770-4, Annex 1: the mean of
// what is above a gate of 10 LU below the mean.
func (h *histogram) integrated() float64 { return h.mean(h.mean(absoluteGate) - 10) }

// loudnessRange returns the loudness range by Tech 3342: from the 10th to the
// 95th percentile of what is above a gate of 20 LU below the mean. It is NaN
// where nothing was counted.
func (h *histogram) loudnessRange() float64 {
	if h.total == 0 {
		return math.NaN()
	}
	gate := h.mean(absoluteGate) - 20
	first, n := 0, h.total
	for ; first < len(h.counts)-1 && h.loudness(first) < gate; first++ {
		n -= int64(h.counts[first])
	}
	return h.quantile(first, n, 0.95) - h.quantile(first, n, 0.10)
}

// quantile returns the loudness with the share q of n below it, from step first
// on.
func (h *histogram) quantile(first int, n int64, q float64) float64 {
	before := int64(math.Round(q * float64(n-1)))
	for i := first; i < len(h.counts); i++ {
		if before -= int64(h.counts[i]); before < 0 {
			return h.loudness(i)
		}
	}
	return loudest
}

// offset is what makes a 997 Hz sine at full scale in one channel come to -3.01
// LUFS, BS.1770-4, Annex 1, equation 2.
const offset = -0.691

// loudnessOf returns the loudness in LUFS of a weighted mean square, summed over
// channels.
func loudnessOf(power float64) float64 { return offset + 10*math.Log10(power) }

func powerOf(loudness float64) float64 { return math.Pow(10, (loudness-offset)/10) }
