package tone

import (
	"math"
	"time"

	"github.com/vqa-project/vqa/detectors/measure"
)

const (
	// steadyLevel and steadyHz are the largest ratios between powers and
	// frequencies of a tone that stands: 1 dB, as coders let tones of 0.5 dB
	// waver, and 0.5 %.
	steadyLevel = 1.259
	steadyHz    = 1.005

	// lowest is the lowest frequency, in Hz: below, there are not two waves
	// in a spectrum.
	lowest = 100

	// An interruption lasts up to longestGap, after at least leastBefore of
	// tone, and before at least leastAfter.
	longestGap  = 500 * time.Millisecond
	leastBefore = time.Second
	leastAfter  = 50 * time.Millisecond
)

// A sound is a stretch in which a tone stands.
type sound struct {
	start, end         time.Duration
	lowPower, topPower float64
	lowHz, topHz       float64
	hz                 float64 // of the latest block
	power              float64 // sum over blocks
	blocks             int

	channel, channels int // the first one, and how many
}

func same(hz1, hz2 float64) bool {
	return max(hz1, hz2) <= steadyHz*min(hz1, hz2)
}

// takes reports whether s stays steady with another one, or a block.
func (s *sound) takes(o *sound) bool {
	return max(s.topPower, o.topPower) <= steadyLevel*min(s.lowPower, o.lowPower) &&
		max(s.topHz, o.topHz) <= steadyHz*min(s.lowHz, o.lowHz)
}

// join adds a later one.
func (s *sound) join(o *sound) {
	s.end = o.end
	s.lowPower, s.topPower = min(s.lowPower, o.lowPower), max(s.topPower, o.topPower)
	s.lowHz, s.topHz = min(s.lowHz, o.lowHz), max(s.topHz, o.topHz)
	s.hz = o.hz
	s.power += o.power
	s.blocks += o.blocks
}

// A voice follows one channel.
type voice struct {
	now    sound // the tone that stands, if it has blocks
	before sound // the one that was interrupted, if it has blocks
}

// since reports whether the voice has a tone that began before at.
func (v *voice) since(at time.Duration) bool {
	return v.now.blocks > 0 && v.now.start < at || v.before.blocks > 0 && v.before.start < at
}

// add adds a block and returns the tone that it ended, if it did.
func (v *voice) add(t *track, b *measure.Block, row *measure.SpectrumRow) (found sound, over bool) {
	power, hz := float64(row.TonePower), float64(row.ToneHz)
	stands := float64(row.ToneShare) >= t.share && power >= t.softest && hz >= lowest && !math.IsNaN(hz)
	if row.Valid && stands {
		// The spectrum of the first block lies inside the tone as a whole.
		block := sound{
			start: b.End() - measure.SpectrumTime(b.SampleRate), end: b.End(),
			lowPower: power, topPower: power, lowHz: hz, topHz: hz, hz: hz, power: power, blocks: 1,
		}
		switch {
		case v.now.blocks == 0:
			v.now = block
		case v.now.takes(&block):
			v.now.join(&block)
		default:
			found, over = v.interrupt()
			v.now = block
		}
		if v.before.blocks > 0 && v.now.end-v.now.start >= leastAfter && v.before.takes(&v.now) {
			v.before.join(&v.now)
			v.now, v.before = v.before, sound{}
		}
	} else if v.now.blocks > 0 {
		found, over = v.interrupt()
	}
	if v.before.blocks > 0 && b.End()-v.before.end > longestGap+leastAfter {
		// There can be but one: an interrupted tone is not over yet.
		found, over = v.before, true
		v.before = sound{}
	}
	return found, over
}

// interrupt ends the tone, for now or for good. One that was interrupted
// before is over then.
func (v *voice) interrupt() (found sound, over bool) {
	if v.now.end-v.now.start >= leastBefore {
		found, over = v.before, v.before.blocks > 0
		v.before = v.now
	}
	v.now = sound{}
	return found, over
}

// flush ends all.
func (v *voice) flush() (found []sound) {
	for _, s := range []sound{v.before, v.now} {
		if s.blocks > 0 {
			found = append(found, s)
		}
	}
	*v = voice{}
	return found
}
