// Package render writes an estimate of costs: as a table for people, as Markdown,
// CSV or JSON, and as a page with plots that needs nothing but a browser.
package render

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/olekukonko/tablewriter"
	"github.com/olekukonko/tablewriter/renderer"
	"github.com/olekukonko/tablewriter/tw"

	"github.com/vqa-project/vqa/costmodel"
)

// JSON writes the estimate as one JSON document.
func JSON(w io.Writer, e *costmodel.Estimate) error {
	enc := json.NewEncoder(w)
	enc.SetIndent("", "  ")
	return enc.Encode(e)
}

// CSV writes a line for each item of each variant for each number of streams.
func CSV(w io.Writer, e *costmodel.Estimate) error {
	c := csv.NewWriter(w)
	lines := [][]string{{"streams", "variant", "what", "item", "quantity", "unit", "usd", "beyond_wall"}}
	for _, p := range e.Points {
		for _, cost := range p.Costs {
			for _, l := range cost.Lines {
				lines = append(lines, []string{
					strconv.Itoa(p.Streams), string(cost.Variant), l.What, l.Item, plain(l.Quantity), l.Unit, plain(l.USD), cost.BeyondWall,
				})
			}
		}
	}
	return c.WriteAll(lines) // flushes
}

// plain returns a number for programs.
func plain(v float64) string { return strconv.FormatFloat(v, 'g', -1, 64) }

// Table writes the estimate for people.
func Table(w io.Writer, e *costmodel.Estimate) error {
	fmt.Fprintln(w, headline(e))
	for _, s := range sections(e) {
		fmt.Fprintf(w, "\n%s\n", s.title)
		for _, line := range s.text {
			fmt.Fprintf(w, "  %s\n", wrap(line, 98, "  "))
		}
		if len(s.rows) > 0 {
			if err := s.grid(w); err != nil {
				return err
			}
		}
	}
	return nil
}

// grid writes the rows as columns without lines.
func (s *section) grid(w io.Writer) error {
	rows := s.padded()
	var b strings.Builder
	grid := tablewriter.NewTable(&b,
		tablewriter.WithRenderer(renderer.NewBlueprint(tw.Rendition{
			Borders:  tw.BorderNone,
			Symbols:  tw.NewSymbols(tw.StyleNone),
			Settings: tw.Settings{Separators: tw.SeparatorsNone, Lines: tw.LinesNone},
		})),
		tablewriter.WithTrimSpace(tw.Off),
		tablewriter.WithHeaderAutoFormat(tw.Off),
		tablewriter.WithHeaderAutoWrap(tw.WrapNone),
		tablewriter.WithRowAutoWrap(tw.WrapNone),
		tablewriter.WithAlignment(slices.Repeat([]tw.Align{tw.AlignLeft}, len(s.columns))),
		tablewriter.WithPadding(tw.Padding{Left: "  ", Overwrite: true}),
	)
	grid.Header(rows[0])
	if err := grid.Bulk(rows[1:]); err != nil {
		return err
	}
	if err := grid.Render(); err != nil {
		return err
	}
	for line := range strings.Lines(b.String()) {
		fmt.Fprintln(w, strings.TrimRight(line, " \n"))
	}
	return nil
}

// padded returns header and rows with blanks before the cells of columns that
// are aligned to the right: tablewriter cuts such cells where padding is its
// own.
func (s *section) padded() [][]string {
	rows := slices.Concat([][]string{s.names()}, s.rows)
	for i := range rows {
		rows[i] = slices.Clone(rows[i])
	}
	for i, c := range s.columns {
		if !c.right {
			continue
		}
		width := 0
		for _, row := range rows {
			width = max(width, utf8.RuneCountInString(row[i]))
		}
		for _, row := range rows {
			row[i] = strings.Repeat(" ", width-utf8.RuneCountInString(row[i])) + row[i]
		}
	}
	return rows
}

// Markdown writes the estimate as Markdown with tables.
func Markdown(w io.Writer, e *costmodel.Estimate) error {
	escape := strings.NewReplacer("|", `\|`, "<", "&lt;", "\n", " ").Replace
	var b strings.Builder
	fmt.Fprintf(&b, "# What it costs\n\n%s\n", escape(headline(e)))
	for _, s := range sections(e) {
		fmt.Fprintf(&b, "\n## %s\n\n", escape(s.title))
		for _, line := range s.text {
			fmt.Fprintf(&b, "- %s\n", escape(line))
		}
		if len(s.rows) == 0 {
			continue
		}
		rule := make([]string, len(s.columns))
		for i, c := range s.columns {
			rule[i] = "---"
			if c.right {
				rule[i] = "---:"
			}
		}
		for _, row := range slices.Concat([][]string{s.names(), rule}, s.rows) {
			cells := make([]string, len(row))
			for i, cell := range row {
				cells[i] = escape(cell)
			}
			fmt.Fprintf(&b, "| %s |\n", strings.Join(cells, " | "))
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// wrap breaks a line at blanks, so that none is longer than width.
func wrap(s string, width int, indent string) string {
	var b strings.Builder
	n := 0
	for i, word := range strings.Fields(s) {
		length := len([]rune(word))
		switch {
		case i == 0:
		case n+1+length > width:
			b.WriteString("\n  " + indent)
			n = len(indent)
		default:
			b.WriteByte(' ')
			n++
		}
		b.WriteString(word)
		n += length
	}
	return b.String()
}

// Sentences writes what the estimate comes to in words, a line for each.
func Sentences(w io.Writer, e *costmodel.Estimate) error {
	for _, line := range e.Answers {
		if _, err := fmt.Fprintln(w, line); err != nil {
			return err
		}
	}
	return nil
}

// Prices writes a table of prices.
func Prices(w io.Writer, p *costmodel.Prices) error {
	s := section{columns: columns("REGION", "ITEM", ">PRICE", "UNIT", ">FREE", "CHECKED", "SOURCE")}
	for _, region := range slices.Sorted(maps.Keys(p.Regions)) {
		for _, price := range p.Regions[region] {
			free := ""
			if price.Free > 0 {
				free = figure(price.Free)
			}
			s.rows = append(s.rows, []string{region, price.Item, Price(&price), price.Unit, free, price.Checked, price.Source})
		}
	}
	return s.grid(w)
}
