package render

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/vqa-project/vqa/costmodel"
)

// A section is a part of what people read: sentences, a table, or both.
type section struct {
	title   string
	text    []string
	columns []column
	rows    [][]string
}

type column struct {
	name  string
	right bool
}

func (s *section) names() []string {
	var out []string
	for _, c := range s.columns {
		out = append(out, c.name)
	}
	return out
}

// columns returns columns by their names; those of numbers begin with ">".
func columns(names ...string) []column {
	var out []column
	for _, n := range names {
		name, right := strings.CutPrefix(n, ">")
		out = append(out, column{name, right})
	}
	return out
}

// sensitivities is how many of them people are shown.
const sensitivities = 8

func headline(e *costmodel.Estimate) string {
	return fmt.Sprintf("%s, %s, %s detectors, %s h for each stream; pictures pass by %s, %s a second",
		e.Region, e.Resolution, figure(e.Value("detectors")), figure(e.Value("hours")), e.Passing, figure(e.Value("samples-per-second")))
}

func sections(e *costmodel.Estimate) []section {
	out := []section{totals(e), items(e), walls(e)}
	if s := evens(e); len(s.text) > 0 {
		out = append(out, s)
	}
	if len(e.Sensitivity) > 0 {
		out = append(out, sensitivity(e))
	}
	if len(e.Answers) > 0 {
		out = append(out, section{title: "In words", text: e.Answers})
	}
	return append(out, sources(e)...)
}

func totals(e *costmodel.Estimate) section {
	s := section{title: "Cost", columns: columns(">STREAMS", "VARIANT", ">TOTAL", ">STREAM-HOUR", ">MACHINES", "LARGEST ITEM", "")}
	for _, p := range e.Points {
		for _, c := range p.Costs {
			machines, note := "", ""
			if c.Machines > 0 {
				machines = strconv.Itoa(c.Machines)
			}
			if c.BeyondWall != "" {
				note = "beyond its limit: " + c.BeyondWall
			}
			s.rows = append(s.rows, []string{
				strconv.Itoa(p.Streams), string(c.Variant), costmodel.Money(c.USD), fmt.Sprintf("$%.4f", c.USDStreamHour), machines,
				fmt.Sprintf("%s %.0f %%", c.Largest, 100*c.LargestShare), note,
			})
		}
		for _, u := range p.Unfit {
			s.rows = append(s.rows, []string{strconv.Itoa(p.Streams), string(u.Variant), "", "", "", "", "cannot run: " + u.Why})
		}
	}
	return s
}

// items shows the bill of the largest number of streams, item by item.
func items(e *costmodel.Estimate) section {
	p := largest(e)
	s := section{title: fmt.Sprintf("Items, %s", costmodel.Count(p.Streams, "stream")), columns: columns("ITEM")}
	for _, c := range p.Costs {
		s.columns = append(s.columns, column{string(c.Variant), true})
	}
	for _, what := range kinds(p) {
		row := []string{what}
		for _, c := range p.Costs {
			cell := ""
			if i := slices.IndexFunc(c.Lines, func(l costmodel.Line) bool { return l.What == what }); i >= 0 {
				cell = costmodel.Money(c.Lines[i].USD)
			}
			row = append(row, cell)
		}
		s.rows = append(s.rows, row)
	}
	return s
}

// kinds returns what lines of all variants are for, in the order of the bills.
func kinds(p *costmodel.Point) []string {
	var out []string
	for _, c := range p.Costs {
		at := 0
		for _, l := range c.Lines {
			i := slices.Index(out, l.What)
			if i < 0 {
				out = slices.Insert(out, at, l.What)
				i = at
			}
			at = i + 1
		}
	}
	return out
}

func largest(e *costmodel.Estimate) *costmodel.Point {
	best := &e.Points[0]
	for i := range e.Points {
		if e.Points[i].Streams > best.Streams {
			best = &e.Points[i]
		}
	}
	return best
}

func walls(e *costmodel.Estimate) section {
	s := section{title: "Limits", columns: columns("VARIANT", ">STREAMS", "LIMIT", ">ALLOWED", ">EACH STREAM", ">AT ONCE", "")}
	for _, v := range e.Walls {
		if len(v.Walls) == 0 {
			s.rows = append(s.rows, []string{string(v.Variant), "", "none that is known", "", "", "", ""})
		}
		for _, w := range v.Walls {
			kind, streams, allowed, once := "hard", figure(w.Streams), strings.TrimSpace(figure(w.Allowed)+" "+w.Unit), ""
			if w.Adjustable {
				kind = "can be raised"
			}
			if w.Unknown {
				streams, allowed, kind = "", "", "differs by account: "+quotaFlag(v.Variant)
			}
			if w.Bucket > 0 {
				once = figure(w.Bucket)
			}
			if w.BucketS > 0 {
				kind += fmt.Sprintf("; those at once last %.3g s", w.BucketS)
			}
			s.rows = append(s.rows, []string{string(v.Variant), streams, w.Limit, allowed, figure(w.PerStream), once, kind})
		}
	}
	return s
}

