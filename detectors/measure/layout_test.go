package measure

import (
	"slices"
	"testing"
)

func TestPairs(t *testing.T) {
	for _, test := range []struct {
		layout   string
		channels int
		want     []int
	}{
		{"mono", 1, nil},
		{"stereo", 2, []int{0}},
		{"5.1(side)", 6, []int{0, 4}},
		{"5.1", 2, []int{0}}, // has changed
		{"7.1", 8, []int{0, 4, 6}},
		{"", 2, []int{0}},
		{"8 channels", 8, []int{0}},
		{"", 1, nil},
		{"stereo", 0, nil},
	} {
		if got := Pairs(test.layout, test.channels); !slices.Equal(got, test.want) {
			t.Errorf("%q with %d channels: %v, want %v", test.layout, test.channels, got, test.want)
		}
	}
	for layout, want := range map[string]int{"mono": 1, "quad": 4, "6.1": 7, "octagonal": 8, "9 channels": 0} {
		if got := LayoutChannels(layout); got != want {
			t.Errorf("%q has %d channels, want %d", layout, got, want)
		}
	}
}
