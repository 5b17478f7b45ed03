package corruption

import (
	"math"

	"github.com/vqa-project/vqa/detectors/measure"
)

const (
	wide, high             = measure.ThumbWidth, measure.ThumbHeight
	wideColour, highColour = measure.ChromaWidth, measure.ChromaHeight
)

// A plane is a thumb in code values.
type plane [wide * high]float32

// thumbs makes the evidence that lies in how a thumb goes on from those before.
// What was damaged has cells that go another way than those around, that stand
// while all moves, and that come back all at once.
type thumbs struct {
	pictures      int64
	before, usual plane
	usualColour   [2][wideColour * highColour]float32
	usualChange   float32

	now, change, away, was, scratch plane
}

// picture adds the evidence of a picture.
func (t *thumbs) picture(p *measure.Picture, e *[evidences]float32) {
	for y := range high {
		for x := range wide {
			t.now[y*wide+x] = float32(p.Thumb.Y[y][x]) / 256
		}
	}
	t.smears(e)
	t.pictures++
	rate := float32(max(1/float64(t.pictures), 1-math.Exp(-p.Duration.Seconds()/memory.Seconds())))
	if t.pictures == 1 {
		t.before, t.usual = t.now, t.now
	}
	var mean float32
	for i, v := range t.now {
		t.change[i] = v - t.before[i]
		t.away[i], t.was[i] = v-t.usual[i], t.before[i]-t.usual[i]
		mean += abs(t.change[i]) / (wide * high)
		t.usual[i] += rate * (v - t.usual[i])
	}
	t.before = t.now
	e[stuck] = t.standing(&t.change)

	t.unlike(&t.change)
	e[unlikeTop], e[unlikeHigh] = t.top(200), t.top(50)
	e[uneven] = float32(math.Log(float64((e[unlikeTop] + 0.5) / (mean + 0.5))))
	t.unlike(&t.was)
	was := t.scratch
	t.unlike(&t.away)
	for i, v := range t.scratch {
		if d := v - was[i]; d > 1 {
			e[left] += d / (wide * high)
		} else if d < -1 {
			e[returned] -= d / (wide * high)
		}
	}
	e[awayTop], e[awayHigh] = t.top(200), t.top(50)
	t.colours(p, rate, e)

	if t.pictures > 1 {
		ratio := float32(math.Log(float64((p.Difference.Mean + 0.1) / (t.usualChange + 0.1))))
		e[faster], e[slower] = ratio, -ratio
	}
	if t.pictures > 1 {
		t.usualChange += max(rate, 1/float32(t.pictures-1)) * (p.Difference.Mean - t.usualChange)
	}
}

// unlike leaves in scratch how far each value is from the mean of the four around
// it.
func (t *thumbs) unlike(of *plane) {
	for y := range high {
		for x := range wide {
			i := y*wide + x
			v := of[i]
			l, r := of[y*wide+max(x-1, 0)], of[y*wide+min(x+1, wide-1)]
			u, d := of[max(y-1, 0)*wide+x], of[min(y+1, high-1)*wide+x]
			t.scratch[i] = abs(v - (l+r+u+d)/4)
		}
	}
}

// top returns the value in scratch that one in so many exceeds. It leaves scratch
// in another order.
func (t *thumbs) top(in int) float32 {
	return nth(t.scratch[:], len(t.scratch)-1-len(t.scratch)/in)
}

// standing returns the share of cells that do not change where those around do.
func (t *thumbs) standing(change *plane) float32 {
	n := 0
	for y := 1; y < high-1; y++ {
		for x := 1; x < wide-1; x++ {
			i := y*wide + x
			around := min(max(abs(change[i-1]), abs(change[i+1])), max(abs(change[i-wide]), abs(change[i+wide])))
			if around > 2 && abs(change[i]) < around/8 {
				n++
			}
		}
	}
	return float32(n) / ((wide - 2) * (high - 2))
}

// smears finds stripes and bands, as pictures have that are predicted from the
// edge of what was decoded.
func (t *thumbs) smears(e *[evidences]float32) {
	const flat, step = 0.75, 3
	upright, lying := 0, 0
	for y := 1; y < high-1; y++ {
		for x := 1; x < wide-1; x++ {
			i := y*wide + x
			across := max(abs(t.now[i]-t.now[i-1]), abs(t.now[i]-t.now[i+1]))
			along := max(abs(t.now[i]-t.now[i-wide]), abs(t.now[i]-t.now[i+wide]))
			if along < flat && across > step {
				upright++
			}
			if across < flat && along > step {
				lying++
			}
		}
	}
	e[stripes], e[bands] = float32(upright)/((wide-2)*(high-2)), float32(lying)/((wide-2)*(high-2))
}

// colours looks at chroma.
func (t *thumbs) colours(p *measure.Picture, rate float32, e *[evidences]float32) {
	var away, much [wideColour * highColour]float32
	for k, c := range []*[highColour][wideColour]uint16{&p.Thumb.U, &p.Thumb.V} {
		usual := &t.usualColour[k]
		for y := range highColour {
			for x := range wideColour {
				i := y*wideColour + x
				v := float32(c[y][x])/256 - 128
				if t.pictures == 1 {
					usual[i] = v
				}
				away[i] += abs(v - usual[i])
				much[i] += abs(v)
				usual[i] += rate * (v - usual[i])
			}
		}
	}
	const high = len(away) - 1 - len(away)/50
	e[colourful] = nth(much[:], high)
	e[colourAway] = nth(away[:], high) - nth(away[:], len(away)/2)
}

func abs(v float32) float32 { return max(v, -v) }
