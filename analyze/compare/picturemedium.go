package compare

import (
	"context"
	"math"
	"sort"
)

// A picturePair is the video of both inputs.
type picturePair struct {
	ref, in             *pictureTrack
	refWindow, inWindow window
	refSigns, inSigns   []sign
	sameRate            bool
}

func newPicturePair(ref, in *pictureTrack, a, b window) *picturePair {
	x, y := ref.interval(), in.interval()
	return &picturePair{ref: ref, in: in, refWindow: a, inWindow: b, sameRate: math.Abs(x-y) <= 0.01*x, refSigns: ref.signs(a), inSigns: in.signs(b)}
}

// alignPictures finds the pictures of the input in the reference. Where one of
// them has bars that the other has not, it is tried with and without them: the
// bars may also be those of a part that was put in.
func alignPictures(ctx context.Context, ref, in *pictureTrack) (*picturePair, *alignment, error) {
	p := newPicturePair(ref, in, wholeWindow, wholeWindow)
	whole, err := align(ctx, p)
	if err != nil {
		return nil, nil, err
	}
	a, b := windows(ref, in)
	if a == wholeWindow && b == wholeWindow {
		return p, whole, nil
	}
	q := newPicturePair(ref, in, a, b)
	active, err := align(ctx, q)
	if err != nil {
		return nil, nil, err
	}
	if active.weight() > whole.weight() {
		return q, active, nil
	}
	return p, whole, nil
}

func (p *picturePair) coarse() (ref, in *series) {
	return pictureSeries(p.ref, p.refSigns), pictureSeries(p.in, p.inSigns)
}

func (p *picturePair) ends() (ref, in float64) { return p.ref.end(), p.in.end() }

// enough leaves it to what changes in the series.
func (p *picturePair) enough() bool { return true }

// sharpen leaves it: there is no more detail in pictures than in their series.
func (p *picturePair) sharpen([]chunk) {}

// step is that of rates that differ: pictures move to where the other rate has
// one.
func (p *picturePair) step() float64 {
	if p.sameRate {
		return 0
	}
	return max(p.ref.interval(), p.in.interval())
}

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

// began returns how the pictures lie to each other where only their timestamps
// can say: one stretch, from where the first of the input is shown, or none where
// one of the inputs has more pictures than the other.
func (p *picturePair) began() []stretch {
	delay := p.in.times[0] - p.ref.times[0]
	if math.Abs(p.in.end()-p.ref.end()-delay) > 2*max(p.in.interval(), p.ref.interval()) {
		return nil
	}
	return []stretch{{from: p.in.times[0], to: p.in.end(), line: line{a: delay}}}
}

const (
	reach       = 0.110 // seconds by which the delay may be off the rough one
	reachStep   = 0.005
	pictureSpan = 2.0  // seconds over which one delay is looked for
	enoughClear = 10   // pictures that are clear, of which no others are needed
	moves       = 0.25 // share of what moves that a wrong delay must cost
	clearly     = 0.5  // share of what moves by which a picture is nearer to one than to its neighbour
	still       = 0.06 // share of what moves around, below which a picture is the one before again
)

// points finds, for two seconds at a time, the delay at which the pictures
// that are shown differ least, and then for each picture of the input the one
// of the reference that it shows. Its delay is that of its first showing
// against the first showing of the other.
func (p *picturePair) points(s *stretch) []point {
	var all, clear []point
	within := max(p.ref.interval(), p.in.interval())/2 + reachStep
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
				if sure && math.Abs(x.delay-delay) <= within {
					clear = append(clear, x)
				}
			}
			before = i
		}
	}
	if len(clear) >= enoughClear {
		all = clear
	}
	if p.sameRate {
		p.settle(all)
	}
	return all
}

const (
	settleSpan  = 10   // seconds of points that are settled together
	settleReach = 2    // pictures by which their delay may be off
	goesBetter  = 0.02 // by how much changes must go together better, in correlation
)

// settle moves points to where all changes of the pictures of some seconds,
// taken together, go together better. Coding leaves what hardly moves as it was
// in the picture before, so that each looks late; what moves much is in time, and
// counts most here.
func (p *picturePair) settle(points []point) {
	for len(points) > 0 {
		n := sort.Search(len(points), func(i int) bool { return points[i].t >= points[0].t+settleSpan })
		some := points[:n]
		points = points[n:]
		delays := make([]float64, n)
		for i, x := range some {
			delays[i] = x.delay
		}
		delay := median(delays)
		if k := p.off(some, delay); k != 0 {
			for i := range some {
				some[i].delay = delay + float64(k)*p.ref.interval()
			}
		}
	}
}

