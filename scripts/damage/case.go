package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
)

// A clip is a file with a video stream.
type clip struct {
	path          string
	width, height int
	seconds       float64
	rate          string // one of rates
}

// rates are the frame rates that all codecs here have.
var rates = map[string]float64{
	"24000/1001": 24000. / 1001, "24/1": 24, "25/1": 25, "30000/1001": 30000. / 1001,
	"30/1": 30, "50/1": 50, "60000/1001": 60000. / 1001, "60/1": 60,
}

// probe looks at a file. A clip has at least 2 s; one with an odd frame rate is
// taken at 25 pictures a second.
func probe(path string) (clip, error) {
	out, err := execute("ffprobe", "-v", "error", "-of", "json", "-select_streams", "v:0",
		"-show_entries", "stream=width,height,r_frame_rate:format=duration", path)
	if err != nil {
		return clip{}, errUnsuitable // no media
	}
	var p struct {
		Streams []struct {
			Width  int    `json:"width"`
			Height int    `json:"height"`
			Rate   string `json:"r_frame_rate"`
		} `json:"streams"`
		Format struct {
			Duration string `json:"duration"`
		} `json:"format"`
	}
	if err := json.Unmarshal(out, &p); err != nil {
		return clip{}, fmt.Errorf("probing %q: %w", path, err)
	}
	if len(p.Streams) == 0 {
		return clip{}, errUnsuitable
	}
	s := p.Streams[0]
	seconds, err := strconv.ParseFloat(p.Format.Duration, 64)
	if err != nil || seconds < 2 || s.Width < 64 || s.Height < 64 {
		return clip{}, errUnsuitable
	}
	if rates[s.Rate] == 0 {
		s.Rate = "25/1"
	}
	return clip{path: path, width: s.Width, height: s.Height, seconds: seconds, rate: s.Rate}, nil
}

// A maker makes one case.
type maker struct {
	clip
	seed               uint64
	undamaged, drawing float64 // shares of cases

	height  int    // at most, of what is coded twice
	streams bool   // are kept
	dir     string // for what is thrown away
	rng     *rand.Rand
}

// window is how long a case is, in seconds. Shorter clips are looped.
const window = 12

// pick returns one of its arguments.
func pick[T any](r *rand.Rand, of ...T) T { return of[r.IntN(len(of))] }

func (c *maker) file(name string) string { return filepath.Join(c.dir, name) }

// make makes the case NAME.mp4 and NAME.truth.json.
func (c *maker) make(name string) error {
	r := c.rng
	width, lines := c.size(r)
	source := c.window(r)
	codec := pick(r, h264, h264, h264, h264, mpeg2, mpeg2, hevc, mpeg4)
	loss := pick(r, single, scattered, scattered, bytesFlipped, bytesFlipped, burst, burst, wholeSlices)
	if (codec == hevc || codec == mpeg4) && loss == wholeSlices {
		loss = burst // these are seldom coded in slices
	}
	reference := c.file("reference.ts")
	args := append(source, "-vf", c.prepared(width, lines))
	if err := c.ffmpeg(append(append(args, codec.encode(r)...), reference)...); err != nil {
		return errUnsuitable
	}
	stream, err := os.ReadFile(reference)
	if err != nil {
		return err
	}
	begin := 1.5 + r.Float64()*(window-5)
	l := &damage{kind: loss, codec: codec, begin: begin, end: begin + 0.1 + r.Float64()*1.9, severity: r.Float64()}
	conceal := pick(r, "", "", "", "guess_mvs+deblock", "deblock", "guess_mvs", "favor_inter", "0")
	t := &truth{
		File: filepath.Base(name) + ".mp4", Source: c.path, Class: "corruption", Variant: "burned",
		Made: fmt.Sprintf("%s, %s, concealment %q", codec, loss, conceal),
	}
	damaged := c.file("damaged.ts")
	for k := 0; ; k++ {
		if k == attempts {
			return errUnsuitable
		}
		if err := os.WriteFile(damaged, l.apply(stream, r), 0o644); err != nil {
			return err
		}
		psnr, err := c.psnr(damaged, reference, conceal)
		if err != nil {
			return err
		}
		if len(psnr) > window/2*int(rates[c.rate]) && t.see(psnr, rates[c.rate]) {
			break
		}
		l.severity = min(1.8*l.severity+0.05, 4)
	}
	if c.streams {
		s := *t
		s.File, s.Variant = filepath.Base(name)+".ts", "bitstream"
		stream, err := os.ReadFile(damaged)
		if err := errors.Join(err, os.WriteFile(name+".ts", stream, 0o644), s.write(name+".ts.truth.json")); err != nil {
			return err
		}
	}
	again := pick(r, again...)
	filter := "setpts=PTS-STARTPTS,fps=" + c.rate
	if k := r.IntN(10); k < 2 {
		scale := pick(r, 0.5, 2./3, 0.75)
		filter += fmt.Sprintf(",scale=%d:%d:flags=bicubic", int(float64(width)*scale)/4*4, int(float64(lines)*scale)/4*4)
		t.Made += fmt.Sprintf(", scaled to %.2f", scale)
	}
	t.Made += ", " + strings.Join(again, " ")
	args = append(errorConcealment(conceal), "-i", damaged, "-an", "-vf", filter+",format=yuv420p")
	if err := c.ffmpeg(append(append(args, again...), "-video_track_timescale", "90000", name+".mp4")...); err != nil {
		return errUnsuitable
	}
	return t.write(name + ".truth.json")
}

