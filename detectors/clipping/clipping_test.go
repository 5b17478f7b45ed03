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
			loud(b, 10, 100)
			quiet(b, 100)
		}, nil},
		{"a tone", nil, func(b *dettest.Bench) {
			b.Sound(300, func(_ int, row *measure.Block) { sound(0, row, 100) })
		}, nil},
		{"an offset", nil, func(b *dettest.Bench) {
			b.Sound(600, func(_ int, row *measure.Block) { row.Channels[0].DC = -0.02 })
			quiet(b, 100)
		}, []dettest.Span{{Kind: DCOffset, Start: 0, End: 6 * time.Second}}},
		{"an offset that changes its sign", nil, func(b *dettest.Bench) {
			b.Sound(1200, func(i int, row *measure.Block) { row.Channels[0].DC = 0.02 - 0.04*float32(i/200%2) })
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
