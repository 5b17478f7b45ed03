package main

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/vqa-project/vqa/fixtures"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"vqa": main})
}

// The scripts have two commands of their own:
//
//	exits STATUS COMMAND...   runs a command, which must end with that exit status
//	fixture NAME FILE         puts the clip of that name there; see package fixtures
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir: filepath.Join("testdata", "script"),
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"exits":   exits,
			"fixture": fixture,
		},
	})
}

func exits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exits STATUS COMMAND...")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	got := 0
	if err := ts.Exec(args[1], args[2:]...); err != nil {
		var exit *exec.ExitError
		if !errors.As(err, &exit) {
			ts.Fatalf("running %s: %v", args[1], err)
		}
		got = exit.ExitCode()
	}
	if got != want {
		ts.Fatalf("exit status %d, want %d", got, want)
	}
}

func fixture(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: fixture NAME FILE")
	}
	clip, err := fixtures.Make(args[0], fixtures.Dir())
	ts.Check(err)
	ts.Check(os.Symlink(clip, ts.MkAbs(args[1])))
}
