package dropout

import (
	"testing"
	"time"

	"github.com/vqa-project/vqa/detectors/dettest"
	"github.com/vqa-project/vqa/detectors/measure"
)

const ms = time.Millisecond

// sound delivers one millisecond after another, at amplitudes from level.
func sound(b *dettest.Bench, milliseconds int, level func(ms int) float32) {
	b.Sound(milliseconds/measure.PowerSteps, func(i int, row *measure.Block) {
		for j := range row.Channels[0].Powers {
			l := level(i*measure.PowerSteps + j)
			row.Channels[0].Powers[j], row.Channels[1].Powers[j] = l*l, l*l
			for c := range row.Channels {
				row.Channels[c].Spectrum.Bands[3] = l * l
			}
		}
	})
}

// gap is a level with a gap.
func gap(from, to int) func(int) float32 {
	return func(at int) float32 {
		if at >= from && at < to {
			return 0
		}
		return 0.1
	}
}

func TestDropout(t *testing.T) {
	tests := []struct {
		name    string
		options []string
		script  func(b *dettest.Bench)
		want    []dettest.Span
	}{
		{"50 ms", nil, func(b *dettest.Bench) { sound(b, 1000, gap(500, 550)) },
			[]dettest.Span{{Kind: Dropout, Start: 500 * ms, End: 550 * ms}}},
		{"10 ms, within a block", nil, func(b *dettest.Bench) { sound(b, 1000, gap(505, 515)) },
			[]dettest.Span{{Kind: Dropout, Start: 505 * ms, End: 515 * ms}}},
		{"10 ms, of soft sound", nil, func(b *dettest.Bench) {
			sound(b, 1000, func(at int) float32 { return gap(500, 510)(at) / 8 })
		}, nil},
		{"15 ms, of soft sound", nil, func(b *dettest.Bench) {
			sound(b, 1000, func(at int) float32 { return gap(500, 515)(at) / 5 })
		}, []dettest.Span{{Kind: Dropout, Start: 500 * ms, End: 515 * ms}}},
		{"10 ms, between clips", nil, func(b *dettest.Bench) {
			sound(b, 1000, func(at int) float32 {
				if at >= 510 {
					return 0.05
				}
				return gap(500, 510)(at)
			})
		}, nil},
		{"10 ms, in a rumble", nil, func(b *dettest.Bench) {
			b.Sound(100, func(i int, row *measure.Block) {
				for j := range row.Channels[0].Powers {
					l := gap(500, 510)(i*measure.PowerSteps + j)
					row.Channels[0].Powers[j], row.Channels[0].Spectrum.Bands[0] = l*l, l*l
				}
			})
		}, nil},
		{"13 ms, softer after it", nil, func(b *dettest.Bench) {
			sound(b, 1000, func(at int) float32 {
				if at >= 513 {
					return 0.04
				}
				return gap(500, 513)(at)
			})
		}, []dettest.Span{{Kind: Dropout, Start: 500 * ms, End: 513 * ms}}},
		{"with what a coder leaves", nil, func(b *dettest.Bench) {
			sound(b, 1000, func(at int) float32 {
				if at >= 500 && at < 520 {
					return 0.002 // 34 dB down
				}
				return gap(520, 600)(at)
			})
		}, []dettest.Span{{Kind: Dropout, Start: 500 * ms, End: 600 * ms}}},
		{"one pause of a buzz is deeper", nil, func(b *dettest.Bench) {
			sound(b, 1000, func(at int) float32 {
				switch {
				case at%30 < 15:
					return 0.1
				case at/30 == 15:
					return 0.001
				}
				return 0.004
			})
		}, nil},
		{"12 ms, with something left", nil, func(b *dettest.Bench) {
			sound(b, 1000, func(at int) float32 { return max(gap(500, 512)(at), 0.001) })
		}, nil},
		{"13 ms, with something left", nil, func(b *dettest.Bench) {
			sound(b, 1000, func(at int) float32 { return max(gap(500, 513)(at), 0.001) })
		}, []dettest.Span{{Kind: Dropout, Start: 500 * ms, End: 513 * ms}}},
		{"a plosive in loud speech", nil, func(b *dettest.Bench) {
			sound(b, 1000, func(at int) float32 { return max(5*gap(500, 550)(at), 0.02) })
		}, nil},
		{"500 ms", nil, func(b *dettest.Bench) { sound(b, 2000, gap(500, 1000)) },
			[]dettest.Span{{Kind: Dropout, Start: 500 * ms, End: 1000 * ms}}},
		{"two, half a second apart", nil, func(b *dettest.Bench) {
			sound(b, 1000, gap(500, 550))
			sound(b, 1000, gap(100, 150))
		}, []dettest.Span{{Kind: Dropout, Start: 500 * ms, End: 550 * ms}, {Kind: Dropout, Start: 1100 * ms, End: 1150 * ms}}},
		{"shorter than wanted", []string{"min-duration=100ms"}, func(b *dettest.Bench) { sound(b, 1000, gap(500, 550)) }, nil},
		{"as long as silence", nil, func(b *dettest.Bench) { sound(b, 3000, gap(500, 1600)) }, nil},
		{"too short", nil, func(b *dettest.Bench) { sound(b, 1000, gap(500, 506)) }, nil},
		{"up to the end", nil, func(b *dettest.Bench) { sound(b, 600, gap(500, 600)) }, nil},
		{"in quiet sound", nil, func(b *dettest.Bench) {
			sound(b, 1000, func(at int) float32 { return gap(500, 550)(at) / 50 })
		}, nil},
		{"a pause after a vowel", nil, func(b *dettest.Bench) {
			sound(b, 1000, func(at int) float32 {
				if at >= 460 && at < 500 {
					return 0.1 * float32(500-at) / 40
				}
				return gap(500, 550)(at)
			})
		}, nil},
		{"a note after a rest", nil, func(b *dettest.Bench) {
			sound(b, 1000, func(at int) float32 {
				if at >= 550 && at < 600 {
					return 0.1 * float32(at-550) / 50
				}
				return gap(500, 550)(at)
			})
		}, nil},
		{"much louder after it", nil, func(b *dettest.Bench) {
			sound(b, 1000, func(at int) float32 {
				if at < 500 {
					return 0.02
				}
				return gap(500, 550)(at)
			})
		}, []dettest.Span{{Kind: Dropout, Start: 500 * ms, End: 550 * ms}}},
		{"much louder after a pause with a room in it", nil, func(b *dettest.Bench) {
			sound(b, 1000, func(at int) float32 {
				if at < 500 {
					return 0.02
				}
				return max(gap(500, 550)(at), 0.0005)
			})
		}, nil},
		{"turned down", nil, func(b *dettest.Bench) {
			sound(b, 1000, func(at int) float32 { return max(gap(500, 550)(at), 0.001) })
		}, []dettest.Span{{Kind: Dropout, Start: 500 * ms, End: 550 * ms}}},
		{"one channel", nil, func(b *dettest.Bench) {
			b.Sound(100, func(i int, row *measure.Block) {
				for j := range row.Channels[0].Powers {
					l := gap(500, 550)(i*measure.PowerSteps + j)
					row.Channels[0].Powers[j], row.Channels[1].Powers[j] = l*l, 0.01
				}
			})
		}, []dettest.Span{{Kind: Dropout, Start: 500 * ms, End: 550 * ms}}},
		{"a buzz", nil, func(b *dettest.Bench) {
			sound(b, 2000, func(at int) float32 { return gap(0, 60)(at % 120) })
		}, nil},
		{"time jumps within", nil, func(b *dettest.Bench) {
			sound(b, 520, gap(500, 520))
			b.Audio += time.Second
			sound(b, 500, gap(0, 20))
		}, nil},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			b := dettest.Start(t, Detector, test.options...)
			test.script(b)
			b.Flush()
			b.Want(time.Millisecond, test.want...)
		})
	}
}
