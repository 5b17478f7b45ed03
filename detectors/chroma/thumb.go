package chroma

import (
	"math"

	"github.com/vqa-project/vqa/detectors/measure"
)

type plane = [measure.ChromaHeight][measure.ChromaWidth]uint16

// meanOf returns the mean of a plane, in code values.
func meanOf(p *plane) float64 {
	sum := 0
	for y := range p {
		for _, c := range p[y] {
			sum += int(c)
		}
	}
	return float64(sum) / (256 * measure.ChromaWidth * measure.ChromaHeight)
}

// deviation returns the mean deviation from mean, in code values.
func deviation(p *plane, mean float64) float64 {
	m, sum := int(math.Round(mean*256)), 0
	for y := range p {
		for _, c := range p[y] {
			sum += max(int(c)-m, m-int(c))
		}
	}
	return float64(sum) / (256 * measure.ChromaWidth * measure.ChromaHeight)
}

// distance returns the mean difference of two planes, in code values.
func distance(a, b *plane) float64 {
	sum := 0
	for y := range a {
		for x := range a[y] {
			d := int(a[y][x]) - int(b[y][x])
			sum += max(d, -d)
		}
	}
	return float64(sum) / (256 * measure.ChromaWidth * measure.ChromaHeight)
}

// sameScene reports whether the luma of two pictures is alike: it differs by
// less than a third of what it varies within the picture, and by no more than
// motion and grain make of it within some pictures.
func sameScene(a, b *measure.ThumbRow) bool {
	const cells = measure.ThumbWidth * measure.ThumbHeight
	sum := 0
	for y := range a.Y {
		for _, c := range a.Y[y] {
			sum += int(c)
		}
	}
	mean, varies, differs := sum/cells, 0, 0
	for y := range a.Y {
		for x, c := range a.Y[y] {
			varies += max(int(c)-mean, mean-int(c))
			d := int(c) - int(b.Y[y][x])
			differs += max(d, -d)
		}
	}
	return 3*differs <= varies && differs <= maxMotion*256*cells
}

// maxMotion is the mean change of cells within a scene, in code values.
const maxMotion = 12
