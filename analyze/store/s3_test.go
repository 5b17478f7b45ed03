package store

import (
	"bytes"
	"context"
	"errors"
	"io"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	smithyhttp "github.com/aws/smithy-go/transport/http"
)

// server keeps objects by their paths, as S3 does.
func server(t *testing.T) {
	t.Helper()
	var mu sync.Mutex
	objects := map[string][]byte{}
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		switch r.Method {
		case http.MethodPut:
			b, err := io.ReadAll(r.Body)
			if err != nil || !strings.HasPrefix(r.Header.Get("Authorization"), "AWS4-HMAC-SHA256 Credential=key/") {
				w.WriteHeader(http.StatusForbidden)
				return
			}
			objects[r.URL.Path] = b
		case http.MethodGet:
			b, ok := objects[r.URL.Path]
			if !ok {
				w.WriteHeader(http.StatusNotFound)
				b = []byte(`<Error><Code>NoSuchKey</Code><Message>no such key</Message></Error>`)
			}
			if _, err := w.Write(b); err != nil {
				t.Error(err)
			}
		case http.MethodDelete:
			delete(objects, r.URL.Path)
			w.WriteHeader(http.StatusNoContent)
		}
	}))
	t.Cleanup(s.Close)
	t.Setenv("AWS_ENDPOINT_URL_S3", s.URL)
	t.Setenv("AWS_REGION", "us-east-1")
	t.Setenv("AWS_ACCESS_KEY_ID", "key")
	t.Setenv("AWS_SECRET_ACCESS_KEY", "secret")
}

func TestBucket(t *testing.T) {
	server(t)
	b, err := OpenBucket(t.Context(), "films")
	if err != nil {
		t.Fatal(err)
	}
	want := bytes.Repeat([]byte("picture"), 1000)
	if err := b.Put(t.Context(), "a/b", want); err != nil {
		t.Fatal(err)
	}
	if got, err := b.Get(t.Context(), "a/b"); err != nil || !bytes.Equal(got, want) {
		t.Errorf("got %d bytes, %v", len(got), err)
	}
	if err := b.Delete(t.Context(), "a/b"); err != nil {
		t.Error(err)
	}
	if _, err := b.Get(t.Context(), "a/b"); err == nil || !strings.Contains(err.Error(), `reading "a/b" from bucket "films"`) || !strings.Contains(err.Error(), "no such object") {
		t.Errorf("error %v", err)
	}
}

// Who may write need not be allowed to list: that is found out before there is
// anything to write, and nothing is written.
func TestCheckWithFewPermissions(t *testing.T) {
	for _, mayWrite := range []bool{true, false} {
		var asked []string
		s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			asked = append(asked, r.Method+" "+r.URL.Path)
			switch {
			case r.Method == http.MethodPost && mayWrite:
				_, _ = io.WriteString(w, `<InitiateMultipartUploadResult><Bucket>films</Bucket><Key>run/.vqa</Key><UploadId>1</UploadId></InitiateMultipartUploadResult>`)
			case r.Method == http.MethodDelete:
				w.WriteHeader(http.StatusNoContent)
			default:
				w.WriteHeader(http.StatusForbidden)
				_, _ = io.WriteString(w, `<Error><Code>AccessDenied</Code><Message>no</Message></Error>`)
			}
		}))
		defer s.Close()
		t.Setenv("AWS_ENDPOINT_URL_S3", s.URL)
		t.Setenv("AWS_REGION", "us-east-1")
		t.Setenv("AWS_ACCESS_KEY_ID", "key")
		t.Setenv("AWS_SECRET_ACCESS_KEY", "secret")
		_, down, err := OpenResults(t.Context(), "s3://films/run", t.TempDir())
		if down != nil || (err == nil) != mayWrite || err != nil && !strings.Contains(err.Error(), "access is denied") {
			t.Errorf("may write %v: %v, %v", mayWrite, down, err)
		}
		if got := strings.Join(asked, ", "); mayWrite && got != "GET /films, POST /films/run/.vqa, DELETE /films/run/.vqa" {
			t.Errorf("asked for %s", got)
		}
	}
}

