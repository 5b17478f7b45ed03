package store

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"mime"
	"os"
	"path"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/vqa-project/vqa/analyze/report"
)

// Results are where results go: a folder, or a place in a bucket. Each appears
// there whole or not at all. What goes to a bucket is sent in the background.
type Results struct {
	dir string // where it is a folder

	bucket *Bucket
	prefix string
	spool  spool

	down   bool          // the server did not answer when it was opened
	whole  chan struct{} // there is more to send
	ending chan struct{}
	sent   chan struct{} // closed by the sender when it ends

	mu    sync.Mutex
	waits []*Entry // of these results

	err error // of the sender: why the first of them could not be sent
}

// A WaitingError says that results could not be sent, and wait.
type WaitingError struct {
	Err    error // why
	Files  int
	Target string
	Spool  string

	// Unreachable says that the server did not answer: they may be sent later as
	// they are. Otherwise something has to be mended first.
	Unreachable bool
}

func (e *WaitingError) Error() string {
	files := "1 file waits"
	if e.Files != 1 {
		files = fmt.Sprintf("%d files wait", e.Files)
	}
	return fmt.Sprintf("results for %s are not sent: %s in %q: %v", e.Target, files, e.Spool, e.Err)
}

func (e *WaitingError) Unwrap() error { return e.Err }

// sendTimeout bounds how long results are sent before others get their turn.
const sendTimeout = 10 * time.Minute

// retryInterval is how long a server that did not answer is left alone.
const retryInterval = 30 * time.Second

// OpenResults opens a folder, which is made where it is missing, or
// "s3://bucket/prefix". What cannot be sent to a bucket waits in the folder
// spoolDir; "" is [DefaultSpool].
//
// A bucket that does not exist or may not be written is an error. One whose
// server does not answer is not: down is then why, and results will wait.
func OpenResults(ctx context.Context, where, spoolDir string) (r *Results, down, err error) {
	if !strings.HasPrefix(where, Scheme) {
		if err := os.MkdirAll(where, 0o777); err != nil {
			return nil, nil, err
		}
		return &Results{dir: where}, nil, nil
	}
	name, prefix, err := Split(where)
	if err != nil {
		return nil, nil, err
	}
	if prefix != "" && !strings.HasSuffix(prefix, "/") {
		prefix += "/"
	}
	if spoolDir == "" {
		if spoolDir, err = DefaultSpool(); err != nil {
			return nil, nil, err
		}
	}
	r = &Results{prefix: prefix}
	if r.spool, err = openSpool(spoolDir); err != nil {
		return nil, nil, err
	}
	if r.bucket, err = OpenBucket(ctx, name); err != nil {
		return nil, nil, err
	}
	err = r.bucket.Check(ctx, prefix)
	r.down = unreachable(err)
	switch {
	case ctx.Err() != nil:
		return nil, nil, ctx.Err()
	case r.down:
		down = err
	case err != nil:
		return nil, nil, err
	}
	r.whole, r.ending, r.sent = make(chan struct{}, 1), make(chan struct{}), make(chan struct{})
	go r.send()
	return r, down, nil
}

// Put writes one result as a whole. A name may have folders, with slashes.
func (r *Results) Put(name string, write func(io.Writer) error) error {
	f, err := r.Create(name)
	if err != nil {
		return err
	}
	if err := write(f); err != nil {
		return errors.Join(err, f.Discard())
	}
	return f.Close()
}

// Create begins a result, which appears at Close.
func (r *Results) Create(name string) (*Result, error) {
	if r.bucket == nil {
		target := filepath.Join(r.dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(target), 0o777); err != nil {
			return nil, err
		}
		f, err := report.Create(target)
		if err != nil {
			return nil, err
		}
		return &Result{file: f}, nil
	}
	e := &Entry{Bucket: r.bucket.name, Key: r.prefix + name, MediaType: mediaType(name), Endpoint: r.bucket.endpoint, Since: time.Now().UTC()}
	f, err := r.spool.create(e)
	if err != nil {
		return nil, fmt.Errorf("writing %s: %w", e.URL(), err)
	}
	return &Result{file: f, results: r, entry: e}, nil
}

