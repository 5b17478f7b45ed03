package measure

import (
	"math"
	"time"
)

// BlocksPerSecond is the number of blocks that a second of sound is cut into.
const BlocksPerSecond = 100

// MaxJitter is how far the time of a buffer may be from the end of the samples
// before it without counting as a gap or a jump. Containers round time stamps,
// often to 1 ms.
const MaxJitter = 20 * time.Millisecond

// An AudioMeter cuts the sound of one stream into blocks of 10 ms and measures
// each. It is not for concurrent use.
//
// Within a stretch of continuous sound, block k covers the samples from
// k*rate/100 up to (k+1)*rate/100, and its time is that of the stretch's first
// sample plus the duration of the samples between: rounding does not add up,
// and time stamps that deviate by up to [MaxJitter] change nothing. A larger
// deviation, a change of sample rate or channels, or a buffer marked as a
// discontinuity ends the stretch, with a shorter block, and starts another.
type AudioMeter struct {
	set Set // as far as it is content

	running  bool          // in a stretch
	start    time.Duration // of the stretch
	position int64         // samples of the stretch so far
	first    int64         // sample of the block in work, counted in the stretch
	end      int64         // sample after it
	number   int64         // of it, counted in the stretch

	block    Block // the one in work; SampleRate and Channels are the stretch's
	channels int
	previous time.Duration // start of the block before; valid where any
	ended    time.Duration // end of it
	any      bool          // there was a block before

	sums     []channelSums
	loudness []channelLoudness
	clicks   []channelClicks
	powers   []powers
	products []float64 // sums over each channel and the next
	spectra  []channelSpectrum
	spectrum *spectrumMeter // of the stretch's rate
	hums     []channelMains
	mains    *mainsMeter // of the stretch's rate
	one, two [chunk]float64
}

// chunk is the number of samples that are converted at a time: few enough to
// stay in the first cache.
const chunk = 512

// channelSums is what a [Channel] is computed from, beside the counts that it
// holds itself.
type channelSums struct {
	sum, squares, peak float64
	zeros, fullScale   int // length of the runs that reach up to now
}

// NewAudio returns a meter for what set names of [Sound]. Without any of it,
// blocks have times and no channels.
func NewAudio(set Set) *AudioMeter {
	return &AudioMeter{set: set & Sound}
}

// Add measures a buffer and calls emit for each block that it completes. The
// block is reused. A buffer that has no samples, or not what [Buffer]
// describes, is ignored.
func (a *AudioMeter) Add(b *Buffer, emit func(*Block)) {
	if !b.measurable() {
		return
	}
	if !a.running || !a.continues(b) {
		a.Flush(emit)
		a.begin(b)
	}
	for done := 0; done < b.Samples; {
		n := int(min(int64(b.Samples-done), a.end-a.position))
		if a.set != 0 {
			a.accumulate(b, done, n)
		}
		done += n
		a.position += int64(n)
		if a.position == a.end {
			a.emit(emit)
		}
	}
}

// Flush ends the stretch and emits its last, partial block, if there is one.
func (a *AudioMeter) Flush(emit func(*Block)) {
	if a.running && a.position > a.first {
		a.emit(emit)
	}
	a.running = false
}

// continues reports whether b carries on the stretch.
func (a *AudioMeter) continues(b *Buffer) bool {
	if b.Discontinuity || b.SampleRate != a.block.SampleRate || b.Channels != a.channels {
		return false
	}
	deviation := b.PTS - a.timeOf(a.position)
	return -MaxJitter <= deviation && deviation <= MaxJitter
}

// begin starts a stretch with b.
func (a *AudioMeter) begin(b *Buffer) {
	a.running, a.start, a.position, a.channels = true, b.PTS, 0, b.Channels
	a.block.Stream, a.block.SampleRate = b.Stream, b.SampleRate

	// Blocks may overlap a little where a time stamp is off. Only where they
	// would be out of order, or by more than jitter, time has jumped back.
	a.block.Discontinuity = a.any && (b.PTS <= a.previous || a.ended-b.PTS > MaxJitter)

	if n := b.Channels; a.set != 0 && n != len(a.block.Channels) {
		a.block.Channels = make([]Channel, n)
		if a.set.Has(Levels) {
			a.sums = make([]channelSums, n)
		}
		if a.set.Has(Loudness) {
			a.loudness = make([]channelLoudness, n)
		}
		if a.set.Has(Clicks) {
			a.clicks = make([]channelClicks, n)
		}
		if a.set.Has(Powers) {
			a.powers = make([]powers, n)
		}
		if a.set.Has(Levels | Products) {
			a.products = make([]float64, n)
		}
		if a.set.Has(Spectrum) {
			a.spectra = make([]channelSpectrum, n)
		}
		if a.set.Has(Mains) {
			a.hums = make([]channelMains, n)
		}
	}
	for i := range a.loudness {
		a.loudness[i].begin(b.SampleRate)
	}
	for i := range a.clicks {
		a.clicks[i].begin(b.SampleRate)
	}
	if a.spectra != nil && (a.spectrum == nil || a.spectrum.rate != b.SampleRate) {
		a.spectrum = newSpectrumMeter(b.SampleRate)
	}
	for i := range a.spectra {
		a.spectra[i].begin(a.spectrum.transform.Len())
	}
	if a.hums != nil && (a.mains == nil || a.mains.rate != b.SampleRate) {
		a.mains = newMainsMeter(b.SampleRate)
	}
	for i := range a.hums {
		a.hums[i].begin(a.mains)
	}
	a.number, a.end = -1, 0
	a.next()
}

