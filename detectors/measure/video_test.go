package measure

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
)

// eachInstructionSet runs f with a meter for each variant of the kernels that
// this machine can run.
func eachInstructionSet(t *testing.T, set Set, f func(t *testing.T, v *VideoMeter)) {
	for _, s := range instructionSets() {
		t.Run(s.name, func(t *testing.T) {
			v := NewVideo(set)
			v.instructions = s.id
			f(t, v)
		})
	}
}

// agree compares a meter with the reference.
func agree(t *testing.T, v *VideoMeter, cur, prev *Frame) {
	t.Helper()
	var got, want Picture
	v.Measure(cur, prev, &got)
	referenceMeasure(v.set, cur, prev, &want)
	if got.Luma != want.Luma {
		t.Errorf("luma: %+v\nwant %+v", got.Luma, want.Luma)
	}
	if got.Difference != want.Difference {
		t.Errorf("difference: %+v\nwant %+v", got.Difference, want.Difference)
	}
	if got.Edges != want.Edges {
		t.Errorf("edges: %+v\nwant %+v", got.Edges, want.Edges)
	}
	if got.Thumb != want.Thumb {
		t.Errorf("thumb: %+v\nwant %+v", got.Thumb, want.Thumb)
	}
	if got.Grid != want.Grid {
		t.Errorf("grid: %+v\nwant %+v", got.Grid, want.Grid)
	}
	if got.Borders != want.Borders {
		t.Errorf("borders: %+v\nwant %+v", got.Borders, want.Borders)
	}
	if got.Fields != want.Fields {
		t.Errorf("fields: %+v\nwant %+v", got.Fields, want.Fields)
	}
	if got.Information != want.Information {
		t.Errorf("information: %+v\nwant %+v", got.Information, want.Information)
	}
	if got.Detail != want.Detail {
		t.Errorf("detail: %+v\nwant %+v", got.Detail, want.Detail)
	}
}

func TestVideoIsReference(t *testing.T) {
	sizes := [][2]int{
		{1, 1}, {1, 40}, {40, 1}, {2, 3}, {7, 7}, {8, 8}, {9, 9}, {8, 7}, {7, 8}, {15, 17}, {16, 16}, {31, 33},
		{33, 36}, {63, 35}, {64, 36}, {65, 37}, {127, 71}, {129, 100}, {191, 65}, {255, 72}, {320, 180}, {321, 481},
		{719, 577}, {1030, 50}, {4096, 16},
	}
	layouts := []layout{{}, {padding: 13}, {offset: 3, padding: 1}, {flipped: true}, {offset: 1, padding: 40, flipped: true}}
	eachInstructionSet(t, Pictures, func(t *testing.T, v *VideoMeter) {
		r := rand.New(rand.NewPCG(1, 2))
		for i, size := range sizes {
			for _, depth := range []int{8, 9, 10, 12, 14, 16} {
				for k, l := range layouts {
					if (i+k)%2 == 1 && size[0]*size[1] > 1e5 {
						continue // the reference is slow
					}
					level := 0
					contents := map[string]func() int{
						"noise":    func() int { return r.IntN(1 << depth) },
						"extremes": func() int { return r.IntN(2) * (1<<depth - 1) },
						"quiet":    func() int { return 100<<(depth-8) + r.IntN(2) },
						"contours": func() int { // flats of some samples
							if r.IntN(12) == 0 {
								level = r.IntN(1 << depth)
							}
							return level
						},
						"invalid": func() int { return r.IntN(1 << 16) }, // beyond the depth
					}
					for name, next := range contents {
						frame := func(l layout) *Frame {
							return &Frame{
								Y:     plane(size[0], size[1], depth, l, next),
								U:     plane((size[0]+1)/2, (size[1]+1)/2, depth, l, next),
								V:     plane((size[0]+1)/2, size[1], depth, layouts[(k+1)%len(layouts)], next),
								Depth: depth,
							}
						}
						cur, prev := frame(l), frame(layouts[(k+2)%len(layouts)])
						agree(t, v, cur, prev)
						if t.Failed() {
							t.Fatalf("%s of %d bits, %v, %+v", name, depth, size, l)
						}
					}
				}
			}
		}
	})
}

// Each part is the same alone as with the others, and all else is zero.
func TestVideoSets(t *testing.T) {
	cur, prev := picture(200, 100, 8, 1), picture(200, 100, 8, 2)
	for i := range setNames {
		if one := Pictures & (1 << i); one != 0 {
			for _, set := range []Set{one, Pictures &^ one, one | Luma, one | Thumbs} {
				eachInstructionSet(t, set, func(t *testing.T, v *VideoMeter) { agree(t, v, cur, prev) })
			}
		}
	}
	var row Picture
	row.Number, row.Luma.Min, row.Difference.Valid, row.Edges.OnVertical, row.Thumb.U[0][0] = 7, 1, true, 1, 1
	NewVideo(Levels|Times).Measure(cur, prev, &row)
	if want := (Picture{Number: 7}); row.Luma != want.Luma || row.Difference != want.Difference ||
		row.Edges != want.Edges || row.Thumb != want.Thumb || row.Number != want.Number {
		t.Errorf("with nothing to measure: %+v", row)
	}
}

