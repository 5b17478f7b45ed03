package uniform

import (
	"math"

	"github.com/vqa-project/vqa/detectors/measure"
)

// hues of what is yellow, cyan, green, magenta, red and blue: the angle of chroma in
// BT.601. In BT.709 they are up to 12 degrees away.
var hues = func() (hues [6]float64) {
	for i, rgb := range [6][3]float64{{1, 1, 0}, {0, 1, 1}, {0, 1, 0}, {1, 0, 1}, {1, 0, 0}, {0, 0, 1}} {
		luma := 0.299*rgb[0] + 0.587*rgb[1] + 0.114*rgb[2]
		hues[i] = math.Atan2((rgb[0]-luma)/1.402, (rgb[2]-luma)/1.772)
	}
	return hues
}()

// Orders of bars from left to right, as indices into hues.
var orders = [][len(hues)]int{
	{0, 1, 2, 3, 4, 5}, // ITU-R BT.471: by luma
	{4, 2, 0, 5, 3, 1}, // FFmpeg's testsrc2: by the bits of red, green and blue
	{1, 3, 5, 0, 2, 4}, // the other way round, in the middle of testsrc
}

const (
	hueTolerance = 16 * math.Pi / 180
	minChroma    = 20 // code values from grey; bars of 75 % have 55 and more
	steady       = 3  // code values that a bar may vary from line to line
	bandHeight   = 2  // in chroma cells: 1/9 of the picture
	maxEdge      = 3  // chroma cells from the last of a bar to the first of the next
	minBarCells  = 2  // of chroma, that is 1/16 of the picture, wholly inside a bar
)

// A band is the columns of some lines of chroma cells.
type band [measure.ChromaWidth]struct {
	colour
	same bool // from top to bottom
}

// findBars looks for the six colours, side by side in a band of the picture, or for
// stripes. The colour that it returns is the mean of the whole picture.
func findBars(t *measure.ThumbRow) (colour, bool) {
	if stripes(t) {
		return mean(t), true
	}
	var b band
	for top := 0; top+bandHeight <= measure.ChromaHeight; top++ {
		for x := range b {
			b[x].colour, b[x].same = column(t, top, x)
		}
		for i := range orders {
			if b.has(&orders[i], i == 0) {
				return mean(t), true
			}
		}
	}
	return colour{}, false
}

// stripes reports whether the picture is three stripes of red, green and blue, one below the
// other, as FFmpeg's rgbtestsrc: whatever has a hue has the one of its stripe, and half of
// each has one.
func stripes(t *measure.ThumbRow) bool {
	const height, edge = measure.ChromaHeight / 3, 1 // cells
	for i, hue := range [...]float64{hues[4], hues[2], hues[5]} {
		n := 0
		for y := i*height + edge; y < (i+1)*height-edge; y++ {
			for x := range t.U[y] {
				c := colour{u: float64(t.U[y][x]) / 256, v: float64(t.V[y][x]) / 256}
				switch {
				case c.hasHue(hue):
					n++
				case math.Hypot(c.u-grey, c.v-grey) >= minChroma:
					return false
				}
			}
		}
		if 2*n < (height-2*edge)*measure.ChromaWidth {
			return false
		}
	}
	return true
}

// has looks for bars in an order, each darker than the one before where they descend.
func (b *band) has(order *[len(hues)]int, descend bool) bool {
	var (
		bar     = -1 // number of the colour that the last cell had
		last    = 0  // that cell
		luma    float64
		lengths [len(hues)]int // in cells
	)
	for x := range b {
		c := &b[x]
		if !c.same {
			continue // the edge between two bars, or nothing
		}
		isNext := bar+1 < len(order) && c.hasHue(hues[order[bar+1]])
		switch {
		case bar >= 0 && c.hasHue(hues[order[bar]]):
		case isNext && (bar < 0 || (c.y < luma || !descend) && x-last <= maxEdge):
			bar++
		case alike(lengths):
			return true
		case c.hasHue(hues[order[0]]):
			bar, lengths = 0, [len(hues)]int{}
		default:
			bar, lengths = -1, [len(hues)]int{}
			continue
		}
		lengths[bar]++
		last, luma = x, c.y
	}
	return alike(lengths)
}

// alike reports whether all bars are there, wide enough and of one width.
func alike(lengths [len(hues)]int) bool {
	least, most := lengths[0], lengths[0]
	for _, n := range lengths {
		least, most = min(least, n), max(most, n)
	}
	return least >= minBarCells && most-least <= 2
}

// column returns the colour of one column of a band, if it is the same from
// top to bottom.
func column(t *measure.ThumbRow, top, x int) (colour, bool) {
	const limit = steady * 256
	u, v, y := t.U[top][x], t.V[top][x], t.Y[2*top][2*x]
	for i := range bandHeight {
		if apart(t.U[top+i][x], u) > limit || apart(t.V[top+i][x], v) > limit {
			return colour{}, false
		}
	}
	for i := range 2 * bandHeight {
		if apart(t.Y[2*top+i][2*x], y) > limit || apart(t.Y[2*top+i][2*x+1], y) > limit {
			return colour{}, false
		}
	}
	return colour{float64(y) / 256, float64(u) / 256, float64(v) / 256}, true
}

func (c colour) hasHue(hue float64) bool {
	u, v := c.u-grey, c.v-grey
	if math.Hypot(u, v) < minChroma {
		return false
	}
	d := math.Abs(math.Atan2(v, u) - hue)
	return min(d, 2*math.Pi-d) <= hueTolerance
}

func apart(a, b uint16) int { return max(int(a), int(b)) - min(int(a), int(b)) }

// mean returns the mean colour of a picture.
func mean(t *measure.ThumbRow) (c colour) {
	for y := range t.Y {
		for x := range t.Y[y] {
			c.y += float64(t.Y[y][x])
		}
	}
	for y := range t.U {
		for x := range t.U[y] {
			c.u += float64(t.U[y][x])
			c.v += float64(t.V[y][x])
		}
	}
	c.y /= 256 * measure.ThumbWidth * measure.ThumbHeight
	c.u /= 256 * measure.ChromaWidth * measure.ChromaHeight
	c.v /= 256 * measure.ChromaWidth * measure.ChromaHeight
	return c
}
