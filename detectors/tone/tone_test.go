package tone

import (
	"math"
	"testing"
	"time"

	"github.com/vqa-project/vqa/detectors/dettest"
	"github.com/vqa-project/vqa/detectors/measure"
)

// A note is what one channel has: level in dBFS, frequency and share.
type note struct{ db, hz, share float64 }

var (
	lineUp    = note{-18, 1000, 1}
	programme = note{-20, 700, 0.6}
	nothing   = note{-200, 0, 0}
)

// channels has a note in each channel.
func channels(notes ...note) func(int, *measure.Block) {
	return func(_ int, b *measure.Block) {
		b.Channels = make([]measure.Channel, len(notes))
		for i, n := range notes {
			b.Channels[i].Spectrum = measure.SpectrumRow{
				Valid: true, TonePower: float32(math.Pow(10, n.db/10)), ToneHz: float32(n.hz), ToneShare: float32(n.share),
			}
		}
	}
}

// reach is by how much a spectrum reaches back further than its block.
var reach = measure.SpectrumTime(48000) - dettest.BlockTime

func TestTone(t *testing.T) {
	span := func(start, end int) dettest.Span {
		return dettest.Span{Kind: Tone, Start: time.Duration(start)*10*time.Millisecond - reach, End: time.Duration(end) * 10 * time.Millisecond}
	}
	both := channels(lineUp, lineUp)
	for _, test := range []struct {
		name    string
		options []string
		script  func(b *dettest.Bench)
		want    []dettest.Span
	}{
		{"line-up", nil, func(b *dettest.Bench) {
			b.Sound(100, channels(programme, programme))
			b.Sound(300, both)
			b.Sound(100, channels(programme, programme))
		}, []dettest.Span{span(100, 400)}},
		{"to the end", nil, func(b *dettest.Bench) {
			b.Sound(100, channels(programme, programme))
			b.Sound(300, both)
		}, []dettest.Span{span(100, 400)}},
		{"one channel, stuck", nil, func(b *dettest.Bench) {
			b.Sound(100, channels(programme, programme))
			b.Sound(300, channels(programme, lineUp))
			b.Sound(100, channels(programme, programme))
		}, []dettest.Span{span(100, 400)}},
		{"too short", nil, func(b *dettest.Bench) {
			b.Sound(100, channels(programme, programme))
			b.Sound(190, both)
			b.Sound(100, channels(programme, programme))
		}, nil},
		{"fades", nil, func(b *dettest.Bench) {
			b.Sound(400, func(i int, block *measure.Block) {
				n := note{-18 - float64(i)/100, 1000, 1} // 1 dB per second
				channels(n, n)(i, block)
			})
		}, nil},
		{"glides", nil, func(b *dettest.Bench) {
			b.Sound(400, func(i int, block *measure.Block) {
				n := note{-18, 1000 + float64(i)/10, 1}
				channels(n, n)(i, block)
			})
		}, nil},
		{"notes", nil, func(b *dettest.Bench) {
			for i := range 6 {
				b.Sound(100, channels(note{-18, 440 + 100*float64(i%2), 1}, nothing))
			}
		}, nil},
		{"soft", nil, func(b *dettest.Bench) { b.Sound(400, channels(note{-70, 1000, 1}, nothing)) }, nil},
		{"half of the sound", nil, func(b *dettest.Bench) { b.Sound(400, channels(note{-18, 1000, 0.5}, nothing)) }, nil},
		{"half of the sound, wanted", []string{"share=0.5"}, func(b *dettest.Bench) {
			b.Sound(100, channels(nothing, nothing))
			b.Sound(300, channels(note{-18, 1000, 0.5}, nothing))
		}, []dettest.Span{span(100, 400)}},
		{"interrupted at the left", nil, func(b *dettest.Bench) {
			b.Sound(50, channels(nothing, nothing))
			for range 3 {
				b.Sound(275, both)
				b.Sound(25, channels(nothing, lineUp))
			}
		}, []dettest.Span{span(50, 950)}},
		{"interrupted", nil, func(b *dettest.Bench) {
			b.Sound(50, channels(nothing))
			for range 3 {
				b.Sound(275, channels(lineUp))
				b.Sound(25, channels(nothing))
			}
		}, []dettest.Span{span(50, 925)}},
		{"two tones", nil, func(b *dettest.Bench) {
			b.Sound(50, channels(nothing))
			b.Sound(300, channels(lineUp))
			b.Sound(300, channels(note{-18, 400, 1}))
		}, []dettest.Span{span(50, 350), span(350, 650)}},
		{"time jumps back", nil, func(b *dettest.Bench) {
			b.Sound(50, channels(nothing))
			b.Sound(150, channels(lineUp))
			b.Audio = time.Second
			b.Sound(150, func(i int, block *measure.Block) {
				channels(lineUp)(i, block)
				block.Discontinuity = i == 0
			})
		}, nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			b := dettest.Start(t, Detector, test.options...)
			test.script(b)
			b.Flush()
			b.Want(time.Millisecond, test.want...)
			for _, e := range b.Events {
				if math.Abs(e.Value+18) > 0.01 {
					t.Errorf("level %v, want -18", e.Value)
				}
			}
		})
	}
}
