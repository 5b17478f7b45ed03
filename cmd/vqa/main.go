// Command vqa decodes video once, measures it, and reports its defects.
package main

import (
	"context"
	"errors"
	"os"
	"os/signal"
	"slices"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"github.com/vqa-project/vqa/analyze"
	"github.com/vqa-project/vqa/analyze/compare"
	"github.com/vqa-project/vqa/analyze/store"
	"github.com/vqa-project/vqa/detectors"
	"github.com/vqa-project/vqa/detectors/all"
)

func main() {
	ctx, stop := interruptible()
	root := newRootCmd(all.Groups())
	err := root.ExecuteContext(ctx)
	stop()
	printError(root.ErrOrStderr(), err)
	os.Exit(exitCode(err))
}

// again is how long after a signal a second one is taken for the same: timeout(1)
// sends its signal to the program, and then to all of its group.
const again = time.Second

// interruptible returns a context that ends with the first signal to end. A later
// one kills.
func interruptible() (context.Context, context.CancelFunc) {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, func() { time.AfterFunc(again, stop) })
	return ctx, stop
}

// exitCodes are those of errors, from what counts least to what counts most where
// several are joined.
var exitCodes = []int{0, 3, 4, 1, 2, 130}

func exitCode(err error) int {
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		worst := 0
		for _, err := range joined.Unwrap() {
			if code := exitCode(err); slices.Index(exitCodes, code) > slices.Index(exitCodes, worst) {
				worst = code
			}
		}
		return worst
	}
	var usage *usageError
	var defects *defectsError
	var waiting *store.WaitingError
	switch {
	case err == nil:
		return 0
	case errors.Is(err, context.Canceled):
		return 130
	case errors.As(err, &usage):
		return 2
	case errors.As(err, &defects):
		return 3
	case errors.As(err, &waiting) && waiting.Unreachable:
		return 4
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
  4    results for a bucket that could not be reached wait; see vqa spool
  130  interrupted; what was found until then is written`

func newRootCmd(groups []all.Group) *cobra.Command {
	var dets []*detectors.Detector
	for _, g := range groups {
		dets = append(dets, g.Detectors...)
	}
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
		newDetectorsCmd(groups),
		newReportCmd(),
		newSpoolCmd(),
		newStagedCmd(dets),
		newVersionCmd(),
	)
	return cmd
}
