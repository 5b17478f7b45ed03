package measure

import "math"

// A biquad is a section of a filter in the transposed direct form II. Its
// zero value lets everything through as zero.
type biquad struct {
	b0, b1, b2, a1, a2 float64
	s1, s2             float64 // state
}

// through is the section that changes nothing.
var through = biquad{b0: 1}

// kWeighting returns the two stages of the K-weighting of ITU-R BS.1770-4,
// Annex 1: a shelf for the acoustic effect of the head, and a high pass. The
// standard gives coefficients for 48 kHz alone and asks for the same response
// at other rates: these are the analogue prototypes that its coefficients come
// from, as libebur128 has them, brought to the rate by the bilinear transform.
// A corner at or above half the rate is left out.
func kWeighting(rate int) (shelf, highPass biquad) {
	const (
		shelfHz, shelfQ, shelfDB = 1681.974450955533, 0.7071752369554196, 3.999843853973347
		middle                   = 0.4996667741545416 // of the shelf's slope
		passHz, passQ            = 38.13547087602444, 0.5003270373238773
	)
	shelf, highPass = through, through
	if nyquist := float64(rate) / 2; shelfHz < nyquist {
		k := math.Tan(math.Pi * shelfHz / float64(rate))
		high := math.Pow(10, shelfDB/20)
		band := math.Pow(high, middle)
		a0 := 1 + k/shelfQ + k*k
		shelf = biquad{
			b0: (high + band*k/shelfQ + k*k) / a0,
			b1: 2 * (k*k - high) / a0,
			b2: (high - band*k/shelfQ + k*k) / a0,
			a1: 2 * (k*k - 1) / a0,
			a2: (1 - k/shelfQ + k*k) / a0,
		}
	}
	if nyquist := float64(rate) / 2; passHz < nyquist {
		k := math.Tan(math.Pi * passHz / float64(rate))
		a0 := 1 + k/passQ + k*k
		// The numerator is the standard's, whatever the rate.
		highPass = biquad{b0: 1, b1: -2, b2: 1, a1: 2 * (k*k - 1) / a0, a2: (1 - k/passQ + k*k) / a0}
	}
	return shelf, highPass
}

// True peaks are found at points between the samples, by the polyphase filter
// of BS.1770-4, Annex 2, with as many taps: 12 in each phase. Instead of the
// coefficients printed there, which move all phases by an eighth of a sample,
// it has those of a sinc under a Hann window, as libebur128 has. Its first
// phase is the samples themselves, so that it needs no computing, and a true
// peak is never below the sample peak.
const (
	peakFactor = 4
	peakTaps   = 12
)

// peakPhases are the taps for the points a quarter, a half, and three quarters
// of a sample after the sixth of twelve samples.
var peakPhases = func() (phases [peakFactor - 1][peakTaps]float64) {
	for p := range phases {
		for i := range phases[p] {
			// Distance from the sample to the point, in samples.
			x := float64(i-(peakTaps/2-1)) - float64(p+1)/peakFactor
			window := (1 + math.Cos(2*math.Pi*x/peakTaps)) / 2
			phases[p][i] = window * math.Sin(math.Pi*x) / (math.Pi * x)
		}
	}
	return phases
}()

// oversampling returns how many points there are per sample: BS.1770-4, Annex
// 2, asks for 192 kHz at least.
func oversampling(rate int) int {
	switch {
	case rate < 96000:
		return 4
	case rate < 192000:
		return 2
	}
	return 1
}

// channelLoudness is the state of one channel: the filters' over the stretch,
// and the sums of the block in work.
type channelLoudness struct {
	shelf, highPass biquad
	factor          int // oversampling
	squares, peak   float64

	// recent has the samples that the next points lie between, and then
	// room for those that come. The first of them, as many as missing, are
	// from before the stretch: there are no points between those, because a
	// sound that begins in the middle of a wave, after a lost packet or where
	// a clock is followed, would overshoot as it never did.
	recent  [peakTaps - 1 + chunk]float64
	missing int
}

