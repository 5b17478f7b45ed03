// Package banding finds false contours: pictures with too few steps of luma.
package banding

import (
	"flag"
	"math"
	"slices"
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
	Needs: measure.Detail,
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

An interval lasts min-duration or longer with a score of at least limit, but for dips
of less than 0.4 s; value is the mean, and the evidence has the step in code values. A
score that rises by 28 from one picture to the next counts from 0.6 of the limit on.
The stream as a whole has a mean and a 95th percentile of the score.

Films, broadcasts and screens mostly score less than 10, windows in steps of grey up to
46, pictures rounded to steps of 12 to 32 mostly 60 to 95. The default limit is in
between. Not seen: contours of less than 5 code values, such as those of 8 bits or of a
coder in a dark sky, and those that a coder at a low rate has softened.`

// dip is how long the score may be below the limit within an interval.
const dip = 400 * time.Millisecond

const (
	// A picture whose score is larger by rise than those just before is
	// banded from a share of the limit on.
	sudden = 0.6
	rise   = 28
)

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
	return detectors.PerVideo(p, func(s measure.Stream) *span {
		return &span{options: *o, stream: s.Index, sink: sink, banded: detectors.Stretch{Patience: dip.Seconds()}}
	})
}

// A span follows one video stream.
type span struct {
	options
	stream int
	sink   detectors.Sink

	banded detectors.Stretch
	end    time.Duration // of the picture before
	all    scores

	recent    [4]float64 // scores of the last pictures
	count     int        // since time was continuous
	threshold float64    // of the stretch

	// Of the stretch, and what came since its end was last moved.
	pictures, since int
	sum, sumSince   float64
	worst           float64
	steps           [maxStep + 1]int32 // pictures by their step
}

func (s *span) Picture(p *measure.Picture) {
	if p.Discontinuity {
		s.close()
		s.count = 0
	}
	v, step, known := score(&p.Detail)
	evidence := 0.0
	if known {
		s.all.add(v)
		if !s.banded.Open() {
			s.threshold = s.limit
			before := slices.Max(s.recent[:])
			if s.count >= len(s.recent) && v >= sudden*s.limit && v-before >= rise {
				s.threshold = min(s.limit, (v+before)/2)
			}
		}
		if evidence = -p.Duration.Seconds(); v >= s.threshold {
			evidence = -evidence
		}
		copy(s.recent[:], s.recent[1:])
		s.recent[len(s.recent)-1] = v
		s.count++
	}
	if s.banded.Open() && s.banded.End == s.end {
		s.banded.End = p.PTS // a picture stays until the next is shown
	}
	s.end = p.End()
	switch s.banded.Add(p.PTS, p.End(), evidence) {
	case detectors.Began:
		s.pictures, s.sum, s.worst = 1, v, v
		s.since, s.sumSince = 0, 0
		s.steps = [maxStep + 1]int32{}
		s.steps[step]++
	case detectors.Extended:
		s.pictures, s.sum = s.pictures+s.since+1, s.sum+s.sumSince+v
		s.worst = max(s.worst, v)
		s.since, s.sumSince = 0, 0
		s.steps[step]++
	case detectors.Ended:
		s.report()
	case detectors.Unchanged:
		s.since, s.sumSince = s.since+1, s.sumSince+v
	}
}

// Open reports the event as it would be if it ended now.
func (s *span) Open(time.Duration) {
	if s.banded.Open() {
		s.report()
	}
}

func (s *span) Flush(time.Duration) { s.close() }

func (s *span) close() {
	if s.banded.Close() {
		s.report()
	}
}

func (s *span) report() {
	if s.banded.End-s.banded.Start < s.minDuration {
		return
	}
	step := 0
	for i, n := range s.steps {
		if n > s.steps[step] {
			step = i
		}
	}
	s.sink(detectors.Event{
		Kind: Banding, Stream: s.stream, Start: s.banded.Start, End: s.banded.End,
		Value: s.sum / float64(s.pictures), Limit: s.limit, Unit: "score",
		Evidence: map[string]float64{
			"score_max":  s.worst,
			"step_codes": float64(step),
			"pictures":   float64(s.pictures),
		},
	})
}

// Measures returns the score of the whole stream.
func (s *span) Measures() []detectors.Measure {
	return []detectors.Measure{
		{Stream: s.stream, Name: "banding_mean_score", Value: s.all.mean()},
		{Stream: s.stream, Name: "banding_p95_score", Value: s.all.quantile(0.95)},
	}
}

// scores counts scores by their whole part.
type scores struct {
	counts [101]int64
	n      int64
	sum    float64
}

func (h *scores) add(v float64) {
	h.counts[int(v)]++
	h.n++
	h.sum += v
}

// mean is not a number where nothing was added.
func (h *scores) mean() float64 { return h.sum / float64(h.n) }

// quantile returns the score that a share q (0..1) of the pictures are at or
// below, rounded up; not a number where nothing was added.
func (h *scores) quantile(q float64) float64 {
	var n int64
	for v, c := range h.counts {
		if n += c; n > 0 && float64(n) >= q*float64(h.n) {
			return min(float64(v+1), 100)
		}
	}
	return math.NaN()
}
