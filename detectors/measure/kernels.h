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
	VQA_GRID = 1 << 4,
};

// Sizes that measure.go has under the same names.
enum {
	VQA_BLOCK = 8,
	VQA_STEPS = 10,
	VQA_THUMB_WIDTH = 64,
	VQA_THUMB_HEIGHT = 36,
	VQA_CHROMA_WIDTH = 32,
	VQA_CHROMA_HEIGHT = 18,
	VQA_PHASES = 16,
	VQA_CELLS = 40,
	VQA_LINES = 16, // of a band, and those before it that edges reach to, at least
	VQA_EDGE_LINES = 1 << 0 | 1 << 3 | 1 << 4 | 1 << 7,
};

// Of the steps on the grid, in 1/8 code values: the two limits that a step has to
// be above, what is counted of it at most, and the largest sum of 8 samples.
enum {
	VQA_WEAK = 3 * 8,
	VQA_STRONG = 12 * 8,
	VQA_STEP_MAX = 24 * 8,
	VQA_SUM_MAX = 255 * 8,
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
	// For the grid, scratch memory of 6 values per sample of a line and
	// 2 VQA_LINES + 3 for each 8, both rounded up to a multiple of 16. It must be zero.
	int16_t *scratch;
};

// Sums of isolated steps in 1/8 code values.
struct vqa_grid {
	// Of the picture, of its difference to the one before; across vertical edges,
	// across horizontal ones; above the two limits; at each phase.
	uint64_t steps[2][2][2][VQA_PHASES];
	// Of cells, those on the grid and those off it in turn.
	uint32_t cells[VQA_CELLS * VQA_CELLS * 2];
	int32_t cell_shift; // log2 of the side of a cell
	int32_t cells_across;
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
// is scratch memory with room for one value per sample of a line. The sums of grid
// must be zero before.
void vqa_measure(int instructions, unsigned what, struct vqa_picture picture,
	struct vqa_sums *sums, uint32_t *histogram, uint16_t *thumb, uint32_t *columns, struct vqa_grid *grid);

#endif
