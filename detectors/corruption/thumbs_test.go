package corruption

import (
	"testing"
	"time"

	"github.com/vqa-project/vqa/detectors/measure"
)

// pictureOf returns a picture of which luma says what its thumb has.
func pictureOf(luma func(x, y int) float64) *measure.Picture {
	p := &measure.Picture{Width: 640, Height: 360, Duration: 40 * time.Millisecond}
	for y := range p.Thumb.Y {
		for x := range p.Thumb.Y[y] {
			p.Thumb.Y[y][x] = uint16(256 * luma(x, y))
		}
	}
	for y := range p.Thumb.U {
		for x := range p.Thumb.U[y] {
			p.Thumb.U[y][x], p.Thumb.V[y][x] = 128<<8, 128<<8
		}
	}
	return p
}

// evidenceOf shows pictures one after the other, and returns that of the last.
func evidenceOf(pictures ...*measure.Picture) (e [evidences]float32) {
	var t thumbs
	for _, p := range pictures {
		e = [evidences]float32{}
		t.picture(p, &e)
	}
	return e
}

func TestThumbs(t *testing.T) {
	slope := func(at float64) func(x, y int) float64 {
		return func(x, y int) float64 { return 40 + 2*float64(x) + float64(y) + at }
	}
	inBlock := func(x, y int) bool { return x >= 20 && x < 24 && y >= 10 && y < 14 }
	block := func(x, y int) float64 {
		if inBlock(x, y) {
			return 200
		}
		return slope(0)(x, y)
	}
	still := evidenceOf(pictureOf(slope(0)), pictureOf(slope(0)))
	for _, e := range []int{unlikeTop, unlikeHigh, stuck, awayTop, awayHigh, left, returned, stripes, colourAway} {
		if still[e] != 0 {
			t.Errorf("evidence %d of a still picture: %v", e, still[e])
		}
	}
	// What changes everywhere alike is no damage.
	if e := evidenceOf(pictureOf(slope(0)), pictureOf(slope(30))); e[unlikeTop] > 0.01 || e[awayTop] > 0.01 || e[left] > 0.01 {
		t.Errorf("a fade: %v", e)
	}
	came := evidenceOf(pictureOf(slope(0)), pictureOf(block))
	if came[unlikeTop] < 20 || came[awayTop] < 20 || came[left] <= 0 || came[returned] != 0 {
		t.Errorf("a block came: unlike %v, away %v, left %v, returned %v", came[unlikeTop], came[awayTop], came[left], came[returned])
	}
	var long []*measure.Picture
	for range 50 {
		long = append(long, pictureOf(slope(0)))
	}
	went := evidenceOf(append(long, pictureOf(block), pictureOf(slope(0)))...)
	if went[returned] <= went[left] || went[unlikeTop] < 20 {
		t.Errorf("a block went: left %v, returned %v, unlike %v", went[left], went[returned], went[unlikeTop])
	}
	// A part that stands while all else moves.
	stood := evidenceOf(pictureOf(slope(0)), pictureOf(func(x, y int) float64 {
		if x%3 == 1 && y%3 == 1 {
			return slope(0)(x, y)
		}
		return slope(16)(x, y)
	}))
	if stood[stuck] < 0.05 {
		t.Errorf("cells that stand: %v", stood[stuck])
	}
	if e := evidenceOf(pictureOf(func(x, _ int) float64 { return float64(50 + x%2*40) })); e[stripes] < 0.9 || e[bands] != 0 {
		t.Errorf("stripes %v, bands %v", e[stripes], e[bands])
	}
	if e := evidenceOf(pictureOf(func(_, y int) float64 { return float64(50 + y%2*40) })); e[bands] < 0.9 || e[stripes] != 0 {
		t.Errorf("stripes %v, bands %v", e[stripes], e[bands])
	}
	green := pictureOf(slope(0))
	for y := 4; y < 6; y++ {
		for x := 4; x < 12; x++ {
			green.Thumb.U[y][x], green.Thumb.V[y][x] = 40<<8, 40<<8
		}
	}
	if e := evidenceOf(pictureOf(slope(0)), green); e[colourAway] < 100 || e[colourful] < 100 {
		t.Errorf("green blocks: %v away, %v colourful", e[colourAway], e[colourful])
	}
}
