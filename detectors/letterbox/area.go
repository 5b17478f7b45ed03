package letterbox

import (
	"errors"
	"fmt"

	"github.com/vqa-project/vqa/detectors/measure"
)

// bars are lines and columns at the borders of a picture.
type bars struct{ top, bottom, left, right int }

func (b bars) width(picture int) int  { return max(picture-b.left-b.right, 1) }
func (b bars) height(picture int) int { return max(picture-b.top-b.bottom, 1) }

// Shares of the height, or of the width, of the picture.
const (
	leastBar = 0.015 // thinner ones are blanking, or the edge of a scan
	mostBar  = 0.36  // 9:16 in 16:9 has 0.34 at each side
	unequal  = 0.02  // by how much opposite bars may differ
)

// clearEdge is how much behind a bar is lit where its end can be seen.
const clearEdge = 0.5

// A view is the area that a picture shows.
type view struct {
	bars
	clear     bool // it can be told from what is dark: in both directions there are two bars with a clear end, or none
	captioned bool // the same, if what is on one of two bars is a caption or a logo
}

// shows returns the bars of a picture.
func (t *track) shows(r *measure.BordersRow) view {
	if r.Dark {
		return view{}
	}
	v := view{bars: bars{r.Top, r.Bottom, r.Left, r.Right}}
	lines := told(&v.top, &v.bottom, t.height, r.LitTop, r.LitBottom)
	columns := told(&v.left, &v.right, t.width, r.LitLeft, r.LitRight)
	v.clear = lines == bare && columns == bare
	v.captioned = !v.clear && min(lines, columns) >= covered
	return v
}

// A look is what can be told of two bars.
type look int

const (
	unclear look = iota
	covered      // one by a caption or a logo: as thick as the other, then
	bare
)

func told(a, b *int, side int, litA, litB float32) look {
	least, most := leastBar*float64(side), mostBar*float64(side)
	thin, thick, litThin, litThick := a, b, litA, litB
	if *a > *b {
		thin, thick, litThin, litThick = b, a, litB, litA
	}
	switch {
	case float64(*thick) < least:
		return bare
	case float64(*thick) > most:
		return unclear
	case float64(*thin) >= least && float64(*thick-*thin) <= unequal*float64(side):
		if max(litA, litB) >= clearEdge {
			return bare
		}
	case litThin > 0 && litThin < clearEdge && litThick >= clearEdge:
		*thin = *thick
		return covered
	}
	return unclear
}

// near is how far the end of a bar may be off: coders blur it.
func near(side int) int { return max(2, side/180) }

// same reports whether two areas are the same.
func (t *track) same(a, b bars) bool {
	apart := func(x, y, side int) bool { return max(x-y, y-x) > max(near(side), int(leastBar*float64(side))) }
	return !apart(a.top, b.top, t.height) && !apart(a.bottom, b.bottom, t.height) &&
		!apart(a.left, b.left, t.width) && !apart(a.right, b.right, t.width)
}

// inside reports whether area a does not reach out of b.
func (t *track) inside(a, b bars) bool {
	in := func(x, y, side int) bool { return x >= y-near(side) }
	return in(a.top, b.top, t.height) && in(a.bottom, b.bottom, t.height) &&
		in(a.left, b.left, t.width) && in(a.right, b.right, t.width)
}

// contradicts reports whether there is a picture where b has bars. A caption, or a
// logo, is at one side, and does not fill lines.
func (t *track) contradicts(b bars, r *measure.BordersRow) bool {
	if r.Dark {
		return false
	}
	against := func(bar1, bar2, is1, is2, side int, lit1, lit2 float32) bool {
		n := max(near(side), int(leastBar*float64(side)))
		out1, out2 := is1 < bar1-n, is2 < bar2-n
		return out1 && out2 || out1 && lit1 >= clearEdge || out2 && lit2 >= clearEdge
	}
	return against(b.top, b.bottom, r.Top, r.Bottom, t.height, r.LitTop, r.LitBottom) ||
		against(b.left, b.right, r.Left, r.Right, t.width, r.LitLeft, r.LitRight)
}

// kind names bars, held against the area before.
func (t *track) kind(b bars) string {
	thick := func(a, b, side int) bool { return float64(max(a, b)) >= leastBar*float64(side) }
	lines, columns := thick(b.top, b.bottom, t.height), thick(b.left, b.right, t.width)
	switch {
	case t.area.set && !t.inside(b, t.norm):
		return Outside
	case lines && columns:
		return Windowbox
	case columns:
		return Pillarbox
	}
	return Letterbox
}

// An area is one that is asked for: the value of an option.
type area struct {
	set                 bool
	width, height, x, y int
}

// bars returns those of an area in pictures of a size.
func (a *area) bars(width, height int) bars {
	if a.width == 0 || a.height == 0 {
		return bars{}
	}
	return bars{a.y, max(height-a.y-a.height, 0), a.x, max(width-a.x-a.width, 0)}
}

func (a *area) String() string {
	if a == nil || !a.set {
		return ""
	}
	return fmt.Sprintf("%d:%d:%d:%d", a.width, a.height, a.x, a.y)
}

// Get implements [flag.Getter].
func (a *area) Get() any { return a.String() }

// Set implements [flag.Value].
func (a *area) Set(s string) error {
	if s == "" {
		*a = area{}
		return nil
	}
	const most = 1 << 16
	v := area{set: true}
	var rest string
	n, _ := fmt.Sscanf(s+" .", "%d:%d:%d:%d %s", &v.width, &v.height, &v.x, &v.y, &rest)
	if n != 5 || rest != "." {
		return errors.New("not an area such as 1920:800:0:140")
	}
	for _, side := range []int{v.width, v.height, v.x, v.y} {
		if side < 0 || side > most {
			return fmt.Errorf("must be between 0 and %d", most)
		}
	}
	*a = v
	return nil
}
