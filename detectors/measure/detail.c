// The choice between the instruction sets, the baseline variant, and pictures of
// more than 8 bits.

#define VQA_TARGET
#define VQA_AVX2_CODE 0
#define VQA_NAME(name) name##_baseline
#include "detail_template.h"

// narrow writes a band of 8 lines with 8 bits a sample. Values too large for the
// depth become the largest.
static void narrow(const void *band, ptrdiff_t stride, int width, int shift, uint8_t *restrict out)
{
	for (int y = 0; y < VQA_BLOCK; y++, out += width) {
		const uint16_t *const line = (const uint16_t *)((const char *)band + y * stride);
		for (int x = 0; x < width; x++) {
			const uint16_t v = line[x] >> shift;
			out[x] = v > 255 ? 255 : (uint8_t)v;
		}
	}
}

void vqa_measure_detail(int instructions, struct vqa_plane luma, const void *previous, ptrdiff_t previous_stride,
	int depth, int band_step, struct vqa_detail *detail, uint8_t *scratch)
{
	const int width = luma.width, shift = depth - 8;
	uint8_t *const narrow_a = scratch + 2 * (size_t)width + 64, *const narrow_b = narrow_a + VQA_BLOCK * (size_t)width;
	for (int y = 0; y + VQA_BLOCK <= luma.height; y += band_step * VQA_BLOCK) {
		struct vqa_region *const regions = detail->regions[(int64_t)y * VQA_REGIONS_DOWN / luma.height];
		const uint8_t *a = (const uint8_t *)luma.data + y * luma.stride;
		const uint8_t *b = previous ? (const uint8_t *)previous + y * previous_stride : 0;
		ptrdiff_t a_stride = luma.stride, b_stride = previous_stride;
		if (shift > 0) {
			narrow(a, a_stride, width, shift, narrow_a);
			if (b)
				narrow(b, b_stride, width, shift, narrow_b);
			a = narrow_a;
			b = b ? narrow_b : 0;
			a_stride = b_stride = width;
		}
#if VQA_DETAIL_AVX2
		if (instructions == VQA_AVX2) {
			vqa_detail_avx2(a, a_stride, b, b_stride, width, regions, detail, scratch);
			continue;
		}
#endif
		(void)instructions;
		vqa_detail_baseline(a, a_stride, b, b_stride, width, regions, detail, scratch);
	}
}
