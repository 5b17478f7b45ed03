package analyze_test

import (
	"testing"
	"time"

	"github.com/vqa-project/vqa/analyze"
	"github.com/vqa-project/vqa/analyze/media"
	"github.com/vqa-project/vqa/analyze/report"
	"github.com/vqa-project/vqa/fixtures"
)

// How long a picture takes is told once for each, and changes nothing.
func TestLatencyOfPictures(t *testing.T) {
	clip, err := fixtures.Make("freeze_video_only", fixtures.Dir())
	if err != nil {
		t.Fatal(err)
	}
	var all []time.Duration
	run := func(latency func(time.Duration)) string {
		return gathered(t, func(w report.Writer) error {
			_, err := analyze.Run(t.Context(), analyze.Options{
				Inputs: []string{clip}, Detectors: configure(t, nil), Media: media.Options{Threads: 1}, Writer: w, Latency: latency,
			})
			return err
		})
	}
	if run(func(d time.Duration) { all = append(all, d) }) != run(nil) {
		t.Error("other results where it is told")
	}
	for _, d := range all {
		if d <= 0 || d > time.Minute {
			t.Errorf("a picture took %s", d)
		}
	}
	if len(all) < 25 {
		t.Errorf("told of %d pictures", len(all))
	}
}
