package measure

import "math"

// This file says in plain Go what the kernels in sound.h compute. Tests hold the
// kernels to it, bit for bit; nothing else uses it. Conversions keep the
// compiler from fusing multiplication and addition.

// referenceLanes adds n terms as the kernels do, in so many lanes.
func referenceLanes(lanes, n int, term func(i int) float64) float64 {
	var sums [8]float64
	whole := n - n%lanes
	for i := range whole {
		sums[i%lanes] += term(i)
	}
	sum := (sums[0] + sums[1]) + (sums[2] + sums[3])
	if lanes == 8 {
		sum += (sums[4] + sums[5]) + (sums[6] + sums[7])
	}
	for i := whole; i < n; i++ {
		sum += term(i)
	}
	return sum
}

func referenceSum(x []float64) float64 {
	return referenceLanes(8, len(x), func(i int) float64 { return x[i] })
}

func referenceProducts(a, b []float64) float64 {
	return referenceLanes(8, len(a), func(i int) float64 { return float64(a[i] * b[i]) })
}

func referenceLevels(x []float64, low, high float64) levels {
	out := levels{sum: referenceSum(x), squares: referenceProducts(x, x)}
	zeros, full := 0, 0
	for _, v := range x {
		if zeros++; v != 0 {
			zeros = 0
		} else {
			out.zeros++
		}
		if full++; v < high && v > low {
			full = 0
		} else {
			out.fullScale++
		}
		out.zeroRun, out.fullScaleRun = max(out.zeroRun, zeros), max(out.fullScaleRun, full)
	}
	return out
}

func referenceLargest(x []float64) int {
	at := 0
	for i, v := range x {
		if math.Abs(v) > math.Abs(x[at]) {
			at = i
		}
	}
	return at
}

func referenceSquares(sums, x []float64, length int) {
	for i := range sums {
		from, to := (i*length+len(sums)-1)/len(sums), ((i+1)*length+len(sums)-1)/len(sums)
		from, to = min(from, len(x)), min(to, len(x))
		sums[i] = referenceProducts(x[from:to], x[from:to])
	}
}

func referenceCount(bins *[AmplitudeBins]uint16, x []float64) {
	for _, v := range x {
		for i := AmplitudeBins - 1; i >= 0; i-- {
			if float64(float32(math.Abs(v))) >= AmplitudeBin(i) {
				bins[i]++
				break
			}
		}
	}
}

// referenceWeigh is [weigh] for one channel.
func referenceWeigh(x []float64, filters *[2]biquad) (squares float64) {
	for _, v := range x {
		for i := range filters {
			f, in := &filters[i], v
			v = float64(f.b0*in) + f.s1
			f.s1 = (float64(f.b1*in) + f.s2) - float64(f.a1*v)
			f.s2 = float64(f.b2*in) - float64(f.a2*v)
		}
		squares += float64(v * v)
	}
	return squares
}

func referencePoints(x []float64, quarters bool) (peak float64) {
	for ; len(x) >= peakTaps; x = x[1:] {
		var even, odd, half float64
		for k := range peakTaps / 2 {
			a, b := x[k], x[peakTaps-1-k]
			if quarters {
				even += float64(quarterEven[k] * (a + b))
				odd += float64(quarterOdd[k] * (a - b))
			}
			half += float64(peakPhases[1][k] * (a + b))
		}
		peak = max(peak, math.Abs(even)+math.Abs(odd), math.Abs(half))
	}
	return peak
}

func referenceFilter(y, x, taps []float64) {
	for i := range y {
		middle := i + len(taps) - 1
		y[i] = float64(taps[0] * x[middle])
		for k := 1; k < len(taps); k++ {
			y[i] += float64(taps[k] * (x[middle-k] + x[middle+k]))
		}
	}
}

func referenceDecimate(y, x, taps []float64, step int) {
	for i := range y {
		y[i] = referenceProducts(taps, x[i*step:])
	}
}

func referenceAutocorrelation(x, window []float64) (r [clickOrder + 1]float64) {
	w := func(i int) float64 { return float64(x[i] * window[i]) }
	for lag := range r {
		r[lag] = referenceLanes(4, len(x)-lag, func(i int) float64 { return float64(w(i+lag) * w(i)) })
	}
	return r
}

func referenceImpulses(x []float64, a *[clickOrder]float64, power float64) []float64 {
	// Products with an even and with an odd number are summed by themselves.
	sum := func(tap func(k int) float64, x []float64) float64 {
		var sums [2]float64
		for k := range clickOrder {
			sums[k%2] += float64(tap(k) * x[k])
		}
		return sums[0] + sums[1]
	}
	missed, e := make([]float64, len(x)), make([]float64, len(x))
	for i := clickOrder; i < len(x); i++ {
		missed[i] = x[i] + sum(func(k int) float64 { return a[k] }, x[i-clickOrder:])
	}
	for i := range len(x) - clickOrder {
		e[i] = (missed[i] + sum(func(k int) float64 { return a[clickOrder-1-k] }, missed[i+1:])) / power
	}
	return e
}

// referenceFFT is the plain radix 2 transform of pairs of samples, in the order
// of operations that the kernels keep.
func referenceFFT(f *FFT, x, window []float64) (re, im []float64) {
	half := f.n / 2
	re, im = make([]float64, half+1), make([]float64, half+1)
	for i, from := range f.order {
		re[i], im[i] = x[2*from], x[2*from+1]
		if window != nil {
			re[i], im[i] = float64(re[i]*window[2*from]), float64(im[i]*window[2*from+1])
		}
	}
	for i := 0; i < half; i += 4 { // the factors are 1 and -j
		a, b, c, d := i, i+1, i+2, i+3
		re[a], im[a], re[b], im[b] = re[a]+re[b], im[a]+im[b], re[a]-re[b], im[a]-im[b]
		re[c], im[c], re[d], im[d] = re[c]+re[d], im[c]+im[d], re[c]-re[d], im[c]-im[d]
		re[a], im[a], re[c], im[c] = re[a]+re[c], im[a]+im[c], re[a]-re[c], im[a]-im[c]
		re[b], im[b], re[d], im[d] = re[b]+im[d], im[b]-re[d], re[b]-im[d], im[b]+re[d]
	}
	for length := 8; length <= half; length *= 2 {
		for at := 0; at < half; at += length {
			for k := range length / 2 {
				p, q := at+k, at+k+length/2
				cos, sin := f.cos[k*(f.n/length)], f.sin[k*(f.n/length)]
				r, i := float64(re[q]*cos)+float64(im[q]*sin), float64(im[q]*cos)-float64(re[q]*sin)
				re[p], im[p], re[q], im[q] = re[p]+r, im[p]+i, re[p]-r, im[p]-i
			}
		}
	}
	re[0], im[0], re[half], im[half] = re[0]+im[0], 0, re[0]-im[0], 0
	for k := 1; k <= half/2; k++ {
		m := half - k
		evenR, evenI := (re[k]+re[m])/2, (im[k]-im[m])/2
		oddR, oddI := (im[k]+im[m])/2, (re[m]-re[k])/2
		r, i := float64(oddR*f.cos[k])+float64(oddI*f.sin[k]), float64(oddI*f.cos[k])-float64(oddR*f.sin[k])
		re[k], im[k] = evenR+r, evenI+i
		re[m], im[m] = evenR-r, i-evenI
	}
	return re, im
}
