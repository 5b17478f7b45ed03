package corruption

import (
	"flag"
	"math"
	"slices"
	"time"

	"github.com/vqa-project/vqa/detectors"
	"github.com/vqa-project/vqa/detectors/measure"
)

type pictureOptions struct {
	confidence float64
}

func (o *pictureOptions) declare(fs *flag.FlagSet) {
	detectors.FloatVar(fs, &o.confidence, "picture-confidence", 0.9, 0.5, 1,
		"`confidence` that damage seen in the picture alone must reach")
}

const (
	tickTime = 100 * time.Millisecond
	reach    = 50 // ticks that the usual is taken from, on both sides
	near     = 5  // ticks that the largest is taken from, on both sides

	// Of the score, which is a logarithm of odds: how much less than the
	// confidence asked for goes on with what has reached it.
	leeway = 3

	// Damage that is fainter lasts longer: of ticks that are rather damaged than
	// not, the scores add up, to lasting times what one needs.
	lasting = 4

	// Where unsetShare of a picture was not decoded at all, the score is certain.
	unsetShare = 0.01
	certain    = 6

	// bridge is how far apart two stretches of one event may be.
	bridge = 600 * time.Millisecond
)

// A tick is what was seen in the pictures of a tenth of a second, so that what
// follows does not depend on the frame rate.
type tick struct {
	start, end    time.Duration
	pictures      int
	mean, largest [evidences]float32
	damaged       damaged // the most of a picture that looks damaged
	unset         float32 // the most of a picture that was not decoded at all
	inStream      bool    // the stream itself is damaged
	bars          bool    // all its pictures have bars on both sides, or above and below
	framed        bool    // by bars that most of what is around it does not have
}

// pictures looks for damage in the pictures of one stream that the stream itself
// does not show: what they show is compared with what is usual within 5 s before
// and after, so that events come 5 s late.
type pictures struct {
	pictureOptions
	stream int
	sink   detectors.Sink
	look   looker
	see    func(Tick) // for training

	inStream bool // since the last damaged picture none could be decoded by itself

	ticks  []tick // up to 2*reach+1 and the one that fills
	next   int    // the first that has no score
	sorted []float32
	scores [3]float64 // of the tick before next, and the two before it
	scored []stretch  // the ticks of the last two scores
	damage stretch    // open, where it has an end
}

// A stretch is some time that is, or may be, damaged.
type stretch struct {
	start, end time.Duration
	score      float64 // the best
	sum        float64 // of those above 0
	worst      damaged
	worstAt    time.Duration
	area       float64 // sum of areas that look damaged
	fromCut    float64 // sum of those that did so since the last cut
	ticks      int
	inStream   bool
}

// Something else is shown, such as a test pattern, where insertShare of what looks
// damaged did so from a cut on, in the same places. A scene that is damaged all
// over, more than insertArea, is no pattern.
const (
	insertShare = 0.7
	insertArea  = 0.5
)

func (s *stretch) isInsert() bool {
	return s.area > 0 && s.fromCut >= insertShare*s.area && s.worst.area <= insertArea
}

func newPictures(o pictureOptions, s measure.Stream, sink detectors.Sink) *pictures {
	return &pictures{pictureOptions: o, stream: s.Index, sink: sink}
}

func (b *pictures) Picture(p *measure.Picture) {
	if p.Discontinuity {
		b.finish()
	}
	if n := len(b.ticks); n == 0 || p.PTS-b.ticks[n-1].start >= tickTime {
		b.score(reach)
		if len(b.ticks) > 4*reach { // keep what is still looked back at
			drop := b.next - reach
			b.ticks = b.ticks[:copy(b.ticks, b.ticks[drop:])]
			b.next -= drop
		}
		b.ticks = append(b.ticks, tick{start: p.PTS})
	}
	if p.Damage != 0 || p.Concealed > 0 {
		b.inStream = true
	} else if p.Key {
		b.inStream = false
	}
	evidence, damaged := b.look.picture(p)
	t := &b.ticks[len(b.ticks)-1]
	for i, e := range evidence {
		if t.pictures == 0 || e > t.largest[i] {
			t.largest[i] = e
		}
		t.mean[i] += (e - t.mean[i]) / float32(t.pictures+1)
	}
	if damaged.area > t.damaged.area {
		t.damaged = damaged
	}
	t.unset = max(t.unset, damaged.unset)
	t.bars = hasBars(&p.Borders) && (t.bars || t.pictures == 0)
	t.inStream = t.inStream || b.inStream
	t.pictures++
	t.end = p.End()
}

