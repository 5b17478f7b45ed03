package analyze

import (
	"time"

	"github.com/vqa-project/vqa/analyze/media"
	"github.com/vqa-project/vqa/analyze/report"
	"github.com/vqa-project/vqa/detectors"
)

// sourceName is what stands in place of a detector for what is wrong with the
// source itself.
const sourceName = "source"

// Kinds of events of the source.
const (
	stall = "stall" // it is there, and nothing comes
	lost  = "lost"  // it cannot be opened, or has broken off
)

// A source tells of a live input whether anything comes. Times it gives are
// media times, which go on with the wall clock while nothing comes.
type source struct {
	limit time.Duration // of a stall; 0 for none
	input *media.Input  // nil while there is no connection

	kind  string        // what is wrong; "" where nothing is
	since time.Time     // wall clock
	at    time.Duration // media time

	reached time.Duration
	opened  time.Time
	lasted  time.Duration // the connection before

	player   player
	idled    time.Duration // by the tick before
	ticked   time.Time
	ontime   time.Duration // wall clock ahead of media time, when it was last up to date
	behind   time.Duration
	shedding media.Shedding
	events   int // in the results now written
}

// A sourceEvent is an interval of media time in which nothing came.
type sourceEvent struct {
	kind         string
	start, end   time.Duration
	value, limit time.Duration
}

func (e *sourceEvent) wire() report.Event {
	return *wireEvent(sourceName, detectors.Event{
		Kind: e.kind, Stream: detectors.WholeInput, Start: e.start, End: e.end,
		Value: e.value.Seconds(), Limit: e.limit.Seconds(), Unit: "s",
	})
}

func (s *source) connected(in *media.Input) {
	s.input, s.opened, s.reached, s.idled, s.behind, s.ontime = in, time.Now(), 0, 0, 0, 0
	s.player, s.shedding, s.ticked = player{}, media.KeepAll, s.opened
}

func (s *source) disconnected(end time.Duration) {
	s.input, s.lasted, s.reached = nil, time.Since(s.opened), end
}

// takeLasted returns how long the connection lasted that was just lost, 0 where
// there was none.
func (s *source) takeLasted() time.Duration {
	lasted := s.lasted
	s.lasted = 0
	return lasted
}

// came takes in the media time reached.
func (s *source) came(reached time.Duration) { s.reached = reached }

// waits returns for how long nothing has come, as a viewer would notice it.
func (s *source) waits() time.Duration {
	if s.input.Segmented() {
		return s.player.dry(s.reached, time.Now())
	}
	return s.input.Waited()
}

// tick looks at the clock. It returns a stall that is over.
func (s *source) tick() (over sourceEvent, ok bool) {
	if s.input == nil {
		return over, false
	}
	s.measureDelay()
	if s.limit == 0 {
		return over, false
	}
	switch waits := s.waits(); {
	case s.kind == "" && waits >= s.limit:
		s.kind, s.since, s.at = stall, time.Now().Add(-waits), s.reached
	case s.kind == stall && waits < s.limit:
		return s.over()
	}
	return over, false
}

// measureDelay finds how far the analysis is behind the source: it is up to
// date whenever a read has to wait.
func (s *source) measureDelay() {
	now, idled := time.Now(), s.input.Idled()+s.input.Waited()
	waited := idled-s.idled > now.Sub(s.ticked)/idle
	s.ticked, s.idled = now, idled
	ahead := now.Sub(s.opened) - s.reached
	if waited || s.input.Segmented() || ahead < s.ontime {
		s.ontime = ahead
	}
	s.behind = ahead - s.ontime
	s.shed()
}

// idle is the part of the time that reads take, 1/idle, where they wait for the
// source: the analysis is up to date.
const idle = 5

// From these delays on pictures are left out, some of them or most, until it is
// up to date again. What FFmpeg keeps of UDP lasts for longer than that.
const (
	delayed    = 1500 * time.Millisecond
	overloaded = 3 * time.Second
	upToDate   = 300 * time.Millisecond
)

