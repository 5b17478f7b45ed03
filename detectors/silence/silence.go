// Package silence finds audio tracks in which nothing is to be heard.
package silence

import (
	"flag"
	"time"

	"github.com/vqa-project/vqa/detectors"
	"github.com/vqa-project/vqa/detectors/measure"
)

// Kinds of events.
const (
	Silence = "silence"  // sound comes, and is silent
	NoSound = "no_sound" // no sound comes
)

// Detector finds silence.
var Detector = &detectors.Detector{
	Name:  "silence",
	Doc:   doc,
	Needs: measure.Levels,
	Setup: setup,
}

const doc = `silent audio track

The level of every channel of a track stays at or below level for min-duration;
with per-channel, the level of any one channel, each reported by itself. Levels
are RMS over 10 ms. The interval is a few milliseconds exact: how much of the
10 ms at its edges is silent is taken from their energy, and the ringing of a
coder around a hard cut is not taken for sound.

Where a track has a gap in time of min-duration, or ends so long before the
programme, the kind is no_sound.

The defaults are those of FFmpeg's silencedetect, which compares single samples
with the level instead.`

type options struct {
	minDuration time.Duration
	level       float64 // dBFS
	perChannel  bool
}

func setup(fs *flag.FlagSet) detectors.Start {
	o := &options{}
	detectors.DurationVar(fs, &o.minDuration, "min-duration", 2*time.Second, 10*time.Millisecond, time.Hour,
		"how long it must be silent")
	detectors.FloatVar(fs, &o.level, "level", -60, -144, 0,
		"loudest silence, in dBFS")
	fs.BoolVar(&o.perChannel, "per-channel", false, "report each silent channel")
	return o.start
}

func (o *options) start(p measure.Program, sink detectors.Sink) (detectors.Run, error) {
	return detectors.PerAudio(p, func(s measure.Stream) *track {
		return &track{options: *o, stream: s.Index, sink: sink}
	})
}

// A track follows one audio stream: all its channels together, or each.
type track struct {
	options
	stream int
	sink   detectors.Sink
	voices []*voice
}

func (t *track) Block(b *measure.Block) {
	voices := 1
	if t.perChannel {
		voices = len(b.Channels)
	}
	if voices != len(t.voices) {
		for _, v := range t.voices { // the number of channels has changed
			v.flush(v.end)
		}
		t.voices = nil
		for c := range voices {
			t.voices = append(t.voices, &voice{options: t.options, stream: t.stream, sink: t.sink, channel: c})
		}
	}
	for c, v := range t.voices {
		power := b.Channels[c].MeanSquare()
		if !t.perChannel {
			for _, other := range b.Channels {
				power = max(power, other.MeanSquare())
			}
		}
		v.block(b, power)
	}
}

func (t *track) Flush(end time.Duration) {
	for _, v := range t.voices {
		v.flush(end)
	}
}

// Open reports the silence as it would be if it ended now.
func (t *track) Open(at time.Duration) {
	for _, v := range t.voices {
		now := *v
		now.flush(max(at, now.end)) // its sound may be ahead
	}
}
