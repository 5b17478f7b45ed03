package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/vqa-project/vqa/analyze"
	"github.com/vqa-project/vqa/analyze/metrics"
	"github.com/vqa-project/vqa/analyze/notify"
	"github.com/vqa-project/vqa/analyze/report"
	"github.com/vqa-project/vqa/detectors"
)

// liveOptions are the flags of `vqa analyze` for what is watched live.
type liveOptions struct {
	on       bool
	channels string
	duration time.Duration
	until    string
	stall    time.Duration
	hold     time.Duration
	update   time.Duration
	rotate   time.Duration
	metrics  string
	webhook  string
}

// webhookSecret names the variable with the secret that alerts are signed with:
// a flag could be read by everybody on the machine.
const webhookSecret = "VQA_WEBHOOK_SECRET"

func (o *liveOptions) flags() *pflag.FlagSet {
	fs := newFlagSet()
	fs.BoolVar(&o.on, "live", false, "watch all inputs at the same time, open again what is lost, and tell of alerts")
	fs.StringVar(&o.channels, "channels", "", "watch the channels of a YAML `FILE`, each with name, input and flags of its own")
	fs.DurationVar(&o.duration, "duration", 0, "end after so long")
	fs.StringVar(&o.until, "until", "", "end at a `time` such as 2026-01-31T18:00:00Z, or 18:00 on the clock here")
	fs.DurationVar(&o.stall, "stall", time.Second, "report a source from which nothing comes for so long; 0 for none")
	fs.DurationVar(&o.hold, "hold", 500*time.Millisecond, "close an alert when nothing was wrong for so long")
	fs.DurationVar(&o.update, "update", 10*time.Second, "tell again of an open alert so often; 0 for never")
	fs.DurationVar(&o.rotate, "rotate", 0, "begin new results so often, in files with the time in their names; 0 for never")
	fs.StringVar(&o.metrics, "metrics", "", "serve metrics for Prometheus on `ADDRESS`, such as 127.0.0.1:9464, under /metrics")
	fs.StringVar(&o.webhook, "webhook", "", "post each alert as JSON to `URL` when it opens and closes, signed with $"+webhookSecret)
	return fs
}

// needLive are the flags that mean nothing without --live.
var needLive = []string{"duration", "until", "stall", "hold", "update", "rotate", "metrics", "webhook"}

// check says what is wrong with the flags.
func (o *liveOptions) check(flags *pflag.FlagSet) error {
	o.on = o.on || o.channels != ""
	for _, name := range needLive {
		if flags.Changed(name) && !o.on {
			return usagef("add --live, to watch inputs that do not end", "--%s is for live inputs", name)
		}
	}
	if o.webhook != "" && !strings.HasPrefix(o.webhook, "http://") && !strings.HasPrefix(o.webhook, "https://") {
		return usagef("", "--webhook %q is no http or https URL", o.webhook)
	}
	if o.duration != 0 && o.until != "" {
		return usagef("give one of them", "--duration and --until both say when to end")
	}
	if o.rotate != 0 && o.rotate < time.Second {
		return usagef("", "--rotate must be at least 1s, or 0")
	}
	return cmp.Or(
		atLeast("--duration", o.duration, 0), atLeast("--stall", o.stall, 0),
		atLeast("--hold", o.hold, 0), atLeast("--update", o.update, 0),
	)
}

// end returns when to end, zero for never.
func (o *liveOptions) end(now time.Time) (time.Time, error) {
	switch {
	case o.duration > 0:
		return now.Add(o.duration), nil
	case o.until == "":
		return time.Time{}, nil
	}
	if at, err := time.Parse(time.RFC3339, o.until); err == nil {
		if at.Before(now) {
			return at, usagef("", "--until %s is over", o.until)
		}
		return at, nil
	}
	for _, layout := range []string{"15:04", "15:04:05"} {
		if clock, err := time.Parse(layout, o.until); err == nil {
			at := time.Date(now.Year(), now.Month(), now.Day(), clock.Hour(), clock.Minute(), clock.Second(), 0, now.Location())
			if !at.After(now) {
				at = at.AddDate(0, 0, 1)
			}
			return at, nil
		}
	}
	return time.Time{}, usagef("as in 2026-01-31T18:00:00Z or 18:00", "--until %q is no time", o.until)
}

