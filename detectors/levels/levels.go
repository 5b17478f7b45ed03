// Package levels finds luma that is clipped, out of the legal range or shifted,
// and a wrong flag of the range.
package levels

import (
	"flag"
	"time"

	"github.com/vqa-project/vqa/detectors"
	"github.com/vqa-project/vqa/detectors/measure"
)

// Kinds of events.
const (
	Crushed    = "crushed"      // below the legal range, and cut off there
	BlownOut   = "blown_out"    // above it, and cut off
	OutOfRange = "out_of_range" // outside of the legal range
	Range      = "range"        // the range flag does not fit
	Lifted     = "lifted"       // black has become grey in mid-scene
	Gamut      = "gamut"        // colours outside of what R, G and B can be
)

// Detector finds wrong levels.
var Detector = &detectors.Detector{
	Name:  "levels",
	Doc:   doc,
	Needs: measure.Luma | measure.Thumbs,
	Setup: setup,
}

const doc = `luma crushed, blown out, out of range or shifted

out_of_range: for min-duration, more than max-area of the picture has luma below 5 or
above 246, which is what EBU R 103 allows in 8 bits around 16 to 235. Its tolerance is
1 % of the area, which is the value to deliver by; the default is 3 %, since cameras and
telephones that nobody complains about reach 2 % all day. It is a measure in any case.

crushed, blown_out: the same, and half of what is outside lies at one end, 0 or 255: it
was cut off. range: it reaches beyond 16 and 235 at both ends, and is not cut off, as full
range is where the stream says limited. Luma is looked at as it is coded.

gamut: for min-duration, more than max-gamut-area of the picture has colours of which R, G
or B is outside of -5 to 105 %, by R 103 as well, whichever of the matrices of BT.601,
BT.709 and BT.2020 is theirs, in the mean of 32x18 cells. It is always a measure, and an
event only where a limit is set: cameras before a saturated backdrop reach 16 % of the
picture all day.

range is also that, in a stream that says full range, for 10 s, nothing is outside
of 16 to 235 while there is black at 16: limited range. Other than that, in full range
all luma is legal.

lifted: from one picture to the next but one, in one scene, the darkest 1 % become
brighter by 50 code values and contrast stays, for min-duration, until half of that
is gone again: a wrong black level, without being out of range. What comes back from
out of range is not lifted.

What was overexposed or crushed within the legal range before it was coded is not
found: a white page and a night look the same. The value is the largest share outside,
in percent, the limit max-area; of lifted and the full range, code values.`

type options struct {
	minDuration  time.Duration
	maxArea      float64
	maxGamutArea float64
}

func setup(fs *flag.FlagSet) detectors.Start {
	o := &options{}
	detectors.DurationVar(fs, &o.minDuration, "min-duration", time.Second, 0, time.Hour,
		"how long levels must be wrong")
	detectors.FloatVar(fs, &o.maxArea, "max-area", 3, 0, 50,
		"area of the picture, in `percent`, that may be outside of the legal range")
	detectors.FloatVar(fs, &o.maxGamutArea, "max-gamut-area", 100, 0, 100,
		"area, in `percent`, that may have colours outside of the gamut; 100 for any")
	return o.start
}

func (o *options) start(p measure.Program, sink detectors.Sink) (detectors.Run, error) {
	return detectors.PerVideo(p, func(s measure.Stream) *track {
		t := &track{options: *o, stream: s.Index, sink: sink}
		t.outside.Patience, t.narrow.Patience, t.gamut.Patience = patience, patience, patience
		return t
	})
}

// Luma in 8 bits.
const (
	black, white       = 16, 235
	legalLow           = 5   // EBU R 103: -5 % of the range
	legalHigh          = 246 // 105 %
	cutLow, cutHigh    = 1, 254
	narrowLow          = 12 // of limited range nothing but overshoot of the coder is below
	narrowHigh         = 240
	narrowDuration     = 10 * time.Second
	leastNarrow        = 0.005 // share of black in it
	patience           = 8     // pictures without, until a stretch is over
	leastPartCut       = 0.5
	leastPartEachRange = 0.2 // of what is out of range, at either end
)

// A track follows one video stream.
type track struct {
	options
	stream int
	sink   detectors.Sink
	end    time.Duration

	outside, narrow, gamut stretch
	lift                   lift

	pictures                                float64
	mean, low, high, outsideArea, gamutArea float64 // sums, in percent
}

// A stretch is where luma is out of range.
type stretch struct {
	detectors.Stretch
	now, until sums
}

// sums over pictures, in percent.
type sums struct {
	pictures                  float64
	below, above              float64 // out of the legal range
	under, over               float64 // below black, above white
	clippedBelow, clippedOver float64
	most                      float64
	luma                      float64
	gamut, mostGamut          float64 // colours outside
}

func (t *track) Picture(p *measure.Picture) {
	if p.Discontinuity {
		t.finish()
	}
	if p.Luma.Samples > 0 {
		t.watchRange(p)
		t.watchLift(p)
		t.sum(p)
	}
	t.end = p.End()
}

// above returns the share of the picture above v, in percent.
func above(l *measure.LumaRow, v int) float64 { return 100 * (1 - l.Share(v)) }

// below returns the share below v.
func below(l *measure.LumaRow, v int) float64 { return 100 * l.Share(v-1) }

