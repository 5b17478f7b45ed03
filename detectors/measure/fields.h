// The kernels that look at fields and at detail, as Go sees them. They read one
// line of many, with those above and below it. Everything but one square root is
// integer arithmetic, on luma of 8 bits: more are shifted out.

#ifndef VQA_FIELDS_H
#define VQA_FIELDS_H

#include "kernels.h"

enum {
	// How far a sample must lie outside of what is above and below to count,
	// in code values.
	VQA_COMB_LEAST = 3,
	// The steps of a code value in which gradients are summed.
	VQA_GRADIENT_STEPS = 16,
};

struct vqa_fields {
	uint64_t samples; // that own, with_top, with_bottom are sums over
	// How far lines lie outside of those above and below them: as the picture
	// is; its bottom field with the top field of the picture before; its top
	// field with the bottom field of the picture before.
	uint64_t own, with_top, with_bottom;
	// Absolute differences of each field, and how many samples they are of.
	uint64_t difference[2], compared[2];
};

struct vqa_information {
	uint64_t gradients;  // samples
	uint64_t sum;        // of their Sobel gradients, in steps
	uint64_t squares;    // of gradients, in code values
	uint64_t compared;   // samples
	int64_t difference;  // their sum
	uint64_t difference_squares;
};

// vqa_fields looks at lines 1, 1 + step, 1 + 2 step and so on. Without a
// picture before, all figures that need it are 0. Either result may be null. scratch
// is memory for 6 lines of bytes, where there are more than 8 bits.
void vqa_fields(int instructions, struct vqa_plane y, int depth, const void *previous, ptrdiff_t previous_stride,
	int step, uint8_t *scratch, struct vqa_fields *fields, struct vqa_information *detail);

#endif
