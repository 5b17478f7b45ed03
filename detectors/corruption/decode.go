package corruption

import (
	"time"

	"github.com/vqa-project/vqa/detectors"
	"github.com/vqa-project/vqa/detectors/measure"
)

const (
	// joined is how close spells of damage are one.
	joined = 500 * time.Millisecond

	// recent is how many pictures before a damaged one may have been predicted
	// from it: no codec reorders more.
	recent = 16

	// habit is how many pictures in a row can be of corrupt packets while the
	// decoder has nothing to say of them. Half of the packets of a picture
	// lost, two seconds long, leave no decoder silent.
	habit = 50
)

// proven is the damage that a decoder speaks of.
const proven = measure.Corrupt | measure.InvalidBitstream | measure.MissingReference | measure.Concealed

// withholds is the codec whose decoder, dav1d, shows no picture that lacks what
// it is predicted from.
const withholds = "av1"

// A stream is one video stream, and the damage in it up to now.
type stream struct {
	measure.Stream
	sink     detectors.Sink
	pictures *pictures
	looks    *looks

	packets  int64 // read
	begun    bool  // a picture was shown that is no leftover of a cut
	habitual int   // pictures in a row of corrupt packets, and nothing else wrong
	end      time.Duration
	shown    [recent]shown // the last pictures, as a ring
	next     int           // in shown

	damage
}

// shown is what must be known of a picture once others follow.
type shown struct {
	coded int64
	pts   time.Duration
	valid bool
}

// damage is one interval.
type damage struct {
	open        bool
	start       time.Duration
	healed      bool          // nothing is damaged any more
	healedAt    time.Duration // since then
	coded       int64         // the first damaged packet, in the order of coding
	lasting     bool          // other pictures are predicted from the damaged ones
	refreshing  bool          // a sweep of intra refresh has begun since the last damage
	mending     bool          // nothing can be seen of it
	mendedAt    time.Duration // since then
	proven      bool
	count       int // pictures that are damaged or predicted from such
	damaged     int // of them, those damaged themselves
	corrupt     int // of them, those whose packet is corrupt
	missing     int // of them, those that miss a reference
	lost        int // pictures that are not shown
	macroblocks int // concealed
	shares      float64
	worst       float64 // largest share of a picture that is concealed
}

func (s *stream) packet(p *measure.Packet) { s.packets = p.Number + 1 }

func (s *stream) picture(p *measure.Picture) {
	share := concealedShare(p)
	sure := s.isProven(p)
	corrupt := p.Damage&measure.CorruptPacket != 0
	damaged := sure || corrupt && s.habitual < habit
	switch {
	case sure:
		s.habitual = 0
	case !corrupt:
		s.habitual = 0
	default:
		s.habitual++
	}
	// A cut leaves pictures without what they are predicted from.
	if !s.begun && p.Type == 'B' && !p.Key {
		damaged = false
	} else {
		s.begun = true
	}

	if p.Discontinuity {
		s.close(s.end)
		s.shown = [recent]shown{}
	} else if p.Lost > 0 { // the picture before them stays
		s.begin(min(s.end, p.PTS), p.Coded-1)
		s.proven = true
		s.lost += p.Lost
		s.lasting = s.lasting || s.Codec != withholds
	}
	switch {
	case !s.open || damaged:
	case s.healed:
		if p.PTS-s.healedAt >= joined {
			s.close(s.healedAt)
		}
	case !s.lasting, p.Type == 'I', p.Key && p.Type != 'P', p.Key && s.refreshing:
		s.healed, s.healedAt = true, p.PTS
		if s.mending {
			s.healedAt = s.mendedAt
		}
	default:
		s.refreshing = s.refreshing || p.Key
		if at, mended := s.mend(p); mended {
			s.healed, s.healedAt = true, at
		}
	}
	if s.open && !s.proven && s.habitual >= habit {
		s.open = false
	}
	if damaged {
		s.begin(s.firstAffected(p), p.Coded)
	}
	s.end = p.End()
	s.shown[s.next], s.looks.thumbs[s.next] = shown{p.Coded, p.PTS, true}, p.Thumb
	s.next = (s.next + 1) % recent
	if !s.open || s.healed {
		return
	}
	s.count++
	if !damaged {
		return
	}
	s.lasting = s.lasting || !p.Disposable || p.Damage&measure.MissingReference != 0 // others miss it, too
	s.proven = s.proven || sure
	s.refreshing = false
	s.damaged++
	s.macroblocks += p.Concealed
	s.shares += share
	s.worst = max(s.worst, share)
	if corrupt {
		s.corrupt++
	}
	if p.Damage&measure.MissingReference != 0 {
		s.missing++
	}
}

// begin opens an interval, or goes on with one that is not over for long.
func (s *stream) begin(at time.Duration, coded int64) {
	if s.open && s.healed && at-s.healedAt >= joined {
		s.close(s.healedAt)
	}
	if !s.open {
		s.damage = damage{open: true, start: at, coded: coded}
		s.remember(at)
	}
	if s.healed {
		s.healed, s.lasting, s.refreshing = false, false, false
	}
	s.mending = false
	s.coded = min(s.coded, coded)
}

// isProven reports whether the decoder speaks of damage. A picture that needs
// no other may miss what it likes.
func (s *stream) isProven(p *measure.Picture) bool {
	d := p.Damage & proven
	if p.Key {
		d &^= measure.MissingReference
	}
	return d != 0 || p.Concealed > 0
}

// firstAffected returns when the first picture is shown that a damaged one can
// be seen in: those shown just before it may be predicted from it.
func (s *stream) firstAffected(p *measure.Picture) time.Duration {
	first := p.PTS
	if p.Disposable && p.Damage&measure.MissingReference == 0 {
		return first
	}
	for i := range recent {
		before := s.shown[(s.next+2*recent-1-i)%recent]
		if !before.valid || before.coded < p.Coded {
			break
		}
		first = before.pts
	}
	return first
}

// concealedShare returns the share of the picture that the decoder made up.
func concealedShare(p *measure.Picture) float64 {
	const side = 16
	macroblocks := ((p.Width + side - 1) / side) * ((p.Height + side - 1) / side)
	return min(1, float64(p.Concealed)/float64(max(macroblocks, 1)))
}

// remember keeps what the last picture before a time looked like.
func (s *stream) remember(at time.Duration) {
	s.looks.known, s.looks.broken = false, false
	for i := range recent {
		k := (s.next + 2*recent - 1 - i) % recent
		if s.shown[k].valid && s.shown[k].pts < at {
			s.looks.before, s.looks.known = s.looks.thumbs[k], true
			return
		}
	}
}

// flush leaves out the last packet of the input, which was cut.
func (s *stream) flush() {
	if s.coded < s.packets-1 {
		s.close(s.end)
	}
}

func (s *stream) close(at time.Duration) {
	if !s.open {
		return
	}
	s.open = false
	switch {
	case s.healed:
		at = s.healedAt
	case s.mending:
		at = s.mendedAt
	}
	s.sink(detectors.Event{
		Kind: Decode, Stream: s.Index, Start: s.start, End: max(at, s.start),
		Value: 100 * s.worst, Limit: 0, Unit: "%",
		Evidence: map[string]float64{
			"pictures":              float64(s.count),
			"pictures_damaged":      float64(s.damaged),
			"pictures_lost":         float64(s.lost),
			"macroblocks_concealed": float64(s.macroblocks),
			"concealed_mean_pct":    100 * s.shares / float64(max(s.damaged, 1)),
			"corrupt_packets":       float64(s.corrupt),
			"missing_references":    float64(s.missing),
		},
	})
}
