// Package interlace finds combing in progressive pictures and fields in the wrong
// order, and measures telecine.
package interlace

import (
	"flag"
	"time"

	"github.com/vqa-project/vqa/detectors"
	"github.com/vqa-project/vqa/detectors/measure"
)

// Kinds of events.
const (
	Combing    = "combing"     // pictures that are said to be progressive are two fields of different times
	Mixed      = "mixed"       // some of them are, in turn with others that are not
	FieldOrder = "field_order" // the field that is said to be shown second was filmed first
)

// Detector finds combing and fields in the wrong order.
var Detector = &detectors.Detector{
	Name:  "interlace",
	Doc:   doc,
	Needs: measure.Fields,
	Setup: setup,
}

const doc = `combing, and fields in the wrong order

Fields of one time fit together: lines lie between those above and below them. Where
something moves, the fields of a picture are held against each other and against
those of the picture before, as FFmpeg's idet does. In a progressive picture its own
fields fit best, and it makes no difference which of them is replaced by one of the
picture before; in an interlaced one that of the earlier field fits worse.

combing: pictures that the stream says are progressive are interlaced, or have a
field of another picture, for min-duration, and it is the same field that is
earlier in nearly all of them: in fine lines that move, such as lettering that rolls,
it is one as often as the other. mixed: fewer than 4 of 5 pictures that
move are, as in film in 3:2 that was coded as progressive. Within 5 s of a picture
that is marked as interlaced nothing is reported: H.264 marks some of them only.

field_order: in pictures that are marked as interlaced, the field that is to be
shown first is the later one, for min-duration. Motion then goes back and forth.

Interlaced pictures that are marked as such are no defect, nor are progressive ones
that are marked as interlaced. Nothing can be said of what does not move. Measures
are the share of moving pictures that are interlaced, of these the share with the
top field first, and the share of pictures in a 3:2 pattern (telecine): two of five
have a field of the picture before.

The value is how long it lasts. The default is that of one short scene; the limits
are this program's own.`

type options struct {
	minDuration time.Duration
}

func setup(fs *flag.FlagSet) detectors.Start {
	o := &options{}
	detectors.DurationVar(fs, &o.minDuration, "min-duration", time.Second, 0, time.Hour,
		"how long pictures must be combed, or fields in the wrong order")
	return o.start
}

func (o *options) start(p measure.Program, sink detectors.Sink) (detectors.Run, error) {
	return detectors.PerVideo(p, func(s measure.Stream) *track {
		t := &track{options: *o, stream: s.Index, sink: sink}
		t.combing.Patience, t.order.Patience = patience, patience
		return t
	})
}

// Scores of one picture with clear motion. In 3:2, two of five are combed, and must
// prevail.
const (
	forIt    = 1.5
	against  = -0.5
	patience = 12 // so many scores until a stretch is over: a second of clean pictures
)

// leastCombed is how many pictures must show it, whatever the duration.
const leastCombed = 8

// marked is how long a picture that is marked as interlaced speaks for those after
// it.
const marked = 5 * time.Second

// leastAgreed is the share of combed pictures in which the same field must be the
// earlier one.
const leastAgreed = 0.8

// A track follows one video stream.
type track struct {
	options
	stream int
	sink   detectors.Sink

	end        time.Duration
	interlaced bool // a picture was marked so
	lastMark   time.Duration

	combing, order stretch
	telecine       pattern

	moving, combed, topFirst int64 // pictures
}

// A stretch is where something is wrong, and how much.
type stretch struct {
	detectors.Stretch
	now, until counts // to the picture now, to the end of the stretch
}

type counts struct {
	pictures, moving, combed int
	topFirst                 int     // of those that are combed
	step                     float64 // sum of how far lines lie outside, in code values
}

func (t *track) Picture(p *measure.Picture) {
	if p.Discontinuity {
		t.finish()
		t.interlaced, t.telecine = false, pattern{share: t.telecine.share}
	}
	if p.Interlaced {
		t.interlaced, t.lastMark = true, p.PTS
	}
	l := judge(&p.Fields)
	if l.moves {
		t.moving++
		if l.combed {
			t.combed++
			if l.topFirst {
				t.topFirst++
			}
		}
	}
	t.telecine.add(&p.Fields, l.moves)

	comb, order := 0.0, 0.0
	switch {
	case !l.moves:
	case p.Interlaced:
		if l.combed {
			if order = against; l.topFirst != p.TopFieldFirst {
				order = forIt
			}
		}
	case t.interlaced && p.PTS-t.lastMark < marked:
	case l.combed:
		comb = forIt
	default:
		comb = against
	}
	t.add(&t.combing, p, comb*l.weight, &l)
	t.add(&t.order, p, order*l.weight, &l)
	t.end = p.End()
}

// add adds a picture to a stretch, which it may end.
func (t *track) add(s *stretch, p *measure.Picture, score float64, l *look) {
	change := s.Add(p.PTS, p.End(), score)
	if change == detectors.Ended {
		t.report(s)
		return
	}
	if change == detectors.Began {
		s.now = counts{}
	}
	if !s.Open() {
		return
	}
	s.now.pictures++
	if score != 0 {
		s.now.moving++
	}
	if score > 0 {
		s.now.combed++
		s.now.step += float64(p.Fields.Own)
		if l.topFirst {
			s.now.topFirst++
		}
	}
	if change != detectors.Unchanged {
		s.until = s.now
	}
}

// Open reports events as they would be if they ended now.
func (t *track) Open(time.Duration) {
	for _, s := range []*stretch{&t.combing, &t.order} {
		if s.Open() {
			t.report(s)
		}
	}
}

func (t *track) finish() {
	for _, s := range []*stretch{&t.combing, &t.order} {
		if s.Close() {
			t.report(s)
		}
	}
}

func (t *track) Flush(time.Duration) { t.finish() }

// slack makes up for timestamps that the container rounds.
const slack = time.Millisecond

func (t *track) report(s *stretch) {
	c := s.until
	if s.End-s.Start < t.minDuration-slack || c.combed < leastCombed {
		return
	}
	if float64(max(c.topFirst, c.combed-c.topFirst)) < leastAgreed*float64(c.combed) {
		return
	}
	kind, share := Combing, float64(c.combed)/float64(c.moving)
	switch {
	case s == &t.order:
		kind = FieldOrder
	case share < 0.8:
		kind = Mixed
	}
	t.sink(detectors.Event{
		Kind: kind, Stream: t.stream, Start: s.Start, End: s.End,
		Value: (s.End - s.Start).Seconds(), Limit: t.minDuration.Seconds(), Unit: "s",
		Evidence: map[string]float64{
			"pictures":        float64(c.pictures),
			"moving_pictures": float64(c.moving),
			"share":           share, // of moving pictures
			"line_step_mean":  c.step / float64(c.combed),
		},
	})
}

// Measures are those of the whole stream.
func (t *track) Measures() []detectors.Measure {
	if t.moving == 0 {
		return nil
	}
	out := []detectors.Measure{
		{Stream: t.stream, Name: "interlaced_share", Value: float64(t.combed) / float64(t.moving)},
		{Stream: t.stream, Name: "telecine_share", Value: t.telecine.share.value()},
	}
	if t.combed > 0 {
		out = append(out, detectors.Measure{Stream: t.stream, Name: "top_field_first_share", Value: float64(t.topFirst) / float64(t.combed)})
	}
	return out
}
