package avsync

import (
	"math"
	"time"

	"github.com/vqa-project/vqa/detectors/measure"
)

// The features of pictures and sound are brought to one clock, of Rate points a
// second, and come in segments of a second. Sound is given from Reach points
// before the segment to Reach points after it, pictures from Context to Context.
const (
	Rate    = 50
	Segment = Rate
	Reach   = 120
	Context = 2

	// The face counts Taps times, TapStep points apart: before, at, and after.
	Taps    = 2*Context/TapStep + 1
	TapStep = 2

	VideoFeatures = 19
	SoundFeatures = 18
)

const (
	point = time.Second / Rate

	// Features are what is left of them without their mean over a second,
	// in units of their spread over three: what lasts longer says nothing
	// of time. No single value counts for more than three spreads.
	meanReach   = Rate / 2
	spreadReach = Rate * 3 / 2
	mostSpreads = 3

	// margin is what these means take in around the points that are used.
	margin = meanReach + spreadReach + 1

	// longestPicture is how many points a picture fills at most.
	longestPicture = Rate / 5

	// lostTime is how many points may be missing before reading starts anew.
	lostTime = 5 * Rate

	// mostWaiting is how many points of one stream wait for the other.
	mostWaiting = 40 * Rate
)

// Features is one second as a [Reader] sees it. It is reused.
type Features struct {
	Start time.Duration
	Seen  int // points with a face, of Segment
	Video [Segment + 2*Context][VideoFeatures]float32
	Sound [Segment + 2*Reach][SoundFeatures]float32
}

// A Reader makes features of the face in the pictures and of the sound.
type Reader struct {
	emit     func(*Features)
	video    track
	sound    track
	spectrum spectrumFollower
	next     int // first point of the next segment
	running  bool

	shown    time.Duration // the picture before
	any      bool
	features Features
	scratch  scratch
}

// NewReader returns a reader that calls emit for each second with a face.
func NewReader(emit func(*Features)) *Reader {
	r := &Reader{emit: emit, video: track{width: VideoFeatures}, sound: track{width: SoundFeatures}}
	r.spectrum.emit = func(at int, values []float32) { r.put(&r.sound, at, at, values) }
	return r
}

// Picture takes in a picture, with [measure.Faces].
func (r *Reader) Picture(p *measure.Picture) {
	before, any := r.shown, r.any
	r.shown, r.any = p.PTS, true
	if p.Discontinuity {
		r.restart()
		return
	}
	if !p.Face.Valid || !any {
		return
	}
	// What moved did so between the pictures.
	last := int(p.PTS / point)
	first := max(int(before/point)+1, last-longestPicture)
	var values [VideoFeatures]float32
	describeFace(&p.Face, &values)
	r.put(&r.video, first, last, values[:])
}

// Block takes in sound, with [measure.Spectrum].
func (r *Reader) Block(b *measure.Block) {
	if b.Discontinuity {
		r.restart()
	}
	r.spectrum.block(b)
}

// Flush reads what is left.
func (r *Reader) Flush() {
	for r.running && r.next < r.video.end() {
		r.read()
	}
	r.running = false
}

func (r *Reader) restart() {
	r.Flush()
	r.video.clear()
	r.sound.clear()
	r.spectrum.restart()
	r.any = false
}

// put sets points of a track, and reads what both tracks have.
func (r *Reader) put(t *track, first, last int, values []float32) {
	if r.running && t.end() > t.first && first > t.end()+lostTime {
		r.restart()
	}
	if !r.running {
		r.running, r.next = true, first
		r.video.begin(first - margin - Context)
		r.sound.begin(first - margin - Reach)
	}
	for g := first; g <= last; g++ {
		t.set(g, values)
	}
	for {
		need := r.next + Segment + Reach + margin
		ready := r.sound.end() >= need && r.video.end() >= need
		if !ready && max(r.sound.end(), r.video.end()) < r.next+mostWaiting {
			return
		}
		r.read()
	}
}

