// The kernels that measure sound, for one instruction set. Who includes it
// defines VQA_NAME and VQA_TARGET as for kernels_template.h. Without VQA_NAME it
// only declares the variants.

#include "sound.h"

#ifndef VQA_SOUND_VARIANTS
#define VQA_SOUND_VARIANTS

#include <math.h>
#include <string.h>

#if defined(__x86_64__)
#define VQA_SOUND_AVX2 1
#else
#define VQA_SOUND_AVX2 0
#endif

#define VQA_SOUND_DECLARE(suffix) \
	void vqa_levels_##suffix(const double *x, int n, double low, double high, struct vqa_levels *out); \
	double vqa_sum_##suffix(const double *x, int n); \
	double vqa_products_##suffix(const double *a, const double *b, int n); \
	int vqa_largest_##suffix(const double *x, int n); \
	void vqa_squares_##suffix(const double *x, int n, int length, int steps, double *sums); \
	double vqa_points_##suffix(const double *x, int n, const double *even, const double *odd, const double *half); \
	void vqa_filter_##suffix(const double *x, int n, const double *taps, int half, double *y); \
	void vqa_decimate_##suffix(const double *x, int n, int step, const double *taps, int length, double *y); \
	void vqa_autocorrelation_##suffix(const double *x, const double *window, int n, double *scratch, double *r); \
	void vqa_impulses_##suffix(const double *x, int n, const double *a, double power, double *e); \
	void vqa_fft_##suffix(int n, const int32_t *order, const double *cosines, const double *sines, \
		const double *step_cosines, const double *step_sines, const double *x, const double *window, \
		double *re, double *im); \
	void vqa_powers_##suffix(double *re, const double *im, int n, double scale)

VQA_SOUND_DECLARE(baseline);
#if VQA_SOUND_AVX2
VQA_SOUND_DECLARE(avx2);
#endif

// Four samples at any address, and what comparing them gives.
typedef double vqa_four __attribute__((vector_size(32), aligned(8), may_alias));
typedef int64_t vqa_mask __attribute__((vector_size(32), aligned(8), may_alias));

#define VQA_FOUR(p) (*(const vqa_four *)(p))
#define VQA_SET_FOUR(p) (*(vqa_four *)(p))
#define VQA_ABS(v) ((vqa_four)((vqa_mask)(v) & INT64_MAX))
#define VQA_LARGER(a, b) ((vqa_four)(((vqa_mask)(a) & ((a) > (b))) | ((vqa_mask)(b) & ~((a) > (b)))))
#define VQA_ADD_LANES(a) (((a)[0] + (a)[1]) + ((a)[2] + (a)[3]))

static inline double vqa_larger(double a, double b)
{
	return a > b ? a : b;
}

#endif

#ifdef VQA_NAME

VQA_TARGET void VQA_NAME(vqa_levels)(const double *x, int n, double low, double high, struct vqa_levels *out)
{
	vqa_four sum = {0}, sum2 = {0}, squares = {0}, squares2 = {0};
	vqa_mask zeros = {0}, full = {0};
	int i = 0;
	for (; i + 8 <= n; i += 8) {
		const vqa_four a = VQA_FOUR(x + i), b = VQA_FOUR(x + i + 4);
		sum += a;
		sum2 += b;
		squares += a * a;
		squares2 += b * b;
		zeros -= (a == 0) + (b == 0);
		full -= ((a >= high) | (a <= low)) + ((b >= high) | (b <= low));
	}
	out->sum = VQA_ADD_LANES(sum) + VQA_ADD_LANES(sum2);
	out->squares = VQA_ADD_LANES(squares) + VQA_ADD_LANES(squares2);
	out->zeros = (int32_t)VQA_ADD_LANES(zeros);
	out->full_scale = (int32_t)VQA_ADD_LANES(full);
	for (; i < n; i++) {
		out->sum += x[i];
		out->squares += x[i] * x[i];
		out->zeros += x[i] == 0;
		out->full_scale += x[i] >= high || x[i] <= low;
	}
	out->zero_run = out->full_scale_run = 0;
	if (out->zeros == n)
		out->zero_run = n;
	else if (out->zeros > 0)
		for (int k = 0, run = 0; k < n; k++) {
			run = x[k] == 0 ? run + 1 : 0;
			out->zero_run = run > out->zero_run ? run : out->zero_run;
		}
	if (out->full_scale > 0)
		for (int k = 0, run = 0; k < n; k++) {
			run = x[k] >= high || x[k] <= low ? run + 1 : 0;
			out->full_scale_run = run > out->full_scale_run ? run : out->full_scale_run;
		}
}

