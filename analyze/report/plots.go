package report

import (
	"encoding/json"
	"math"
	"strconv"
)

// Plots is what reports plot and show of one input, thinned: it has the same
// size for a minute and for a day.
type Plots struct {
	Series []Series  `json:"series"`
	Film   []Picture `json:"film,omitempty"` // small pictures of the first video stream, in the order of time
}

// A Series is a measure over media time. Time is cut into bins of the same
// width; Low, High and Mean have one value for each, which is NaN (null) where
// nothing was measured.
type Series struct {
	Stream int     `json:"stream"`
	Plot   string  `json:"plot"` // that it is in: "loudness"
	Name   string  `json:"name"` // which of it: "momentary"
	Unit   string  `json:"unit"`
	StepS  float64 `json:"step_s"` // width of a bin; the first begins where the results do
	Low    Values  `json:"low"`
	High   Values  `json:"high"`
	Mean   Values  `json:"mean"`
}

// Values are written with four figures: they are looked at.
type Values []float32

// MarshalJSON writes null for what is not finite.
func (v Values) MarshalJSON() ([]byte, error) {
	b := []byte{'['}
	for i, x := range v {
		if i > 0 {
			b = append(b, ',')
		}
		if f := float64(x); math.IsNaN(f) || math.IsInf(f, 0) {
			b = append(b, "null"...)
		} else {
			b = strconv.AppendFloat(b, f, 'g', 4, 32)
		}
	}
	return append(b, ']'), nil
}

// UnmarshalJSON reads null as NaN.
func (v *Values) UnmarshalJSON(b []byte) error {
	var all []*float32
	if err := json.Unmarshal(b, &all); err != nil {
		return err
	}
	*v = make(Values, len(all))
	for i, p := range all {
		if (*v)[i] = float32(math.NaN()); p != nil {
			(*v)[i] = *p
		}
	}
	return nil
}

// A Picture is a small picture of what was shown at a media time.
type Picture struct {
	AtS  float64 `json:"at_s"`
	What string  `json:"what,omitempty"` // of an event: "start", "worst" or "middle", "after"
	JPEG []byte  `json:"jpeg"`
}

// WithoutPlots returns a Writer that leaves out what is there for plots alone.
func WithoutPlots(w Writer) Writer { return withoutPlots{w} }

type withoutPlots struct{ Writer }

func (w withoutPlots) Write(m Message) error {
	switch {
	case m.Plots != nil:
		return nil
	case m.Event != nil && m.Event.Pictures != nil:
		e := *m.Event
		e.Pictures = nil
		m.Event = &e
	}
	return w.Writer.Write(m)
}
