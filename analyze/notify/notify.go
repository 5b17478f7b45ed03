// Package notify posts the alerts of live channels to a webhook.
package notify

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strconv"
	"sync"
	"time"

	"github.com/vqa-project/vqa/analyze/report"
)

// What a request carries beside its body.
const (
	// TimestampHeader is when it was sent, in seconds since 1970.
	TimestampHeader = "X-Vqa-Timestamp"

	// SignatureHeader is there where there is a secret: "sha256=" and the
	// HMAC-SHA256, in hexadecimal, of the timestamp, a dot, and the body.
	SignatureHeader = "X-Vqa-Signature"
)

const (
	queueLength = 1000 // alerts that wait; of more, the oldest are left out
	patience    = 10 * time.Second
	grace       = 5 * time.Second // at the end, for what still waits
	firstWait   = time.Second
	longestWait = time.Minute
)

// A Webhook is a [report.Writer] that posts each alert as it is opened and as
// it is closed: a JSON object with the channel and the alert, as NDJSON has it.
// Where the other side fails, it is tried again, with longer and longer pauses;
// the order is kept. Writing never waits for the other side.
type Webhook struct {
	url    string
	secret []byte
	client *http.Client
	first  time.Duration // pause after a failure

	mu       sync.Mutex
	queue    [][]byte
	lost     int // left out since the last that came through
	failures int // in a row
	said     bool
	wake     chan struct{}
	ending   chan struct{}
	ended    sync.Once
	stop     context.CancelFunc
	done     chan struct{}
}

// New returns a webhook that posts to url, and signs with secret where that is
// not empty.
func New(url, secret string) *Webhook { return start(url, secret, firstWait, patience) }

func start(url, secret string, first, patience time.Duration) *Webhook {
	ctx, stop := context.WithCancel(context.Background())
	w := &Webhook{
		url: url, secret: []byte(secret), first: first, stop: stop,
		client: &http.Client{Timeout: patience},
		wake:   make(chan struct{}, 1), ending: make(chan struct{}), done: make(chan struct{}),
	}
	go w.run(ctx)
	return w
}

// Write takes in a message, and sends it where it is an alert.
func (w *Webhook) Write(m report.Message) error {
	if m.Alert == nil || m.Alert.State == report.Updated {
		return nil
	}
	body, err := json.Marshal(m)
	if err != nil {
		return fmt.Errorf("writing an alert: %w", err)
	}
	w.mu.Lock()
	if len(w.queue) == queueLength {
		w.queue = append(w.queue[:0], w.queue[1:]...)
		w.lost++
	}
	w.queue = append(w.queue, body)
	w.mu.Unlock()
	select {
	case w.wake <- struct{}{}:
	default:
	}
	return nil
}

// Close waits a little for what is not sent yet, and says how much of it is
// left. That is no error: the results have it.
func (w *Webhook) Close() error {
	w.ended.Do(func() { close(w.ending) })
	select {
	case <-w.done:
	case <-time.After(grace):
	}
	w.stop()
	<-w.done
	w.mu.Lock()
	defer w.mu.Unlock()
	if n := len(w.queue) + w.lost; n > 0 {
		slog.Error("alerts did not reach the webhook", "url", w.url, "alerts", n)
	}
	return nil
}

// run sends what is in the queue until it is empty at the end.
func (w *Webhook) run(ctx context.Context) {
	defer close(w.done)
	wait := time.Duration(0)
	for {
		body := w.next()
		if body == nil {
			select {
			case <-w.wake:
				continue
			case <-w.ending:
				if w.next() == nil {
					return
				}
				continue
			case <-ctx.Done():
				return
			}
		}
		again, err := w.post(ctx, body)
		if ctx.Err() != nil {
			return // and Close says what is left
		}
		if err != nil {
			w.failed(err, again)
		}
		if err == nil || !again {
			w.sent(body, err)
			wait = 0
			continue
		}
		wait = min(max(2*wait, w.first), longestWait)
		select {
		case <-time.After(wait):
		case <-ctx.Done():
			return
		}
	}
}

// next returns the oldest in the queue, which stays there.
func (w *Webhook) next() []byte {
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.queue) == 0 {
		return nil
	}
	return w.queue[0]
}

// sent takes what was sent, or refused, from the queue, where it still is.
func (w *Webhook) sent(body []byte, err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.queue) > 0 && &w.queue[0][0] == &body[0] {
		w.queue = w.queue[1:]
	}
	if err != nil {
		w.lost++
		return
	}
	if w.said {
		slog.Warn("the webhook is back", "url", w.url, "left_out", w.lost)
	}
	w.failures, w.said, w.lost = 0, false, 0
}

// failed says once that the webhook fails, until it does not. What goes better
// at once is not worth a word.
func (w *Webhook) failed(err error, again bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.failures++; w.failures == 2 || w.failures == 1 && !again {
		slog.Error("the webhook fails", "url", w.url, "error", err)
		w.said = true
	}
}

// post sends one alert. again says that it may go better another time.
func (w *Webhook) post(ctx context.Context, body []byte) (again bool, err error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, w.url, bytes.NewReader(body))
	if err != nil {
		return false, err
	}
	at := strconv.FormatInt(time.Now().Unix(), 10)
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("User-Agent", "vqa")
	r.Header.Set(TimestampHeader, at)
	if len(w.secret) > 0 {
		r.Header.Set(SignatureHeader, Signature(w.secret, at, body))
	}
	response, err := w.client.Do(r)
	if err != nil {
		return true, err
	}
	defer func() { _ = response.Body.Close() }()
	_, _ = io.CopyN(io.Discard, response.Body, 64<<10) // so that the connection can be used again
	switch code := response.StatusCode; {
	case code < 300:
		return false, nil
	case code == http.StatusTooManyRequests, code == http.StatusRequestTimeout, code >= 500:
		return true, fmt.Errorf("it answers %s", response.Status)
	default:
		return false, fmt.Errorf("it answers %s", response.Status)
	}
}

// Signature returns the value of [SignatureHeader].
func Signature(secret []byte, timestamp string, body []byte) string {
	h := hmac.New(sha256.New, secret)
	h.Write([]byte(timestamp + "."))
	h.Write(body)
	return "sha256=" + hex.EncodeToString(h.Sum(nil))
}
