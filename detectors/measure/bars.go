package measure

/*
#include "pair.h"
*/
import "C"

// A BarsMeter finds the black bars around the pictures of one stream: lines
// and columns at the edges whose mean is black in all pictures that it was
// shown. A few of them a second are enough. It is not for concurrent use.
type BarsMeter struct {
	width, height  int
	lines, columns []float64 // lightest means, on the scale of 8 bits
	lineSums       []C.uint64_t
	columnSums     []C.uint64_t
}

const (
	// barLevel is how much lighter than black, in 8 bit code values, a line
	// of a bar may be on average: coding adds a little at its edge.
	barLevel = 3

	// maxBars is the share of a side that both bars may take. A picture that
	// is blacker than that tells nothing.
	maxBars = 0.6
)

// Add looks at a picture. One of another size starts anew. black is the code
// value of black: 16, or 0 in full range.
func (b *BarsMeter) Add(f *Frame, black float64) {
	if !f.measurable(f.Y) {
		return
	}
	if w, h := f.Y.Width, f.Y.Height; w != b.width || h != b.height {
		*b = BarsMeter{width: w, height: h, lines: make([]float64, h), columns: make([]float64, w),
			lineSums: make([]C.uint64_t, h), columnSums: make([]C.uint64_t, w)}
	}
	C.vqa_line_sums(cPlane(f.Y), C.int(f.Depth), &b.lineSums[0], &b.columnSums[0])
	scale := float64(uint(1) << (f.Depth - 8))
	for y, sum := range b.lineSums {
		b.lines[y] = max(b.lines[y], float64(sum)/float64(b.width)/scale-black)
	}
	for x, sum := range b.columnSums {
		b.columns[x] = max(b.columns[x], float64(sum)/float64(b.height)/scale-black)
	}
}

// Size returns the size of the pictures.
func (b *BarsMeter) Size() (width, height int) { return b.width, b.height }

// Area returns the part of the picture between the bars.
func (b *BarsMeter) Area() Area {
	y0, y1 := between(b.lines)
	x0, x1 := between(b.columns)
	return Area{X: x0, Y: y0, Width: x1 - x0, Height: y1 - y0}
}

// between returns the lines that are between bars: all of them where none
// would be left.
func between(means []float64) (from, to int) {
	n := len(means)
	from, to = 0, n
	for from < n && means[from] <= barLevel {
		from++
	}
	for to > from && means[to-1] <= barLevel {
		to--
	}
	if float64(to-from) < (1-maxBars)*float64(n) {
		return 0, n
	}
	return from, to
}
