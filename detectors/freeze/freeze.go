// Package freeze finds pictures that do not change.
package freeze

import (
	"flag"
	"time"

	"github.com/vqa-project/vqa/detectors"
	"github.com/vqa-project/vqa/detectors/measure"
)

// Kinds of events.
const (
	Freeze     = "freeze"      // pictures come, and are all the same
	NoPictures = "no_pictures" // no picture comes, and the last one is held
)

// Detector finds frozen pictures.
var Detector = &detectors.Detector{
	Name:  "freeze",
	Doc:   doc,
	Needs: measure.Difference | measure.Thumbs | measure.Luma,
	Setup: setup,
}

const doc = `frozen picture

The picture stays the same for min-duration. "The same" allows for the noise of
coding: a still that was encoded again changes a little with every picture, and
more where an intra picture codes it anew. So no block of 8x8 samples may change
by more than max-block-difference from one picture to the next (three times that
at an intra picture), and nothing may drift away from the first picture of the
still: neither the whole picture, as in a slow fade, nor an area, as in a pan,
nor any one of 64x36 cells, as when something small creeps.

The interval goes from the first showing of the picture that is held to the
first one that differs, or to the end of the stream. It is at least three
pictures long, and longer than pictures are held by the cadence of animation on
twos or threes just before.

Where the source sends no picture for min-duration, or stops sending them before
the programme ends, the kind is no_pictures: the last picture is held. Where this
program leaves pictures out because it cannot keep up, nobody knows, and none are missed.

A black picture that does not change is frozen, too; ignore-black leaves it to
the detector of that name.

The default min-duration is that of FFmpeg's freezedetect. Unlike there, the
difference is judged block by block, so that something small that moves is
motion, and noise all over is none.`

type options struct {
	minDuration   time.Duration
	maxDifference float64
	ignoreBlack   bool
}

func setup(fs *flag.FlagSet) detectors.Start {
	o := &options{}
	detectors.DurationVar(fs, &o.minDuration, "min-duration", 2*time.Second, time.Millisecond, time.Hour,
		"how long the picture must stay the same")
	detectors.FloatVar(fs, &o.maxDifference, "max-block-difference", 8, 0, 64,
		"mean change of a block of 8x8 that is still noise, in 8 bit code values")
	fs.BoolVar(&o.ignoreBlack, "ignore-black", false, "do not report black pictures")
	return o.start
}

func (o *options) start(p measure.Program, sink detectors.Sink) (detectors.Run, error) {
	return detectors.PerVideo(p, func(s measure.Stream) *hold {
		h := &hold{options: *o, stream: s.Index, sink: sink}
		if rate := s.FrameRate.Float(); rate > 0 {
			h.nominal = time.Duration(float64(time.Second) / rate)
		}
		return h
	})
}
