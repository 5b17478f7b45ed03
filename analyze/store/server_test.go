package store_test

import (
	"bytes"
	"errors"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/vqa-project/vqa/analyze/store"
	"github.com/vqa-project/vqa/analyze/store/storetest"
)

// noise returns bytes that are unlike each other.
func noise(n int) []byte {
	b := make([]byte, n)
	_, _ = rand.NewChaCha8([32]byte{1}).Read(b) // never fails
	return b
}

func TestObjectIsReadAsAFile(t *testing.T) {
	s := storetest.Start(t)
	want := noise(1 << 20)
	s.Add(t, "clips/a b.ts", want)
	o, err := store.OpenObject(t.Context(), "s3://vqa/clips/a b.ts")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = o.Close() }()
	if err := iotest.TestReader(o, want); err != nil {
		t.Error(err)
	}
	if o.Size() != int64(len(want)) {
		t.Errorf("it has %d bytes", o.Size())
	}
	// As a demuxer reads: a little of the end, then from the beginning, with
	// short and long steps.
	for _, at := range []int64{1 << 20, 1<<20 - 1000, 0, 4096, 4000, 700 << 10, 100} {
		if _, err := o.Seek(at, io.SeekStart); err != nil {
			t.Fatal(err)
		}
		b := make([]byte, 500)
		n, err := io.ReadFull(o, b)
		if n < 500 && int64(n) != o.Size()-at || !bytes.Equal(b[:n], want[at:at+int64(n)]) {
			t.Errorf("at %d: %d bytes, %v", at, n, err)
		}
	}
}

func TestObjectThatIsEmpty(t *testing.T) {
	s := storetest.Start(t)
	s.Add(t, "empty", nil)
	o, err := store.OpenObject(t.Context(), "s3://vqa/empty")
	if err != nil {
		t.Fatal(err)
	}
	if n, err := o.Read(make([]byte, 1)); o.Size() != 0 || n != 0 || !errors.Is(err, io.EOF) {
		t.Errorf("size %d, read %d, %v", o.Size(), n, err)
	}
}

// A connection that breaks is made again; a server that is gone is an error.
func TestObjectOverABadNetwork(t *testing.T) {
	s := storetest.Start(t)
	want := noise(8 << 20)
	s.Add(t, "a", want)
	o, err := store.OpenObject(t.Context(), "s3://vqa/a")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = o.Close() }()
	half := make([]byte, 4<<20)
	if _, err := io.ReadFull(o, half); err != nil {
		t.Fatal(err)
	}
	s.Hiccup()
	rest, err := io.ReadAll(o)
	if err != nil || !bytes.Equal(append(half, rest...), want) {
		t.Fatalf("after a break: %d bytes more, %v", len(rest), err)
	}
	if _, err := o.Seek(0, io.SeekStart); err != nil {
		t.Fatal(err)
	}
	s.CutAfter(2 << 20)
	_, err = io.ReadAll(o)
	var service *store.Error
	if !errors.As(err, &service) || !service.Unreachable {
		t.Errorf("with the server gone: %v", err)
	}
}

// Another object in its place must not be mixed with the first.
func TestObjectThatIsReplaced(t *testing.T) {
	s := storetest.Start(t)
	b, err := store.OpenBucket(t.Context(), "vqa")
	if err != nil {
		t.Fatal(err)
	}
	if err := b.Put(t.Context(), "a", noise(1<<20)); err != nil {
		t.Fatal(err)
	}
	o, err := store.OpenObject(t.Context(), "s3://vqa/a")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = o.Close() }()
	if err := b.Put(t.Context(), "a", bytes.Repeat([]byte{7}, 1<<20)); err != nil {
		t.Fatal(err)
	}
	if _, err := o.Seek(900<<10, io.SeekStart); err != nil {
		t.Fatal(err)
	}
	s.Hiccup()
	if _, err := o.Read(make([]byte, 10)); err == nil || !strings.Contains(err.Error(), "was changed meanwhile") {
		t.Errorf("error %v", err)
	}
}

