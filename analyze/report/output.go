package report

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// Create opens a file for results that appear whole or not at all: they are
// written to a temporary file beside it, which takes its place at Close. That
// the file cannot be written is found now, and not after hours of analysis.
// Where nothing has been written by Close, an existing file stays as it was.
//
// What exists and is not a regular file, such as a device or a named pipe, is
// written directly.
func Create(path string) (io.WriteCloser, error) {
	target, err := filepath.EvalSymlinks(path) // replace the file, not the link to it
	if errors.Is(err, fs.ErrNotExist) {
		target, err = path, nil
	}
	if err != nil {
		return nil, err // names path
	}
	mode := fs.FileMode(0o666) // before umask
	if info, err := os.Stat(target); err == nil {
		// Opened even where it will be replaced, to find out whether it may be.
		f, err := os.OpenFile(target, os.O_WRONLY, 0)
		if err != nil {
			return nil, err
		}
		if !info.Mode().IsRegular() {
			return f, nil
		}
		mode = info.Mode().Perm()
		if err := f.Close(); err != nil {
			return nil, err
		}
	}
	temp := filepath.Join(filepath.Dir(target), fmt.Sprintf(".%s.%d.part", filepath.Base(target), os.Getpid()))
	f, err := os.OpenFile(temp, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, mode)
	if err != nil {
		return nil, fmt.Errorf("creating %q: %w", path, errors.Unwrap(err))
	}
	return &wholeFile{file: f, target: target}, nil
}

// CreateStream opens a file for results that appear as they come, and empties
// it where it exists.
func CreateStream(path string) (io.WriteCloser, error) {
	f, err := os.Create(path)
	if err != nil {
		return nil, err // and not an interface that holds a nil *os.File
	}
	return f, nil
}

// wholeFile is a file that becomes target at Close.
type wholeFile struct {
	file    *os.File
	target  string
	written bool
	err     error // of the first write that failed: what is there is not whole
}

func (f *wholeFile) Write(b []byte) (int, error) {
	n, err := f.file.Write(b)
	f.written = f.written || n > 0
	if f.err == nil {
		f.err = err
	}
	return n, err
}

// Discard leaves target as it was.
func (f *wholeFile) Discard() error {
	return errors.Join(f.file.Close(), os.Remove(f.file.Name()))
}

func (f *wholeFile) Close() error {
	err := f.file.Close()
	if err == nil {
		err = f.err
	}
	if err != nil || !f.written {
		return errors.Join(err, os.Remove(f.file.Name()))
	}
	if err := os.Rename(f.file.Name(), f.target); err != nil {
		// The results are whole and may have taken hours: keep them.
		return fmt.Errorf("%w (results are in %q)", err, f.file.Name())
	}
	return nil
}
