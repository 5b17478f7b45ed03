package freeze

import (
	"slices"
	"time"

	"github.com/vqa-project/vqa/detectors"
	"github.com/vqa-project/vqa/detectors/measure"
)

const (
	// intraFactor is how much more than other pictures an intra picture may
	// differ from the one before, where it follows one that is not: it codes
	// the same still anew.
	intraFactor = 4

	// maxDrift is how far a cell of the thumb may be from its value in the
	// first picture of the hold, in 8 bit code values.
	maxDrift = 4

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
	anchor     measure.ThumbRow // of the first picture
	last, end  time.Duration    // the last picture's PTS and end
	lastIntra  bool
	pictures   int
	gap        time.Duration // longest showing of one picture
	difference float32       // largest seen of any block
	drift      float64       // largest seen of any cell
	black      bool

	cadence [8]int // pictures in the holds before, a ring
	holds   int
}

func (h *hold) picture(p *measure.Picture) {
	switch drift := h.driftOf(p); {
	case !h.begun:
		h.begin(p)
	case p.Discontinuity:
		h.close(h.end)
		h.begin(p)
	case h.same(p, drift):
		h.gap = max(h.gap, p.PTS-h.last)
		h.pictures++
		h.difference = max(h.difference, p.Difference.Largest)
		h.drift = max(h.drift, drift)
		h.black = h.black && black(p)
	default:
		h.gap = max(h.gap, p.PTS-h.last)
		h.close(p.PTS)
		h.begin(p)
	}
	h.last, h.end, h.lastIntra = p.PTS, p.End(), p.Type == 'I'
}

func (h *hold) begin(p *measure.Picture) {
	h.begun = true
	h.start, h.anchor = p.PTS, p.Thumb
	h.pictures, h.gap, h.difference, h.drift = 1, 0, 0, 0
	h.black = black(p)
}

// same reports whether p shows what the hold shows.
func (h *hold) same(p *measure.Picture, drift float64) bool {
	limit := h.maxDifference
	if p.Type == 'I' && !h.lastIntra {
		limit *= intraFactor
	}
	return p.Difference.Valid && float64(p.Difference.Largest) <= limit && drift <= maxDrift
}

// driftOf returns the largest distance of any cell of p from the hold's first
// picture, in 8 bit code values.
func (h *hold) driftOf(p *measure.Picture) float64 {
	if !h.begun {
		return 0
	}
	largest := 0
	for y := range p.Thumb.Y {
		largest = max(largest, distance(p.Thumb.Y[y][:], h.anchor.Y[y][:]))
	}
	for y := range p.Thumb.U {
		largest = max(largest,
			distance(p.Thumb.U[y][:], h.anchor.U[y][:]),
			distance(p.Thumb.V[y][:], h.anchor.V[y][:]))
	}
	return float64(largest) / 256
}

// distance returns the largest distance of two cells in the same place.
func distance(a, b []uint16) int {
	largest := 0
	for i, v := range a {
		d := int(v) - int(b[i])
		largest = max(largest, d, -d)
	}
	return largest
}

// black reports whether the picture is black beyond doubt, in its range.
func black(p *measure.Picture) bool {
	level := 24
	if p.FullRange {
		level = 10
	}
	return int(p.Luma.Max) <= level
}

// close ends the hold at a time and reports it where it is a freeze.
func (h *hold) close(at time.Duration) {
	defer h.remember()
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
			"pictures":                 float64(h.pictures),
			"largest_block_difference": float64(h.difference),
			"largest_drift":            h.drift,
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
func (h *hold) flush(end time.Duration) {
	if !h.begun {
		return
	}
	at := h.end
	if end-h.end >= h.minDuration-slack {
		at, h.gap = end, end-h.last
	}
	h.close(at)
}
