package report

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// Read reads what [NewNDJSON] or [NewJSON] wrote, and calls each with every
// message.
func Read(r io.Reader, each func(Message) error) error {
	in := bufio.NewReader(r)
	if first, _ := in.Peek(len("{\n")); string(first) != "{\n" { // a document is indented
		return ReadNDJSON(in, each)
	}
	dec := json.NewDecoder(in)
	for n := 1; ; n++ {
		var d Document
		err := dec.Decode(&d)
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case err == nil && d.Schema != Schema:
			err = fmt.Errorf("schema is %q, not %q", d.Schema, Schema)
		}
		if err != nil {
			return fmt.Errorf("reading results, document %d: %w", n, err)
		}
		for _, m := range d.messages() {
			if err := each(m); err != nil {
				return err
			}
		}
	}
}

// messages takes a document apart.
func (d *Document) messages() []Message {
	h := &Header{
		Schema: d.Schema, Tool: d.Tool, Input: d.Input, StartedAt: d.StartedAt,
		Format: d.Format, StartS: d.StartS, DurationS: d.DurationS, Streams: d.Streams,
	}
	s := &Summary{
		Input: d.Input, DurationS: d.DurationS, Interrupted: d.Interrupted, Error: d.Error,
		Detectors: d.Detectors, Counters: d.Counters,
	}
	out := []Message{{Header: h}}
	for i := range d.Events {
		out = append(out, Message{Event: &d.Events[i]})
	}
	if d.Plots != nil {
		out = append(out, Message{Plots: d.Plots})
	}
	return append(out, Message{Summary: s})
}