// Bars are black, as thick on one side as on the other, within barsDiffer samples or
// lines, and at least leastBar; where they end, leastLit of the next lines is not.
const (
	barsDiffer = 8
	leastBar   = 8
	leastLit   = 0.5
)

func hasBars(r *measure.BordersRow) bool {
	pair := func(a, b int, lit ...float32) bool {
		return min(a, b) >= leastBar && max(a, b)-min(a, b) <= barsDiffer && slices.Min(lit) >= leastLit
	}
	return pair(r.Left, r.Right, r.LitLeft, r.LitRight) || pair(r.Top, r.Bottom, r.LitTop, r.LitBottom)
}

// isFramed reports whether bars come and go with tick i: their edges are sharp,
// straight and new, and may lie on the grid.
func (b *pictures) isFramed(i int) bool {
	if !b.ticks[i].bars {
		return false
	}
	window := b.ticks[max(0, i-reach):min(len(b.ticks), i+reach+1)]
	n := 0
	for k := range window {
		if window[k].bars {
			n++
		}
	}
	return 2*n < len(window)
}

func (b *pictures) Flush(time.Duration) { b.finish() }

// finish ends what went on without a gap.
func (b *pictures) finish() {
	b.score(0)
	b.settle(math.Inf(-1), stretch{})
	b.settle(math.Inf(-1), stretch{})
	b.report()
	b.ticks, b.next, b.scored = b.ticks[:0], 0, b.scored[:0]
	b.look = looker{}
	b.inStream = false
}

// score scores the ticks that have at least so many after them.
func (b *pictures) score(after int) {
	for ; b.next+after < len(b.ticks); b.next++ {
		f := b.features(b.next)
		t := &b.ticks[b.next]
		t.framed = b.isFramed(b.next)
		if b.see != nil {
			b.see(Tick{t.start, t.end, f[:], score(&f), t.damaged.area, t.damaged.fromCut, t.unset, t.inStream, t.framed})
		} else {
			b.judge(t, score(&f))
		}
	}
}

// judge takes the next tick, of a score that the weights give it.
func (b *pictures) judge(t *tick, odds float64) {
	of := stretch{
		start: t.start, end: t.end, worst: t.damaged, worstAt: t.start, ticks: 1, inStream: t.inStream,
		area: float64(t.damaged.area), fromCut: float64(t.damaged.fromCut),
	}
	if t.framed {
		odds = math.Inf(-1)
	}
	if t.unset >= unsetShare {
		odds, of.fromCut = max(odds, certain), 0
	}
	b.settle(odds, of)
}

// isStill reports whether the picture stands. What stands in a film, black or a
// caption, has no coder at work, and what is usual in it says nothing of the film.
func (t *tick) isStill() bool { return t.mean[difference] < 0.1 }

// features describes a tick: each evidence in it and the ticks beside it, how
// much that is more than usual, and the largest near it.
func (b *pictures) features(i int) (f [features]float32) {
	window := b.ticks[max(0, i-reach):min(len(b.ticks), i+reach+1)]
	beside := b.ticks[max(0, i-1):min(len(b.ticks), i+2)]
	close := b.ticks[max(0, i-near):min(len(b.ticks), i+near+1)]
	still := b.ticks[i].isStill()
	for e := range evidences {
		var mean float32
		for k := range beside {
			mean += beside[k].mean[e] / float32(len(beside))
		}
		b.sorted = b.sorted[:0]
		for k := range window {
			if still || !window[k].isStill() {
				b.sorted = append(b.sorted, window[k].mean[e])
			}
		}
		slices.Sort(b.sorted)
		largest := close[0].largest[e]
		for k := range close {
			largest = max(largest, close[k].largest[e])
		}
		f[3*e], f[3*e+1], f[3*e+2] = mean, mean-b.sorted[len(b.sorted)/4], largest
	}
	return f
}

