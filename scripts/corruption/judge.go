package main

import (
	"fmt"
	"hash/fnv"
	"math"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/vqa-project/vqa/detectors"
	"github.com/vqa-project/vqa/detectors/corruption"
)

// parts is how many parts clips are split into, by their sources.
const parts = 5

func (c *clip) part() uint32 {
	h := fnv.New32a()
	fmt.Fprint(h, c.source)
	return h.Sum32() >> 3 % parts
}

// confidences are those that events are counted at.
var confidences = []float64{0.5, 0.7, 0.8, 0.9, 0.95, 0.98}

// judge tells how well clips are known by what is learned from others, and by the
// weights there are, which may have been learned from them.
func (l *learner) judge(clips []*clip) {
	var bad, good []float64
	counts, present := make([]count, len(confidences)), make([]count, len(confidences))
	for i := range uint32(parts) {
		var others []*clip
		for _, c := range clips {
			if c.part() != i {
				others = append(others, c)
			}
		}
		m := l.learn(others)
		for _, c := range clips {
			if c.part() != i || len(c.ticks) == 0 {
				continue
			}
			inside, outside := math.Inf(-1), math.Inf(-1)
			scores, old := make([]float64, len(c.ticks)), make([]float64, len(c.ticks))
			for k, t := range c.ticks {
				damaged, known := c.label(t)
				s := m.score(t.Features) + l.prior(t)
				scores[k], old[k] = s, t.Score
				switch {
				case !known:
				case damaged:
					inside = max(inside, s)
					bad = append(bad, s)
				default:
					outside = max(outside, s)
					good = append(good, s)
				}
			}
			for k, confidence := range confidences {
				counts[k].add(c, corruption.Events(c.ticks, scores, confidence))
				present[k].add(c, corruption.Events(c.ticks, old, confidence))
			}
			fmt.Fprintf(os.Stderr, "%6.1f inside, %6.1f outside: %s of %s\n", inside, outside, filepath.Base(c.name), c.source)
		}
	}
	slices.Sort(good)
	for _, share := range []float64{0.99, 0.999, 0.9999} {
		limit := good[int(share*float64(len(good)))]
		n := 0
		for _, s := range bad {
			if s > limit {
				n++
			}
		}
		fmt.Fprintf(os.Stderr, "%.2f%% of what is not damaged scores less than %.2f, and %.0f%% of what is damaged more\n",
			100*share, limit, 100*float64(n)/float64(max(len(bad), 1)))
	}
	for k, confidence := range confidences {
		fmt.Fprintf(os.Stderr, "confidence %.2f: %s\n  weights there are: %s\n", confidence, counts[k], present[k])
	}
}

// A count is of events: of clips that are damaged, and of others.
type count struct {
	found, missed, wrong int
	clean                int // false alarms where nothing is damaged
	time                 time.Duration
}

// add takes what was found in a clip. An event is found by one that has half of
// both in common or, of less than a second, lies within a quarter of a second;
// what else lies where nothing is damaged is wrong.
func (n *count) add(c *clip, events []detectors.Event) {
	first, last := c.ticks[0], c.ticks[len(c.ticks)-1]
	damaged := c.truth.Class == "corruption"
	if !damaged {
		n.time += last.End - first.Start
	}
	used := make([]bool, len(events))
	for _, t := range c.truth.Events {
		if t.Class != "corruption" {
			continue
		}
		hit := false
		for i, e := range events {
			start, end := e.Start.Seconds(), e.End.Seconds()
			both, either := min(end, t.End)-max(start, t.Start), max(end, t.End)-min(start, t.Start)
			if both >= either/2 || t.End-t.Start < 1 && both > -0.25 && end-start <= 2 {
				hit, used[i] = true, true
			}
		}
		if hit {
			n.found++
		} else {
			n.missed++
		}
	}
	for i, e := range events {
		start, end := e.Start.Seconds(), e.End.Seconds()
		tolerated := 0.
		for _, t := range c.truth.Tolerated {
			if t.Class == "corruption" {
				tolerated = max(tolerated, min(end, t.End+0.3)-max(start, t.Start-0.3))
			}
		}
		switch {
		case used[i] || tolerated >= (end-start)/2:
		case damaged:
			n.wrong++
		default:
			n.clean++
		}
	}
}

func (n count) String() string {
	return fmt.Sprintf("F1 %.3f (%d found, %d missed, %d wrong); %d false alarms in %.1f min without damage",
		2*float64(n.found)/float64(max(2*n.found+n.missed+n.wrong, 1)), n.found, n.missed, n.wrong, n.clean, n.time.Minutes())
}
