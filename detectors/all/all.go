// Package all lists all detectors.
package all

import (
	"github.com/vqa-project/vqa/detectors"
	"github.com/vqa-project/vqa/detectors/avsync"
	"github.com/vqa-project/vqa/detectors/banding"
	"github.com/vqa-project/vqa/detectors/black"
	"github.com/vqa-project/vqa/detectors/blockiness"
	"github.com/vqa-project/vqa/detectors/blur"
	"github.com/vqa-project/vqa/detectors/cadence"
	"github.com/vqa-project/vqa/detectors/channels"
	"github.com/vqa-project/vqa/detectors/chroma"
	"github.com/vqa-project/vqa/detectors/click"
	"github.com/vqa-project/vqa/detectors/clipping"
	"github.com/vqa-project/vqa/detectors/complexity"
	"github.com/vqa-project/vqa/detectors/corruption"
	"github.com/vqa-project/vqa/detectors/dropout"
	"github.com/vqa-project/vqa/detectors/flash"
	"github.com/vqa-project/vqa/detectors/freeze"
	"github.com/vqa-project/vqa/detectors/hiss"
	"github.com/vqa-project/vqa/detectors/hls"
	"github.com/vqa-project/vqa/detectors/hum"
	"github.com/vqa-project/vqa/detectors/interlace"
	"github.com/vqa-project/vqa/detectors/letterbox"
	"github.com/vqa-project/vqa/detectors/levels"
	"github.com/vqa-project/vqa/detectors/loudness"
	"github.com/vqa-project/vqa/detectors/noise"
	"github.com/vqa-project/vqa/detectors/phase"
	"github.com/vqa-project/vqa/detectors/silence"
	"github.com/vqa-project/vqa/detectors/timestamps"
	"github.com/vqa-project/vqa/detectors/tone"
	"github.com/vqa-project/vqa/detectors/ts"
	"github.com/vqa-project/vqa/detectors/uniform"
)

// A Group is detectors that look at the same thing.
type Group struct {
	Name      string
	Detectors []*detectors.Detector
}

// Groups returns all detectors, in the order in which they are listed to people.
func Groups() []Group {
	return []Group{
		{"picture", []*detectors.Detector{
			freeze.Detector,
			black.Detector,
			uniform.Detector,
			letterbox.Detector,
			interlace.Detector,
			cadence.Detector,
			flash.Detector,
			levels.Detector,
			chroma.Detector,
			blur.Detector,
			noise.Detector,
			banding.Detector,
			blockiness.Detector,
			complexity.Detector,
		}},
		{"sound", []*detectors.Detector{
			silence.Detector,
			loudness.Detector,
			clipping.Detector,
			dropout.Detector,
			click.Detector,
			phase.Detector,
			channels.Detector,
			hum.Detector,
			hiss.Detector,
			tone.Detector,
		}},
		{"sync", []*detectors.Detector{
			timestamps.Detector,
			avsync.Detector,
		}},
		{"transport", []*detectors.Detector{
			corruption.Detector,
			ts.Detector,
			hls.Detector,
		}},
	}
}

// Detectors returns the detectors of all groups.
func Detectors() []*detectors.Detector {
	var out []*detectors.Detector
	for _, g := range Groups() {
		out = append(out, g.Detectors...)
	}
	return out
}
