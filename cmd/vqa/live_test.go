package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/vqa-project/vqa/analyze/store"
	"github.com/vqa-project/vqa/analyze/store/storetest"
	"github.com/vqa-project/vqa/fixtures"
)

// twoChannels makes a file of two channels, which end by themselves.
func twoChannels(t *testing.T) (path string, clips map[string]string) {
	t.Helper()
	clips = map[string]string{}
	text := ""
	for channel, name := range map[string]string{"first": "freeze_video_only", "second": "silence_audio_only"} {
		clip, err := fixtures.Make(name, fixtures.Dir())
		if err != nil {
			t.Fatal(err)
		}
		clips[channel] = clip
		text += fmt.Sprintf("- {name: %s, input: %q}\n", channel, clip)
	}
	path = filepath.Join(t.TempDir(), "channels.yaml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path, clips
}

// Results of all channels are kept whole, each by its own name, in a bucket, too,
// and where that is down, they wait.
func TestResultsOfChannels(t *testing.T) {
	s := storetest.Start(t)
	channels, clips := twoChannels(t)
	spool, dir := t.TempDir(), t.TempDir()

	s.Cut()
	_, messages, status := vqa(t, "analyze", "--channels", channels, "--out", "s3://vqa/live", "--spool", spool, "--ndjson", os.DevNull)
	if status != 4 || strings.Count(messages, "results will wait here") != 1 || strings.Count(messages, "10 files wait in") != 1 {
		t.Errorf("status %d, says %s", status, messages)
	}
	waiting, err := store.Waiting(spool)
	if err != nil {
		t.Fatal(err)
	}
	s.Restore()
	if out, messages, status := vqa(t, "spool", "--send", "--spool", spool); status != 0 || out != "sent: 10\n" {
		t.Fatalf("status %d: %s %s", status, out, messages)
	}
	if _, messages, status := vqa(t, "analyze", "--channels", channels, "--out", dir, "--ndjson", os.DevNull); status != 0 {
		t.Fatalf("status %d, says %s", status, messages)
	}
	for channel, clip := range clips {
		text, _, _ := vqa(t, "analyze", "--json", "-", clip)
		want := len(document(t, []byte(text)).Events)
		files, err := filepath.Glob(filepath.Join(dir, channel+"-*Z.json"))
		if err != nil || len(files) != 1 {
			t.Fatalf("%s: files %q, %v", channel, files, err)
		}
		kept, err := os.ReadFile(files[0])
		if err != nil {
			t.Fatal(err)
		}
		if d := document(t, kept); d.Channel != channel || len(d.Events) != want || want == 0 {
			t.Errorf("%s: %d events of channel %q, want %d", channel, len(d.Events), d.Channel, want)
		}
		for _, e := range waiting {
			if strings.HasPrefix(e.Key, "live/"+channel+"-") && strings.HasSuffix(e.Key, "Z.json") {
				if d := document(t, s.Object(t, e.Key)); len(d.Events) != want {
					t.Errorf("%s has %d events, want %d", e.Key, len(d.Events), want)
				}
			}
		}
		page, err := os.ReadFile(strings.TrimSuffix(files[0], ".json") + ".html")
		if err != nil || !strings.Contains(string(page), `class="plots"`) || channel == "first" && !strings.Contains(string(page), "data:image/jpeg") {
			t.Errorf("%s: a page of %d bytes without plots or pictures, %v", channel, len(page), err)
		}
	}
}

// Rows of each connection are a file of their own.
func TestRowsOfAChannel(t *testing.T) {
	_, clips := twoChannels(t)
	rows := filepath.Join(t.TempDir(), "rows.parquet")
	for n := range 2 { // within the same second, or not
		if _, messages, status := vqa(t, "analyze", "--live", "--rows", rows, "--ndjson", os.DevNull, clips["first"]); status != 0 {
			t.Fatalf("status %d, says %s", status, messages)
		}
		files, err := filepath.Glob(strings.TrimSuffix(rows, ".parquet") + "-*.parquet")
		if err != nil || len(files) != n+1 {
			t.Fatalf("files %q, %v", files, err)
		}
		out, messages, status := vqa(t, "detect", "--json", "-", files[0])
		want, _, _ := vqa(t, "analyze", "--json", "-", clips["first"])
		if status != 0 || len(document(t, []byte(out)).Events) != len(document(t, []byte(want)).Events) {
			t.Errorf("status %d: %s %s", status, out, messages)
		}
	}
}
