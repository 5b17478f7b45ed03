package avsync

import (
	"math"
	"slices"
	"time"

	"github.com/vqa-project/vqa/detectors"
	"github.com/vqa-project/vqa/detectors/measure"
)

const (
	// mostLag is the largest offset looked for, in points. Beyond it, up to
	// Reach, lags tell how much chance makes of the same sound and pictures.
	mostLag = Rate

	// OwnLag is the lag that features of clips in sync are found at: faces
	// move, then sound. In points.
	OwnLag = 1

	// peakReach is how far from a lag others belong to the same peak.
	peakReach = 8

	// uncertainty is how far off an estimate may be that is certain: of those of
	// 20 s by weights that do not know who speaks, 95 % are within 40 ms.
	uncertainty = 50 * time.Millisecond

	// apart is how far two estimates of the same offset are from each other.
	apart = 120 * time.Millisecond

	// window is how many seconds with a face are looked at together, and
	// every how many of them.
	window = 30
	step   = 10

	// leastFace is the share of a second that a face must be there.
	leastFace = 0.5

	// An estimate is certain where its score is high compared with how it
	// differs from second to second (agreement, Student's t), and with that
	// of any other lag, in spreads of what chance makes (margin). Much of one
	// makes up for less of the other, to some degree: their product counts.
	// With these, sound of somebody else passes in 0.1 % to 1 % of windows, depending on
	// who is seen and heard.
	leastAgreement = 2.0
	leastMargin    = 1.8
	leastProduct   = 8

	// leastSeconds is how many seconds with a face it takes in any case.
	leastSeconds = 6
)

// Scores are what each lag scores, from -Reach to Reach points.
type Scores [2*Reach + 1]float32

// Weights say how much each feature of the sound goes with each of the face,
// before, at and after the same time.
type Weights [Taps][VideoFeatures][SoundFeatures]float32

// An estimate is what a number of seconds say of the offset.
type estimate struct {
	offset            time.Duration // of sound, late is positive
	agreement, margin float64
	start, end        time.Duration
	seconds           int
}

// confidence returns how much there is of what it takes to be certain, 1 where
// there is enough.
func (e *estimate) confidence() float64 {
	product := max(0, e.agreement) * max(0, e.margin)
	return max(0, min(1, float64(e.seconds)/leastSeconds, e.agreement/leastAgreement, e.margin/leastMargin, math.Sqrt(product/leastProduct)))
}

func (e *estimate) certain() bool { return e.confidence() == 1 }

// A content follows how a face moves with the sound of one track.
type content struct {
	*options
	audio  int
	sink   detectors.Sink
	reader *Reader

	seconds []second // with a face, the latest of them
	fresh   int      // since the last estimate

	open     bool
	event    estimate
	best     estimate // of all
	anything bool
}

type second struct {
	start  time.Duration
	scores Scores
}

func newContent(o *options, audio int, sink detectors.Sink) *content {
	c := &content{options: o, audio: audio, sink: sink, seconds: make([]second, 0, window)}
	c.reader = NewReader(c.second)
	return c
}

func (c *content) Picture(p *measure.Picture) { c.reader.Picture(p) }
func (c *content) Block(b *measure.Block)     { c.reader.Block(b) }

// second takes in a second of features.
func (c *content) second(f *Features) {
	if float64(f.Seen) < leastFace*Segment {
		return
	}
	if n := len(c.seconds); n > 0 && f.Start <= c.seconds[n-1].start { // time jumped back
		c.finish()
	}
	if len(c.seconds) == window {
		c.seconds = c.seconds[:copy(c.seconds, c.seconds[1:])]
	}
	c.seconds = append(c.seconds, second{start: f.Start})
	weights.Score(f, &c.seconds[len(c.seconds)-1].scores)
	if c.fresh++; len(c.seconds) == window && c.fresh >= step {
		c.judge()
	}
}

// Score adds up, for each lag, how well the sound goes with the pictures.
func (w *Weights) Score(f *Features, s *Scores) {
	for g := range Segment {
		// What the face makes expect of each feature of the sound.
		var expected [SoundFeatures]float32
		for tap := range Taps {
			for i, v := range f.Video[g+tap*TapStep] {
				for k := range expected {
					expected[k] += float32(v * w[tap][i][k])
				}
			}
		}
		for lag := range s {
			var sum float32
			for k, e := range expected {
				sum += float32(e * f.Sound[g+lag][k])
			}
			s[lag] += sum
		}
	}
}

