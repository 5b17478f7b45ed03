package media

import (
	"time"

	"github.com/asticode/go-astiav"
)

// discontinuity is the step back in time that is a jump, not pictures out of
// order or timestamps that repeat.
const discontinuity = 500 * time.Millisecond

// wrapTicks is the range of the 33 bit clock of MPEG systems (ISO/IEC 13818-1,
// 2.4.3.7), which ticks at 90 kHz and so wraps every 26.5 h.
const wrapTicks = int64(1) << 33

// A clock turns the timestamps of one input into media time. It is shared by
// all streams of the input, so that they wrap together.
type clock struct {
	start  time.Duration // of the program, on the container's clock
	wraps  bool          // the container's clock is the 33 bit one
	last   int64         // timestamp before, wraps undone
	primed bool
}

// unwrap returns ts with wraps undone: the value nearest to the timestamp
// before. FFmpeg's demuxers undo a first wrap; this holds for those after.
func (c *clock) unwrap(ts int64) int64 {
	if ts == noPTS || !c.wraps {
		return ts
	}
	if c.primed {
		d := ts - c.last
		turns := (d + wrapTicks/2) / wrapTicks
		if d+wrapTicks/2 < 0 {
			turns--
		}
		ts -= turns * wrapTicks
	}
	c.last, c.primed = ts, true
	return ts
}

// media returns the media time of a timestamp.
func (c *clock) media(ts int64, tb astiav.Rational) time.Duration {
	return ticks(ts, tb) - c.start
}

// A timeline gives the pictures of one stream times that rise strictly but at
// a discontinuity.
type timeline struct {
	begun bool
	last  time.Duration // time of the picture before
	next  time.Duration // when a picture is due, by the duration of the one before
}

// place returns the time of a picture that the container says is shown at pts,
// where it says anything.
func (l *timeline) place(pts time.Duration, known bool, duration time.Duration) (at time.Duration, jumpedBack bool) {
	at = pts
	if !known {
		at = l.next
	}
	if l.begun && at <= l.last {
		if l.last-at > discontinuity {
			jumpedBack = true
		} else {
			// A repeated time: shown for no time at all.
			at = l.last + time.Microsecond
		}
	}
	l.begun, l.last, l.next = true, at, at+duration
	return at, jumpedBack
}
