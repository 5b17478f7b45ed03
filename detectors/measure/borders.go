package measure

/*
#include "borders.h"
*/
import "C"

// BordersRow says where the active area of a picture begins: how many lines and
// columns from each border are black bars. Black is luma of at most 32, or 19 in
// full range. A line belongs to a bar where at most an eighth of it is brighter,
// since a logo may lie on it; of columns, some 192 samples are counted.
//
// In a dark scene, bars are as thick as there is nothing to see.
type BordersRow struct {
	Dark                     bool // there is no line that is not black, and nothing in the other fields
	Top, Bottom, Left, Right int

	// The largest share (0..1) that is not black of one of the 3 lines behind
	// each bar, between the other two.
	LitTop, LitBottom, LitLeft, LitRight float32
}

// Luma that is black in limited and in full range: 7.5 % of the range, as in the
// detector of black.
const (
	blackLimited = 16 + 219*75/1000
	blackFull    = 255 * 75 / 1000
)

func blackLevel(fullRange bool) int {
	if fullRange {
		return blackFull
	}
	return blackLimited
}

func (v *VideoMeter) borders(f *Frame, fullRange bool) BordersRow {
	b := &v.bars
	C.vqa_find_borders(cPlane(f.Y), C.int(f.Depth), C.int(blackLevel(fullRange)), b)
	if int(b.thickness[0]) == f.Y.Height {
		return BordersRow{Dark: true}
	}
	lit := func(i int) float32 { return float32(b.lit[i]) / float32(max(b.across[i], 1)) }
	return BordersRow{
		Top: int(b.thickness[0]), Bottom: int(b.thickness[1]), Left: int(b.thickness[2]), Right: int(b.thickness[3]),
		LitTop: lit(0), LitBottom: lit(1), LitLeft: lit(2), LitRight: lit(3),
	}
}
