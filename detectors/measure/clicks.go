package measure

import "math"

// clickOrder is the order of the linear prediction that clicks are looked for
// with.
const clickOrder = 12

// whiteness is the share of white noise that is added to the sound before it
// is predicted, in power. Without it, prediction makes use of what a coder has
// left out of the spectrum, and takes the rest of a click for foretold.
const whiteness = 3e-2

// An Impulse is what most looks like one sample too much in the 10 ms that end
// 5 ms before the block does. Amplitudes are relative to full scale. The zero
// value means that nothing does, or that there is too little sound.
type Impulse struct {
	Offset        int     // samples from the start of the block; below zero before it
	Amplitude     float32 // of the impulse, without its sign
	Before, After float32 // RMS of such amplitudes in the 5 ms on both sides

	LevelBefore, LevelAfter float32 // RMS of the sound there
}

// A clickMeter has what all channels of a stream share.
type clickMeter struct {
	rate         int
	instructions instructions
	taps         []float64 // of the filter for what is high, its second half; nil where there is none
	window       []float64 // over two blocks; nil where no impulses are looked for
	scratch      []float64 // as many, and no fewer than a block has
}

func newClickMeter(rate int) *clickMeter {
	k := &clickMeter{rate: rate, instructions: bestInstructions()}
	if rate > maxRate {
		return k
	}
	k.taps = highPass(rate)
	n := 2 * (rate/BlocksPerSecond + 1)
	k.scratch = make([]float64, n)
	if k.margin() > 2*clickOrder {
		k.window = make([]float64, n)
		for i := range k.window {
			k.window[i] = (1 - math.Cos(2*math.Pi*(float64(i)+0.5)/float64(n))) / 2
		}
	}
	return k
}

// past returns how many samples before a block are needed.
func (k *clickMeter) past() int { return max(len(k.window), 2*len(k.taps)) }

// margin is 5 ms, in samples.
func (k *clickMeter) margin() int { return k.rate / 200 }

// measure fills what out has of clicks, for a block of n samples, of which a
// whole one has length. There are as many samples of the stretch as position.
func (k *clickMeter) measure(r *recent, n, length int, position int64, out *Channel) {
	if k.taps != nil {
		y := k.scratch[:n]
		k.instructions.filter(y, r.latest(n+2*(len(k.taps)-1)), k.taps)
		k.instructions.powersOf(&out.High, y, length)
	}
	if k.window != nil && position >= int64(len(k.window)) {
		out.Impulse = k.find(r.latest(len(k.window)), n)
	}
}

// HighEdge is the frequency, in Hz, from which on sound counts as high in
// [Channel.High].
const HighEdge = 7500

// highPass returns the second half of a symmetric filter of 31 taps at 48 kHz,
// by a Hann window, the middle tap first. At low rates there is none.
func highPass(rate int) []float64 {
	if rate < 4*HighEdge {
		return nil
	}
	half := rate / 3200
	taps := make([]float64, half+1)
	var sum float64
	for i := range taps {
		t := 2 * HighEdge / float64(rate)
		taps[i] = t * (1 + math.Cos(math.Pi*float64(i)/float64(half+1))) / 2
		if i > 0 {
			taps[i] *= math.Sin(math.Pi*t*float64(i)) / (math.Pi * t * float64(i))
			sum += taps[i]
		}
		sum += taps[i]
	}
	for i := range taps {
		taps[i] /= -sum
	}
	taps[0]++
	return taps
}

// find returns the impulse of a block of n samples, the last ones of x.
func (k *clickMeter) find(x []float64, n int) Impulse {
	margin, e := k.margin(), k.scratch
	a, ok := predictor(k.instructions.autocorrelation(x, k.window, e))
	if !ok {
		return Impulse{}
	}
	power := 1.
	for _, v := range a {
		power += float64(v * v)
	}
	k.instructions.impulses(e, x, &a, power)
	at := margin + k.instructions.largest(e[margin:len(e)-margin])
	if e[at] == 0 {
		return Impulse{}
	}
	// Samples near the impulse belong to it: 0.15 ms, the width that is left
	// of it where a coder takes what is above 15 kHz.
	near := max(k.rate*15/100000, 4)
	from, to := max(at-margin, clickOrder), min(at+margin+1, len(e)-clickOrder)
	before, after := max(from, at-near), min(to, at+near+1)
	return Impulse{
		Offset:      at - (len(x) - n),
		Amplitude:   float32(math.Abs(e[at])),
		Before:      k.rms(e[from:before]),
		After:       k.rms(e[after:to]),
		LevelBefore: k.rms(x[from:before]),
		LevelAfter:  k.rms(x[after:to]),
	}
}

func (k *clickMeter) rms(x []float64) float32 {
	if len(x) == 0 {
		return 0
	}
	return float32(math.Sqrt(k.instructions.products(x, x) / float64(len(x))))
}

// predictor returns the filter that leaves what linear prediction does not
// foretell of sound with the autocorrelation r: the coefficients of the samples
// before, the oldest one first, by the recursion of Levinson and Durbin. In
// silence there is none.
func predictor(r [clickOrder + 1]float64) (a [clickOrder]float64, ok bool) {
	if r[0] < 1e-10 { // -100 dBFS
		return a, false
	}
	r[0] *= 1 + whiteness
	var c [clickOrder + 1]float64
	c[0] = 1
	power := r[0]
	for i := 1; i <= clickOrder; i++ {
		s := r[i]
		for j := 1; j < i; j++ {
			s += float64(c[j] * r[i-j])
		}
		reflection := -s / power
		next := c
		for j := 1; j < i; j++ {
			next[j] = c[j] + float64(reflection*c[i-j])
		}
		next[i] = reflection
		c = next
		power *= 1 - float64(reflection*reflection)
	}
	for i := range a {
		a[i] = c[clickOrder-i]
	}
	return a, true
}
