// Package phase finds stereo pairs of channels that cancel each other when
// they are mixed to mono.
package phase

import (
	"flag"
	"math"
	"time"

	"github.com/vqa-project/vqa/detectors"
	"github.com/vqa-project/vqa/detectors/measure"
)

// Phase is the kind of events.
const Phase = "phase"

// Detector finds channels out of phase.
var Detector = &detectors.Detector{
	Name:  "phase",
	Doc:   doc,
	Needs: measure.Levels | measure.Products,
	Setup: setup,
}

const doc = `channels out of phase

The left and the right channel of a pair are each other's inverse, or so close
to it that a mono listener loses most of the sound: one of them has its wires
crossed. The value is the pair's correlation as a phase meter shows it, taken
over the event, from 1 (mono) over 0 (unrelated) to -1 (inverted). Each pair of a
layout is looked at by itself: front, side, back.

Limits are on what mono loses as well: channels that are inverse but of quite
different level lose little, and are not reported. Wide stereo and surround
matrices reach below 0 for moments; correlation stays for min-duration. What
is below -60 dBFS counts neither way; up to 0.5 s of it before the first sound, or
after the last, are taken for what they are next to.

FFmpeg's aphasemeter wants 170 degrees for 2 s (a correlation of -0.98), which only
an inverted mono signal has; stereo that is inverted keeps some difference, thus
the default of -0.5. EBU R 68 and ITU-R BR.1384 ask for mono compatibility and
give no figure.`

type options struct {
	minDuration time.Duration
	correlation float64
}

func setup(fs *flag.FlagSet) detectors.Start {
	o := &options{}
	detectors.DurationVar(fs, &o.minDuration, "min-duration", 2*time.Second, 100*time.Millisecond, time.Hour,
		"how long the channels must be out of phase")
	detectors.FloatVar(fs, &o.correlation, "correlation", -0.5, -1, 0,
		"highest `correlation` of channels that are out of phase, -1 to 1")
	return o.start
}

func (o *options) start(p measure.Program, sink detectors.Sink) (detectors.Run, error) {
	return detectors.PerAudio(p, func(s measure.Stream) *track {
		return &track{options: *o, stream: s, sink: sink}
	})
}

// A track follows one audio stream.
type track struct {
	options
	stream   measure.Stream
	sink     detectors.Sink
	channels int
	pairs    []*pair
}

// A pair follows the channels left and left+1.
type pair struct {
	left    int
	stretch detectors.Stretch
	now     sums // since the stretch began
	found   sums // up to its end
}

// sums are over mean squares and products of blocks.
type sums struct{ product, left, right float64 }

// correlation is that of a phase meter.
func (s sums) correlation() float64 {
	if s.left == 0 || s.right == 0 {
		return 0
	}
	return max(-1, min(1, s.product/math.Sqrt(s.left*s.right)))
}

// similarity is what mono has of the pair: 1 where both are the same, 0 where
// they are unrelated, -1 where nothing is left. It is the correlation where
// both are at the same level, and closer to 0 otherwise.
func (s sums) similarity() float64 {
	if s.left+s.right == 0 {
		return 0
	}
	return max(-1, min(1, 2*s.product/(s.left+s.right)))
}

const (
	// quiet is the mean square below which a channel says nothing: -60 dBFS.
	quiet = 1e-6

	// patience is how much evidence against ends an event: that of 0.3 s
	// of mono.
	patience = 30

	// lead is how much silence before the first sound, or after the last, is out
	// of phase with it.
	lead = 500 * time.Millisecond
)

func (t *track) Block(b *measure.Block) {
	if b.Discontinuity {
		t.Flush(0)
	}
	if len(b.Channels) != t.channels {
		t.Flush(0)
		t.channels, t.pairs = len(b.Channels), nil
		for _, left := range measure.Pairs(t.stream.ChannelLayout, t.channels) {
			t.pairs = append(t.pairs, &pair{left: left, stretch: detectors.Stretch{Patience: patience, Lead: lead}})
		}
	}
	for _, p := range t.pairs {
		t.follow(p, b)
	}
}

// follow scores a block of a pair: halfway between the limit and 0, evidence is
// neither for nor against.
func (t *track) follow(p *pair, b *measure.Block) {
	left, right := &b.Channels[p.left], &b.Channels[p.left+1]
	s := sums{left.Product, left.MeanSquare(), right.MeanSquare()}
	score := 0.
	if min(s.left, s.right) >= quiet {
		score = t.correlation/2 - s.similarity()
	}
	change := p.stretch.Add(b.PTS, b.End(), score)
	if change == detectors.Began {
		p.now = sums{}
	}
	p.now = sums{p.now.product + s.product, p.now.left + s.left, p.now.right + s.right}
	switch change {
	case detectors.Began, detectors.Extended:
		p.found = p.now
	case detectors.Ended:
		t.report(p)
	}
}

// report reports the stretch that has ended where it is long enough, and as a
// whole out of phase.
func (t *track) report(p *pair) {
	s := &p.stretch
	if !detectors.Lasts(s.End-s.Start, t.minDuration) || p.found.similarity() > t.correlation {
		return
	}
	t.sink(detectors.Event{
		Kind: Phase, Stream: t.stream.Index, Start: s.Start, End: s.End,
		Value: p.found.correlation(), Limit: t.correlation, Unit: "correlation",
		Evidence: map[string]float64{
			"channel_left":  float64(p.left),
			"channel_right": float64(p.left + 1),
			"mono_loss_db":  min(100, -10*math.Log10(1+p.found.similarity())),
		},
	})
}

func (t *track) Flush(time.Duration) {
	for _, p := range t.pairs {
		if p.stretch.Close() {
			t.report(p)
		}
	}
}

// Open reports what goes on, up to where there is evidence for it.
func (t *track) Open(time.Duration) {
	for _, p := range t.pairs {
		if p.stretch.Open() {
			t.report(p)
		}
	}
}
