package corruption

import (
	"math"
	"time"

	"github.com/vqa-project/vqa/detectors/measure"
)

// What is seen in one picture. "On" is at the borders of macroblocks, "half" at
// those of the 8x8 blocks inside of them, "off" where no codec has a border.
// What is new or gone is so against the last seconds.
const (
	contrastTop       = iota // of cells, on over off: the value that 0.5 % of them exceed
	contrastHigh             // 2 %
	excessTop                // of cells, on less off, 0.5 %, less where off is larger
	excessHigh               // 2 %
	excessShare              // share of cells with much of it
	newTop                   // growth of the excess, 0.5 % of cells
	newHigh                  // 2 %
	newShare                 // share of cells with much of it
	goneShare                // share of cells that lost as much
	ratio                    // of the whole picture: logarithm of on over off
	halfRatio                // of half over off
	excess                   // on less off
	beyondHalf               // on less half
	strongRatio              // the same of strong steps
	strongExcess             //
	strongBoth               // the smaller excess of vertical and horizontal edges
	changeRatio              // the same of the change since the picture before
	changeExcess             //
	strongChangeRatio        //
	strongChange             // on less half
	strongChangeBoth         //
	difference               // mean difference to the picture before

	evidences
)

// features is how many numbers describe a tick: three for each evidence.
const features = 3 * evidences

// memory is how far back, more or less, the usual excess of a cell comes from.
const memory = 2 * time.Second

// A region is a part of the picture, in samples.
type region struct{ left, top, right, bottom int }

// A looker makes the evidence of pictures in their order.
type looker struct {
	across, down, side int   // of the cells that usual is of
	pictures           int64 // in usual
	usual              [maxCells]float32
	contrast, excess   [maxCells]float32 // scratch
	growth             [maxCells]float32
	shot               shot
}

// A shot is what is shown since the last cut.
type shot struct {
	begun      bool    // there was a cut
	pictures   int     // since
	difference float32 // the usual between its pictures
	first      [maxCells]bool
}

// A cut is a picture that differs from the one before by cutDifference in the
// mean, and by cutRatio times as much as those before do. Which cells look damaged
// from the beginning is seen in firstPictures after it: a coder may need some to
// be sharp.
const (
	cutDifference = 25
	cutRatio      = 3
	firstPictures = 3
)

const maxCells = measure.MaxCells * measure.MaxCells

// picture returns the evidence, and what of the picture looks damaged.
func (l *looker) picture(p *measure.Picture) (e [evidences]float32, d damaged) {
	g := &p.Grid
	n := g.Across * g.Down
	if g.Across != l.across || g.Down != l.down || g.CellSide != l.side {
		*l = looker{across: g.Across, down: g.Down, side: g.CellSide}
	}
	if n == 0 {
		return e, d
	}
	l.pictures++
	l.shot.picture(p)
	rate := float32(max(1/float64(l.pictures), 1-math.Exp(-p.Duration.Seconds()/memory.Seconds())))
	size := float32(g.CellSide*g.CellSide) / 1024
	for i := range n {
		on, off := g.Cells[i].On/size, g.Cells[i].Off/size
		x := min(on-off, 60)
		l.contrast[i] = (on - off) / (8 + off)
		l.excess[i] = on - off
		l.growth[i] = (x - l.usual[i]) / (8 + off)
		l.usual[i] += rate * (x - l.usual[i])
		if on-off > 10 {
			e[excessShare] += 1 / float32(n)
		}
		if on-off < -10 {
			e[excessShare] -= 1 / float32(n)
		}
		if l.growth[i] > 1 {
			e[newShare] += 1 / float32(n)
		}
		if l.growth[i] < -1 {
			e[goneShare] += 1 / float32(n)
		}
		if l.contrast[i] > 1 && on-off > 10 {
			d.area += 1 / float32(n)
			if l.shot.has(i) {
				d.fromCut += 1 / float32(n)
			}
			d.region = d.region.with(i%g.Across*g.CellSide, i/g.Across*g.CellSide, g.CellSide, p)
		}
	}
	if u := unset(p); u.area > 0 {
		d.unset = u.area
		if u.area > d.area {
			d.area, d.fromCut, d.region = u.area, 0, u.region
		}
	}
	top, high := n/200, n/50
	e[contrastTop], e[contrastHigh] = nth(l.contrast[:n], n-1-top), nth(l.contrast[:n], n-1-high)
	e[excessTop] = nth(l.excess[:n], n-1-top) + nth(l.excess[:n], top)
	e[excessHigh] = nth(l.excess[:n], n-1-high) + nth(l.excess[:n], high)
	e[newTop], e[newHigh] = nth(l.growth[:n], n-1-top), nth(l.growth[:n], n-1-high)

	on, half, off, _ := places(&g.Steps.Vertical, &g.Steps.Horizontal)
	e[ratio], e[halfRatio], e[excess], e[beyondHalf] = logRatio(on, off), logRatio(half, off), on-off, on-half
	on, _, off, both := places(&g.Steps.StrongVertical, &g.Steps.StrongHorizontal)
	e[strongRatio], e[strongExcess], e[strongBoth] = logRatio(on, off), on-off, both
	on, _, off, _ = places(&g.Changes.Vertical, &g.Changes.Horizontal)
	e[changeRatio], e[changeExcess] = logRatio(on, off), on-off
	on, half, off, both = places(&g.Changes.StrongVertical, &g.Changes.StrongHorizontal)
	e[strongChangeRatio], e[strongChange], e[strongChangeBoth] = logRatio(on, off), on-half, both
	e[difference] = p.Difference.Mean
	return e, d
}

