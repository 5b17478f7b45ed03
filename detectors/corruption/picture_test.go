package corruption

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/vqa-project/vqa/detectors/dettest"
	"github.com/vqa-project/vqa/detectors/measure"
)

// show gives a picture of 640x360 an ordinary grid, with some change from one to
// the next, and damage in a share of its cells.
func show(damage float64) func(i int, p *measure.Picture) {
	r := rand.New(rand.NewPCG(1, 2))
	return func(_ int, p *measure.Picture) {
		g := &p.Grid
		*g = measure.GridRow{Compared: true, CellSide: 32, Across: 20, Down: 12}
		noise := func() float32 { return 0.9 + 0.2*r.Float32() }
		for _, s := range []*measure.GridSteps{&g.Steps, &g.Changes} {
			for i := range measure.Phases {
				s.Vertical[i], s.Horizontal[i] = 0.1*noise(), 0.1*noise()
				s.StrongVertical[i], s.StrongHorizontal[i] = 0.02*noise(), 0.02*noise()
			}
			s.Vertical[0] += 3 * float32(damage)
			s.Horizontal[0] += 3 * float32(damage)
			s.StrongVertical[0] += 1.5 * float32(damage)
			s.StrongHorizontal[0] += 1.5 * float32(damage)
		}
		n := g.Across * g.Down
		for i := range n {
			g.Cells[i] = measure.GridCell{On: 2 * noise(), Off: 2 * noise()}
			if float64(i) >= float64(n)*(1-damage) {
				g.Cells[i].On += 60 * noise()
			}
		}
		p.Difference.Mean = 3
	}
}

func TestPicture(t *testing.T) {
	b := dettest.Start(t, Detector)
	b.Pictures(200, show(0))
	b.Pictures(25, show(0.25))
	b.Pictures(200, show(0))
	b.Flush()
	b.Want(2*tickTime, dettest.Span{Kind: Picture, Start: 8 * time.Second, End: 9 * time.Second})
	e := b.Events[0]
	if math.Abs(e.Value-25) > 2 || e.Unit != "%" {
		t.Errorf("%v %s is damaged, want a quarter", e.Value, e.Unit)
	}
	// The last quarter of the cells is the last three of twelve rows.
	if e.Evidence["region_y_px"] != 9*32 || e.Evidence["region_height_px"] != 360-9*32 ||
		e.Evidence["region_x_px"] != 0 || e.Evidence["region_width_px"] != 640 {
		t.Errorf("region: %v", e.Evidence)
	}
}

// Slices that were not decoded are dark green, which no picture is.
func TestPictureUnset(t *testing.T) {
	coloured := func(rows int) func(int, *measure.Picture) {
		normal := show(0)
		return func(i int, p *measure.Picture) {
			normal(i, p)
			p.ChromaWidth, p.ChromaHeight = 320, 180
			for y := range p.Thumb.U {
				for x := range p.Thumb.U[y] {
					p.Thumb.U[y][x], p.Thumb.V[y][x] = 43*256, 21*256 // the greenest that can be seen
					if y < rows {
						p.Thumb.U[y][x], p.Thumb.V[y][x] = 2*256, 3*256
					}
				}
			}
		}
	}
	b := dettest.Start(t, Detector)
	b.Pictures(200, coloured(0))
	b.Pictures(25, coloured(6))
	b.Pictures(200, coloured(0))
	b.Flush()
	b.Want(2*tickTime, dettest.Span{Kind: Picture, Start: 8 * time.Second, End: 9 * time.Second})
	e := b.Events[0]
	if math.Abs(e.Value-100./3) > 0.1 || e.Evidence["region_y_px"] != 0 || e.Evidence["region_height_px"] != 120 ||
		e.Evidence["region_width_px"] != 640 {
		t.Errorf("%v %% is damaged, want a third, of the top: %v", e.Value, e.Evidence)
	}

	b = dettest.Start(t, Detector) // all of it is one colour
	b.Pictures(200, coloured(0))
	b.Pictures(25, coloured(measure.ChromaHeight))
	b.Pictures(200, coloured(0))
	b.Flush()
	b.Want(0)
}

// cut makes the first picture of what is shown differ from the one before.
func cut(f func(int, *measure.Picture)) func(int, *measure.Picture) {
	return func(i int, p *measure.Picture) {
		f(i, p)
		if i == 0 {
			p.Difference.Mean = 60
		}
	}
}

