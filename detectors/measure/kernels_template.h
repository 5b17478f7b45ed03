// The video kernels for one size of samples and one instruction set. Who
// includes it defines
//
//	VQA_BITS        8 or 16: size of a sample
//	VQA_NAME(name)  name with a suffix for the variant
//	VQA_TARGET      attribute of all functions: the instruction set
//	VQA_AVX2_CODE   1 where that has AVX2
//
// Without VQA_BITS it only declares the variants. A band is 8 lines: everything
// is measured on one band while it is in the cache, then on the next. The code
// is plain C in a shape that compilers turn into vector instructions, but for
// one loop that they do not get.

#include "kernels.h"

#ifndef VQA_VARIANTS
#define VQA_VARIANTS

#include <string.h>

#if defined(__x86_64__)
#include <immintrin.h>
#define VQA_HAVE_AVX2 1
#else
#define VQA_HAVE_AVX2 0
#endif

#define VQA_VARIANT(name) \
	void name(unsigned what, const struct vqa_picture *p, struct vqa_sums *sums, \
		uint32_t *histogram, uint16_t *thumb, uint32_t *columns, struct vqa_grid *grid)

VQA_VARIANT(vqa_measure_8_baseline);
VQA_VARIANT(vqa_measure_16_baseline);
#if VQA_HAVE_AVX2
VQA_VARIANT(vqa_measure_8_avx2);
VQA_VARIANT(vqa_measure_16_avx2);
#endif

enum {
	VQA_HISTOGRAMS = 8,
	VQA_STRIP = 256, // samples of a line, whole vectors of blocks
};

static inline const void *vqa_line(const void *data, ptrdiff_t stride, int y)
{
	return (const char *)data + y * stride;
}

// vqa_prefetch asks for lines in their order. Kernels read 8 lines and more at
// the same time, which is too many for the processor to see what comes next. Asked
// for a little at a time, they come while it computes.
static inline void vqa_prefetch(const void *data, ptrdiff_t stride, int lines, int bytes)
{
	for (int y = 0; y < lines; y++) {
		const char *const line = vqa_line(data, stride, y);
		for (int x = 0; x < bytes; x += 64)
			__builtin_prefetch(line + x, 0, 2);
	}
}

static inline int vqa_min(int a, int b)
{
	return a < b ? a : b;
}

static inline int vqa_max(int a, int b)
{
	return a > b ? a : b;
}

// vqa_whole rounds a number of samples up to whole vectors.
static inline int vqa_whole(int n)
{
	return (n + VQA_PHASES - 1) / VQA_PHASES * VQA_PHASES;
}

// A row of cells is the lines from vqa_cell_start of it to that of the next; in
// a picture with fewer lines than rows it is at least the one at its start.
// With columns it is the same.
static inline int vqa_cell_start(int row, int rows, int height)
{
	return (int)((int64_t)row * height / rows);
}

#endif

#ifdef VQA_BITS

#define STATIC static inline VQA_TARGET
#define SAMPLE VQA_NAME(sample) // of a plane
#define COLUMN VQA_NAME(column) // holds the sum of 8 samples

#if VQA_BITS == 8
typedef uint8_t SAMPLE;
typedef uint16_t COLUMN;
#else
typedef uint16_t SAMPLE;
typedef uint32_t COLUMN;
#endif

// histogram counts the samples of one line. Neighbours count in different
// histograms: they are often equal, and an increment of a counter that was
// just stored has to wait for the store.
STATIC void VQA_NAME(histogram)(const SAMPLE *restrict line, int width, int shift,
	uint32_t (*restrict h)[256])
{
	enum { PER_WORD = 8 / sizeof(SAMPLE), BITS = 8 * sizeof(SAMPLE) };
	int x = 0;
	for (; x + 8 <= width; x += 8) {
		for (int i = 0; i < 8; i += PER_WORD) {
			uint64_t v;
			memcpy(&v, line + x + i, sizeof v);
			v >>= shift;
			for (int k = 0; k < PER_WORD; k++)
				h[i + k][v >> (k * BITS) & 255]++;
		}
	}
	for (; x < width; x++)
		h[0][line[x] >> shift & 255]++;
}

// distance returns |a - b|, in the form that becomes the fewest instructions.
STATIC SAMPLE VQA_NAME(distance)(SAMPLE a, SAMPLE b)
{
	return (SAMPLE)((a > b ? a : b) - (a < b ? a : b));
}

