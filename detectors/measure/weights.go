package measure

import (
	"slices"
	"strings"
)

// weighted has the channels of FFmpeg's layouts in their order, but of those
// whose channels all weigh the same. Letters stand for what matters here: f is
// in front (or straight behind, or above), s at the side, b at the back left or
// right, l the LFE.
var weighted = map[string]string{
	"2.1":            "ffl",
	"3.1":            "fffl",
	"quad":           "ffbb",
	"quad(side)":     "ffss",
	"4.1":            "ffflf",
	"5.0":            "fffbb",
	"5.0(side)":      "fffss",
	"5.1":            "ffflbb",
	"5.1(side)":      "ffflss",
	"6.0":            "ffffss",
	"6.0(front)":     "ffffss",
	"hexagonal":      "fffbbf",
	"6.1":            "ffflfss",
	"6.1(back)":      "ffflbbf",
	"6.1(front)":     "fflffss",
	"7.0":            "fffbbss",
	"7.0(front)":     "fffffss",
	"7.1":            "ffflbbss",
	"7.1(wide)":      "ffflbbff",
	"7.1(wide-side)": "ffflffss",
	"octagonal":      "fffbbfss",
}

// usual are the layouts of so many channels where nothing is known: FFmpeg's
// defaults. Fewer are taken to be in front.
var usual = map[int]string{5: "5.0", 6: "5.1", 7: "6.1", 8: "7.1"}

// LoudnessWeights returns the weight of each channel of a layout, by FFmpeg's name, in the
// loudness of all. By ITU-R BS.1770-4, Annex 1, table 3, and Annex 3, table 4, it is 1.41 from 60 to 120 degrees off the front, otherwise
// 1, and the LFE left out. The back channels of a layout without sides are the
// surround channels, at 110 degrees; beside sides they are at 135.
func LoudnessWeights(layout string, channels int) []float64 {
	const surround = 1.41 // 1.5 dB
	out := slices.Repeat([]float64{1}, channels)
	kinds := weighted[layout]
	if layout == "" || strings.HasSuffix(layout, " channels") { // FFmpeg's name for one without a name
		kinds = weighted[usual[channels]]
	}
	if len(kinds) != channels {
		return out
	}
	sides := strings.Contains(kinds, "s")
	for i, kind := range kinds {
		switch {
		case kind == 'l':
			out[i] = 0
		case kind == 's', kind == 'b' && !sides:
			out[i] = surround
		}
	}
	return out
}
