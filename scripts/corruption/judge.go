package main

import (
	"fmt"
	"hash/fnv"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// judge tells how well clips are known by what is learned from others, at some
// confidences: how many stretches of damage are found, and how many others.
func judge(clips []*clip) {
	const parts = 5
	for i := range uint32(parts) {
		var others []*clip
		for _, c := range clips {
			if c.part(parts) != i {
				others = append(others, c)
			}
		}
		m := boost(samples(others))
		for _, c := range clips {
			if c.part(parts) != i {
				continue
			}
			for _, t := range c.ticks {
				c.scores = append(c.scores, m.score(t.Features))
			}
		}
	}
	for _, c := range clips {
		inside, outside := math.Inf(-1), math.Inf(-1)
		at := math.NaN()
		for k, s := range c.smooth() {
			switch damaged, known := c.label(c.ticks[k]); {
			case !known:
			case damaged:
				inside = max(inside, s)
			case s > outside:
				outside, at = s, c.ticks[k].Start
			}
		}
		fmt.Fprintf(os.Stderr, "%6.1f inside, %6.1f outside at %.1f s: %s of %s, %s\n", inside, outside, at, filepath.Base(c.name), c.source, c.truth.Made)
	}
	for _, confidence := range []float64{0.8, 0.85, 0.9, 0.93, 0.95, 0.97, 0.98, 0.99} {
		var r result
		for _, c := range clips {
			r.add(c, math.Log(confidence/(1-confidence)))
		}
		fmt.Fprintf(os.Stderr, "confidence %.2f: %d found, %d missed, %d false in cases, F1 %.3f; %d false in %.0f min of clean clips\n",
			confidence, r.found, r.missed, r.mistaken, 2*float64(r.found)/float64(2*r.found+r.missed+r.mistaken), r.alarms, r.seconds/60)
	}
}

// part returns which part of the clips this one is in. Clips that are named alike
// up to the first digit or underscore may be of the same film.
func (c *clip) part(parts uint32) uint32 {
	h := fnv.New32a()
	name := c.source
	if i := strings.IndexAny(name, "_0123456789."); i > 2 {
		name = name[:i]
	}
	fmt.Fprint(h, name)
	return h.Sum32() >> 3 % parts
}

// smooth returns what counts for each tick, as the detector does it.
func (c *clip) smooth() []float64 {
	out := make([]float64, len(c.scores))
	for i := range out {
		beside := [3]float64{math.Inf(-1), c.scores[i], math.Inf(-1)}
		if i > 0 {
			beside[0] = c.scores[i-1]
		}
		if i+1 < len(out) {
			beside[2] = c.scores[i+1]
		}
		slices.Sort(beside[:])
		out[i] = beside[1]
	}
	return out
}

// A result counts stretches.
type result struct {
	found, missed, mistaken int // in cases
	alarms                  int // in clean clips
	seconds                 float64
}

const (
	leeway = 2   // of the score, as in the detector
	bridge = 0.6 // seconds, as in the detector
)

func (r *result) add(c *clip, limit float64) {
	type stretch struct{ start, end, score float64 }
	var all []stretch
	for i, s := range c.smooth() {
		t := c.ticks[i]
		if s < limit-leeway {
			continue
		}
		if n := len(all); n > 0 && t.Start-all[n-1].end < bridge {
			all[n-1].end, all[n-1].score = t.End, max(all[n-1].score, s)
		} else {
			all = append(all, stretch{t.Start, t.End, s})
		}
	}
	all = slices.DeleteFunc(all, func(s stretch) bool { return s.score < limit })
	clean := len(c.truth.Events) == 0
	if clean {
		r.seconds += c.ticks[len(c.ticks)-1].End - c.ticks[0].Start
	}
	used := make([]bool, len(all))
	for _, e := range c.truth.Events {
		hit := false
		for i, s := range all {
			overlap := min(e.End, s.end) - max(e.Start, s.start)
			if overlap <= 0 {
				continue
			}
			used[i] = true
			union := max(e.End, s.end) - min(e.Start, s.start)
			hit = hit || overlap >= union/2 || e.End-e.Start < 1
		}
		if hit {
			r.found++
		} else {
			r.missed++
		}
	}
	for i, s := range all {
		tolerated := used[i]
		for _, e := range c.truth.Tolerated {
			tolerated = tolerated || e.Class == "corruption" && min(e.End, s.end)-max(e.Start, s.start) >= (s.end-s.start)/2
		}
		switch {
		case tolerated:
		case clean:
			r.alarms++
		default:
			r.mistaken++
		}
	}
}
