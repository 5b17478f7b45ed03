// Package bench measures what the program takes on one machine: it runs it in
// variants, as processes of their own, one at a time, and reads their CPU time
// and memory from the operating system.
package bench

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"reflect"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/vqa-project/vqa/analyze"
	"github.com/vqa-project/vqa/analyze/report"
	"github.com/vqa-project/vqa/costmodel"
)

// Options say what to measure.
type Options struct {
	Program   string   // vqa
	Name      string   // the name it is called by
	Tool      string   // "vqa v1.2.3"
	Clips     []string // of pictures of one size and rate
	Bucket    string   // of S3, for the variant staged
	Variants  []string
	Detectors []string // nil for all
	Runs      int
	Threads   int                // of decoders, in all variants
	Date      string             // of the profile, as 2026-01-31
	Progress  func(done, of int) // called after each run; may be nil

	filters []string // that the ffmpeg tool has
}

// Variants returns the names of all variants.
func Variants() []string {
	return []string{costmodel.BenchDecode, costmodel.BenchInProcess, costmodel.BenchStaged, FFmpegDecode, costmodel.BenchFFmpeg}
}

// InProcess is what the variant of that name writes beside results.
type InProcess struct {
	LatencyS float64 `json:"latency_s"` // of a picture, from its decoding to its verdict; the median
}

// command returns what a variant runs on a clip. Results are written, to nowhere;
// how long pictures take to latencyFile, where that is not "".
func (o *Options) command(variant, clip, latencyFile string) []string {
	threads := strconv.Itoa(o.Threads)
	analyze := []string{o.Program, "analyze", "--quiet", "--threads", threads, "--json", os.DevNull}
	ffmpeg := []string{"ffmpeg", "-nostdin", "-hide_banner", "-v", "error", "-threads", threads, "-i", clip, "-map", "0:v:0?", "-map", "0:a?"}
	switch variant {
	case costmodel.BenchDecode:
		return append(analyze, "--detectors", "none", "--", clip)
	case FFmpegDecode:
		return append(ffmpeg, "-f", "null", "-")
	case costmodel.BenchFFmpeg:
		if f := chain(videoFilters, o.filters); f != "" {
			ffmpeg = append(ffmpeg, "-vf", f)
		}
		if f := chain(audioFilters, o.filters); f != "" {
			ffmpeg = append(ffmpeg, "-af", f)
		}
		return append(ffmpeg, "-f", "null", "-")
	case costmodel.BenchInProcess:
		if latencyFile != "" {
			analyze = append(analyze, "--latency", latencyFile)
		}
	}
	if variant == costmodel.BenchStaged {
		analyze = []string{o.Program, "staged", "--threads", threads, "--bucket", o.Bucket}
	}
	if o.Detectors != nil {
		analyze = append(analyze, "--detectors", strings.Join(o.Detectors, ","))
	}
	return append(analyze, "--", clip)
}

// Staged is what the variant of that name prints.
type Staged struct {
	Counts   *analyze.Counts  `json:"counts"`
	Document *report.Document `json:"document"`
}

// A run is what one process took, or those of all clips together.
type run struct {
	cpu, wall time.Duration
	memory    int64           // peak, bytes
	latency   []float64       // medians of pictures in process, in seconds, by clip
	counts    *analyze.Counts // nil for what does not go through storage
}

// add adds what the process of another clip took.
func (r *run) add(s run) {
	r.cpu += s.cpu
	r.wall += s.wall
	r.memory = max(r.memory, s.memory)
	r.latency = append(r.latency, s.latency...)
	if s.counts == nil {
		return
	}
	if r.counts == nil {
		r.counts = &analyze.Counts{}
	}
	r.counts.Transitions += s.counts.Transitions
	r.counts.Puts += s.counts.Puts
	r.counts.Gets += s.counts.Gets
	r.counts.BytesWritten += s.counts.BytesWritten
	r.counts.BytesRead += s.counts.BytesRead
	r.counts.LatencyS = append(r.counts.LatencyS, s.counts.LatencyS...)
}

// Run measures all variants. Their runs take turns, so that a machine that gets
// slower or faster does so for all of them; a first round warms up and is not
// counted.
func Run(ctx context.Context, o Options) (*costmodel.Profile, error) {
	profile, found, err := o.describe(ctx)
	if err != nil {
		return nil, err
	}
	if slices.Contains(o.Variants, costmodel.BenchFFmpeg) {
		if o.filters, err = installedFilters(ctx); err != nil {
			return nil, err
		}
		profile.Filters = o.filters
	}
	runs := map[string][]run{}
	for i := -1; i < o.Runs; i++ {
		for n, variant := range o.Variants {
			var r run
			for c, clip := range o.Clips {
				one, err := o.measure(ctx, variant, clip, found[c])
				if err != nil {
					return nil, err
				}
				r.add(one)
			}
			if i >= 0 {
				runs[variant] = append(runs[variant], r)
			}
			if o.Progress != nil {
				o.Progress((i+1)*len(o.Variants)+n+1, (o.Runs+1)*len(o.Variants))
			}
		}
	}
	for variant, all := range runs {
		profile.Variants[variant] = figures(all, profile.Clip.DurationS)
	}
	return profile, nil
}

