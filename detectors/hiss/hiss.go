// Package hiss finds noise that lies over a programme.
package hiss

import (
	"flag"
	"math"
	"time"

	"github.com/vqa-project/vqa/detectors"
	"github.com/vqa-project/vqa/detectors/measure"
)

// Hiss is the kind of events.
const Hiss = "hiss"

// Detector finds hiss.
var Detector = &detectors.Detector{
	Name:  "hiss",
	Doc:   doc,
	Needs: measure.Spectrum,
	Setup: setup,
}

const doc = `hiss

A floor of noise from 2 kHz up to 12 kHz, or to what the sample rate can hold,
that is always there and keeps its level for min-duration: no 10 ms are more
quiet, and between the sounds of the programme it is all that there is. The
value is the level that white noise of this floor has in 20 kHz, in the channel
with most of it.

Rooms, streets and crowds are softer towards high frequencies and swell; sea,
applause, strings and cymbals are not steady, so that the levels of their softest
moments have no sharp lower edge (foot_db, between their quantiles of 2 % and 20 %),
and their level varies more (deviation_db); a buzz has a level that does not vary at all. Steady rain close to the microphone, a waterfall and a
ventilator are hiss to a listener, too. So is the noise of old film and tape,
which is reported with its level.

The default of level is above what any quiet room or good microphone leaves in a
programme at broadcast level (-60 dBFS), and below the -45 dBFS at which people
begin to complain. At sample rates below 26 kHz, what tells hiss from a room is not
there: it must be louder by 8 dB for each octave below 12 kHz that is missing, by
16 dB at 8 kHz. The floors of films, talks and rooms, recorded without a coder's low
pass, fall by 4 dB to 12 dB there.`

type options struct {
	minDuration time.Duration
	level       float64 // dBFS
}

func setup(fs *flag.FlagSet) detectors.Start {
	o := &options{}
	detectors.DurationVar(fs, &o.minDuration, "min-duration", 3*time.Second, 500*time.Millisecond, time.Hour,
		"how long it must hiss")
	detectors.FloatVar(fs, &o.level, "level", -50, -100, 0,
		"softest hiss, in `dBFS`")
	return o.start
}

func (o *options) start(p measure.Program, sink detectors.Sink) (detectors.Run, error) {
	return detectors.PerAudio(p, func(s measure.Stream) *track {
		return &track{options: *o, stream: s.Index, sink: sink, voice: voice{stretch: detectors.Stretch{Patience: patience}}}
	})
}

const (
	// lowestHz and highShare limit the bands that are looked at: below are
	// voices, and close to half the sample rate are the slopes of filters.
	lowestHz  = 2000
	highestHz = 12000
	highShare = 0.46

	// band is the width, in Hz, for which a level is told.
	band = 20000

	// within is how far, in dB, the floor of one block is from that of all,
	// as long as there is nothing but hiss.
	within = 3

	// onset is how far, in dB, a floor that has just begun is softer where it
	// is but half in the spectrum. Less is chance.
	onset = 6

	// moment is how close to the begin or end of the sound hiss is from there.
	moment = 50 * time.Millisecond

	// steepness is how much the noise of rooms and streets falls, in dB for each
	// octave. Where the sample rate leaves no high frequencies to tell it by,
	// hiss must be as much louder.
	steepness = 8

	// learn is by how much, in dB, each block moves the floor at most, and
	// learnFirst by how much all before it together did: the first block may be
	// of chance.
	learn, learnFirst = 0.02, 1

	// settled is how many blocks on it tell where the floor is.
	settled = 5

	// A block below the floor counts against as many blocks on it as weight,
	// and patience of these end a stretch.
	weight, patience = 4, 60

	// onFloor is the share of blocks that are on the floor: in the others,
	// the programme is louder.
	onFloor = 0.25

	// Where less than bare of the blocks are on the floor, their standard
	// deviation is spread, in dB, at most: that of steady noise, in the
	// softest of six bands, is 0.8 dB, while a sound that swells passes
	// through all of twice within.
	bare, spread = 0.45, 1.1

	// Where plain of the blocks or more are on the floor, there is hardly
	// anything else, so that it is at most as little more: 1.0 dB behind coders,
	// and 1.2 dB or more of cymbals and soft strings. Of a tone with many harmonics,
	// it is none at all.
	plain, plainSpread, leastSpread = 0.8, 1.15, 0.3

	// steep is how far, in dB, the softest fifth of all blocks reaches down,
	// but for their softest tenth: of steady noise up to 1.6, whatever else
	// is heard, and of strings, cymbals and machines 1.75 or more.
	steep = 1.7
	// The levels of blocks are counted in steps from lowestLevel to 0 dBFS.
	lowestLevel = -110
	stepsPerDB  = 8
	levelSteps  = -lowestLevel * stepsPerDB
)

// A track follows one audio stream.
type track struct {
	options
	stream int
	sink   detectors.Sink
	voice  voice

	begin, end time.Duration // of the sound, up to now
	any        bool
	first      float64 // level of the first spectrum; NaN before it
	limit      float64 // level at this sample rate
}

