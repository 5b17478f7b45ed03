// Package all lists all detectors.
package all

import (
	"github.com/vqa-project/vqa/detectors"
	"github.com/vqa-project/vqa/detectors/black"
	"github.com/vqa-project/vqa/detectors/blockiness"
	"github.com/vqa-project/vqa/detectors/corruption"
	"github.com/vqa-project/vqa/detectors/freeze"
	"github.com/vqa-project/vqa/detectors/loudness"
	"github.com/vqa-project/vqa/detectors/silence"
	"github.com/vqa-project/vqa/detectors/timestamps"
)

// Detectors returns all detectors, in the order in which they are listed to
// people.
func Detectors() []*detectors.Detector {
	return []*detectors.Detector{
		freeze.Detector,
		black.Detector,
		corruption.Detector,
		blockiness.Detector,
		silence.Detector,
		loudness.Detector,
		timestamps.Detector,
	}
}
