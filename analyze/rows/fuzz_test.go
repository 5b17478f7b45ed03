package rows

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"github.com/parquet-go/parquet-go"

	"github.com/vqa-project/vqa/detectors"
)

// foreign returns a Parquet file that others wrote, with a schema that says it is
// ours.
func foreign(f *testing.F, schema string) []byte {
	f.Helper()
	type line struct{ A int64 }
	var b bytes.Buffer
	w := parquet.NewGenericWriter[line](&b, parquet.KeyValueMetadata("schema", schema))
	if _, err := w.Write([]line{{1}, {2}}); err != nil {
		f.Fatal(err)
	}
	if err := w.Close(); err != nil {
		f.Fatal(err)
	}
	return b.Bytes()
}

// Whatever a file holds, it is read, or it is an error: the same one the second
// time.
func FuzzReader(f *testing.F) {
	whole, _, _, _ := random(2, 3)
	f.Add(whole)
	f.Add(whole[:len(whole)/2])
	f.Add(whole[len(whole)/2:])
	f.Add(foreign(f, Schema))
	f.Add(foreign(f, "other"))
	f.Add([]byte("PAR1PAR1"))
	f.Add([]byte("no Parquet file at all"))
	path := filepath.Join(f.TempDir(), "rows.parquet")
	f.Fuzz(func(t *testing.T, file []byte) {
		if err := os.WriteFile(path, file, 0o600); err != nil {
			t.Fatal(err)
		}
		read := func() (rows int, message string) {
			r, err := Open(path)
			if err != nil {
				return 0, err.Error()
			}
			defer r.Close()
			var all []any
			if _, err = r.Read(t.Context(), []detectors.Run{keeper(&all)}); err != nil {
				message = err.Error()
			}
			return len(all), message
		}
		rows, message := read()
		if again, messageAgain := read(); again != rows || messageAgain != message {
			t.Errorf("%d rows and %q, then %d and %q", rows, message, again, messageAgain)
		}
	})
}
