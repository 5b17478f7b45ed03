package report

import (
	"cmp"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"fmt"
	"html/template"
	"io"
	"maps"
	"path"
	"slices"
	"strings"
)

//go:embed page.html
var pageTemplate string

//go:embed page.css
var pageStyle string

//go:embed page.js
var pageScript string

// NewHTML returns a Writer of one page for all inputs: a timeline of their
// events, plots and pictures where the messages have any, and lists of all
// else. The page is one file, which opens offline and needs nothing.
//
// complete, where it is not nil, is shown each document before it is written,
// and may put pictures beside its events.
func NewHTML(w io.Writer, complete func(*Document)) Writer {
	p := &page{w: w, templates: template.Must(template.New("page").Parse(pageTemplate))}
	p.Writer = Gather(func(d *Document) error {
		if complete != nil {
			complete(d)
		}
		return p.input(d)
	})
	return p
}

type page struct {
	Writer
	w         io.Writer
	templates *template.Template
	inputs    int
}

// Close ends the page.
func (p *page) Close() error {
	if err := p.Writer.Close(); err != nil || p.inputs == 0 {
		return err
	}
	// The script is part of the program, and the only one that the page may run.
	return p.templates.ExecuteTemplate(p.w, "foot", map[string]any{"Script": template.JS(pageScript)})
}

func (p *page) input(d *Document) error {
	if p.inputs == 0 {
		sum := sha256.Sum256([]byte(pageScript))
		if err := p.templates.ExecuteTemplate(p.w, "head", map[string]any{
			"Title": Printable(path.Base(cmp.Or(d.Channel, d.Input))), "Style": template.CSS(pageStyle),
			"Hash": "sha256-" + base64.StdEncoding.EncodeToString(sum[:]),
		}); err != nil {
			return err
		}
	}
	p.inputs++
	return p.templates.ExecuteTemplate(p.w, "input", newPageInput(d, p.inputs))
}

// maxRows is how many events are listed, and openRows how many of them without
// being asked for: to lay out a long table takes time. The timeline has all.
const (
	maxRows  = 5000
	openRows = 250
)

// colours is how many the page has.
const colours = 14

type pageInput struct {
	Name, Headline string
	Notes          []string
	Verdicts       []pageVerdict
	Plots          bool
	Total          string
	Events, Rest   []pageEvent
	More           bool
	Listed         int
	Detectors      []pageDetector
	Tables         []pageTable
	Streams        []pageStream
	Counts, Made   string
	Data           pageData
}

type pageVerdict struct{ Class, Label, Names string }

type pageEvent struct {
	ID                       string
	Index, Colour            int
	Start, End, Length, What string
	Stream, Value, Limit     string
	Pictures                 []pagePicture
	Evidence                 []pageFigure
}

type pagePicture struct {
	What, At string
	Source   template.URL
}

type pageFigure struct{ Name, Value string }

type pageDetector struct {
	Name, Class, Result, Why string
	Measures, Options        []string
}

type pageTable struct {
	Title   string
	Columns []string
	Rows    [][]string
}

type pageStream struct {
	Index      int
	Type, What string
}

// pageData is what the script draws.
type pageData struct {
	ID     int           `json:"id"`
	Begin  float64       `json:"begin"` // media time
	End    float64       `json:"end"`
	Lanes  []pageLane    `json:"lanes"`
	Events []pageMark    `json:"events"`
	Series []Series      `json:"series,omitempty"`
	Film   []filmPicture `json:"film,omitempty"`
}

// A pageLane is a line of the timeline: the title of a stream, or the events of
// one detector there.
type pageLane struct {
	Title    string `json:"title,omitempty"`
	Detector string `json:"detector,omitempty"`
	Colour   int    `json:"colour"`
	Events   []int  `json:"events,omitempty"`
}

type pageMark struct {
	What   string  `json:"what"`
	Stream int     `json:"stream"`
	Start  float64 `json:"start"`
	End    float64 `json:"end"`
	Colour int     `json:"colour"`
}

type filmPicture struct {
	At   float64 `json:"at_s"`
	JPEG string  `json:"jpeg"`
}

