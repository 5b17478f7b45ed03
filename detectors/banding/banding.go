// Package banding finds false contours: pictures with too few steps of luma.
package banding

import (
	"flag"
	"math"
	"time"

	"github.com/vqa-project/vqa/detectors"
	"github.com/vqa-project/vqa/detectors/measure"
)

// Banding is the only kind of event.
const Banding = "banding"

// Detector finds false contours.
var Detector = &detectors.Detector{
	Name:  "banding",
	Doc:   doc,
	Needs: measure.Luma | measure.Thumbs | measure.Detail,
	Setup: setup,
}

const doc = `false contours, from too few steps of luma

A contour is a step of 5 to 63 code values between two flat stretches, along lines and
down columns. Where luma was rounded to multiples of a step, contours are as high as
the step and lie between its multiples: for each step from 6 to 40, the share of
contours that are as high, or twice, is multiplied with how much the values on both
sides lie a step apart from each other (the length of the mean of their phases, 0 to
1). The score of a picture is 100 times the largest of these products, and less in
proportion where fewer than 3 of 1000 places have a contour. It takes three levels that
follow one another, since a drawing in two colours has contours as well.

Or it is, if that is more, 49 times how much all luma that is neither black nor white
lies at multiples of a step from its most frequent level (the mean cosine of the phases
of the rest), which takes four levels that follow one another: motion and a coder soften
contours, and leave that. Alone it is below the limit, since colour bars have such levels
as well. Where both are of the same step, contours alone have a score of 20 and levels
alone 34, they count together: what one leaves of 100, the other takes its share of.

Where that cosine rises by 0.25 or more from one picture of a scene to the next, it is
seen where it is weaker, too: the score is then how much of the rise, or of contours of
that step, is still there. Of contours 0.15 must be of the step and in phase, or the
cosine must have risen by 0.6.

An interval lasts min-duration or longer with a score of at least limit, but for dips
of less than 0.4 s, and whatever is too plain to tell; value is the mean, and the evidence
has the step in code values. The stream as a whole has a mean and a 95th percentile of
the score.

Films and broadcasts mostly score less than 20, windows in steps of grey up to
46, pictures rounded to steps of 12 to 32 mostly 60 to 95. The default limit is in
between. Not seen: contours of less than 5 code values, such as those of 8 bits or of a
coder in a dark sky, those of pictures with two levels or three, and those of R, G and B
that were rounded each by itself, which are of no single step in luma.`

// dip is how long the score may be below the limit within an interval.
const dip = 400 * time.Millisecond

type options struct {
	minDuration time.Duration
	limit       float64
}

func setup(fs *flag.FlagSet) detectors.Start {
	o := &options{}
	detectors.DurationVar(fs, &o.minDuration, "min-duration", time.Second, 0, time.Hour,
		"how long contours must be visible")
	detectors.FloatVar(fs, &o.limit, "limit", 50, 1, 100,
		"`score` from which contours are false")
	return o.start
}

func (o *options) start(p measure.Program, sink detectors.Sink) (detectors.Run, error) {
	return detectors.PerVideo(p, func(s measure.Stream) *track {
		t := &track{stream: s.Index, sink: sink, all: detectors.NewHistogram(1, 100)}
		t.Scored = detectors.Scored{
			Limit: o.limit, MinDuration: o.minDuration, Dip: dip, Report: t.report,
		}
		return t
	})
}

// A track follows one video stream.
type track struct {
	detectors.Scored
	stream int
	sink   detectors.Sink
	all    *detectors.Histogram

	comb  comb // of the picture
	onset onset

	weak  bool               // the interval began with an onset, and is nothing without it
	steps [maxStep + 1]int32 // pictures of the interval by their step
}

func (t *track) Picture(p *measure.Picture) {
	if p.Discontinuity {
		t.Discontinue()
		t.onset = onset{}
	}
	t.comb.set(&p.Luma)
	v, step, known := score(p, &t.comb)
	if known {
		t.all.Add(v)
		t.onset.look(p, &t.comb)
	}
	alone := v
	if known && t.onset.step > 0 {
		var share float64
		share, known = t.onset.share(p, &t.comb)
		v, step = max(v, 100*share), t.onset.step
	}
	switch t.Add(p, v, known) {
	case detectors.Began:
		t.weak = alone < t.Limit
		t.steps = [maxStep + 1]int32{}
		t.steps[step]++
	case detectors.Extended:
		t.steps[step]++
	case detectors.Ended:
		t.onset.step = 0
	case detectors.Unchanged:
	}
}

func (t *track) report(start, end time.Duration) {
	if t.weak && !t.onset.confirmed() {
		return
	}
	step := 0
	for i, n := range t.steps {
		if n > t.steps[step] {
			step = i
		}
	}
	t.sink(detectors.Event{
		Kind: Banding, Stream: t.stream, Start: start, End: end,
		Value: t.Mean(), Limit: t.Limit, Unit: "score", Worst: t.WorstAt,
		Evidence: map[string]float64{
			"score_max":  t.Worst,
			"step_codes": float64(step),
			"pictures":   float64(t.Pictures),
		},
	})
}

// Measures returns the score of the whole stream.
func (t *track) Measures() []detectors.Measure {
	return []detectors.Measure{
		{Stream: t.stream, Name: "banding_mean_score", Value: t.all.Mean()},
		{Stream: t.stream, Name: "banding_p95_score", Value: min(math.Ceil(t.all.Quantile(0.95)), 100)},
	}
}
