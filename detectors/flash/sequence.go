package flash

import (
	"time"

	"github.com/vqa-project/vqa/detectors"
	"github.com/vqa-project/vqa/detectors/measure"
)

// maxChanges is the most that are remembered: those of a second in which every
// picture of 120 changes.
const maxChanges = 120

// A sequence counts the changes of one kind.
type sequence struct {
	options
	kind   string
	stream int
	sink   detectors.Sink
	grid   *grid

	changes [maxChanges]time.Duration // of the last second, oldest first
	count   int

	open        bool
	start, last time.Duration // first and last change
	total, most int           // changes in all, and within a second
	worst       time.Duration // of the last change but one of the most within a second
	area        float64
}

func (s *sequence) picture(p *measure.Picture, values []float32) {
	if p.Discontinuity {
		s.close()
		s.grid.primed, s.count = false, 0
	}
	area, changed := s.grid.add(values, p.PTS, s.maxArea)
	for s.count > 0 && p.PTS-s.changes[0] >= time.Second {
		s.count = copy(s.changes[:], s.changes[1:s.count])
	}
	if s.open && p.PTS-s.last >= time.Second {
		s.close()
	}
	if changed {
		s.change(p.PTS, area)
	}
}

func (s *sequence) change(at time.Duration, area float64) {
	if s.count == maxChanges {
		s.count = copy(s.changes[:], s.changes[1:])
	}
	s.changes[s.count] = at
	s.count++
	// A flash is two changes. One that is alone, further from its neighbour than
	// flashes at the accepted rate are, is a cut.
	alone := time.Duration(float64(time.Second) / s.maxRate)
	if float64(s.count) <= 2*s.maxRate || at-s.changes[s.count-2] > alone {
		return
	}
	if !s.open {
		first := 0
		for s.changes[first+1]-s.changes[first] > alone {
			first++
		}
		s.open, s.start, s.total, s.most, s.area = true, s.changes[first], s.count-1-first, 0, 0
	}
	s.last = at
	s.total++
	if s.count > s.most {
		s.most, s.worst = s.count, s.changes[s.count-2]
	}
	s.area = max(s.area, area)
}

func (s *sequence) close() {
	if s.open {
		s.sink(detectors.Event{
			Kind: s.kind, Stream: s.stream, Start: s.start, End: s.last,
			Value: float64(s.most) / 2, Limit: s.maxRate, Unit: "1/s", Worst: s.worst,
			Evidence: map[string]float64{"changes": float64(s.total), "area_max": s.area},
		})
	}
	s.open = false
}
