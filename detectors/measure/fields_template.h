// The kernels that look at fields and at detail, for one size of samples and one
// instruction set. It is included as kernels_template.h is, with the same names
// defined.

#include "fields.h"

#ifndef VQA_FIELDS_VARIANTS
#define VQA_FIELDS_VARIANTS

#include <math.h>

#if defined(__x86_64__)
#include <immintrin.h>
#define VQA_FIELDS_AVX2 1
#else
#define VQA_FIELDS_AVX2 0
#endif

// Three lines of a picture, and the same of the one before: above, at, below.
struct vqa_lines {
	const void *cur[3], *prev[3]; // prev[0] is null where there is none
	int width, shift;
	int parity; // of the line in the middle: 0 in the top field
};

#define VQA_FIELDS_VARIANT(name) \
	void name(const struct vqa_lines *l, struct vqa_fields *fields, struct vqa_detail *detail)

VQA_FIELDS_VARIANT(vqa_fields_8_baseline);
VQA_FIELDS_VARIANT(vqa_fields_16_baseline);
#if VQA_FIELDS_AVX2
VQA_FIELDS_VARIANT(vqa_fields_8_avx2);
VQA_FIELDS_VARIANT(vqa_fields_16_avx2);
#endif

// vqa_outside returns how far v lies outside of a and b, above the least that
// counts.
static inline int vqa_outside(int v, int a, int b)
{
	const int high = (a > b ? a : b) + VQA_COMB_LEAST, low = (a < b ? a : b) - VQA_COMB_LEAST;
	return v > high ? v - high : v < low ? low - v : 0;
}

#endif

#ifdef VQA_BITS

#define STATIC static inline VQA_TARGET
#define SAMPLE VQA_NAME(fields_sample)
#define VECTORS (VQA_BITS == 8 && VQA_AVX2_CODE)

#if VQA_BITS == 8
typedef uint8_t SAMPLE;
#else
typedef uint16_t SAMPLE;
#endif

// luma returns a sample in 8 bits; what is too large for the depth is white.
STATIC int VQA_NAME(luma)(const void *line, int x, int shift)
{
	const int v = ((const SAMPLE *)line)[x] >> shift;
	return v > 255 ? 255 : v;
}

#if VECTORS
STATIC __m256i VQA_NAME(outside)(__m256i v, __m256i a, __m256i b)
{
	const __m256i above = _mm256_subs_epu8(v, _mm256_max_epu8(a, b));
	const __m256i below = _mm256_subs_epu8(_mm256_min_epu8(a, b), v);
	return _mm256_subs_epu8(_mm256_or_si256(above, below), _mm256_set1_epi8(VQA_COMB_LEAST));
}

STATIC uint64_t VQA_NAME(total)(__m256i v) // of four sums of 64 bits
{
	uint64_t s[4];
	_mm256_storeu_si256((__m256i *)s, v);
	return s[0] + s[1] + s[2] + s[3];
}

STATIC uint64_t VQA_NAME(total32)(__m256i v) // of eight sums of 32 bits
{
	uint32_t s[8];
	uint64_t total = 0;
	_mm256_storeu_si256((__m256i *)s, v);
	for (int i = 0; i < 8; i++)
		total += s[i];
	return total;
}

STATIC __m256i VQA_NAME(load)(const void *line, int x)
{
	return _mm256_loadu_si256((const __m256i *)((const char *)line + x));
}

// wide loads 16 samples as words.
STATIC __m256i VQA_NAME(wide)(const void *line, int x)
{
	return _mm256_cvtepu8_epi16(_mm_loadu_si128((const __m128i *)((const char *)line + x)));
}
#endif

