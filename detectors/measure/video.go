package measure

/*
// In ISO C, multiplication and addition are not fused.
#cgo CFLAGS: -std=c11 -O3 -Wall -Wextra
#include "kernels.h"
#include "borders.h"
#include "fields.h"
*/
import "C"

import (
	"math"
	"math/bits"
	"unsafe"
)

// maxSide is the largest width and height that the kernels' sums have room
// for. [DifferenceRow] could not name a block beyond it either.
const maxSide = math.MaxUint16

// greyCell is the chroma cell of a picture without colour.
const greyCell = 128 * 256

// A VideoMeter measures the pictures of one stream. It is not for concurrent
// use.
type VideoMeter struct {
	set             Set
	instructions    C.int
	sums            C.struct_vqa_sums
	columns         []C.uint32_t // scratch, one per sample of the widest line
	grid            C.struct_vqa_grid
	scratch         []C.int16_t // of the grid
	faces           *faceFollower
	detail          detailMeter
	fieldSums       C.struct_vqa_fields
	informationSums C.struct_vqa_information
	bars            C.struct_vqa_borders
	narrow          []C.uint8_t // lines in 8 bits, where the picture has more
}

// NewVideo returns a meter for what set names of [Pictures].
func NewVideo(set Set) *VideoMeter {
	v := &VideoMeter{set: set & Pictures, instructions: C.vqa_instructions()}
	if set.Has(Faces) {
		v.faces = newFaceFollower()
		v.set |= Difference // which tells them where a shot begins
	}
	return v
}

// LineStep returns the distance of the lines that [LumaRow] is made from, in a
// picture of that height: the odd number nearest to height/160, the smaller of
// two. It is odd so that both fields of interlaced pictures are seen.
func LineStep(height int) int {
	return max(1, (height+319)/320*2-1)
}

// Measure fills Luma, Difference, Edges, Thumb, Grid, Face, Borders, Fields, Detail and
// Information of row, as far as they are in the meter's set, and zeroes the others. It
// touches no other field, and reads PTS and FullRange. prev is the picture before, or nil; where the size or the depth
// of its luma is not that of cur, there is no difference, and no motion.
//
// The planes are read in place. A picture that is not what [Frame] describes
// (no luma, no size, sides over 65535, words at odd addresses) measures as
// zero.
func (v *VideoMeter) Measure(cur, prev *Frame, row *Picture) {
	row.Luma, row.Difference, row.Edges, row.Thumb = LumaRow{}, DifferenceRow{}, EdgesRow{}, ThumbRow{}
	row.Grid, row.Face = GridRow{}, FaceRow{}
	row.Borders, row.Fields, row.Information, row.Detail = BordersRow{}, FieldsRow{}, InformationRow{}, DetailRow{}
	if v.set == 0 || !cur.measurable(cur.Y) {
		return
	}
	if prev != nil && !alike(cur, prev) {
		prev = nil
	}
	v.planes(cur, prev, row)
	if v.faces != nil {
		v.faces.measure(cur, prev, row)
	}
}

// planes measures all but faces. prev is nil where there is nothing to compare
// with.
func (v *VideoMeter) planes(cur, prev *Frame, row *Picture) {
	set := v.set
	comparable := prev != nil
	if !comparable {
		set &^= Difference
	}
	if set.Has(Fields | Information) {
		v.fields(set, cur, prev, row)
	}
	if set.Has(Borders) {
		row.Borders = v.borders(cur, row.FullRange)
	}
	if set.Has(Detail) {
		v.detail.measure(v.instructions, cur, prev, &row.Detail)
	}
	if set &^= Faces | Borders | Fields | Information | Detail; set == 0 {
		return
	}
	p := C.struct_vqa_picture{
		y:         cPlane(cur.Y),
		depth:     C.int32_t(cur.Depth),
		line_step: C.int32_t(LineStep(cur.Y.Height)),
	}
	widest := cur.Y.Width
	if comparable && set.Has(Difference|Grid) {
		p.previous, p.previous_stride = prev.Y.Data, C.ptrdiff_t(prev.Y.Stride)
	}
	if set.Has(Thumbs) {
		if cur.measurable(cur.U) {
			p.u, widest = cPlane(cur.U), max(widest, cur.U.Width)
		}
		if cur.measurable(cur.V) {
			p.v, widest = cPlane(cur.V), max(widest, cur.V.Width)
		}
	}
	if len(v.columns) < widest {
		v.columns = make([]C.uint32_t, widest)
	}

	if set.Has(Grid) {
		whole := func(n int) int { return (n + Phases - 1) / Phases * Phases }
		n := 6*whole(cur.Y.Width) + (2*C.VQA_LINES+3)*whole(cur.Y.Width/BlockSize)
		if len(v.scratch) < n {
			v.scratch = make([]C.int16_t, n)
		}
		clear(v.scratch)
		p.scratch = &v.scratch[0]
		v.grid = C.struct_vqa_grid{cell_shift: C.int32_t(cellShift(cur.Y.Width, cur.Y.Height))}
		v.grid.cells_across = C.int32_t(cells(cur.Y.Width, int(v.grid.cell_shift)))
	}

	C.vqa_measure(v.instructions, C.uint(set), p, &v.sums,
		(*C.uint32_t)(&row.Luma.Histogram[0]), (*C.uint16_t)(&row.Thumb.Y[0][0]), &v.columns[0], &v.grid)

	if set.Has(Luma) {
		row.Luma.summarize()
	}
	if set.Has(Difference) {
		v.difference(cur, &row.Difference)
	}
	if set.Has(Edges) {
		s := &v.sums
		row.Edges = edges(cur, uint64(s.on_horizontal), uint64(s.off_horizontal),
			uint64(s.on_vertical), uint64(s.off_vertical))
	}
	if set.Has(Grid) {
		v.gridRow(cur, comparable, &row.Grid)
	}
	if set.Has(Thumbs) {
		if p.u.data == nil {
			fill(&row.Thumb.U, greyCell)
		}
		if p.v.data == nil {
			fill(&row.Thumb.V, greyCell)
		}
	}
}

