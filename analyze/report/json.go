package report

import (
	"encoding/json"
	"io"
	"math"
)

// NewJSON returns a Writer that writes one indented [Document] for each input
// as it ends. Several inputs give one document after the other, which
// `jq -s` makes an array of.
func NewJSON(w io.Writer) Writer {
	enc := newEncoder(w)
	enc.SetIndent("", "  ")
	return Gather(func(d *Document) error { return enc.Encode(d) })
}

// newEncoder returns an encoder that leaves &, < and > in names as they are:
// the results are not for the inside of a web page.
func newEncoder(w io.Writer) *json.Encoder {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	return enc
}

// A number is a float64 that is null in JSON where it is not finite, such as
// the level of digital silence in dB. Null is read back as NaN.
type number float64

func (n number) MarshalJSON() ([]byte, error) {
	if math.IsNaN(float64(n)) || math.IsInf(float64(n), 0) {
		return []byte("null"), nil
	}
	return json.Marshal(float64(n))
}

func (n *number) UnmarshalJSON(b []byte) error {
	if string(b) == "null" {
		*n = number(math.NaN())
		return nil
	}
	return json.Unmarshal(b, (*float64)(n))
}

// eventJSON is [Event] with numbers that may be null: the same fields in the
// same order.
type eventJSON struct {
	Detector string            `json:"detector"`
	Kind     string            `json:"kind"`
	Stream   int               `json:"stream"`
	StartS   number            `json:"start_s"`
	EndS     number            `json:"end_s"`
	Value    number            `json:"value"`
	Limit    number            `json:"limit"`
	Unit     string            `json:"unit"`
	WorstS   number            `json:"worst_s,omitempty"`
	Evidence map[string]number `json:"evidence,omitempty"`
	Pictures []Picture         `json:"pictures,omitempty"`
}

// MarshalJSON writes null for numbers that are not finite.
func (e Event) MarshalJSON() ([]byte, error) {
	return json.Marshal(eventJSON{
		Detector: e.Detector,
		Kind:     e.Kind,
		Stream:   e.Stream,
		StartS:   number(e.StartS),
		EndS:     number(e.EndS),
		Value:    number(e.Value),
		Limit:    number(e.Limit),
		Unit:     e.Unit,
		WorstS:   number(e.WorstS),
		Evidence: convert[number](e.Evidence),
		Pictures: e.Pictures,
	})
}

// UnmarshalJSON reads null as NaN where a number is due.
func (e *Event) UnmarshalJSON(b []byte) error {
	var j eventJSON
	if err := json.Unmarshal(b, &j); err != nil {
		return err
	}
	*e = Event{
		Detector: j.Detector,
		Kind:     j.Kind,
		Stream:   j.Stream,
		StartS:   float64(j.StartS),
		EndS:     float64(j.EndS),
		Value:    float64(j.Value),
		Limit:    float64(j.Limit),
		Unit:     j.Unit,
		WorstS:   float64(j.WorstS),
		Evidence: convert[float64](j.Evidence),
		Pictures: j.Pictures,
	}
	return nil
}

// convert returns m with another type of number, nil where it is empty.
func convert[To, From ~float64](m map[string]From) map[string]To {
	if len(m) == 0 {
		return nil
	}
	out := make(map[string]To, len(m))
	for k, v := range m {
		out[k] = To(v)
	}
	return out
}
