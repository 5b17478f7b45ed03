// Package hum finds what the mains leave in sound: 50 Hz or 60 Hz and their
// harmonics.
package hum

import (
	"flag"
	"math"
	"time"

	"github.com/vqa-project/vqa/detectors"
	"github.com/vqa-project/vqa/detectors/measure"
)

// Hum is the kind of events.
const Hum = "hum"

// Detector finds hum.
var Detector = &detectors.Detector{
	Name:  "hum",
	Doc:   doc,
	Needs: measure.Mains | measure.Spectrum | measure.Levels,
	Setup: setup,
}

const doc = `mains hum

The spectrum of a second, taken every 100 ms, has lines at 50 Hz or 60 Hz and at
harmonics of it: each within 0.5 % of where it belongs, as exact as the mains
are, and at least prominence above the frequencies around it. At least two of
the first six are there for min-duration, with one of the first two among them,
which keeps its level, whatever the programme does meanwhile. The value is the
level of the hum with its harmonics, in the loudest channel.

No note of equal temperament is within 2 % of the first six harmonics of either
frequency, and what has a pitch by itself moves: a bass, an organ, an engine
are not hum.

Hum is rarely heard below -50 dBFS, the default of level: the ear is some 40 dB
less sensitive to 50 Hz than to speech. The edges of events are told by the power
of 20 ms below 125 Hz where the programme leaves them to be seen, and are exact to
some 100 ms where it does not.`

type options struct {
	minDuration       time.Duration
	level, prominence float64 // dBFS, dB
}

func setup(fs *flag.FlagSet) detectors.Start {
	o := &options{}
	detectors.DurationVar(fs, &o.minDuration, "min-duration", 3*time.Second, time.Second, time.Hour,
		"how long it must hum")
	detectors.FloatVar(fs, &o.level, "level", -50, -100, 0,
		"softest hum, in `dBFS`")
	detectors.FloatVar(fs, &o.prominence, "prominence", 7, 3, 60,
		"how far lines stand out, in `dB`")
	return o.start
}

func (o *options) start(p measure.Program, sink detectors.Sink) (detectors.Run, error) {
	return detectors.PerAudio(p, func(s measure.Stream) *track {
		t := &track{options: *o, above: float32(math.Pow(10, o.prominence/10)), stream: s.Index, sink: sink}
		t.softest = math.Pow(10, (o.level-margin)/10)
		for i := range t.mains {
			t.mains[i].stretch.Patience = patience
		}
		return t
	})
}

const (
	// exact is how far, as a share, a line may be from where it belongs,
	// and leastHz the least distance that is allowed for: what noise does to
	// the frequency of a weak line.
	exact, leastHz = 0.005, 0.35

	// patience is how many spectra without hum end it: those of 1.5 s, in
	// which a programme may be louder than all lines.
	patience = 15

	// steady is how far, in dB, the strongest line is from its level, and
	// learn by how much a spectrum moves that.
	steady, learn = 3, 0.2

	// settled is how many spectra tell the level.
	settled = 5

	// bare is the share of spectra that show hum.
	bare = 0.5

	// late is how long after the middle of a spectrum has seen a hum begin
	// its level is reached, give or take steady, and early how long before
	// it sees the end the level is left.
	late, early = 190 * time.Millisecond, 90 * time.Millisecond

	// margin is how far, in dB, a block of hum may be below the level of it:
	// 10 ms of 60 Hz and harmonics are no whole wave. What is softer where
	// the sound begins is what a coder put in front.
	margin = 6

	// known is after how many spectra it can be told where hum begins.
	known = 8

	// window is how much time a spectrum covers.
	window = time.Second
)

// A track follows one audio stream.
type track struct {
	options
	above   float32 // prominence, as ratio of powers
	softest float64 // block that hums, as power
	stream  int
	sink    detectors.Sink
	begin   time.Duration // of the sound that has no gap, from where it can hum
	end     time.Duration // of the block before
	heard   bool          // a block that can hum has come since
	first   bool          // no spectrum has come since
	any     bool
	mains   [len(measure.MainsHz)]mains

	lows     []low
	spectrum time.Duration // that is in the spectrum of a block
}

// mains follows one of the two frequencies.
type mains struct {
	stretch    detectors.Stretch
	now, until sums // since the stretch began, and up to its end
	atBegin    bool // the stretch began with the sound
	start      time.Duration
	channel    int     // and line, by which the level is followed
	line       int     // the first or the second
	level      float64 // of that line, in dBFS
	louder     louder
}

// louder is hum that may have set in over what was taken for it: lines in spectra
// that follow each other, louder than the stretch, and at a level of their own.
type louder struct {
	spectra int
	level   float64 // dBFS, of the first
	start   time.Duration
}

// add adds a spectrum from start on.
func (l *louder) add(start time.Duration, level float64) {
	if l.spectra == 0 || math.Abs(level-l.level) > steady {
		*l = louder{level: level, start: start}
	}
	l.spectra++
}

// sums are over spectra.
type sums struct {
	all, spectra int     // with and without those that are hidden
	power        float64 // of all lines that stand out
	hz           float64 // of the mains, by the strongest line
	level        float64 // of the strongest line, in dB
	lines        int
	channel      int
}

// A hit is what one spectrum of one channel shows of a mains frequency.
type hit struct {
	lines         int
	fundamental   bool    // is one of them
	power         float64 // of the lines that stand out
	hz, strongest float64 // mains frequency and power, by the stronger of the first two lines
	line          int     // which of them that is
	channel       int
}

