// The kernels that look at fine detail, for one instruction set. Who includes it
// defines VQA_NAME, VQA_TARGET and VQA_AVX2_CODE as for kernels_template.h.
// Without VQA_NAME it only declares the variants.
//
// A residue is how far a sample is from the mean of two others in its line, on
// both sides at the same distance. That of the nearest holds noise and the
// finest detail, that of distant ones all that is not flat.

#include "detail.h"

#ifndef VQA_DETAIL_VARIANTS
#define VQA_DETAIL_VARIANTS

#include <string.h>

#if defined(__x86_64__)
#include <immintrin.h>
#define VQA_DETAIL_AVX2 1
#else
#define VQA_DETAIL_AVX2 0
#endif

// A band is 8 lines of samples of 8 bits; previous may be null.
#define VQA_DETAIL_VARIANT(name) \
	void name(const uint8_t *band, ptrdiff_t stride, const uint8_t *previous, ptrdiff_t previous_stride, \
		int width, struct vqa_region *regions, struct vqa_detail *detail, uint8_t *scratch)

VQA_DETAIL_VARIANT(vqa_detail_baseline);
#if VQA_DETAIL_AVX2
VQA_DETAIL_VARIANT(vqa_detail_avx2);
#endif

#endif

#ifdef VQA_NAME

#define STATIC static inline VQA_TARGET

enum { VQA_NAME(GROUP) = 4 }; // of tiles that are summed at a time

// changes writes the sums of absolute differences between tiles of a group and those
// before.
STATIC void VQA_NAME(changes)(const uint8_t *tiles, ptrdiff_t stride, const uint8_t *previous, ptrdiff_t previous_stride,
	uint32_t *restrict sums)
{
#if VQA_AVX2_CODE
	__m256i all = _mm256_setzero_si256();
	for (int y = 0; y < VQA_BLOCK; y++)
		all = _mm256_add_epi64(all, _mm256_sad_epu8(_mm256_loadu_si256((const __m256i *)(tiles + y * stride)),
			_mm256_loadu_si256((const __m256i *)(previous + y * previous_stride))));
	const __m256i low_halves = _mm256_setr_epi32(0, 2, 4, 6, 0, 2, 4, 6);
	_mm_storeu_si128((__m128i *)sums, _mm256_castsi256_si128(_mm256_permutevar8x32_epi32(all, low_halves)));
#else
	enum { SAMPLES = VQA_NAME(GROUP) * VQA_BLOCK };
	uint16_t columns[SAMPLES] = {0};
	for (int y = 0; y < VQA_BLOCK; y++) {
		const uint8_t *const a = tiles + y * stride, *const b = previous + y * previous_stride;
		for (int x = 0; x < SAMPLES; x++)
			columns[x] += (uint8_t)((a[x] > b[x] ? a[x] : b[x]) - (a[x] < b[x] ? a[x] : b[x]));
	}
	for (int i = 0; i < VQA_NAME(GROUP); i++) {
		sums[i] = 0;
		for (int x = 0; x < VQA_BLOCK; x++)
			sums[i] += columns[i * VQA_BLOCK + x];
	}
#endif
}

