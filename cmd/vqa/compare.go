package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"github.com/vqa-project/vqa/analyze/compare"
	"github.com/vqa-project/vqa/analyze/media"
	"github.com/vqa-project/vqa/analyze/report"
)

const compareHelp = `Find INPUT in REF, and say how they differ: how much later picture and sound
are, how far sound lies from picture against how REF has it (positive: sound is
late), drift, what is missing and what was put in, and the PSNR and SSIM of the
luma of pictures that show the same.

Size, aspect, black bars, frame rate, codec, container, bit depth, channels and
loudness may differ, and speed by up to 0.1 %. Pictures of another size are
compared at the smaller width and the smaller height, without bars that the
other does not have. An input with sound alone, such as a dub, is compared by
sound alone. Delays count from the start of each program, the first of its
streams.

REF and INPUT are files or URLs that can be read twice. What has no match at all
is said to match nowhere; a still picture, or silence, matches everywhere, and
is said to be no evidence.

Results are a text for people (--table) or a JSON document (--json). A FILE of -
is standard output. With limits, what lies outside of them ends with exit status
3, as do inputs that do not match; what they could not be held against, with 1.`

const compareExamples = `  vqa compare contribution.mxf delivered.ts
  vqa compare --max-av-offset 40ms --min-psnr 32 --max-missing 0s --json report.json ref.mp4 out.mp4
  vqa compare original.wav dub.m4a`

// compareOptions are the flags of `vqa compare`.
type compareOptions struct {
	outputs  outputs
	limits   limits
	noPixels bool
	media    media.Options
	logLevel string
	quiet    bool
}

// limits are what a comparison may be held against; one that was not given
// is nil.
type limits struct {
	avOffset, missing, inserted *time.Duration
	drift, psnr, ssim           *float64
}

// A compareFunc is [compare.Run], or what stands in for it in tests.
type compareFunc func(context.Context, compare.Options) (*report.Comparison, error)

func newCompareCmd(run compareFunc) *cobra.Command {
	var o compareOptions
	cmd := &cobra.Command{
		Use:     "compare [flags] REF INPUT",
		Short:   "Compare a file or stream with a reference",
		Long:    compareHelp,
		Example: compareExamples,
		RunE:    func(cmd *cobra.Command, args []string) error { return o.run(cmd, args, run) },
	}
	groups := o.flags()
	for _, g := range groups {
		cmd.Flags().AddFlagSet(g.flags)
	}
	cmd.SetUsageFunc(groupedUsage(groups))
	levels := cobra.FixedCompletions([]string{"debug", "info", "warn", "error"}, cobra.ShellCompDirectiveNoFileComp)
	if err := cmd.RegisterFlagCompletionFunc("log-level", levels); err != nil {
		panic(err) // the flag is declared above
	}
	return cmd
}

// flags declares o's flags, in the groups that help shows them in.
func (o *compareOptions) flags() []flagGroup {
	results, limits, inputs, rest := newFlagSet(), newFlagSet(), newFlagSet(), newFlagSet()

	results.StringVar(&o.outputs.table, "table", "", "write a text to `FILE` (default - unless JSON goes there)")
	results.StringVar(&o.outputs.json, "json", "", "write a JSON document to `FILE`")
	results.BoolVar(&o.noPixels, "no-quality", false, "leave out PSNR and SSIM, and decode only once")

	limits.Var(optionalDuration{&o.limits.avOffset}, "max-av-offset", "sound may be this much earlier or later against picture than in REF")
	limits.Var(optionalFloat{&o.limits.drift}, "max-drift", "the clock of picture and sound may drift by this many `ppm`")
	limits.Var(optionalDuration{&o.limits.missing}, "max-missing", "so much of REF may be missing, of picture or of a track, ends included")
	limits.Var(optionalDuration{&o.limits.inserted}, "max-inserted", "so much may have been put in, ends included")
	limits.Var(optionalFloat{&o.limits.psnr}, "min-psnr", "mean PSNR must be at least this many `dB`")
	limits.Var(optionalFloat{&o.limits.ssim}, "min-ssim", "mean SSIM must be at least this `figure`")

	inputs.StringVar(&o.media.Format, "format", "", "take both to be of this container, by FFmpeg's `name`")
	inputs.DurationVar(&o.media.Timeout, "timeout", 10*time.Second, "give up on an input other than a file that delivers nothing for so long; 0 to wait for ever")
	inputs.IntVar(&o.media.Threads, "threads", 2, "decode each video stream with `N` threads; 0 for one for each processor")

	rest.StringVar(&o.logLevel, "log-level", "warn", "log to standard error from this `level` on: debug, info, warn or error")
	rest.BoolVar(&o.quiet, "quiet", false, "show no progress (it is only shown on a terminal)")
	rest.BoolP("help", "h", false, "show this help")

	return []flagGroup{{"Results", results}, {"Limits", limits}, {"Inputs", inputs}, {"Other", rest}}
}

// optionalDuration is the value of a flag that may not be given. It is not
// negative.
type optionalDuration struct{ p **time.Duration }

func (d optionalDuration) Set(text string) error {
	v, err := time.ParseDuration(text)
	if err != nil || v < 0 {
		return errors.New("must be a duration such as 40ms or 1.5s")
	}
	*d.p = &v
	return nil
}

func (d optionalDuration) String() string {
	if d.p == nil || *d.p == nil {
		return ""
	}
	return (*d.p).String()
}

func (optionalDuration) Type() string { return "duration" }

// optionalFloat is the value of a flag that may not be given. It is not
// negative.
type optionalFloat struct{ p **float64 }

func (f optionalFloat) Set(text string) error {
	v, err := strconv.ParseFloat(text, 64)
	if err != nil || !(v >= 0) || math.IsInf(v, 0) {
		return errors.New("must be a number, not below 0")
	}
	*f.p = &v
	return nil
}

