// Package uniform finds pictures that show no programme: one colour all over,
// or colour bars.
package uniform

import (
	"flag"
	"time"

	"github.com/vqa-project/vqa/detectors"
	"github.com/vqa-project/vqa/detectors/measure"
)

// Kinds of events.
const (
	Uniform = "uniform" // one colour that is not black
	Bars    = "bars"    // colour bars, alone or in a test card
)

// Detector finds pictures of one colour, and colour bars.
var Detector = &detectors.Detector{
	Name:  "uniform",
	Doc:   doc,
	Needs: measure.Luma | measure.Thumbs,
	Setup: setup,
}

const doc = `one colour, or colour bars, in place of a programme

uniform: for min-duration the whole picture has one colour that is not black, as
decoders and encoders that fail, and blue screens, show it. Each of 64x36 cells is
within max-deviation of the mean, in luma and in chroma, and all but 0.2 % of the
single samples within four times as much, so that coding noise is allowed and a
caption is not. The colour may change from picture to picture.

bars: for min-duration a part of the picture, at least 40 % of its width and a
tenth of its height, shows the six colours of colour bars in their order, from
yellow to blue, each of the same width and hue as ITU-R BT.471 has it, whatever
their amplitude: EBU, SMPTE and ARIB bars, and the cards that contain them. So do the
orders of FFmpeg's testsrc and testsrc2, and the stripes of rgbtestsrc. They may be covered
by what moves over the card, as long as the picture is much like the last one with bars.

The default of min-duration is that of black pictures; the others are this
program's own.`

type options struct {
	minDuration  time.Duration
	maxDeviation float64
}

func setup(fs *flag.FlagSet) detectors.Start {
	o := &options{}
	detectors.DurationVar(fs, &o.minDuration, "min-duration", 2*time.Second, 0, time.Hour,
		"how long it must be shown")
	detectors.FloatVar(fs, &o.maxDeviation, "max-deviation", 3, 0.5, 16,
		"deviation of a cell that is still the same colour, in 8 bit code values")
	return o.start
}

func (o *options) start(p measure.Program, sink detectors.Sink) (detectors.Run, error) {
	return detectors.PerVideo(p, func(s measure.Stream) *screen {
		return &screen{
			maxDeviation: o.maxDeviation,
			uniform:      span{kind: Uniform, stream: s.Index, min: o.minDuration, sink: sink},
			bars:         span{kind: Bars, stream: s.Index, min: o.minDuration, sink: sink},
		}
	})
}

// A screen follows one video stream.
type screen struct {
	maxDeviation  float64
	uniform, bars span
	card          measure.ThumbRow // the last picture with bars
}

func (s *screen) Picture(p *measure.Picture) {
	c, ok := oneColour(p, s.maxDeviation)
	s.uniform.picture(p, ok && !c.black(p.FullRange), c)
	if c, ok = findBars(&p.Thumb); ok {
		s.card = p.Thumb
	} else if s.bars.open && p.Thumb.SameScene(&s.card) {
		c, ok = mean(&p.Thumb), true
	}
	s.bars.picture(p, ok, c)
}

func (s *screen) Flush(time.Duration) {
	s.uniform.close(s.uniform.end)
	s.bars.close(s.bars.end)
}

// Open reports the event as it would be if it ended now.
func (s *screen) Open(at time.Duration) {
	now := *s
	now.Flush(at)
}

// slack makes up for timestamps that the container rounds.
const slack = time.Millisecond

// A span is the stretch up to now of pictures that are of a kind.
type span struct {
	kind   string
	stream int
	min    time.Duration
	sink   detectors.Sink

	open       bool
	start, end time.Duration // of the first picture, of the last
	pictures   int
	sum        colour
}

func (s *span) picture(p *measure.Picture, is bool, c colour) {
	switch {
	case p.Discontinuity:
		s.close(s.end)
	case !is:
		s.close(p.PTS)
	}
	if is {
		if !s.open {
			s.open, s.start, s.pictures, s.sum = true, p.PTS, 0, colour{}
		}
		s.pictures++
		s.sum.y, s.sum.u, s.sum.v = s.sum.y+c.y, s.sum.u+c.u, s.sum.v+c.v
	}
	s.end = p.End()
}

func (s *span) close(at time.Duration) {
	if s.open && at-s.start >= s.min-slack {
		n := float64(s.pictures)
		evidence := map[string]float64{"pictures": n, "luma_mean": s.sum.y / n}
		if s.kind == Uniform {
			evidence["cb_mean"], evidence["cr_mean"] = s.sum.u/n, s.sum.v/n
		}
		s.sink(detectors.Event{
			Kind: s.kind, Stream: s.stream, Start: s.start, End: at,
			Value: (at - s.start).Seconds(), Limit: s.min.Seconds(), Unit: "s",
			Evidence: evidence,
		})
	}
	s.open = false
}
