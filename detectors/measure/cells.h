// Cell means of a part of a plane.

#ifndef VQA_CELLS_H
#define VQA_CELLS_H

#include "kernels.h"

// A rectangle of samples, which may reach beyond the plane.
struct vqa_area {
	int32_t x, y, width, height;
};

// vqa_cells cuts an area of a plane into columns x rows cells and writes their
// means, in 1/256 of an 8 bit code value, line by line. Cell c of a line covers
// the samples from x + c*width/columns up to those of the next, at least one,
// as far as they are in the plane; a cell that has none is 0.
void vqa_cells(struct vqa_plane plane, int depth, struct vqa_area area,
	int columns, int rows, uint16_t *cells);

#endif
