package main

import (
	"errors"
	"fmt"
	"io"

	"github.com/vqa-project/vqa/analyze/report"
)

// outputs says where results go, by format: a file, "-" for standard output,
// or nothing.
type outputs struct {
	json, ndjson, table string
	stamp               string // put into the names of files; may be empty
}

// check fills in the table on standard output where nothing else goes there,
// and says whether the outputs get in each other's way or in that of inputs.
func (o *outputs) check(inputs []string) error {
	if o.table == "" && o.json != stdio && o.ndjson != stdio {
		o.table = stdio
	}
	var before []output
	for _, out := range o.list() {
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
	writer       func(io.Writer) report.Writer // nil for the table, which has a width
}

func (o *outputs) list() []output {
	var out []output
	for _, one := range []output{
		{"--json", o.json, report.Create, report.NewJSON},
		{"--table", o.table, report.Create, nil},
		{"--ndjson", o.ndjson, report.CreateStream, report.NewNDJSON}, // last: it empties the file
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
		if out.writer == nil {
			writers = append(writers, report.NewTable(w, columns))
		} else {
			writers = append(writers, out.writer(w))
		}
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
