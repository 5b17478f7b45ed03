package plots

import (
	"math"

	"github.com/vqa-project/vqa/detectors/measure"
)

// The windows of EBU Tech 3341, in blocks of 10 ms, and how often both are
// plotted.
const (
	momentaryBlocks = 40
	shortTermBlocks = 300
	loudnessEvery   = 10
)

// loudness makes momentary and short-term loudness of blocks, from the first
// whole window on.
type loudness struct {
	momentary, shortTerm *bins

	layout  string
	weights []float64
	powers  [shortTermBlocks]float64 // a ring
	blocks  int                      // since sound began, or time jumped
}

func newLoudness(layout string, momentary, shortTerm *bins) *loudness {
	return &loudness{momentary: momentary, shortTerm: shortTerm, layout: layout}
}

func (l *loudness) add(b *measure.Block) {
	if b.Discontinuity || len(l.weights) != len(b.Channels) {
		l.blocks = 0
		l.weights = measure.LoudnessWeights(l.layout, len(b.Channels))
	}
	power := 0.
	for i := range b.Channels {
		power += l.weights[i] * b.Channels[i].Weighted
	}
	l.powers[l.blocks%shortTermBlocks] = power
	l.blocks++
	if l.blocks%loudnessEvery != 0 {
		return
	}
	for _, w := range []struct {
		bins   *bins
		blocks int
	}{{l.momentary, momentaryBlocks}, {l.shortTerm, shortTermBlocks}} {
		if l.blocks < w.blocks {
			continue
		}
		sum := 0.
		for i := range w.blocks {
			sum += l.powers[(l.blocks-1-i)%shortTermBlocks]
		}
		w.bins.add(b.PTS, max(quietest, -0.691+10*math.Log10(sum/float64(w.blocks)))) // BS.1770-4, (2)
	}
}
