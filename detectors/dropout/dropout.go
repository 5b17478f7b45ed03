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
	Needs: measure.Powers | measure.Spectrum,
	Setup: setup,
}

const doc = `gap in the sound

Sound of at least level breaks off, is gone for min-duration up to max-duration,
and is back. The power of every millisecond is looked at, in each channel.

A gap of digital zero is found by its edges: below -80 dBFS in between, and within
3 ms on both sides at least 40 dB above what is in between, where up to 25 ms are left
to a coder in which 31 dB are enough, and not more than 13 dB below the 40 ms in front. No
room is as quiet, and no sound ends as fast. What the sound was, and what it is
afterwards, does not matter then. Only where a gap is shorter than 12 ms, the level is
the same on both sides within 5 dB, and it is at -36 dBFS or above without what is below
125 Hz: decoders of MPEG audio put 481 samples of silence in front of a recording, and the
ear takes so short a gap between soft sounds, where clips were joined, for none.

Where something is left in the gap, it is below -40 dBFS, at least depth below the
sound on both sides, and the sound goes on as before: it does not fade or swell within 3 ms of
the gap, and its level is the same on both sides within 5 dB. Else it is a pause:
of speech, whose vowels take longer to end, or of music, whose notes decay. Below
20 ms, depth must be 8 dB larger; below 13 ms, it is what is between the pulses
of a buzz.

Gaps less than 400 ms apart are the pulses of a buzz. So is one with less than 30 ms of
sound, 15 dB above what is left in the gap, in the 40 ms on either side. Longer gaps are for silence.

The durations are from the gaps that packet loss and editing leave; a gap below
10 ms is a click. Depth and the 3 ms were measured on gaps of digital zero behind
AAC, MP2, AC-3 and Opus, in films and speech.`

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
	// sounding is in how many of them there is sound at least: three quarters.
	sounding = 30
	// aboveGap is how far, in power, they are above what is left in the gap.
	aboveGap = 30
	// edge is how many of them a fall or a rise may take.
	edge = 3
	// held is how many are kept: the longest gap with both sides.
	held = 640
	// slack is by how much a gap may be shorter than asked for, since its
	// edges are whole milliseconds.
	slack = 2
	// zero is the largest power of what is digital zero, or of what a coder
	// leaves of it: -80 dBFS.
	zero = 1e-8
	// alike is by how much power may differ before and after a gap that
	// the sound goes on after: 5 dB.
	alike = 3.16
	// What a coder leaves of the sound in a gap of digital zero is 31 dB below it
	// after nearTail milliseconds, and 40 dB after longTail.
	nearTail, longTail = 5, 25
	// joint is a gap that may be where recordings were joined, or between the
	// pulses of a buzz: of 11 ms or less, and of 12 ms or less. Then power from
	// 125 Hz up is at least audibleJoint, -36 dBFS.
	joint        = 11
	pulse        = 12
	audibleJoint = 2.5e-4
	// inaudible is the largest power of what counts as gone: -40 dBFS.
	// Between the vowels of loud speech, plosives are 30 dB down.
	inaudible = 1e-4
	// short is a gap that must be deeper, by shortExtra dB: between the
	// pulses of a low voice there are such.
	short      = 20
	shortExtra = 8
	// pause is how far a gap must be from others.
	pause = 400 * time.Millisecond
	// same is how close the edges of one gap are in several channels.
	same = 5 * time.Millisecond

	step = time.Millisecond
)

// A track follows one audio stream.
type track struct {
	options
	stream int
	sink   detectors.Sink

	channels []channel
	end      time.Duration // of the last block

	gap      detectors.Event // the last one, where any
	any      bool
	repeated bool // there was another just before
}

// A channel is the powers of its latest milliseconds, the last one last.
type channel struct {
	powers [2 * held]float32
	used   int
}

// add appends a power and returns those that are held.
func (c *channel) add(power float32) []float32 {
	if c.used == len(c.powers) {
		copy(c.powers[:held], c.powers[held:])
		c.used = held
	}
	c.powers[c.used] = power
	c.used++
	return c.powers[max(0, c.used-held):c.used]
}

func (t *track) Block(b *measure.Block) {
	if t.any && (b.Discontinuity || b.PTS-t.gap.End > pause+t.maxDuration+around*step) {
		t.release()
	}
	if len(b.Channels) != len(t.channels) {
		t.channels = make([]channel, len(b.Channels))
	}
	if b.Discontinuity || (b.PTS-t.end).Abs() > step {
		for c := range t.channels {
			t.channels[c].used = 0
		}
	}
	t.end = b.End()
	steps := min(int((b.Duration+step/2)/step), measure.PowerSteps)
	for i := range steps {
		for c := range b.Channels {
			t.look(t.channels[c].add(b.Channels[c].Powers[i]), &b.Channels[c].Spectrum, t.end-time.Duration(steps-1-i)*step)
		}
	}
}

// Flush reports the last gap. Sound that does not come back is silence.
func (t *track) Flush(time.Duration) { t.release() }

