package report

import (
	"bytes"
	"fmt"
	"io"
	"maps"
	"math"
	"path"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/olekukonko/tablewriter"
	"github.com/olekukonko/tablewriter/renderer"
	"github.com/olekukonko/tablewriter/tw"
)

// fewDetectors is how many detectors may have run for the tables of each to be
// shown. Where there were more, only those that found something show theirs.
const fewDetectors = 3

// NewTable returns a Writer for people: for each input what it is, a table of
// its events, what each detector came to, what was measured, and the tables of
// detectors. Lines are made to fit width columns: in the table of events the
// evidence is shortened, and no other column is cut; lists are wrapped.
func NewTable(w io.Writer, width int) Writer {
	t := &table{w: w, width: width}
	return Gather(t.write)
}

type table struct {
	w     io.Writer
	width int
	some  bool // input was written before
}

// write writes one input in one call to w.
func (t *table) write(d *Document) error {
	var b bytes.Buffer
	if t.some {
		b.WriteByte('\n')
	}
	t.some = true
	fmt.Fprintln(&b, headline(d))
	if len(d.Events) > 0 {
		b.WriteByte('\n')
		if err := writeEvents(&b, d.Events, t.width); err != nil {
			return err
		}
		b.WriteByte('\n')
	}
	for _, l := range slices.Concat(verdicts(d), measures(d)) {
		l.write(&b, t.width)
	}
	for _, line := range []string{counts(d.Counters), ending(d)} {
		if line != "" {
			fmt.Fprintln(&b, line)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(d.Detectors)) {
		det := d.Detectors[name]
		if det.Events == 0 && len(d.Detectors) > fewDetectors {
			continue
		}
		for _, l := range det.Tables {
			fmt.Fprintf(&b, "\n%s %s\n\n", Printable(name), Printable(l.Name))
			if err := writeList(&b, l); err != nil {
				return err
			}
		}
	}
	_, err := t.w.Write(b.Bytes())
	return err
}

// headline says what was analysed: "a.mp4: mp4, 0:00:20.020, h264 1920x1080 25 fps".
func headline(d *Document) string {
	var parts []string
	if d.Format != "" {
		parts = append(parts, Printable(container(d)))
	}
	switch {
	case d.StartS > 0:
		parts = append(parts, clock(d.StartS)+" to "+clock(d.DurationS))
	case d.DurationS > 0:
		parts = append(parts, clock(d.DurationS))
	}
	var others int64
	for _, s := range d.Streams {
		if s.Type == "video" || s.Type == "audio" {
			parts = append(parts, describe(s))
		} else {
			others++
		}
	}
	if others > 0 {
		parts = append(parts, plural(others, "other stream"))
	}
	name := Printable(d.Input)
	if d.Channel != "" && d.Channel != d.Input {
		name = Printable(d.Channel) + ", " + name
	}
	if len(parts) == 0 {
		return name
	}
	return name + ": " + strings.Join(parts, ", ")
}

// container returns the short name of the container. FFmpeg names all that a
// demuxer takes, as in "mov,mp4,m4a,3gp,3g2,mj2": of those, it is the one that
// the input's name ends in, or else the first.
func container(d *Document) string {
	names := strings.Split(d.Format, ",")
	if ext := strings.TrimPrefix(path.Ext(d.Input), "."); slices.Contains(names, ext) {
		return ext
	}
	return names[0]
}

// The columns of the table of events; evidence comes last because it is what
// is shortened. A column with nothing in it is left out.
var columns = []string{"START", "END", "DURATION", "DETECTOR", "STREAM", "VALUE", "LIMIT", "EVIDENCE"}

// gap is how far cells are from each other, and the first from the edge.
const gap = 2

func writeEvents(w *bytes.Buffer, events []Event, width int) error {
	rows := [][]string{slices.Clone(columns)}
	for _, e := range events {
		rows = append(rows, []string{
			clock(e.StartS), clock(e.EndS), length(e.EndS - e.StartS), what(e),
			streamOf(e), value(e), amount(e.Limit, e.Unit), "",
		})
	}
	last := len(columns) - 1
	left := width - gap
	for i := range last {
		if widest(rows[1:], i) > 0 {
			left -= gap + widest(rows, i)
		}
	}
	for i, e := range events {
		rows[i+1][last] = evidence(e.Evidence, left)
	}
	return writeGrid(w, withoutEmpty(rows))
}

// writeList writes the table of a detector. A column with nothing in it is
// left out.
func writeList(w *bytes.Buffer, l Table) error {
	rows := [][]string{nil}
	for _, name := range l.Columns {
		rows[0] = append(rows[0], Printable(strings.ToUpper(strings.ReplaceAll(name, "_", " "))))
	}
	for _, row := range l.Rows {
		cells := make([]string, len(l.Columns))
		for i, c := range row[:min(len(row), len(cells))] {
			switch v := c.(type) {
			case float64:
				cells[i] = figure(v)
			case string:
				cells[i] = Printable(v)
			}
		}
		rows = append(rows, cells)
	}
	return writeGrid(w, withoutEmpty(rows))
}

// withoutEmpty leaves out columns with nothing in them but the header.
func withoutEmpty(rows [][]string) [][]string {
	for i := len(rows[0]) - 1; i >= 0; i-- {
		if widest(rows[1:], i) == 0 {
			for j := range rows {
				rows[j] = slices.Delete(rows[j], i, i+1)
			}
		}
	}
	return rows
}

// streamOf returns the index of an event's stream. What belongs to a PID of a
// transport stream that is no stream has the PID.
func streamOf(e Event) string {
	if pid, ok := e.Evidence["pid"]; ok && e.Stream < 0 {
		return fmt.Sprintf("0x%04x", int(pid))
	}
	return streamIndex(e.Stream)
}

// streamIndex returns the index of a stream, "-" for what belongs to no one.
func streamIndex(i int) string {
	if i < 0 {
		return "-"
	}
	return fmt.Sprint(i)
}

// value returns how much it is, where that is not how long.
func value(e Event) string {
	if e.Unit == "s" && math.Abs(e.Value-(e.EndS-e.StartS)) < 1e-3 {
		return ""
	}
	return amount(e.Value, e.Unit)
}

// widest returns the width of the widest cell of column i.
func widest(rows [][]string, i int) int {
	n := 0
	for _, row := range rows {
		n = max(n, utf8.RuneCountInString(row[i]))
	}
	return n
}

// writeGrid writes rows, the first of them the header, as columns without lines.
func writeGrid(w *bytes.Buffer, rows [][]string) error {
	var b bytes.Buffer
	grid := tablewriter.NewTable(&b,
		tablewriter.WithRenderer(renderer.NewBlueprint(tw.Rendition{
			Borders: tw.BorderNone,
			Symbols: tw.NewSymbols(tw.StyleNone),
			Settings: tw.Settings{
				Separators: tw.SeparatorsNone,
				Lines:      tw.LinesNone,
			},
		})),
		tablewriter.WithHeaderAutoFormat(tw.Off),
		tablewriter.WithHeaderAutoWrap(tw.WrapNone),
		tablewriter.WithRowAutoWrap(tw.WrapNone),
		tablewriter.WithAlignment(slices.Repeat([]tw.Align{tw.AlignLeft}, len(rows[0]))),
		tablewriter.WithPadding(tw.Padding{Left: strings.Repeat(" ", gap), Overwrite: true}),
	)
	grid.Header(rows[0])
	if err := grid.Bulk(rows[1:]); err != nil {
		return err
	}
	if err := grid.Render(); err != nil {
		return err
	}
	for line := range bytes.Lines(b.Bytes()) {
		fmt.Fprintf(w, "%s\n", bytes.TrimRight(line, " \n"))
	}
	return nil
}

// what names the detector, and the kind where that says more.
func what(e Event) string {
	if e.Kind == e.Detector || e.Kind == "" {
		return Printable(e.Detector)
	}
	return Printable(e.Detector + " " + e.Kind)
}

// length returns a duration: in seconds where that is easily read.
func length(s float64) string {
	if math.Abs(s) < 60 {
		return figure(s) + " s"
	}
	return clock(s)
}

// evidence returns what fits of m into n columns. Nothing is cut inside a
// figure; an ellipsis says that there is more.
func evidence(m map[string]float64, n int) string {
	const more = " …"
	n -= utf8.RuneCountInString(more)
	var s string
	left := len(m)
	for _, name := range slices.Sorted(maps.Keys(m)) {
		pair := Printable(name) + "=" + figure(m[name])
		if s != "" {
			pair = " " + pair
		}
		if width := utf8.RuneCountInString(pair); width <= n {
			s += pair
			n -= width
			left--
		}
	}
	if s != "" && left > 0 {
		s += more
	}
	return s
}

// counts says what the reader should know of the counters: what went wrong.
func counts(c Counters) string {
	var parts []string
	for _, count := range []struct {
		n    int64
		noun string
	}{
		{c.DecodeErrors, "decode error"},
		{c.DamagedPictures, "damaged picture"},
		{c.CorruptPackets, "corrupt packet"},
		{c.Dropped, "dropped picture"},
		{c.ParameterChanges, "parameter change"},
	} {
		if count.n > 0 {
			parts = append(parts, plural(count.n, count.noun))
		}
	}
	return strings.Join(parts, ", ")
}

// ending says why the input was not read to its end.
func ending(d *Document) string {
	switch {
	case d.Error != "" && d.Interrupted:
		return "interrupted: " + Printable(d.Error)
	case d.Error != "":
		return "not read to its end: " + Printable(d.Error)
	case d.Interrupted:
		return "interrupted: not read to its end"
	}
	return ""
}
