// The choice between the instruction sets.

#include "kernels_template.h"

int vqa_instructions(void)
{
#if VQA_HAVE_AVX2
	__builtin_cpu_init();
	if (__builtin_cpu_supports("avx2"))
		return VQA_AVX2;
#endif
	return VQA_BASELINE;
}

void vqa_measure(int instructions, unsigned what, struct vqa_picture picture,
	struct vqa_sums *sums, uint32_t *histogram, uint16_t *thumb, uint32_t *columns, struct vqa_grid *grid)
{
#if VQA_HAVE_AVX2
	if (instructions == VQA_AVX2) {
		if (picture.depth == 8)
			vqa_measure_8_avx2(what, &picture, sums, histogram, thumb, columns, grid);
		else
			vqa_measure_16_avx2(what, &picture, sums, histogram, thumb, columns, grid);
		return;
	}
#endif
	(void)instructions;
	if (picture.depth == 8)
		vqa_measure_8_baseline(what, &picture, sums, histogram, thumb, columns, grid);
	else
		vqa_measure_16_baseline(what, &picture, sums, histogram, thumb, columns, grid);
}
