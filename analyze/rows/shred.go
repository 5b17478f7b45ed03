package rows

import (
	"bytes"
	"reflect"
	"unsafe"

	"github.com/parquet-go/parquet-go"
)

// A shredder takes records apart into the values of their columns.
type shredder struct {
	root    *node
	columns [][]parquet.Value
	bytes   int // of values in columns that are there
}

func newShredder() *shredder {
	root, columns := plan()
	return &shredder{root: root, columns: make([][]parquet.Value, len(columns))}
}

func (s *shredder) clear() {
	for i := range s.columns {
		s.columns[i] = s.columns[i][:0]
	}
	s.bytes = 0
}

// add takes one record apart. What it points to is not kept.
func (s *shredder) add(r *record) {
	for _, c := range s.root.children {
		s.write(c, unsafe.Add(unsafe.Pointer(r), c.offset), 0, 0)
	}
}

// write writes what is at p. repetition says in which list this is a further
// element, definition how much of the way down to here is there.
func (s *shredder) write(n *node, p unsafe.Pointer, repetition, definition int) {
	switch n.shape {
	case leaf:
		v := n.value(p)
		s.columns[n.first] = append(s.columns[n.first], v.Level(repetition, definition, n.first))
		s.bytes += int(n.typ.Size())
	case group:
		s.fields(n, p, repetition, definition)
	case optional:
		if zero(p, n.typ.Size()) {
			s.null(n, repetition, definition)
			return
		}
		s.fields(n, p, repetition, n.definition)
	case pointer:
		to := *(*unsafe.Pointer)(p)
		if to == nil {
			s.null(n, repetition, definition)
			return
		}
		s.fields(n, to, repetition, n.definition)
	case array:
		size := n.children[0].typ.Size()
		s.list(n, p, filled(p, size, n.length), repetition, definition)
	case slice:
		h := (*sliceHeader)(p)
		s.list(n, h.data, h.len, repetition, definition)
	}
}

func (s *shredder) fields(n *node, p unsafe.Pointer, repetition, definition int) {
	for _, c := range n.children {
		s.write(c, unsafe.Add(p, c.offset), repetition, definition)
	}
}

func (s *shredder) list(n *node, p unsafe.Pointer, length, repetition, definition int) {
	if length == 0 {
		s.null(n, repetition, definition)
		return
	}
	element := n.children[0]
	size := element.typ.Size()
	for i := range length {
		if i == 1 {
			repetition = n.repetition
		}
		s.write(element, unsafe.Add(p, uintptr(i)*size), repetition, n.definition)
	}
}

func (s *shredder) null(n *node, repetition, definition int) {
	for i := n.first; i < n.last; i++ {
		s.columns[i] = append(s.columns[i], parquet.Value{}.Level(repetition, definition, i))
	}
}

// zeros is to compare with.
var zeros [1 << 12]byte

// zero reports whether size bytes are zero. A float of -0 has a bit that is set.
func zero(p unsafe.Pointer, size uintptr) bool {
	b := unsafe.Slice((*byte)(p), size)
	for len(b) > len(zeros) {
		if !bytes.Equal(b[:len(zeros)], zeros[:]) {
			return false
		}
		b = b[len(zeros):]
	}
	return bytes.Equal(b, zeros[:len(b)])
}

// filled returns the number of elements up to the last that is not zero.
func filled(p unsafe.Pointer, size uintptr, length int) int {
	for ; length > 0; length-- {
		if !zero(unsafe.Add(p, uintptr(length-1)*size), size) {
			break
		}
	}
	return length
}

func (n *node) value(p unsafe.Pointer) parquet.Value {
	if n.float {
		return parquet.FloatValue(float32(*(*uint16)(p)))
	}
	switch n.kind {
	case reflect.Bool:
		return parquet.BooleanValue(*(*bool)(p))
	case reflect.String:
		return parquet.ByteArrayValue([]byte(*(*string)(p)))
	case reflect.Float32:
		return parquet.FloatValue(*(*float32)(p))
	case reflect.Float64:
		return parquet.DoubleValue(*(*float64)(p))
	case reflect.Int, reflect.Int64, reflect.Uint, reflect.Uint64:
		return parquet.Int64Value(*(*int64)(p))
	case reflect.Int8:
		return parquet.Int32Value(int32(*(*int8)(p)))
	case reflect.Int16:
		return parquet.Int32Value(int32(*(*int16)(p)))
	case reflect.Uint8:
		return parquet.Int32Value(int32(*(*uint8)(p)))
	case reflect.Uint16:
		return parquet.Int32Value(int32(*(*uint16)(p)))
	default: // the plan lets through those of 32 bits
		return parquet.Int32Value(*(*int32)(p))
	}
}
