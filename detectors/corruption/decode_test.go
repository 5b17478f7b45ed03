package corruption

import (
	"testing"
	"time"

	"github.com/vqa-project/vqa/detectors/dettest"
	"github.com/vqa-project/vqa/detectors/measure"
)

const (
	picture = dettest.PictureTime
	gop     = 50 // pictures from one intra picture to the next
)

// coded delivers n pictures, shown as they are coded, each after its packet.
// change, where not nil, says how a picture is different; i counts from 0.
func coded(b *dettest.Bench, n int, change func(i int, p *measure.Picture)) {
	for i := range n {
		b.Packet(dettest.VideoStream)
		b.Pictures(1, func(_ int, p *measure.Picture) {
			p.Coded = p.Number
			if p.Number%gop == 0 {
				p.Type, p.Key = 'I', true
			}
			if change != nil {
				change(i, p)
			}
		})
	}
}

// looking delivers n pictures, as coded does, of which so many cells as look says
// are not what they were at first.
func looking(b *dettest.Bench, n int, look func(i int, p *measure.Picture) int) {
	coded(b, n, func(i int, p *measure.Picture) {
		p.Thumb = measure.ThumbRow{}
		for k := range look(i, p) {
			p.Thumb.Y[k/measure.ThumbWidth][k%measure.ThumbWidth] = 20 * 256
		}
	})
}

// at damages one picture.
func at(n int, damage func(p *measure.Picture)) func(int, *measure.Picture) {
	return func(i int, p *measure.Picture) {
		if i == n {
			damage(p)
		}
	}
}

func conceal(p *measure.Picture) { p.Concealed, p.Damage = 100, measure.Concealed }

func decoded(from, to int) []dettest.Span {
	return []dettest.Span{{Kind: Decode, Start: time.Duration(from) * picture, End: time.Duration(to) * picture}}
}

func TestPictures(t *testing.T) {
	tests := []struct {
		name   string
		script func(b *dettest.Bench)
		want   []dettest.Span
	}{
		{"nothing", func(b *dettest.Bench) { coded(b, 150, nil) }, nil},
		{"until the next intra picture", func(b *dettest.Bench) { coded(b, 150, at(70, conceal)) }, decoded(70, 100)},
		{"up to the end", func(b *dettest.Bench) { coded(b, 150, at(120, conceal)) }, decoded(120, 150)},
		{"of a picture that no other is predicted from", func(b *dettest.Bench) {
			coded(b, 150, at(70, func(p *measure.Picture) { conceal(p); p.Disposable = true }))
		}, decoded(70, 71)},
		{"of an intra picture", func(b *dettest.Bench) { coded(b, 150, at(50, conceal)) }, decoded(50, 100)},
		{"two spells that are close", func(b *dettest.Bench) {
			coded(b, 200, func(i int, p *measure.Picture) {
				if i == 70 || i == 105 {
					conceal(p)
				}
			})
		}, decoded(70, 150)},
		{"two spells", func(b *dettest.Bench) {
			coded(b, 200, func(i int, p *measure.Picture) {
				if i == 40 || i == 80 {
					conceal(p)
				}
			})
		}, append(decoded(40, 50), decoded(80, 100)...)},
		{"bytes lost", func(b *dettest.Bench) {
			coded(b, 150, at(70, func(p *measure.Picture) { p.Damage = measure.CorruptPacket }))
		}, decoded(70, 100)},
		{"lengths that are never as announced", func(b *dettest.Bench) {
			coded(b, 300, func(_ int, p *measure.Picture) { p.Damage = measure.CorruptPacket })
		}, nil},
		{"a reference lost", func(b *dettest.Bench) {
			coded(b, 150, at(70, func(p *measure.Picture) { p.Damage = measure.MissingReference }))
		}, decoded(70, 100)},
		{"a reference lost that an intra picture does not need", func(b *dettest.Bench) {
			coded(b, 150, at(100, func(p *measure.Picture) { p.Damage = measure.MissingReference }))
		}, nil},
		{"pictures lost", func(b *dettest.Bench) {
			coded(b, 70, nil)
			b.Video += 3 * picture
			coded(b, 80, at(0, func(p *measure.Picture) { p.Lost = 3 }))
		}, decoded(70, 103)},
		{"intra refresh", func(b *dettest.Bench) {
			coded(b, 250, func(i int, p *measure.Picture) {
				if i > 0 {
					p.Type = 'P'
				}
				if i == 70 {
					conceal(p)
				}
			})
		}, decoded(70, 150)}, // the sweep that begins at 100 ends there
		{"pictures before it that are predicted from it", func(b *dettest.Bench) {
			coded(b, 150, func(i int, p *measure.Picture) {
				switch i { // coded as 70, 71, 72, shown as 71, 72, 70
				case 70, 71:
					p.Coded, p.Type = p.Number+1, 'B'
				case 72:
					p.Coded = p.Number - 2
					conceal(p)
				}
			})
		}, decoded(70, 100)},
		{"cut in", func(b *dettest.Bench) {
			coded(b, 150, func(i int, p *measure.Picture) {
				p.Type, p.Key = 'P', i == 3
				if i < 3 {
					p.Type, p.Damage = 'B', measure.MissingReference
				}
			})
		}, nil},
		{"cut in the last packet", func(b *dettest.Bench) { coded(b, 150, at(149, conceal)) }, nil},
		{"time jumps back", func(b *dettest.Bench) {
			coded(b, 75, at(70, conceal))
			b.Video = 0
			coded(b, 75, func(i int, p *measure.Picture) { p.Discontinuity = i == 0 })
		}, decoded(70, 75)},
		{"a disposable picture that misses a reference, as others do", func(b *dettest.Bench) {
			coded(b, 150, at(70, func(p *measure.Picture) { p.Damage, p.Disposable = measure.MissingReference, true }))
		}, decoded(70, 100)},
		{"until all is as it was", func(b *dettest.Bench) {
			looking(b, 150, func(i int, p *measure.Picture) int {
				if i == 70 {
					conceal(p)
				}
				if i >= 70 && i < 80 && i != 75 { // one that is predicted from what was before
					return 1
				}
				return 0
			})
		}, decoded(70, 80)},
		{"not as it was, in a cell", func(b *dettest.Bench) {
			looking(b, 150, func(i int, p *measure.Picture) int { at(70, conceal)(i, p); return min(i/70, 1) })
		}, decoded(70, 100)},
		{"that cannot be seen", func(b *dettest.Bench) {
			looking(b, 150, func(i int, p *measure.Picture) int { at(70, conceal)(i, p); return 0 })
		}, decoded(70, 100)},
		{"a size of nothing", func(b *dettest.Bench) {
			coded(b, 150, at(70, func(p *measure.Picture) { conceal(p); p.Width, p.Height = 0, 0 }))
		}, decoded(70, 100)},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			b := dettest.Start(t, Detector)
			test.script(b)
			b.Flush()
			b.Want(0, test.want...)
		})
	}
}

