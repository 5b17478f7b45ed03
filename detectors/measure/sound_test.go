package measure

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

// lengths are around those that vector instructions take at once, and a block.
var lengths = []int{1, 2, 3, 4, 5, 7, 8, 9, 11, 12, 15, 16, 17, 31, 40, 441, 480, 481}

// amplitudes returns n samples of which some are zero, some at full scale, some
// beyond, and some hardly there.
func amplitudes(r *rand.Rand, n int) []float64 {
	x := make([]float64, n)
	for i := range x {
		switch x[i] = r.NormFloat64() / 3; r.IntN(12) {
		case 0:
			x[i] = 0
		case 1:
			x[i] = math.Copysign(0, -1)
		case 2:
			x[i] = math.Copysign(1, x[i])
		case 3:
			x[i] *= 1e-20
		case 4:
			x[i] *= 1e20
		}
		if i > 0 && r.IntN(3) == 0 {
			x[i] = x[i-1] // runs
		}
	}
	return x
}

// same reports whether all bits are.
func same(a, b float64) bool { return math.Float64bits(a) == math.Float64bits(b) }

// forKernels runs f with each instruction set and each length.
func forKernels(t *testing.T, f func(t *testing.T, s instructions, r *rand.Rand, n int)) {
	for _, set := range instructionSets() {
		r := rand.New(rand.NewPCG(5, 6))
		for _, n := range lengths {
			t.Run(fmt.Sprintf("%s/%d", set.name, n), func(t *testing.T) {
				for range 5 {
					f(t, instructions(set.id), r, n)
				}
			})
		}
	}
}

func TestSumKernels(t *testing.T) {
	forKernels(t, func(t *testing.T, s instructions, r *rand.Rand, n int) {
		x, y := amplitudes(r, n), amplitudes(r, n)
		if got, want := s.sum(x), referenceSum(x); !same(got, want) {
			t.Errorf("sum %v, want %v", got, want)
		}
		if got, want := s.products(x, y), referenceProducts(x, y); !same(got, want) {
			t.Errorf("products %v, want %v", got, want)
		}
		if got, want := s.levels(x, -1, 1), referenceLevels(x, -1, 1); got != want {
			t.Errorf("levels %+v, want %+v", got, want)
		}
		for _, z := range [][]float64{x, make([]float64, n), slices.Repeat([]float64{-1}, n)} {
			if got, want := s.largest(z), referenceLargest(z); got != want {
				t.Errorf("largest at %d of %v, want %d", got, z, want)
			}
			if got, want := s.levels(z, -1, 1), referenceLevels(z, -1, 1); got != want {
				t.Errorf("levels %+v, want %+v", got, want)
			}
		}
		for _, length := range []int{n, n + 1, 2 * n} {
			got, want := make([]float64, PowerSteps), make([]float64, PowerSteps)
			s.squares(got, x, length)
			referenceSquares(want, x, length)
			if !slices.EqualFunc(got, want, same) {
				t.Errorf("squares %v, want %v", got, want)
			}
		}
		var got, want [AmplitudeBins]uint16
		countAmplitudes(&got, x)
		referenceCount(&want, x)
		if got != want {
			t.Errorf("counts %v, want %v", got, want)
		}
	})
}

func TestFilterKernels(t *testing.T) {
	forKernels(t, func(t *testing.T, s instructions, r *rand.Rand, n int) {
		x, y := amplitudes(r, n), amplitudes(r, n)
		xGot, xWant := kWeighting(48000), kWeighting(48000)
		yGot, yWant := kWeighting(48000), kWeighting(48000)
		var got [2]float64
		for range 2 {
			weigh(&got, x, y, &xGot, &yGot)
			a, b := referenceWeigh(x, &xWant), referenceWeigh(y, &yWant)
			if !same(got[0], a) || !same(got[1], b) || xGot != xWant || yGot != yWant {
				t.Fatalf("weighted %v, want %v, %v", got, a, b)
			}
		}

		x = amplitudes(r, n+4*n+64)
		for _, quarters := range []bool{false, true} {
			z := x[:n+peakTaps-1]
			if got, want := s.points(z, quarters), referencePoints(z, quarters); !same(got, want) {
				t.Errorf("points %v, want %v", got, want)
			}
		}
		for _, taps := range [][]float64{amplitudes(r, 16), {1}} {
			got, want := make([]float64, n), make([]float64, n)
			s.filter(got, x, taps)
			referenceFilter(want, x, taps)
			if !slices.EqualFunc(got, want, same) {
				t.Errorf("filter %v, want %v", got, want)
			}
		}
		for _, step := range []int{1, 4} {
			got, want, taps := make([]float64, n), make([]float64, n), amplitudes(r, 8*step+3)
			s.decimate(got, x, taps, step)
			referenceDecimate(want, x, taps, step)
			if !slices.EqualFunc(got, want, same) {
				t.Errorf("decimated %v, want %v", got, want)
			}
		}
	})
}

func TestClickKernels(t *testing.T) {
	forKernels(t, func(t *testing.T, s instructions, r *rand.Rand, n int) {
		n += 2 * clickOrder
		x, window, scratch := amplitudes(r, n), hann(n), make([]float64, n)
		if got, want := s.autocorrelation(x, window, scratch), referenceAutocorrelation(x, window); got != want {
			t.Errorf("autocorrelation %v, want %v", got, want)
		}
		a := [clickOrder]float64(amplitudes(r, clickOrder))
		s.impulses(scratch, x, &a, 1.7)
		if want := referenceImpulses(x, &a, 1.7); !slices.EqualFunc(scratch, want, same) {
			t.Errorf("impulses %v, want %v", scratch, want)
		}
	})
}

func TestFFTKernels(t *testing.T) {
	for _, set := range instructionSets() {
		s, r := instructions(set.id), rand.New(rand.NewPCG(5, 6))
		for n := 8; n <= 4096; n *= 2 {
			f, x := NewFFT(n), amplitudes(r, n)
			for _, window := range [][]float64{nil, hann(n)} {
				re, im := make([]float64, n/2+1), make([]float64, n/2+1)
				s.fft(f, re, im, x, window)
				wantRe, wantIm := referenceFFT(f, x, window)
				if !slices.EqualFunc(re, wantRe, same) || !slices.EqualFunc(im, wantIm, same) {
					t.Fatalf("%s, %d samples: %v %v\nwant %v %v", set.name, n, re, im, wantRe, wantIm)
				}
				s.powers(re, im, 0.1)
				for k := range re {
					if want := (float64(wantRe[k]*wantRe[k]) + float64(wantIm[k]*wantIm[k])) * 0.1; !same(re[k], want) {
						t.Fatalf("%s, %d samples: power %v, want %v", set.name, n, re[k], want)
					}
				}
			}
		}
	}
}
