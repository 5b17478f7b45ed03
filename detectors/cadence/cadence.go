// Package cadence finds pictures that were lost from a motion, repeated in
// their place or not.
package cadence

import (
	"flag"
	"math"
	"time"

	"github.com/vqa-project/vqa/detectors"
	"github.com/vqa-project/vqa/detectors/measure"
)

// Kinds of events.
const (
	Repeated = "repeated" // the picture before is shown again in their place
	Dropped  = "dropped"  // nothing is: the time stamps leave a gap
)

// Detector finds lost pictures.
var Detector = &detectors.Detector{
	Name:  "cadence",
	Doc:   doc,
	Needs: measure.Difference | measure.Thumbs,
	Setup: setup,
}

const doc = `pictures lost from a motion: judder

A motion halts for a picture or more and then makes up for it: the next step is
larger than those around it, in the mean by min-jump. That is a picture lost, whether
the one before is repeated in its place (kind repeated) or its time is left out (kind
dropped; where it is many times, half as much of a jump will do). More than max-rate of
them per second, at least min-count with no more than a second between two, are an event.
Where the motion slows down at the first or the last of them, halts without a jump belong
to it if they are as far apart as the losses, and times left out where nothing moves.

What halts and goes on as before has lost nothing: film at 30 pictures a second with
each fourth shown twice, 3:2, 25 pictures in 50, animation on twos and threes. Where
no two pictures follow each other with a single step of motion between them, there
is nothing to compare with, and nothing is reported; the same goes for a picture
in which little moves, and for sources of variable rate.

The limits are this program's own.`

type options struct {
	maxRate  float64
	minCount float64
	minJump  float64
}

func setup(fs *flag.FlagSet) detectors.Start {
	o := &options{}
	detectors.FloatVar(fs, &o.maxRate, "max-rate", 1, 0, 60, "lost pictures per second that are accepted")
	detectors.FloatVar(fs, &o.minCount, "min-count", 4, 1, 1000, "lost pictures that are an event")
	detectors.FloatVar(fs, &o.minJump, "min-jump", 1.4, 1, 2, "mean step after lost pictures, against those around them")
	return o.start
}

func (o *options) start(p measure.Program, sink detectors.Sink) (detectors.Run, error) {
	return detectors.PerVideo(p, func(s measure.Stream) *motion {
		m := &motion{options: *o}
		m.repeated = spell{options: o, kind: Repeated, stream: s.Index, sink: sink}
		m.dropped = spell{options: o, kind: Dropped, stream: s.Index, sink: sink}
		return m
	})
}

// maxPause is how far apart losses of one event may be.
const maxPause = time.Second

// A spell is a stretch of losses of one kind up to now.
type spell struct {
	*options
	kind   string
	stream int
	sink   detectors.Sink

	open       bool
	start, end time.Duration // of the first loss, of the last
	latest     time.Duration // start of the last loss
	halts      int           // of the motion, whether pictures were lost or not
	jumps      float64       // sum over them
	losses     int
	lost       int // pictures

	early row // halts without a jump before the first loss

	// Halts without a jump that follow the last loss as the losses each other.
	tail   halt // the last of them, or the loss
	count  int  // halts of any kind since the first loss
	before int  // of them, those before the last loss
}

// A row is a few halts that follow each other, oldest first.
type row struct {
	halts [32]halt
	n     int
}

type halt struct{ start, end time.Duration }

// add adds a halt; the oldest makes room for it.
func (r *row) add(h halt) {
	if r.n == len(r.halts) {
		r.n = copy(r.halts[:], r.halts[1:])
	}
	r.halts[r.n] = h
	r.n++
}

// unknown is the jump where nothing moves.
const unknown = 0

// halt adds a halt of the motion between two times, for so many pictures. jump
// is the step after it, against those around. Where it jumps, they were lost.
func (s *spell) halt(start, end time.Duration, pictures int, jump float64) {
	h := halt{start, end}
	jumps := jump >= leastJump && jump <= maxJump
	if s.open && start-s.tail.end > maxPause {
		s.close()
	}
	if !s.open {
		if !jumps {
			s.early.add(h)
			return
		}
		s.open, s.start, s.halts, s.jumps, s.losses, s.lost, s.count = true, start, 0, 0, 0, 0, 0
	}
	s.count++
	if jump != unknown {
		s.halts++
		s.jumps += min(jump, 2) // one picture lost makes two
	}
	switch {
	case jumps:
		s.end, s.latest, s.before, s.tail = end, start, s.count-1, h
		s.losses++
		s.lost += pictures
	case s.regular(start - s.tail.start):
		s.tail = h
	}
}

// regular reports whether a halt follows the one before as the losses do each other.
func (s *spell) regular(d time.Duration) bool {
	usual := (s.latest - s.start) / time.Duration(max(s.before, 1))
	return max(d-usual, usual-d) <= usual/4
}

// leastMean returns what the mean step must be. Where time is left out as well, the more
// halts, the less is due to chance, down to half of what min-jump asks for beyond an even
// step. A motion that halts by itself, of whole pixels, jumps by as much after all of them.
func (s *spell) leastMean() float64 {
	if s.kind == Repeated {
		return s.minJump
	}
	return 1 + (s.minJump-1)*max(0.5, min(1, math.Sqrt(s.minCount/float64(s.halts))))
}

func (s *spell) close() {
	seconds := (s.end - s.start).Seconds()
	// A motion is not quite even, a slow one of whole pixels least: single steps
	// are larger by chance, but not all.
	jumps := s.open && s.jumps >= s.leastMean()*float64(s.halts)
	if jumps && float64(s.losses) >= s.minCount && float64(s.lost) > s.maxRate*seconds {
		value := float64(s.lost) / seconds
		start, end := s.edges()
		s.sink(detectors.Event{
			Kind: s.kind, Stream: s.stream, Start: start, End: end,
			Value: value, Limit: s.maxRate, Unit: "1/s",
			Evidence: map[string]float64{"lost_pictures": float64(s.lost), "losses": float64(s.losses)},
		})
	}
	s.open, s.early.n = false, 0
}

// edges returns start and end with the halts before and after that follow each other
// as the losses do: where the motion slows down or grows, one does not jump.
func (s *spell) edges() (start, end time.Duration) {
	start = s.start
	for i := s.early.n - 1; i >= 0 && s.regular(start-s.early.halts[i].start); i-- {
		start = s.early.halts[i].start
	}
	return start, s.tail.end
}
