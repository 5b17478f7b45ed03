// Command peers holds vqa against FFmpeg's own filters freezedetect,
// blackdetect and silencedetect on the clips with known defects:
//
//	go run ./scripts/peers [-cache build/fixtures]
//
// The filters have their defaults, except for what a clip sets for vqa as well.
// Where a comparison could be called unfair, it is decided for FFmpeg.
package main

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"math"
	"os"
	"os/exec"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/vqa-project/vqa/analyze/report"
	"github.com/vqa-project/vqa/fixtures"
)

// Names of detectors.
const (
	freeze  = "freeze"
	black   = "black"
	silence = "silence"
)

// compared are those that FFmpeg has a filter for.
var compared = []string{freeze, black, silence}

// overlap is the least intersection over union of a defect and a report of it.
// It is low on purpose: how exact a report is has columns of its own.
const overlap = 0.5

// A tool is one way to look for defects, and what came of it.
type tool struct {
	name string
	find func(clip fixtures.Clip, path string) ([]fixtures.Event, error)

	verdicts []verdict // of each clip
}

// A verdict is how the events found in one clip compare with the truth.
type verdict struct {
	found          []match
	missed, alarms []fixtures.Event
}

type match struct{ want, got fixtures.Event }

func main() {
	cache := flag.String("cache", "build/fixtures", "keep the clips in this `folder`")
	flag.Parse()
	if flag.NArg() > 0 {
		flag.Usage()
		os.Exit(2)
	}
	if err := run(*cache); err != nil {
		fmt.Fprintln(os.Stderr, "peers:", err)
		os.Exit(1)
	}
}

func run(cache string) error {
	tools := []tool{
		{name: "vqa", find: analyze},
		{name: "ffmpeg", find: filter},
	}
	clips := fixtures.All()
	for _, clip := range clips {
		path, err := clip.Make(cache)
		if err != nil {
			return err
		}
		other := func(e fixtures.Event) bool { return !slices.Contains(compared, e.Detector) }
		want := slices.DeleteFunc(slices.Clone(clip.Want), other)
		for i := range tools {
			got, err := tools[i].find(clip, path)
			if err != nil {
				return err
			}
			tools[i].verdicts = append(tools[i].verdicts, judge(want, got))
		}
	}
	version, err := ffmpegVersion()
	if err != nil {
		return err
	}
	fmt.Printf("%d clips; %s\n\n", len(clips), version)
	if err := printTable(tools); err != nil {
		return fmt.Errorf("printing: %w", err)
	}
	fmt.Printf(`
A defect is found where a report covers it with at least %.0f %% intersection over
union. Errors are those of the found ones, in ms: median and largest. Where
FFmpeg's metadata has the start of an event but no end, the event is taken to
reach the end of its stream.
`, 100*overlap)
	printDifferences(clips, tools)
	return nil
}

// analyze has vqa look at a clip.
func analyze(clip fixtures.Clip, path string) ([]fixtures.Event, error) {
	args := []string{"analyze", "--quiet", "--json", "-", "--detectors", strings.Join(compared, ",")}
	for name, value := range clip.Options {
		args = append(args, "--"+name+"="+value)
	}
	out, _, err := execute("./bin/vqa", append(args, path)...)
	if err != nil {
		return nil, err
	}
	var doc report.Document
	if err := json.Unmarshal(out, &doc); err != nil {
		return nil, fmt.Errorf("reading results on %q: %w", path, err)
	}
	if doc.Error != "" {
		return nil, fmt.Errorf("analyzing %q: %s", path, doc.Error)
	}
	var events []fixtures.Event
	for _, e := range doc.Events {
		events = append(events, fixtures.Event{Detector: e.Detector, Kind: e.Kind, Stream: e.Stream, StartS: e.StartS, EndS: e.EndS})
	}
	return events, nil
}

// execute runs a program and returns its output and its messages.
func execute(name string, args ...string) (out, messages []byte, err error) {
	var stdout, stderr bytes.Buffer
	cmd := exec.Command(name, args...)
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil {
		return nil, nil, fmt.Errorf("running %s: %w: %s", cmd, err, strings.TrimSpace(stderr.String()))
	}
	return stdout.Bytes(), stderr.Bytes(), nil
}

