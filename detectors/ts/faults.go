package ts

import (
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
	counts []int // of errors, by check
	worst  []float64
	open   []fault
	sink   detectors.Sink
	stream func(pid int) int
}

func (f *faults) add(o occurrence) {
	i := f.index(o.kind)
	if o.since == 0 {
		o.since = o.at
	}
	f.counts[i]++
	f.worst[i] = larger(f.worst[i], o.value)
	for i := range f.open {
		if x := &f.open[i]; x.kind == o.kind && x.pid == o.pid && x.program == o.program && o.since-x.last <= joined {
			x.start, x.end = min(x.start, o.start), max(x.end, o.end)
			x.last, x.behind = o.at, o.behind
			x.count++
			x.lost += o.lost
			x.worst = larger(x.worst, o.value)
			return
		}
	}
	f.open = append(f.open, fault{
		kind: o.kind, pid: o.pid, program: o.program, start: o.start, end: o.end, last: o.at,
		first: o.first, behind: o.behind, count: 1, lost: o.lost, worst: o.value,
	})
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
