// Package loudness measures how loud audio tracks are, by EBU R 128 and ITU-R
// BS.1770-4, and holds them against a profile where one is asked for.
package loudness

import (
	"flag"
	"math"

	"github.com/vqa-project/vqa/detectors"
	"github.com/vqa-project/vqa/detectors/measure"
)

// Kinds of events.
const (
	Integrated = "integrated" // the programme is too loud, or not loud enough
	TruePeak   = "true_peak"  // the true peak is too high
)

// Names of measures.
const (
	IntegratedLUFS   = "loudness_integrated_lufs"
	RangeLU          = "loudness_range_lu"
	MomentaryMaxLUFS = "momentary_max_lufs"
	ShortTermMaxLUFS = "short_term_max_lufs"
	TruePeakMaxDBTP  = "true_peak_max_dbtp"
)

// Detector measures loudness.
var Detector = &detectors.Detector{
	Name:  "loudness",
	Doc:   doc,
	Needs: measure.Loudness,
	Setup: setup,
}

const doc = `loudness and true peak of an audio track

Measures each track in EBU Mode (EBU Tech 3341): the integrated loudness of the
programme by ITU-R BS.1770-4, its loudness range (LRA, EBU Tech 3342), the
largest momentary (400 ms) and short-term (3 s) loudness, both refreshed every
10 ms, and the largest true peak. The figures are reported as measures, whatever
they are. What takes longer to measure than the track lasts is left out, and so
is the loudness of digital silence.

There are events only against a profile: integrated where the integrated
loudness is further than tolerance from target, and true_peak for each stretch
in which the true peak exceeds max-true-peak, joined over less than 1 s. A track
of which nothing passes the gate of -70 LUFS is silent, not too quiet.

    ebu-r128   -23 LUFS, 1 LU, -1 dBTP: EBU R 128, with its tolerance for
               programmes, such as live ones, that cannot be normalised exactly
    atsc-a85   -24 LUFS (LKFS), 2 LU, -2 dBTP: ATSC A/85
    streaming  -14 LUFS, 1 LU, -1 dBTP: what large streaming services turn
               music and video to

The options target, tolerance and max-true-peak override the profile's. Without
a profile, target and max-true-peak are held against where they are given, the
former with a tolerance of 1 LU.

Channels weigh as in BS.1770-4: 1.41 at the sides (60 to 120 degrees, where the
surround channels of 5.1 are), 0 for LFE, otherwise 1. A mono track counts as
one channel; played on two loudspeakers it is 3 LU louder.`

type options struct {
	profile                        string
	target, tolerance, maxTruePeak override
}

// limits are what a track is held against. NaN is no limit.
type limits struct {
	target, tolerance, maxTruePeak float64 // LUFS, LU, dBTP
}

const noProfile = "none"

// defaultTolerance is for a target without a profile, in LU.
const defaultTolerance = 1

func profile(name string) limits {
	switch name {
	case "ebu-r128":
		return limits{-23, 1, -1}
	case "atsc-a85":
		return limits{-24, 2, -2}
	case "streaming":
		return limits{-14, 1, -1}
	}
	return limits{math.NaN(), defaultTolerance, math.NaN()}
}

func setup(fs *flag.FlagSet) detectors.Start {
	o := &options{}
	detectors.ChoiceVar(fs, &o.profile, "profile", noProfile,
		[]string{noProfile, "ebu-r128", "atsc-a85", "streaming"}, "what to hold the loudness against, by `name`")
	overrideVar(fs, &o.target, "target", -70, 0, "integrated loudness in `LUFS` that is wanted")
	overrideVar(fs, &o.tolerance, "tolerance", 0, 50, "deviation in `LU` that is accepted")
	overrideVar(fs, &o.maxTruePeak, "max-true-peak", -70, 20, "highest true peak in `dBTP` that is accepted")
	return o.start
}

func (o *options) limits() limits {
	l := profile(o.profile)
	return limits{
		o.target.or(l.target),
		o.tolerance.or(l.tolerance),
		o.maxTruePeak.or(l.maxTruePeak),
	}
}

func (o *options) start(p measure.Program, sink detectors.Sink) (detectors.Run, error) {
	return detectors.PerAudio(p, func(s measure.Stream) *track {
		return newTrack(s, o.limits(), sink)
	})
}
