package media

import "time"

const (
	// jumpAhead and jumpBack are the steps in time, from when a unit is due,
	// that may be damaged timestamps. Pictures out of order and timestamps
	// that repeat go back by less.
	jumpAhead = time.Second
	jumpBack  = 500 * time.Millisecond

	// A jump is believed when time goes on from there for so many units, or
	// for so long: one damaged timestamp is good for all the frames of sound
	// in its packet.
	believedUnits = 4
	believedSpan  = 500 * time.Millisecond
)

// A unit is a decoded picture, or stretch of sound, that is to get its time.
type unit struct {
	at       time.Duration // as the container says
	known    bool          // it says anything
	duration time.Duration

	// deliver hands the unit on. back says that time has jumped back.
	deliver func(at time.Duration, back bool)
}

// A timeline gives the units of one stream their times. It hands them on in
// order, but keeps back those behind a jump until it is clear whether time
// really jumped, or timestamps were damaged: then they follow the unit before.
type timeline struct {
	begun bool
	last  time.Duration // time of the unit before
	next  time.Duration // when a unit is due
	held  []unit
}

func (l *timeline) add(u unit) {
	switch {
	case len(l.held) > 0 && u.known && l.near(u.at, l.due()):
		l.settle(false)
	case len(l.held) > 0:
		l.held = append(l.held, u)
		if first := l.held[0]; len(l.held) >= believedUnits && u.at-first.at+u.duration >= 0 ||
			u.at-first.at >= believedSpan {
			l.settle(true)
		}
		return
	case l.begun && u.known && !l.near(u.at, l.next):
		l.held = append(l.held, u)
		return
	}
	l.pass(u)
}

// near reports whether a time is where one is due, give or take what is no jump.
func (l *timeline) near(at, due time.Duration) bool {
	return at-due <= jumpAhead && due-at <= jumpBack
}

// due returns when the unit behind those held is due if they follow the one
// before.
func (l *timeline) due() time.Duration {
	at := l.next
	for _, u := range l.held {
		at += u.duration
	}
	return at
}

// settle hands on the units held, at their own times where those are believed.
func (l *timeline) settle(believed bool) {
	for _, u := range l.held {
		u.known = u.known && believed
		l.pass(u)
	}
	l.held = l.held[:0]
}

// flush hands on what is held at the end, where nothing confirms its times.
func (l *timeline) flush() { l.settle(false) }

func (l *timeline) pass(u unit) {
	at := u.at
	if !u.known {
		at = l.next
	}
	back := l.begun && l.last-at > jumpBack
	l.begun, l.last, l.next = true, at, at+u.duration
	u.deliver(at, back)
}