// settle takes the next score. What counts for a tick is the middle one of its
// own and of those beside it.
func (b *pictures) settle(score float64, of stretch) {
	b.scores[0], b.scores[1], b.scores[2] = b.scores[1], b.scores[2], score
	b.scored = append(b.scored, of)
	if len(b.scored) == 1 {
		b.scores[1] = math.Inf(-1)
		return
	}
	at := b.scored[0]
	b.scored = b.scored[:copy(b.scored, b.scored[1:])]
	at.score = max(min(b.scores[0], b.scores[1]), min(max(b.scores[0], b.scores[1]), b.scores[2]))
	if at.score < b.limit()-leeway {
		return
	}
	at.sum = max(at.score, 0)
	if d := &b.damage; d.end > d.start && at.start-d.end < bridge {
		d.end = at.end
		d.score = max(d.score, at.score)
		d.sum += at.sum
		d.area += at.area
		d.fromCut += at.fromCut
		d.ticks++
		d.inStream = d.inStream || at.inStream
		if at.worst.area > d.worst.area {
			d.worst, d.worstAt = at.worst, at.worstAt
		}
		return
	}
	b.report()
	b.damage = at
}

// limit returns the score that belongs to the confidence.
func (b *pictures) limit() float64 { return math.Log(b.confidence / (1 - b.confidence)) }

// report sends the stretch that is over, where it is damage that decode does not
// find.
func (b *pictures) report() {
	d := &b.damage
	score := max(d.score, d.sum/lasting)
	if d.end > d.start && score >= b.limit() && !d.inStream && !d.isInsert() {
		b.sink(detectors.Event{
			Kind: Picture, Stream: b.stream, Start: d.start, End: d.end,
			Value: 100 * float64(d.worst.area), Limit: 0, Unit: "%", Worst: d.worstAt,
			Evidence: map[string]float64{
				"confidence":       1 / (1 + math.Exp(-score)),
				"share_mean_pct":   100 * d.area / float64(d.ticks),
				"region_x_px":      float64(d.worst.region.left),
				"region_y_px":      float64(d.worst.region.top),
				"region_width_px":  float64(d.worst.region.right - d.worst.region.left),
				"region_height_px": float64(d.worst.region.bottom - d.worst.region.top),
			},
		})
	}
	b.damage = stretch{}
}

// A Tick is a tenth of a second of a stream, for the program that makes the
// weights: what they are given, and what else makes an event.
type Tick struct {
	Start, End           time.Duration
	Features             []float32
	Score                float64 // by the weights there are
	Area, FromCut, Unset float32
	InStream, Framed     bool
}

// Trace is a run that reports nothing but what it sees of the streams. The
// features of a tick are valid during the call.
func Trace(p measure.Program, see func(stream int, t Tick)) (detectors.Run, error) {
	return detectors.PerVideo(p, func(s measure.Stream) *pictures {
		b := newPictures(pictureOptions{confidence: 0.5}, s, func(detectors.Event) {})
		b.see = func(t Tick) { see(s.Index, t) }
		return b
	})
}

// Events returns what is found in the ticks of a stream, by scores that other
// weights give them.
func Events(ticks []Tick, scores []float64, confidence float64) (found []detectors.Event) {
	b := newPictures(pictureOptions{confidence: confidence}, measure.Stream{}, func(e detectors.Event) { found = append(found, e) })
	for i, t := range ticks {
		b.judge(&tick{
			start: t.Start, end: t.End, unset: t.Unset, inStream: t.InStream, framed: t.Framed,
			damaged: damaged{area: t.Area, fromCut: t.FromCut},
		}, scores[i])
	}
	b.finish()
	return found
}
