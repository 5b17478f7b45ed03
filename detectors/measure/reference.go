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
	row.Grid = GridRow{}
	row.Borders, row.Fields, row.Information, row.Detail = BordersRow{}, FieldsRow{}, InformationRow{}, DetailRow{}
	if set.Has(Borders) {
		row.Borders = referenceBorders(cur, row.FullRange)
	}
	if set.Has(Fields) {
		row.Fields = referenceFields(cur, prev)
	}
	if set.Has(Information) {
		row.Information = referenceInformation(cur, prev)
	}
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
	if set.Has(Grid) {
		row.Grid = referenceGrid(cur, prev)
	}
	if set.Has(Detail) {
		row.Detail = referenceDetail(cur, prev)
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
		if !edgeLine(y) {
			continue
		}
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

// referenceGrid looks at whole bands of 8 lines, as the kernel does.
func referenceGrid(cur, prev *Frame) GridRow {
	w, h := cur.Y.Width, cur.Y.Height/BlockSize*BlockSize
	shift := cellShift(cur.Y.Width, cur.Y.Height)
	g := GridRow{
		Compared: prev != nil && alike(cur, prev),
		CellSide: 1 << shift, Across: cells(cur.Y.Width, shift), Down: cells(cur.Y.Height, shift),
	}
	var on, off [MaxCells * MaxCells]uint32
	add := func(x, y, phase int, step uint32) {
		cell := y>>shift*g.Across + x>>shift
		switch phase {
		case 0:
			on[cell] += step
		case 3, 5, 11, 13:
			off[cell] += step
		}
	}
	// sum is of the 8 samples from (x, y) down or to the right.
	sum := func(f *Frame, x, y, dx, dy int) int {
		s := 0
		for i := range BlockSize {
			s += f.Y.sample(x+i*dx, y+i*dy, f.Depth)
		}
		return min(s>>(f.Depth-8), 255*BlockSize)
	}
	for t, s := range []*GridSteps{&g.Steps, &g.Changes} {
		if t == 1 && !g.Compared {
			break
		}
		value := func(x, y, dx, dy int) int {
			v := sum(cur, x, y, dx, dy)
			if t == 1 {
				v -= sum(prev, x, y, dx, dy)
			}
			return v
		}
		var steps [2][2][Phases]uint64
		for y := 0; y < h; y += BlockSize {
			for x := 2; x < w-1; x++ {
				at := func(i int) int { return value(x+i, y, 0, 1) }
				weak, strong := isolated(at(-2), at(-1), at(0), at(1))
				steps[0][0][x%Phases] += uint64(weak)
				steps[0][1][x%Phases] += uint64(strong)
				if mb := x - x%Phases; t == 0 && mb+Phases <= w-3 {
					add(mb, y, x%Phases, weak)
				}
			}
		}
		for y := 2; y < h-1; y++ {
			for x := 0; x+BlockSize <= w; x += BlockSize {
				at := func(i int) int { return value(x, y+i, 1, 0) }
				weak, strong := isolated(at(-2), at(-1), at(0), at(1))
				steps[1][0][y%Phases] += uint64(weak)
				steps[1][1][y%Phases] += uint64(strong)
				if t == 0 {
					add(x, y, y%Phases, weak)
				}
			}
		}
		for i := range Phases {
			across, down := phaseCount(w, i)*(h/BlockSize), phaseCount(h, i)*(w/BlockSize)
			s.Vertical[i], s.StrongVertical[i] = gridMean(steps[0][0][i], across), gridMean(steps[0][1][i], across)
			s.Horizontal[i], s.StrongHorizontal[i] = gridMean(steps[1][0][i], down), gridMean(steps[1][1][i], down)
		}
	}
	for i := range g.Across * g.Down {
		g.Cells[i] = GridCell{On: float32(on[i]) / 8, Off: float32(off[i]) / 32}
	}
	return g
}

// isolated returns how much the step from b to c is isolated above each limit.
func isolated(a, b, c, d int) (weak, strong uint32) {
	distance := func(p, q int) int { return max(p-q, q-p) }
	e := distance(b, c) - max(distance(a, b), distance(c, d))
	above := func(limit int) uint32 { return uint32(min(max(e-limit*8, 0), 24*8)) }
	return above(3), above(12)
}

func referenceDetail(cur, prev *Frame) DetailRow {
	w, h := cur.Y.Width, cur.Y.Height
	of := func(f *Frame, x, y int) int { return min(f.Y.sample(x, y, f.Depth)>>(f.Depth-8), 255) }
	at := func(x, y int) int { return of(cur, x, y) }
	distance := func(a, b int) int { return max(a-b, b-a) }
	d := DetailRow{Places: contourPlaces(w, h), Compared: prev != nil && alike(cur, prev)}
	var sums [RegionsDown][RegionsAcross][Scales]uint32
	tile := func(x0, y0 int) {
		var residues [Scales]int
		luma, change := 0, 0
		for i := range BlockSize * BlockSize {
			x, y := x0+i%BlockSize, y0+i/BlockSize
			luma += at(x, y)
			if d.Compared {
				change += distance(at(x, y), of(prev, x, y))
			}
			for k := range residues {
				residues[k] += distance(at(x, y), (at(x-1<<k, y)+at(x+1<<k, y)+1)/2)
			}
		}
		if luma < 24*64 || luma > 232*64 {
			return
		}
		across := w/BlockSize - 2
		i, j := 0, y0*RegionsDown/h
		for x0/BlockSize-1 >= (i+1)*across/RegionsAcross {
			i++
		}
		d.Tiles++
		d.Regions[j][i].Tiles++
		for k, r := range residues {
			sums[j][i][k] += uint32(r)
		}
		if d.Compared {
			d.Noise[min(min(residues[0], change*7/8)/16, len(d.Noise)-1)]++
		}
		if residues[Scales-1] >= 4*64 {
			d.Sharpness[min(len(d.Sharpness)*residues[1]/residues[Scales-1], len(d.Sharpness)-1)]++
		}
	}
	// contour looks at a step of 3 samples from (x, y) in a direction, with n flat
	// ones before and after.
	contour := func(x, y, dx, dy, n int) {
		flat := func(from int) bool {
			least, most := 255, 0
			for i := from; i < from+n; i++ {
				v := at(x+i*dx, y+i*dy)
				least, most = min(least, v), max(most, v)
			}
			return most-least <= 1
		}
		a, b := at(x, y), at(x+3*dx, y+3*dy)
		if step := distance(a, b); flat(1-n) && flat(3) && step >= 5 && step < len(d.Contours) {
			d.Contours[step]++
			d.Levels[a]++
			d.Levels[b]++
		}
	}
	for y := 0; y+BlockSize <= h; y += bandStep(h) * BlockSize {
		for x := BlockSize; x/BlockSize < w/BlockSize-1; x += BlockSize {
			tile(x, y)
		}
		for x := range w {
			for _, line := range []int{y, y + 4} {
				if x >= 3 && x+6 < w {
					contour(x, line, 1, 0, 4)
				}
			}
			contour(x, y+2, 0, 1, 3)
		}
	}
	for j := range sums {
		for i := range sums[j] {
			r := &d.Regions[j][i]
			for k := range r.Residues {
				r.Residues[k] = tileMean(sums[j][i][k], r.Tiles)
			}
		}
	}
	return d
}
