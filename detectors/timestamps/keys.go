package timestamps

import (
	"time"

	"github.com/vqa-project/vqa/detectors"
)

const (
	// An interval of key pictures is regular where sameKeys in a row are the same,
	// give or take keyJitter, or a picture.
	sameKeys  = 4
	keyJitter = 20 * time.Millisecond
)

// keys are the intervals between pictures that can be decoded by themselves.
type keys struct {
	last     time.Duration
	begun    bool
	n        int
	sum      time.Duration
	min, max time.Duration

	regular  time.Duration // interval known last, 0 where none
	interval time.Duration // the last one
	same     int           // of it, in a row
	since    time.Duration // when the first of them began
}

// key takes in a picture that can be decoded by itself.
func (r *run) key(l *line, at time.Duration) {
	k := &l.keys
	interval := at - k.last
	if k.begun && interval > 0 {
		if k.n == 0 || interval < k.min {
			k.min = interval
		}
		k.max = max(k.max, interval)
		k.sum, k.n = k.sum+interval, k.n+1
		r.keyInterval(l, interval)
	}
	k.last, k.begun = at, true
}

func (r *run) keyInterval(l *line, interval time.Duration) {
	k := &l.keys
	within := max(keyJitter, l.nominal)
	if k.same == 0 || !near(interval, k.interval, within) {
		k.interval, k.same, k.since = interval, 0, k.last
	}
	if k.same++; k.same != sameKeys {
		return
	}
	if before := k.regular; before > 0 && !near(before, k.interval, within) {
		r.sink(detectors.Event{
			Kind: KeyframeInterval, Stream: l.stream, Start: k.since, End: k.since + k.interval,
			Value: k.interval.Seconds(), Limit: before.Seconds(), Unit: "s",
		})
	}
	k.regular = k.interval
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
