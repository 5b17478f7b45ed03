package main

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/vqa-project/vqa/analyze"
	"github.com/vqa-project/vqa/analyze/report"
	"github.com/vqa-project/vqa/detectors"
	"github.com/vqa-project/vqa/detectors/measure"
)

// fakes returns two detectors with options, which are never started.
func fakes() []*detectors.Detector {
	setup := func(fs *flag.FlagSet) detectors.Start {
		var d time.Duration
		detectors.DurationVar(fs, &d, "min-duration", 2*time.Second, 0, time.Hour, "shortest one")
		fs.Bool("strict", false, "report all")
		return nil
	}
	return []*detectors.Detector{
		{Name: "tilt", Doc: "finds tilted pictures", Needs: measure.Thumbs, Setup: setup},
		{Name: "hum", Doc: "finds hum", Needs: measure.Levels, Setup: setup},
	}
}

// execute runs `vqa analyze` with a fake in place of the analysis. It returns
// what the fake was given, standard output, and the error.
func execute(t *testing.T, run runFunc, args ...string) (analyze.Options, string, error) {
	t.Helper()
	var got analyze.Options
	cmd := newAnalyzeCmd(fakes(), func(ctx context.Context, o analyze.Options) ([]analyze.Outcome, error) {
		got = o
		if run == nil {
			return nil, nil
		}
		return run(ctx, o)
	})
	var stdout bytes.Buffer
	cmd.SetOut(&stdout)
	cmd.SetErr(&bytes.Buffer{})
	cmd.SetArgs(args)
	cmd.SilenceErrors, cmd.SilenceUsage = true, true
	err := cmd.ExecuteContext(t.Context())
	return got, stdout.String(), err
}

func TestAnalyzeDefaults(t *testing.T) {
	o, _, err := execute(t, nil, "a.mp4", "udp://239.0.0.1:5000?fifo_size=1")
	if err != nil {
		t.Fatal(err)
	}
	if want := []string{"a.mp4", "udp://239.0.0.1:5000?fifo_size=1"}; !reflect.DeepEqual(o.Inputs, want) {
		t.Errorf("inputs %q, want %q", o.Inputs, want)
	}
	if o.Jobs != 1 || o.Media.Threads != 2 || o.Media.Timeout != 10*time.Second || o.Media.Video != nil || o.Media.Audio != nil {
		t.Errorf("got %+v", o)
	}
	if o.Progress != nil {
		t.Error("progress is shown where standard error is no terminal")
	}
	if len(o.Detectors) != 2 || o.Detectors[0].Name != "tilt" {
		t.Errorf("detectors %+v", o.Detectors)
	}
	if want := map[string]any{"min-duration": "2s", "strict": false}; !reflect.DeepEqual(o.Detectors[0].Options, want) {
		t.Errorf("options %v, want %v", o.Detectors[0].Options, want)
	}
}

func TestAnalyzeFlags(t *testing.T) {
	o, _, err := execute(t, nil, "--detectors", "hum,tilt", "--hum.min-duration=3s", "--hum.strict", "--video=none", "--audio=1,3",
		"--jobs=4", "--threads=0", "--timeout=0", "--format=mpegts", "-")
	if err != nil {
		t.Fatal(err)
	}
	if o.Detectors[0].Name != "tilt" || o.Detectors[1].Name != "hum" {
		t.Error("detectors are not in their own order")
	}
	if want := map[string]any{"min-duration": "3s", "strict": true}; !reflect.DeepEqual(o.Detectors[1].Options, want) {
		t.Errorf("options %v, want %v", o.Detectors[1].Options, want)
	}
	if o.Media.Video == nil || len(o.Media.Video) != 0 || !reflect.DeepEqual(o.Media.Audio, []int{1, 3}) {
		t.Errorf("video %v, audio %v", o.Media.Video, o.Media.Audio)
	}
	if o.Jobs != 4 || o.Media.Threads != 0 || o.Media.Timeout != 0 || o.Media.Format != "mpegts" {
		t.Errorf("got %+v", o)
	}
}

