package analyze_test

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/vqa-project/vqa/analyze"
	"github.com/vqa-project/vqa/analyze/media"
	"github.com/vqa-project/vqa/analyze/report"
	"github.com/vqa-project/vqa/detectors/measure"
	"github.com/vqa-project/vqa/fixtures"
)

// kept runs all detectors on a clip, and returns what they found and the file
// with its rows.
func kept(t *testing.T, path string, dets []analyze.Detector) (found, rows string) {
	t.Helper()
	rows = filepath.Join(t.TempDir(), "rows.parquet")
	f, err := os.Create(rows)
	if err != nil {
		t.Fatal(err)
	}
	_, docs, err := run(t.Context(), t, analyze.Options{Inputs: []string{path}, Detectors: dets, Media: media.Options{Threads: 1}, Rows: f})
	if err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	return text(t, docs[0]), rows
}

// detected runs detectors on rows.
func detected(ctx context.Context, t *testing.T, rows string, dets []analyze.Detector) ([]analyze.Outcome, *report.Document, error) {
	t.Helper()
	var doc *report.Document
	w := report.Gather(func(d *report.Document) error { doc = d; return nil })
	outcomes, err := analyze.Detect(ctx, analyze.Options{Inputs: []string{rows}, Detectors: dets, Writer: w})
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return outcomes, doc, err
}

// All detectors find the same in rows, of every clip with known defects, as
// they found when it was decoded.
func TestDetectFindsTheSame(t *testing.T) {
	if testing.Short() {
		t.Skip("takes minutes")
	}
	for _, clip := range fixtures.All() {
		t.Run(clip.Name, func(t *testing.T) {
			t.Parallel()
			path, err := clip.Make(fixtures.Dir())
			if err != nil {
				t.Fatal(err)
			}
			same(t, path, clip.Options)
		})
	}
}

func same(t *testing.T, path string, options map[string]string) {
	t.Helper()
	want, rows := kept(t, path, configure(t, options))
	_, doc, err := detected(t.Context(), t, rows, configure(t, options))
	if err != nil {
		t.Fatal(err)
	}
	if doc.Input != path {
		t.Errorf("input is %q", doc.Input)
	}
	if got := text(t, doc); got != want {
		t.Errorf("rows give\n%s\ndecoding gave\n%s", got, want)
	}
}

// So they do of what cannot be opened, and of what cannot be decoded.
func TestDetectOfFailures(t *testing.T) {
	same(t, clip(t, "demo"), nil)
	want, rows := kept(t, "missing.mp4", configure(t, nil))
	outcomes, doc, err := detected(t.Context(), t, rows, configure(t, nil))
	if err != nil || outcomes[0].Err == nil {
		t.Fatalf("error %v, of the input %v", err, outcomes[0].Err)
	}
	if got := text(t, doc); got != want {
		t.Errorf("rows give\n%s\nwhen it was read it was\n%s", got, want)
	}

	data, err := os.ReadFile(clip(t, "black_cut"))
	if err != nil {
		t.Fatal(err)
	}
	cut := filepath.Join(t.TempDir(), "cut.ts")
	if err := os.WriteFile(cut, data[:len(data)/3], 0o600); err != nil {
		t.Fatal(err)
	}
	same(t, cut, nil)
}

// Other options find something else.
func TestDetectOtherOptions(t *testing.T) {
	_, rows := kept(t, clip(t, "demo"), configure(t, nil))
	_, doc, err := detected(t.Context(), t, rows, configure(t, map[string]string{"freeze.min-duration": "2.8s"}))
	if err != nil {
		t.Fatal(err)
	}
	if n := doc.Detectors["freeze"].Events; n != 1 {
		t.Errorf("%d freezes of 2.8 s and more", n)
	}
}

// A detector whose measures are missing says so.
func TestDetectWhatWasNotMeasured(t *testing.T) {
	dets := configure(t, nil)
	var few []analyze.Detector
	for _, d := range dets {
		if d.Name == "black" {
			few = append(few, d)
		}
	}
	_, rows := kept(t, clip(t, "black_cut"), few)
	_, doc, err := detected(t.Context(), t, rows, dets)
	if err != nil {
		t.Fatal(err)
	}
	if d := doc.Detectors["black"]; d.Status != report.Defects {
		t.Errorf("black: %+v", d)
	}
	for _, d := range dets {
		missing := d.Needs &^ few[0].Needs
		if missing == 0 {
			continue
		}
		got := doc.Detectors[d.Name]
		if got.Status != report.NotApplicable || got.Error != "rows do not carry "+missing.String() {
			t.Errorf("%s: %+v", d.Name, got)
		}
	}
}

// Rows that are no rows, or not whole, are an error, and no detector is clean.
func TestDetectDamagedRows(t *testing.T) {
	_, rows := kept(t, clip(t, "demo"), configure(t, nil))
	data, err := os.ReadFile(rows)
	if err != nil {
		t.Fatal(err)
	}
	for name, content := range map[string][]byte{
		"empty": nil, "text": []byte("rows\n"), "cut": data[:len(data)/2],
		"zeros": append(bytes.Clone(data[:100]), append(make([]byte, 60000), data[60100:]...)...),
	} {
		path := filepath.Join(t.TempDir(), name)
		if err := os.WriteFile(path, content, 0o600); err != nil {
			t.Fatal(err)
		}
		outcomes, doc, err := detected(t.Context(), t, path, configure(t, nil))
		if err != nil {
			t.Fatal(err)
		}
		if outcomes[0].Err == nil || !strings.Contains(doc.Error, name) {
			t.Errorf("%s: %+v, error %q", name, outcomes[0], doc.Error)
		}
		for detector, d := range doc.Detectors {
			if d.Status == report.Clean {
				t.Errorf("%s: %s is clean", name, detector)
			}
		}
	}
}

// A disk that is full ends the run, and is said.
func TestRowsCannotBeWritten(t *testing.T) {
	w := report.Gather(func(*report.Document) error { return nil })
	_, err := analyze.Run(t.Context(), analyze.Options{Inputs: []string{clip(t, "demo")}, Detectors: configure(t, nil), Writer: w, Rows: failing{}})
	if err == nil || !strings.Contains(err.Error(), "writing rows") {
		t.Errorf("error %v", err)
	}
}

type failing struct{}

func (failing) Write([]byte) (int, error) { return 0, os.ErrClosed }

func TestSetsAreNamed(t *testing.T) {
	for i := range 32 {
		s := measure.Set(1) << i
		if got := measure.ParseSet(s.String()); s.String() != "" && got != s {
			t.Errorf("%s is read as %s", s, got)
		}
	}
	if got := measure.ParseSet("luma,future,edges"); got != measure.Luma|measure.Edges {
		t.Errorf("%s", got)
	}
}
