package compare

import (
	"errors"
	"math"

	"github.com/vqa-project/vqa/detectors/measure"
)

// A soundTrack is what is kept of one audio stream: the level of each band
// for each 2.5 ms of media time, in steps of 0.4 dB from -100 dBFS on. It takes
// 1.6 KB for each second.
type soundTrack struct {
	stream measure.Stream
	levels [][measure.EnvelopeBands]uint8
	heard  bool // there was a buffer, if silent
	err    error
}

const (
	rowsPerFrame = measure.EnvelopesPerSecond / perSecond
	rowSeconds   = 1. / measure.EnvelopesPerSecond
	levelStep    = 0.4 // dB
	levelBottom  = -100
)

// maxHours is how long an input may be: times beyond it are taken for damage.
const maxHours = 24

var errTooLong = errors.New("longer than 24 hours")

// add keeps a row.
func (t *soundTrack) add(e *measure.Envelope) {
	t.heard = true
	if e.Number < 0 {
		return // before the program's start: an encoder's priming
	}
	if e.Number >= maxHours*3600*measure.EnvelopesPerSecond {
		t.err = errTooLong
		return
	}
	for int64(len(t.levels)) <= e.Number {
		t.levels = append(t.levels, [measure.EnvelopeBands]uint8{})
	}
	for b, v := range e.Bands {
		db := 10*math.Log10(float64(v)+1e-12) - levelBottom
		t.levels[e.Number][b] = uint8(max(0, min(255, math.Round(db/levelStep))))
	}
}

// floors returns, by band, the level below which nothing counts: 50 dB below
// the loud parts.
func (t *soundTrack) floors() (floors [measure.EnvelopeBands]uint8) {
	for b := range floors {
		var histogram [256]int
		for i := range t.levels {
			histogram[t.levels[i][b]]++
		}
		loud, n := 255, 0
		for ; loud > 0 && n <= len(t.levels)/50; loud-- {
			n += histogram[loud]
		}
		floors[b] = uint8(max(1, loud-int(50/levelStep)))
	}
	return floors
}

// detail returns the levels in dB over the floor, one for each 2.5 ms.
func (t *soundTrack) detail() [][measure.EnvelopeBands]float32 {
	floors := t.floors()
	out := make([][measure.EnvelopeBands]float32, len(t.levels))
	for i := range out {
		for b, v := range t.levels[i] {
			out[i][b] = levelStep * float32(max(v, floors[b])-floors[b])
		}
	}
	return out
}

// series returns the track as a series.
func (t *soundTrack) series() *series {
	floors := t.floors()
	n := len(t.levels) / rowsPerFrame
	channels := make([][]float32, measure.EnvelopeBands)
	for b := range channels {
		channels[b] = make([]float32, n)
		for i := range channels[b] {
			sum := 0
			for k := range rowsPerFrame {
				sum += int(max(t.levels[i*rowsPerFrame+k][b], floors[b]) - floors[b])
			}
			channels[b][i] = levelStep * float32(sum) / rowsPerFrame
		}
	}
	return flatten(channels, soundNoise)
}

// soundNoise is the spread of levels, in dB, that coding alone makes.
const soundNoise = 1.5
