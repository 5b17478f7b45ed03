// The choice between the instruction sets, the baseline variants, and what no
// instruction set makes faster.

#define VQA_TARGET
#define VQA_NAME(name) name##_baseline
#include "sound_template.h"

#if VQA_SOUND_AVX2
#define CHOOSE(name) (instructions == VQA_AVX2 ? name##_avx2 : name##_baseline)
#else
#define CHOOSE(name) ((void)instructions, name##_baseline)
#endif

void vqa_levels(int instructions, const double *x, int n, double low, double high, struct vqa_levels *out)
{
	CHOOSE(vqa_levels)(x, n, low, high, out);
}

double vqa_sum(int instructions, const double *x, int n)
{
	return CHOOSE(vqa_sum)(x, n);
}

double vqa_products(int instructions, const double *a, const double *b, int n)
{
	return CHOOSE(vqa_products)(a, b, n);
}

int vqa_largest(int instructions, const double *x, int n)
{
	return CHOOSE(vqa_largest)(x, n);
}

void vqa_squares(int instructions, const double *x, int n, int length, int steps, double *sums)
{
	CHOOSE(vqa_squares)(x, n, length, steps, sums);
}

double vqa_points(int instructions, const double *x, int n, const double *even, const double *odd, const double *half)
{
	return CHOOSE(vqa_points)(x, n, even, odd, half);
}

void vqa_filter(int instructions, const double *x, int n, const double *taps, int half, double *y)
{
	CHOOSE(vqa_filter)(x, n, taps, half, y);
}

void vqa_decimate(int instructions, const double *x, int n, int step, const double *taps, int length, double *y)
{
	CHOOSE(vqa_decimate)(x, n, step, taps, length, y);
}

void vqa_autocorrelation(int instructions, const double *x, const double *window, int n, double *scratch, double *r)
{
	CHOOSE(vqa_autocorrelation)(x, window, n, scratch, r);
}

void vqa_impulses(int instructions, const double *x, int n, const double *a, double power, double *e)
{
	CHOOSE(vqa_impulses)(x, n, a, power, e);
}

void vqa_fft(int instructions, int n, const int32_t *order, const double *cosines, const double *sines,
	const double *step_cosines, const double *step_sines, const double *x, const double *window, double *re, double *im)
{
	CHOOSE(vqa_fft)(n, order, cosines, sines, step_cosines, step_sines, x, window, re, im);
}

void vqa_powers(int instructions, double *re, const double *im, int n, double scale)
{
	CHOOSE(vqa_powers)(re, im, n, scale);
}

void vqa_count(const double *x, int n, uint16_t *bins)
{
	enum { FIRST = (127 - 3) * 16, TABLES = 4 };
	uint16_t tables[TABLES][VQA_AMPLITUDE_BINS + 1]; // the first bin is of what is below
	memset(tables, 0, sizeof tables);
	for (int i = 0; i < n; i++) {
		const float amplitude = (float)fabs(x[i]);
		uint32_t bits;
		memcpy(&bits, &amplitude, sizeof bits);
		int32_t bin = (int32_t)(bits >> (23 - 4)) - FIRST + 1;
		bin = bin > 0 ? bin : 0;
		bin = bin < VQA_AMPLITUDE_BINS ? bin : VQA_AMPLITUDE_BINS;
		tables[i % TABLES][bin]++;
	}
	for (int i = 0; i < VQA_AMPLITUDE_BINS; i++)
		for (int t = 0; t < TABLES; t++)
			bins[i] += tables[t][i + 1];
}

// Two samples at the same time, one of each channel: a recursive filter waits
// for itself, so that a second channel costs nothing.
typedef double vqa_two __attribute__((vector_size(16)));

void vqa_weigh(const double *x, const double *y, int n,
	struct vqa_biquad *x_filters, struct vqa_biquad *y_filters, double *squares)
{
	const struct vqa_biquad s = x_filters[0], h = x_filters[1];
	vqa_two s1 = {s.s1, y_filters[0].s1}, s2 = {s.s2, y_filters[0].s2};
	vqa_two h1 = {h.s1, y_filters[1].s1}, h2 = {h.s2, y_filters[1].s2};
	vqa_two sums = {0, 0};
	for (int i = 0; i < n; i++) {
		const vqa_two in = {x[i], y[i]};
		const vqa_two mid = s.b0 * in + s1;
		s1 = (s.b1 * in + s2) - s.a1 * mid;
		s2 = s.b2 * in - s.a2 * mid;
		const vqa_two out = h.b0 * mid + h1;
		h1 = (h.b1 * mid + h2) - h.a1 * out;
		h2 = h.b2 * mid - h.a2 * out;
		sums += out * out;
	}
	x_filters[0].s1 = s1[0], x_filters[0].s2 = s2[0], x_filters[1].s1 = h1[0], x_filters[1].s2 = h2[0];
	y_filters[0].s1 = s1[1], y_filters[0].s2 = s2[1], y_filters[1].s1 = h1[1], y_filters[1].s2 = h2[1];
	squares[0] = sums[0], squares[1] = sums[1];
}
