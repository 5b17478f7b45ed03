package rows

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/compress/zstd"
	"github.com/parquet-go/parquet-go/encoding/thrift"
	"github.com/parquet-go/parquet-go/format"
)

// magic is how a Parquet file begins and ends.
const magic = "PAR1"

// A file is a Parquet file of which only one group of rows is in memory. The
// library keeps what it wants to write at the end of a file, over a kilobyte for
// each column of each group. So it is made to write a file for each group, of which
// only the group is let through; what describes it is kept, a few kilobytes, and is
// put together to one footer in the end.
type file struct {
	*parquet.GenericWriter[any]
	out    *output
	codec  *zstd.Codec
	groups [][]byte // what describes each group, encoded and compressed
	rows   int64
}

func newFile(w io.Writer, root *node) *file {
	codec := &zstd.Codec{Level: zstd.SpeedFastest}
	out := &output{to: bufio.NewWriterSize(w, 1<<16)}
	return &file{out: out, codec: codec, GenericWriter: parquet.NewGenericWriter[any](out, parquet.NewSchema("vqa", root.parquet(codec)),
		parquet.KeyValueMetadata("schema", Schema),
		parquet.CreatedBy("vqa", "", ""),
		parquet.WriteBufferSize(0),
		parquet.PageBufferSize(pageBytes),
		parquet.ColumnPageBuffers(parquet.NewChunkBufferPool(chunkBytes)),
		parquet.DataPageStatistics(false))}
}

// endGroup writes what the columns have as a group.
func (f *file) endGroup() error {
	return f.group(func(*format.FileMetaData) error {
		f.Reset(f.out)
		return nil
	})
}

// end writes what the columns have as the last group, and the footer.
func (f *file) end() error {
	return f.group(f.footer)
}

func (f *file) group(then func(*format.FileMetaData) error) error {
	// The file of each group begins with magic, that of all with the first one.
	before := f.out.written
	if before > 0 {
		f.out.skip = len(magic)
		before -= int64(len(magic))
	}
	if err := f.Flush(); err != nil {
		return err
	}
	f.out.skip = math.MaxInt
	err := f.Close()
	f.out.skip = 0
	if err != nil {
		return err
	}
	meta := f.File().Metadata()
	for i := range meta.RowGroups {
		group := &meta.RowGroups[i]
		if len(f.groups) > math.MaxInt16 {
			return errors.New("the file has as many groups of rows as it may have")
		}
		group.Ordinal = int16(len(f.groups))
		group.FileOffset += before
		for j := range group.Columns {
			c := &group.Columns[j]
			c.ColumnIndexOffset, c.ColumnIndexLength, c.OffsetIndexOffset, c.OffsetIndexLength = 0, 0, 0, 0
			c.MetaData.SizeStatistics = format.SizeStatistics{}
			if c.MetaData.DataPageOffset += before; c.MetaData.DictionaryPageOffset > 0 {
				c.MetaData.DictionaryPageOffset += before
			}
		}
		encoded, err := encode(group)
		if err != nil {
			return err
		}
		if encoded, err = f.codec.Encode(nil, encoded); err != nil {
			return err
		}
		f.groups = append(f.groups, bytes.Clone(encoded))
		f.rows += group.NumRows
		*group = format.RowGroup{} // or Reset would clear what the columns share with it
	}
	return then(meta)
}

func encode(v any) ([]byte, error) {
	var b bytes.Buffer
	err := thrift.NewEncoder(new(thrift.CompactProtocol).NewWriter(&b)).Encode(v)
	return b.Bytes(), err
}

// footer writes a [format.FileMetaData], with all groups, one at a time. In Thrift's
// compact protocol a struct is its fields, each with the difference of its number to
// the one before, and a zero.
func (f *file) footer(meta *format.FileMetaData) error {
	start := f.out.written
	before, err := encode(&struct {
		Version int32                              `thrift:"1,required"`
		Schema  thrift.Slice[format.SchemaElement] `thrift:"2,required"`
		NumRows int64                              `thrift:"3,required"`
	}{meta.Version, meta.Schema, f.rows})
	if err != nil {
		return err
	}
	after, err := encode(&struct { // 5 and on
		KeyValueMetadata thrift.Slice[format.KeyValue]    `thrift:"1"`
		CreatedBy        string                           `thrift:"2"`
		ColumnOrders     thrift.Slice[format.ColumnOrder] `thrift:"3"`
	}{meta.KeyValueMetadata, meta.CreatedBy, meta.ColumnOrders})
	if err != nil {
		return err
	}
	list := []byte{1<<4 | byte(thrift.LIST), 0xF0 | byte(thrift.STRUCT)}
	list = binary.AppendUvarint(list, uint64(len(f.groups)))
	if _, err = f.out.Write(append(before[:len(before)-1], list...)); err != nil {
		return err
	}
	var group []byte
	for _, encoded := range f.groups {
		if group, err = f.codec.Decode(group[:0], encoded); err != nil {
			return fmt.Errorf("putting the footer together: %w", err)
		}
		if _, err = f.out.Write(group); err != nil {
			return err
		}
	}
	if _, err = f.out.Write(after); err != nil {
		return err
	}
	length := f.out.written - start
	if length > math.MaxUint32 {
		return errors.New("the file has a longer footer than it may have")
	}
	if _, err = f.out.Write(append(binary.LittleEndian.AppendUint32(nil, uint32(length)), magic...)); err != nil {
		return err
	}
	return f.out.to.Flush()
}

// An output writes what it is told to write, but for what is to be skipped.
type output struct {
	to      *bufio.Writer
	written int64
	skip    int // bytes that go nowhere
}

// Write implements [io.Writer].
func (o *output) Write(b []byte) (int, error) {
	skipped := min(o.skip, len(b))
	o.skip -= skipped
	n, err := o.to.Write(b[skipped:])
	o.written += int64(n)
	return skipped + n, err
}