// sad returns the sum of absolute differences of two lines.
STATIC uint32_t VQA_NAME(sad)(const SAMPLE *a, const SAMPLE *b, int n)
{
	uint32_t sum = 0;
	for (int x = 0; x < n; x++) {
#if VQA_BITS == 8
		const int d = a[x] - b[x]; // compilers know this one as PSADBW
		sum += (uint32_t)(d < 0 ? -d : d);
#else
		sum += VQA_NAME(distance)(a[x], b[x]);
#endif
	}
	return sum;
}

// on_grid returns the part of the sum of the steps of a line that lies on the
// grid.
STATIC uint32_t VQA_NAME(on_grid)(const SAMPLE *line, int width)
{
	uint32_t sum = 0;
	int x = VQA_BLOCK;
#if VQA_BITS == 8 && VQA_AVX2_CODE
	const __m256i first = _mm256_set1_epi64x(0xff); // of 8 samples
	__m256i sums = _mm256_setzero_si256();
	for (; x + 32 <= width; x += 32)
		sums = _mm256_add_epi64(sums, _mm256_sad_epu8(
			_mm256_and_si256(_mm256_loadu_si256((const __m256i *)(line + x)), first),
			_mm256_and_si256(_mm256_loadu_si256((const __m256i *)(line + x - 1)), first)));
	const __m128i two = _mm_add_epi64(_mm256_castsi256_si128(sums), _mm256_extracti128_si256(sums, 1));
	sum = (uint32_t)(_mm_cvtsi128_si64(two) + _mm_extract_epi64(two, 1));
#endif
	for (; x < width; x += VQA_BLOCK)
		sum += VQA_NAME(distance)(line[x], line[x - 1]);
	return sum;
}

// some_block_sads does the first blocks of block_sads, in groups, and returns
// how many.
STATIC int VQA_NAME(some_block_sads)(const void *a, ptrdiff_t a_stride,
	const void *b, ptrdiff_t b_stride, int blocks, uint32_t *restrict sads)
{
	int i = 0;
#if VQA_BITS == 8 && VQA_AVX2_CODE
	const __m256i low_halves = _mm256_setr_epi32(0, 2, 4, 6, 0, 2, 4, 6);
	for (; i + 4 <= blocks; i += 4) {
		__m256i sum = _mm256_setzero_si256(); // 64 bits for each block
		for (int y = 0; y < VQA_BLOCK; y++) {
			const char *const p = (const char *)vqa_line(a, a_stride, y) + i * VQA_BLOCK;
			const char *const q = (const char *)vqa_line(b, b_stride, y) + i * VQA_BLOCK;
			sum = _mm256_add_epi64(sum, _mm256_sad_epu8(
				_mm256_loadu_si256((const __m256i *)p), _mm256_loadu_si256((const __m256i *)q)));
		}
		sum = _mm256_permutevar8x32_epi32(sum, low_halves);
		_mm_storeu_si128((__m128i *)(sads + i), _mm256_castsi256_si128(sum));
	}
#elif VQA_BITS == 8 && defined(__SSE2__)
	for (; i + 2 <= blocks; i += 2) {
		__m128i sum = _mm_setzero_si128(); // 64 bits for each block
		for (int y = 0; y < VQA_BLOCK; y++) {
			const char *const p = (const char *)vqa_line(a, a_stride, y) + i * VQA_BLOCK;
			const char *const q = (const char *)vqa_line(b, b_stride, y) + i * VQA_BLOCK;
			sum = _mm_add_epi64(sum, _mm_sad_epu8(
				_mm_loadu_si128((const __m128i *)p), _mm_loadu_si128((const __m128i *)q)));
		}
		_mm_storel_epi64((__m128i *)(sads + i), _mm_shuffle_epi32(sum, _MM_SHUFFLE(2, 0, 2, 0)));
	}
#else
	enum { GROUP = 8 };
	for (; i + GROUP <= blocks; i += GROUP) {
		COLUMN columns[GROUP * VQA_BLOCK] = {0};
		for (int y = 0; y < VQA_BLOCK; y++) {
			const SAMPLE *const p = (const SAMPLE *)vqa_line(a, a_stride, y) + i * VQA_BLOCK;
			const SAMPLE *const q = (const SAMPLE *)vqa_line(b, b_stride, y) + i * VQA_BLOCK;
			for (int x = 0; x < GROUP * VQA_BLOCK; x++)
				columns[x] += VQA_NAME(distance)(p[x], q[x]);
		}
		for (int k = 0; k < GROUP; k++) {
			uint32_t sum = 0;
			for (int x = 0; x < VQA_BLOCK; x++)
				sum += columns[k * VQA_BLOCK + x];
			sads[i + k] = sum;
		}
	}
#endif
	return i;
}

