package timestamps

import (
	"time"

	"github.com/vqa-project/vqa/detectors"
	"github.com/vqa-project/vqa/detectors/measure"
)

// A shape is what parameters are of a picture, or of sound; 0 where unknown.
type shape struct {
	width, height        int
	depth, across, down  int // luma samples for each of chroma; 0 for grey
	fullRange            bool
	sampleRate, channels int
}

func shapeOf(p *measure.Picture) shape {
	s := shape{width: p.Width, height: p.Height, depth: p.Depth, fullRange: p.FullRange}
	if p.ChromaWidth > 0 && p.ChromaHeight > 0 { // chroma planes are rounded up
		s.across = (p.Width + p.ChromaWidth - 1) / p.ChromaWidth
		s.down = (p.Height + p.ChromaHeight - 1) / p.ChromaHeight
	}
	return s
}

// chroma returns how many chroma samples there are for each of luma.
func (s *shape) chroma() float64 {
	if s.across == 0 || s.down == 0 {
		return 0
	}
	return 2 / float64(s.across*s.down)
}

func (r *run) picture(l *line, p *measure.Picture) {
	r.shape(l, shapeOf(p), p.PTS, p.End())
	r.rate(l, p)
}

func (r *run) block(l *line, b *measure.Block) {
	r.drifts(l, b)
	r.shape(l, shape{sampleRate: b.SampleRate, channels: len(b.Channels)}, b.PTS, b.End())
}

// shape reports every parameter that is not what it was.
func (r *run) shape(l *line, now shape, start, end time.Duration) {
	before := l.shape
	l.shape = now
	if now == before || before == (shape{}) {
		return
	}
	changed := func(kind string, value, limit float64, unit string, evidence map[string]float64) {
		r.sink(detectors.Event{Kind: kind, Stream: l.stream, Start: start, End: end, Value: value, Limit: limit, Unit: unit, Evidence: evidence})
	}
	if now.width != before.width || now.height != before.height {
		value, limit := now.width, before.width
		if value == limit {
			value, limit = now.height, before.height
		}
		changed(Resolution, float64(value), float64(limit), "px", map[string]float64{
			"width_px": float64(now.width), "height_px": float64(now.height),
			"width_before_px": float64(before.width), "height_before_px": float64(before.height),
		})
	}
	if now.depth != before.depth || now.chroma() != before.chroma() || now.across != before.across || now.fullRange != before.fullRange {
		value, limit, unit := float64(now.depth), float64(before.depth), "bit"
		if value == limit {
			value, limit, unit = now.chroma(), before.chroma(), ""
		}
		if value == limit {
			value, limit = ratio(now.fullRange), ratio(before.fullRange)
		}
		changed(PixelFormat, value, limit, unit, map[string]float64{
			"depth_bit": float64(now.depth), "chroma_ratio": now.chroma(), "full_range": ratio(now.fullRange),
			"depth_before_bit": float64(before.depth), "chroma_before_ratio": before.chroma(), "full_range_before": ratio(before.fullRange),
		})
	}
	if now.sampleRate != before.sampleRate {
		changed(SampleRate, float64(now.sampleRate), float64(before.sampleRate), "Hz", nil)
	}
	if now.channels != before.channels {
		changed(Layout, float64(now.channels), float64(before.channels), "channels", nil)
	}
}

func ratio(b bool) float64 {
	if b {
		return 1
	}
	return 0
}

// A coding is the stream_type of a PID.
type coding struct {
	now, before int
	changed     bool // and no unit has come since
}

// transport takes in what a PMT says of codecs. One that changes counts from
// the next PES packet on.
func (r *run) transport(row *measure.Transport) {
	switch {
	case row.Kind == measure.Section && row.Valid && row.Content != nil:
		for _, s := range row.Content.Streams {
			c := r.codings[s.PID]
			if c == nil {
				r.codings[s.PID] = &coding{now: s.Coding}
			} else if c.now != s.Coding {
				if !c.changed {
					c.before = c.now
				}
				c.now, c.changed = s.Coding, true
			}
		}
	case row.Kind == measure.UnitStart && row.HasPTS:
		c, l := r.codings[row.PID], r.byPID[row.PID]
		if c == nil || l == nil || !c.changed {
			return
		}
		if c.changed = false; c.now != c.before {
			r.sink(detectors.Event{
				Kind: Codec, Stream: l.stream, Start: row.Time, End: row.Time + l.nominal,
				Value: float64(c.now), Limit: float64(c.before),
				Evidence: map[string]float64{"stream_type": float64(c.now), "stream_type_before": float64(c.before)},
			})
		}
	}
}