// describe analyses each clip once, to find out what it is, whether it can be
// read at all, and what is found in it.
func (o *Options) describe(ctx context.Context) (*costmodel.Profile, []*report.Document, error) {
	p := &costmodel.Profile{
		Schema: costmodel.ProfileSchema, Tool: o.Tool, Date: o.Date, Machine: machine(), Cores: runtime.NumCPU(),
		Threads: o.Threads, Runs: o.Runs, Variants: map[string]costmodel.Figures{},
	}
	var found []*report.Document
	bits := 0.0
	for i, name := range o.Clips {
		clip, size, doc, err := o.describeClip(ctx, name)
		if err != nil {
			return nil, nil, err
		}
		bits += float64(size) * 8
		found = append(found, doc)
		if i == 0 {
			p.Clip, p.Detectors = *clip, slices.Sorted(maps.Keys(doc.Detectors))
			continue
		}
		all := &p.Clip
		if clip.Width != all.Width || clip.Height != all.Height || clip.FPS != all.FPS {
			return nil, nil, fmt.Errorf("measuring %q: it has %dx%d at %.4g pictures a second, and the clips before %dx%d at %.4g: a profile is of one kind of stream",
				name, clip.Width, clip.Height, clip.FPS, all.Width, all.Height, all.FPS)
		}
		all.Name += ", " + clip.Name
		all.DurationS += clip.DurationS
		if !slices.Contains(strings.Split(all.Codec, ", "), clip.Codec) {
			all.Codec += ", " + clip.Codec
		}
	}
	p.Clip.BitRate = bits / p.Clip.DurationS
	return p, found, nil
}

func (o *Options) describeClip(ctx context.Context, name string) (*costmodel.ProfileClip, int64, *report.Document, error) {
	fail := func(err error) (*costmodel.ProfileClip, int64, *report.Document, error) { return nil, 0, nil, err }
	info, err := os.Stat(name)
	if err != nil {
		return fail(fmt.Errorf("measuring: %w", err))
	}
	if !info.Mode().IsRegular() {
		return fail(fmt.Errorf("measuring %q: is no file, and cannot be read many times", name))
	}
	command := o.command(costmodel.BenchInProcess, name, "")
	command[slices.Index(command, os.DevNull)] = "-"
	var out bytes.Buffer
	cmd := o.prepare(ctx, command)
	cmd.Stdout = &out
	if err := start(ctx, cmd); err != nil {
		return fail(err)
	}
	var doc report.Document
	if err := json.Unmarshal(out.Bytes(), &doc); err != nil {
		return fail(fmt.Errorf("reading what was found in %q: %w", name, err))
	}
	clip := costmodel.ProfileClip{Name: info.Name(), DurationS: doc.DurationS}
	for _, s := range doc.Streams {
		if s.Type == "video" && s.Analyzed {
			clip.Codec, clip.Width, clip.Height, clip.FPS = s.Codec, s.Width, s.Height, ratio(s.FrameRate)
		}
	}
	if clip.Width == 0 || clip.FPS == 0 || clip.DurationS <= 0 {
		return fail(fmt.Errorf("measuring %q: it has no pictures at a known rate", name))
	}
	return &clip, info.Size(), &doc, nil
}

func (o *Options) prepare(ctx context.Context, command []string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, command[0], command[1:]...)
	if command[0] == o.Program {
		cmd.Args[0] = o.Name
	}
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	cmd.WaitDelay = 10 * time.Second
	return cmd
}

// start runs a command to its end.
func start(ctx context.Context, cmd *exec.Cmd) error {
	var messages bytes.Buffer
	cmd.Stderr = &messages
	err := cmd.Run()
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if err != nil {
		return fmt.Errorf("running %s: %w: %s", strings.Join(cmd.Args, " "), err, strings.TrimSpace(messages.String()))
	}
	return nil
}

