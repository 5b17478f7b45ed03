package letterbox

import (
	"testing"
	"time"

	"github.com/vqa-project/vqa/detectors/dettest"
	"github.com/vqa-project/vqa/detectors/measure"
)

const picture = dettest.PictureTime

// lit is a row with bars behind which all is lit.
func lit(top, bottom, left, right int) measure.BordersRow {
	return measure.BordersRow{
		Top: top, Bottom: bottom, Left: left, Right: right, LitTop: 1, LitBottom: 1, LitLeft: 1, LitRight: 1,
	}
}

// with returns pictures with a row.
func with(r measure.BordersRow) func(int, *measure.Picture) {
	return func(_ int, p *measure.Picture) { p.Borders = r }
}

var (
	full = with(lit(0, 0, 0, 0))
	wide = with(lit(45, 45, 0, 0))
	dark = with(measure.BordersRow{Dark: true})
)

// night returns pictures in which what is lit moves about, in an area with bars.
func night(top, bottom int) func(int, *measure.Picture) {
	return func(i int, p *measure.Picture) {
		p.Borders = measure.BordersRow{Top: top + i*7%60, Bottom: bottom + i*11%40, Left: i * 13 % 200, Right: i * 5 % 90,
			LitTop: 0.2, LitBottom: 0.3, LitLeft: 0.2, LitRight: 0.2}
	}
}

