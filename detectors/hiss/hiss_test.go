package hiss

import (
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/vqa-project/vqa/detectors/dettest"
	"github.com/vqa-project/vqa/detectors/measure"
)

// floorOf has white noise of a level, in 20 kHz, which tells for each block.
func floorOf(level func(i int) float64) func(int, *measure.Block) {
	return func(i int, b *measure.Block) {
		for c := range b.Channels {
			row := &b.Channels[c].Spectrum
			row.Valid = true
			for k := range row.Bands {
				low, high := measure.BandEdges(k)
				row.Bands[k] = float32(math.Pow(10, level(i)/10) * (high - low) / band)
			}
		}
	}
}

// steady is noise with the spread that it has in 10 ms.
func steadyAt(level float64) func(int, *measure.Block) {
	r := rand.New(rand.NewPCG(1, 2))
	return floorOf(func(int) float64 { return level + 0.7*r.NormFloat64() })
}

// under is noise that a programme covers for two thirds of a second in each.
func under(level float64) func(int, *measure.Block) {
	r := rand.New(rand.NewPCG(3, 4))
	return floorOf(func(i int) float64 {
		if i%100 < 66 {
			return level + 10 + 5*r.Float64()
		}
		return level + 0.7*r.NormFloat64()
	})
}

// at8kHz makes rows of sound that ends at 4 kHz.
func at8kHz(fill func(int, *measure.Block)) func(int, *measure.Block) {
	return func(i int, b *measure.Block) {
		b.SampleRate, b.Samples = 8000, 80
		fill(i, b)
	}
}

func TestHiss(t *testing.T) {
	span := func(start, end int) dettest.Span {
		reach := (measure.SpectrumTime(48000) - dettest.BlockTime) / 2
		return dettest.Span{Kind: Hiss, Start: max(0, time.Duration(start)*10*time.Millisecond-reach), End: time.Duration(end)*10*time.Millisecond - reach}
	}
	for _, test := range []struct {
		name    string
		options []string
		script  func(b *dettest.Bench)
		want    []dettest.Span
	}{
		{"in the middle", nil, func(b *dettest.Bench) {
			b.Sound(100, steadyAt(-80))
			b.Sound(400, steadyAt(-40))
			b.Sound(100, steadyAt(-80))
		}, []dettest.Span{span(100, 500)}},
		{"under a programme, to the end", nil, func(b *dettest.Bench) {
			b.Sound(134, steadyAt(-80))
			programme := under(-40)
			b.Sound(500, func(i int, block *measure.Block) { programme(i+66, block) })
		}, []dettest.Span{span(134, 634)}},
		{"begins with a soft moment", nil, func(b *dettest.Bench) {
			b.Sound(100, steadyAt(-80))
			b.Sound(1, floorOf(func(int) float64 { return -44 }))
			b.Sound(400, steadyAt(-40))
			b.Sound(100, steadyAt(-80))
		}, []dettest.Span{span(100, 501)}},
		{"begins with loud moments", nil, func(b *dettest.Bench) {
			b.Sound(100, steadyAt(-80))
			b.Sound(1, floorOf(func(int) float64 { return -35.5 }))
			b.Sound(10, floorOf(func(i int) float64 { return -38.6 - 0.1*float64(i) }))
			b.Sound(400, steadyAt(-41.5))
			b.Sound(100, steadyAt(-80))
		}, []dettest.Span{span(100, 511)}},
		{"from the first spectrum to a soft moment before the end", nil, func(b *dettest.Bench) {
			b.Sound(2, func(int, *measure.Block) {})
			b.Sound(400, steadyAt(-40))
			b.Sound(1, steadyAt(-60))
			b.Sound(1, steadyAt(-40))
		}, []dettest.Span{{Kind: Hiss, Start: 0, End: 4040 * time.Millisecond}}},
		{"after what a coder puts in front", nil, func(b *dettest.Bench) {
			b.Sound(2, func(int, *measure.Block) {})
			b.Sound(1, floorOf(func(int) float64 { return -45 }))
			b.Sound(400, steadyAt(-40))
		}, []dettest.Span{span(2, 404)}},
		{"soft, where a room is no softer", nil, func(b *dettest.Bench) { b.Sound(500, at8kHz(steadyAt(-37))) }, nil},
		{"loud, where a room is no softer", nil, func(b *dettest.Bench) { b.Sound(500, at8kHz(steadyAt(-30))) },
			[]dettest.Span{{Kind: Hiss, Start: 0, End: 5 * time.Second}}},
		{"too short", nil, func(b *dettest.Bench) {
			b.Sound(100, steadyAt(-80))
			b.Sound(290, steadyAt(-40))
			b.Sound(100, steadyAt(-80))
		}, nil},
		{"soft", nil, func(b *dettest.Bench) { b.Sound(500, steadyAt(-55)) }, nil},
		{"soft, wanted", []string{"level=-60"}, func(b *dettest.Bench) { b.Sound(500, steadyAt(-55)) }, []dettest.Span{span(0, 500)}},
		{"a buzz", nil, func(b *dettest.Bench) { b.Sound(500, floorOf(func(int) float64 { return -35 })) }, nil},
		{"cymbals, alone and not as steady", nil, func(b *dettest.Bench) {
			r := rand.New(rand.NewPCG(9, 10))
			levels := make([]float64, 500)
			for i := range levels {
				levels[i] = -40 + 1.35*max(-1.7, r.NormFloat64())
			}
			b.Sound(500, floorOf(func(i int) float64 { return levels[i] }))
		}, nil},
		{"swells", nil, func(b *dettest.Bench) {
			b.Sound(1000, floorOf(func(i int) float64 { return -35 + 12*math.Sin(2*math.Pi*0.3*float64(i)/100) }))
		}, nil},
		{"strings", nil, func(b *dettest.Bench) {
			r := rand.New(rand.NewPCG(7, 8))
			levels := make([]float64, 1000)
			for i := range levels {
				levels[i] = -42 + 1.8*r.NormFloat64() // of all bands
			}
			b.Sound(1000, floorOf(func(i int) float64 { return levels[i] }))
		}, nil},
		{"a dense programme", nil, func(b *dettest.Bench) {
			r := rand.New(rand.NewPCG(5, 6))
			b.Sound(1000, floorOf(func(int) float64 { return -30 + 8*r.NormFloat64() }))
		}, nil},
		{"time jumps back", nil, func(b *dettest.Bench) {
			b.Sound(200, steadyAt(-40))
			b.Audio = 0
			b.Sound(200, func(i int, block *measure.Block) {
				steadyAt(-40)(i, block)
				block.Discontinuity = i == 0
			})
		}, nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			b := dettest.Start(t, Detector, test.options...)
			test.script(b)
			b.Flush()
			b.Want(35*time.Millisecond, test.want...)
			for _, e := range b.Events {
				if e.Value < -60 || e.Value > -29 {
					t.Errorf("level %v", e.Value)
				}
			}
		})
	}
}
