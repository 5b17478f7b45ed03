// The kernels that measure sound, as Go sees them. Samples are relative to full
// scale. Sums are those of eight lanes: sample i goes to lane i mod 8, lanes are
// added in pairs, and what is left after the last eight samples is added one
// after the other.

#ifndef VQA_SOUND_H
#define VQA_SOUND_H

#include "kernels.h"

// Sizes that the Go files have under the same names.
enum {
	VQA_PEAK_TAPS = 12,
	VQA_CLICK_ORDER = 12,
	VQA_AMPLITUDE_BINS = 64,
};

struct vqa_levels {
	double sum, squares;
	int32_t zeros, zero_run, full_scale, full_scale_run;
};

// The Go type biquad.
struct vqa_biquad {
	double b0, b1, b2, a1, a2, s1, s2;
};

// vqa_levels measures n samples. At full scale are those not above low and
// those not below high.
void vqa_levels(int instructions, const double *x, int n, double low, double high, struct vqa_levels *out);

// vqa_sum returns the sum of n values.
double vqa_sum(int instructions, const double *x, int n);

// vqa_products returns the sum of the products of n samples.
double vqa_products(int instructions, const double *a, const double *b, int n);

// vqa_largest returns the first of the n samples that have the largest
// amplitude, 0 where all are zero.
int vqa_largest(int instructions, const double *x, int n);

// vqa_squares sums the squares of n samples by steps: step i has the samples
// from the first one at or after i*length/steps.
void vqa_squares(int instructions, const double *x, int n, int length, int steps, double *sums);

// vqa_count counts n samples in the bins of their amplitudes: those of the four
// highest bits of the mantissa of a float, the first one from 1/8 on. The last
// one has all above, too.
void vqa_count(const double *x, int n, uint16_t *bins);

// vqa_weigh puts n samples of two channels each through two filters, whose
// coefficients are the same, and sets squares to the sums of the squares of what
// comes out.
void vqa_weigh(const double *x, const double *y, int n,
	struct vqa_biquad *x_filters, struct vqa_biquad *y_filters, double *squares);

// vqa_points returns the largest amplitude of points between samples. Those of
// window i are in the middle of the samples from x[i] on; there are n windows.
// Taps are the first halves: of the points at a quarter and at three quarters
// their symmetric and their antisymmetric part, left out where even is null, and
// of the point at a half.
double vqa_points(int instructions, const double *x, int n, const double *even, const double *odd, const double *half);

// vqa_filter sets y to n samples of x through a symmetric filter of 2*half+1
// taps, of which the second half is given, the middle one first. x has 2*half
// samples more.
void vqa_filter(int instructions, const double *x, int n, const double *taps, int half, double *y);

// vqa_decimate sets y to n sums of products with taps, each for the samples
// that begin step after those of the one before.
void vqa_decimate(int instructions, const double *x, int n, int step, const double *taps, int length, double *y);

// vqa_autocorrelation sets r to the sums of products of n samples under a
// window with those up to VQA_CLICK_ORDER later. A sum is one of four lanes.
// scratch has room for n values.
void vqa_autocorrelation(int instructions, const double *x, const double *window, int n, double *scratch, double *r);

// vqa_impulses sets e to the amplitudes of impulses on top of n samples, as
// the filter a with a sum of squares of power tells.
void vqa_impulses(int instructions, const double *x, int n, const double *a, double power, double *e);

// vqa_fft transforms n samples; the tables are those of the Go type FFT. window
// may be null.
void vqa_fft(int instructions, int n, const int32_t *order, const double *cosines, const double *sines,
	const double *step_cosines, const double *step_sines, const double *x, const double *window, double *re, double *im);

// vqa_powers sets re to the squared magnitudes of n complex numbers, times
// scale.
void vqa_powers(int instructions, double *re, const double *im, int n, double scale);

#endif