func (v *VideoMeter) difference(f *Frame, d *DifferenceRow) {
	w, h, s := f.Y.Width, f.Y.Height, &v.sums
	*d = DifferenceRow{
		Valid:    true,
		Mean:     meanStep(uint64(s.difference), w*h, f.Depth),
		Largest:  meanStep(uint64(s.largest), BlockSize*BlockSize, f.Depth),
		LargestX: uint16(s.largest_x),
		LargestY: uint16(s.largest_y),
		Blocks:   uint32((w / BlockSize) * (h / BlockSize)),
	}
	for i, n := range s.above {
		d.Above[i] = uint32(n)
	}
}

// edges divides sums of steps by their numbers.
func edges(f *Frame, onH, offH, onV, offV uint64) EdgesRow {
	w, h := f.Y.Width, f.Y.Height
	gridX, gridY, lines := (w-1)/BlockSize, (h-1)/BlockSize, 0
	for y := range h {
		if edgeLine(y) {
			lines++
		}
	}
	return EdgesRow{
		OnHorizontal:  meanStep(onH, gridX*lines, f.Depth),
		OffHorizontal: meanStep(offH, (w-1-gridX)*lines, f.Depth),
		OnVertical:    meanStep(onV, gridY*w, f.Depth),
		OffVertical:   meanStep(offV, (lines-1-gridY)*w, f.Depth),
	}
}

// edgeLine says whether [EdgesRow] has the steps along line y and to it from
// the line above: of each 8 the first, which is on the grid, and 3 others. Both
// fields of interlaced pictures are among them.
func edgeLine(y int) bool { return C.VQA_EDGE_LINES>>(y%BlockSize)&1 != 0 }

// meanStep returns the mean of n steps on the scale of 8 bits, 0 for none.
func meanStep(sum uint64, n, depth int) float32 {
	if n == 0 {
		return 0
	}
	return float32(float64(sum) / float64(n<<(depth-8)))
}

// summarize computes all else from the histogram.
func (l *LumaRow) summarize() {
	var n, sum, squares uint64
	l.Min, l.Max = 255, 0
	for v, c := range l.Histogram {
		if c == 0 {
			continue
		}
		l.Min, l.Max = min(l.Min, uint8(v)), max(l.Max, uint8(v))
		n += uint64(c)
		sum += uint64(c) * uint64(v)
		squares += uint64(c) * uint64(v*v)
	}
	l.Samples = uint32(n)
	l.Mean = float32(float64(sum) / float64(n))

	// The variance is (n squares - sum sum) / nn; in 128 bits nothing cancels.
	aHigh, aLow := bits.Mul64(n, squares)
	bHigh, bLow := bits.Mul64(sum, sum)
	low, borrow := bits.Sub64(aLow, bLow, 0)
	high, _ := bits.Sub64(aHigh, bHigh, borrow)
	l.StdDev = float32(math.Sqrt(float64(high)*0x1p64+float64(low)) / float64(n))
}

// measurable reports whether p, of f, is a plane that the kernels can read.
func (f *Frame) measurable(p Plane) bool {
	if p.Data == nil || p.Width < 1 || p.Height < 1 || p.Width > maxSide || p.Height > maxSide {
		return false
	}
	switch {
	case f.Depth == 8:
		return true
	case f.Depth > 8 && f.Depth <= 16:
		return uintptr(p.Data)&1 == 0 && p.Stride&1 == 0
	}
	return false
}

// alike reports whether a and b have luma of the same geometry.
func alike(a, b *Frame) bool {
	return a.Y.Width == b.Y.Width && a.Y.Height == b.Y.Height && a.Depth == b.Depth && b.measurable(b.Y)
}

func cPlane(p Plane) C.struct_vqa_plane {
	return C.struct_vqa_plane{
		data:   p.Data,
		stride: C.ptrdiff_t(p.Stride),
		width:  C.int32_t(p.Width),
		height: C.int32_t(p.Height),
	}
}

func fill(cells *[ChromaHeight][ChromaWidth]uint16, v uint16) {
	for y := range cells {
		for x := range cells[y] {
			cells[y][x] = v
		}
	}
}

// The kernels write the three arrays of a thumb as one.
var _ = [1]struct{}{}[unsafe.Sizeof(ThumbRow{})-2*(ThumbWidth*ThumbHeight+2*ChromaWidth*ChromaHeight)]

// instructionSet is one of the variants of the kernels.
type instructionSet struct {
	name string
	id   C.int
}

// instructionSets lists those that this machine can run.
func instructionSets() []instructionSet {
	sets := []instructionSet{{"baseline", C.VQA_BASELINE}}
	if C.vqa_instructions() == C.VQA_AVX2 {
		sets = append(sets, instructionSet{"avx2", C.VQA_AVX2})
	}
	return sets
}
