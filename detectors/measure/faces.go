package measure

/*
#include "cells.h"
*/
import "C"

import (
	_ "embed" // the cascade
	"image"
	"math"
	"slices"
	"time"

	pigo "github.com/esimov/pigo/core"
)

// FaceCells is the side, in cells, of the square that [FaceRow] shows.
const FaceCells = 32

// FaceRow is the face that stands out most in a picture: how it looks, and how
// it moves, as cell means of a square around it. The square stays where it is
// while the face is in it, so that what differs from picture to picture is what
// the face does.
//
// Luma and Motion are in 1/256 of an 8 bit code value.
type FaceRow struct {
	Valid bool // a face is followed, and the picture before has its square, too

	X, Y, Size float32 // centre of the square in luma samples, and its height in lines; it is square as it is shown
	Score      float32 // of the detector, from where a face is likely, some 5, up

	Luma   [FaceCells][FaceCells]uint16
	Motion [FaceCells][FaceCells]uint16 // difference from the picture before
}

const (
	// searchNone is how often faces are looked for while there is none;
	// searchFollowed how often one that is followed is looked for near where it
	// was, and searchAll how often everywhere.
	searchNone     = time.Second
	searchFollowed = 500 * time.Millisecond
	searchAll      = 2 * time.Second

	// A cut has looks follow each other as closely as searchCut. It changes
	// pictures by leastCut code values at least, and cutTimes as much as the
	// picture before was changed.
	searchCut = 200 * time.Millisecond
	leastCut  = 8
	cutTimes  = 3

	// From one look to the next a face moves by up to nearMove of its size, and
	// grows or shrinks by up to nearGrow.
	nearMove = 0.75
	nearGrow = 1.5

	// Windows that the cascade judges are sizeStep times as large as the next
	// smaller ones, and moveStep of their size apart.
	sizeStep = 1.15
	moveStep = 0.12

	// mostMissed is how many looks in a row may miss a face that is followed.
	mostMissed = 2

	// searchCells is how many cells the picture has when faces are looked
	// for: 256x144. A face smaller than a sixth of that has no lips to read.
	searchCells = 256 * 144

	// leastFace is the height of the smallest face looked for, as a share of
	// the picture's shorter side.
	leastFace = 1. / 6

	// leastScore is the score from which a detection is a face. Pigo's author
	// has 5 for it.
	leastScore = 5

	// A face that moved by less than stays of its size, or grew by less than
	// grows, leaves the square where it is.
	stays = 0.08
	grows = 1.15

	// mouthBelow is how far below the centre of a face its mouth is, as a share
	// of its size. The square of a face that is tilted has it in the same place.
	mouthBelow = 0.35

	// The square is wider than the face by faceMargin, and its centre lower
	// than that of the face by faceShift, which is near the bridge of the
	// nose. Shares of the size.
	faceMargin = 1.2
	faceShift  = 0.1
)

// tilts are the angles at which faces are looked for in turn while there is none,
// in turns; with those in the middle the chin is to the right. An upright face is
// looked for two times of three, and after a cut. The cascade sees faces tilted by up
// to some 10 degrees to either side.
var tilts = [...]float64{0, 0, 0.065, 0, 0, 1 - 0.065}

// The cascade of pico, "Object Detection with Pixel Intensity Comparisons
// Organized in Decision Trees" (Markuš et al., 2013), as in pigo v1.4.6.
//
//go:embed facefinder.bin
var facefinder []byte

// A faceFollower finds a face and stays with it.
type faceFollower struct {
	finder   *pigo.Pigo
	searched bool
	at       time.Duration // of the last search
	atAll    time.Duration // of the last one everywhere
	width    int           // of the picture then
	height   int

	missed  int     // looks since it was last seen
	changed float32 // by the picture before, mean difference

	turn int // of tilts: the one that was looked for last

	// The face, in lines of the picture, also where a sample is not as wide as
	// it is high.
	found      bool
	x, y, size float32
	score      float32

	cells       []uint16 // of the whole picture
	small       []uint8
	now, before [FaceCells * FaceCells]uint16
}

func newFaceFollower() *faceFollower {
	finder, err := pigo.NewPigo().Unpack(facefinder)
	if err != nil {
		panic("measure: cascade of faces: " + err.Error()) // which is part of the program
	}
	return &faceFollower{finder: finder}
}

// measure fills the face of a row from cur and the picture before, where that is
// alike. The row has the difference of both.
func (f *faceFollower) measure(cur, prev *Frame, picture *Picture) {
	row := &picture.Face
	cut := f.cut(&picture.Difference)
	f.search(cur, picture.PTS, cut)
	if !f.found {
		return
	}
	side := f.size * faceMargin
	lean := float32(math.Sin(2*math.Pi*tilts[f.turn])) * mouthBelow
	shape := float32(cur.shape())
	row.X, row.Y, row.Size, row.Score = (f.x+lean*f.size)/shape, f.y+faceShift*f.size, side, f.score
	if prev == nil || cut {
		return
	}
	left, top, width := int(row.X-side/shape/2), int(row.Y-side/2), int(side/shape)
	cellsOf(cur, left, top, width, int(side), FaceCells, FaceCells, f.now[:])
	cellsOf(prev, left, top, width, int(side), FaceCells, FaceCells, f.before[:])
	row.Valid = true
	for i, v := range f.now {
		y, x := i/FaceCells, i%FaceCells
		row.Luma[y][x] = v
		row.Motion[y][x] = max(v, f.before[i]) - min(v, f.before[i])
	}
}

// cut reports whether another shot begins: much changes, and much more than
// in the picture before.
func (f *faceFollower) cut(d *DifferenceRow) bool {
	before := f.changed
	f.changed = d.Mean
	return d.Mean >= leastCut && d.Mean > cutTimes*before
}