func TestAnalyzeChoosesDetectors(t *testing.T) {
	for value, want := range map[string]int{"all": 2, "none": 0, "tilt": 1, "tilt,tilt": 1, "tilt, hum": 2} {
		o, _, err := execute(t, nil, "--detectors", value, "a.mp4")
		if err != nil || len(o.Detectors) != want {
			t.Errorf("%s: %d detectors (%v), want %d", value, len(o.Detectors), err, want)
		}
	}
}

// What a run comes to, and the exit status for it.
func TestExitCodes(t *testing.T) {
	broken := errors.New("broken")
	hums := analyze.Outcome{Input: "a.mp4", Defects: map[string]int{"hum": 2, "tilt": 0}}
	fails := analyze.Outcome{Input: "b.mp4", Err: broken}
	outcomes := func(out ...analyze.Outcome) runFunc {
		return func(context.Context, analyze.Options) ([]analyze.Outcome, error) { return out, nil }
	}
	tests := []struct {
		name string
		run  runFunc
		args []string
		want int
	}{
		{"done", outcomes(hums), nil, 0},
		{"defects", outcomes(hums), []string{"--fail-on=hum"}, 3},
		{"any defects", outcomes(hums), []string{"--fail-on=any"}, 3},
		{"other defects", outcomes(hums), []string{"--fail-on=tilt"}, 0},
		{"input failed", outcomes(fails), nil, 1},
		{"input failed, defects in another", outcomes(hums, fails), []string{"--fail-on=hum"}, 1},
		{
			"interrupted, with an input that failed", func(context.Context, analyze.Options) ([]analyze.Outcome, error) {
				return []analyze.Outcome{hums, fails}, context.Canceled
			}, []string{"--fail-on=hum"}, 130,
		},
		{
			"results not written", func(context.Context, analyze.Options) ([]analyze.Outcome, error) {
				return []analyze.Outcome{hums}, broken
			}, []string{"--fail-on=hum"}, 1,
		},
		{"wrong usage", nil, []string{"--fail-on=blak"}, 2},
		{"could not check", unheard, []string{"--fail-on=hum"}, 1},
		{"could not check what nobody asked for", unheard, []string{"--fail-on=tilt"}, 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, _, err := execute(t, tt.run, append(tt.args, "a.mp4")...)
			if got := exitCode(err); got != tt.want {
				t.Errorf("exit status %d, want %d (%v)", got, tt.want, err)
			}
		})
	}
}

// unheard is a run in which the detector of hum failed.
func unheard(_ context.Context, o analyze.Options) ([]analyze.Outcome, error) {
	for _, m := range []report.Message{
		{Header: &report.Header{Schema: report.Schema, Input: "a.mp4"}},
		{Summary: &report.Summary{Input: "a.mp4", Detectors: map[string]report.Detector{"hum": {Status: report.Failed, Error: "deaf"}}}},
	} {
		if err := o.Writer.Write(m); err != nil {
			return nil, err
		}
	}
	return []analyze.Outcome{{Input: "a.mp4"}}, nil
}

// Results are whole even where the run fails or is interrupted.
func TestResultsOfInterruptedRun(t *testing.T) {
	path := filepath.Join(t.TempDir(), "out.json")
	_, stdout, err := execute(t, func(ctx context.Context, o analyze.Options) ([]analyze.Outcome, error) {
		_, err := unheard(ctx, o)
		return nil, errors.Join(err, context.Canceled)
	}, "--json", path, "a.mp4")
	if exitCode(err) != 130 {
		t.Errorf("error %v", err)
	}
	if want := "a.mp4\ncould not check (deaf): hum\n"; stdout != want {
		t.Errorf("standard output %q, want %q", stdout, want)
	}
	if b, err := os.ReadFile(path); err != nil || !bytes.Contains(b, []byte(`"deaf"`)) {
		t.Errorf("file has %q (%v)", b, err)
	}
}

func TestPrintError(t *testing.T) {
	var b strings.Builder
	printError(&b, errors.Join(
		errors.New("two\nlines\x1b[2J"),
		usagef("try harder", "no good"),
		context.Canceled,
	))
	want := `vqa: two\nlines\x1b[2J` + "\nvqa: no good\nhint: try harder\nvqa: interrupted\n"
	if b.String() != want {
		t.Errorf("got %q, want %q", b.String(), want)
	}
}