func (t *track) watchRange(p *measure.Picture) {
	l := &p.Luma
	s := sums{
		pictures: 1, luma: float64(l.Mean),
		below: below(l, legalLow), above: above(l, legalHigh), under: below(l, black), over: above(l, white),
		clippedBelow: below(l, cutLow+1), clippedOver: above(l, cutHigh-1),
	}
	s.most = s.below + s.above
	s.gamut = outOfGamut(p)
	s.mostGamut = s.gamut
	legal, limited, colours := -1.0, -1.0, -1.0
	if s.gamut > t.maxGamutArea {
		colours = 1
	}
	switch {
	case p.FullRange:
		if at := l.Share(black+2) - l.Share(black-3); below(l, narrowLow) == 0 && above(l, narrowHigh) == 0 {
			limited = 0 // nothing that contradicts
			if at >= leastNarrow {
				limited = 1
			}
		} else {
			limited = -patience
		}
	case s.most > t.maxArea:
		legal = 1
	case s.most > t.maxArea/2:
		legal = 0
	}
	t.add(&t.outside, p, legal, &s)
	t.add(&t.narrow, p, limited, &s)
	t.add(&t.gamut, p, colours, &s)
	t.gamutArea += s.gamut
}

func (t *track) add(s *stretch, p *measure.Picture, score float64, now *sums) {
	change := s.Add(p.PTS, p.End(), score)
	if change == detectors.Ended {
		t.report(s)
		return
	}
	if change == detectors.Began {
		s.now = sums{}
	}
	if !s.Open() {
		return
	}
	s.now.pictures += now.pictures
	s.now.below, s.now.above = s.now.below+now.below, s.now.above+now.above
	s.now.under, s.now.over = s.now.under+now.under, s.now.over+now.over
	s.now.clippedBelow, s.now.clippedOver = s.now.clippedBelow+now.clippedBelow, s.now.clippedOver+now.clippedOver
	s.now.luma += now.luma
	s.now.most = max(s.now.most, now.most)
	s.now.gamut, s.now.mostGamut = s.now.gamut+now.gamut, max(s.now.mostGamut, now.mostGamut)
	if change != detectors.Unchanged {
		s.until = s.now
	}
}

// kind names what is out of range.
func (s *sums) kind() string {
	out := s.under + s.over
	switch {
	case s.clippedBelow >= leastPartCut*s.below && s.below >= s.above && s.below > 0:
		return Crushed
	case s.clippedOver >= leastPartCut*s.above && s.above > s.below:
		return BlownOut
	case min(s.under, s.over) >= leastPartEachRange*out:
		return Range
	}
	return OutOfRange
}

// slack makes up for timestamps that the container rounds.
const slack = time.Millisecond

func (t *track) report(s *stretch) {
	c, n := &s.until, s.until.pictures
	e := detectors.Event{
		Kind: c.kind(), Stream: t.stream, Start: s.Start, End: s.End,
		Value: c.most, Limit: t.maxArea, Unit: "%",
		Evidence: map[string]float64{
			"pictures":      n,
			"below_percent": c.below / n, "above_percent": c.above / n,
			"clipped_black_percent": c.clippedBelow / n, "clipped_white_percent": c.clippedOver / n,
			"luma_mean": c.luma / n,
		},
	}
	least := t.minDuration
	switch s {
	case &t.narrow:
		least = max(least, narrowDuration)
		e.Kind, e.Value, e.Limit, e.Unit = Range, black, 0, "code values"
	case &t.gamut:
		e.Kind, e.Value, e.Limit = Gamut, c.mostGamut, t.maxGamutArea
		e.Evidence = map[string]float64{"pictures": n, "outside_percent": c.gamut / n}
	}
	if s.End-s.Start >= least-slack {
		t.sink(e)
	}
}

// Open reports events as they would be if they ended now.
func (t *track) Open(time.Duration) {
	t.reportLift(t.end)
	for _, s := range []*stretch{&t.outside, &t.narrow, &t.gamut} {
		if s.Open() {
			t.report(s)
		}
	}
}

func (t *track) finish() {
	t.closeLift(t.end)
	for _, s := range []*stretch{&t.outside, &t.narrow, &t.gamut} {
		if s.Close() {
			t.report(s)
		}
	}
	t.lift = lift{}
}

func (t *track) Flush(time.Duration) { t.finish() }

// sum adds a picture to the measures.
func (t *track) sum(p *measure.Picture) {
	zero, full := float64(black), float64(white-black)
	if p.FullRange {
		zero, full = 0, 255
	}
	percent := func(v float64) float64 { return 100 * (v - zero) / full }
	t.pictures++
	t.mean += percent(float64(p.Luma.Mean))
	t.low += percent(float64(p.Luma.Quantile(0.01)))
	t.high += percent(float64(p.Luma.Quantile(0.99)))
	if !p.FullRange {
		t.outsideArea += below(&p.Luma, legalLow) + above(&p.Luma, legalHigh)
	}
}

// Measures are means over all pictures: 0 % is black, 100 % white.
func (t *track) Measures() []detectors.Measure {
	if t.pictures == 0 {
		return nil
	}
	of := func(name string, sum float64) detectors.Measure {
		return detectors.Measure{Stream: t.stream, Name: name, Value: sum / t.pictures}
	}
	return []detectors.Measure{
		of("luma_darkest_percent", t.low), of("luma_mean_percent", t.mean), of("luma_brightest_percent", t.high),
		of("out_of_range_area_percent", t.outsideArea), of("out_of_gamut_area_percent", t.gamutArea),
	}
}
