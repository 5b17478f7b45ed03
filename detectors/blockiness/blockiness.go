// Package blockiness finds visible compression blocks.
package blockiness

import (
	"flag"
	"math"
	"time"

	"github.com/vqa-project/vqa/detectors"
	"github.com/vqa-project/vqa/detectors/measure"
)

// Blockiness is the only kind of event.
const Blockiness = "blockiness"

// Detector finds visible compression blocks.
var Detector = &detectors.Detector{
	Name:  "blockiness",
	Doc:   doc,
	Needs: measure.Edges,
	Setup: setup,
}

const doc = `visible compression blocks

The score of a picture, 0 to 100, is how much larger luma steps are across the
edges of 8x8 blocks than anywhere else: 100 (on - off) / (on + 1) of the steps along
lines and of those along columns, and of the two the geometric mean, since a coder
leaves both. on and off are mean steps in code values of 8 bits; the 1 keeps steps
that nobody sees in flat pictures from counting, and where off is below 0.25, with
little in the picture but flat areas, the score is less in proportion. An interval
lasts min-duration or longer with a score of at least 7/8 of limit, and half of
min-duration, put together, with limit; dips of less than 0.5 s, a group of pictures,
do not end it, and there are no more dips than not. value is the mean of what reaches
limit. The stream as a whole has a mean and a 95th percentile.

Good encodes, films and broadcasts at usual rates score less than 20; MPEG-2, MPEG-4
and H.264 without its filter at their coarsest steps 35 to 75. The default limit is
in between: pictures from which a viewer would turn away.

Not seen: blocks that were scaled or shifted off the grid after they were coded, and
blocks in a picture with more detail than they have edges. A picture that is drawn
on the grid, such as windows, tiles or games in multiples of 8, scores as well;
min-duration, that of black pictures, leaves out what does so for a moment.`

const (
	// floor is the step, in code values, that is added to those on the grid.
	floor = 1

	// flat is the mean step off the grid below which a picture is flat but for
	// a few edges, such as a logo on black, which may happen to lie on it.
	flat = 0.25

	// hold is the share of the limit at which an interval goes on, and with which
	// it may begin. Re-encodes of good pictures stay below it.
	hold = 7. / 8

	// dip is how long the score may be less within an interval: a usual group of
	// pictures, in which the score may rise from the intra picture on.
	dip = 500 * time.Millisecond
)

type options struct {
	minDuration time.Duration
	limit       float64
}

func setup(fs *flag.FlagSet) detectors.Start {
	o := &options{}
	detectors.DurationVar(fs, &o.minDuration, "min-duration", 2*time.Second, 0, time.Hour,
		"how long blocks must be visible")
	detectors.FloatVar(fs, &o.limit, "limit", 32, 1, 100,
		"`score` from which blocks are visible")
	return o.start
}

func (o *options) start(p measure.Program, sink detectors.Sink) (detectors.Run, error) {
	return detectors.PerVideo(p, func(s measure.Stream) *span {
		return &span{options: *o, stream: s.Index, sink: sink, all: detectors.NewHistogram(1, 100)}
	})
}

// score returns how visible the blocks of a picture are, 0 to 100.
func score(e *measure.EdgesRow) float64 {
	direction := func(on, off float32) float64 {
		return max(0, float64(on)-float64(off)) / (float64(on) + floor) * min(1, float64(off)/flat)
	}
	s := 100 * math.Sqrt(direction(e.OnHorizontal, e.OffHorizontal)*direction(e.OnVertical, e.OffVertical))
	if math.IsNaN(s) {
		return 0
	}
	return min(s, 100)
}

// A span is the stretch of blocky pictures up to now.
type span struct {
	options
	stream int
	sink   detectors.Sink

	all *detectors.Histogram

	open       bool
	start, end time.Duration // of the first blocky picture, of the last
	over       bool          // the picture before was blocky
	pictures   int           // that are blocky
	dips       int           // pictures among them that are not
	since      int           // pictures since the last that is blocky
	worst      float64
	worstAt    time.Duration
	reached    int           // pictures that reach the limit
	lasted     time.Duration // of them
	sum        float64       // of their scores
}

func (s *span) Picture(p *measure.Picture) {
	v := score(&p.Edges)
	s.all.Add(v)
	blocky := v >= hold*s.limit
	switch {
	case !s.open:
	case p.Discontinuity:
		s.close()
	case s.over: // a picture stays until the next is shown
		s.end = p.PTS
	}
	if s.open && !blocky && p.PTS-s.end >= dip {
		s.close()
	}
	if blocky {
		if !s.open {
			s.open, s.start, s.pictures, s.dips, s.since, s.worst = true, p.PTS, 0, 0, 0, 0
			s.reached, s.lasted, s.sum = 0, 0, 0
		}
		s.dips, s.since = s.dips+s.since, 0
		s.end = p.End()
		s.pictures++
		if v >= s.limit {
			s.reached++
			s.lasted += p.End() - p.PTS
			s.sum += v
		}
		if v > s.worst {
			s.worst, s.worstAt = v, p.PTS
		}
	} else {
		s.since++
	}
	s.over = blocky
}

func (s *span) Flush(time.Duration) { s.close() }

// Open reports the event as it would be if it ended now.
func (s *span) Open(time.Duration) {
	now := *s
	now.close()
}

func (s *span) close() {
	long := s.end-s.start >= s.minDuration && s.lasted >= s.minDuration/2
	if s.open && long && s.reached > 0 && s.dips <= s.pictures {
		s.sink(detectors.Event{
			Kind: Blockiness, Stream: s.stream, Start: s.start, End: s.end,
			Value: s.sum / float64(s.reached), Limit: s.limit, Unit: "score", Worst: s.worstAt,
			Evidence: map[string]float64{"score_max": s.worst, "pictures": float64(s.pictures)},
		})
	}
	s.open, s.over = false, false
}

// Measures returns the score of the whole stream.
func (s *span) Measures() []detectors.Measure {
	return []detectors.Measure{
		{Stream: s.stream, Name: "blockiness_mean_score", Value: s.all.Mean()},
		{Stream: s.stream, Name: "blockiness_p95_score", Value: min(math.Ceil(s.all.Quantile(0.95)), 100)},
	}
}
