// Package clipping finds sound whose peaks are cut off, and sound that is off
// centre.
package clipping

import (
	"flag"
	"math"
	"time"

	"github.com/vqa-project/vqa/detectors"
	"github.com/vqa-project/vqa/detectors/measure"
)

// Kinds of events.
const (
	Clipping = "clipping"  // peaks are cut off
	DCOffset = "dc_offset" // the mean is not zero
)

// Detector finds clipping.
var Detector = &detectors.Detector{
	Name:  "clipping",
	Doc:   doc,
	Needs: measure.Amplitudes | measure.Levels,
	Setup: setup,
}

const doc = `peaks that are cut off

Every half second, the samples of each channel are counted by amplitude. Sound
has the fewer samples the larger they are; where it is clipped, they pile up at
a ceiling, however a coder bent the flat tops afterwards. The ceiling is what
0.1 % of the samples exceed. It is clipping where min-share of the samples or
more are within 2 dB below the ceiling or above it, where they lie at least 0.3
times as dense there as from 6 dB to 3 dB below, and where the ceiling is at
level or above. A few samples at full scale, and what a limiter leaves of loud
music, are not: there, density falls to a tenth. Nor is a steady tone, which is
told by its constant level.

Where min-share of the samples are beyond full scale, as a coder leaves of noise
that was clipped, density does not matter. Half seconds that clip, up to 3 s
apart, are one event, with what reaches the ceiling in the half seconds around.
Its value is the share of samples at the ceiling; where only one or two half seconds
clip, it must be five times as large.

Where the mean of a channel, of one sign, stays at dc-offset of full scale or above
for 5 s, and varies by no more than 6 %, the kind is dc_offset: that of instruments
follows their level.

The default of level lets sound through that was made 3 dB softer after it was
clipped. Two percent and the ratio of densities were measured on sound that
exceeded full scale by 8 dB to 18 dB, behind AAC at 128 kbit/s; one percent of
full scale is -40 dB, where the switching on of an offset begins to be heard.`

type options struct {
	minShare, level, dcOffset float64 // dBFS for level
}

func setup(fs *flag.FlagSet) detectors.Start {
	o := &options{}
	detectors.FloatVar(fs, &o.minShare, "min-share", 0.02, 0.0005, 1,
		"smallest `share` of samples at the ceiling")
	detectors.FloatVar(fs, &o.level, "level", -3, -12, 0,
		"lowest ceiling, in `dBFS`")
	detectors.FloatVar(fs, &o.dcOffset, "dc-offset", 0.01, 0.001, 1,
		"smallest `share` of full scale that is an offset")
	return o.start
}

func (o *options) start(p measure.Program, sink detectors.Sink) (detectors.Run, error) {
	return detectors.PerAudio(p, func(s measure.Stream) *track {
		return &track{options: *o, stream: s.Index, sink: sink, before: make([]span, 0, window)}
	})
}

// window is the number of blocks that are looked at together: half a second.
const window = 50

// A track follows one audio stream.
type track struct {
	options
	stream int
	sink   detectors.Sink

	channels []channel
	blocks   int // in the window
	times    [window]span
	before   []span        // those of the window before, where it has just ended
	fresh    bool          // that one clipped
	end      time.Duration // of the last block

	clipping interval
	weak     interval // what may be the start of clipping
	offset   interval
}

// A span is a block and its peak in any channel.
type span struct {
	start, end time.Duration
	peak       float32
}

// above returns from where to where there are blocks whose peak is at or above
// one.
func above(blocks []span, peak float64) (start, end time.Duration, any bool) {
	for _, b := range blocks {
		if float64(b.peak) < peak {
			continue
		}
		if !any {
			start, any = b.start, true
		}
		end = b.end
	}
	return start, end, any
}

func (t *track) Block(b *measure.Block) {
	if b.Discontinuity || len(b.Channels) != len(t.channels) {
		t.look()
		t.closeClipping()
		t.weak = interval{}
		t.before, t.fresh = t.before[:0], false
		t.closeOffset()
		if len(b.Channels) != len(t.channels) {
			t.channels = make([]channel, len(b.Channels))
		}
	}
	peak := float32(0)
	for c := range b.Channels {
		t.channels[c].add(&b.Channels[c], b.Samples, t.blocks)
		peak = max(peak, b.Channels[c].Peak)
	}
	t.times[t.blocks] = span{b.PTS, b.End(), peak}
	t.end = b.End()
	if t.blocks++; t.blocks == window {
		t.look()
	}
}