// residues writes the sums of residues at each distance, and of the samples, of a
// group of tiles.
STATIC void VQA_NAME(residues)(const uint8_t *tiles, ptrdiff_t stride,
	uint32_t (*restrict sums)[VQA_NAME(GROUP)])
{
#if VQA_AVX2_CODE
	__m256i all[VQA_SCALES + 1];
	for (int k = 0; k <= VQA_SCALES; k++)
		all[k] = _mm256_setzero_si256();
	for (int y = 0; y < VQA_BLOCK; y++) {
		const uint8_t *const line = tiles + y * stride;
		const __m256i v = _mm256_loadu_si256((const __m256i *)line);
		for (int k = 0; k < VQA_SCALES; k++) {
			const __m256i before = _mm256_loadu_si256((const __m256i *)(line - (1 << k)));
			const __m256i after = _mm256_loadu_si256((const __m256i *)(line + (1 << k)));
			all[k] = _mm256_add_epi64(all[k], _mm256_sad_epu8(v, _mm256_avg_epu8(before, after)));
		}
		all[VQA_SCALES] = _mm256_add_epi64(all[VQA_SCALES], _mm256_sad_epu8(v, _mm256_setzero_si256()));
	}
	const __m256i low_halves = _mm256_setr_epi32(0, 2, 4, 6, 0, 2, 4, 6);
	for (int k = 0; k <= VQA_SCALES; k++)
		_mm_storeu_si128((__m128i *)sums[k],
			_mm256_castsi256_si128(_mm256_permutevar8x32_epi32(all[k], low_halves)));
#else
	enum { SAMPLES = VQA_NAME(GROUP) * VQA_BLOCK };
	for (int k = 0; k <= VQA_SCALES; k++) {
		const int d = 1 << k;
		uint16_t columns[SAMPLES] = {0};
		for (int y = 0; y < VQA_BLOCK; y++) {
			const uint8_t *const line = tiles + y * stride;
			for (int x = 0; x < SAMPLES && k < VQA_SCALES; x++) {
				const uint8_t v = line[x], mean = (uint8_t)((line[x - d] + line[x + d] + 1) >> 1);
				columns[x] += (uint8_t)((v > mean ? v : mean) - (v < mean ? v : mean));
			}
			for (int x = 0; x < SAMPLES && k == VQA_SCALES; x++)
				columns[x] += line[x];
		}
		for (int i = 0; i < VQA_NAME(GROUP); i++) {
			sums[k][i] = 0;
			for (int x = 0; x < VQA_BLOCK; x++)
				sums[k][i] += columns[i * VQA_BLOCK + x];
		}
	}
#endif
}

// tiles adds the tiles of one band to its regions, which lie next to each other.
// The first and the last 8 samples of a line are only neighbours.
STATIC void VQA_NAME(tiles)(const uint8_t *band, ptrdiff_t stride, const uint8_t *previous, ptrdiff_t previous_stride, int width,
	struct vqa_region *restrict regions, struct vqa_detail *restrict detail)
{
	enum { AREA = VQA_BLOCK * VQA_BLOCK };
	const int n = width / VQA_BLOCK - 2;
	int r = 0, end = n / VQA_REGIONS_ACROSS; // the region that a tile is in, and where it ends
	for (int first = 0; first < n; first += VQA_NAME(GROUP)) {
		// The last group lies over that before, where tiles do not come in fours.
		uint32_t sums[VQA_SCALES + 1][VQA_NAME(GROUP)], changes[VQA_NAME(GROUP)];
		const int at = n < VQA_NAME(GROUP) || first + VQA_NAME(GROUP) <= n ? first : n - VQA_NAME(GROUP);
		const uint8_t *const tiles = band + (at + 1) * VQA_BLOCK;
		if (n >= VQA_NAME(GROUP)) {
			VQA_NAME(residues)(tiles, stride, sums);
			if (previous)
				VQA_NAME(changes)(tiles, stride, previous + (at + 1) * VQA_BLOCK, previous_stride, changes);
		} else {
			uint8_t few[2][VQA_BLOCK][(VQA_NAME(GROUP) + 2) * VQA_BLOCK] = {0};
			const ptrdiff_t few_stride = sizeof few[0][0];
			for (int y = 0; y < VQA_BLOCK; y++) {
				memcpy(few[0][y], band + y * stride, (size_t)(n + 2) * VQA_BLOCK);
				if (previous)
					memcpy(few[1][y], previous + y * previous_stride, (size_t)(n + 2) * VQA_BLOCK);
			}
			VQA_NAME(residues)(few[0][0] + VQA_BLOCK, few_stride, sums);
			VQA_NAME(changes)(few[0][0] + VQA_BLOCK, few_stride, few[1][0] + VQA_BLOCK, few_stride, changes);
		}
		for (int i = first - at; i < VQA_NAME(GROUP) && at + i < n; i++) {
			const uint32_t coarse = sums[VQA_SCALES - 1][i], luma = sums[VQA_SCALES][i];
			while (at + i >= end) {
				r++;
				end = (r + 1) * n / VQA_REGIONS_ACROSS;
			}
			if (luma < VQA_TILE_DARK * AREA || luma > VQA_TILE_BRIGHT * AREA)
				continue;
			regions[r].tiles++;
			for (int k = 0; k < VQA_SCALES; k++)
				regions[r].residues[k] += sums[k][i];
			if (previous) {
				const uint32_t change = changes[i] * 7 / 8, least = change < sums[0][i] ? change : sums[0][i];
				const uint32_t quarters = least / (AREA / 4);
				detail->noise[quarters < VQA_RESIDUE_BINS ? quarters : VQA_RESIDUE_BINS - 1]++;
			}
			if (coarse >= VQA_TILE_EDGE * AREA) {
				const uint32_t ratio = VQA_SHARPNESS_BINS * sums[1][i] / coarse;
				detail->sharpness[ratio < VQA_SHARPNESS_BINS ? ratio : VQA_SHARPNESS_BINS - 1]++;
			}
		}
	}
}

