package measure

import "math"

// What the kernels of fields, detail and borders compute, in plain Go.

// luma8 returns the sample at (x, y) in 8 bits.
func (f *Frame) luma8(x, y int) int { return min(f.Y.sample(x, y, f.Depth)>>(f.Depth-8), 255) }

func referenceFields(cur, prev *Frame) FieldsRow {
	var samples, own, withTop, withBottom uint64
	var difference, n [2]uint64
	compared := prev != nil && alike(cur, prev)
	// outside is how far the line of one picture lies outside of its neighbours
	// of another.
	outside := func(line, around *Frame, x, y int) uint64 {
		v, a, b := line.luma8(x, y), around.luma8(x, y-1), around.luma8(x, y+1)
		return uint64(max(v-max(a, b)-3, min(a, b)-v-3, 0))
	}
	for y := 1; y < cur.Y.Height-1; y += FieldStep(cur.Y.Height) {
		for x := range cur.Y.Width {
			samples++
			own += outside(cur, cur, x, y)
			if !compared {
				continue
			}
			top, bottom := prev, cur // whose line is set in the other
			if y%2 == 1 {
				top, bottom = cur, prev
			}
			with := func(line *Frame) uint64 {
				if line == prev {
					return outside(prev, cur, x, y)
				}
				return outside(cur, prev, x, y)
			}
			withTop += with(top)
			withBottom += with(bottom)
			for _, line := range []int{y, y - 1} {
				d := cur.luma8(x, line) - prev.luma8(x, line)
				difference[line%2] += uint64(max(d, -d))
				n[line%2]++
			}
		}
	}
	return fieldsRow(compared, samples, own, withTop, withBottom, difference, n)
}

func referenceInformation(cur, prev *Frame) InformationRow {
	var gradients, sum, squares, n, differences uint64
	var difference int64
	compared := prev != nil && alike(cur, prev)
	for y := 1; y < cur.Y.Height-1; y += FieldStep(cur.Y.Height) {
		for x := range cur.Y.Width {
			if compared {
				d := cur.luma8(x, y) - prev.luma8(x, y)
				difference += int64(d)
				differences += uint64(d * d)
				n++
			}
			if x == 0 || x == cur.Y.Width-1 {
				continue
			}
			at := func(dx, dy int) int { return cur.luma8(x+dx, y+dy) }
			gx := at(1, -1) + 2*at(1, 0) + at(1, 1) - at(-1, -1) - 2*at(-1, 0) - at(-1, 1)
			gy := at(-1, 1) + 2*at(0, 1) + at(1, 1) - at(-1, -1) - 2*at(0, -1) - at(1, -1)
			squares += uint64(gx*gx + gy*gy)
			sum += uint64(float32(math.Sqrt(float64(gx*gx+gy*gy)))*16 + 0.5)
			gradients++
		}
	}
	return informationRow(compared, gradients, sum, squares, n, difference, differences)
}

func referenceBorders(f *Frame, fullRange bool) BordersRow {
	w, h, limit := f.Y.Width, f.Y.Height, blackLevel(fullRange)<<(f.Depth-8)
	lit := func(x, y int) int {
		if f.Y.sample(x, y, f.Depth) > limit {
			return 1
		}
		return 0
	}
	line := func(y, x0, x1 int) int {
		n := 0
		for x := x0; x < x1; x++ {
			n += lit(x, y)
		}
		return n
	}
	black := func(y, x0, x1 int) bool { return line(y, x0, x1) <= (x1-x0)/8 }
	b := BordersRow{}
	for b.Top < h && black(b.Top, 0, w) {
		b.Top++
	}
	if b.Top == h {
		return BordersRow{Dark: true}
	}
	for black(h-1-b.Bottom, 0, w) {
		b.Bottom++
	}

	top, bottom := b.Top, h-b.Bottom
	step := (bottom-top)/192 | 1
	lines := (bottom - top + step - 1) / step
	column := func(x int) int {
		n := 0
		for y := top; y < bottom; y += step {
			n += lit(x, y)
		}
		return n
	}
	for b.Left < w && column(b.Left) <= lines/8 {
		b.Left++
	}
	for b.Right < w && column(w-1-b.Right) <= lines/8 {
		b.Right++
	}
	if b.Left+b.Right >= w {
		b.Left, b.Right = 0, 0
	} else {
		for i := range 3 {
			if x := b.Left + i; x < w {
				b.LitLeft = max(b.LitLeft, float32(column(x))/float32(lines))
			}
			if x := w - 1 - b.Right - i; x >= 0 {
				b.LitRight = max(b.LitRight, float32(column(x))/float32(lines))
			}
		}
	}
	x0, x1 := b.Left, w-b.Right
	for y := range b.Top {
		if !black(y, x0, x1) {
			b.Top = y
			break
		}
	}
	for y := range b.Bottom {
		if !black(h-1-y, x0, x1) {
			b.Bottom = y
			break
		}
	}
	for i := range 3 {
		if y := b.Top + i; y < h {
			b.LitTop = max(b.LitTop, float32(line(y, x0, x1))/float32(x1-x0))
		}
		if y := h - 1 - b.Bottom - i; y >= 0 {
			b.LitBottom = max(b.LitBottom, float32(line(y, x0, x1))/float32(x1-x0))
		}
	}
	return b
}
