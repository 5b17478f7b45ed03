package report

import (
	"encoding/csv"
	"encoding/json"
	"io"
	"strconv"
	"strings"
)

// NewCSV returns a Writer of the events as CSV (RFC 4180): a line for each, below
// one with the names of the columns. Evidence is a JSON object.
func NewCSV(w io.Writer) Writer {
	out := csv.NewWriter(w)
	begun := false
	write := func(d *Document) error {
		if !begun {
			begun = true
			if err := out.Write([]string{"input", "detector", "kind", "stream", "start_s", "end_s", "value", "limit", "unit", "evidence"}); err != nil {
				return err
			}
		}
		for _, e := range d.Events {
			evidence, err := json.Marshal(convert[number](e.Evidence))
			if err != nil {
				return err
			}
			if e.Evidence == nil {
				evidence = nil
			}
			if err := out.Write([]string{
				cell(d.Input), cell(e.Detector), cell(e.Kind), strconv.Itoa(e.Stream),
				plain(e.StartS), plain(e.EndS), plain(e.Value), plain(e.Limit), cell(e.Unit), string(evidence),
			}); err != nil {
				return err
			}
		}
		out.Flush()
		return out.Error()
	}
	return Gather(write)
}

// cell keeps spreadsheets from taking a name that comes from outside for a
// formula.
func cell(s string) string {
	if len(s) > 1 && strings.ContainsRune("=+-@\t\r", rune(s[0])) {
		return "'" + s
	}
	return s
}

func plain(v float64) string { return strconv.FormatFloat(v, 'f', -1, 64) }
