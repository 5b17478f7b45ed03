package main

import (
	"fmt"
	"sync"
	"time"

	"github.com/vqa-project/vqa/analyze/report"
)

// within is how long after its limit was crossed a defect must be told.
const within = time.Second

// A judge holds what was told against what was sent.
type judge struct {
	until time.Time

	mu       sync.Mutex
	expected []expectation
	opened   []opening
	told     int // alerts opened and closed
	events   int
}

// An opening is an alert as it was opened.
type opening struct {
	at    time.Time
	event report.Event
	taken bool
}

func (j *judge) expect(e expectation) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.expected = append(j.expected, e)
}

func (j *judge) take(m report.Message) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	if m.Event != nil {
		j.events++
	}
	if m.Alert == nil || m.Alert.State == report.Updated {
		return nil
	}
	j.told++
	if m.Alert.State == report.Opened {
		j.opened = append(j.opened, opening{at: time.Now(), event: m.Alert.Event})
	}
	return nil
}

// verdict says what was told, how soon, and fails where it was not, or late.
func (j *judge) verdict() error {
	var missing, late []expectation
	delays := map[string][]time.Duration{}
	n := 0
	for _, e := range j.expected {
		due := e.sent.Add(e.limit + within)
		if due.After(j.until.Add(-time.Second)) {
			continue // it was cut off
		}
		n++
		found := false
		for i := range j.opened {
			o := &j.opened[i]
			if o.taken || o.event.Detector != e.detector || o.event.Kind != e.kind || o.at.Before(e.sent) || o.at.After(due.Add(10*time.Second)) {
				continue
			}
			o.taken, found = true, true
			delay := o.at.Sub(e.sent.Add(e.limit))
			delays[e.detector] = append(delays[e.detector], delay)
			if delay > within {
				late = append(late, e)
			}
			break
		}
		if !found {
			missing = append(missing, e)
		}
	}
	others := map[string]int{}
	for _, o := range j.opened {
		if !o.taken {
			others[o.event.Detector+" "+o.event.Kind]++
		}
	}
	fmt.Printf("defects: %d sent, %d reported, %d of them late; %d alerts and %d events in all\n", n, n-len(missing), len(late), len(j.opened), j.events)
	for _, d := range []string{"freeze", "black", "silence", "uniform", "ts", "source"} {
		var worst, sum time.Duration
		for i, v := range delays[d] {
			if sum += v; i == 0 || v > worst {
				worst = v
			}
		}
		if n := len(delays[d]); n > 0 {
			fmt.Printf("  %-8s %3d, %6.0f ms after its limit in the mean, %6.0f ms at most\n", d, n, float64((sum / time.Duration(n)).Milliseconds()), float64(worst.Milliseconds()))
		}
	}
	if len(others) > 0 {
		fmt.Printf("  others: %v\n", others)
	}
	if len(missing) > 0 || len(late) > 0 {
		return fmt.Errorf("not reported: %s; late: %s", list(missing), list(late))
	}
	return nil
}

func list(all []expectation) string {
	out := ""
	for _, e := range all {
		out += fmt.Sprintf(" %s at %s", e.kind, e.sent.Format(time.TimeOnly))
	}
	if out == "" {
		return "nothing"
	}
	return out[1:]
}
