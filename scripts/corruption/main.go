// Command corruption makes the weights that detectors/corruption knows damaged
// pictures by:
//
//	go run ./scripts/corruption -cases DIR,DIR -clean DIR,DIR > detectors/corruption/weights.go
//
// A folder of cases has media that are damaged in a known part, each with a truth
// file NAME.truth.json beside it: {"file", "source", "events": [{"start_s",
// "end_s"}], "tolerated": [{"class", "start_s", "end_s"}]}, times in media time.
// Files of the class corruption count that are of the variant burned, damaged
// before they were coded, and those of other classes as not damaged. What is
// tolerated of class corruption counts as neither. A folder of clean clips is one
// where nothing is damaged, such as films, and what FFmpeg's sources draw.
// With -more, trees are added to the weights there are, which keep what they were
// learned from, also where that is no longer at hand. Those of detectors/corruption were
// made in two turns, the last 200 trees with -more -trees 200.
//
// How good the weights are is told on standard error: each fifth of the clips is
// judged by what was learned from the other four, tick by tick and, at some
// confidences, event by event.
package main

import (
	"context"
	"encoding/gob"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"hash/fnv"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/vqa-project/vqa/analyze"
	"github.com/vqa-project/vqa/analyze/report"
	"github.com/vqa-project/vqa/detectors"
	"github.com/vqa-project/vqa/detectors/corruption"
	"github.com/vqa-project/vqa/detectors/measure"
)

// An Interval is a part of a file, in seconds.
type Interval struct {
	Class string  `json:"class"`
	Start float64 `json:"start_s"`
	End   float64 `json:"end_s"`
}

// A Truth is what is known of a file.
type Truth struct {
	File      string     `json:"file"`
	Source    string     `json:"source"`
	Class     string     `json:"class"`
	Variant   string     `json:"variant"`
	Events    []Interval `json:"events"`
	Tolerated []Interval `json:"tolerated"`
}

// A clip is one file.
type clip struct {
	name, source string
	truth        Truth
	ticks        []corruption.Tick
}

