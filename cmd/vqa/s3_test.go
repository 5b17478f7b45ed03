package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/vqa-project/vqa/analyze/report"
	"github.com/vqa-project/vqa/analyze/store"
	"github.com/vqa-project/vqa/analyze/store/storetest"
	"github.com/vqa-project/vqa/detectors/all"
	"github.com/vqa-project/vqa/fixtures"
)

// vqa runs the program and returns what it writes, and its exit status.
func vqa(t *testing.T, args ...string) (stdout, stderr string, status int) {
	t.Helper()
	var out, messages bytes.Buffer
	cmd := newRootCmd(all.Groups())
	cmd.SetOut(&out)
	cmd.SetErr(&messages)
	cmd.SetArgs(args)
	err := cmd.ExecuteContext(t.Context())
	printError(&messages, err)
	return out.String(), messages.String(), exitCode(err)
}

// document reads a JSON document, but for what differs from run to run.
func document(t *testing.T, text []byte) report.Document {
	t.Helper()
	var d report.Document
	if err := json.Unmarshal(text, &d); err != nil {
		t.Fatalf("%v in %q", err, text)
	}
	d.Input, d.StartedAt = "", ""
	return d
}

func TestInputAndResultsInABucket(t *testing.T) {
	s := storetest.Start(t)
	path, err := fixtures.Make("freeze_video_only", fixtures.Dir())
	if err != nil {
		t.Fatal(err)
	}
	clip, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	s.Add(t, "clips/a.mp4", clip)
	spool := t.TempDir()
	_, messages, status := vqa(t, "analyze", "--out", "s3://vqa/run1", "--spool", spool, "--fail-on", "any", "s3://vqa/clips/a.mp4", path)
	if status != 3 || strings.Contains(messages, "hint") {
		t.Fatalf("status %d: %s", status, messages)
	}
	text, _, _ := vqa(t, "analyze", "--json", "-", path)
	want := document(t, []byte(text))
	for _, key := range []string{"run1/a.mp4.json", "run1/" + filepath.Base(path) + ".json"} {
		if got := document(t, s.Object(t, key)); len(got.Events) == 0 || !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %+v, want %+v", key, got, want)
		}
	}
	if lines := bytes.Count(s.Object(t, "run1/a.mp4.ndjson"), []byte("\n")); lines != len(want.Events)+2 {
		t.Errorf("%d messages", lines)
	}
	// Pictures are exact ones, wherever the input is.
	stills := regexp.MustCompile(`<figure>.*?</figure>`)
	remote := stills.FindAllString(string(s.Object(t, "run1/a.mp4.html")), -1)
	local := stills.FindAllString(string(s.Object(t, "run1/"+filepath.Base(path)+".html")), -1)
	if len(remote) < 2*len(want.Events) || !slices.Equal(remote, local) {
		t.Errorf("%d pictures of the object, %d of the file, or others", len(remote), len(local))
	}
}

// What is wrong is said once, and by the exit status.
func TestBucketsThatAreNotThere(t *testing.T) {
	s := storetest.Start(t)
	path, err := fixtures.Make("freeze_video_only", fixtures.Dir())
	if err != nil {
		t.Fatal(err)
	}
	spool := t.TempDir()
	for _, tt := range []struct {
		args   []string
		want   string
		status int
	}{
		{[]string{"s3://vqa/none.ts"}, "opening \"s3://vqa/none.ts\": there is no such object\nhint: check its name", 1},
		{[]string{"s3://other/a.ts"}, "opening \"s3://other/a.ts\": there is no bucket \"other\"\nhint: ", 1},
		{[]string{"s3://vqa/"}, "opening \"s3://vqa/\": \"s3://vqa/\" names no object", 1},
		{[]string{path, "--out", "s3://other/a"}, "--out: opening s3://other/a/: there is no bucket \"other\"\nhint: ", 1},
		{[]string{path, "--out", "s3://"}, "--out: \"s3://\" is not of the form s3://bucket/key\nhint: ", 2},
		{[]string{path, "--out", "ftp://a/b"}, "--out: \"ftp://a/b\" is not of the form s3://bucket/key\nhint: ", 2},
		{[]string{path, "--out", "-"}, "--out names a folder or s3://bucket/prefix\nhint: ", 2},
	} {
		_, messages, status := vqa(t, append([]string{"analyze", "--spool", spool, "--detectors", "freeze"}, tt.args...)...)
		if !strings.HasPrefix(messages, "vqa: "+tt.want) || strings.Count(messages, "\n") != 2 || status != tt.status {
			t.Errorf("%q: status %d, says %s", tt.args, status, messages)
		}
	}

	// Down: the analysis goes on, and its results wait.
	s.Cut()
	out, messages, status := vqa(t, "analyze", "--spool", spool, "--detectors", "freeze", "--fail-on", "freeze", "--out", "s3://vqa/run", path)
	if status != 4 || !strings.Contains(out, "found: freeze") || strings.Count(messages, "results will wait here") != 1 ||
		strings.Count(messages, "5 files wait in") != 1 || !strings.Contains(messages, "vqa: found freeze 1") {
		t.Errorf("status %d, %s, says %s", status, out, messages)
	}
	if out, _, status := vqa(t, "spool", "--spool", spool); status != 0 || strings.Count(out, "s3://vqa/run/") != 5 {
		t.Errorf("status %d: %s", status, out)
	}
	if _, messages, status := vqa(t, "spool", "--send", "--spool", spool); status != 1 || !strings.Contains(messages, "reachable from here?") {
		t.Errorf("status %d: %s", status, messages)
	}
	if _, messages, status := vqa(t, "analyze", "s3://vqa/a.ts"); status != 1 || !strings.Contains(messages, "reachable from here?") {
		t.Errorf("status %d: %s", status, messages)
	}
	s.Restore()
	if out, messages, status := vqa(t, "spool", "--send", "--spool", spool); status != 0 || out != "sent: 5\n" {
		t.Errorf("status %d: %s %s", status, out, messages)
	}
	if len(document(t, s.Object(t, "run/"+filepath.Base(path)+".json")).Events) != 1 {
		t.Error("what was sent is not what was found")
	}
}

