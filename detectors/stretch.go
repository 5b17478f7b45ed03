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
//
// Rows that say nothing before all that do, or after them, belong to a stretch
// that these begin or end with, as far as Lead: what is wrong from the first
// sound on is wrong from the start.
type Stretch struct {
	Patience float64
	Lead     time.Duration

	Start, End time.Duration // of the stretch, as long as one is open

	open      bool
	sum, most float64

	any, said  bool          // there was a row, and one that said something
	begin      time.Duration // of the first row
	last, told time.Duration // end of the last row, and of the last that said something
}

// priming is how much silence of a [Stretch.Lead] is what a coder puts in front of
// sound: up to 1024 samples.
const priming = 20 * time.Millisecond

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
	if !s.any {
		s.any, s.begin = true, start+priming
	}
	first := !s.said && score != 0
	if s.last = end; score != 0 {
		s.said, s.told = true, end
	}
	if !s.open {
		if score <= 0 {
			return Unchanged
		}
		s.open, s.Start, s.End, s.sum, s.most = true, start, end, score, score
		if first && start-s.begin <= s.Lead {
			s.Start = min(start, s.begin)
		}
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

// Close ends the stretch, where there is one, and reports whether there was. What
// is added afterwards begins anew.
func (s *Stretch) Close() bool {
	was := s.open
	if was && s.told == s.End && s.last-s.End <= s.Lead {
		s.End = s.last
	}
	s.open, s.any, s.said = false, false, false
	return was
}
