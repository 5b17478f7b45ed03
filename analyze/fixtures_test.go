package analyze_test

import (
	"context"
	"flag"
	"slices"
	"strings"
	"testing"

	"github.com/vqa-project/vqa/analyze"
	"github.com/vqa-project/vqa/analyze/media"
	"github.com/vqa-project/vqa/analyze/report"
	"github.com/vqa-project/vqa/detectors/all"
	"github.com/vqa-project/vqa/fixtures"
)

// configure returns all detectors with options set, by full name.
func configure(t *testing.T, options map[string]string) []analyze.Detector {
	t.Helper()
	var out []analyze.Detector
	left := len(options)
	for _, d := range all.Detectors() {
		fs := flag.NewFlagSet(d.Name, flag.ContinueOnError)
		start := d.Setup(fs)
		for name, value := range options {
			detector, option, _ := strings.Cut(name, ".")
			if detector != d.Name {
				continue
			}
			if err := fs.Set(option, value); err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			left--
		}
		out = append(out, analyze.Detector{Detector: d, Start: start})
	}
	if left > 0 {
		t.Fatalf("options %v: %d belong to no detector", options, left)
	}
	return out
}

// found returns the events of a document.
func found(d *report.Document) []fixtures.Event {
	var out []fixtures.Event
	for _, e := range d.Events {
		out = append(out, fixtures.Event{Detector: e.Detector, Kind: e.Kind, Stream: e.Stream, StartS: e.StartS, EndS: e.EndS})
	}
	return out
}

// TestFixtures runs all detectors on all clips with known defects: each defect
// must be found, and nothing else.
func TestFixtures(t *testing.T) {
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
			var doc *report.Document
			w := report.Gather(func(d *report.Document) error { doc = d; return nil })
			outcomes, err := analyze.Run(context.Background(), analyze.Options{
				Inputs:    []string{path},
				Detectors: configure(t, clip.Options),
				Media:     media.Options{Threads: 1},
				Writer:    w,
			})
			if err != nil {
				t.Fatal(err)
			}
			if err := outcomes[0].Err; err != nil {
				t.Fatal(err)
			}
			if err := w.Close(); err != nil {
				t.Fatal(err)
			}
			for _, line := range fixtures.Compare(clip.Want, found(doc)) {
				t.Error(line)
			}
			for name, d := range doc.Detectors {
				if na := slices.Contains(clip.NotApplicable, name); na != (d.Status == report.NotApplicable) {
					t.Errorf("%s is %s", name, d.Status)
				}
				if d.Status == report.Failed {
					t.Errorf("%s could not check: %s", name, d.Error)
				}
			}
		})
	}
}
