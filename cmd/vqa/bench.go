package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/vqa-project/vqa/analyze/report"
	"github.com/vqa-project/vqa/cmd/vqa/bench"
	"github.com/vqa-project/vqa/costmodel"
	"github.com/vqa-project/vqa/detectors"
)

const benchHelp = `Measure what vqa takes on this machine: each variant runs each CLIP in a process of its
own, one at a time and in turns, and figures are medians over the runs of all clips
together. The clips must be of one size and rate.

  decode         decoding alone
  inprocess      all detectors, as vqa analyze
  staged         the same as a serverless design does it: a state machine has a
                 converter write each second to S3, and each detector read it back
  ffmpeg-decode  decoding alone, by the ffmpeg tool
  ffmpeg         the ffmpeg tool with its filters of the same purpose:
                 freezedetect, blackdetect, blockdetect, blurdetect, idet,
                 cropdetect, signalstats, photosensitivity, silencedetect,
                 ebur128 (with true peak), astats

The variant staged needs --bucket, and an S3 server that is found as the AWS tools
find it (AWS_ENDPOINT_URL_S3, AWS_REGION, AWS_ACCESS_KEY_ID ...). Beside CPU and
memory it counts state transitions, requests and bytes, and what it finds must be
what one process finds.

With --out it writes a profile, which vqa cost --profile reads.`

const benchExamples = `  vqa bench clip.ts
  vqa bench clip.ts --variants decode,inprocess --runs 9 --out profile.json
  scripts/s3.sh vqa bench clip.ts --bucket vqa --out profile.json
  vqa cost --streams 1000 --profile profile.json`

func newBenchCmd(dets []*detectors.Detector) *cobra.Command {
	var o bench.Options
	var out string
	cmd := &cobra.Command{
		Use:     "bench [flags] CLIP...",
		Short:   "Measure what a stream takes on this machine",
		Long:    benchHelp,
		Example: benchExamples,
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				return usagef("see `vqa bench --help`", "no CLIP")
			}
			o.Clips = args
			if err := prepareBench(&o, dets, out); err != nil {
				return err
			}
			if stderr := cmd.ErrOrStderr(); isTerminal(stderr) {
				o.Progress = func(done, of int) { fmt.Fprintf(stderr, "\r\x1b[Krun %d of %d", done, of) }
				defer fmt.Fprint(stderr, "\r\x1b[K")
			}
			profile, err := bench.Run(cmd.Context(), o)
			if err != nil {
				return err
			}
			return writeProfile(cmd.OutOrStdout(), profile, out)
		},
	}
	flags := cmd.Flags()
	flags.StringSliceVar(&o.Variants, "variants", nil, "measure these `variants` (default all; staged with --bucket, those of ffmpeg where it is installed)")
	flags.StringVar(&o.Bucket, "bucket", "", "for staged: keep pictures and sound in the bucket of this `name`")
	flags.StringSliceVar(&o.Detectors, "detectors", nil, "use only these `detectors` (default all)")
	flags.IntVar(&o.Runs, "runs", 5, "take medians of `N` runs, after one more to warm up")
	flags.IntVar(&o.Threads, "threads", 2, "decode with `N` threads in all variants")
	flags.StringVar(&out, "out", "", "write the profile to `FILE`; - for standard output, instead of a table")
	for flag, complete := range map[string]cobra.CompletionFunc{
		"variants":  cobra.FixedCompletions(bench.Variants(), cobra.ShellCompDirectiveNoFileComp),
		"detectors": completeNames(dets),
	} {
		if err := cmd.RegisterFlagCompletionFunc(flag, complete); err != nil {
			panic(err) // the flag is declared above
		}
	}
	return cmd
}

