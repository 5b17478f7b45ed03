package rows

import (
	"errors"
	"fmt"
	"reflect"
	"strings"
	"unsafe"

	"github.com/parquet-go/parquet-go"
)

var errDamaged = errors.New("the file is damaged")

// An assembler puts records together from the values of their columns. The
// record and what it points to are overwritten by the next; what is further
// down, such as the content of a table, is the reader's for ever.
type assembler struct {
	root    *node
	columns []*node
	values  [][]parquet.Value // of one record
	record  record
}

func newAssembler() *assembler {
	root, columns := plan()
	return &assembler{root: root, columns: columns, values: make([][]parquet.Value, len(columns))}
}

// next puts the record in values together.
func (a *assembler) next() (*record, error) {
	for _, c := range a.root.children {
		p := unsafe.Add(unsafe.Pointer(&a.record), c.offset)
		if err := a.read(c, p); err != nil {
			return nil, err
		}
	}
	for i, left := range a.values {
		if len(left) > 0 {
			return nil, fmt.Errorf("%w: %s has values too many", errDamaged, a.column(i))
		}
	}
	return &a.record, nil
}

func (a *assembler) column(i int) string { return strings.Join(a.columns[i].path, ".") }

// read reads what belongs at p, which holds anything.
func (a *assembler) read(n *node, p unsafe.Pointer) error {
	if n.shape == group {
		return a.fields(n, p)
	}
	if n.first == n.last {
		return nil
	}
	if len(a.values[n.first]) == 0 {
		return fmt.Errorf("%w: %s lacks values", errDamaged, a.column(n.first))
	}
	v := a.values[n.first][0]
	if n.shape == leaf {
		a.values[n.first] = a.values[n.first][1:]
		if v.IsNull() {
			return fmt.Errorf("%w: %s is null", errDamaged, a.column(n.first))
		}
		n.set(p, v)
		return nil
	}
	there := v.DefinitionLevel() >= n.definition
	switch n.shape {
	case optional:
		if there {
			return a.fields(n, p)
		}
		reflect.NewAt(n.typ, p).Elem().SetZero()
	case pointer:
		to := (*unsafe.Pointer)(p)
		if there {
			// A row is lent, what it points to is not.
			if *to == nil || len(n.path) > 1 {
				*to = reflect.New(n.typ.Elem()).UnsafePointer()
			}
			return a.fields(n, *to)
		}
		*to = nil
	case array:
		length := 0
		if there {
			var err error
			if length, err = a.list(n, func(int) unsafe.Pointer { return p }, n.length); err != nil {
				return err
			}
		}
		size := n.children[0].typ.Size()
		if length < n.length {
			clear(unsafe.Slice((*byte)(unsafe.Add(p, uintptr(length)*size)), uintptr(n.length-length)*size))
		}
		if there {
			return nil
		}
	case slice:
		s := reflect.NewAt(n.typ, p).Elem()
		if there {
			s.SetLen(0)
			_, err := a.list(n, func(length int) unsafe.Pointer {
				if length > s.Cap() {
					s.Grow(max(2, length) - s.Len())
				}
				s.SetLen(length)
				return s.UnsafePointer()
			}, maxSlice)
			return err
		}
		s.SetZero()
	}
	return a.null(n)
}

// maxSlice bounds what a damaged file may make one list of.
const maxSlice = 1 << 24

// list reads the elements of a list. room makes room for so many, and returns
// where they are.
func (a *assembler) list(n *node, room func(int) unsafe.Pointer, most int) (length int, err error) {
	element := n.children[0]
	size := element.typ.Size()
	for {
		if length == most {
			return 0, fmt.Errorf("%w: %s has more than %d elements", errDamaged, strings.Join(n.path, "."), most)
		}
		length++
		if err := a.read(element, unsafe.Add(room(length), uintptr(length-1)*size)); err != nil {
			return 0, err
		}
		left := a.values[n.first]
		if len(left) == 0 || left[0].RepetitionLevel() < n.repetition {
			return length, nil
		}
	}
}

func (a *assembler) fields(n *node, p unsafe.Pointer) error {
	for _, c := range n.children {
		if err := a.read(c, unsafe.Add(p, c.offset)); err != nil {
			return err
		}
	}
	return nil
}

// null passes over what stands for something that is not there.
func (a *assembler) null(n *node) error {
	for i := n.first; i < n.last; i++ {
		if len(a.values[i]) == 0 || !a.values[i][0].IsNull() {
			return fmt.Errorf("%w: %s is there in part", errDamaged, strings.Join(n.path, "."))
		}
		a.values[i] = a.values[i][1:]
	}
	return nil
}

func (n *node) set(p unsafe.Pointer, v parquet.Value) {
	if n.float {
		*(*uint16)(p) = uint16(int32(v.Float()))
		return
	}
	switch n.kind {
	case reflect.Bool:
		*(*bool)(p) = v.Boolean()
	case reflect.String:
		*(*string)(p) = string(v.ByteArray())
	case reflect.Float32:
		*(*float32)(p) = v.Float()
	case reflect.Float64:
		*(*float64)(p) = v.Double()
	case reflect.Int, reflect.Int64, reflect.Uint, reflect.Uint64:
		*(*int64)(p) = v.Int64()
	case reflect.Int8, reflect.Uint8:
		*(*uint8)(p) = uint8(v.Int32())
	case reflect.Int16, reflect.Uint16:
		*(*uint16)(p) = uint16(v.Int32())
	default:
		*(*int32)(p) = v.Int32()
	}
}
