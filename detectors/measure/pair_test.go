package measure

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
)

// referencePair is [PairMeter.Measure] in plain Go, for areas that lie within
// their pictures.
func referencePair(a, b *Frame, aArea, bArea Area) PairRow {
	w, h := min(aArea.Width, bArea.Width), min(aArea.Height, bArea.Height)
	depth := min(max(a.Depth, b.Depth), 12)
	x, y := referenceScale(&a.Y, a.Depth, aArea, w, h, depth), referenceScale(&b.Y, b.Depth, bArea, w, h, depth)
	row := PairRow{Width: w, Height: h, Scaled: aArea.Width != bArea.Width || aArea.Height != bArea.Height}
	var differences uint64
	for i := range x {
		d := x[i] - y[i]
		differences += uint64(d * d)
	}
	peak := float64(int(1)<<depth - 1)
	row.MSE = float64(differences) / float64(w*h) * (255 / peak) * (255 / peak)

	// The definition, window by window.
	c1, c2 := math.Floor(0.01*0.01*peak*peak*64+0.5), math.Floor(0.03*0.03*peak*peak*64*63+0.5)
	var sum float64
	windows := 0
	for top := 0; top+8 <= h; top += 4 {
		for left := 0; left+8 <= w; left += 4 {
			var s1, s2, ss, s12 int
			for i := range 64 {
				p, q := x[(top+i/8)*w+left+i%8], y[(top+i/8)*w+left+i%8]
				s1, s2, ss, s12 = s1+p, s2+q, ss+p*p+q*q, s12+p*q
			}
			m1, m2 := float64(s1), float64(s2)
			sum += (2*m1*m2 + c1) * (2*(float64(s12)*64-m1*m2) + c2) /
				((m1*m1 + m2*m2 + c1) * (float64(ss)*64 - m1*m1 - m2*m2 + c2))
			windows++
		}
	}
	if windows == 0 {
		if differences == 0 {
			row.SSIM = 1
		}
		return row
	}
	row.SSIM = sum / float64(windows)
	return row
}

// referenceScale returns the means of the areas that the samples of a smaller
// picture cover.
func referenceScale(p *Plane, depth int, a Area, w, h, toDepth int) []int {
	out := make([]int, w*h)
	for y := range h {
		for x := range w {
			var sum, n uint64
			for v := y * a.Height / h; v*h < (y+1)*a.Height; v++ {
				tall := min((v+1)*h, (y+1)*a.Height) - max(v*h, y*a.Height)
				for u := x * a.Width / w; u*w < (x+1)*a.Width; u++ {
					wide := min((u+1)*w, (x+1)*a.Width) - max(u*w, x*a.Width)
					sum += uint64(tall*wide) * uint64(p.sample(a.X+u, a.Y+v, depth))
					n += uint64(tall * wide)
				}
			}
			if toDepth > depth {
				sum <<= toDepth - depth
			} else {
				n <<= depth - toDepth
			}
			out[y*w+x] = int(min((2*sum+n)/(2*n), 1<<toDepth-1))
		}
	}
	return out
}

func noisy(r *rand.Rand, width, height, depth int, l layout) *Frame {
	v := 1 << (depth - 1)
	return &Frame{Depth: depth, Y: plane(width, height, depth, l, func() int {
		v = max(0, min(1<<depth-1, v+r.IntN(1<<(depth-4)+1)-1<<(depth-5)))
		return v
	})}
}