func main() {
	cases := flag.String("cases", "", "`folders` of cases, joined with commas")
	clean := flag.String("clean", "", "`folders` of clips without damage, joined with commas")
	cache := flag.String("cache", "", "`folder` to keep what was seen in")
	exclude := flag.String("exclude", "/(damaged|hls|dash)/", "`expression` for files of the clean folder that are damaged, or parts of clips")
	only := flag.String("only", "", "`expression` for sources to learn from")
	l := &learner{}
	flag.IntVar(&l.trees, "trees", 220, "`number` of trees")
	flag.BoolVar(&l.more, "more", false, "add them to the weights there are")
	flag.Parse()
	if err := run(l, *cases, *clean, *cache, *exclude, *only); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(l *learner, cases, clean, cache, exclude, only string) error {
	skip, err := regexp.Compile(exclude)
	if err != nil {
		return err
	}
	want, err := regexp.Compile(only)
	if err != nil {
		return err
	}
	var clips []*clip
	for _, dir := range strings.Split(cases, ",") {
		found, err := casesIn(dir)
		if err != nil {
			return err
		}
		clips = append(clips, found...)
	}
	for _, dir := range strings.Split(clean, ",") {
		found, err := cleanIn(dir, skip)
		if err != nil {
			return err
		}
		clips = append(clips, found...)
	}
	clips = slices.DeleteFunc(clips, func(c *clip) bool { return !want.MatchString(c.source) })
	for _, c := range clips {
		if err := c.watch(cache); err != nil {
			fmt.Fprintf(os.Stderr, "left out: %s: %v\n", c.name, err)
		}
	}
	l.judge(clips)
	l.write(l.learn(clips))
	return nil
}

func casesIn(dir string) ([]*clip, error) {
	names, err := filepath.Glob(filepath.Join(dir, "*.truth.json"))
	if err != nil {
		return nil, err
	}
	var out []*clip
	for _, name := range names {
		text, err := os.ReadFile(name)
		if err != nil {
			return nil, err
		}
		c := &clip{}
		if err := json.Unmarshal(text, &c.truth); err != nil {
			return nil, fmt.Errorf("reading %s: %w", name, err)
		}
		if c.truth.Class == "corruption" && c.truth.Variant != "burned" {
			continue
		}
		c.name, c.source = filepath.Join(dir, c.truth.File), filepath.Base(c.truth.Source)
		out = append(out, c)
	}
	return out, nil
}

func cleanIn(dir string, skip *regexp.Regexp) ([]*clip, error) {
	if dir == "" {
		return nil, nil
	}
	var out []*clip
	err := filepath.WalkDir(dir, func(name string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() || skip.MatchString(name) {
			return err
		}
		switch filepath.Ext(name) {
		case ".mp4", ".ts", ".mkv", ".webm", ".mov", ".avi", ".mpg", ".ogv", ".y4m":
			out = append(out, &clip{name: name, source: filepath.Base(name)})
		}
		return nil
	})
	return out, err
}

// discard is a writer of reports nobody reads.
type discard struct{}

func (discard) Write(report.Message) error { return nil }
func (discard) Close() error               { return nil }

// watch fills in the ticks.
func (c *clip) watch(cache string) error {
	key := fnv.New64a()
	fmt.Fprint(key, c.name)
	kept := filepath.Join(cache, fmt.Sprintf("%016x.gob", key.Sum64()))
	if cache != "" {
		if f, err := os.Open(kept); err == nil {
			defer f.Close()
			return gob.NewDecoder(f).Decode(&c.ticks)
		}
	}
	d := analyze.Detector{
		Detector: &detectors.Detector{Name: "trace", Needs: corruption.Detector.Needs &^ measure.Sound},
		Start: func(p measure.Program, _ detectors.Sink) (detectors.Run, error) {
			first := p.Selected(measure.Video)
			return corruption.Trace(p, func(stream int, t corruption.Tick) {
				if stream == first[0].Index {
					t.Features = slices.Clone(t.Features)
					c.ticks = append(c.ticks, t)
				}
			})
		},
	}
	outcomes, err := analyze.Run(context.Background(), analyze.Options{
		Inputs: []string{c.name}, Detectors: []analyze.Detector{d}, Writer: discard{},
	})
	if err != nil || outcomes[0].Err != nil {
		return errors.Join(err, outcomes[0].Err)
	}
	if cache == "" {
		return nil
	}
	f, err := os.Create(kept)
	if err != nil {
		return err
	}
	return errors.Join(gob.NewEncoder(f).Encode(c.ticks), f.Close())
}

// label says whether a tick is damaged, and whether that can be said.
func (c *clip) label(t corruption.Tick) (damaged, known bool) {
	start, end := t.Start.Seconds(), t.End.Seconds()
	overlap := func(i Interval) float64 { return math.Min(i.End, end) - math.Max(i.Start, start) }
	for _, e := range c.truth.Events {
		if e.Class == "corruption" && overlap(e) > 0 {
			return true, overlap(e) > 0.6*(end-start)
		}
	}
	for _, e := range c.truth.Tolerated {
		if e.Class == "corruption" && overlap(e) > 0 {
			return false, false
		}
	}
	return false, true
}

// undamaged is the weight of a tick that is not damaged: a false alarm is worse
// than a miss of one tick.
const undamaged = 2

// A learner makes weights.
type learner struct {
	trees int
	more  bool
}

// prior is what the score of a tick begins with.
func (l *learner) prior(t corruption.Tick) float64 {
	if l.more {
		return t.Score
	}
	return 0
}

func (l *learner) learn(clips []*clip) *model {
	var out []sample
	for _, c := range clips {
		for _, t := range c.ticks {
			damaged, known := c.label(t)
			switch {
			case !known:
			case damaged:
				out = append(out, sample{t.Features, true, 1, l.prior(t)})
			default:
				out = append(out, sample{t.Features, false, undamaged, l.prior(t)})
			}
		}
	}
	return boost(out, l.trees, l.more)
}

// write writes the weights as Go.
func (l *learner) write(m *model) {
	var all []corruption.Tree
	if l.more {
		m.base, all = corruption.Weights()
	}
	for _, t := range m.trees {
		var out corruption.Tree
		for i, n := range t.nodes {
			out.Feature[i], out.Limit[i] = uint8(n.feature), n.limit
		}
		for i, v := range t.leaves {
			out.Leaf[i] = float32(v)
		}
		all = append(all, out)
	}
	fmt.Printf("// Code generated by scripts/corruption; DO NOT EDIT.\n// Its comment has the commands.\n\npackage corruption\n")
	fmt.Printf("\nconst base = %.5g\n\nvar trees = [...]Tree{\n", m.base)
	for _, t := range all {
		fmt.Printf("\t{[7]uint8{%s}, [7]float32{%s}, [8]float32{%s}},\n",
			list(t.Feature[:], "%d"), list(t.Limit[:], "%.6g"), list(t.Leaf[:], "%.4g"))
	}
	fmt.Println("}")
}

// list returns values with commas between them.
func list[T any](values []T, verb string) string {
	out := make([]string, len(values))
	for i, v := range values {
		out[i] = fmt.Sprintf(verb, v)
	}
	return strings.Join(out, ", ")
}
