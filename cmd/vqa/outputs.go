package main

import (
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/spf13/pflag"

	"github.com/vqa-project/vqa/analyze/report"
)

// outputs says where results go, by format: a file, "-" for standard output,
// or nothing.
type outputs struct {
	json, ndjson, table, html, junit, csv string

	stamp string // put into the names of files; may be empty
	rows  string // beside the others: it is no results
	plots bool   // go to JSON and NDJSON, too

	illustrate func(*report.Document) // puts pictures into the page
}

func (o *outputs) flags(fs *pflag.FlagSet) {
	fs.StringVar(&o.table, "table", "", "write a table to `FILE` (default - unless other results go there)")
	fs.StringVar(&o.json, "json", "", "write JSON documents to `FILE`, each when its input ends")
	fs.StringVar(&o.ndjson, "ndjson", "", "write JSON messages to `FILE`, one for each line, as they come")
	fs.StringVar(&o.html, "html", "", "write a page with plots and pictures, which opens offline, to `FILE`")
	fs.StringVar(&o.junit, "junit", "", "write JUnit XML to `FILE`: a case for each detector and input")
	fs.StringVar(&o.csv, "csv", "", "write events as CSV to `FILE`")
	fs.BoolVar(&o.plots, "plots", false, "add to JSON and NDJSON what the page plots and shows, for vqa report to make a page of")
}

// check fills in the table on standard output where nothing else goes there,
// and says whether the outputs get in each other's way or in that of inputs.
func (o *outputs) check(inputs []string) error {
	if o.table == "" && !slices.Contains([]string{o.json, o.ndjson, o.html, o.junit, o.csv}, stdio) {
		o.table = stdio
	}
	var before []output
	all := o.list()
	if o.rows != "" {
		if o.rows == stdio {
			return usagef("give a file", "--rows cannot go to standard output")
		}
		if len(inputs) > 1 {
			return usagef("run one command for each", "--rows is for one input, not %d", len(inputs))
		}
		all = append(all, output{option: "--rows", path: o.rows})
	}
	for _, out := range all {
		for _, b := range before {
			if b.path == stdio && out.path == stdio {
				return usagef("give a file to one of them", "%s and %s both go to standard output", b.option, out.option)
			}
			if sameFile(b.path, out.path) {
				return usagef("give each its own file", "%s and %s are the same file %q", b.option, out.option, out.path)
			}
		}
		for _, in := range inputs {
			if out.path != stdio && in != stdio && !isURL(in) && sameFile(in, out.path) {
				return usagef("results go to another file", "%s would overwrite the input %q", out.option, in)
			}
		}
		before = append(before, out)
	}
	return nil
}

type output struct {
	option, path string
	open         func(string) (io.WriteCloser, error)
	writer       func(w io.Writer, columns int) report.Writer
}

func (o *outputs) list() []output {
	var out []output
	plain := func(newWriter func(io.Writer) report.Writer) func(io.Writer, int) report.Writer {
		return func(w io.Writer, _ int) report.Writer { return newWriter(w) }
	}
	data := func(newWriter func(io.Writer) report.Writer) func(io.Writer, int) report.Writer {
		return func(w io.Writer, _ int) report.Writer {
			if o.plots {
				return newWriter(w)
			}
			return report.WithoutPlots(newWriter(w))
		}
	}
	for _, one := range []output{
		{"--json", o.json, report.Create, data(report.NewJSON)},
		{"--table", o.table, report.Create, report.NewTable},
		{"--html", o.html, report.Create, plain(func(w io.Writer) report.Writer { return report.NewHTML(w, o.illustrate) })},
		{"--junit", o.junit, report.Create, plain(report.NewJUnit)},
		{"--csv", o.csv, report.Create, plain(report.NewCSV)},
		{"--ndjson", o.ndjson, report.CreateStream, data(report.NewNDJSON)}, // last: it empties the file
	} {
		if one.path != "" {
			one.path = stamped(one.path, o.stamp)
			out = append(out, one)
		}
	}
	return out
}

// tableWidth is the width of a table that does not go to a terminal.
const tableWidth = 100

// open opens all outputs. width is that of stdout in columns.
func (o *outputs) open(stdout io.Writer, width int) (_ report.Writer, err error) {
	var files resultFiles
	var writers []report.Writer
	defer func() {
		if err != nil {
			err = errors.Join(err, files.Close())
		}
	}()
	for _, out := range o.list() {
		w, columns := stdout, width
		if out.path != stdio {
			f, err := out.open(out.path)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", out.option, err)
			}
			files = append(files, f)
			w, columns = f, tableWidth
		}
		writers = append(writers, out.writer(w, columns))
	}
	return report.Multi(append(writers, files)...), nil
}

// resultFiles closes files after the writers that come before it.
type resultFiles []io.Closer

func (resultFiles) Write(report.Message) error { return nil }

func (files resultFiles) Close() error {
	var errs []error
	for _, f := range files {
		errs = append(errs, f.Close())
	}
	return errors.Join(errs...)
}
