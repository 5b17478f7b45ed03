package render

import (
	_ "embed"
	"fmt"
	"html/template"
	"io"

	"github.com/vqa-project/vqa/costmodel"
)

//go:embed page.html
var page string

// HTML writes a page with plots: one file, which needs no network, no script and
// no font of its own, and takes the colours that the reader's system is set to.
func HTML(w io.Writer, e *costmodel.Estimate) error {
	t, err := template.New("page").Funcs(template.FuncMap{"money": costmodel.Money}).Parse(page)
	if err != nil {
		return err
	}
	data := struct {
		Headline string
		Answers  []string
		Plots    []plot
		Bills    []bill
		Items    []legend
		Sections []pageSection
		Colours  [colours]struct{}
	}{Headline: headline(e), Answers: e.Answers}
	data.Plots = []plot{
		costPlot(e, "Cost of the period, in dollars", func(c *costmodel.Cost) float64 { return c.USD }),
		costPlot(e, "Cost of an hour of a stream, in dollars", func(c *costmodel.Cost) float64 { return c.USDStreamHour }),
	}
	data.Bills, data.Items = bills(e)
	for _, s := range sections(e) {
		if s.title != "In words" { // which come first
			data.Sections = append(data.Sections, newPageSection(s))
		}
	}
	return t.Execute(w, data)
}

// colours is how many the page has; items and variants have one each.
const colours = 14

// A pageSection is a section as the page shows it.
type pageSection struct {
	Title   string
	Text    []string
	Columns []pageColumn
	Rows    [][]pageCell
	Folded  bool // shown when it is asked for
}

type pageColumn struct {
	Name  string
	Right bool
}

type pageCell struct {
	Text  string
	Right bool
}

// foldFrom is the number of rows or lines from which a section is folded.
const foldFrom = 12

func newPageSection(s section) pageSection {
	p := pageSection{Title: s.title, Text: s.text, Folded: len(s.rows) >= foldFrom+8 || len(s.text) >= foldFrom}
	for _, c := range s.columns {
		p.Columns = append(p.Columns, pageColumn{c.name, c.right})
	}
	for _, row := range s.rows {
		var cells []pageCell
		for i, text := range row {
			cells = append(cells, pageCell{text, s.columns[i].right})
		}
		p.Rows = append(p.Rows, cells)
	}
	return p
}

// A bill shows what one variant costs for each hour of a stream, item by item,
// for each number of streams.
type bill struct {
	Variant, Title string
	Top            string // the largest cost, at the top of the scale
	Bars           []bar
	Width          float64
}

type bar struct {
	X, Label float64
	Streams  string
	Parts    []part
	Beyond   bool
}

type part struct {
	Y, Height float64
	Colour    int
	What      string
}

type legend struct {
	Name   string
	Colour int
}

// The size of a bill's plot.
const (
	billHeight = 130.0
	barWidth   = 34.0
	barStep    = 50.0
	billLeft   = 12.0
)

func bills(e *costmodel.Estimate) (out []bill, items []legend) {
	colour := map[string]int{}
	for i, what := range kinds(largest(e)) {
		colour[what] = i % colours
		items = append(items, legend{what, colour[what]})
	}
	for _, first := range largest(e).Costs {
		b := bill{Variant: string(first.Variant), Title: first.Variant.Title(), Width: 2*billLeft + barStep*float64(len(e.Points)) - (barStep - barWidth)}
		most := 0.0
		for i := range e.Points {
			if c := e.Points[i].Of(first.Variant); c != nil {
				most = max(most, c.USDStreamHour)
			}
		}
		if most == 0 {
			continue
		}
		b.Top = fmt.Sprintf("$%.4f", most)
		for i := range e.Points {
			p := &e.Points[i]
			x := billLeft + barStep*float64(i)
			one := bar{X: x, Label: x + barWidth/2, Streams: short(float64(p.Streams))}
			y := billHeight
			if c := p.Of(first.Variant); c != nil {
				one.Beyond = c.BeyondWall != ""
				for _, l := range c.Lines {
					share := l.USD / (float64(p.Streams) * e.Value("hours"))
					height := share / most * billHeight
					y -= height
					one.Parts = append(one.Parts, part{y, height, colour[l.What], fmt.Sprintf("%s: $%.4f for an hour of a stream, %d streams", l.What, share, p.Streams)})
				}
			}
			b.Bars = append(b.Bars, one)
		}
		out = append(out, b)
	}
	return out, items
}
