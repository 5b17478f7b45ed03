package measure

/*
#include "sound.h"

// None keeps a pointer, or calls back.
#cgo noescape vqa_levels
#cgo nocallback vqa_levels
#cgo noescape vqa_sum
#cgo nocallback vqa_sum
#cgo noescape vqa_products
#cgo nocallback vqa_products
#cgo noescape vqa_largest
#cgo nocallback vqa_largest
#cgo noescape vqa_squares
#cgo nocallback vqa_squares
#cgo noescape vqa_count
#cgo nocallback vqa_count
#cgo noescape vqa_weigh
#cgo nocallback vqa_weigh
#cgo noescape vqa_points
#cgo nocallback vqa_points
#cgo noescape vqa_filter
#cgo nocallback vqa_filter
#cgo noescape vqa_decimate
#cgo nocallback vqa_decimate
#cgo noescape vqa_autocorrelation
#cgo nocallback vqa_autocorrelation
#cgo noescape vqa_impulses
#cgo nocallback vqa_impulses
#cgo noescape vqa_fft
#cgo nocallback vqa_fft
#cgo noescape vqa_powers
#cgo nocallback vqa_powers
*/
import "C"

import "unsafe"

// instructions is an instruction set that there are kernels for. Its methods
// are the kernels that measure sound; sound.h says what they do. Multiplication
// and addition are never fused: results are the same on every architecture.
type instructions C.int

// bestInstructions returns the best instruction set that this machine has.
func bestInstructions() instructions { return instructions(C.vqa_instructions()) }

// doubles is x as C sees it. Kernels keep nothing of it.
func doubles(x []float64) *C.double { return (*C.double)(unsafe.SliceData(x)) }

// levels is what vqa_levels finds.
type levels struct {
	sum, squares            float64
	zeros, zeroRun          int
	fullScale, fullScaleRun int
}

func (s instructions) levels(x []float64, low, high float64) levels {
	var l C.struct_vqa_levels
	C.vqa_levels(C.int(s), doubles(x), C.int(len(x)), C.double(low), C.double(high), &l)
	return levels{
		sum: float64(l.sum), squares: float64(l.squares),
		zeros: int(l.zeros), zeroRun: int(l.zero_run),
		fullScale: int(l.full_scale), fullScaleRun: int(l.full_scale_run),
	}
}

func (s instructions) sum(x []float64) float64 {
	return float64(C.vqa_sum(C.int(s), doubles(x), C.int(len(x))))
}

// products takes as many of b as there are of a.
func (s instructions) products(a, b []float64) float64 {
	b = b[:len(a)]
	return float64(C.vqa_products(C.int(s), doubles(a), doubles(b), C.int(len(a))))
}

func (s instructions) largest(x []float64) int {
	return int(C.vqa_largest(C.int(s), doubles(x), C.int(len(x))))
}

// squares sums by as many steps as sums has.
func (s instructions) squares(sums, x []float64, length int) {
	C.vqa_squares(C.int(s), doubles(x), C.int(len(x)), C.int(length), C.int(len(sums)), doubles(sums))
}

// points takes the windows that x has, at least one.
func (s instructions) points(x []float64, quarters bool) float64 {
	var even, odd *C.double
	if quarters {
		even, odd = doubles(quarterEven[:]), doubles(quarterOdd[:])
	}
	return float64(C.vqa_points(C.int(s), doubles(x), C.int(len(x)-peakTaps+1), even, odd, doubles(peakPhases[1][:])))
}

// filter sets y to what comes of x, which has 2*(len(taps)-1) samples more.
func (s instructions) filter(y, x, taps []float64) {
	x = x[:len(y)+2*(len(taps)-1)]
	C.vqa_filter(C.int(s), doubles(x), C.int(len(y)), doubles(taps), C.int(len(taps)-1), doubles(y))
}

// decimate fills y, of at least one value.
func (s instructions) decimate(y, x, taps []float64, step int) {
	x = x[:(len(y)-1)*step+len(taps)]
	C.vqa_decimate(C.int(s), doubles(x), C.int(len(y)), C.int(step), doubles(taps), C.int(len(taps)), doubles(y))
}

func (s instructions) autocorrelation(x, window, scratch []float64) (r [clickOrder + 1]float64) {
	window, scratch = window[:len(x)], scratch[:len(x)]
	C.vqa_autocorrelation(C.int(s), doubles(x), doubles(window), C.int(len(x)), doubles(scratch), (*C.double)(&r[0]))
	return r
}

// impulses takes more than 2*clickOrder samples.
func (s instructions) impulses(e, x []float64, a *[clickOrder]float64, power float64) {
	e = e[:len(x)]
	C.vqa_impulses(C.int(s), doubles(x), C.int(len(x)), (*C.double)(&a[0]), C.double(power), doubles(e))
}

// fft takes as many samples as f transforms, under a window that may be nil.
func (s instructions) fft(f *FFT, re, im, x, window []float64) {
	re, im, x = re[:f.n/2+1], im[:f.n/2+1], x[:f.n]
	C.vqa_fft(C.int(s), C.int(f.n), (*C.int32_t)(unsafe.SliceData(f.order)), doubles(f.cos), doubles(f.sin),
		doubles(f.stepCos), doubles(f.stepSin), doubles(x), doubles(window), doubles(re), doubles(im))
}

func (s instructions) powers(re, im []float64, scale float64) {
	im = im[:len(re)]
	C.vqa_powers(C.int(s), doubles(re), doubles(im), C.int(len(re)), C.double(scale))
}

func countAmplitudes(bins *[AmplitudeBins]uint16, x []float64) {
	C.vqa_count(doubles(x), C.int(len(x)), (*C.uint16_t)(&bins[0]))
}

// weigh puts as many samples of x and y each through both of its filters, and
// sets squares to the sums of the squares of what comes out.
func weigh(squares *[2]float64, x, y []float64, xFilters, yFilters *[2]biquad) {
	y = y[:len(x)]
	C.vqa_weigh(doubles(x), doubles(y), C.int(len(x)),
		(*C.struct_vqa_biquad)(unsafe.Pointer(xFilters)), (*C.struct_vqa_biquad)(unsafe.Pointer(yFilters)), doubles(squares[:]))
}
