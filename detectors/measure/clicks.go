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

// channelClicks is the state of one channel.
type channelClicks struct {
	rate    int
	samples []float64 // of two blocks, the latest last
	filled  int       // how many of them are from this stretch
	count   int       // of the block in work

	window, scratch []float64 // as many

	taps []float64 // of the filter for what is high, its second half
	high powers    // of the block in work
}

// begin starts a stretch.
func (k *channelClicks) begin(rate int) {
	k.rate, k.filled, k.count = rate, 0, 0
	if n := 2 * (rate/BlocksPerSecond + 1); len(k.samples) != n {
		k.samples, k.window, k.scratch = make([]float64, n), make([]float64, n), make([]float64, n)
		for i := range k.window {
			k.window[i] = (1 - math.Cos(2*math.Pi*(float64(i)+0.5)/float64(n))) / 2
		}
		k.taps = highPass(rate)
	}
	clear(k.samples)
}

// next starts a block of a length in samples.
func (k *channelClicks) next(length int) {
	k.count = 0
	k.high.next(length)
}

// add appends samples.
func (k *channelClicks) add(samples []float64) {
	k.count += len(samples)
	samples = samples[max(0, len(samples)-len(k.samples)):]
	n := len(samples)
	copy(k.samples, k.samples[n:])
	copy(k.samples[len(k.samples)-n:], samples)
	k.filled = min(k.filled+n, len(k.samples))
	if k.taps != nil {
		k.filter(k.scratch[:n])
		k.high.add(k.scratch[:n])
	}
}

// filter sets y to the latest samples as the filter lets them through.
func (k *channelClicks) filter(y []float64) {
	half := len(k.taps) - 1
	for i := range y {
		at := len(k.samples) - len(y) + i - half // of the middle tap
		x := k.samples[at-half : at+half+1]
		sum := float64(k.taps[0] * x[half])
		for j := 1; j <= half; j++ {
			sum += float64(k.taps[j] * (x[half-j] + x[half+j]))
		}
		y[i] = sum
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

// find returns the impulse of the block in work, which is complete.
func (k *channelClicks) find() Impulse {
	margin := k.rate / 200 // 5 ms
	if k.filled < len(k.samples) || margin <= 2*clickOrder {
		return Impulse{}
	}
	x, e := k.samples, k.scratch
	a, ok := predictor(x, k.window, e)
	if !ok {
		return Impulse{}
	}
	impulses(x, &a, e)
	at, peak := 0, 0.
	for i, v := range e[margin : len(e)-margin] {
		if v = math.Abs(v); v > peak {
			at, peak = margin+i, v
		}
	}
	// Samples near the impulse belong to it: 0.15 ms, the width that is left
	// of it where a coder takes what is above 15 kHz.
	near := max(k.rate*15/100000, 4)
	from, to := max(at-margin, clickOrder), min(at+margin+1, len(e)-clickOrder)
	before, after := max(from, at-near), min(to, at+near+1)
	return Impulse{
		Offset:      at - (len(x) - k.count),
		Amplitude:   float32(peak),
		Before:      rms(e[from:before]),
		After:       rms(e[after:to]),
		LevelBefore: rms(x[from:before]),
		LevelAfter:  rms(x[after:to]),
	}
}

// predictor returns the filter that leaves what linear prediction does not
// foretell of x: the coefficients of the samples before, the oldest one first.
// It is found by the autocorrelation of x under a window, and the recursion of
// Levinson and Durbin. In silence there is none.
func predictor(x, window, scratch []float64) (a [clickOrder]float64, ok bool) {
	for i, v := range x {
		scratch[i] = float64(v * window[i])
	}
	var r [clickOrder + 1]float64
	for lag := range r {
		r[lag] = product(scratch[lag:], scratch)
	}
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

// impulses sets e to the amplitude that an impulse on top of the sound would
// have at each sample of x: what was not foretold of it and of those after,
// held against the filter's own response. At both ends, where there are too
// few samples, it is zero.
func impulses(x []float64, a *[clickOrder]float64, e []float64) {
	power := 1.
	for _, v := range a {
		power += float64(v * v)
	}
	clear(e[:clickOrder])
	for i := clickOrder; i < len(x); i++ {
		e[i] = x[i] + taps(a, (*[clickOrder]float64)(x[i-clickOrder:]))
	}
	var reversed [clickOrder]float64
	for i, v := range a {
		reversed[clickOrder-1-i] = v
	}
	for i := range len(e) - clickOrder {
		e[i] = (e[i] + taps(&reversed, (*[clickOrder]float64)(e[i+1:]))) / power
	}
	clear(e[len(e)-clickOrder:])
}

// taps returns the sum of products. Four at a time, so that none waits for the
// one before.
func taps(a, x *[clickOrder]float64) float64 {
	var s, t, u, v float64
	for i := 0; i < clickOrder; i += 4 {
		s += float64(a[i] * x[i])
		t += float64(a[i+1] * x[i+1])
		u += float64(a[i+2] * x[i+2])
		v += float64(a[i+3] * x[i+3])
	}
	return (s + t) + (u + v)
}

// product returns the sum of products of a with as much of b.
func product(a, b []float64) float64 {
	b = b[:len(a)]
	var s, t, u, v float64
	for len(a) >= 4 && len(b) >= 4 {
		s += float64(a[0] * b[0])
		t += float64(a[1] * b[1])
		u += float64(a[2] * b[2])
		v += float64(a[3] * b[3])
		a, b = a[4:], b[4:]
	}
	for i, x := range a {
		s += float64(x * b[i])
	}
	return (s + t) + (u + v)
}

func rms(x []float64) float32 {
	if len(x) == 0 {
		return 0
	}
	return float32(math.Sqrt(sumSquares(x) / float64(len(x))))
}

func sumSquares(x []float64) (sum float64) {
	for _, v := range x {
		sum += float64(v * v)
	}
	return sum
}