func TestLetterbox(t *testing.T) {
	between := func(what func(int, *measure.Picture)) func(*dettest.Bench) {
		return func(b *dettest.Bench) {
			b.Pictures(50, full)
			b.Pictures(75, what)
			b.Pictures(50, full)
		}
	}
	found := func(kind string) []dettest.Span {
		return []dettest.Span{{Kind: kind, Start: 50 * picture, End: 125 * picture}}
	}
	caption := lit(45, 12, 0, 0)
	caption.LitBottom = 0.2
	logo := lit(0, 0, 80, 5)
	logo.LitRight = 0.15
	tests := []struct {
		name    string
		options []string
		script  func(*dettest.Bench)
		want    []dettest.Span
	}{
		{"letterbox", nil, between(wide), found(Letterbox)},
		{"pillarbox", nil, between(with(lit(0, 0, 80, 80))), found(Pillarbox)},
		{"windowbox", nil, between(with(lit(40, 41, 80, 80))), found(Windowbox)},
		{"an upright picture", nil, between(with(lit(0, 0, 219, 219))), found(Pillarbox)},
		{"edges that coders blur", nil, between(func(i int, p *measure.Picture) { p.Borders = lit(45-i%2, 45+i%2, 0, 0) }), found(Letterbox)},
		{"throughout", nil, func(b *dettest.Bench) { b.Pictures(200, wide) }, nil},
		{"throughout, with night and black", nil, func(b *dettest.Bench) {
			b.Pictures(30, dark)
			b.Pictures(50, wide)
			b.Pictures(50, night(45, 45))
			b.Pictures(50, dark)
			b.Pictures(50, wide)
		}, nil},
		{"throughout, with captions", nil, func(b *dettest.Bench) {
			b.Pictures(50, wide)
			b.Pictures(75, with(caption))
			b.Pictures(50, wide)
		}, nil},
		{"with captions", nil, between(func(i int, p *measure.Picture) {
			if wide(i, p); i/20%2 == 1 {
				p.Borders = caption
			}
		}), found(Letterbox)},
		{"with a caption from the start", nil, between(with(caption)), found(Letterbox)},
		{"with a logo from the start", nil, between(with(logo)), found(Pillarbox)},
		{"dark at one side, by and by", nil, func(b *dettest.Bench) {
			b.Pictures(50, full)
			b.Pictures(25, night(0, 0))
			b.Pictures(50, with(caption))
			b.Pictures(50, full)
		}, nil},
		{"with a flash of two pictures", nil, between(func(i int, p *measure.Picture) {
			if wide(i, p); i/2 == 15 {
				full(i, p)
			}
		}), found(Letterbox)},
		{"dark at first", nil, between(func(i int, p *measure.Picture) {
			if wide(i, p); i < 10 {
				night(45, 45)(i, p)
			}
		}), found(Letterbox)},
		{"half of it dark", nil, between(func(i int, p *measure.Picture) {
			if wide(i, p); i%2 == 1 {
				night(45, 45)(i, p)
			}
		}), found(Letterbox)},
		{"between black", nil, func(b *dettest.Bench) {
			b.Pictures(40, full)
			b.Pictures(10, dark)
			b.Pictures(40, wide)
			b.Pictures(10, dark)
			b.Pictures(25, wide)
			b.Pictures(10, dark)
			b.Pictures(40, full)
		}, found(Letterbox)},
		{"to the end", nil, func(b *dettest.Bench) {
			b.Pictures(50, full)
			b.Pictures(75, wide)
		}, found(Letterbox)},
		{"from the start", nil, func(b *dettest.Bench) {
			b.Pictures(50, wide)
			b.Pictures(75, full)
		}, []dettest.Span{{Kind: Letterbox, Start: 0, End: 50 * picture}}},
		{"one format, then the other", nil, func(b *dettest.Bench) {
			b.Pictures(50, full)
			b.Pictures(50, wide)
			b.Pictures(50, with(lit(0, 0, 80, 80)))
			b.Pictures(50, full)
		}, []dettest.Span{{Kind: Letterbox, Start: 50 * picture, End: 100 * picture}, {Kind: Pillarbox, Start: 100 * picture, End: 150 * picture}}},
		{"for so long that it is the programme's own", []string{"max-duration=2s"}, func(b *dettest.Bench) {
			b.Pictures(50, full)
			b.Pictures(75, wide)
			b.Pictures(50, dark)
			b.Pictures(75, wide)
			b.Pictures(75, full)
		}, []dettest.Span{{Kind: Letterbox, Start: 50 * picture, End: 100 * picture}}},
		{"too short", nil, func(b *dettest.Bench) {
			b.Pictures(50, full)
			b.Pictures(24, wide)
			b.Pictures(50, full)
		}, nil},
		{"night", nil, between(night(0, 0)), nil},
		{"one bar", nil, between(with(lit(0, 90, 0, 0))), nil},
		{"a stripe of light", nil, between(with(lit(150, 150, 0, 0))), nil},
		{"thin", nil, between(with(lit(4, 4, 0, 0))), nil},
		{"as asked for", []string{"area=640:270:0:45"}, func(b *dettest.Bench) { b.Pictures(75, wide) }, nil},
		{"not as asked for", []string{"area=640:270:0:45"}, func(b *dettest.Bench) {
			b.Pictures(50, wide)
			b.Pictures(75, full)
			b.Pictures(50, wide)
		}, found(Outside)},
		{"no bars are asked for", []string{"area=0:0:0:0"}, func(b *dettest.Bench) { b.Pictures(75, wide) },
			[]dettest.Span{{Kind: Letterbox, Start: 0, End: 75 * picture}}},
		{"time jumps back", nil, func(b *dettest.Bench) {
			b.Pictures(50, full)
			b.Pictures(75, wide)
			b.Video = 0
			b.Pictures(75, func(i int, p *measure.Picture) { wide(i, p); p.Discontinuity = i == 0 })
		}, append(found(Letterbox), dettest.Span{Kind: Letterbox, Start: 0, End: 75 * picture})},
		{"pictures of another size", nil, func(b *dettest.Bench) {
			b.Pictures(50, full)
			b.Pictures(75, func(i int, p *measure.Picture) { p.Width, p.Height, p.Borders = 320, 180, lit(22, 22, 0, 0) })
		}, nil},
		{"across a gap in time", nil, func(b *dettest.Bench) {
			b.Pictures(50, full)
			b.Pictures(10, wide)
			b.Video += 3 * time.Second
			b.Pictures(10, wide)
			b.Pictures(50, full)
		}, []dettest.Span{{Kind: Letterbox, Start: 50 * picture, End: 70*picture + 3*time.Second}}},
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

func TestMeasures(t *testing.T) {
	b := dettest.Start(t, Detector)
	b.Pictures(75, func(i int, p *measure.Picture) { p.Borders = lit(45, 44, 1, 0) })
	b.Pictures(20, night(45, 44))
	b.Pictures(30, full)
	b.Flush()
	got := b.MeasuresOf(dettest.VideoStream)
	for name, want := range map[string]float64{"active_width_px": 639, "active_height_px": 271, "active_left_px": 1, "active_top_px": 45} {
		if got[name] != want {
			t.Errorf("%s = %v, want %v", name, got[name], want)
		}
	}
	if len(b.Events) != 1 || b.Events[0].Limit != 0 || b.Events[0].Evidence["top_px"] != 45 || b.Events[0].Evidence["left_px"] != 1 {
		t.Errorf("%+v", b.Events)
	}
	b = dettest.Start(t, Detector)
	b.Pictures(75, dark)
	b.Flush()
	if got := b.MeasuresOf(dettest.VideoStream); len(got) > 0 {
		t.Errorf("of black: %v", got)
	}
}

func TestArea(t *testing.T) {
	for _, s := range []string{"x", "1920:800", "1920:800:0:140:3", "-1:800:0:140", "1920:800:0:99999", "1920:800:0:140 x"} {
		if err := new(area).Set(s); err == nil {
			t.Errorf("%q is taken", s)
		}
	}
	var a area
	if err := a.Set("1920:800:0:140"); err != nil || a.String() != "1920:800:0:140" || a.bars(1920, 1080) != (bars{140, 140, 0, 0}) {
		t.Errorf("%v, %v", a, err)
	}
	if err := a.Set(""); err != nil || a.set {
		t.Errorf("nothing: %+v, %v", a, err)
	}
}