func TestWhatIsWrongIsNamed(t *testing.T) {
	s := storetest.Start(t)
	s.Add(t, "a", []byte("a"))
	open := func(name string) error { _, err := store.OpenObject(t.Context(), name); return err }
	results := func(where string) error {
		_, down, err := store.OpenResults(t.Context(), where, t.TempDir())
		if down != nil {
			t.Errorf("%s: taken for a server that does not answer: %v", where, down)
		}
		return err
	}
	check := func(what string, err error, want string) {
		t.Helper()
		var service *store.Error
		if !errors.As(err, &service) || !strings.Contains(err.Error(), want) || service.Hint == "" || service.Unreachable {
			t.Errorf("%s: %v, want %q", what, err, want)
		}
	}
	check("no object", open("s3://vqa/b"), "there is no such object")
	check("no key", open("s3://vqa/"), "names no object")
	check("no bucket", open("s3://other/a"), `there is no bucket "other"`)
	check("no bucket", results("s3://other/run"), `there is no bucket "other"`)
	t.Setenv("AWS_SECRET_ACCESS_KEY", "wrong")
	check("wrong secret", open("s3://vqa/a"), "the credentials are not accepted")
	check("wrong secret", results("s3://vqa/run"), "the credentials are not accepted")
	t.Setenv("AWS_ACCESS_KEY_ID", "nobody")
	check("unknown key", open("s3://vqa/a"), "the credentials are not accepted")
}

// put writes one result.
func put(t *testing.T, r *store.Results, name string, data []byte) {
	t.Helper()
	err := r.Put(name, func(w io.Writer) error { _, err := w.Write(data); return err })
	if err != nil {
		t.Fatal(err)
	}
}

func openResults(t *testing.T, spool string, wantDown bool) *store.Results {
	t.Helper()
	r, down, err := store.OpenResults(t.Context(), "s3://vqa/run", spool)
	if err != nil || (down != nil) != wantDown {
		t.Fatalf("down: %v, error: %v", down, err)
	}
	return r
}

func waiting(t *testing.T, spool string) int {
	t.Helper()
	entries, err := store.Waiting(spool)
	if err != nil {
		t.Fatal(err)
	}
	return len(entries)
}

func TestResultsInABucket(t *testing.T) {
	s := storetest.Start(t)
	spool := t.TempDir()
	r := openResults(t, spool, false)
	small, large := []byte("{}"), noise(40<<20) // the latter in parts
	put(t, r, "a.json", small)
	put(t, r, "deep/large.bin", large)
	failed := errors.New("half way")
	err := r.Put("never.json", func(w io.Writer) error {
		if _, err := w.Write(small); err != nil {
			return err
		}
		return failed
	})
	if !errors.Is(err, failed) {
		t.Errorf("error %v", err)
	}
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(s.Object(t, "run/a.json"), small) || !bytes.Equal(s.Object(t, "run/deep/large.bin"), large) {
		t.Error("what is in the bucket is not what was written")
	}
	if s.Object(t, "run/never.json") != nil || waiting(t, spool) != 0 {
		t.Error("a result that was not whole is there, or waits")
	}
}

// Nothing is lost where the server is down from the start, and it is sent with
// what comes after.
func TestServerDownAtTheStart(t *testing.T) {
	s := storetest.Start(t)
	spool := t.TempDir()
	s.Cut()
	r := openResults(t, spool, true)
	put(t, r, "a.json", []byte("first"))
	put(t, r, "b.json", []byte("second"))
	var kept *store.WaitingError
	if err := r.Close(); !errors.As(err, &kept) || !kept.Unreachable || kept.Files != 2 || kept.Spool != spool {
		t.Fatalf("error %v", err)
	}
	s.Restore()
	r = openResults(t, spool, false)
	put(t, r, "c.json", []byte("third"))
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	for key, want := range map[string]string{"run/a.json": "first", "run/b.json": "second", "run/c.json": "third"} {
		if got := string(s.Object(t, key)); got != want {
			t.Errorf("%s is %q", key, got)
		}
	}
	if n := waiting(t, spool); n != 0 {
		t.Errorf("%d wait on", n)
	}
}

