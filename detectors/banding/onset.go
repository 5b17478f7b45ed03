package banding

import "github.com/vqa-project/vqa/detectors/measure"

const (
	recently = 4 // pictures before an onset

	// leastOnset is how much larger the cosine of a comb must be than in those.
	leastOnset = 0.25

	// An onset is confirmed where, of the pictures since with so many contours, the share
	// of those that are of the step and in phase is confirming in the mean; or the cosine
	// has risen by confirmingRise. Elsewhere it is chance: a few plain areas.
	someContours   = 20
	confirming     = 0.15
	confirmingRise = 0.6

	// clear is the share of contours that says as much as the cosine after the onset.
	clear = 0.3

	follows = 0.1 // how much the level since the onset goes with each picture
)

// An onset is where, from one picture of a scene to the next, luma comes to lie at levels
// a step apart. From then on it is known what to look for: where coding and motion have
// left little of it, it is still the same step.
type onset struct {
	combs [recently]comb // of the last pictures, that before last
	count int
	thumb measure.ThumbRow

	step          int // 0 where there is none
	before, level float64
	contours      float64 // sum over pictures
	pictures      float64 // of them
}

// look shows a picture with its comb, and looks for an onset where there is none.
func (o *onset) look(p *measure.Picture, c *comb) {
	if o.step == 0 && o.count >= recently && p.Thumb.SameScene(&o.thumb) {
		most := leastOnset
		for s := minStep; s <= maxStep; s++ {
			before := 0.0
			for i := range o.combs {
				before = max(before, o.combs[i].cosine[s])
			}
			if rise := c.cosine[s] - before; rise >= most && c.levels[s] >= leastTeeth {
				most = rise
				o.step, o.before, o.level = s, before, c.cosine[s]
				o.contours, o.pictures = 0, 0
			}
		}
	}
	copy(o.combs[:], o.combs[1:])
	o.combs[recently-1] = *c
	o.count++
	o.thumb = p.Thumb
}

// share returns how much of the onset is still there, 0 to 1; it is not known in a
// picture that is plain.
func (o *onset) share(p *measure.Picture, c *comb) (share float64, known bool) {
	n := contoursOf(&p.Detail)
	if n >= someContours {
		contours := shareOf(&p.Detail, o.step, n) * inPhase(&p.Detail.Levels, 2*n, o.step)
		o.contours += contours
		o.pictures++
		share, known = min(contours/(2*clear), 1), true
	}
	if c.known[o.step] {
		rise := (c.cosine[o.step] - o.before) / (o.level - o.before)
		share, known = max(share, min(rise, 1)), true
		if share >= 0.5 {
			o.level = max(o.level+follows*(c.cosine[o.step]-o.level), o.before+leastOnset/2)
		}
	}
	return share, known
}

func (o *onset) confirmed() bool {
	return o.pictures > 0 && o.contours >= confirming*o.pictures || o.level-o.before >= confirmingRise
}