// comb adds the figures of one line to those of fields.
STATIC void VQA_NAME(comb)(const struct vqa_lines *l, struct vqa_fields *fields)
{
	const int s = l->shift, w = l->width;
	// Here with the other field of the picture before: the line of that in this
	// picture, and the other way round.
	uint64_t own = 0, theirs = 0, ours = 0, same = 0, other = 0;
	int x = 0;
#if VECTORS
	const __m256i zero = _mm256_setzero_si256();
	__m256i o = zero, t = zero, u = zero, d = zero, e = zero;
	for (; x + 32 <= w; x += 32) {
		const __m256i a = VQA_NAME(load)(l->cur[0], x), m = VQA_NAME(load)(l->cur[1], x), b = VQA_NAME(load)(l->cur[2], x);
		o = _mm256_add_epi64(o, _mm256_sad_epu8(VQA_NAME(outside)(m, a, b), zero));
		if (!l->prev[0])
			continue;
		const __m256i pa = VQA_NAME(load)(l->prev[0], x), pm = VQA_NAME(load)(l->prev[1], x), pb = VQA_NAME(load)(l->prev[2], x);
		t = _mm256_add_epi64(t, _mm256_sad_epu8(VQA_NAME(outside)(pm, a, b), zero));
		u = _mm256_add_epi64(u, _mm256_sad_epu8(VQA_NAME(outside)(m, pa, pb), zero));
		d = _mm256_add_epi64(d, _mm256_sad_epu8(m, pm));
		e = _mm256_add_epi64(e, _mm256_sad_epu8(a, pa));
	}
	own = VQA_NAME(total)(o), theirs = VQA_NAME(total)(t), ours = VQA_NAME(total)(u);
	same = VQA_NAME(total)(d), other = VQA_NAME(total)(e);
#endif
	for (; x < w; x++) {
		const int a = VQA_NAME(luma)(l->cur[0], x, s), m = VQA_NAME(luma)(l->cur[1], x, s), b = VQA_NAME(luma)(l->cur[2], x, s);
		own += (uint64_t)vqa_outside(m, a, b);
		if (!l->prev[0])
			continue;
		const int pa = VQA_NAME(luma)(l->prev[0], x, s), pm = VQA_NAME(luma)(l->prev[1], x, s), pb = VQA_NAME(luma)(l->prev[2], x, s);
		theirs += (uint64_t)vqa_outside(pm, a, b);
		ours += (uint64_t)vqa_outside(m, pa, pb);
		same += (uint64_t)(m > pm ? m - pm : pm - m);
		other += (uint64_t)(a > pa ? a - pa : pa - a);
	}
	fields->samples += (uint64_t)w;
	fields->own += own;
	// A line of the top field of the picture before was set in this one where
	// the line is even, and where it is odd this one's in that.
	fields->with_top += l->parity == 0 ? theirs : ours;
	fields->with_bottom += l->parity == 0 ? ours : theirs;
	if (l->prev[0]) {
		fields->difference[l->parity] += same;
		fields->difference[!l->parity] += other;
		fields->compared[0] += (uint64_t)w;
		fields->compared[1] += (uint64_t)w;
	}
}

