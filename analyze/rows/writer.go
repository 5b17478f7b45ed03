package rows

import (
	"fmt"
	"io"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/compress/zstd"

	"github.com/vqa-project/vqa/detectors"
	"github.com/vqa-project/vqa/detectors/measure"
)

const (
	// batchBytes is how much is taken apart before it goes to the columns,
	// and groupBytes how much of the columns is in memory, compressed. The list of
	// all groups stays there until the end: 12 KB for each MB of the file.
	batchBytes = 1 << 18
	groupBytes = 16 << 20

	// pageBytes is how much of one column is compressed at a time.
	pageBytes = 1 << 16
)

// A Writer writes the rows of one input. It is not for concurrent use.
type Writer struct {
	file     *parquet.GenericWriter[any]
	shredder *shredder
	columns  []*parquet.ColumnWriter
	group    int // bytes since the last group of rows
	err      error
}

// NewWriter begins a file. Nothing is of use before [Writer.Close].
func NewWriter(w io.Writer, start Start) *Writer {
	s := newShredder()
	schema := parquet.NewSchema("vqa", s.root.parquet(&zstd.Codec{Level: zstd.SpeedFastest}))
	out := &Writer{shredder: s, file: parquet.NewGenericWriter[any](w, schema,
		parquet.KeyValueMetadata("schema", Schema),
		parquet.CreatedBy("vqa", "", ""),
		parquet.PageBufferSize(pageBytes),
		parquet.DataPageStatistics(false))}
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
		w.fail(w.file.Close())
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
	if w.group >= groupBytes {
		w.fail(w.file.Flush())
		w.group = 0
	}
}

func (w *Writer) fail(err error) {
	if err != nil && w.err == nil {
		w.err = fmt.Errorf("writing rows: %w", err)
	}
}
