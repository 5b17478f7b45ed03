// Package avsync finds sound that is not in time with the picture.
package avsync

import (
	"flag"
	"time"

	"github.com/vqa-project/vqa/detectors"
	"github.com/vqa-project/vqa/detectors/measure"
)

// Kinds of events.
const (
	Content = "content" // sound and what is seen of it are apart
)

// Detector finds sound that is early or late.
var Detector = &detectors.Detector{
	Name:  "avsync",
	Doc:   doc,
	Needs: measure.Faces | measure.Spectrum | measure.Times,
	Setup: setup,
}

const doc = `sound that is early or late against the picture
`

type options struct {
	early, late time.Duration
}

func setup(fs *flag.FlagSet) detectors.Start {
	o := &options{}
	detectors.DurationVar(fs, &o.early, "early", 45*time.Millisecond, 0, 10*time.Second, "how much sound may be early")
	detectors.DurationVar(fs, &o.late, "late", 125*time.Millisecond, 0, 10*time.Second, "how much sound may be late")
	return o.start
}

func (o *options) start(p measure.Program, sink detectors.Sink) (detectors.Run, error) {
	video, audio := p.Selected(measure.Video), p.Selected(measure.Audio)
	if len(video) == 0 || len(audio) == 0 {
		return detectors.Run{}, detectors.ErrNotApplicable
	}
	var followers []*content
	for _, a := range audio {
		followers = append(followers, newContent(o, video[0].Index, a.Index, sink))
	}
	return detectors.Run{
		Picture: func(p *measure.Picture) {
			for _, c := range followers {
				if p.Stream == c.video {
					c.Picture(p)
				}
			}
		},
		Block: func(b *measure.Block) {
			for _, c := range followers {
				if b.Stream == c.audio {
					c.Block(b)
				}
			}
		},
		Flush: func(end time.Duration) {
			for _, c := range followers {
				c.Flush(end)
			}
		},
		Measures: func() []detectors.Measure {
			var out []detectors.Measure
			for _, c := range followers {
				out = append(out, c.Measures()...)
			}
			return out
		},
	}, nil
}
