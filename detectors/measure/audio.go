package measure

import "time"

// BlocksPerSecond is the number of blocks that a second of sound is cut into.
const BlocksPerSecond = 100

// MaxJitter is how far the time of a buffer may be from the end of the samples
// before it without counting as a gap or a jump. Containers round time stamps,
// often to 1 ms.
const MaxJitter = 20 * time.Millisecond

// An AudioMeter cuts the sound of one stream into blocks of 10 ms and measures
// each. It is not for concurrent use.
//
// Within a stretch of continuous sound, block k covers the samples from
// k*rate/100 up to (k+1)*rate/100, and its time is that of the stretch's first
// sample plus the duration of the samples between: rounding does not add up,
// and time stamps that deviate by up to [MaxJitter] change nothing. A larger
// deviation, a change of sample rate, channels or format, or a buffer marked as
// a discontinuity ends the stretch, with a shorter block, and starts another.
type AudioMeter struct {
	set Set // as far as it is content

	running  bool          // in a stretch
	start    time.Duration // of the stretch
	position int64         // samples of the stretch so far
	first    int64         // sample of the block in work, counted in the stretch
	end      int64         // sample after it
	number   int64         // of it, counted in the stretch

	block    Block // the one in work; SampleRate and Channels are the stretch's
	channels int
	previous time.Duration // start of the block before; valid where any
	ended    time.Duration // end of it
	any      bool          // there was a block before

	format       SampleFormat // of the stretch
	low, high    float64      // at and beyond these, a sample is at full scale
	past         int          // samples before the block in work that something needs
	recent       []recent
	squares      []float64   // sums over each channel
	weighting    [][2]biquad // of each channel
	spare        [2]biquad   // in place of a second channel
	both         [2]float64  // sums of squares of two channels, weighted
	clicks       *clickMeter // these of the stretch's rate
	spectrum     *spectrumMeter
	mains        *mainsMeter
	decimated    []decimated
	instructions instructions
}

// NewAudio returns a meter for what set names of [Sound]. Without any of it,
// blocks have times and no channels.
func NewAudio(set Set) *AudioMeter {
	return &AudioMeter{set: set & Sound, instructions: bestInstructions()}
}

// Add measures a buffer and calls emit for each block that it completes. The
// block is reused. A buffer that has no samples, or not what [Buffer]
// describes, is ignored.
func (a *AudioMeter) Add(b *Buffer, emit func(*Block)) {
	if !b.measurable() {
		return
	}
	if !a.running || !a.continues(b) {
		a.Flush(emit)
		a.begin(b)
	}
	for done := 0; done < b.Samples; {
		n := int(min(int64(b.Samples-done), a.end-a.position))
		if a.set != 0 {
			a.load(b, done, n)
		}
		done += n
		a.position += int64(n)
		if a.position == a.end {
			a.emit(emit)
		}
	}
}

// Flush ends the stretch and emits its last, partial block, if there is one.
func (a *AudioMeter) Flush(emit func(*Block)) {
	if a.running && a.position > a.first {
		a.emit(emit)
	}
	a.running = false
}

// continues reports whether b carries on the stretch.
func (a *AudioMeter) continues(b *Buffer) bool {
	if b.Discontinuity || b.SampleRate != a.block.SampleRate || b.Channels != a.channels || b.Format != a.format {
		return false
	}
	deviation := b.PTS - a.timeOf(a.position)
	return -MaxJitter <= deviation && deviation <= MaxJitter
}

// begin starts a stretch with b.
func (a *AudioMeter) begin(b *Buffer) {
	a.running, a.start, a.position, a.channels = true, b.PTS, 0, b.Channels
	a.block.Stream, a.block.SampleRate = b.Stream, b.SampleRate

	// Blocks may overlap a little where a time stamp is off. Only where they
	// would be out of order, or by more than jitter, time has jumped back.
	a.block.Discontinuity = a.any && (b.PTS <= a.previous || a.ended-b.PTS > MaxJitter)

	a.format = b.Format
	a.low, a.high = b.Format.fullScale()
	if a.set != 0 {
		a.prepare(b.SampleRate, b.Channels)
	}
	a.number, a.end = -1, 0
	a.next()
}

// next prepares the next block of the stretch.
func (a *AudioMeter) next() {
	rate := int64(a.block.SampleRate)
	for a.first = a.end; a.end == a.first; { // below 100 Hz, some blocks are empty
		a.number++
		a.end = (a.number + 1) * rate / BlocksPerSecond
	}
	for i := range a.recent {
		a.recent[i].next(a.past, int(min(a.end-a.first, maxRoom)))
	}
	clear(a.block.Channels)
}

// emit ends the block in work at the position reached.
func (a *AudioMeter) emit(emit func(*Block)) {
	b := &a.block
	b.PTS = a.timeOf(a.first)
	b.Duration = a.timeOf(a.position) - b.PTS
	b.Samples = int(a.position - a.first)
	b.Correlation = 0
	for c := range b.Channels {
		a.measure(c, b.Samples)
	}
	if a.set.Has(Loudness) {
		a.weigh(b.Samples)
	}
	emit(b)
	a.previous, a.ended, a.any = b.PTS, b.End(), true
	b.Discontinuity = false
	a.next()
}

// timeOf returns the time of sample n of the stretch.
func (a *AudioMeter) timeOf(n int64) time.Duration {
	rate := int64(a.block.SampleRate)
	return a.start + time.Duration(n/rate)*time.Second +
		time.Duration(n%rate*int64(time.Second)/rate)
}

// load converts n samples of each channel, from sample from of b, to the block
// in work.
func (a *AudioMeter) load(b *Buffer, from, n int) {
	for c := range a.recent {
		invalid := b.load(a.recent[c].extend(n), c, from)
		if a.set.Has(Levels) {
			a.block.Channels[c].Invalid += invalid
		}
	}
}
