package main

import (
	"encoding/json"
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"github.com/vqa-project/vqa/analyze"
	"github.com/vqa-project/vqa/analyze/report"
	"github.com/vqa-project/vqa/analyze/store"
	"github.com/vqa-project/vqa/cmd/vqa/bench"
	"github.com/vqa-project/vqa/detectors"
)

const stagedHelp = `Analyse CLIP as a serverless design would, through a bucket of S3: for each second
of it, a state machine has the converter write pictures and sound to the bucket,
and each detector read them back. It prints what was counted and what was found.

It is what vqa bench measures as its variant staged.`

// newStagedCmd is not listed: it serves [bench.Run], which measures processes.
func newStagedCmd(dets []*detectors.Detector) *cobra.Command {
	var names []string
	var bucket string
	var o analyze.Options
	cmd := &cobra.Command{
		Use:    "staged [flags] CLIP",
		Short:  "Analyse a clip through object storage, step by step",
		Long:   stagedHelp,
		Hidden: true,
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) != 1 || bucket == "" {
				return usagef("", "name one CLIP, and a --bucket")
			}
			chosen, err := choose(configure(dets), names)
			if err != nil {
				return err
			}
			for _, c := range chosen {
				o.Detectors = append(o.Detectors, c.detector())
			}
			b, err := store.OpenBucket(cmd.Context(), bucket)
			if err != nil {
				return err
			}
			var out bench.Staged
			o.Inputs, o.Tool = args, tool()
			o.Writer = report.Gather(func(d *report.Document) error { out.Document = d; return nil })
			// By process, so that two at the same time keep apart.
			out.Counts, err = analyze.Staged(cmd.Context(), o, b, fmt.Sprintf("vqa-bench/%d/", os.Getpid()))
			if err != nil {
				return err
			}
			return json.NewEncoder(cmd.OutOrStdout()).Encode(out)
		},
	}
	cmd.Flags().StringSliceVar(&names, "detectors", nil, "use only these `detectors` (default all)")
	cmd.Flags().StringVar(&bucket, "bucket", "", "keep pictures and sound in the bucket of this `name`")
	cmd.Flags().IntVar(&o.Media.Threads, "threads", 2, "decode with `N` threads")
	return cmd
}
