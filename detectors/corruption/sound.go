package corruption

import (
	"time"

	"github.com/vqa-project/vqa/detectors"
	"github.com/vqa-project/vqa/detectors/measure"
)

// A track is one audio stream, and the frames of it that its decoder rejected.
type track struct {
	measure.Stream
	sink detectors.Sink

	begun      bool          // a frame was decoded
	last       time.Duration // time of the packet before
	timed      bool          // it has one
	open       bool
	start, end time.Duration
	rejected   int
}

// packet takes in a packet. What its row says of errors is of the one before:
// so nothing is said of the last, which is where the input was cut.
func (t *track) packet(p *measure.Packet) {
	if !p.HasPTS {
		return
	}
	if t.timed {
		t.judge(p.DecodeErrors > 0, p.PTS)
	}
	t.last, t.timed = p.PTS, true
}

// judge takes in what became of the packet before. The next begins at next.
func (t *track) judge(bad bool, next time.Duration) {
	switch {
	case !bad:
		t.begun = true
		if t.open && (t.last-t.end >= joined || t.last < t.start) {
			t.flush()
		}
		return
	case !t.begun: // the first may lack what they are predicted from
		return
	case t.open && next < t.start:
		t.flush()
	}
	if !t.open {
		t.open, t.start, t.rejected = true, t.last, 0
	}
	t.end = max(next, t.last)
	t.rejected++
}

func (t *track) flush() {
	if t.open {
		t.sink(detectors.Event{
			Kind: Decode, Stream: t.Index, Start: t.start, End: t.end,
			Value: float64(t.rejected), Limit: 0, Unit: "packets",
		})
	}
	t.open = false
}
