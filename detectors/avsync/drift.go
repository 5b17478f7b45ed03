package avsync

import (
	"math"
	"time"

	"github.com/vqa-project/vqa/detectors"
	"github.com/vqa-project/vqa/detectors/measure"
)

const (
	// What is decoded is cut into blocks that follow each other, until it is
	// off its timestamps by [measure.MaxJitter]: then comes a correction, which
	// says by how much exactly. A larger one is time left out.
	maxCorrection = measure.MaxJitter + 5*time.Millisecond

	// minCorrections is how many it takes: one may be anything.
	minCorrections = 3

	// coarsest is the coarsest clock of containers, Matroska's: what has drifted
	// since the beginning is known as exactly at any one correction.
	coarsest = time.Millisecond

	// maxDeviation is how far a packet may be from when it was due while its
	// clock drifts: more is a packet lost, or one too many.
	maxDeviation = 10 * time.Millisecond
)

// drift holds the samples of one track of sound against their timestamps. Where
// these run faster than the samples, sound comes later and later by its timestamps,
// as it does after a step of its clock.
type drift struct {
	*options
	audio int
	sink  detectors.Sink

	due    time.Duration // when the next packet is
	broken bool          // a packet was lost since the last correction

	begun       bool
	start, end  time.Duration // of what is decoded, without a break
	size        time.Duration // of all corrections
	corrections int
	last        time.Duration // correction
	line        line          // through all of them: seconds off, over seconds from start
}

func (d *drift) Packet(p *measure.Packet) {
	if p.Stream != d.audio || !p.HasPTS {
		return
	}
	if d.due > 0 && (p.PTS-d.due).Abs() > maxDeviation || p.Corrupt || p.DecodeErrors > 0 {
		d.broken = true
	}
	d.due = p.PTS + p.Duration
}

func (d *drift) Block(b *measure.Block) {
	correction := b.PTS - d.end
	switch {
	case !d.begun:
		d.begun, d.start = true, b.PTS
	case correction.Abs() > maxCorrection || d.broken && correction.Abs() >= measure.MaxJitter:
		d.Flush()
		d.begun, d.start = true, b.PTS
	case correction.Abs() >= measure.MaxJitter:
		d.size += correction
		d.corrections++
		d.last = b.PTS
		d.line.add((b.PTS - d.start).Seconds(), d.size.Seconds())
	}
	if correction.Abs() >= measure.MaxJitter {
		d.broken = false
	}
	d.end = b.End()
}

// Flush reports what went on without a break.
func (d *drift) Flush() {
	if d.corrections >= minCorrections {
		d.report()
	}
	d.begun, d.size, d.corrections, d.line = false, 0, 0, line{}
}

func (d *drift) report() {
	rate := d.line.slope()
	total := d.size
	// It goes on after the last correction, unless the next is overdue.
	if since := d.end - d.last; since <= (d.last-d.start)/time.Duration(d.corrections)*5/4 {
		total += time.Duration(rate * float64(since))
	}
	// A coarse clock is corrected when it was rounded that way. What drifts from
	// the start would be off even there.
	if begins := time.Duration(d.line.at(0) * float64(time.Second)); begins.Abs() <= coarsest {
		total -= begins
	}
	offset, limit := total, d.late
	if offset < 0 {
		limit = -d.early
	}
	if offset.Abs() <= limit.Abs() {
		return
	}
	start := d.start + time.Duration(math.Abs(float64(limit)/rate))
	d.sink(detectors.Event{
		Kind: Timestamps, Stream: d.audio, Start: min(start, d.last), End: d.end,
		Value: milliseconds(offset), Limit: milliseconds(limit), Unit: "ms",
		Evidence: map[string]float64{"drift_ppm": 1e6 * rate},
	})
}

// A line is the one that is nearest to points, by the squares of their distances.
type line struct{ n, x, y, xx, xy float64 }

func (l *line) add(x, y float64) {
	l.n++
	l.x += x
	l.y += y
	l.xx += x * x
	l.xy += x * y
}

func (l *line) slope() float64 { return (l.n*l.xy - l.x*l.y) / (l.n*l.xx - l.x*l.x) }

func (l *line) at(x float64) float64 { return (l.y + l.slope()*(l.n*x-l.x)) / l.n }
