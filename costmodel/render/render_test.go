package render

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"encoding/xml"
	"errors"
	"io"
	"math"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/vqa-project/vqa/costmodel"
)

func estimate(t *testing.T, f func(*costmodel.Workload), streams ...int) *costmodel.Estimate {
	t.Helper()
	w := costmodel.Defaults()
	w.Detectors, w.DecodeCPU, w.DetectorCPU, w.MemoryMiB = 5, 0.233, 0.0051, 105 // whatever was last measured
	if f != nil {
		f(&w)
	}
	m, err := costmodel.New(w, costmodel.DefaultPrices())
	if err != nil {
		t.Fatal(err)
	}
	e, err := m.Estimate(costmodel.Request{Streams: streams})
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func written(t *testing.T, write func(io.Writer, *costmodel.Estimate) error, e *costmodel.Estimate) string {
	t.Helper()
	var b bytes.Buffer
	if err := write(&b, e); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// The same estimate is written the same, whatever the order of maps.
func TestWrittenTheSame(t *testing.T) {
	for _, write := range []func(io.Writer, *costmodel.Estimate) error{Table, Markdown, CSV, JSON, HTML, Sentences} {
		first := written(t, write, estimate(t, nil, 1, 1000))
		if first == "" || first != written(t, write, estimate(t, nil, 1, 1000)) {
			t.Error("two of the same differ, or are empty")
		}
	}
}

// The lines of CSV add up to the totals of JSON.
func TestCSVAddsUp(t *testing.T) {
	e := estimate(t, nil, 10, 100)
	lines, err := csv.NewReader(strings.NewReader(written(t, CSV, e))).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	sums := map[string]float64{}
	for _, l := range lines[1:] {
		usd, err := strconv.ParseFloat(l[6], 64)
		if err != nil {
			t.Fatal(err)
		}
		sums[l[0]+" "+l[1]] += usd
	}
	var doc costmodel.Estimate
	if err := json.Unmarshal([]byte(written(t, JSON, e)), &doc); err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, p := range doc.Points {
		for _, c := range p.Costs {
			n++
			if got := sums[strconv.Itoa(p.Streams)+" "+string(c.Variant)]; math.Abs(got-c.USD) > 1e-6*c.USD {
				t.Errorf("%s, %d streams: %g in CSV, %g in JSON", c.Variant, p.Streams, got, c.USD)
			}
		}
	}
	if n != 10 || len(doc.Assumptions) != len(costmodel.Parameters()) {
		t.Errorf("%d costs, %d assumptions", n, len(doc.Assumptions))
	}
}

func TestTableShowsEverything(t *testing.T) {
	text := written(t, Table, estimate(t, nil, 100))
	for _, p := range costmodel.Parameters() {
		if !strings.Contains(text, "\n  "+p.Name+" ") {
			t.Errorf("%s is not shown", p.Name)
		}
	}
	for _, title := range []string{"Cost", "Items, 100 streams", "Limits", "Break-even", "What moves the answer", "In words", "Prices in us-east-1", "Sources"} {
		if !strings.Contains(text, "\n"+title) {
			t.Errorf("there is no %q", title)
		}
	}
	if regexp.MustCompile(`NaN|Inf|%!|\$0\.00\b`).MatchString(text) {
		t.Error("a figure could not be written")
	}
}

// The page is one file: it names no other, runs nothing, and shows names from
// outside as text.
func TestPage(t *testing.T) {
	const evil = `<script src="https://a.example/x.js">"&'`
	text := written(t, HTML, estimate(t, func(w *costmodel.Workload) { w.SetSource("hours", evil) }, 1, 1000))
	for _, bad := range []string{"<script", "src=", "href=", "url(", "@import", "http://", "NaN", "Inf", "ZgotmplZ", "{{"} {
		if strings.Contains(strings.ReplaceAll(text, "&lt;script src=", ""), bad) {
			t.Errorf("the page has %q", bad)
		}
	}
	if !strings.Contains(text, "&lt;script src=&#34;https://a.example/x.js&#34;&gt;") {
		t.Error("a source is not shown")
	}
	for _, want := range []string{"prefers-color-scheme: dark", `name="viewport"`, "standard, stops at 166 streams (state transitions)", "from 3 streams on, ec2 is the cheapest"} {
		if !strings.Contains(text, want) {
			t.Errorf("the page has no %q", want)
		}
	}
	_, body, _ := strings.Cut(text, "<body>")
	body, _, _ = strings.Cut(body, "</body>")
	d := xml.NewDecoder(strings.NewReader("<body>" + body + "</body>"))
	for {
		if _, err := d.Token(); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatalf("elements do not match: %v", err)
		}
	}
}

// A page of variants that cannot run, and of a single stream, has no broken
// plots.
func TestPageOfLittle(t *testing.T) {
	for _, f := range []func(*costmodel.Workload){
		func(w *costmodel.Workload) { w.DetectorCPU = 10 },
		func(w *costmodel.Workload) { w.ExpressSeconds, w.PayloadKB = 400, 1000 },
		func(w *costmodel.Workload) { w.DecodeCPU, w.Detectors, w.MemoryMiB = 0, 0, 1 },
	} {
		for _, write := range []func(io.Writer, *costmodel.Estimate) error{Table, Markdown, CSV, JSON, HTML, Sentences} {
			if text := written(t, write, estimate(t, f, 1)); strings.Contains(text, "NaN") || strings.Contains(text, "Inf") {
				t.Errorf("a figure could not be written in\n%s", text)
			}
		}
	}
}

func TestMarkdownEscapes(t *testing.T) {
	text := written(t, Markdown, estimate(t, func(w *costmodel.Workload) { w.SetSource("hours", "a|b<c") }, 1))
	if !strings.Contains(text, `a\|b&lt;c`) {
		t.Error("what Markdown acts on is not escaped")
	}
}

func TestWrap(t *testing.T) {
	if got := wrap("one two three", 7, "  "); got != "one two\n    three" {
		t.Errorf("%q", got)
	}
}
