// Package tone finds tones that stand: line-up tone, and others that are stuck.
package tone

import (
	"flag"
	"math"
	"slices"
	"time"

	"github.com/vqa-project/vqa/detectors"
	"github.com/vqa-project/vqa/detectors/measure"
)

// Tone is the kind of events.
const Tone = "tone"

// Detector finds tones.
var Detector = &detectors.Detector{
	Name:  "tone",
	Doc:   doc,
	Needs: measure.Spectrum,
	Setup: setup,
}

const doc = `line-up tone, or another tone that stands

A channel has nothing but a sinusoid, or a few (4 at most), steady in frequency
and level for min-duration: at least share of its power, above 100 Hz and level.
Steady is within 0.5 % and 1 dB all the time, which no instrument or voice is
for seconds. The value is the level of the tone, its frequency in the evidence;
of several sinusoids, it is the mean.

Interruptions of up to 0.5 s, after a second of tone, do not end it: they tell
the left channel, or the source, in line-up tones (EBU R 49, GLITS). What stands
in several channels at the same time is one event.

Line-up tone is 1 kHz at -18 dBFS in Europe (EBU R 68) and at -20 dBFS elsewhere
(SMPTE RP 155); the level here is a gate only. The min-duration of 2 s is that of
other detectors; notes of that length are rare, and they swell or fade.`

type options struct {
	minDuration time.Duration
	level       float64 // dBFS
	share       float64
}

func setup(fs *flag.FlagSet) detectors.Start {
	o := &options{}
	detectors.DurationVar(fs, &o.minDuration, "min-duration", 2*time.Second, 100*time.Millisecond, time.Hour,
		"how long a tone must stand")
	detectors.FloatVar(fs, &o.level, "level", -60, -100, 0,
		"softest tone, in `dBFS`")
	detectors.FloatVar(fs, &o.share, "share", 0.98, 0.5, 1,
		"smallest `share` of the power, 0 to 1, that a tone has")
	return o.start
}

func (o *options) start(p measure.Program, sink detectors.Sink) (detectors.Run, error) {
	return detectors.PerAudio(p, func(s measure.Stream) *track {
		return &track{options: *o, softest: math.Pow(10, o.level/10), stream: s.Index, sink: sink}
	})
}

// A track follows one audio stream.
type track struct {
	options
	softest float64 // level, as power
	stream  int
	sink    detectors.Sink
	voices  []voice
	done    []sound // tones that are over, but may be part of one that is not
}

func (t *track) Block(b *measure.Block) {
	if b.Discontinuity || len(b.Channels) != len(t.voices) {
		t.Flush(0)
	}
	if len(b.Channels) != len(t.voices) {
		t.voices = make([]voice, len(b.Channels))
	}
	for c := range b.Channels {
		row := &b.Channels[c].Spectrum
		found, over := t.voices[c].add(t, b, row)
		if over {
			t.keep(found, c)
		}
	}
	if len(t.done) > 0 {
		t.report(false)
	}
}

// keep keeps a tone that is over, if it is long enough, joined with those of
// other channels at the same time.
func (t *track) keep(s sound, channel int) {
	if !detectors.Lasts(s.end-s.start, t.minDuration) {
		return
	}
	s.channel, s.channels = channel, 1
	for i := range t.done {
		d := &t.done[i]
		if s.start < d.end && d.start < s.end && same(s.hz, d.hz) {
			d.start, d.end = min(d.start, s.start), max(d.end, s.end)
			d.channels++
			d.channel = min(d.channel, channel)
			if s.power/float64(s.blocks) > d.power/float64(d.blocks) {
				d.power, d.blocks = s.power, s.blocks
			}
			return
		}
	}
	t.done = append(t.done, s)
}

// report reports the tones that are over, all or as far as no channel goes on
// with them.
func (t *track) report(all bool) {
	kept := t.done[:0]
	for _, s := range t.done {
		waits := false
		for i := range t.voices {
			waits = waits || t.voices[i].since(s.end)
		}
		if waits && !all {
			kept = append(kept, s)
			continue
		}
		t.sink(detectors.Event{
			Kind: Tone, Stream: t.stream, Start: s.start, End: s.end,
			Value: 10 * math.Log10(s.power/float64(s.blocks)), Limit: t.level, Unit: "dBFS",
			Evidence: map[string]float64{
				"frequency_hz": s.hz,
				"channel":      float64(s.channel),
				"channels":     float64(s.channels),
			},
		})
	}
	t.done = kept
}

func (t *track) Flush(time.Duration) {
	for c := range t.voices {
		for _, s := range t.voices[c].flush() {
			t.keep(s, c)
		}
	}
	t.report(true)
}

// Open reports the tones as they would be if they ended now.
func (t *track) Open(time.Duration) {
	now := *t
	now.done = slices.Clone(t.done)
	for c := range t.voices {
		voice := t.voices[c]
		for _, s := range voice.flush() {
			now.keep(s, c)
		}
	}
	now.report(true)
}
