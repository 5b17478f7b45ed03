package media

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"slices"
	"strings"

	"github.com/asticode/go-astiav"
)

// Stdin is the input that means standard input.
const Stdin = "-"

// What an input of each kind may open in turn, as playlists do: one from the
// network must not read local files, and one from a pipe nothing.
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

const pipeProtocols = "crypto,data"

// A source is an input before FFmpeg sees it.
type source struct {
	name      string // as the user wrote it
	url       string // for FFmpeg
	protocols string
	file      bool // a local file: never waited for

	// Pipes and standard input are read through Go, so that a read that
	// waits can be ended, which FFmpeg's own cannot.
	reader  *os.File // nil for what FFmpeg reads itself
	object  Object   // the same, by ranges
	cancel  func()   // ends reads of object
	failed  error    // why object could not be read
	io      *astiav.IOContext
	restore func() // gives reader back as it was
	tap     *tap   // is shown what reader gives
	offset  int64  // of the next read of reader
	begun   bool   // something was asked of reader, and came
	empty   bool   // reader ended before anything came
}

// newSource finds out what an input is, and says what is wrong with it where
// FFmpeg would only say that it cannot.
func newSource(ctx context.Context, name string, o *Options) (*source, error) {
	if name == Stdin {
		return newStdin()
	}
	s := &source{name: name}
	if scheme, _, ok := strings.Cut(name, "://"); ok && scheme != "file" {
		if scheme == objectScheme && o.Objects != nil {
			return newObject(ctx, name, o.Objects)
		}
		allowed, known := protocols[scheme]
		if !known {
			var schemes []string
			for k := range protocols {
				schemes = append(schemes, k)
			}
			if o.Objects != nil {
				schemes = append(schemes, objectScheme)
			}
			slices.Sort(schemes)
			return nil, &Error{Op: "opening", Input: name, Err: fmt.Errorf("protocol %q is not supported", scheme),
				Hint: "use a file, -, or one of " + strings.Join(schemes, " ")}
		}
		s.url, s.protocols = name, allowed
		if scheme == "udp" {
			s.url = withDefaults(name, udpDefaults)
		}
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
	case info.Mode()&fs.ModeNamedPipe != 0:
		return newPipe(s, name)
	}
	if f, err := os.Open(name); errors.Is(err, fs.ErrPermission) {
		return nil, &Error{Op: "opening", Input: s.name, Err: fs.ErrPermission, Hint: "check its permissions"}
	} else if err == nil {
		f.Close()
	}
	// With its protocol, so that a colon in the name means nothing.
	s.url, s.protocols, s.file = "file:"+name, protocols["file"], info.Mode().IsRegular()
	return s, nil
}

// udpDefaults are options of FFmpeg's udp protocol: what comes while the analysis
// is busy is kept, 12 MB of it and what the system gives a socket, and where that
// is not enough, packets are lost and not the connection.
var udpDefaults = [][2]string{{"buffer_size", "8388608"}, {"fifo_size", "65536"}, {"overrun_nonfatal", "1"}}

// withDefaults adds options to a URL that has not got them.
func withDefaults(name string, options [][2]string) string {
	_, query, _ := strings.Cut(name, "?")
	for _, o := range options {
		if strings.Contains("&"+query, "&"+o[0]+"=") {
			continue
		}
		separator := "&"
		if !strings.Contains(name, "?") {
			separator = "?"
		}
		name += separator + o[0] + "=" + o[1]
	}
	return name
}

// scheme returns the protocol that the user named, "" for a file.
func (s *source) scheme() string {
	scheme, _, ok := strings.Cut(s.name, "://")
	if !ok {
		return ""
	}
	return scheme
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
