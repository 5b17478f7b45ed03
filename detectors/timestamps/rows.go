package timestamps

import (
	"time"

	"github.com/vqa-project/vqa/detectors"
	"github.com/vqa-project/vqa/detectors/measure"
)

// A shape is what parameters are of a picture, or of sound; 0 where unknown.
type shape struct{ width, height, depth, sampleRate, channels int }

func (r *run) picture(l *line, p *measure.Picture) {
	r.shape(l, shape{width: p.Width, height: p.Height, depth: p.Depth}, p.PTS, p.End())
}

func (r *run) block(l *line, b *measure.Block) {
	r.drifts(l, b)
	r.shape(l, shape{sampleRate: b.SampleRate, channels: len(b.Channels)}, b.PTS, b.End())
}

func (r *run) shape(l *line, now shape, start, end time.Duration) {
	before := l.shape
	l.shape = now
	if now == before || before == (shape{}) {
		return
	}
	e := detectors.Event{Kind: Parameters, Stream: l.stream, Start: start, End: end}
	is := func(value, limit int, unit string) {
		e.Value, e.Limit, e.Unit = float64(value), float64(limit), unit
	}
	switch {
	case now.width != before.width:
		is(now.width, before.width, "px")
	case now.height != before.height:
		is(now.height, before.height, "px")
	case now.depth != before.depth:
		is(now.depth, before.depth, "bit")
	case now.sampleRate != before.sampleRate:
		is(now.sampleRate, before.sampleRate, "Hz")
	default:
		is(now.channels, before.channels, "channels")
	}
	if l.video {
		e.Evidence = map[string]float64{
			"width_px": float64(now.width), "height_px": float64(now.height), "depth_bit": float64(now.depth),
			"width_before_px": float64(before.width), "height_before_px": float64(before.height), "depth_before_bit": float64(before.depth),
		}
	} else {
		e.Evidence = map[string]float64{
			"sample_rate_hz": float64(now.sampleRate), "channels": float64(now.channels),
			"sample_rate_before_hz": float64(before.sampleRate), "channels_before": float64(before.channels),
		}
	}
	r.sink(e)
}

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
