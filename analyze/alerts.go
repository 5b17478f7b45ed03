package analyze

import (
	"slices"
	"time"

	"github.com/vqa-project/vqa/analyze/report"
)

// alerts tells of one channel what is wrong while it is. Events of one kind
// that follow each other closely are one alert.
type alerts struct {
	hold   time.Duration // for so long nothing must be wrong for an alert to close
	update time.Duration // how often an open one is told again; 0 for never
	say    func(report.Alert)
	count  func(detector string, wrong time.Duration) // more of it

	last int64 // ID
	open []*alert
}

// An alert is open until nothing was wrong for long enough.
type alert struct {
	alertKey
	report.Alert
	going bool          // something is wrong now
	seen  bool          // when detectors were asked last
	end   time.Duration // media time up to which it was wrong
	known time.Duration // length of the event that is open, as it was counted
	told  time.Duration // media time
}

// An alertKey is what two events share that are one alert.
type alertKey struct {
	detector, kind string
	stream         int
	channel, pid   float64
}

func keyOf(e *report.Event) alertKey {
	return alertKey{e.Detector, e.Kind, e.Stream, e.Evidence["channel"], e.Evidence["pid"]}
}

// begin comes before detectors are asked what is open.
func (a *alerts) begin() {
	for _, x := range a.open {
		x.seen = false
	}
}

// see takes in an event that is open at now.
func (a *alerts) see(e report.Event, start, end, now time.Duration) {
	x := a.take(e, end, now, 0)
	x.seen = true
	a.measure(x, end-start)
}

// closed takes in an event that is over.
func (a *alerts) closed(e report.Event, start, end, now time.Duration) {
	x := a.take(e, end, now, 1)
	a.measure(x, end-start)
	x.known = 0
}

// measure counts how long something is wrong.
func (a *alerts) measure(x *alert, length time.Duration) {
	if length > x.known {
		a.count(x.detector, length-x.known)
		x.known = length
	}
}

// take opens an alert, or goes on with it.
func (a *alerts) take(e report.Event, end, now time.Duration, events int) *alert {
	key := keyOf(&e)
	i := slices.IndexFunc(a.open, func(x *alert) bool { return x.alertKey == key })
	var x *alert
	if i < 0 {
		a.last++
		x = &alert{alertKey: key, Alert: report.Alert{ID: a.last, StartS: e.StartS}, end: end}
		a.open = append(a.open, x)
	} else {
		x = a.open[i]
	}
	x.Event, x.going = e, events == 0
	x.Events += events
	x.end = max(x.end, end)
	x.StartS, x.EndS = min(x.StartS, e.StartS), max(x.EndS, e.EndS)
	if i < 0 {
		a.tell(x, report.Opened, now)
	}
	return x
}

// settle comes after detectors were asked: it closes what is over, and tells
// now and then of what is not.
func (a *alerts) settle(now time.Duration) {
	a.open = slices.DeleteFunc(a.open, func(x *alert) bool {
		x.going = x.going && x.seen
		x.end = min(x.end, now) // of a clock that was taken back since
		switch {
		case !x.going && (now-x.end >= a.hold || now < x.told): // or time jumped back
			a.tell(x, report.Closed, now)
			return true
		case x.going && a.update > 0 && now-x.told >= a.update:
			a.tell(x, report.Updated, now)
		}
		return false
	})
}

// going returns how many alerts of a detector are open of what is wrong now.
func (a *alerts) going(detector string) int {
	n := 0
	for _, x := range a.open {
		if x.detector == detector && x.going {
			n++
		}
	}
	return n
}

// close closes the alerts of all detectors but keep, as nobody looks any more.
func (a *alerts) close(now time.Duration, keep string) {
	a.open = slices.DeleteFunc(a.open, func(x *alert) bool {
		if x.detector == keep {
			return false
		}
		a.tell(x, report.Closed, now)
		return true
	})
}

func (a *alerts) tell(x *alert, state string, now time.Duration) {
	x.told, x.State = now, state
	x.Time = time.Now().UTC().Format(time.RFC3339Nano)
	a.say(x.Alert)
}