// A voice follows the floor.
type voice struct {
	stretch    detectors.Stretch
	floor      float64 // dBFS
	now, until sums

	// hidden is when the programme that has been louder ever since the end
	// of the stretch was last heard; 0 where a block was below the floor.
	hidden time.Duration
}

// sums are over blocks on the floor; all is the number of others, too.
type sums struct {
	level, squares float64
	blocks, all    int
	levels         [levelSteps]uint32 // of all blocks, from lowestLevel on
}

// add counts the level of a block.
func (s *sums) add(level float64) {
	i := int((level - lowestLevel) * stepsPerDB)
	s.levels[max(0, min(i, levelSteps-1))]++
	s.all++
}

// quantile returns the level that a share of all blocks is below.
func (s *sums) quantile(share float64) float64 {
	n := 0.
	for i, count := range s.levels {
		if n += float64(count); n >= share*float64(s.all) {
			return lowestLevel + (float64(i)+0.5)/stepsPerDB
		}
	}
	return 0
}

func (t *track) Block(b *measure.Block) {
	if !t.any || b.Discontinuity {
		t.Flush(0)
		t.begin, t.any, t.first = b.PTS, true, math.NaN()
	}
	t.end = b.End()
	level, edge := floor(b)
	if edge == 0 {
		return
	}
	if math.IsNaN(t.first) {
		t.first = level
	}
	t.limit = t.level + steepness*math.Log2(highestHz/edge)
	v := &t.voice
	young := v.now.blocks < settled
	setsIn := young && level > v.floor+within
	if v.stretch.Open() && setsIn && level > v.floor+onset {
		v.stretch.Close() // the spectrum reaches back to before
	}
	// The first block may be louder by chance, too.
	if !v.stretch.Open() || setsIn || young && level < v.floor-within && level > v.floor-onset {
		v.floor = level
	}
	score := 0.
	on := false
	switch {
	case level < t.limit || level < v.floor-within:
		score = -weight
	case level <= v.floor+within:
		score, on = 1, true
	}
	// A block's spectrum reaches back further than the block.
	lag := (measure.SpectrumTime(b.SampleRate) - b.Duration) / 2
	change := v.stretch.Add(b.PTS-lag, b.End()-lag, score)
	if change == detectors.Began {
		v.now = sums{}
	}
	v.now.add(level)
	if on {
		v.now.level += level
		v.now.squares += level * level
		v.now.blocks++
		most := max(learn, learnFirst/float64(v.now.blocks))
		v.floor += max(-most, min(most, level-v.floor))
	}
	switch change {
	case detectors.Began, detectors.Extended:
		v.until, v.hidden = v.now, b.End()
	case detectors.Ended:
		t.report(v.stretch.End)
	}
	switch {
	case score < 0:
		v.hidden = 0
	case v.hidden > 0:
		v.hidden = b.End()
	}
}

// floor returns the level, in 20 kHz, of white noise that fits under the
// spectrum, in the channel with most of it, and up to which frequency that was
// looked at: 0 where there is no spectrum.
func floor(b *measure.Block) (level, edge float64) {
	most := 0.
	for c := range b.Channels {
		row := &b.Channels[c].Spectrum
		if !row.Valid {
			continue
		}
		least := math.Inf(1)
		for i, power := range row.Bands {
			low, high := measure.BandEdges(i)
			if low < lowestHz || high > highestHz || high > highShare*float64(b.SampleRate) {
				continue
			}
			least = min(least, float64(power)/(high-low))
			edge = max(edge, high)
		}
		if !math.IsInf(least, 1) {
			most = max(most, least*band)
		}
	}
	return 10 * math.Log10(max(most, 1e-20)), edge
}

// report reports the stretch that has ended, up to end, where it is long
// enough and nothing but noise.
func (t *track) report(end time.Duration) {
	start, found := t.voice.stretch.Start, t.voice.until
	if start-t.begin <= moment && t.first >= found.level/float64(found.blocks)-within {
		start = t.begin // as far back as the first spectrum reaches
	}
	if t.end-end <= moment { // a moment of chance is no end
		end = t.end
	}
	n := float64(found.blocks)
	mean := found.level / n
	deviation := math.Sqrt(max(0, found.squares/n-mean*mean))
	share := n / float64(found.all)
	foot := found.quantile(0.2) - found.quantile(0.02)
	if !detectors.Lasts(end-start, t.minDuration) || share < onFloor || foot > steep || deviation < leastSpread ||
		share < bare && deviation > spread || share >= plain && deviation > plainSpread {
		return
	}
	t.sink(detectors.Event{
		Kind: Hiss, Stream: t.stream, Start: start, End: end,
		Value: mean, Limit: t.limit, Unit: "dBFS",
		Evidence: map[string]float64{"share_bare": share, "deviation_db": deviation, "foot_db": foot},
	})
}

func (t *track) Flush(time.Duration) {
	if v := &t.voice; v.stretch.Close() {
		t.report(max(v.stretch.End, v.hidden))
	}
}

// Open reports what goes on, up to where there is evidence for it.
func (t *track) Open(time.Duration) {
	if v := &t.voice; v.stretch.Open() {
		t.report(v.stretch.End)
	}
}
