package analyze

import (
	"testing"
	"time"
)

// A source that was restarted takes its clock back. Streams that follow later
// do not take the watcher to where it was.
func TestTimeReached(t *testing.T) {
	w := &watcher{run: &run{options: &Options{}}}
	for _, step := range []struct {
		at, reached time.Duration
		jumped      bool
	}{
		{100 * time.Second, 100 * time.Second, false},
		{99 * time.Second, 100 * time.Second, false}, // streams are apart
		{2 * time.Second, 2 * time.Second, true},
		{100500 * time.Millisecond, 2 * time.Second, false}, // the other stream
		{2500 * time.Millisecond, 2500 * time.Millisecond, false},
		{40 * time.Second, 40 * time.Second, false}, // a gap
	} {
		w.jumped = false
		w.progress(step.at)
		if w.reached != step.reached || w.jumped != step.jumped {
			t.Errorf("at %s: reached %s, jumped %t", step.at, w.reached, w.jumped)
		}
	}
}
