package compare

import (
	"math"
	"sort"

	"github.com/vqa-project/vqa/detectors/measure"
)

// The size of the small pictures that are kept of every picture, in cells of
// the thumb joined two by two.
const (
	smallWidth, smallHeight = measure.ThumbWidth / 2, measure.ThumbHeight / 2
	smallCells              = smallWidth * smallHeight
)

// A pictureTrack is what is kept of one video stream: for each picture its
// time and its luma in 32x18 cells. It takes 600 bytes for each picture, and
// half of that again for its sign.
type pictureTrack struct {
	stream   measure.Stream
	times    []float64 // media time in seconds, rising
	numbers  []int64   // of the pictures in the stream
	small    [][smallCells]uint8
	duration float64 // of the last picture
	bars     measure.BarsMeter
	looked   float64 // when bars were last looked for
	err      error
}

// barsEvery is how often bars are looked for, in seconds.
const barsEvery = 0.5

// add keeps a picture. One that comes back in time is left out.
func (t *pictureTrack) add(p *measure.Picture, pixels *measure.Frame) {
	at := p.PTS.Seconds()
	if len(t.times) == 0 || at-t.looked >= barsEvery {
		t.looked = at
		if p.FullRange {
			t.bars.Add(pixels, 0)
		} else {
			t.bars.Add(pixels, black)
		}
	}
	if n := len(t.times); n > 0 && at <= t.times[n-1] {
		return
	}
	if at >= maxHours*3600 {
		t.err = errTooLong
		return
	}
	var s [smallCells]uint8
	for y := range smallHeight {
		for x := range smallWidth {
			a, b := &p.Thumb.Y[2*y], &p.Thumb.Y[2*y+1]
			sum := int(a[2*x]) + int(a[2*x+1]) + int(b[2*x]) + int(b[2*x+1])
			v := float64(sum) / 1024
			if p.FullRange { // to limited range, as the others are
				v = black + v*219/255
			}
			s[y*smallWidth+x] = uint8(min(255, math.Round(v)))
		}
	}
	t.times, t.numbers, t.small = append(t.times, at), append(t.numbers, p.Number), append(t.small, s)
	t.duration = p.Duration.Seconds()
}

// end returns the media time at which the last picture leaves the screen.
func (t *pictureTrack) end() float64 {
	if len(t.times) == 0 {
		return 0
	}
	return t.times[len(t.times)-1] + max(t.duration, 1e-3)
}

// interval returns how long a picture is shown, typically.
func (t *pictureTrack) interval() float64 {
	if len(t.times) < 2 {
		return max(t.duration, 1e-3)
	}
	gaps := make([]float64, len(t.times)-1)
	for i := range gaps {
		gaps[i] = t.times[i+1] - t.times[i]
	}
	sort.Float64s(gaps)
	return gaps[len(gaps)/2]
}

// at returns the picture that is shown at a time, -1 before the first.
func (t *pictureTrack) at(s float64) int {
	return sort.Search(len(t.times), func(i int) bool { return t.times[i] > s+1e-6 }) - 1
}

// A window is the part of a picture that is not bars: the share of the width
// from x0 to x1, and of the height from y0 to y1.
type window struct{ x0, y0, x1, y1 float64 }

var wholeWindow = window{0, 0, 1, 1}

// active returns the part of the pictures between bars.
func (t *pictureTrack) active() window {
	w, h := t.bars.Size()
	if w == 0 {
		return wholeWindow
	}
	a := t.bars.Area()
	return window{float64(a.X) / float64(w), float64(a.Y) / float64(h),
		float64(a.X+a.Width) / float64(w), float64(a.Y+a.Height) / float64(h)}
}

// sameBars is the share of a side by which bars of the same picture may seem
// to differ.
const sameBars = 0.02

// windows returns the parts of both that show the same: all of them, unless
// one has bars where the other has none.
func windows(ref, in *pictureTrack) (a, b window) {
	a, b = ref.active(), in.active()
	near := func(x, y float64) bool { return math.Abs(x-y) <= sameBars }
	if near(a.x0, b.x0) && near(a.x1, b.x1) && near(a.y0, b.y0) && near(a.y1, b.y1) {
		return wholeWindow, wholeWindow
	}
	return a, b
}

// nearest returns the picture that begins nearest to a time.
func (t *pictureTrack) nearest(s float64) int {
	i := max(0, t.at(s))
	if i+1 < len(t.times) && t.times[i+1]-s < s-t.times[i] {
		return i + 1
	}
	return i
}

