package ts

import (
	"math"
	"slices"
	"time"

	"github.com/vqa-project/vqa/detectors"
	"github.com/vqa-project/vqa/detectors/measure"
)

const (
	// joined is how close errors of one kind and PID are one event.
	joined = 500 * time.Millisecond

	// spanning is how long an interval may be that is too long, and still one
	// event with the one before: so long events of intervals wait.
	spanning = 15 * time.Second
)

// A fault is one error, or several close to each other.
type fault struct {
	kind          string
	pid           int
	program       int           // 0 where none
	start, end    time.Duration // media time
	last          time.Duration // arrival of the last error
	first, behind place
	count         int
	lost          int
	worst         float64 // in the unit of the check
}

// A place is one in the input.
type place struct{ packet, position int64 }

func placeOf(row *measure.Transport) place { return place{row.Packet, row.Position} }

// An occurrence is what is to be said of one error.
type occurrence struct {
	kind          string
	pid, program  int
	since, at     time.Duration // arrival: of its beginning, 0 where it has no length, and end
	start, end    time.Duration // media time
	first, behind place
	value         float64 // in the unit of the check; where that is errors, none
	lost          int     // packets
}

// faults joins errors that are close, and reports them.
type faults struct {
	checks []check
	counts []int     // of errors, by check
	worst  []float64 // by check, also where it is no error; NaN where nothing was measured
	totals []total   // of errors, by check, PID and program
	open   []fault
	sink   detectors.Sink
	stream func(pid int) int
}

// A total is all errors of one kind, PID and program.
type total struct {
	check        int // its index
	pid, program int
	count        int
	first, last  place
	start, end   time.Duration // media time: of the first, and up to the end of the last
}

func newFaults(checks []check, sink detectors.Sink, stream func(pid int) int) faults {
	f := faults{checks: checks, counts: make([]int, len(checks)), worst: make([]float64, len(checks)), sink: sink, stream: stream}
	for i := range f.worst {
		f.worst[i] = math.NaN()
	}
	return f
}

// measured notes a value that was held against a check, error or not.
func (f *faults) measured(kind string, value float64) {
	i := f.index(kind)
	f.worst[i] = f.worse(i, f.worst[i], value)
}

// worse returns which of two values of a check is worse: the larger one, but
// of intervals that must not be short the smaller one.
func (f *faults) worse(i int, a, b float64) float64 {
	if math.IsNaN(a) || f.checks[i].kind == SIRepetitionError && b < a {
		return b
	}
	if f.checks[i].kind == SIRepetitionError {
		return a
	}
	return larger(a, b)
}

func (f *faults) add(o occurrence) {
	i := f.index(o.kind)
	if o.since == 0 {
		o.since = o.at
	}
	f.counts[i]++
	f.measured(o.kind, o.value)
	f.count(i, &o)
	for k := range f.open {
		if x := &f.open[k]; x.kind == o.kind && x.pid == o.pid && x.program == o.program && o.since-x.last <= joined {
			x.start, x.end = min(x.start, o.start), max(x.end, o.end)
			x.last, x.behind = o.at, o.behind
			x.count++
			x.lost += o.lost
			x.worst = f.worse(i, x.worst, o.value)
			return
		}
	}
	f.open = append(f.open, fault{
		kind: o.kind, pid: o.pid, program: o.program, start: o.start, end: o.end, last: o.at,
		first: o.first, behind: o.behind, count: 1, lost: o.lost, worst: o.value,
	})
}

func (f *faults) count(check int, o *occurrence) {
	for i := range f.totals {
		if t := &f.totals[i]; t.check == check && t.pid == o.pid && t.program == o.program {
			t.count++
			t.last, t.end = o.behind, max(t.end, o.end)
			return
		}
	}
	f.totals = append(f.totals, total{check, o.pid, o.program, 1, o.first, o.behind, o.start, max(o.start, o.end)})
}

func (f *faults) index(kind string) int {
	return slices.IndexFunc(f.checks, func(c check) bool { return c.kind == kind })
}

func (f *faults) check(kind string) *check { return &f.checks[f.index(kind)] }

// larger returns which of two is further from 0.
func larger(a, b float64) float64 {
	if max(b, -b) > max(a, -a) {
		return b
	}
	return a
}

// settle reports what nothing close can follow any more.
func (f *faults) settle(at time.Duration) {
	n := 0
	for i := range f.open {
		wait := joined
		if f.check(f.open[i].kind).unit == seconds {
			wait = spanning
		}
		if x := f.open[i]; at-x.last <= wait {
			f.open[n] = x
			n++
		} else {
			f.report(&x)
		}
	}
	f.open = f.open[:n]
}

func (f *faults) flush() {
	for i := range f.open {
		f.report(&f.open[i])
	}
	f.open = nil
}

func (f *faults) report(x *fault) {
	c := f.check(x.kind)
	e := detectors.Event{
		Kind: x.kind, Stream: f.stream(x.pid), Start: x.start, End: max(x.end, x.start),
		Value: x.worst, Limit: c.limit, Unit: c.unit,
		Evidence: map[string]float64{
			"errors": float64(x.count), "tr_101_290": c.number,
			"packet_first": float64(x.first.packet), "packet_last": float64(x.behind.packet),
			"byte_first": float64(x.first.position), "byte_last": float64(x.behind.position),
		},
	}
	if c.unit == errors {
		e.Value = float64(x.count)
	}
	if x.pid >= 0 {
		e.Evidence["pid"] = float64(x.pid)
	}
	if x.program > 0 {
		e.Evidence["program"] = float64(x.program)
	}
	if x.lost > 0 {
		e.Evidence["packets_lost"] = float64(x.lost)
	}
	f.sink(e)
}
