// The part of the video kernels that looks for steps on the macroblock grid.
// kernels_template.h includes it once for each variant.
//
// An edge is 8 samples long: the sums of 8 samples on both sides of it are
// compared. It counts by its isolated step: what the step is larger than the
// steps next to it on both sides. A contour of what was filmed is never as sharp
// as the border of a block that belongs elsewhere, and lies anywhere; a border
// lies where the sample's number is a multiple of the block's size.
//
// Steps are added up in 16 bits, of which a vector has most, and taken off to
// the figures before they can be too many.

// VQA_NAME(grid_scratch) is the scratch memory of struct vqa_picture.
#define GRID VQA_NAME(grid_scratch)
typedef struct {
	int16_t *column, *change;    // sums of 8 samples down, and how they changed
	uint16_t *columns[4];        // steps added up, by the sample behind the edge: weak, strong, of the change weak, strong
	int16_t *rows[2][VQA_LINES]; // sums of 8 samples along the last lines, in a ring, and how they changed
	uint16_t *weak;              // steps of one line
	uint16_t *on, *off;          // those at the places that cells count, added up
	int blocks;                  // 8 samples along a line, and more without any to fill vectors
} GRID;

STATIC GRID VQA_NAME(grid_layout)(int16_t *at, int width)
{
	GRID s = {.blocks = vqa_whole(width / VQA_BLOCK)};
	const int samples = vqa_whole(width);
	s.column = at, at += samples;
	s.change = at, at += samples;
	for (int i = 0; i < 4; i++)
		s.columns[i] = (uint16_t *)at, at += samples;
	for (int t = 0; t < 2; t++)
		for (int i = 0; i < VQA_LINES; i++)
			s.rows[t][i] = at, at += s.blocks;
	s.weak = (uint16_t *)at, at += s.blocks;
	s.on = (uint16_t *)at, at += s.blocks;
	s.off = (uint16_t *)at;
	return s;
}

// eighth returns the sum of 8 samples in units of 8 bit code values.
STATIC int16_t VQA_NAME(eighth)(COLUMN sum, int shift)
{
#if VQA_BITS == 8
	(void)shift;
	return (int16_t)sum;
#else
	sum >>= shift;
	return (int16_t)(sum > VQA_SUM_MAX ? VQA_SUM_MAX : sum);
#endif
}

// column_sums writes the sums of a band of 8 lines.
STATIC void VQA_NAME(column_sums)(const void *data, ptrdiff_t stride, int width, int shift, int16_t *restrict out)
{
	for (int x = 0; x < width; x++) {
		COLUMN sum = 0;
		for (int y = 0; y < VQA_BLOCK; y++)
			sum += ((const SAMPLE *)vqa_line(data, stride, y))[x];
		out[x] = VQA_NAME(eighth)(sum, shift);
	}
}

// slot returns where row_sums writes the sum of a block.
STATIC int VQA_NAME(slot)(int block)
{
#if VQA_BITS == 8 && VQA_AVX2_CODE
	return (block & ~15) + (block & 3) * 4 + (block >> 2 & 3);
#else
	return block;
#endif
}

// row_sums writes the sums of 8 samples next to each other in a line.
STATIC void VQA_NAME(row_sums)(const SAMPLE *line, int blocks, int shift, int16_t *restrict out)
{
	int i = 0;
#if VQA_BITS == 8 && VQA_AVX2_CODE
	const __m256i zero = _mm256_setzero_si256();
	for (; i + 16 <= blocks; i += 16) {
		const __m256i *const at = (const __m256i *)(line + i * VQA_BLOCK);
		const __m256i a = _mm256_sad_epu8(_mm256_loadu_si256(at), zero); // 4 sums of 64 bits
		const __m256i b = _mm256_slli_epi64(_mm256_sad_epu8(_mm256_loadu_si256(at + 1), zero), 16);
		const __m256i c = _mm256_slli_epi64(_mm256_sad_epu8(_mm256_loadu_si256(at + 2), zero), 32);
		const __m256i d = _mm256_slli_epi64(_mm256_sad_epu8(_mm256_loadu_si256(at + 3), zero), 48);
		_mm256_storeu_si256((__m256i *)(out + i), _mm256_or_si256(_mm256_or_si256(a, b), _mm256_or_si256(c, d)));
	}
#elif VQA_BITS == 8 && defined(__SSE2__)
	for (; i + 2 <= blocks; i += 2) {
		const __m128i sum = _mm_sad_epu8(_mm_loadu_si128((const __m128i *)(line + i * VQA_BLOCK)), _mm_setzero_si128());
		out[i] = (int16_t)_mm_extract_epi16(sum, 0);
		out[i + 1] = (int16_t)_mm_extract_epi16(sum, 4);
	}
#endif
	for (; i < blocks; i++) {
		COLUMN sum = 0;
		for (int x = 0; x < VQA_BLOCK; x++)
			sum += line[i * VQA_BLOCK + x];
		out[VQA_NAME(slot)(i)] = VQA_NAME(eighth)(sum, shift);
	}
}