VQA_TARGET double VQA_NAME(vqa_sum)(const double *x, int n)
{
	vqa_four s = {0}, t = {0};
	int i = 0;
	for (; i + 8 <= n; i += 8) {
		s += VQA_FOUR(x + i);
		t += VQA_FOUR(x + i + 4);
	}
	double sum = VQA_ADD_LANES(s) + VQA_ADD_LANES(t);
	for (; i < n; i++)
		sum += x[i];
	return sum;
}

VQA_TARGET double VQA_NAME(vqa_products)(const double *a, const double *b, int n)
{
	vqa_four s = {0}, t = {0};
	int i = 0;
	for (; i + 8 <= n; i += 8) {
		s += VQA_FOUR(a + i) * VQA_FOUR(b + i);
		t += VQA_FOUR(a + i + 4) * VQA_FOUR(b + i + 4);
	}
	double sum = VQA_ADD_LANES(s) + VQA_ADD_LANES(t);
	for (; i < n; i++)
		sum += a[i] * b[i];
	return sum;
}

VQA_TARGET int VQA_NAME(vqa_largest)(const double *x, int n)
{
	vqa_four most = {0}, most2 = {0};
	int i = 0;
	for (; i + 8 <= n; i += 8) {
		const vqa_four a = VQA_ABS(VQA_FOUR(x + i)), b = VQA_ABS(VQA_FOUR(x + i + 4));
		most = VQA_LARGER(a, most);
		most2 = VQA_LARGER(b, most2);
	}
	most = VQA_LARGER(most, most2);
	double peak = vqa_larger(vqa_larger(most[0], most[1]), vqa_larger(most[2], most[3]));
	for (; i < n; i++)
		peak = vqa_larger(fabs(x[i]), peak);
	for (i = 0; i + 4 <= n; i += 4) {
		const vqa_mask there = VQA_ABS(VQA_FOUR(x + i)) == peak;
		if (VQA_ADD_LANES(there) != 0)
			break;
	}
	for (; i < n; i++)
		if (fabs(x[i]) == peak)
			return i;
	return 0;
}

VQA_TARGET void VQA_NAME(vqa_squares)(const double *x, int n, int length, int steps, double *sums)
{
	for (int i = 0; i < steps; i++) {
		const int64_t from = ((int64_t)i * length + steps - 1) / steps;
		int64_t to = ((int64_t)(i + 1) * length + steps - 1) / steps;
		to = to < n ? to : n;
		sums[i] = from < to ? VQA_NAME(vqa_products)(x + from, x + from, (int)(to - from)) : 0;
	}
}

VQA_TARGET double VQA_NAME(vqa_points)(const double *x, int n, const double *even, const double *odd, const double *half)
{
	vqa_four most = {0};
	int i = 0;
	for (; i + 4 <= n; i += 4) {
		vqa_four e = {0}, o = {0}, h = {0};
		for (int k = 0; k < VQA_PEAK_TAPS / 2; k++) {
			const vqa_four a = VQA_FOUR(x + i + k), b = VQA_FOUR(x + i + VQA_PEAK_TAPS - 1 - k);
			const vqa_four sum = a + b;
			if (even != NULL) {
				e += even[k] * sum;
				o += odd[k] * (a - b);
			}
			h += half[k] * sum;
		}
		// The larger of |even+odd| and |even-odd| is |even|+|odd|.
		const vqa_four points = VQA_ABS(e) + VQA_ABS(o), middle = VQA_ABS(h);
		most = VQA_LARGER(points, most);
		most = VQA_LARGER(middle, most);
	}
	double peak = vqa_larger(vqa_larger(most[0], most[1]), vqa_larger(most[2], most[3]));
	for (; i < n; i++) {
		double e = 0, o = 0, h = 0;
		for (int k = 0; k < VQA_PEAK_TAPS / 2; k++) {
			const double a = x[i + k], b = x[i + VQA_PEAK_TAPS - 1 - k];
			if (even != NULL) {
				e += even[k] * (a + b);
				o += odd[k] * (a - b);
			}
			h += half[k] * (a + b);
		}
		peak = vqa_larger(vqa_larger(fabs(e) + fabs(o), fabs(h)), peak);
	}
	return peak;
}

