package render

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/vqa-project/vqa/costmodel"
)

// A plot has lines over the number of streams, both axes logarithmic.
type plot struct {
	Title         string
	Width, Height float64
	Left, Bottom  float64 // of the area of lines
	Right, Top    float64
	X, Y          []tick
	Lines         []curve
	Evens         []mark // break-even points
	Asked         []mark // numbers of streams asked for
}

type tick struct {
	At    float64
	Label string
}

type mark struct {
	X     float64
	Label string
}

// A curve is the cost of a variant: what can run, and what is beyond its limit.
type curve struct {
	Name, Title    string
	Colour         int
	Path, Beyond   string
	Wall           bool
	WallX, WallY   float64
	WallAt, WallOf string
}

// The size of a plot in its own units; the page scales it.
const (
	plotWidth  = 640.0
	plotHeight = 380.0
	plotLeft   = 74.0
	plotRight  = 12.0
	plotTop    = 12.0
	plotBottom = 34.0
)

// A scale maps numbers to places, by their logarithms.
type scale struct{ low, high, from, to float64 }

func (s scale) at(v float64) float64 {
	return s.from + (s.to-s.from)*(math.Log(v)-math.Log(s.low))/(math.Log(s.high)-math.Log(s.low))
}

// ticks returns the powers of ten.
func (s scale) ticks(label func(float64) string) []tick {
	var out []tick
	for d := math.Ceil(math.Log10(s.low) - 1e-9); d <= math.Floor(math.Log10(s.high)+1e-9); d++ {
		out = append(out, tick{s.at(math.Pow(10, d)), label(math.Pow(10, d))})
	}
	return out
}

func costPlot(e *costmodel.Estimate, title string, value func(*costmodel.Cost) float64) plot {
	p := plot{
		Title: title, Width: plotWidth, Height: plotHeight,
		Left: plotLeft, Right: plotWidth - plotRight, Top: plotTop, Bottom: plotHeight - plotBottom,
	}
	low, high := math.Inf(1), 0.0
	for i := range e.Curve {
		for _, c := range e.Curve[i].Costs {
			if v := value(c); v > 0 {
				low, high = min(low, v), max(high, v)
			}
		}
	}
	if high == 0 {
		return p
	}
	x := scale{1, float64(e.Curve[len(e.Curve)-1].Streams), p.Left, p.Right}
	y := scale{math.Pow(10, math.Floor(math.Log10(low))), math.Pow(10, math.Ceil(math.Log10(high)+1e-9)), p.Bottom, p.Top}
	p.X, p.Y = x.ticks(short), y.ticks(func(v float64) string { return "$" + short(v) })
	for i, walls := range e.Walls {
		p.Lines = append(p.Lines, newCurve(e, walls, i, x, y, value))
	}
	for _, r := range e.Cheapest[min(1, len(e.Cheapest)):] {
		p.Evens = append(p.Evens, mark{x.at(float64(r.From)), fmt.Sprintf("from %s on, %s is the cheapest", costmodel.Count(r.From, "stream"), r.Variant)})
		if len(p.Evens) == 12 {
			break
		}
	}
	for _, point := range e.Points {
		p.Asked = append(p.Asked, mark{x.at(float64(point.Streams)), costmodel.Count(point.Streams, "stream")})
	}
	return p
}

func newCurve(e *costmodel.Estimate, walls costmodel.Walls, colour int, x, y scale, value func(*costmodel.Cost) float64) curve {
	c := curve{Name: string(walls.Variant), Title: walls.Variant.Title(), Colour: colour}
	var within, beyond strings.Builder
	lastX, lastY := 0.0, 0.0
	for i := range e.Curve {
		cost := e.Curve[i].Of(walls.Variant)
		if cost == nil || value(cost) <= 0 {
			continue
		}
		px, py := x.at(float64(e.Curve[i].Streams)), y.at(value(cost))
		if cost.BeyondWall == "" {
			fmt.Fprintf(&within, "%s%.1f %.1f", command(&within), px, py)
		} else {
			if beyond.Len() == 0 {
				if lastX > 0 {
					fmt.Fprintf(&beyond, "M%.1f %.1f", lastX, lastY)
				}
				c.Wall, c.WallX, c.WallY = true, px, py
				c.WallAt, c.WallOf = costmodel.Count(int(walls.Walls[0].Streams), "stream"), walls.Walls[0].Limit
				if w := walls.Walls[0].Streams; w >= 1 && lastX > 0 { // between two points of the curve
					c.WallX = x.at(w)
					c.WallY = lastY + (py-lastY)*(c.WallX-lastX)/(px-lastX)
				}
			}
			fmt.Fprintf(&beyond, "%s%.1f %.1f", command(&beyond), px, py)
		}
		lastX, lastY = px, py
	}
	c.Path, c.Beyond = within.String(), beyond.String()
	return c
}

func command(b *strings.Builder) string {
	if b.Len() == 0 {
		return "M"
	}
	return "L"
}

// short returns a number in few letters: 10k, 1M.
func short(v float64) string {
	switch {
	case v >= 1e9:
		return strconv.FormatFloat(v/1e9, 'g', 4, 64) + "G"
	case v >= 1e6:
		return strconv.FormatFloat(v/1e6, 'g', 4, 64) + "M"
	case v >= 1e3:
		return strconv.FormatFloat(v/1e3, 'g', 4, 64) + "k"
	}
	return strconv.FormatFloat(v, 'g', 3, 64)
}
