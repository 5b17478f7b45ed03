package media

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/vqa-project/vqa/detectors/measure"
)

// draw is the beginning of ffmpeg's arguments: two seconds of moving picture,
// and of sound.
var (
	drawPicture = []string{"-f", "lavfi", "-i", "testsrc2=s=160x120:r=25:d=2"}
	drawSound   = []string{"-f", "lavfi", "-i", "sine=440:r=48000:d=2"}
)

// ffmpeg has the tool make a file of that name from some arguments.
func ffmpeg(t *testing.T, name string, args ...[]string) string {
	t.Helper()
	tool, err := exec.LookPath("ffmpeg")
	if err != nil {
		t.Skip("ffmpeg is not installed")
	}
	path := filepath.Join(t.TempDir(), name)
	all := []string{"-v", "error", "-nostdin", "-y"}
	for _, a := range args {
		all = append(all, a...)
	}
	if out, err := exec.Command(tool, append(all, path)...).CombinedOutput(); err != nil {
		t.Fatalf("ffmpeg %s: %v: %s", strings.Join(all, " "), err, out)
	}
	return path
}

// transport makes a transport stream with H.264 and AAC.
func transportStream(t *testing.T, more ...string) string {
	t.Helper()
	return ffmpeg(t, "clip.ts", drawPicture, drawSound, x264, []string{"-c:a", "aac"}, more)
}

var x264 = []string{"-c:v", "libx264", "-preset", "veryfast", "-bf", "2", "-g", "25", "-pix_fmt", "yuv420p"}

// A collector keeps all rows that are read.
type collector struct {
	resources []measure.Resource
	transport []measure.Transport
	packets   []measure.Packet
	pictures  []measure.Picture
	frames    []measure.Frame // without memory
	sounds    []measure.Buffer
	onPacket  func()
}

func (c *collector) Packet(p *measure.Packet) {
	c.packets = append(c.packets, *p)
	if c.onPacket != nil {
		c.onPacket()
	}
}

func (c *collector) Picture(p *Picture) {
	c.pictures = append(c.pictures, p.Row)
	f := p.Pixels
	f.Y.Data, f.U.Data, f.V.Data = nil, nil, nil
	c.frames = append(c.frames, f)
	p.Release()
}

func (c *collector) Sound(s *Sound) {
	b := s.Buffer
	b.Planes = nil
	c.sounds = append(c.sounds, b)
	s.Release()
}

func (c *collector) Resource(r *measure.Resource) { c.resources = append(c.resources, *r) }

func (c *collector) Transport(rows []measure.Transport) { c.transport = append(c.transport, rows...) }

// open opens an input that must open, for the length of the test.
func open(t *testing.T, name string, o Options) *Input {
	t.Helper()
	in, err := Open(t.Context(), name, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(in.Close)
	return in
}

// read reads an input that must be read to its end.
func read(t *testing.T, name string, o Options) (*Input, *collector) {
	t.Helper()
	in := open(t, name, o)
	c := &collector{}
	if err := in.Read(t.Context(), c); err != nil {
		t.Fatal(err)
	}
	return in, c
}

// fails opens an input that must not open, and returns the error.
func fails(t *testing.T, name string, o Options) *Error {
	t.Helper()
	in, err := Open(t.Context(), name, o)
	if err == nil {
		in.Close()
		t.Fatalf("%s opened", name)
	}
	var e *Error
	if !errors.As(err, &e) {
		t.Fatalf("error %v is a %T", err, err)
	}
	return e
}

// useStdin makes f standard input for the length of the test, which must not
// be parallel.
func useStdin(t *testing.T, f *os.File) {
	t.Helper()
	before := os.Stdin
	os.Stdin = f
	t.Cleanup(func() { os.Stdin = before })
}

// pipeStdin makes standard input a pipe with the bytes of a file. The write
// end is closed after them unless held open.
func pipeStdin(t *testing.T, data []byte, stall bool) {
	t.Helper()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		_, _ = w.Write(data) // fails where the reader has had enough
		if !stall {
			w.Close()
		}
	}()
	useStdin(t, r)
	t.Cleanup(func() {
		r.Close()
		w.Close()
		<-done
	})
}

func load(t *testing.T, path string) []byte {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func save(t *testing.T, name string, b []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// within fails the test where f takes longer.
func within(t *testing.T, limit time.Duration, f func()) {
	t.Helper()
	begun := time.Now()
	f()
	if d := time.Since(begun); d > limit {
		t.Errorf("took %s, more than %s", d, limit)
	}
}

// evenly checks that pictures are shown in even steps.
func evenly(t *testing.T, pictures []measure.Picture, step time.Duration) {
	t.Helper()
	for i := 1; i < len(pictures); i++ {
		p, q := &pictures[i-1], &pictures[i]
		if d := q.PTS - p.PTS; (d-step).Abs() > time.Millisecond || q.Discontinuity {
			t.Fatalf("picture %d at %s, discontinuity %t, follows one at %s", i, q.PTS, q.Discontinuity, p.PTS)
		}
	}
}

// settled waits until there are no more goroutines than before.
func settled(t *testing.T, before int) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
	defer cancel()
	for runtime.NumGoroutine() > before {
		if ctx.Err() != nil {
			t.Fatalf("%d goroutines, %d before", runtime.NumGoroutine(), before)
		}
		runtime.Gosched()
	}
}