// mediaType is what a bucket says of an object, so that browsers show it.
func mediaType(name string) string {
	switch ext := path.Ext(name); ext {
	case ".json":
		return "application/json"
	case ".ndjson":
		return "application/x-ndjson"
	case ".parquet":
		return "application/vnd.apache.parquet"
	default:
		if t := mime.TypeByExtension(ext); t != "" {
			return t
		}
	}
	return "application/octet-stream"
}

// A Result is a result that is being written.
type Result struct {
	file    io.WriteCloser
	err     error    // of the first write that failed: what is there is not whole
	results *Results // where it goes to a bucket
	entry   *Entry
}

// Write adds to the result.
func (f *Result) Write(p []byte) (int, error) {
	n, err := f.file.Write(p)
	if f.err == nil {
		f.err = err
	}
	return n, err
}

// Close has the result appear: it is sent, or waits where that fails. That it
// still waits in the end is said by [Results.Close].
func (f *Result) Close() error {
	err := f.file.Close()
	if f.results == nil {
		return err
	}
	r := f.results
	if err = errors.Join(f.err, err); err == nil {
		err = r.spool.commit(f.entry)
	}
	if err != nil {
		os.Remove(r.spool.data(f.entry))
		return fmt.Errorf("writing %s: %w", f.entry.URL(), err)
	}
	r.mu.Lock()
	r.waits = append(r.waits, f.entry)
	r.mu.Unlock()
	select {
	case r.whole <- struct{}{}:
	default: // the sender knows already
	}
	return nil
}

// Discard gives the result up: nothing appears.
func (f *Result) Discard() error {
	if f.results != nil {
		err := f.file.Close()
		os.Remove(f.results.spool.data(f.entry))
		return err
	}
	if d, ok := f.file.(interface{ Discard() error }); ok {
		return d.Discard()
	}
	return f.file.Close() // a device: it has what was written
}

// send sends what is whole, until [Results.Close]. A server that does not answer
// is left alone for a while, and it is said once that it does not answer then.
func (r *Results) send() {
	defer close(r.sent)
	failed, said := r.down, r.down
	for {
		var again <-chan time.Time
		whole := r.whole
		if failed {
			again, whole = time.After(retryInterval), nil
		}
		select {
		case <-r.ending:
			return
		case <-whole:
		case <-again:
		}
		r.sendOwn()
		switch {
		case r.err != nil && failed && !said:
			said = true
			slog.Warn("results cannot be sent, and wait on this machine; it is tried again", "to", r.bucket.object(r.prefix), "error", r.err)
		case r.err == nil && said:
			said = false
			slog.Warn("results are sent again", "to", r.bucket.object(r.prefix))
		}
		failed = r.err != nil
	}
}

// sendOwn sends what waits of these results, as far as the server answers.
func (r *Results) sendOwn() {
	ctx, cancel := context.WithTimeout(context.Background(), sendTimeout)
	defer cancel()
	r.err = nil
	for {
		r.mu.Lock()
		if len(r.waits) == 0 {
			r.mu.Unlock()
			return
		}
		first := r.waits[0]
		r.mu.Unlock()
		if r.err = r.spool.send(ctx, r.bucket, first); r.err != nil {
			return
		}
		r.mu.Lock()
		r.waits = r.waits[1:]
		r.mu.Unlock()
	}
}

// Close sends what waits: of these results, and of earlier ones for the same
// bucket. The error is a [*WaitingError] where these results wait on.
func (r *Results) Close() error {
	if r.bucket == nil {
		return nil
	}
	close(r.ending)
	<-r.sent
	r.sendOwn()
	if len(r.waits) > 0 {
		return &WaitingError{Err: r.err, Files: len(r.waits), Target: r.bucket.object(r.prefix), Spool: r.spool.dir, Unreachable: unreachable(r.err)}
	}
	r.sendEarlier()
	return nil
}

// sendEarlier sends what earlier runs had to leave. What these were to write is
// there by now, so that it is only logged where that fails.
func (r *Results) sendEarlier() {
	entries, err := r.spool.entries()
	if err != nil {
		slog.Warn("results of earlier runs are not sent", "error", err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), sendTimeout)
	defer cancel()
	for _, e := range entries {
		if e.Bucket != r.bucket.name || e.Endpoint != r.bucket.endpoint {
			continue
		}
		if err := r.spool.send(ctx, r.bucket, e); err != nil {
			slog.Warn("results of earlier runs wait on; see vqa spool", "error", err)
			return
		}
	}
}
