package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	"golang.org/x/term"

	"github.com/vqa-project/vqa/analyze"
	"github.com/vqa-project/vqa/analyze/media"
	"github.com/vqa-project/vqa/analyze/report"
	"github.com/vqa-project/vqa/detectors"
)

const analyzeHelp = `Decode each INPUT once, measure it, and report its defects.

An INPUT is a file, a pattern such as 'clips/*.ts', - for standard input, or a
URL (http, https, HLS, DASH, udp, srt, rtp, rtmp, rtsp), or an object in a bucket
(s3://bucket/key), of which only what is needed is read. Inputs are reported in the
order given. With --live, all are watched at the same time and opened again where
they are lost, and alerts tell what is wrong while it is; results go to standard
output as JSON messages unless they are sent elsewhere.

Results are a table for people (--table), one JSON document for each input
(--json; for several inputs one after the other, which jq -s makes an array of),
one JSON message for each line, as they come (--ndjson), a page with plots and
pictures (--html), JUnit XML (--junit), or events as CSV (--csv). A FILE of - is
standard output. Without one of them there, the table goes there. --rows keeps what
was measured, for vqa detect. --out keeps all results in a folder or a bucket. S3 is
found as the AWS tools find it: AWS_REGION, AWS_ACCESS_KEY_ID, AWS_PROFILE,
AWS_ENDPOINT_URL_S3 ...`

const analyzeExamples = `  vqa analyze film.mp4
  vqa analyze --json - --fail-on freeze,black 'delivery/*.mxf'
  vqa analyze --html report.html --junit junit.xml --rows rows.parquet film.mp4
  vqa analyze --detectors freeze --freeze.min-duration 500ms --ndjson - udp://239.0.0.1:5000
  vqa analyze --live --metrics :9464 --ndjson day.ndjson --rotate 1h udp://239.0.0.1:5000 srt://encoder:9000`

// analyzeOptions are the flags of `vqa analyze` beside those of detectors.
type analyzeOptions struct {
	outputs   outputs
	live      liveOptions
	stored    bool // inputs are rows that were stored
	detectors []string
	failOn    []string
	config    string
	jobs      int
	media     media.Options
	logLevel  string
	quiet     bool
	latency   latency
	out       out
}

// A runFunc is [analyze.Run], or what stands in for it in tests.
type runFunc func(context.Context, analyze.Options) ([]analyze.Outcome, error)

func newAnalyzeCmd(dets []*detectors.Detector, run runFunc) *cobra.Command {
	return newWatchCmd(&cobra.Command{
		Use:     "analyze [flags] INPUT...",
		Short:   "Report the defects of files and streams",
		Long:    analyzeHelp,
		Example: analyzeExamples,
	}, false, dets, run)
}

// newWatchCmd makes cmd a command that has detectors watch inputs: media, or
// rows that were stored.
func newWatchCmd(cmd *cobra.Command, stored bool, dets []*detectors.Detector, run runFunc) *cobra.Command {
	o := analyzeOptions{stored: stored}
	choices := configure(dets)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		// The file may set any flag, so it comes before all else.
		if o.config != "" {
			if err := applyConfig(cmd.Flags(), o.config); err != nil {
				return err
			}
		}
		if o.live.channels != "" {
			return o.runChannels(cmd, args, dets)
		}
		return o.run(cmd, choices, args, run)
	}
	groups := o.flags()
	for _, c := range choices {
		if c.flags.HasFlags() {
			groups = append(groups, flagGroup{"Options of " + c.Name, c.flags})
		}
	}
	for _, g := range groups {
		cmd.Flags().AddFlagSet(g.flags)
	}
	cmd.SetUsageFunc(groupedUsage(groups))

	for flag, complete := range map[string]cobra.CompletionFunc{
		"detectors": completeNames(dets, allDetectors, noDetectors),
		"fail-on":   completeNames(dets, anyDetector),
		"log-level": cobra.FixedCompletions([]string{"debug", "info", "warn", "error"}, cobra.ShellCompDirectiveNoFileComp),
	} {
		if err := cmd.RegisterFlagCompletionFunc(flag, complete); err != nil {
			panic(err) // the flag is declared above
		}
	}
	return cmd
}