// gradients adds the Sobel gradients of one line.
STATIC void VQA_NAME(gradients)(const struct vqa_lines *l, struct vqa_detail *detail)
{
	const int s = l->shift, w = l->width;
	const void *const a = l->cur[0], *const m = l->cur[1], *const b = l->cur[2];
	int x = 1;
	if (w < 3)
		return;
	detail->gradients += (uint64_t)(w - 2);
#if VECTORS
	const __m256 steps = _mm256_set1_ps(VQA_GRADIENT_STEPS), half = _mm256_set1_ps(0.5f);
	while (x + 16 <= w - 1) {
		// So many that sums of squares stay below 2^32.
		const int end = x + 1024 < w - 1 ? x + 1024 : w - 1;
		__m256i sum = _mm256_setzero_si256(), squares = sum;
		for (; x + 16 <= end; x += 16) {
			const __m256i al = VQA_NAME(wide)(a, x - 1), ar = VQA_NAME(wide)(a, x + 1);
			const __m256i bl = VQA_NAME(wide)(b, x - 1), br = VQA_NAME(wide)(b, x + 1);
			const __m256i side = _mm256_sub_epi16(VQA_NAME(wide)(m, x + 1), VQA_NAME(wide)(m, x - 1));
			const __m256i down = _mm256_sub_epi16(VQA_NAME(wide)(b, x), VQA_NAME(wide)(a, x));
			const __m256i p = _mm256_sub_epi16(br, al), q = _mm256_sub_epi16(ar, bl);
			const __m256i gx = _mm256_add_epi16(_mm256_add_epi16(p, q), _mm256_add_epi16(side, side));
			const __m256i gy = _mm256_add_epi16(_mm256_sub_epi16(p, q), _mm256_add_epi16(down, down));
			const __m256i lo = _mm256_unpacklo_epi16(gx, gy), hi = _mm256_unpackhi_epi16(gx, gy);
			const __m256i v0 = _mm256_madd_epi16(lo, lo), v1 = _mm256_madd_epi16(hi, hi);
			const __m256 g0 = _mm256_sqrt_ps(_mm256_cvtepi32_ps(v0)), g1 = _mm256_sqrt_ps(_mm256_cvtepi32_ps(v1));
			squares = _mm256_add_epi32(squares, _mm256_add_epi32(v0, v1));
			sum = _mm256_add_epi32(sum, _mm256_cvttps_epi32(_mm256_add_ps(_mm256_mul_ps(g0, steps), half)));
			sum = _mm256_add_epi32(sum, _mm256_cvttps_epi32(_mm256_add_ps(_mm256_mul_ps(g1, steps), half)));
		}
		detail->sum += VQA_NAME(total32)(sum);
		detail->squares += VQA_NAME(total32)(squares);
	}
#endif
	for (; x < w - 1; x++) {
		const int p = VQA_NAME(luma)(b, x + 1, s) - VQA_NAME(luma)(a, x - 1, s);
		const int q = VQA_NAME(luma)(a, x + 1, s) - VQA_NAME(luma)(b, x - 1, s);
		const int gx = p + q + 2 * (VQA_NAME(luma)(m, x + 1, s) - VQA_NAME(luma)(m, x - 1, s));
		const int gy = p - q + 2 * (VQA_NAME(luma)(b, x, s) - VQA_NAME(luma)(a, x, s));
		const int v = gx * gx + gy * gy;
		detail->squares += (uint64_t)v;
		// Whole numbers below 2^24 times a power of two: nothing is rounded but
		// the root and the sum.
		detail->sum += (uint64_t)(sqrtf((float)v) * VQA_GRADIENT_STEPS + 0.5f);
	}
}

// motion adds the differences of one line to the picture before.
STATIC void VQA_NAME(motion)(const struct vqa_lines *l, struct vqa_detail *detail)
{
	const int s = l->shift, w = l->width;
	int64_t sum = 0;
	uint64_t squares = 0;
	int x = 0;
#if VECTORS
	const __m256i ones = _mm256_set1_epi16(1);
	while (x + 16 <= w) {
		const int end = x + 8192 < w ? x + 8192 : w; // so many that sums stay below 2^31
		__m256i d = _mm256_setzero_si256(), q = d;
		int32_t parts[8];
		for (; x + 16 <= end; x += 16) {
			const __m256i v = _mm256_sub_epi16(VQA_NAME(wide)(l->cur[1], x), VQA_NAME(wide)(l->prev[1], x));
			d = _mm256_add_epi32(d, _mm256_madd_epi16(v, ones));
			q = _mm256_add_epi32(q, _mm256_madd_epi16(v, v));
		}
		_mm256_storeu_si256((__m256i *)parts, d);
		for (int i = 0; i < 8; i++)
			sum += parts[i];
		squares += VQA_NAME(total32)(q);
	}
#endif
	for (; x < w; x++) {
		const int v = VQA_NAME(luma)(l->cur[1], x, s) - VQA_NAME(luma)(l->prev[1], x, s);
		sum += v;
		squares += (uint64_t)(v * v);
	}
	detail->compared += (uint64_t)w;
	detail->difference += sum;
	detail->difference_squares += squares;
}

VQA_TARGET VQA_FIELDS_VARIANT(VQA_NAME(vqa_fields))
{
	if (fields)
		VQA_NAME(comb)(l, fields);
	if (detail) {
		VQA_NAME(gradients)(l, detail);
		if (l->prev[0])
			VQA_NAME(motion)(l, detail);
	}
}

#undef STATIC
#undef SAMPLE
#undef VECTORS
#endif