// block_sads writes the sums of absolute differences of one band of blocks.
STATIC void VQA_NAME(block_sads)(const void *a, ptrdiff_t a_stride,
	const void *b, ptrdiff_t b_stride, int blocks, uint32_t *restrict sads)
{
	for (int i = VQA_NAME(some_block_sads)(a, a_stride, b, b_stride, blocks, sads); i < blocks; i++) {
		sads[i] = 0;
		for (int y = 0; y < VQA_BLOCK; y++)
			sads[i] += VQA_NAME(sad)((const SAMPLE *)vqa_line(a, a_stride, y) + i * VQA_BLOCK,
				(const SAMPLE *)vqa_line(b, b_stride, y) + i * VQA_BLOCK, VQA_BLOCK);
	}
}

// count adds one band of blocks to the figures. first is the smallest sum that
// reaches the first step.
STATIC void VQA_NAME(count)(const uint32_t *restrict sads, int blocks, int y, uint32_t first,
	struct vqa_sums *restrict sums)
{
	uint32_t largest = 0;
	uint64_t total = 0;
	for (int i = 0; i < blocks; i++) {
		largest = sads[i] > largest ? sads[i] : largest;
		total += sads[i];
	}
	sums->difference += total;
	if (largest > sums->largest) {
		int i = 0;
		while (sads[i] != largest)
			i++;
		sums->largest = largest;
		sums->largest_x = (uint32_t)i * VQA_BLOCK;
		sums->largest_y = (uint32_t)y;
	}
	for (int s = 0; s < VQA_STEPS && largest >= first << s; s++) {
		uint32_t n = 0;
		for (int i = 0; i < blocks; i++)
			n += sads[i] >= first << s;
		sums->above[s] += n;
	}
}

// add_lines_of adds n lines of samples to the sums of columns. The compiler
// makes a loop without branches for each n.
STATIC void VQA_NAME(add_lines_of)(int n, const void *data, ptrdiff_t stride, int width,
	uint32_t *restrict columns)
{
	for (int x = 0; x < width; x++) {
		COLUMN sum = 0;
		for (int y = 0; y < n; y++)
			sum += ((const SAMPLE *)vqa_line(data, stride, y))[x];
		columns[x] += sum;
	}
}

// add_lines adds up to 15 lines of samples to the sums of columns.
STATIC void VQA_NAME(add_lines)(const void *data, ptrdiff_t stride, int lines, int width,
	uint32_t *restrict columns)
{
	if (lines & 8) {
		VQA_NAME(add_lines_of)(8, data, stride, width, columns);
		data = vqa_line(data, stride, 8);
	}
	if (lines & 4) {
		VQA_NAME(add_lines_of)(4, data, stride, width, columns);
		data = vqa_line(data, stride, 4);
	}
	if (lines & 2) {
		VQA_NAME(add_lines_of)(2, data, stride, width, columns);
		data = vqa_line(data, stride, 2);
	}
	if (lines & 1)
		VQA_NAME(add_lines_of)(1, data, stride, width, columns);
}

// add_band adds sums of 8 lines to the sums of columns.
STATIC void VQA_NAME(add_band)(const int16_t *restrict band, int width, uint32_t *restrict columns)
{
	for (int x = 0; x < width; x++)
		columns[x] += (uint32_t)band[x];
}

