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
	VQA_REGIONS_ACROSS = 8,
	VQA_REGIONS_DOWN = 6,
};

// Limits of means of a tile, in code values.
enum {
	VQA_TILE_DARK = 24,
	VQA_TILE_BRIGHT = 232,
	VQA_TILE_EDGE = 4, // of the residue at the largest distance
	VQA_LEAST_CONTOUR = 5,
};

// A region has sums over its tiles of 8x8 samples. They fit, since bandStep leaves
// no more than 60 bands of 8 lines.
struct vqa_region {
	uint32_t tiles;
	uint32_t residues[VQA_SCALES];
};

// Sums over the tiles of regions, and counts of tiles and contours.
struct vqa_detail {
	struct vqa_region regions[VQA_REGIONS_DOWN][VQA_REGIONS_ACROSS];
	uint32_t noise[VQA_RESIDUE_BINS];
	uint32_t sharpness[VQA_SHARPNESS_BINS];
	uint32_t steps[VQA_CONTOUR_STEPS];
	uint32_t levels[256];
};

// vqa_measure_detail measures every so many bands of 8 lines, as far as they are
// whole. previous is the luma of the picture before, of the same size and depth; or
// null, and there is nothing in noise. scratch is memory with room for 18 values for
// each sample of a line and 64 more; what is in detail before is added to.
void vqa_measure_detail(int instructions, struct vqa_plane luma, const void *previous, ptrdiff_t previous_stride,
	int depth, int band_step, struct vqa_detail *detail, uint8_t *scratch);

#endif
