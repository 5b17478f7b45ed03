package analyze_test

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/vqa-project/vqa/analyze"
	"github.com/vqa-project/vqa/analyze/media"
	"github.com/vqa-project/vqa/analyze/report"
	"github.com/vqa-project/vqa/detectors"
	"github.com/vqa-project/vqa/detectors/measure"
	"github.com/vqa-project/vqa/fixtures"
)

// clip returns the path of a clip with known defects.
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

// run runs an analysis and returns its documents.
func run(ctx context.Context, t *testing.T, o analyze.Options) ([]analyze.Outcome, []*report.Document, error) {
	t.Helper()
	var docs []*report.Document
	w := report.Gather(func(d *report.Document) error { docs = append(docs, d); return nil })
	o.Writer = w
	outcomes, err := analyze.Run(ctx, o)
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if len(outcomes) != len(o.Inputs) {
		t.Fatalf("%d outcomes of %d inputs", len(outcomes), len(o.Inputs))
	}
	return outcomes, docs, err
}

// text is a document but for what may differ from run to run.
func text(t *testing.T, d *report.Document) string {
	t.Helper()
	c := *d
	c.StartedAt, c.Input = "", ""
	b, err := json.MarshalIndent(c, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// probe is a detector made of functions.
func probe(name string, needs measure.Set, start detectors.Start) analyze.Detector {
	return analyze.Detector{
		Detector: &detectors.Detector{Name: name, Doc: name, Needs: needs, Setup: func(*flag.FlagSet) detectors.Start { return start }},
		Start:    start,
	}
}

// An input that fails keeps nothing from the others, and documents come in the
// order of the inputs.
func TestRunSeveral(t *testing.T) {
	paths := []string{clip(t, "black_cut"), "missing.mp4", clip(t, "silence_audio_only"), clip(t, "freeze_video_only")}
	var want []string
	for _, jobs := range []int{0, 1, 3} {
		outcomes, docs, err := run(t.Context(), t, analyze.Options{Inputs: paths, Jobs: jobs, Detectors: configure(t, nil)})
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for i, d := range docs {
			got = append(got, text(t, d))
			if o := outcomes[i]; d.Input != paths[i] || o.Input != paths[i] || (o.Err != nil) != (i == 1) || (d.Error != "") != (i == 1) {
				t.Errorf("jobs %d: outcome %d is %+v, document of %s with error %q", jobs, i, o, d.Input, d.Error)
			}
		}
		if want == nil {
			want = got
		}
		if len(docs) != len(paths) || !slices.Equal(got, want) {
			t.Errorf("jobs %d: documents differ", jobs)
		}
		for name, d := range docs[1].Detectors {
			if d.Status != report.Failed || !strings.Contains(d.Error, "no such file") {
				t.Errorf("%s on what is missing: %+v", name, d)
			}
		}
		if outcomes[0].Defects["black"] == 0 || outcomes[2].Defects["silence"] == 0 {
			t.Errorf("jobs %d: outcomes %+v", jobs, outcomes)
		}
	}
}

// Results are the same whatever the number of threads, from a file and a pipe.
func TestRunSame(t *testing.T) {
	for _, name := range []string{"demo", "freeze_mpeg2", "no_pictures"} {
		path := clip(t, name)
		result := func(input string, threads int) string {
			_, docs, err := run(t.Context(), t, analyze.Options{
				Inputs: []string{input}, Detectors: configure(t, nil), Media: media.Options{Threads: threads}})
			if err != nil {
				t.Fatal(err)
			}
			return text(t, docs[0])
		}
		want := result(path, 1)
		if got := result(path, 4); got != want {
			t.Errorf("%s: 4 threads give\n%s\none\n%s", name, got, want)
		}
		if got := piped(t, path, func() string { return result(media.Stdin, 1) }); got != want {
			t.Errorf("%s: a pipe gives\n%s\nthe file\n%s", name, got, want)
		}
	}
}

// piped calls f with standard input a pipe that carries a file.
func piped(t *testing.T, path string, f func() string) string {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	go func() {
		defer w.Close()
		_, _ = w.Write(data) // fails where reading ends early, which f tells
	}()
	before := os.Stdin
	os.Stdin = r
	defer func() { os.Stdin = before }()
	return f()
}

// Cancelling closes what is open and writes what was found.
func TestRunCancelled(t *testing.T) {
	path := clip(t, "black_cut")
	for _, c := range []struct {
		name string
		want error
		with func(context.Context) (context.Context, context.CancelFunc)
	}{
		{"by the caller", context.Canceled, context.WithCancel},
		{"by a deadline", context.DeadlineExceeded, func(ctx context.Context) (context.Context, context.CancelFunc) {
			ctx, cancel := context.WithTimeout(ctx, time.Second)
			context.AfterFunc(ctx, cancel) // it has passed: let go of its timer
			return ctx, func() {}
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			before := runtime.NumGoroutine()
			ctx, cancel := c.with(t.Context())
			flushes := 0
			d := probe("probe", measure.Luma, func(_ measure.Program, sink detectors.Sink) (detectors.Run, error) {
				return detectors.Run{
					Picture: func(p *measure.Picture) {
						if p.Number == 30 {
							cancel()
							<-ctx.Done()
						}
					},
					Flush: func(end time.Duration) {
						flushes++
						sink(detectors.Event{Kind: "open", End: end, Unit: "s"})
					},
				}, nil
			})
			outcomes, docs, err := run(ctx, t, analyze.Options{Inputs: []string{path, "later.ts"}, Detectors: []analyze.Detector{d}})
			if !errors.Is(err, c.want) || flushes != 1 || len(docs) != 1 {
				t.Fatalf("error %v, %d flushes, %d documents", err, flushes, len(docs))
			}
			doc := docs[0]
			if !doc.Interrupted || doc.Error != "" || len(doc.Events) != 1 || doc.Events[0].EndS != doc.DurationS ||
				doc.DurationS < 1.2 || doc.DurationS > 5 || doc.Counters.Pictures < 30 {
				t.Errorf("document %+v", doc)
			}
			if !errors.Is(outcomes[0].Err, c.want) || !errors.Is(outcomes[1].Err, context.Canceled) {
				t.Errorf("outcomes %+v", outcomes)
			}
			noMoreThan(t, before)
		})
	}
}

// noMoreThan waits until there are no more goroutines than before.
func noMoreThan(t *testing.T, before int) {
	t.Helper()
	for begun := time.Now(); runtime.NumGoroutine() > before; runtime.Gosched() {
		if time.Since(begun) > 5*time.Second {
			t.Fatalf("%d goroutines, %d before", runtime.NumGoroutine(), before)
		}
	}
}

// A failingWriter fails from some message on.
type failingWriter struct {
	left int
	err  error
}

func (w *failingWriter) Write(report.Message) error {
	if w.left--; w.left < 0 {
		return w.err
	}
	return nil
}

func (w *failingWriter) Close() error { return nil }

// Where results cannot be written the run ends, with that error.
func TestRunWriterFails(t *testing.T) {
	full := errors.New("disk full")
	path := clip(t, "black_cut")
	before := runtime.NumGoroutine()
	for _, jobs := range []int{1, 3} {
		for left := range 5 {
			outcomes, err := analyze.Run(t.Context(), analyze.Options{
				Inputs: []string{path, path, path, path}, Jobs: jobs, Detectors: configure(t, nil),
				Writer: &failingWriter{left: left, err: full},
			})
			if !errors.Is(err, full) {
				t.Errorf("jobs %d, %d messages written: %v", jobs, left, err)
			}
			if o := outcomes[3]; o.Err == nil {
				t.Errorf("jobs %d, %d messages written: the last input was read", jobs, left)
			}
		}
	}
	noMoreThan(t, before)
}

// A detector that cannot start is not clean, and the others work.
func TestRunDetectorFails(t *testing.T) {
	broken := probe("broken", measure.Luma, func(measure.Program, detectors.Sink) (detectors.Run, error) {
		return detectors.Run{}, errors.New("no model")
	})
	idle := probe("idle", measure.Luma, func(measure.Program, detectors.Sink) (detectors.Run, error) {
		return detectors.Run{}, detectors.ErrNotApplicable
	})
	outcomes, docs, err := run(t.Context(), t, analyze.Options{
		Inputs: []string{clip(t, "black_cut")}, Detectors: append(configure(t, nil), broken, idle)})
	if err != nil || outcomes[0].Err != nil {
		t.Fatal(err, outcomes[0].Err)
	}
	for name, want := range map[string]report.Detector{
		"broken":  {Status: report.Failed, Error: "starting: no model"},
		"idle":    {Status: report.NotApplicable},
		"black":   {Status: report.Defects, Events: 1},
		"silence": {Status: report.Clean},
	} {
		if got := docs[0].Detectors[name]; got.Status != want.Status || got.Error != want.Error || got.Events != want.Events {
			t.Errorf("%s: %+v, want %+v", name, got, want)
		}
	}
}

// Video that cannot be decoded was not checked; the sound was.
func TestRunUndecodable(t *testing.T) {
	tool, err := exec.LookPath("ffmpeg")
	if err != nil {
		t.Skip("ffmpeg is not installed")
	}
	path := filepath.Join(t.TempDir(), "noise.mkv")
	// What is announced as H.264 is noise.
	out, err := exec.Command(tool, "-v", "error", "-i", clip(t, "silence_middle"), "-t", "3", "-c", "copy",
		"-bsf:v", "noise=amount=1", path).CombinedOutput()
	if err != nil {
		t.Fatalf("ffmpeg: %v: %s", err, out)
	}
	_, docs, err := run(t.Context(), t, analyze.Options{Inputs: []string{path}, Detectors: configure(t, nil)})
	if err != nil {
		t.Fatal(err)
	}
	doc := docs[0]
	if black := doc.Detectors["black"]; doc.Counters.Pictures > 0 || black.Status != report.Failed {
		t.Errorf("%+v, %+v", doc.Counters, black)
	}
	if silence := doc.Detectors["silence"]; silence.Status == report.Failed {
		t.Errorf("silence: %+v", silence)
	}
}

// What nobody needs is not decoded.
func TestRunDecodesWhatIsNeeded(t *testing.T) {
	start := func(measure.Program, detectors.Sink) (detectors.Run, error) { return detectors.Run{}, nil }
	for _, c := range []struct {
		needs           measure.Set
		pictures, sound bool
	}{
		{measure.Luma, true, false},
		{measure.Levels, false, true},
		{measure.Luma | measure.Levels, true, true},
	} {
		_, docs, err := run(t.Context(), t, analyze.Options{
			Inputs: []string{clip(t, "black_cut")}, Detectors: []analyze.Detector{probe("probe", c.needs, start)}})
		if err != nil {
			t.Fatal(err)
		}
		if n := docs[0].Counters; n.Pictures > 0 != c.pictures || n.Samples > 0 != c.sound {
			t.Errorf("%s: %+v", c.needs, n)
		}
	}
}

// Rows come in the order of time within each stream, from one goroutine.
func TestRunOrder(t *testing.T) {
	var pictures, blocks []time.Duration
	d := probe("probe", measure.Luma|measure.Levels, func(measure.Program, detectors.Sink) (detectors.Run, error) {
		return detectors.Run{
			Picture: func(p *measure.Picture) { pictures = append(pictures, p.PTS) },
			Block:   func(b *measure.Block) { blocks = append(blocks, b.PTS) },
		}, nil
	})
	_, docs, err := run(t.Context(), t, analyze.Options{Inputs: []string{clip(t, "demo")}, Detectors: []analyze.Detector{d}})
	if err != nil {
		t.Fatal(err)
	}
	if !slices.IsSorted(pictures) || !slices.IsSorted(blocks) || int64(len(pictures)) != docs[0].Counters.Pictures || len(blocks) == 0 {
		t.Errorf("%d pictures, %d blocks, %+v", len(pictures), len(blocks), docs[0].Counters)
	}
}

func TestRunTellsProgress(t *testing.T) {
	var calls atomic.Int64
	path := clip(t, "black_cut")
	_, _, err := run(t.Context(), t, analyze.Options{
		Inputs: []string{path, path}, Jobs: 2, Detectors: configure(t, nil),
		Progress: func(input int, at, duration time.Duration) {
			calls.Add(1)
			if input < 0 || input > 1 || at < 0 || at > duration || duration == 0 {
				t.Errorf("input %d at %s of %s", input, at, duration)
			}
		},
	})
	if err != nil || calls.Load() < 2 {
		t.Errorf("%d calls, error %v", calls.Load(), err)
	}
}

// A longer input takes no more memory: rows and pictures are let go.
func TestRunMemory(t *testing.T) {
	short := clip(t, "black_cut")
	data, err := os.ReadFile(short)
	if err != nil {
		t.Fatal(err)
	}
	long := filepath.Join(t.TempDir(), "long.ts")
	if err := os.WriteFile(long, slices.Repeat(data, 4), 0o600); err != nil {
		t.Fatal(err)
	}
	most := func(path string) (most uint64) {
		d := probe("probe", measure.Luma|measure.Levels, func(measure.Program, detectors.Sink) (detectors.Run, error) {
			return detectors.Run{Picture: func(p *measure.Picture) {
				if p.Number%50 == 49 {
					var m runtime.MemStats
					runtime.GC()
					runtime.ReadMemStats(&m)
					most = max(most, m.HeapAlloc)
				}
			}}, nil
		})
		if _, _, err := run(t.Context(), t, analyze.Options{Inputs: []string{path}, Detectors: []analyze.Detector{d}}); err != nil {
			t.Fatal(err)
		}
		return most
	}
	if one, four := most(short), most(long); four > one+1<<20 {
		t.Errorf("heap %d bytes, and %d of four times the length", one, four)
	}
}

// Measures are asked for once, after Flush, and reported where they are known.
func TestRunMeasures(t *testing.T) {
	flushed := false
	d := probe("level", measure.Times, func(measure.Program, detectors.Sink) (detectors.Run, error) {
		return detectors.Run{
			Flush: func(time.Duration) { flushed = true },
			Measures: func() []detectors.Measure {
				if !flushed {
					t.Error("measures before Flush")
				}
				return []detectors.Measure{
					{Stream: 1, Name: "range_lu", Value: 1. / 3},
					{Stream: 1, Name: "silence_lufs", Value: math.Inf(-1)},
					{Stream: 1, Name: "nothing_lufs", Value: math.NaN()},
				}
			},
		}, nil
	})
	_, docs, err := run(t.Context(), t, analyze.Options{Inputs: []string{clip(t, "silence_audio_only")}, Detectors: []analyze.Detector{d}})
	if err != nil {
		t.Fatal(err)
	}
	want := []report.Measure{{Stream: 1, Name: "range_lu", Value: 0.333333}}
	if got := docs[0].Detectors["level"].Measures; !slices.Equal(got, want) {
		t.Errorf("measures %+v, want %+v", got, want)
	}
}