// runLive watches channels until it is time.
func (o *analyzeOptions) runLive(cmd *cobra.Command, channels []analyze.Channel) error {
	until, err := o.live.end(time.Now())
	if err != nil {
		return err
	}
	if o.outputs.table == "" && o.outputs.json != stdio && o.outputs.ndjson == "" {
		o.outputs.ndjson = stdio // what is wrong is told at once
	}
	var inputs []string
	for i := range channels {
		inputs = append(inputs, channels[i].Input)
		channels[i].Media.Objects = openObject
	}
	if err := o.outputs.check(inputs); err != nil {
		return err
	}
	stdout, stderr := cmd.OutOrStdout(), cmd.ErrOrStderr()
	if err := startLog(stderr, o.logLevel); err != nil {
		return err
	}
	kept, err := o.out.writer(cmd.Context(), stderr)
	if err != nil {
		return err
	}
	open := func(stamp string) (report.Writer, error) {
		part := o.outputs
		part.stamp = stamp
		return part.open(stdout, columns(stdout))
	}
	var writer report.Writer
	if o.live.rotate > 0 {
		writer, err = report.NewRotating(o.live.rotate, open)
	} else {
		writer, err = open("")
	}
	if err != nil {
		return err
	}
	unchecked := unchecked{}
	writers := []report.Writer{writer, unchecked}
	if kept != nil {
		writers = append(writers, kept)
	}
	if o.live.webhook != "" {
		writers = append(writers, notify.New(o.live.webhook, os.Getenv(webhookSecret)))
	}
	options := analyze.LiveOptions{
		Channels: channels, Tool: tool(), Until: until,
		Stall: o.live.stall, Hold: o.live.hold, Update: o.live.update, Rotate: o.live.rotate,
		Plots:  o.outputs.html != "" || o.outputs.plots || kept != nil,
		Writer: report.Multi(writers...), Board: analyze.NewBoard(),
	}
	if o.outputs.rows != "" {
		options.Rows = func(string) (io.WriteCloser, error) { return createRows(o.outputs.rows, time.Now()) }
	}
	serving, stop := context.WithCancel(cmd.Context())
	served := make(chan struct{})
	go func() {
		defer close(served)
		if o.live.metrics != "" {
			metrics.Serve(serving, o.live.metrics, options.Board, metrics.Retry)
		}
	}()
	outcomes, err := analyze.Live(cmd.Context(), options)
	stop()
	<-served
	if err := errors.Join(err, options.Writer.Close()); err != nil {
		return errors.Join(err, o.out.waiting)
	}
	return errors.Join(verdict(outcomes, unchecked, o.failOn), o.out.waiting)
}

// createRows opens a file for rows of a channel from now on. Each connection has
// one of its own, as each is a program of its own.
func createRows(path string, now time.Time) (io.WriteCloser, error) {
	stamp := now.UTC().Format(report.StampLayout)
	name := stamped(path, stamp)
	for n := 2; exists(name); n++ {
		name = stamped(path, stamp+"-"+strconv.Itoa(n))
	}
	file, err := report.Create(name)
	if err != nil {
		return nil, fmt.Errorf("--rows: %w", err)
	}
	return file, nil
}

func exists(path string) bool {
	_, err := os.Lstat(path)
	return err == nil
}

// runChannels watches the channels of a file.
func (o *analyzeOptions) runChannels(cmd *cobra.Command, args []string, dets []*detectors.Detector) error {
	if len(args) > 0 {
		return usagef("put it into the file", "--channels names all inputs, and %q is one more", args[0])
	}
	if err := o.live.check(cmd.Flags()); err != nil {
		return err
	}
	channels, err := readChannels(o.live.channels, cmd.Flags(), dets)
	if err != nil {
		return err
	}
	choices := configure(dets)
	if err := checkFailOn(choices, choices, o.failOn); err != nil {
		return err
	}
	return o.runLive(cmd, channels)
}

// liveChannels are the inputs as channels, all with the same flags.
func liveChannels(inputs []string, dets []analyze.Detector, o *analyzeOptions) ([]analyze.Channel, error) {
	var out []analyze.Channel
	seen := map[string]bool{}
	for _, in := range inputs {
		if seen[in] {
			return nil, usagef("give it a name of its own in a file for --channels", "the input %q is there twice", in)
		}
		seen[in] = true
		out = append(out, analyze.Channel{Name: in, Input: in, Detectors: dets, Media: o.media})
	}
	return out, nil
}

// stampOf returns the time at which results began as a stamp.
func stampOf(startedAt string) string {
	at, err := time.Parse(time.RFC3339, startedAt)
	if err != nil {
		return ""
	}
	return at.UTC().Format(report.StampLayout)
}

// stamped puts a stamp into the name of a file.
func stamped(path, stamp string) string {
	if stamp == "" || path == stdio {
		return path
	}
	dot := strings.LastIndexByte(path, '.')
	if dot <= strings.LastIndexByte(path, '/') {
		dot = len(path)
	}
	return fmt.Sprintf("%s-%s%s", path[:dot], stamp, path[dot:])
}