// begin starts a stretch.
func (l *channelLoudness) begin(rate int) {
	*l = channelLoudness{factor: oversampling(rate), missing: peakTaps - 1}
	l.shelf, l.highPass = kWeighting(rate)
}

// next starts a block.
func (l *channelLoudness) next() { l.squares, l.peak = 0, 0 }

// add adds samples, a chunk at most.
func (l *channelLoudness) add(samples []float64) {
	l.weigh(samples)
	l.findPeak(samples)
}

// weigh adds the squares of the weighted samples. Conversions keep the compiler
// from fusing multiplication and addition, as in [channelSums.add].
func (l *channelLoudness) weigh(samples []float64) {
	s, h, squares := l.shelf, l.highPass, l.squares
	for _, x := range samples {
		y := float64(s.b0*x) + s.s1
		s.s1 = (float64(s.b1*x) + s.s2) - float64(s.a1*y)
		s.s2 = float64(s.b2*x) - float64(s.a2*y)
		z := float64(h.b0*y) + h.s1
		h.s1 = (float64(h.b1*y) + h.s2) - float64(h.a1*z)
		h.s2 = float64(h.b2*y) - float64(h.a2*z)
		squares += float64(z * z)
	}
	s.settle()
	h.settle()
	l.shelf, l.highPass, l.squares = s, h, squares
}

// settle ends what rings on in silence, long before it becomes so small that
// processors are slow with it.
func (b *biquad) settle() {
	const nothing = 1e-30
	if math.Abs(b.s1) < nothing && math.Abs(b.s2) < nothing {
		b.s1, b.s2 = 0, 0
	}
}

// findPeak raises the peak to that of the samples, and of the points that come
// to lie in the middle of twelve samples: those of six samples ago.
func (l *channelLoudness) findPeak(samples []float64) {
	peak := l.peak
	for _, x := range samples {
		peak = max(peak, math.Abs(x))
	}
	if l.factor > 1 {
		copy(l.recent[peakTaps-1:], samples)
		recent := l.recent[:peakTaps-1+len(samples)]
		if known := recent[l.missing:]; l.factor == peakFactor {
			peak = quarters(known, peak)
		} else {
			peak = halves(known, peak)
		}
		l.missing = max(0, l.missing-len(samples))
		copy(l.recent[:peakTaps-1], recent[len(samples):])
	}
	l.peak = peak
}

// quarters returns the largest of peak and of the points at a quarter, a half,
// and three quarters. The taps of the second are symmetric, those of the others
// each other's mirror image: sums and differences of the samples on both sides
// halve the multiplications.
func quarters(samples []float64, peak float64) float64 {
	for len(samples) >= peakTaps {
		w := (*[peakTaps]float64)(samples)
		var even, odd, half float64
		for i := range peakTaps / 2 {
			sum, difference := w[i]+w[peakTaps-1-i], w[i]-w[peakTaps-1-i]
			even += float64(quarterEven[i] * sum)
			odd += float64(quarterOdd[i] * difference)
			half += float64(peakPhases[1][i] * sum)
		}
		// The larger of |even+odd| and |even-odd| is |even|+|odd|.
		peak = max(peak, math.Abs(even)+math.Abs(odd), math.Abs(half))
		samples = samples[1:]
	}
	return peak
}

// The taps at a quarter as a symmetric and an antisymmetric part.
var quarterEven, quarterOdd = func() (even, odd [peakTaps / 2]float64) {
	for i := range even {
		a, b := peakPhases[0][i], peakPhases[0][peakTaps-1-i]
		even[i], odd[i] = (a+b)/2, (a-b)/2
	}
	return even, odd
}()

// halves is quarters with the points at a half alone.
func halves(samples []float64, peak float64) float64 {
	for len(samples) >= peakTaps {
		w := (*[peakTaps]float64)(samples)
		var half float64
		for i := range peakTaps / 2 {
			half += float64(peakPhases[1][i] * (w[i] + w[peakTaps-1-i]))
		}
		peak = max(peak, math.Abs(half))
		samples = samples[1:]
	}
	return peak
}
