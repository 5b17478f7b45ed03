// Package black finds black pictures.
package black

import (
	"flag"
	"time"

	"github.com/vqa-project/vqa/detectors"
	"github.com/vqa-project/vqa/detectors/measure"
)

// Black is the only kind of event.
const Black = "black"

// Detector finds black pictures.
var Detector = &detectors.Detector{
	Name:  "black",
	Doc:   doc,
	Needs: measure.Luma | measure.Thumbs,
	Setup: setup,
}

const doc = `black picture

At least picture-ratio of the picture is black for min-duration. Black is luma of
at most pixel-level, a share of the range from black to white, limited or full
as the stream says. The picture is judged by the means of 64x36 cells, so that
noise is black and a caption is not; single samples, too, may be brighter in 0.2 %
of the picture more, as data lines at the top of a picture are.

The interval goes from the first picture that is black, after a fade, to the
first that is not, or to the end of the stream.

A lower picture-ratio finds black with a logo or a clock on it, but dark scenes
with a few lights, too. min-duration 0s reports single pictures.

The default min-duration is that of FFmpeg's blackdetect. Its levels are not:
any 2 % of the picture may be bright there, which takes a caption, or the lights
of a dark stadium, for black.`

// speckles is the share of the picture in which single samples may be bright.
const speckles = 0.002

type options struct {
	minDuration  time.Duration
	pictureRatio float64
	pixelLevel   float64
}

func setup(fs *flag.FlagSet) detectors.Start {
	o := &options{}
	detectors.DurationVar(fs, &o.minDuration, "min-duration", 2*time.Second, 0, time.Hour,
		"how long the picture must be black")
	detectors.FloatVar(fs, &o.pictureRatio, "picture-ratio", 1, 0.5, 1,
		"share of the picture that must be black")
	detectors.FloatVar(fs, &o.pixelLevel, "pixel-level", 0.075, 0, 0.5,
		"brightest black, as a share of the range from black to white")
	return o.start
}

func (o *options) start(p measure.Program, sink detectors.Sink) (detectors.Run, error) {
	return detectors.PerVideo(p, func(s measure.Stream) *span {
		return &span{options: *o, stream: s.Index, sink: sink}
	})
}

// slack makes up for timestamps that the container rounds.
const slack = time.Millisecond

// A span is the stretch of black pictures up to now.
type span struct {
	options
	stream int
	sink   detectors.Sink

	open       bool
	start, end time.Duration // of the first picture, of the last
	pictures   int
	ratio      float64 // smallest share of black
	sum        float64 // of mean luma
}

func (s *span) Picture(p *measure.Picture) {
	ratio := blackShare(p, s.level(p))
	black := ratio >= s.pictureRatio
	switch {
	case p.Discontinuity:
		s.close(s.end)
	case !black:
		s.close(p.PTS)
	}
	if black {
		if !s.open {
			*s = span{options: s.options, stream: s.stream, sink: s.sink, open: true, start: p.PTS, ratio: 1}
		}
		s.pictures++
		s.ratio = min(s.ratio, ratio)
		s.sum += float64(p.Luma.Mean)
	}
	s.end = p.End()
}

// blackShare returns the share of the picture that is at most at a level.
func blackShare(p *measure.Picture, level int) float64 {
	cells := 0
	for y := range p.Thumb.Y {
		for _, v := range p.Thumb.Y[y] {
			if int(v) <= level*256 {
				cells++
			}
		}
	}
	share := float64(cells) / (measure.ThumbWidth * measure.ThumbHeight)
	return min(share, p.Luma.Share(level)+speckles)
}

// level returns the largest luma that is black in the picture's range
// (ITU-R BT.601, BT.709: 16 to 235 in 8 bits where limited).
func (s *span) level(p *measure.Picture) int {
	if p.FullRange {
		return int(s.pixelLevel * 255)
	}
	return 16 + int(s.pixelLevel*219)
}

func (s *span) Flush(time.Duration) { s.close(s.end) }

// Open reports the event as it would be if it ended now.
func (s *span) Open(time.Duration) {
	now := *s
	now.close(s.end)
}

func (s *span) close(at time.Duration) {
	if s.open && at-s.start >= s.minDuration-slack {
		s.sink(detectors.Event{
			Kind: Black, Stream: s.stream, Start: s.start, End: at,
			Value: (at - s.start).Seconds(), Limit: s.minDuration.Seconds(), Unit: "s",
			Evidence: map[string]float64{
				"pictures":        float64(s.pictures),
				"black_share_min": s.ratio,
				"luma_mean":       s.sum / float64(s.pictures),
			},
		})
	}
	s.open = false
}
