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
	n            int
	instructions instructions
	order        []int32   // of the pairs of samples: their numbers with the bits reversed
	cos          []float64 // of 2 pi k/n, for k up to n/2
	sin          []float64
	stepCos      []float64 // of each butterfly of the passes from length 8 on, one pass after the other
	stepSin      []float64
}

// NewFFT returns the transform of n samples, a power of two of at least 8.
func NewFFT(n int) *FFT {
	if n < 8 || n&(n-1) != 0 {
		panic("measure: the length of an FFT is a power of two of at least 8")
	}
	half := n / 2
	f := &FFT{
		n: n, instructions: bestInstructions(), order: make([]int32, half),
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
	f.instructions.fft(f, re, im, x, nil)
}
