package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/vqa-project/vqa/detectors/all"
	"github.com/vqa-project/vqa/fixtures"
)

// section returns what stands in README.md between two marks.
func section(t *testing.T, name string) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("..", "..", "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	_, rest, ok := strings.Cut(string(b), "<!-- "+name+" -->\n")
	text, _, closed := strings.Cut(rest, "<!-- end of "+name+" -->")
	if !ok || !closed {
		t.Fatalf("README.md has no section %q", name)
	}
	return text
}

// stdout runs a command and returns what it writes to standard output.
func stdout(t *testing.T, args ...string) string {
	t.Helper()
	var out bytes.Buffer
	cmd := newRootCmd(all.Groups())
	cmd.SetOut(&out)
	cmd.SetErr(os.Stderr)
	cmd.SetArgs(args)
	if err := cmd.ExecuteContext(context.Background()); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func TestReadmeListsTheDetectors(t *testing.T) {
	if got, want := section(t, "detectors"), stdout(t, "detectors", "--markdown"); got != want {
		t.Errorf("README.md says\n%s\n`vqa detectors --markdown` says\n%s", got, want)
	}
}

func TestReadmeShowsTheDemo(t *testing.T) {
	path, err := fixtures.Make("demo", fixtures.Dir())
	if err != nil {
		t.Fatal(err)
	}
	want := indented(strings.ReplaceAll(stdout(t, "analyze", path), filepath.Dir(path), "build/fixtures"))
	if got := section(t, "demo"); got != want {
		t.Errorf("README.md shows\n%s\nthe demo prints\n%s", got, want)
	}
}

// indented returns text as README.md shows output.
func indented(text string) string {
	var b strings.Builder
	for line := range strings.Lines(text) {
		if line != "\n" {
			line = "    " + line
		}
		b.WriteString(line)
	}
	return b.String()
}

func TestReadmeShowsCosts(t *testing.T) {
	args := []string{"cost", "--streams", "1,100,3000", "--transitions-per-second", "10"}
	cost, _, _ := strings.Cut(stdout(t, args...), "\nItems, ")
	if got, want := section(t, "cost"), indented(cost); got != want {
		t.Errorf("README.md shows\n%s\nvqa cost prints\n%s", got, want)
	}
	args = append(args, "--compare")
	args[2] = "3000"
	if got, want := section(t, "compare"), indented(stdout(t, args...)); got != want {
		t.Errorf("README.md shows\n%s\nvqa cost --compare prints\n%s", got, want)
	}
}
