package media

/*
#include "native.h"
*/
import "C"

import (
	"errors"
	"io"
	"os"
	"syscall"
	"time"

	"github.com/asticode/go-astiav"
)

// pipeBuffer is how much is asked of a pipe at a time.
const pipeBuffer = 64 << 10

func newStdin() (*source, error) {
	fail := func(err error) (*source, error) {
		return nil, &Error{Op: "opening", Input: "standard input", Err: err}
	}
	info, err := os.Stdin.Stat()
	if err != nil {
		return fail(err)
	}
	s := &source{name: Stdin, protocols: pipeProtocols, reader: os.Stdin}
	var seek astiav.IOContextSeekFunc
	if info.Mode().IsRegular() {
		s.file, seek = true, s.seek
	} else if err := s.unblockStdin(); err != nil {
		return fail(err)
	}
	if err := s.alloc(seek); err != nil {
		s.close()
		return fail(err)
	}
	return s, nil
}

// unblockStdin makes reads of standard input end at a deadline. Only a file
// that does not block can be given one.
func (s *source) unblockStdin() error {
	if os.Stdin.SetReadDeadline(time.Time{}) == nil {
		s.restore = func() { _ = os.Stdin.SetReadDeadline(time.Time{}) } // as it just did
		return nil
	}
	// A duplicate, which can be closed without closing standard input. Both
	// share the mode, and so do other processes at the same terminal.
	fd, err := syscall.Dup(int(os.Stdin.Fd()))
	if err != nil {
		return os.NewSyscallError("dup", err)
	}
	syscall.CloseOnExec(fd)
	if err := syscall.SetNonblock(fd, true); err != nil {
		_ = syscall.Close(fd)
		return os.NewSyscallError("fcntl", err)
	}
	s.reader = os.NewFile(uintptr(fd), "standard input")
	s.restore = func() {
		_ = syscall.SetNonblock(fd, false) // it could be set
		s.reader.Close()
	}
	return nil
}

// newPipe opens a named pipe, whether or not anybody writes to it yet.
func newPipe(s *source, path string) (*source, error) {
	f, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, &Error{Op: "opening", Input: s.name, Err: errors.Unwrap(err), Hint: "check its permissions"}
	}
	s.protocols, s.reader, s.restore = pipeProtocols, f, func() { f.Close() }
	if err := s.alloc(nil); err != nil {
		s.close()
		return nil, &Error{Op: "opening", Input: s.name, Err: err}
	}
	return s, nil
}

func (s *source) alloc(seek astiav.IOContextSeekFunc) (err error) {
	s.io, err = astiav.AllocIOContext(pipeBuffer, false, s.read, seek, nil)
	return err
}

func (s *source) read(b []byte) (int, error) {
	n, err := 0, error(nil)
	if !s.begun && !s.file {
		err = s.awaitWriter()
	}
	if err == nil {
		n, err = s.reader.Read(b)
		s.empty = (s.empty || !s.begun) && errors.Is(err, io.EOF)
		s.begun = true
	}
	switch {
	case n > 0:
		s.tap.show(b[:n], s.offset)
		s.offset += int64(n)
		return n, nil
	case errors.Is(err, io.EOF):
		return 0, astiav.ErrEof
	case errors.Is(err, os.ErrDeadlineExceeded):
		return 0, astiav.ErrExit
	}
	return 0, astiav.ErrExternal
}

// awaitWriter waits until there is something to read, or nobody left to write
// it: a pipe to which nobody has written yet looks as if it had ended.
func (s *source) awaitWriter() error {
	conn, err := s.reader.SyscallConn()
	if err == nil {
		err = conn.Read(func(fd uintptr) bool { return C.vqa_readable(C.int(fd)) != 0 })
	}
	if !errors.Is(err, os.ErrDeadlineExceeded) {
		err = nil // what cannot be waited for, such as a device, is read at once
	}
	return err
}

// What FFmpeg asks of a seek function beside io.Seek's whence (avio.h).
const (
	seekSize  = 0x10000 // AVSEEK_SIZE: do not seek, return the size
	seekForce = 0x20000 // AVSEEK_FORCE
)

func (s *source) seek(offset int64, whence int) (int64, error) {
	if whence&seekSize != 0 {
		info, err := s.reader.Stat()
		if err != nil {
			return 0, astiav.ErrExternal
		}
		return info.Size(), nil
	}
	n, err := s.reader.Seek(offset, whence&^seekForce)
	if err != nil {
		return 0, astiav.ErrExternal
	}
	s.offset = n
	return n, nil
}

// interrupt ends a read that waits.
func (s *source) interrupt() {
	if s.cancel != nil {
		s.cancel()
	}
	if s.reader != nil {
		// Fails on a regular file, which does not wait.
		_ = s.reader.SetReadDeadline(time.Now())
	}
}

func (s *source) close() {
	if s.io != nil {
		s.io.Free()
	}
	if s.restore != nil {
		s.restore()
	}
}