// damaged says what of a picture looks damaged.
type damaged struct {
	area    float32 // share of its cells
	fromCut float32 // of these, those that looked so in the first pictures of the shot, as a share of all
	region  region  // around them
	unset   float32 // share of the picture that no decoder wrote to
}

// unsetChroma is less than both chroma samples of any colour: of all that can be
// seen, green is least, with 21 and 43 (BT.601, full range), 12 and 30 (BT.709).
const unsetChroma = 16 * 256

// unset finds where memory shows that no decoder wrote to, dark green: all samples
// are 0. Where all of the picture is, it is one colour, and not damaged.
func unset(p *measure.Picture) (d damaged) {
	if p.ChromaWidth == 0 {
		return d
	}
	const across, down = measure.ChromaWidth, measure.ChromaHeight
	count := 0
	for y := range down {
		for x := range across {
			if p.Thumb.U[y][x] < unsetChroma && p.Thumb.V[y][x] < unsetChroma {
				count++
				d.region = d.region.joined(region{x * p.Width / across, y * p.Height / down,
					(x + 1) * p.Width / across, (y + 1) * p.Height / down})
			}
		}
	}
	if count < across*down {
		d.area = float32(count) / (across * down)
	}
	return d
}

// picture takes note of the next picture.
func (s *shot) picture(p *measure.Picture) {
	d := p.Difference.Mean
	if d >= cutDifference && d >= cutRatio*s.difference {
		*s = shot{begun: true}
		return
	}
	s.pictures++
	s.difference += (d - s.difference) / float32(min(s.pictures, 10))
}

// has reports whether cell i, which looks damaged, did so from the cut on.
func (s *shot) has(i int) bool {
	if s.begun && s.pictures < firstPictures {
		s.first[i] = true
	}
	return s.first[i]
}

// with returns the smallest region with r and a cell of the picture in it.
func (r region) with(x, y, side int, p *measure.Picture) region {
	return r.joined(region{x, y, min(x+side, p.Width), min(y+side, p.Height)})
}

// joined returns the smallest region with r, which may be empty, and another.
func (r region) joined(o region) region {
	if r.right == 0 {
		return o
	}
	return region{min(r.left, o.left), min(r.top, o.top), max(r.right, o.right), max(r.bottom, o.bottom)}
}

// places returns the means of steps on, half and off the grid, and the smaller
// excess of vertical and horizontal edges.
func places(vertical, horizontal *[measure.Phases]float32) (on, half, off, both float32) {
	var offs [2]float32
	for i, s := range []*[measure.Phases]float32{vertical, horizontal} {
		for _, phase := range [...]int{2, 3, 5, 6, 10, 11, 13, 14} {
			offs[i] += s[phase] / 8
		}
	}
	return vertical[0] + horizontal[0], vertical[8] + horizontal[8], offs[0] + offs[1],
		min(vertical[0]-offs[0], horizontal[0]-offs[1])
}

// logRatio is held near 0 where there are hardly any steps.
func logRatio(a, b float32) float32 { return float32(math.Log(float64((a + 0.02) / (b + 0.02)))) }

// nth returns the value that would be at index k were values sorted, and leaves
// them in another order.
func nth(values []float32, k int) float32 {
	low, high := 0, len(values)-1
	for low < high {
		pivot := values[(low+high)/2]
		i, j := low, high
		for i <= j {
			for values[i] < pivot {
				i++
			}
			for values[j] > pivot {
				j--
			}
			if i <= j {
				values[i], values[j] = values[j], values[i]
				i++
				j--
			}
		}
		switch {
		case k <= j:
			high = j
		case k >= i:
			low = i
		default:
			return values[k]
		}
	}
	return values[k]
}
