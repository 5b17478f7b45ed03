package corruption

import (
	"flag"
	"time"

	"github.com/vqa-project/vqa/detectors"
	"github.com/vqa-project/vqa/detectors/measure"
)

type decodeOptions struct{}

func (o *decodeOptions) declare(*flag.FlagSet) {}

// startDecode starts the search for damage in the streams themselves.
func startDecode(o decodeOptions, p measure.Program, sink detectors.Sink) (detectors.Run, error) {
	return detectors.PerVideo(p, func(s measure.Stream) *stream {
		return &stream{decodeOptions: o, index: s.Index, sink: sink}
	})
}

// A stream is one video stream, and the damage in it up to now.
type stream struct {
	decodeOptions
	index int
	sink  detectors.Sink

	open       bool
	start, end time.Duration // of the first damaged picture, of the last picture
	pictures   int           // that are shown since
	damaged    int           // of them, those that are damaged themselves
	concealed  float64       // sum of the shares of these that are concealed
	worst      float64       // the largest of them
}

func (s *stream) Picture(p *measure.Picture) {
	share := concealedShare(p)
	damaged := p.Damage != 0 || share > 0
	switch {
	case p.Discontinuity:
		s.close(s.end)
	case p.Key && !damaged:
		s.close(p.PTS)
	}
	if damaged && !s.open {
		*s = stream{decodeOptions: s.decodeOptions, index: s.index, sink: s.sink, open: true, start: p.PTS}
	}
	s.end = p.End()
	if !s.open {
		return
	}
	s.pictures++
	if damaged {
		s.damaged++
		s.concealed += share
		s.worst = max(s.worst, share)
	}
}

// concealedShare returns the share of the picture that the decoder made up.
func concealedShare(p *measure.Picture) float64 {
	const side = 16
	macroblocks := ((p.Width + side - 1) / side) * ((p.Height + side - 1) / side)
	return min(1, float64(p.Concealed)/float64(max(macroblocks, 1)))
}

func (s *stream) Flush(time.Duration) { s.close(s.end) }

func (s *stream) close(at time.Duration) {
	if s.open {
		s.sink(detectors.Event{
			Kind: Decode, Stream: s.index, Start: s.start, End: at,
			Value: s.worst, Limit: 0, Unit: "share",
			Evidence: map[string]float64{
				"pictures":             float64(s.pictures),
				"pictures_damaged":     float64(s.damaged),
				"concealed_share_mean": s.concealed / float64(s.damaged),
			},
		})
	}
	s.open = false
}