// cells turns the sums of columns over some lines into a row of cells, in 1/256
// of an 8 bit code value, rounded to the nearest, halves up.
STATIC void VQA_NAME(cells)(uint32_t *restrict columns, int width, int lines, int shift,
	int cells, uint16_t *restrict out)
{
	for (int i = 0; i < cells; i++) {
		const int x0 = vqa_cell_start(i, cells, width);
		int x1 = vqa_cell_start(i + 1, cells, width);
		uint64_t sum = 0;
		if (x1 == x0)
			x1++;
		for (int x = x0; x < x1; x++)
			sum += columns[x];
		const uint64_t n = ((uint64_t)(x1 - x0) * (uint64_t)lines) << shift;
		const uint64_t mean = (sum * 512 + n) / (2 * n);
		out[i] = mean > UINT16_MAX ? UINT16_MAX : (uint16_t)mean;
	}
	memset(columns, 0, (size_t)width * sizeof *columns);
}

// thumb makes all cells of one plane.
STATIC void VQA_NAME(thumb)(const struct vqa_plane *p, int shift, int cells, int rows,
	uint16_t *out, uint32_t *columns)
{
	memset(columns, 0, (size_t)p->width * sizeof *columns);
	for (int row = 0; row < rows; row++) {
		const int y0 = vqa_cell_start(row, rows, p->height);
		int y1 = vqa_cell_start(row + 1, rows, p->height);
		if (y1 == y0)
			y1++;
		for (int y = y0; y < y1; y += VQA_BLOCK) {
			const int n = vqa_min(y1 - y, VQA_BLOCK);
			const int ahead = vqa_min(p->height - y - n, VQA_BLOCK);
			vqa_prefetch(vqa_line(p->data, p->stride, y + n), p->stride, ahead, p->width * (int)sizeof(SAMPLE));
			VQA_NAME(add_lines)(vqa_line(p->data, p->stride, y), p->stride, n, p->width, columns);
		}
		VQA_NAME(cells)(columns, p->width, y1 - y0, shift, cells, out + row * cells);
	}
}

// edges adds the steps along one line, and from the line above to it.
STATIC void VQA_NAME(edges)(const struct vqa_plane *p, int y, struct vqa_sums *restrict sums)
{
	const SAMPLE *const line = vqa_line(p->data, p->stride, y);
	const uint32_t all = VQA_NAME(sad)(line + 1, line, p->width - 1);
	const uint32_t on = VQA_NAME(on_grid)(line, p->width);
	sums->on_horizontal += on;
	sums->off_horizontal += all - on;
	if (y == 0)
		return;
	const uint32_t down = VQA_NAME(sad)(line, vqa_line(line, p->stride, -1), p->width);
	*(y % VQA_BLOCK == 0 ? &sums->on_vertical : &sums->off_vertical) += down;
}

#include "kernels_grid.h"

// sums goes through a band of up to 8 lines once, for what is made from all of its
// samples, and asks for the next one meanwhile. Of a strip, both pictures stay in the
// cache that is next to the processor.
STATIC void VQA_NAME(sums)(unsigned what, const struct vqa_picture *p, const GRID *grid, int y0, int lines,
	uint32_t *restrict sads, struct vqa_sums *restrict sums)
{
	const int width = p->y.width, shift = p->depth - 8;
	const int ahead = vqa_min(p->y.height - y0 - lines, VQA_BLOCK);
	const int blocks = lines == VQA_BLOCK ? width / VQA_BLOCK : 0;
	const int difference = (what & VQA_DIFFERENCE) && p->previous;
	const SAMPLE *const a = vqa_line(p->y.data, p->y.stride, y0);
	const SAMPLE *const b = p->previous ? vqa_line(p->previous, p->previous_stride, y0) : 0;

	for (int x = 0; x < width; x += VQA_STRIP) {
		const int n = vqa_min(width - x, VQA_STRIP), bytes = n * (int)sizeof(SAMPLE);
		vqa_prefetch(vqa_line(a + x, p->y.stride, lines), p->y.stride, ahead, bytes);
		if (b)
			vqa_prefetch(vqa_line(b + x, p->previous_stride, lines), p->previous_stride, ahead, bytes);
		if (blocks && difference)
			VQA_NAME(block_sads)(a + x, p->y.stride, b + x, p->previous_stride, n / VQA_BLOCK, sads + x / VQA_BLOCK);
		if (lines == VQA_BLOCK && (what & VQA_GRID))
			VQA_NAME(grid_sums)(p, grid, y0, x, n);
	}
	if (!difference)
		return;
	if (blocks)
		VQA_NAME(count)(sads, blocks, y0, (uint32_t)VQA_BLOCK << shift, sums);
	const int rest = blocks * VQA_BLOCK; // what is in no block
	for (int y = 0; y < lines && rest < width; y++)
		sums->difference += VQA_NAME(sad)((const SAMPLE *)vqa_line(a, p->y.stride, y) + rest,
			(const SAMPLE *)vqa_line(b, p->previous_stride, y) + rest, width - rest);
}

