// Package flash finds sequences of flashes that can trigger photosensitive
// epilepsy.
package flash

import (
	"flag"

	"github.com/vqa-project/vqa/detectors"
	"github.com/vqa-project/vqa/detectors/measure"
)

// Kinds of events.
const (
	General = "general" // changes of luminance
	Red     = "red"     // changes to and from saturated red
	Flicker = "flicker" // changes of luma, not dangerous
)

// Detector finds dangerous flashes.
var Detector = &detectors.Detector{
	Name:  "flash",
	Doc:   doc,
	Needs: measure.Thumbs,
	Setup: setup,
}

const doc = `flashes that can trigger photosensitive epilepsy, flicker

A flash is a pair of opposing changes. More than max-rate of them within a second,
each over more than max-area of the picture, are an event, from the first change
to the last; a cut that is more than the time of one accepted flash away does not belong
to it. Kind general: changes of luminance; kind red: to and from saturated
red. Kind flicker: changes of luma by 40 code values or more, in the dark as well, which
are seen and not dangerous; it is reported where flashes of the other kinds are less than
half of it.

The profile bt1702 is ITU-R BT.1702 and Ofcom's guidance: a change of 20 cd/m2 or
more, of which the darker side is below 160 cd/m2, on a display with a white of
200 cd/m2, over a quarter of the picture. The profile wcag is WCAG 2.3.1: a change
of a tenth of the relative luminance, of which the darker side is below 0.8, over a
quarter of a window of a third of the picture's width and height, anywhere.

The picture is seen as 64x36 cells, 32x18 for red: what flashes in a finer pattern,
as stripes do, is not seen. Changes may take several pictures. A change counts
from the last extreme of each cell, and all cells that change within 180 ms in the
same direction belong together; there must be three times as many as change in
the other, since a camera that pans is no flash. Patterns that reverse are not seen
for the same reason.`

type options struct {
	profile string
	maxRate float64
	maxArea float64
}

func setup(fs *flag.FlagSet) detectors.Start {
	o := &options{}
	detectors.ChoiceVar(fs, &o.profile, "profile", "bt1702", []string{"bt1702", "wcag"}, "which rules to hold flashes against, by `name`")
	detectors.FloatVar(fs, &o.maxRate, "max-rate", 3, 1, 50, "flashes per second that are accepted")
	detectors.FloatVar(fs, &o.maxArea, "max-area", 0.25, 0.01, 1, "share of the picture, or of the window, that may flash")
	return o.start
}

func (o *options) start(p measure.Program, sink detectors.Sink) (detectors.Run, error) {
	return detectors.PerVideo(p, func(s measure.Stream) *screen { return newScreen(o, s.Index, sink) })
}
