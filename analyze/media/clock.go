package media

import (
	"time"

	"github.com/asticode/go-astiav"
)

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
		const half = wrapTicks / 2
		for ts-c.last > half {
			ts -= wrapTicks
		}
		for ts-c.last < -half {
			ts += wrapTicks
		}
	}
	c.last, c.primed = ts, true
	return ts
}

// media returns the media time of a timestamp.
func (c *clock) media(ts int64, tb astiav.Rational) time.Duration {
	return ticks(ts, tb) - c.start
}
