package compare

import (
	"math"
	"slices"

	"github.com/vqa-project/vqa/detectors/measure"
)

// A soundPair is a track of the reference and one of the input.
type soundPair struct {
	ref, in             *soundTrack
	refDetail, inDetail [][measure.EnvelopeBands]float32 // dB, each 2.5 ms
	expected            float64                          // delay in seconds: that of the pictures, or 0
}

func newSoundPair(ref, in *soundTrack, expected float64) *soundPair {
	return &soundPair{ref, in, ref.detail(), in.detail(), expected}
}

func (p *soundPair) coarse() (ref, in *series) { return p.ref.series(), p.in.series() }

func (p *soundPair) ends() (ref, in float64) {
	return float64(len(p.refDetail)) * rowSeconds, float64(len(p.inDetail)) * rowSeconds
}

// leastAudible is how many rows must be heard: a click or two are alike in any
// two inputs. A quarter of a second.
const leastAudible = measure.EnvelopesPerSecond / 4

// enough reports whether both tracks are heard for long enough.
func (p *soundPair) enough() bool {
	return audibleRows(p.refDetail) >= leastAudible && audibleRows(p.inDetail) >= leastAudible
}

// audibleRows counts the rows that are heard in a band.
func audibleRows(rows [][measure.EnvelopeBands]float32) int {
	n := 0
	for i := range rows {
		if slices.Max(rows[i][:]) > audible {
			n++
		}
	}
	return n
}

const (
	alike    = 0.15                       // by how much less others correlate of places that are worth a closer look
	regular  = 4                          // places from which on sound is a beat: the right one may not be among those found
	beatSpan = measure.EnvelopesPerSecond // to both sides of the pictures' delay, where it is then looked for
)

// sharpen takes the correlation in detail of places that are alike. Of a beat,
// whose right place may be none of those found in steps of 20 ms, all delays near
// that of the pictures are tried, and the best of each chunk on the others.
func (p *soundPair) sharpen(all []chunk) {
	var beats []*chunk
	var lags []int // rows
	expected := int(math.Round(p.expected / rowSeconds))
	for i := range all {
		c := &all[i]
		if p.closer(c) < regular {
			continue
		}
		beats = append(beats, c)
		lag, score := p.top(c, expected-beatSpan, expected+beatSpan)
		known := slices.ContainsFunc(lags, func(o int) bool { return abs(o-lag) <= rowsPerFrame/2 })
		if score >= minScore && !known && len(lags) < maxCandidates {
			lags = append(lags, lag)
		}
	}
	for _, c := range beats {
		for _, l := range lags {
			lag, score := p.top(c, l-rowsPerFrame/2, l+rowsPerFrame/2)
			if score < minScore {
				continue
			}
			frames := float64(lag) / rowsPerFrame
			x := candidate{lag: int(math.Round(frames)), score: score}
			x.fine = frames - float64(x.lag)
			x.out = 1 - float64(min(c.to, len(p.refDetail)/rowsPerFrame+x.lag)-max(c.from, x.lag))/float64(c.to-c.from)
			c.candidates = append(c.candidates, x)
		}
	}
}

// closer looks closer at the places of a chunk that are alike, and returns how
// many there are.
func (p *soundPair) closer(c *chunk) int {
	least := 0.
	for _, x := range c.candidates {
		least = max(least, x.score-alike, minScore)
	}
	n := 0
	for _, x := range c.candidates {
		if x.score >= least {
			n++
		}
	}
	for i, x := range c.candidates {
		if n > 1 && x.score >= least {
			rough := x.lag * rowsPerFrame
			if _, score := p.top(c, rough-rowsPerFrame, rough+rowsPerFrame); score > 0 {
				c.candidates[i].score = score
			}
		}
	}
	return n
}

// top returns the lag, in rows, from first to last at which a chunk correlates
// best; the score is 0 where hardly any of it lies within the reference.
func (p *soundPair) top(c *chunk, first, last int) (best int, score float64) {
	from := max(c.from*rowsPerFrame, last+1)
	to := min(c.to*rowsPerFrame, len(p.inDetail), len(p.refDetail)+first-1)
	if to-from < pointRows/4 {
		return 0, 0
	}
	r := make([]float64, last-first+1)
	at := 0
	for k := range r {
		r[k] = p.correlation(from, to, first+k)
		if r[k] > r[at] {
			at = k
		}
	}
	score = r[at]
	if at > 0 && at < len(r)-1 {
		if bend := r[at-1] - 2*r[at] + r[at+1]; bend < 0 { // the top of a parabola
			score = min(1, score-(r[at+1]-r[at-1])*(r[at+1]-r[at-1])/(8*bend))
		}
	}
	return first + at, score
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
