package hum

import (
	"math"
	"testing"
	"time"

	"github.com/vqa-project/vqa/detectors/dettest"
	"github.com/vqa-project/vqa/detectors/measure"
)

// lines has lines at multiples of a frequency in every tenth block, each 6 dB
// softer than the one before, above or below a floor by so many dB.
func lines(hz, level, above float64, count int) func(int, *measure.Block) {
	return func(i int, b *measure.Block) {
		for c := range b.Channels {
			b.Channels[c].RMS = 0.1
		}
		if i%10 != 9 {
			return
		}
		for c := range b.Channels {
			row := &b.Channels[c].Mains
			row.Valid = true
			for m, base := range measure.MainsHz {
				for k := range row.Lines[m] {
					power := math.Pow(10, (level-6*float64(k))/10)
					l := measure.MainsLine{Hz: float32(base * float64(k+1)), Power: 1e-9, Floor: 1e-9}
					if k < count && math.Abs(hz/base-1) < 0.1 {
						l = measure.MainsLine{Hz: float32(hz * float64(k+1)), Power: float32(power), Floor: float32(power / math.Pow(10, above/10))}
					}
					row.Lines[m][k] = l
				}
			}
		}
	}
}

func TestHum(t *testing.T) {
	const within = 200 * time.Millisecond
	none := lines(1, 0, 0, 0)
	span := func(start, end float64) dettest.Span {
		return dettest.Span{Kind: Hum, Start: time.Duration(start * float64(time.Second)), End: time.Duration(end * float64(time.Second))}
	}
	for _, test := range []struct {
		name    string
		options []string
		script  func(b *dettest.Bench)
		want    []dettest.Span
	}{
		// A spectrum is of the second before: that it sees hum at 2 s says
		// that there is some from 1.5 s on, on average.
		{"50 Hz", nil, func(b *dettest.Bench) {
			b.Sound(200, none)
			b.Sound(500, lines(50.1, -25, 20, 5))
			b.Sound(200, none)
		}, []dettest.Span{span(1.4, 6.6)}},
		{"60 Hz throughout", nil, func(b *dettest.Bench) { b.Sound(600, lines(60, -25, 12, 3)) }, []dettest.Span{span(0, 6)}},
		{"60 Hz, after what a coder put in front", nil, func(b *dettest.Bench) {
			hum := lines(60, -25, 12, 3)
			b.Sound(600, func(i int, row *measure.Block) {
				hum(i, row)
				if i < 30 {
					row.Channels[0].RMS, row.Channels[1].RMS = 0.001, 0.001
				}
			})
		}, []dettest.Span{span(0.3, 6)}},
		{"hidden for a while", nil, func(b *dettest.Bench) {
			b.Sound(200, lines(50, -25, 20, 5))
			b.Sound(60, lines(50, -25, 3, 5))
			b.Sound(200, lines(50, -25, 20, 5))
		}, []dettest.Span{span(0, 4.6)}},
		{"a bass that moves the first line", nil, func(b *dettest.Bench) {
			hum := lines(50, -25, 20, 5)
			b.Sound(300, hum)
			b.Sound(300, func(i int, row *measure.Block) {
				hum(i, row)
				for c := range row.Channels {
					l := &row.Channels[c].Mains.Lines[0][0]
					l.Hz, l.Power, l.Floor = 50.8, 1.1*l.Power, l.Power
				}
			})
			b.Sound(20, hum)
		}, []dettest.Span{span(0, 6.2)}},
		{"after what a programme had there, softer", nil, func(b *dettest.Bench) {
			b.Sound(100, lines(50, -60, 20, 5))
			b.Sound(200, func(i int, row *measure.Block) {
				lines(50, -59, 20, 5)(i, row)
				for c := range row.Channels { // hidden
					row.Channels[c].Mains.Lines[0][1].Floor = 1
				}
			})
			b.Sound(500, lines(50, -25, 20, 5))
			b.Sound(200, none)
		}, []dettest.Span{span(2.4, 7.6)}},
		{"too short", nil, func(b *dettest.Bench) {
			b.Sound(200, none)
			b.Sound(220, lines(50, -25, 20, 5))
			b.Sound(200, none)
		}, nil},
		{"soft", nil, func(b *dettest.Bench) { b.Sound(600, lines(50, -60, 20, 5)) }, nil},
		{"soft, wanted", []string{"level=-65"}, func(b *dettest.Bench) { b.Sound(600, lines(50, -60, 20, 5)) }, []dettest.Span{span(0, 6)}},
		{"one line", nil, func(b *dettest.Bench) { b.Sound(600, lines(50, -25, 20, 1)) }, nil},
		{"low G", nil, func(b *dettest.Bench) { b.Sound(600, lines(49, -25, 20, 5)) }, nil},
		{"not above the floor", nil, func(b *dettest.Bench) { b.Sound(600, lines(50, -25, 5, 5)) }, nil},
		{"a bass that happens to be there", nil, func(b *dettest.Bench) {
			for range 10 {
				b.Sound(50, lines(50, -20, 20, 5))
				b.Sound(50, lines(56, -20, 20, 5))
			}
		}, nil},
		{"fades", nil, func(b *dettest.Bench) {
			b.Sound(600, func(i int, block *measure.Block) { lines(50, -15-0.15*float64(i), 20, 5)(i, block) })
		}, nil},
		{"time jumps back", nil, func(b *dettest.Bench) {
			b.Sound(250, lines(50, -25, 20, 5))
			b.Audio = 0
			b.Sound(250, func(i int, block *measure.Block) {
				lines(50, -25, 20, 5)(i, block)
				block.Discontinuity = i == 0
			})
		}, nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			b := dettest.Start(t, Detector, test.options...)
			test.script(b)
			b.Flush()
			b.Want(within, test.want...)
		})
	}
}

