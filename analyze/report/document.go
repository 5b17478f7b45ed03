package report

import (
	"cmp"
	"errors"
	"maps"
	"math"
	"slices"
	"time"
)

// Seconds returns d in seconds, rounded to the microsecond, as all times in
// the results are.
func Seconds(d time.Duration) float64 {
	return math.Round(float64(d)/float64(time.Microsecond)) / 1e6
}

// errNoSummary is what a document says for its error where the stream of
// messages ended early, because whatever wrote it was killed.
const errNoSummary = "results end before the summary: they are not complete"

// Gather returns a Writer that puts the messages of each input together and
// calls each with the document, once the input's summary is there. What is
// left without a summary at Close, or when the next input of its channel
// begins, is given to each with an error in the document.
func Gather(each func(*Document) error) Writer {
	return &channels{each: each, gatherers: map[string]*gatherer{}}
}

// channels has a gatherer for each channel.
type channels struct {
	each      func(*Document) error
	gatherers map[string]*gatherer
}

func (c *channels) Write(m Message) error {
	g := c.gatherers[m.Channel]
	if g == nil {
		g = &gatherer{each: c.each}
		c.gatherers[m.Channel] = g
	}
	return g.Write(m)
}

func (c *channels) Close() error {
	var errs []error
	for _, name := range slices.Sorted(maps.Keys(c.gatherers)) {
		errs = append(errs, c.gatherers[name].Close())
	}
	return errors.Join(errs...)
}

type gatherer struct {
	each    func(*Document) error
	doc     *Document // nil between inputs
	options map[string]map[string]any
}

func (g *gatherer) Write(m Message) error {
	switch {
	case m.Alert != nil: // what was wrong is in the events
	case m.Header != nil:
		err := g.Close()
		g.begin(m.Channel, m.Header)
		return err
	case g.doc == nil:
		return errors.New("results without a header before them")
	case m.Event != nil:
		g.doc.Events = append(g.doc.Events, *m.Event)
	case m.Plots != nil:
		g.doc.Plots = m.Plots
	case m.Summary != nil:
		return g.end(m.Summary)
	}
	return nil
}

// Close hands on what has no summary.
func (g *gatherer) Close() error {
	if g.doc == nil {
		return nil
	}
	return g.end(&Summary{
		DurationS:   g.doc.DurationS,
		Interrupted: true,
		Error:       errNoSummary,
	})
}

func (g *gatherer) begin(channel string, h *Header) {
	g.doc = &Document{
		Schema:    h.Schema,
		Channel:   channel,
		Tool:      h.Tool,
		Input:     h.Input,
		StartedAt: h.StartedAt,
		Format:    h.Format,
		StartS:    h.StartS,
		DurationS: h.DurationS,
		Streams:   append([]Stream{}, h.Streams...),
		Events:    []Event{},
	}
	g.options = h.Options
}

func (g *gatherer) end(s *Summary) error {
	doc := g.doc
	g.doc = nil
	doc.DurationS = s.DurationS
	doc.Interrupted = s.Interrupted
	doc.Error = s.Error
	doc.Counters = s.Counters
	doc.Detectors = make(map[string]Detector, len(s.Detectors))
	for name, d := range s.Detectors {
		if d.Options == nil {
			d.Options = g.options[name]
		}
		doc.Detectors[name] = d
	}
	slices.SortStableFunc(doc.Events, compareEvents)
	return g.each(doc)
}

func compareEvents(a, b Event) int {
	return cmp.Or(
		cmp.Compare(a.StartS, b.StartS),
		cmp.Compare(a.Stream, b.Stream),
		cmp.Compare(a.Detector, b.Detector),
		cmp.Compare(a.Kind, b.Kind),
	)
}
