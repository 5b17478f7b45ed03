package timestamps

import (
	"slices"
	"time"

	"github.com/vqa-project/vqa/detectors/measure"
)

const (
	// usualFactor is how much longer than usual an interval between pictures
	// must be to count as time left out.
	usualFactor = 4

	// knownIntervals is how many intervals it takes to know what is usual;
	// until then unknownLimit is what counts.
	knownIntervals = 16
	unknownLimit   = 2 * time.Second

	// stretch is how long a packet of sound hardly is.
	stretch = 200 * time.Millisecond

	// reordered is how far presentation times go back where pictures are
	// not coded in the order of their showing, and nothing else is known.
	reordered = time.Second
)

// A line is the clock of one stream.
type line struct {
	stream  int
	video   bool
	nominal time.Duration // of a picture, 0 where unknown
	hasDTS  bool          // a packet had one
	hidden  bool          // packets may hold what is not shown, and share the time of what is

	begun bool
	last  time.Duration // of the packet before
	next  time.Duration // when a packet is due
	total time.Duration // of all packets, jumps left out

	pts    time.Duration // of the packet before
	hasPTS bool
	shown  time.Duration // end of what is shown, since the last step

	stretches

	intervals [32]time.Duration // between packets, a ring
	n         int

	timed, untimed   int // packets with and without a time
	repeats, missing spell

	shape shape
	drift drift
	rate  rate
	keys  keys
}

// stretches are the times of one without a step that goes on, and of the one
// before.
type stretches struct{ since, before, beforeEnd time.Duration }

// A spell is a number of packets with the same fault, not far apart.
type spell struct {
	start, end time.Duration
	packets    int
}

func newLine(s measure.Stream) *line {
	l := &line{stream: s.Index, video: s.Type == measure.Video}
	if rate := s.FrameRate.Float(); rate > 0 {
		l.nominal = time.Duration(float64(time.Second) / rate)
	}
	l.hidden = slices.Contains(hiddenPictures, s.Codec)
	return l
}

// hiddenPictures are codecs with pictures that are only for reference.
var hiddenPictures = []string{"vp8", "vp9", "av1"}

func (l *line) begin(at, lasts time.Duration) {
	l.begun, l.shown = true, at
	l.last, l.next = at, at+lasts
	l.since, l.before, l.beforeEnd = at, at, at
}

// present takes in when the packet is shown.
func (l *line) present(p *measure.Packet, lasts time.Duration) {
	l.pts, l.hasPTS = p.PTS, p.HasPTS
	if p.HasPTS {
		l.shown = max(l.shown, p.PTS+lasts)
	}
}

// repeated reports whether p, with the decoding time of the packet before, has
// its presentation time, too.
func (l *line) repeated(p *measure.Packet) bool {
	return !l.hidden && l.hasPTS == p.HasPTS && (!p.HasPTS || l.pts == p.PTS)
}

// time returns the time that orders packets.
func (l *line) time(p *measure.Packet) (at time.Duration, ok bool) {
	switch {
	case p.HasDTS:
		if !l.hasDTS && l.video {
			l.begun = false // those of the first packets are not decoding times
		}
		l.hasDTS = true
		return p.DTS, true
	case l.hasDTS && l.video:
		return 0, false // of no use among decoding times
	}
	return p.PTS, p.HasPTS
}

// lasts returns how long the packet is expected to last.
func (l *line) lasts(p *measure.Packet) time.Duration {
	// A picture may be held. A packet of sound has the samples that it has,
	// also where a container says that it lasts up to the next.
	stretched := !l.video && p.Duration >= stretch && l.n > 0 && p.Duration >= usualFactor*l.intervals[(l.n-1)%len(l.intervals)]
	switch {
	case p.Duration > 0 && !stretched:
		return p.Duration
	case l.nominal > 0:
		return l.nominal
	case l.n > 0:
		return l.intervals[(l.n-1)%len(l.intervals)]
	}
	return 0
}

// limit returns how far ahead a packet may be of when it is due.
func (l *line) limit(least time.Duration) time.Duration {
	if !l.video {
		return least
	}
	if l.n < knownIntervals {
		return max(least, unknownLimit)
	}
	known := l.intervals
	slices.Sort(known[:min(l.n, len(known))])
	// Almost the longest, so that one break does not hide the next.
	usual := known[min(l.n, len(known))-1-min(l.n, len(known))/16]
	return max(least, usualFactor*usual)
}

// covers reports whether the stream has something to show at a time.
func (l *line) covers(at time.Duration) bool {
	return l.begun && (l.since <= at && at < l.next || l.before <= at && at < l.beforeEnd)
}

// follow takes in a packet that follows from the one before.
func (l *line) follow(at, lasts time.Duration) {
	if interval := at - l.last; interval > 0 {
		l.intervals[l.n%len(l.intervals)] = interval
		l.n++
		l.total += interval
	}
	l.last, l.next = at, max(l.next, at+lasts)
	if l.hasDTS || !l.video {
		l.next = at + lasts
	}
}

// leap takes in a packet after a step.
func (l *line) leap(at, lasts time.Duration) {
	l.shown = at
	l.keys.begun, l.keys.same = false, 0
	l.before, l.beforeEnd, l.since = l.since, l.next, at
	l.total += lasts
	l.last, l.next = at, at+lasts
}
