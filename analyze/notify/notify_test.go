package notify

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/vqa-project/vqa/analyze/report"
)

// A receiver answers with its codes, one after the other, the last for ever.
type receiver struct {
	mu    sync.Mutex
	codes []int
	ids   []int64 // of alerts that it took
	calls int
}

func (r *receiver) ServeHTTP(w http.ResponseWriter, q *http.Request) {
	body, _ := io.ReadAll(q.Body)
	r.mu.Lock()
	defer r.mu.Unlock()
	r.calls++
	code := r.codes[0]
	if len(r.codes) > 1 {
		r.codes = r.codes[1:]
	}
	if code == http.StatusOK {
		var m report.Message
		if json.Unmarshal(body, &m) != nil || q.Header.Get(SignatureHeader) != Signature([]byte("key"), q.Header.Get(TimestampHeader), body) {
			code = http.StatusBadRequest
		} else {
			r.ids = append(r.ids, m.Alert.ID)
		}
	}
	w.WriteHeader(code)
}

func alert(id int64, state string) report.Message {
	return report.Message{Channel: "one", Alert: &report.Alert{ID: id, State: state}}
}

func TestWebhook(t *testing.T) {
	tests := []struct {
		name  string
		codes []int
		want  []int64
	}{
		{"all is well", []int{200}, []int64{1, 2, 3}},
		{"fails at first, and the order is kept", []int{500, 503, 429, 200}, []int64{1, 2, 3}},
		{"refuses one", []int{200, 400, 200}, []int64{1, 3}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			r := &receiver{codes: test.codes}
			s := httptest.NewServer(r)
			defer s.Close()
			w := start(s.URL, "key", time.Millisecond, time.Second)
			for i := range int64(3) {
				for _, state := range []string{report.Updated, report.Opened} {
					if err := w.Write(alert(i+1, state)); err != nil {
						t.Fatal(err)
					}
				}
			}
			if err := w.Close(); err != nil {
				t.Fatal(err)
			}
			if !slices.Equal(r.ids, test.want) {
				t.Errorf("alerts %v, want %v", r.ids, test.want)
			}
		})
	}
}

// Whoever writes does not wait for a webhook that hangs, and of what piles up
// the latest is kept.
func TestWebhookHangs(t *testing.T) {
	hang := make(chan struct{})
	s := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { <-hang }))
	defer s.Close()
	defer close(hang)
	w := start(s.URL, "", time.Millisecond, time.Minute)
	began := time.Now()
	for i := range int64(3 * queueLength) {
		if err := w.Write(alert(i, report.Opened)); err != nil {
			t.Fatal(err)
		}
	}
	if took := time.Since(began); took > 5*time.Second {
		t.Errorf("writing took %s", took)
	}
	w.mu.Lock()
	n, last := len(w.queue), string(w.queue[len(w.queue)-1])
	w.mu.Unlock()
	var m report.Message
	if err := json.Unmarshal([]byte(last), &m); err != nil || m.Alert.ID != 3*queueLength-1 || n != queueLength {
		t.Errorf("%d wait, the last is %s", n, last)
	}
	w.stop()
	<-w.done
}

func TestSignature(t *testing.T) {
	// printf '1700000000.{}' | openssl dgst -sha256 -hmac secret
	const want = "sha256=b8569b78799ff9e3cbff0fc2d63a33a2b57f3282abd07c37ae5e8e7d79a5f163"
	got := Signature([]byte("secret"), "1700000000", []byte("{}"))
	if got != want {
		t.Errorf("signature %s", got)
	}
}
