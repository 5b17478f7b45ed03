// The kernels that compare two pictures, as Go sees them. Everything is integer
// arithmetic.

#ifndef VQA_PAIR_H
#define VQA_PAIR_H

#include "kernels.h"

// Blocks of 4x4 samples are what the windows of 8x8 of SSIM are put together
// from.
enum { VQA_PAIR_BLOCK = 4 };

// Sums over one block, of samples of up to 12 bits.
struct vqa_pair_block {
	uint32_t a, b;    // samples of the one and of the other picture
	uint32_t squares; // of both
	uint32_t products;
};

// vqa_pair_band sums one band of up to 4 lines of two pictures of samples of
// the same size: each whole block of a band of 4 lines into blocks. It returns
// the sum of squared differences of all samples. bits is 8 or 16, the size of a
// sample. columns is scratch memory with room for 4 values per sample of a
// line.
uint64_t vqa_pair_band(int instructions, int bits, const void *a, ptrdiff_t a_stride,
	const void *b, ptrdiff_t b_stride, int width, int lines,
	struct vqa_pair_block *blocks, uint32_t *columns);

// vqa_scale writes the part of a plane from (x, y) on, of w x h samples of so
// many bits, as out_w x out_h means of the area that each sample covers, to out,
// as samples of out_depth bits, rounded to the nearest, halves up. sums is
// scratch memory with room for one value per sample of a line of the part.
void vqa_scale(struct vqa_plane p, int depth, int x, int y, int w, int h,
	uint16_t *out, int out_w, int out_h, int out_depth, uint64_t *sums);

// vqa_line_sums writes the sums of the samples of each line and of each column
// of a plane.
void vqa_line_sums(struct vqa_plane p, int depth, uint64_t *lines, uint64_t *columns);

#endif