func TestLineStep(t *testing.T) {
	for height, want := range map[int]int{
		-1: 1, 0: 1, 1: 1, 239: 1, 320: 1, 321: 3, 576: 3, 720: 5, 960: 5, 961: 7, 1080: 7, 1440: 9, 2160: 13, 4320: 27,
	} {
		if got := LineStep(height); got != want {
			t.Errorf("LineStep(%d) = %d, want %d", height, got, want)
		}
	}
}

func TestLuma(t *testing.T) {
	eachInstructionSet(t, Luma, func(t *testing.T, v *VideoMeter) {
		var row Picture
		// 10 bits: 0..3 are 0, 1023 is 255. Mean of 0 0 0 255 is 63.75, the
		// spread 255*sqrt(3)/4.
		f := flat(4, 1, 10, 3)
		f.Y.set(3, 0, 10, 1023)
		v.Measure(f, nil, &row)
		l := row.Luma
		if l.Mean != 63.75 || l.StdDev != float32(255*math.Sqrt(3)/4) || l.Min != 0 || l.Max != 255 || l.Samples != 4 ||
			l.Histogram[0] != 3 || l.Histogram[255] != 1 {
			t.Errorf("%+v", l)
		}
		// With a step of 3, line 3 is seen and lines 1 and 2 are not.
		f = flat(10, 600, 8, 16)
		f.Y.set(0, 1, 8, 99)
		f.Y.set(0, 2, 8, 99)
		f.Y.set(0, 3, 8, 50)
		v.Measure(f, nil, &row)
		if l := row.Luma; l.Samples != 2000 || l.Histogram[99] != 0 || l.Histogram[50] != 1 || l.Max != 50 || l.Min != 16 {
			t.Errorf("%+v", l)
		}
		v.Measure(flat(1920, 1080, 8, 235), nil, &row)
		if l := row.Luma; l.Samples != 1920*155 || l.Mean != 235 || l.StdDev != 0 || l.Min != 235 || l.Max != 235 {
			t.Errorf("%+v", l)
		}
	})
}

func TestDifference(t *testing.T) {
	eachInstructionSet(t, Difference, func(t *testing.T, v *VideoMeter) {
		var row Picture
		for _, depth := range []int{8, 10, 16} {
			one := 1 << (depth - 8)
			cur, prev := flat(25, 17, depth, 100*one), flat(25, 17, depth, 100*one)
			cur.Y.set(9, 3, depth, 108*one) // block (8, 0): 8/64, the first step
			cur.Y.set(16, 8, depth, 0)      // block (16, 8): 100/64 = 1.5625, reaches 1
			cur.Y.set(7, 15, depth, 200*one)
			cur.Y.set(24, 0, depth, 110*one) // right of the blocks
			cur.Y.set(0, 16, depth, 109*one) // below
			v.Measure(cur, prev, &row)
			want := DifferenceRow{
				Valid: true, Mean: float32(8+100+100+10+9) / (25 * 17), Largest: 1.5625, LargestX: 0, LargestY: 8,
				Blocks: 6, Above: [DifferenceSteps]uint32{3, 2, 2, 2},
			}
			want.Largest, want.LargestX, want.LargestY = 1.5625, 0, 8 // the first of two
			if row.Difference != want {
				t.Errorf("%d bits: %+v\nwant %+v", depth, row.Difference, want)
			}
			v.Measure(prev, cur, &row)
			if row.Difference != want {
				t.Errorf("%d bits, the other way: %+v", depth, row.Difference)
			}
		}
		// One code value less than the first step, in 10 bits.
		cur, prev := flat(8, 8, 10, 0), flat(8, 8, 10, 0)
		cur.Y.set(5, 5, 10, 31)
		v.Measure(cur, prev, &row)
		if d := row.Difference; d.Above[0] != 0 || d.Largest != 31./256 || d.Blocks != 1 {
			t.Errorf("%+v", d)
		}
		v.Measure(flat(8, 8, 8, 255), flat(8, 8, 8, 0), &row)
		if d := row.Difference; d.Above[DifferenceSteps-1] != 1 || d.Largest != 255 || d.Mean != 255 {
			t.Errorf("%+v", d)
		}
		for name, prev := range map[string]*Frame{
			"none": nil, "width": flat(7, 8, 8, 0), "height": flat(8, 9, 8, 0), "depth": flat(8, 8, 10, 0), "empty": {},
		} {
			v.Measure(flat(8, 8, 8, 1), prev, &row)
			if row.Difference != (DifferenceRow{}) {
				t.Errorf("%s: %+v", name, row.Difference)
			}
		}
	})
}

