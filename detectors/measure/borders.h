// Black bars around a picture, as Go sees them.

#ifndef VQA_BORDERS_H
#define VQA_BORDERS_H

#include "kernels.h"

enum {
	// A line belongs to a bar where at most one of so many samples is lit: a
	// logo may lie on it.
	VQA_BAR_LIT = 8,
	// Where a bar ends, the lines that are looked at.
	VQA_BAR_EDGE = 3,
};

// vqa_borders says where bars end. Indices are top, bottom, left, right.
struct vqa_borders {
	int32_t thickness[4]; // lines and columns; top is the height where nothing is lit
	int32_t lit[4];       // most samples lit in one of the lines behind each bar
	int32_t across[4];    // samples that are counted in those
};

// vqa_find_borders looks for lines in which samples are above limit, from the
// borders inwards. Of columns, it counts some lines.
void vqa_find_borders(struct vqa_plane y, int depth, int limit, struct vqa_borders *out);

#endif
