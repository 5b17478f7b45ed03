package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"time"
)

// fast has vqa read the clip over and over by TCP, as fast as it can, and fails
// where memory grows with the media. In minutes come hours of it, beside which the
// noise in the memory of a process is small.
func fast(ctx context.Context, vqa, clip string, length time.Duration) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	defer func() { _ = l.Close() }()
	sent := make(chan error, 1)
	go func() { sent <- pour(ctx, clip, l) }()
	metrics, err := freePort("tcp")
	if err != nil {
		return err
	}
	cmd := exec.CommandContext(ctx, vqa, "analyze", "--live", "--duration", length.String(), "--ndjson", os.DevNull,
		"--out", filepath.Join(filepath.Dir(clip), "fast"), "--rotate", rotate.String(), "--metrics", metrics, "tcp://"+l.Addr().String())
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	cmd.Stderr = os.Stderr
	watching, stop := context.WithCancel(ctx)
	defer stop()
	memory := &memory{clock: func(values map[string]float64) time.Duration {
		return time.Duration(values["vqa_channel_media_seconds_total"] * float64(time.Second))
	}}
	watched := make(chan struct{})
	go func() {
		memory.watch(watching, "http://"+metrics+"/metrics")
		close(watched)
	}()
	err = cmd.Run()
	stop()
	<-watched
	cancel()
	_ = l.Close()
	if failed := <-sent; err == nil && failed != nil && !errors.Is(failed, net.ErrClosed) && len(memory.samples) == 0 {
		err = failed
	}
	if n := len(memory.samples); n > 0 {
		fmt.Printf("as fast as it can, %.1f hours of media in %.1f minutes\n", memory.samples[n-1].at.Hours(), length.Minutes())
	}
	return errors.Join(err, memory.verdict())
}

// pour writes the clip to whoever connects, until ctx ends or nobody reads.
func pour(ctx context.Context, clip string, l net.Listener) error {
	conn, err := l.Accept()
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close() }()
	cmd := exec.CommandContext(ctx, "ffmpeg", "-v", "fatal", "-stream_loop", "-1", "-i", clip, "-c", "copy", "-f", "mpegts", "-")
	cmd.Stdout = conn
	return cmd.Run()
}
