package timestamps

import (
	"math"
	"time"

	"github.com/vqa-project/vqa/detectors"
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
)

// A rate is the number of pictures a second of one stream, as far as it is
// even.
type rate struct {
	interval time.Duration // mean of pictures, where known last; 0 where not yet
	left     time.Duration // when the first picture came that is not at it
	off      bool          // one did

	start    time.Duration // of the stretch looked at
	sum      time.Duration
	n        int
	min, max time.Duration
}

// rate takes in the interval up to a picture.
func (r *run) rate(l *line, at, interval time.Duration) {
	t := &l.rate
	if t.n == 0 {
		t.start, t.min, t.max = at-interval, interval, interval
	}
	if t.interval > 0 && !t.off && !even(interval, t.interval) {
		t.off, t.left = true, at-interval
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
	r.sink(detectors.Event{
		Kind: FrameRate, Stream: l.stream, Start: start, End: start + mean,
		Value: now, Limit: was, Unit: "fps",
		Evidence: map[string]float64{"interval_ms": mean.Seconds() * 1e3, "interval_before_ms": before.Seconds() * 1e3},
	})
}

// anew forgets the stretch looked at, at a step of the clock.
func (t *rate) anew() { t.sum, t.n = 0, 0 }

// keys are the intervals between pictures that can be decoded by themselves.
type keys struct {
	last     time.Duration
	begun    bool
	n        int
	sum      time.Duration
	min, max time.Duration
}

func (k *keys) add(at time.Duration) {
	if interval := at - k.last; k.begun && interval > 0 {
		if k.n == 0 || interval < k.min {
			k.min = interval
		}
		k.max = max(k.max, interval)
		k.sum, k.n = k.sum+interval, k.n+1
	}
	k.last, k.begun = at, true
}

// measures returns what the intervals between key pictures came to.
func (r *run) measures() []detectors.Measure {
	var out []detectors.Measure
	for _, l := range r.lines {
		k := &l.keys
		if !l.video || k.n == 0 {
			continue
		}
		for _, m := range []struct {
			name  string
			value time.Duration
		}{
			{"keyframe_interval_mean_s", k.sum / time.Duration(k.n)},
			{"keyframe_interval_min_s", k.min},
			{"keyframe_interval_max_s", k.max},
		} {
			out = append(out, detectors.Measure{Stream: l.stream, Name: m.name, Value: m.value.Seconds()})
		}
	}
	return out
}