// judge compares what was found with what must be. Kinds do not count, since
// FFmpeg has none: what matters is that the stream is reported there at all.
func judge(want, got []fixtures.Event) verdict {
	var v verdict
	left := slices.Clone(got)
	for _, w := range want {
		if w.Optional {
			continue
		}
		best := -1
		for i, g := range left {
			if iou(w, g) >= overlap && (best < 0 || iou(w, g) > iou(w, left[best])) {
				best = i
			}
		}
		if best < 0 {
			v.missed = append(v.missed, w)
			continue
		}
		v.found = append(v.found, match{want: w, got: left[best]})
		left = slices.Delete(left, best, best+1)
	}
	for _, g := range left {
		optional := func(w fixtures.Event) bool { return w.Optional && iou(w, g) >= overlap }
		if !slices.ContainsFunc(want, optional) {
			v.alarms = append(v.alarms, g)
		}
	}
	return v
}

// iou returns the intersection over union of two events, 0 where they are not
// of the same detector and stream.
func iou(a, b fixtures.Event) float64 {
	both := min(a.EndS, b.EndS) - max(a.StartS, b.StartS)
	if a.Detector != b.Detector || a.Stream != b.Stream || both <= 0 {
		return 0
	}
	return both / (max(a.EndS, b.EndS) - min(a.StartS, b.StartS))
}

func printTable(tools []tool) error {
	w := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(w, "detector\tdefects\ttool\tfound\tmissed\tfalse alarms\tstart median\tlargest\tend median\tlargest\t")
	for _, detector := range compared {
		for i := range tools {
			fmt.Fprintln(w, tools[i].row(detector))
		}
	}
	return w.Flush()
}

// row sums up the verdicts on one detector.
func (t *tool) row(detector string) string {
	of := func(e fixtures.Event) bool { return e.Detector == detector }
	var missed, alarms int
	var starts, ends []float64 // errors in ms
	for _, v := range t.verdicts {
		missed += count(v.missed, of)
		alarms += count(v.alarms, of)
		for _, m := range v.found {
			if of(m.want) {
				starts = append(starts, 1000*math.Abs(m.got.StartS-m.want.StartS))
				ends = append(ends, 1000*math.Abs(m.got.EndS-m.want.EndS))
			}
		}
	}
	return fmt.Sprintf("%s\t%d\t%s\t%d\t%d\t%d\t%s\t%s\t", detector, len(starts)+missed, t.name, len(starts), missed, alarms, spread(starts), spread(ends))
}

func count(events []fixtures.Event, of func(fixtures.Event) bool) int {
	n := 0
	for _, e := range events {
		if of(e) {
			n++
		}
	}
	return n
}

// spread returns the median and the largest, as two cells of the table.
func spread(all []float64) string {
	n := len(all)
	if n == 0 {
		return "-\t-"
	}
	slices.Sort(all)
	return fmt.Sprintf("%.1f\t%.1f", (all[(n-1)/2]+all[n/2])/2, all[n-1])
}

// printDifferences lists the clips on which the tools do not fare alike.
func printDifferences(clips []fixtures.Clip, tools []tool) {
	fmt.Println("\nClips on which they differ:")
	none := true
	for i, clip := range clips {
		if alike(tools[0].verdicts[i], tools[1].verdicts[i]) {
			continue
		}
		none = false
		fmt.Printf("\n%s: %s\n", clip.Name, clip.Doc)
		for _, t := range tools {
			for _, line := range t.verdicts[i].lines() {
				fmt.Printf("    %-8s%s\n", t.name, line)
			}
		}
	}
	if none {
		fmt.Println("none")
	}
}

// alike says whether two tools missed the same defects and raised as many
// false alarms by the same detectors. When those begin and end does not matter.
func alike(a, b verdict) bool {
	detector := func(x, y fixtures.Event) bool { return x.Detector == y.Detector }
	return slices.Equal(a.missed, b.missed) && slices.EqualFunc(a.alarms, b.alarms, detector)
}

func (v verdict) lines() []string {
	var out []string
	for _, e := range v.missed {
		out = append(out, "missed "+e.String())
	}
	for _, e := range v.alarms {
		out = append(out, "false alarm "+e.String())
	}
	if len(out) == 0 {
		out = append(out, "right")
	}
	return out
}
