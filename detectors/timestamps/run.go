package timestamps

import (
	"time"

	"github.com/vqa-project/vqa/detectors"
	"github.com/vqa-project/vqa/detectors/measure"
)

const (
	// settleAfter is how much later a step is judged: streams are that far
	// apart in a file at most, and damage is that short.
	settleAfter = 5 * time.Second

	// apart is how far clocks that jump together may be from each other, and
	// a clock that comes back from where it would have been.
	apart = time.Second

	// joined is how close spells of the same fault are one.
	joined = time.Second

	// rare is how many packets with a time there must be for each without,
	// where a missing one is a fault.
	rare = 20
)

type run struct {
	options
	sink    detectors.Sink
	lines   []*line
	byIndex map[int]*line
	byPID   map[int]*line   // of a transport stream
	codings map[int]*coding // by PID
	elapsed time.Duration   // of the stream that has gone furthest
	steps   []step          // not judged yet, in the order of packets
}

// A step is where a clock does not go on from where it was.
type step struct {
	line      *line
	stretches               // of the line until then
	from, to  time.Duration // when a packet was due, and its time
	start     time.Duration // end of what is shown before
	end       time.Duration // when showing goes on
	lasts     time.Duration // that packet does
	limit     time.Duration
	elapsed   time.Duration // of the run, when it was seen
	returned  time.Duration // time of the first packet after a return
	stray     bool          // it returned
	streams   int           // that step together; the others are left out
}

func (s *step) size() time.Duration { return s.to - s.from }

func (r *run) packet(l *line, p *measure.Packet) {
	at, ok := l.time(p)
	lasts := l.lasts(p)
	if !ok {
		r.untimed(l, p, lasts)
		return
	}
	l.timed++
	defer l.present(p, lasts)
	if !l.begun {
		l.begin(at, lasts)
		if l.video && p.Key {
			r.key(l, at)
		}
		return
	}
	back := at - l.last
	if l.video && !l.hasDTS && back < 0 && -back <= reordered {
		back = 0 // in decoding order
	} else if back == 0 && l.repeated(p) {
		r.spell(l, &l.repeats, Repeated, at, at+lasts)
	}
	ahead := at - l.next
	if ahead.Abs() > maxDeviation || p.Corrupt || p.DecodeErrors > 0 {
		l.drift.broken = true
	}
	switch {
	case back < 0 && -back >= r.minJump:
		r.step(l, p, at, lasts, r.minJump)
	case back < 0:
		r.sink(detectors.Event{
			Kind: Backwards, Stream: l.stream, Start: l.last, End: max(l.last, l.next),
			Value: back.Seconds(), Limit: 0, Unit: "s",
		})
		l.leap(at, lasts)
	case ahead > 0 && ahead >= r.minGap && ahead >= l.limit(r.minGap):
		r.step(l, p, at, lasts, r.minGap)
	default:
		l.follow(at, lasts)
	}
	if l.video && p.Key {
		r.key(l, at)
	}
	r.elapsed = max(r.elapsed, l.total)
	for len(r.steps) > 0 && r.elapsed-r.steps[0].elapsed >= settleAfter {
		r.settle()
	}
}

// step keeps a step until it is clear what the other streams do.
func (r *run) step(l *line, p *measure.Packet, at, lasts, limit time.Duration) {
	s := step{
		line: l, stretches: l.stretches, from: l.next, to: at, start: l.next, end: at,
		lasts: lasts, limit: limit, elapsed: r.elapsed, streams: 1,
	}
	// Decoding times are ahead of showing. Where encoders make them by putting
	// presentation times in order they step later, and by themselves tell when.
	if p.HasPTS && near(l.shown, l.next, apart) && (at < l.next || l.shown < at) {
		s.start, s.end = l.shown, max(l.shown, p.PTS)
	}
	due := l.next
	l.leap(at, lasts)
	for i := range r.steps {
		o := &r.steps[i]
		if o.line == l && !o.stray && o.size() > 0 == (at < due) &&
			near(at, o.from+due-o.to, min(apart, o.size().Abs()/2)) {
			o.stray, o.returned = true, at
			l.stretches = o.stretches // as if nothing had been
			return
		}
	}
	r.steps = append(r.steps, s)
}

// near reports whether two times are no further apart than within.
func near(a, b, within time.Duration) bool { return (a - b).Abs() <= within }

// alike reports whether two streams step together.
func alike(a, b *step) bool {
	within := min(apart, a.size().Abs()/2)
	return a.line != b.line && a.stray == b.stray && near(a.size(), b.size(), within) && near(a.from, b.from, 2*apart)
}

// settle judges the oldest step, and those that are alike with it.
func (r *run) settle() {
	s := r.steps[0]
	n := 0
	for i := 1; i < len(r.steps); i++ {
		if o := &r.steps[i]; alike(&s, o) {
			if o.line.video && !s.line.video {
				o.streams = s.streams
				s = *o
			}
			s.streams++
			continue
		}
		r.steps[n] = r.steps[i]
		n++
	}
	r.steps = r.steps[:n]
	r.judge(&s)
}

func (r *run) judge(s *step) {
	e := detectors.Event{
		Kind: Jump, Stream: s.line.stream, Start: s.start, End: s.start + s.lasts,
		Value: s.size().Seconds(), Limit: r.minJump.Seconds(), Unit: "s",
		Evidence: map[string]float64{"streams": float64(s.streams), "from_s": s.from.Seconds(), "to_s": s.to.Seconds()},
	}
	switch {
	case s.stray:
		e.End = max(s.returned, e.End)
	case s.size() > 0 && s.streams == 1 && r.covered(s):
		e.Kind, e.End, e.Limit = Gap, s.end, s.limit.Seconds()
	}
	if e.Kind == Jump && s.size().Abs() < r.minJump {
		return
	}
	r.sink(e)
}

// covered reports whether another stream goes on where one steps ahead.
func (r *run) covered(s *step) bool {
	middle := s.from + s.size()/2
	for _, l := range r.lines {
		if l != s.line && l.covers(middle) {
			return true
		}
	}
	return false
}

// untimed takes in a packet without a time. It lasts as long as any other.
func (r *run) untimed(l *line, p *measure.Packet, lasts time.Duration) {
	if p.HasPTS { // the container leaves out decoding times for some pictures
		return
	}
	if l.begun && l.timed >= rare*(l.untimed+1-l.missing.packets) {
		r.spell(l, &l.missing, Missing, l.next, l.next+lasts)
	}
	l.untimed++
	if l.begun {
		l.next += lasts
	}
}

// spell takes a packet into a spell, or closes it and begins another.
func (r *run) spell(l *line, s *spell, kind string, start, end time.Duration) {
	if s.packets > 0 && near(start, s.end, joined) {
		s.packets, s.end = s.packets+1, max(s.end, end)
		return
	}
	r.closeSpell(l, s, kind)
	*s = spell{start, end, 1}
}

func (r *run) closeSpell(l *line, s *spell, kind string) {
	if s.packets > 0 {
		r.sink(detectors.Event{
			Kind: kind, Stream: l.stream, Start: s.start, End: s.end,
			Value: float64(s.packets), Limit: 0, Unit: "packets",
		})
	}
	s.packets = 0
}

func (r *run) flush() {
	for len(r.steps) > 0 {
		r.settle()
	}
	for _, l := range r.lines {
		r.closeSpell(l, &l.repeats, Repeated)
		r.closeSpell(l, &l.missing, Missing)
		r.closeDrift(l)
		r.closeUneven(l, true)
	}
}