// flags declares o's flags, in the groups that help shows them in.
func (o *analyzeOptions) flags() []flagGroup {
	results, inputs, what, rest := newFlagSet(), newFlagSet(), newFlagSet(), newFlagSet()

	o.outputs.flags(results)
	o.out.flags(results)
	if !o.stored {
		results.StringVar(&o.outputs.rows, "rows", "", "keep what was measured in `FILE` (Parquet), for vqa detect and for DuckDB or pandas")
	}
	results.StringSliceVar(&o.failOn, "fail-on", nil, "exit with status 3 where one of these `detectors`, or any, finds something")

	what.StringSliceVar(&o.detectors, "detectors", nil, "use only these `detectors`; none to decode and count only (default all)")

	inputs.Var(streamIndexes{&o.media.Video}, "video", "analyse these video streams, by `index` in the input; or none (default the best one)")
	inputs.Var(streamIndexes{&o.media.Audio}, "audio", "analyse these audio streams, by `index` in the input; or none (default all)")
	inputs.StringVar(&o.media.Format, "format", "", "take inputs to be of this container, by FFmpeg's `name`")
	inputs.DurationVar(&o.media.Timeout, "timeout", 10*time.Second, "give up on an input other than a file that delivers nothing for so long; 0 to wait for ever")
	inputs.IntVar(&o.jobs, "jobs", 1, "analyse `N` inputs at the same time")
	inputs.IntVar(&o.media.Threads, "threads", 2, "decode each video stream with `N` threads; 0 for one for each processor")

	rest.StringVar(&o.config, "config", "", "take flags from a YAML `FILE` with lines such as freeze.min-duration: 1s; those given here win")
	rest.StringVar(&o.logLevel, "log-level", "warn", "log to standard error from this `level` on: debug, info, warn or error")
	rest.BoolVar(&o.quiet, "quiet", false, "show no progress (it is only shown on a terminal)")
	rest.StringVar(&o.latency.path, "latency", "", "write how long pictures take to a verdict to `FILE`")
	rest.Lookup("latency").Hidden = true // for vqa bench
	rest.BoolP("help", "h", false, "show this help")

	if o.stored {
		return []flagGroup{{"Results", results}, {"Detectors", what}, {"Other", rest}}
	}
	return []flagGroup{{"Results", results}, {"Detectors", what}, {"Inputs", inputs}, {"Live inputs", o.live.flags()}, {"Other", rest}}
}

// A flagGroup is what help shows under one heading.
type flagGroup struct {
	title string
	flags *pflag.FlagSet
}

// helpWidth is how many columns help may take.
const helpWidth = 100

func groupedUsage(groups []flagGroup) func(*cobra.Command) error {
	return func(cmd *cobra.Command) error {
		w := cmd.OutOrStderr()
		fmt.Fprintf(w, "Usage:\n  %s\n\nExamples:\n%s\n", cmd.UseLine(), cmd.Example)
		for _, g := range groups {
			fmt.Fprintf(w, "\n%s:\n%s", g.title, g.flags.FlagUsagesWrapped(helpWidth))
		}
		return nil
	}
}