// still makes nothing move, but for a first picture.
func still(f func(int, *measure.Picture)) func(int, *measure.Picture) {
	return func(i int, p *measure.Picture) {
		f(i, p)
		p.Difference.Mean = 0
		p.Grid.Changes = measure.GridSteps{}
	}
}

// Bars that come and go have straight edges, which are no damage; in a film that has
// them throughout, damage is found.
func TestPictureBars(t *testing.T) {
	framed := func(damage float64) func(int, *measure.Picture) {
		normal := show(damage)
		return func(i int, p *measure.Picture) {
			normal(i, p)
			p.Borders = measure.BordersRow{Left: 48, Right: 46, LitLeft: 0.9, LitRight: 1}
		}
	}
	b := dettest.Start(t, Detector)
	b.Pictures(200, show(0))
	b.Pictures(25, framed(0.25))
	b.Pictures(200, show(0))
	b.Flush()
	b.Want(0)

	b = dettest.Start(t, Detector)
	b.Pictures(200, framed(0))
	b.Pictures(25, framed(0.25))
	b.Pictures(200, framed(0))
	b.Flush()
	b.Want(2*tickTime, dettest.Span{Kind: Picture, Start: 8 * time.Second, End: 9 * time.Second})
}

// What is cut in for a time and out again is not damage of what was there.
func TestPictureInsert(t *testing.T) {
	b := dettest.Start(t, Detector, "picture-confidence=0.8")
	b.Pictures(200, show(0))
	b.Pictures(60, cut(show(0.25)))
	b.Pictures(200, cut(show(0)))
	b.Flush()
	b.Want(0)
}

// A scene that is damaged some time after its cut, or all over from it on, is
// damaged, whatever ends it.
func TestPictureDamagedScene(t *testing.T) {
	tests := []struct {
		name   string
		script func(b *dettest.Bench)
	}{
		{"after the cut", func(b *dettest.Bench) {
			b.Pictures(10, cut(show(0)))
			b.Pictures(50, show(0.25))
		}},
		{"all over", func(b *dettest.Bench) { b.Pictures(60, cut(show(0.75))) }},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			// What rows written by hand score is near the limit; this is of what is left out.
			b := dettest.Start(t, Detector, "picture-confidence=0.8")
			b.Pictures(200, show(0))
			test.script(b)
			b.Pictures(200, cut(show(0)))
			b.Flush()
			if len(b.Events) != 1 || b.Events[0].Kind != Picture {
				t.Errorf("found %v, want damage", b.Events)
			}
		})
	}
}

// What is usual in a film is not learned from a picture that stands in it.
func TestPictureBesideStill(t *testing.T) {
	b := dettest.Start(t, Detector)
	b.Pictures(75, show(0.25))
	b.Pictures(100, cut(still(show(0))))
	b.Pictures(75, cut(show(0.25)))
	b.Flush()
	b.Want(0)
}

func TestPictureToTheEnd(t *testing.T) {
	b := dettest.Start(t, Detector)
	b.Pictures(200, show(0))
	b.Pictures(20, show(0.25))
	b.Flush()
	b.Want(2*tickTime, dettest.Span{Kind: Picture, Start: 8 * time.Second, End: 8800 * time.Millisecond})
}

func TestPictureIsClean(t *testing.T) {
	b := dettest.Start(t, Detector)
	b.Pictures(500, show(0))
	b.Flush()
	b.Want(0)

	b = dettest.Start(t, Detector) // a grid that is always there belongs to what is shown
	b.Pictures(500, show(0.25))
	b.Flush()
	b.Want(0)

	dettest.Start(t, Detector).Flush()
}

// What the decoder complains of is not reported a second time.
func TestPictureInStream(t *testing.T) {
	b := dettest.Start(t, Detector)
	b.Pictures(200, show(0))
	damaged := show(0.25)
	b.Pictures(25, func(i int, p *measure.Picture) {
		damaged(i, p)
		if i == 2 {
			p.Damage = measure.Concealed
		}
	})
	b.Pictures(200, show(0))
	b.Flush()
	for _, e := range b.Events {
		if e.Kind == Picture {
			t.Errorf("reported: %+v", e)
		}
	}
}

