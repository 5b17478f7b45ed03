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
func kWeighting(rate int) [2]biquad {
	const (
		shelfHz, shelfQ, shelfDB = 1681.974450955533, 0.7071752369554196, 3.999843853973347
		middle                   = 0.4996667741545416 // of the shelf's slope
		passHz, passQ            = 38.13547087602444, 0.5003270373238773
	)
	shelf, highPass := through, through
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
	return [2]biquad{shelf, highPass}
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

// weigh fills the weighted power of all channels in the block, of n samples. Two
// of them go at a time.
func (a *AudioMeter) weigh(n int) {
	for c := 0; c < len(a.weighting); c += 2 {
		x, y, d := &a.weighting[c], &a.spare, c
		if c+1 < len(a.weighting) {
			d = c + 1
			y = &a.weighting[d]
		} else {
			*y = *x
		}
		weigh(&a.both, a.recent[c].latest(n), a.recent[d].latest(n), x, y)
		for i, filters := range []*[2]biquad{x, y} {
			filters[0].settle()
			filters[1].settle()
			a.block.Channels[min(c+i, d)].Weighted = a.both[i] / float64(n)
		}
	}
}

// settle ends what rings on in silence, long before it becomes so small that
// processors are slow with it.
func (b *biquad) settle() {
	const nothing = 1e-30
	if math.Abs(b.s1) < nothing && math.Abs(b.s2) < nothing {
		b.s1, b.s2 = 0, 0
	}
}

// truePeak returns the largest of the sample peak and of the points that come
// to lie in the middle of twelve samples, of which the last is in the block of n
// samples. There are none between samples from before the stretch: a sound that
// begins in the middle of a wave, after a lost packet or where a clock is
// followed, would overshoot as it never did.
func (a *AudioMeter) truePeak(r *recent, n int, peak float64) float32 {
	windows := int(min(int64(n), a.position-(peakTaps-1)))
	if factor := oversampling(a.block.SampleRate); factor > 1 && windows > 0 {
		peak = max(peak, a.instructions.points(r.latest(windows+peakTaps-1), factor == peakFactor))
	}
	return float32(min(peak, math.MaxFloat32)) // which only a point between samples exceeds
}

// The taps at a quarter as a symmetric and an antisymmetric part: those at three
// quarters are their mirror image. Sums and differences of the samples on both
// sides then halve the multiplications.
var quarterEven, quarterOdd = func() (even, odd [peakTaps / 2]float64) {
	for i := range even {
		a, b := peakPhases[0][i], peakPhases[0][peakTaps-1-i]
		even[i], odd[i] = (a+b)/2, (a-b)/2
	}
	return even, odd
}()
