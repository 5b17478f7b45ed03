// Package channels finds channels of an audio track that are missing, and
// tracks that play on one side.
package channels

import (
	"flag"
	"time"

	"github.com/vqa-project/vqa/detectors"
	"github.com/vqa-project/vqa/detectors/measure"
)

// Kinds of events.
const (
	Dead     = "dead_channel" // nothing on one side, while the other plays
	Balance  = "balance"      // one side much louder than the other
	DualMono = "dual_mono"    // both sides the same
	Layout   = "layout"       // not as many channels as the layout has
)

// Detector finds channels that are missing.
var Detector = &detectors.Detector{
	Name:  "channels",
	Doc:   doc,
	Needs: measure.Levels | measure.Products,
	Setup: setup,
}

const doc = `missing channels of an audio track

The left and the right channel of each pair of a layout (front, side, back) are
held against each other, over 10 ms:

    dead_channel  one channel is below level while the other is above -50 dBFS
                  and 30 dB louder, for min-duration. At the sides and in the
                  back, where an effect may well come from one side alone, it
                  takes 5 times as long.
    balance       one channel is louder than the other by more than balance
                  almost all the time, for balance-duration; front pairs only
    dual_mono     both channels are the same, to -60 dB, for min-duration; with
                  the option dual-mono, since most speech is made so
    layout        the number of channels is not that of the layout which the
                  stream was announced with

Centre, LFE, and pairs of which both are silent are never dead: films leave them
empty for long. But up to 0.5 s of silence before the first sound, or after the last,
are taken for what they are next to. The value is the difference of levels in dB (at most 100), the
number of channels for layout.

The defaults of level and min-duration are those of silence. A channel that
leaks from the other through a coder or a desk is still dead, hence the limits
are relative as well. A voice at one side of a stage is 12 dB to 15 dB louder
there: the default of balance is above.`

type options struct {
	minDuration, balanceDuration time.Duration
	level, balance               float64
	dualMono                     bool
}

func setup(fs *flag.FlagSet) detectors.Start {
	o := &options{}
	detectors.DurationVar(fs, &o.minDuration, "min-duration", 2*time.Second, 100*time.Millisecond, time.Hour,
		"how long a channel must be dead")
	detectors.FloatVar(fs, &o.level, "level", -60, -144, -50,
		"loudest dead channel, in `dBFS`")
	detectors.FloatVar(fs, &o.balance, "balance", 18, 3, 100,
		"largest difference of levels between left and right, in `dB`")
	detectors.DurationVar(fs, &o.balanceDuration, "balance-duration", 10*time.Second, 100*time.Millisecond, time.Hour,
		"how long one side must be louder")
	fs.BoolVar(&o.dualMono, "dual-mono", false, "report stereo of which both channels are the same")
	return o.start
}

func (o *options) start(p measure.Program, sink detectors.Sink) (detectors.Run, error) {
	return detectors.PerAudio(p, func(s measure.Stream) *track {
		return newTrack(*o, s, sink)
	})
}
