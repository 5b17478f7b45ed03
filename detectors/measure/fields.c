// The choice between the instruction sets, the baseline variant, and the lines that
// are looked at.

#include <string.h>

#define VQA_TARGET
#define VQA_AVX2_CODE 0
#define VQA_NAME(name) name##_baseline
#include "fields_template.h"

static void (*variant(int instructions))(const struct vqa_lines *, struct vqa_fields *, struct vqa_information *)
{
#if VQA_FIELDS_AVX2
	if (instructions == VQA_AVX2)
		return vqa_fields_avx2;
#endif
	(void)instructions;
	return vqa_fields_baseline;
}

static void prefetch(const void *data, ptrdiff_t stride, int y, int bytes)
{
	for (int k = -1; k <= 1; k++) {
		const char *const line = (const char *)data + (y + k) * stride;
		for (int x = 0; x < bytes; x += 64)
			__builtin_prefetch(line + x, 0, 2);
	}
}

// narrow copies a line of more than 8 bits as one of 8 bits. What is too large for
// the depth is white.
static const uint8_t *narrow(const void *line, int width, int shift, uint8_t *restrict out)
{
	const uint16_t *restrict const s = line;
	for (int x = 0; x < width; x++) {
		const uint16_t v = (uint16_t)(s[x] >> shift);
		out[x] = (uint8_t)(v > 255 ? 255 : v);
	}
	return out;
}

void vqa_fields(int instructions, struct vqa_plane y, int depth, const void *previous, ptrdiff_t previous_stride,
	int step, uint8_t *scratch, struct vqa_fields *fields, struct vqa_information *information)
{
	void (*const add)(const struct vqa_lines *, struct vqa_fields *, struct vqa_information *) = variant(instructions);
	struct vqa_lines l = {.width = y.width};
	const int bytes = y.width * (depth > 8 ? 2 : 1), shift = depth - 8;

	if (fields)
		memset(fields, 0, sizeof *fields);
	if (information)
		memset(information, 0, sizeof *information);
	for (int at = 1; at < y.height - 1; at += step) {
		if (at + step < y.height - 1) {
			prefetch(y.data, y.stride, at + step, bytes);
			if (previous)
				prefetch(previous, previous_stride, at + step, bytes);
		}
		for (int k = 0; k < 3; k++) {
			l.cur[k] = (const uint8_t *)y.data + (at - 1 + k) * y.stride;
			if (shift > 0)
				l.cur[k] = narrow(l.cur[k], y.width, shift, scratch + k * y.width);
			if (!previous)
				continue;
			l.prev[k] = (const uint8_t *)previous + (at - 1 + k) * previous_stride;
			if (shift > 0)
				l.prev[k] = narrow(l.prev[k], y.width, shift, scratch + (3 + k) * y.width);
		}
		l.parity = at & 1;
		add(&l, fields, information);
	}
}
