package clipping

import (
	"testing"
	"time"

	"github.com/vqa-project/vqa/detectors/dettest"
	"github.com/vqa-project/vqa/detectors/measure"
)

// full is the bin that starts at full scale.
const full = 3 * 16

// sound fills a row with a distribution that falls towards full scale, and so
// many samples of 480 that are there.
func sound(i int, row *measure.Block, atFullScale uint16) {
	c := &row.Channels[1]
	c.RMS, c.Peak = 0.2+0.1*float32(i%4), 1
	for j := range full {
		c.Amplitudes[j] = uint16((full - j) / 4)
	}
	c.Amplitudes[full] = atFullScale
}

// noise fills a row with noise of which so many samples of 480 are above full
// scale: far more are some dB below.
func noise(i int, row *measure.Block, above uint16) {
	c := &row.Channels[1]
	c.RMS, c.Peak = 0.3+0.1*float32(i%4), 1.1
	for j := range full - 4 {
		c.Amplitudes[j] = 10
	}
	c.Amplitudes[full], c.Amplitudes[full+1] = above-above/2, above/2
}

// few fills rows with samples in the bin of a ceiling that are too few for
// clipping; 3 of 480 and more go on with it.
func few(samples uint16, ceiling int) func(int, *measure.Block) {
	return func(i int, row *measure.Block) {
		c := &row.Channels[1]
		c.RMS, c.Peak = 0.05+0.02*float32(i%4), float32(measure.AmplitudeBin(ceiling))
		c.Amplitudes[8], c.Amplitudes[ceiling] = 480-samples, samples
	}
}

// soft fills a row with sound far below full scale.
func soft(i int, row *measure.Block) {
	c := &row.Channels[1]
	c.RMS, c.Peak = 0.02+0.01*float32(i%4), 0.1
	for j := range 16 {
		c.Amplitudes[j] = uint16(16-j) * 4
	}
}

