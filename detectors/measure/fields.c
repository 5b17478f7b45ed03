// The choice between the instruction sets, the baseline variants, and the lines
// that are looked at.

#include <string.h>

#define VQA_TARGET
#define VQA_AVX2_CODE 0

#define VQA_BITS 8
#define VQA_NAME(name) name##_8_baseline
#include "fields_template.h"
#undef VQA_BITS
#undef VQA_NAME

#define VQA_BITS 16
#define VQA_NAME(name) name##_16_baseline
#include "fields_template.h"
#undef VQA_BITS
#undef VQA_NAME

static void (*variant(int instructions, int depth))(const struct vqa_lines *, struct vqa_fields *, struct vqa_detail *)
{
#if VQA_FIELDS_AVX2
	if (instructions == VQA_AVX2)
		return depth == 8 ? vqa_fields_8_avx2 : vqa_fields_16_avx2;
#endif
	(void)instructions;
	return depth == 8 ? vqa_fields_8_baseline : vqa_fields_16_baseline;
}

static void prefetch(const void *data, ptrdiff_t stride, int y, int bytes)
{
	for (int k = -1; k <= 1; k++) {
		const char *const line = (const char *)data + (y + k) * stride;
		for (int x = 0; x < bytes; x += 64)
			__builtin_prefetch(line + x, 0, 2);
	}
}

void vqa_fields(int instructions, struct vqa_plane y, int depth, const void *previous, ptrdiff_t previous_stride,
	int step, struct vqa_fields *fields, struct vqa_detail *detail)
{
	void (*const add)(const struct vqa_lines *, struct vqa_fields *, struct vqa_detail *) = variant(instructions, depth);
	struct vqa_lines l = {.width = y.width, .shift = depth - 8};
	const int bytes = y.width * (depth > 8 ? 2 : 1);

	if (fields)
		memset(fields, 0, sizeof *fields);
	if (detail)
		memset(detail, 0, sizeof *detail);
	for (int at = 1; at < y.height - 1; at += step) {
		if (at + step < y.height - 1) {
			prefetch(y.data, y.stride, at + step, bytes);
			if (previous)
				prefetch(previous, previous_stride, at + step, bytes);
		}
		for (int k = 0; k < 3; k++) {
			l.cur[k] = (const char *)y.data + (at - 1 + k) * y.stride;
			l.prev[k] = previous ? (const char *)previous + (at - 1 + k) * previous_stride : 0;
		}
		l.parity = at & 1;
		add(&l, fields, detail);
	}
}
