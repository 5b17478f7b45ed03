package silence

import (
	"testing"
	"time"

	"github.com/vqa-project/vqa/detectors/dettest"
)

func both(level float32) func(int) (float32, float32) {
	return func(int) (float32, float32) { return level, level }
}

const (
	loud     = 0.1   // programme
	roomTone = 0.003 // as quiet as a room gets
)

func TestSilence(t *testing.T) {
	const within = time.Millisecond
	tests := []struct {
		name    string
		options []string
		script  func(b *dettest.Bench)
		want    []dettest.Span
	}{
		{"in the middle", nil, func(b *dettest.Bench) {
			b.Blocks(100, both(loud))
			b.Blocks(300, both(0))
			b.Blocks(100, both(loud))
		}, []dettest.Span{{Kind: Silence, Start: time.Second, End: 4 * time.Second}}},
		{"to the end", nil, func(b *dettest.Bench) {
			b.Blocks(100, both(loud))
			b.Blocks(300, both(0))
		}, []dettest.Span{{Kind: Silence, Start: time.Second, End: 4 * time.Second}}},
		{"all of it", nil, func(b *dettest.Bench) {
			b.Blocks(300, both(0.0005))
		}, []dettest.Span{{Kind: Silence, Start: 0, End: 3 * time.Second}}},
		{"too short", nil, func(b *dettest.Bench) {
			b.Blocks(100, both(loud))
			b.Blocks(199, both(0))
			b.Blocks(100, both(loud))
		}, nil},
		{"room tone", nil, func(b *dettest.Bench) { b.Blocks(500, both(roomTone)) }, nil},
		{"edges within a block", nil, func(b *dettest.Bench) {
			b.Blocks(100, both(loud))
			b.Blocks(1, both(loud/2)) // a quarter of the energy: silent after 2.5 ms
			b.Blocks(300, both(0))
			b.Blocks(1, both(loud/2))
			b.Blocks(100, both(loud))
		}, []dettest.Span{{Kind: Silence, Start: 1002500 * time.Microsecond, End: 4017500 * time.Microsecond}}},
		{"ringing at the cut", nil, func(b *dettest.Bench) {
			b.Blocks(100, both(loud))
			b.Blocks(1, both(loud/20))
			b.Blocks(1, both(loud/200))
			b.Blocks(300, both(0))
		}, []dettest.Span{{Kind: Silence, Start: time.Second, End: 4020 * time.Millisecond}}},
		{"one channel only", nil, func(b *dettest.Bench) {
			b.Blocks(500, func(int) (float32, float32) { return loud, 0 })
		}, nil},
		{"one channel, wanted", []string{"per-channel"}, func(b *dettest.Bench) {
			b.Blocks(500, func(int) (float32, float32) { return loud, 0 })
		}, []dettest.Span{{Kind: Silence, Start: 0, End: 5 * time.Second}}},
		{"another level", []string{"level=-40"}, func(b *dettest.Bench) {
			b.Blocks(500, both(roomTone))
		}, []dettest.Span{{Kind: Silence, Start: 0, End: 5 * time.Second}}},
		{"10 ms", []string{"min-duration=10ms"}, func(b *dettest.Bench) {
			b.Blocks(100, both(loud))
			b.Blocks(1, both(0))
			b.Blocks(100, both(loud))
		}, []dettest.Span{{Kind: Silence, Start: time.Second, End: 1010 * time.Millisecond}}},
		{"a gap", nil, func(b *dettest.Bench) {
			b.Blocks(100, both(loud))
			b.Audio += 3 * time.Second
			b.Blocks(100, both(loud))
		}, []dettest.Span{{Kind: NoSound, Start: time.Second, End: 4 * time.Second}}},
		{"a short gap", nil, func(b *dettest.Bench) {
			b.Blocks(100, both(loud))
			b.Audio += time.Second
			b.Blocks(100, both(loud))
		}, nil},
		{"a gap within silence", nil, func(b *dettest.Bench) {
			b.Blocks(500, both(0))
			b.Audio += 3 * time.Second
			b.Blocks(100, both(loud))
		}, []dettest.Span{{Kind: Silence, Start: 0, End: 8 * time.Second}}},
		{"ends before the picture", nil, func(b *dettest.Bench) {
			b.Blocks(100, both(loud))
			b.Video = 5 * time.Second
		}, []dettest.Span{{Kind: NoSound, Start: time.Second, End: 5 * time.Second}}},
		{"the second edge of a silence that ends the file", nil, func(b *dettest.Bench) {
			b.Blocks(300, both(0))
			b.Blocks(1, both(loud))
		}, []dettest.Span{{Kind: Silence, Start: 0, End: 3 * time.Second}}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			b := dettest.Start(t, Detector, test.options...)
			test.script(b)
			b.Flush()
			b.Want(within, test.want...)
		})
	}
}

func TestPerChannel(t *testing.T) {
	b := dettest.Start(t, Detector, "per-channel")
	b.Blocks(300, both(0))
	b.Flush()
	b.Want(time.Millisecond,
		dettest.Span{Kind: Silence, Start: 0, End: 3 * time.Second},
		dettest.Span{Kind: Silence, Start: 0, End: 3 * time.Second})
	if b.Events[0].Evidence["channel"] != 0 || b.Events[1].Evidence["channel"] != 1 {
		t.Errorf("events %+v; want one for each channel", b.Events)
	}
}
