package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/vqa-project/vqa/analyze/report"
)

// A spool is a folder in which results wait to be sent to a bucket. Each has two
// files: NAME.data, and NAME.json, which says where it goes and is written when
// the data is whole.
type spool struct{ dir string }

// An Entry is a result that waits.
type Entry struct {
	Name      string    `json:"-"`
	Bucket    string    `json:"bucket"`
	Key       string    `json:"key"`
	MediaType string    `json:"media_type"`
	Endpoint  string    `json:"endpoint,omitempty"` // of a server other than that of AWS
	Since     time.Time `json:"since"`
}

// URL names where the entry goes.
func (e *Entry) URL() string { return Scheme + e.Bucket + "/" + e.Key }

// DefaultSpool returns the folder in which results wait where none is named:
// $XDG_STATE_HOME/vqa/spool, by default in ~/.local/state.
func DefaultSpool() (string, error) {
	state := os.Getenv("XDG_STATE_HOME")
	if !filepath.IsAbs(state) { // as the XDG base directory specification has it
		home, err := os.UserHomeDir()
		if err != nil {
			return "", fmt.Errorf("finding a folder in which results wait: %w", err)
		}
		state = filepath.Join(home, ".local", "state")
	}
	return filepath.Join(state, "vqa", "spool"), nil
}

func openSpool(dir string) (spool, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return spool{}, fmt.Errorf("making the folder in which results wait: %w", err)
	}
	return spool{dir}, nil
}

func (s spool) data(e *Entry) string { return filepath.Join(s.dir, e.Name+".data") }
func (s spool) note(e *Entry) string { return filepath.Join(s.dir, e.Name+".json") }

// create makes an empty data file of an entry, and names it.
func (s spool) create(e *Entry) (*os.File, error) {
	f, err := os.CreateTemp(s.dir, "*.data")
	if err != nil {
		return nil, err
	}
	e.Name = strings.TrimSuffix(filepath.Base(f.Name()), ".data")
	return f, nil
}

// commit says that an entry's data is whole: from now on it waits.
func (s spool) commit(e *Entry) error {
	text, err := json.Marshal(e)
	if err != nil {
		return err
	}
	f, err := report.Create(s.note(e))
	if err != nil {
		return err
	}
	_, err = f.Write(text)
	return errors.Join(err, f.Close())
}

// remove forgets an entry: it was sent.
func (s spool) remove(e *Entry) {
	os.Remove(s.note(e)) // first, so that it is never without its data
	os.Remove(s.data(e))
}

// entries returns what waits, the oldest first. What cannot be read is left out,
// and the error says so.
func (s spool) entries() ([]*Entry, error) {
	notes, err := filepath.Glob(filepath.Join(s.dir, "*.json"))
	if err != nil {
		return nil, err
	}
	var out []*Entry
	var errs []error
	for _, path := range notes {
		text, err := os.ReadFile(path)
		if errors.Is(err, fs.ErrNotExist) {
			continue // another process has just sent it
		}
		e := &Entry{Name: strings.TrimSuffix(filepath.Base(path), ".json")}
		if err == nil {
			err = json.Unmarshal(text, e)
		}
		if err == nil && (e.Bucket == "" || e.Key == "") {
			err = errors.New("it does not say where the result goes")
		}
		if err != nil {
			errs = append(errs, fmt.Errorf("reading what waits: %q: %w", path, err))
			continue
		}
		out = append(out, e)
	}
	slices.SortStableFunc(out, func(a, b *Entry) int { return a.Since.Compare(b.Since) })
	return out, errors.Join(errs...)
}

// send uploads an entry and forgets it.
func (s spool) send(ctx context.Context, b *Bucket, e *Entry) error {
	f, err := os.Open(s.data(e))
	if errors.Is(err, fs.ErrNotExist) {
		s.remove(e) // another process has sent it
		return nil
	}
	if err != nil {
		return err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return err
	}
	if err := b.Upload(ctx, e.Key, e.MediaType, f, info.Size()); err != nil {
		return err
	}
	s.remove(e)
	return nil
}

// Waiting returns what waits in a spool, the oldest first.
func Waiting(dir string) ([]*Entry, error) { return spool{dir}.entries() }

// SendWaiting sends what waits in a spool to the server of the environment, and
// returns how many were sent. What waits for another server stays, which is an error.
func SendWaiting(ctx context.Context, dir string) (sent int, err error) {
	s := spool{dir}
	entries, err := s.entries()
	var errs []error
	if err != nil {
		errs = append(errs, err)
	}
	buckets := map[string]*Bucket{}
	failed := map[string]bool{}
	elsewhere := map[string]int{}
	for _, e := range entries {
		if e.Endpoint != endpoint() {
			elsewhere[e.Endpoint]++
			continue
		}
		if failed[e.Bucket] {
			continue
		}
		b := buckets[e.Bucket]
		if b == nil {
			if b, err = OpenBucket(ctx, e.Bucket); err != nil {
				return sent, errors.Join(append(errs, err)...) // the same for all buckets
			}
			buckets[e.Bucket] = b
		}
		if err := s.send(ctx, b, e); err != nil {
			errs = append(errs, err)
			failed[e.Bucket] = true // said once
			continue
		}
		sent++
	}
	for _, server := range slices.Sorted(maps.Keys(elsewhere)) {
		errs = append(errs, meantFor(server, elsewhere[server]))
	}
	return sent, errors.Join(errs...)
}

// meantFor is the error of n results that wait for a server which the environment
// does not name.
func meantFor(server string, n int) error {
	err := &Error{Err: fmt.Errorf("%d of what waits stays: it is for %s, which the environment does not name", n, server),
		Hint: "set AWS_ENDPOINT_URL_S3=" + server}
	if server == "" {
		err.Err = fmt.Errorf("%d of what waits stays: it is for AWS, and the environment names %s", n, endpoint())
		err.Hint = "unset AWS_ENDPOINT_URL_S3 and AWS_ENDPOINT_URL"
	}
	return err
}
