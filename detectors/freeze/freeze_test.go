package freeze

import (
	"testing"
	"time"

	"github.com/vqa-project/vqa/detectors/dettest"
	"github.com/vqa-project/vqa/detectors/measure"
)

const picture = dettest.PictureTime

// moving is a picture in which something moves.
func moving(_ int, p *measure.Picture) { p.Difference.Largest = 40 }

// noisy is a still that was coded anew: noise in every picture, more in each
// twelfth, which is intra coded.
func noisy(i int, p *measure.Picture) {
	p.Difference.Largest = 3
	if i%12 == 5 {
		p.Type, p.Difference.Largest = 'I', 20
	}
}

func TestFreeze(t *testing.T) {
	tests := []struct {
		name    string
		options []string
		script  func(b *dettest.Bench)
		want    []dettest.Span
	}{
		{"in the middle", nil, func(b *dettest.Bench) {
			b.Pictures(50, moving)
			b.Pictures(75, nil)
			b.Pictures(50, moving)
		}, []dettest.Span{{Kind: Freeze, Start: 49 * picture, End: 125 * picture}}}, // held from its first showing, the last of the moving ones
		{"to the end of the file", nil, func(b *dettest.Bench) {
			b.Pictures(50, moving)
			b.Pictures(75, nil)
		}, []dettest.Span{{Kind: Freeze, Start: 49 * picture, End: 125 * picture}}},
		{"from the start", nil, func(b *dettest.Bench) {
			b.Pictures(60, nil)
			b.Pictures(10, moving)
		}, []dettest.Span{{Kind: Freeze, Start: 0, End: 60 * picture}}},
		{"too short", nil, func(b *dettest.Bench) {
			b.Pictures(50, moving)
			b.Pictures(48, nil)
			b.Pictures(50, moving)
		}, nil},
		{"just long enough", nil, func(b *dettest.Bench) {
			b.Pictures(50, moving)
			b.Pictures(49, nil)
			b.Pictures(50, moving)
		}, []dettest.Span{{Kind: Freeze, Start: 49 * picture, End: 99 * picture}}},
		{"noise of coding", nil, func(b *dettest.Bench) {
			b.Pictures(50, moving)
			b.Pictures(100, noisy)
			b.Pictures(50, moving)
		}, []dettest.Span{{Kind: Freeze, Start: 49 * picture, End: 150 * picture}}},
		{"intra pictures only: a large difference is motion", nil, func(b *dettest.Bench) {
			b.Pictures(200, func(_ int, p *measure.Picture) { p.Type, p.Difference.Largest = 'I', 20 })
		}, nil},
		{"something small moves at times", nil, func(b *dettest.Bench) {
			b.Pictures(200, func(i int, p *measure.Picture) {
				if i%40 == 0 {
					p.Difference.Largest = 12
				}
			})
		}, nil},
		{"slow fade", nil, func(b *dettest.Bench) {
			b.Pictures(200, func(i int, p *measure.Picture) {
				p.Difference.Largest = 0.5
				dettest.Fill(&p.Thumb, 100+0.2*float64(i))
			})
		}, nil},
		{"slow change of colour", nil, func(b *dettest.Bench) {
			b.Pictures(200, func(i int, p *measure.Picture) { p.Thumb.U[9][9] = uint16(50 * i) })
		}, nil},
		{"something small creeps", nil, func(b *dettest.Bench) {
			b.Pictures(200, func(i int, p *measure.Picture) {
				p.Difference.Largest = 2
				p.Thumb.Y[20][30] = uint16(80 * i)
			})
		}, nil},
		{"motion that stops, hardly visible at the last", nil, func(b *dettest.Bench) {
			b.Pictures(50, moving)
			b.Pictures(2, func(_ int, p *measure.Picture) { p.Difference.Largest = 6 })
			b.Pictures(3, func(_ int, p *measure.Picture) { p.Difference.Largest = 3 })
			b.Pictures(80, func(_ int, p *measure.Picture) { p.Difference.Largest = 1 })
		}, []dettest.Span{{Kind: Freeze, Start: 51 * picture, End: 135 * picture}}},
		{"slides", nil, func(b *dettest.Bench) {
			for range 3 {
				b.Pictures(1, moving)
				b.Pictures(99, nil)
			}
		}, []dettest.Span{{Kind: Freeze, Start: 0, End: 100 * picture}, {Kind: Freeze, Start: 100 * picture, End: 200 * picture}, {Kind: Freeze, Start: 200 * picture, End: 300 * picture}}},
		{"animation on threes is none, at any duration", []string{"min-duration=80ms"}, func(b *dettest.Bench) {
			for range 40 {
				b.Pictures(1, moving)
				b.Pictures(2, nil)
			}
		}, []dettest.Span{
			// Until it is known for a cadence.
			{Kind: Freeze, Start: 0, End: 3 * picture}, {Kind: Freeze, Start: 3 * picture, End: 6 * picture}, {Kind: Freeze, Start: 6 * picture, End: 9 * picture}, {Kind: Freeze, Start: 9 * picture, End: 12 * picture},
			{Kind: Freeze, Start: 12 * picture, End: 15 * picture}, {Kind: Freeze, Start: 15 * picture, End: 18 * picture}, {Kind: Freeze, Start: 18 * picture, End: 21 * picture}, {Kind: Freeze, Start: 21 * picture, End: 24 * picture},
		}},
		{"three pictures", []string{"min-duration=1ms"}, func(b *dettest.Bench) {
			b.Pictures(10, moving)
			b.Pictures(1, nil) // two that are the same
			b.Pictures(10, moving)
			b.Pictures(2, nil) // three
			b.Pictures(10, moving)
		}, []dettest.Span{{Kind: Freeze, Start: 20 * picture, End: 23 * picture}}},
		{"no picture for three seconds", nil, func(b *dettest.Bench) {
			b.Pictures(50, moving)
			b.Video += 3 * time.Second
			b.Pictures(50, moving)
		}, []dettest.Span{{Kind: NoPictures, Start: 49 * picture, End: 50*picture + 3*time.Second}}},
		{"pictures end before the sound", nil, func(b *dettest.Bench) {
			b.Pictures(50, moving)
			b.Audio = 10 * time.Second
		}, []dettest.Span{{Kind: NoPictures, Start: 49 * picture, End: 10 * time.Second}}},
		{"pictures left out for want of time", nil, func(b *dettest.Bench) {
			skipped := func(i int, p *measure.Picture) { moving(i, p); p.Skipped = true }
			b.Pictures(50, moving)
			b.Pictures(5, skipped)
			for range 3 { // key pictures only
				b.Video += 5 * time.Second
				b.Pictures(1, skipped)
			}
			b.Video += 5 * time.Second
			b.Pictures(50, moving)
			b.Pictures(5, skipped)
			b.Audio = b.Video + 10*time.Second
		}, nil},
		{"time jumps back", nil, func(b *dettest.Bench) {
			b.Pictures(100, nil)
			b.Video = 0
			b.Pictures(100, func(i int, p *measure.Picture) { p.Discontinuity = i == 0 })
		}, []dettest.Span{{Kind: Freeze, Start: 0, End: 100 * picture}, {Kind: Freeze, Start: 0, End: 100 * picture}}},
		{"times that repeat", nil, func(b *dettest.Bench) {
			b.Pictures(20, moving)
			for range 30 {
				b.Pictures(2, nil)
				b.Video += time.Microsecond - picture
			}
			b.Pictures(20, moving)
		}, nil}, // 60 pictures, but shown for 1.2 s
		{"black, ignored", []string{"ignore-black"}, func(b *dettest.Bench) {
			b.Pictures(100, func(_ int, p *measure.Picture) { p.Luma.Max = 17 })
		}, nil},
		{"size changes", nil, func(b *dettest.Bench) {
			b.Pictures(60, nil)
			b.Pictures(60, func(i int, p *measure.Picture) { p.Difference.Valid = i > 0 })
		}, []dettest.Span{{Kind: Freeze, Start: 0, End: 60 * picture}, {Kind: Freeze, Start: 60 * picture, End: 120 * picture}}},
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

func TestEvidence(t *testing.T) {
	b := dettest.Start(t, Detector)
	b.Pictures(51, noisy)
	b.Pictures(1, moving)
	b.Flush()
	b.Want(0, dettest.Span{Kind: Freeze, Start: 0, End: 51 * picture})
	e := b.Events[0]
	if e.Value != 2.04 || e.Limit != 2 || e.Unit != "s" {
		t.Errorf("value %v, limit %v, unit %q; want 2.04, 2, s", e.Value, e.Limit, e.Unit)
	}
	if e.Evidence["pictures"] != 51 || e.Evidence["block_difference_max"] != 20 {
		t.Errorf("evidence %v; want 51 pictures and a largest difference of 20", e.Evidence)
	}
}