func TestResultsInAFolder(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "new", "run")
	r, down, err := OpenResults(t.Context(), dir, "")
	if err != nil || down != nil {
		t.Fatal(err, down)
	}
	if err := r.Put("deep/a.json", func(w io.Writer) error { _, err := io.WriteString(w, "{}"); return err }); err != nil {
		t.Fatal(err)
	}
	failed := errors.New("half way")
	if err := r.Put("b.json", func(w io.Writer) error { _, _ = io.WriteString(w, "{"); return failed }); !errors.Is(err, failed) {
		t.Errorf("error %v", err)
	}
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	var found []string
	err = filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			found = append(found, path)
		}
		return err
	})
	if err != nil || len(found) != 1 || found[0] != filepath.Join(dir, "deep", "a.json") {
		t.Errorf("there are %q, %v", found, err)
	}
}

// Picture and sound that lie far apart take a request each, and not one for each
// step to and fro.
func TestObjectReadToAndFro(t *testing.T) {
	data := make([]byte, 4<<20)
	for i := range data {
		data[i] = byte(i >> 12)
	}
	var requests atomic.Int32
	ranges := true
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		requests.Add(1)
		if !ranges {
			r.Header.Del("Range")
		}
		w.Header().Set("ETag", `"1"`)
		http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(data))
	}))
	defer s.Close()
	t.Setenv("AWS_ENDPOINT_URL_S3", s.URL)
	t.Setenv("AWS_REGION", "us-east-1")
	t.Setenv("AWS_ACCESS_KEY_ID", "key")
	t.Setenv("AWS_SECRET_ACCESS_KEY", "secret")
	o, err := OpenObject(t.Context(), "s3://films/a")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = o.Close() }()
	got := make([]byte, 4<<10)
	for i := range int64(100) {
		for _, at := range []int64{i << 12, 3<<20 + i<<12} {
			if _, err := o.Seek(at, io.SeekStart); err != nil {
				t.Fatal(err)
			}
			if _, err := io.ReadFull(o, got); err != nil || !bytes.Equal(got, data[at:at+int64(len(got))]) {
				t.Fatalf("at %d: %v", at, err)
			}
		}
	}
	if n := requests.Load(); n != 2 {
		t.Errorf("%d requests", n)
	}
	// What a server sends from elsewhere must not be taken for what was asked for.
	ranges = false
	if _, err := o.Seek(2<<20, io.SeekStart); err != nil {
		t.Fatal(err)
	}
	if _, err := o.Read(got); err == nil || !strings.Contains(err.Error(), "sends another range") {
		t.Errorf("error %v", err)
	}
}

// What the network says of time is not taken for an interruption.
func TestServerThatDoesNotAnswer(t *testing.T) {
	t.Setenv("AWS_REGION", "us-east-1")
	t.Setenv("AWS_ACCESS_KEY_ID", "key")
	t.Setenv("AWS_SECRET_ACCESS_KEY", "secret")
	t.Setenv("AWS_ENDPOINT_URL_S3", "nonsense")
	if _, err := OpenObject(t.Context(), "s3://films/a"); err == nil || !strings.Contains(err.Error(), `"nonsense" is no URL of a server`) {
		t.Errorf("error %v", err)
	}
	t.Setenv("AWS_ENDPOINT_URL_S3", "http://127.0.0.1:1")
	b, err := OpenBucket(t.Context(), "films")
	if err != nil {
		t.Fatal(err)
	}
	for _, cause := range []error{context.DeadlineExceeded, os.ErrDeadlineExceeded, context.Canceled} {
		err := b.explain("", &smithyhttp.RequestSendError{Err: &url.Error{Op: "Get", URL: "http://127.0.0.1:1", Err: cause}})
		if errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled) || !unreachable(err) || strings.Contains(err.Error(), "Get") {
			t.Errorf("%v", err)
		}
	}
}

func TestSplit(t *testing.T) {
	for name, want := range map[string][2]string{
		"s3://films/a/b.ts": {"films", "a/b.ts"}, "s3://films": {"films", ""}, "s3://films/": {"films", ""}, "s3://f/a b?c.ts": {"f", "a b?c.ts"},
		"s3://": {}, "s3:///a": {}, "films/a": {}, "http://films/a": {}, "s3://user@host/a": {}, "s3://a b/c": {},
	} {
		bucket, key, err := Split(name)
		if [2]string{bucket, key} != want || (err != nil) != (want[0] == "") {
			t.Errorf("%q: %q, %q, %v", name, bucket, key, err)
		}
	}
}
