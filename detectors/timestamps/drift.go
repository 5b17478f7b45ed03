package timestamps

import (
	"time"

	"github.com/vqa-project/vqa/detectors"
	"github.com/vqa-project/vqa/detectors/measure"
)

const (
	// A correction larger than maxCorrection is no drift but a break. That
	// of a drift is hardly beyond [measure.MaxJitter], from where on the
	// audio meter makes them.
	maxCorrection = measure.MaxJitter + 5*time.Millisecond

	// minCorrections is how many it takes: one may be anything.
	minCorrections = 3

	// maxDeviation is how far one packet may be from when it was due while
	// its clock drifts: more is a packet lost, or one too many.
	maxDeviation = 10 * time.Millisecond
)

// A drift is the distance between the samples of a stream and their
// timestamps, as far as it came about little by little.
type drift struct {
	begun       bool
	end         time.Duration // of the block before
	broken      bool          // a packet was lost or damaged since the correction before
	sum         time.Duration
	corrections int
	start, last time.Duration // first and last correction
}

func (r *run) drifts(l *line, b *measure.Block) {
	d := &l.drift
	correction := b.PTS - d.end
	begun := d.begun
	d.begun, d.end = true, b.End()
	switch {
	case !begun || correction.Abs() < measure.MaxJitter:
		return
	case correction.Abs() > maxCorrection || d.broken:
		r.closeDrift(l)
	default:
		if d.corrections == 0 {
			d.start = b.PTS
		}
		d.sum += correction
		d.corrections++
		d.last = b.PTS
	}
	d.broken = false
}

// closeDrift reports the drift up to now, and begins anew.
func (r *run) closeDrift(l *line) {
	if d := &l.drift; d.sum.Abs() > r.maxDrift && d.corrections >= minCorrections {
		r.sink(detectors.Event{
			Kind: AudioDrift, Stream: l.stream, Start: d.start, End: d.last,
			Value: float64(d.sum) / float64(time.Millisecond), Limit: float64(r.maxDrift) / float64(time.Millisecond), Unit: "ms",
			Evidence: map[string]float64{"corrections": float64(d.corrections)},
		})
	}
	l.drift.sum, l.drift.corrections = 0, 0
}