// starve makes a case that nothing happened to but a coder with too few bits: its
// blocks are seen, and it has no events.
func (c *maker) starve(name string) error {
	r := c.rng
	lines := min(pick(r, 360, 480, 576, 720, 1080), c.clip.height)
	source := c.window(r)
	coder := pick(r, starving...)
	args := append(source, "-vf", c.prepared(c.width*lines/c.clip.height/4*4, lines/4*4))
	low := c.file("low.mkv")
	if err := c.ffmpeg(append(append(args, coder...), low)...); err != nil {
		return errUnsuitable
	}
	again := pick(r, again...)
	args = append([]string{"-i", low}, again...)
	if lines > c.height || r.IntN(2) == 0 {
		args = []string{"-i", low, "-c", "copy"}
	}
	if err := c.ffmpeg(append(args, "-video_track_timescale", "90000", name+".mp4")...); err != nil {
		return errUnsuitable
	}
	t := &truth{
		File: filepath.Base(name) + ".mp4", Source: c.path, Class: "blockiness", Variant: "throughout",
		Made: strings.Join(coder, " ") + ", " + strings.Join(args[2:], " "), Events: []interval{}, Tolerated: []interval{},
	}
	return t.write(name + ".truth.json")
}

func errorConcealment(how string) []string {
	if how == "" {
		return nil // FFmpeg's default
	}
	return []string{"-ec", how}
}

// psnr returns the PSNR of the luma of each picture.
func (c *maker) psnr(damaged, reference, conceal string) ([]float64, error) {
	align := "setpts=PTS-STARTPTS,fps=" + c.rate
	args := append([]string{"-nostdin", "-v", "quiet", "-threads", "1"}, errorConcealment(conceal)...)
	out, err := execute("ffmpeg", append(args, "-i", damaged, "-threads", "1", "-i", reference,
		"-filter_complex", fmt.Sprintf("[0:v]%[1]s[a];[1:v]%[1]s[b];[a][b]psnr=stats_file=-", align), "-f", "null", "-")...)
	if err != nil {
		return nil, errUnsuitable
	}
	var psnr []float64
	for line := range strings.Lines(string(out)) {
		_, rest, found := strings.Cut(line, "psnr_y:")
		if !found {
			continue
		}
		value, err := strconv.ParseFloat(strings.Fields(rest)[0], 64)
		if err != nil {
			return nil, fmt.Errorf("PSNR: %w", err)
		}
		psnr = append(psnr, min(value, 100)) // infinite where equal
	}
	return psnr, nil
}

func (c *maker) ffmpeg(args ...string) error {
	_, err := execute("ffmpeg", append([]string{"-nostdin", "-v", "quiet", "-y", "-threads", "1"}, args...)...)
	return err
}

func execute(name string, args ...string) ([]byte, error) {
	var out bytes.Buffer
	cmd := exec.Command(name, args...)
	cmd.Stdout = &out
	if err := cmd.Run(); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return out.Bytes(), nil
}
