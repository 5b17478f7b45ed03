// The part of the video kernels that looks for steps on the macroblock grid.
// kernels_template.h includes it once for each variant.
//
// An edge is 8 samples long: the sums of 8 samples on both sides of it are
// compared. It counts by its isolated step: what the step is larger than the
// steps next to it on both sides. A contour of what was filmed is never as sharp
// as the border of a block that belongs elsewhere, and lies anywhere; a border
// lies where the sample's number is a multiple of the block's size.

// column_sums writes the sums of a band of 8 lines.
STATIC void VQA_NAME(column_sums)(const void *data, ptrdiff_t stride, int width, int shift, int16_t *restrict out)
{
	for (int x = 0; x < width; x++) {
		COLUMN sum = 0;
		for (int y = 0; y < VQA_BLOCK; y++)
			sum += ((const SAMPLE *)vqa_line(data, stride, y))[x];
#if VQA_BITS == 8
		out[x] = (int16_t)sum;
#else
		sum >>= shift;
		out[x] = (int16_t)(sum > VQA_SUM_MAX ? VQA_SUM_MAX : sum);
#endif
	}
	(void)shift;
}

// row_sums writes the sums of 8 samples next to each other in a line.
STATIC void VQA_NAME(row_sums)(const SAMPLE *line, int blocks, int shift, int16_t *restrict out)
{
	int i = 0;
#if VQA_BITS == 8 && VQA_AVX2_CODE
	for (; i + 4 <= blocks; i += 4) {
		const __m256i sum = _mm256_sad_epu8(_mm256_loadu_si256((const __m256i *)(line + i * VQA_BLOCK)), _mm256_setzero_si256());
		const __m128i two = _mm_packs_epi32(_mm256_castsi256_si128(sum), _mm256_extracti128_si256(sum, 1));
		_mm_storel_epi64((__m128i *)(out + i), _mm_packs_epi32(two, two)); // 64 bits, 32 bits, 16 bits
	}
#elif VQA_BITS == 8 && defined(__SSE2__)
	for (; i + 2 <= blocks; i += 2) {
		const __m128i sum = _mm_sad_epu8(_mm_loadu_si128((const __m128i *)(line + i * VQA_BLOCK)), _mm_setzero_si128());
		out[i] = (int16_t)_mm_extract_epi16(sum, 0);
		out[i + 1] = (int16_t)_mm_extract_epi16(sum, 4);
	}
#endif
	for (; i < blocks; i++) {
		uint32_t sum = 0;
		for (int x = 0; x < VQA_BLOCK; x++)
			sum += line[i * VQA_BLOCK + x];
		sum >>= shift;
		out[i] = (int16_t)(sum > VQA_SUM_MAX ? VQA_SUM_MAX : sum);
	}
}

// isolated writes how much the steps from b to c are isolated, in 1/8 code
// values above each of the two limits.
STATIC void VQA_NAME(isolated)(const int16_t *a, const int16_t *b, const int16_t *c, const int16_t *d, int n,
	uint8_t *restrict weak, uint8_t *restrict strong)
{
	for (int i = 0; i < n; i++) {
		const int16_t before = (int16_t)(b[i] - a[i]), step = (int16_t)(c[i] - b[i]), after = (int16_t)(d[i] - c[i]);
		const int16_t x = before < 0 ? (int16_t)-before : before;
		const int16_t y = step < 0 ? (int16_t)-step : step;
		const int16_t z = after < 0 ? (int16_t)-after : after;
		const int16_t e = (int16_t)(y - (x > z ? x : z));
		const int16_t w = (int16_t)(e - VQA_WEAK), s = (int16_t)(e - VQA_STRONG);
		weak[i] = (uint8_t)(w < 0 ? 0 : w > VQA_STEP_MAX ? VQA_STEP_MAX : w);
		strong[i] = (uint8_t)(s < 0 ? 0 : s > VQA_STEP_MAX ? VQA_STEP_MAX : s);
	}
}

// accumulate adds one line of steps to those of the lines before.
STATIC void VQA_NAME(accumulate)(const uint8_t *restrict steps, int n, uint32_t *restrict sums)
{
	for (int i = 0; i < n; i++)
		sums[i] += steps[i];
}