func TestEdges(t *testing.T) {
	eachInstructionSet(t, Edges, func(t *testing.T, v *VideoMeter) {
		for _, depth := range []int{8, 10} {
			one := 1 << (depth - 8)
			// Blocks of 8x8 in two values, 40 apart: all steps are on the grid.
			f := flat(20, 17, depth, 0)
			for y := range 17 {
				for x := range 20 {
					f.Y.set(x, y, depth, (x/8+y/8)%2*40*one)
				}
			}
			var row Picture
			v.Measure(f, nil, &row)
			if want := (EdgesRow{OnHorizontal: 40, OnVertical: 40}); row.Edges != want {
				t.Errorf("%d bits, on the grid: %+v", depth, row.Edges)
			}
			// One step of 34 in each line at x = 5, of 17 other places than the
			// two on the grid.
			for y := range 17 {
				for x := range 20 {
					f.Y.set(x, y, depth, min(x/5, 1)*34*one)
				}
			}
			v.Measure(f, nil, &row)
			if want := (EdgesRow{OffHorizontal: 2}); row.Edges != want {
				t.Errorf("%d bits, off the grid: %+v", depth, row.Edges)
			}
		}
	})
}

func TestThumb(t *testing.T) {
	eachInstructionSet(t, Thumbs, func(t *testing.T, v *VideoMeter) {
		var row Picture
		for _, depth := range []int{8, 10} {
			one := 1 << (depth - 8)
			// Twice the thumb: cells of 2x2. 1/4 of a code value is 64.
			f := flat(2*ThumbWidth, 2*ThumbHeight, depth, 20*one)
			f.Y.set(3, 4, depth, 21*one)
			v.Measure(f, nil, &row)
			if y := row.Thumb.Y; y[2][1] != 20*256+64 || y[2][0] != 20*256 || y[0][0] != 20*256 || y[35][63] != 20*256 {
				t.Errorf("%d bits: %v", depth, y)
			}
			if row.Thumb.U[17][31] != 128*256 || row.Thumb.V[0][0] != 128*256 {
				t.Errorf("grey: %v %v", row.Thumb.U, row.Thumb.V)
			}
		}
		// Two samples: the left half of the cells is the first.
		f := flat(2, 1, 8, 7)
		f.Y.set(1, 0, 8, 9)
		f.U = flat(1, 1, 8, 3).Y
		v.Measure(f, nil, &row)
		if y := row.Thumb.Y; y[0][0] != 7*256 || y[35][31] != 7*256 || y[0][32] != 9*256 || y[20][63] != 9*256 {
			t.Errorf("%v", y)
		}
		if row.Thumb.U[9][9] != 3*256 || row.Thumb.V[9][9] != 128*256 {
			t.Errorf("%v", row.Thumb.U)
		}
		// Thirds: (10 + 10 + 11)/3 = 10.333, 2645.33/256; (10 + 11 + 11)/3 = 10.667, 2730.67/256
		f = flat(3*ThumbWidth, ThumbHeight, 8, 10)
		f.Y.set(2, 0, 8, 11)
		f.Y.set(3, 0, 8, 11)
		f.Y.set(4, 0, 8, 11)
		v.Measure(f, nil, &row)
		if y := row.Thumb.Y[0]; y[0] != 2645 || y[1] != 2731 {
			t.Errorf("%v", y)
		}
	})
}

