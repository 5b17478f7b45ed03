package rows

import (
	"fmt"
	"reflect"
	"strings"
	"time"
	"unicode"
	"unsafe"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/compress"
)

// A shape is what a node of the schema is.
type shape int

const (
	leaf     shape = iota
	group          // a struct that is always there
	optional       // a struct that is null where it is all zero
	pointer        // a struct that is null where the pointer is nil
	array          // of a fixed length, nested ones as one: a list without its trailing zeros
	slice          // a list
)

// A node describes a Go type and how it is written: the levels are those of
// the Parquet format, which says after Dremel where in a nested record a value
// belongs. The definition level of null is that of the parent.
type node struct {
	shape      shape
	name       string
	offset     uintptr // in the struct it is a field of
	typ        reflect.Type
	children   []*node // fields; of a list, its element
	length     int     // of an array
	definition int     // level where it is there
	repetition int     // level of a further element of a list
	path       []string

	first, last int // columns of its leaves; last is behind them
	kind        reflect.Kind
	float       bool // a number of 16 bits in a list, see leaf
}

// element is what the format calls that of a list.
const element = "element"

var durationType = reflect.TypeFor[time.Duration]()

// plan is the schema of [record], without its own level.
func plan() (root *node, columns []*node) {
	root = newNode("", reflect.TypeFor[record](), nil, 0, 0, group, &columns)
	return root, columns
}

func newNode(name string, t reflect.Type, path []string, definition, repetition int, structs shape, columns *[]*node) *node {
	n := &node{name: name, typ: t, kind: t.Kind(), first: len(*columns), float: t.Kind() == reflect.Uint16 && name == element}
	if name != "" {
		n.path = append(path[:len(path):len(path)], name)
	}
	switch t.Kind() {
	case reflect.Pointer:
		n.shape, n.definition, n.repetition = pointer, definition+1, repetition
		n.fields(t.Elem(), columns)
	case reflect.Struct:
		n.shape, n.definition, n.repetition = structs, definition, repetition
		if structs == optional {
			n.definition++
		}
		n.fields(t, columns)
	case reflect.Array, reflect.Slice:
		n.shape, n.definition, n.repetition = slice, definition+1, repetition+1
		if n.length = 1; t.Kind() == reflect.Array {
			n.shape = array
			for ; t.Kind() == reflect.Array; t = t.Elem() {
				n.length *= t.Len()
			}
		} else {
			t = t.Elem()
		}
		// As the format has it for lists.
		inner := append(n.path[:len(n.path):len(n.path)], "list")
		n.children = []*node{newNode(element, t, inner, n.definition, n.repetition, group, columns)}
	default:
		n.shape, n.definition, n.repetition = leaf, definition, repetition
		*columns = append(*columns, n)
	}
	n.last = len(*columns)
	return n
}

func (n *node) fields(t reflect.Type, columns *[]*node) {
	for i := range t.NumField() {
		f := t.Field(i)
		if !f.IsExported() {
			panic(fmt.Sprintf("rows: %s.%s cannot be kept: it is not exported", t, f.Name))
		}
		c := newNode(columnName(f.Name, f.Type), f.Type, n.path, n.definition, n.repetition, optional, columns)
		c.offset = f.Offset
		n.children = append(n.children, c)
	}
}

// columnName returns the name of a field in lower case with underscores:
// "DecodeErrors" is "decode_errors", "PTS", a duration, "pts_ns".
func columnName(field string, t reflect.Type) string {
	var b strings.Builder
	letters := []rune(field)
	for i, r := range letters {
		if i > 0 && unicode.IsUpper(r) && (!unicode.IsUpper(letters[i-1]) || i+1 < len(letters) && unicode.IsLower(letters[i+1])) {
			b.WriteByte('_')
		}
		b.WriteRune(unicode.ToLower(r))
	}
	if t == durationType {
		b.WriteString("_ns")
	}
	return b.String()
}

// parquet returns the node as the Parquet library has it. All columns share the
// codec, which has buffers of its own.
func (n *node) parquet(codec compress.Codec) parquet.Node {
	switch n.shape {
	case leaf:
		return parquet.Compressed(n.leaf(), codec)
	case array, slice:
		return parquet.List(n.children[0].parquet(codec))
	}
	g := orderedGroup{Group: parquet.Group{}}
	for _, c := range n.children {
		g.Group[c.name] = c.parquet(codec)
		g.names = append(g.names, c.name)
	}
	if n.shape == group {
		return g
	}
	return parquet.Optional(g)
}

func (n *node) leaf() parquet.Node {
	if n.float {
		// Of the encodings that all readers know, that of floats has thumbs, which are
		// most of a file, in the fewest bytes. A float holds all values of 16 bits.
		return parquet.Encoded(parquet.Leaf(parquet.FloatType), &parquet.ByteStreamSplit)
	}
	var node parquet.Node
	switch n.kind {
	case reflect.Bool:
		return parquet.Leaf(parquet.BooleanType)
	case reflect.String:
		return parquet.Encoded(parquet.String(), &parquet.RLEDictionary)
	case reflect.Float32:
		return parquet.Encoded(parquet.Leaf(parquet.FloatType), &parquet.ByteStreamSplit)
	case reflect.Float64:
		return parquet.Encoded(parquet.Leaf(parquet.DoubleType), &parquet.ByteStreamSplit)
	case reflect.Int, reflect.Int64:
		node = parquet.Int(64)
	case reflect.Int8, reflect.Int16, reflect.Int32:
		node = parquet.Int(32)
	case reflect.Uint8, reflect.Uint16, reflect.Uint32:
		node = parquet.Uint(int(n.typ.Size()) * 8)
	case reflect.Uint, reflect.Uint64:
		node = parquet.Uint(64)
	default:
		panic(fmt.Sprintf("rows: %s cannot be kept: it is of type %s", strings.Join(n.path, "."), n.typ))
	}
	return parquet.Encoded(node, &parquet.DeltaBinaryPacked)
}

// orderedGroup is a group with its fields in the order of the Go type, and not
// of the alphabet.
type orderedGroup struct {
	parquet.Group
	names []string
}

// Fields implements [parquet.Node].
func (g orderedGroup) Fields() []parquet.Field {
	byName := map[string]parquet.Field{}
	for _, f := range g.Group.Fields() {
		byName[f.Name()] = f
	}
	var out []parquet.Field
	for _, name := range g.names {
		out = append(out, byName[name])
	}
	return out
}

// A sliceHeader is a slice in memory.
type sliceHeader struct {
	data unsafe.Pointer
	len  int
	_    int // its capacity
}
