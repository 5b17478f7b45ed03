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

// powersOf sets out to the mean squares of the tenths of a block, of which the
// samples are there and length would be. A step without samples, in a short
// block or at a low rate, has the power of the one before.
func (s instructions) powersOf(out *[PowerSteps]float32, samples []float64, length int) {
	var sums [PowerSteps]float64
	s.squares(sums[:], samples, length)
	for i := range out {
		from, to := stepStart(i, length), min(stepStart(i+1, length), len(samples))
		switch {
		case from < to:
			out[i] = float32(sums[i] / float64(to-from))
		case i > 0:
			out[i] = out[i-1]
		}
	}
}

// stepStart returns the first sample of step i of a block.
func stepStart(i, length int) int { return (i*length + PowerSteps - 1) / PowerSteps }
