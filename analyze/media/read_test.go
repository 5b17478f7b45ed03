package media

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/asticode/go-astiav"

	"github.com/vqa-project/vqa/detectors/measure"
)

// counted returns how many pictures ffprobe decodes.
func counted(t *testing.T, path string) int {
	t.Helper()
	out, err := exec.Command("ffprobe", "-v", "error", "-count_frames", "-select_streams", "v:0",
		"-show_entries", "stream=nb_read_frames", "-of", "csv=p=0", path).Output()
	if err != nil {
		t.Skipf("ffprobe: %v", err)
	}
	n, err := strconv.Atoi(strings.TrimSpace(strings.FieldsFunc(string(out), func(r rune) bool { return r < '0' || r > '9' })[0]))
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// Decoders are drained, whatever they keep back.
func TestReadAllPictures(t *testing.T) {
	for _, c := range []struct{ name, args string }{
		{"h264.ts", "-c:v libx264 -preset veryfast -bf 3 -pix_fmt yuv420p"},
		{"h264.mp4", "-c:v libx264 -preset veryfast -bf 3 -pix_fmt yuv420p"},
		{"mpeg2.ts", "-c:v mpeg2video -bf 2 -g 12"},
		{"hevc.ts", "-c:v libx265 -preset ultrafast -bf 3 -x265-params log-level=error"},
		{"vp9.webm", "-c:v libvpx-vp9 -deadline realtime -cpu-used 8"},
	} {
		t.Run(c.name, func(t *testing.T) {
			path := ffmpeg(t, c.name, drawPicture, strings.Fields(c.args))
			want := counted(t, path)
			for _, threads := range []int{1, 4} {
				in, got := read(t, path, Options{Threads: threads})
				if n := in.Counters().Pictures; len(got.pictures) != want || n != int64(want) {
					t.Errorf("threads %d: %d pictures, %d counted, want %d", threads, len(got.pictures), n, want)
				}
				evenly(t, got.pictures, 40*ms)
				for i, p := range got.pictures {
					if p.Number != int64(i) || p.Damage != 0 {
						t.Errorf("picture %d: %+v", i, p)
					}
				}
			}
		})
	}
}

// The same pictures come at the same times, whatever the number of threads.
func TestReadSameWithThreads(t *testing.T) {
	path := transportStream(t)
	in1, one := read(t, path, Options{Threads: 1})
	in4, four := read(t, path, Options{Threads: 4})
	if !slices.Equal(times(one), times(four)) {
		t.Error("times differ")
	}
	if in1.Counters() != in4.Counters() || in1.End() != in4.End() {
		t.Errorf("%+v, end %s; %+v, end %s", in1.Counters(), in1.End(), in4.Counters(), in4.End())
	}
}

func times(c *collector) []string {
	var out []string
	for _, p := range c.pictures {
		out = append(out, fmt.Sprint("picture ", p.PTS, p.Duration, p.Type, p.Key))
	}
	for _, s := range c.sounds {
		out = append(out, fmt.Sprint("sound ", s.PTS, s.Samples))
	}
	return out
}

func TestReadCounters(t *testing.T) {
	in, got := read(t, transportStream(t), Options{})
	var samples int64
	for _, s := range got.sounds {
		samples += int64(s.Samples)
	}
	if want := (Counters{Packets: int64(len(got.packets)), Pictures: 50, Samples: samples}); in.Counters() != want || samples < 96000 {
		t.Errorf("%+v, want %+v", in.Counters(), want)
	}
	// AAC starts 1024 samples before the picture.
	if first := got.pictures[0].PTS.Round(ms); first != 21*ms || got.sounds[0].PTS != 0 {
		t.Errorf("picture starts at %s, sound at %s", first, got.sounds[0].PTS)
	}
	if end := in.End().Round(ms); end != 2021*ms {
		t.Errorf("end %s", end)
	}
}

func TestReadSkips(t *testing.T) {
	path := transportStream(t)
	for _, c := range []struct {
		name              string
		o                 Options
		pictures, samples bool
	}{
		{"video", Options{SkipVideo: true}, false, true},
		{"audio", Options{SkipAudio: true}, true, false},
		{"both", Options{SkipVideo: true, SkipAudio: true}, false, false},
	} {
		in, got := read(t, path, c.o)
		n := in.Counters()
		if n.Pictures > 0 != c.pictures || n.Samples > 0 != c.samples {
			t.Errorf("skip %s: %+v", c.name, n)
		}
		for _, s := range in.streams {
			skipped := s.Type == measure.Video && c.o.SkipVideo || s.Type == measure.Audio && c.o.SkipAudio
			if skipped != (s.decoder == nil) {
				t.Errorf("skip %s: stream %d has a decoder: %t", c.name, s.Index, s.decoder != nil)
			}
		}
		streams := map[int]bool{}
		for _, p := range got.packets {
			streams[p.Stream] = true
		}
		if end := in.End(); len(streams) != 2 || (end-2*time.Second).Abs() > 100*ms {
			t.Errorf("skip %s: packets of %d streams, end %s", c.name, len(streams), end)
		}
	}
}

func TestReadOnlyOneKind(t *testing.T) {
	in, _ := read(t, ffmpeg(t, "video.mp4", drawPicture, x264), Options{})
	if n := in.Counters(); n.Pictures != 50 || n.Samples != 0 || in.End() != 2*time.Second {
		t.Errorf("video: %+v, end %s", n, in.End())
	}
	in, _ = read(t, ffmpeg(t, "audio.wav", drawSound), Options{})
	if n := in.Counters(); n.Pictures != 0 || n.Samples != 96000 || in.End().Round(ms) != 2*time.Second {
		t.Errorf("audio: %+v, end %s", n, in.End())
	}
}

// A bare H.264 stream has no timestamps.
func TestReadWithoutTimestamps(t *testing.T) {
	in, got := read(t, ffmpeg(t, "bare.h264", drawPicture, x264), Options{})
	if len(got.pictures) != 50 || got.pictures[0].PTS != 0 || in.End() != 2*time.Second {
		t.Errorf("%d pictures, the first at %s, end %s", len(got.pictures), got.pictures[0].PTS, in.End())
	}
	evenly(t, got.pictures, 40*ms)
}

// The 33 bit clock of a transport stream wraps in mid-stream, or right away.
func TestReadOverWrap(t *testing.T) {
	for _, offset := range []string{"95440", "95441.5", "95442"} {
		in, got := read(t, transportStream(t, "-output_ts_offset", offset), Options{})
		if len(got.pictures) != 50 || in.End().Round(ms) != 2021*ms {
			t.Errorf("offset %s: %d pictures, end %s", offset, len(got.pictures), in.End())
		}
		evenly(t, got.pictures, 40*ms)
		for i := 1; i < len(got.packets); i++ {
			if p := got.packets[i]; p.HasPTS && (p.PTS < -time.Second || p.PTS > 3*time.Second) {
				t.Fatalf("offset %s: packet at %s", offset, p.PTS)
			}
		}
	}
}

// One stream after another: time goes back, and size or rate may change.
func TestReadConcatenated(t *testing.T) {
	for _, c := range []struct {
		name    string
		second  []string
		changes int64
	}{
		{"same", nil, 0},
		{"size", []string{"-s", "96x64"}, 1},
		{"sample rate", []string{"-ar", "32000"}, 1},
		{"both", []string{"-s", "320x240", "-ar", "44100", "-ac", "2"}, 2},
	} {
		t.Run(c.name, func(t *testing.T) {
			first, second := transportStream(t), transportStream(t, c.second...)
			in, got := read(t, save(t, "both.ts", append(load(t, first), load(t, second)...)), Options{Threads: 1})
			n := in.Counters()
			if n.Pictures != 100 || n.ParameterChanges != c.changes {
				t.Errorf("%+v, want 100 pictures and %d changes", n, c.changes)
			}
			back := 0
			for i, p := range got.pictures {
				if p.Discontinuity {
					back++
				} else if i > 0 && p.PTS <= got.pictures[i-1].PTS {
					t.Errorf("picture %d at %s follows one at %s", i, p.PTS, got.pictures[i-1].PTS)
				}
				if f := got.frames[i]; f.Y.Width != p.Width || f.U.Width != p.Width/2 {
					t.Errorf("picture %d: row %dx%d, pixels %+v", i, p.Width, p.Height, f)
				}
			}
			if back != 1 {
				t.Errorf("time jumped back %d times", back)
			}
		})
	}
}

// Every pixel format arrives as planes of YUV or grey.
func TestReadPixelFormats(t *testing.T) {
	for _, c := range []struct {
		name, args string
		depth      int
		chroma     [2]int
		full       bool
	}{
		{"y420.nut", "-c:v rawvideo -pix_fmt yuv420p", 8, [2]int{80, 60}, false},
		{"full.avi", "-c:v mjpeg -pix_fmt yuvj420p", 8, [2]int{80, 60}, true},
		{"rgb.nut", "-c:v rawvideo -pix_fmt rgb24", 8, [2]int{160, 120}, false},
		{"rgb48.nut", "-c:v rawvideo -pix_fmt rgb48be", 10, [2]int{160, 120}, false},
		{"gbr.mkv", "-c:v libx264rgb -preset ultrafast", 8, [2]int{160, 120}, false},
		{"nv12.nut", "-c:v rawvideo -pix_fmt nv12", 8, [2]int{80, 60}, false},
		{"yuyv.nut", "-c:v rawvideo -pix_fmt yuyv422", 8, [2]int{80, 120}, false},
		{"y422p10.nut", "-c:v rawvideo -pix_fmt yuv422p10le", 10, [2]int{80, 120}, false},
		{"big.nut", "-c:v rawvideo -pix_fmt yuv422p10be", 10, [2]int{80, 120}, false},
		{"gray.nut", "-c:v rawvideo -pix_fmt gray", 8, [2]int{}, true},
		{"gray16be.nut", "-c:v rawvideo -pix_fmt gray16be", 10, [2]int{160, 120}, false},
		{"palette.gif", "-c:v gif", 8, [2]int{160, 120}, false},
		{"palette.png", "-c:v png -pix_fmt pal8", 8, [2]int{160, 120}, false},
		{"mono.nut", "-c:v rawvideo -pix_fmt monow", 8, [2]int{160, 120}, false},
		{"odd.nut", "-s 159x119 -c:v ffv1 -pix_fmt yuv420p", 8, [2]int{80, 60}, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			in, got := read(t, ffmpeg(t, c.name, drawPicture, strings.Fields(c.args), []string{"-frames:v", "1"}), Options{})
			if n := in.Counters(); n.DecodeErrors > 0 || len(got.frames) == 0 {
				t.Fatalf("%+v", n)
			}
			f, row := got.frames[0], got.pictures[0]
			if f.Depth != c.depth || row.Depth != c.depth || [2]int{f.U.Width, f.U.Height} != c.chroma || f.V.Width != f.U.Width {
				t.Errorf("depth %d, chroma %dx%d, want %d and %v", f.Depth, f.U.Width, f.U.Height, c.depth, c.chroma)
			}
			if row.FullRange != c.full || row.Width != f.Y.Width || f.Y.Width|1 != 161 && f.Y.Width != 159 {
				t.Errorf("full range %t, row %dx%d, plane %dx%d", row.FullRange, row.Width, row.Height, f.Y.Width, f.Y.Height)
			}
		})
	}
}

