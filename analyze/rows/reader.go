package rows

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/format"

	"github.com/vqa-project/vqa/detectors"
)

// A Reader shows the rows of a file. It is not for concurrent use.
type Reader struct {
	file      *os.File
	assembler *assembler
	groups    []parquet.RowGroup
	column    []int // of the file's columns, which of ours it is; -1 for none
	rows      parquet.Rows
	buffer    []parquet.Row
	pending   []parquet.Row
	start     Start
}

// Open opens a file and reads its first line.
func Open(path string) (*Reader, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("opening %q: %w", path, errors.Unwrap(err))
	}
	r := &Reader{file: f, assembler: newAssembler(), buffer: make([]parquet.Row, 16)}
	if err := guarded(r.open); err != nil {
		r.Close()
		return nil, fmt.Errorf("reading rows of %q: %w", path, err)
	}
	return r, nil
}

// guarded turns a panic of the Parquet library, which some damaged files make
// it end in, into an error.
func guarded(f func() error) (err error) {
	defer func() {
		if what := recover(); what != nil {
			err = fmt.Errorf("%w: %v", errDamaged, what)
		}
	}()
	return f()
}

func (r *Reader) open() error {
	info, err := r.file.Stat()
	if err != nil {
		return err
	}
	if !info.Mode().IsRegular() {
		return errors.New("not a regular file")
	}
	if err := whole(r.file, info.Size()); err != nil {
		return fmt.Errorf("not a whole Parquet file: %w", err)
	}
	file, err := parquet.OpenFile(r.file, info.Size(), parquet.SkipPageIndex(true), parquet.SkipBloomFilters(true))
	if err != nil {
		return fmt.Errorf("not a whole Parquet file: %w", err)
	}
	if schema, _ := file.Lookup("schema"); schema != Schema {
		return fmt.Errorf("not rows that vqa wrote: schema is %q, not %q", schema, Schema)
	}
	if err := r.match(file.Schema()); err != nil {
		return err
	}
	for _, g := range file.Metadata().RowGroups {
		for _, c := range g.Columns {
			if c.MetaData.Codec != format.Zstd { // another might ask for all memory there is
				return fmt.Errorf("%w: it is compressed by %v", errDamaged, c.MetaData.Codec)
			}
		}
	}
	r.groups = file.RowGroups()
	first, err := r.record()
	switch {
	case errors.Is(err, io.EOF) || err == nil && first.Start == nil:
		return fmt.Errorf("%w: it does not begin with what the input is", errDamaged)
	case err != nil:
		return err
	}
	r.start = *first.Start
	return nil
}

// whole looks at the end of a file, before the library makes room for a footer as
// long as it says: a length of 4 bytes, and the same as at the beginning.
func whole(file io.ReaderAt, size int64) error {
	var end [8]byte
	if _, err := file.ReadAt(end[:], max(0, size-int64(len(end)))); err != nil || string(end[4:]) != magic {
		return errors.New("it does not end as one")
	}
	if footer := int64(binary.LittleEndian.Uint32(end[:])); footer > size-int64(len(magic)+len(end)) {
		return errors.New("its footer is longer than the file")
	}
	return nil
}

// match finds the columns of the file. One that is missing was not measured by
// the version that wrote it: to take it for zero would be to make it up.
func (r *Reader) match(schema *parquet.Schema) error {
	r.column = slices.Repeat([]int{-1}, len(schema.Columns()))
	for i, n := range r.assembler.columns {
		l, ok := schema.Lookup(n.path...)
		if !ok {
			return fmt.Errorf("written by another version: there is no column %s; analyse the input again", strings.Join(n.path, "."))
		}
		want := n.leaf().Type()
		if l.Node.Type().Kind() != want.Kind() || l.MaxRepetitionLevel != n.repetition || l.MaxDefinitionLevel != n.definition {
			return fmt.Errorf("written by another version: column %s is of another type; analyse the input again", strings.Join(n.path, "."))
		}
		r.column[l.ColumnIndex] = i
	}
	return nil
}

// Start returns what the file begins with.
func (r *Reader) Start() Start { return r.start }

// Read shows all rows that are left to each of runs, in the order they were
// written in, and returns how the input ended.
func (r *Reader) Read(ctx context.Context, runs []detectors.Run) (end End, err error) {
	err = guarded(func() error {
		for ctx.Err() == nil {
			x, err := r.record()
			if errors.Is(err, io.EOF) {
				return fmt.Errorf("%w: it has no end", errDamaged)
			}
			if err != nil {
				return err
			}
			if x.End != nil {
				end = *x.End
				return nil
			}
			for i := range runs {
				show(x, &runs[i])
			}
		}
		return ctx.Err()
	})
	if err != nil && ctx.Err() == nil {
		err = fmt.Errorf("reading rows of %q: %w", r.file.Name(), err)
	}
	return end, err
}

func show(x *record, run *detectors.Run) {
	switch {
	case x.Transport != nil && run.Transport != nil:
		run.Transport(x.Transport)
	case x.Resource != nil && run.Resource != nil:
		run.Resource(x.Resource)
	case x.Packet != nil && run.Packet != nil:
		run.Packet(x.Packet)
	case x.Picture != nil && run.Picture != nil:
		run.Picture(x.Picture)
	case x.Block != nil && run.Block != nil:
		run.Block(x.Block)
	}
}

// record reads the next line, which is overwritten by the one after it.
func (r *Reader) record() (*record, error) {
	row, err := r.row()
	if err != nil {
		return nil, err
	}
	a := r.assembler
	row.Range(func(column int, values []parquet.Value) bool {
		if i := r.column[column]; i >= 0 {
			a.values[i] = values
		}
		return true
	})
	return a.next()
}

// row reads the next line as it is in the file.
func (r *Reader) row() (parquet.Row, error) {
	for len(r.pending) == 0 {
		if r.rows == nil {
			if len(r.groups) == 0 {
				return nil, io.EOF
			}
			r.rows, r.groups = r.groups[0].Rows(), r.groups[1:]
		}
		n, err := r.rows.ReadRows(r.buffer)
		r.pending = r.buffer[:n]
		if errors.Is(err, io.EOF) {
			err = r.rows.Close()
			r.rows = nil
		}
		if err != nil {
			return nil, err
		}
	}
	row := r.pending[0]
	r.pending = r.pending[1:]
	return row, nil
}

// Close closes the file. Everything was read, or will not be: there is nothing
// to be said about it.
func (r *Reader) Close() {
	if r.rows != nil {
		_ = r.rows.Close()
	}
	r.file.Close()
}