func TestResultsInAFolder(t *testing.T) {
	path, err := fixtures.Make("freeze_video_only", fixtures.Dir())
	if err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(t.TempDir(), "a", "b")
	if _, messages, status := vqa(t, "analyze", "--detectors", "freeze", "--out", dir, path, path); status != 0 {
		t.Fatalf("status %d: %s", status, messages)
	}
	files, err := filepath.Glob(filepath.Join(dir, "*"))
	base := filepath.Join(dir, filepath.Base(path))
	var want []string
	for _, name := range []string{base + "-2", base} {
		for _, form := range []string{".csv", ".html", ".json", ".ndjson", ".xml"} {
			want = append(want, name+form)
		}
	}
	if err != nil || !reflect.DeepEqual(files, want) {
		t.Errorf("there are %q, want %q", files, want)
	}
	if _, messages, status := vqa(t, "analyze", "--out", path, path); status != 1 || !strings.HasPrefix(messages, "vqa: --out: ") {
		t.Errorf("a file for a folder: status %d: %s", status, messages)
	}
}

func TestNamesOfResults(t *testing.T) {
	o := out{names: map[string]bool{}}
	for _, tt := range [][2]string{
		{"a/b c.ts", "b c.ts"}, {"b c.ts", "b c.ts-2"}, {"-", "stdin"}, {"s3://films/x/y.mp4", "y.mp4"},
		{"udp://239.0.0.1:5000", "239.0.0.1_5000"}, {"https://a.example/live/1.m3u8?token=x/y", "1.m3u8"}, {"https://a.example/", "a.example"},
		{"b c.ts", "b c.ts-3"},
	} {
		if got := o.nameOf("", &report.Header{Input: tt[0]}); got != tt[1] {
			t.Errorf("%q: %q, want %q", tt[0], got, tt[1])
		}
	}
	for channel, want := range map[string]string{
		"udp://239.0.0.1:5000/": "239.0.0.1_5000-20260131T180000Z", "sport/one": "sport_one-20260131T180000Z",
	} {
		if got := o.nameOf(channel, &report.Header{Input: "udp://239.0.0.1:5000/", StartedAt: "2026-01-31T18:00:00Z"}); got != want {
			t.Errorf("channel %q: %q, want %q", channel, got, want)
		}
	}
}

// Of several errors, that which counts most decides.
func TestExitCodesOfSeveral(t *testing.T) {
	found, wrong := error(&defectsError{}), usagef("", "wrong")
	waits := &store.WaitingError{Err: io.EOF, Unreachable: true}
	for _, tt := range []struct {
		err  error
		want int
	}{
		{nil, 0}, {found, 3}, {waits, 4}, {io.EOF, 1}, {wrong, 2},
		{errors.Join(found, waits), 4}, {errors.Join(waits, io.EOF), 1}, {errors.Join(io.EOF, found), 1},
		{errors.Join(found, nil), 3}, {fmt.Errorf("a: %w", found), 3}, {&store.WaitingError{Err: io.EOF}, 1},
	} {
		if got := exitCode(tt.err); got != tt.want {
			t.Errorf("%v: %d, want %d", tt.err, got, tt.want)
		}
	}
}
