package compare

import (
	"cmp"
	"context"
	"math"
	"slices"
)

// A medium is picture or sound of both inputs, in the detail in which they are
// compared once it is known roughly where the one is found in the other.
type medium interface {
	// coarse returns both as series.
	coarse() (ref, in *series)

	// enough reports whether both have enough of what can be told apart to
	// go by.
	enough() bool

	// points returns delays measured in detail within a stretch.
	points(s *stretch) []point

	// sharpen looks closer at chunks that are found in several places, as
	// what repeats itself is.
	sharpen(all []chunk)

	// costs returns a function of how unlike the input is to the reference
	// at a time of each, from 0 to 1, where a line holds over a stretch;
	// half of that is what strangers have.
	costs(s *stretch) func(in, ref float64) float64

	// ends return how long both are, in seconds.
	ends() (ref, in float64)

	// step is by how much single delays are off because of their nature, in
	// seconds: less is no drift.
	step() float64

	// snap returns the beginning of the picture, or the like, that is nearest
	// to a time of the input.
	snap(in float64) float64
}

// An alignment says where the input is found in the reference.
type alignment struct {
	stretches []stretch
	informed  bool    // there was something to go by
	score     float64 // mean correlation
	found     float64 // share of the informed chunks that were found
}

// weight is how much was found, in seconds, by how well it correlates.
func (a *alignment) weight() float64 {
	sum := 0.
	for _, s := range a.stretches {
		sum += (s.to - s.from) * s.score
	}
	return sum
}

// grid is the distance in seconds of the moments at which costs are looked at.
const grid = 0.010

// unmatched is the cost of a moment that belongs to nothing.
const unmatched = 0.5

// toggle is what it costs to leave a stretch, or to come back to it, in
// moments of the grid that belong to nothing: so many that nothing shorter than a
// third of a second is reported.
const toggle = 6.0

// align finds the input in the reference.
func align(ctx context.Context, m medium) (*alignment, error) {
	ref, in := m.coarse()
	cs, err := chunks(ctx, ref, in, chunkSeconds)
	if err != nil {
		return nil, err
	}
	out := &alignment{}
	all := 0
	for _, c := range cs {
		if len(c.candidates) > 0 {
			all++
		}
	}
	m.sharpen(cs)
	if all == 0 || !m.enough() {
		return out, nil
	}
	out.informed = true
	found := path(cs, minScore)
	n := 0
	for i := range found {
		found[i].measure(m)
		out.score += found[i].score * float64(found[i].chunks)
		n += found[i].chunks
	}
	if n > 0 {
		out.score /= float64(n)
		out.found = float64(n) / float64(all)
	}
	out.stretches = bound(m, slices.Clone(found))
	more, err := fill(ctx, m, ref, in, out.stretches)
	if err != nil {
		return nil, err
	}
	if len(more) > 0 {
		found = append(found, more...)
		slices.SortStableFunc(found, func(a, b stretch) int { return cmp.Compare(a.steps[0].middle, b.steps[0].middle) })
		out.stretches = bound(m, found)
	}
	return out, nil
}

// measure measures the delay in detail.
func (s *stretch) measure(m medium) {
	points := m.points(s)
	if len(points) < minPoints {
		for _, p := range s.steps {
			points = append(points, point{p.middle, p.lag})
		}
	}
	s.line = fit(points, m.step())
}

// fillScore is the correlation from which on a short chunk is found.
const fillScore = 0.65

// fill looks for stretches too short for whole chunks, where time of both is
// left between those that were found.
func fill(ctx context.Context, m medium, ref, in *series, known []stretch) ([]stretch, error) {
	var out []stretch
	refAt, inAt := 0., 0.
	if len(known) == 0 {
		return nil, nil
	}
	refEnd, inEnd := m.ends()
	for i := range len(known) + 1 {
		refTo, inTo := refEnd, inEnd
		if i < len(known) {
			refTo, inTo = known[i].from-known[i].line.at(known[i].from), known[i].from
		}
		r0, r1 := clampFrames(refAt, refTo, ref.len())
		i0, i1 := clampFrames(inAt, inTo, in.len())
		if r1-r0 >= shortSeconds*perSecond && i1-i0 >= shortSeconds*perSecond {
			cs, err := chunks(ctx, ref.part(r0, r1), in.part(i0, i1), shortSeconds)
			if err != nil {
				return nil, err
			}
			for _, s := range path(cs, fillScore) {
				s.move(float64(i0)*hop, float64(i0-r0)*hop)
				s.measure(m)
				out = append(out, s)
			}
		}
		if i < len(known) {
			inAt, refAt = known[i].to, known[i].to-known[i].line.at(known[i].to)
		}
	}
	return out, nil
}

