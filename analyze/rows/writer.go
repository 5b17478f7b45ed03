package rows

import (
	"fmt"
	"io"

	"github.com/parquet-go/parquet-go"

	"github.com/vqa-project/vqa/detectors"
	"github.com/vqa-project/vqa/detectors/measure"
)

const (
	// batchBytes is how much is taken apart before it goes to the columns,
	// and groupBytes how much of the columns is in memory, compressed.
	batchBytes = 1 << 18
	groupBytes = 24 << 20

	// pageBytes is how much of one column is compressed at a time, and
	// chunkBytes what memory for it grows by.
	pageBytes  = 1 << 18
	chunkBytes = 1 << 12
)

// A Writer writes the rows of one input. It is not for concurrent use.
type Writer struct {
	file     *file
	shredder *shredder
	columns  []*parquet.ColumnWriter
	most     int // bytes of a group of rows
	group    int // those since the last
	err      error
}

// NewWriter begins a file. Nothing is of use before [Writer.Close].
func NewWriter(w io.Writer, start Start) *Writer {
	s := newShredder()
	out := &Writer{shredder: s, file: newFile(w, s.root), most: groupBytes}
	out.columns = out.file.ColumnWriters()
	start.Schema = Schema
	out.add(&record{Start: &start})
	return out
}

// Run returns what is to be shown all rows.
func (w *Writer) Run() detectors.Run {
	return detectors.Run{
		Transport: func(row *measure.Transport) { w.add(&record{Transport: row}) },
		Resource:  func(row *measure.Resource) { w.add(&record{Resource: row}) },
		Packet:    func(row *measure.Packet) { w.add(&record{Packet: row}) },
		Picture:   func(row *measure.Picture) { w.add(&record{Picture: row}) },
		Block:     func(row *measure.Block) { w.add(&record{Block: row}) },
	}
}

// Err returns the first error of writing.
func (w *Writer) Err() error { return w.err }

// Close ends the file.
func (w *Writer) Close(end End) error {
	w.add(&record{End: &end})
	w.flush()
	if w.err == nil {
		w.fail(w.file.end())
	}
	return w.err
}

func (w *Writer) add(r *record) {
	if w.err != nil {
		return
	}
	if w.shredder.add(r); w.shredder.bytes >= batchBytes {
		w.flush()
	}
}

// flush hands what is taken apart to the columns.
func (w *Writer) flush() {
	if w.err != nil {
		return
	}
	for i, c := range w.columns {
		if _, err := c.WriteRowValues(w.shredder.columns[i]); err != nil {
			w.fail(err)
			return
		}
	}
	w.group += w.shredder.bytes
	w.shredder.clear()
	if w.group >= w.most {
		w.fail(w.file.endGroup())
		w.group = 0
	}
}

func (w *Writer) fail(err error) {
	if err != nil && w.err == nil {
		w.err = fmt.Errorf("writing rows: %w", err)
	}
}
