package measure

import "math"

// MainsHarmonics is the number of harmonics, with the fundamental, of each
// mains frequency that are looked for.
const MainsHarmonics = 6

// MainsHz are the frequencies of the mains.
var MainsHz = [2]float64{50, 60}

// MainsRow is what a second of a channel that ends with the block has at the
// frequencies of the mains and their harmonics. It is there at every tenth
// block of a stretch, after the first second.
type MainsRow struct {
	Valid bool
	Lines [len(MainsHz)][MainsHarmonics]MainsLine
}

// A MainsLine is a line of the spectrum close to a harmonic of the mains.
type MainsLine struct {
	Hz    float32 // of the strongest within 0.5 %, or 1 Hz where that is more
	Power float32 // mean square of a sinusoid there, relative to full scale
	Floor float32 // what a sinusoid would have at the median of the frequencies around
}

const (
	// mainsRate is the sample rate, at least, at which harmonics are looked
	// for.
	mainsRate = 2000

	// maxMainsStep keeps the low pass short at rates above 768 kHz, which
	// sound does not have: there, no lines are found.
	maxMainsStep = 384

	// mainsLength is the number of samples, at less than twice that rate, in
	// a spectrum: bins are 1 Hz apart, or 2 Hz at most.
	mainsLength = 2048

	// mainsBlocks is the number of blocks from one spectrum to the next.
	mainsBlocks = 10

	// mainsTaps is the length of the low pass, per step of the decimation.
	// Up to 500 Hz, what is folded in from above is 40 dB down and more.
	mainsTaps = 8
)

// A mainsMeter has what all channels of a stream share.
type mainsMeter struct {
	rate         int
	instructions instructions
	step         int // of the decimation
	taps         []float64
	transform    *FFT
	window       []float64
	scale        float64 // from squares of the transform to the power of a sinusoid
	hzPerBin     float64

	re, im []float64
	around []float64
}

func newMainsMeter(rate int) *mainsMeter {
	m := &mainsMeter{
		rate: rate, instructions: bestInstructions(), step: max(1, min(rate/mainsRate, maxMainsStep)),
		transform: NewFFT(mainsLength), window: hann(mainsLength),
		re: make([]float64, mainsLength/2+1), im: make([]float64, mainsLength/2+1), around: make([]float64, 0, 128),
	}
	m.hzPerBin = float64(rate) / float64(m.step) / mainsLength
	half := sum(m.window)
	m.scale = 2 / (half * half)
	m.taps = []float64{1}
	if m.step > 1 {
		m.taps = lowPass(mainsTaps*m.step, 0.5/float64(m.step))
	}
	return m
}

// lowPass returns the n taps of a low pass with a corner as a share of the
// sample rate: a sinc under a Hann window, with a sum of 1.
func lowPass(n int, corner float64) []float64 {
	taps := hann(n)
	for i := range taps {
		x := 2 * corner * (float64(i) - float64(n-1)/2)
		if x != 0 {
			taps[i] *= math.Sin(math.Pi*x) / (math.Pi * x)
		}
	}
	total := sum(taps)
	for i := range taps {
		taps[i] /= total
	}
	return taps
}

// decimated is one channel at the lower rate.
type decimated struct {
	low  []float64
	next int64 // sample of the stretch that comes first under the taps next time
}

// begin starts a stretch.
func (d *decimated) begin() {
	if d.low == nil {
		d.low = make([]float64, 0, 2*mainsLength)
	}
	d.low, d.next = d.low[:0], 0
}

// reach is how many samples there must be for one at the lower rate.
func (m *mainsMeter) reach() int { return max(len(m.taps), m.step) }

// past returns how many samples before a block are needed.
func (m *mainsMeter) past() int { return m.reach() + m.step }

// add decimates the latest samples. There are as many of the stretch as position.
func (m *mainsMeter) add(d *decimated, r *recent, position int64) {
	x := r.latest(int(position - d.next))
	for len(x) >= m.reach() {
		n := min((len(x)-m.reach())/m.step+1, mainsLength)
		if len(d.low)+n > cap(d.low) {
			d.low = d.low[:copy(d.low, d.low[max(0, len(d.low)-mainsLength):])]
		}
		m.instructions.decimate(d.low[len(d.low):len(d.low)+n], x, m.taps, m.step)
		d.low = d.low[:len(d.low)+n]
		d.next += int64(n * m.step)
		x = x[n*m.step:]
	}
}

// measure fills row with the lines of the last second, if there is as much.
func (m *mainsMeter) measure(d *decimated, row *MainsRow) {
	if len(d.low) < mainsLength {
		return
	}
	row.Valid = true
	m.instructions.fft(m.transform, m.re, m.im, d.low[len(d.low)-mainsLength:], m.window)
	power := m.re // from here on
	m.instructions.powers(power, m.im, m.scale)
	for i, hz := range MainsHz {
		for h := range MainsHarmonics {
			row.Lines[i][h] = m.line(power, hz*float64(h+1))
		}
	}
}

// line finds the strongest line close to a frequency.
func (m *mainsMeter) line(power []float64, hz float64) MainsLine {
	near := max(1, 0.005*hz)
	low, high := int(math.Round((hz-near)/m.hzPerBin)), int(math.Round((hz+near)/m.hzPerBin))
	// The neighbours reach to 20 Hz, and begin where the line's main lobe
	// has ended.
	gap, reach := high-low+3, int(math.Ceil(20/m.hzPerBin))
	if low < 1 || high+reach >= len(power) || low-reach < 1 {
		return MainsLine{}
	}
	at := low
	for k := low; k <= high; k++ {
		if power[k] > power[at] {
			at = k
		}
	}
	m.around = m.around[:0]
	for k := gap; k <= reach; k++ {
		m.around = append(m.around, power[at-k], power[at+k])
	}
	line := MainsLine{Power: float32(power[at]), Floor: float32(median(m.around)), Hz: float32(float64(at) * m.hzPerBin)}
	if a, b, c := power[at-1], power[at], power[at+1]; b > 0 && a > 0 && c > 0 {
		// Between bins: the parabola through logarithms, close for a Hann window.
		a, b, c = math.Log(a), math.Log(b), math.Log(c)
		if curve := a - 2*b + c; curve < 0 {
			shift := max(-0.5, min(0.5, (a-c)/(2*curve)))
			line.Hz = float32((float64(at) + shift) * m.hzPerBin)
			line.Power = float32(math.Exp(b - (a-c)*shift/4))
		}
	}
	return line
}

// median returns the middle one of x, which it puts in order.
func median(x []float64) float64 {
	for i := 1; i < len(x); i++ { // few
		for j := i; j > 0 && x[j] < x[j-1]; j-- {
			x[j], x[j-1] = x[j-1], x[j]
		}
	}
	if len(x) == 0 {
		return 0
	}
	return x[len(x)/2]
}
