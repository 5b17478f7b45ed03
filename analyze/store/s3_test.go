package store

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
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
	if _, err := b.Get(t.Context(), "a/b"); err == nil || !strings.Contains(err.Error(), `reading "a/b" from bucket "films"`) || !strings.Contains(err.Error(), "NoSuchKey") {
		t.Errorf("error %v", err)
	}
}
