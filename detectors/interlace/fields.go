package interlace

import "github.com/vqa-project/vqa/detectors/measure"

// A look is what the fields of a picture say.
type look struct {
	moves    bool    // enough to tell
	combed   bool    // its fields are of different times
	topFirst bool    // the top field is the earlier one; only where combed
	weight   float64 // 0..1, how clear it is
}

// Limits, in code values and as shares.
const (
	// By how much the best and the worst pair of fields must differ for there to
	// be motion, and for the motion to be clear.
	leastMotion, clearMotion = 0.08, 0.3
	// Motion must also stand out from what does not fit in the best pair: fine
	// lines, noise.
	overTexture = 0.15
	// The part of that difference that is between the two pairs with the picture
	// before: none in a progressive picture, all in an interlaced one.
	combedPart, cleanPart = 0.5, 0.25
	// By how much of it a picture's own fields may fit better than either pair with
	// the picture before: they do in lettering that rolls or changes, whose strokes
	// are a line high and lie now in one field and now in the other.
	fitting = 0.4
	// How little a field differs from the one before, held against the other, to
	// be the same; and to be so perhaps, after a coder.
	repeated, perhapsRepeated = 0.3, 0.5
)

func judge(f *measure.FieldsRow) look {
	if !f.Compared {
		return look{}
	}
	top, bottom, own := float64(f.WithTop), float64(f.WithBottom), float64(f.Own)
	most, least := max(top, bottom, own), min(top, bottom, own)
	motion := most - least
	if motion < leastMotion || motion < overTexture*least {
		return look{}
	}
	l := look{moves: true, weight: min(1, motion/clearMotion)}
	part := (max(top, bottom) - min(top, bottom)) / motion
	switch {
	case part >= combedPart && min(top, bottom)-own > fitting*motion:
		return l
	case part >= combedPart:
		// A field that stands still beside one that is new makes the same
		// difference: then the picture is combed only where its own do not fit.
		still := repeats(f, perhapsRepeated)
		l.combed = still == none || own-least > 0.2*motion
		l.topFirst = bottom < top
	case part > cleanPart || own > min(top, bottom):
		return look{}
	}
	return l
}

// A field of a picture.
type field byte

const (
	none field = iota
	topField
	bottomField
)

// repeats says which field is that of the picture before, while the other is not.
func repeats(f *measure.FieldsRow, most float32) field {
	switch {
	case f.TopDifference < most*f.BottomDifference:
		return topField
	case f.BottomDifference < most*f.TopDifference:
		return bottomField
	}
	return none
}

// A pattern looks for telecine: with 3:2, of five pictures one repeats the top
// field, and the next but one the bottom field, or the other way round.
type pattern struct {
	last  [2 * cycle]field // the pictures before, number n at n%(2*cycle)
	n     int
	share share
}

const cycle = 5

// A share counts pictures.
type share struct{ of, all int64 }

func (s share) value() float64 {
	if s.all == 0 {
		return 0
	}
	return float64(s.of) / float64(s.all)
}

func (p *pattern) add(f *measure.FieldsRow, moves bool) {
	now := none
	if moves {
		now = repeats(f, repeated)
	}
	p.last[p.n%len(p.last)] = now
	p.n++
	if p.share.all++; p.n < len(p.last) {
		return
	}
	var tops, bottoms, apart int
	for i := range cycle {
		a, b := p.last[(p.n+i)%len(p.last)], p.last[(p.n+i+cycle)%len(p.last)]
		if a != b {
			return
		}
		switch a {
		case topField:
			tops, apart = tops+1, apart+i
		case bottomField:
			bottoms, apart = bottoms+1, apart-i
		}
	}
	apart = max(apart, -apart)
	if tops == 1 && bottoms == 1 && (apart == 2 || apart == 3) {
		p.share.of++
	}
}
