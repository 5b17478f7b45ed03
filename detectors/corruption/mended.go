package corruption

import (
	"time"

	"github.com/vqa-project/vqa/detectors/measure"
)

// Damage may end before the next intra picture, where the place it is in is coded
// anew. The stream does not say so, but in a picture that stands, such as a slide,
// all is as it was before.
//
// A cut is no such end: coders predict even there, and damage stays.
const (
	mendedCell = 1 * 256 // largest difference of a cell to what was there before
	brokenCell = 3 * 256 // smallest that shows that it is not

	// mendedTime is how long all must be as it was: pictures that are not
	// predicted from damaged ones may lie between those that are.
	mendedTime = joined
)

// looks is what pictures looked like.
type looks struct {
	thumbs [recent]measure.ThumbRow // of the pictures that are in shown
	before measure.ThumbRow         // the last before the damage
	known  bool                     // before is
	broken bool                     // the damage was seen in a thumb
}

// asBefore reports whether a picture looks as the last did before the damage,
// which had been seen.
func (l *looks) asBefore(t *measure.ThumbRow) bool {
	if !l.known {
		return false
	}
	most := 0
	for y := range t.Y {
		for x := range t.Y[y] {
			d := int(t.Y[y][x]) - int(l.before.Y[y][x])
			most = max(most, d, -d)
		}
	}
	l.broken = l.broken || most >= brokenCell
	return l.broken && most <= mendedCell
}

// mend takes note of a picture within damage that is not damaged itself, and
// reports since when nothing can be seen of it, where it is for long enough.
func (s *stream) mend(p *measure.Picture) (at time.Duration, mended bool) {
	if !s.looks.asBefore(&p.Thumb) {
		s.mending = false
		return 0, false
	}
	if !s.mending {
		s.mending, s.mendedAt = true, p.PTS
	}
	return s.mendedAt, p.End()-s.mendedAt >= mendedTime
}
