package measure

import (
	"math"
	"testing"
)

// rowOf returns the row of a picture after another one, or nil.
func rowOf(set Set, cur, prev *Frame) (row Picture) {
	NewVideo(set).Measure(cur, prev, &row)
	return row
}

// boxed makes a picture of one value with black bars.
func boxed(width, height, depth, value, top, bottom, left, right int) *Frame {
	f := flat(width, height, depth, 16<<(depth-8))
	for y := top; y < height-bottom; y++ {
		for x := left; x < width-right; x++ {
			f.Y.set(x, y, depth, value<<(depth-8))
		}
	}
	return f
}

func TestBorders(t *testing.T) {
	full := BordersRow{LitTop: 1, LitBottom: 1, LitLeft: 1, LitRight: 1}
	bars := func(top, bottom, left, right int) BordersRow {
		b := full
		b.Top, b.Bottom, b.Left, b.Right = top, bottom, left, right
		return b
	}
	for _, depth := range []int{8, 10} {
		for name, test := range map[string]struct {
			frame *Frame
			want  BordersRow
		}{
			"none":                   {boxed(640, 360, depth, 90, 0, 0, 0, 0), full},
			"letterbox":              {boxed(640, 360, depth, 90, 45, 44, 0, 0), bars(45, 44, 0, 0)},
			"pillarbox":              {boxed(640, 360, depth, 90, 0, 0, 80, 81), bars(0, 0, 80, 81)},
			"windowbox":              {boxed(640, 360, depth, 90, 30, 31, 80, 33), bars(30, 31, 80, 33)},
			"upright in a landscape": {boxed(640, 360, depth, 90, 0, 0, 270, 270), bars(0, 0, 270, 270)},
			"narrow and low":         {boxed(640, 360, depth, 90, 130, 130, 250, 250), bars(130, 130, 250, 250)},
			"one line":               {boxed(640, 360, depth, 90, 1, 0, 0, 0), bars(1, 0, 0, 0)},
			"black":                  {boxed(640, 360, depth, 32, 0, 0, 0, 0), BordersRow{Dark: true}},
			"barely lit":             {boxed(640, 360, depth, 33, 8, 8, 0, 0), bars(8, 8, 0, 0)},
		} {
			if got := rowOf(Borders, test.frame, nil).Borders; got != test.want {
				t.Errorf("%s, %d bits: %+v, want %+v", name, depth, got, test.want)
			}
		}
	}
	f := boxed(640, 360, 8, 90, 45, 45, 0, 0)
	for i := range 40 { // a logo of less than an eighth of the width
		f.Y.set(20+i%40, 10, 8, 200)
	}
	if got := rowOf(Borders, f, nil).Borders; got != bars(45, 45, 0, 0) {
		t.Errorf("with a logo: %+v", got)
	}
	row := Picture{FullRange: true}
	NewVideo(Borders).Measure(boxed(64, 36, 8, 19, 0, 0, 0, 0), nil, &row)
	if !row.Borders.Dark {
		t.Errorf("19 in full range: %+v", row.Borders)
	}
}

// The field of a picture with vertical stripes that move by 4 samples from field
// to field: parity and time of each are told by its two arguments.
func stripes(top, bottom int) *Frame {
	f := flat(320, 180, 8, 0)
	for y := range 180 {
		at := top
		if y%2 == 1 {
			at = bottom
		}
		for x := range 320 {
			f.Y.set(x, y, 8, 50+(x+4*at+32)/16%2*100)
		}
	}
	return f
}

func TestFields(t *testing.T) {
	row := func(cur, prev *Frame) FieldsRow { return rowOf(Fields, cur, prev).Fields }
	// Stripes that have moved by 4 differ in a quarter of all samples, by 100.
	const step = (100 - 3) / 4.
	for name, test := range map[string]struct {
		cur, prev *Frame
		want      FieldsRow
	}{
		"still":            {stripes(0, 0), stripes(0, 0), FieldsRow{Compared: true}},
		"progressive":      {stripes(1, 1), stripes(0, 0), FieldsRow{true, 0, step, step, 25, 25}},
		"top field first":  {stripes(2, 3), stripes(0, 1), FieldsRow{true, step, 3 * step, step, 50, 50}},
		"bottom first":     {stripes(3, 2), stripes(1, 0), FieldsRow{true, step, step, 3 * step, 50, 50}},
		"a field too late": {stripes(1, 0), stripes(0, -1), FieldsRow{true, step, 0, 2 * step, 25, 25}},
		"top repeated":     {stripes(0, 1), stripes(0, 0), FieldsRow{true, step, step, 0, 0, 25}},
		"nothing before":   {stripes(1, 0), nil, FieldsRow{Own: step}},
	} {
		if got := row(test.cur, test.prev); got != test.want {
			t.Errorf("%s: %+v, want %+v", name, got, test.want)
		}
	}
}

func TestInformation(t *testing.T) {
	// A ramp of 3 a sample: all gradients are 24.
	ramp := flat(64, 36, 8, 0)
	for y := range 36 {
		for x := range 64 {
			ramp.Y.set(x, y, 8, 3*x)
		}
	}
	if d := rowOf(Information, ramp, flat(64, 36, 8, 0)).Information; d.Spatial != 0 || !d.Compared ||
		math.Abs(float64(d.Temporal)-3*math.Sqrt((64*64-1)/12.)) > 1e-3 {
		t.Errorf("a ramp: %+v", d)
	}
	// One edge of 100: gradients of 400 in 2 of 62 columns.
	edge := flat(64, 36, 8, 20)
	for y := range 36 {
		for x := 32; x < 64; x++ {
			edge.Y.set(x, y, 8, 120)
		}
	}
	d := rowOf(Information, edge, nil).Information
	if want := 400 * math.Sqrt(2./62*60/62); math.Abs(float64(d.Spatial)-want) > 1e-3 || d.Compared || d.Temporal != 0 {
		t.Errorf("an edge: %+v, want %v", d, want)
	}
}

func TestFieldStep(t *testing.T) {
	for height, want := range map[int]int{0: 1, 95: 1, 144: 1, 240: 3, 360: 3, 480: 5, 576: 7, 720: 7, 1080: 11, 2160: 23} {
		if got := FieldStep(height); got != want {
			t.Errorf("FieldStep(%d) = %d, want %d", height, got, want)
		}
	}
}
