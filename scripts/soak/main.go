// Command soak streams a clip with defects by UDP into vqa for some minutes,
// with packets left out, pauses, and a source that is killed and started again,
// and then by TCP as fast as it is read. It fails where something was not reported
// in time, where memory grows, or where goroutines are left over.
package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/vqa-project/vqa/analyze/notify"
	"github.com/vqa-project/vqa/analyze/report"
)

func main() {
	minutes := flag.Float64("minutes", 5, "how long to stream")
	vqa := flag.String("vqa", "bin/vqa", "the program")
	keep := flag.String("keep", "", "keep the results in this file")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := soak(ctx, *vqa, time.Duration(*minutes*float64(time.Minute)), *keep)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "soak:", err)
		os.Exit(1)
	}
}

const secret = "soak"

// rotate is how often results begin anew.
const rotate = 30 * time.Second

// share is that of the time which is taken, in addition, to read without a pause.
const share = 0.5

func soak(ctx context.Context, vqa string, length time.Duration, keep string) error {
	dir, err := os.MkdirTemp("", "vqa-soak-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	clip, err := makeClip(ctx, dir)
	if err != nil {
		return err
	}
	err = live(ctx, vqa, clip, length, keep)
	return errors.Join(err, fast(ctx, vqa, clip, time.Duration(share*float64(length))))
}

// live has vqa read the clip as a source sends it, in the time that it shows.
func live(ctx context.Context, vqa, clip string, length time.Duration, keep string) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	hook, err := listen()
	if err != nil {
		return err
	}
	defer func() { _ = hook.server.Close() }()
	udp, err := freePort("udp")
	if err != nil {
		return err
	}
	tcp, err := freePort("tcp")
	if err != nil {
		return err
	}
	input := "udp://" + udp
	kept := filepath.Join(filepath.Dir(clip), "results")
	cmd := exec.Command(vqa, "analyze", "--live", "--duration", length.String(), "--ndjson", "-",
		"--out", kept, "--rotate", rotate.String(), "--metrics", tcp, "--webhook", hook.url, input)
	cmd.Env = append(os.Environ(), "VQA_WEBHOOK_SECRET="+secret)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return err
	}
	j := &judge{until: time.Now().Add(length)}
	conn, err := net.Dial("udp", udp)
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close() }()
	var group sync.WaitGroup
	streaming, endStream := context.WithCancel(ctx)
	defer endStream()
	var streamErr error
	group.Go(func() {
		streamErr = (&source{clip: clip, conn: conn, expect: j.expect}).run(streaming)
		if streamErr != nil {
			_ = cmd.Process.Signal(os.Interrupt)
		}
	})
	began := time.Now()
	memory := &memory{clock: func(map[string]float64) time.Duration { return time.Since(began) }}
	group.Go(func() { memory.watch(streaming, "http://"+tcp+"/metrics") })
	stopKill := context.AfterFunc(ctx, func() { _ = cmd.Process.Signal(os.Interrupt) })
	defer stopKill()

	var results io.Reader = out
	if keep != "" {
		f, err := os.Create(keep)
		if err != nil {
			return err
		}
		defer f.Close()
		results = io.TeeReader(out, f)
	}
	readErr := report.ReadNDJSON(results, j.take)
	waitErr := cmd.Wait()
	endStream()
	group.Wait()
	fmt.Printf("%.1f minutes\n", length.Minutes())
	return errors.Join(readErr, waitErr, streamErr, j.verdict(), memory.verdict(), hook.verdict(j), whole(kept, j.events))
}

// whole fails where what is kept in a folder is not all, or some of it not whole.
func whole(dir string, events int) error {
	files, err := filepath.Glob(filepath.Join(dir, "*.json"))
	if err != nil {
		return err
	}
	found := 0
	for _, name := range files {
		text, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		var d report.Document
		if err := json.Unmarshal(text, &d); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		found += len(d.Events)
		if page, err := os.Stat(strings.TrimSuffix(name, ".json") + ".html"); err != nil || page.Size() == 0 {
			return fmt.Errorf("%s has no page beside it: %w", name, err)
		}
	}
	fmt.Printf("kept: %d of %d events, in %d results\n", found, events, len(files))
	if found != events {
		return fmt.Errorf("%d of %d events are kept", found, events)
	}
	return nil
}

// freePort returns an address on loopback that nobody listens on.
func freePort(network string) (string, error) {
	if network == "udp" {
		c, err := net.ListenPacket("udp", "127.0.0.1:0")
		if err != nil {
			return "", err
		}
		defer func() { _ = c.Close() }()
		return c.LocalAddr().String(), nil
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	defer func() { _ = l.Close() }()
	return l.Addr().String(), nil
}

// A hook receives alerts.
type hook struct {
	server *http.Server
	url    string

	mu     sync.Mutex
	alerts int
	forged int
	calls  int
}

func listen() (*hook, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	h := &hook{url: "http://" + l.Addr().String() + "/alerts"}
	h.server = &http.Server{Handler: h, ReadHeaderTimeout: time.Minute}
	h.server.SetKeepAlivesEnabled(false)  // else the process keeps goroutines for them, now and then
	go func() { _ = h.server.Serve(l) }() // until it is closed
	return h, nil
}

// ServeHTTP takes an alert. Every fifth call fails, and must be made again.
func (h *hook) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	h.mu.Lock()
	defer h.mu.Unlock()
	h.calls++
	if err != nil || h.calls%5 == 0 {
		w.WriteHeader(http.StatusInternalServerError)
		return
	}
	if r.Header.Get(notify.SignatureHeader) != notify.Signature([]byte(secret), r.Header.Get(notify.TimestampHeader), body) {
		h.forged++
	}
	h.alerts += bytes.Count(body, []byte(`"alert"`))
}

func (h *hook) verdict(j *judge) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	fmt.Printf("webhook: %d of %d alerts, %s calls\n", h.alerts, j.told, strconv.Itoa(h.calls))
	if h.forged > 0 {
		return fmt.Errorf("%d alerts came with a wrong signature", h.forged)
	}
	if h.alerts != j.told {
		return fmt.Errorf("the webhook had %d of %d alerts", h.alerts, j.told)
	}
	return nil
}