// TestEdges has hum from 1.53 s to 6.57 s, as the power of what is low tells.
// Spectra of a second are late, as of sound that swells.
func TestEdges(t *testing.T) {
	const rest, hum, loud = 1e-6, 1e-3, 1e-1
	inside := func(i int) bool { return i >= 153 && i < 657 }
	for _, test := range []struct {
		name       string
		power      func(i int) float32 // of a block
		start, end float64
	}{
		{"hum alone", func(i int) float32 {
			if inside(i) {
				return hum
			}
			return rest
		}, 1.53, 6.57},
		{"a programme that comes and goes", func(i int) float32 {
			switch {
			case i%40 < 20:
				return loud
			case inside(i):
				return hum * (1 + 0.5*float32(i%3))
			}
			return rest
		}, 1.53, 6.74}, // the end is hidden
		{"steps of 6 dB", func(i int) float32 {
			if inside(i) {
				return hum
			}
			return hum / 4
		}, 1.53, 6.57},
		{"a programme that is always louder", func(i int) float32 { return loud }, 1.46, 6.74},
		{"no spectrum", nil, 1.46, 6.74},
	} {
		t.Run(test.name, func(t *testing.T) {
			b := dettest.Start(t, Detector)
			lag := int(measure.SpectrumTime(48000) / 2 / dettest.BlockTime) // blocks
			row := func(offset int, fill func(int, *measure.Block)) func(int, *measure.Block) {
				return func(i int, block *measure.Block) {
					fill(i, block)
					for c := range block.Channels {
						if test.power != nil {
							block.Channels[c].Spectrum.Valid = true
							block.Channels[c].Spectrum.Bands[0] = test.power(i + offset - lag)
						}
					}
				}
			}
			b.Sound(210, row(0, lines(1, 0, 0, 0)))
			b.Sound(500, row(210, lines(50, -30, 20, 5)))
			b.Sound(250, row(710, lines(1, 0, 0, 0)))
			b.Flush()
			b.Want(30*time.Millisecond, dettest.Span{Kind: Hum,
				Start: time.Duration(test.start * float64(time.Second)), End: time.Duration(test.end * float64(time.Second))})
		})
	}
}