func newPageInput(d *Document, id int) pageInput {
	p := pageInput{
		Name: Printable(cmp.Or(d.Channel, d.Input)), Headline: strings.TrimPrefix(strings.TrimPrefix(headline(d), Printable(d.Channel)+", "), Printable(d.Input)+": "),
		Plots: d.Plots != nil && len(d.Plots.Series) > 0,
		Total: plural(int64(len(d.Events)), "event"), More: len(d.Events) > maxRows, Listed: maxRows,
		Counts: counts(d.Counters),
		Made:   Printable(fmt.Sprintf("%s %s, %s", d.Tool.Name, d.Tool.Version, d.StartedAt)),
		Data:   newPageData(d, id),
	}
	if note := ending(d); note != "" {
		p.Notes = append(p.Notes, note)
	}
	for _, l := range verdicts(d) {
		v := pageVerdict{Class: "none", Label: l.label, Names: strings.Join(l.items, ", ")}
		switch {
		case l.label == found:
			v.Class = "bad"
		case l.label == string(Clean):
			v.Class = "good"
		case strings.HasPrefix(l.label, "could not"):
			v.Class = "warn"
		}
		p.Verdicts = append(p.Verdicts, v)
	}
	for i, e := range d.Events[:min(len(d.Events), maxRows)] {
		one := newPageEvent(e, i, id, p.Data.Events[i].Colour)
		if i < openRows {
			p.Events = append(p.Events, one)
		} else {
			p.Rest = append(p.Rest, one)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(d.Detectors)) {
		det := d.Detectors[name]
		p.Detectors = append(p.Detectors, newPageDetector(name, det, d))
		for _, l := range det.Tables {
			p.Tables = append(p.Tables, newPageTable(name, l))
		}
	}
	for _, s := range d.Streams {
		p.Streams = append(p.Streams, pageStream{s.Index, Printable(s.Type), describe(s)})
	}
	return p
}

// newPageData lays out the timeline: below each analysed stream, and below the
// input as a whole, a lane for each detector that found something there.
func newPageData(d *Document, id int) pageData {
	data := pageData{ID: id, Begin: d.StartS, End: max(d.StartS, d.DurationS), Lanes: []pageLane{}, Events: []pageMark{}}
	colour := map[string]int{}
	for _, name := range slices.Sorted(maps.Keys(d.Detectors)) {
		if d.Detectors[name].Events > 0 {
			colour[name] = len(colour) % colours
		}
	}
	found := map[int]map[string][]int{}
	for i, e := range d.Events {
		data.Events = append(data.Events, pageMark{what(e), e.Stream, e.StartS, max(e.StartS, e.EndS), colour[e.Detector]})
		if found[e.Stream] == nil {
			found[e.Stream] = map[string][]int{}
		}
		found[e.Stream][e.Detector] = append(found[e.Stream][e.Detector], i)
		data.End = max(data.End, e.EndS)
	}
	titles := map[int]string{}
	for _, s := range d.Streams {
		if s.Analyzed {
			titles[s.Index] = fmt.Sprintf("stream %d: %s", s.Index, describe(s))
		}
	}
	for stream := range found {
		if titles[stream] == "" {
			titles[stream] = "the whole input"
		}
	}
	for _, stream := range slices.Sorted(maps.Keys(titles)) {
		title := titles[stream]
		if len(found[stream]) == 0 {
			title += ": nothing found"
		}
		data.Lanes = append(data.Lanes, pageLane{Title: title})
		for _, name := range slices.Sorted(maps.Keys(found[stream])) {
			data.Lanes = append(data.Lanes, pageLane{Detector: Printable(name), Colour: colour[name], Events: found[stream][name]})
		}
	}
	if d.Plots != nil {
		for _, s := range d.Plots.Series {
			s.Plot, s.Name, s.Unit = Printable(s.Plot), Printable(s.Name), Printable(s.Unit)
			data.Series = append(data.Series, s)
		}
		for _, p := range d.Plots.Film {
			data.Film = append(data.Film, filmPicture{p.AtS, base64.StdEncoding.EncodeToString(p.JPEG)})
		}
	}
	return data
}

func newPageEvent(e Event, i, id, colour int) pageEvent {
	out := pageEvent{
		ID: fmt.Sprintf("e%d-%d", id, i), Index: i, Colour: colour,
		Start: clock(e.StartS), End: clock(e.EndS), Length: length(e.EndS - e.StartS), What: what(e),
		Stream: streamIndex(e.Stream), Value: value(e), Limit: amount(e.Limit, e.Unit),
	}
	for _, p := range e.Pictures {
		out.Pictures = append(out.Pictures, pagePicture{Printable(p.What), clock(p.AtS), jpegURL(p.JPEG)})
	}
	for _, name := range slices.Sorted(maps.Keys(e.Evidence)) {
		out.Evidence = append(out.Evidence, pageFigure{Printable(strings.ReplaceAll(name, "_", " ")), figure(e.Evidence[name])})
	}
	return out
}

// jpegURL is nothing but base64 behind what names its type.
func jpegURL(jpeg []byte) template.URL {
	return template.URL("data:image/jpeg;base64," + base64.StdEncoding.EncodeToString(jpeg))
}

func newPageDetector(name string, det Detector, d *Document) pageDetector {
	out := pageDetector{Name: Printable(name), Why: Printable(det.Error), Result: Printable(string(det.Status)), Class: "none"}
	switch det.Status {
	case Defects:
		out.Class, out.Result = "bad", det.count()
	case Clean:
		out.Class = "good"
	case Failed:
		out.Class, out.Result = "warn", "could not check"
	case NotApplicable:
		out.Result = "not applicable"
		if out.Why == "" {
			out.Why = missing(d.Streams)
		}
	}
	for _, m := range det.Measures {
		of := fmt.Sprintf("stream %d: ", m.Stream)
		if m.Stream < 0 {
			of = ""
		}
		out.Measures = append(out.Measures, of+measure(m))
	}
	for _, o := range slices.Sorted(maps.Keys(det.Options)) {
		out.Options = append(out.Options, Printable(fmt.Sprintf("%s %v", o, det.Options[o])))
	}
	return out
}

func newPageTable(detector string, l Table) pageTable {
	out := pageTable{Title: Printable(detector + " " + l.Name)}
	for _, c := range l.Columns {
		out.Columns = append(out.Columns, Printable(strings.ReplaceAll(c, "_", " ")))
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
		out.Rows = append(out.Rows, cells)
	}
	return out
}
