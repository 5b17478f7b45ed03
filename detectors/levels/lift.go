package levels

import (
	"time"

	"github.com/vqa-project/vqa/detectors"
	"github.com/vqa-project/vqa/detectors/measure"
)

// Limits of what is lifted.
const (
	leastLift   = 50   // code values
	sameScene   = 0.85 // correlation of cells
	leastSpread = 0.7  // of the contrast before
	mostSpread  = 1.4
	someSpread  = 8 // code values: a picture with less has no contrast to keep
)

// A lift is a black level that has gone up, and what it went up from.
type lift struct {
	before [2]scene // the pictures before, number n at n%2
	n      int

	open     bool
	start    time.Duration
	was      scene
	pictures float64
	kept     float64 // pictures with the contrast of before
	darkest  float64 // sum
}

// A scene is what is remembered of a picture.
type scene struct {
	thumb   measure.ThumbRow
	darkest int // luma that 1 % is at or below
	spread  float64
	outside bool // of the legal range: what comes after it is no lift but its end
}

func (t *track) watchLift(p *measure.Picture) {
	l := &t.lift
	darkest, spread := p.Luma.Quantile(0.01), float64(p.Luma.StdDev)
	if l.open && darkest < l.was.darkest+(int(l.darkest/l.pictures)-l.was.darkest)/2 {
		t.closeLift(p.PTS)
	}
	for i := 0; !l.open && i < min(l.n, len(l.before)); i++ {
		b := &l.before[(l.n-1-i)%len(l.before)]
		if b.outside || darkest-b.darkest < leastLift || !keeps(spread, b.spread) || p.Thumb.Correlation(&b.thumb) < sameScene {
			continue
		}
		l.open, l.start, l.was = true, p.PTS, *b
		l.pictures, l.kept, l.darkest = 0, 0, 0
	}
	if l.open {
		l.pictures++
		l.darkest += float64(darkest)
		if keeps(spread, l.was.spread) {
			l.kept++
		}
	}
	b := &l.before[l.n%len(l.before)]
	b.thumb, b.darkest, b.spread = p.Thumb, darkest, spread
	b.outside = !p.FullRange && below(&p.Luma, legalLow) > t.maxArea
	l.n++
}

func keeps(spread, before float64) bool {
	return before >= someSpread && spread >= leastSpread*before && spread <= mostSpread*before
}

func (t *track) closeLift(at time.Duration) {
	t.reportLift(at)
	t.lift.open = false
}

// reportLift reports the lift that is open, ending at a time.
func (t *track) reportLift(at time.Duration) {
	l := &t.lift
	// What reaches out of range with it is reported as that.
	told := t.outside.Open() && t.outside.Start <= l.start && t.outside.End-t.outside.Start >= t.minDuration-slack
	if l.open && !told && at-l.start >= t.minDuration-slack && l.kept >= 0.8*l.pictures {
		t.sink(detectors.Event{
			Kind: Lifted, Stream: t.stream, Start: l.start, End: at,
			Value: l.darkest/l.pictures - float64(l.was.darkest), Limit: leastLift, Unit: "code values",
			Evidence: map[string]float64{
				"pictures":            l.pictures,
				"luma_darkest_mean":   l.darkest / l.pictures,
				"luma_darkest_before": float64(l.was.darkest),
			},
		})
	}
}