// quotaFlag is the flag that gives what an account may run.
func quotaFlag(v costmodel.Variant) string {
	if v == costmodel.Fargate || v == costmodel.FargateSpot {
		return "--fargate-quota"
	}
	return "--ec2-quota"
}

func evens(e *costmodel.Estimate) section {
	s := section{title: "Break-even"}
	var parts []string
	for i, r := range e.Cheapest {
		span := strconv.Itoa(r.From)
		switch {
		case i == len(e.Cheapest)-1 && r.To > r.From:
			span += " and more"
		case r.To > r.From:
			span += " to " + strconv.Itoa(r.To)
		}
		if parts = append(parts, span+": "+string(r.Variant)); len(parts) == 12 && i < len(e.Cheapest)-1 {
			parts = append(parts, "…")
			break
		}
	}
	if len(parts) > 0 {
		s.text = append(s.text, "cheapest by number of streams, within limits: "+strings.Join(parts, ", "))
	}
	for _, b := range e.BreakEvens {
		s.text = append(s.text, fmt.Sprintf("%s %s%s: below it %s costs less, above it %s (%s; now %s)",
			b.Parameter, figure(b.Value), unit(b.Unit), b.Below, b.Above, costmodel.Count(b.Streams, "stream"), figure(b.Now)))
	}
	return s
}

func sensitivity(e *costmodel.Estimate) section {
	first := e.Sensitivity[0]
	s := section{
		title:   fmt.Sprintf("What moves the answer: %s costs %s times as much as %s", first.Of, figure(first.Ratio), first.To),
		columns: columns("ASSUMPTION", ">NOW", ">HALVED", ">DOUBLED"),
	}
	for _, x := range e.Sensitivity[:min(len(e.Sensitivity), sensitivities)] {
		s.rows = append(s.rows, []string{x.Name, figure(x.Value) + unit(x.Unit), times(x.Halved), times(x.Doubled)})
	}
	return s
}

func times(v float64) string {
	if v == 0 {
		return "cannot run"
	}
	return figure(v) + " times"
}

// sources shows all assumptions and prices, with notes on where they are from.
func sources(e *costmodel.Estimate) []section {
	var notes []string
	note := func(source string) string {
		i := slices.Index(notes, source)
		if i < 0 {
			i = len(notes)
			notes = append(notes, source)
		}
		return fmt.Sprintf("[%d]", i+1)
	}
	a := section{title: "Assumptions, each a flag of its name", columns: columns("ASSUMPTION", ">VALUE", "FROM", "WHAT")}
	for _, x := range e.Assumptions {
		a.rows = append(a.rows, []string{x.Name, figure(x.Value) + unit(x.Unit), note(x.Source), x.Help})
	}
	p := section{title: "Prices in " + e.Region, columns: columns("ITEM", ">PRICE", "UNIT", "CHECKED", "FROM")}
	for _, x := range e.Prices {
		p.rows = append(p.rows, []string{x.Item, Price(&x), x.Unit, x.Checked, note(x.Source)})
	}
	n := section{title: "Sources"}
	for i, source := range notes {
		n.text = append(n.text, fmt.Sprintf("[%d] %s", i+1, source))
	}
	return []section{a, p, n}
}

// Price returns a price in dollars, with its tiers.
func Price(p *costmodel.Price) string {
	if len(p.Tiers) == 0 {
		return "$" + strconv.FormatFloat(p.Price, 'f', -1, 64)
	}
	var parts []string
	for _, t := range p.Tiers {
		s := "$" + strconv.FormatFloat(t.Price, 'f', -1, 64)
		if t.UpTo > 0 {
			s += " to " + figure(t.UpTo)
		}
		parts = append(parts, s)
	}
	return strings.Join(parts, ", ")
}

func unit(u string) string {
	if u == "" {
		return ""
	}
	return " " + u
}

// figure returns a number with about three figures that matter; large ones whole.
func figure(v float64) string {
	switch {
	case math.IsInf(v, 0) || math.IsNaN(v):
		return "?"
	case math.Abs(v) >= 1e9:
		return strconv.FormatFloat(v, 'g', 4, 64)
	case math.Abs(v) >= 1000:
		return strconv.FormatFloat(math.Round(v), 'f', 0, 64)
	}
	return strconv.FormatFloat(v, 'g', 4, 64)
}