// run does what the flags say. Nothing is opened or written before all of them
// are found to be right.
func (o *analyzeOptions) run(cmd *cobra.Command, choices []configured, args []string, run runFunc) error {
	if len(args) == 0 {
		return usagef("name a file, or see `"+cmd.CommandPath()+" --help`", "no INPUT")
	}
	for _, names := range [][]string{o.detectors, o.failOn} {
		for i, name := range names {
			names[i] = strings.TrimSpace(name) // as in "freeze, black"
		}
	}
	inputs, err := expand(args)
	if err != nil {
		return err
	}
	chosen, err := choose(choices, o.detectors)
	if err != nil {
		return err
	}
	for _, check := range []error{
		checkFailOn(choices, chosen, o.failOn),
		o.live.check(cmd.Flags()),
		atLeast("--jobs", o.jobs, 1),
		atLeast("--threads", o.media.Threads, 0),
		atLeast("--timeout", o.media.Timeout, 0),
	} {
		if check != nil {
			return check
		}
	}

	if o.live.on {
		var dets []analyze.Detector
		for _, c := range chosen {
			dets = append(dets, c.detector())
		}
		channels, err := liveChannels(inputs, dets, o)
		if err != nil {
			return err
		}
		return o.runLive(cmd, channels)
	}
	if err := o.outputs.check(inputs); err != nil {
		return err
	}
	stdout, stderr := cmd.OutOrStdout(), cmd.ErrOrStderr()
	width := columns(stdout)
	o.media.Objects = openObject
	options := analyze.Options{Inputs: inputs, Jobs: o.jobs, Media: o.media, Tool: tool()}
	if isTerminal(stderr) && !o.quiet {
		p := newProgress(stderr, len(inputs))
		defer p.clear()
		options.Progress = p.update
		stderr = p.around(stderr)
		if isTerminal(stdout) {
			stdout = p.around(stdout)
		}
	}
	if err := startLog(stderr, o.logLevel); err != nil {
		return err
	}
	for _, c := range chosen {
		options.Detectors = append(options.Detectors, c.detector())
	}
	kept, err := o.out.writer(cmd.Context(), stderr)
	if err != nil {
		return err
	}
	options.Plots = o.outputs.html != "" || o.outputs.plots || kept != nil
	o.outputs.illustrate = func(d *report.Document) { analyze.Illustrate(cmd.Context(), d, o.media) }
	o.out.illustrate = o.outputs.illustrate
	writer, err := o.outputs.open(stdout, width)
	if err != nil {
		return err
	}
	if o.outputs.rows != "" {
		file, err := report.Create(o.outputs.rows)
		if err != nil {
			return errors.Join(fmt.Errorf("--rows: %w", err), writer.Close())
		}
		options.Rows, writer = file, report.Multi(writer, resultFiles{file})
	}
	unchecked := unchecked{}
	options.Writer = report.Multi(writer, unchecked)
	if kept != nil {
		options.Writer = report.Multi(writer, kept, unchecked)
	}
	o.latency.measure(&options)
	outcomes, err := run(cmd.Context(), options)
	if err := errors.Join(err, options.Writer.Close(), o.latency.write()); err != nil {
		return errors.Join(err, o.out.waiting)
	}
	return errors.Join(verdict(outcomes, unchecked, o.failOn), o.out.waiting)
}

func atLeast[T int | time.Duration](flag string, v, least T) error {
	if v < least {
		return usagef("", "%s must be at least %v", flag, least)
	}
	return nil
}

// unchecked gathers, by detector, the errors of those that could not check an
// input though it was read: that is not clean. It is a [report.Writer].
type unchecked map[string][]error

func (u unchecked) Write(m report.Message) error {
	if m.Summary == nil || m.Summary.Error != "" { // an input that failed counts by itself
		return nil
	}
	for name, d := range m.Summary.Detectors {
		if d.Status == report.Failed {
			u[name] = append(u[name], fmt.Errorf("looking for %s in %q: %s", name, m.Summary.Input, d.Error))
		}
	}
	return nil
}

func (unchecked) Close() error { return nil }

// startLog sends the log to w, from the level of that name on.
func startLog(w io.Writer, level string) error {
	var l slog.Level
	if err := l.UnmarshalText([]byte(level)); err != nil {
		return usagef("use debug, info, warn or error", "--log-level: unknown level %q", level)
	}
	slog.SetDefault(slog.New(slog.NewTextHandler(w, &slog.HandlerOptions{Level: l})))
	return nil
}

// verdict turns what became of the inputs into the error that decides the
// exit status. An input that failed, or a detector that could not check what
// --fail-on wants to know, counts more than defects.
func verdict(outcomes []analyze.Outcome, unchecked unchecked, failOn []string) error {
	wanted := func(name string) bool { return slices.Contains(failOn, name) || slices.Contains(failOn, anyDetector) }
	var errs []error
	var found []string
	for _, out := range outcomes {
		errs = append(errs, out.Err)
		for _, name := range slices.Sorted(maps.Keys(out.Defects)) {
			if n := out.Defects[name]; n > 0 && wanted(name) {
				found = append(found, fmt.Sprintf("%s %d in %q", name, n, out.Input))
			}
		}
	}
	for _, name := range slices.Sorted(maps.Keys(unchecked)) {
		if wanted(name) {
			errs = append(errs, unchecked[name]...)
		}
	}
	if err := errors.Join(errs...); err != nil {
		return err
	}
	if len(found) > 0 {
		return &defectsError{found}
	}
	return nil
}

func isTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}

// columns returns the width of w where it is a terminal that knows its own,
// and else that of a table in a file.
func columns(w io.Writer) int {
	if f, ok := w.(*os.File); ok {
		if width, _, err := term.GetSize(int(f.Fd())); err == nil && width > 0 {
			return width
		}
	}
	return tableWidth
}