// judge makes an estimate of the seconds at hand.
func (c *content) judge() {
	c.fresh = 0
	e := estimateOf(c.seconds)
	if !c.anything || e.confidence() > c.best.confidence() || e.certain() && e.agreement > c.best.agreement {
		c.best, c.anything = e, true
	}
	if !e.certain() {
		return
	}
	outside := e.offset-uncertainty > c.late || e.offset+uncertainty < -c.early
	if c.open && (!outside || (e.offset-c.event.offset).Abs() > apart) {
		c.close(c.event.end)
		e.start = max(e.start, c.event.end)
	}
	switch {
	case !outside:
	case c.open:
		c.event.end = e.end
		if e.agreement > c.event.agreement {
			c.event.offset, c.event.agreement, c.event.margin = e.offset, e.agreement, e.margin
		}
		c.event.seconds += step
	default:
		c.open, c.event = true, e
	}
}

// finish ends what is open, and forgets all seconds.
func (c *content) finish() {
	if c.fresh > 0 {
		c.judge()
	}
	if c.open {
		c.close(c.event.end)
	}
	c.seconds = c.seconds[:0]
}

func (c *content) close(end time.Duration) {
	c.open = false
	limit := c.late
	if c.event.offset < 0 {
		limit = -c.early
	}
	c.sink(detectors.Event{
		Kind: Content, Stream: c.audio, Start: c.event.start, End: end,
		Value: milliseconds(c.event.offset), Limit: milliseconds(limit), Unit: "ms",
		Evidence: map[string]float64{
			"agreement": c.event.agreement, "margin": c.event.margin,
			"uncertainty_ms": milliseconds(uncertainty), "seen_s": float64(c.event.seconds),
		},
	})
}

// Estimate returns the offset that seconds, by their scores, are found to have,
// and how sure that is.
func Estimate(seconds []Scores) (offset time.Duration, agreement, margin float64) {
	all := make([]second, len(seconds))
	for i, s := range seconds {
		all[i].scores = s
	}
	e := estimateOf(all)
	return e.offset, e.agreement, e.margin
}

// estimateOf finds the lag that scores best over all seconds.
func estimateOf(seconds []second) estimate {
	e := estimate{start: seconds[0].start, end: seconds[len(seconds)-1].start + time.Second, seconds: len(seconds)}
	var sum, squares [2*Reach + 1]float64
	for i := range seconds {
		for lag, v := range seconds[i].scores {
			sum[lag] += float64(v)
			squares[lag] += float64(v) * float64(v)
		}
	}
	best := Reach
	for lag := Reach - mostLag; lag <= Reach+mostLag; lag++ {
		if sum[lag] > sum[best] {
			best = lag
		}
	}
	other := math.Inf(-1)
	for lag := Reach - mostLag; lag <= Reach+mostLag; lag++ {
		if lag < best-peakReach || lag > best+peakReach {
			other = max(other, sum[lag])
		}
	}
	e.agreement = student(sum[best], squares[best], len(seconds))
	if s := spreadOf(sum); s > 0 {
		e.margin = (sum[best] - other) / s
	}
	e.offset = time.Duration(best-Reach-OwnLag) * point
	return e
}

// student returns Student's t of n values with this sum and sum of squares: how
// sure it is that their mean is not 0.
func student(sum, squares float64, n int) float64 {
	deviation := squares - sum*sum/float64(n)
	if n < 2 || deviation <= 0 {
		return 0
	}
	return sum / math.Sqrt(deviation*float64(n)/float64(n-1))
}

// spreadOf returns the standard deviation of values, from the median of their
// distances to the median: a peak has no part in it.
func spreadOf(values [2*Reach + 1]float64) float64 {
	slices.Sort(values[:])
	median := values[Reach]
	for i, v := range values {
		values[i] = math.Abs(v - median)
	}
	slices.Sort(values[:])
	return 1.4826 * values[Reach]
}

func (c *content) Flush(end time.Duration) {
	c.reader.Flush()
	if c.fresh > 0 {
		c.judge()
	}
	if c.open && end > c.event.end && end-c.event.end < window*time.Second {
		c.event.end = end
	}
	c.finish()
}

func (c *content) Measures() []detectors.Measure {
	if !c.anything {
		return nil
	}
	return []detectors.Measure{
		{Stream: c.audio, Name: "content_offset_ms", Value: milliseconds(c.best.offset)},
		{Stream: c.audio, Name: "content_confidence_percent", Value: 100 * c.best.confidence()},
	}
}

func milliseconds(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }
