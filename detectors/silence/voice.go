package silence

import (
	"math"
	"time"

	"github.com/vqa-project/vqa/detectors"
	"github.com/vqa-project/vqa/detectors/measure"
)

const (
	// steep is the power of a block, as a share of that of the block before,
	// at which it is the ringing of a coder after a cut and not a sound that
	// fades: 13 dB down in 10 ms.
	steep = 0.05
)

// A voice is one channel, or all channels of a track taken together.
type voice struct {
	options
	stream  int
	sink    detectors.Sink
	channel int

	before [3]slice // the last loud blocks, the latest one last
	silent bool
	start  time.Duration
	end    time.Duration // of the last silent block
	gap    time.Duration // longest stretch without sound
	power  float64       // largest while silent

	// closing is the loud block that ended the silence. Its successor tells
	// how much of it is silent.
	closing *slice
}

// A slice is a block as a voice sees it.
type slice struct {
	start, end time.Duration
	power      float64
}

func (v *voice) block(b *measure.Block, power float64) {
	now := slice{b.PTS, b.End(), power}
	if v.closing != nil {
		v.close(v.edge(*v.closing, now))
	}
	if b.Discontinuity {
		v.flush(v.end)
		v.before = [3]slice{}
	}
	silent := power <= math.Pow(10, v.level/10)
	gap := b.PTS - v.end
	switch {
	case v.end > 0 && detectors.Lasts(gap, v.minDuration) && !b.Discontinuity:
		// A gap in time is silent, whatever is on either side.
		if !v.silent {
			v.open(v.end)
		}
		v.gap = max(v.gap, gap)
		if !silent {
			v.close(b.PTS)
		}
	case silent && !v.silent:
		v.open(v.onset(now))
	case !silent && v.silent:
		closing := now // a copy, so that not every block goes to the heap
		v.closing = &closing
	}
	if silent {
		if !v.silent {
			v.open(b.PTS)
		}
		v.power = max(v.power, power)
	} else {
		copy(v.before[:], v.before[1:])
		v.before[len(v.before)-1] = now
	}
	v.end = now.end
}

func (v *voice) open(start time.Duration) {
	v.silent, v.start, v.gap, v.power = true, start, 0, 0
}

// onset returns when it became silent, first being the first silent block: in
// the loud block before that, as far from its start as its energy reaches at
// the power of the one before. Blocks that only ring are silent.
func (v *voice) onset(first slice) time.Duration {
	at := first.start
	for i := len(v.before) - 1; i > 0; i-- {
		last, prior := v.before[i], v.before[i-1]
		if last.end != at && i == len(v.before)-1 || prior.end != last.start || prior.power == 0 {
			break
		}
		share := min(last.power/prior.power, 1)
		at = last.start + time.Duration(share*float64(last.end-last.start))
		if share > steep {
			break
		}
	}
	return at
}

// edge returns when the silence ended, first and next being the first two
// blocks that are not silent.
func (v *voice) edge(first, next slice) time.Duration {
	if next.power == 0 || next.start != first.end {
		return first.start
	}
	share := min(first.power/next.power, 1)
	return first.end - time.Duration(share*float64(first.end-first.start))
}

// close ends the silence at a time and reports it where it is long enough.
func (v *voice) close(at time.Duration) {
	v.silent, v.closing = false, nil
	if !detectors.Lasts(at-v.start, v.minDuration) {
		return
	}
	kind := Silence
	if detectors.Lasts(v.gap, v.minDuration) && 2*v.gap >= at-v.start {
		kind = NoSound
	}
	e := detectors.Event{
		Kind: kind, Stream: v.stream, Start: v.start, End: at,
		Value: (at - v.start).Seconds(), Limit: v.minDuration.Seconds(), Unit: "s",
		Evidence: map[string]float64{},
	}
	if v.power > 0 { // digital zero has no level
		e.Evidence["level_max_dbfs"] = 10 * math.Log10(v.power)
	}
	if v.perChannel {
		e.Evidence["channel"] = float64(v.channel)
	}
	v.sink(e)
}

// flush ends the silence with the track, or with the programme where that goes
// on for long without its sound.
func (v *voice) flush(end time.Duration) {
	if v.closing != nil {
		v.close(v.closing.start)
	}
	at := min(v.end, end)
	if gap := end - v.end; detectors.Lasts(gap, v.minDuration) {
		if !v.silent {
			v.open(v.end)
		}
		v.gap, at = max(v.gap, gap), end
	}
	if v.silent {
		v.close(at)
	}
}