func (t *track) Block(b *measure.Block) {
	if !t.any || b.Discontinuity || b.PTS-t.end > detectors.Rounding {
		t.Flush(0)
		t.begin, t.heard, t.first, t.any = b.PTS, false, true, true
		for c := range t.lows {
			t.lows[c].used = 0
		}
	}
	t.end = b.End()
	for c := range b.Channels {
		t.heard = t.heard || b.Channels[c].MeanSquare() >= t.softest
	}
	if !t.heard {
		t.begin = t.end
	}
	t.keep(b)
	if len(b.Channels) == 0 || !b.Channels[0].Mains.Valid {
		return
	}
	for i := range t.mains {
		t.follow(i, t.find(b, i), b)
	}
	t.first = false
}

// keep keeps what is low in a block.
func (t *track) keep(b *measure.Block) {
	if len(b.Channels) != len(t.lows) {
		t.lows = make([]low, len(b.Channels))
	}
	t.spectrum = measure.SpectrumTime(b.SampleRate)
	for c := range b.Channels {
		t.lows[c].add(&b.Channels[c].Spectrum)
	}
}

// find looks for lines of mains i in the channel that has most of them.
func (t *track) find(b *measure.Block, i int) (best hit) {
	base := measure.MainsHz[i]
	for c := range b.Channels {
		h := hit{channel: c}
		for k, l := range b.Channels[c].Mains.Lines[i] {
			n := float64(k + 1)
			off := math.Abs(float64(l.Hz) - n*base)
			if l.Power < t.above*l.Floor || off > max(exact*n*base, leastHz) {
				continue
			}
			h.lines++
			h.fundamental = h.fundamental || k == 0
			h.power += float64(l.Power)
			if k < 2 && float64(l.Power) > h.strongest {
				h.strongest, h.hz, h.line = float64(l.Power), float64(l.Hz)/n, k
			}
		}
		// Without the fundamental, as rectifiers leave it, more must be there.
		if !h.fundamental && h.lines < 3 {
			h.lines = min(h.lines, 1)
		}
		if h.strongest > 0 && (h.lines > best.lines || h.lines == best.lines && h.power > best.power) {
			best = h
		}
	}
	return best
}

// follow scores a spectrum for mains i. One line alone says nothing: others may
// be hidden by the programme, as the level may. Nor does a line that the programme
// has moved.
func (t *track) follow(i int, h hit, b *measure.Block) {
	m := &t.mains[i]
	strongest := 10 * math.Log10(max(h.strongest, 1e-20))
	if m.stretch.Open() && m.now.spectra < settled && strongest > m.level+steady {
		m.stretch.Close() // it sets in: the spectrum reaches back to before
	}
	// Half of a spectrum's time is on either side of what it stands for.
	at := b.End() - window/2
	start := at - blockStep/2
	if m.stretch.Open() && h.lines >= 2 && strongest > m.level+steady {
		m.louder.add(start, strongest)
	} else {
		m.louder = louder{}
	}
	if m.louder.spectra > settled { // what the programme had at this frequency is no hum
		start = m.louder.start
		t.report(m, false)
		m.stretch.Close()
	}
	if !m.stretch.Open() {
		m.level, m.channel, m.line = strongest, h.channel, h.line
	}
	level := math.Inf(-1)
	if m.channel < len(b.Channels) {
		level = 10 * math.Log10(max(float64(b.Channels[m.channel].Mains.Lines[i][m.line].Power), 1e-20))
	}
	score, on := 0., false
	switch {
	case level < m.level-steady:
		score = -1
	case h.lines >= 2 && level <= m.level+steady:
		score, on = 1, true
	}
	change := m.stretch.Add(start, at+blockStep/2, score)
	if change == detectors.Began {
		m.now, m.atBegin = sums{}, t.first
		m.start = m.stretch.Start - late
	}
	m.now.all++
	if m.now.all == known {
		m.start = t.refined(m.start, m.now.channel, true)
	}
	if on {
		m.now.add(h, level)
		m.level += max(-learn, min(learn, level-m.level))
	}
	switch change {
	case detectors.Began, detectors.Extended:
		m.until = m.now
	case detectors.Ended:
		t.report(m, false)
	}
}

// blockStep is the time from one spectrum to the next.
const blockStep = 100 * time.Millisecond

func (s *sums) add(h hit, level float64) {
	s.spectra++
	s.power += h.power
	s.hz += h.hz
	s.level += level
	s.lines += h.lines
	s.channel = h.channel
}

// report reports the stretch that has ended, where it is long and loud enough.
// atEnd says that it lasts to the end of the sound.
func (t *track) report(m *mains, atEnd bool) {
	start, end := m.start, t.refined(m.stretch.End+early, m.until.channel, false)
	if m.atBegin {
		start = t.begin
	}
	if atEnd && m.stretch.End >= t.end-window/2-blockStep {
		end = t.end
	}
	n := float64(m.until.spectra)
	level := 10 * math.Log10(m.until.power/n)
	if !detectors.Lasts(end-start, t.minDuration) || level < t.level || n < bare*float64(m.until.all) {
		return
	}
	t.sink(detectors.Event{
		Kind: Hum, Stream: t.stream, Start: max(start, t.begin), End: min(end, t.end),
		Value: level, Limit: t.level, Unit: "dBFS",
		Evidence: map[string]float64{
			"mains_hz":       m.until.hz / n,
			"lines":          float64(m.until.lines) / n,
			"channel":        float64(m.until.channel),
			"strongest_dbfs": m.until.level / n,
			"share_bare":     n / float64(m.until.all),
		},
	})
}

func (t *track) Flush(time.Duration) {
	for i := range t.mains {
		if t.mains[i].stretch.Close() {
			t.report(&t.mains[i], true)
		}
	}
}

// Open reports what goes on, up to where there is evidence for it.
func (t *track) Open(time.Duration) {
	for i := range t.mains {
		if t.mains[i].stretch.Open() {
			t.report(&t.mains[i], false)
		}
	}
}
