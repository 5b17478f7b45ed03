package measure

import (
	"math"
	"time"
)

// SpectrumBands is the number of bands of [SpectrumRow.Bands].
const SpectrumBands = 12

// bandEdges are the limits of the bands in Hz: band i reaches from bandEdges[i]
// up to bandEdges[i+1].
var bandEdges = [SpectrumBands + 1]float64{0, 125, 250, 500, 1000, 2000, 3000, 4000, 6000, 8000, 10000, 12000, 16000}

// BandEdges returns the limits, in Hz, of band i of [SpectrumRow.Bands].
func BandEdges(i int) (low, high float64) { return bandEdges[i], bandEdges[i+1] }

// SpectrumRow is the spectrum of some 20 to 40 ms of a channel that end with
// the block, under a Hann window. Powers are mean squares relative to full
// scale: those of all frequencies together are the mean square of the samples.
type SpectrumRow struct {
	Valid bool // there was as much sound in the stretch

	// Bands has the power between the frequencies of [BandEdges]. A band
	// that reaches beyond half the sample rate is incomplete.
	Bands [SpectrumBands]float32

	// The few strongest sinusoids, [spectrumPeaks] at most, taken together:
	// their power, as a share of all but DC, and their mean frequency in Hz,
	// weighted by power. All zero for silence.
	TonePower, ToneShare, ToneHz float32
}

const (
	// spectrumTime is how many seconds a spectrum covers at least.
	spectrumTime = 0.02

	// maxSpectrum is the most samples that a spectrum covers: enough for
	// 768 kHz. Above, where there is no sound of this world, it is shorter.
	maxSpectrum = 1 << 14

	// spectrumPeaks is the number of sinusoids that are looked for: a
	// line-up tone is one, attention signals are two, and as many
	// harmonics of it a distorted tone may have.
	spectrumPeaks = 4

	// peakWidth is how many bins on either side belong to a sinusoid: the
	// main lobe of a Hann window, and the first side lobe.
	peakWidth = 3
)

// A spectrumMeter has what all channels of a stream share.
type spectrumMeter struct {
	rate         int
	instructions instructions
	transform    *FFT
	window       []float64
	scale        float64 // from squares of the transform to power, both sides
	bands        [SpectrumBands + 1]int
	hzPerBin     float64

	re, im []float64
}

// spectrumLength returns the number of samples in a spectrum.
func spectrumLength(rate int) int {
	n := 64
	for float64(n) < spectrumTime*float64(rate) && n < maxSpectrum {
		n *= 2
	}
	return n
}

// SpectrumTime returns how much time a [SpectrumRow] covers.
func SpectrumTime(rate int) time.Duration {
	return time.Duration(spectrumLength(rate)) * time.Second / time.Duration(max(1, rate))
}

func newSpectrumMeter(rate int) *spectrumMeter {
	n := spectrumLength(rate)
	m := &spectrumMeter{
		rate: rate, instructions: bestInstructions(), transform: NewFFT(n), window: hann(n),
		hzPerBin: float64(rate) / float64(n), re: make([]float64, n/2+1), im: make([]float64, n/2+1),
	}
	m.scale = powerScale(m.window)
	for i, hz := range bandEdges {
		m.bands[i] = min(int(math.Ceil(hz/m.hzPerBin)), n/2)
	}
	return m
}

// hann returns a Hann window of n samples.
func hann(n int) []float64 {
	w := make([]float64, n)
	for i := range w {
		w[i] = 0.5 - 0.5*math.Cos(2*math.Pi*(float64(i)+0.5)/float64(n))
	}
	return w
}

// powerScale returns the factor from the squared magnitude of a transform
// under a window to power, where each bin stands for both signs of its
// frequency.
func powerScale(window []float64) float64 {
	var squares float64
	for _, w := range window {
		squares += float64(w * w)
	}
	return 2 / (squares * float64(len(window)))
}

// measure fills row with the spectrum of the latest samples. There are as many of
// the stretch as position.
func (m *spectrumMeter) measure(r *recent, position int64, row *SpectrumRow) {
	n := m.transform.Len()
	*row = SpectrumRow{Valid: position >= int64(n)}
	x := r.latest(n)
	if !row.Valid || x[m.instructions.largest(x)] == 0 {
		return
	}
	m.instructions.fft(m.transform, m.re, m.im, x, m.window)
	power := m.re // from here on
	m.instructions.powers(power, m.im, m.scale)
	power[0] /= 2
	for i := range row.Bands {
		row.Bands[i] = float32(m.instructions.sum(power[m.bands[i]:m.bands[i+1]]))
	}
	m.findTone(power, row)
}

// findTone fills the figures of the strongest sinusoids. It takes them out of
// the spectrum.
func (m *spectrumMeter) findTone(power []float64, row *SpectrumRow) {
	power = power[:len(power)-1]
	power[0], power[1] = 0, 0 // DC under the window
	all := m.instructions.sum(power)
	if all == 0 {
		return
	}
	var tone, moment float64
	for range spectrumPeaks {
		at := m.instructions.largest(power)
		for k := max(0, at-peakWidth); k <= min(at+peakWidth, len(power)-1); k++ {
			tone += power[k]
			moment += power[k] * float64(k)
			power[k] = 0
		}
		if tone >= all*(1-1e-4) {
			break
		}
	}
	row.TonePower, row.ToneShare = float32(tone), float32(min(1, tone/all))
	if tone > 0 {
		row.ToneHz = float32(moment / tone * m.hzPerBin)
	}
}

func sum(x []float64) (s float64) {
	for _, v := range x {
		s += v
	}
	return s
}
