// The kernels that look at fields and at information, for one instruction set and
// samples of 8 bits. Who includes it defines
//
//	VQA_NAME(name)  name with a suffix for the variant
//	VQA_TARGET      attribute of all functions: the instruction set
//	VQA_AVX2_CODE   1 where that has AVX2
//
// Without VQA_NAME it only declares the variants.

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
	const uint8_t *cur[3], *prev[3]; // prev[0] is null where there is none
	int width;
	int parity; // of the line in the middle: 0 in the top field
};

#define VQA_FIELDS_VARIANT(name) \
	void name(const struct vqa_lines *l, struct vqa_fields *fields, struct vqa_information *information)

VQA_FIELDS_VARIANT(vqa_fields_baseline);
#if VQA_FIELDS_AVX2
VQA_FIELDS_VARIANT(vqa_fields_avx2);
#endif

static inline uint8_t vqa_larger(uint8_t a, uint8_t b)
{
	return a > b ? a : b;
}

static inline uint8_t vqa_smaller(uint8_t a, uint8_t b)
{
	return a < b ? a : b;
}

// vqa_outside returns how far v lies outside of a and b, above the least that
// counts. It has the form that becomes the fewest instructions.
static inline uint8_t vqa_outside(uint8_t v, uint8_t a, uint8_t b)
{
	const uint8_t high = vqa_larger(a, b), low = vqa_smaller(a, b);
	const uint8_t d = (uint8_t)((vqa_larger(v, high) - high) + (low - vqa_smaller(v, low)));
	return (uint8_t)(vqa_larger(d, VQA_COMB_LEAST) - VQA_COMB_LEAST);
}

static inline uint8_t vqa_apart(uint8_t a, uint8_t b)
{
	return (uint8_t)(vqa_larger(a, b) - vqa_smaller(a, b));
}

#endif

#ifdef VQA_NAME

#define STATIC static inline VQA_TARGET
#if VQA_AVX2_CODE
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

STATIC __m256i VQA_NAME(load)(const uint8_t *line, int x)
{
	return _mm256_loadu_si256((const __m256i *)(line + x));
}

// wide loads 16 samples as words.
STATIC __m256i VQA_NAME(wide)(const uint8_t *line, int x)
{
	return _mm256_cvtepu8_epi16(_mm_loadu_si128((const __m128i *)(line + x)));
}
#endif

// What one line says of fields: how far it lies outside of its neighbours; that of
// the picture before in this one, and this one's in the picture before; how far the
// line, and the one above it, are from those before.
struct VQA_NAME(line) {
	uint64_t own, theirs, ours, same, other;
};

// comb_from adds the samples from x on. Sums of a line fit into 32 bits.
STATIC void VQA_NAME(comb_from)(const struct vqa_lines *l, int x, struct VQA_NAME(line) *sums)
{
	const uint8_t *const a = l->cur[0], *const m = l->cur[1], *const b = l->cur[2];
	const uint8_t *const pa = l->prev[0], *const pm = l->prev[1], *const pb = l->prev[2];
	uint32_t own = 0, theirs = 0, ours = 0, same = 0, other = 0;
	for (int i = x; i < l->width; i++)
		own += vqa_outside(m[i], a[i], b[i]);
	for (int i = x; pa && i < l->width; i++) {
		theirs += vqa_outside(pm[i], a[i], b[i]);
		ours += vqa_outside(m[i], pa[i], pb[i]);
		same += vqa_apart(m[i], pm[i]);
		other += vqa_apart(a[i], pa[i]);
	}
	sums->own += own, sums->theirs += theirs, sums->ours += ours, sums->same += same, sums->other += other;
}