// Time that jumps back ends what went before, and a change of size is no damage.
func TestPictureGaps(t *testing.T) {
	b := dettest.Start(t, Detector)
	b.Pictures(200, show(0))
	b.Pictures(15, show(0.25))
	b.Video = time.Second
	jumps := show(0)
	b.Pictures(200, func(i int, p *measure.Picture) {
		jumps(i, p)
		p.Discontinuity = i == 0
		if i > 100 {
			p.Width, p.Height, p.Grid.Across, p.Grid.Down = 320, 180, 10, 6
		}
	})
	b.Flush()
	b.Want(2*tickTime, dettest.Span{Kind: Picture, Start: 8 * time.Second, End: 8600 * time.Millisecond})
}

// Pictures too small for a cell, without a grid, and of absurd sizes.
func TestPictureBadInput(t *testing.T) {
	b := dettest.Start(t, Detector)
	b.Pictures(300, func(i int, p *measure.Picture) {
		p.Grid = measure.GridRow{}
		switch i % 3 {
		case 1:
			p.Grid = measure.GridRow{CellSide: 32, Across: 1, Down: 1}
			p.Width, p.Height = 1, 1
		case 2:
			p.Duration = 0
		}
	})
	b.Flush()
	b.Want(0)
}

func TestPictureDoesNotAllocate(t *testing.T) {
	var p measure.Picture
	normal := show(0)
	b := newPictures(pictureOptions{confidence: 0.9}, measure.Stream{}, nil)
	deliver := func() {
		normal(0, &p)
		b.Picture(&p)
		p.PTS += dettest.PictureTime
	}
	for range 2000 {
		deliver()
	}
	if n := testing.AllocsPerRun(1000, deliver); n > 1 { // show makes none, but for its random numbers
		t.Errorf("%v allocations for a picture", n)
	}
}

func TestNth(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	for n := 1; n < 40; n++ {
		values := make([]float32, n)
		for i := range values {
			values[i] = float32(r.IntN(10))
		}
		sorted := slices.Sorted(slices.Values(values))
		for k := range n {
			if got := nth(slices.Clone(values), k); got != sorted[k] {
				t.Fatalf("value %d of %v is %v", k, sorted, got)
			}
		}
	}
}

func BenchmarkPicture(b *testing.B) {
	var p measure.Picture
	b.ReportAllocs()
	f := newPictures(pictureOptions{confidence: 0.9}, measure.Stream{}, nil)
	show(0)(0, &p)
	p.Grid.Across, p.Grid.Down = 40, 23
	for b.Loop() {
		f.Picture(&p)
		p.PTS += dettest.PictureTime
	}
}

// ticksOf returns ticks from 0 on, and their scores.
func ticksOf(change func(i int, t *Tick) float64) (ticks []Tick, scores []float64) {
	for i := range 100 {
		t := Tick{Start: time.Duration(i) * tickTime, End: time.Duration(i+1) * tickTime, Area: 0.1}
		scores = append(scores, change(i, &t))
		ticks = append(ticks, t)
	}
	return ticks, scores
}

// Evidence of several ticks adds up.
func TestEvents(t *testing.T) {
	lasts := func(n int, score float64) func(int, *Tick) float64 {
		return func(i int, _ *Tick) float64 {
			if i >= 50 && i < 50+n {
				return score
			}
			return -5
		}
	}
	tests := []struct {
		name   string
		change func(int, *Tick) float64
		want   int
	}{
		{"sure", lasts(2, 2.5), 1},
		{"rather, and short", lasts(4, 1.5), 0},
		{"rather, and long", lasts(7, 1.5), 1},
		{"rather not, and long", lasts(50, -0.1), 0},
		{"inserted from a cut on", func(i int, t *Tick) float64 {
			t.FromCut = t.Area
			return lasts(5, 6)(i, t)
		}, 0},
		{"not decoded from a cut on", func(i int, t *Tick) float64 {
			t.FromCut = t.Area
			if i >= 50 && i < 55 {
				t.Unset = 0.1
			}
			return -5
		}, 1},
	}
	for _, test := range tests {
		ticks, scores := ticksOf(test.change)
		if got := Events(ticks, scores, 0.9); len(got) != test.want {
			t.Errorf("%s: %+v, want %d", test.name, got, test.want)
		}
	}
}
