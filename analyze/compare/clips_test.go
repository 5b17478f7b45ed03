package compare_test

import (
	"context"
	"errors"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/vqa-project/vqa/analyze/compare"
	"github.com/vqa-project/vqa/analyze/media"
	"github.com/vqa-project/vqa/analyze/report"
	"github.com/vqa-project/vqa/fixtures"
)

func clip(t *testing.T, name string) string {
	t.Helper()
	path, err := fixtures.Make(name, fixtures.Dir())
	if errors.Is(err, fixtures.ErrNoFFmpeg) {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	return path
}

func run(t *testing.T, ref, in string) *report.Comparison {
	t.Helper()
	c, err := compare.Run(context.Background(), compare.Options{
		Reference: clip(t, ref), Input: clip(t, in), Media: media.Options{Threads: 1},
	})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func near(t *testing.T, what string, got, want, by float64) {
	t.Helper()
	if !(math.Abs(got-want) <= by) {
		t.Errorf("%s is %v, want %v", what, got, want)
	}
}

func TestIdentical(t *testing.T) {
	c := run(t, "compare_reference", "compare_reference")
	if c.Status != report.Match || c.Picture.DelayMS != 0 || len(c.Picture.Parts) != 0 || c.Picture.MatchShare != 1 {
		t.Errorf("picture %+v", c.Picture)
	}
	if s := c.Sound[0]; s.DelayMS != 0 || s.DriftPPM != 0 || len(s.Parts) != 0 || *s.AVOffset != (report.AVOffset{}) {
		t.Errorf("sound %+v", s)
	}
	q := c.Quality
	if q.Pictures != 250 || q.Identical != 250 || !math.IsInf(float64(q.PSNR.Mean), 1) || q.SSIM.Min != 1 || q.Scaled {
		t.Errorf("quality %+v", q)
	}
}

// In the transport stream the program starts with the priming of AAC, 21 ms
// before the picture.
func TestLateSound(t *testing.T) {
	c := run(t, "compare_reference", "compare_late")
	near(t, "the delay of picture", c.Picture.DelayMS, 1000*1024./48000, 0.1)
	near(t, "the A/V offset", c.Sound[0].AVOffset.MedianMS, 240, 5)
	near(t, "the drift", c.Sound[0].DriftPPM, 0, 0)
	if q := c.Quality; q == nil || !q.Scaled || q.Width != 480 || q.Height != 270 || q.PSNR.Mean < 20 || q.SSIM.Mean < 0.5 {
		t.Errorf("quality %+v", q)
	}
}

func TestMissingPart(t *testing.T) {
	for _, reversed := range []bool{false, true} {
		ref, in, kind := "compare_reference", "compare_missing", report.Missing
		if reversed {
			ref, in, kind = in, ref, report.Inserted
		}
		c := run(t, ref, in)
		for what, s := range map[string]*report.ComparedStream{"picture": c.Picture, "sound": &c.Sound[0]} {
			if len(s.Parts) != 1 || s.Parts[0].Kind != kind {
				t.Errorf("%s: parts %+v, want one %s", what, s.Parts, kind)
				continue
			}
			from, to, other := s.Parts[0].ReferenceStartS, s.Parts[0].ReferenceEndS, s.Parts[0].InputStartS
			if reversed {
				from, to, other = s.Parts[0].InputStartS, s.Parts[0].InputEndS, s.Parts[0].ReferenceStartS
			}
			near(t, what+": the start", from, 4, 0.021)
			near(t, what+": the end", to, 5, 0.021)
			near(t, what+": where it would be", other, 4, 0.021)
		}
		near(t, "the A/V offset", c.Sound[0].AVOffset.LargestMS, 0, 5)
	}
}

func TestUnrelated(t *testing.T) {
	c := run(t, "compare_reference", "freeze_ntsc")
	if c.Status != report.NoMatch || c.Picture.Status != report.NoMatch || c.Quality != nil || len(c.Picture.Stretches) != 0 || c.Picture.DelayMS != 0 {
		t.Errorf("%+v, picture %+v", c, c.Picture)
	}
}

// Pictures that stand still and a silent track are no evidence.
func TestSoundAlone(t *testing.T) {
	c := run(t, "silence_audio_only", "silence_audio_only")
	if c.Status != report.Match || c.Picture != nil || c.Quality != nil || c.Sound[0].DelayMS != 0 || c.Sound[0].AVOffset != nil {
		t.Errorf("%+v", c)
	}
}

func TestBadInput(t *testing.T) {
	empty := filepath.Join(t.TempDir(), "empty.ts")
	if err := os.WriteFile(empty, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	good := clip(t, "compare_reference")
	for name, test := range map[string]struct{ ref, in, want string }{
		"missing":           {good, "nowhere.ts", `opening "nowhere.ts": no such file`},
		"empty reference":   {empty, good, "is empty"},
		"nothing in common": {clip(t, "silence_audio_only"), clip(t, "freeze_video_only"), "one has only video, the other only audio"},
	} {
		_, err := compare.Run(context.Background(), compare.Options{Reference: test.ref, Input: test.in})
		if err == nil || !strings.Contains(strings.ToLower(err.Error()), strings.ToLower(test.want)) {
			t.Errorf("%s: error %v, want %q", name, err, test.want)
		}
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := compare.Run(ctx, compare.Options{Reference: good, Input: good}); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: error %v", err)
	}
}
