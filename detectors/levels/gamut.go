package levels

import "github.com/vqa-project/vqa/detectors/measure"

// EBU R 103: each of R, G and B from -5 to 105 % of its range.
const leastRGB, mostRGB = -0.05, 1.05

// matrices are the weights of red and blue in luma: ITU-R BT.601, BT.709 and BT.2020.
// Streams do not always say which, so that a colour is legal if it is by any.
var matrices = [...]struct{ red, blue float64 }{{0.299, 0.114}, {0.2126, 0.0722}, {0.2627, 0.0593}}

// outOfGamut returns the share of a picture, in percent, whose colours are outside of
// what R, G and B can be. It looks at the means of 32x18 cells: what is legal has a mean
// that is, and what is outside in a part of a cell only may not be seen.
func outOfGamut(p *measure.Picture) float64 {
	if p.ChromaWidth == 0 {
		return 0
	}
	t := &p.Thumb
	outside := 0
	for y := range t.U {
		for x := range t.U[y] {
			luma := float64(t.Y[2*y][2*x]) + float64(t.Y[2*y][2*x+1]) + float64(t.Y[2*y+1][2*x]) + float64(t.Y[2*y+1][2*x+1])
			if !legal(luma/4, float64(t.U[y][x]), float64(t.V[y][x]), p.FullRange) {
				outside++
			}
		}
	}
	return 100 * float64(outside) / (measure.ChromaWidth * measure.ChromaHeight)
}

// legal reports whether a colour, in 1/256 of a code value, can be one of R, G and B.
func legal(y, u, v float64, fullRange bool) bool {
	zero, luma, chroma := 16., 219., 224.
	if fullRange {
		zero, luma, chroma = 0, 255, 255
	}
	y = (y/256 - zero) / luma
	u, v = (u/256-128)/chroma, (v/256-128)/chroma
	for _, m := range matrices {
		r, b := y+2*(1-m.red)*v, y+2*(1-m.blue)*u
		g := (y - m.red*r - m.blue*b) / (1 - m.red - m.blue)
		if min(r, g, b) >= leastRGB && max(r, g, b) <= mostRGB {
			return true
		}
	}
	return false
}
