package media

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/vqa-project/vqa/detectors/measure"
)

func TestOpenErrors(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{
		"empty.mp4": "",
		"text.txt":  strings.Repeat("Shall I compare thee to a summer's day?\n", 100),
		"short.ts":  strings.Repeat("\x47\x1f\xff\x10"+strings.Repeat("\xff", 184), 100),
		"hello.srt": "1\n00:00:01,000 --> 00:00:02,000\nHello\n\n",
		"list.txt":  "ffconcat version 1.0\nfile /etc/hostname\n",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []struct{ name, want, hint string }{
		{dir + "/missing.mp4", "no such file", "name"},
		{"file://" + dir + "/missing.mp4", "no such file", "name"},
		{"file://%zz", "invalid URL escape", ""},
		{dir, "is a directory", dir + "/*"},
		{dir + "/empty.mp4", "is empty", "write"},
		{dir + "/text.txt", "", "ffprobe"},
		{dir + "/hello.srt", "neither audio nor video", "ffprobe"},
		{dir + "/short.ts", "no audio or video was found before its end", "ffprobe"},
		{dir + "/list.txt", "", ""},
		{"gopher://example.org/film", `protocol "gopher" is not supported`, "http"},
		{"s3://bucket/key.ts", `protocol "s3" is not supported`, "file"},
		{"concat:" + dir + "/a|" + dir + "/b", "no such file", "name"},
		{"http://127.0.0.1:1/x", "Connection refused", "reachable"},
		{"http://127.0.0.1:1/x.m3u8", "Connection refused", "reachable"},
		{"", "no such file", "name"},
	} {
		e := fails(t, c.name, Options{})
		if e.Op != "opening" || !strings.Contains(e.Err.Error(), c.want) || !strings.Contains(e.Hint, c.hint) {
			t.Errorf("%s: %v (hint: %s)", c.name, e, e.Hint)
		}
	}
}

func TestOpenWithoutPermission(t *testing.T) {
	if os.Getuid() == 0 {
		t.Skip("root may read everything")
	}
	path := save(t, "secret.ts", []byte("x"))
	if err := os.Chmod(path, 0); err != nil {
		t.Fatal(err)
	}
	if e := fails(t, path, Options{}); !errors.Is(e, fs.ErrPermission) || !strings.Contains(e.Hint, "permissions") {
		t.Errorf("%v (hint: %s)", e, e.Hint)
	}
}

func TestOpenOddNames(t *testing.T) {
	data := load(t, transportStream(t))
	for _, name := range []string{"12:30 news.ts", "100%25.ts", "a?b#c.ts", "http:x.ts", "%d.ts"} {
		open(t, save(t, name, data), Options{SkipVideo: true})
	}
	open(t, "file://"+strings.ReplaceAll(save(t, "two words.ts", data), " ", "%20"), Options{})
	t.Chdir(filepath.Dir(save(t, "-x:y.ts", data)))
	open(t, "-x:y.ts", Options{})
}

func TestOpenWrongOptions(t *testing.T) {
	path := transportStream(t) // stream 0 is video, 1 audio
	for _, c := range []struct {
		o    Options
		want string
	}{
		{Options{Format: "nope"}, `no demuxer "nope"`},
		{Options{Video: []int{1}}, "stream 1 is not video"},
		{Options{Audio: []int{0}}, "stream 0 is not audio"},
		{Options{Video: []int{7}}, "stream 7 is not video"},
		{Options{Audio: []int{-1}}, "stream -1 is not audio"},
		{Options{Format: "avi"}, "not audio or video"},
	} {
		if e := fails(t, path, c.o); !strings.Contains(e.Error(), c.want) {
			t.Errorf("%+v: %v", c.o, e)
		}
	}
}

func TestOpenSelects(t *testing.T) {
	path := ffmpeg(t, "clip.mkv", drawPicture, drawPicture, drawSound, drawSound, x264, []string{"-c:a", "aac",
		"-map", "0", "-map", "1", "-map", "2", "-map", "3", "-t", "0.5"})
	for _, c := range []struct {
		name string
		o    Options
		want []int
	}{
		{"by default", Options{}, []int{0, 2, 3}},
		{"by index", Options{Video: []int{1}, Audio: []int{3}}, []int{1, 3}},
		{"all", Options{Video: []int{0, 1}, Audio: []int{2, 3}}, []int{0, 1, 2, 3}},
		{"no sound", Options{Audio: []int{}}, []int{0}},
		{"no picture", Options{Video: []int{}}, []int{2, 3}},
		{"nothing", Options{Video: []int{}, Audio: []int{}}, nil},
	} {
		in, got := read(t, path, c.o)
		var selected, seen []int
		for _, s := range in.Program().Streams {
			if s.Selected {
				selected = append(selected, s.Index)
			}
		}
		for _, p := range got.packets {
			if !slices.Contains(seen, p.Stream) {
				seen = append(seen, p.Stream)
			}
		}
		slices.Sort(seen)
		if !slices.Equal(selected, c.want) || !slices.Equal(seen, c.want) {
			t.Errorf("%s: streams %v are selected, %v read, want %v", c.name, selected, seen, c.want)
		}
	}
}

func TestOpenDescribes(t *testing.T) {
	p := open(t, transportStream(t, "-metadata:s:a", "language=deu"), Options{}).Program()
	if len(p.Streams) != 2 || p.Format != "mpegts" || p.Duration.Round(100*ms).Seconds() != 2 {
		t.Fatalf("program %+v", p)
	}
	v, a := p.Streams[0], p.Streams[1]
	v.FrameRate = measure.Rational{Num: v.FrameRate.Num / v.FrameRate.Den, Den: 1}
	if want := (measure.Stream{ID: 0x100, Type: measure.Video, Selected: true, Codec: "h264", Width: 160, Height: 120,
		PixelFormat: "yuv420p", FrameRate: measure.Rational{Num: 25, Den: 1}}); v != want {
		t.Errorf("video %+v", v)
	}
	if want := (measure.Stream{Index: 1, ID: 0x101, Type: measure.Audio, Selected: true, Codec: "aac", Language: "deu",
		SampleRate: 48000, Channels: 1, ChannelLayout: "mono"}); a != want {
		t.Errorf("audio %+v", a)
	}
}

// A cover is no video.
func TestOpenAttachedPicture(t *testing.T) {
	cover := ffmpeg(t, "cover.png", drawPicture, []string{"-frames:v", "1"})
	path := ffmpeg(t, "song.m4a", drawSound, []string{"-i", cover, "-map", "0", "-map", "1", "-c:a", "aac", "-c:v", "png",
		"-disposition:v", "attached_pic"})
	_, got := read(t, path, Options{})
	if len(got.pictures) > 0 || len(got.sounds) == 0 {
		t.Errorf("%d pictures, %d stretches of sound", len(got.pictures), len(got.sounds))
	}
}

func TestOpenCancelled(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Open(ctx, transportStream(t), Options{}); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}
}

func TestCloseLeavesNothing(t *testing.T) {
	path := transportStream(t)
	before := runtime.NumGoroutine()
	for range 3 {
		in, err := Open(t.Context(), path, Options{Threads: 2})
		if err != nil {
			t.Fatal(err)
		}
		if err := in.Read(t.Context(), &collector{}); err != nil {
			t.Fatal(err)
		}
		in.Close()
		if _, err := Open(t.Context(), path, Options{Format: "avi"}); err == nil {
			t.Fatal("opened as AVI")
		}
	}
	settled(t, before)
}
