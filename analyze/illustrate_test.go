package analyze_test

import (
	"bytes"
	"image"
	"image/jpeg"
	"math"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/vqa-project/vqa/analyze"
	"github.com/vqa-project/vqa/analyze/media"
	"github.com/vqa-project/vqa/analyze/report"
	"github.com/vqa-project/vqa/detectors"
	"github.com/vqa-project/vqa/detectors/measure"
)

// grey returns the mean luma of a picture, in limited range.
func grey(img image.Image, hd bool) float64 {
	red, green, blue := 0.299, 0.587, 0.114 // BT.601
	if hd {
		red, green, blue = 0.2126, 0.7152, 0.0722 // BT.709
	}
	sum, b := 0., img.Bounds()
	for y := b.Min.Y; y < b.Max.Y; y++ {
		for x := b.Min.X; x < b.Max.X; x++ {
			r, g, bl, _ := img.At(x, y).RGBA()
			sum += red*float64(r) + green*float64(g) + blue*float64(bl)
		}
	}
	return 16 + 219*sum/65535/float64(b.Dx()*b.Dy())
}

// The pictures that are sought are those that were measured, in whatever
// container and codec.
func TestStills(t *testing.T) {
	for _, name := range []string{"demo", "freeze_mpeg2", "black_hevc", "black_vp9_10bit"} {
		path := clip(t, name)
		var rows []measure.Picture
		var height int
		d := probe("probe", measure.Luma, func(measure.Program, detectors.Sink) (detectors.Run, error) {
			return detectors.Run{Picture: func(p *measure.Picture) { rows = append(rows, *p); height = p.Height }}, nil
		})
		if _, _, err := run(t.Context(), t, analyze.Options{Inputs: []string{path}, Detectors: []analyze.Detector{d}}); err != nil {
			t.Fatal(err)
		}
		n := len(rows)
		wanted := []int{0, 1, n / 3, n/3 + 1, n / 2, n/2 + 7, n - 2, n - 1}
		var times []time.Duration
		for _, i := range wanted {
			times = append(times, rows[i].PTS+rows[i].Duration/2)
		}
		in, err := media.Open(t.Context(), path, media.Options{Threads: 1})
		if err != nil {
			t.Fatal(err)
		}
		stills, err := in.Stills(t.Context(), rows[0].Stream, times, 320)
		in.Close()
		if err != nil {
			t.Fatal(err)
		}
		for i, s := range stills {
			row := &rows[wanted[i]]
			if s == nil {
				t.Errorf("%s: there is none at %s", name, times[i])
				continue
			}
			if s.At != row.PTS || s.Image.Bounds().Dx() != 320 {
				t.Errorf("%s: that at %s, %v, is not that at %s", name, s.At, s.Image.Bounds(), row.PTS)
			}
			if got := grey(s.Image, height >= 720); math.Abs(got-float64(row.Luma.Mean)) > 2 {
				t.Errorf("%s, at %s: luma %g, measured as %g", name, s.At, got, row.Luma.Mean)
			}
		}
	}
}

func TestIllustrate(t *testing.T) {
	path := clip(t, "demo")
	_, docs, err := run(t.Context(), t, analyze.Options{Inputs: []string{path}, Detectors: configure(t, nil), Plots: true})
	if err != nil {
		t.Fatal(err)
	}
	d := docs[0]
	if len(d.Events) == 0 || d.Plots == nil || len(d.Plots.Series) < 8 || len(d.Plots.Film) < 50 {
		t.Fatalf("%d events, plots %+v", len(d.Events), d.Plots)
	}
	widths := func(want int) {
		t.Helper()
		for _, e := range d.Events {
			if len(e.Pictures) < 2 || e.Pictures[0].What != "start" {
				t.Errorf("%s at %g has %d pictures", e.Detector, e.StartS, len(e.Pictures))
			}
			for _, p := range e.Pictures {
				img, err := jpeg.Decode(bytes.NewReader(p.JPEG))
				if err != nil {
					t.Fatal(err)
				}
				if img.Bounds().Dx() != want {
					t.Errorf("%s: %d wide, not %d", p.What, img.Bounds().Dx(), want)
				}
				if e.Detector == "black" && (grey(img, true) > 20) != (p.What == "after") {
					t.Errorf("black, %s at %g: luma %g", p.What, p.AtS, grey(img, true))
				}
				if p.What == "start" && math.Abs(p.AtS-e.StartS) > 0.1 {
					t.Errorf("%s starts at %g, the picture is of %g", e.Detector, e.StartS, p.AtS)
				}
			}
		}
	}
	widths(measure.ThumbWidth)
	analyze.Illustrate(t.Context(), d, media.Options{Threads: 1})
	widths(320)
}

// A file that has become another, or is none any more, gives no pictures.
func TestIllustrateAnotherInput(t *testing.T) {
	path := filepath.Join(t.TempDir(), "clip.ts")
	data, err := os.ReadFile(clip(t, "black_cut"))
	if err != nil {
		t.Fatal(err)
	}
	d := &report.Document{Input: path, Format: "mpegts",
		Streams: []report.Stream{{Index: 0, Type: "video", Codec: "h264", Analyzed: true, Width: 99, Height: 99}},
		Events:  []report.Event{{Detector: "black", EndS: 1}}}
	for _, content := range [][]byte{nil, []byte("text"), data, data[:1000]} {
		if content != nil {
			if err := os.WriteFile(path, content, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		if analyze.Illustrate(t.Context(), d, media.Options{}); d.Events[0].Pictures != nil {
			t.Errorf("there are pictures from %d bytes", len(content))
		}
	}
}
