package detectors

import "time"

// A Stretch finds where evidence for something prevails over evidence against
// it: the longest interval whose scores add up to the most. Its edges are those
// of rows, however noisy the evidence is in between.
//
// Each row has a score, positive where it speaks for, negative where it speaks
// against, 0 where it says nothing. A stretch begins with the first row for,
// and lasts to the row at which the sum of scores is largest; it is over when
// the sum has fallen by Patience from there, or to 0.
type Stretch struct {
	Patience float64

	Start, End time.Duration // of the stretch, as long as one is open

	open      bool
	sum, most float64
}

// A StretchChange is what a row means to a [Stretch].
type StretchChange int

// The changes.
const (
	Unchanged StretchChange = iota
	Began                   // the row is the first of a stretch
	Extended                // the stretch lasts to the end of the row
	Ended                   // the stretch has ended some rows ago, at End
)

// Add adds the row from start to end.
func (s *Stretch) Add(start, end time.Duration, score float64) StretchChange {
	if !s.open {
		if score <= 0 {
			return Unchanged
		}
		*s = Stretch{Patience: s.Patience, Start: start, End: end, open: true, sum: score, most: score}
		return Began
	}
	s.sum += score
	switch {
	case s.sum > s.most:
		s.most, s.End = s.sum, end
		return Extended
	case s.sum <= 0 || s.most-s.sum >= s.Patience:
		s.open = false
		return Ended
	}
	return Unchanged
}

// Open reports whether there is a stretch.
func (s *Stretch) Open() bool { return s.open }

// Close ends the stretch, where there is one, and reports whether there was.
func (s *Stretch) Close() bool {
	was := s.open
	s.open = false
	return was
}
