package clipping

import (
	"math"

	"github.com/vqa-project/vqa/detectors/measure"
)

const (
	// exceeded is the share of samples above the ceiling.
	exceeded = 0.001
	// dense is the least density of samples at the ceiling, as a share of
	// that below.
	dense = 0.3
	// weakest is the part of min-share that goes on with clipping that was
	// found, at the same ceiling.
	weakest = 0.25
	// reached is the part of the ceiling that the peak of a block comes to
	// where it clips.
	reached = 0.9
	// steady is the largest standard deviation of a tone's level, in dB.
	steady = 0.3
)

// A channel is what one channel has come to in a window.
type channel struct {
	bins    [measure.AmplitudeBins]int
	samples int
	peaks   [window]float32
	levels  [window]float32 // RMS
	sum     float64         // of means, weighted by samples
}

func (c *channel) reset() { *c = channel{} }

func (c *channel) add(row *measure.Channel, samples, block int) {
	for i, n := range row.Amplitudes {
		c.bins[i] += int(n)
	}
	c.samples += samples
	c.peaks[block] = row.Peak
	c.sum += float64(row.DC) * float64(samples)
	c.levels[block] = row.RMS
}

// dc returns the mean.
func (c *channel) dc() float64 {
	if c.samples == 0 {
		return 0
	}
	return c.sum / float64(c.samples)
}

// A find is clipping in a window.
type find struct {
	first, last    int // blocks
	share, ceiling float64
}

// clips reports whether samples pile up at a ceiling: a share of minShare, or of
// the part of it that goes on with clipping.
func (c *channel) clips(o *options, blocks int) (f find, ok bool) {
	ceiling := c.ceiling()
	if c.samples == 0 || ceiling == 0 || decibels(ceiling) < o.level || c.isSteady(reached*ceiling, blocks) {
		return f, false
	}
	at, below := c.share(0.8*ceiling, math.Inf(1)), c.share(0.5*ceiling, 0.7*ceiling)
	beyond := c.share(1, math.Inf(1)) // what a coder makes of flat tops of noise
	if at < weakest*o.minShare || at < dense*below && beyond < o.minShare {
		return f, false
	}
	f = find{first: blocks, last: -1, share: at, ceiling: ceiling}
	for i := range blocks {
		if float64(c.peaks[i]) >= reached*min(1, ceiling) { // a coder lifts some above
			f.first, f.last = min(f.first, i), i
		}
	}
	return f, f.last >= 0
}

// ceiling returns the amplitude that few samples exceed, 0 where it is below
// the histogram.
func (c *channel) ceiling() float64 {
	above := 0
	for i := len(c.bins) - 1; i >= 0; i-- {
		if above += c.bins[i]; float64(above) >= exceeded*float64(c.samples) {
			return measure.AmplitudeBin(i + 1)
		}
	}
	return 0
}

// share returns the share of samples in bins with their middle from low up to
// high.
func (c *channel) share(low, high float64) float64 {
	n := 0
	for i, v := range c.bins {
		if m := (measure.AmplitudeBin(i) + measure.AmplitudeBin(i+1)) / 2; m >= low && m < high {
			n += v
		}
	}
	return float64(n) / float64(c.samples)
}

// isSteady reports whether the level of what reaches peak does not change, as
// of a tone, or of beeps. Where a beep begins or ends, half a block can be.
func (c *channel) isSteady(peak float64, blocks int) bool {
	var n, sum, squares float64
	for i := range blocks {
		if float64(c.peaks[i]) < peak || i > 0 && c.levels[i-1] < c.levels[i]/2 || i+1 < blocks && c.levels[i+1] < c.levels[i]/2 {
			continue
		}
		level := decibels(float64(c.levels[i]))
		n++
		sum += level
		squares += level * level
	}
	return n < 2 || squares/n-(sum/n)*(sum/n) < steady*steady
}

func decibels(amplitude float64) float64 { return 20 * math.Log10(amplitude) }
