package measure

/*
#include "pair.h"
*/
import "C"

import (
	"math"
	"unsafe"
)

// pairBlock is the side of the blocks that windows are put together from.
const pairBlock = C.VQA_PAIR_BLOCK

// maxPairDepth is the largest depth that the sums of a block have room for.
const maxPairDepth = 12

// An Area is a part of a picture, in samples of its luma.
type Area struct{ X, Y, Width, Height int }

// A PairRow says how alike the luma of two pictures is.
type PairRow struct {
	// MSE is the mean squared difference, with the largest code value of
	// the depth taken as 255.
	MSE float64

	// SSIM is the structural similarity of Wang et al. (2004), as FFmpeg's
	// filter ssim has it: the mean over windows of 8x8 samples that are 4
	// apart, all of the same weight. It is 1 where the pictures are equal,
	// and in pictures smaller than one window says no more than that.
	SSIM float64

	Width, Height int // at which they were compared
	Scaled        bool
}

// PSNR returns the peak signal-to-noise ratio in dB for a mean squared
// difference of which 255 is the peak, as FFmpeg's filter psnr has it: infinite
// for 0.
func PSNR(mse float64) float64 {
	return 10 * math.Log10(255*255/mse)
}

// A PairMeter compares pictures of two streams. It is not for concurrent use.
type PairMeter struct {
	instructions C.int
	a, b         []uint16 // scaled
	sums         []C.uint64_t
	columns      []C.uint32_t
	above, below []C.struct_vqa_pair_block // the blocks of two bands
}

// NewPair returns a meter.
func NewPair() *PairMeter { return &PairMeter{instructions: C.vqa_instructions()} }

// Measure compares area aArea of a with bArea of b; an area without a size is
// the whole picture. Parts of another size are both scaled to the smaller
// width and the smaller height by area means, and other depths are brought to
// the larger one, of at most 12 bits. It reports whether there was anything to
// compare.
func (m *PairMeter) Measure(a, b *Frame, aArea, bArea Area) (PairRow, bool) {
	aArea, okA := aArea.within(a)
	bArea, okB := bArea.within(b)
	if !okA || !okB {
		return PairRow{}, false
	}
	w, h := min(aArea.Width, bArea.Width), min(aArea.Height, bArea.Height)
	depth := min(max(a.Depth, b.Depth), maxPairDepth)
	pa, pb := a.Y.part(aArea, a.Depth), b.Y.part(bArea, b.Depth)
	row := PairRow{Width: w, Height: h, Scaled: aArea.Width != bArea.Width || aArea.Height != bArea.Height}
	if row.Scaled || a.Depth != b.Depth || depth != a.Depth {
		pa = m.scale(&a.Y, a.Depth, aArea, &m.a, w, h, depth)
		pb = m.scale(&b.Y, b.Depth, bArea, &m.b, w, h, depth)
		m.compare(&row, pa, pb, 16, depth)
		return row, true
	}
	bits := 8
	if depth > 8 {
		bits = 16
	}
	m.compare(&row, pa, pb, bits, depth)
	return row, true
}

// within returns the part of f that the area names.
func (a Area) within(f *Frame) (Area, bool) {
	if !f.measurable(f.Y) {
		return a, false
	}
	if a == (Area{}) {
		a = Area{Width: f.Y.Width, Height: f.Y.Height}
	}
	ok := a.X >= 0 && a.Y >= 0 && a.Width > 0 && a.Height > 0 && a.X+a.Width <= f.Y.Width && a.Y+a.Height <= f.Y.Height
	return a, ok
}

// part returns the plane that an area of p is.
func (p Plane) part(a Area, depth int) Plane {
	bytes := 1
	if depth > 8 {
		bytes = 2
	}
	return Plane{Data: unsafe.Add(p.Data, a.Y*p.Stride+a.X*bytes), Stride: p.Stride, Width: a.Width, Height: a.Height}
}

// scale brings an area to a size and a depth.
func (m *PairMeter) scale(p *Plane, depth int, a Area, to *[]uint16, w, h, toDepth int) Plane {
	if len(*to) < w*h {
		*to = make([]uint16, w*h)
	}
	if len(m.sums) < a.Width {
		m.sums = make([]C.uint64_t, a.Width)
	}
	C.vqa_scale(cPlane(*p), C.int(depth), C.int(a.X), C.int(a.Y), C.int(a.Width), C.int(a.Height),
		(*C.uint16_t)(&(*to)[0]), C.int(w), C.int(h), C.int(toDepth), &m.sums[0])
	return Plane{Data: unsafe.Pointer(&(*to)[0]), Stride: 2 * w, Width: w, Height: h}
}

// compare measures two planes of the same size, band by band.
func (m *PairMeter) compare(row *PairRow, a, b Plane, bits, depth int) {
	blocks := a.Width / pairBlock
	if len(m.columns) < 4*a.Width {
		m.columns = make([]C.uint32_t, 4*a.Width)
	}
	if len(m.above) < blocks+1 {
		m.above = make([]C.struct_vqa_pair_block, blocks+1)
		m.below = make([]C.struct_vqa_pair_block, blocks+1)
	}
	var differences uint64
	var similarity float64
	windows := 0
	s := newSimilarity(depth)
	for y := 0; y < a.Height; y += pairBlock {
		lines := min(pairBlock, a.Height-y)
		m.above, m.below = m.below, m.above
		differences += uint64(C.vqa_pair_band(m.instructions, C.int(bits),
			unsafe.Add(a.Data, y*a.Stride), C.ptrdiff_t(a.Stride),
			unsafe.Add(b.Data, y*b.Stride), C.ptrdiff_t(b.Stride),
			C.int(a.Width), C.int(lines), &m.below[0], &m.columns[0]))
		if y == 0 || lines < pairBlock {
			continue
		}
		for i := 1; i < blocks; i++ {
			similarity += s.of(&m.above[i-1], &m.above[i], &m.below[i-1], &m.below[i])
			windows++
		}
	}
	peak := float64(uint(1)<<depth - 1)
	row.MSE = float64(differences) / float64(a.Width*a.Height) * (255 / peak) * (255 / peak)
	row.SSIM = similarity / float64(windows)
	if windows == 0 {
		row.SSIM = 0
		if differences == 0 {
			row.SSIM = 1
		}
	}
}

// A similarity has the constants of SSIM for sums over the 64 samples of a
// window.
type similarity struct{ c1, c2 float64 }

func newSimilarity(depth int) similarity {
	peak := float64(uint(1)<<depth - 1)
	// With the 63 of a sample variance, as in FFmpeg.
	return similarity{math.Floor(0.01*0.01*peak*peak*64 + 0.5), math.Floor(0.03*0.03*peak*peak*64*63 + 0.5)}
}

// of returns the SSIM of the window that four blocks make.
func (s similarity) of(p, q, r, t *C.struct_vqa_pair_block) float64 {
	a := float64(p.a + q.a + r.a + t.a)
	b := float64(p.b + q.b + r.b + t.b)
	squares := float64(uint64(p.squares) + uint64(q.squares) + uint64(r.squares) + uint64(t.squares))
	products := float64(uint64(p.products) + uint64(q.products) + uint64(r.products) + uint64(t.products))
	// Whole numbers below 2^53 but for the last two products: exact.
	variances := squares*64 - a*a - b*b
	covariance := products*64 - a*b
	return (2*a*b + s.c1) * (2*covariance + s.c2) / ((a*a + b*b + s.c1) * (variances + s.c2))
}