// read makes the next segment.
func (r *Reader) read() {
	f := &r.features
	f.Start, f.Seen = time.Duration(r.next)*point, 0
	for g := r.next; g < r.next+Segment; g++ {
		if r.video.has(g) {
			f.Seen++
		}
	}
	if f.Seen > 0 {
		for k := range VideoFeatures {
			for i, v := range r.scratch.normalise(&r.video, k, r.next-Context, len(f.Video)) {
				f.Video[i][k] = v
			}
		}
		for k := range SoundFeatures {
			for i, v := range r.scratch.normalise(&r.sound, k, r.next-Reach, len(f.Sound)) {
				f.Sound[i][k] = v
			}
		}
		r.emit(f)
	}
	r.next += Segment
	r.video.drop(r.next - margin - Context)
	r.sound.drop(r.next - margin - Reach)
}

// A track is a row of values for each point; one whose first is not a number is
// missing.
type track struct {
	width  int
	first  int
	values []float32
}

func (t *track) end() int        { return t.first + len(t.values)/t.width }
func (t *track) clear()          { t.values = t.values[:0] }
func (t *track) begin(first int) { t.first, t.values = first, t.values[:0] }

// has reports whether the track has a value at a point.
func (t *track) has(g int) bool {
	return g >= t.first && g < t.end() && t.values[(g-t.first)*t.width] == t.values[(g-t.first)*t.width]
}

// set sets the values of a point. What is too early, or too far ahead, is left out.
func (t *track) set(g int, values []float32) {
	if g < t.first || g >= t.first+2*mostWaiting {
		return
	}
	for t.end() <= g {
		for range t.width {
			t.values = append(t.values, float32(math.NaN()))
		}
	}
	copy(t.values[(g-t.first)*t.width:], values)
}

// drop forgets what is before a point.
func (t *track) drop(g int) {
	n := min(max(g-t.first, 0)*t.width, len(t.values))
	t.values = t.values[:copy(t.values, t.values[n:])]
	t.first = max(t.first, g)
}

// scratch is what normalise works in.
type scratch struct {
	x, high, sums, counts []float64
	out                   []float32
}

// normalise returns n points of a feature, from first on, without their local
// mean and in units of their local spread; 0 for what is missing.
func (s *scratch) normalise(t *track, feature, first, n int) []float32 {
	total := n + 2*margin
	if len(s.x) < total {
		s.x, s.high = make([]float64, total), make([]float64, total)
		s.sums, s.counts = make([]float64, total+1), make([]float64, total+1)
		s.out = make([]float32, n)
	}
	at := func(g int) float64 {
		if !t.has(g) {
			return math.NaN()
		}
		return float64(t.values[(g-t.first)*t.width+feature])
	}
	for i := range total {
		g := first - margin + i
		s.x[i] = smooth(at(g-1), at(g), at(g+1))
	}
	s.sum(s.x[:total], func(v float64) float64 { return v })
	for i := range total {
		sum, count := s.around(i, meanReach, total)
		s.high[i] = s.x[i] - sum/count
	}
	s.sum(s.high[:total], func(v float64) float64 { return v * v })
	for i := range n {
		sum, count := s.around(i+margin, spreadReach, total)
		v := s.high[i+margin] / math.Sqrt(sum/count)
		if !(math.Abs(v) <= math.MaxFloat32) || sum/count < 1e-9 {
			v = 0
		}
		s.out[i] = float32(max(-mostSpreads, min(mostSpreads, v)))
	}
	return s.out[:n]
}

// smooth returns the mean of a value, which counts twice, and of its neighbours
// as far as there are any.
func smooth(before, v, after float64) float64 {
	sum, count := 2*v, 2.
	if before == before {
		sum, count = sum+before, count+1
	}
	if after == after {
		sum, count = sum+after, count+1
	}
	return sum / count
}

// sum makes running sums of f of the values that are numbers.
func (s *scratch) sum(values []float64, f func(float64) float64) {
	for i, v := range values {
		s.sums[i+1], s.counts[i+1] = s.sums[i], s.counts[i]
		if v == v {
			s.sums[i+1] += f(v)
			s.counts[i+1]++
		}
	}
}

// around returns sum and number of values no further than reach from i.
func (s *scratch) around(i, reach, total int) (sum, count float64) {
	from, to := max(0, i-reach), min(total, i+reach+1)
	return s.sums[to] - s.sums[from], s.counts[to] - s.counts[from]
}
