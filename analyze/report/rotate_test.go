package report

import (
	"slices"
	"strings"
	"testing"
	"time"
)

// A sheet is the results of one part.
type sheet struct {
	text   []string
	closed bool
}

func (p *sheet) Write(m Message) error {
	switch {
	case m.Header != nil:
		p.text = append(p.text, m.Channel+" begins")
	case m.Summary != nil:
		p.text = append(p.text, m.Channel+" ends")
	default:
		p.text = append(p.text, m.Channel)
	}
	return nil
}

func (p *sheet) Close() error { p.closed = true; return nil }

func TestRotating(t *testing.T) {
	var pages []*sheet
	var stamps []string
	w, err := NewRotating(time.Hour, func(stamp string) (Writer, error) {
		pages, stamps = append(pages, &sheet{}), append(stamps, stamp)
		return pages[len(pages)-1], nil
	})
	if err != nil {
		t.Fatal(err)
	}
	now := time.Now()
	w.(*rotating).now = func() time.Time { return now }
	write := func(channel string, m Message) {
		t.Helper()
		m.Channel = channel
		if err := w.Write(m); err != nil {
			t.Fatal(err)
		}
	}
	header, summary, event := Message{Header: &Header{}}, Message{Summary: &Summary{}}, Message{Event: &Event{}}
	write("a", header)
	write("b", header)
	now = now.Add(time.Hour)
	write("a", event)
	write("a", summary)
	write("a", header) // a new part
	write("b", event)  // in the old one still
	if len(pages) != 2 || pages[0].closed {
		t.Fatalf("pages %+v", pages)
	}
	write("b", summary)
	write("b", header)
	write("b", summary)
	if !pages[0].closed {
		t.Error("the first part is still open")
	}
	if err := w.Close(); err != nil || !pages[1].closed {
		t.Errorf("closing: %v, %+v", err, pages[1])
	}
	for i, want := range []string{"a begins, b begins, a, a ends, b, b ends", "a begins, b begins, b ends"} {
		if got := strings.Join(pages[i].text, ", "); got != want {
			t.Errorf("part %d: %s\nwant %s", i, got, want)
		}
	}
	if slices.Contains(stamps, "") || w.Write(Message{Event: &Event{}}) == nil {
		t.Errorf("stamps %q, and an event without a header is taken", stamps)
	}
}

// The documents of channels are put together side by side.
func TestGatherChannels(t *testing.T) {
	var docs []*Document
	w := Gather(func(d *Document) error { docs = append(docs, d); return nil })
	for _, m := range []Message{
		{Channel: "a", Header: &Header{Input: "1"}},
		{Channel: "b", Header: &Header{Input: "2"}},
		{Channel: "a", Alert: &Alert{ID: 1, State: Opened}},
		{Channel: "b", Event: &Event{Detector: "black"}},
		{Channel: "a", Event: &Event{Detector: "freeze"}},
		{Channel: "a", Summary: &Summary{}},
	} {
		if err := w.Write(m); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil || len(docs) != 2 {
		t.Fatalf("%d documents, error %v", len(docs), err)
	}
	a, b := docs[0], docs[1]
	if a.Channel != "a" || a.Input != "1" || len(a.Events) != 1 || a.Events[0].Detector != "freeze" || a.Error != "" {
		t.Errorf("a: %+v", a)
	}
	if b.Channel != "b" || b.Input != "2" || len(b.Events) != 1 || b.Error == "" {
		t.Errorf("b: %+v", b)
	}
}
