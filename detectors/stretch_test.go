package detectors

import (
	"slices"
	"testing"
	"time"
)

func TestStretch(t *testing.T) {
	for _, test := range []struct {
		name   string
		scores []float64
		want   []int // starts and ends
	}{
		{"nothing", []float64{0, -1, 0}, nil},
		{"one", []float64{-1, 1, 1, -1, -1}, []int{1, 3}},
		{"to the end", []float64{0, 1, 1, 1}, []int{1, 4}},
		{"evidence against within", []float64{1, 1, 1, -1, 1, -1, 1, 1, 0, 0, -3}, []int{0, 8}},
		{"against for too long", []float64{1, 1, 1, 1, 1, -1, -1, -1, 1, 1, -3}, []int{0, 5, 8, 10}},
		{"short ones are not joined", []float64{1, -1, 1, -1, 1, -1}, []int{0, 1, 2, 3, 4, 5}},
	} {
		s := Stretch{Patience: 3}
		var got []int
		keep := func() { got = append(got, int(s.Start), int(s.End)) }
		for i, score := range test.scores {
			if s.Add(time.Duration(i), time.Duration(i+1), score) == Ended {
				keep()
			}
		}
		if s.Open() != s.Close() {
			t.Error("Close says otherwise than Open")
		} else if s.Open() {
			t.Error("open after Close")
		}
		if len(got)%2 == 0 && s.End > 0 && (len(got) == 0 || got[len(got)-1] != int(s.End)) {
			keep()
		}
		if !slices.Equal(got, test.want) {
			t.Errorf("%s: %v, want %v", test.name, got, test.want)
		}
	}
}

func TestStretchLead(t *testing.T) {
	for _, test := range []struct {
		name       string
		scores     []float64
		start, end int
	}{
		{"silence around", []float64{0, 0, 0, 0, 1, 1, 0}, 2, 7}, // 20 ms of it are a coder's
		{"hardly any silence", []float64{0, 1, 1}, 1, 3},
		{"too much silence around", []float64{0, 0, 0, 0, 0, 0, 1, 1, 0, 0, 0, 0}, 6, 8},
		{"not the first", []float64{-1, 0, 0, 0, 1, 1, 0}, 4, 7},
		{"not the last", []float64{0, 1, 1, -1, 0}, 1, 3},
	} {
		s := Stretch{Patience: 3, Lead: 30 * time.Millisecond}
		row := func(i int) time.Duration { return time.Duration(i) * 10 * time.Millisecond }
		s.Add(row(90), row(91), -1)
		s.Close() // what was before does not matter
		for i, score := range test.scores {
			s.Add(row(i), row(i+1), score)
		}
		if !s.Close() || s.Start != row(test.start) || s.End != row(test.end) {
			t.Errorf("%s: from %v to %v, want %v to %v", test.name, s.Start, s.End, row(test.start), row(test.end))
		}
	}
}
