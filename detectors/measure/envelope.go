package measure

import "math"

// EnvelopeSteps is the number of powers in [Channel.Envelope]: one for each
// millisecond.
const EnvelopeSteps = 10

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

// envelope is the state of one channel: the power of each millisecond of the
// block in work.
type envelope struct {
	sums   [EnvelopeSteps]float64
	counts [EnvelopeSteps]int
	done   int // samples
	length int // of a whole block, in samples
}

func (e *envelope) next(length int) { *e = envelope{length: length} }

func (e *envelope) add(samples []float64) {
	for len(samples) > 0 {
		i := e.done * EnvelopeSteps / e.length
		n := ((i+1)*e.length+EnvelopeSteps-1)/EnvelopeSteps - e.done // up to the next step
		n = min(n, len(samples))
		e.sums[i] += sumSquares(samples[:n])
		e.counts[i] += n
		e.done += n
		samples = samples[n:]
	}
}

// powers returns the mean squares. A step without samples, in a short block or
// at a low rate, has the power of the one before.
func (e *envelope) powers() (out [EnvelopeSteps]float32) {
	for i := range out {
		switch {
		case e.counts[i] > 0:
			out[i] = float32(e.sums[i] / float64(e.counts[i]))
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