// contours adds the contours among n steps: those that are not 0, from a sample to
// the one at the same place in other.
STATIC void VQA_NAME(contours)(const uint8_t *steps, const uint8_t *from, const uint8_t *to, int n,
	struct vqa_detail *restrict detail)
{
	for (int x = 0; x < n; x += 8) { // there is room behind the last
		uint64_t any;
		memcpy(&any, steps + x, sizeof any);
		for (int i = x; any != 0 && i < x + 8 && i < n; i++) {
			if (steps[i] == 0)
				continue;
			detail->steps[steps[i]]++;
			detail->levels[from[i]]++;
			detail->levels[to[i]]++;
		}
	}
}

// A contour is a step between two stretches in each of which samples differ by
// no more than 1.

// step returns the step from a to b where it may be a contour, else 0. range is
// the larger of what is to be flat before and after.
STATIC uint8_t VQA_NAME(step)(uint8_t a, uint8_t b, uint8_t range)
{
	const uint8_t d = (uint8_t)((a > b ? a : b) - (a < b ? a : b));
	return range <= 1 && d >= VQA_LEAST_CONTOUR && d < VQA_CONTOUR_STEPS ? d : 0;
}

STATIC uint8_t VQA_NAME(max)(uint8_t a, uint8_t b) { return a > b ? a : b; }
STATIC uint8_t VQA_NAME(min)(uint8_t a, uint8_t b) { return a < b ? a : b; }

// along looks for contours along one line, with 4 flat samples before and after.
STATIC void VQA_NAME(along)(const uint8_t *line, int width, struct vqa_detail *restrict detail, uint8_t *restrict scratch)
{
	const int n = width - 9; // steps, the first from sample 3 to sample 6
	uint8_t *restrict const range = scratch, *restrict const steps = scratch + width;
	if (n <= 0)
		return;
	for (int x = 0; x < width - 3; x++) {
		const uint8_t a = line[x], b = line[x + 1], c = line[x + 2], d = line[x + 3];
		range[x] = (uint8_t)(VQA_NAME(max)(VQA_NAME(max)(a, b), VQA_NAME(max)(c, d)) -
			VQA_NAME(min)(VQA_NAME(min)(a, b), VQA_NAME(min)(c, d)));
	}
	for (int x = 0; x < n; x++)
		steps[x] = VQA_NAME(step)(line[x + 3], line[x + 6], VQA_NAME(max)(range[x], range[x + 6]));
	VQA_NAME(contours)(steps, line + 3, line + 6, n, detail);
}

// down looks for contours between the lines of a band, with 3 flat lines before
// and after.
STATIC void VQA_NAME(down)(const uint8_t *band, ptrdiff_t stride, int width, struct vqa_detail *restrict detail, uint8_t *restrict steps)
{
	const uint8_t *const a = band, *const b = a + stride, *const c = b + stride;
	const uint8_t *const f = band + 5 * stride, *const g = f + stride, *const h = g + stride;
	for (int x = 0; x < width; x++) {
		const uint8_t above = (uint8_t)(VQA_NAME(max)(VQA_NAME(max)(a[x], b[x]), c[x]) - VQA_NAME(min)(VQA_NAME(min)(a[x], b[x]), c[x]));
		const uint8_t below = (uint8_t)(VQA_NAME(max)(VQA_NAME(max)(f[x], g[x]), h[x]) - VQA_NAME(min)(VQA_NAME(min)(f[x], g[x]), h[x]));
		steps[x] = VQA_NAME(step)(c[x], f[x], VQA_NAME(max)(above, below));
	}
	VQA_NAME(contours)(steps, c, f, width, detail);
}

VQA_TARGET VQA_DETAIL_VARIANT(VQA_NAME(vqa_detail))
{
	VQA_NAME(tiles)(band, stride, previous, previous_stride, width, regions, detail);
	VQA_NAME(along)(band, width, detail, scratch);
	VQA_NAME(along)(band + VQA_BLOCK / 2 * stride, width, detail, scratch);
	VQA_NAME(down)(band, stride, width, detail, scratch);
}

#undef STATIC
#endif
