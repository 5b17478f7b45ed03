package report

import (
	"io"
	"os"
	"path/filepath"
	"testing"
)

func TestCreate(t *testing.T) {
	tests := []struct {
		name   string
		before string // content of the file, none where it does not exist
		write  string
		want   string
		files  int // in the directory after Close
	}{
		{"new", "", "results", "results", 1},
		{"replaced", "old", "results", "results", 1},
		{"nothing written", "old", "", "old", 1},
		{"nothing written, new", "", "", "", 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "out.json")
			if tt.before != "" {
				writeFile(t, path, tt.before, 0o640)
			}
			f, err := Create(path)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := io.WriteString(f, tt.write); err != nil {
				t.Fatal(err)
			}
			if got := readFile(t, path); got != tt.before {
				t.Errorf("before Close: %q, want %q", got, tt.before)
			}
			if err := f.Close(); err != nil {
				t.Fatal(err)
			}
			if got := readFile(t, path); got != tt.want {
				t.Errorf("after Close: %q, want %q", got, tt.want)
			}
			files, err := os.ReadDir(filepath.Dir(path))
			if err != nil || len(files) != tt.files {
				t.Errorf("left behind %v (%v), want %d", files, err, tt.files)
			}
			if info, err := os.Stat(path); tt.before != "" && err == nil && info.Mode() != 0o640 {
				t.Errorf("mode %v, want that of the file before", info.Mode())
			}
		})
	}
}

func TestCreateKeepsLink(t *testing.T) {
	dir := t.TempDir()
	target, link := filepath.Join(dir, "target"), filepath.Join(dir, "link")
	writeFile(t, target, "old", 0o644)
	if err := os.Symlink("target", link); err != nil {
		t.Skip(err)
	}
	f, err := Create(link)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(f, "new"); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	if got := readFile(t, target); got != "new" {
		t.Errorf("target of the link is %q", got)
	}
	if info, err := os.Lstat(link); err != nil || info.Mode()&os.ModeSymlink == 0 {
		t.Errorf("the link is %v (%v)", info, err)
	}
}

// A failure must show at once, and leave nothing behind.
func TestCreateFails(t *testing.T) {
	dir := t.TempDir()
	writeFile(t, filepath.Join(dir, "file"), "old", 0o644)
	for _, path := range []string{
		dir,
		filepath.Join(dir, "none", "out.json"),
		filepath.Join(dir, "file", "out.json"),
	} {
		for name, create := range map[string]func(string) (io.WriteCloser, error){"Create": Create, "CreateStream": CreateStream} {
			if f, err := create(path); err == nil || f != nil {
				t.Errorf("%s(%q) gives %v, %v", name, path, f, err)
			}
		}
	}
	if files, err := os.ReadDir(dir); err != nil || len(files) != 1 {
		t.Errorf("left behind %v (%v)", files, err)
	}
}

func TestCreateDevice(t *testing.T) {
	f, err := Create(os.DevNull)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(f, "gone"); err != nil {
		t.Error(err)
	}
	if err := f.Close(); err != nil {
		t.Error(err)
	}
}

func TestCreateStream(t *testing.T) {
	path := filepath.Join(t.TempDir(), "out.ndjson")
	writeFile(t, path, "much longer than what comes", 0o644)
	f, err := CreateStream(path)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(f, "first\n"); err != nil {
		t.Fatal(err)
	}
	if got := readFile(t, path); got != "first\n" {
		t.Errorf("before Close: %q", got)
	}
	if err := f.Close(); err != nil {
		t.Error(err)
	}
}

func writeFile(t *testing.T, path, content string, mode os.FileMode) {
	t.Helper()
	if err := os.WriteFile(path, []byte(content), mode); err != nil {
		t.Fatal(err)
	}
}

// readFile returns the content of a file, nothing where it does not exist.
func readFile(t *testing.T, path string) string {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	return string(b)
}
