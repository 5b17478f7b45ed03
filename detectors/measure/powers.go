package measure

import "math"

// PowerSteps is the number of powers in [Channel.Powers]: one for each
// millisecond.
const PowerSteps = 10

// AmplitudeBins is the number of bins of [Channel.Amplitudes].
const AmplitudeBins = 64

// The bins of amplitudes are 16 to an octave, and those within an octave are
// of the same width: the four highest bits of a float's mantissa.
const (
	binsPerOctave = 16
	lowestOctave  = -3 // the first bin starts at an eighth of full scale
)

// AmplitudeBin returns the amplitude at which bin i of [Channel.Amplitudes]
// starts, relative to full scale. The first is at 1/8; the last ends at 2.
func AmplitudeBin(i int) float64 {
	return math.Ldexp(1+float64(i%binsPerOctave)/binsPerOctave, lowestOctave+i/binsPerOctave)
}

// powers is the state of one channel: the power of each millisecond of the
// block in work.
type powers struct {
	sums   [PowerSteps]float64
	counts [PowerSteps]int
	done   int // samples
	length int // of a whole block, in samples
}

func (p *powers) next(length int) { *p = powers{length: length} }

func (p *powers) add(samples []float64) {
	for len(samples) > 0 {
		i := p.done * PowerSteps / p.length
		n := ((i+1)*p.length+PowerSteps-1)/PowerSteps - p.done // up to the next step
		n = min(n, len(samples))
		p.sums[i] += sumSquares(samples[:n])
		p.counts[i] += n
		p.done += n
		samples = samples[n:]
	}
}

// powers returns the mean squares. A step without samples, in a short block or
// at a low rate, has the power of the one before.
func (p *powers) powers() (out [PowerSteps]float32) {
	for i := range out {
		switch {
		case p.counts[i] > 0:
			out[i] = float32(p.sums[i] / float64(p.counts[i]))
		case i > 0:
			out[i] = out[i-1]
		}
	}
	return out
}

// addAmplitudes counts samples in the bins of their amplitudes.
func addAmplitudes(bins *[AmplitudeBins]uint16, samples []float64) {
	const (
		mantissa = 23 - 4
		first    = (127 + lowestOctave) * binsPerOctave
	)
	for _, x := range samples {
		i := int(math.Float32bits(float32(math.Abs(x)))>>mantissa) - first
		if i >= 0 {
			bins[min(i, AmplitudeBins-1)]++
		}
	}
}