// look asks whether the sound of a channel came back 40 ms before now. The
// spectrum is that of the sound since.
func (t *track) look(p []float32, spectrum *measure.SpectrumRow, now time.Duration) {
	rise := len(p) - around // the first millisecond of sound
	if rise < around+5 || p[rise-1] >= p[rise] {
		return
	}
	audible := float32(math.Pow(10, t.level/10))
	after := mean(p[rise : rise+around/2])
	if after < audible {
		return
	}
	fraction := float32(math.Pow(10, -t.depth*0.7/10))
	gone := after * fraction
	if p[rise] <= gone || p[rise-1] > gone {
		return
	}
	fall := rise
	for fall > 0 && p[fall-1] <= gone {
		fall--
	}
	// Where sound was softer before, it is gone at less.
	if fall > around {
		gone = min(gone, mean(p[fall-around/2:fall])*fraction)
		for fall < rise-edge && p[fall] > gone {
			fall++
		}
	}
	length := rise - fall
	if fall < around || length+slack < int(t.minDuration/step) || length-slack > int(t.maxDuration/step) {
		return
	}
	before := mean(p[fall-around/2-1 : fall-1])
	if before < audible {
		return
	}
	inside := mean(p[fall+2 : rise-2])
	if length < 2*edge {
		inside = mean(p[fall+1 : rise-1])
	}
	goesOn := before <= alike*after && after <= alike*before
	buzz := false
	switch {
	case cut(p, fall, rise) && (length > joint || goesOn && rumbleless(spectrum) >= audibleJoint):
	case goesOn && t.muted(p, fall, rise, before, after, inside):
		buzz = length <= pulse
	default:
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
	least := max(zero, inside*aboveGap)
	t.hold(e, !buzz && lasts(p[fall-around:fall], least) && lasts(p[rise:rise+around], least))
}

// lasts reports whether there is sound in most of the milliseconds on one side of
// a gap.
func lasts(p []float32, least float32) bool {
	n := 0
	for _, v := range p {
		if v > least {
			n++
		}
	}
	return n >= sounding
}

// cut reports whether the sound from fall to rise was replaced by digital
// zero: it goes below what any room is, and within 3 ms on both sides it is
// 40 dB above, without a fade in front. So it does not matter what the sound was, or is afterwards.
func cut(p []float32, fall, rise int) bool {
	length := rise - fall
	if smallest(p[fall:rise]) > zero {
		return false
	}
	last, first := largest(p[fall-edge:fall]), largest(p[rise:rise+edge])
	within := func(margin int) float32 {
		margin = min(margin, length/3)
		return max(largest(p[fall+margin:rise-margin]), zero)
	}
	near, rest := within(nearTail), within(longTail)
	return last > mean(p[fall-around:fall])/20 && min(last, first) > max(1e4*rest, 1260*near)
}

// muted reports whether the sound was turned down from fall to rise, and goes
// on as before afterwards.
func (t *track) muted(p []float32, fall, rise int, before, after, inside float32) bool {
	depth := t.depth
	if rise-fall < short {
		depth += shortExtra
	}
	switch {
	case inside > inaudible, inside > min(before, after)*float32(math.Pow(10, -depth/10)):
		return false
	case largest(p[fall-edge:fall]) < before/4, largest(p[rise:rise+edge]) < after/4:
		return false // it fades, or swells
	}
	return mean(p[fall-10:fall]) >= mean(p[fall-around:fall-10])/6 &&
		mean(p[rise:rise+10]) >= mean(p[rise+10:rise+around])/6
}

// hold keeps a gap until it is clear that it is alone: gaps in a row are the
// pulses of a buzz, and so is one that is not alone. A gap of several channels is
// found in each of them.
func (t *track) hold(e detectors.Event, alone bool) {
	if t.any && (e.Start-t.gap.Start).Abs() <= same {
		t.gap.Start, t.gap.End = min(t.gap.Start, e.Start), max(t.gap.End, e.End)
		t.gap.Value = (t.gap.End - t.gap.Start).Seconds() * 1000
		t.repeated = t.repeated || !alone
		return
	}
	repeated := t.any && e.Start-t.gap.End < pause
	t.repeated = t.repeated || repeated
	t.release()
	t.gap, t.any, t.repeated = e, true, repeated || !alone
}

// release reports the gap that is held, where it is alone.
func (t *track) release() {
	if t.any && !t.repeated {
		t.sink(t.gap)
	}
	t.any = false
}

// rumbleless returns the power of a spectrum from 125 Hz up. Below is what the ear
// does not miss for 10 ms.
func rumbleless(row *measure.SpectrumRow) (sum float32) {
	for _, power := range row.Bands[1:] {
		sum += power
	}
	return sum
}

func mean(p []float32) (sum float32) {
	for _, v := range p {
		sum += v
	}
	return sum / float32(len(p))
}

func smallest(p []float32) float32 {
	out := p[0]
	for _, v := range p {
		out = min(out, v)
	}
	return out
}

func largest(p []float32) (out float32) {
	for _, v := range p {
		out = max(out, v)
	}
	return out
}

func decibels(power float32) float64 { return 10 * math.Log10(float64(power)) }