func TestDetail(t *testing.T) {
	eachInstructionSet(t, Detail, func(t *testing.T, v *VideoMeter) {
		var row Picture
		for _, depth := range []int{8, 10} {
			one := 1 << (depth - 8)
			// Columns of 100 and 104 in turn differ by 4 from the mean of their
			// neighbours, and not at all from those an even number away.
			f, prev := flat(80, 48, depth, 100*one), flat(80, 48, depth, 100*one)
			for y := range 48 {
				for x := 1; x < 80; x += 2 {
					f.Y.set(x, y, depth, 104*one)
				}
			}
			v.Measure(f, prev, &row)
			d := &row.Detail
			// 8 tiles across, 6 bands; half of the samples have changed by 4, of which 7/8
			// is 1.75.
			if d.Tiles != 48 || d.Noise[7] != 48 || !d.Compared {
				t.Errorf("%d bits: %+v", depth, d)
			}
			for y := range d.Regions {
				for x := range d.Regions[y] {
					if r := d.Regions[y][x]; r != (Region{Tiles: 1, Residues: [Scales]float32{4, 0, 0, 0}}) {
						t.Errorf("%d bits, region %d %d: %+v", depth, x, y, r)
					}
				}
			}
			// One contour of 10 down the middle, seen in two lines of each band from
			// three places; and one of 20 across the middle, where no band sees it
			// from above.
			for y := range 48 {
				for x := range 80 {
					f.Y.set(x, y, depth, (60+x/40*10+y/24*20)*one)
				}
			}
			v.Measure(f, nil, &row)
			if d.Contours[10] != 36 || d.Contours[20] != 0 || d.Levels[60] != 18 || d.Levels[90] != 18 || d.Compared || d.Noise[0] != 0 {
				t.Errorf("%d bits: %+v", depth, d)
			}
			// Two lines further down it is within a band.
			for y := 24; y < 28; y++ {
				for x := range 80 {
					f.Y.set(x, y, depth, (60+x/40*10)*one)
				}
			}
			v.Measure(f, nil, &row)
			if d.Contours[20] != 80 || d.Places != 6*(2*71+80) {
				t.Errorf("%d bits, down: %+v", depth, d)
			}
		}
		for value, want := range map[int]uint32{23: 0, 24: 48, 232: 48, 233: 0} {
			v.Measure(flat(80, 48, 8, value), nil, &row)
			if row.Detail.Tiles != want {
				t.Errorf("of luma %d there are %d tiles, want %d", value, row.Detail.Tiles, want)
			}
		}
	})
}

func TestNotMeasurable(t *testing.T) {
	good := flat(16, 16, 8, 50)
	frames := map[string]*Frame{"empty": {}, "depth 0": flat(16, 16, 8, 1), "depth 17": flat(16, 16, 10, 1)}
	frames["depth 0"].Depth, frames["depth 17"].Depth = 0, 17
	for name, change := range map[string]func(f *Frame){
		"no width":   func(f *Frame) { f.Y.Width = 0 },
		"no height":  func(f *Frame) { f.Y.Height = -3 },
		"too wide":   func(f *Frame) { f.Y.Width = 1 << 16 },
		"too high":   func(f *Frame) { f.Y.Height = 1 << 16 },
		"no luma":    func(f *Frame) { f.Y.Data = nil },
		"odd stride": func(f *Frame) { f.Y.Stride, f.Y.Width, f.Depth = 15, 7, 10 },
	} {
		f := flat(16, 16, 8, 50)
		change(f)
		frames[name] = f
	}
	for name, f := range frames {
		t.Run(name, func(t *testing.T) {
			var row Picture
			NewVideo(Pictures).Measure(f, f, &row)
			if row.Luma != (LumaRow{}) || row.Difference != (DifferenceRow{}) || row.Thumb != (ThumbRow{}) {
				t.Errorf("%+v", row)
			}
			NewVideo(Pictures).Measure(good, f, &row)
			if row.Difference.Valid {
				t.Error("compared with it")
			}
		})
	}
}

func TestVideoDoesNotAllocate(t *testing.T) {
	a, b := picture(320, 180, 8, 1), picture(320, 180, 8, 2)
	v := NewVideo(Pictures)
	var row Picture
	if n := testing.AllocsPerRun(10, func() { v.Measure(a, b, &row) }); n != 0 {
		t.Errorf("%v allocations per picture", n)
	}
}

func FuzzVideo(f *testing.F) {
	f.Add(uint64(1), uint16(64), uint16(36), uint8(8), uint8(0), uint8(0), false)
	f.Add(uint64(2), uint16(1), uint16(1), uint8(10), uint8(3), uint8(5), true)
	f.Add(uint64(3), uint16(641), uint16(37), uint8(12), uint8(64), uint8(1), true)
	f.Add(uint64(4), uint16(300), uint16(500), uint8(16), uint8(7), uint8(0), false)
	f.Fuzz(func(t *testing.T, seed uint64, width, height uint16, depth, padding, offset uint8, flipped bool) {
		w, h, d := int(width%1000)+1, int(height%600)+1, 8+int(depth%9)
		r := rand.New(rand.NewPCG(seed, 3))
		l := layout{offset: int(offset % 64), padding: int(padding), flipped: flipped}
		level, spread := r.IntN(1<<d), 1+r.IntN(1<<d)
		next := func() int { return min(level+r.IntN(spread), 1<<d-1) }
		frame := func() *Frame {
			return &Frame{
				Y: plane(w, h, d, l, next), U: plane((w+1)/2, h, d, l, next), V: plane((w+1)/2, (h+1)/2, d, l, next),
				Depth: d,
			}
		}
		cur, prev := frame(), frame()
		for _, s := range instructionSets() {
			v := NewVideo(Pictures)
			v.instructions = s.id
			agree(t, v, cur, prev)
		}
		if t.Failed() {
			t.Log(fmt.Sprint(w, h, d, l))
		}
	})
}
