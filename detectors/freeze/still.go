package freeze

import (
	"math"

	"github.com/vqa-project/vqa/detectors/measure"
)

// How far a still may drift from its first picture through coding alone, in 8
// bit code values. Each is far above what stills drift when they are encoded
// at low rates, and far below what moves, fades or pans within two seconds.
const (
	maxMeanDrift  = 0.5 // of the whole picture: a slow fade
	maxAreaDrift  = 5   // of an area, since the last intra picture: a slow pan
	maxTotalDrift = 8   // of an area, in all
	maxCellDrift  = 12  // of a cell, however small: something small that creeps

	// areaSize is the side of an area in luma samples, at least. The cells of
	// a small picture's thumb are smaller, and noisier.
	areaSize = 16
)

// areas are a picture's cell means, averaged over areas of at least areaSize
// by areaSize samples; luma, then both chromas; in 1/256 of a code value.
type areas struct {
	cells [measure.ThumbWidth * measure.ThumbHeight]uint16 // of a plane, line after line
	n     int
	v     [measure.ThumbWidth*measure.ThumbHeight + 2*measure.ChromaWidth*measure.ChromaHeight]int32
}

func (a *areas) set(p *measure.Picture) {
	a.n = 0
	across, down := 1, 1
	if p.Width > 0 && p.Height > 0 {
		across += (areaSize*measure.ThumbWidth - 1) / p.Width
		down += (areaSize*measure.ThumbHeight - 1) / p.Height
	}
	cells := a.cells[:0]
	for i := range p.Thumb.Y {
		cells = append(cells, p.Thumb.Y[i][:]...)
	}
	a.add(cells, measure.ThumbWidth, across, down)
	// A cell of chroma covers two by two of luma.
	across, down = (across+1)/2, (down+1)/2
	cells = cells[:0]
	for i := range p.Thumb.U {
		cells = append(cells, p.Thumb.U[i][:]...)
	}
	for i := range p.Thumb.V {
		cells = append(cells, p.Thumb.V[i][:]...)
	}
	a.add(cells[:len(cells)/2], measure.ChromaWidth, across, down)
	a.add(cells[len(cells)/2:], measure.ChromaWidth, across, down)
}

// add appends the means of the areas of a plane that is width cells wide.
func (a *areas) add(cells []uint16, width, across, down int) {
	for top := 0; top < len(cells); top += down * width {
		for left := 0; left < width; left += across {
			sum, n := int32(0), int32(0)
			for y := top; y < min(top+down*width, len(cells)); y += width {
				for _, v := range cells[y+left : y+min(left+across, width)] {
					sum += int32(v)
					n++
				}
			}
			a.v[a.n] = sum / n
			a.n++
		}
	}
}

// distance returns the largest distance of two areas in the same place, in
// code values.
func (a *areas) distance(b *areas) float64 {
	largest := int32(0)
	for i, v := range a.v[:a.n] {
		d := v - b.v[i]
		largest = max(largest, d, -d)
	}
	return float64(largest) / 256
}

// A still is what a hold shows.
type still struct {
	mean  float32
	thumb measure.ThumbRow // of the first picture
	first areas            // of the first picture
	intra areas            // of the last intra picture, or the first
	now   areas            // of the picture being looked at
}

func (s *still) begin(p *measure.Picture) {
	s.mean, s.thumb = p.Luma.Mean, p.Thumb
	s.now.set(p)
	s.first, s.intra = s.now, s.now
}

// drift returns how far p is from the still's first picture, in code values,
// and whether that is too far. recoded says that p may be coded anew.
func (s *still) drift(p *measure.Picture, recoded bool) (drift float64, far bool) {
	s.now.set(p)
	drift = s.now.distance(&s.first)
	since := s.now.distance(&s.intra)
	if recoded {
		since = 0
	}
	far = drift > maxTotalDrift || since > maxAreaDrift ||
		math.Abs(float64(p.Luma.Mean-s.mean)) > maxMeanDrift ||
		s.cellDrift(p) > maxCellDrift*256
	if recoded && !far {
		s.intra = s.now
	}
	return drift, far
}

// cellDrift returns the largest distance of a luma cell from the first
// picture, in 1/256 of a code value.
func (s *still) cellDrift(p *measure.Picture) int {
	largest := 0
	for y := range p.Thumb.Y {
		for x, v := range p.Thumb.Y[y] {
			d := int(v) - int(s.thumb.Y[y][x])
			largest = max(largest, d, -d)
		}
	}
	return largest
}
