package loudness

import (
	"math"
	"time"

	"github.com/vqa-project/vqa/detectors"
	"github.com/vqa-project/vqa/detectors/measure"
)

// Windows, in blocks of 10 ms: Tech 3341, clause 2.2, and the gating blocks of
// BS.1770-4, 400 ms every 100 ms. Short-term loudness is taken every 100 ms for
// the loudness range, as Tech 3342 recommends.
const (
	momentary = 400 * measure.BlocksPerSecond / 1000
	shortTerm = 3 * measure.BlocksPerSecond
	hop       = measure.BlocksPerSecond / 10
)

const (
	// joined is how far peaks may be from each other in one event.
	joined = time.Second

	// longestGap is what may be missing inside a window. Windows do not
	// reach across more, because whatever was there is not known.
	longestGap = 100 * time.Millisecond
)

// A track is one audio stream.
type track struct {
	stream measure.Stream
	limits limits
	sink   detectors.Sink

	weights []float64 // of the channels as they come
	rate    int

	started    bool
	start, end time.Duration // of what was measured

	powers [shortTerm]float64 // of the last blocks, in a ring
	blocks int                // since the windows began anew

	momentary, shortTerm   float64 // largest power
	gating, shortTermRange histogram

	peak    float64 // largest
	peaking bool
	event   detectors.Event // while peaking
}

func newTrack(s measure.Stream, l limits, sink detectors.Sink) *track {
	return &track{stream: s, limits: l, sink: sink, gating: newHistogram(), shortTermRange: newHistogram()}
}

func (t *track) Block(b *measure.Block) {
	gap := b.PTS - t.end
	if len(b.Channels) != len(t.weights) || b.SampleRate != t.rate {
		layout := t.stream.ChannelLayout
		if len(b.Channels) != t.stream.Channels { // another than was announced
			layout = ""
		}
		t.weights, t.rate, t.blocks = measure.LoudnessWeights(layout, len(b.Channels)), b.SampleRate, 0
	}
	if b.Discontinuity || gap > longestGap {
		t.blocks = 0
	}
	if b.Discontinuity {
		t.closePeaks()
	}
	if !t.started {
		t.started, t.start = true, b.PTS
	}
	t.start, t.end = min(t.start, b.PTS), b.End()

	var power, peak float64
	for i := range b.Channels {
		power += t.weights[i] * b.Channels[i].Weighted
		peak = max(peak, float64(b.Channels[i].TruePeak))
	}
	t.peaks(b, peak)
	// A stretch of sound ends with less than 10 ms. It belongs to no window,
	// as BS.1770-4 has it of an incomplete gating block.
	if b.Samples >= b.SampleRate/measure.BlocksPerSecond {
		t.windows(power)
	}
}

// windows takes the power of 10 ms.
func (t *track) windows(power float64) {
	t.powers[t.blocks%shortTerm] = power
	t.blocks++
	if t.blocks >= momentary {
		m := t.mean(momentary)
		t.momentary = max(t.momentary, m)
		if (t.blocks-momentary)%hop == 0 {
			t.gating.add(m)
		}
	}
	if t.blocks >= shortTerm {
		s := t.mean(shortTerm)
		t.shortTerm = max(t.shortTerm, s)
		if (t.blocks-shortTerm)%hop == 0 {
			t.shortTermRange.add(s)
		}
	}
}

// mean returns the mean power of the last n blocks. It is summed up each time:
// a running sum would keep the error of the loudest block for ever.
func (t *track) mean(n int) float64 {
	end := (t.blocks-1)%shortTerm + 1
	var sum float64
	if end < n {
		for _, p := range t.powers[shortTerm-n+end:] {
			sum += p
		}
	}
	for _, p := range t.powers[max(end-n, 0):end] {
		sum += p
	}
	return sum / float64(n)
}

// peaks takes the true peak of a block.
func (t *track) peaks(b *measure.Block, peak float64) {
	t.peak = max(t.peak, peak)
	if t.peaking && b.PTS-t.event.End >= joined {
		t.closePeaks()
	}
	level := decibels(peak)
	if !(level > t.limits.maxTruePeak) { // nor is there without a limit
		return
	}
	if !t.peaking {
		t.peaking = true
		t.event = detectors.Event{
			Kind: TruePeak, Stream: t.stream.Index, Start: b.PTS,
			Value: level, Limit: t.limits.maxTruePeak, Unit: "dBTP",
		}
	}
	t.event.End, t.event.Value = b.End(), max(t.event.Value, level)
}

func (t *track) closePeaks() {
	if t.peaking {
		t.event.Value = rounded(t.event.Value)
		t.sink(t.event)
	}
	t.peaking = false
}

// Open reports peaks that are not over. What the programme comes to is known at
// its end.
func (t *track) Open(time.Duration) {
	now := *t
	now.closePeaks()
}

// flush ends the track, with the programme where that ends before.
func (t *track) Flush(end time.Duration) {
	t.closePeaks()
	integrated := rounded(t.gating.integrated())
	limit := t.limits.target + math.Copysign(t.limits.tolerance, integrated-t.limits.target)
	if math.IsInf(integrated, 0) || !(math.Abs(integrated-t.limits.target) > t.limits.tolerance+1e-9) {
		return
	}
	t.sink(detectors.Event{
		Kind: Integrated, Stream: t.stream.Index, Start: t.start, End: max(t.start, min(t.end, end)),
		Value: integrated, Limit: limit, Unit: "LUFS",
		Evidence: map[string]float64{"target_lufs": t.limits.target},
	})
}

func (t *track) Measures() []detectors.Measure {
	var out []detectors.Measure
	for _, m := range []detectors.Measure{
		{Name: IntegratedLUFS, Value: t.gating.integrated()},
		{Name: RangeLU, Value: t.shortTermRange.loudnessRange()},
		{Name: MomentaryMaxLUFS, Value: loudnessOf(t.momentary)},
		{Name: ShortTermMaxLUFS, Value: loudnessOf(t.shortTerm)},
		{Name: TruePeakMaxDBTP, Value: decibels(t.peak)},
	} {
		m.Stream, m.Value = t.stream.Index, rounded(m.Value)
		out = append(out, m)
	}
	return out
}

func decibels(amplitude float64) float64 { return 20 * math.Log10(amplitude) }

// rounded leaves out the digits that a histogram in steps of 0.01 LU does not
// have.
func rounded(v float64) float64 { return math.Round(v*100) / 100 }
