package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"
	"path"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/spf13/pflag"

	"github.com/vqa-project/vqa/analyze/media"
	"github.com/vqa-project/vqa/analyze/report"
	"github.com/vqa-project/vqa/analyze/store"
)

// An outForm is a form of results that --out writes for each input, by the end
// of its name.
type outForm struct {
	suffix string
	writer func(io.Writer) report.Writer
}

func (o *out) forms() []outForm {
	return []outForm{
		{".json", func(w io.Writer) report.Writer { return report.WithoutPlots(report.NewJSON(w)) }},
		{".ndjson", func(w io.Writer) report.Writer { return report.WithoutPlots(report.NewNDJSON(w)) }},
		{".html", func(w io.Writer) report.Writer { return report.NewHTML(w, o.illustrate) }},
		{".xml", report.NewJUnit},
		{".csv", report.NewCSV},
	}
}

// out is --out: a folder or a place in a bucket for all results of all inputs.
type out struct {
	where, spool string

	results *store.Results
	stamp   string               // in the names that are taken
	names   map[string]bool      // taken
	open    map[string][]outFile // by channel, "" for none, of the input at hand
	waiting error                // why results were not sent, after Close

	illustrate func(*report.Document) // puts pictures into the page
}

// An outFile is one result of one input, with what writes it.
type outFile struct {
	report.Writer
	file *store.Result
}

func (o *out) flags(fs *pflag.FlagSet) {
	fs.StringVar(&o.where, "out", "", "write results of each input, NAME.json, .ndjson, .html, .xml (JUnit) and .csv, to `DIR or s3://bucket/prefix`, whole or not at all; live, each time they begin anew, CHANNEL-TIME.json and so on")
	fs.StringVar(&o.spool, "spool", "", "keep what cannot be sent to a bucket in `DIR` (default ~/.local/state/vqa/spool); see vqa spool")
}

// writer opens where results go. It returns nil without --out.
func (o *out) writer(ctx context.Context, stderr io.Writer) (report.Writer, error) {
	switch {
	case o.where == "":
		return nil, nil
	case o.where == stdio:
		return nil, usagef("--json - writes to standard output", "--out names a folder or s3://bucket/prefix")
	case isURL(o.where):
		if _, _, err := store.Split(o.where); err != nil {
			return nil, usagef("name a folder, or s3://bucket/prefix", "--out: %w", err)
		}
	}
	results, down, err := store.OpenResults(ctx, o.where, o.spool)
	if err != nil {
		return nil, fmt.Errorf("--out: %w", err)
	}
	if down != nil {
		fmt.Fprintf(stderr, "vqa: --out: %s; results will wait here until it answers\n", report.Printable(down.Error()))
	}
	o.results, o.names, o.open = results, map[string]bool{}, map[string][]outFile{}
	return o, nil
}

// Write passes a message to the results of its input.
func (o *out) Write(m report.Message) error {
	if m.Header != nil {
		if err := errors.Join(o.end(m.Channel), o.begin(m.Channel, m.Header)); err != nil {
			return err
		}
	}
	var errs []error
	for _, f := range o.open[m.Channel] {
		errs = append(errs, f.Write(m))
	}
	if m.Summary != nil {
		errs = append(errs, o.end(m.Channel))
	}
	return errors.Join(errs...)
}

func (o *out) begin(channel string, h *report.Header) error {
	name := o.nameOf(channel, h)
	for _, f := range o.forms() {
		file, err := o.results.Create(name + f.suffix)
		if err != nil {
			return fmt.Errorf("--out: %w", err)
		}
		o.open[channel] = append(o.open[channel], outFile{f.writer(file), file})
	}
	return nil
}

// end has the results of a channel's input appear.
func (o *out) end(channel string) error {
	var errs []error
	for _, f := range o.open[channel] {
		if err := errors.Join(f.Writer.Close(), f.file.Close()); err != nil {
			errs = append(errs, fmt.Errorf("--out: %w", err))
		}
	}
	delete(o.open, channel)
	return errors.Join(errs...)
}

// Close ends what is open and sends what waits. That results wait on is no
// error of Close: it is in o.waiting, to be told beside the verdict.
func (o *out) Close() error {
	var errs []error
	for channel := range o.open {
		errs = append(errs, o.end(channel))
	}
	err := errors.Join(append(errs, o.results.Close())...)
	if waiting := (*store.WaitingError)(nil); errors.As(err, &waiting) {
		o.waiting = waiting
		if joined, ok := err.(interface{ Unwrap() []error }); ok && len(joined.Unwrap()) == 1 {
			return nil
		}
	}
	return err
}

// nameOf is what the results of an input are called. Those of a channel begin anew
// again and again.
func (o *out) nameOf(channel string, h *report.Header) string {
	switch channel {
	case "":
		return o.name(shortName(h.Input), "")
	case h.Input: // it has no name of its own
		return o.name(shortName(channel), stampOf(h.StartedAt))
	}
	return o.name(channel, stampOf(h.StartedAt))
}

// shortName is an input without its folder.
func shortName(input string) string {
	if input == media.Stdin {
		return "stdin"
	}
	if u, err := url.Parse(input); isURL(input) && err == nil {
		if base := path.Base(u.Path); base != "." && base != "/" {
			return base
		}
		return u.Host
	}
	return filepath.Base(input)
}

// name is what results are called: base, with a stamp where there is one, and a
// number where that is taken.
func (o *out) name(base, stamp string) string {
	if stamp != o.stamp {
		clear(o.names) // none will have the old stamp again
		o.stamp = stamp
	}
	base = strings.Map(func(r rune) rune {
		if r < ' ' || strings.ContainsRune(`/\:*?"<>|`, r) {
			return '_'
		}
		return r
	}, base)
	if stamp != "" {
		base += "-" + stamp
	}
	name := base
	for n := 2; o.names[name]; n++ {
		name = base + "-" + strconv.Itoa(n)
	}
	o.names[name] = true
	return name
}

// openObject opens an input that is in a bucket.
func openObject(ctx context.Context, name string) (media.Object, error) {
	o, err := store.OpenObject(ctx, name)
	if err != nil {
		return nil, err // and not an interface that holds a nil pointer
	}
	return o, nil
}
