package main

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// stdio is the argument that means standard input or output.
const stdio = "-"

// expand replaces patterns among the inputs by the files that they match. An
// argument that names a file as it stands is no pattern.
func expand(args []string) ([]string, error) {
	var inputs []string
	for _, arg := range args {
		switch {
		case arg == "":
			return nil, usagef("a variable of the shell may be empty", "an INPUT is empty")
		case arg == stdio && slices.Contains(inputs, stdio):
			return nil, usagef("", "standard input can be read only once")
		case !isPattern(arg):
			inputs = append(inputs, arg)
			continue
		}
		matches, err := filepath.Glob(arg)
		if err != nil {
			return nil, usagef("", "%q: %w", arg, err)
		}
		matches = slices.DeleteFunc(matches, isDir)
		if len(matches) == 0 {
			return nil, usagef("check the directory it starts from", "no file matches %q", arg)
		}
		inputs = append(inputs, matches...)
	}
	return inputs, nil
}

func isPattern(arg string) bool {
	if isURL(arg) || !strings.ContainsAny(arg, `*?[`) {
		return false
	}
	_, err := os.Lstat(arg)
	return err != nil
}

func isURL(arg string) bool { return strings.Contains(arg, "://") }

func isDir(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.IsDir()
}

// sameFile reports whether two names, neither of which need exist, are of the
// same file.
func sameFile(a, b string) bool {
	if ia, err := os.Stat(a); err == nil {
		ib, err := os.Stat(b)
		return err == nil && os.SameFile(ia, ib) && ia.Mode().IsRegular()
	}
	pa, errA := filepath.Abs(a)
	pb, errB := filepath.Abs(b)
	return errA == nil && errB == nil && pa == pb
}
