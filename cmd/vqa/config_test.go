package main

import (
	"reflect"
	"regexp"
	"strings"
	"testing"
)

func TestReadConfig(t *testing.T) {
	const in = `# what we deliver
detectors: [tilt, "hum"]
fail-on:
  - hum
tilt.min-duration: 500ms
jobs: 2
quiet: yes
`
	got, err := readConfig(strings.NewReader(in))
	want := []entry{
		{"detectors", "tilt,hum", 2},
		{"fail-on", "hum", 3},
		{"tilt.min-duration", "500ms", 5},
		{"jobs", "2", 6},
		{"quiet", "yes", 7},
	}
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("got %v, %v\nwant %v", got, err, want)
	}
}

func TestReadConfigErrors(t *testing.T) {
	for in, want := range map[string]string{
		"jobs 2":                   "1: not a list of keys and values",
		"a: 1\n---\nb: 2":          "2: there is a second document",
		"a: {b: 1}":                "1: a must be a value and not a mapping: keys are flat",
		"a: [[1]]":                 "1: a must be a list of plain values",
		"a: &x 1\nb: *x":           "2: b must be a value or a list of values",
		"a:":                       "1: a has no value",
		"a: 1\nb: 2\na: 3":         "3: key \"a\" is there already, in line 1",
		"a: 1\n\tb: 2":             "2: found a tab character that violates indentation",
		"a: \"\x01\"":              "1: control characters are not allowed",
		"a: 1\n? [complex, key]\n": "2: a key is not a plain word",
	} {
		if _, err := readConfig(strings.NewReader(in)); err == nil || err.Error() != want {
			t.Errorf("%q: error %v, want %q", in, err, want)
		}
	}
}

func FuzzReadConfig(f *testing.F) {
	f.Add("detectors: [freeze, black]\nfreeze.min-duration: 1s\n")
	f.Add("a: &x [1]\nb: *x\n")
	f.Add("? a\n: b\n---\n- c")
	f.Add("")
	line := regexp.MustCompile(`^\d+: `)
	f.Fuzz(func(t *testing.T, in string) {
		entries, err := readConfig(strings.NewReader(in))
		if err != nil && !line.MatchString(err.Error()) {
			t.Errorf("error without a line: %v", err)
		}
		for _, e := range entries {
			if e.line < 1 {
				t.Errorf("entry without a line: %+v", e)
			}
		}
	})
}