// A result whose sending breaks off does not appear in part, and is sent when the
// server is back, here by hand.
func TestServerDownInTheMiddle(t *testing.T) {
	s := storetest.Start(t)
	spool := t.TempDir()
	r := openResults(t, spool, false)
	large := noise(40 << 20)
	s.CutAfter(25 << 20)
	put(t, r, "large.bin", large)
	put(t, r, "small.json", []byte("{}"))
	var kept *store.WaitingError
	if err := r.Close(); !errors.As(err, &kept) || !kept.Unreachable || kept.Files != 2 {
		t.Fatalf("error %v", err)
	}
	if s.Object(t, "run/large.bin") != nil {
		t.Error("a part of a result is there")
	}
	if sent, err := store.SendWaiting(t.Context(), spool); err == nil || sent != 0 {
		t.Errorf("%d sent to a server that is down, %v", sent, err)
	}
	s.Restore()
	t.Run("another server", func(t *testing.T) {
		t.Setenv("AWS_ENDPOINT_URL_S3", "http://127.0.0.1:1")
		sent, err := store.SendWaiting(t.Context(), spool)
		var stays *store.Error
		if sent != 0 || !errors.As(err, &stays) || !strings.HasPrefix(stays.Error(), "2 of what waits stays") || !strings.Contains(stays.Hint, "AWS_ENDPOINT_URL_S3=http") {
			t.Errorf("%d sent, %v", sent, err)
		}
	})
	if sent, err := store.SendWaiting(t.Context(), spool); err != nil || sent != 2 {
		t.Errorf("%d sent, %v", sent, err)
	}
	if !bytes.Equal(s.Object(t, "run/large.bin"), large) || waiting(t, spool) != 0 {
		t.Error("it was not sent")
	}
}

// The server comes back while the program runs.
func TestServerComesBack(t *testing.T) {
	s := storetest.Start(t)
	spool := t.TempDir()
	s.Cut()
	r := openResults(t, spool, true)
	put(t, r, "a.json", []byte("first"))
	s.Restore()
	if err := r.Close(); err != nil || string(s.Object(t, "run/a.json")) != "first" {
		t.Errorf("%v, %q", err, s.Object(t, "run/a.json"))
	}
}

// The bucket is gone when results are to be sent: they are kept, and it is said
// what is wrong.
func TestBucketThatGoes(t *testing.T) {
	s := storetest.Start(t)
	spool := t.TempDir()
	r := openResults(t, spool, false)
	if err := os.RemoveAll(filepath.Join(s.Dir, "vqa")); err != nil {
		t.Fatal(err)
	}
	put(t, r, "a.json", []byte("{}"))
	var kept *store.WaitingError
	if err := r.Close(); !errors.As(err, &kept) || kept.Unreachable || !strings.Contains(err.Error(), `there is no bucket "vqa"`) {
		t.Errorf("error %v", err)
	}
	if n := waiting(t, spool); n != 1 {
		t.Errorf("%d wait", n)
	}
}

// A note that is damaged keeps nothing else from being sent, and is named.
func TestDamagedNote(t *testing.T) {
	s := storetest.Start(t)
	spool := t.TempDir()
	s.Cut()
	r := openResults(t, spool, true)
	put(t, r, "a.json", []byte("first"))
	if err := r.Close(); err == nil {
		t.Fatal("nothing waits")
	}
	s.Restore()
	bad := filepath.Join(spool, "1.json")
	if err := os.WriteFile(bad, []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	if sent, err := store.SendWaiting(t.Context(), spool); sent != 1 || err == nil || !strings.Contains(err.Error(), bad) {
		t.Errorf("%d sent, %v", sent, err)
	}
	r = openResults(t, spool, false)
	put(t, r, "b.json", []byte("second"))
	if err := r.Close(); err != nil || string(s.Object(t, "run/b.json")) != "second" {
		t.Errorf("%v", err)
	}
}

// Who is known and may not is told what he would have to be allowed.
func TestNotAllowed(t *testing.T) {
	s := storetest.Start(t)
	s.Add(t, "a", noise(10))
	s.Stranger(t)
	b, err := store.OpenBucket(t.Context(), "vqa")
	if err != nil {
		t.Fatal(err)
	}
	_, reading := store.OpenObject(t.Context(), "s3://vqa/a")
	for permission, err := range map[string]error{
		"s3:GetObject": reading,
		"s3:PutObject": b.Put(t.Context(), "b", noise(10)),
	} {
		var service *store.Error
		if !errors.As(err, &service) || service.Unreachable || !strings.Contains(service.What(), permission) {
			t.Errorf("%s: error %v, hint %q", permission, err, service.What())
		}
	}
}
