package bench

import (
	"os/exec"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/vqa-project/vqa/analyze"
	"github.com/vqa-project/vqa/costmodel"
)

func TestFiguresAreMedians(t *testing.T) {
	second := func(n float64) time.Duration { return time.Duration(n * float64(time.Second)) }
	f := figures([]run{
		{cpu: second(9), wall: second(5), memory: 300, latency: []float64{0.3}},
		{cpu: second(4), wall: second(2), memory: 100, latency: []float64{0.1}},
		{cpu: second(5), wall: second(4), memory: 200},
	}, 20)
	want := costmodel.Figures{CPU: 0.25, CPULeast: 0.2, CPUMost: 0.45, TimesRealTime: 5, StreamsPerCore: 4, PeakMemoryBytes: 200, LatencyS: 0.1}
	if f != want {
		t.Errorf("got %+v, want %+v", f, want)
	}
	if f := figures([]run{{cpu: second(4), wall: second(1)}, {cpu: second(6), wall: second(3)}}, 10); f.CPU != 0.5 || f.TimesRealTime != 5 {
		t.Errorf("of two runs: %+v", f)
	}
}

func TestRunsOfSeveralClips(t *testing.T) {
	var all run
	all.add(run{cpu: 1, wall: 2, memory: 30, counts: &analyze.Counts{Transitions: 4, Puts: 5, LatencyS: []float64{6}}})
	all.add(run{cpu: 10, wall: 20, memory: 3, latency: []float64{1}, counts: &analyze.Counts{Transitions: 40, Gets: 7, LatencyS: []float64{60}}})
	want := run{cpu: 11, wall: 22, memory: 30, latency: []float64{1}, counts: &analyze.Counts{Transitions: 44, Puts: 5, Gets: 7, LatencyS: []float64{6, 60}}}
	if !reflect.DeepEqual(all, want) {
		t.Errorf("got %+v, want %+v", all, want)
	}
}

func TestRatio(t *testing.T) {
	for s, want := range map[string]float64{"25/1": 25, "30000/1001": 30000.0 / 1001, "": 0, "25": 0, "1/0": 0} {
		if got := ratio(s); got != want {
			t.Errorf("%q is %g, want %g", s, got, want)
		}
	}
}

func TestFiltersOfFFmpeg(t *testing.T) {
	o := Options{Threads: 2, filters: []string{"blackdetect", "idet", "ebur128"}}
	got := strings.Join(o.command(costmodel.BenchFFmpeg, "a.ts", ""), " ")
	if want := "-vf blackdetect,idet -af ebur128=peak=true -f null -"; !strings.HasSuffix(got, want) {
		t.Errorf("it runs %s, want an end of %s", got, want)
	}
	o.filters = nil
	if got := strings.Join(o.command(costmodel.BenchFFmpeg, "a.ts", ""), " "); strings.Contains(got, "-vf") || strings.Contains(got, "-af") {
		t.Errorf("without filters it runs %s", got)
	}
	if _, err := exec.LookPath("ffmpeg"); err != nil {
		t.Skip("the ffmpeg tool is not installed")
	}
	found, err := installedFilters(t.Context())
	if err != nil || !slices.IsSortedFunc(found, func(a, b string) int { return slices.Index(Filters(), a) - slices.Index(Filters(), b) }) {
		t.Fatalf("it has %q, %v", found, err)
	}
	for _, f := range []string{"freezedetect", "blackdetect", "silencedetect", "ebur128"} { // since FFmpeg 4.2
		if !slices.Contains(found, f) {
			t.Errorf("ffmpeg has no %s in %q", f, found)
		}
	}
}
