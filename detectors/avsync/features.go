package avsync

import (
	"math"
	"time"

	"github.com/vqa-project/vqa/detectors/measure"
)

// The lower half of a face in rows of cells, from below the nose to the chin.
// Each has a part in the middle, where lips are, and one on either side.
var mouthRows = [...]int{16, 19, 21, 24, 28}

const (
	mouthLeft, mouthRight = 12, 19
	sideLeft, sideRight   = 8, 24
)

// describeFace fills values with the features of a face: motion and luma of the
// parts of its lower half, and of its upper half; how uneven the mouth is.
func describeFace(f *measure.FaceRow, values *[VideoFeatures]float32) {
	n := 0
	add := func(v float64) {
		values[n] = float32(v)
		n++
	}
	for r := range len(mouthRows) - 1 {
		top, bottom := mouthRows[r], mouthRows[r+1]
		add(math.Sqrt(mean(&f.Motion, mouthLeft, mouthRight, top, bottom)))
		add(mean(&f.Luma, mouthLeft, mouthRight, top, bottom))
		add(math.Sqrt((mean(&f.Motion, sideLeft, mouthLeft, top, bottom) + mean(&f.Motion, mouthRight, sideRight, top, bottom)) / 2))
		add((mean(&f.Luma, sideLeft, mouthLeft, top, bottom) + mean(&f.Luma, mouthRight, sideRight, top, bottom)) / 2)
	}
	add(math.Sqrt(mean(&f.Motion, 6, 25, 6, 16)))
	add(mean(&f.Luma, 6, 25, 6, 16))
	add(spread(&f.Luma, mouthLeft, mouthRight, 19, 25))
}

type faceCells = [measure.FaceCells][measure.FaceCells]uint16

func mean(c *faceCells, left, right, top, bottom int) float64 {
	sum := 0
	for y := top; y < bottom; y++ {
		for x := left; x < right; x++ {
			sum += int(c[y][x])
		}
	}
	return float64(sum) / 256 / float64((right-left)*(bottom-top))
}

func spread(c *faceCells, left, right, top, bottom int) float64 {
	m, sum := mean(c, left, right, top, bottom), 0.
	for y := top; y < bottom; y++ {
		for x := left; x < right; x++ {
			d := float64(c[y][x])/256 - m
			sum += d * d
		}
	}
	return math.Sqrt(sum / float64((right-left)*(bottom-top)))
}

// bands is how many of the bands of a spectrum are looked at: up to 8 kHz. Half
// of the features are their levels, half how fast these change.
const bands = SoundFeatures / 2

const (
	// floor is how far below the loudest of late a band is heard, as power:
	// 45 dB.
	floor = 3.16e-5

	// forget is what becomes of the loudest from block to block: half in 7 s.
	forget = 0.999

	// soundLag is by how much the middle of what a spectrum covers is
	// behind the middle of its block.
	soundLag = 6 * time.Millisecond

	blockTime      = time.Second / measure.BlocksPerSecond
	blocksPerPoint = 2
	levelsKept     = 16
)

// A spectrumFollower turns blocks into the features of sound, at points.
type spectrumFollower struct {
	emit    func(at int, values []float32)
	loudest [bands]float64 // power

	levels [levelsKept][bands]float64 // of the latest blocks, a ring, in dB
	number int                        // of the next block, in 10 ms
	known  int                        // blocks in a row

	values [SoundFeatures]float32
}

func (s *spectrumFollower) restart() { s.known = 0 }

func (s *spectrumFollower) block(b *measure.Block) {
	number := int((b.PTS - soundLag + blockTime/2) / blockTime)
	switch number - s.number {
	case 0:
	case 1: // rounded up after one that was rounded down
		s.add(b, s.number)
	case -1:
		if s.known > 0 {
			return
		}
	default:
		s.known = 0
	}
	s.add(b, number)
}

func (s *spectrumFollower) add(b *measure.Block, number int) {
	level := &s.levels[number&(levelsKept-1)]
	for k := range level {
		power := 0.
		for c := range b.Channels {
			power += float64(b.Channels[c].Spectrum.Bands[k])
		}
		power /= float64(max(1, len(b.Channels)))
		s.loudest[k] = max(s.loudest[k]*forget, power, 1e-12)
		level[k] = 10 * math.Log10(power/s.loudest[k]+floor)
	}
	s.number = number + 1
	s.known++
	// The blocks around the middle one, three on either side, have two more
	// each to tell how it changes.
	middle := number - 5
	if s.known < 11 || middle%blocksPerPoint != 0 {
		return
	}
	for k := range bands {
		var l, c float64
		for d := -3; d <= 3; d++ {
			weight := float64(4 - max(d, -d))
			at := func(i int) float64 { return s.levels[(middle+d+i)&(levelsKept-1)][k] }
			l += weight * at(0)
			c += weight * math.Abs(at(2)+at(1)-at(-1)-at(-2)) / 2
		}
		s.values[k], s.values[bands+k] = float32(l/16), float32(c/16)
	}
	s.emit(middle/blocksPerPoint, s.values[:])
}
