// The video kernels as Go sees them. Everything is integer arithmetic: scaling
// to means happens in Go, once per picture.

#ifndef VQA_KERNELS_H
#define VQA_KERNELS_H

#include <stddef.h>
#include <stdint.h>

// What to measure: the bits of Set in measure.go.
enum {
	VQA_LUMA = 1 << 0,
	VQA_DIFFERENCE = 1 << 1,
	VQA_EDGES = 1 << 2,
	VQA_THUMBS = 1 << 3,
};

// Sizes that measure.go has under the same names.
enum {
	VQA_BLOCK = 8,
	VQA_STEPS = 10,
	VQA_THUMB_WIDTH = 64,
	VQA_THUMB_HEIGHT = 36,
	VQA_CHROMA_WIDTH = 32,
	VQA_CHROMA_HEIGHT = 18,
};

// Instruction sets that there are kernels for.
enum {
	VQA_BASELINE, // what the architecture always has: SSE2, NEON
	VQA_AVX2,
};

// One plane: samples of 8 bits, or of 16 in the machine's byte order. A plane
// without data is not there.
struct vqa_plane {
	const void *data;
	ptrdiff_t stride; // bytes
	int32_t width, height;
};

struct vqa_picture {
	struct vqa_plane y, u, v;
	int32_t depth;
	int32_t line_step; // of the histogram
	const void *previous; // luma of the picture before, of the same size; or null
	ptrdiff_t previous_stride;
};

// Sums of absolute values in units of the samples.
struct vqa_sums {
	uint64_t difference; // all samples
	uint64_t on_horizontal, off_horizontal, on_vertical, off_vertical;
	uint32_t largest, largest_x, largest_y; // block
	uint32_t above[VQA_STEPS];
};

// vqa_instructions returns the best instruction set that this machine has.
int vqa_instructions(void);

// vqa_measure measures one picture. It fills histogram[256], and thumb with the
// cells of Y, U and V one after the other, as far as they are in what. columns
// is scratch memory with room for one value per sample of a line.
void vqa_measure(int instructions, unsigned what, struct vqa_picture picture,
	struct vqa_sums *sums, uint32_t *histogram, uint16_t *thumb, uint32_t *columns);

#endif
