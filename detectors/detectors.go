// Package detectors is the contract between the driver and the detectors.
//
// A detector is a small state machine over the rows that package measure
// makes. It is declared as a constant value in a package of its own and listed
// in package all. It never sees pixels or samples, imports no other detector,
// and does not grade what it finds: an event says how long and how much, and
// the caller decides whether that fails a job.
package detectors

import (
	"errors"
	"flag"
	"time"

	"github.com/vqa-project/vqa/detectors/measure"
)

// ErrNotApplicable is what a [Start] returns where the program has nothing to
// look at: no stream of the type that the detector is for. Wrapped as in
// "%w: no transport stream" it says what is missing.
var ErrNotApplicable = errors.New("nothing to look at")

// A Detector describes one defect detector.
type Detector struct {
	Name  string      // lower-case identifier: prefix of options, "detector" field of events
	Doc   string      // title line, blank line, explanation
	Needs measure.Set // what has to be measured for it

	// Setup declares the detector's options on fs, with default, unit and
	// help, and returns the function that starts it with their values.
	Setup func(fs *flag.FlagSet) Start
}

// Title returns the first line of the Doc.
func (d *Detector) Title() string {
	for i, c := range d.Doc {
		if c == '\n' {
			return d.Doc[:i]
		}
	}
	return d.Doc
}

// Start starts a detector on one program. Any error but [ErrNotApplicable]
// means that the detector could not check; it ends neither the run nor another
// detector. A Start may be called for several programs at the same time.
type Start func(p measure.Program, sink Sink) (Run, error)

// A Run is one detector at work on one program. All calls come from one
// goroutine, in the order of media time within each stream. A nil field means
// that the detector is not interested.
type Run struct {
	Transport func(*measure.Transport) // in the order of bytes
	Resource  func(*measure.Resource)
	Packet    func(*measure.Packet)
	Picture   func(*measure.Picture)
	Block     func(*measure.Block)

	// Open is called between rows, as often as the driver likes, where
	// somebody watches while the program goes on. It gives the sink what
	// is wrong and has crossed its limit, as if it ended now, and changes
	// nothing: the same events close, whether it is called or not. now is the
	// media time reached. Where it is nil, events are known when they close.
	Open func(now time.Duration)

	// Flush is called once, at the end, also after a cancellation: it
	// closes open events. end is the media time of the end of the program.
	Flush func(end time.Duration)

	// Measures and Tables return what the program came to, defect or not, up
	// to now. They change nothing, and are called after Flush, and before where
	// results are written while the program goes on.
	Measures func() []Measure
	Tables   func() []Table
}

// A Sink takes events as they close, and from within Open those that have not.
// It must be called from within a call to the Run that it was given to.
type Sink func(Event)

// An Event is one defect: a half-open interval [Start, End) of media time in
// one stream.
type Event struct {
	Kind       string // a constant of the detector's package
	Stream     int    // its index in the container, or [WholeInput]
	Start, End time.Duration
	Value      float64 // how much, in Unit
	Limit      float64 // what Value was held against, in Unit
	Unit       string

	// Worst is when it is worst, for a picture of it: from Start on and before
	// End. 0 says that no moment is known to be worse than others.
	Worst time.Duration

	// Evidence is what else was measured, by a name that carries its unit.
	Evidence map[string]float64
}

// A Measure is a figure of a whole stream, such as its loudness. One that is
// not finite is unknown, and not reported.
type Measure struct {
	Stream int
	Name   string // carries the unit: "loudness_integrated_lufs"
	Value  float64
}

// WholeInput is the stream of what belongs to none, or to all of them.
const WholeInput = -1

// A Table is what is worth listing of a program: checks and their state,
// services, rates.
type Table struct {
	Name    string   // what is listed: "checks"
	Columns []string // carry their units: "bitrate_bps"
	Rows    [][]any  // a string or float64 for each column; nil where unknown
}
