package measure

import "math"

const (
	// EnvelopesPerSecond is the number of rows of an envelope in a second.
	EnvelopesPerSecond = 400

	// EnvelopeBands is the number of bands of an envelope.
	EnvelopeBands = 4
)

// The bands of an envelope, by their middles in Hz. All lie below 3.4 kHz,
// where a telephone and a coder at its lowest rate still have sound.
var envelopeHz = [EnvelopeBands]float64{250, 600, 1300, 2500}

// envelopeQ makes bands of about an octave.
const envelopeQ = 1.4

// envelopeSlope is how fast the time of a stretch follows the time stamps of
// its buffers: a 32nd of the deviation with each. Time stamps that are rounded
// average out, and a clock of samples that drifts against them is followed.
const envelopeSlope = 32

// chunk is the number of samples that are converted at a time: few enough to
// stay in the first cache.
const chunk = 512

// An Envelope is the energy of 2.5 ms of sound by bands: fine enough in time to
// say to the millisecond where the same sound is found again, whatever its
// loudness and its coding.
type Envelope struct {
	Number int64                  // of the 2.5 ms since media time 0
	Bands  [EnvelopeBands]float32 // mean squares, summed over the channels
}

// An EnvelopeMeter measures the envelope of one audio stream. It is not for
// concurrent use.
type EnvelopeMeter struct {
	rate, channels int
	start          float64 // media time of the stretch's first sample in samples; NaN before a stretch
	position       int64   // samples of the stretch so far

	row     Envelope
	samples int // in the row
	sums    [EnvelopeBands]float64
	filters []envelopeFilter // one for each channel
	chunk   [chunk]float64
	squares [EnvelopeBands][chunk]float64
}

// An envelopeFilter is the bands of one channel, each two sections that are
// the same.
type envelopeFilter [EnvelopeBands][2]biquad

// NewEnvelope returns a meter for one stream.
func NewEnvelope() *EnvelopeMeter { return &EnvelopeMeter{start: math.NaN()} }

// Add measures a buffer and calls emit for each row that it completes. The row
// is reused. Numbers rise from row to row, but where time jumps back. Buffers
// are cut into stretches as by [AudioMeter].
func (e *EnvelopeMeter) Add(b *Buffer, emit func(*Envelope)) {
	if !b.measurable() {
		return
	}
	e.place(b, emit)
	for done := 0; done < b.Samples; {
		n := min(b.Samples-done, chunk)
		e.filter(b, done, n)
		for i := 0; i < n; {
			number := e.number()
			if number != e.row.Number {
				e.finish(emit)
				e.row.Number = number
			}
			// The samples up to the next row, which starts at the first
			// sample at or after its time.
			next := int64(math.Ceil(float64(number+1)*float64(e.rate)/EnvelopesPerSecond - e.start))
			m := min(n-i, max(1, int(next-e.position)))
			for band := range e.sums {
				for _, x := range e.squares[band][i : i+m] {
					e.sums[band] += x
				}
			}
			e.samples += m
			e.position += int64(m)
			i += m
		}
		done += n
	}
}

// Flush emits the last row.
func (e *EnvelopeMeter) Flush(emit func(*Envelope)) {
	e.finish(emit)
	e.start = math.NaN()
}

// number is the row that the sample at the position belongs to.
func (e *EnvelopeMeter) number() int64 {
	return int64(math.Floor((e.start + float64(e.position)) * EnvelopesPerSecond / float64(e.rate)))
}

// place takes a buffer for the continuation of the stretch, or begins one.
func (e *EnvelopeMeter) place(b *Buffer, emit func(*Envelope)) {
	at := b.PTS.Seconds() * float64(b.SampleRate)
	deviation := at - (e.start + float64(e.position))
	jitter := MaxJitter.Seconds() * float64(b.SampleRate)
	if b.SampleRate == e.rate && b.Channels == e.channels && !b.Discontinuity && math.Abs(deviation) <= jitter {
		if math.Abs(deviation) > 0.5 { // and not a rounding to whole samples
			e.start += deviation / envelopeSlope
		}
		return
	}
	e.finish(emit)
	if b.SampleRate != e.rate || b.Channels != e.channels || b.Discontinuity || math.Abs(deviation) > float64(b.SampleRate) || math.IsNaN(deviation) {
		e.filters = make([]envelopeFilter, b.Channels)
		for c := range e.filters {
			e.filters[c] = newEnvelopeFilter(b.SampleRate)
		}
	}
	e.rate, e.channels, e.start, e.position = b.SampleRate, b.Channels, at, 0
	e.row.Number = e.number()
}

// finish emits the row in work, if there is anything in it.
func (e *EnvelopeMeter) finish(emit func(*Envelope)) {
	if e.samples == 0 {
		return
	}
	for band := range e.sums {
		e.row.Bands[band] = float32(min(e.sums[band]/float64(e.samples), math.MaxFloat32))
	}
	e.sums, e.samples = [EnvelopeBands]float64{}, 0
	emit(&e.row)
}

// filter fills squares with those of n samples, summed over the channels.
func (e *EnvelopeMeter) filter(b *Buffer, from, n int) {
	for band := range e.squares {
		clear(e.squares[band][:n])
	}
	for c := range e.filters {
		samples := e.chunk[:n]
		b.load(samples, c, from)
		for band := range e.filters[c] {
			addSquares(&e.filters[c][band], samples, e.squares[band][:n])
		}
	}
}

func newEnvelopeFilter(rate int) (f envelopeFilter) {
	for band, hz := range envelopeHz {
		if hz >= 0.45*float64(rate) {
			continue // stays zero, and lets nothing through
		}
		sin, cos := math.Sincos(2 * math.Pi * hz / float64(rate))
		alpha := sin / (2 * envelopeQ)
		section := biquad{b0: alpha / (1 + alpha), b2: -alpha / (1 + alpha), a1: -2 * cos / (1 + alpha), a2: (1 - alpha) / (1 + alpha)}
		f[band] = [2]biquad{section, section}
	}
	return f
}

// addSquares adds the squares of samples, through both sections, to squares.
// Conversions keep the compiler from fusing multiplication and addition.
func addSquares(f *[2]biquad, samples, squares []float64) {
	first, second := f[0], f[1]
	for i, x := range samples {
		// b1 is 0, and b2 is -b0.
		y := float64(first.b0*x) + first.s1
		first.s1 = first.s2 - float64(first.a1*y)
		first.s2 = -float64(first.b0*x) - float64(first.a2*y)
		z := float64(second.b0*y) + second.s1
		second.s1 = second.s2 - float64(second.a1*z)
		second.s2 = -float64(second.b0*y) - float64(second.a2*z)
		squares[i] += float64(z * z)
	}
	first.settle()
	second.settle()
	f[0], f[1] = first, second
}
