package measure

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	pigo "github.com/esimov/pigo/core"
)

// referenceCells says in plain Go what vqa_cells computes.
func referenceCells(p *Plane, depth, x, y, width, height, columns, rows int) []uint16 {
	edges := func(start, length, cells, cell, most int) (from, to int) {
		from = start + cell*length/cells
		to = max(start+(cell+1)*length/cells, from+1)
		return max(0, min(from, most)), max(0, min(to, most))
	}
	var out []uint16
	for row := range rows {
		top, bottom := edges(y, height, rows, row, p.Height)
		for column := range columns {
			left, right := edges(x, width, columns, column, p.Width)
			sum, n := 0, 0
			for j := top; j < bottom; j++ {
				for i := left; i < right; i++ {
					sum += p.sample(i, j, depth)
					n++
				}
			}
			if n > 0 {
				sum = sum << 8 / (n << (depth - 8))
			}
			out = append(out, uint16(sum))
		}
	}
	return out
}

func TestCells(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for _, depth := range []int{8, 10} {
		for _, l := range []layout{{}, {offset: 3, padding: 5}, {padding: 8, flipped: true}} {
			f := &Frame{Y: plane(67, 41, depth, l, func() int { return r.IntN(1 << depth) }), Depth: depth}
			for _, area := range [][4]int{{0, 0, 67, 41}, {5, 7, 40, 30}, {-10, -20, 50, 50}, {50, 30, 64, 64}, {10, 10, 8, 8}, {-90, 0, 20, 20}, {3, 3, 0, 0}} {
				t.Run(fmt.Sprintf("%d bits, %+v, %v", depth, l, area), func(t *testing.T) {
					got := make([]uint16, 16*9)
					cellsOf(f, area[0], area[1], area[2], area[3], 16, 9, got)
					if want := referenceCells(&f.Y, depth, area[0], area[1], area[2], area[3], 16, 9); !slices.Equal(got, want) {
						t.Errorf("got  %v\nwant %v", got, want)
					}
				})
			}
		}
	}
}

// following returns a meter that follows a face in pictures of 640x360, and
// looks for others only later.
func following(x, y, size float32) *VideoMeter {
	v := NewVideo(Faces)
	f := v.faces
	f.searched, f.width, f.height = true, 640, 360
	f.found, f.x, f.y, f.size, f.score = true, x, y, size, 9
	return v
}

func TestFace(t *testing.T) {
	for _, depth := range []int{8, 10} {
		v := following(300, 170, 100)
		before, now := flat(640, 360, depth, 60<<(depth-8)), flat(640, 360, depth, 60<<(depth-8))
		for y := 200; y < 212; y++ { // lips, 30 to 42 below the middle of the face
			for x := 280; x < 320; x++ {
				now.Y.set(x, y, depth, 90<<(depth-8))
			}
		}
		var row Picture
		v.Measure(now, nil, &row)
		if row.Face.Valid || row.Face.Score != 9 {
			t.Errorf("%d bits: a first picture has motion, or no face", depth)
		}
		row.PTS = 40 * time.Millisecond
		v.Measure(now, before, &row)
		f := &row.Face
		if !f.Valid || f.X != 300 || f.Y != 180 || f.Score != 9 {
			t.Fatalf("%d bits: face at %v, %v, score %v; want one at 300, 180", depth, f.X, f.Y, f.Score)
		}
		// The square is 120 wide, from 240, 120: cells of 3.75.
		for y := range f.Motion {
			for x := range f.Motion[y] {
				inside := y >= 22 && y <= 23 && x >= 11 && x <= 20
				if m, l := f.Motion[y][x], f.Luma[y][x]; inside && (m != 30*256 || l != 90*256) || (y < 21 || y > 24) && (m != 0 || l != 60*256) {
					t.Fatalf("%d bits: motion %d and luma %d in cell %d, %d", depth, m, l, x, y)
				}
			}
		}
		// Nothing that is a face is found when it is time to look, which it may
		// be for a while.
		for look := range mostMissed + 1 {
			if row.PTS = searchFollowed * time.Duration(look+1); row.Face.Score != 9 {
				t.Errorf("%d bits: the face is gone after %d looks", depth, look)
			}
			v.Measure(now, before, &row)
		}
		if row.Face != (FaceRow{}) {
			t.Errorf("%d bits: there is still a face", depth)
		}
	}
}

