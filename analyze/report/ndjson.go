package report

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// NewNDJSON returns a Writer that writes each message as one line of JSON, in
// one call to w, at once.
func NewNDJSON(w io.Writer) Writer {
	return ndjson{newEncoder(w)}
}

type ndjson struct{ enc *json.Encoder }

func (n ndjson) Write(m Message) error {
	if m.Header != nil && m.Header.Streams == nil {
		h := *m.Header
		h.Streams = []Stream{} // [] and not null
		m.Header = &h
	}
	return n.enc.Encode(m)
}

func (ndjson) Close() error { return nil }

// maxLine bounds the memory that one line may take; the longest is a header,
// a few hundred bytes for each stream and option.
const maxLine = 16 << 20

// ReadNDJSON reads what [NewNDJSON] wrote and calls each with every message.
// Empty lines are skipped. Its errors name the line, those of each included.
func ReadNDJSON(r io.Reader, each func(Message) error) error {
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, maxLine)
	n := 0
	for lines.Scan() {
		n++
		if len(lines.Bytes()) == 0 {
			continue
		}
		m, err := parseMessage(lines.Bytes())
		if err == nil {
			err = each(m)
		}
		if err != nil {
			return fmt.Errorf("reading results, line %d: %w", n, err)
		}
	}
	if err := lines.Err(); err != nil {
		return fmt.Errorf("reading results, line %d: %w", n+1, err)
	}
	return nil
}

func parseMessage(line []byte) (Message, error) {
	var m Message
	if err := json.Unmarshal(line, &m); err != nil {
		return Message{}, err
	}
	set := 0
	for _, is := range []bool{m.Header != nil, m.Alert != nil, m.Event != nil, m.Plots != nil, m.Summary != nil} {
		if is {
			set++
		}
	}
	if set != 1 {
		return Message{}, errors.New("not one of header, alert, event, plots and summary")
	}
	if m.Header != nil && m.Header.Schema != Schema {
		return Message{}, fmt.Errorf("schema is %q, not %q", m.Header.Schema, Schema)
	}
	return m, nil
}
