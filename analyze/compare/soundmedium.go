package compare

import (
	"math"

	"github.com/vqa-project/vqa/detectors/measure"
)

// A soundPair is a track of the reference and one of the input.
type soundPair struct {
	ref, in             *soundTrack
	refDetail, inDetail [][measure.EnvelopeBands]float32 // dB, each 2.5 ms
}

func newSoundPair(ref, in *soundTrack) *soundPair {
	return &soundPair{ref, in, ref.detail(), in.detail()}
}

func (p *soundPair) coarse() (ref, in *series) { return p.ref.series(), p.in.series() }

func (p *soundPair) ends() (ref, in float64) {
	return float64(len(p.refDetail)) * rowSeconds, float64(len(p.inDetail)) * rowSeconds
}

func (p *soundPair) step() float64 { return 0 }

func (p *soundPair) snap(t float64) float64 { return t }

const (
	pointRows   = 2 * measure.EnvelopesPerSecond  // that one delay is measured over
	pointStep   = measure.EnvelopesPerSecond      // from one to the next
	pointReach  = measure.EnvelopesPerSecond / 20 // by which the delay may be off the rough one
	minSharp    = 0.5                             // correlation below which a delay is not believed
	sameSound   = 0.99999                         // from which on it is the same, sample by sample
	minActivity = 4.0 * measure.EnvelopeBands     // mean square in dB, below which there is nothing to hear
)

// points correlates the levels of all bands over 2 s, each second, and takes the
// top of a parabola through the best lag and its neighbours.
func (p *soundPair) points(s *stretch) []point {
	var out []point
	length := min(pointRows, int((s.to-s.from)/rowSeconds))
	for from := int(s.from / rowSeconds); from+length <= min(len(p.inDetail), int(s.to/rowSeconds)+1); from += pointStep {
		t := (float64(from) + float64(length)/2) * rowSeconds
		rough := int(math.Round(s.lag(t) / rowSeconds))
		if delay, ok := p.delay(from, length, rough); ok {
			out = append(out, point{t, delay})
		}
	}
	return out
}

// delay returns the delay of rows of the input, near a rough one.
func (p *soundPair) delay(from, length, rough int) (seconds float64, ok bool) {
	// The part that lies within the reference at each of the lags.
	from, to := max(from, rough+pointReach+1), min(from+length, len(p.refDetail)+rough-pointReach-1)
	if to-from < pointRows/4 {
		return 0, false
	}
	var r [2*pointReach + 1]float64
	best := -1
	for k := range r {
		r[k] = p.correlation(from, to, rough+k-pointReach)
		if best < 0 || r[k] > r[best] {
			best = k
		}
	}
	if best == 0 || best == len(r)-1 || r[best] < minSharp {
		return 0, false
	}
	lag := float64(rough + best - pointReach)
	if bend := r[best-1] - 2*r[best] + r[best+1]; bend < 0 && r[best] < sameSound {
		lag += (r[best-1] - r[best+1]) / (2 * bend)
	}
	return lag * rowSeconds, true
}

// correlation returns that of the levels, each band without its mean.
func (p *soundPair) correlation(from, to, lag int) float64 {
	in, ref := p.inDetail[from:to], p.refDetail[from-lag:to-lag]
	n := float64(len(in))
	var products, squaresIn, squaresRef float64
	for b := range measure.EnvelopeBands {
		var x, y, xx, yy, xy float64
		for i := range in {
			u, v := float64(in[i][b]), float64(ref[i][b])
			x, y, xx, yy, xy = x+u, y+v, xx+u*u, yy+v*v, xy+u*v
		}
		products += xy - x*y/n
		squaresIn += xx - x*x/n
		squaresRef += yy - y*y/n
	}
	if squaresIn < minActivity*n || squaresRef < minActivity*n {
		return 0
	}
	return normalize(products, squaresIn, squaresRef)
}

// costRows is how many rows are compared for one moment.
const costRows = 4

// The difference of levels, in dB, that makes half of the cost: so many times
// that of most moments of a stretch, within bounds.
const (
	soundTimes            = 2.5
	leastSound, mostSound = 1.5, 4.5
	moments               = 2000 // of a stretch that are looked at to know it
	audible               = 10   // dB over the floor
)

// costs compares the levels of the bands over 10 ms. What one of them has more
// than the other throughout, by another loudness or filter, does not count.
func (p *soundPair) costs(s *stretch) func(in, ref float64) float64 {
	more := p.gain(s)
	var all []float64
	for k := range moments {
		t := s.from + (s.to-s.from)*(float64(k)+0.5)/moments
		if d, ok := p.difference(t, t-s.line.at(t), &more); ok {
			all = append(all, d)
		}
	}
	scale := float64(mostSound)
	if len(all) > 0 {
		scale = max(leastSound, min(mostSound, soundTimes*median(all)))
	}
	return func(in, ref float64) float64 {
		d, ok := p.difference(in, ref, &more)
		if !ok {
			return 1
		}
		return d / (d + scale)
	}
}

// difference returns the mean difference of levels, in dB, over 10 ms.
func (p *soundPair) difference(in, ref float64, more *[measure.EnvelopeBands]float64) (db float64, ok bool) {
	i, j := int(math.Round(in/rowSeconds))-costRows/2, int(math.Round(ref/rowSeconds))-costRows/2
	if i < 0 || j < 0 || i+costRows > len(p.inDetail) || j+costRows > len(p.refDetail) {
		return 0, false
	}
	for b := range measure.EnvelopeBands {
		var x, y float64
		for k := range costRows {
			x += float64(p.inDetail[i+k][b])
			y += float64(p.refDetail[j+k][b])
		}
		db += math.Abs((x-y)/costRows-more[b]) / measure.EnvelopeBands
	}
	return db, true
}

// gain returns the median difference of the levels of a stretch by bands.
func (p *soundPair) gain(s *stretch) (more [measure.EnvelopeBands]float64) {
	for b := range more {
		var differences []float64
		for k := range moments {
			t := s.from + (s.to-s.from)*(float64(k)+0.5)/moments
			i, j := int(t/rowSeconds), int((t-s.line.at(t))/rowSeconds)
			if i < len(p.inDetail) && j >= 0 && j < len(p.refDetail) && (p.inDetail[i][b] > audible || p.refDetail[j][b] > audible) {
				differences = append(differences, float64(p.inDetail[i][b]-p.refDetail[j][b]))
			}
		}
		if len(differences) > 0 {
			more[b] = median(differences)
		}
	}
	return more
}
