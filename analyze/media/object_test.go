package media

import (
	"bytes"
	"context"
	"errors"
	"os"
	"reflect"
	"strings"
	"testing"
	"time"
)

// memory is an object for tests.
type memory struct {
	*bytes.Reader
	ctx    context.Context
	fails  int64 // offset from which it cannot be read; 0 for none
	waits  int64 // likewise, it delivers nothing until ctx ends
	closed *bool
}

var errGone = errors.New("the server is gone")

func (m *memory) Size() int64 { return m.Reader.Size() }

func (m *memory) Close() error {
	*m.closed = true
	return nil
}

func (m *memory) Read(b []byte) (int, error) {
	at := m.Reader.Size() - int64(m.Len())
	if m.fails > 0 && at >= m.fails {
		return 0, errGone
	}
	if m.waits > 0 && at >= m.waits {
		<-m.ctx.Done()
		return 0, m.ctx.Err()
	}
	return m.Reader.Read(b)
}

// objects returns an opener of one object.
func objects(data []byte, closed *bool, change func(*memory)) func(context.Context, string) (Object, error) {
	return func(ctx context.Context, _ string) (Object, error) {
		m := &memory{Reader: bytes.NewReader(data), ctx: ctx, closed: closed}
		if change != nil {
			change(m)
		}
		return m, nil
	}
}

// What is read of an object is what is read of a file, also where the index of
// an MP4 is at its end, and of what is in the packets of a transport stream.
func TestObjectIsReadAsAFile(t *testing.T) {
	for _, path := range []string{
		transportStream(t),
		ffmpeg(t, "clip.mp4", drawPicture, drawSound, x264, []string{"-c:a", "aac"}),
	} {
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		read := func(name string, o Options) (*collector, Counters, time.Duration) {
			o.Transport, o.Threads = true, 1
			in, err := Open(t.Context(), name, o)
			if err != nil {
				t.Fatal(err)
			}
			defer in.Close()
			c := &collector{}
			if err := in.Read(t.Context(), c); err != nil {
				t.Fatal(err)
			}
			return c, in.Counters(), in.End()
		}
		closed := false
		want, wantCounts, wantEnd := read(path, Options{})
		got, counts, end := read("s3://films/clip", Options{Objects: objects(data, &closed, nil)})
		if counts != wantCounts || end != wantEnd || !reflect.DeepEqual(got.packets, want.packets) ||
			!reflect.DeepEqual(got.pictures, want.pictures) || !reflect.DeepEqual(got.transport, want.transport) {
			t.Errorf("%s: %+v until %s, want %+v until %s", path, counts, end, wantCounts, wantEnd)
		}
		if !closed {
			t.Error("it was not closed")
		}
	}
}

func TestObjectThatFails(t *testing.T) {
	// Long enough that FFmpeg does not read all of it to find the streams.
	data, err := os.ReadFile(ffmpeg(t, "long.ts", []string{"-f", "lavfi", "-i", "testsrc2=s=640x360:r=25:d=12"}, x264, []string{"-b:v", "8M", "-minrate", "8M", "-maxrate", "8M", "-bufsize", "8M"}))
	if err != nil {
		t.Fatal(err)
	}
	closed := false
	open := func(change func(*memory)) (*Input, error) {
		return Open(t.Context(), "s3://films/a.ts", Options{
			Objects: objects(data, &closed, change), Timeout: 300 * time.Millisecond,
			Threads: 1,
		})
	}
	for _, c := range []struct {
		what   string
		change func(*memory)
		want   string
	}{
		{"fails soon", func(m *memory) { m.fails = 1 }, errGone.Error()}, // after what one read gives
		{"fails", func(m *memory) { m.fails = int64(len(data)) - 1000 }, errGone.Error()},
		{"waits", func(m *memory) { m.waits = int64(len(data)) - 1000 }, "stalled"},
	} {
		in, err := open(c.change)
		if err != nil {
			t.Fatal(err)
		}
		err = in.Read(t.Context(), &collector{})
		if failed := (*Error)(nil); !errors.As(err, &failed) || failed.Op != "reading" || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v", c.what, err)
		}
		in.Close()
	}
	if _, err := open(func(m *memory) { m.Reader = bytes.NewReader(nil) }); err == nil || !strings.Contains(err.Error(), "is empty") {
		t.Errorf("empty: %v", err)
	}
	// Interrupted while it is opened.
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err = Open(ctx, "s3://films/a.ts", Options{Objects: func(ctx context.Context, _ string) (Object, error) { return nil, ctx.Err() }})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("interrupted: %v", err)
	}
	// Without an opener, the protocol is not known.
	if _, err := Open(t.Context(), "s3://films/a.ts", Options{}); err == nil || !strings.Contains(err.Error(), `protocol "s3" is not supported`) {
		t.Errorf("without an opener: %v", err)
	}
}
