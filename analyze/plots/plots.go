// Package plots gathers what reports plot and show of an input from its rows,
// in memory that does not grow with its length.
package plots

import (
	"math"
	"time"

	"github.com/vqa-project/vqa/analyze/report"
	"github.com/vqa-project/vqa/detectors"
	"github.com/vqa-project/vqa/detectors/measure"
)

// A curve is one series that is plotted. Those of the same plot share it.
type curve[Row any] struct {
	plot, name, unit string
	needs            measure.Set
	of               func(*Row) float64 // NaN where there is nothing to plot
}

// ofPictures is what is plotted of pictures.
var ofPictures = []curve[measure.Picture]{
	{"luma", "mean", "code value", measure.Luma, func(p *measure.Picture) float64 { return float64(p.Luma.Mean) }},
	{"motion", "difference to the picture before", "code value", measure.Difference, func(p *measure.Picture) float64 {
		if !p.Difference.Valid {
			return math.NaN()
		}
		return float64(p.Difference.Mean)
	}},
	{"sharpness", "of the sharpest edges", "", measure.Detail, func(p *measure.Picture) float64 {
		v := p.Detail.Sharpest()
		if v < 0 {
			return math.NaN()
		}
		return v
	}},
	{"detail", "step between samples", "code value", measure.Edges, func(p *measure.Picture) float64 {
		return float64(p.Edges.OffHorizontal+p.Edges.OffVertical) / 2
	}},
}

// ofBlocks is what is plotted of sound, beside loudness.
var ofBlocks = []curve[measure.Block]{
	{"level", "RMS of the loudest channel", "dBFS", measure.Levels, func(b *measure.Block) float64 {
		return loudest(b, func(c *measure.Channel) float32 { return c.RMS })
	}},
	{"true peak", "of the loudest channel", "dBTP", measure.Loudness, func(b *measure.Block) float64 {
		return loudest(b, func(c *measure.Channel) float32 { return c.TruePeak })
	}},
	{"correlation", "of the first two channels", "", measure.Levels, func(b *measure.Block) float64 {
		if len(b.Channels) < 2 {
			return math.NaN()
		}
		return float64(b.Correlation)
	}},
}

const blockTime = time.Second / measure.BlocksPerSecond

// quietest is the level, in dB, that anything below is plotted at.
const quietest = -90

func loudest(b *measure.Block, of func(*measure.Channel) float32) float64 {
	most := float32(0)
	for i := range b.Channels {
		most = max(most, of(&b.Channels[i]))
	}
	return max(quietest, 20*math.Log10(float64(most)))
}

// A Collector gathers from the rows of one input. It is not for concurrent use.
type Collector struct {
	from    time.Duration // media time at which results begin
	streams []*stream
	film    *film // nil where there is nothing to show
	shown   map[string]int
}

// A stream is one analysed stream with its series.
type stream struct {
	measure.Stream
	series   []report.Series
	bins     []*bins
	pictures []follower[measure.Picture]
	blocks   []follower[measure.Block]
	loudness *loudness
	rate     rate
}

type follower[Row any] struct {
	bins *bins
	of   func(*Row) float64
}

// New returns a collector for a program of which measured is measured, from a
// media time on.
func New(p measure.Program, measured measure.Set, from time.Duration) *Collector {
	c := &Collector{from: from, shown: map[string]int{}}
	for _, s := range p.Streams {
		if !s.Selected {
			continue
		}
		out := &stream{Stream: s}
		switch s.Type {
		case measure.Video:
			interval := firstStep
			if fps := s.FrameRate.Float(); fps > 1 {
				interval = time.Duration(float64(time.Second) / fps)
			}
			out.pictures = followers(c, out, ofPictures, measured, interval)
			if c.film == nil && measured.Has(measure.Thumbs) {
				c.film = &film{stream: s.Index}
			}
		case measure.Audio:
			if measured.Has(measure.Loudness) {
				out.loudness = newLoudness(s.ChannelLayout,
					c.plot(out, "loudness", "momentary", "LUFS", loudnessEvery*blockTime), c.plot(out, "loudness", "short-term", "LUFS", loudnessEvery*blockTime))
			}
			out.blocks = followers(c, out, ofBlocks, measured, blockTime)
		}
		out.rate.bins = c.plot(out, "bitrate", "of a second", "kbit/s", time.Second)
		c.streams = append(c.streams, out)
	}
	return c
}

func followers[Row any](c *Collector, s *stream, curves []curve[Row], measured measure.Set, interval time.Duration) (out []follower[Row]) {
	for _, one := range curves {
		if measured.Has(one.needs) {
			out = append(out, follower[Row]{c.plot(s, one.plot, one.name, one.unit, interval), one.of})
		}
	}
	return out
}

// plot adds a series of values that come so often to a stream, and returns where
// they go.
func (c *Collector) plot(s *stream, plot, name, unit string, interval time.Duration) *bins {
	s.series = append(s.series, report.Series{Stream: s.Index, Plot: plot, Name: name, Unit: unit})
	s.bins = append(s.bins, newBins(c.from, interval))
	return s.bins[len(s.bins)-1]
}

func (c *Collector) of(index int) *stream {
	for _, s := range c.streams {
		if s.Index == index {
			return s
		}
	}
	return nil
}

// Run returns what is to be shown all rows.
func (c *Collector) Run() detectors.Run {
	return detectors.Run{
		Packet: func(p *measure.Packet) {
			if s := c.of(p.Stream); s != nil {
				s.rate.add(p)
			}
		},
		Picture: func(p *measure.Picture) {
			if s := c.of(p.Stream); s != nil {
				for _, f := range s.pictures {
					f.bins.add(p.PTS, f.of(p))
				}
			}
			if c.film != nil {
				c.film.add(p)
			}
		},
		Block: func(b *measure.Block) {
			s := c.of(b.Stream)
			if s == nil {
				return
			}
			for _, f := range s.blocks {
				f.bins.add(b.PTS, f.of(b))
			}
			if s.loudness != nil {
				s.loudness.add(b)
			}
		},
	}
}

// Plots returns what was gathered.
func (c *Collector) Plots() *report.Plots {
	out := &report.Plots{Series: []report.Series{}}
	for _, s := range c.streams {
		s.rate.end()
		for i, b := range s.bins {
			if len(b.all) > 0 {
				b.fill(&s.series[i])
				out.Series = append(out.Series, s.series[i])
			}
		}
	}
	if c.film != nil {
		out.Film = c.film.pictures()
	}
	return out
}

// rate makes a bit rate of packets: one value for each second of media time.
type rate struct {
	bins   *bins
	second time.Duration // that bytes are of
	bytes  int64
	begun  bool
}

func (r *rate) add(p *measure.Packet) {
	at := p.DTS
	if !p.HasDTS {
		at = p.PTS
	}
	if !p.HasDTS && !p.HasPTS {
		at = r.second // of the packet before
	}
	if at = at.Truncate(time.Second); !r.begun || at != r.second {
		r.end()
		r.begun, r.second = true, at
	}
	r.bytes += int64(p.Size)
}

func (r *rate) end() {
	if r.begun {
		r.bins.add(r.second, float64(r.bytes)*8/1000)
	}
	r.begun, r.bytes = false, 0
}