// next prepares the next block of the stretch.
func (a *AudioMeter) next() {
	rate := int64(a.block.SampleRate)
	for a.first = a.end; a.end == a.first; { // below 100 Hz, some blocks are empty
		a.number++
		a.end = (a.number + 1) * rate / BlocksPerSecond
	}
	clear(a.sums)
	for i := range a.loudness {
		a.loudness[i].next()
	}
	for i := range a.clicks {
		a.clicks[i].next(int(a.end - a.first))
	}
	for i := range a.powers {
		a.powers[i].next(int(a.end - a.first))
	}
	clear(a.block.Channels)
	clear(a.products)
}

// emit ends the block in work at the position reached.
func (a *AudioMeter) emit(emit func(*Block)) {
	b := &a.block
	b.PTS = a.timeOf(a.first)
	b.Duration = a.timeOf(a.position) - b.PTS
	b.Samples = int(a.position - a.first)
	n := float64(b.Samples)
	for i := range a.sums {
		s, c := &a.sums[i], &b.Channels[i]
		c.RMS = float32(math.Sqrt(s.squares / n))
		c.Peak = float32(s.peak)
		c.DC = float32(s.sum / n)
	}
	for i := range a.loudness {
		l, c := &a.loudness[i], &b.Channels[i]
		c.Weighted = l.squares / n
		c.TruePeak = float32(min(l.peak, math.MaxFloat32)) // which only a point between samples exceeds
	}
	for i := range a.clicks {
		b.Channels[i].Impulse = a.clicks[i].find()
		b.Channels[i].High = a.clicks[i].high.powers()
	}
	for i := range a.powers {
		b.Channels[i].Powers = a.powers[i].powers()
	}
	b.Correlation = 0
	if len(a.sums) > 1 {
		b.Correlation = correlation(a.products[0], a.sums[0].squares, a.sums[1].squares)
	}
	if a.set.Has(Products) {
		for i, sum := range a.products {
			b.Channels[i].Product = sum / n
		}
	}
	for i := range a.spectra {
		a.spectrum.measure(&a.spectra[i], &b.Channels[i].Spectrum)
	}
	if a.number%mainsBlocks == mainsBlocks-1 {
		for i := range a.hums {
			a.mains.measure(&a.hums[i], &b.Channels[i].Mains)
		}
	}
	emit(b)
	a.previous, a.ended, a.any = b.PTS, b.End(), true
	b.Discontinuity = false
	a.next()
}

// correlation is that of a phase meter: without removal of the mean.
func correlation(products, squares1, squares2 float64) float32 {
	if squares1 == 0 || squares2 == 0 {
		return 0
	}
	return float32(max(-1, min(1, products/(math.Sqrt(squares1)*math.Sqrt(squares2)))))
}

// timeOf returns the time of sample n of the stretch.
func (a *AudioMeter) timeOf(n int64) time.Duration {
	rate := int64(a.block.SampleRate)
	return a.start + time.Duration(n/rate)*time.Second +
		time.Duration(n%rate*int64(time.Second)/rate)
}

// accumulate adds n samples of each channel, from sample from of b, to the
// block in work.
func (a *AudioMeter) accumulate(b *Buffer, from, n int) {
	low, high := b.Format.fullScale()
	for n > 0 {
		m := min(n, chunk)
		one, two := a.one[:m], a.two[:m]
		for c := range a.block.Channels {
			samples, before := one, two // of the channel before
			if c%2 == 1 {
				samples, before = two, one
			}
			invalid := b.load(samples, c, from)
			if c > 0 && (c == 1 || a.set.Has(Products)) && a.products != nil {
				a.products[c-1] = addProducts(a.products[c-1], before, samples)
			}
			if a.loudness != nil {
				a.loudness[c].add(samples)
			}
			if a.clicks != nil {
				a.clicks[c].add(samples)
			}
			if a.powers != nil {
				a.powers[c].add(samples)
			}
			if a.set.Has(Amplitudes) {
				addAmplitudes(&a.block.Channels[c].Amplitudes, samples)
			}
			if a.spectra != nil {
				a.spectra[c].add(samples)
			}
			if a.hums != nil {
				a.hums[c].add(a.mains, samples)
			}
			if a.sums == nil {
				continue
			}
			a.block.Channels[c].Invalid += invalid
			a.sums[c].add(samples, low, high, &a.block.Channels[c])
		}
		from, n = from+m, n-m
	}
}

// add adds samples to s and to the counts in c. Conversions keep the compiler
// from fusing multiplication and addition: results are the same on every
// architecture.
func (s *channelSums) add(samples []float64, low, high float64, c *Channel) {
	sum, squares, peak := s.sum, s.squares, s.peak
	for _, x := range samples {
		sum += x
		squares += float64(x * x)
		peak = max(peak, math.Abs(x))
		if x == 0 {
			c.Zeros++
			s.zeros++
			c.ZeroRun = max(c.ZeroRun, s.zeros)
		} else {
			s.zeros = 0
		}
		if x >= high || x <= low {
			c.FullScale++
			s.fullScale++
			c.FullScaleRun = max(c.FullScaleRun, s.fullScale)
		} else {
			s.fullScale = 0
		}
	}
	s.sum, s.squares, s.peak = sum, squares, peak
}

func addProducts(sum float64, a, b []float64) float64 {
	b = b[:len(a)]
	for i, x := range a {
		sum += float64(x * b[i])
	}
	return sum
}
