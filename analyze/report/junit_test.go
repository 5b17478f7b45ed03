package report

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"encoding/xml"
	"io"
	"strings"
	"testing"
)

// through writes a document's messages, and returns what a writer makes of them.
func through(t *testing.T, newWriter func(*bytes.Buffer) Writer, docs ...*Document) string {
	t.Helper()
	var b bytes.Buffer
	w := newWriter(&b)
	for _, d := range docs {
		for _, m := range d.messages() {
			if err := w.Write(m); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestJUnit(t *testing.T) {
	d := evilDocument(t)
	broken := &Document{Schema: Schema, Input: "gone.ts", Error: "no such file", Detectors: map[string]Detector{"freeze": {Status: Failed, Error: "no such file"}}}
	text := through(t, func(b *bytes.Buffer) Writer { return NewJUnit(b) }, d, broken)
	var got junitSuites
	if err := xml.Unmarshal([]byte(text), &got); err != nil {
		t.Fatalf("%v in\n%s", err, text)
	}
	if want := (junitCounts{Tests: 7, Failures: 2, Errors: 3, Skipped: 1}); got.junitCounts != want {
		t.Errorf("%+v, want %+v", got.junitCounts, want)
	}
	if len(got.Suites) != 2 || got.Suites[0].Name != Printable(d.Input) || got.Suites[0].Timestamp != "2026-01-01T00:00:00" {
		t.Fatalf("suites are %+v", got.Suites)
	}
	for _, c := range got.Suites[0].Cases {
		failed, failing, skipped := c.Failure != nil, c.Error != nil, c.Skipped != nil
		switch c.Name {
		case "black":
			if failed || failing || skipped {
				t.Errorf("black: %+v", c)
			}
		case "freeze":
			if !failed || c.Failure.Message != "2 events" || strings.Count(c.Failure.Text, "limit 2 s") != 2 {
				t.Errorf("freeze: %+v", c.Failure)
			}
		case "ts":
			if !failing || c.Error.Message != Printable(evil) {
				t.Errorf("ts: %+v", c.Error)
			}
		case "hls":
			if !skipped {
				t.Errorf("hls: %+v", c)
			}
		}
	}
	last := got.Suites[1].Cases
	if len(last) != 2 || last[1].Name != "input" || last[1].Error == nil {
		t.Errorf("of an input that failed: %+v", last)
	}
}

// Also nothing at all is XML.
func TestJUnitOfNothing(t *testing.T) {
	var got junitSuites
	if err := xml.Unmarshal([]byte(through(t, func(b *bytes.Buffer) Writer { return NewJUnit(b) })), &got); err != nil || got.Tests != 0 {
		t.Errorf("%+v, %v", got, err)
	}
}

func TestCSV(t *testing.T) {
	d := evilDocument(t)
	other := &Document{Schema: Schema, Input: `=HYPERLINK("http://a.example")`, Events: []Event{{Detector: "freeze", Kind: "freeze", Stream: -1, StartS: 1}}}
	lines, err := csv.NewReader(strings.NewReader(through(t, func(b *bytes.Buffer) Writer { return NewCSV(b) }, d, other))).ReadAll()
	if err != nil || len(lines) != 5 {
		t.Fatalf("%d lines, %v", len(lines), err)
	}
	if got := strings.Join(lines[1][1:9], " "); got != "freeze freeze 0 4 7 3 2 s" {
		t.Errorf("%q", got)
	}
	var evidence map[string]*float64
	if err := json.Unmarshal([]byte(lines[1][9]), &evidence); err != nil || *evidence["pictures"] != 75 || evidence["odd"] != nil {
		t.Errorf("evidence %s, %v", lines[1][9], err)
	}
	if lines[2][0] != d.Input || lines[2][2] != evil || lines[2][9] != "" {
		t.Errorf("%q", lines[2])
	}
	if lines[4][0] != "'"+other.Input || lines[4][3] != "-1" {
		t.Errorf("a spreadsheet takes %q for a formula", lines[4][0])
	}
	if got := through(t, func(b *bytes.Buffer) Writer { return NewCSV(b) }, &Document{Schema: Schema, Input: "a"}); !strings.HasPrefix(got, "input,detector,") {
		t.Errorf("without events: %q", got)
	}
}

// What is read is what was written, plots and pictures included.
func TestReadGivesTheSame(t *testing.T) {
	d := evilDocument(t)
	table := func(b *bytes.Buffer) Writer { return NewTable(b, 100) }
	page := func(b *bytes.Buffer) Writer { return NewHTML(b, nil) }
	wantTable, wantPage := through(t, table, d), through(t, page, d)
	for name, newWriter := range map[string]func(*bytes.Buffer) Writer{
		"JSON":   func(b *bytes.Buffer) Writer { return NewJSON(b) },
		"NDJSON": func(b *bytes.Buffer) Writer { return NewNDJSON(b) },
	} {
		text := through(t, newWriter, d, d)
		var got []*Document
		w := Gather(func(d *Document) error { got = append(got, d); return nil })
		if err := Read(strings.NewReader(text), w.Write); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if len(got) != 2 {
			t.Fatalf("%s: %d documents", name, len(got))
		}
		if through(t, table, got[1]) != wantTable || through(t, page, got[1]) != wantPage {
			t.Errorf("%s: what is read is something else", name)
		}
	}
	without := through(t, func(b *bytes.Buffer) Writer { return WithoutPlots(NewNDJSON(b)) }, d)
	if strings.Contains(without, "jpeg") || strings.Contains(without, "plots") || !strings.Contains(without, `"start_s":15`) {
		t.Errorf("without plots it is %s", without)
	}
	if len(d.Events[0].Pictures) != 3 {
		t.Error("the event itself lost its pictures")
	}
}

func TestReadErrors(t *testing.T) {
	for text, want := range map[string]string{
		"{\n \"schema\": \"vqa.report/v9\"}":  `document 1: schema is "vqa.report/v9"`,
		"{\n \"schema\": \"vqa.compare/v1\"}": `schema is "vqa.compare/v1"`,
		"{\n \"schema\": 5}":                  "document 1: json",
		"{\n":                                 "unexpected EOF",
		"freeze":                              "line 1: invalid character",
	} {
		if err := Read(strings.NewReader(text), func(Message) error { return nil }); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v", text, err)
		}
	}
	if err := Read(strings.NewReader(""), nil); err != nil {
		t.Error(err)
	}
}

// Whatever is read, it is an error or a page.
func FuzzRead(f *testing.F) {
	for _, text := range []string{
		`{"header":{"schema":"vqa.report/v1","streams":[{"type":"video","analyzed":true}]}}` + "\n" +
			`{"event":{"detector":"freeze","start_s":null,"end_s":1e300,"evidence":{"a":null},"pictures":[{"jpeg":"AA=="}]}}` + "\n" +
			`{"plots":{"series":[{"low":[null,1],"high":[],"mean":[1]}]}}` + "\n" + `{"summary":{"detectors":{"freeze":{"status":"defects"}}}}`,
		"{\n\"schema\": \"vqa.report/v1\", \"events\": [{}]}",
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		w := Multi(NewHTML(io.Discard, nil), NewTable(io.Discard, 80), NewJUnit(io.Discard), NewCSV(io.Discard), NewJSON(io.Discard))
		_ = Read(strings.NewReader(text), w.Write) // what is wrong with it
		if err := w.Close(); err != nil {
			t.Error(err)
		}
	})
}