func TestPairIsReference(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	layouts := []layout{{}, {offset: 1, padding: 3}, {offset: 3, padding: 5, flipped: true}}
	for _, set := range instructionSets() {
		m := NewPair()
		m.instructions = set.id
		for range 60 {
			w, h := 1+r.IntN(90), 1+r.IntN(40)
			depths := []int{8, 8, 10, 12, 16}
			da, db := depths[r.IntN(len(depths))], depths[r.IntN(len(depths))]
			a := noisy(r, w, h, da, layouts[r.IntN(3)])
			bw, bh := w, h
			if r.IntN(2) == 0 {
				bw, bh = 1+r.IntN(90), 1+r.IntN(40)
			}
			b := noisy(r, bw, bh, db, layouts[r.IntN(3)])
			aArea, bArea := Area{Width: w, Height: h}, Area{Width: bw, Height: bh}
			if r.IntN(2) == 0 {
				aArea.X, aArea.Y = r.IntN(w), r.IntN(h)
				aArea.Width, aArea.Height = 1+r.IntN(w-aArea.X), 1+r.IntN(h-aArea.Y)
			}
			got, ok := m.Measure(a, b, aArea, bArea)
			want := referencePair(a, b, aArea, bArea)
			// Windows are summed in the same order: not a bit may differ.
			if !ok || got != want {
				t.Fatalf("%s, %d bits %v and %d bits %v: %+v, want %+v", set.name, da, aArea, db, bArea, got, want)
			}
		}
	}
}

func TestPairOfEquals(t *testing.T) {
	a := noisy(rand.New(rand.NewPCG(1, 1)), 64, 48, 8, layout{})
	row, ok := NewPair().Measure(a, a, Area{}, Area{})
	if want := (PairRow{SSIM: 1, Width: 64, Height: 48}); !ok || row != want {
		t.Errorf("%+v, want %+v", row, want)
	}
	if !math.IsInf(PSNR(row.MSE), 1) {
		t.Errorf("PSNR %v, want infinity", PSNR(row.MSE))
	}
}

// A step of 1 in 8 bits is one of 4 in 10, of a peak of 1023.
func TestPairOfDepths(t *testing.T) {
	a, b := flat(32, 16, 8, 100), flat(32, 16, 10, 404)
	row, _ := NewPair().Measure(a, b, Area{}, Area{})
	if want := 16. * 255 * 255 / 1023 / 1023; math.Abs(row.MSE-want) > 1e-12 {
		t.Errorf("mean squared difference %v, want %v", row.MSE, want)
	}
}

func TestPairOfNothing(t *testing.T) {
	good := flat(16, 16, 8, 0)
	for name, test := range map[string]struct {
		f *Frame
		a Area
	}{
		"no picture": {&Frame{Depth: 8}, Area{}},
		"outside":    {good, Area{X: 8, Width: 16, Height: 16}},
		"negative":   {good, Area{X: -1, Width: 4, Height: 4}},
		"empty":      {good, Area{X: 3}},
	} {
		if row, ok := NewPair().Measure(test.f, good, test.a, Area{}); ok {
			t.Errorf("%s: %+v", name, row)
		}
	}
}

func TestBars(t *testing.T) {
	r := rand.New(rand.NewPCG(2, 3))
	for _, depth := range []int{8, 10} {
		f := noisy(r, 96, 64, depth, layout{offset: 1, padding: 7})
		for y := range 64 {
			for x := range 96 {
				if y < 9 || y >= 60 || x < 5 {
					f.Y.set(x, y, depth, 16<<(depth-8)+x%2)
				}
			}
		}
		var b BarsMeter
		b.Add(flat(96, 64, depth, 16<<(depth-8)), 16) // a black picture tells nothing
		if got, want := b.Area(), (Area{0, 0, 96, 64}); got != want {
			t.Errorf("black: %+v, want %+v", got, want)
		}
		b.Add(f, 16)
		if got, want := b.Area(), (Area{5, 9, 91, 51}); got != want {
			t.Errorf("%d bits: %+v, want %+v", depth, got, want)
		}
	}
}

func BenchmarkPair(b *testing.B) {
	r := rand.New(rand.NewPCG(1, 2))
	for _, depth := range []int{8, 10} {
		x, y := noisy(r, 1920, 1080, depth, layout{}), noisy(r, 1920, 1080, depth, layout{})
		b.Run(fmt.Sprintf("%dbit", depth), func(b *testing.B) {
			m := NewPair()
			b.SetBytes(1920 * 1080)
			for b.Loop() {
				m.Measure(x, y, Area{}, Area{})
			}
		})
	}
}