VQA_TARGET void VQA_NAME(vqa_filter)(const double *x, int n, const double *taps, int half, double *y)
{
	int i = 0;
	for (; i + 8 <= n; i += 8) {
		const double *const m = x + i + half;
		vqa_four s = taps[0] * VQA_FOUR(m), t = taps[0] * VQA_FOUR(m + 4);
		for (int k = 1; k <= half; k++) {
			s += taps[k] * (VQA_FOUR(m - k) + VQA_FOUR(m + k));
			t += taps[k] * (VQA_FOUR(m + 4 - k) + VQA_FOUR(m + 4 + k));
		}
		VQA_SET_FOUR(y + i) = s;
		VQA_SET_FOUR(y + i + 4) = t;
	}
	for (; i < n; i++) {
		const double *const m = x + i + half;
		double s = taps[0] * m[0];
		for (int k = 1; k <= half; k++)
			s += taps[k] * (m[-k] + m[k]);
		y[i] = s;
	}
}

VQA_TARGET void VQA_NAME(vqa_decimate)(const double *x, int n, int step, const double *taps, int length, double *y)
{
	for (int i = 0; i < n; i++)
		y[i] = VQA_NAME(vqa_products)(taps, x + (ptrdiff_t)i * step, length);
}

VQA_TARGET void VQA_NAME(vqa_autocorrelation)(const double *x, const double *window, int n, double *scratch, double *r)
{
	for (int i = 0; i < n; i++)
		scratch[i] = x[i] * window[i];
	enum { LAGS = VQA_CLICK_ORDER + 1 };
	vqa_four s[LAGS] = {0};
	int all = 0; // so many are there at every lag
	for (; all + 4 + VQA_CLICK_ORDER <= n; all += 4) {
		const vqa_four a = VQA_FOUR(scratch + all);
#pragma GCC unroll 16
		for (int lag = 0; lag < LAGS; lag++)
			s[lag] += VQA_FOUR(scratch + all + lag) * a;
	}
	for (int lag = 0; lag < LAGS; lag++) {
		vqa_four rest = s[lag];
		int i = all;
		for (; i + 4 + lag <= n; i += 4)
			rest += VQA_FOUR(scratch + i + lag) * VQA_FOUR(scratch + i);
		double sum = VQA_ADD_LANES(rest);
		for (; i + lag < n; i++)
			sum += scratch[i + lag] * scratch[i];
		r[lag] = sum;
	}
}

VQA_TARGET void VQA_NAME(vqa_impulses)(const double *x, int n, const double *a, double power, double *e)
{
	enum { ORDER = VQA_CLICK_ORDER };
	double reversed[ORDER];
	for (int k = 0; k < ORDER; k++) {
		reversed[ORDER - 1 - k] = a[k];
		e[k] = 0;
	}
	int i = ORDER;
	for (; i + 4 <= n; i += 4) {
		vqa_four s = {0}, t = {0};
#pragma GCC unroll 12
		for (int k = 0; k < ORDER; k += 2) {
			s += a[k] * VQA_FOUR(x + i - ORDER + k);
			t += a[k + 1] * VQA_FOUR(x + i - ORDER + k + 1);
		}
		VQA_SET_FOUR(e + i) = VQA_FOUR(x + i) + (s + t);
	}
	for (; i < n; i++) {
		double s = 0, t = 0;
		for (int k = 0; k < ORDER; k += 2) {
			s += a[k] * x[i - ORDER + k];
			t += a[k + 1] * x[i - ORDER + k + 1];
		}
		e[i] = x[i] + (s + t);
	}
	i = 0;
	for (; i + 4 + ORDER <= n; i += 4) {
		vqa_four s = {0}, t = {0};
#pragma GCC unroll 12
		for (int k = 0; k < ORDER; k += 2) {
			s += reversed[k] * VQA_FOUR(e + i + 1 + k);
			t += reversed[k + 1] * VQA_FOUR(e + i + 2 + k);
		}
		VQA_SET_FOUR(e + i) = (VQA_FOUR(e + i) + (s + t)) / power;
	}
	for (; i + ORDER < n; i++) {
		double s = 0, t = 0;
		for (int k = 0; k < ORDER; k += 2) {
			s += reversed[k] * e[i + 1 + k];
			t += reversed[k + 1] * e[i + 2 + k];
		}
		e[i] = (e[i] + (s + t)) / power;
	}
	for (; i < n; i++)
		e[i] = 0;
}

