package media

import (
	"context"
	"errors"
	"sync/atomic"
	"time"
)

// errStalled is why a source was given up.
var errStalled = errors.New("source stalled")

// A watchdog ends reads that wait, when ctx is cancelled or nothing has come
// for too long.
type watchdog struct {
	interrupt func()
	waiting   atomic.Int64 // nanoseconds of begun's clock since which a read waits; 0 means none
	limit     atomic.Int64 // nanoseconds that a read may wait; 0 means for ever
	stalled   atomic.Bool
	idled     atomic.Int64 // nanoseconds that all reads have taken
	begun     time.Time
	stop      context.CancelFunc
	done      chan struct{}
}

// watchInterval is how late a wait may be noticed.
const watchInterval = 50 * time.Millisecond

func watch(ctx context.Context, interrupt func()) *watchdog {
	ctx, stop := context.WithCancel(ctx)
	w := &watchdog{interrupt: interrupt, begun: time.Now(), stop: stop, done: make(chan struct{})}
	go w.run(ctx)
	return w
}

func (w *watchdog) run(ctx context.Context) {
	defer close(w.done)
	tick := time.NewTicker(watchInterval)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			w.interrupt()
			return
		case <-tick.C:
			since, limit := w.waiting.Load(), w.limit.Load()
			if limit > 0 && since > 0 && int64(time.Since(w.begun))-since > limit {
				w.stalled.Store(true)
				w.interrupt()
				return
			}
		}
	}
}

// wait marks the beginning of a read that may take up to limit.
func (w *watchdog) wait(limit time.Duration) {
	w.limit.Store(int64(limit))
	w.waiting.Store(int64(time.Since(w.begun)) + 1)
}

// waited returns how long a read has waited by now, 0 where none does.
func (w *watchdog) waited() time.Duration {
	since := w.waiting.Load()
	if since == 0 {
		return 0
	}
	return time.Since(w.begun) - time.Duration(since)
}

// came marks the end of a read.
func (w *watchdog) came() {
	w.idled.Add(int64(w.waited()))
	w.waiting.Store(0)
}

// close ends the watch and joins its goroutine. Reads are interrupted from
// then on.
func (w *watchdog) close() {
	w.stop()
	<-w.done
}