func TestExpand(t *testing.T) {
	t.Chdir(t.TempDir())
	for _, name := range []string{"a.ts", "b.ts", "[c].ts", "c.ts", "d.mp4"} {
		if err := os.WriteFile(name, nil, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Mkdir("folder.ts", 0o755); err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		arg, want string // empty where it is an error
	}{
		{"*.ts", "[c].ts a.ts b.ts c.ts"},
		{"[ab].ts", "a.ts b.ts"},
		{"[c].ts", "[c].ts"}, // as there is such a file
		{"missing.ts", "missing.ts"},
		{"http://host/*.ts?a=[b]", "http://host/*.ts?a=[b]"},
		{"folder.ts", "folder.ts"},
		{"folder*", ""},
		{"*.mov", ""},
		{"", ""},
	}
	for _, tt := range tests {
		got, err := expand([]string{tt.arg})
		if strings.Join(got, " ") != tt.want || (err != nil) != (tt.want == "") {
			t.Errorf("%q: got %q, %v, want %q", tt.arg, got, err, tt.want)
		}
	}
}

func TestStreamIndexes(t *testing.T) {
	for text, want := range map[string]string{"0": "0", "1,12": "1,12", "none": "none", "": "", "1,": "", "-1": "", "+1": "", "1 2": "", "0x1": "", "70000": ""} {
		var indexes []int
		err := streamIndexes{&indexes}.Set(text)
		if (err != nil) != (want == "") {
			t.Errorf("%q: %v", text, err)
		}
		if got := (streamIndexes{&indexes}).String(); err == nil && got != want {
			t.Errorf("%q: got %q, want %q", text, got, want)
		}
	}
}

func TestProgress(t *testing.T) {
	const min = time.Minute
	tests := []struct {
		inputs  []inputProgress
		elapsed time.Duration
		want    string
	}{
		{[]inputProgress{{true, min, 4 * min}}, 2 * time.Second, "0:01:00 of 0:04:00, 30x, 0:00:06 left"},
		{[]inputProgress{{true, min, 0}}, 2 * time.Second, "0:01:00, 30x"},
		{[]inputProgress{{true, min, 4 * min}, {}}, 2 * time.Second, "0:01:00 of 0:08:00, 30x, 0:00:14 left"},
		{[]inputProgress{{true, min, 4 * min}, {true, min, 0}}, 2 * time.Second, "0:02:00, 60x"},
		{[]inputProgress{{true, 5 * min, 4 * min}}, 2 * time.Second, "0:05:00 of 0:04:00, 150x"},
		{[]inputProgress{{true, min, 4 * min}}, time.Millisecond, "0:01:00 of 0:04:00"},
		{[]inputProgress{{}}, time.Minute, "0:00:00"},
	}
	for _, tt := range tests {
		at, total := sumProgress(tt.inputs)
		if got := describeProgress(at, total, tt.elapsed); got != tt.want {
			t.Errorf("%+v after %v: %q, want %q", tt.inputs, tt.elapsed, got, tt.want)
		}
	}
}

// The bar takes any order of calls, also from several goroutines.
func TestProgressBar(t *testing.T) {
	var terminal bytes.Buffer
	p := newProgress(&terminal, 2)
	log := p.around(&terminal)
	done := make(chan bool)
	for input := range 2 {
		go func() {
			for i := range 100 {
				p.update(input, time.Duration(i)*time.Second, time.Duration(input)*time.Minute)
			}
			done <- true
		}()
	}
	<-done
	<-done
	if _, err := log.Write([]byte("a line\n")); err != nil {
		t.Error(err)
	}
	p.clear()
	if !strings.Contains(terminal.String(), "0:0") || !strings.Contains(terminal.String(), "\ra line\n") {
		t.Errorf("terminal got %q", terminal.String())
	}
}

// A signal that is sent twice, as timeout(1) does, ends the work, and not the program.
func TestInterruptedTwice(t *testing.T) {
	ctx, stop := interruptible()
	defer stop()
	for range 2 {
		if err := syscall.Kill(os.Getpid(), syscall.SIGINT); err != nil {
			t.Fatal(err)
		}
		<-ctx.Done()
		time.Sleep(again / 20) // for it to be killed in
	}
}
