// Package dropout finds short gaps in sound.
package dropout

import (
	"flag"
	"math"
	"time"

	"github.com/vqa-project/vqa/detectors"
	"github.com/vqa-project/vqa/detectors/measure"
)

// Dropout is the kind of all events.
const Dropout = "dropout"

// Detector finds dropouts.
var Detector = &detectors.Detector{
	Name:  "dropout",
	Doc:   doc,
	Needs: measure.Envelope,
	Setup: setup,
}

const doc = `gap in the sound

Sound of at least level breaks off within 3 ms, is gone for min-duration up to
max-duration, and is back within 3 ms as loud as it was. The power of every
millisecond is looked at, of all channels together. While it is gone, it is at
least depth below the sound on both sides, which also is what a coder leaves of
digital zero in front of loud sound.

Sound that fades before the gap or swells after it is a pause: of speech, whose
vowels take longer to end than 3 ms, or of music, whose notes decay. So is a gap
whose two sides differ by more than 10 dB. Gaps less than 400 ms apart are the
pulses of a buzz. Below 20 ms, depth must be 8 dB larger. Longer gaps are for silence.

The durations are from the gaps that packet loss and editing leave; a gap below
10 ms is a click. Depth and the 3 ms were measured on gaps of digital zero behind
AAC at 128 kbit/s, in films and speech.`

type options struct {
	minDuration, maxDuration time.Duration
	level, depth             float64 // dBFS, dB
}

func setup(fs *flag.FlagSet) detectors.Start {
	o := &options{}
	detectors.DurationVar(fs, &o.minDuration, "min-duration", 10*time.Millisecond, 5*time.Millisecond, 500*time.Millisecond,
		"shortest gap")
	detectors.DurationVar(fs, &o.maxDuration, "max-duration", 500*time.Millisecond, 10*time.Millisecond, 500*time.Millisecond,
		"longest gap")
	detectors.FloatVar(fs, &o.level, "level", -45, -100, 0,
		"quietest sound to look for gaps in, in `dBFS` RMS")
	detectors.FloatVar(fs, &o.depth, "depth", 25, 15, 100,
		"how far below the sound around it a gap is, in `dB`")
	return o.start
}

func (o *options) start(p measure.Program, sink detectors.Sink) (detectors.Run, error) {
	return detectors.PerAudio(p, func(s measure.Stream) *track {
		return &track{options: *o, stream: s.Index, sink: sink}
	})
}

const (
	// around is how many milliseconds of sound on both sides of a gap are
	// looked at.
	around = 40
	// edge is how many of them a fall or a rise may take.
	edge = 3
	// held is how many are kept: the longest gap with both sides.
	held = 640
	// slack is by how much a gap may be shorter than asked for, since its
	// edges are whole milliseconds.
	slack = 2
	// short is a gap that must be deeper, by shortExtra dB: between the
	// pulses of a low voice there are such.
	short      = 20
	shortExtra = 8
	// alone is how far a gap must be from others.
	alone = 400 * time.Millisecond

	step = time.Millisecond
)

// A track follows one audio stream: the powers of its latest milliseconds, the
// last one last.
type track struct {
	options
	stream int
	sink   detectors.Sink

	powers [2 * held]float32
	used   int
	end    time.Duration // of the last block

	gap      detectors.Event // the last one, where any
	any      bool
	repeated bool // there was another just before
}

func (t *track) Block(b *measure.Block) {
	if t.any && (b.Discontinuity || b.PTS-t.gap.End > alone+t.maxDuration+around*step) {
		t.release()
	}
	if b.Discontinuity || (b.PTS-t.end).Abs() > step {
		t.used = 0
	}
	t.end = b.End()
	steps := min(int((b.Duration+step/2)/step), measure.EnvelopeSteps)
	for i := range steps {
		var power float32
		for c := range b.Channels {
			power += b.Channels[c].Envelope[i]
		}
		if t.used == len(t.powers) {
			copy(t.powers[:held], t.powers[held:])
			t.used = held
		}
		t.powers[t.used] = power
		t.used++
		t.look(t.end - time.Duration(steps-1-i)*step)
	}
}

// Flush reports the last gap. Sound that does not come back is silence.
func (t *track) Flush(time.Duration) { t.release() }

// look asks whether sound came back 40 ms before now.
func (t *track) look(now time.Duration) {
	rise := t.used - around // the first millisecond of sound
	if rise < around+5 {
		return
	}
	p := t.powers[max(0, t.used-held):t.used]
	rise = len(p) - around
	after := mean(p[rise : rise+around/2])
	if after < float32(math.Pow(10, t.level/10)) {
		return
	}
	gone := after * float32(math.Pow(10, -t.depth*0.7/10))
	if p[rise] <= gone || p[rise-1] > gone {
		return
	}
	fall := rise
	for fall > 0 && p[fall-1] <= gone {
		fall--
	}
	length := rise - fall
	if fall < around || length+slack < int(t.minDuration/step) || length-slack > int(t.maxDuration/step) {
		return
	}
	before := mean(p[fall-around/2-1 : fall-1])
	inside := mean(p[fall+2 : rise-2])
	if length < 2*edge {
		inside = mean(p[fall+1 : rise-1])
	}
	depth := t.depth
	if length < short {
		depth += shortExtra
	}
	switch {
	case before < float32(math.Pow(10, t.level/10)), before > 10*after, after > 10*before:
		return
	case inside > min(before, after)*float32(math.Pow(10, -depth/10)):
		return
	case largest(p[fall-edge:fall]) < before/4, largest(p[rise:rise+edge]) < after/4:
		return // it fades, or swells
	case mean(p[fall-10:fall]) < mean(p[fall-around:fall-10])/6, mean(p[rise:rise+10]) < mean(p[rise+10:])/6:
		return
	}
	e := detectors.Event{
		Kind: Dropout, Stream: t.stream,
		Start: now - time.Duration(len(p)-fall)*step, End: now - time.Duration(around)*step,
		Limit: t.minDuration.Seconds() * 1000, Unit: "ms",
		Evidence: map[string]float64{
			"level_before_dbfs": decibels(before),
			"level_after_dbfs":  decibels(after),
		},
	}
	e.Value = (e.End - e.Start).Seconds() * 1000
	if inside > 0 { // digital zero has no level
		e.Evidence["level_dbfs"] = decibels(inside)
	}
	t.hold(e)
}

// hold keeps a gap until it is clear that it is alone: gaps in a row are the
// pulses of a buzz.
func (t *track) hold(e detectors.Event) {
	repeated := t.any && e.Start-t.gap.End < alone
	if repeated {
		t.repeated = true
	}
	t.release()
	t.gap, t.any, t.repeated = e, true, repeated
}

// release reports the gap that is held, where it is alone.
func (t *track) release() {
	if t.any && !t.repeated {
		t.sink(t.gap)
	}
	t.any = false
}

func mean(p []float32) (sum float32) {
	for _, v := range p {
		sum += v
	}
	return sum / float32(len(p))
}

func largest(p []float32) (out float32) {
	for _, v := range p {
		out = max(out, v)
	}
	return out
}

func decibels(power float32) float64 { return 10 * math.Log10(float64(power)) }
