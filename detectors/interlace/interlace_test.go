package interlace

import (
	"math"
	"testing"
	"time"

	"github.com/vqa-project/vqa/detectors/dettest"
	"github.com/vqa-project/vqa/detectors/measure"
)

const picture = dettest.PictureTime

// A marking is what the stream says of a picture.
type marking struct{ interlaced, topFirst bool }

var (
	progressive = marking{}
	topFirst    = marking{true, true}
	bottomFirst = marking{true, false}
)

// fields returns pictures with a row, over a texture of fine lines.
func fields(m marking, own, withTop, withBottom, top, bottom float32) func(int, *measure.Picture) {
	const texture = 0.05
	return func(_ int, p *measure.Picture) {
		p.Interlaced, p.TopFieldFirst = m.interlaced, m.topFirst
		p.Fields = measure.FieldsRow{
			Compared: true, Own: own + texture, WithTop: withTop + texture, WithBottom: withBottom + texture,
			TopDifference: top, BottomDifference: bottom,
		}
	}
}

// What pictures with motion look like.
func clean(m marking) func(int, *measure.Picture)    { return fields(m, 0, 1, 1.02, 3, 3) }
func top(m marking) func(int, *measure.Picture)      { return fields(m, 0.5, 1.5, 0.5, 3, 3) }
func bottom(m marking) func(int, *measure.Picture)   { return fields(m, 0.5, 0.5, 1.5, 3, 3) }
func late(m marking) func(int, *measure.Picture)     { return fields(m, 1, 0, 2, 3, 3) }
func still(m marking) func(int, *measure.Picture)    { return fields(m, 0, 0.01, 0, 0.1, 0.1) }
func telecine(m marking) func(int, *measure.Picture) { return pulldown(m, 0) }

// pulldown returns film in 3:2, from a picture of the pattern on.
func pulldown(m marking, from int) func(int, *measure.Picture) {
	return func(i int, p *measure.Picture) {
		switch (i + from) % 5 {
		case 2:
			fields(m, 1, 1, 0, 0.1, 3)(i, p) // the top field again
		case 3:
			fields(m, 1, 2, 0, 3, 3)(i, p)
		case 4:
			fields(m, 0, 1, 0, 3, 0.1)(i, p) // the bottom field again
		default:
			clean(m)(i, p)
		}
	}
}

func TestInterlace(t *testing.T) {
	between := func(around, what func(int, *measure.Picture)) func(*dettest.Bench) {
		return func(b *dettest.Bench) {
			b.Pictures(50, around)
			b.Pictures(75, what)
			b.Pictures(50, around)
		}
	}
	found := func(kind string) []dettest.Span {
		return []dettest.Span{{Kind: kind, Start: 50 * picture, End: 125 * picture}}
	}
	tests := []struct {
		name   string
		script func(*dettest.Bench)
		want   []dettest.Span
	}{
		{"interlaced in progressive", between(clean(progressive), top(progressive)), found(Combing)},
		{"bottom field first", between(clean(progressive), bottom(progressive)), found(Combing)},
		{"a field of another picture", between(clean(progressive), late(progressive)), found(Combing)},
		{"with pauses", between(clean(progressive), func(i int, p *measure.Picture) {
			if top(progressive)(i, p); i > 10 && i < 40 {
				still(progressive)(i, p)
			}
		}), found(Combing)},
		{"after a scene without motion", between(still(progressive), top(progressive)), found(Combing)},
		{"film in 3:2, coded as progressive", between(still(progressive), telecine(progressive)),
			[]dettest.Span{{Kind: Mixed, Start: 52 * picture, End: 124 * picture}}},
		{"film in 3:2, marked", between(still(topFirst), telecine(topFirst)), nil},
		{"marked as interlaced", between(clean(topFirst), top(topFirst)), nil},
		{"marked as bottom first", between(clean(bottomFirst), bottom(bottomFirst)), nil},
		{"progressive, marked as interlaced", between(clean(progressive), clean(topFirst)), nil},
		{"some are marked", between(clean(progressive), func(i int, p *measure.Picture) {
			if top(progressive)(i, p); i%8 == 0 {
				p.Interlaced, p.TopFieldFirst = true, true
			}
		}), nil},
		{"wrong order", between(top(topFirst), bottom(topFirst)), found(FieldOrder)},
		{"wrong order, the other way", between(bottom(bottomFirst), top(bottomFirst)), found(FieldOrder)},
		{"one picture in ten combed", between(clean(progressive), func(i int, p *measure.Picture) {
			if clean(progressive)(i, p); i%10 == 0 {
				late(progressive)(i, p)
			}
		}), nil},
		{"lettering that rolls, in fine lines", between(still(progressive), func(i int, p *measure.Picture) {
			if i/3%2 == 0 {
				fields(progressive, 0.3, 0.4, 1.6, 3, 3)(i, p)
			} else {
				fields(progressive, 0.3, 1.6, 0.4, 3, 3)(i, p)
			}
		}), nil},
		{"its own fields fit better", between(clean(progressive), fields(progressive, 0, 2, 0.9, 3, 3)), nil},
		{"nothing moves", between(still(progressive), still(progressive)), nil},
		{"nothing before", between(clean(progressive), func(_ int, p *measure.Picture) { p.Fields = measure.FieldsRow{Own: 9} }), nil},
		{"too short", func(b *dettest.Bench) {
			b.Pictures(50, clean(progressive))
			b.Pictures(24, top(progressive))
			b.Pictures(50, clean(progressive))
		}, nil},
		{"to the end", func(b *dettest.Bench) {
			b.Pictures(50, clean(progressive))
			b.Pictures(75, top(progressive))
		}, found(Combing)},
		{"time jumps back", func(b *dettest.Bench) {
			b.Pictures(50, top(progressive))
			b.Video = 0
			b.Pictures(50, func(i int, p *measure.Picture) { top(progressive)(i, p); p.Discontinuity = i == 0 })
		}, []dettest.Span{{Kind: Combing, Start: 0, End: 50 * picture}, {Kind: Combing, Start: 0, End: 50 * picture}}},
		{"a gap in time", func(b *dettest.Bench) {
			b.Pictures(50, top(progressive))
			b.Video += 3 * time.Second
			b.Pictures(50, clean(progressive))
		}, []dettest.Span{{Kind: Combing, Start: 0, End: 50 * picture}}},
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

func TestMeasures(t *testing.T) {
	measures := func(what func(int, *measure.Picture)) map[string]float64 {
		b := dettest.Start(t, Detector)
		b.Pictures(200, what)
		b.Flush()
		return b.MeasuresOf(dettest.VideoStream)
	}
	got := measures(top(topFirst))
	if got["interlaced_share"] != 1 || got["top_field_first_share"] != 1 || got["telecine_share"] != 0 {
		t.Errorf("top field first: %v", got)
	}
	got = measures(telecine(topFirst))
	if math.Abs(got["interlaced_share"]-0.4) > 1e-9 || got["telecine_share"] < 0.95 {
		t.Errorf("3:2: %v", got)
	}
	got = measures(clean(progressive))
	if _, ok := got["top_field_first_share"]; ok || got["interlaced_share"] != 0 || got["telecine_share"] != 0 {
		t.Errorf("progressive: %v", got)
	}
	if got = measures(still(progressive)); len(got) > 0 {
		t.Errorf("nothing moves: %v", got)
	}
}
