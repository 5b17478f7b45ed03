package hum

import (
	"math"
	"slices"
	"time"

	"github.com/vqa-project/vqa/detectors/measure"
)

const (
	// held is how many blocks are kept: more than patience and reach.
	held = 512

	// reach is how far, in blocks, an edge may be from where spectra of a
	// second put it, and plain how many on its inner side tell what hum alone
	// has. Before it is plain, it is not looked for.
	reach, plain = 20, 50

	// ripple is how far, in dB, a block of hum alone is from its level at
	// most: spectra of 20 ms have not much more than a wave of 50 Hz.
	ripple = 4

	// against is by how many blocks of hum one without is outweighed, and
	// certain how much evidence there is outside of an edge.
	against, certain = 3, 9

	blockTime = time.Second / measure.BlocksPerSecond
)

// A low is the power up to 125 Hz in the latest blocks of a channel, the last
// one last. That is where the strongest lines of hum are.
type low struct {
	powers [2 * held]float32
	used   int
}

func (l *low) add(row *measure.SpectrumRow) {
	if l.used == len(l.powers) {
		l.used = copy(l.powers[:], l.powers[held:])
	}
	power := float32(math.NaN()) // unknown
	if row.Valid {
		power = row.Bands[0] // up to 125 Hz
	}
	l.powers[l.used] = power
	l.used++
}

// edge returns how many blocks before the last one hum begins, or ends, where
// it seemed so many before. Of the blocks on the inner side the softest tell what
// hum alone has: the programme adds to it.
func (l *low) edge(before int, begins bool) (blocks int, ok bool) {
	at := func(i int) float64 { // i counts outwards from the inner end
		if begins {
			i = -i
		}
		k := l.used - 1 - before + i
		if k < max(0, l.used-held) || k >= l.used {
			return math.NaN()
		}
		return float64(l.powers[k])
	}
	var inner [plain]float64
	for i := range inner {
		inner[i] = at(i - reach - plain)
	}
	if slices.ContainsFunc(inner[:], math.IsNaN) {
		return 0, false
	}
	slices.Sort(inner[:])
	level := inner[plain/4]
	var sum, most, least float64
	for i := -reach; i <= reach; i++ {
		switch p := at(i); {
		case math.IsNaN(p):
			return 0, false
		case p < level*math.Pow(10, -ripple/10.):
			sum -= against
		case p <= level*math.Pow(10, ripple/10.):
			sum++
		}
		if sum > most {
			most, least, blocks = sum, sum, i
		}
		least = min(least, sum)
	}
	if begins {
		blocks = -blocks
	}
	return before - blocks, most > 0 && most-least >= certain
}

// refined returns where hum in a channel begins, or ends, close to where spectra
// of a second put it.
func (t *track) refined(coarse time.Duration, channel int, begins bool) time.Duration {
	if channel >= len(t.lows) {
		return coarse
	}
	// A block's spectrum stands for its middle.
	last := t.end - t.spectrum/2
	blocks, ok := t.lows[channel].edge(int((last-coarse)/blockTime), begins)
	if !ok {
		return coarse
	}
	half := blockTime / 2
	if begins {
		half = -half
	}
	return last - time.Duration(blocks)*blockTime + half
}
