package all

import (
	"flag"
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/vqa-project/vqa/detectors"
)

// opened is what a detector finds with its defaults, and what it shows to be
// open, asked at every row.
func opened(t *testing.T, d *detectors.Detector, rows []row) (found result, shown []shownEvent) {
	t.Helper()
	asking, now := false, time.Duration(0)
	run := begin(t, d, program(), func(e detectors.Event) {
		if asking {
			shown = append(shown, shownEvent{now, e})
		} else {
			found.events = append(found.events, e)
		}
	})
	for _, r := range rows {
		now = max(now, r.time())
		r.show(run)
		asking = true
		if run.Open != nil {
			run.Open(now)
		}
		if run.Measures != nil {
			run.Measures()
		}
		if run.Tables != nil {
			run.Tables()
		}
		asking = false
	}
	if run.Flush != nil {
		run.Flush(now + pictureDuration)
	}
	found.measures = finite(run)
	return found, shown
}

// A shownEvent is one that was open at a time.
type shownEvent struct {
	at time.Duration
	detectors.Event
}

func TestAskingChangesNothing(t *testing.T) {
	each(t, func(t *testing.T, d *detectors.Detector) {
		got, _ := opened(t, d, script())
		if want := watch(t, d, script(), false); !reflect.DeepEqual(got, want) {
			t.Errorf("asked at every row what is open, it finds\n%+v\nnot asked\n%+v", got, want)
		}
	})
}

// late is how long after its limit was crossed an event may be shown.
const late = time.Second

// What lasts is shown while it does, and by its end is what it was shown as.
func TestOpen(t *testing.T) {
	each(t, func(t *testing.T, d *detectors.Detector) {
		found, shown := opened(t, d, script())
		same := func(a, b detectors.Event) bool {
			return a.Kind == b.Kind && a.Stream == b.Stream && a.Evidence["channel"] == b.Evidence["channel"] &&
				a.Start <= b.End && b.Start <= a.End
		}
		for _, e := range found.events {
			due := e.Start + leastDuration(d, e) + late
			first := slices.IndexFunc(shown, func(s shownEvent) bool { return same(e, s.Event) })
			if due < e.End && (first < 0 || shown[first].at > due) && !told[d.Name+" "+e.Kind] {
				t.Errorf("%s from %s to %s is not shown by %s", e.Kind, e.Start, e.End, due)
			}
		}
		for _, s := range shown {
			if s.Start > s.End || s.Kind == "" || s.Unit == "" || s.Start > s.at+pictureDuration {
				t.Errorf("shown at %s: event %+v", s.at, s.Event)
			}
			if !slices.ContainsFunc(found.events, func(e detectors.Event) bool { return same(e, s.Event) }) {
				t.Errorf("%s is shown open at %s, and found by nobody in the end", s.Kind, s.at)
			}
		}
	})
}

// leastDuration returns how long what the event shows must last to be one.
func leastDuration(d *detectors.Detector, e detectors.Event) time.Duration {
	fs := newFlags()
	d.Setup(fs)
	switch option := fs.Lookup("min-duration"); {
	case e.Unit == "s":
		return time.Duration(e.Limit * float64(time.Second))
	case option != nil:
		return option.Value.(flag.Getter).Get().(time.Duration)
	}
	return 0
}

// told are kinds that take longer to be told.
var told = map[string]bool{
	"cadence repeated":    true, // so many losses are an event, however long they take
	"avsync timestamps":   true, // in the script it is that streams start apart, which the end confirms
	"hls missing_segment": true, // of a playlist that has ended
	"hum hum":             true, // in the script, mains are measured from 16 s on alone
}
