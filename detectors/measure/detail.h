// The kernels that look at fine detail, as Go sees them. Everything is integer
// arithmetic, but for one exact ratio.

#ifndef VQA_DETAIL_H
#define VQA_DETAIL_H

#include "kernels.h"

// Sizes that detail.go has under the same names.
enum {
	VQA_SCALES = 4,
	VQA_RESIDUE_BINS = 128,
	VQA_SHARPNESS_BINS = 128,
	VQA_CONTOUR_STEPS = 64,
};

// Limits of means of a tile, in code values.
enum {
	VQA_TILE_DARK = 24,
	VQA_TILE_BRIGHT = 232,
	VQA_TILE_EDGE = 4, // of the residue at the largest distance
	VQA_LEAST_CONTOUR = 3,
};

// Sums over tiles of 8x8 samples, and counts of tiles and contours.
struct vqa_detail {
	uint64_t residues[VQA_SCALES];
	uint32_t tiles;
	uint32_t fine[VQA_RESIDUE_BINS];
	uint32_t sharpness[VQA_SHARPNESS_BINS];
	uint32_t steps[VQA_CONTOUR_STEPS];
	uint32_t levels[256];
};

// vqa_measure_detail measures every so many bands of 8 lines, as far as they are
// whole. scratch is memory with room for 10 values for each sample of a line and
// 64 more; what is in detail before is added to.
void vqa_measure_detail(int instructions, struct vqa_plane luma, int depth, int band_step,
	struct vqa_detail *detail, uint8_t *scratch);

#endif