func (f optionalFloat) String() string {
	if f.p == nil || *f.p == nil {
		return ""
	}
	return fmt.Sprint(**f.p)
}

func (optionalFloat) Type() string { return "number" }

// run does what the flags say.
func (o *compareOptions) run(cmd *cobra.Command, args []string, run compareFunc) error {
	if len(args) != 2 {
		return usagef("see `vqa compare --help`", "compare takes a REF and an INPUT, not %d arguments", len(args))
	}
	for _, arg := range args {
		switch arg {
		case "":
			return usagef("a variable of the shell may be empty", "an input is empty")
		case stdio:
			return usagef("write it to a file first", "inputs are read twice, which standard input cannot be")
		}
	}
	if o.noPixels && (o.limits.psnr != nil || o.limits.ssim != nil) {
		return usagef("", "--no-quality leaves out what --min-psnr and --min-ssim ask for")
	}
	for _, check := range []error{
		o.outputs.check(args),
		atLeast("--threads", o.media.Threads, 0),
		atLeast("--timeout", o.media.Timeout, 0),
	} {
		if check != nil {
			return check
		}
	}
	stdout, stderr := cmd.OutOrStdout(), cmd.ErrOrStderr()
	o.media.Objects = openObject
	options := compare.Options{Reference: args[0], Input: args[1], Media: o.media, Tool: tool(), SkipQuality: o.noPixels}
	if isTerminal(stderr) && !o.quiet {
		passes := 3
		if o.noPixels {
			passes = 2
		}
		p := newProgress(stderr, passes)
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
	files, writers, err := o.open(stdout)
	if err != nil {
		return err
	}
	c, err := run(cmd.Context(), options)
	if err != nil {
		return errors.Join(err, files.Close())
	}
	var errs []error
	for _, write := range writers {
		errs = append(errs, write(c))
	}
	if err := errors.Join(append(errs, files.Close())...); err != nil {
		return err
	}
	return o.limits.verdict(c)
}

// open opens the outputs.
func (o *compareOptions) open(stdout io.Writer) (files resultFiles, writers []func(*report.Comparison) error, err error) {
	for _, out := range o.outputs.list() {
		w := stdout
		if out.path != stdio {
			f, err := out.open(out.path)
			if err != nil {
				return nil, nil, errors.Join(fmt.Errorf("%s: %w", out.option, err), files.Close())
			}
			files = append(files, f)
			w = f
		}
		writers = append(writers, func(c *report.Comparison) error {
			if out.option == "--table" {
				return c.WriteText(w)
			}
			return c.WriteJSON(w)
		})
	}
	return files, writers, nil
}

// verdict turns what lies outside of the limits into the error that decides
// the exit status. What could not be checked counts more.
func (l *limits) verdict(c *report.Comparison) error {
	if *l == (limits{}) {
		return nil
	}
	if c.Status == report.NoMatch {
		return &defectsError{[]string{"no match"}}
	}
	var drift, missing, inserted, offset float64
	offsets, unlike, unknown := 0, 0, 0
	all := c.Sound
	if c.Picture != nil {
		all = append([]report.ComparedStream{*c.Picture}, all...)
	}
	for _, s := range all {
		switch s.Status {
		case report.NoMatch:
			unlike++
		case report.Undetermined:
			unknown++
		}
		if s.AVOffset != nil {
			offsets++
			offset = max(offset, math.Abs(s.AVOffset.LargestMS))
		}
		drift, missing, inserted = max(drift, math.Abs(s.DriftPPM)), max(missing, s.MissingS), max(inserted, s.InsertedS)
	}
	var v limitVerdict
	if unlike > 0 {
		v.found = append(v.found, fmt.Sprintf("streams without a match %d", unlike))
	}
	if l.avOffset != nil {
		v.hold("--max-av-offset", offsets > 0, offset > float64(*l.avOffset)/1e6, fmt.Sprintf("A/V offset %.1f ms", offset))
	}
	if l.drift != nil {
		v.hold("--max-drift", unknown == 0, drift > *l.drift, fmt.Sprintf("drift %.0f ppm", drift))
	}
	if l.missing != nil {
		v.hold("--max-missing", unknown == 0, missing > l.missing.Seconds(), fmt.Sprintf("missing %.3f s", missing))
	}
	if l.inserted != nil {
		v.hold("--max-inserted", unknown == 0, inserted > l.inserted.Seconds(), fmt.Sprintf("inserted %.3f s", inserted))
	}
	q := c.Quality
	if q == nil {
		q = &report.PictureQuality{}
	}
	if l.psnr != nil {
		v.hold("--min-psnr", c.Quality != nil, float64(q.PSNR.Mean) < *l.psnr, fmt.Sprintf("PSNR %s", q.PSNR.Mean))
	}
	if l.ssim != nil {
		v.hold("--min-ssim", c.Quality != nil, q.SSIM.Mean < *l.ssim, fmt.Sprintf("SSIM %.4f", q.SSIM.Mean))
	}
	if err := errors.Join(v.unchecked...); err != nil {
		return err
	}
	if len(v.found) > 0 {
		return &defectsError{v.found}
	}
	return nil
}

// A limitVerdict gathers what lies outside of limits, and which could not be
// checked.
type limitVerdict struct {
	found     []string
	unchecked []error
}

// hold notes one limit: whether it could be checked, and lies outside.
func (v *limitVerdict) hold(flag string, known, outside bool, what string) {
	switch {
	case !known:
		v.unchecked = append(v.unchecked, fmt.Errorf("checking %s: there is nothing to hold it against", flag))
	case outside:
		v.found = append(v.found, what)
	}
}
