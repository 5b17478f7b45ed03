// Package letterbox finds black bars that come and go, and measures the active
// area of a picture.
package letterbox

import (
	"flag"
	"time"

	"github.com/vqa-project/vqa/detectors"
	"github.com/vqa-project/vqa/detectors/measure"
)

// Kinds of events.
const (
	Letterbox = "letterbox" // bars at top and bottom
	Pillarbox = "pillarbox" // bars at the left and right
	Windowbox = "windowbox" // bars all around
	Outside   = "outside"   // a picture outside of the area that is asked for
)

// Detector finds changes of the active area.
var Detector = &detectors.Detector{
	Name:  "letterbox",
	Doc:   doc,
	Needs: measure.Borders,
	Setup: setup,
}

const doc = `black bars that come and go

The active area is what is left of a picture without the black bars at its borders.
A change of it that stays for min-duration is reported as letterbox, pillarbox or
windowbox: from the first picture with the bars to the first without, or to the end of
the stream. Bars that are there throughout are a measure and no event, so is a film in
its own format; where an area has stood for max-duration, it is the programme's own,
and the event ends. Bars from the start are reported when they go before that.

Bars are black, lie at opposite sides, are about as thick as each other (within 2 %),
and at least 1.5 % of the picture; behind at least one of both, half of the picture
is lit. What is dark, a caption or a logo on the bars, and single pictures do not
change an area; bars that come at once may have a caption or a logo on one of both.

With area, as crop=W:H:X:Y of FFmpeg's cropdetect writes it, each stretch with
another active area is reported, whatever was before: kind outside, where the
picture is larger. Bars that are not asked for are found with 0:0:0:0, the whole
picture.

The value is the share of the picture that is bars, the limit that of the area
before, or asked for. Measures are of the area that was there for longest. The limits
are this program's own; black is that of the detector black.`

type options struct {
	minDuration time.Duration
	maxDuration time.Duration
	area        area
}

func setup(fs *flag.FlagSet) detectors.Start {
	o := &options{}
	detectors.DurationVar(fs, &o.minDuration, "min-duration", time.Second, 0, time.Hour,
		"how long an active area must stay")
	detectors.DurationVar(fs, &o.maxDuration, "max-duration", 10*time.Minute, time.Second, 24*time.Hour,
		"how long it takes for an active area to be the programme's own")
	fs.Var(&o.area, "area", "`W:H:X:Y` of the active area, in samples; 0:0:0:0 is the whole picture (default any)")
	return o.start
}

func (o *options) start(p measure.Program, sink detectors.Sink) (detectors.Run, error) {
	return detectors.PerVideo(p, func(s measure.Stream) *track {
		return &track{options: *o, stream: s.Index, sink: sink}
	})
}

// memory is how many pictures are kept for finding the first with bars.
const memory = 64

// A track follows one video stream.
type track struct {
	options
	stream int
	sink   detectors.Sink

	width, height int // of the pictures
	end           time.Duration

	last    [memory]seen // the pictures before, number n at n%memory
	number  int
	current stretch // the area now
	norm    bars    // the area that a change is from
	hasNorm bool
	first   stretch    // the one that norm is of, as long as it is not reported
	held    [8]holding // how long each area was there
}

type seen struct {
	start time.Duration
	row   measure.BordersRow
}

// A stretch is pictures with the same active area.
type stretch struct {
	open       bool
	start, end time.Duration
	bars       bars
	votes      [4]vote // for each bar's thickness
	pictures   int
	clear      int           // pictures that show it
	against    int           // pictures since, one after the other, that show otherwise
	until      time.Duration // where the first of these began
	dark       bool          // the last pictures are black,
	since      time.Duration // from here on
	confirmed  bool
	event      bool // it is a change
}

// A vote finds what most values are, where they are most of all.
type vote struct{ value, count int }

func (v *vote) add(value int) {
	switch {
	case v.count == 0:
		v.value, v.count = value, 1
	case v.value == value:
		v.count++
	default:
		v.count--
	}
}

type holding struct {
	bars bars
	time time.Duration
}

func (t *track) Picture(p *measure.Picture) {
	if p.Discontinuity || p.Width != t.width || p.Height != t.height {
		if t.number > 0 {
			t.finish(t.end)
		}
		if p.Width != t.width || p.Height != t.height {
			t.hasNorm, t.first, t.held = false, stretch{}, [8]holding{}
		}
		t.width, t.height, t.number, t.current = p.Width, p.Height, 0, stretch{}
	}
	s := seen{p.PTS, p.Borders}
	if t.current.open {
		t.follow(&s)
	}
	if !t.current.open {
		t.begin(&s)
	}
	t.last[t.number%memory] = s
	t.number++
	t.end = p.End()
	t.confirm()
}

// follow holds a picture against the current area.
func (t *track) follow(s *seen) {
	c := &t.current
	if s.row.Dark {
		if !c.dark && c.against == 0 {
			c.dark, c.since = true, s.start
		}
		return
	}
	shown := t.shows(&s.row)
	same := t.same(shown.bars, c.bars)
	larger, other := t.contradicts(c.bars, &s.row), shown.clear && !same
	if shown.captioned && !same && t.number > 0 { // at once, or since
		other = c.against > 0 || t.shows(&t.last[(t.number-1)%memory].row).clear
	}
	switch {
	case larger || other:
		if c.against == 0 {
			c.until = s.start
		}
		c.against++
		if larger && c.against >= sureLarger || c.against >= sureSmaller {
			t.finish(c.until)
		}
	case shown.clear || shown.captioned && same:
		c.against, c.dark = 0, false
		c.clear++
		c.pictures++
		c.vote(shown.bars)
	case c.against == 0:
		c.dark = false
		c.pictures++
	}
}

