package analyze

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/vqa-project/vqa/analyze/report"
)

// A teller notes what alerts say: "open 1 freeze 2..4 s, 0 events".
type teller struct {
	*alerts
	said  []string
	wrong time.Duration
}

func newTeller() *teller {
	t := &teller{}
	t.alerts = &alerts{
		hold: 500 * time.Millisecond, update: 5 * time.Second,
		say: func(a report.Alert) {
			t.said = append(t.said, fmt.Sprintf("%s %d %s %g..%g s, %d events", a.State, a.ID, a.Event.Detector, a.StartS, a.EndS, a.Events))
		},
		count: func(_ string, d time.Duration) { t.wrong += d },
	}
	return t
}

// second is what detectors say at a time: what is open, from and to, in seconds.
func (t *teller) second(now float64, open ...[2]float64) {
	t.begin()
	for _, o := range open {
		e, start, end := span(o)
		t.see(e, start, end, at(now))
	}
	t.settle(at(now))
}

func (t *teller) over(now, start, end float64) {
	e, from, to := span([2]float64{start, end})
	t.closed(e, from, to, at(now))
}

func at(s float64) time.Duration { return time.Duration(s * float64(time.Second)) }

func span(o [2]float64) (report.Event, time.Duration, time.Duration) {
	return report.Event{Detector: "freeze", Kind: "freeze", StartS: o[0], EndS: o[1]}, at(o[0]), at(o[1])
}

func TestAlerts(t *testing.T) {
	tests := []struct {
		name   string
		script func(t *teller)
		want   []string
		wrong  float64
	}{
		{"opens, goes on, closes", func(t *teller) {
			t.second(2, [2]float64{0, 2})
			t.second(4, [2]float64{0, 4})
			t.second(7, [2]float64{0, 7})
			t.over(8, 0, 8)
			t.second(8.2)
			t.second(8.6)
			t.second(20)
		}, []string{"open 1 freeze 0..2 s, 0 events", "update 1 freeze 0..7 s, 0 events", "close 1 freeze 0..8 s, 1 events"}, 8},
		{"one that flickers is one alert", func(t *teller) {
			for i := range 5 {
				s := float64(3 * i)
				t.second(s+2, [2]float64{s, s + 2})
				t.over(s+2.7, s, s+2.7)
				t.second(s + 2.8)
			}
			t.second(20)
		}, []string{"open 1 freeze 0..2 s, 0 events", "update 1 freeze 0..8 s, 2 events", "update 1 freeze 0..14 s, 4 events", "close 1 freeze 0..14.7 s, 5 events"}, 13.5},
		{"known when it is over", func(t *teller) {
			t.over(3, 2, 3)
			t.second(3.2)
			t.second(4)
		}, []string{"open 1 freeze 2..3 s, 1 events", "close 1 freeze 2..3 s, 1 events"}, 1},
		{"turns out to be none", func(t *teller) {
			t.second(3, [2]float64{0, 3})
			t.second(3.2)
			t.second(4)
		}, []string{"open 1 freeze 0..3 s, 0 events", "close 1 freeze 0..3 s, 0 events"}, 3},
		{"nobody looks any more", func(t *teller) {
			t.second(3, [2]float64{0, 3})
			t.close(3*time.Second, "source")
			t.second(4)
		}, []string{"open 1 freeze 0..3 s, 0 events", "close 1 freeze 0..3 s, 0 events"}, 3},
		{"known once time has jumped back", func(t *teller) {
			t.over(0.2, 120, 121)
			t.second(0.2)
			t.second(0.4)
			t.second(0.8)
		}, []string{"open 1 freeze 120..121 s, 1 events", "close 1 freeze 120..121 s, 1 events"}, 1},
		{"time jumps back", func(t *teller) {
			t.second(30, [2]float64{20, 30})
			t.over(1, 20, 31)
			t.second(1)
		}, []string{"open 1 freeze 20..30 s, 0 events", "close 1 freeze 20..31 s, 1 events"}, 11},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			a := newTeller()
			test.script(a)
			if !slices.Equal(a.said, test.want) {
				t.Errorf("said %q\nwant %q", a.said, test.want)
			}
			if a.wrong != at(test.wrong) {
				t.Errorf("wrong for %s, want %s", a.wrong, at(test.wrong))
			}
		})
	}
}

func TestBackoff(t *testing.T) {
	var b backoff
	var got []time.Duration
	for range 7 {
		got = append(got, b.next(0)/time.Second)
	}
	got = append(got, b.next(time.Minute)/time.Second)
	if want := []time.Duration{1, 2, 4, 8, 16, 30, 30, 1}; !slices.Equal(got, want) {
		t.Errorf("waits %d s, want %d", got, want)
	}
}