func TestClipping(t *testing.T) {
	quiet := func(b *dettest.Bench, n int) { b.Sound(n, func(int, *measure.Block) {}) }
	loud := func(b *dettest.Bench, n int, atFullScale uint16) {
		b.Sound(n, func(i int, row *measure.Block) { sound(i, row, atFullScale) })
	}
	tests := []struct {
		name    string
		options []string
		script  func(b *dettest.Bench)
		want    []dettest.Span
	}{
		{"two seconds", nil, func(b *dettest.Bench) {
			quiet(b, 120)
			loud(b, 200, 100)
			quiet(b, 100)
		}, []dettest.Span{{Kind: Clipping, Start: 1200 * time.Millisecond, End: 3200 * time.Millisecond}}},
		{"with a pause", nil, func(b *dettest.Bench) {
			loud(b, 100, 100)
			quiet(b, 200)
			loud(b, 100, 100)
		}, []dettest.Span{{Kind: Clipping, Start: 0, End: 4 * time.Second}}},
		{"up to the end", nil, func(b *dettest.Bench) {
			quiet(b, 100)
			loud(b, 130, 100)
		}, []dettest.Span{{Kind: Clipping, Start: time.Second, End: 2300 * time.Millisecond}}},
		{"time jumps", nil, func(b *dettest.Bench) {
			loud(b, 100, 100)
			b.Audio += 10 * time.Second
			loud(b, 100, 100)
		}, []dettest.Span{{Kind: Clipping, Start: 0, End: time.Second}, {Kind: Clipping, Start: 11 * time.Second, End: 12 * time.Second}}},
		{"a few samples at full scale", nil, func(b *dettest.Bench) { loud(b, 300, 2) }, nil},
		{"too short", nil, func(b *dettest.Bench) {
			loud(b, 10, 400)
			quiet(b, 100)
		}, nil},
		{"a tone", nil, func(b *dettest.Bench) {
			b.Sound(300, func(_ int, row *measure.Block) { sound(0, row, 100) })
		}, nil},
		{"one second of a few", nil, func(b *dettest.Bench) { // a drum through a limiter
			loud(b, 100, 40)
			quiet(b, 100)
		}, nil},
		{"one second of many", nil, func(b *dettest.Bench) {
			loud(b, 100, 100)
			quiet(b, 100)
		}, []dettest.Span{{Kind: Clipping, Start: 0, End: time.Second}}},
		{"noise that a coder lifts over full scale", nil, func(b *dettest.Bench) {
			b.Sound(200, func(i int, row *measure.Block) { noise(i, row, 12) })
			quiet(b, 100)
		}, []dettest.Span{{Kind: Clipping, Start: 0, End: 2 * time.Second}}},
		{"noise that now and then is over full scale", nil, func(b *dettest.Bench) {
			b.Sound(200, func(i int, row *measure.Block) { noise(i, row, 5) })
		}, nil},
		{"weak at first", nil, func(b *dettest.Bench) {
			quiet(b, 100)
			b.Sound(100, few(5, full))
			loud(b, 200, 100)
		}, []dettest.Span{{Kind: Clipping, Start: time.Second, End: 4 * time.Second}}},
		{"weak at last", nil, func(b *dettest.Bench) {
			loud(b, 200, 100)
			b.Sound(100, few(5, full))
			quiet(b, 100)
		}, []dettest.Span{{Kind: Clipping, Start: 0, End: 3 * time.Second}}},
		{"weak throughout", nil, func(b *dettest.Bench) { b.Sound(400, few(5, full)) }, nil},
		{"weak long before", nil, func(b *dettest.Bench) {
			b.Sound(100, few(5, full))
			quiet(b, 400)
			loud(b, 200, 100)
		}, []dettest.Span{{Kind: Clipping, Start: 5 * time.Second, End: 7 * time.Second}}},
		{"far fewer at last", nil, func(b *dettest.Bench) {
			loud(b, 200, 100)
			quiet(b, 50)
			b.Sound(100, few(2, full))
		}, []dettest.Span{{Kind: Clipping, Start: 0, End: 2 * time.Second}}},
		{"few at first, at a lower ceiling", nil, func(b *dettest.Bench) {
			b.Sound(100, few(5, full-7))
			loud(b, 200, 100)
		}, []dettest.Span{{Kind: Clipping, Start: time.Second, End: 3 * time.Second}}},
		{"few at first, loud but below the ceiling", nil, func(b *dettest.Bench) {
			b.Sound(100, few(5, full-4))
			loud(b, 200, 100)
		}, []dettest.Span{{Kind: Clipping, Start: time.Second, End: 3 * time.Second}}},
		{"few at last, at a lower ceiling", nil, func(b *dettest.Bench) {
			loud(b, 200, 100)
			quiet(b, 50)
			b.Sound(100, few(5, full-4))
		}, []dettest.Span{{Kind: Clipping, Start: 0, End: 2 * time.Second}}},
		{"few at two ceilings", nil, func(b *dettest.Bench) {
			b.Sound(50, few(5, full-4))
			b.Sound(50, few(5, full))
			loud(b, 200, 100)
		}, []dettest.Span{{Kind: Clipping, Start: 500 * time.Millisecond, End: 3 * time.Second}}},
		{"from late in a half second to early in another", nil, func(b *dettest.Bench) {
			b.Sound(48, soft)
			loud(b, 104, 100)
			b.Sound(98, soft)
		}, []dettest.Span{{Kind: Clipping, Start: 480 * time.Millisecond, End: 1520 * time.Millisecond}}},
		{"a coder lifts the middle", nil, func(b *dettest.Bench) {
			quiet(b, 20)
			loud(b, 20, 100)
			b.Sound(60, func(i int, row *measure.Block) {
				sound(i, row, 0)
				row.Channels[1].Amplitudes[full+3], row.Channels[1].Peak = 100, 1.25
			})
			loud(b, 20, 100)
			quiet(b, 100)
		}, []dettest.Span{{Kind: Clipping, Start: 200 * time.Millisecond, End: 1200 * time.Millisecond}}},
		{"an offset", nil, func(b *dettest.Bench) {
			b.Sound(600, func(_ int, row *measure.Block) { row.Channels[0].DC = -0.02 })
			quiet(b, 100)
		}, []dettest.Span{{Kind: DCOffset, Start: 0, End: 6 * time.Second}}},
		{"an offset that changes its sign", nil, func(b *dettest.Bench) {
			b.Sound(1200, func(i int, row *measure.Block) { row.Channels[0].DC = 0.02 - 0.04*float32(i/200%2) })
		}, nil},
		{"an offset that begins and ends within half seconds", nil, func(b *dettest.Bench) {
			quiet(b, 20)
			b.Sound(600, func(_ int, row *measure.Block) { row.Channels[0].DC = -0.02 })
			quiet(b, 100)
		}, []dettest.Span{{Kind: DCOffset, Start: 0, End: 6 * time.Second}}},
		{"an offset that follows the sound", nil, func(b *dettest.Bench) {
			b.Sound(1200, func(i int, row *measure.Block) { row.Channels[0].DC = 0.015 + 0.003*float32(i/100%2) })
		}, nil},
		{"a short offset", nil, func(b *dettest.Bench) {
			b.Sound(400, func(_ int, row *measure.Block) { row.Channels[0].DC = -0.02 })
			quiet(b, 100)
		}, nil},
		{"a small offset", nil, func(b *dettest.Bench) {
			b.Sound(900, func(_ int, row *measure.Block) { row.Channels[0].DC = 0.005 })
		}, nil},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			b := dettest.Start(t, Detector, test.options...)
			test.script(b)
			b.Flush()
			b.Want(0, test.want...)
		})
	}
}
