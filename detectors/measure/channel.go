package measure

import "math"

// maxRate is the highest sample rate, in Hz, that all is measured at. No sound of
// this world has more; what a header claims beyond may not cost memory.
const maxRate = 768000

// maxRoom is the most samples of a block that room is made for in advance.
const maxRoom = maxRate / BlocksPerSecond

// recent is the latest samples of one channel, those of the block in work last.
type recent struct {
	samples []float64
	used    int
}

// begin starts a stretch with as many zeros as may be asked for before it.
func (r *recent) begin(past, room int) {
	if n := 4 * (past + room); len(r.samples) < n {
		r.samples = make([]float64, n)
	}
	clear(r.samples[:past])
	r.used = past
}

// next makes room for a block, and keeps what is needed of those before.
func (r *recent) next(past, room int) {
	if r.used+room > len(r.samples) {
		copy(r.samples, r.samples[r.used-past:r.used])
		r.used = past
	}
}

// extend returns the place of n more samples.
func (r *recent) extend(n int) []float64 {
	if missing := r.used + n - len(r.samples); missing > 0 {
		r.samples = append(r.samples, make([]float64, missing)...)
	}
	r.used += n
	return r.samples[r.used-n : r.used]
}

// latest returns the last n samples.
func (r *recent) latest(n int) []float64 { return r.samples[r.used-n : r.used] }

// prepare makes what a stretch needs: for each channel and, where the rate has
// changed, for all of them.
func (a *AudioMeter) prepare(rate, channels int) {
	if channels != len(a.block.Channels) {
		a.block.Channels = make([]Channel, channels)
		a.recent = make([]recent, channels)
		a.squares = make([]float64, channels)
		a.weighting = make([][2]biquad, channels)
		a.decimated = make([]decimated, channels)
	}
	a.past = 0
	if a.set.Has(Loudness) {
		a.past = peakTaps - 1
		for i := range a.weighting {
			a.weighting[i] = kWeighting(rate)
		}
	}
	if a.set.Has(Clicks) {
		if a.clicks == nil || a.clicks.rate != rate {
			a.clicks = newClickMeter(rate)
		}
		a.past = max(a.past, a.clicks.past())
	}
	if a.set.Has(Spectrum) {
		if a.spectrum == nil || a.spectrum.rate != rate {
			a.spectrum = newSpectrumMeter(rate)
		}
		a.past = max(a.past, a.spectrum.transform.Len())
	}
	if a.set.Has(Mains) {
		if a.mains == nil || a.mains.rate != rate {
			a.mains = newMainsMeter(rate)
		}
		a.past = max(a.past, a.mains.past())
		for i := range a.decimated {
			a.decimated[i].begin()
		}
	}
	for i := range a.recent {
		a.recent[i].begin(a.past, min(rate/BlocksPerSecond+1, maxRoom))
	}
}

// measure fills channel c of the block, of n samples, but for what is measured
// on several channels at a time.
func (a *AudioMeter) measure(c, n int) {
	out, r := &a.block.Channels[c], &a.recent[c]
	x := r.latest(n)
	length := int(a.end - a.first) // of a whole block
	if a.set.Has(Levels | Loudness) {
		peak := math.Abs(x[a.instructions.largest(x)])
		if a.set.Has(Loudness) {
			out.TruePeak = a.truePeak(r, n, peak)
		}
		if a.set.Has(Levels) {
			out.Peak = float32(peak)
		}
	}
	if a.set.Has(Levels) {
		l := a.instructions.levels(x, a.low, a.high)
		out.RMS, out.DC = float32(math.Sqrt(l.squares/float64(n))), float32(l.sum/float64(n))
		out.Zeros, out.ZeroRun = l.zeros, l.zeroRun
		out.FullScale, out.FullScaleRun = l.fullScale, l.fullScaleRun
		a.squares[c] = l.squares
	}
	if c > 0 && a.set.Has(Products) || c == 1 && a.set.Has(Levels) {
		products := a.instructions.products(a.recent[c-1].latest(n), x)
		if a.set.Has(Products) {
			a.block.Channels[c-1].Product = products / float64(n)
		}
		if c == 1 && a.set.Has(Levels) {
			a.block.Correlation = correlation(products, a.squares[0], a.squares[1])
		}
	}
	if a.set.Has(Powers) {
		a.instructions.powersOf(&out.Powers, x, length)
	}
	if a.set.Has(Amplitudes) {
		countAmplitudes(&out.Amplitudes, x)
	}
	if a.set.Has(Clicks) {
		a.clicks.measure(r, n, length, a.position, out)
	}
	if a.set.Has(Spectrum) {
		a.spectrum.measure(r, a.position, &out.Spectrum)
	}
	if a.set.Has(Mains) {
		a.mains.add(&a.decimated[c], r, a.position)
		if a.number%mainsBlocks == mainsBlocks-1 {
			a.mains.measure(&a.decimated[c], &out.Mains)
		}
	}
}

// correlation is that of a phase meter: without removal of the mean.
func correlation(products, squares1, squares2 float64) float32 {
	if squares1 == 0 || squares2 == 0 {
		return 0
	}
	return float32(max(-1, min(1, products/(math.Sqrt(squares1)*math.Sqrt(squares2)))))
}
