package measure

import "unsafe"

// This file says in plain Go what the kernels compute. Tests hold the kernels
// to it, bit for bit; nothing else uses it.

// sample returns the sample at (x, y).
func (p *Plane) sample(x, y, depth int) int {
	line := unsafe.Add(p.Data, y*p.Stride)
	if depth == 8 {
		return int(*(*uint8)(unsafe.Add(line, x)))
	}
	return int(*(*uint16)(unsafe.Add(line, 2*x)))
}

// referenceMeasure is [VideoMeter.Measure] for a picture that is measurable.
func referenceMeasure(set Set, cur, prev *Frame, row *Picture) {
	row.Luma, row.Difference, row.Edges, row.Thumb = LumaRow{}, DifferenceRow{}, EdgesRow{}, ThumbRow{}
	if set.Has(Luma) {
		row.Luma = referenceLuma(cur)
	}
	if set.Has(Difference) && prev != nil && alike(cur, prev) {
		row.Difference = referenceDifference(cur, prev)
	}
	if set.Has(Edges) {
		row.Edges = referenceEdges(cur)
	}
	if set.Has(Thumbs) {
		row.Thumb = referenceThumb(cur)
	}
}

func referenceLuma(f *Frame) LumaRow {
	var l LumaRow
	for y := 0; y < f.Y.Height; y += LineStep(f.Y.Height) {
		for x := range f.Y.Width {
			// A value that is too large for the depth counts somewhere, but
			// not outside the histogram.
			l.Histogram[f.Y.sample(x, y, f.Depth)>>(f.Depth-8)&255]++
		}
	}
	l.summarize()
	return l
}

func referenceDifference(a, b *Frame) DifferenceRow {
	w, h := a.Y.Width, a.Y.Height
	at := func(x, y int) int {
		d := a.Y.sample(x, y, a.Depth) - b.Y.sample(x, y, a.Depth)
		return max(d, -d)
	}
	var sum, largest int
	d := DifferenceRow{Valid: true}
	for y := range h {
		for x := range w {
			sum += at(x, y)
		}
	}
	for y := 0; y+BlockSize <= h; y += BlockSize {
		for x := 0; x+BlockSize <= w; x += BlockSize {
			block := 0
			for i := range BlockSize * BlockSize {
				block += at(x+i%BlockSize, y+i/BlockSize)
			}
			mean := meanStep(uint64(block), BlockSize*BlockSize, a.Depth)
			if block > largest {
				largest, d.Largest, d.LargestX, d.LargestY = block, mean, uint16(x), uint16(y)
			}
			for i := range d.Above {
				if mean >= DifferenceStep(i) {
					d.Above[i]++
				}
			}
			d.Blocks++
		}
	}
	d.Mean = meanStep(uint64(sum), w*h, a.Depth)
	return d
}

func referenceEdges(f *Frame) EdgesRow {
	var onH, offH, onV, offV uint64
	for y := range f.Y.Height {
		for x := range f.Y.Width {
			v := f.Y.sample(x, y, f.Depth)
			if x > 0 {
				d := v - f.Y.sample(x-1, y, f.Depth)
				if x%BlockSize == 0 {
					onH += uint64(max(d, -d))
				} else {
					offH += uint64(max(d, -d))
				}
			}
			if y > 0 {
				d := v - f.Y.sample(x, y-1, f.Depth)
				if y%BlockSize == 0 {
					onV += uint64(max(d, -d))
				} else {
					offV += uint64(max(d, -d))
				}
			}
		}
	}
	return edges(f, onH, offH, onV, offV)
}

func referenceThumb(f *Frame) ThumbRow {
	var t ThumbRow
	for y := range ThumbHeight {
		for x := range ThumbWidth {
			t.Y[y][x] = referenceCell(&f.Y, x, y, ThumbWidth, ThumbHeight, f.Depth)
		}
	}
	for y := range ChromaHeight {
		for x := range ChromaWidth {
			t.U[y][x], t.V[y][x] = greyCell, greyCell
			if f.U.Data != nil {
				t.U[y][x] = referenceCell(&f.U, x, y, ChromaWidth, ChromaHeight, f.Depth)
			}
			if f.V.Data != nil {
				t.V[y][x] = referenceCell(&f.V, x, y, ChromaWidth, ChromaHeight, f.Depth)
			}
		}
	}
	return t
}

// referenceCell is the mean of a cell, rounded to the nearest, halves up.
func referenceCell(p *Plane, cx, cy, cells, rows, depth int) uint16 {
	x0, x1 := cx*p.Width/cells, (cx+1)*p.Width/cells
	y0, y1 := cy*p.Height/rows, (cy+1)*p.Height/rows
	sum, n := 0, 0
	for y := y0; y < max(y1, y0+1); y++ {
		for x := x0; x < max(x1, x0+1); x++ {
			sum += p.sample(x, y, depth)
			n++
		}
	}
	n <<= depth - 8
	return uint16(min((sum*512+n)/(2*n), 1<<16-1))
}
