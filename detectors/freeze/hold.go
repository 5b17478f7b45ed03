package freeze

import (
	"slices"
	"time"

	"github.com/vqa-project/vqa/detectors"
	"github.com/vqa-project/vqa/detectors/measure"
)

const (
	// intraFactor is how much more than other pictures an intra picture, and
	// the one behind it, may differ from the one before: they code the same
	// still anew. Where all pictures are intra coded they are as similar as
	// others.
	intraFactor = 3

	// Motion that is about to stop may change as little as a still that is
	// about to settle. A change among the first pictures of a hold is motion
	// where it is at least minMotion, in 8 bit code values, and motionFactor
	// times as large as any after them.
	earlyPictures = 5
	minMotion     = 5
	motionFactor  = 4

	minPictures = 3

	// slack makes up for timestamps that the container rounds.
	slack = time.Millisecond
)

// A hold is the stretch of pictures up to now that are all the same. It is at
// least one picture long.
type hold struct {
	options
	stream  int
	sink    detectors.Sink
	nominal time.Duration // of a picture; 0 where unknown

	begun      bool
	start      time.Duration
	still      still
	last, end  time.Duration // the last picture's PTS and end
	skipped    bool          // whether pictures near the last one were left out
	intra      [2]bool       // whether the last picture and the one before it were intra coded
	pictures   int
	gap        time.Duration // longest showing of one picture
	difference float32       // largest seen of any block
	drift      float64       // largest seen of any area
	black      bool
	early      [earlyPictures]change // to the second picture, and those behind it
	late       float32               // largest after those

	cadence [8]int // pictures in the holds before, a ring
	holds   int
}

// A change is what a picture of the hold differs by from the one before; 0
// where it may be coded anew.
type change struct {
	at         time.Duration
	difference float32
}

func (h *hold) Picture(p *measure.Picture) {
	switch {
	case !h.begun:
		h.begin(p)
	case p.Discontinuity:
		h.close(h.end)
		h.begin(p)
	case h.extend(p):
	default:
		h.wait(p)
		h.close(p.PTS)
		h.begin(p)
	}
	h.last, h.end, h.skipped = p.PTS, p.End(), p.Skipped
	h.intra = [2]bool{p.Type == 'I', h.intra[0]}
}

// wait takes in for how long the last picture was shown until p came. Where
// pictures were left out for want of time, nobody knows.
func (h *hold) wait(p *measure.Picture) {
	if !h.skipped && !p.Skipped {
		h.gap = max(h.gap, p.PTS-h.last)
	}
}

func (h *hold) begin(p *measure.Picture) {
	h.begun = true
	h.start = p.PTS
	h.still.begin(p)
	h.pictures, h.gap, h.difference, h.drift, h.late = 1, 0, 0, 0, 0
	h.black = black(p)
}

// extend takes p into the hold where it shows the same, and reports whether it
// does.
func (h *hold) extend(p *measure.Picture) bool {
	if !p.Difference.Valid {
		return false
	}
	recoded := p.Type == 'I' && !h.intra[0] || h.intra[0] && !h.intra[1]
	limit := h.maxDifference
	if recoded {
		limit *= intraFactor
	}
	if float64(p.Difference.Largest) > limit {
		return false
	}
	drift, far := h.still.drift(p, recoded)
	if far {
		return false
	}
	change := change{p.PTS, p.Difference.Largest}
	if recoded {
		change.difference = 0
	}
	if early := h.pictures - 1; early < earlyPictures {
		h.early[early] = change
	} else {
		h.late = max(h.late, change.difference)
	}
	h.wait(p)
	h.pictures++
	h.difference = max(h.difference, p.Difference.Largest)
	h.drift = max(h.drift, drift)
	h.black = h.black && black(p)
	return true
}

// black reports whether the picture is black beyond doubt, in its range.
func black(p *measure.Picture) bool {
	level := 24
	if p.FullRange {
		level = 10
	}
	return int(p.Luma.Max) <= level
}

// settled takes the motion off the start of the hold.
func (h *hold) settled() {
	if h.pictures <= 2*earlyPictures {
		return
	}
	for i := earlyPictures - 1; i >= 0; i-- {
		if c := h.early[i]; c.difference >= minMotion && c.difference > motionFactor*h.late {
			h.start = c.at
			h.pictures -= i + 1
			return
		}
	}
}

// close ends the hold at a time and reports it where it is a freeze.
func (h *hold) close(at time.Duration) {
	defer h.remember()
	h.settled()
	kind := Freeze
	if h.gap >= max(h.minDuration, minPictures*h.nominal)-slack && 2*h.gap >= at-h.start {
		kind = NoPictures
	} else if h.pictures < max(minPictures, 2*h.usual()) {
		return
	}
	if at-h.start < h.minDuration-slack || h.black && h.ignoreBlack {
		return
	}
	h.sink(detectors.Event{
		Kind: kind, Stream: h.stream, Start: h.start, End: at,
		Value: (at - h.start).Seconds(), Limit: h.minDuration.Seconds(), Unit: "s",
		Evidence: map[string]float64{
			"pictures":             float64(h.pictures),
			"block_difference_max": float64(h.difference),
			"drift_max":            h.drift,
		},
	})
}

// maxCadence is the longest hold, in pictures, that a regular cadence has:
// 12 drawings a second shown at 50 pictures a second make fours.
const maxCadence = 4

// remember keeps the length of the hold that ends.
func (h *hold) remember() {
	h.cadence[h.holds%len(h.cadence)] = h.pictures
	h.holds++
}

// usual returns for how many pictures each drawing was usually held before,
// where that is a cadence of animation; else 1.
func (h *hold) usual() int {
	if h.holds < len(h.cadence) {
		return 1
	}
	lengths := h.cadence
	slices.Sort(lengths[:])
	if median := lengths[len(lengths)/2]; median <= maxCadence {
		return median
	}
	return 1
}

// flush ends the hold with the stream, or with the programme where that goes
// on for long without a picture.
func (h *hold) Flush(end time.Duration) {
	if !h.begun {
		return
	}
	at := h.end
	if !h.skipped && end-h.end >= h.minDuration-slack {
		at, h.gap = end, end-h.last
	}
	h.close(at)
}

// Open reports the event as it would be if it ended now.
func (h *hold) Open(at time.Duration) {
	now := *h
	now.Flush(at)
}
