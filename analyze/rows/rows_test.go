package rows

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"io"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/parquet-go/parquet-go"

	"github.com/vqa-project/vqa/detectors"
	"github.com/vqa-project/vqa/detectors/measure"
)

// fill sets everything below v to something, now and then to zero.
func fill(v reflect.Value, r *rand.Rand) {
	if r.IntN(4) == 0 {
		return
	}
	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			fill(v.Field(i), r)
		}
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		fill(v.Elem(), r)
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 1+r.IntN(3), 5))
		fallthrough
	case reflect.Array:
		for i := range v.Len() {
			fill(v.Index(i), r)
		}
	case reflect.Bool:
		v.SetBool(true)
	case reflect.String:
		v.SetString(strings.Repeat("é\x00", r.IntN(4)))
	case reflect.Float32, reflect.Float64:
		v.SetFloat([]float64{-1.5, math.Inf(-1), math.Copysign(0, -1), r.NormFloat64()}[r.IntN(4)])
	default:
		if v.CanInt() {
			v.SetInt(int64(r.Uint64()) >> (64 - v.Type().Bits()))
		} else {
			v.SetUint(r.Uint64() >> (64 - v.Type().Bits()))
		}
	}
}

// keep is a copy of a row, as far as anybody may keep it.
func keep[T any](row *T) any {
	c := reflect.New(reflect.TypeFor[T]()).Elem()
	c.Set(reflect.ValueOf(row).Elem())
	if f := c.FieldByName("Channels"); f.IsValid() && f.Kind() == reflect.Slice && f.Len() > 0 {
		s := reflect.MakeSlice(f.Type(), f.Len(), f.Len())
		reflect.Copy(s, f)
		f.Set(s)
	}
	return c.Interface()
}

func keeper(out *[]any) detectors.Run {
	return detectors.Run{
		Transport: func(x *measure.Transport) { *out = append(*out, keep(x)) },
		Resource:  func(x *measure.Resource) { *out = append(*out, keep(x)) },
		Packet:    func(x *measure.Packet) { *out = append(*out, keep(x)) },
		Picture:   func(x *measure.Picture) { *out = append(*out, keep(x)) },
		Block:     func(x *measure.Block) { *out = append(*out, keep(x)) },
	}
}

// random returns a file of n rows with anything in them, and what is in it.
func random(n int, seed uint64) (file []byte, start Start, all []any, end End) {
	return randomGroups(n, seed, groupBytes)
}

// randomGroups writes a group of rows for so many bytes.
func randomGroups(n int, seed uint64, group int) (file []byte, start Start, all []any, end End) {
	r := rand.New(rand.NewPCG(seed, 0))
	fill(reflect.ValueOf(&start).Elem(), r)
	start.Schema, start.Measured = Schema, "luma,levels"
	fill(reflect.ValueOf(&end).Elem(), r)
	var b bytes.Buffer
	w := NewWriter(&b, start)
	w.most = group
	run := w.Run()
	both := func(f func(detectors.Run)) {
		f(run)
		f(keeper(&all))
	}
	for range n {
		switch r.IntN(5) {
		case 0:
			var row measure.Transport
			fill(reflect.ValueOf(&row).Elem(), r)
			both(func(to detectors.Run) { to.Transport(&row) })
		case 1:
			var row measure.Resource
			fill(reflect.ValueOf(&row).Elem(), r)
			both(func(to detectors.Run) { to.Resource(&row) })
		case 2:
			var row measure.Packet
			fill(reflect.ValueOf(&row).Elem(), r)
			both(func(to detectors.Run) { to.Packet(&row) })
		case 3:
			var row measure.Picture
			fill(reflect.ValueOf(&row).Elem(), r)
			both(func(to detectors.Run) { to.Picture(&row) })
		case 4:
			var row measure.Block
			fill(reflect.ValueOf(&row).Elem(), r)
			both(func(to detectors.Run) { to.Block(&row) })
		}
	}
	if err := w.Close(end); err != nil {
		panic(err)
	}
	return b.Bytes(), start, all, end
}

func open(t *testing.T, file []byte) (*Reader, error) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "rows.parquet")
	if err := os.WriteFile(path, file, 0o600); err != nil {
		t.Fatal(err)
	}
	return Open(path)
}