// The first two passes, whose factors are 1 and -j.
VQA_TARGET static inline void VQA_NAME(fours)(double *restrict re, double *restrict im, int n)
{
	for (int i = 0; i < n; i += 4) {
		const double ar = re[i] + re[i + 1], ai = im[i] + im[i + 1];
		const double br = re[i] - re[i + 1], bi = im[i] - im[i + 1];
		const double cr = re[i + 2] + re[i + 3], ci = im[i + 2] + im[i + 3];
		const double dr = re[i + 2] - re[i + 3], di = im[i + 2] - im[i + 3];
		re[i] = ar + cr, im[i] = ai + ci;
		re[i + 1] = br + di, im[i + 1] = bi - dr;
		re[i + 2] = ar - cr, im[i + 2] = ai - ci;
		re[i + 3] = br - di, im[i + 3] = bi + dr;
	}
}

VQA_TARGET void VQA_NAME(vqa_fft)(int n, const int32_t *order, const double *cosines, const double *sines,
	const double *step_cosines, const double *step_sines, const double *x, const double *window,
	double *re, double *im)
{
	const int half = n / 2;
	if (window != NULL)
		for (int i = 0; i < half; i++) {
			const int from = 2 * order[i];
			re[i] = x[from] * window[from];
			im[i] = x[from + 1] * window[from + 1];
		}
	else
		for (int i = 0; i < half; i++) {
			re[i] = x[2 * order[i]];
			im[i] = x[2 * order[i] + 1];
		}
	VQA_NAME(fours)(re, im, half);
	for (int length = 8; length <= half; length *= 2) {
		const int h = length / 2;
		for (int at = 0; at < half; at += length) {
			double *const ar = re + at, *const ai = im + at, *const br = ar + h, *const bi = ai + h;
			for (int k = 0; k < h; k += 4) {
				const vqa_four c = VQA_FOUR(step_cosines + k), s = VQA_FOUR(step_sines + k);
				const vqa_four r = VQA_FOUR(br + k), i = VQA_FOUR(bi + k);
				const vqa_four tr = r * c + i * s, ti = i * c - r * s;
				const vqa_four pr = VQA_FOUR(ar + k), pi = VQA_FOUR(ai + k);
				VQA_SET_FOUR(br + k) = pr - tr;
				VQA_SET_FOUR(bi + k) = pi - ti;
				VQA_SET_FOUR(ar + k) = pr + tr;
				VQA_SET_FOUR(ai + k) = pi + ti;
			}
		}
		step_cosines += h;
		step_sines += h;
	}

	// The transform of pairs becomes that of the samples: even and odd ones
	// are the parts with even and odd symmetry.
	const double first = re[0], second = im[0];
	re[0] = first + second, im[0] = 0;
	re[half] = first - second, im[half] = 0;
	for (int k = 1; k <= half / 2; k++) {
		const int m = half - k;
		const double even_re = (re[k] + re[m]) / 2, even_im = (im[k] - im[m]) / 2;
		const double odd_re = (im[k] + im[m]) / 2, odd_im = (re[m] - re[k]) / 2;
		const double tr = odd_re * cosines[k] + odd_im * sines[k];
		const double ti = odd_im * cosines[k] - odd_re * sines[k];
		re[k] = even_re + tr, im[k] = even_im + ti;
		re[m] = even_re - tr, im[m] = ti - even_im;
	}
}

VQA_TARGET void VQA_NAME(vqa_powers)(double *restrict re, const double *restrict im, int n, double scale)
{
	for (int k = 0; k < n; k++)
		re[k] = (re[k] * re[k] + im[k] * im[k]) * scale;
}

#endif
