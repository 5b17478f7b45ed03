package measure

/*
#cgo LDFLAGS: -lm
#include "fields.h"
*/
import "C"

import "math"

// FieldsRow says how well the fields of a picture fit together, from lines 1,
// 1+s, 1+2s and so on with those above and below, where s is the [FieldStep] of the
// height. The top field is lines 0, 2, 4 and so on.
//
// Two fields do not fit where lines lie outside of those above and below: the
// figures are means, in code values, of by how much, less 3. Where nothing moves
// they are all the same.
type FieldsRow struct {
	Compared bool // there is a picture before, of the same size and depth; else there is only Own

	Own        float32 // both fields of the picture
	WithTop    float32 // its bottom field and the top field of the picture before
	WithBottom float32 // its top field and the bottom field of the picture before

	// Mean absolute differences of each field to that of the picture before.
	TopDifference, BottomDifference float32
}

// InformationRow is what spatial and temporal information are made from (ITU-T P.910,
// clauses 7.7 and 7.8), of the same lines as [FieldsRow] and not of all.
type InformationRow struct {
	Compared bool

	// Spatial is the standard deviation of the magnitude of Sobel gradients,
	// Temporal that of the difference to the picture before, in code values.
	Spatial, Temporal float32
}

// FieldStep returns the distance of the lines that [FieldsRow] and [InformationRow] are
// made from, in a picture of that height: odd, so that lines of both fields take
// turns.
func FieldStep(height int) int { return height/96 | 1 }

// fields fills what is in set of Fields and Information. prev is nil or alike.
func (v *VideoMeter) fields(set Set, cur, prev *Frame, row *Picture) {
	var fields *C.struct_vqa_fields
	var information *C.struct_vqa_information
	if set.Has(Fields) {
		fields = &v.fieldSums
	}
	if set.Has(Information) {
		information = &v.informationSums
	}
	var before Plane
	if prev != nil {
		before = prev.Y
	}
	var scratch *C.uint8_t
	if cur.Depth > 8 {
		if n := 6 * cur.Y.Width; len(v.narrow) < n {
			v.narrow = make([]C.uint8_t, n)
		}
		scratch = &v.narrow[0]
	}
	C.vqa_fields(v.instructions, cPlane(cur.Y), C.int(cur.Depth), before.Data, C.ptrdiff_t(before.Stride),
		C.int(FieldStep(cur.Y.Height)), scratch, fields, information)
	if s := fields; s != nil {
		row.Fields = fieldsRow(prev != nil, uint64(s.samples), uint64(s.own), uint64(s.with_top), uint64(s.with_bottom),
			[2]uint64{uint64(s.difference[0]), uint64(s.difference[1])}, [2]uint64{uint64(s.compared[0]), uint64(s.compared[1])})
	}
	if s := information; s != nil {
		row.Information = informationRow(prev != nil, uint64(s.gradients), uint64(s.sum), uint64(s.squares),
			uint64(s.compared), int64(s.difference), uint64(s.difference_squares))
	}
}

// fieldsRow divides sums by the number of samples.
func fieldsRow(compared bool, samples, own, withTop, withBottom uint64, difference, n [2]uint64) FieldsRow {
	return FieldsRow{
		Compared: compared,
		Own:      meanOf(own, samples), WithTop: meanOf(withTop, samples), WithBottom: meanOf(withBottom, samples),
		TopDifference: meanOf(difference[0], n[0]), BottomDifference: meanOf(difference[1], n[1]),
	}
}

func meanOf(sum, n uint64) float32 {
	if n == 0 {
		return 0
	}
	return float32(float64(sum) / float64(n))
}

// informationRow turns sums into deviations. sum is of gradients in steps.
func informationRow(compared bool, gradients, sum, squares, n uint64, difference int64, differences uint64) InformationRow {
	d := InformationRow{Compared: compared}
	if gradients > 0 {
		d.Spatial = deviation(float64(gradients), float64(sum)/C.VQA_GRADIENT_STEPS, float64(squares))
	}
	if n > 0 {
		d.Temporal = deviation(float64(n), float64(difference), float64(differences))
	}
	return d
}

// deviation returns the standard deviation of n values with a sum and a sum of
// squares. What is left of rounding where they are all the same is 0.
func deviation(n, sum, squares float64) float32 {
	mean := sum / n
	return float32(math.Sqrt(max(0, squares/n-mean*mean)))
}
