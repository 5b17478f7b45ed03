package main

import (
	"bytes"
	"context"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/vqa-project/vqa/costmodel"
	"github.com/vqa-project/vqa/detectors/all"
	"github.com/vqa-project/vqa/fixtures"
)

var update = flag.Bool("update", false, "write what is generated into README.md instead of testing it")

// section tests that what stands in README.md between two marks is want, or
// puts it there.
func section(t *testing.T, name, want string) {
	t.Helper()
	path := filepath.Join("..", "..", "README.md")
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	mark, end := "<!-- "+name+" -->\n", "<!-- end of "+name+" -->"
	before, rest, ok := strings.Cut(string(b), mark)
	got, after, closed := strings.Cut(rest, end)
	switch {
	case !ok || !closed:
		t.Fatalf("README.md has no section %q", name)
	case got == want:
	case *update:
		if err := os.WriteFile(path, []byte(before+mark+want+end+after), 0o644); err != nil {
			t.Fatal(err)
		}
	default:
		t.Errorf("README.md says\n%s\nit should say, and does after go test ./cmd/vqa -run TestReadme -update,\n%s", got, want)
	}
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

// The commands of README.md and of the help are such that they can be run.
func TestReadmeAndHelpHaveCommands(t *testing.T) {
	readme, err := os.ReadFile(filepath.Join("..", "..", "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	texts := []string{string(readme)}
	for _, c := range newRootCmd(all.Groups()).Commands() {
		texts = append(texts, c.Example)
	}
	n := 0
	for _, line := range strings.Split(strings.Join(texts, "\n"), "\n") {
		_, call, ok := strings.Cut(line, "vqa ")
		if !ok || !strings.HasPrefix(line, "  ") {
			continue
		}
		call, _, _ = strings.Cut(call, " #")
		call, _, _ = strings.Cut(call, " | ")
		var args []string
		for _, a := range strings.Fields(call) { // none has a space in quotes
			args = append(args, strings.Trim(a, "'"))
		}
		cmd, rest, err := newRootCmd(all.Groups()).Find(args)
		if err != nil || !cmd.HasParent() {
			continue // a sentence
		}
		if err := cmd.ParseFlags(rest); err != nil {
			t.Errorf("%s: %v", strings.TrimSpace(line), err)
		}
		n++
	}
	if n < 30 {
		t.Errorf("%d commands", n)
	}
}

func TestReadmeListsTheDetectors(t *testing.T) {
	section(t, "detectors", stdout(t, "detectors", "--markdown"))
}

func TestReadmeShowsTheDemo(t *testing.T) {
	path, err := fixtures.Make("demo", fixtures.Dir())
	if err != nil {
		t.Fatal(err)
	}
	section(t, "demo", indented(strings.ReplaceAll(stdout(t, "analyze", path), filepath.Dir(path), "build/fixtures")))
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
	section(t, "cost", indented(cost))
	args = append(args, "--compare")
	args[2] = "3000"
	section(t, "compare", indented(stdout(t, args...)))
}

// What was measured, and what it costs to pass all pictures through storage.
func TestReadmeShowsTheProfile(t *testing.T) {
	var b bytes.Buffer
	if err := printProfile(&b, costmodel.DefaultProfile()); err != nil {
		t.Fatal(err)
	}
	section(t, "bench", indented(b.String()))
	section(t, "staged", indented(stdout(t, "cost", "--profile", filepath.Join("..", "..", "costmodel", "profile.json"), "--streams", "3000", "--compare")))
}
