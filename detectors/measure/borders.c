#include "borders.h"

#include <string.h>

enum {
	TOP, BOTTOM, LEFT, RIGHT,
	COLUMNS = 32,  // that are counted at a time
	LINES = 192,   // of which columns are made, about
};

static const void *line_at(const struct vqa_plane *p, int y)
{
	return (const char *)p->data + y * p->stride;
}

// lit counts the samples of a line from x0 up to x1 that are above limit.
static int32_t lit(const struct vqa_plane *p, int depth, int y, int x0, int x1, int limit)
{
	enum { GROUP = 128 }; // a count of so many fits into 8 bits
	int32_t n = 0;
	int x = x0;
	if (depth == 8) {
		const uint8_t *const s = line_at(p, y), l = (uint8_t)limit;
		for (; x + GROUP <= x1; x += GROUP) {
			uint8_t some = 0;
			for (int i = 0; i < GROUP; i++)
				some += s[x + i] > l;
			n += some;
		}
		for (; x < x1; x++)
			n += s[x] > l;
		return n;
	}
	const uint16_t *const s = line_at(p, y), l = (uint16_t)limit;
	for (; x + GROUP <= x1; x += GROUP) {
		uint16_t some = 0;
		for (int i = 0; i < GROUP; i++)
			some += s[x + i] > l;
		n += some;
	}
	for (; x < x1; x++)
		n += s[x] > l;
	return n;
}

// count adds up how many samples of each of n columns from x on are lit, in lines
// y0, y0 + step and so on up to y1.
static void count(const struct vqa_plane *p, int depth, int x, int n, int y0, int y1, int step, int limit, int32_t *restrict counts)
{
	memset(counts, 0, COLUMNS * sizeof *counts);
	for (int y = y0; y < y1; y += step) {
		if (depth == 8) {
			const uint8_t *const s = (const uint8_t *)line_at(p, y) + x;
			for (int i = 0; i < n; i++)
				counts[i] += s[i] > limit;
		} else {
			const uint16_t *const s = (const uint16_t *)line_at(p, y) + x;
			for (int i = 0; i < n; i++)
				counts[i] += s[i] > limit;
		}
	}
}

// bar returns how many lines from one border, of at most most, are a bar. dir is 1
// from the top, -1 from the bottom.
static int bar(const struct vqa_plane *p, int depth, int from, int dir, int most, int x0, int x1, int limit)
{
	int n = 0;
	while (n < most && lit(p, depth, from + dir * n, x0, x1, limit) <= (x1 - x0) / VQA_BAR_LIT)
		n++;
	return n;
}

// side finds the bar at the left or right, in lines y0 up to y1.
static void side(const struct vqa_plane *p, int depth, int side, int y0, int y1, int limit, struct vqa_borders *out)
{
	const int step = (y1 - y0) / LINES | 1; // odd, so that both fields are seen
	const int lines = (y1 - y0 + step - 1) / step;
	int32_t counts[COLUMNS];
	int found = -1, behind = 0;
	for (int at = 0; at < p->width; at += COLUMNS) {
		const int n = p->width - at < COLUMNS ? p->width - at : COLUMNS;
		count(p, depth, side == LEFT ? at : p->width - at - n, n, y0, y1, step, limit, counts);
		for (int i = 0; i < n; i++) {
			const int32_t c = counts[side == LEFT ? i : n - 1 - i];
			if (found < 0 && c > lines / VQA_BAR_LIT)
				found = at + i;
			if (found >= 0 && behind < VQA_BAR_EDGE) {
				behind++;
				if (c > out->lit[side])
					out->lit[side] = c;
			}
		}
		if (behind == VQA_BAR_EDGE)
			break;
	}
	out->thickness[side] = found < 0 ? p->width : found;
	out->across[side] = lines;
}

// edge finds how much is lit behind a bar at the top or bottom.
static void edge(const struct vqa_plane *p, int depth, int side, int from, int dir, int x0, int x1, int limit, struct vqa_borders *out)
{
	for (int i = 0; i < VQA_BAR_EDGE; i++) {
		const int y = from + dir * i;
		const int32_t n = y >= 0 && y < p->height ? lit(p, depth, y, x0, x1, limit) : 0;
		if (n > out->lit[side])
			out->lit[side] = n;
	}
	out->across[side] = x1 - x0;
}

void vqa_find_borders(struct vqa_plane y, int depth, int limit, struct vqa_borders *out)
{
	int32_t *const t = out->thickness;
	memset(out, 0, sizeof *out);
	limit <<= depth - 8;

	t[TOP] = bar(&y, depth, 0, 1, y.height, 0, y.width, limit);
	if (t[TOP] == y.height)
		return;
	t[BOTTOM] = bar(&y, depth, y.height - 1, -1, y.height - 1 - t[TOP], 0, y.width, limit);
	side(&y, depth, LEFT, t[TOP], y.height - t[BOTTOM], limit, out);
	side(&y, depth, RIGHT, t[TOP], y.height - t[BOTTOM], limit, out);

	int x0 = t[LEFT], x1 = y.width - t[RIGHT];
	if (x0 >= x1) // lit here and there, but no column is
		x0 = 0, x1 = y.width, t[LEFT] = t[RIGHT] = 0, out->lit[LEFT] = out->lit[RIGHT] = 0;
	else if (x1 - x0 < y.width) { // lines are lit earlier where bars do not count
		t[TOP] = bar(&y, depth, 0, 1, t[TOP], x0, x1, limit);
		t[BOTTOM] = bar(&y, depth, y.height - 1, -1, t[BOTTOM], x0, x1, limit);
	}
	edge(&y, depth, TOP, t[TOP], 1, x0, x1, limit, out);
	edge(&y, depth, BOTTOM, y.height - 1 - t[BOTTOM], -1, x0, x1, limit, out);
}