// How many pictures it takes for an area to end: one or two may be damaged, and in
// the dark, more may look as if they had bars.
const (
	sureLarger  = 3
	sureSmaller = 8
)

func (c *stretch) vote(b bars) {
	for i, v := range [4]int{b.top, b.bottom, b.left, b.right} {
		c.votes[i].add(v)
	}
}

// begin starts a stretch with a picture that shows an area, and those before it
// that do not say otherwise. Bars with a caption must come at once, after a picture with
// another clear area: a dark scene may look alike.
func (t *track) begin(s *seen) {
	shown := t.shows(&s.row)
	if !shown.clear && !shown.captioned {
		return
	}
	c := stretch{open: true, start: s.start, bars: shown.bars, pictures: 1, clear: 1}
	c.vote(shown.bars)
	atOnce := false
	for n := t.number - 1; n >= 0 && n > t.number-memory; n-- {
		row := &t.last[n%memory].row
		before := t.shows(row)
		if row.Dark || t.contradicts(shown.bars, row) || before.clear && !t.same(before.bars, shown.bars) {
			atOnce = before.clear
			break
		}
		c.start = t.last[n%memory].start
	}
	if shown.clear || atOnce {
		t.current = c
	}
}

// confirm makes a stretch that has lasted long enough an area, and a change of it
// an event.
func (t *track) confirm() {
	c := &t.current
	if !c.open || c.against > 0 {
		return
	}
	lasts := t.end - c.start
	if !c.confirmed && lasts >= t.minDuration-slack && 3*c.clear >= c.pictures {
		c.confirmed = true
		switch {
		case t.area.set:
			t.norm, t.hasNorm = t.area.bars(t.width, t.height), true
			c.event = !t.same(c.bars, t.norm)
		case t.hasNorm && t.inside(c.bars, t.norm) && !t.same(c.bars, t.norm):
			c.event = true
		case t.hasNorm && t.inside(t.norm, c.bars) && !t.same(c.bars, t.norm):
			// That there is more shows that what was before were bars.
			if f := t.first; f.confirmed && f.end-f.start < t.maxDuration {
				t.norm = c.bars
				t.report(&f, f.end)
			}
			t.norm, t.first = c.bars, stretch{}
		case !t.hasNorm:
			t.norm, t.hasNorm = c.bars, true
		}
	}
	if c.event && !t.area.set && lasts >= t.maxDuration {
		t.report(c, c.start+t.maxDuration)
		c.event, t.norm, t.first = false, c.bars, stretch{}
	}
}

// slack makes up for timestamps that the container rounds.
const slack = time.Millisecond

// finish ends the current stretch.
func (t *track) finish(at time.Duration) {
	c := &t.current
	if c.dark { // an area does not last through black that something else follows
		at = c.since
	}
	if c.open && c.confirmed {
		c.elect()
		c.end = at
		t.hold(c.bars, at-c.start)
		switch {
		case c.event:
			t.report(c, at)
		case t.first.confirmed && t.same(c.bars, t.first.bars):
			t.first.end = at
		case !t.first.confirmed && t.same(c.bars, t.norm):
			t.first = *c
		}
	}
	t.current.open = false
}

// hold adds to how long an area was there. Where there are too many, the one that
// was there for the shortest time is forgotten.
func (t *track) hold(b bars, d time.Duration) {
	least := 0
	for i := range t.held {
		if h := &t.held[i]; h.time > 0 && h.bars == b {
			h.time += d
			return
		}
		if t.held[i].time < t.held[least].time {
			least = i
		}
	}
	t.held[least] = holding{b, d}
}

// elect takes the bars that most pictures have.
func (c *stretch) elect() {
	for i, v := range []*int{&c.bars.top, &c.bars.bottom, &c.bars.left, &c.bars.right} {
		*v = c.votes[i].value
	}
}

// Open reports the event as it would be if it ended now.
func (t *track) Open(time.Duration) {
	if c := t.current; c.open && c.event {
		at := t.end
		if c.dark {
			at = c.since
		}
		c.elect()
		t.report(&c, at)
	}
}

func (t *track) Flush(time.Duration) { t.finish(t.end) }

func (t *track) report(c *stretch, at time.Duration) {
	share := func(b bars) float64 {
		return 100 * (1 - float64(b.width(t.width))*float64(b.height(t.height))/float64(t.width*t.height))
	}
	t.sink(detectors.Event{
		Kind: t.kind(c.bars), Stream: t.stream, Start: c.start, End: at,
		Value: share(c.bars), Limit: share(t.norm), Unit: "%",
		Evidence: map[string]float64{
			"top_px": float64(c.bars.top), "bottom_px": float64(c.bars.bottom),
			"left_px": float64(c.bars.left), "right_px": float64(c.bars.right),
			"aspect_ratio": float64(c.bars.width(t.width)) / float64(c.bars.height(t.height)),
			"pictures":     float64(c.pictures),
		},
	})
}

// Measures are of the area that was there for longest.
func (t *track) Measures() []detectors.Measure {
	longest := t.held[0]
	for _, h := range t.held {
		if h.time > longest.time {
			longest = h
		}
	}
	if longest.time == 0 {
		return nil
	}
	b := longest.bars
	return []detectors.Measure{
		{Stream: t.stream, Name: "active_width_px", Value: float64(b.width(t.width))},
		{Stream: t.stream, Name: "active_height_px", Value: float64(b.height(t.height))},
		{Stream: t.stream, Name: "active_left_px", Value: float64(b.left)},
		{Stream: t.stream, Name: "active_top_px", Value: float64(b.top)},
	}
}
