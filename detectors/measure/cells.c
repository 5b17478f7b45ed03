#include "cells.h"

static inline int32_t clip(int64_t v, int32_t most)
{
	return v < 0 ? 0 : v > most ? most : (int32_t)v;
}

// cell_range finds the samples of a cell that are among the first most.
static inline void cell_range(int32_t start, int32_t length, int cells, int cell,
	int32_t most, int32_t *from, int32_t *to)
{
	const int64_t a = start + (int64_t)cell * length / cells;
	const int64_t b = start + (int64_t)(cell + 1) * length / cells;
	*from = clip(a, most);
	*to = clip(b > a ? b : a + 1, most);
}

static inline uint32_t sum8(const uint8_t *s, int n)
{
	uint32_t sum = 0;
	for (int i = 0; i < n; i++)
		sum += s[i];
	return sum;
}

static inline uint64_t sum16(const uint16_t *s, int n)
{
	uint64_t sum = 0;
	for (int i = 0; i < n; i++)
		sum += s[i];
	return sum;
}

void vqa_cells(struct vqa_plane plane, int depth, struct vqa_area area,
	int columns, int rows, uint16_t *cells)
{
	for (int row = 0; row < rows; row++) {
		int32_t top, bottom;
		cell_range(area.y, area.height, rows, row, plane.height, &top, &bottom);
		for (int column = 0; column < columns; column++) {
			int32_t left, right;
			cell_range(area.x, area.width, columns, column, plane.width, &left, &right);
			uint64_t sum = 0;
			for (int32_t y = top; y < bottom; y++) {
				const char *const line = (const char *)plane.data + y * plane.stride;
				if (depth == 8)
					sum += sum8((const uint8_t *)line + left, right - left);
				else
					sum += sum16((const uint16_t *)line + left, right - left);
			}
			const uint64_t n = (uint64_t)(right - left) * (uint64_t)(bottom - top);
			*cells++ = right <= left || bottom <= top ? 0 : (uint16_t)((sum << 8) / (n << (depth - 8)));
		}
	}
}