VQA_TARGET VQA_VARIANT(VQA_NAME(vqa_measure))
{
	const struct vqa_plane *const luma = &p->y;
	const int width = luma->width, height = luma->height, shift = p->depth - 8;
	GRID scratch = {0};
	uint32_t histograms[VQA_HISTOGRAMS][256];
	uint32_t sads[UINT16_MAX / VQA_BLOCK];
	int counted = 0;            // line that the histogram takes next
	int row = 0, row_start = 0; // of cells

	memset(sums, 0, sizeof *sums);
	if (what & VQA_GRID)
		scratch = VQA_NAME(grid_layout)(p->scratch, width);
	if (what & VQA_LUMA)
		memset(histograms, 0, sizeof histograms);

	// In a picture with few lines, rows of cells share them.
	const int fused_thumb = (what & VQA_THUMBS) && height >= VQA_THUMB_HEIGHT;
	if (fused_thumb)
		memset(columns, 0, (size_t)width * sizeof *columns);
	else if (what & VQA_THUMBS)
		VQA_NAME(thumb)(luma, shift, VQA_THUMB_WIDTH, VQA_THUMB_HEIGHT, thumb, columns);

	for (int y0 = 0; y0 < height; y0 += VQA_BLOCK) {
		const int y1 = vqa_min(y0 + VQA_BLOCK, height);

		if (fused_thumb || (what & (VQA_DIFFERENCE | VQA_GRID)))
			VQA_NAME(sums)(what, p, &scratch, y0, y1 - y0, sads, sums);
		if ((what & VQA_GRID) && y1 - y0 == VQA_BLOCK)
			VQA_NAME(grid)(p, &scratch, y0, grid);
		if (what & VQA_EDGES)
			for (int y = y0; y < y1; y++)
				if (VQA_EDGE_LINES >> (y - y0) & 1)
					VQA_NAME(edges)(luma, y, sums);
		if (what & VQA_LUMA)
			for (; counted < y1; counted += p->line_step) {
				const void *const line = vqa_line(luma->data, luma->stride, counted);
				if (counted + p->line_step < height)
					vqa_prefetch(vqa_line(line, luma->stride, p->line_step), 0, 1, width * (int)sizeof(SAMPLE));
				VQA_NAME(histogram)(line, width, shift, histograms);
			}
		for (int y = y0; fused_thumb && y < y1;) {
			const int row_end = vqa_cell_start(row + 1, VQA_THUMB_HEIGHT, height);
			const int end = vqa_min(row_end, y1);
			if (VQA_BITS == 8 && (what & VQA_GRID) && end - y == VQA_BLOCK)
				VQA_NAME(add_band)(scratch.column, width, columns);
			else
				VQA_NAME(add_lines)(vqa_line(luma->data, luma->stride, y), luma->stride, end - y, width, columns);
			if (end == row_end) {
				VQA_NAME(cells)(columns, width, row_end - row_start, shift,
					VQA_THUMB_WIDTH, thumb + row * VQA_THUMB_WIDTH);
				row++;
				row_start = row_end;
			}
			y = end;
		}
	}

	for (int i = 0; (what & VQA_LUMA) && i < 256; i++) {
		histogram[i] = 0;
		for (int k = 0; k < VQA_HISTOGRAMS; k++)
			histogram[i] += histograms[k][i];
	}
	if (what & VQA_THUMBS) {
		uint16_t *const u = thumb + VQA_THUMB_WIDTH * VQA_THUMB_HEIGHT;
		uint16_t *const v = u + VQA_CHROMA_WIDTH * VQA_CHROMA_HEIGHT;
		if (p->u.data)
			VQA_NAME(thumb)(&p->u, shift, VQA_CHROMA_WIDTH, VQA_CHROMA_HEIGHT, u, columns);
		if (p->v.data)
			VQA_NAME(thumb)(&p->v, shift, VQA_CHROMA_WIDTH, VQA_CHROMA_HEIGHT, v, columns);
	}
}

#undef STATIC
#undef SAMPLE
#undef COLUMN
#undef GRID
#endif