// off returns how many pictures later than a delay changes at points go together
// best.
func (p *picturePair) off(points []point, delay float64) int {
	var products, in, ref [2*settleReach + 1]float64
	for _, x := range points {
		j, i := p.in.nearest(x.t), p.ref.nearest(x.t-delay)
		if j < 1 || j+1 >= len(p.inSigns) || i-settleReach < 1 || i+settleReach+1 >= len(p.refSigns) {
			continue
		}
		for k := range products {
			at := i - k + settleReach
			xy, xx, yy := changes(p.inSigns[j-1:j+2], p.refSigns[at-1:at+2])
			products[k], in[k], ref[k] = products[k]+xy, in[k]+xx, ref[k]+yy
		}
	}
	best, top := settleReach, normalize(products[settleReach], in[settleReach], ref[settleReach])+goesBetter
	for k := range products {
		if r := normalize(products[k], in[k], ref[k]); r > top {
			best, top = k, r
		}
	}
	return best - settleReach
}

// changes returns the sum of the products of what changes from the first to the
// third picture of both, and the sums of the squares of each.
func changes(in, ref []sign) (products, squaresIn, squaresRef float64) {
	xy, xx, yy := 0, 0, 0
	for c := range signCells {
		x, y := int(in[2][c])-int(in[0][c]), int(ref[2][c])-int(ref[0][c])
		xy, xx, yy = xy+x*y, xx+x*x, yy+y*y
	}
	return float64(xy), float64(xx), float64(yy)
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
			sums[k] += p.inSigns[j].squares(&p.refSigns[p.ref.nearest(p.in.times[j]-d)])
		}
		least, most = min(least, sums[k]), max(most, sums[k])
	}
	motion := 0.
	for j := first; j < end; j++ {
		motion += p.motion(p.ref.nearest(p.in.times[j] - rough))
	}
	if most-least <= moves*motion {
		return 0, false // a still, or nothing but noise
	}
	// The middle between the delays at both sides at which it is a little worse.
	at := 0
	for k, v := range sums {
		if v < sums[at] {
			at = k
		}
	}
	level := least + (most-least)/30
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

// shown returns which picture of the reference, of that nearest in time and
// those beside it, picture j of the input shows; and whether that is clear. What
// coding has added to all of them does not count: only on which side of the
// middle between two pictures it lies, along what moves from one to the other.
// At the same rate it is the nearest in any case.
func (p *picturePair) shown(j int, at float64) (i int, clear bool) {
	middle := p.ref.nearest(at)
	if p.sameRate {
		return middle, true
	}
	from, to := max(0, middle-1), min(middle+1, len(p.refSigns)-1)
	var squares [3]float64
	best := middle
	for k := from; k <= to; k++ {
		squares[k-from] = p.inSigns[j].squares(&p.refSigns[k])
	}
	for k := from; k <= to; k++ {
		if squares[k-from] < squares[best-from] {
			best = k
		}
	}
	clear = true
	for k := from; k <= to; k++ {
		motion := p.refSigns[k].squares(&p.refSigns[best])
		if k != best && squares[k-from]-squares[best-from] <= clearly*motion {
			clear = false
		}
	}
	if !clear && squares[middle-from]-squares[best-from] <= clearly*p.refSigns[middle].squares(&p.refSigns[best]) {
		best = middle
	}
	return best, clear
}

// motion returns how far picture i of the reference is from the one before.
func (p *picturePair) motion(i int) float64 {
	if i == 0 {
		return 0
	}
	return p.refSigns[i].squares(&p.refSigns[i-1])
}

// first returns the first of the pictures of the reference that are the same
// as picture i: those that hardly differ where others around do.
func (p *picturePair) first(i int) int {
	const around = 6
	sum, n := 0., 0
	for k := max(1, i-around); k <= min(i+around, len(p.refSigns)-1); k++ {
		sum += p.motion(k)
		n++
	}
	for i > 0 && p.motion(i) < still*sum/float64(n) {
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
	if !p.sameRate {
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