// change turns sums of the picture before into how they changed.
STATIC void VQA_NAME(change)(const int16_t *restrict sums, int16_t *restrict before, int n)
{
	for (int i = 0; i < n; i++)
		before[i] = (int16_t)(sums[i] - before[i]);
}

// isolated returns how much the step from b to c is isolated, in 1/8 code values.
STATIC int16_t VQA_NAME(isolated)(int16_t a, int16_t b, int16_t c, int16_t d)
{
	const int16_t before = (int16_t)(b - a), step = (int16_t)(c - b), after = (int16_t)(d - c);
	const int16_t x = before < 0 ? (int16_t)-before : before;
	const int16_t y = step < 0 ? (int16_t)-step : step;
	const int16_t z = after < 0 ? (int16_t)-after : after;
	return (int16_t)(y - (x > z ? x : z));
}

// above returns what of an isolated step is above a limit, as far as it counts.
STATIC uint16_t VQA_NAME(above)(int16_t step, int16_t limit)
{
	const int16_t rest = (int16_t)(step - limit);
	return (uint16_t)(rest < 0 ? 0 : rest > VQA_STEP_MAX ? VQA_STEP_MAX : rest);
}

// add_columns adds the n steps between sums next to each other.
STATIC void VQA_NAME(add_columns)(const int16_t *restrict v, int n, uint16_t *restrict weak, uint16_t *restrict strong)
{
	for (int i = 0; i < n; i++) {
		const int16_t step = VQA_NAME(isolated)(v[i], v[i + 1], v[i + 2], v[i + 3]);
		weak[i] = (uint16_t)(weak[i] + VQA_NAME(above)(step, VQA_WEAK));
		strong[i] = (uint16_t)(strong[i] + VQA_NAME(above)(step, VQA_STRONG));
	}
}

// add_rows adds the n steps from line b to c to the two sums, and writes the weak ones.
STATIC void VQA_NAME(add_rows)(const int16_t *restrict a, const int16_t *restrict b, const int16_t *restrict c,
	const int16_t *restrict d, int n, uint64_t *weak_sum, uint64_t *strong_sum, uint16_t *restrict steps)
{
	enum { FEW = 256 }; // have sums of 16 bits
	for (int i = 0; i < n; i += FEW) {
		const int end = vqa_min(i + FEW, n);
		uint16_t weak = 0, strong = 0;
		for (int k = i; k < end; k++) {
			const int16_t step = VQA_NAME(isolated)(a[k], b[k], c[k], d[k]);
			steps[k] = VQA_NAME(above)(step, VQA_WEAK);
			weak = (uint16_t)(weak + steps[k]);
			strong = (uint16_t)(strong + VQA_NAME(above)(step, VQA_STRONG));
		}
		*weak_sum += weak;
		*strong_sum += strong;
	}
}

STATIC void VQA_NAME(add_steps)(const uint16_t *restrict steps, int n, uint16_t *restrict sums)
{
	for (int i = 0; i < n; i++)
		sums[i] = (uint16_t)(sums[i] + steps[i]);
}

// off_grid says of a place in a macroblock that no codec has a border there.
STATIC int VQA_NAME(off_grid)(int phase)
{
	return phase == 3 || phase == 5 || phase == 11 || phase == 13;
}

