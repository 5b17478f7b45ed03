package media

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"
)

// Standard input gives what the file gives.
func TestStdin(t *testing.T) {
	path := transportStream(t)
	fromFile, want := read(t, path, Options{Threads: 1})
	check := func(t *testing.T, name string) {
		in, got := read(t, name, Options{Threads: 1, Timeout: time.Minute})
		if !slices.Equal(times(got), times(want)) || in.Counters() != fromFile.Counters() || in.End() != fromFile.End() {
			t.Errorf("%+v, end %s; from the file %+v, end %s", in.Counters(), in.End(), fromFile.Counters(), fromFile.End())
		}
		if got, want := in.Program().Streams, fromFile.Program().Streams; !slices.Equal(got, want) {
			t.Errorf("streams %+v, from the file %+v", got, want)
		}
	}
	t.Run("pipe", func(t *testing.T) {
		pipeStdin(t, load(t, path), false)
		check(t, Stdin)
	})
	t.Run("file", func(t *testing.T) {
		f, err := os.Open(path)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		useStdin(t, f)
		check(t, Stdin)
	})
	t.Run("named pipe", func(t *testing.T) {
		fifo := filepath.Join(t.TempDir(), "fifo")
		if err := syscall.Mkfifo(fifo, 0o600); err != nil {
			t.Fatal(err)
		}
		data, done := load(t, path), make(chan error)
		go func() { done <- os.WriteFile(fifo, data, 0o600) }() // waits for the reader
		check(t, fifo)
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
}

// A shell gives a pipe that blocks, and expects it back like that.
func TestStdinThatBlocks(t *testing.T) {
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	fd, err := syscall.Dup(int(r.Fd())) // Fd makes it block
	if err != nil {
		t.Fatal(err)
	}
	r.Close()
	f := os.NewFile(uintptr(fd), "shell's")
	defer f.Close()
	useStdin(t, f)
	stalls(t, Stdin)
	flags, _, errno := syscall.Syscall(syscall.SYS_FCNTL, uintptr(fd), syscall.F_GETFL, 0)
	if errno != 0 || flags&syscall.O_NONBLOCK != 0 {
		t.Errorf("standard input does not block any more (%v)", errno)
	}
	if _, err := w.Write([]byte("x")); err != nil {
		t.Errorf("standard input was closed: %v", err)
	}
}

// stalls checks that an input from which nothing comes ends when cancelled, and
// by its timeout.
func stalls(t *testing.T, name string) {
	t.Helper()
	before := runtime.NumGoroutine()
	within(t, 2*time.Second, func() {
		ctx, cancel := context.WithTimeout(t.Context(), 200*ms)
		defer cancel()
		if _, err := Open(ctx, name, Options{}); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("cancelled: %v", err)
		}
	})
	within(t, 2*time.Second, func() {
		e := fails(t, name, Options{Timeout: 100 * ms})
		if !errors.Is(e, errStalled) || !strings.Contains(e.Hint, "--timeout") {
			t.Errorf("timeout: %v (hint: %s)", e, e.Hint)
		}
	})
	settled(t, before)
}

// stallsLater checks the same for an input that opens, and stalls then.
func stallsLater(t *testing.T, name string) {
	t.Helper()
	in := open(t, name, Options{Timeout: 300 * ms})
	c := &collector{}
	within(t, 2*time.Second, func() {
		err := in.Read(t.Context(), c)
		if !errors.Is(err, errStalled) || !strings.Contains(err.Error(), "nothing came for 300ms") {
			t.Errorf("error %v", err)
		}
	})
	if len(c.pictures) < 40 {
		t.Errorf("%d pictures were delivered before", len(c.pictures))
	}
}

func TestStdinStalls(t *testing.T) {
	pipeStdin(t, nil, true)
	stalls(t, Stdin)
}

func TestStdinStallsLater(t *testing.T) {
	path := transportStream(t)
	pipeStdin(t, load(t, path), true)
	stallsLater(t, Stdin)
}

func TestNamedPipeStalls(t *testing.T) {
	fifo := filepath.Join(t.TempDir(), "fifo")
	if err := syscall.Mkfifo(fifo, 0o600); err != nil {
		t.Fatal(err)
	}
	stalls(t, fifo) // nobody writes
	w, err := os.OpenFile(fifo, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	stalls(t, fifo) // somebody does, but nothing
}

func TestStdinEmpty(t *testing.T) {
	pipeStdin(t, nil, false)
	if e := fails(t, Stdin, Options{}); e.Input != "standard input" || !strings.Contains(e.Error(), "is empty") {
		t.Errorf("%v", e)
	}
	null, err := os.Open(os.DevNull)
	if err != nil {
		t.Fatal(err)
	}
	defer null.Close()
	useStdin(t, null)
	_ = fails(t, Stdin, Options{})
}

// An MP4 with its index at the end cannot be read from a pipe, unless it is
// short.
func TestStdinIndexLast(t *testing.T) {
	noise := []string{"-f", "lavfi", "-i", "nullsrc=s=640x360:r=25:d=2,geq=random(1)*255:128:128"}
	path := ffmpeg(t, "last.mp4", noise, []string{"-c:v", "mpeg4", "-b:v", "60M"})
	data := load(t, path)
	pipeStdin(t, data, false)
	in, err := Open(t.Context(), Stdin, Options{})
	if err == nil {
		defer in.Close()
		err = in.Read(t.Context(), &collector{})
	}
	var e *Error
	if !errors.As(err, &e) || !strings.Contains(e.Error(), "moov") || !strings.Contains(e.Hint, "faststart") {
		t.Errorf("%d bytes: %v", len(data), err)
	}
}

// A playlist from a pipe must not open anything.
func TestStdinPlaylist(t *testing.T) {
	path := transportStream(t)
	t.Chdir(filepath.Dir(path))
	for _, list := range []string{
		"#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXTINF:2,\n" + path + "\n#EXT-X-ENDLIST\n",
		"#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXTINF:2,\nfile://" + path + "\n#EXT-X-ENDLIST\n",
		"ffconcat version 1.0\nfile clip.ts\n",
	} {
		pipeStdin(t, []byte(list), false)
		_ = fails(t, Stdin, Options{Timeout: 10 * time.Second})
	}
}

func TestStdinWithWrongFormat(t *testing.T) {
	data := load(t, transportStream(t))
	for _, format := range []string{"nope", "avi"} {
		pipeStdin(t, data, false)
		if e := fails(t, Stdin, Options{Format: format}); e.Hint == "" {
			t.Errorf("%s: %v", format, e)
		}
	}
}
