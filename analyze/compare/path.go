package compare

import "slices"

// A stretch is part of the input that was found in one piece of the reference.
type stretch struct {
	from, to float64 // of the input, in seconds
	line     line    // the delay against the reference over the time of the input
	score    float64 // mean correlation of its chunks
	chunks   int
	steps    []placed
}

// A placed chunk is one with the lag it was given.
type placed struct {
	middle float64 // seconds of the input
	lag    float64 // seconds
}

const (
	minScore = 0.3 // correlation below which a chunk is not found
	missed   = 0.3 // what not finding a chunk counts, in correlation
	change   = 0.2 // what a change of the lag costs, and half of that to begin and to end
	outside  = 0.1 // what it costs that all of a chunk lies outside of the reference: of what repeats itself, the place where most is explained
	sameLag  = 2   // frames by which the lag may change from chunk to chunk without being another
)

// path chooses for each chunk at most one of its candidates: those that
// correlate best, with as few changes of the lag as that allows. Loops and
// what is often repeated are found in many places; only one of them goes on
// as the chunks around do. least is the correlation from which on one is found.
func path(chunks []chunk, least float64) []stretch {
	type state struct {
		candidate
		total float64
		from  int // state of the chunk before
	}
	var informed []chunk
	for _, c := range chunks {
		if len(c.candidates) > 0 {
			informed = append(informed, c)
		}
	}
	none := candidate{score: -1}
	states := make([][]state, len(informed))
	for i, c := range informed {
		here := []state{{candidate: none, total: missed}}
		for _, x := range c.candidates {
			if x.score >= least {
				// Of equals, the one nearest to where it was.
				near := 0.01 * min(1, float64(abs(x.lag))/(3600*perSecond))
				here = append(here, state{candidate: x, total: x.score - near - outside*x.out})
			}
		}
		for k := range here {
			if i == 0 || i == len(informed)-1 {
				here[k].total -= cost(none, here[k].candidate)
			}
			if i == 0 {
				continue
			}
			top, from := -1., 0
			for j, before := range states[i-1] {
				if t := before.total - cost(before.candidate, here[k].candidate); j == 0 || t > top {
					top, from = t, j
				}
			}
			here[k].total += top
			here[k].from = from
		}
		states[i] = here
	}
	if len(states) == 0 {
		return nil
	}
	last := states[len(states)-1]
	at := 0
	for k := range last {
		if last[k].total > last[at].total {
			at = k
		}
	}
	chosen := make([]candidate, len(states))
	for i := len(states) - 1; i >= 0; i-- {
		chosen[i] = states[i][at].candidate
		at = states[i][at].from
	}

	var out []stretch
	lag := 0
	for i, c := range chosen {
		if c.score < 0 {
			continue
		}
		from, to := float64(informed[i].from)*hop, float64(informed[i].to)*hop
		n := len(out)
		if n == 0 || abs(c.lag-lag) > sameLag {
			out = append(out, stretch{from: from})
			n++
		}
		s := &out[n-1]
		s.to = to
		s.score += c.score
		s.chunks++
		s.steps = append(s.steps, placed{(from + to) / 2, (float64(c.lag) + c.fine) * hop})
		lag = c.lag
	}
	for i := range out {
		out[i].score /= float64(out[i].chunks)
	}
	return monotone(out)
}

// cost is what it costs that one chunk is found there and the next here.
func cost(before, now candidate) float64 {
	switch {
	case before.score < 0 && now.score < 0:
		return 0
	case before.score < 0 || now.score < 0:
		return change / 2
	case abs(before.lag-now.lag) <= sameLag:
		return 0
	}
	return change
}

// move moves a stretch by some seconds of the input, and by others of its lag.
func (s *stretch) move(by, lag float64) {
	s.from += by
	s.to += by
	for i := range s.steps {
		s.steps[i].middle += by
		s.steps[i].lag += lag
	}
}

// lag returns the lag at a time of the input, as the nearest chunks have it.
func (s *stretch) lag(t float64) float64 {
	i, _ := slices.BinarySearchFunc(s.steps, t, func(p placed, t float64) int {
		if p.middle < t {
			return -1
		}
		return 1
	})
	switch {
	case i == 0:
		return s.steps[0].lag
	case i == len(s.steps):
		return s.steps[i-1].lag
	}
	a, b := s.steps[i-1], s.steps[i]
	return a.lag + (b.lag-a.lag)*(t-a.middle)/(b.middle-a.middle)
}

// monotone leaves those stretches, as many chunks of them as can be, that
// follow each other in the reference as they do in the input.
func monotone(all []stretch) []stretch {
	if len(all) < 2 {
		return all
	}
	weight, before := make([]int, len(all)), make([]int, len(all))
	end := 0
	for i := range all {
		weight[i], before[i] = all[i].chunks, -1
		for j := range i {
			// By the middles of what is known of each: their ends overlap.
			a, b := all[j].steps[len(all[j].steps)-1], all[i].steps[0]
			if b.middle-b.lag > a.middle-a.lag-chunkSeconds/2 && weight[j]+all[i].chunks > weight[i] {
				weight[i], before[i] = weight[j]+all[i].chunks, j
			}
		}
		if weight[i] > weight[end] {
			end = i
		}
	}
	var out []stretch
	for i := end; i >= 0; i = before[i] {
		out = append(out, all[i])
	}
	slices.Reverse(out)
	return out
}
