package media

import "time"

const (
	// jumpAhead and jumpBack are the steps in time, from when a unit is due,
	// that may be damaged timestamps. Pictures out of order and timestamps
	// that repeat go back by less.
	jumpAhead = time.Second
	jumpBack  = 500 * time.Millisecond

	// A jump is believed when time goes on from there for so many pictures, or
	// for so long: one damaged timestamp is good for all the frames of sound
	// in its packet.
	believedPictures = 4
	believedSpan     = 500 * time.Millisecond

	// heldUnits bounds what is kept back where time goes nowhere.
	heldUnits = 100
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
	pictures bool // the units are pictures: each has a timestamp of its own, and no two are shown at once

	begun bool
	last  time.Duration // time of the unit before, as the container says
	shown time.Duration // time of the unit before, as handed on
	next  time.Duration // when a unit is due
	held  []unit
}

func (l *timeline) add(u unit) {
	switch {
	case len(l.held) > 0 && u.known && l.near(u.at, l.due()):
		l.settle(false)
	case len(l.held) > 0:
		l.hold(u)
		return
	case l.begun && u.known && !l.near(u.at, l.next):
		l.hold(u)
		return
	}
	l.pass(u)
}

// hold keeps a unit back, and settles when time has gone on from the jump.
func (l *timeline) hold(u unit) {
	if !u.known { // it follows the one before, wherever that belongs
		before := l.held[len(l.held)-1]
		u.at = before.at + before.duration
	}
	l.held = append(l.held, u)
	first, n := l.held[0], len(l.held)
	span := u.at - first.at
	if n > 1 && span >= believedSpan ||
		n >= believedPictures && l.pictures && span+u.duration >= 0 {
		l.settle(true)
	} else if n >= heldUnits {
		l.settle(false)
	}
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

// flush hands on what is held at the end. A jump ahead up to confirmed is
// believed, though too little follows it.
func (l *timeline) flush(confirmed time.Duration) {
	l.settle(len(l.held) > 0 && l.held[0].at > l.next && l.held[0].at <= confirmed)
}

func (l *timeline) pass(u unit) {
	at := u.at
	if !u.known {
		at = l.next
	}
	back := l.begun && l.last-at > jumpBack
	l.last, l.next = at, at+u.duration
	if l.pictures && l.begun && !back && at <= l.shown {
		at = l.shown + time.Microsecond // a repeated time: shown for no time at all
	}
	l.begun, l.shown = true, at
	u.deliver(at, back)
}
