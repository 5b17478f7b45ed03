// The kernels that compare two pictures, for one size of samples and one
// instruction set. It is included as kernels_template.h is, with the same names
// defined.

#include "pair.h"

#ifndef VQA_PAIR_VARIANTS
#define VQA_PAIR_VARIANTS

#if defined(__x86_64__)
#define VQA_PAIR_AVX2 1
#else
#define VQA_PAIR_AVX2 0
#endif

#define VQA_PAIR_VARIANT(name) \
	uint64_t name(const void *a, ptrdiff_t a_stride, const void *b, ptrdiff_t b_stride, \
		int width, int lines, struct vqa_pair_block *blocks, uint32_t *columns)

VQA_PAIR_VARIANT(vqa_pair_band_8_baseline);
VQA_PAIR_VARIANT(vqa_pair_band_16_baseline);
#if VQA_PAIR_AVX2
VQA_PAIR_VARIANT(vqa_pair_band_8_avx2);
VQA_PAIR_VARIANT(vqa_pair_band_16_avx2);
#endif

#endif

#ifdef VQA_BITS

#define SAMPLE VQA_NAME(pair_sample)
#if VQA_BITS == 8
typedef uint8_t SAMPLE;
#else
typedef uint16_t SAMPLE;
#endif

VQA_TARGET VQA_PAIR_VARIANT(VQA_NAME(vqa_pair_band))
{
	const int n = width / VQA_PAIR_BLOCK;
	const int whole = lines == VQA_PAIR_BLOCK ? n * VQA_PAIR_BLOCK : 0; // samples of a line in blocks
	uint64_t differences = 0;

	if (whole > 0) {
		uint32_t *restrict const sa = columns, *restrict const sb = columns + width;
		uint32_t *restrict const ss = columns + 2 * width, *restrict const sp = columns + 3 * width;
		const SAMPLE *const a0 = a, *const b0 = b;
		const SAMPLE *const a1 = (const SAMPLE *)((const char *)a + a_stride);
		const SAMPLE *const b1 = (const SAMPLE *)((const char *)b + b_stride);
		const SAMPLE *const a2 = (const SAMPLE *)((const char *)a + 2 * a_stride);
		const SAMPLE *const b2 = (const SAMPLE *)((const char *)b + 2 * b_stride);
		const SAMPLE *const a3 = (const SAMPLE *)((const char *)a + 3 * a_stride);
		const SAMPLE *const b3 = (const SAMPLE *)((const char *)b + 3 * b_stride);
		for (int x = 0; x < whole; x++) {
			const uint32_t p0 = a0[x], p1 = a1[x], p2 = a2[x], p3 = a3[x];
			const uint32_t q0 = b0[x], q1 = b1[x], q2 = b2[x], q3 = b3[x];
			sa[x] = p0 + p1 + p2 + p3;
			sb[x] = q0 + q1 + q2 + q3;
			ss[x] = p0 * p0 + p1 * p1 + p2 * p2 + p3 * p3 + q0 * q0 + q1 * q1 + q2 * q2 + q3 * q3;
			sp[x] = p0 * q0 + p1 * q1 + p2 * q2 + p3 * q3;
		}
		for (int i = 0; i < n; i++) {
			const int x = i * VQA_PAIR_BLOCK;
			struct vqa_pair_block *const out = blocks + i;
			out->a = sa[x] + sa[x + 1] + sa[x + 2] + sa[x + 3];
			out->b = sb[x] + sb[x + 1] + sb[x + 2] + sb[x + 3];
			out->squares = ss[x] + ss[x + 1] + ss[x + 2] + ss[x + 3];
			out->products = sp[x] + sp[x + 1] + sp[x + 2] + sp[x + 3];
			differences += out->squares - 2 * out->products;
		}
	}
	for (int y = 0; y < lines; y++) {
		const SAMPLE *const p = (const SAMPLE *)((const char *)a + y * a_stride);
		const SAMPLE *const q = (const SAMPLE *)((const char *)b + y * b_stride);
		for (int x = whole; x < width; x++) {
			const int64_t d = (int64_t)p[x] - q[x];
			differences += (uint64_t)(d * d);
		}
	}
	return differences;
}

#undef SAMPLE
#endif
