package click

import (
	"math"
	"testing"
	"time"

	"github.com/vqa-project/vqa/detectors/dettest"
	"github.com/vqa-project/vqa/detectors/measure"
)

const ms = time.Millisecond

// clear is an impulse of a strength that leaves no doubt: 20 dB.
var clear = measure.Impulse{Offset: -96, Amplitude: 0.3, Before: 0.01, After: 0.01, LevelBefore: 0.1, LevelAfter: 0.1}

// at delivers a second of sound with an impulse in these blocks.
func at(b *dettest.Bench, im measure.Impulse, blocks ...int) {
	b.Sound(100, func(i int, row *measure.Block) {
		for _, n := range blocks {
			if n == i {
				row.Channels[0].Impulse = im
			}
		}
	})
}

func TestClick(t *testing.T) {
	changed := func(change func(im *measure.Impulse)) measure.Impulse {
		im := clear
		change(&im)
		return im
	}
	tests := []struct {
		name    string
		options []string
		script  func(b *dettest.Bench)
		want    []dettest.Span
	}{
		{"one", nil, func(b *dettest.Bench) { at(b, clear, 50) }, []dettest.Span{{Kind: Click, Start: 498 * ms, End: 499 * ms}}},
		{"several", nil, func(b *dettest.Bench) { at(b, clear, 10, 20, 30) }, []dettest.Span{{Kind: Click, Start: 98 * ms, End: 299 * ms}}},
		{"two, far apart", nil, func(b *dettest.Bench) { at(b, clear, 10, 90) },
			[]dettest.Span{{Kind: Click, Start: 98 * ms, End: 99 * ms}, {Kind: Click, Start: 898 * ms, End: 899 * ms}}},
		{"in silence", nil, func(b *dettest.Bench) { at(b, measure.Impulse{Offset: -96, Amplitude: 0.3}, 50) },
			[]dettest.Span{{Kind: Click, Start: 498 * ms, End: 499 * ms}}},
		{"weak", nil, func(b *dettest.Bench) {
			at(b, changed(func(im *measure.Impulse) { im.Amplitude = 0.08 }), 50)
		}, nil},
		{"weak, wanted", []string{"strength=6"}, func(b *dettest.Bench) {
			at(b, changed(func(im *measure.Impulse) { im.Amplitude = 0.08 }), 50)
		}, []dettest.Span{{Kind: Click, Start: 498 * ms, End: 499 * ms}}},
		{"quiet", nil, func(b *dettest.Bench) {
			at(b, measure.Impulse{Amplitude: 0.01}, 50)
		}, nil},
		{"a drum sets in", nil, func(b *dettest.Bench) {
			at(b, changed(func(im *measure.Impulse) { im.Amplitude, im.LevelBefore = 0.1, 0.01 }), 50)
		}, nil},
		{"a tone ends", nil, func(b *dettest.Bench) {
			at(b, changed(func(im *measure.Impulse) { im.Amplitude, im.LevelAfter = 0.1, 0.01 }), 50)
		}, nil},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			b := dettest.Start(t, Detector, test.options...)
			test.script(b)
			b.Flush()
			b.Want(time.Millisecond/10, test.want...)
		})
	}
}

func TestEvidence(t *testing.T) {
	b := dettest.Start(t, Detector)
	at(b, clear, 10, 20, 30)
	b.Flush()
	if len(b.Events) != 1 || b.Events[0].Evidence["clicks"] != 3 {
		t.Errorf("events %+v, want one with three clicks", b.Events)
	}
}

func TestBurst(t *testing.T) {
	// sound delivers 300 ms with levels of what is high, and of all, in dBFS.
	sound := func(b *dettest.Bench, level func(ms int) (high, all float64)) {
		b.Sound(30, func(i int, row *measure.Block) {
			for j := range row.Channels[0].High {
				high, all := level(i*measure.PowerSteps + j)
				row.Channels[0].High[j], row.Channels[0].Powers[j] = power(high), power(all)
			}
		})
	}
	tests := []struct {
		name  string
		level func(ms int) (high, all float64)
		want  []dettest.Span
	}{
		{"one", func(at int) (float64, float64) {
			if at == 150 {
				return -25, -20
			}
			return -60, -25
		}, []dettest.Span{{Kind: Click, Start: 150*ms + ms/2, End: 151*ms + ms/2}}},
		{"spread by a coder", func(at int) (float64, float64) {
			return max(-65, -25-7*math.Abs(float64(at-150))), -25
		}, []dettest.Span{{Kind: Click, Start: 150*ms + ms/2, End: 151*ms + ms/2}}},
		{"a snare", func(at int) (float64, float64) {
			if at >= 150 {
				return max(-60, -25-float64(at-150)), -25
			}
			return -60, -40
		}, nil},
		{"a consonant", func(at int) (float64, float64) {
			if at >= 150 && at < 190 {
				return -30, -28
			}
			return -60, -25
		}, nil},
		{"hidden by loud sound", func(at int) (float64, float64) {
			if at == 150 {
				return -25, -6
			}
			return -60, -6
		}, nil},
		{"a plosive, softer before", func(at int) (float64, float64) {
			switch {
			case at == 150:
				return -33, -28
			case at > 150:
				return -55, -28
			}
			return -65, -45
		}, nil},
		{"quiet", func(at int) (float64, float64) {
			if at == 150 {
				return -40, -40
			}
			return -90, -60
		}, nil},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			b := dettest.Start(t, Detector)
			sound(b, test.level)
			b.Flush()
			b.Want(time.Millisecond/10, test.want...)
		})
	}
}

// A burst that is too weak by itself is a click where an impulse is as well.
func TestBurstWithImpulse(t *testing.T) {
	for _, test := range []struct {
		name    string
		impulse measure.Impulse // in the block after
		want    []dettest.Span
	}{
		{"none", measure.Impulse{}, nil},
		{"at the same place", measure.Impulse{Offset: -95, Amplitude: 0.02, Before: 0.002, After: 0.0025},
			[]dettest.Span{{Kind: Click, Start: 158*ms + ms/2, End: 159*ms + ms/2}}},
		{"too weak", measure.Impulse{Offset: -95, Amplitude: 0.02, Before: 0.002, After: 0.008}, nil},
		{"4 ms later", measure.Impulse{Offset: 120, Amplitude: 0.02, Before: 0.002, After: 0.0025}, nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			b := dettest.Start(t, Detector)
			b.Sound(30, func(i int, row *measure.Block) {
				c := &row.Channels[0]
				for j := range c.High {
					if c.High[j], c.Powers[j] = power(-49), power(-30); i*measure.PowerSteps+j == 158 {
						c.High[j] = power(-30)
					}
				}
				if i == 16 {
					c.Impulse = test.impulse
					c.Impulse.LevelBefore, c.Impulse.LevelAfter = 0.05, 0.05
				}
			})
			b.Flush()
			b.Want(time.Millisecond/10, test.want...)
		})
	}
}