STATIC uint32_t VQA_NAME(total)(const uint8_t *steps, int n)
{
	uint32_t sum = 0;
	for (int i = 0; i < n; i++)
		sum += steps[i];
	return sum;
}

// minus subtracts b from a.
STATIC void VQA_NAME(minus)(int16_t *restrict a, const int16_t *restrict b, int n)
{
	for (int i = 0; i < n; i++)
		a[i] = (int16_t)(a[i] - b[i]);
}

// grid adds the edges of one band of 8 lines from y0. rows are the sums of the
// last 4 lines, in a ring.
STATIC void VQA_NAME(grid)(const struct vqa_picture *p, int y0, int compare, struct vqa_grid *restrict g)
{
	const int width = p->y.width, blocks = width / VQA_BLOCK, shift = p->depth - 8;
	const int edges = width - 3; // first and last samples have no steps on both sides
	int16_t *const column = p->scratch, *const before = column + width, *const rows = before + width;
	uint8_t *const weak = (uint8_t *)(rows + 8 * blocks), *const strong = weak + width;
	uint32_t *const cells = g->cells + (y0 >> g->cell_shift) * g->cells_across * 2;

	VQA_NAME(column_sums)(vqa_line(p->y.data, p->y.stride, y0), p->y.stride, width, shift, column);
	if (compare)
		VQA_NAME(column_sums)(vqa_line(p->previous, p->previous_stride, y0), p->previous_stride, width, shift, before);
	for (int t = 0; t < 1 + compare && edges > 0; t++) {
		if (t)
			VQA_NAME(minus)(column, before, width);
		VQA_NAME(isolated)(column, column + 1, column + 2, column + 3, edges, weak, strong);
		VQA_NAME(accumulate)(weak, edges, p->columns + (2 * t) * width);
		VQA_NAME(accumulate)(strong, edges, p->columns + (2 * t + 1) * width);
		for (int x = 0; t == 0 && x + VQA_PHASES <= edges; x += VQA_PHASES) {
			const uint8_t *const at = weak + x - 2; // of sample x
			uint32_t *const cell = cells + (x >> g->cell_shift) * 2;
			cell[0] += x > 0 ? at[0] : 0;
			cell[1] += (uint32_t)at[3] + at[5] + at[11] + at[13];
		}
	}

	for (int y = y0; y < y0 + VQA_BLOCK; y++) {
		int16_t *const row = rows + (y & 3) * 2 * blocks;
		VQA_NAME(row_sums)(vqa_line(p->y.data, p->y.stride, y), blocks, shift, row);
		if (compare) {
			VQA_NAME(row_sums)(vqa_line(p->previous, p->previous_stride, y), blocks, shift, before);
			for (int i = 0; i < blocks; i++)
				row[blocks + i] = (int16_t)(row[i] - before[i]);
		}
		if (y < 3)
			continue;
		const int edge = y - 1, phase = edge % VQA_PHASES;
		for (int t = 0; t < 1 + compare; t++) {
			const int16_t *const r = rows + t * blocks;
			VQA_NAME(isolated)(r + ((y - 3) & 3) * 2 * blocks, r + ((y - 2) & 3) * 2 * blocks,
				r + ((y - 1) & 3) * 2 * blocks, r + (y & 3) * 2 * blocks, blocks, weak, strong);
			g->steps[t][1][0][phase] += VQA_NAME(total)(weak, blocks);
			g->steps[t][1][1][phase] += VQA_NAME(total)(strong, blocks);
			const int off = phase == 3 || phase == 5 || phase == 11 || phase == 13;
			if (t == 0 && (phase == 0 || off)) {
				uint32_t *const line = g->cells + (edge >> g->cell_shift) * g->cells_across * 2;
				for (int i = 0; i < blocks; i++)
					line[((i * VQA_BLOCK) >> g->cell_shift) * 2 + off] += weak[i];
			}
		}
	}
}

// fold adds what was accumulated to the phases.
STATIC void VQA_NAME(fold)(const struct vqa_picture *p, struct vqa_grid *restrict g)
{
	for (int t = 0; t < 4; t++)
		for (int x = 2; x < p->y.width - 1; x++)
			g->steps[t / 2][0][t % 2][x % VQA_PHASES] += p->columns[t * p->y.width + x - 2];
}
