package metrics

import (
	"context"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/vqa-project/vqa/analyze"
	"github.com/vqa-project/vqa/analyze/report"
)

type discard struct{}

func (discard) Write(report.Message) error { return nil }
func (discard) Close() error               { return nil }

func get(t *testing.T, url, accept string) (body, kind string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Accept", accept)
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	b, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(b), response.Header.Get("Content-Type")
}

// The metrics of a channel that cannot be opened say so, in both formats.
func TestHandler(t *testing.T) {
	board := analyze.NewBoard()
	_, err := analyze.Live(t.Context(), analyze.LiveOptions{
		Channels: []analyze.Channel{{Name: `a "channel"`, Input: filepath.Join(t.TempDir(), "missing.ts")}},
		Until:    time.Now().Add(500 * time.Millisecond), Writer: discard{}, Board: board,
	})
	if err != nil {
		t.Fatal(err)
	}
	s := httptest.NewServer(Handler(board))
	defer s.Close()
	for accept, format := range map[string]string{"text/plain": "text/plain", "application/openmetrics-text": "application/openmetrics-text"} {
		body, kind := get(t, s.URL, accept)
		for _, want := range []string{
			`vqa_channel_up{channel="a \"channel\""} 0`,
			`vqa_detector_events_total{channel="a \"channel\"",detector="source",kind="lost"} 1`,
			`vqa_channel_decode_errors_total{channel="a \"channel\""} 0`,
			"go_goroutines",
		} {
			if !strings.Contains(body, want) {
				t.Errorf("no %s in %s", want, body)
			}
		}
		if !strings.HasPrefix(kind, format) {
			t.Errorf("asked for %s, it is %s", accept, kind)
		}
	}
}

// Every metric that dashboard and alert rules name is there.
func TestNamesInScripts(t *testing.T) {
	source, err := os.ReadFile("metrics.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range []string{"grafana.json", "alerts.yaml"} {
		b, err := os.ReadFile(filepath.Join("..", "..", "scripts", "monitoring", file))
		if err != nil {
			t.Fatal(err)
		}
		for word := range strings.FieldsFuncSeq(string(b), func(r rune) bool { return r != '_' && (r < 'a' || r > 'z') }) {
			if name, ok := strings.CutPrefix(word, "vqa_"); ok && !strings.Contains(string(source), `of("`+name+`"`) {
				t.Errorf("%s names %s, which is no metric", file, word)
			}
		}
	}
}

// A port that is taken is served once it is free.
func TestServeTaken(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() {
		defer close(done)
		Serve(ctx, l.Addr().String(), analyze.NewBoard(), 20*time.Millisecond)
	}()
	_ = l.Close()
	for deadline := time.Now().Add(20 * time.Second); ; time.Sleep(10 * time.Millisecond) {
		response, err := http.Get("http://" + l.Addr().String() + "/metrics")
		if err == nil {
			_ = response.Body.Close()
			break
		}
		if time.Now().After(deadline) {
			t.Fatal(err)
		}
	}
	cancel()
	<-done
}
