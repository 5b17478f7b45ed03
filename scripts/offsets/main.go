// Command offsets tells how well vqa compare finds how far sound was moved:
//
//	go run ./scripts/offsets -tool ./bin/vqa CLIPS
//
// Each clip of a folder with picture and sound is coded again, with one track of
// its sound for each offset, and compared with what it was made from. Offsets are
// in milliseconds, positive where sound is late. With -joins, clips of people who
// speak are joined, and vqa analyze has to find the offsets by itself. Clips in which nothing can be
// told, such as black with silence, are counted apart. It starts ffmpeg, ffprobe
// and the tool.
package main

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"io/fs"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// outOfStep is what somebody notices, in ms: from there on an offset must be
// found, and below it is none.
const outOfStep = 140

func main() {
	tool := flag.String("tool", "./bin/vqa", "`program` to try")
	exclude := flag.String("exclude", "/(damaged|hls|dash)/", "`expression` for files that are damaged, or parts of clips")
	only := flag.String("only", "", "`expression` for the files to try")
	seconds := flag.Int("seconds", 20, "`seconds` of a clip that are used")
	picture := flag.String("picture", "-c:v libx264 -preset ultrafast -crf 26 -vf scale=320:-2", "`options` of ffmpeg for the picture")
	sound := flag.String("sound", "-c:a pcm_s16le", "`options` of ffmpeg for the sound")
	container := flag.String("container", "mkv", "`extension` of the container")
	every := flag.Int("every", 40, "distance of offsets, in `ms`")
	joins := flag.Int("joins", 0, "`number` of joined clips to try vqa analyze with instead, without a reference")
	seed := flag.Uint64("seed", 1, "`seed` of what is joined")
	tolerance := flag.Float64("tolerance", 5, "largest error, in `ms`")
	flag.Parse()
	if flag.NArg() != 1 {
		fmt.Fprintln(os.Stderr, "usage: offsets [flags] CLIPS")
		os.Exit(2)
	}
	t := trial{
		tool: *tool, seconds: *seconds, container: *container, tolerance: *tolerance,
		picture: strings.Fields(*picture), sound: strings.Fields(*sound), offsets: offsets(*every),
	}
	clips, err := clipsIn(flag.Arg(0), *exclude, *only)
	switch {
	case err != nil:
	case *joins > 0:
		err = t.joins(clips, *joins, *seed)
	default:
		err = t.all(clips)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// offsets returns those up to 800 ms to both sides, and some odd ones.
func offsets(every int) []int {
	out := []int{-777, -87, -13, 13, 87, 777}
	for o := -800; o <= 800; o += max(every, 1) {
		out = append(out, o)
	}
	slices.Sort(out)
	return slices.Compact(out)
}

func clipsIn(dir, exclude, only string) ([]string, error) {
	skip, err := regexp.Compile(exclude)
	if err != nil {
		return nil, err
	}
	want, err := regexp.Compile(only)
	if err != nil {
		return nil, err
	}
	var out []string
	err = filepath.WalkDir(dir, func(name string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() || skip.MatchString(name) || !want.MatchString(name) {
			return err
		}
		if streams, err := execute("ffprobe", "-v", "error", "-of", "csv=p=0", "-show_entries", "stream=codec_type", name); err == nil &&
			bytes.Contains(streams, []byte("video")) && bytes.Contains(streams, []byte("audio")) {
			out = append(out, name)
		}
		return nil
	})
	return out, err
}

// A trial compares clips with themselves, their sound moved.
type trial struct {
	tool, container string
	picture, sound  []string
	offsets         []int
	seconds         int
	tolerance       float64

	tried, exact, untold    int
	found, missed, mistaken int // of what is out of step
	off                     []string
}

func (t *trial) all(clips []string) error {
	dir, err := os.MkdirTemp("", "offsets-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	for _, clip := range clips {
		if err := t.try(clip, filepath.Join(dir, "moved."+t.container)); err != nil {
			fmt.Printf("%s: %v\n", clip, err)
			t.off = append(t.off, filepath.Base(clip))
		}
	}
	f1 := 2 * float64(t.found) / float64(max(2*t.found+t.missed+t.mistaken, 1))
	fmt.Printf("%d offsets in %d clips: %d within %g ms, %d could not be told\n", t.tried, len(clips), t.exact, t.tolerance, t.untold)
	fmt.Printf("of %d ms and more: %d found, %d missed, %d mistaken, F1 %.4f\n", outOfStep, t.found, t.missed, t.mistaken, f1)
	fmt.Printf("clips with others: %s\n", strings.Join(t.off, ", "))
	return nil
}

// try tries all offsets with one clip.
func (t *trial) try(clip, moved string) error {
	if err := t.move(clip, moved); err != nil {
		return err
	}
	out, err := execute(t.tool, "compare", "--no-quality", "--quiet", "--json", "-", clip, moved)
	if err != nil {
		return err
	}
	var c struct {
		Picture struct {
			Status string  `json:"status"`
			Delay  float64 `json:"delay_ms"`
		} `json:"picture"`
		Sound []struct {
			Status string `json:"status"`
			Offset *struct {
				Median float64 `json:"median_ms"`
			} `json:"av_offset"`
		} `json:"sound"`
	}
	if err := json.Unmarshal(out, &c); err != nil {
		return err
	}
	if len(c.Sound) != len(t.offsets) {
		return fmt.Errorf("%d tracks of sound, not %d", len(c.Sound), len(t.offsets))
	}
	exact := 0
	var others []string
	for i, s := range c.Sound {
		t.tried++
		if s.Status == "undetermined" || c.Picture.Status == "undetermined" && s.Offset == nil {
			t.untold++
			continue
		}
		want, got := float64(t.offsets[i]), math.NaN()
		if s.Offset != nil {
			got = s.Offset.Median
		}
		if math.Abs(got-want) <= t.tolerance {
			exact++
		} else {
			others = append(others, fmt.Sprintf("%.0f: %.0f", want, got))
		}
		switch is := math.Abs(got) >= outOfStep; {
		case is && math.Abs(want) >= outOfStep:
			t.found++
		case is:
			t.mistaken++
		case math.Abs(want) >= outOfStep:
			t.missed++
		}
	}
	t.exact += exact
	fmt.Printf("%4d of %d within %g ms, picture %s %.1f ms: %s\n", exact, len(t.offsets), t.tolerance, c.Picture.Status, c.Picture.Delay, clip)
	if len(others) > 0 {
		fmt.Printf("     others: %s\n", strings.Join(others, ", "))
	}
	if exact < len(t.offsets) {
		t.off = append(t.off, filepath.Base(clip))
	}
	return nil
}

// move codes a clip with a track of sound for each offset.
func (t *trial) move(clip, moved string) error {
	// Both streams keep their place on one clock: where sound begins later
	// it gets silence in front, and so where it leaves out time.
	var graph strings.Builder
	fmt.Fprintf(&graph, "[0:a:0]aresample=48000:async=1:min_hard_comp=0.01:first_pts=0,aformat=channel_layouts=mono,asplit=%d", len(t.offsets))
	for i := range t.offsets {
		fmt.Fprintf(&graph, "[in%d]", i)
	}
	args := []string{"-nostdin", "-v", "error", "-y", "-t", strconv.Itoa(t.seconds), "-i", clip, "-map", picture(clip), "-fps_mode", "passthrough", "-enc_time_base:v", "-1"}
	for i, o := range t.offsets {
		filter := fmt.Sprintf("adelay=%d", o)
		if o < 0 {
			filter = fmt.Sprintf("atrim=start=%.3f,asetpts=PTS-STARTPTS", -float64(o)/1000)
		}
		fmt.Fprintf(&graph, ";[in%d]%s[out%d]", i, filter, i)
		args = append(args, "-map", fmt.Sprintf("[out%d]", i))
	}
	args = append(append(append(args, "-filter_complex", graph.String()), t.picture...), t.sound...)
	_, err := execute("ffmpeg", append(args, moved)...)
	return err
}

// picture returns which stream is compared, as ffmpeg has it: of several the
// largest.
func picture(clip string) string {
	out, err := execute("ffprobe", "-v", "error", "-of", "csv=p=0", "-select_streams", "v", "-show_entries", "stream=index,width,height", clip)
	best, size := "0:v:0", 0
	if err != nil {
		return best
	}
	for line := range strings.Lines(string(out)) {
		var index, width, height int
		if n, _ := fmt.Sscanf(line, "%d,%d,%d", &index, &width, &height); n == 3 && width*height > size {
			best, size = fmt.Sprintf("0:%d", index), width*height
		}
	}
	return best
}

func execute(name string, args ...string) ([]byte, error) {
	var out, messages bytes.Buffer
	cmd := exec.Command(name, args...)
	cmd.Stdout, cmd.Stderr = &out, &messages
	if err := cmd.Run(); err != nil {
		text := strings.TrimSpace(messages.String())
		return nil, fmt.Errorf("%s: %w: %s", filepath.Base(name), err, text[strings.LastIndexByte(text, '\n')+1:])
	}
	return out.Bytes(), nil
}
