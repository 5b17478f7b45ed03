package channels

import (
	"testing"
	"time"

	"github.com/vqa-project/vqa/detectors/dettest"
	"github.com/vqa-project/vqa/detectors/measure"
)

// levels are those of the channels of each block. Channels are unrelated.
func levels(l ...float32) func(int, *measure.Block) {
	return func(_ int, b *measure.Block) {
		b.Channels = b.Channels[:0]
		for _, v := range l {
			b.Channels = append(b.Channels, measure.Channel{RMS: v})
		}
	}
}

// mono has the same in both channels, to some share.
func mono(share float64) func(int, *measure.Block) {
	return func(_ int, b *measure.Block) {
		b.Channels = []measure.Channel{{RMS: 0.1, Product: 0.01 * share}, {RMS: 0.1}}
	}
}

func span(kind string, start, end int) dettest.Span {
	return dettest.Span{Kind: kind, Start: time.Duration(start) * 10 * time.Millisecond, End: time.Duration(end) * 10 * time.Millisecond}
}

func TestChannels(t *testing.T) {
	both := levels(0.1, 0.1)
	for _, test := range []struct {
		name    string
		options []string
		script  func(b *dettest.Bench)
		want    []dettest.Span
	}{
		{"dead", nil, func(b *dettest.Bench) {
			b.Sound(100, both)
			b.Sound(300, levels(0, 0.1))
			b.Sound(100, both)
		}, []dettest.Span{span(Dead, 100, 400)}},
		{"dead to the end, with leakage", nil, func(b *dettest.Bench) {
			b.Sound(100, both)
			b.Sound(300, levels(0.1, 0.0005))
		}, []dettest.Span{span(Dead, 100, 400)}},
		{"dead throughout, silent at first and at last", nil, func(b *dettest.Bench) {
			b.Sound(40, levels(0, 0)) // 20 ms of it by a coder
			b.Sound(300, levels(0, 0.1))
			b.Sound(40, levels(0, 0))
		}, []dettest.Span{span(Dead, 2, 380)}},
		{"dead from the first sound on, which is late", nil, func(b *dettest.Bench) {
			b.Sound(100, levels(0, 0))
			b.Sound(300, levels(0, 0.1))
		}, []dettest.Span{span(Dead, 100, 400)}},
		{"too short", nil, func(b *dettest.Bench) {
			b.Sound(100, both)
			b.Sound(199, levels(0, 0.1))
			b.Sound(100, both)
		}, nil},
		{"both silent", nil, func(b *dettest.Bench) { b.Sound(500, levels(0, 0)) }, nil},
		{"the other is quiet as well", nil, func(b *dettest.Bench) { b.Sound(500, levels(0.0005, 0.003)) }, nil},
		{"another level", []string{"level=-80"}, func(b *dettest.Bench) { b.Sound(500, levels(0.0005, 0.1)) },
			[]dettest.Span{}},
		{"dead before a pause", nil, func(b *dettest.Bench) {
			b.Sound(300, levels(0, 0.1))
			b.Sound(100, levels(0, 0))
			b.Sound(100, both)
		}, []dettest.Span{span(Dead, 0, 300)}},
		{"one side", nil, func(b *dettest.Bench) { b.Sound(1200, levels(0.1, 0.008)) },
			[]dettest.Span{span(Balance, 0, 1200)}},
		{"one side, not for long", nil, func(b *dettest.Bench) {
			b.Sound(900, levels(0.1, 0.008))
			b.Sound(300, both)
		}, nil},
		{"a voice at one side", nil, func(b *dettest.Bench) { b.Sound(1200, levels(0.1, 0.02)) }, nil},
		{"the same", nil, func(b *dettest.Bench) { b.Sound(1200, mono(1)) }, nil},
		{"the same, wanted", []string{"dual-mono"}, func(b *dettest.Bench) { b.Sound(1200, mono(1)) },
			[]dettest.Span{span(DualMono, 0, 1200)}},
		{"narrow stereo", []string{"dual-mono"}, func(b *dettest.Bench) { b.Sound(1200, mono(0.999)) }, nil},
		{"other channels", nil, func(b *dettest.Bench) {
			b.Sound(100, both)
			b.Sound(100, levels(0.1, 0.1, 0.1, 0, 0.1, 0.1))
			b.Sound(100, both)
			b.Sound(100, levels(0.1))
		}, []dettest.Span{span(Layout, 100, 200), span(Layout, 300, 400)}},
		{"time jumps back", nil, func(b *dettest.Bench) {
			b.Sound(150, levels(0, 0.1))
			b.Audio = 0
			b.Sound(150, func(i int, block *measure.Block) {
				levels(0, 0.1)(i, block)
				block.Discontinuity = i == 0
			})
		}, nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			b := dettest.Start(t, Detector, test.options...)
			test.script(b)
			b.Flush()
			b.Want(time.Millisecond, test.want...)
		})
	}
}

// A film leaves channels empty.
func TestSurround(t *testing.T) {
	surround := measure.Stream{Channels: 6, ChannelLayout: "5.1"}
	b := dettest.StartOn(t, Detector, surround)
	b.Sound(3000, levels(0.1, 0.1, 0.1, 0, 0, 0))
	b.Sound(500, levels(0.1, 0.1, 0, 0, 0.1, 0)) // an effect at one side
	b.Flush()
	b.Want(time.Millisecond)

	b = dettest.StartOn(t, Detector, surround)
	b.Sound(1100, levels(0.1, 0.1, 0.1, 0.1, 0.1, 0))
	b.Flush()
	b.Want(time.Millisecond, span(Dead, 0, 1100))
	if len(b.Events) == 1 && b.Events[0].Evidence["channel"] != 5 {
		t.Errorf("event %+v; want channel 5", b.Events[0])
	}
}