// Samples that are twice as wide as high show a face that is half as wide in
// samples, and its square is as wide as they show it.
func TestFaceAspect(t *testing.T) {
	v := following(300, 170, 100)
	v.faces.width = 320
	before, now := flat(320, 360, 8, 60), flat(320, 360, 8, 60)
	before.Aspect, now.Aspect = 2, 2
	for y := 200; y < 212; y++ {
		for x := 140; x < 160; x++ {
			now.Y.set(x, y, 8, 90)
		}
	}
	row := Picture{PTS: 40 * time.Millisecond}
	v.Measure(now, before, &row)
	f := &row.Face
	if !f.Valid || f.X != 150 || f.Y != 180 || math.Abs(float64(f.Size)-120) > 0.01 {
		t.Fatalf("face at %v, %v of %v, want one at 150, 180 of 120", f.X, f.Y, f.Size)
	}
	for x := range FaceCells {
		if moves := f.Motion[22][x] > 0; moves != (x >= 10 && x <= 21) && x != 10 && x != 21 {
			t.Errorf("motion %d in cell %d", f.Motion[22][x], x)
		}
	}
}

// A cut ends what is followed at once, and begins a look; what goes on changing
// is none.
func TestFaceCut(t *testing.T) {
	grey, white := flat(640, 360, 8, 60), flat(640, 360, 8, 200)
	v := following(300, 170, 100)
	var row Picture
	v.Measure(grey, nil, &row)
	row.PTS = searchCut
	v.Measure(white, grey, &row)
	if row.Face != (FaceRow{}) || v.faces.at != searchCut {
		t.Errorf("after a cut there is still a face, or nobody looked: %v", v.faces.at)
	}
	v = following(300, 170, 100)
	v.faces.changed = 100
	v.Measure(white, grey, &row)
	if !row.Face.Valid {
		t.Error("there is no face in what changes all the time")
	}
	v = NewVideo(Faces)
	v.Measure(grey, nil, &row)
	row.PTS += searchCut - time.Millisecond
	v.Measure(white, grey, &row)
	if v.faces.at != searchCut {
		t.Errorf("looked again after %v", row.PTS-searchCut)
	}
}

// Faces that are tilted are looked for in turn, and the mouth of one stays where
// it is in its square.
func TestFaceTilt(t *testing.T) {
	v := NewVideo(Faces)
	f := flat(640, 360, 8, 128)
	var row Picture
	var seen []float64
	for i := range 2 * len(tilts) {
		row.PTS = time.Duration(i) * searchNone
		v.Measure(f, f, &row)
		seen = append(seen, tilts[v.faces.turn])
	}
	if want := slices.Concat(tilts[:], tilts[:]); !slices.Equal(seen, want) {
		t.Errorf("looked at %v, want %v", seen, want)
	}
	v = following(300, 170, 100)
	v.faces.turn = slices.Index(tilts[:], 0.065)
	row.PTS = 0
	v.Measure(f, f, &row)
	if x := row.Face.X; x < 310 || x > 320 {
		t.Errorf("the square is at %v, want it to the right of 300, with the chin", x)
	}
}

// Of several faces, the largest and most certain is followed, and its square
// stays as long as it is in it.
func TestFaceChoice(t *testing.T) {
	f := newFaceFollower()
	f.choose([]pigo.Detection{{Row: 50, Col: 60, Scale: 30, Q: 20}, {Row: 70, Col: 160, Scale: 60, Q: 15}, {Row: 20, Col: 20, Scale: 100, Q: 4.9}}, 2)
	if !f.found || f.x != 320 || f.y != 140 || f.size != 120 || f.score != 15 {
		t.Fatalf("got %+v, want the second", f)
	}
	f.choose([]pigo.Detection{{Row: 73, Col: 162, Scale: 62, Q: 8}}, 2)
	if f.x != 320 || f.y != 140 || f.size != 120 || f.score != 8 {
		t.Errorf("got %+v, want the square where it was", f)
	}
	f.choose([]pigo.Detection{{Row: 80, Col: 162, Scale: 62, Q: 8}}, 2)
	if f.x != 324 || f.y != 160 || f.size != 124 {
		t.Errorf("got %+v, want the square to follow", f)
	}
	if f.choose(nil, 2); f.found {
		t.Error("the face is still there")
	}
}

// No size is too small, or too odd.
func TestFaceOddSizes(t *testing.T) {
	for _, size := range [][2]int{{1, 1}, {16, 16}, {1, 3000}, {3000, 1}, {4000, 40}, {33, 33}, {720, 1280}} {
		v := NewVideo(Faces)
		f := flat(size[0], size[1], 8, 128)
		var row Picture
		for i := range 3 {
			row.PTS = time.Duration(i) * time.Second
			v.Measure(f, f, &row)
			if row.Face.Valid {
				t.Errorf("%v: a face in grey", size)
			}
		}
	}
}

func BenchmarkFace(b *testing.B) {
	f := &Frame{Depth: 8}
	r := rand.New(rand.NewPCG(1, 2))
	f.Y = plane(1920, 1080, 8, layout{}, func() int { return r.IntN(256) })
	v := NewVideo(Faces)
	var row Picture
	for i := range b.N {
		row.PTS = time.Duration(i) * 40 * time.Millisecond
		// The search finds nothing; what it costs is counted, as is the square.
		v.Measure(f, f, &row)
		v.faces.found, v.faces.x, v.faces.y, v.faces.size = true, 960, 500, 400
	}
}