// prepareBench checks the options and fills in what follows from the machine.
func prepareBench(o *bench.Options, dets []*detectors.Detector, out string) error {
	for _, check := range []error{
		atLeast("--runs", o.Runs, 1),
		atLeast("--threads", o.Threads, 1),
		checkNames("--detectors", configure(dets), o.Detectors),
	} {
		if check != nil {
			return check
		}
	}
	for _, clip := range o.Clips {
		if out != "" && out != stdio && sameFile(out, clip) {
			return usagef("", "--out would overwrite the input %q", clip)
		}
	}
	_, err := exec.LookPath("ffmpeg")
	installed := err == nil
	if o.Variants == nil {
		o.Variants = slices.DeleteFunc(bench.Variants(), func(v string) bool {
			return bench.NeedsFFmpeg(v) && !installed || v == costmodel.BenchStaged && o.Bucket == ""
		})
	}
	for i, v := range o.Variants {
		switch {
		case !slices.Contains(bench.Variants(), v):
			return usagef("known are "+strings.Join(bench.Variants(), ", "), "--variants: unknown variant %q", v)
		case v == costmodel.BenchStaged && o.Bucket == "":
			return usagef("name one of S3 with --bucket; `scripts/s3.sh vqa bench --bucket vqa ...` of the repository starts a server on this machine", "--variants: %q needs a bucket", v)
		case slices.Contains(o.Variants[:i], v):
			return usagef("", "--variants names %q twice", v)
		case bench.NeedsFFmpeg(v) && !installed:
			return usagef("install it, or leave the variant out", "--variants: %q needs the ffmpeg tool, which is not installed", v)
		}
	}
	if o.Program, err = os.Executable(); err != nil {
		return fmt.Errorf("finding this program: %w", err)
	}
	o.Name = os.Args[0]
	o.Tool = "vqa " + tool().Version
	o.Date = time.Now().UTC().Format(time.DateOnly)
	return nil
}

func writeProfile(stdout io.Writer, p *costmodel.Profile, path string) error {
	text, err := json.MarshalIndent(p, "", "  ")
	if err != nil {
		return err
	}
	text = append(text, '\n')
	if path == stdio {
		_, err := stdout.Write(text)
		return err
	}
	if path != "" {
		f, err := report.Create(path)
		if err != nil {
			return fmt.Errorf("--out: %w", err)
		}
		_, err = f.Write(text)
		if err := errors.Join(err, f.Close()); err != nil {
			return fmt.Errorf("--out: %w", err)
		}
	}
	return printProfile(stdout, p)
}

func printProfile(w io.Writer, p *costmodel.Profile) error {
	when := ""
	if p.Date != "" {
		when = p.Date + ", "
	}
	fmt.Fprintf(w, "%s: %.1f s, %s %dx%d, %.4g pictures/s, %.1f Mbit/s; %d detectors, %d decoder threads, medians of %d runs\n%son %s\n\n",
		report.Printable(p.Clip.Name), p.Clip.DurationS, p.Clip.Codec, p.Clip.Width, p.Clip.Height, p.Clip.FPS, p.Clip.BitRate/1e6,
		len(p.Detectors), p.Threads, p.Runs, when, report.Printable(p.Machine))
	var table strings.Builder
	tab := tabwriter.NewWriter(&table, 0, 0, 2, ' ', 0)
	fmt.Fprintln(tab, "VARIANT\tCPU S PER STREAM S\tMIN..MAX\tAGAINST DECODE\tSTREAMS PER CORE\tX REAL TIME\tPEAK MIB\tLATENCY")
	for _, name := range bench.Variants() {
		f, ok := p.Variants[name]
		if !ok {
			continue
		}
		against, speed, latency := "", "", ""
		if f.TimesRealTime > 0 { // profiles need not have it
			speed = fmt.Sprintf("%.1f", f.TimesRealTime)
		}
		if d := p.Variants[costmodel.BenchDecode].CPU; d > 0 {
			against = fmt.Sprintf("%.2f", f.CPU/d)
		}
		if f.LatencyS > 0 {
			latency = fmt.Sprintf("%.3g s", f.LatencyS)
		}
		fmt.Fprintf(tab, "%s\t%.4f\t%.4f..%.4f\t%s\t%.2f\t%s\t%.0f\t%s\n",
			name, f.CPU, f.CPULeast, f.CPUMost, against, f.StreamsPerCore, speed, f.PeakMemoryBytes/(1<<20), latency)
	}
	if err := tab.Flush(); err != nil {
		return err
	}
	for line := range strings.Lines(table.String()) {
		fmt.Fprintln(w, strings.TrimRight(line, " \n"))
	}
	if len(p.Filters) > 0 {
		fmt.Fprintf(w, "\nffmpeg ran %s\n", strings.Join(p.Filters, ", "))
	}
	if s, ok := p.Variants[costmodel.BenchStaged]; ok {
		fmt.Fprintf(w, "\nstaged, for each second of stream: %.1f state transitions, %.1f objects written and %.1f read, %.1f MB written and %.1f MB read;\n"+
			"the same was found as in process. Latency is from the first picture of a second to its verdict, in process from a\n"+
			"picture's decoding to its verdict.\n",
			s.Transitions, s.Puts, s.Gets, s.BytesWritten/1e6, s.BytesRead/1e6)
	}
	return nil
}
