// Command bench measures what vqa costs on a clip: the CPU time and memory of
// decoding alone, of analysing, and of the ffmpeg tool doing likewise.
//
//	go run ./scripts/bench [-clip FILE] [-runs 5] [-threads 2]
//
// Runs of all variants take turns, so that a machine that gets slower or
// faster does so for all of them. Figures are medians.
package main

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"text/tabwriter"
	"time"

	"github.com/vqa-project/vqa/fixtures"
)

type options struct {
	clip, cache, vqa string
	runs, threads    int
}

func main() {
	var o options
	flag.StringVar(&o.clip, "clip", "", "measure on this `file` instead of one made for it")
	flag.StringVar(&o.cache, "cache", "build/fixtures", "keep the clip made for it in this `folder`")
	flag.StringVar(&o.vqa, "vqa", "bin/vqa", "measure this `program`")
	flag.IntVar(&o.runs, "runs", 5, "take medians of so many runs, after one more to warm up")
	flag.IntVar(&o.threads, "threads", 2, "decode with so many threads, everywhere")
	flag.Parse()
	if flag.NArg() > 0 || o.runs < 1 || o.threads < 1 {
		flag.Usage()
		os.Exit(2)
	}
	if err := run(o); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// A variant is one way to go through the clip.
type variant struct {
	key, title string
	command    []string
	cost       []cost // of each run
}

// A cost is what one run took.
type cost struct {
	cpu, wall time.Duration
	rss       int64 // peak, bytes
}

func run(o options) error {
	clip := o.clip
	if clip == "" {
		c := fixtures.Bench()
		if _, err := os.Stat(c.Path(o.cache)); err != nil {
			fmt.Fprintln(os.Stderr, "bench: making the clip, once")
		}
		made, err := c.Make(o.cache)
		if err != nil {
			return err
		}
		clip = made
	}
	length, err := duration(clip)
	if err != nil {
		return err
	}
	vqa, err := filepath.Abs(o.vqa)
	if err != nil {
		return fmt.Errorf("finding %q: %w", o.vqa, err)
	}
	variants := variants(vqa, clip, strconv.Itoa(o.threads))
	for i := -1; i < o.runs; i++ {
		for v := range variants {
			c, err := measure(variants[v].command)
			if err != nil {
				return err
			}
			if i >= 0 {
				variants[v].cost = append(variants[v].cost, c)
			}
		}
	}
	fmt.Printf("%s: %.1f s, %d decoder threads, medians of %d runs\n\n", clip, length.Seconds(), o.threads, o.runs)
	if err := printTable(variants, length); err != nil {
		return fmt.Errorf("printing: %w", err)
	}
	printRatios(variants)
	return nil
}

func variants(vqa, clip, threads string) []variant {
	analyze := []string{vqa, "analyze", "--quiet", "--threads", threads, "--json", os.DevNull}
	ffmpeg := []string{"ffmpeg", "-nostdin", "-hide_banner", "-v", "error", "-threads", threads, "-i", clip, "-map", "0:v:0?", "-map", "0:a?"}
	filters := []string{"-vf", "freezedetect,blackdetect", "-af", "silencedetect"}
	null := []string{"-f", "null", "-"}
	return []variant{
		{key: "a", title: "vqa, decoding alone", command: slices.Concat(analyze, []string{"--detectors", "none", clip})},
		{key: "b", title: "vqa, all detectors", command: slices.Concat(analyze, []string{clip})},
		{key: "c", title: "ffmpeg, decoding alone", command: slices.Concat(ffmpeg, null)},
		{key: "d", title: "ffmpeg, freezedetect, blackdetect, silencedetect", command: slices.Concat(ffmpeg, filters, null)},
	}
}

// measure runs a command and returns what it and its children took.
func measure(command []string) (cost, error) {
	var messages bytes.Buffer
	cmd := exec.Command(command[0], command[1:]...)
	cmd.Stderr = &messages
	began := time.Now()
	if err := cmd.Run(); err != nil {
		return cost{}, fmt.Errorf("running %s: %w: %s", strings.Join(command, " "), err, strings.TrimSpace(messages.String()))
	}
	wall := time.Since(began)
	usage, ok := cmd.ProcessState.SysUsage().(*syscall.Rusage)
	if !ok {
		return cost{}, errors.New("this system does not tell what a process used")
	}
	return cost{
		cpu:  cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime(),
		wall: wall,
		rss:  usage.Maxrss * 1024, // Linux counts in KiB
	}, nil
}

func duration(clip string) (time.Duration, error) {
	out, err := exec.Command("ffprobe", "-v", "error", "-show_entries", "format=duration", "-of", "csv=p=0", clip).Output()
	if err != nil {
		return 0, fmt.Errorf("probing %q: %w", clip, err)
	}
	s, err := strconv.ParseFloat(strings.TrimSpace(string(out)), 64)
	if err != nil {
		return 0, fmt.Errorf("probing %q: %w", clip, err)
	}
	return time.Duration(s * float64(time.Second)), nil
}

// median returns the median of one figure over the runs.
func (v *variant) median(figure func(cost) float64) float64 {
	var all []float64
	for _, c := range v.cost {
		all = append(all, figure(c))
	}
	slices.Sort(all)
	n := len(all)
	return (all[(n-1)/2] + all[n/2]) / 2
}

func cpuSeconds(c cost) float64 { return c.cpu.Seconds() }

func printTable(variants []variant, length time.Duration) error {
	w := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(w, "\tCPU s\tmin..max\tCPU s per hour\ttimes real time\twall s\tpeak MiB\t")
	for i := range variants {
		v := &variants[i]
		cpu := v.median(cpuSeconds)
		least := slices.MinFunc(v.cost, func(x, y cost) int { return int(x.cpu - y.cpu) })
		most := slices.MaxFunc(v.cost, func(x, y cost) int { return int(x.cpu - y.cpu) })
		fmt.Fprintf(w, "%s\t%.2f\t%.2f..%.2f\t%.0f\t%.1f\t%.2f\t%.0f\t%s\n",
			v.key, cpu, least.cpu.Seconds(), most.cpu.Seconds(), cpu/length.Hours(), length.Seconds()/cpu,
			v.median(func(c cost) float64 { return c.wall.Seconds() }),
			v.median(func(c cost) float64 { return float64(c.rss) / (1 << 20) }), "  "+v.title)
	}
	return w.Flush()
}

func printRatios(variants []variant) {
	cpu := map[string]float64{}
	for i := range variants {
		cpu[variants[i].key] = variants[i].median(cpuSeconds)
	}
	fmt.Printf("\nCPU time: b/a %.2f (what measuring adds), b/c %.2f, b/d %.2f\n",
		cpu["b"]/cpu["a"], cpu["b"]/cpu["c"], cpu["b"]/cpu["d"])
}
