package phase

import (
	"testing"
	"time"

	"github.com/vqa-project/vqa/detectors/dettest"
	"github.com/vqa-project/vqa/detectors/measure"
)

// sides is two channels from index left on, with levels and a correlation.
func sides(left int, l, r float32, correlation float64) func(int, *measure.Block) {
	return func(_ int, b *measure.Block) {
		for len(b.Channels) < left+2 {
			b.Channels = append(b.Channels, measure.Channel{})
		}
		b.Channels[left].RMS, b.Channels[left+1].RMS = l, r
		b.Channels[left].Product = correlation * float64(l) * float64(r)
	}
}

func stereo(correlation float64) func(int, *measure.Block) { return sides(0, 0.1, 0.1, correlation) }

func TestPhase(t *testing.T) {
	second := func(start, end float64) dettest.Span {
		return dettest.Span{Kind: Phase, Start: time.Duration(start * float64(time.Second)), End: time.Duration(end * float64(time.Second))}
	}
	for _, test := range []struct {
		name    string
		options []string
		script  func(b *dettest.Bench)
		want    []dettest.Span
	}{
		{"inverted", nil, func(b *dettest.Bench) {
			b.Sound(100, stereo(0.9))
			b.Sound(300, stereo(-0.9))
			b.Sound(100, stereo(0.9))
		}, []dettest.Span{second(1, 4)}},
		{"to the end", nil, func(b *dettest.Bench) {
			b.Sound(100, stereo(0.9))
			b.Sound(300, stereo(-0.9))
		}, []dettest.Span{second(1, 4)}},
		{"silent at first and at last", nil, func(b *dettest.Bench) {
			b.Sound(40, nil) // 20 ms of it by a coder
			b.Sound(300, stereo(-0.9))
			b.Sound(40, nil)
		}, []dettest.Span{second(0.02, 3.8)}},
		{"too short", nil, func(b *dettest.Bench) {
			b.Sound(100, stereo(0.9))
			b.Sound(190, stereo(-0.9))
			b.Sound(100, stereo(0.9))
		}, nil},
		{"pauses within", nil, func(b *dettest.Bench) {
			for range 4 {
				b.Sound(50, stereo(-0.8))
				b.Sound(20, stereo(0)) // and then nothing
				b.Sound(50, nil)
			}
		}, []dettest.Span{second(0, 4.1)}},
		{"wide", nil, func(b *dettest.Bench) {
			for range 20 {
				b.Sound(30, stereo(-0.4))
				b.Sound(30, stereo(0.3))
			}
		}, nil},
		{"unrelated", nil, func(b *dettest.Bench) { b.Sound(500, stereo(0)) }, nil},
		{"one side soft, little lost", nil, func(b *dettest.Bench) { b.Sound(500, sides(0, 0.1, 0.01, -1)) }, nil},
		{"quiet", nil, func(b *dettest.Bench) { b.Sound(500, sides(0, 0.0005, 0.0005, -1)) }, nil},
		{"another limit", []string{"correlation=-0.95"}, func(b *dettest.Bench) { b.Sound(500, stereo(-0.9)) }, nil},
		{"time jumps back", nil, func(b *dettest.Bench) {
			b.Sound(300, stereo(-0.9))
			b.Audio = time.Second
			b.Sound(300, func(i int, block *measure.Block) {
				stereo(-0.9)(i, block)
				block.Discontinuity = i == 0
			})
		}, []dettest.Span{second(0, 3), second(1, 4)}},
	} {
		t.Run(test.name, func(t *testing.T) {
			b := dettest.Start(t, Detector, test.options...)
			test.script(b)
			b.Flush()
			b.Want(time.Millisecond, test.want...)
		})
	}
}

func TestSurround(t *testing.T) {
	b := dettest.StartOn(t, Detector, measure.Stream{Channels: 6, ChannelLayout: "5.1(side)"})
	b.Sound(300, sides(4, 0.1, 0.1, -1))
	b.Sound(300, stereo(-1)) // the layout is gone
	b.Flush()
	b.Want(time.Millisecond,
		dettest.Span{Kind: Phase, Start: 0, End: 3 * time.Second},
		dettest.Span{Kind: Phase, Start: 3 * time.Second, End: 6 * time.Second})
	if len(b.Events) == 2 && (b.Events[0].Evidence["channel_left"] != 4 || b.Events[1].Evidence["channel_left"] != 0) {
		t.Errorf("events %+v; want the sides, then the front", b.Events)
	}
	if len(b.Events) > 0 && (b.Events[0].Value != -1 || b.Events[0].Evidence["mono_loss_db"] != 100) {
		t.Errorf("event %+v; want a correlation of -1", b.Events[0])
	}
}