func TestEvidence(t *testing.T) {
	b := dettest.Start(t, Detector)
	coded(b, 100, at(60, conceal)) // of 40x23 macroblocks
	b.Flush()
	if len(b.Events) != 1 {
		t.Fatalf("events %+v", b.Events)
	}
	e := b.Events[0]
	if want := 100 * 100. / (40 * 23); e.Value != want || e.Evidence["concealed_mean_pct"] != want ||
		e.Evidence["macroblocks_concealed"] != 100 || e.Evidence["pictures"] != 40 || e.Evidence["pictures_damaged"] != 1 {
		t.Errorf("event %+v", e)
	}
}

func TestSound(t *testing.T) {
	const frame = dettest.BlockTime
	rejected := func(numbers ...int) func(b *dettest.Bench) {
		return func(b *dettest.Bench) {
			for i := range 400 {
				b.Packet(dettest.AudioStream, func(p *measure.Packet) {
					for _, n := range numbers {
						if i == n+1 { // the row after tells
							p.DecodeErrors = 1
						}
					}
				})
			}
		}
	}
	tests := []struct {
		name   string
		script func(b *dettest.Bench)
		want   []dettest.Span
	}{
		{"none", rejected(), nil},
		{"two together", rejected(200, 203), []dettest.Span{{Kind: Decode, Start: 200 * frame, End: 204 * frame}}},
		{"two apart", rejected(200, 300), []dettest.Span{
			{Kind: Decode, Start: 200 * frame, End: 201 * frame}, {Kind: Decode, Start: 300 * frame, End: 301 * frame},
		}},
		{"the first", rejected(0, 1), nil},
		{"the last", rejected(399), nil},
		{"nothing else", rejected(398), []dettest.Span{{Kind: Decode, Start: 398 * frame, End: 399 * frame}}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			b := dettest.Start(t, Detector)
			test.script(b)
			b.Flush()
			b.Want(0, test.want...)
			for _, e := range b.Events {
				if e.Stream != dettest.AudioStream {
					t.Errorf("event of stream %d: %+v", e.Stream, e)
				}
			}
		})
	}
}
