package detectors

import (
	"flag"
	"io"
	"math"
	"strings"
	"testing"
	"time"
)

// options returns a set with one option of each kind, and their values.
func options() (*flag.FlagSet, *time.Duration, *float64) {
	fs := flag.NewFlagSet("test", flag.ContinueOnError)
	fs.SetOutput(io.Discard)
	var d time.Duration
	var level float64
	DurationVar(fs, &d, "min-duration", 2*time.Second, 40*time.Millisecond, time.Hour, "shortest one reported")
	FloatVar(fs, &level, "level", -60, -120, 0, "level in `dBFS` below which it is silent")
	return fs, &d, &level
}

func TestOptionDefaults(t *testing.T) {
	fs, d, level := options()
	if *d != 2*time.Second || *level != -60 {
		t.Errorf("before parsing: %v and %v, want 2s and -60", *d, *level)
	}
	for name, want := range map[string]any{"min-duration": 2 * time.Second, "level": -60.0} {
		f := fs.Lookup(name)
		if got := f.Value.(flag.Getter).Get(); got != want {
			t.Errorf("%s: Get gives %v, want %v", name, got, want)
		}
	}
}

func TestOptionUsage(t *testing.T) {
	fs, _, _ := options()
	var b strings.Builder
	fs.SetOutput(&b)
	fs.PrintDefaults()
	for _, want := range []string{
		"shortest one reported (40ms to 1h0m0s) (default 2s)",
		"-level dBFS",
		"below which it is silent (-120 to 0) (default -60)",
	} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("usage lacks %q:\n%s", want, b.String())
		}
	}
}

func TestOptionSet(t *testing.T) {
	tests := []struct {
		name, value string
		err         string // part of the error; empty where the value is right
	}{
		{"min-duration", "40ms", ""},
		{"min-duration", "1h", ""},
		{"min-duration", "39ms", "must be between 40ms and 1h0m0s"},
		{"min-duration", "1h1ns", "must be between 40ms and 1h0m0s"},
		{"min-duration", "2", "not a duration such as 500ms or 2s, must be between 40ms and 1h0m0s"},
		{"level", "-120", ""},
		{"level", "0", ""},
		{"level", "0.1", "must be between -120 and 0"},
		{"level", "-1e999", "must be between -120 and 0"},
		{"level", "NaN", "must be between -120 and 0"},
		{"level", "-Inf", "must be between -120 and 0"},
		{"level", "quiet", "not a number, must be between -120 and 0"},
	}
	for _, tt := range tests {
		fs, d, level := options()
		err := fs.Parse([]string{"-" + tt.name + "=" + tt.value})
		if tt.err == "" {
			if err != nil {
				t.Errorf("%s=%s: %v", tt.name, tt.value, err)
			}
			continue
		}
		if err == nil || !strings.Contains(err.Error(), tt.err) {
			t.Errorf("%s=%s: error %v, want %q", tt.name, tt.value, err, tt.err)
		}
		if *d != 2*time.Second || *level != -60 {
			t.Errorf("%s=%s: changed a value in spite of the error", tt.name, tt.value)
		}
	}
}

func TestOptionDefaultOutOfRange(t *testing.T) {
	for _, def := range []float64{-1, 2, math.NaN()} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("a default of %v in 0 to 1 did not panic", def)
				}
			}()
			var v float64
			FloatVar(flag.NewFlagSet("test", flag.ContinueOnError), &v, "share", def, 0, 1, "share")
		}()
	}
}

func TestChoice(t *testing.T) {
	fs := flag.NewFlagSet("test", flag.ContinueOnError)
	var b strings.Builder
	fs.SetOutput(&b)
	var v string
	ChoiceVar(fs, &v, "profile", "none", []string{"none", "film"}, "what to hold it against, by `name`")
	fs.PrintDefaults()
	if want := "-profile name\n    \twhat to hold it against, by name (none, film) (default none)"; !strings.Contains(b.String(), want) {
		t.Errorf("usage lacks %q:\n%s", want, b.String())
	}
	value := fs.Lookup("profile").Value.(flag.Getter)
	if err := value.Set("film"); err != nil || v != "film" || value.Get() != "film" {
		t.Errorf("error %v, value %q, Get gives %v", err, v, value.Get())
	}
	if err := value.Set("Film"); err == nil || err.Error() != "must be one of none, film" || v != "film" {
		t.Errorf("error %v, value %q", err, v)
	}
	defer func() {
		if recover() == nil {
			t.Error("a default that is no choice did not panic")
		}
	}()
	ChoiceVar(fs, &v, "other", "", []string{"none"}, "other")
}
