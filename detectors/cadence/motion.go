package cadence

import (
	"slices"
	"time"

	"github.com/vqa-project/vqa/detectors/measure"
)

// reach is how many steps around a loss are compared with it, on either side.
const reach = 8

const (
	window = 2*reach + 1

	// A picture is a repetition if no block of 8x8 changes by more than
	// coding leaves (maxResidue, 8 bit code values), and the whole by less
	// than a quarter of a step of the motion.
	maxResidue      = 6
	maxResidueShare = 0.25

	// A motion has blocks that change by so much, and cells in the mean.
	minLargest = 12
	minMean    = 0.25

	minSingles = 3 // steps to compare with, of the nearest
	maxSingles = 8
	maxHold    = 6 // pictures; longer, it is a halt of its own

	leastJump = 1.2 // of a single loss
	maxJump   = 5   // more than that is a cut
)

// A step is the change from one picture to the next.
type step struct {
	at, end  time.Duration // of the picture
	interval time.Duration // since the picture before
	mean     float32       // change of the cells of the thumb, in which grain has averaged out
	largest  float32       // change of a block
	valid    bool          // there was a picture before to compare with
}

// repetition reports whether the picture may be that before, shown again.
func (s *step) repetition() bool { return s.valid && s.largest <= maxResidue }

// A motion follows one video stream: the last steps, oldest first, of which the
// middle one is judged when as many have come after it.
type motion struct {
	options
	repeated, dropped spell

	steps [window]step
	count int
	last  time.Duration // of the picture before
	end   time.Duration
	thumb measure.ThumbRow

	means     [maxSingles + 1]float32 // scratch
	intervals [window]time.Duration
}

func (m *motion) Picture(p *measure.Picture) {
	if p.Discontinuity || p.Skipped { // steps are those of pictures left out
		m.finish()
	}
	d := &p.Difference
	m.push(step{
		at: p.PTS, end: p.End(), interval: p.PTS - m.last,
		mean: change(&p.Thumb, &m.thumb), largest: d.Largest, valid: d.Valid && m.count > 0,
	})
	m.thumb = p.Thumb
	m.last, m.end = p.PTS, p.End()
}

func (m *motion) Flush(time.Duration) { m.finish() }

// Open reports the spells as they would be if they ended now.
func (m *motion) Open(time.Duration) {
	repeated, dropped := m.repeated, m.dropped
	repeated.close()
	dropped.close()
}

// finish judges what has not been in the middle yet, and forgets all.
func (m *motion) finish() {
	if m.count > 0 {
		for range reach {
			m.push(step{at: m.end, end: m.end})
		}
	}
	m.count = 0
	m.repeated.close()
	m.dropped.close()
}

func (m *motion) push(s step) {
	if m.count == 0 {
		// As if nothing could be compared before.
		m.steps, m.count = [window]step{}, 1
		s.valid = false
	}
	copy(m.steps[:], m.steps[1:])
	m.steps[window-1] = s
	if m.count++; m.steps[reach].valid {
		m.judge()
	}
}

// judge tells whether pictures were lost at the middle step: it comes after a gap in
// time, or is the first repetition of a hold.
func (m *motion) judge() {
	s := &m.steps[reach]
	interval := m.interval()
	if m.late(s, interval) {
		lost := int(float64(s.interval)/float64(interval)+0.5) - 1
		ratio := float64(unknown)
		if !s.repetition() {
			ratio = m.ratio(reach, 0)
		}
		m.dropped.halt(s.at-s.interval, s.at, lost, ratio)
		return
	}
	if !s.repetition() || m.steps[reach-1].repetition() { // one further on is judged with the first
		return
	}
	hold := 1
	for hold <= maxHold && m.steps[reach+hold].repetition() {
		hold++
	}
	next := &m.steps[reach+hold]
	if hold > maxHold || m.late(next, interval) {
		return
	}
	if ratio := m.ratio(reach+hold, s.mean); ratio != unknown {
		m.repeated.halt(s.at, next.at, hold, ratio)
	}
}

// ratio compares a step with the nearest single steps before and after it. It is unknown
// where there is nothing to compare with. residue is the change that a repetition before
// it has left.
func (m *motion) ratio(at int, residue float32) float64 {
	next := &m.steps[at]
	if !next.valid {
		return unknown
	}
	n := 0
	interval := m.interval()
	for i := 1; i < window && n < maxSingles; i++ {
		for _, k := range [...]int{at - i, at + i} {
			if k >= 0 && k < window && m.single(k, interval) {
				m.means[n] = m.steps[k].mean
				n++
			}
		}
	}
	if n < minSingles {
		return unknown
	}
	single := median(m.means[:n])
	if single < minMean || residue > maxResidueShare*single {
		return unknown
	}
	return float64(next.mean / single)
}

// single reports whether a step is one of the motion, from one picture to the next.
func (m *motion) single(i int, interval time.Duration) bool {
	s := &m.steps[i]
	return s.valid && !s.repetition() && !m.late(s, interval) && s.largest >= minLargest &&
		(i == 0 || !m.steps[i-1].repetition())
}

// interval returns the time from picture to picture, 0 where it varies: nearly
// all times must be multiples of it.
func (m *motion) interval() time.Duration {
	n := 0
	for i := range m.steps {
		if m.steps[i].valid {
			m.intervals[n] = m.steps[i].interval
			n++
		}
	}
	if n < minSingles {
		return 0
	}
	slices.Sort(m.intervals[:n])
	usual := m.intervals[n/4]
	if usual <= 0 {
		return 0
	}
	irregular := 0
	for _, d := range m.intervals[:n] {
		rest := d % usual
		if min(rest, usual-rest) > usual/8 {
			irregular++
		}
	}
	if irregular > n/8 {
		return 0
	}
	return usual
}

// late reports whether a picture comes after a gap in which others would have
// been.
func (m *motion) late(s *step, interval time.Duration) bool {
	return interval > 0 && s.interval > interval*3/2 && s.interval < (maxHold+2)*interval
}

// change returns the mean change of cells' luma, in 8 bit code values.
func change(a, b *measure.ThumbRow) float32 {
	sum := 0
	for y := range a.Y {
		for x := range a.Y[y] {
			d := int(a.Y[y][x]) - int(b.Y[y][x])
			sum += max(d, -d)
		}
	}
	return float32(sum) / (256 * measure.ThumbWidth * measure.ThumbHeight)
}

// median sorts values, of which there is one at least.
func median(values []float32) float32 {
	slices.Sort(values)
	return values[len(values)/2]
}
