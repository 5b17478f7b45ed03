package analyze

import (
	"time"

	"github.com/vqa-project/vqa/analyze/media"
)

// A stamped is a picture in the queue with when it was decoded.
type stamped struct {
	picture *media.Picture
	decoded time.Time
}

// A stampedQueue is a queue that notes when pictures were decoded.
type stampedQueue struct{ queue }

// Picture adds a picture.
func (q stampedQueue) Picture(p *media.Picture) { q.queue <- stamped{p, time.Now()} }

// handler returns what is given what is read of the input.
func (r *run) handler(q queue) media.Handler {
	if r.options.Latency != nil {
		return stampedQueue{q}
	}
	return q
}

// stamped shows a picture to the detectors, and tells how long it took to get
// there.
func (w *watcher) stamped(s stamped) {
	w.picture(s.picture)
	w.run.options.Latency(time.Since(s.decoded))
}
