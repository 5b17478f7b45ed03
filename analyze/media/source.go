package media

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/url"
	"os"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/asticode/go-astiav"
)

// Stdin is the input that means standard input.
const Stdin = "-"

// What an input of each kind may open in turn, as playlists do: one from the
// network must not read local files, and one from standard input nothing.
var protocols = map[string]string{
	"file":  "file,crypto,data",
	"http":  "http,https,httpproxy,tls,tcp,crypto,data",
	"https": "http,https,httpproxy,tls,tcp,crypto,data",
	"udp":   "udp,crypto,data",
	"rtp":   "rtp,udp,crypto,data",
	"rtsp":  "rtsp,rtp,udp,tcp,http,tls,crypto,data",
	"rtsps": "rtsp,rtsps,rtp,udp,tcp,http,tls,crypto,data",
	"rtmp":  "rtmp,tcp,crypto,data",
	"rtmps": "rtmps,rtmp,tls,tcp,crypto,data",
	"srt":   "srt,udp,crypto,data",
	"tcp":   "tcp,crypto,data",
}

const stdinProtocols = "crypto,data"

// A source is an input before FFmpeg sees it.
type source struct {
	name      string // as the user wrote it
	url       string // for FFmpeg
	protocols string
	file      bool // a local file: never waited for

	stdin *os.File          // nil but for standard input
	io    *astiav.IOContext // reads stdin
}

// newSource finds out what an input is, and says what is wrong with it where
// FFmpeg would only say that it cannot.
func newSource(name string) (*source, error) {
	if name == Stdin {
		return newStdin()
	}
	s := &source{name: name}
	if scheme, _, ok := strings.Cut(name, "://"); ok && scheme != "file" {
		allowed, known := protocols[scheme]
		if !known {
			var schemes []string
			for k := range protocols {
				schemes = append(schemes, k)
			}
			slices.Sort(schemes)
			return nil, &Error{Op: "opening", Input: name, Err: fmt.Errorf("protocol %q is not supported", scheme),
				Hint: "use a file, -, or one of " + strings.Join(schemes, " ")}
		}
		s.url, s.protocols = name, allowed
		return s, nil
	} else if ok {
		u, err := url.Parse(name)
		if err != nil {
			return nil, &Error{Op: "opening", Input: name, Err: err}
		}
		name = u.Path
	}
	info, err := os.Stat(name)
	switch {
	case err != nil:
		var pe *fs.PathError
		if errors.As(err, &pe) {
			err = pe.Err
		}
		hint := "check its name"
		if errors.Is(err, fs.ErrPermission) {
			hint = "check its permissions"
		}
		return nil, &Error{Op: "opening", Input: s.name, Err: err, Hint: hint}
	case info.IsDir():
		return nil, &Error{Op: "opening", Input: s.name, Err: errors.New("is a directory"),
			Hint: "name the files in it: " + strings.TrimRight(name, "/") + "/*"}
	case info.Mode().IsRegular() && info.Size() == 0:
		return nil, &Error{Op: "opening", Input: s.name, Err: errors.New("is empty"), Hint: "check what was to write it"}
	}
	// With its protocol, so that a colon in the name means nothing.
	s.url, s.protocols, s.file = "file:"+name, protocols["file"], info.Mode().IsRegular()
	return s, nil
}

// stdinBuffer is how much is asked of standard input at a time.
const stdinBuffer = 64 << 10

// newStdin reads standard input through Go, so that a read that waits can be
// ended, which FFmpeg's own cannot.
func newStdin() (*source, error) {
	fail := func(err error) (*source, error) {
		return nil, &Error{Op: "opening", Input: "standard input", Err: err}
	}
	info, err := os.Stdin.Stat()
	if err != nil {
		return fail(err)
	}
	s := &source{name: Stdin, protocols: stdinProtocols, stdin: os.Stdin}
	var seek astiav.IOContextSeekFunc
	if info.Mode().IsRegular() {
		s.file = true
		seek = s.seek
	} else {
		// Only a file that does not block can be given a deadline.
		if err := syscall.SetNonblock(int(os.Stdin.Fd()), true); err != nil {
			return fail(err)
		}
		s.stdin = os.NewFile(os.Stdin.Fd(), "standard input")
	}
	s.io, err = astiav.AllocIOContext(stdinBuffer, false, s.read, seek, nil)
	if err != nil {
		return fail(err)
	}
	return s, nil
}

func (s *source) read(b []byte) (int, error) {
	n, err := s.stdin.Read(b)
	switch {
	case n > 0:
		return n, nil
	case errors.Is(err, io.EOF):
		return 0, astiav.ErrEof
	case errors.Is(err, os.ErrDeadlineExceeded):
		return 0, astiav.ErrExit
	}
	return 0, astiav.ErrExternal
}

// What FFmpeg asks of a seek function beside io.Seek's whence (avio.h).
const (
	seekSize  = 0x10000 // AVSEEK_SIZE: do not seek, return the size
	seekForce = 0x20000 // AVSEEK_FORCE
)

func (s *source) seek(offset int64, whence int) (int64, error) {
	if whence&seekSize != 0 {
		info, err := s.stdin.Stat()
		if err != nil {
			return 0, astiav.ErrExternal
		}
		return info.Size(), nil
	}
	n, err := s.stdin.Seek(offset, whence&^seekForce)
	if err != nil {
		return 0, astiav.ErrExternal
	}
	return n, nil
}

// interrupt ends a read that waits.
func (s *source) interrupt() {
	if s.stdin != nil {
		// Fails on a regular file, which does not wait.
		_ = s.stdin.SetReadDeadline(time.Now())
	}
}

func (s *source) close() {
	if s.io != nil {
		s.io.Free()
	}
}

// An Error is what kept an input from being opened or read.
type Error struct {
	Op    string // "opening", "reading"
	Input string
	Err   error
	Hint  string // what to try, where there is anything
}

func (e *Error) Error() string { return fmt.Sprintf("%s %q: %v", e.Op, e.Input, e.Err) }

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }
