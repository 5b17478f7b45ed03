// Package noise finds pictures with heavy noise: snow, grain, a bad link.
package noise

import (
	"flag"
	"math"
	"time"

	"github.com/vqa-project/vqa/detectors"
	"github.com/vqa-project/vqa/detectors/measure"
)

// Noise is the only kind of event.
const Noise = "noise"

// Detector finds noise.
var Detector = &detectors.Detector{
	Name:  "noise",
	Doc:   doc,
	Needs: measure.Thumbs | measure.Detail,
	Setup: setup,
}

const doc = `analogue snow, heavy grain

The level of a picture is the standard deviation, in code values of 8 bits, of white
noise that would leave as much in its quiet parts: in the fifth of the 8x8 tiles in
which the samples of a line are nearest to the mean of their neighbours, or nearest to what
they were in the picture before. A texture is not noise where it stays, or moves on; nor
is it where it is coarse: in a quarter of the picture samples must differ from their
neighbours half as much as from those 8 apart, and within an interval in an eighth, as
there may be a texture as well as noise. Black and white are left out, and a
picture of little else has no level; one that is shown again has that of the one before.

An interval lasts min-duration or longer with a level of at least limit, but for
dips of less than 0.25 s, and value is the mean. A level that rises to three times as
much from one picture of a scene to the next counts from 0.4 of the limit on. The stream
as a whole has a median and a 95th percentile.

Film, studio and phone cameras, coded as broadcast or for the web, have a level below
1, and raw pictures of small cameras up to 1.5; a coder at a low rate takes noise away.
The default limit is above: a signal-to-noise ratio of 40 dB, at which noise is seen on
every wall. Grain as heavy as that is reported, whether it was meant or not.`

// dip is how long the level may be below the limit within an interval.
const dip = 250 * time.Millisecond

const (
	// A picture whose level is rise times that of those just before is noisy
	// from a share of the limit on.
	sudden = 0.4
	rise   = 3
)

type options struct {
	minDuration time.Duration
	limit       float64
}

func setup(fs *flag.FlagSet) detectors.Start {
	o := &options{}
	detectors.DurationVar(fs, &o.minDuration, "min-duration", time.Second, 0, time.Hour,
		"how long the noise must last")
	detectors.FloatVar(fs, &o.limit, "limit", 2.5, 0.5, 20,
		"standard deviation in 8 bit `codes` from which noise is reported")
	return o.start
}

func (o *options) start(p measure.Program, sink detectors.Sink) (detectors.Run, error) {
	return detectors.PerVideo(p, func(s measure.Stream) *track {
		t := &track{stream: s.Index, sink: sink, all: detectors.NewHistogram(1./8, 34)}
		t.Scored = detectors.Scored{
			Limit: o.limit, MinDuration: o.minDuration, Dip: dip, Sudden: sudden,
			Rises:  func(v, before float64) bool { return v >= rise*before },
			Report: t.report,
		}
		return t
	})
}

const (
	flat = 0.2 // share of the tiles that are taken for flat

	// To judge a picture by: of all tiles, those neither black nor white.
	leastTiles = 32
	leastShare = 0.3

	// whiteRegions is the share of regions that must be white: whose residue at
	// distance 1 is at least white of that at distance 8. Where there was noise
	// in the picture before it is stillWhite.
	whiteRegions = 0.25
	stillWhite   = 0.125
	white        = 0.5

	// residue of white noise with a standard deviation of 1: a sample less the
	// mean of two others deviates by sqrt(1.5), of which the mean is sqrt(2/pi).
	residue = 0.977
)

// level returns the level of noise of a picture, of whose regions a share must be white,
// and whether it can be told.
func level(d *measure.DetailRow, share float64) (float64, bool) {
	if !d.Compared || d.Tiles < leastTiles || float64(d.Tiles) < leastShare*tilesOf(d) {
		return 0, false
	}
	regions, whites := 0, 0
	for y := range d.Regions {
		for x := range d.Regions[y] {
			r := &d.Regions[y][x]
			if r.Tiles == 0 {
				continue
			}
			regions++
			if r.Residues[0] >= white*r.Residues[measure.Scales-1] && r.Residues[0] > 0 {
				whites++
			}
		}
	}
	if float64(whites) < share*float64(regions) {
		return 0, true
	}
	want := flat * float64(d.Tiles)
	for i, n := range d.Noise {
		if float64(n) >= want {
			return (float64(i) + want/float64(n)) / 4 / residue, true
		}
		want -= float64(n)
	}
	return 0, false
}

// tilesOf returns about how many tiles a picture has: contours are looked for in 3
// places for each of the 8 columns of a tile.
func tilesOf(d *measure.DetailRow) float64 { return float64(d.Places) / (3 * measure.BlockSize) }

// repeats reports whether a picture may be that before, shown again: nothing changes.
func repeats(d *measure.DetailRow) bool { return d.Noise[0] == d.Tiles }

// maxRepeats is how often a picture may be shown again and keep its level.
const maxRepeats = 5

// A track follows one video stream.
type track struct {
	detectors.Scored
	stream int
	sink   detectors.Sink
	all    *detectors.Histogram

	last    float64 // level, of the picture that is repeated
	repeats int
}

func (t *track) Picture(p *measure.Picture) {
	if p.Discontinuity {
		t.Discontinue()
	}
	share := whiteRegions
	if t.Within() {
		share = stillWhite
	}
	v, known := level(&p.Detail, share)
	if known {
		if t.repeats++; !repeats(&p.Detail) || t.repeats > maxRepeats {
			t.repeats, t.last = 0, v
		}
		v = t.last
		t.all.Add(v)
	}
	t.Add(p, v, known)
}

func (t *track) report(start, end time.Duration) {
	t.sink(detectors.Event{
		Kind: Noise, Stream: t.stream, Start: start, End: end,
		Value: t.Mean(), Limit: t.Limit, Unit: "codes", Worst: t.WorstAt,
		Evidence: map[string]float64{
			"level_max_codes": t.Worst,
			"snr_db":          20 * math.Log10(255/t.Mean()),
			"pictures":        float64(t.Pictures),
		},
	})
}

// Measures returns the level of the whole stream.
func (t *track) Measures() []detectors.Measure {
	return []detectors.Measure{
		{Stream: t.stream, Name: "noise_median_codes", Value: t.all.Quantile(0.5)},
		{Stream: t.stream, Name: "noise_p95_codes", Value: t.all.Quantile(0.95)},
	}
}