// Whatever is in rows comes back bit for bit, in the same order.
func TestRowsComeBack(t *testing.T) {
	for seed := range uint64(3) {
		file, start, want, end := randomGroups(120, seed, batchBytes<<seed) // in many groups, some and one
		r, err := open(t, file)
		if err != nil {
			t.Fatal(err)
		}
		if got := r.Start(); !reflect.DeepEqual(got, start) {
			t.Errorf("start is\n%+v, want\n%+v", got, start)
		}
		var got []any
		gotEnd, err := r.Read(t.Context(), []detectors.Run{keeper(&got), {}})
		if err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(gotEnd, end) {
			t.Errorf("end is %+v, want %+v", gotEnd, end)
		}
		if len(got) != len(want) {
			t.Fatalf("%d rows, want %d", len(got), len(want))
		}
		for i := range want {
			if !reflect.DeepEqual(bits(got[i]), bits(want[i])) {
				t.Fatalf("row %d of seed %d is\n%+v, want\n%+v", i, seed, got[i], want[i])
			}
		}
		r.Close()
	}
}

// Other readers find each group by the footer, with the names, places and statistics
// of its columns.
func TestFooter(t *testing.T) {
	var out bytes.Buffer
	w := NewWriter(&out, Start{})
	w.most = batchBytes
	const pictures = 500
	for i := range pictures {
		row := measure.Picture{Number: int64(i), PTS: time.Duration(i)}
		for j := range row.Luma.Histogram {
			row.Luma.Histogram[j] = uint32(i + j)
		}
		w.Run().Picture(&row)
	}
	if err := w.Close(End{}); err != nil {
		t.Fatal(err)
	}
	f, err := parquet.OpenFile(bytes.NewReader(out.Bytes()), int64(out.Len()))
	if err != nil {
		t.Fatal(err)
	}
	if f.NumRows() != pictures+2 || len(f.RowGroups()) < 2 {
		t.Fatalf("%d rows in %d groups", f.NumRows(), len(f.RowGroups()))
	}
	_, columns := plan()
	next, at := int64(0), int64(len(magic))
	for i, g := range f.Metadata().RowGroups {
		if int(g.Ordinal) != i || g.FileOffset != at || len(g.Columns) != len(columns) {
			t.Errorf("group %d has number %d, is at %d, not %d, and has %d columns", i, g.Ordinal, g.FileOffset, at, len(g.Columns))
		}
		at += g.TotalCompressedSize
		for j, c := range g.Columns {
			if !slices.Equal(c.MetaData.PathInSchema, columns[j].path) || len(c.MetaData.Encoding) == 0 {
				t.Fatalf("column %d of group %d is %q, not %q, encoded as %v", j, i, c.MetaData.PathInSchema, columns[j].path, c.MetaData.Encoding)
			}
			if slices.Equal(c.MetaData.PathInSchema, []string{"picture", "number"}) {
				least, most := c.MetaData.Statistics.MinValue, c.MetaData.Statistics.MaxValue
				if got := int64(binary.LittleEndian.Uint64(least)); got != next {
					t.Errorf("group %d begins with picture %d, not %d", i, got, next)
				}
				next = int64(binary.LittleEndian.Uint64(most)) + 1
			}
		}
	}
	if next != pictures {
		t.Errorf("the last picture is %d", next-1)
	}
	number, _ := f.Schema().Lookup("picture", "number")
	var got []int64
	for _, g := range f.RowGroups() {
		pages := g.ColumnChunks()[number.ColumnIndex].Pages()
		for {
			page, err := pages.ReadPage()
			if errors.Is(err, io.EOF) {
				break
			} else if err != nil {
				t.Fatal(err)
			}
			values := make([]parquet.Value, page.NumValues())
			n, _ := page.Values().ReadValues(values)
			for _, v := range values[:n] {
				if !v.IsNull() {
					got = append(got, v.Int64())
				}
			}
		}
		if err := pages.Close(); err != nil {
			t.Error(err)
		}
	}
	if len(got) != pictures || got[pictures-1] != pictures-1 {
		t.Errorf("%d pictures, the last is %d", len(got), got[len(got)-1])
	}
}

// bits makes -0 something else than 0, which DeepEqual takes for the same.
func bits(row any) any {
	v := reflect.New(reflect.TypeOf(row)).Elem()
	v.Set(reflect.ValueOf(row))
	signs(v)
	return v.Interface()
}

func signs(v reflect.Value) {
	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			signs(v.Field(i))
		}
	case reflect.Array, reflect.Slice:
		for i := range v.Len() {
			signs(v.Index(i))
		}
	case reflect.Float32, reflect.Float64:
		if v.Float() == 0 && math.Signbit(v.Float()) {
			v.SetFloat(-12345)
		}
	}
}

