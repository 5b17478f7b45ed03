package measure

/*
#include "detail.h"
*/
import "C"

// Sizes of [DetailRow].
const (
	Scales        = C.VQA_SCALES
	residueBins   = C.VQA_RESIDUE_BINS
	sharpnessBins = C.VQA_SHARPNESS_BINS
	ContourSteps  = C.VQA_CONTOUR_STEPS

	RegionsAcross = C.VQA_REGIONS_ACROSS
	RegionsDown   = C.VQA_REGIONS_DOWN
)

// bandStep returns the distance of the bands that a [DetailRow] is made from, in
// bands: the odd number nearest to height/240, the smaller of two. There are 60 at
// most.
func bandStep(height int) int {
	return max(1, (height+479)/480*2-1)
}

// DetailRow describes the fine detail of luma in bands of 8 lines: all of them up to
// a height of 480, each third up to 960, each fifth up to 1440 and so on. They are
// taken apart into tiles of 8x8 samples, but for the first and the last of a line.
// Tiles with a mean luma below 24 or above 232 are left out: nothing is seen in them,
// and noise is clipped there.
//
// The residue of a tile at a distance is the mean of how far a sample is from the
// mean of the two, that far before and after it in its line. White noise of a
// standard deviation of 1 has a residue of 0.98 at all distances; a straight line
// has none, and the edge of a thing the more, the larger the distance.
type DetailRow struct {
	Tiles   uint32 // counted
	Regions [RegionsDown][RegionsAcross]Region

	// Noise counts tiles by their noise: the residue at distance 1, or 7/8 of the
	// mean absolute difference to the picture before, if that is less. Of noise that
	// is new in each picture both are the same. Bins are a quarter of a
	// code value; the last has all above as well. It is only Compared where there
	// is a picture before, of the same size and depth.
	Noise    [residueBins]uint32
	Compared bool

	// Sharpness counts the tiles with edges, those with a residue of 4 or more
	// at distance 8, by the residue at distance 2 divided by that, in
	// bins of 1/128. The last has all above as well.
	Sharpness [sharpnessBins]uint32

	// A contour is a step between two stretches in each of which samples differ
	// by 1 at most: of 4 samples along a line, or of 3 down a column; they are 3
	// samples apart. Contours is their number by the height of the step, 5 to
	// 63 code values, and Levels that of the samples on both sides, by value.
	// Places is where contours were looked for. A sharp one that is not straight
	// along or down counts in up to 3 places.
	Contours [ContourSteps]uint32
	Levels   [256]uint32
	Places   uint32
}

// leastEdges is how many tiles must have edges for the sharpness to be told.
const leastEdges = 20

// Sharpest returns how sharp the tenth of tiles with the sharpest edges is, so that
// what is in focus counts: a ratio, or -1 where there are too few.
func (d *DetailRow) Sharpest() float64 {
	var n uint32
	for _, c := range d.Sharpness {
		n += c
	}
	if n < leastEdges {
		return -1
	}
	want := 0.9 * float64(n)
	for i, c := range d.Sharpness {
		if c > 0 && float64(c) >= want {
			return (float64(i) + want/float64(c)) / float64(len(d.Sharpness))
		}
		want -= float64(c)
	}
	return 1
}

// A Region is a part of the picture of a [DetailRow]: of its tiles, those from
// across/8 of a line on, in bands from down/6 of the height on.
type Region struct {
	Tiles    uint32          // counted
	Residues [Scales]float32 // means over them, at distances of 1, 2, 4 and 8 samples
}

// A detailMeter has the scratch memory of the kernel.
type detailMeter struct {
	sums    C.struct_vqa_detail
	scratch []C.uint8_t
}

// measure measures f; prev is the picture before, alike, or nil.
func (m *detailMeter) measure(instructions C.int, f, prev *Frame, d *DetailRow) {
	if n := 18*f.Y.Width + 64; len(m.scratch) < n {
		m.scratch = make([]C.uint8_t, n)
	}
	m.sums = C.struct_vqa_detail{}
	step := bandStep(f.Y.Height)
	var before Plane
	if prev != nil {
		before = prev.Y
	}
	C.vqa_measure_detail(instructions, cPlane(f.Y), before.Data, C.ptrdiff_t(before.Stride),
		C.int(f.Depth), C.int(step), &m.sums, &m.scratch[0])
	d.Compared = prev != nil
	d.Places = contourPlaces(f.Y.Width, f.Y.Height)
	for y := range d.Regions {
		for x := range d.Regions[y] {
			sums, r := &m.sums.regions[y][x], &d.Regions[y][x]
			r.Tiles = uint32(sums.tiles)
			for k, sum := range sums.residues {
				r.Residues[k] = tileMean(uint32(sum), r.Tiles)
			}
			d.Tiles += r.Tiles
		}
	}
	for i, n := range m.sums.noise {
		d.Noise[i] = uint32(n)
	}
	for i, n := range m.sums.sharpness {
		d.Sharpness[i] = uint32(n)
	}
	for i, n := range m.sums.steps {
		d.Contours[i] = uint32(n)
	}
	for i, n := range m.sums.levels {
		d.Levels[i] = uint32(n)
	}
}

// tileMean returns the mean of all samples of n tiles, 0 for none.
func tileMean(sum, n uint32) float32 {
	if n == 0 {
		return 0
	}
	return float32(float64(sum) / float64(BlockSize*BlockSize*int(n)))
}

// contourPlaces returns where contours are looked for: along two lines of a band,
// and once down each column of it.
func contourPlaces(width, height int) uint32 {
	step := bandStep(height)
	bands := (height/BlockSize + step - 1) / step
	return uint32(bands * (2*max(0, width-9) + width))
}
