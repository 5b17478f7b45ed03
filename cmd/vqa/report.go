package main

import (
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"

	"github.com/vqa-project/vqa/analyze"
	"github.com/vqa-project/vqa/analyze/media"
	"github.com/vqa-project/vqa/analyze/report"
)

const reportHelp = `Write results again in another form. A RESULT is what vqa analyze --json or
--ndjson wrote, or - for standard input.

A page (--html) has plots where the results do: vqa analyze --plots puts them there.
Pictures beside events are taken from the input, where it still is where it was.`

const reportExamples = `  vqa analyze --ndjson run.ndjson --plots film.mp4
  vqa report run.ndjson --html report.html
  vqa report night/*.json --junit junit.xml`

func newReportCmd() *cobra.Command {
	var o outputs
	var threads int
	cmd := &cobra.Command{
		Use:     "report [flags] RESULT...",
		Short:   "Write results again, as a page, a table, JUnit XML or CSV",
		Long:    reportHelp,
		Example: reportExamples,
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				return usagef("name a file, or see `vqa report --help`", "no RESULT")
			}
			files, err := expand(args)
			if err != nil {
				return err
			}
			if err := o.check(files); err != nil {
				return err
			}
			o.illustrate = func(d *report.Document) {
				analyze.Illustrate(cmd.Context(), d, media.Options{Threads: threads, Objects: openObject})
			}
			stdout := cmd.OutOrStdout()
			writer, err := o.open(stdout, columns(stdout))
			if err != nil {
				return err
			}
			var errs []error
			for _, name := range files {
				errs = append(errs, readResults(cmd.InOrStdin(), name, writer))
			}
			return errors.Join(append(errs, writer.Close())...)
		},
	}
	cmd.Flags().SortFlags = false
	o.flags(cmd.Flags())
	cmd.Flags().IntVar(&threads, "threads", 2, "decode pictures with `N` threads")
	return cmd
}

// readResults gives the writer what is in a file. What comes before an error
// is written.
func readResults(stdin io.Reader, name string, w report.Writer) error {
	in := stdin
	if name != stdio {
		f, err := os.Open(name)
		if err != nil {
			return fmt.Errorf("opening %q: %w", name, errors.Unwrap(err))
		}
		defer f.Close()
		in = f
	}
	if err := report.Read(in, w.Write); err != nil {
		return fmt.Errorf("%q: %w", name, err)
	}
	return nil
}
