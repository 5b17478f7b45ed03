package avsync

import (
	"math"
	"slices"
	"time"

	"github.com/vqa-project/vqa/detectors"
	"github.com/vqa-project/vqa/detectors/measure"
)

const (
	// A step is how far the clock of one stream is from where it was due at
	// least. Containers round, and encoders drop a sound frame now and then.
	leastStep = 20 * time.Millisecond

	// Pictures may come at a variable rate. Theirs is a step from
	// leastPictures, and from four times the longest of usualPictures latest
	// intervals on.
	leastPictures = 100 * time.Millisecond
	usualPictures = 16

	// settled is how much of a stream is looked at on either side of a step,
	// and steps that are no further apart belong together.
	settled = 2 * time.Second

	// distances is how many packets of sound that is, at most.
	distances = 256

	// fewest is how many packets a stream has that is not a still picture.
	fewest = 10
)

// A clock is what the packets of one stream say of time.
type clock struct {
	any        bool
	packets    int
	start, end time.Duration // of what is shown
	at, due    time.Duration // of the packet before, by decoding time; when the next is
	intervals  [usualPictures]time.Duration
	n          int
	lasted     time.Duration // of all packets, steps left out
}

// clocks holds the clock of one track of sound against that of the pictures.
type clocks struct {
	*options
	video, audio int
	sink         detectors.Sink

	pictures, sound clock

	// How far the sound is ahead of the pictures that come with it in the
	// container. Where time was left out of a stream it comes back to what
	// it was; where a clock was set, it does not.
	latest [distances]distance
	n      int
	fresh  bool                     // a picture came since the last
	values [distances]time.Duration // scratch

	// The steps that are not judged yet, of sound against pictures.
	pending struct {
		any    bool
		size   time.Duration
		start  time.Duration // when what is shown of the stream that stepped first ends
		before time.Duration // distance until then
		number int           // of distances until the last step
		at     time.Duration // lasted of the sound then
	}

	offset time.Duration // of sound, late is positive
	since  time.Duration
}

type distance struct{ at, ahead time.Duration }

func (c *clocks) Packet(p *measure.Packet) {
	switch p.Stream {
	case c.video:
		at, ok := p.DTS, p.HasDTS
		if !ok {
			at, ok = p.PTS, p.HasPTS && !c.pictures.any
		}
		if ok {
			c.step(&c.pictures, at, p)
			c.fresh = true
		}
	case c.audio:
		if p.HasPTS {
			c.step(&c.sound, p.PTS, p)
			c.compare()
		}
	}
}

// step takes in a packet, and what its time is off from when it was due.
func (c *clocks) step(k *clock, at time.Duration, p *measure.Packet) {
	lasts := p.Duration
	if lasts <= 0 && k.n > 0 {
		lasts = k.intervals[(k.n-1)%usualPictures]
	}
	shown := at
	if p.HasPTS {
		shown = p.PTS
	}
	k.packets++
	if !k.any {
		k.any, k.start, k.end, k.at, k.due = true, shown, shown+lasts, at, at+lasts
		return
	}
	k.start = min(k.start, shown)
	off, interval := at-k.due, at-k.at
	limit := leastStep
	if k == &c.pictures {
		limit = max(leastPictures, 4*slices.Max(k.intervals[:]))
	}
	if off.Abs() >= limit {
		c.stepped(k, off)
		k.end = shown + lasts
	} else {
		k.lasted += interval
		if interval > 0 {
			k.intervals[k.n%usualPictures] = interval
			k.n++
		}
		k.end = max(k.end, shown+lasts)
	}
	k.at, k.due = at, at+lasts
}

// stepped keeps a step until it is clear what became of it.
func (c *clocks) stepped(k *clock, off time.Duration) {
	p := &c.pending
	if !p.any {
		p.any, p.size, p.start, p.before = true, 0, k.end, c.middle()
	}
	if k == &c.pictures {
		off = -off
	}
	p.size += off
	p.number, p.at = c.n, c.sound.lasted
}

// compare takes in how far the sound is ahead, and judges what is pending.
func (c *clocks) compare() {
	if c.pictures.any && c.fresh {
		c.latest[c.n%distances] = distance{c.sound.lasted, c.sound.at - c.pictures.at}
		c.n++
		c.fresh = false
	}
	if p := &c.pending; p.any && c.sound.lasted-p.at >= settled {
		c.judge()
	}
}

// middle returns the median of the latest distances.
func (c *clocks) middle() time.Duration {
	values := c.values[:0]
	for i := c.n - 1; i >= max(0, c.n-distances); i-- {
		if d := c.latest[i%distances]; c.sound.lasted-d.at <= settled {
			values = append(values, d.ahead)
		}
	}
	return median(values)
}

// median puts values in order.
func median(values []time.Duration) time.Duration {
	if len(values) == 0 {
		return 0
	}
	slices.Sort(values)
	return values[len(values)/2]
}

// judge decides whether steps were those of a clock, or time left out.
func (c *clocks) judge() {
	p := &c.pending
	p.any = false
	after := c.values[:0]
	for i := max(p.number, c.n-distances); i < c.n; i++ {
		after = append(after, c.latest[i%distances].ahead)
	}
	if len(after) == 0 || p.number == 0 {
		return
	}
	moved := median(after) - p.before
	if (moved - p.size).Abs() > p.size.Abs()/2 {
		return
	}
	c.close(p.start)
	c.offset += p.size
	c.since = p.start
}

// close reports the offset that was until now, where it is outside the limits.
func (c *clocks) close(end time.Duration) {
	if end <= c.since || c.offset <= c.late && c.offset >= -c.early {
		return
	}
	limit := c.late
	if c.offset < 0 {
		limit = -c.early
	}
	c.sink(detectors.Event{
		Kind: Timestamps, Stream: c.audio, Start: c.since, End: end,
		Value: milliseconds(c.offset), Limit: milliseconds(limit), Unit: "ms",
	})
}

func (c *clocks) Flush(end time.Duration) {
	if c.pending.any {
		c.judge()
	}
	c.close(end)
	if c.pictures.packets < fewest || c.sound.packets < fewest {
		return
	}
	c.apart(c.pictures.start, c.sound.start, 1)
	c.apart(c.pictures.end, c.sound.end, -1)
}

// apart reports streams that start or end apart. What is missing is positive
// where it is sound.
func (c *clocks) apart(pictures, sound time.Duration, sign float64) {
	if (sound - pictures).Abs() <= c.ends {
		return
	}
	c.sink(detectors.Event{
		Kind: Timestamps, Stream: c.audio, Start: min(pictures, sound), End: max(pictures, sound),
		Value: sign * milliseconds(sound-pictures), Limit: math.Copysign(milliseconds(c.ends), sign*float64(sound-pictures)), Unit: "ms",
	})
}