// shed leaves out pictures where the analysis cannot keep up. What is sent on
// demand, such as a file, waits for it.
func (s *source) shed() {
	before := s.shedding
	switch {
	case s.input.Segmented() || s.input.Recorded():
		return
	case s.behind >= overloaded:
		s.shedding = media.KeepKey
	case s.behind >= delayed && s.shedding == media.KeepAll:
		s.shedding = media.KeepReference
	case s.behind <= upToDate:
		s.shedding = media.KeepAll
	}
	if s.shedding != before {
		s.input.Shed(s.shedding)
	}
}

// lose says that there is no connection since then. A stall that it was given up
// for goes on.
func (s *source) lose(since time.Time) {
	if s.kind == "" {
		s.kind, s.since, s.at = lost, since, s.reached
	}
}

func (s *source) wrong() bool { return s.kind != "" }

// now returns the media time, as it goes on.
func (s *source) now() time.Duration {
	if s.kind == "" {
		return s.reached
	}
	return s.at + time.Since(s.since)
}

// current returns what is wrong, up to now.
func (s *source) current() sourceEvent {
	e := sourceEvent{kind: s.kind, start: s.at, end: s.now()}
	if e.value = e.end - e.start; e.kind == stall {
		e.limit = s.limit
	}
	return e
}

// over ends what is wrong.
func (s *source) over() (e sourceEvent, ok bool) {
	if s.kind == "" {
		return e, false
	}
	e = s.current()
	s.kind = ""
	return e, true
}

// verdict returns what the results now ended say of the source.
func (s *source) verdict() *report.Detector {
	d := &report.Detector{Status: report.Clean, Events: s.events, Options: map[string]any{"stall": s.limit.String()}}
	if s.wrong() {
		d.Open = 1
	}
	if d.Events+d.Open > 0 {
		d.Status = report.Defects
	}
	s.events = 0
	return d
}

// A player is one that would show what comes in segments: it begins with the
// first, and what it has not shown yet is its buffer.
type player struct {
	begun   bool
	started time.Time     // when it shows the first
	from    time.Duration // media time that it began with
	newest  time.Duration
	empty   bool
}

const (
	// pace is the speed of the player: a little slow, so that no drift of
	// clocks empties its buffer.
	pace = 0.999

	// cushion is how much it buffers before it begins, and again after it had
	// to wait: a segment of the length that RFC 8216 is written for.
	cushion = 6 * time.Second

	// fullest is how much it buffers beyond that: two more of them.
	fullest = 12 * time.Second
)

// dry returns for how long, by now, there was nothing to show.
func (p *player) dry(reached time.Duration, now time.Time) time.Duration {
	switch {
	case reached < p.newest: // time has jumped back
		*p = player{begun: true, started: now.Add(cushion), from: reached}
	case !p.begun && reached > 0, p.empty && reached > p.newest:
		*p = player{begun: true, started: now.Add(cushion), from: p.newest}
	case !p.begun:
		return 0
	}
	p.newest = reached
	shown := p.from + time.Duration(pace*float64(now.Sub(p.started)))
	if ahead := reached - shown; ahead > cushion+fullest {
		p.from += ahead - cushion - fullest
	}
	dry := max(0, shown-reached)
	p.empty = dry > 0
	return dry
}

// A backoff makes each wait longer than the one before.
type backoff struct{ failures int }

const (
	firstWait   = time.Second
	longestWait = 30 * time.Second

	// reliable is how long a connection lasts that is none that fails.
	reliable = 10 * time.Second
)

// next returns how long to wait after a connection that has lasted so long.
func (b *backoff) next(lasted time.Duration) time.Duration {
	if lasted >= reliable {
		b.failures = 0
	}
	wait := min(firstWait<<min(b.failures, 10), longestWait)
	b.failures++
	return wait
}
