// Package chroma finds pictures whose colour is lost or swapped while the
// programme goes on.
package chroma

import (
	"flag"
	"time"

	"github.com/vqa-project/vqa/detectors"
	"github.com/vqa-project/vqa/detectors/measure"
)

// Kinds of events.
const (
	Lost    = "lost"    // no colour is left, or the same all over
	Swapped = "swapped" // Cb and Cr have changed places
)

// Detector finds lost and swapped colour.
var Detector = &detectors.Detector{
	Name:  "chroma",
	Doc:   doc,
	Needs: measure.Thumbs,
	Setup: setup,
}

const doc = `colour lost or swapped in mid-programme

lost: within 200 ms, in one and the same scene, the colour goes, and stays away for
min-duration: 32x18 cells have the same chroma, be it grey, green or any other, but
for max-spread and a quarter of what they varied before; or it is so of Cb or Cr alone, with
half of max-spread. The interval ends with the first picture that has half of that again.

swapped: from one picture to the next, with the same luma, each cell has the Cb that
was its Cr and the other way round. It ends when they swap back, or with the
stream: a cut to another scene does not tell.

A film in black and white has nothing to lose, a cut to an archive picture is
another scene, and a slow fade to black and white is a decision. A sudden one in
mid-scene is reported whoever made it. The limits are this program's own.`

type options struct {
	minDuration time.Duration
	maxSpread   float64
}

func setup(fs *flag.FlagSet) detectors.Start {
	o := &options{}
	detectors.DurationVar(fs, &o.minDuration, "min-duration", time.Second, 0, time.Hour,
		"how long the colour must be wrong")
	detectors.FloatVar(fs, &o.maxSpread, "max-spread", 1.5, 0.05, 8,
		"mean deviation of chroma from its mean that is no colour, in 8 bit code values")
	return o.start
}

func (o *options) start(p measure.Program, sink detectors.Sink) (detectors.Run, error) {
	return detectors.PerVideo(p, func(s measure.Stream) *scene {
		return &scene{options: *o, stream: s.Index, sink: sink}
	})
}

// onset is how long colour may take to go: a coder may need some pictures.
const onset = 200 * time.Millisecond

// What is left of the colour before, where it is lost, and where it is back.
const (
	gone = 0.25
	back = 0.5
)

// leastColour is a spread of chroma below which a picture has no colour to
// lose, in code values.
const leastColour = 2

// A scene follows one video stream.
type scene struct {
	options
	stream int
	sink   detectors.Sink

	any       bool
	end       time.Duration
	before    look // the picture before
	reference look // the last with all its colour

	lost, swapped wrong
}

// A look is what is remembered of a picture.
type look struct {
	end    time.Duration
	thumb  measure.ThumbRow
	spread spread
}

// A spread is how much chroma varies over a picture: the mean deviations of Cb and of Cr
// from their means, in code values.
type spread [2]float64

// Planes that are lost: either, or both.
const (
	cb = iota
	cr
	both
)

// of returns the spread of a plane, or of both.
func (s spread) of(plane int) float64 {
	if plane == both {
		return s[cb] + s[cr]
	}
	return s[plane]
}

// A wrong is a defect up to now.
type wrong struct {
	open         bool
	start        time.Duration
	plane        int     // what was lost
	before       float64 // its spread
	pictures     int
	u, v, spread float64 // sums over them
}

func (s *scene) Picture(p *measure.Picture) {
	if p.Discontinuity {
		s.close(Lost, &s.lost, s.end)
		s.close(Swapped, &s.swapped, s.end)
		s.any = false
	}
	u, v := meanOf(&p.Thumb.U), meanOf(&p.Thumb.V)
	spread := spread{deviation(&p.Thumb.U, u), deviation(&p.Thumb.V, v)}
	if s.any {
		s.watchLoss(p, spread)
		s.watchSwap(p)
	}
	s.lost.add(u, v, spread.of(both))
	s.swapped.add(u, v, spread.of(both))
	s.before = look{p.End(), p.Thumb, spread}
	// A reference that is no longer reached is kept for as long as colour may
	// take to go.
	whole := spread[cb] >= 0.7*s.reference.spread[cb] && spread[cr] >= 0.7*s.reference.spread[cr]
	if !s.any || whole || p.PTS-s.reference.end > onset {
		s.reference = s.before
	}
	s.any, s.end = true, p.End()
}

func (s *scene) watchLoss(p *measure.Picture, now spread) {
	if w := &s.lost; w.open {
		if now.of(w.plane) >= back*min(w.before, 4*s.most(w.plane)) {
			s.close(Lost, w, p.PTS)
		}
		return
	}
	r := &s.reference
	if p.PTS-r.end > onset || !sameScene(&p.Thumb, &r.thumb) {
		return
	}
	for _, plane := range [...]int{both, cb, cr} {
		before := r.spread.of(plane)
		if before >= leastColour && now.of(plane) <= min(s.most(plane), gone*before) {
			s.lost = wrong{open: true, start: r.end, plane: plane, before: before}
			return
		}
	}
}

// most returns what a plane without colour may vary, or both.
func (s *scene) most(plane int) float64 {
	if plane == both {
		return s.maxSpread
	}
	return s.maxSpread / 2
}

func (s *scene) watchSwap(p *measure.Picture) {
	b := &s.before
	if b.spread.of(both) < leastColour || !sameScene(&p.Thumb, &b.thumb) {
		return
	}
	stays := distance(&p.Thumb.U, &b.thumb.U) + distance(&p.Thumb.V, &b.thumb.V)
	swaps := distance(&p.Thumb.U, &b.thumb.V) + distance(&p.Thumb.V, &b.thumb.U)
	if stays < minSwap || swaps > stays/4 {
		return
	}
	if s.swapped.open {
		s.close(Swapped, &s.swapped, p.PTS)
		return
	}
	s.swapped = wrong{open: true, start: p.PTS}
}

// minSwap is how far, in code values, chroma must move for a swap to be told
// from a change of light.
const minSwap = 6

func (s *scene) Flush(time.Duration) {
	s.close(Lost, &s.lost, s.end)
	s.close(Swapped, &s.swapped, s.end)
}

// Open reports the event as it would be if it ended now.
func (s *scene) Open(at time.Duration) {
	now := *s
	now.Flush(at)
}

func (w *wrong) add(u, v, spread float64) {
	if w.open {
		w.pictures++
		w.u, w.v, w.spread = w.u+u, w.v+v, w.spread+spread
	}
}

// slack makes up for timestamps that the container rounds.
const slack = time.Millisecond

func (s *scene) close(kind string, w *wrong, at time.Duration) {
	if w.open && at-w.start >= s.minDuration-slack {
		n := float64(w.pictures)
		s.sink(detectors.Event{
			Kind: kind, Stream: s.stream, Start: w.start, End: at,
			Value: (at - w.start).Seconds(), Limit: s.minDuration.Seconds(), Unit: "s",
			Evidence: map[string]float64{
				"pictures":           n,
				"cb_mean":            w.u / n,
				"cr_mean":            w.v / n,
				"chroma_spread_mean": w.spread / n,
			},
		})
	}
	w.open = false
}
