package measure

// The grid that [GridRow] looks at: macroblocks of 16x16, as in MPEG-2, MPEG-4
// and H.264.
const (
	// Phases is the number of places where an edge can lie on the grid.
	Phases = 16
	// MaxCells is the largest number of cells across, and of rows of cells.
	MaxCells = 40
)

// GridRow compares the borders of macroblocks with all else in a picture that
// has edges. An edge is 8 samples long and counts by its isolated step: the step
// of luma across it, less the larger of the steps next to it on both sides. Where
// blocks do not belong together their borders have such steps; what was filmed
// has few, and has them anywhere.
type GridRow struct {
	// Compared says that there is a picture before, of the same size and depth.
	// Without, there is nothing in Changes.
	Compared bool

	Steps   GridSteps // of the picture
	Changes GridSteps // of the difference to the picture before

	// Cells are squares of CellSide samples, Across of them in each of Down rows,
	// from the top left. CellSide is 32, doubled until there are at most
	// MaxCells across and down.
	CellSide, Across, Down int
	Cells                  [MaxCells * MaxCells]GridCell
}

// GridSteps are means of isolated steps in code values, at most 24, of all
// edges at a place: index i of those before sample i, i+16, i+32 and so on.
type GridSteps struct {
	Vertical, Horizontal             [Phases]float32 // edges; of each step what is above 3
	StrongVertical, StrongHorizontal [Phases]float32 // what is above 12
}

// A GridCell has sums over the edges in a cell, in code values, of what is
// above 3 of isolated steps of the picture.
type GridCell struct {
	On  float32 // at the borders of macroblocks
	Off float32 // a quarter of those at places 3, 5, 11 and 13, where no codec has a border
}

// cellShift returns log2 of the side of a cell.
func cellShift(width, height int) int {
	shift := 5
	for cells(max(width, height), shift) > MaxCells {
		shift++
	}
	return shift
}

// cells returns how many cells there are in a number of samples.
func cells(samples, shift int) int { return (samples-1)>>shift + 1 }

// gridRow turns the sums of the kernel into means.
func (v *VideoMeter) gridRow(f *Frame, compared bool, g *GridRow) {
	w, h := f.Y.Width, f.Y.Height
	g.Compared = compared
	steps := []*GridSteps{&g.Steps, &g.Changes}
	for t, s := range steps {
		for i := range Phases {
			// Whole bands, with samples on both sides of the edge.
			across := phaseCount(w, i) * (h / BlockSize)
			down := phaseCount(h/BlockSize*BlockSize, i) * (w / BlockSize)
			sums := &v.grid.steps[t]
			s.Vertical[i] = gridMean(uint64(sums[0][0][i]), across)
			s.StrongVertical[i] = gridMean(uint64(sums[0][1][i]), across)
			s.Horizontal[i] = gridMean(uint64(sums[1][0][i]), down)
			s.StrongHorizontal[i] = gridMean(uint64(sums[1][1][i]), down)
		}
	}
	shift := int(v.grid.cell_shift)
	g.CellSide, g.Across, g.Down = 1<<shift, cells(w, shift), cells(h, shift)
	for i := range g.Across * g.Down {
		g.Cells[i] = GridCell{On: float32(v.grid.cells[2*i]) / 8, Off: float32(v.grid.cells[2*i+1]) / 32}
	}
}

// phaseCount returns how many edges at a place there are along n samples: those
// before samples 2 to n-2.
func phaseCount(n, phase int) int {
	count := 0
	for i := phase; i < n-1; i += Phases {
		if i >= 2 {
			count++
		}
	}
	return count
}

// gridMean returns the mean of n steps, of which sum is in 1/8 code values.
func gridMean(sum uint64, n int) float32 {
	if n == 0 {
		return 0
	}
	return float32(float64(sum) / float64(8*n))
}