// take takes off what was added up since the last time, with line y the last of it.
STATIC void VQA_NAME(take)(const struct vqa_picture *p, const GRID *s, int y, struct vqa_grid *restrict g)
{
	const int width = p->y.width;
	uint32_t *const cells = g->cells + (y >> g->cell_shift) * g->cells_across * 2;

	for (int x = 0; x + VQA_PHASES <= width - 3; x += VQA_PHASES) {
		const uint16_t *const at = s->columns[0] + x;
		uint32_t *const cell = cells + (x >> g->cell_shift) * 2;
		cell[0] += at[0];
		cell[1] += (uint32_t)at[3] + at[5] + at[11] + at[13];
	}
	for (int t = 0; t < 4; t++) {
		uint32_t sums[VQA_PHASES] = {0};
		for (int x = 0; x < width; x += VQA_PHASES)
			for (int i = 0; i < VQA_PHASES; i++)
				sums[i] += s->columns[t][x + i];
		for (int i = 0; i < VQA_PHASES; i++)
			g->steps[t / 2][0][t % 2][i] += sums[i];
		memset(s->columns[t], 0, (size_t)vqa_whole(width) * sizeof *s->columns[t]);
	}
	for (int i = 0; i < width / VQA_BLOCK; i++) {
		uint32_t *const cell = cells + ((i * VQA_BLOCK) >> g->cell_shift) * 2;
		cell[0] += s->on[VQA_NAME(slot)(i)];
		cell[1] += s->off[VQA_NAME(slot)(i)];
	}
	memset(s->on, 0, (size_t)s->blocks * sizeof *s->on);
	memset(s->off, 0, (size_t)s->blocks * sizeof *s->off);
}

// grid_sums writes the sums of n samples from x on of each line of a band, n being a
// multiple of 16 but at the end of the lines: of the picture, and how they changed.
STATIC void VQA_NAME(grid_sums)(const struct vqa_picture *p, const GRID *s, int y0, int x, int n)
{
	const int shift = p->depth - 8, blocks = n / VQA_BLOCK, first = x / VQA_BLOCK;
	const SAMPLE *const a = (const SAMPLE *)vqa_line(p->y.data, p->y.stride, y0) + x;
	const SAMPLE *const b = p->previous ? (const SAMPLE *)vqa_line(p->previous, p->previous_stride, y0) + x : 0;

	VQA_NAME(column_sums)(a, p->y.stride, n, shift, s->column + x);
	for (int y = 0; y < VQA_BLOCK; y++)
		VQA_NAME(row_sums)(vqa_line(a, p->y.stride, y), blocks, shift, s->rows[0][(y0 + y) % VQA_LINES] + first);
	if (!b)
		return;
	VQA_NAME(column_sums)(b, p->previous_stride, n, shift, s->change + x);
	VQA_NAME(change)(s->column + x, s->change + x, n);
	for (int y = 0; y < VQA_BLOCK; y++) {
		int16_t *const row = s->rows[1][(y0 + y) % VQA_LINES] + first;
		VQA_NAME(row_sums)(vqa_line(b, p->previous_stride, y), blocks, shift, row);
		VQA_NAME(change)(s->rows[0][(y0 + y) % VQA_LINES] + first, row, vqa_whole(blocks));
	}
}

// grid adds the edges of one band of 8 lines from y0, whose sums are there.
STATIC void VQA_NAME(grid)(const struct vqa_picture *p, const GRID *s, int y0, struct vqa_grid *restrict g)
{
	// Rows of cells end with a band; so many lines have sums of 16 bits.
	enum { MANY = 1024 };
	const int width = p->y.width, compare = p->previous != 0;

	VQA_NAME(add_columns)(s->column, width - 3, s->columns[0] + 2, s->columns[1] + 2);
	if (compare)
		VQA_NAME(add_columns)(s->change, width - 3, s->columns[2] + 2, s->columns[3] + 2);

	for (int y = vqa_max(y0, 3); y < y0 + VQA_BLOCK; y++) {
		const int phase = (y - 1) % VQA_PHASES; // of the edge, which lies before the last line but one
		for (int t = compare; t >= 0; t--) {
			int16_t *const *const rows = s->rows[t];
			VQA_NAME(add_rows)(rows[(y - 3) % VQA_LINES], rows[(y - 2) % VQA_LINES], rows[(y - 1) % VQA_LINES],
				rows[y % VQA_LINES], s->blocks, &g->steps[t][1][0][phase], &g->steps[t][1][1][phase], s->weak);
		}
		if (phase == 0)
			VQA_NAME(add_steps)(s->weak, s->blocks, s->on);
		else if (VQA_NAME(off_grid)(phase))
			VQA_NAME(add_steps)(s->weak, s->blocks, s->off);
	}
	const int y1 = y0 + VQA_BLOCK;
	if (y1 % vqa_min(1 << g->cell_shift, MANY) == 0 || y1 + VQA_BLOCK > p->y.height)
		VQA_NAME(take)(p, s, y1 - 1, g);
}
