package compare

import (
	"math"
	"sort"
)

// A picturePair is the video of both inputs.
type picturePair struct {
	ref, in             *pictureTrack
	refWindow, inWindow window
	refSigns, inSigns   []sign
}

func newPicturePair(ref, in *pictureTrack) *picturePair {
	a, b := windows(ref, in)
	return &picturePair{ref: ref, in: in, refWindow: a, inWindow: b, refSigns: ref.signs(a), inSigns: in.signs(b)}
}

func (p *picturePair) coarse() (ref, in *series) {
	return pictureSeries(p.ref, p.refSigns), pictureSeries(p.in, p.inSigns)
}

func (p *picturePair) ends() (ref, in float64) { return p.ref.end(), p.in.end() }

// snap returns the beginning of the nearest picture, or the end of the last.
func (p *picturePair) snap(t float64) float64 {
	i := p.in.at(t)
	switch {
	case i < 0:
		return max(0, min(t, p.in.times[0]))
	case i+1 < len(p.in.times) && p.in.times[i+1]-t < t-p.in.times[i]:
		return p.in.times[i+1]
	case i+1 == len(p.in.times) && p.in.end()-t < t-p.in.times[i]:
		return p.in.end()
	}
	return p.in.times[i]
}

const (
	reach       = 0.110 // seconds by which the delay may be off the rough one
	reachStep   = 0.005
	pictureSpan = 2.0 // seconds over which one delay is looked for
	enoughClear = 30  // pictures, of which no others are needed
	equalSigns  = 0.1 // distance by which coding alone makes pictures differ
	distinct    = 1.3 // times as far from its neighbours is a picture that is clear
)

// points finds, for two seconds at a time, the delay at which the pictures
// that are shown differ least, and then for each picture of the input the one
// of the reference that it shows. Its delay is that of its first showing
// against the first showing of the other.
func (p *picturePair) points(s *stretch) []point {
	var all, clear []point
	before := -1
	for from := s.from; from < s.to; from += pictureSpan / 2 {
		first := sort.SearchFloat64s(p.in.times, from-1e-6)
		end := sort.SearchFloat64s(p.in.times, min(from+pictureSpan, s.to+1e-6))
		middle := from + pictureSpan/4
		delay, ok := p.delay(first, end, s.lag(middle))
		if !ok {
			continue
		}
		for j := max(first, 1); j < end && p.in.times[j] < from+pictureSpan/2; j++ {
			t := p.in.times[j]
			i, sure := p.shown(j, t-delay)
			if i != before && i > 0 && i < len(p.ref.times)-1 {
				x := point{t, t - p.ref.times[p.first(i)]}
				all = append(all, x)
				if sure {
					clear = append(clear, x)
				}
			}
			before = i
		}
	}
	if len(clear) >= enoughClear {
		return clear
	}
	return all
}

// delay returns that at which input pictures [first, end) differ least from those
// of the reference that are nearest in time, near a rough one.
func (p *picturePair) delay(first, end int, rough float64) (delay float64, ok bool) {
	if end-first < 2 {
		return 0, false
	}
	n := int(math.Round(2*reach/reachStep)) + 1
	sums := make([]float64, n)
	least, most := math.Inf(1), 0.
	for k := range sums {
		d := rough - reach + float64(k)*reachStep
		for j := first; j < end; j++ {
			sums[k] += p.inSigns[j].distance(&p.refSigns[p.ref.nearest(p.in.times[j]-d)])
		}
		least, most = min(least, sums[k]), max(most, sums[k])
	}
	if most < distinct*least+equalSigns*float64(end-first)/4 {
		return 0, false // a still
	}
	// The middle between the delays at both sides at which it is a tenth worse.
	at := 0
	for k, v := range sums {
		if v < sums[at] {
			at = k
		}
	}
	level := least + (most-least)/10
	low, high := at, at
	for low > 0 && sums[low-1] <= level {
		low--
	}
	for high < n-1 && sums[high+1] <= level {
		high++
	}
	left, right := float64(low), float64(high)
	if low > 0 {
		left -= (level - sums[low]) / (sums[low-1] - sums[low])
	}
	if high < n-1 {
		right += (level - sums[high]) / (sums[high+1] - sums[high])
	}
	return rough - reach + (left+right)/2*reachStep, true
}

// shown returns which picture of the reference picture j of the input shows: the
// nearest in time, unless one beside it is clearly more like it.
// And it says whether that one is clear.
func (p *picturePair) shown(j int, at float64) (i int, clear bool) {
	middle := p.ref.nearest(at)
	best, least, second := middle, math.Inf(1), math.Inf(1)
	for i := max(0, middle-1); i <= min(middle+1, len(p.refSigns)-1); i++ {
		d := p.inSigns[j].distance(&p.refSigns[i])
		if d < least {
			best, least, second = i, d, least
		} else {
			second = min(second, d)
		}
	}
	if second < distinct*least+equalSigns {
		return middle, false
	}
	return best, true
}

// first returns the first of the pictures of the reference that are the same
// as picture i: those that hardly differ where others around do.
func (p *picturePair) first(i int) int {
	const around, still = 6, 0.25
	var steps [2*around + 1]float64
	n := 0
	for k := max(1, i-around); k <= min(i+around, len(p.refSigns)-1); k++ {
		steps[n] = p.refSigns[k].distance(&p.refSigns[k-1])
		n++
	}
	limit := still * mean(steps[:n])
	for i > 0 && p.refSigns[i].distance(&p.refSigns[i-1]) < limit {
		i--
	}
	return i
}

func mean(v []float64) float64 {
	sum := 0.
	for _, x := range v {
		sum += x
	}
	return sum / float64(len(v))
}

// pictureScale is the distance, in code values, that makes half of the cost at
// least.
const pictureScale = 2

// costs compares the pictures that are shown. Where the rates differ, the
// neighbours count as well.
func (p *picturePair) costs(s *stretch) func(in, ref float64) float64 {
	scale := max(pictureScale, 3*p.typical(s))
	around := 0
	if a, b := p.ref.interval(), p.in.interval(); math.Abs(a-b) > 0.01*a {
		around = 1
	}
	lastIn, lastRef, last := -1, -1, 0.
	return func(in, ref float64) float64 {
		j, i := p.in.at(in), p.ref.at(ref)
		if j < 0 || i < 0 || in >= p.in.end() || ref >= p.ref.end() {
			return 1
		}
		if j == lastIn && i == lastRef {
			return last
		}
		d := math.Inf(1)
		for k := max(0, i-around); k <= min(i+around, len(p.refSigns)-1); k++ {
			d = min(d, p.inSigns[j].distance(&p.refSigns[k]))
		}
		lastIn, lastRef, last = j, i, d/(d+scale)
		return last
	}
}

// typical returns the median distance of the pictures that are shown at the
// same time in a stretch.
func (p *picturePair) typical(s *stretch) float64 {
	const moments = 500
	var all []float64
	for k := range moments {
		t := s.from + (s.to-s.from)*(float64(k)+0.5)/moments
		j, i := p.in.at(t), p.ref.at(t-s.line.at(t))
		if i >= 0 && j >= 0 {
			all = append(all, p.inSigns[j].distance(&p.refSigns[i]))
		}
	}
	if len(all) == 0 {
		return 0
	}
	return min(median(all), maxTypical)
}

// maxTypical is the largest distance that coding and scaling can explain.
const maxTypical = 3
