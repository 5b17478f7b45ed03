package flash

import "time"

// together is how long cells may take to change one after the other.
const together = 180 * time.Millisecond

// dominance is how many times as many cells must change in one direction as in
// the other. Where a camera pans, about as many get brighter as darker.
const dominance = 3

// A direction is that of a change.
type direction int8

const (
	none direction = iota
	up
	down
)

// A grid finds, in the values of cells, changes that many of them make.
type grid struct {
	width, height             int
	change, darker            float32
	windowWidth, windowHeight int

	cells  []cell
	last   direction // of the change before
	sums   []int     // scratch: of cells above and left
	primed bool
}

// A cell is between its last change and the next.
type cell struct {
	low, high float32   // since the last change
	last      direction // of the last change
	changed   direction // one that no change of many has used up
	at        time.Duration
}

func newGrid(width, height int, change, darker, window float64) *grid {
	return &grid{
		width: width, height: height, change: float32(change), darker: float32(darker),
		windowWidth: int(float64(width)*window + 0.5), windowHeight: int(float64(height)*window + 0.5),
		cells: make([]cell, width*height),
		sums:  make([]int, (width+1)*(height+1)),
	}
}

// add takes the values of a picture at a time. It reports whether more than the
// share maxArea of the window has changed in the direction opposite to the
// change before, and the share.
func (g *grid) add(values []float32, at time.Duration, maxArea float64) (area float64, changed bool) {
	if !g.primed {
		g.primed, g.last = true, none
		for i, v := range values {
			g.cells[i] = cell{low: v, high: v}
		}
		return 0, false
	}
	var moved [3]int // by direction
	for i, v := range values {
		c := &g.cells[i]
		c.add(v, at, g.change, g.darker)
		if c.changed != none && at-c.at > together {
			c.changed = none
		}
		moved[c.changed]++
	}
	for _, d := range []direction{up, down} {
		window := float64(g.windowWidth * g.windowHeight)
		if d == g.last || float64(moved[d]) <= maxArea*window || moved[d] < dominance*moved[up+down-d] {
			continue
		}
		if area = float64(g.densest(d)) / window; area > maxArea {
			g.last = d
			for i := range g.cells {
				g.cells[i].changed = none
			}
			return area, true
		}
	}
	return 0, false
}

// add takes the value of a picture.
func (c *cell) add(v float32, at time.Duration, change, darker float32) {
	c.low, c.high = min(c.low, v), max(c.high, v)
	switch {
	case c.last != up && v-c.low >= change && c.low < darker:
		c.last, c.changed, c.at = up, up, at
		c.low, c.high = v, v
	case c.last != down && c.high-v >= change && v < darker:
		c.last, c.changed, c.at = down, down, at
		c.low, c.high = v, v
	}
}

// densest returns the largest number of cells within a window that have
// changed in a direction.
func (g *grid) densest(d direction) int {
	stride := g.width + 1
	for y := range g.height {
		line := 0
		for x := range g.width {
			if g.cells[y*g.width+x].changed == d {
				line++
			}
			g.sums[(y+1)*stride+x+1] = g.sums[y*stride+x+1] + line
		}
	}
	most := 0
	for y := g.windowHeight; y <= g.height; y++ {
		for x := g.windowWidth; x <= g.width; x++ {
			most = max(most, g.sums[y*stride+x]-g.sums[(y-g.windowHeight)*stride+x]-
				g.sums[y*stride+x-g.windowWidth]+g.sums[(y-g.windowHeight)*stride+x-g.windowWidth])
		}
	}
	return most
}