// look ends a window.
func (t *track) look() {
	if t.blocks == 0 {
		return
	}
	var share, ceiling, dc float64
	first, last := t.blocks, -1
	for i := range t.channels {
		c := &t.channels[i]
		if f, ok := c.clips(&t.options, t.blocks); ok {
			first, last = min(first, f.first), max(last, f.last)
			if f.share > share {
				share, ceiling = f.share, f.ceiling
			}
		}
		if v := c.dc(); math.Abs(v) > math.Abs(dc) {
			dc = v
		}
		c.reset()
	}
	start, end := t.times[0].start, t.times[t.blocks-1].end
	if t.clipping.open && start-t.clipping.end > joined {
		t.closeClipping()
	}
	if n := len(t.before); n > 0 && start-t.before[n-1].end > time.Millisecond { // more than rounding
		t.before, t.fresh = t.before[:0], false
	}
	fresh := false
	switch {
	case last < 0:
		// Where clipping ends early in a window, it is too little to find.
		if _, end, any := above(t.times[:t.blocks], reached*min(1, t.clipping.ceiling)); t.fresh && any {
			t.clipping.end = end
		}
	case share < t.minShare && t.clipping.open && t.clipping.near(ceiling, 1):
		t.clipping.end, fresh = t.times[last].end, true
	case share < t.minShare:
		if start-t.weak.end > joined || !t.weak.near(ceiling, 1) {
			t.weak = interval{}
		}
		t.weak.add(t.times[first].start, t.times[last].end, share, ceiling)
	default:
		from := t.times[first].start
		if !t.clipping.open && t.weak.open && start-t.weak.start <= joined && t.weak.near(ceiling, 1) {
			from = t.weak.start
		} else if early, _, any := above(t.before, reached*min(1, ceiling)); !t.clipping.open && any {
			from = early
		}
		t.weak = interval{}
		t.clipping.add(from, t.times[last].end, share, ceiling)
		fresh = true
	}
	if math.Abs(dc) < t.dcOffset || dc*t.offset.sum < 0 { // what is low in music changes its sign
		t.closeOffset()
	}
	if math.Abs(dc) >= t.dcOffset {
		t.offset.add(start, end, dc, 0)
	}
	t.before, t.fresh = append(t.before[:0], t.times[:t.blocks]...), fresh && t.clipping.open
	t.blocks = 0
}

// Flush closes what is open.
func (t *track) Flush(time.Duration) {
	t.look()
	t.closeClipping()
	t.closeOffset()
}

// Open reports what goes on, up to the last whole window.
func (t *track) Open(time.Duration) {
	now := *t
	now.closeClipping()
	now.closeOffset()
}

// joined is how far apart clipping is one event: speech pauses.
const joined = 3 * time.Second

// shortest is how long clipping must last to be more than a bump.
const shortest = 200 * time.Millisecond

// Up to brief half seconds that clip are a drum or a shout, which limiters may
// flatten, unless briefShare times as many samples are at the ceiling.
const (
	brief      = 2
	briefShare = 5
)

// shortestOffset is how long an offset must last, so that it is none of a
// sound's own.
const shortestOffset = 5 * time.Second

// steadyOffset is how much an offset varies from half second to half second, as a
// share of it at most: 0.03 over music. Some instruments have one that follows their
// level, and varies by 0.08 and more.
const steadyOffset = 0.06

// An interval is an event that may be going on.
type interval struct {
	open       bool
	start, end time.Duration
	sum        float64 // of a value for each window
	windows    int
	last       float64 // value
	inner      float64 // sum without the first and the last, which it may begin or end in
	squares    float64 // of these
	ceiling    float64 // largest
}

// near reports whether the interval has about the same ceiling, within so many
// dB.
func (v *interval) near(ceiling, within float64) bool {
	return math.Abs(decibels(ceiling/v.ceiling)) < within
}

// isSteady reports whether the values, but for the first and the last, deviate from
// their mean by no more than a share of it.
func (v *interval) isSteady(share float64) bool {
	n := float64(v.windows - 2)
	mean := v.inner / n
	return math.Sqrt(max(0, v.squares/n-mean*mean)) <= share*math.Abs(mean)
}

func (v *interval) add(start, end time.Duration, value, ceiling float64) {
	if !v.open {
		*v = interval{open: true, start: start}
	}
	v.end = end
	if v.windows > 1 {
		v.inner += v.last
		v.squares += v.last * v.last
	}
	v.last = value
	v.sum += value
	v.windows++
	v.ceiling = max(v.ceiling, ceiling)
}

func (t *track) closeClipping() {
	v := &t.clipping
	if !v.open {
		return
	}
	v.open = false
	if v.end-v.start < shortest || v.windows <= brief && v.sum/float64(v.windows) < briefShare*t.minShare {
		return
	}
	t.sink(detectors.Event{
		Kind: Clipping, Stream: t.stream, Start: v.start, End: v.end,
		Value: v.sum / float64(v.windows), Limit: t.minShare, Unit: "share",
		Evidence: map[string]float64{"ceiling_max_dbfs": decibels(v.ceiling)},
	})
}

func (t *track) closeOffset() {
	v := t.offset
	t.offset = interval{}
	if !v.open {
		return
	}
	if v.end-v.start < shortestOffset || !v.isSteady(steadyOffset) {
		return
	}
	t.sink(detectors.Event{
		Kind: DCOffset, Stream: t.stream, Start: v.start, End: v.end,
		Value: math.Abs(v.sum) / float64(v.windows), Limit: t.dcOffset, Unit: "share",
	})
}