// What a reader keeps of a table is not written over.
func TestContentStays(t *testing.T) {
	var b bytes.Buffer
	w := NewWriter(&b, Start{})
	for pid := range 3 {
		w.Run().Transport(&measure.Transport{PID: pid, Content: &measure.TransportTable{Access: []int{pid, 7}}})
	}
	if err := w.Close(End{}); err != nil {
		t.Fatal(err)
	}
	r, err := open(t, b.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	var kept []*measure.TransportTable
	if _, err := r.Read(t.Context(), []detectors.Run{{Transport: func(x *measure.Transport) { kept = append(kept, x.Content) }}}); err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal([]any{kept[0].Access, kept[1].Access, kept[2].Access})
	if err != nil || string(text) != "[[0,7],[1,7],[2,7]]" {
		t.Errorf("%s, %v", text, err)
	}
}

// A file that is cut off, or has bytes that are wrong, is an error or is read;
// it never ends the program.
func TestDamage(t *testing.T) {
	file, _, _, _ := random(20, 9)
	read := func(file []byte) error {
		r, err := open(t, file)
		if err != nil {
			return err
		}
		defer r.Close()
		var all []any
		_, err = r.Read(t.Context(), []detectors.Run{keeper(&all)})
		return err
	}
	for _, n := range []int{0, 3, 8, len(file) / 2, len(file) - 1} {
		if err := read(file[:n]); err == nil {
			t.Errorf("%d of %d bytes were read", n, len(file))
		}
	}
	r := rand.New(rand.NewPCG(1, 1))
	failed := 0
	for range 60 {
		damaged := bytes.Clone(file)
		for range 1 + r.IntN(8) {
			damaged[r.IntN(len(damaged))] ^= byte(1 << r.IntN(8))
		}
		if read(damaged) != nil {
			failed++
		}
	}
	if failed == 0 {
		t.Error("no damage was noticed")
	}
	if err := read([]byte("no Parquet file at all")); err == nil || !strings.Contains(err.Error(), "not a whole Parquet file") {
		t.Errorf("error %v", err)
	}
}

// An error of writing is kept, and said at the end.
func TestWriteFails(t *testing.T) {
	w := NewWriter(&full{left: 100_000}, Start{})
	row := measure.Picture{}
	for i := range 2000 {
		for j := range row.Thumb.Y {
			row.Thumb.Y[j][0] = uint16(i * j * 7919)
		}
		row.PTS = time.Duration(i)
		w.Run().Picture(&row)
	}
	if err := w.Close(End{}); !errors.Is(err, errFull) {
		t.Errorf("error %v", err)
	}
}

var errFull = errors.New("no space left")

type full struct{ left int }

func (f *full) Write(b []byte) (int, error) {
	if f.left -= len(b); f.left < 0 {
		return 0, errFull
	}
	return len(b), nil
}

func TestColumnNames(t *testing.T) {
	for field, want := range map[string]string{"PTS": "pts", "HasPTS": "has_pts", "DecodeErrors": "decode_errors", "ToneHz": "tone_hz", "PIDStream": "pid_stream", "Y": "y"} {
		if got := columnName(field, reflect.TypeFor[int]()); got != want {
			t.Errorf("%s is %s, want %s", field, got, want)
		}
	}
	if got := columnName("PTS", durationType); got != "pts_ns" {
		t.Error(got)
	}
}

func BenchmarkWrite(b *testing.B) {
	r := rand.New(rand.NewPCG(1, 1))
	var row measure.Picture
	for y := range row.Thumb.Y {
		for x := range row.Thumb.Y[y] {
			row.Thumb.Y[y][x] = uint16(30000 + 200*x + r.IntN(300))
		}
	}
	for y := range row.Thumb.U {
		for x := range row.Thumb.U[y] {
			row.Thumb.U[y][x], row.Thumb.V[y][x] = uint16(30000+r.IntN(300)), uint16(30000+r.IntN(300))
		}
	}
	for i := range row.Luma.Histogram {
		row.Luma.Histogram[i] = uint32(r.IntN(1000))
	}
	for i := range 510 {
		row.Grid.Cells[i] = measure.GridCell{On: r.Float32(), Off: r.Float32()}
	}
	var n countWriter
	w := NewWriter(&n, Start{})
	run := w.Run()
	b.ReportAllocs()
	for b.Loop() {
		row.PTS += 40 * time.Millisecond
		run.Picture(&row)
	}
	if err := w.Close(End{}); err != nil {
		b.Fatal(err)
	}
	b.ReportMetric(float64(n)/float64(b.N), "B/row")
}

type countWriter int

func (n *countWriter) Write(b []byte) (int, error) {
	*n += countWriter(len(b))
	return len(b), nil
}
