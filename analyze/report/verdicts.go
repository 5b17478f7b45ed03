package report

import (
	"bytes"
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode/utf8"
)

// A list is what is said below the table of events: items under a label.
type list struct {
	label string
	items []string
}

// write writes a list in lines of at most width columns, between items.
func (l list) write(w *bytes.Buffer, width int) {
	const indent = 2 * gap
	w.WriteString(l.label + ":")
	column := utf8.RuneCountInString(l.label) + 1
	for i, item := range l.items {
		if i < len(l.items)-1 {
			item += ","
		}
		n := utf8.RuneCountInString(item)
		if column+1+n > width && column > indent {
			fmt.Fprintf(w, "\n%*s%s", indent, "", item)
			column = indent + n
			continue
		}
		w.WriteString(" " + item)
		column += 1 + n
	}
	w.WriteByte('\n')
}

// verdicts says what the detectors came to: which found how much, which found
// nothing, which had nothing to look at or could not check, and why. It says
// nothing of an input that could not be opened.
func verdicts(d *Document) []list {
	if d.Error != "" && len(d.Streams) == 0 {
		return nil
	}
	names := map[string][]string{} // by label
	for _, name := range slices.Sorted(maps.Keys(d.Detectors)) {
		det := d.Detectors[name]
		label, reason := string(det.Status), det.Error
		switch det.Status {
		case Defects:
			label, name = found, fmt.Sprintf("%s %d", name, det.Events)
			if det.Open > 0 {
				name += fmt.Sprintf(" (%d open)", det.Open)
			}
		case NotApplicable:
			label = "not applicable"
			if reason == "" {
				reason = missing(d.Streams)
			}
		case Failed:
			label = "could not check"
		}
		if reason != "" && d.Error == "" { // which is said below, and why enough
			label += " (" + reason + ")"
		}
		label = Printable(label)
		names[label] = append(names[label], Printable(name))
	}
	var lists []list
	for _, label := range slices.SortedFunc(maps.Keys(names), byVerdict) {
		lists = append(lists, list{label, names[label]})
	}
	return lists
}

const found = "found"

// count says how many events there were, and how many of them are not over.
func (d Detector) count() string {
	if d.Open == 0 {
		return plural(int64(d.Events), "event")
	}
	if d.Events == 0 {
		return fmt.Sprintf("%d open", d.Open)
	}
	return fmt.Sprintf("%s, %d open", plural(int64(d.Events), "event"), d.Open)
}

// byVerdict puts what was found first, then by the alphabet: "clean", "could
// not check", "not applicable".
func byVerdict(a, b string) int {
	if (a == found) != (b == found) {
		if a == found {
			return -1
		}
		return 1
	}
	return strings.Compare(a, b)
}

// measures says what was measured of the input and of each stream, under "stream 1": "loudness
// integrated -23.1 LUFS", "loudness range 5.2 LU".
func measures(d *Document) []list {
	items := map[int][]string{}
	for _, name := range slices.Sorted(maps.Keys(d.Detectors)) {
		for _, m := range d.Detectors[name].Measures {
			items[m.Stream] = append(items[m.Stream], measure(m))
		}
	}
	var lists []list
	for _, stream := range slices.Sorted(maps.Keys(items)) {
		of := fmt.Sprintf("stream %d", stream)
		if stream < 0 {
			of = "input"
		}
		lists = append(lists, list{of, items[stream]})
	}
	return lists
}

// units are how those are written that names of measures end in.
var units = map[string]string{"lufs": "LUFS", "lu": "LU", "dbtp": "dBTP", "dbfs": "dBFS", "bps": "bit/s", "s": "s", "ms": "ms", "percent": "%", "px": "px"}

// measure says a measure: the name without its unit, and the value with it.
func measure(m Measure) string {
	name, unit := m.Name, ""
	if i := strings.LastIndexByte(name, '_'); i >= 0 && units[name[i+1:]] != "" {
		name, unit = name[:i], units[name[i+1:]]
	}
	return Printable(strings.ReplaceAll(name, "_", " ")) + " " + amount(m.Value, unit)
}

// missing says why a detector had nothing to look at: of picture and sound,
// what the input lacks.
func missing(streams []Stream) string {
	var video, audio bool
	for _, s := range streams {
		video = video || s.Analyzed && s.Type == "video"
		audio = audio || s.Analyzed && s.Type == "audio"
	}
	switch {
	case video && !audio:
		return "no sound"
	case audio && !video:
		return "no picture"
	case !audio && !video:
		return "no picture, no sound"
	}
	return ""
}
