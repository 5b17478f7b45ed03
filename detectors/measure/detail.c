// The choice between the instruction sets, the baseline variant, and pictures of
// more than 8 bits.

#define VQA_TARGET
#define VQA_AVX2_CODE 0
#define VQA_NAME(name) name##_baseline
#include "detail_template.h"

// narrow writes a band of 8 lines with 8 bits a sample. Values too large for the
// depth become the largest.
static void narrow(const struct vqa_plane *luma, int y0, int shift, uint8_t *restrict out)
{
	for (int y = 0; y < VQA_BLOCK; y++, out += luma->width) {
		const uint16_t *const line = (const uint16_t *)((const char *)luma->data + (y0 + y) * luma->stride);
		for (int x = 0; x < luma->width; x++) {
			const uint16_t v = line[x] >> shift;
			out[x] = v > 255 ? 255 : (uint8_t)v;
		}
	}
}

void vqa_measure_detail(int instructions, struct vqa_plane luma, int depth, int band_step,
	struct vqa_detail *detail, uint8_t *scratch)
{
	uint8_t *const narrowed = scratch + 2 * (size_t)luma.width + 64;
	for (int y = 0; y + VQA_BLOCK <= luma.height; y += band_step * VQA_BLOCK) {
		const uint8_t *band = (const uint8_t *)luma.data + y * luma.stride;
		struct vqa_region *const regions = detail->regions[(int64_t)y * VQA_REGIONS_DOWN / luma.height];
		ptrdiff_t stride = luma.stride;
		if (depth > 8) {
			narrow(&luma, y, depth - 8, narrowed);
			band = narrowed;
			stride = luma.width;
		}
#if VQA_DETAIL_AVX2
		if (instructions == VQA_AVX2) {
			vqa_detail_avx2(band, stride, luma.width, regions, detail, scratch);
			continue;
		}
#endif
		(void)instructions;
		vqa_detail_baseline(band, stride, luma.width, regions, detail, scratch);
	}
}