// The size of what pictures are told apart by.
const (
	signWidth, signHeight = 16, 9
	signCells             = signWidth * signHeight
)

// A sign is a picture as 16x9 cells of luma, in 1/16 of a code value, of the
// part of it that is no bars.
type sign [signCells]int16

// signs returns those of all pictures.
func (t *pictureTrack) signs(w window) []sign {
	columns, rows := parts(w.x0, w.x1, smallWidth, signWidth), parts(w.y0, w.y1, smallHeight, signHeight)
	out := make([]sign, len(t.small))
	for i := range out {
		for y, r := range rows {
			for x, c := range columns {
				out[i][y*signWidth+x] = int16(16*cell(&t.small[i], c, r) + 0.5)
			}
		}
	}
	return out
}

// A part is how much a small cell has part in a cell of the sign, and how much
// of it is no bar.
type part struct {
	cell          int
	weight, shown float64
}

// parts returns the parts that make each of n cells of the part from a to b
// of so many small cells.
func parts(a, b float64, small, n int) [][]part {
	a, b = a*float64(small), b*float64(small)
	out := make([][]part, n)
	for i := range out {
		from, to := a+(b-a)*float64(i)/float64(n), a+(b-a)*float64(i+1)/float64(n)
		for c := int(from); c < small && float64(c) < to; c++ {
			low, high := float64(c), float64(c+1)
			s := part{c, min(high, to) - max(low, from), min(high, b) - max(low, a)}
			if s.weight > 0.01 && s.shown > 0.1 {
				out[i] = append(out[i], s)
			}
		}
	}
	return out
}

// cell returns the mean luma of what columns and rows share, without the bars
// that are in it.
func cell(small *[smallCells]uint8, columns, rows []part) float64 {
	var sum, weights float64
	for _, r := range rows {
		for _, c := range columns {
			shown := r.shown * c.shown
			v := (float64(small[r.cell*smallWidth+c.cell]) - black*(1-shown)) / shown
			sum += r.weight * c.weight * v
			weights += r.weight * c.weight
		}
	}
	if weights == 0 {
		return black
	}
	return max(0, min(255, sum/weights))
}

// black is the luma of black, in limited range.
const black = 16

// distance returns how far two pictures are from each other, in code values: the
// mean absolute difference of their cells, with that of their mean counted only
// to a quarter, as levels may have been changed.
func (a *sign) distance(b *sign) float64 {
	sum := 0
	for i, v := range a {
		sum += int(v) - int(b[i])
	}
	mean := sum / signCells
	d := 0
	for i, v := range a {
		d += abs(int(v) - int(b[i]) - mean)
	}
	return (float64(d)/signCells + math.Abs(float64(mean))/4) / 16
}

// squares returns the sum of the squared differences of the cells of two
// pictures, in code values, without that of their means.
func (a *sign) squares(b *sign) float64 {
	sum, squares := 0, 0
	for i, v := range a {
		d := int(v) - int(b[i])
		sum += d
		squares += d * d
	}
	return (float64(squares) - float64(sum)*float64(sum)/signCells) / 256
}

const patterns = 16

// A basis is the first cosines in both directions, over a sign.
type basis [patterns][signCells]float32

func newBasis() *basis {
	var b basis
	for v := range 4 {
		for u := range 4 {
			for y := range signHeight {
				for x := range signWidth {
					b[v*4+u][y*signWidth+x] = float32(
						math.Cos(math.Pi*float64(u)*(float64(x)+0.5)/signWidth) *
							math.Cos(math.Pi*float64(v)*(float64(y)+0.5)/signHeight) / signCells)
				}
			}
		}
	}
	return &b
}

// pictureNoise is the spread of a pattern, in code values, that coding alone
// makes.
const pictureNoise = 0.15

// pictureSeries returns pictures as a series of the first patterns of the
// cosine transform of what is shown.
func pictureSeries(t *pictureTrack, signs []sign) *series {
	n := int(t.end() * perSecond)
	channels := make([][]float32, patterns)
	for c := range channels {
		channels[c] = make([]float32, n)
	}
	b := newBasis()
	var values [patterns]float32
	shown := -1
	for f := range n {
		i := max(0, t.at((float64(f)+0.5)*hop))
		if i != shown {
			shown = i
			for c := range values {
				values[c] = 0
				for k, v := range signs[i] {
					values[c] += b[c][k] * float32(v) / 16
				}
			}
		}
		for c := range channels {
			channels[c][f] = values[c]
		}
	}
	return flatten(channels, pictureNoise)
}