// clampFrames returns the frames of some time, in a series of n.
func clampFrames(from, to float64, n int) (first, end int) {
	first = max(0, min(n, int(math.Round(from/hop))))
	return first, max(first, min(n, int(math.Round(to/hop))))
}

// minPoints is how many delays measured in detail are better than those of
// whole chunks.
const minPoints = 3

// bound finds out where each stretch begins and ends, and takes out of it
// what is not the same.
func bound(m medium, all []stretch) []stretch {
	if len(all) == 0 {
		return nil
	}
	refEnd, inEnd := m.ends()
	for i := range all {
		if i == 0 {
			all[i].from = max(0, all[i].line.at(0))
		}
		if i == len(all)-1 {
			all[i].to = min(inEnd, refEnd+all[i].line.at(inEnd))
		}
		if i > 0 {
			join(m, &all[i-1], &all[i])
		}
	}
	var out []stretch
	for i := range all {
		out = append(out, matched(m, &all[i])...)
	}
	return out
}

// join finds where one stretch ends and the next begins: at the moments
// between the middles of their chunks at which the sum of the costs is least.
func join(m medium, a, b *stretch) {
	low := a.steps[len(a.steps)-1].middle
	high := b.steps[0].middle
	if high < low { // chunks overlap by more than half
		low, high = (low+high)/2-1, (low+high)/2+1
	}
	low, high = max(low-chunkSeconds/4, a.from), high+chunkSeconds/4
	_, inEnd := m.ends()
	high = min(high, inEnd)
	low, high = m.snap(low), m.snap(high)
	n := max(0, int(math.Round((high-low)/grid)))
	costA, costB := sums(m, a, low, n), sums(m, b, low, n)
	jump := (a.line.at((low+high)/2) - b.line.at((low+high)/2)) / grid // by which the reference is ahead, in moments

	best, endA, startB := math.Inf(1), 0, 0
	// So long a time between the two is looked at moment by moment only at
	// both sides.
	near := int(2 * chunkSeconds / grid)
	for i := range n + 1 {
		if i > near && n-i > near {
			continue
		}
		if costA[i]-float64(i)*unmatched > best+toggle { // nothing to be gained
			continue
		}
		from := i
		if jump < 0 {
			from = i + int(math.Round(-jump)) // the reference does not go back
		}
		for j := from; j <= n; j++ {
			c := costA[i] + costB[n] - costB[j] + unmatched*float64(j-i)
			if j > from {
				c += toggle
			}
			if c < best {
				best, endA, startB = c, i, j
			}
		}
	}
	a.to, b.from = m.snap(low+float64(endA)*grid), m.snap(low+float64(startB)*grid)
	if jump < 0 && startB-endA == int(math.Round(-jump)) { // nothing is missing
		b.from = a.to - jump*grid
	}
}

// sums returns the sums of the costs of a stretch from a time on, for up to n
// moments.
func sums(m medium, s *stretch, from float64, n int) []float64 {
	cost := m.costs(s)
	out := make([]float64, n+1)
	for i := range n {
		t := from + (float64(i)+0.5)*grid
		out[i+1] = out[i] + cost(t, t-s.line.at(t))
	}
	return out
}

// matched returns the parts of a stretch that are the same: each moment
// is or is not, with few changes.
func matched(m medium, s *stretch) []stretch {
	n := int(math.Round((s.to - s.from) / grid))
	if n <= 0 {
		return nil
	}
	cost := m.costs(s)
	same, other := 0., toggle
	back := make([][2]bool, n) // whether the best way to each came from the other one
	for i := range n {
		t := s.from + (float64(i)+0.5)*grid
		c := cost(t, t-s.line.at(t))
		back[i] = [2]bool{other+toggle < same, same+toggle < other}
		same, other = min(same, other+toggle)+c, min(other, same+toggle)+unmatched
	}
	is := make([]bool, n)
	now := same <= other
	for i := n - 1; i >= 0; i-- {
		is[i] = now
		if now {
			now = !back[i][0]
		} else {
			now = back[i][1]
		}
	}
	var out []stretch
	for i := 0; i < n; {
		j := i
		for j < n && is[j] == is[i] {
			j++
		}
		if is[i] && float64(j-i)*grid >= minStretch {
			part := *s
			if i > 0 {
				part.from = m.snap(s.from + float64(i)*grid)
			}
			if j < n {
				part.to = m.snap(s.from + float64(j)*grid)
			}
			out = append(out, part)
		}
		i = j
	}
	return out
}

// minStretch is the shortest stretch, in seconds, that is taken for the same.
const minStretch = 0.3
