package analyze_test

import (
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"sync"
	"testing"

	"github.com/vqa-project/vqa/analyze"
	"github.com/vqa-project/vqa/analyze/media"
	"github.com/vqa-project/vqa/analyze/report"
	"github.com/vqa-project/vqa/fixtures"
)

// memory is a storage for tests.
type memory struct {
	sync.Mutex
	objects map[string][]byte
	fail    string // key that cannot be written
}

var errFull = errors.New("storage is full")

func (m *memory) Put(_ context.Context, key string, data []byte) error {
	m.Lock()
	defer m.Unlock()
	if key == m.fail {
		return errFull
	}
	m.objects[key] = data
	return nil
}

func (m *memory) Get(_ context.Context, key string) ([]byte, error) {
	m.Lock()
	defer m.Unlock()
	data, ok := m.objects[key]
	if !ok {
		return nil, fs.ErrNotExist
	}
	return data, nil
}

func (m *memory) Delete(_ context.Context, key string) error {
	m.Lock()
	defer m.Unlock()
	delete(m.objects, key)
	return nil
}

// gathered returns what an analysis writes, but for when it began.
func gathered(t *testing.T, run func(report.Writer) error) string {
	t.Helper()
	var doc *report.Document
	w := report.Gather(func(d *report.Document) error { doc = d; return nil })
	if err := errors.Join(run(w), w.Close()); err != nil {
		t.Fatal(err)
	}
	doc.StartedAt = ""
	text, err := json.MarshalIndent(doc, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// What is found through storage, a detector at a time and second by second, is
// what one process finds.
func TestStagedFindsTheSame(t *testing.T) {
	for _, name := range []string{"demo", "freeze_video_only"} {
		clip, err := fixtures.Make(name, fixtures.Dir())
		if err != nil {
			t.Fatal(err)
		}
		o := analyze.Options{Inputs: []string{clip}, Detectors: configure(t, nil), Media: media.Options{Threads: 1}}
		want := gathered(t, func(w report.Writer) error {
			o := o
			o.Writer = w
			_, err := analyze.Run(t.Context(), o)
			return err
		})
		storage := &memory{objects: map[string][]byte{}}
		var counts *analyze.Counts
		got := gathered(t, func(w report.Writer) (err error) {
			o := o
			o.Writer = w
			counts, err = analyze.Staged(t.Context(), o, storage, "a/")
			return err
		})
		if got != want {
			t.Errorf("%s: through storage\n%s\nin one process\n%s", name, got, want)
		}
		if len(storage.objects) != 0 {
			t.Errorf("%s: left in storage: %d objects", name, len(storage.objects))
		}
		steps := int64(len(counts.LatencyS))
		if want := steps*int64(len(o.Detectors)+4) + 1; counts.Transitions != want {
			t.Errorf("%s: %d transitions in %d steps, want %d", name, counts.Transitions, steps, want)
		}
		if counts.Puts <= steps || counts.Gets <= counts.Puts || counts.BytesRead <= counts.BytesWritten {
			t.Errorf("%s: %+v", name, counts)
		}
	}
}

func TestStagedEndsWithItsStorage(t *testing.T) {
	clip, err := fixtures.Make("demo", fixtures.Dir())
	if err != nil {
		t.Fatal(err)
	}
	storage := &memory{objects: map[string][]byte{}, fail: "a/000002/index-0000"}
	o := analyze.Options{Inputs: []string{clip}, Detectors: configure(t, nil), Writer: report.Gather(func(*report.Document) error { return nil })}
	if _, err := analyze.Staged(t.Context(), o, storage, "a/"); !errors.Is(err, errFull) {
		t.Errorf("error %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := analyze.Staged(ctx, o, storage, "b/"); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}
}