// comb adds the figures of one line to those of fields.
STATIC void VQA_NAME(comb)(const struct vqa_lines *l, struct vqa_fields *fields)
{
	struct VQA_NAME(line) sums = {0};
	int x = 0;
#if VQA_AVX2_CODE
	const __m256i zero = _mm256_setzero_si256();
	__m256i own = zero, theirs = zero, ours = zero, same = zero, other = zero;
	for (; x + 32 <= l->width; x += 32) {
		const __m256i a = VQA_NAME(load)(l->cur[0], x), m = VQA_NAME(load)(l->cur[1], x), b = VQA_NAME(load)(l->cur[2], x);
		own = _mm256_add_epi64(own, _mm256_sad_epu8(VQA_NAME(outside)(m, a, b), zero));
		if (!l->prev[0])
			continue;
		const __m256i pa = VQA_NAME(load)(l->prev[0], x), pm = VQA_NAME(load)(l->prev[1], x), pb = VQA_NAME(load)(l->prev[2], x);
		theirs = _mm256_add_epi64(theirs, _mm256_sad_epu8(VQA_NAME(outside)(pm, a, b), zero));
		ours = _mm256_add_epi64(ours, _mm256_sad_epu8(VQA_NAME(outside)(m, pa, pb), zero));
		same = _mm256_add_epi64(same, _mm256_sad_epu8(m, pm));
		other = _mm256_add_epi64(other, _mm256_sad_epu8(a, pa));
	}
	sums = (struct VQA_NAME(line)){
		VQA_NAME(total)(own), VQA_NAME(total)(theirs), VQA_NAME(total)(ours), VQA_NAME(total)(same), VQA_NAME(total)(other)};
#endif
	VQA_NAME(comb_from)(l, x, &sums);
	fields->samples += (uint64_t)l->width;
	fields->own += sums.own;
	// A line of the top field of the picture before was set in this one where
	// the line is even, and where it is odd this one's in that.
	fields->with_top += l->parity == 0 ? sums.theirs : sums.ours;
	fields->with_bottom += l->parity == 0 ? sums.ours : sums.theirs;
	if (l->prev[0]) {
		fields->difference[l->parity] += sums.same;
		fields->difference[!l->parity] += sums.other;
		fields->compared[0] += (uint64_t)l->width;
		fields->compared[1] += (uint64_t)l->width;
	}
}

// gradients adds the Sobel gradients of one line.
STATIC void VQA_NAME(gradients)(const struct vqa_lines *l, struct vqa_information *information)
{
	const int w = l->width;
	const uint8_t *const a = l->cur[0], *const m = l->cur[1], *const b = l->cur[2];
	int x = 1;
	if (w < 3)
		return;
	information->gradients += (uint64_t)(w - 2);
#if VQA_AVX2_CODE
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
		information->sum += VQA_NAME(total32)(sum);
		information->squares += VQA_NAME(total32)(squares);
	}
#endif
	for (; x < w - 1; x++) {
		const int p = b[x + 1] - a[x - 1], q = a[x + 1] - b[x - 1];
		const int gx = p + q + 2 * (m[x + 1] - m[x - 1]);
		const int gy = p - q + 2 * (b[x] - a[x]);
		const int v = gx * gx + gy * gy;
		information->squares += (uint64_t)v;
		// Whole numbers below 2^24 times a power of two: nothing is rounded but
		// the root and the sum.
		information->sum += (uint64_t)(sqrtf((float)v) * VQA_GRADIENT_STEPS + 0.5f);
	}
}

// motion adds the differences of one line to the picture before.
STATIC void VQA_NAME(motion)(const struct vqa_lines *l, struct vqa_information *information)
{
	const int w = l->width;
	int64_t sum = 0;
	uint64_t squares = 0;
	int x = 0;
#if VQA_AVX2_CODE
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
		const int v = l->cur[1][x] - l->prev[1][x];
		sum += v;
		squares += (uint64_t)(v * v);
	}
	information->compared += (uint64_t)w;
	information->difference += sum;
	information->difference_squares += squares;
}

VQA_TARGET VQA_FIELDS_VARIANT(VQA_NAME(vqa_fields))
{
	if (fields)
		VQA_NAME(comb)(l, fields);
	if (information) {
		VQA_NAME(gradients)(l, information);
		if (l->prev[0])
			VQA_NAME(motion)(l, information);
	}
}

#undef STATIC
#endif