// measure runs a variant and returns what it took. What it finds through storage
// must be what was found in one process.
func (o *Options) measure(ctx context.Context, variant, clip string, found *report.Document) (run, error) {
	latencyFile, err := temporary()
	if err != nil {
		return run{}, err
	}
	defer os.Remove(latencyFile)
	cmd := o.prepare(ctx, o.command(variant, clip, latencyFile))
	var out bytes.Buffer
	if variant == costmodel.BenchStaged {
		cmd.Stdout = &out
	}
	began := time.Now()
	if err := start(ctx, cmd); err != nil {
		return run{}, err
	}
	wall := time.Since(began)
	usage, ok := cmd.ProcessState.SysUsage().(*syscall.Rusage)
	if !ok {
		return run{}, errors.New("this system does not tell what a process used")
	}
	r := run{
		cpu:    cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime(),
		wall:   wall,
		memory: usage.Maxrss * 1024, // Linux counts in KiB
	}
	if variant == costmodel.BenchInProcess {
		var in InProcess
		text, err := os.ReadFile(latencyFile)
		if err == nil {
			err = json.Unmarshal(text, &in)
		}
		if err != nil {
			return run{}, fmt.Errorf("reading how long pictures took: %w", err)
		}
		r.latency = []float64{in.LatencyS}
	}
	if variant == costmodel.BenchStaged {
		var staged Staged
		if err := json.Unmarshal(out.Bytes(), &staged); err != nil || staged.Document == nil {
			return run{}, fmt.Errorf("reading what %s counted: %w", variant, err)
		}
		if !reflect.DeepEqual(staged.Document.Events, found.Events) || !reflect.DeepEqual(staged.Document.Detectors, found.Detectors) {
			return run{}, fmt.Errorf("measuring %q: what is found through storage is not what is found in one process", clip)
		}
		r.counts = staged.Counts
	}
	return r, nil
}

// temporary returns the name of an empty file.
func temporary() (string, error) {
	f, err := os.CreateTemp("", "vqa-bench-*.json")
	if err != nil {
		return "", err
	}
	return f.Name(), f.Close()
}

func figures(runs []run, seconds float64) costmodel.Figures {
	cpu := func(r run) float64 { return r.cpu.Seconds() / seconds }
	f := costmodel.Figures{
		CPU:             median(runs, cpu),
		TimesRealTime:   seconds / median(runs, func(r run) float64 { return r.wall.Seconds() }),
		PeakMemoryBytes: median(runs, func(r run) float64 { return float64(r.memory) }),
	}
	f.CPULeast, f.CPUMost = f.CPU, f.CPU
	for _, r := range runs {
		f.CPULeast, f.CPUMost = min(f.CPULeast, cpu(r)), max(f.CPUMost, cpu(r))
	}
	f.StreamsPerCore = 1 / f.CPU
	f.LatencyS = median(runs, func(r run) float64 { return middle(r.latency) })
	if runs[0].counts == nil {
		return f
	}
	each := func(count func(*analyze.Counts) int64) float64 {
		return median(runs, func(r run) float64 { return float64(count(r.counts)) / seconds })
	}
	f.Transitions = each(func(c *analyze.Counts) int64 { return c.Transitions })
	f.Puts = each(func(c *analyze.Counts) int64 { return c.Puts })
	f.Gets = each(func(c *analyze.Counts) int64 { return c.Gets })
	f.BytesWritten = each(func(c *analyze.Counts) int64 { return c.BytesWritten })
	f.BytesRead = each(func(c *analyze.Counts) int64 { return c.BytesRead })
	f.LatencyS = median(runs, func(r run) float64 { return middle(r.counts.LatencyS) })
	return f
}

func median(runs []run, figure func(run) float64) float64 {
	var all []float64
	for _, r := range runs {
		all = append(all, figure(r))
	}
	return middle(all)
}

// middle returns the median of figures, 0 of none.
func middle(figures []float64) float64 {
	n := len(figures)
	if n == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(figures))
	return (sorted[(n-1)/2] + sorted[n/2]) / 2
}

// ratio returns "30000/1001" as a number, 0 where it is none.
func ratio(s string) float64 {
	num, den, _ := strings.Cut(s, "/")
	n, err1 := strconv.ParseFloat(num, 64)
	d, err2 := strconv.ParseFloat(den, 64)
	if err1 != nil || err2 != nil || d == 0 {
		return 0
	}
	return n / d
}

// machine names the processor, as Linux knows it.
func machine() string {
	info, _ := os.ReadFile("/proc/cpuinfo") // elsewhere there is none
	for line := range strings.Lines(string(info)) {
		if name, value, ok := strings.Cut(line, ":"); ok && strings.TrimSpace(name) == "model name" {
			return fmt.Sprintf("%s, %d cores", strings.TrimSpace(value), runtime.NumCPU())
		}
	}
	return fmt.Sprintf("%s/%s, %d cores", runtime.GOOS, runtime.GOARCH, runtime.NumCPU())
}
