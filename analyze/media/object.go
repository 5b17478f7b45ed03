package media

import (
	"context"
	"errors"
	"io"
	"os"
	"strings"

	"github.com/asticode/go-astiav"
)

// An Object is an input that is not read by FFmpeg but through Go, by ranges: an
// object in a store. Its methods are called from one goroutine.
type Object interface {
	io.ReadSeekCloser
	Size() int64 // bytes
}

// objectScheme is what names of objects begin with.
const objectScheme = "s3"

// Seekable reports whether an input can be sought in from here: a file, or an object
// in a store.
func (o Options) Seekable(name string) bool {
	if scheme, _, ok := strings.Cut(name, "://"); ok && scheme == objectScheme {
		return o.Objects != nil
	}
	info, err := os.Stat(name)
	return err == nil && info.Mode().IsRegular()
}

// newObject opens an object. Reads of it end when the source is interrupted.
func newObject(ctx context.Context, name string, open func(context.Context, string) (Object, error)) (*source, error) {
	reads, cancel := context.WithCancel(ctx)
	o, err := open(reads, name)
	if err != nil {
		cancel()
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		return nil, &Error{Op: "opening", Input: name, Err: err, Hint: hintOf(err)}
	}
	s := &source{name: name, url: name, protocols: pipeProtocols, object: o, cancel: cancel}
	s.restore = func() {
		cancel()
		_ = o.Close() // it was only read
	}
	if o.Size() == 0 {
		s.close()
		return nil, &Error{Op: "opening", Input: name, Err: errors.New("is empty"), Hint: "check what was to write it"}
	}
	s.io, err = astiav.AllocIOContext(pipeBuffer, false, s.readObject, s.seekObject, nil)
	if err != nil {
		s.close()
		return nil, &Error{Op: "opening", Input: name, Err: err}
	}
	return s, nil
}

// hintOf returns what an error of a store says to try.
func hintOf(err error) string {
	var h interface{ What() string }
	if errors.As(err, &h) {
		return h.What()
	}
	return ""
}

func (s *source) readObject(b []byte) (int, error) {
	n, err := s.object.Read(b)
	switch {
	case n > 0:
		s.tap.show(b[:n], s.offset)
		s.offset += int64(n)
		return n, nil
	case errors.Is(err, io.EOF):
		return 0, astiav.ErrEof
	case errors.Is(err, context.Canceled):
		return 0, astiav.ErrExit
	}
	s.failed = err
	return 0, astiav.ErrExternal
}

func (s *source) seekObject(offset int64, whence int) (int64, error) {
	if whence&seekSize != 0 {
		return s.object.Size(), nil
	}
	n, err := s.object.Seek(offset, whence&^seekForce)
	if err != nil {
		return 0, astiav.ErrExternal
	}
	s.offset = n
	return n, nil
}
