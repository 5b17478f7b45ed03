package main

import (
	"github.com/spf13/cobra"

	"github.com/vqa-project/vqa/detectors"
)

const detectHelp = `Show the detectors rows that vqa analyze --rows kept, and report what they find.
Nothing is decoded: other thresholds take seconds to try. With the options of the
run that kept the rows, they find the same.

A detector that needs what was not measured in that run is not applicable, and says
what rows do not carry.`

const detectExamples = `  vqa analyze --rows rows.parquet film.mp4
  vqa detect rows.parquet --freeze.min-duration 500ms
  vqa detect rows.parquet --detectors loudness --loudness.profile ebu-r128 --html loudness.html`

func newDetectCmd(dets []*detectors.Detector, run runFunc) *cobra.Command {
	return newWatchCmd(&cobra.Command{
		Use:     "detect [flags] ROWS...",
		Short:   "Report the defects in rows that were stored, without decoding",
		Long:    detectHelp,
		Example: detectExamples,
	}, true, dets, run)
}