// search looks for faces where it is time to, and all over again after a cut.
func (f *faceFollower) search(p *Frame, at time.Duration, cut bool) {
	every := searchNone
	switch {
	case cut:
		every, f.found = searchCut, false
	case f.found:
		every = searchFollowed
	}
	resized := p.Y.Width != f.width || p.Y.Height != f.height
	if f.searched && !resized && (at-f.at).Abs() < every {
		return
	}
	if resized {
		f.found = false
	}
	switch {
	case cut || resized:
		f.turn = 0
	case !f.found:
		f.turn = (f.turn + 1) % len(tilts)
	}
	f.searched, f.at, f.width, f.height = true, at, p.Y.Width, p.Y.Height

	width, height := float64(p.Y.Width)*p.shape(), float64(p.Y.Height)
	scale := max(1, math.Sqrt(width*height/searchCells))
	columns, rows := int(width/scale), int(height/scale)
	shorter := min(columns, rows)
	if shorter < 32 { // too small, or a line
		f.found = false
		return
	}
	if n := columns * rows; cap(f.cells) < n {
		f.cells, f.small = make([]uint16, n), make([]uint8, n)
	}
	f.cells, f.small = f.cells[:columns*rows], f.small[:columns*rows]
	cellsOf(p, 0, 0, p.Y.Width, p.Y.Height, columns, rows, f.cells)
	for i, v := range f.cells {
		f.small[i] = uint8(v >> 8)
	}
	least := max(20, int(leastFace*float64(shorter)))
	if followed := f.found; !followed || (at-f.atAll).Abs() >= searchAll {
		f.atAll = at
		f.choose(f.judge(columns, image.Rect(0, 0, columns, rows), least, shorter), float32(scale))
		if f.found || !followed {
			f.missed = 0
			return
		}
	}
	f.again(columns, rows, least, scale)
}

// again looks for the face that is followed near where it was: as it was
// tilted, and then in other ways. One that blinks or looks down is still there
// for a while.
func (f *faceFollower) again(columns, rows, least int, scale float64) {
	was := f.turn
	for k := range tilts {
		if f.turn = (was + k) % len(tilts); k > 0 && slices.Contains(tilts[:f.turn], tilts[f.turn]) {
			continue
		}
		if f.choose(f.near(columns, rows, least, scale), float32(scale)); f.found {
			f.missed = 0
			return
		}
	}
	f.turn = was
	f.missed++
	f.found = f.missed <= mostMissed
}

// judge returns where the cascade sees a face: in an area of small, which has
// so many columns, and of sizes from least to largest.
func (f *faceFollower) judge(columns int, area image.Rectangle, least, largest int) []pigo.Detection {
	found := f.finder.RunCascade(pigo.CascadeParams{
		MinSize: least, MaxSize: largest, ShiftFactor: moveStep, ScaleFactor: sizeStep,
		ImageParams: pigo.ImageParams{
			Pixels: f.small[area.Min.Y*columns+area.Min.X:], Rows: area.Dy(), Cols: area.Dx(), Dim: columns,
		},
	}, tilts[f.turn])
	for i := range found {
		found[i].Col += area.Min.X
		found[i].Row += area.Min.Y
	}
	return found
}

// near returns what judge does of the whole picture, as far as it is about as
// large as the face that is followed, and about there. A face that does not move
// is found at the same place by both.
func (f *faceFollower) near(columns, rows, least int, scale float64) []pigo.Detection {
	x, y, size := float64(f.x)/scale, float64(f.y)/scale, float64(f.size)/scale
	var found []pigo.Detection
	for side := least; side <= min(columns, rows, int(size*nearGrow)); side += max(2, int(float64(side)*(sizeStep-1))) {
		if float64(side) < size/nearGrow {
			continue
		}
		// Windows lie at whole steps from the top left.
		step, reach := max(1, int(moveStep*float64(side))), nearMove*size+float64(side)/2+2
		left, top := max(0, int(x-reach)/step*step), max(0, int(y-reach)/step*step)
		area := image.Rect(left, top, min(columns, int(x+reach)), min(rows, int(y+reach)))
		if min(area.Dx(), area.Dy()) >= side {
			found = append(found, f.judge(columns, area, side, side)...)
		}
	}
	return found
}

// choose takes the largest and most certain of the faces found.
func (f *faceFollower) choose(found []pigo.Detection, scale float32) {
	found = f.finder.ClusterDetections(found, 0.2)
	var best pigo.Detection
	for _, d := range found {
		if d.Q >= leastScore && d.Q*float32(d.Scale) > best.Q*float32(best.Scale) {
			best = d
		}
	}
	if best.Scale == 0 {
		f.found = false
		return
	}
	x, y, size := float32(best.Col)*scale, float32(best.Row)*scale, float32(best.Scale)*scale
	moved := max(abs(x-f.x), abs(y-f.y))
	if !f.found || moved > stays*f.size || size > grows*f.size || f.size > grows*size {
		f.x, f.y, f.size = x, y, size
	}
	f.found, f.score = true, best.Q
}

func abs(x float32) float32 { return max(x, -x) }

// cellsOf fills out with the cell means of an area of a picture's luma, which
// may reach beyond it.
func cellsOf(p *Frame, x, y, width, height, columns, rows int, out []uint16) {
	area := C.struct_vqa_area{x: C.int32_t(x), y: C.int32_t(y), width: C.int32_t(width), height: C.int32_t(height)}
	C.vqa_cells(cPlane(p.Y), C.int(p.Depth), area, C.int(columns), C.int(rows), (*C.uint16_t)(&out[0]))
}
