package uniform

import (
	"math"

	"github.com/vqa-project/vqa/detectors/measure"
)

// A colour is in 8 bit code values.
type colour struct{ y, u, v float64 }

// black reports whether c is black, or as good as, by the limits of the
// detector of that name: 7.5 % of the range, and no hue.
func (c colour) black(fullRange bool) bool {
	limit := 16 + 0.075*219
	if fullRange {
		limit = 0.075 * 255
	}
	return c.y <= limit && math.Abs(c.u-grey) <= 8 && math.Abs(c.v-grey) <= 8
}

// grey is the chroma of what has no hue.
const grey = 128

// speckles is the share of single samples that may be of any luma.
const speckles = 0.002

// oneColour reports whether a picture is of one colour, give or take
// deviation, and which.
func oneColour(p *measure.Picture, deviation float64) (colour, bool) {
	t := &p.Thumb
	y, ok := level(t.Y[:], deviation)
	if !ok {
		return colour{}, false
	}
	u, ok := level(t.U[:], deviation)
	if !ok {
		return colour{}, false
	}
	v, ok := level(t.V[:], deviation)
	if !ok {
		return colour{}, false
	}
	low, high := int(y-4*deviation), int(y+4*deviation)
	inside := p.Luma.Share(high)
	if low > 0 {
		inside -= p.Luma.Share(low - 1)
	}
	return colour{y, u, v}, inside >= 1-speckles
}

// level returns the mean of all cells, if none is further than deviation from
// it.
func level[Row [measure.ThumbWidth]uint16 | [measure.ChromaWidth]uint16](rows []Row, deviation float64) (float64, bool) {
	// The mean lies between the extremes: most pictures are dismissed here.
	least, most, sum, n := uint16(math.MaxUint16), uint16(0), 0, 0
	for y := range rows {
		for x := range len(rows[y]) {
			c := rows[y][x]
			least, most = min(least, c), max(most, c)
			sum += int(c)
			n++
		}
		if float64(most-least) > 2*deviation*256 {
			return 0, false
		}
	}
	mean := float64(sum) / float64(n)
	near := max(mean-float64(least), float64(most)-mean) <= deviation*256
	return mean / 256, near
}
