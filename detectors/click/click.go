// Package click finds clicks in sound.
package click

import (
	"flag"
	"math"
	"time"

	"github.com/vqa-project/vqa/detectors"
	"github.com/vqa-project/vqa/detectors/measure"
)

// Click is the kind of all events.
const Click = "click"

// Detector finds clicks.
var Detector = &detectors.Detector{
	Name:  "click",
	Doc:   doc,
	Needs: measure.Clicks | measure.Powers,
	Setup: setup,
}

const doc = `impulses unlike the sound around them

A click is a few samples that the sound around them does not foretell: lost or
wrong samples, a bad edit, dust on a record or on an optical sound track. Sound
is predicted from the samples before by linear prediction, and each sample is
taken for an impulse as far as it agrees with how the prediction goes wrong
after one. So a drum or a voice, which goes on to ring after it was struck, is
foretold and none.

The strength of a click is how far the impulse is, in dB, above the RMS of what
was not foretold in the 5 ms on both sides, and above the RMS of the sound
there, on average of both. The level on both sides must be within 9 dB, as
where it is not, a sound begins or ends.

A coder bends an impulse, or spreads it over some milliseconds. What is left is a
burst of what is above 7.5 kHz, where a voice and most music have little, of -38
dBFS or above. It is a click where 32.8 dB come together of how far it is above what is
largest from 5 ms to 25 ms before or after, so that it is no drum or consonant, which go
on; of how far an impulse at the same place stands out from what else was not
foretold; and of a quarter of its level over the sound of all frequencies. Against it
counts what it is softer than -31 dBFS, that the sound is louder on one side, and that
there is more like it within 25 ms than within the 40 ms on each side. Its strength is
what it is above the median of these.

Clicks that follow each other within join are one event; evidence says how many
there were and how strong the strongest was.

The defaults were measured on impulses of 1 to 4 samples behind AAC at 128
kbit/s, on speech, drums and music; impulses below -26 dBFS are in consonants, too. Of records and old film, the stronger ticks
are found. Below 32 kHz a voice cannot be told from impulses as well, and
strength must be 8 dB larger.`

type options struct {
	strength, level float64 // dB, dBFS
	join            time.Duration
}

func setup(fs *flag.FlagSet) detectors.Start {
	o := &options{}
	detectors.FloatVar(fs, &o.strength, "strength", 13.5, 3, 60,
		"weakest click, in `dB` above its surroundings")
	detectors.FloatVar(fs, &o.level, "level", -26, -100, 0,
		"quietest click, as its amplitude in `dBFS`")
	detectors.DurationVar(fs, &o.join, "join", 500*time.Millisecond, 0, 10*time.Second,
		"longest time between clicks of one event")
	return o.start
}

func (o *options) start(p measure.Program, sink detectors.Sink) (detectors.Run, error) {
	return detectors.PerAudio(p, func(s measure.Stream) *track {
		return &track{options: *o, stream: s.Index, sink: sink}
	})
}

const (
	// steepest is how much louder one side may be than the other.
	steepest = 2.8 // 9 dB
	// foretold is the least ratio, in dB, of an impulse to what else was not
	// foretold.
	foretold = 14
	// lowRate is where voices are harder to tell from impulses, and
	// lowRateExtra what must be added to the strength below.
	lowRate      = 32000
	lowRateExtra = 8
	// same is how close two finds are that are one click, in several
	// channels or at the edge of two blocks.
	same = 5 * time.Millisecond
	// floor keeps digital zero from making anything infinite: -90 dBFS.
	floor = 1 << 15
)

// A track follows one audio stream.
type track struct {
	options
	stream int
	sink   detectors.Sink

	channels []channel
	end      time.Duration // of the last block

	open        bool
	start, last time.Duration
	clicks      int
	largest     float64 // strength of the strongest
	amplitude   float64 // of it
}

func (t *track) Block(b *measure.Block) {
	if t.open && (b.Discontinuity || b.PTS-t.last > t.join+2*around*step) {
		t.close()
	}
	if len(b.Channels) != len(t.channels) {
		t.channels = make([]channel, len(b.Channels))
	}
	for c := range b.Channels {
		im := &b.Channels[c].Impulse
		at := b.PTS + time.Duration(im.Offset)*time.Second/time.Duration(b.SampleRate)
		t.channels[c].addPulse(pulse{at, foretoldLess(im)})
		if strength, ok := t.strengthOf(im, b.SampleRate); ok {
			t.add(at, strength, float64(im.Amplitude))
		}
	}
	t.bursts(b)
}

// strengthOf returns the strength of a click, in dB, and whether it is one.
func (t *track) strengthOf(im *measure.Impulse, rate int) (strength float64, ok bool) {
	amplitude := float64(im.Amplitude)
	if amplitude == 0 || decibels(amplitude) < t.level {
		return 0, false
	}
	quiet, loud := float64(min(im.LevelBefore, im.LevelAfter)), float64(max(im.LevelBefore, im.LevelAfter))
	above := decibels(amplitude / (loud + 1./floor))
	over := foretoldLess(im)
	// Where a click is far louder than the sound, what a coder smears of it
	// is the level on both sides.
	if loud > steepest*(quiet+1./floor) && above < 3 || over < foretold {
		return 0, false
	}
	limit := t.strength
	if rate < lowRate {
		limit += lowRateExtra
	}
	strength = (over + above) / 2
	return strength, strength >= limit
}

// foretoldLess returns how far, in dB, an impulse is above what else was not
// foretold on the louder side.
func foretoldLess(im *measure.Impulse) float64 {
	return decibels(float64(im.Amplitude) / (float64(max(im.Before, im.After)) + 1./floor))
}

func (t *track) add(at time.Duration, strength, amplitude float64) {
	at = max(at, 0)
	switch {
	case t.open && (at-t.last).Abs() <= same: // found already
	case t.open && at-t.last <= t.join:
		t.clicks++
		t.start = min(t.start, at)
	default:
		t.close()
		t.open, t.start, t.last, t.clicks, t.largest = true, at, at, 1, 0
	}
	t.last = max(t.last, at)
	if strength > t.largest {
		t.largest, t.amplitude = strength, amplitude
	}
}

// Flush closes the event that is open.
func (t *track) Flush(time.Duration) { t.close() }

func (t *track) close() {
	if !t.open {
		return
	}
	t.open = false
	t.sink(detectors.Event{
		Kind: Click, Stream: t.stream, Start: t.start, End: t.last + time.Millisecond,
		Value: t.largest, Limit: t.strength, Unit: "dB",
		Evidence: map[string]float64{
			"clicks":         float64(t.clicks),
			"amplitude_dbfs": decibels(t.amplitude),
		},
	})
}

func decibels(amplitude float64) float64 { return 20 * math.Log10(amplitude) }
