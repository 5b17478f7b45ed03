package media

import (
	"time"

	"github.com/asticode/go-astiav"
)

const (
	// wrapTicks is the range of the 33 bit clock of MPEG systems (ISO/IEC
	// 13818-1, 2.4.3.7), which ticks at wrapRate and so wraps every 26.5 h.
	wrapTicks = int64(1) << 33
	wrapRate  = 90000

	// A timestamp further than strayTicks from the one before may be damaged.
	// The clock follows when strayLimit have come in a row: one damaged
	// timestamp is good for all the frames of sound in its packet.
	strayTicks = 3600 * wrapRate
	strayLimit = 50
)

// A clock turns the timestamps of one input into media time. It is shared by
// all streams of the input, so that they wrap together.
type clock struct {
	start   time.Duration // of the program, on the container's clock
	started bool          // start is known
	wraps   bool          // the container's clock is the 33 bit one
	last    int64         // timestamp that others are near to, wraps undone
	primed  bool
	strays  int // timestamps in a row that are not near it
}

// unwrap returns ts with wraps undone: the value nearest to the timestamps
// before. FFmpeg's demuxers undo a first wrap; this holds for those after. A
// stream with another time base has another clock.
func (c *clock) unwrap(ts int64, tb astiav.Rational) int64 {
	if ts == noPTS || !c.wraps || tb.Num() != 1 || tb.Den() != wrapRate {
		return ts
	}
	if !c.primed {
		c.last, c.primed = ts, true
		return ts
	}
	// Differences are taken modulo one wrap: no timestamp is too far to count.
	step := (ts%wrapTicks - c.last%wrapTicks) % wrapTicks
	switch {
	case step > wrapTicks/2:
		step -= wrapTicks
	case step < -wrapTicks/2:
		step += wrapTicks
	}
	ts = c.last + step
	if c.strays++; -strayTicks <= step && step <= strayTicks || c.strays > strayLimit {
		c.last, c.strays = ts, 0
	}
	return ts
}

// media returns the media time of a timestamp.
func (c *clock) media(ts int64, tb astiav.Rational) time.Duration {
	return ticks(ts, tb) - c.start
}
