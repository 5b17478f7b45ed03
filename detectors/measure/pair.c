// The choice between the instruction sets, the baseline variants, and scaling.

#include <string.h>

#define VQA_TARGET
#define VQA_AVX2_CODE 0

#define VQA_BITS 8
#define VQA_NAME(name) name##_8_baseline
#include "pair_template.h"
#undef VQA_BITS
#undef VQA_NAME

#define VQA_BITS 16
#define VQA_NAME(name) name##_16_baseline
#include "pair_template.h"
#undef VQA_BITS
#undef VQA_NAME

uint64_t vqa_pair_band(int instructions, int bits, const void *a, ptrdiff_t a_stride,
	const void *b, ptrdiff_t b_stride, int width, int lines,
	struct vqa_pair_block *blocks, uint32_t *columns)
{
#if VQA_PAIR_AVX2
	if (instructions == VQA_AVX2)
		return (bits == 8 ? vqa_pair_band_8_avx2 : vqa_pair_band_16_avx2)(
			a, a_stride, b, b_stride, width, lines, blocks, columns);
#endif
	(void)instructions;
	return (bits == 8 ? vqa_pair_band_8_baseline : vqa_pair_band_16_baseline)(
		a, a_stride, b, b_stride, width, lines, blocks, columns);
}

// Weights are in units of which a sample of the part has out_h vertically and
// out_w horizontally: a sample of the result covers h of the one and w of the
// other. With sides up to 65535 and 16 bits, sums stay below 2^64.
static void add_line(const struct vqa_plane *p, int depth, int x, int y, int w, uint64_t weight, uint64_t *restrict sums)
{
	const char *const line = (const char *)p->data + y * p->stride;
	if (depth == 8) {
		const uint8_t *const s = (const uint8_t *)line + x;
		for (int i = 0; i < w; i++)
			sums[i] += s[i] * weight;
	} else {
		const uint16_t *const s = (const uint16_t *)line + x;
		for (int i = 0; i < w; i++)
			sums[i] += s[i] * weight;
	}
}

void vqa_scale(struct vqa_plane p, int depth, int x, int y, int w, int h,
	uint16_t *out, int out_w, int out_h, int out_depth, uint64_t *sums)
{
	const uint64_t area = (uint64_t)w * (uint64_t)h;
	const uint64_t up = out_depth > depth ? (uint64_t)1 << (out_depth - depth) : 1;
	const uint64_t down = out_depth < depth ? (uint64_t)1 << (depth - out_depth) : 1;
	const uint64_t n = area * down, most = ((uint64_t)1 << out_depth) - 1;
	for (int row = 0; row < out_h; row++) {
		memset(sums, 0, (size_t)w * sizeof *sums);
		const int64_t top = (int64_t)row * h, bottom = top + h; // in lines * out_h
		for (int64_t at = top; at < bottom;) {
			const int64_t line = at / out_h, end = (line + 1) * out_h;
			const int64_t weight = (end < bottom ? end : bottom) - at;
			add_line(&p, depth, x, y + (int)line, w, (uint64_t)weight, sums);
			at += weight;
		}
		for (int cell = 0; cell < out_w; cell++) {
			const int64_t left = (int64_t)cell * w, right = left + w;
			uint64_t sum = 0;
			for (int64_t at = left; at < right;) {
				const int64_t column = at / out_w, end = (column + 1) * out_w;
				const int64_t weight = (end < right ? end : right) - at;
				sum += sums[column] * (uint64_t)weight;
				at += weight;
			}
			const uint64_t mean = (2 * sum * up + n) / (2 * n);
			out[(size_t)row * (size_t)out_w + (size_t)cell] = (uint16_t)(mean > most ? most : mean);
		}
	}
}

void vqa_line_sums(struct vqa_plane p, int depth, uint64_t *lines, uint64_t *columns)
{
	memset(columns, 0, (size_t)p.width * sizeof *columns);
	for (int y = 0; y < p.height; y++) {
		const char *const line = (const char *)p.data + y * p.stride;
		uint64_t sum = 0;
		add_line(&p, depth, 0, y, p.width, 1, columns);
		for (int x = 0; x < p.width; x++)
			sum += depth == 8 ? ((const uint8_t *)line)[x] : ((const uint16_t *)line)[x];
		lines[y] = sum;
	}
}
