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
`

type options struct {
	early, late, ends time.Duration
}

func setup(fs *flag.FlagSet) detectors.Start {
	o := &options{}
	detectors.DurationVar(fs, &o.early, "early", 45*time.Millisecond, 0, 10*time.Second, "how much sound may be early")
	detectors.DurationVar(fs, &o.late, "late", 125*time.Millisecond, 0, 10*time.Second, "how much sound may be late")
	detectors.DurationVar(fs, &o.ends, "ends", 3*time.Second, 0, time.Hour, "how far apart sound and pictures may start, and end")
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
			marks:   newMarks(o, a.Index, sink),
			content: newContent(o, a.Index, sink),
		})
	}
	return detectors.Run{
		Packet: func(p *measure.Packet) {
			for _, x := range pairs {
				x.clocks.Packet(p)
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
					x.marks.Block(b)
					x.content.Block(b)
				}
			}
		},
		Flush: func(end time.Duration) {
			for _, x := range pairs {
				x.clocks.Flush(end)
				x.marks.Flush(end)
				x.content.Flush(end)
			}
		},
		Measures: func() []detectors.Measure {
			var out []detectors.Measure
			for _, x := range pairs {
				out = slices.Concat(out, x.clocks.Measures(), x.marks.Measures(), x.content.Measures())
			}
			return out
		},
	}, nil
}

// A pair is one track of sound, and the pictures that it is held against: the
// first video stream.
type pair struct {
	clocks  *clocks
	marks   *marks
	content *content
}
