package detectors

import (
	"slices"
	"time"

	"github.com/vqa-project/vqa/detectors/measure"
)

// Scored finds the intervals of a video stream in which the score of pictures is at
// least a limit, but for dips, by the rules of [Stretch]. A picture lasts until the next
// is shown.
//
// What begins at once is seen where it is weaker, too: a score that rises from one
// picture of a scene to the next counts from a share of the limit on. At a cut it says
// nothing: the other scene may be like that. Thumbs must be measured.
type Scored struct {
	Limit       float64
	MinDuration time.Duration                // of an interval that is reported
	Dip         time.Duration                // how long scores may be below the limit within one
	Sudden      float64                      // share of the limit that counts after a rise
	Rises       func(v, before float64) bool // whether v is a rise, after at most before; nil for never
	Report      func(start, end time.Duration)

	// Of the interval.
	Pictures int
	Worst    float64       // score
	WorstAt  time.Duration // when it was first shown

	stretch   Stretch
	end       time.Duration    // of the picture before
	recent    [4]float64       // scores of the last pictures
	count     int              // since time was continuous
	threshold float64          // of the interval
	thumb     measure.ThumbRow // of the picture before

	since         int // pictures since the end was last moved
	sum, sumSince float64
}

// Discontinue ends an interval where time is not continuous.
func (s *Scored) Discontinue() {
	s.Flush(0)
	s.count = 0
}

// Add adds a picture with its score, and says what it is to the interval. One whose
// score is not known says nothing.
func (s *Scored) Add(p *measure.Picture, v float64, known bool) StretchChange {
	evidence := 0.0
	if known {
		if evidence = -p.Duration.Seconds(); v >= s.limit(p, v) {
			evidence = -evidence
		}
		copy(s.recent[:], s.recent[1:])
		s.recent[len(s.recent)-1] = v
		s.count++
	}
	s.stretch.Patience = s.Dip.Seconds()
	if s.stretch.Open() && s.stretch.End == s.end {
		s.stretch.End = p.PTS
	}
	s.end, s.thumb = p.End(), p.Thumb
	change := s.stretch.Add(p.PTS, p.End(), evidence)
	switch change {
	case Began:
		s.Pictures, s.sum, s.Worst, s.WorstAt = 1, v, v, p.PTS
		s.since, s.sumSince = 0, 0
	case Extended:
		s.Pictures, s.sum = s.Pictures+s.since+1, s.sum+s.sumSince+v
		if v > s.Worst {
			s.Worst, s.WorstAt = v, p.PTS
		}
		s.since, s.sumSince = 0, 0
	case Ended:
		s.report()
	case Unchanged:
		s.since, s.sumSince = s.since+1, s.sumSince+v
	}
	return change
}

// limit returns what counts as much as the limit, for a picture with score v.
func (s *Scored) limit(p *measure.Picture, v float64) float64 {
	if !s.stretch.Open() {
		s.threshold = s.Limit
		before := slices.Max(s.recent[:])
		if s.Rises != nil && s.count >= len(s.recent) && v >= s.Sudden*s.Limit && s.Rises(v, before) && p.Thumb.SameScene(&s.thumb) {
			s.threshold = min(s.Sudden*s.Limit, (v+before)/2)
		}
	}
	return s.threshold
}

// Within reports whether there is an interval.
func (s *Scored) Within() bool { return s.stretch.Open() }

// Mean returns the mean score of the interval.
func (s *Scored) Mean() float64 { return s.sum / float64(s.Pictures) }

// Open reports the interval as it would be if it ended now.
func (s *Scored) Open(time.Duration) {
	if s.stretch.Open() {
		s.report()
	}
}

// Flush ends the interval with the stream.
func (s *Scored) Flush(time.Duration) {
	if s.stretch.Close() {
		s.report()
	}
}

func (s *Scored) report() {
	if s.stretch.End-s.stretch.Start >= s.MinDuration {
		s.Report(s.stretch.Start, s.stretch.End)
	}
}