// Damage in one input ends with an error that says what is wrong with it.
func TestReadTruncated(t *testing.T) {
	last := load(t, ffmpeg(t, "last.mp4", drawPicture, x264))
	first := load(t, ffmpeg(t, "first.mp4", drawPicture, x264, []string{"-movflags", "+faststart"}))
	if e := fails(t, save(t, "cut.mp4", last[:len(last)/2]), Options{}); !strings.Contains(e.Error(), "moov") || e.Hint == "" {
		t.Errorf("without an index: %v", e)
	}
	in := open(t, save(t, "cut.mp4", first[:len(first)*3/4]), Options{})
	err := in.Read(t.Context(), &collector{})
	if n := in.Counters(); n.Pictures == 0 || n.Pictures > 49 {
		t.Errorf("with its index first: %+v", n)
	}
	if err != nil && !strings.Contains(err.Error(), "cut off") {
		t.Errorf("with its index first: %v", err)
	}
}

// A cancelled read delivers what was decoded, and ends with ctx's error.
func TestReadCancelled(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	in, err := Open(ctx, transportStream(t), Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	c := &collector{}
	c.onPacket = func() {
		if len(c.packets) == 40 {
			cancel()
		}
	}
	if err := in.Read(ctx, c); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}
	if n := in.Counters(); n.Packets != 40 || int64(len(c.pictures)) != n.Pictures || n.Pictures == 0 {
		t.Errorf("%+v, %d pictures delivered", n, len(c.pictures))
	}
}

// What FFmpeg reads of live DASH again is left out, until time begins anew.
func TestRepeated(t *testing.T) {
	packet := astiav.AllocPacket()
	defer packet.Free()
	for name, test := range map[string]struct {
		program measure.Program
		want    string // r for repeated
	}{
		"live":     {measure.Program{Format: "dash"}, "..rrr.r."},
		"recorded": {measure.Program{Format: "dash", Duration: time.Minute}, "........"},
		"HLS":      {measure.Program{Format: "hls"}, "........"},
	} {
		in := &Input{program: test.program}
		s := &stream{timeBase: astiav.NewRational(1, 1000)}
		got := ""
		for _, dts := range []int64{0, 400_000, 400_000, 200_000, 399_000, 401_000, 400_960, 0} {
			packet.SetDts(dts)
			if in.repeated(s, packet) {
				got += "r"
			} else {
				got += "."
				s.packets++
			}
		}
		if got != test.want {
			t.Errorf("%s: %s, want %s", name, got, test.want)
		}
	}
}
