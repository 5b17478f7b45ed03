package timestamps

import (
	"math"
	"time"

	"github.com/vqa-project/vqa/detectors"
	"github.com/vqa-project/vqa/detectors/measure"
)

const (
	// A rate is known where pictures come evenly for rateSpan, at least
	// ratePictures of them: each interval within evenness of their mean, or
	// within rounding to milliseconds. Variable rates are never known.
	rateSpan     = 2 * time.Second
	ratePictures = 20
	evenness     = 0.1
	rounding     = time.Millisecond

	// rateChange is how much a rate must differ from the one before. Film and
	// PAL video are 4 % apart.
	rateChange = 0.02

	// A stream is constant where pictures come at a known rate for constantSpan,
	// with one in constantOdd at most that does not. Those that do not are one
	// spell where they are less than unevenJoin apart; it takes unevenCount of
	// them, and one in unevenShare pictures of the spell.
	constantSpan = 4 * time.Second
	constantOdd  = 100
	unevenJoin   = time.Second
	unevenCount  = 6
	unevenShare  = 10

	// maxSpells bounds how many spells wait until it is clear whether a stream is
	// constant.
	maxSpells = 16
)

// A rate is the number of pictures a second of one stream, as far as it is
// even.
type rate struct {
	begun    bool
	last     time.Duration // of the picture before
	lasts    time.Duration // that one does, as announced
	damaged  bool          // it is
	interval time.Duration // mean of pictures, where known last; 0 where not yet
	left     time.Duration // when the first picture came that is not at it
	off      bool          // one did

	start    time.Duration // of the stretch looked at
	sum      time.Duration
	n        int
	min, max time.Duration

	at     time.Duration // spent at the rate known
	n1, n2 int           // pictures at it, and others that are in no event
	uneven uneven
	spells []uneven // that are over, and not judged yet
}

// An uneven is a spell of pictures that come too early or too late.
type uneven struct {
	start, end time.Duration
	odd        int // of them
	pictures   int // up to the last of them, those between included
	between    int // since the last of them
	min, max   time.Duration
}

// rate takes in when a picture is shown.
func (r *run) rate(l *line, p *measure.Picture) {
	t := &l.rate
	interval, announced, damaged := p.PTS-t.last, t.lasts, t.damaged
	begun := t.begun
	t.begun, t.last, t.lasts, t.damaged = true, p.PTS, p.Duration, p.Damage != 0 || p.Lost > 0
	usual := max(t.interval, l.nominal)
	switch {
	case !begun:
		return
	case p.Discontinuity || interval <= 0 || interval >= r.minGap && usual > 0 && interval >= usualFactor*usual:
		t.n, t.sum = 0, 0 // a step of the clock, and no rate
		r.closeUneven(l, false)
		return
	case damaged || t.damaged:
		t.n, t.sum = 0, 0
		return
	}
	r.uneven(l, p.PTS, interval, announced)
	if t.n == 0 {
		t.start, t.min, t.max = p.PTS-interval, interval, interval
	}
	if t.interval > 0 && !t.off && !even(interval, t.interval) {
		t.off, t.left = true, p.PTS-interval
	}
	t.sum, t.n = t.sum+interval, t.n+1
	t.min, t.max = min(t.min, interval), max(t.max, interval)
	if t.sum < rateSpan || t.n < ratePictures {
		return
	}
	mean := t.sum / time.Duration(t.n)
	if even(t.min, mean) && even(t.max, mean) {
		r.rateIs(l, mean)
	}
	t.sum, t.n = 0, 0
}

func even(interval, mean time.Duration) bool {
	return (interval - mean).Abs() <= max(time.Duration(evenness*float64(mean)), rounding)
}

// uneven holds an interval against the rate known, and against how long the
// picture was announced to last.
func (r *run) uneven(l *line, at, interval, announced time.Duration) {
	t := &l.rate
	if t.interval == 0 {
		return
	}
	u := &t.uneven
	if even(interval, t.interval) || announced > 0 && even(interval, announced) {
		t.at, t.n1 = t.at+interval, t.n1+1
		if len(t.spells) > 0 && t.at >= constantSpan {
			r.judgeSpells(l)
		}
		if u.between++; u.odd > 0 && at-u.end >= unevenJoin {
			r.closeUneven(l, false)
		}
		return
	}
	if u.odd == 0 {
		*u = uneven{start: at - interval, min: interval, max: interval}
	}
	u.end, u.odd, u.pictures = at, u.odd+1, u.pictures+u.between+1
	u.min, u.max, u.between = min(u.min, interval), max(u.max, interval), 0
}

// closeUneven ends a spell. At the end of the stream what may be another rate
// is none.
func (r *run) closeUneven(l *line, final bool) {
	t := &l.rate
	u := t.uneven
	t.uneven = uneven{}
	switch {
	case u.odd == 0:
	case u.odd < unevenCount || u.odd*unevenShare < u.pictures || final && u.odd == u.pictures && even(u.min, u.max),
		len(t.spells) == maxSpells:
		t.n2 += u.odd
	default:
		t.spells = append(t.spells, u)
	}
	if t.at >= constantSpan || final {
		r.judgeSpells(l)
	}
}

// judgeSpells reports the spells of a stream that is constant otherwise.
func (r *run) judgeSpells(l *line) {
	t := &l.rate
	constant := t.at >= constantSpan && t.n2*constantOdd <= t.n1
	for _, u := range t.spells {
		if !constant {
			t.n2 += u.odd
			continue
		}
		r.sink(detectors.Event{
			Kind: FrameRateUnstable, Stream: l.stream, Start: u.start, End: u.end,
			Value: float64(u.pictures) / (u.end - u.start).Seconds(), Limit: 1 / t.interval.Seconds(), Unit: "fps",
			Evidence: map[string]float64{
				"pictures": float64(u.pictures), "pictures_uneven": float64(u.odd),
				"interval_min_ms": u.min.Seconds() * 1e3, "interval_max_ms": u.max.Seconds() * 1e3,
			},
		})
	}
	t.spells = t.spells[:0]
}

// rateIs takes in a rate that is known, and reports one that has changed.
func (r *run) rateIs(l *line, mean time.Duration) {
	t := &l.rate
	before, start := t.interval, t.start
	if t.off {
		start = t.left
	}
	t.interval, t.off = mean, false
	now, was := 1/mean.Seconds(), 1/before.Seconds()
	if before == 0 || math.Abs(now/was-1) < rateChange {
		return
	}
	r.judgeSpells(l)
	t.uneven, t.at, t.n1, t.n2 = uneven{}, 0, 0, 0 // it was another rate
	r.sink(detectors.Event{
		Kind: FrameRate, Stream: l.stream, Start: start, End: start + mean,
		Value: now, Limit: was, Unit: "fps",
		Evidence: map[string]float64{"interval_ms": mean.Seconds() * 1e3, "interval_before_ms": before.Seconds() * 1e3},
	})
}
