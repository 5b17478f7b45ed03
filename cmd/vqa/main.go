// Command vqa decodes video once, measures it, and reports its defects.
package main

import (
	"context"
	"errors"
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/vqa-project/vqa/analyze"
	"github.com/vqa-project/vqa/analyze/compare"
	"github.com/vqa-project/vqa/detectors"
	"github.com/vqa-project/vqa/detectors/all"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second signal kills
	root := newRootCmd(all.Detectors())
	err := root.ExecuteContext(ctx)
	stop()
	printError(root.ErrOrStderr(), err)
	os.Exit(exitCode(err))
}

func exitCode(err error) int {
	var usage *usageError
	var defects *defectsError
	switch {
	case err == nil:
		return 0
	case errors.Is(err, context.Canceled):
		return 130
	case errors.As(err, &usage):
		return 2
	case errors.As(err, &defects):
		return 3
	}
	return 1
}

const rootHelp = `vqa decodes video and sound once, measures every picture and every 10 ms of
sound, and reports each defect as an interval of media time.

Results go to standard output or the files named, everything else to standard
error.

Exit status:
  0    done, whatever was found
  1    an input could not be read to its end, or results could not be written
  2    wrong usage
  3    defects were found that --fail-on or a limit names
  130  interrupted; what was found until then is written`

func newRootCmd(dets []*detectors.Detector) *cobra.Command {
	cmd := &cobra.Command{
		Use:           "vqa",
		Short:         "Find defects in audio and video",
		Long:          rootHelp,
		SilenceUsage:  true,
		SilenceErrors: true,
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				return cmd.Help()
			}
			hint := "see `vqa --help`"
			if near := cmd.SuggestionsFor(args[0]); len(near) > 0 {
				hint = "did you mean `vqa " + near[0] + "`?"
			}
			return usagef(hint, "unknown command %q", args[0])
		},
		Args: cobra.ArbitraryArgs, // so that RunE is asked about unknown commands
	}
	cmd.SuggestionsMinimumDistance = 2
	cmd.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error {
		return &usageError{err: flagError("--", err), hint: "see `" + cmd.CommandPath() + " --help`"}
	})
	cmd.AddCommand(
		newAnalyzeCmd(dets, analyze.Run),
		newBenchCmd(dets),
		newCompareCmd(compare.Run),
		newCostCmd(),
		newDetectCmd(dets, analyze.Detect),
		newDetectorsCmd(dets),
		newReportCmd(),
		newStagedCmd(dets),
		newVersionCmd(),
	)
	return cmd
}
