package click

import (
	"math"
	"slices"
	"time"

	"github.com/vqa-project/vqa/detectors/measure"
)

const (
	// around is how many milliseconds on both sides of a burst are looked at.
	around = 40
	// held is how many are kept.
	held = 2*around + 1

	step = time.Millisecond

	// pulses is of how many blocks impulses are kept, and near how far one may
	// be from a burst, which a coder may have bent it by.
	pulses = 8
	near   = 2500 * time.Microsecond
)

// What a burst above 7.5 kHz must exceed, in dB.
const (
	// loudest is the level of it, in dBFS: about that of one sample of a quarter of
	// full scale, of which a coder has taken what is above 12 kHz.
	loudest = -38
	// overAll is its level above the sound of all frequencies around it, on
	// the louder side. Consonants and cymbals are above it only where they
	// are alone, and last.
	overAll = -15
	// overMiddle is its level above the median of 40 ms on each side.
	overMiddle = 8
	// overNext is its level above what is largest from 5 ms to 25 ms on each side:
	// after a drum or a plosive, sound goes on.
	overNext = 3

	// certain is how much that must be together with how far an impulse there
	// stands out from what else was not foretold, and with a part of the level over
	// all.
	certain = 32.8
	part    = 0.25
	// What is softer than soft, in dBFS, may be of a voice: each dB counts
	// against it.
	soft = -31
	// Each dB by more than alike of which levels differ on both sides, as where a
	// sound begins or ends, counts against it by uneven; and by more than rhythm of
	// which the level over the median is above that over what is next: there
	// is more like it, as hats in music.
	alike, rhythm = 3, 5
	uneven        = 0.6
)

// A channel is the latest milliseconds of one, the last one last: the power of
// what is high, and of all.
type channel struct {
	high, all [8 * held]float32
	used      int

	pulses [pulses]pulse // of the latest blocks
	next   int
}

// A pulse is what most looks like an impulse in a block, however weak.
type pulse struct {
	at   time.Duration
	over float64 // dB above what else was not foretold, on the louder side
}

func (c *channel) addPulse(p pulse) {
	c.pulses[c.next] = p
	c.next = (c.next + 1) % pulses
}

// pulse returns how far an impulse at a time stands out.
func (c *channel) pulse(at time.Duration) (over float64) {
	for _, p := range c.pulses {
		if p.over > over && (p.at-at).Abs() <= near {
			over = p.over
		}
	}
	return over
}

func (c *channel) add(high, all float32) {
	if c.used == len(c.high) {
		copy(c.high[:held], c.high[c.used-held:])
		copy(c.all[:held], c.all[c.used-held:])
		c.used = held
	}
	c.high[c.used], c.all[c.used] = high, all
	c.used++
}

// bursts looks for clicks by what is high in them, where a voice and most
// music have little. A coder bends an impulse, and may spread it over 20 ms,
// so that it is no impulse any more; but a burst of some milliseconds it stays.
func (t *track) bursts(b *measure.Block) {
	if b.Discontinuity || (b.PTS-t.end).Abs() > step {
		for c := range t.channels {
			t.channels[c].used = 0
		}
	}
	t.end = b.End()
	steps := min(int((b.Duration+step/2)/step), measure.PowerSteps)
	for i := range steps {
		for c := range b.Channels {
			ch := &t.channels[c]
			ch.add(b.Channels[c].High[i], b.Channels[c].Powers[i])
			if ch.used < held {
				continue
			}
			at := t.end - time.Duration(steps-1-i+around)*step - step/2
			impulse := func() float64 { return ch.pulse(at) }
			if strength, ok := burst(ch.high[ch.used-held:ch.used], ch.all[ch.used-held:ch.used], impulse); ok {
				t.add(at, strength, math.Sqrt(float64(ch.high[ch.used-around-1])))
			}
		}
	}
}

// burst reports whether the millisecond in the middle is one, and its strength:
// how far it is above the larger median, in dB. impulse tells how far an impulse
// at the same place stands out.
func burst(high, all []float32, impulse func() float64) (strength float64, ok bool) {
	core := high[around]
	if core < power(loudest) || core < slices.Max(high[around-2:around+3]) {
		return 0, false
	}
	before, after := mean(all[around-10:around-1]), mean(all[around+2:around+11])
	next := max(slices.Max(high[around-25:around-4]), slices.Max(high[around+5:around+26]))
	if core < max(before, after)*power(overAll) || core < next*power(overNext) {
		return 0, false
	}
	middle := max(median(high[:around-1]), median(high[around+2:]))
	if core < middle*power(overMiddle) {
		return 0, false
	}
	score := ratio(core, next) + impulse() + part*ratio(core, max(before, after)) +
		min(0, ratio(core, power(soft))) -
		uneven*max(0, math.Abs(ratio(before, after))-alike) -
		uneven*max(0, ratio(next, middle)-rhythm)
	return ratio(core, middle), score >= certain
}

// ratio returns that of two powers, in dB. Below -100 dBFS, all is silence.
func ratio(a, b float32) float64 {
	const silence = 1e-10
	return 10 * math.Log10(float64(max(a, silence)/max(b, silence)))
}

// power returns that of a level in dB.
func power(level float64) float32 { return float32(math.Pow(10, level/10)) }

func mean(p []float32) (sum float32) {
	for _, v := range p {
		sum += v
	}
	return sum / float32(len(p))
}

// median returns the middle one of up to 40 values.
func median(p []float32) float32 {
	var sorted [around]float32
	n := copy(sorted[:], p)
	slices.Sort(sorted[:n])
	return sorted[n/2]
}
