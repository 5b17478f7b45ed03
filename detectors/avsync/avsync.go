// Package avsync finds sound that is not in time with the picture.
package avsync

import (
	"flag"
	"slices"
	"time"

	"github.com/vqa-project/vqa/detectors"
	"github.com/vqa-project/vqa/detectors/measure"
)

// Kinds of events.
const (
	Timestamps = "timestamps" // the clocks say so
	Marks      = "marks"      // flashes with beeps, clapperboards are apart
	Content    = "content"    // faces and what they say are apart
)

// Detector finds sound that is early or late.
var Detector = &detectors.Detector{
	Name:  "avsync",
	Doc:   doc,
	Needs: measure.Difference | measure.Faces | measure.Levels | measure.Spectrum,
	Setup: setup,
}

const doc = `sound that is early or late against the picture

Offsets are in milliseconds, positive where sound is late. Each track of sound is
held against the first video stream.

timestamps: the clock of one stream is set, and that of the other is not, so that
sound is off by exactly that much from there on. A stream that leaves out time
comes back in its place among the packets of the other, and is in sync; one whose
clock was set does not. Also streams that start or end further apart than ends;
the event is the time that only one has, and the value says how much later sound
starts, or how much earlier it ends. And sound whose samples are more, or fewer,
than its timestamps have time for: it drifts, the event begins where that exceeds the
limits, the value is what it came to, and drift_ppm is the rate.

marks: flashes with beeps, clapperboards and the like. Three or more changes of the
picture, each at once and after a calm, have a sudden sound at the same distance,
within a second of each. They are exact to half a picture.

content: a face moves with what it says. The face that stands out most is followed,
and what its lips do is correlated with the spectrum of the sound, at offsets of up
to a second. Seconds with a face are added up, 30 at most; it takes some 10 to 20 of
them. An event needs the estimate to be certain, and outside the limits by its
uncertainty of 50 ms. Where nobody is seen to speak, or somebody else is heard,
there is no estimate that is certain, and no event; content_confidence_percent says
how much there was of what it takes.

The defaults of early and late are where ITU-R BT.1359 has the offset detected by
viewers. That of ends is this program's own: broadcasts that are recorded from
anywhere have up to a second between the times of sound and pictures that are sent
together, and some files begin with sound alone.`

type options struct {
	early, late, ends time.Duration
}

func setup(fs *flag.FlagSet) detectors.Start {
	o := &options{}
	detectors.DurationVar(fs, &o.early, "early", 45*time.Millisecond, 0, 10*time.Second, "how much earlier than the picture sound may be")
	detectors.DurationVar(fs, &o.late, "late", 125*time.Millisecond, 0, 10*time.Second, "how much later than the picture sound may be")
	detectors.DurationVar(fs, &o.ends, "ends", 3*time.Second, 0, time.Hour, "how far apart sound and pictures may start or end")
	return o.start
}

func (o *options) start(p measure.Program, sink detectors.Sink) (detectors.Run, error) {
	video, audio := p.Selected(measure.Video), p.Selected(measure.Audio)
	if len(video) == 0 || len(audio) == 0 {
		return detectors.Run{}, detectors.ErrNotApplicable
	}
	var pairs []*pair
	for _, a := range audio {
		pairs = append(pairs, &pair{
			clocks:  &clocks{options: o, video: video[0].Index, audio: a.Index, sink: sink},
			drift:   &drift{options: o, audio: a.Index, sink: sink},
			marks:   newMarks(o, a.Index, sink),
			content: newContent(o, a.Index, sink),
		})
	}
	return detectors.Run{
		Packet: func(p *measure.Packet) {
			for _, x := range pairs {
				x.clocks.Packet(p)
				x.drift.Packet(p)
			}
		},
		Picture: func(p *measure.Picture) {
			for _, x := range pairs {
				if p.Stream == x.clocks.video {
					x.marks.Picture(p)
					x.content.Picture(p)
				}
			}
		},
		Block: func(b *measure.Block) {
			for _, x := range pairs {
				if b.Stream == x.clocks.audio {
					x.drift.Block(b)
					x.marks.Block(b)
					x.content.Block(b)
				}
			}
		},
		Open: func(now time.Duration) {
			for _, x := range pairs {
				x.open(now)
			}
		},
		Flush: func(end time.Duration) {
			for _, x := range pairs {
				x.clocks.Flush(end)
				x.drift.Flush()
				x.marks.Flush(end)
				x.content.Flush(end)
			}
		},
		Measures: func() []detectors.Measure {
			var out []detectors.Measure
			for _, x := range pairs {
				out = slices.Concat(out, x.marks.Measures(), x.content.Measures())
			}
			return out
		},
	}, nil
}

// A pair is one track of sound, and the pictures that it is held against: the
// first video stream.
type pair struct {
	clocks  *clocks
	drift   *drift
	marks   *marks
	content *content
}

// open reports what is out of step now.
func (x *pair) open(now time.Duration) {
	x.clocks.close(now)
	marks := *x.marks
	marks.close(marks.end)
	if x.content.open {
		content := *x.content
		content.close(content.event.end)
	}
}
