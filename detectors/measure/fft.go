package measure

import (
	"math"
	"math/bits"
)

// An FFT computes discrete Fourier transforms of n real samples, for a fixed
// n. It holds tables alone: one may be used by many at the same time.
//
// Results are the same on every architecture: conversions keep the compiler
// from fusing multiplication and addition.
type FFT struct {
	n       int
	order   []int32   // of the pairs of samples: their numbers with the bits reversed
	cos     []float64 // of 2 pi k/n, for k up to n/2
	sin     []float64
	stepCos []float64 // of each butterfly of the passes from length 8 on, one pass after the other
	stepSin []float64
}

// NewFFT returns the transform of n samples, a power of two of at least 8.
func NewFFT(n int) *FFT {
	if n < 8 || n&(n-1) != 0 {
		panic("measure: the length of an FFT is a power of two of at least 8")
	}
	half := n / 2
	f := &FFT{
		n: n, order: make([]int32, half),
		cos: make([]float64, half), sin: make([]float64, half),
	}
	shift := 64 - bits.TrailingZeros(uint(half))
	for i := range f.order {
		f.order[i] = int32(bits.Reverse64(uint64(i)) >> shift) // #nosec G115 -- below half
		f.sin[i], f.cos[i] = math.Sincos(2 * math.Pi * float64(i) / float64(n))
	}
	for length := 8; length <= half; length *= 2 {
		for k := range length / 2 {
			f.stepCos = append(f.stepCos, f.cos[k*(n/length)])
			f.stepSin = append(f.stepSin, f.sin[k*(n/length)])
		}
	}
	return f
}

// Len returns the number of samples, n.
func (f *FFT) Len() int { return f.n }

// Transform sets re[k] and im[k], for k from 0 to n/2, to the real and the
// imaginary part of
//
//	sum over i of x[i] * exp(-2 pi j i k / n)
//
// without a scale factor: a sine of amplitude a with k whole waves in the n
// samples has a magnitude of a*n/2 at k. x has n samples, and is left as it
// is; re and im have room for n/2+1. It allocates nothing.
func (f *FFT) Transform(re, im, x []float64) {
	half := f.n / 2
	x, re, im = x[:f.n], re[:half+1], im[:half+1]
	// Pairs of samples are transformed as complex numbers, half as many.
	for i, from := range f.order {
		re[i], im[i] = x[2*from], x[2*from+1]
	}
	f.complexPasses(re[:half], im[:half])
	f.separate(re, im)
}

// complexPasses is the transform of complex numbers in bit-reversed order, by
// decimation in time.
func (f *FFT) complexPasses(re, im []float64) {
	fours(re, im)
	cos, sin := f.stepCos, f.stepSin
	for length := 8; length <= len(re); length *= 2 {
		h := length / 2
		c, s := cos[:h], sin[:h]
		for at := 0; at < len(re); at += length {
			ar, ai := re[at:at+h], im[at:at+h]
			br, bi := re[at+h:at+length], im[at+h:at+length]
			butterflies(ar, ai, br, bi, c, s)
		}
		cos, sin = cos[h:], sin[h:]
	}
}

// butterflies joins two halves of a transform: b is turned by c and s.
func butterflies(ar, ai, br, bi, c, s []float64) {
	n := len(c)
	ar, ai, br, bi, s = ar[:n], ai[:n], br[:n], bi[:n], s[:n]
	for k, cos := range c {
		sin, r, i := s[k], br[k], bi[k]
		tr := float64(r*cos) + float64(i*sin)
		ti := float64(i*cos) - float64(r*sin)
		br[k], bi[k] = ar[k]-tr, ai[k]-ti
		ar[k] += tr
		ai[k] += ti
	}
}

// separate turns the transform of pairs into that of the samples. Even and odd
// samples are the parts with even and odd symmetry.
func (f *FFT) separate(re, im []float64) {
	half := f.n / 2
	first, second := re[0], im[0]
	re[0], im[0] = first+second, 0
	re[half], im[half] = first-second, 0
	for k := 1; k <= half/2; k++ {
		m := half - k
		evenR, evenI := (re[k]+re[m])/2, (im[k]-im[m])/2
		oddR, oddI := (im[k]+im[m])/2, (re[m]-re[k])/2
		cos, sin := f.cos[k], f.sin[k]
		tr := float64(oddR*cos) + float64(oddI*sin)
		ti := float64(oddI*cos) - float64(oddR*sin)
		re[k], im[k] = evenR+tr, evenI+ti
		re[m], im[m] = evenR-tr, ti-evenI
	}
}

// fours is the first two passes, whose factors are 1 and -j.
func fours(re, im []float64) {
	for len(re) >= 4 && len(im) >= 4 {
		ar, ai := re[0]+re[1], im[0]+im[1]
		br, bi := re[0]-re[1], im[0]-im[1]
		cr, ci := re[2]+re[3], im[2]+im[3]
		dr, di := re[2]-re[3], im[2]-im[3]
		re[0], im[0] = ar+cr, ai+ci
		re[1], im[1] = br+di, bi-dr
		re[2], im[2] = ar-cr, ai-ci
		re[3], im[3] = br-di, bi+dr
		re, im = re[4:], im[4:]
	}
}
