package costmodel

import (
	"encoding/json"
	"strings"
	"testing"
)

func profile() Profile {
	return Profile{
		Schema: ProfileSchema, Tool: "vqa v1", Machine: "a machine", Cores: 2, Runs: 3,
		Clip:      ProfileClip{Name: "clip.mp4", DurationS: 10, Width: 1280, Height: 720, FPS: 50, BitRate: 4e6},
		Detectors: []string{"freeze", "black"},
		Variants: map[string]Figures{
			BenchDecode:    {CPU: 0.1, PeakMemoryBytes: 50 << 20},
			BenchInProcess: {CPU: 0.12, PeakMemoryBytes: 60 << 20},
		},
	}
}

func TestProfileSetsTheWorkload(t *testing.T) {
	b, err := json.Marshal(profile())
	if err != nil {
		t.Fatal(err)
	}
	p, err := ReadProfile(strings.NewReader(string(b)))
	if err != nil {
		t.Fatal(err)
	}
	w := Defaults()
	p.Apply(&w)
	if !near(w.DetectorCPU, 0.01) || w.DecodeCPU != 0.1 || w.MemoryMiB != 60 || w.Detectors != 2 || w.FPS != 50 || w.Width != 1280 || w.StreamMbps != 4 {
		t.Errorf("%+v", w)
	}
	if got := w.processCPU(1); !near(got, 0.12) {
		t.Errorf("a stream as measured takes %g cores", got)
	}
	w.Width, w.Height = 2560, 1440
	if got := w.processCPU(1); !near(got, 0.48) {
		t.Errorf("one of four times the pixels takes %g", got)
	}
	for _, q := range Parameters() {
		if q.Name == "decode-cpu" && !strings.Contains(q.SourceIn(&w), "on a machine") {
			t.Errorf("its source is %q", q.SourceIn(&w))
		}
	}
}

// With the serverless data path measured, its functions take what was measured.
func TestProfileOfTheServerlessPath(t *testing.T) {
	p := profile()
	p.Variants[BenchStaged] = Figures{CPU: 0.42, PeakMemoryBytes: 1, Transitions: 6.1, Puts: 52, Gets: 98, BytesWritten: 70e6, BytesRead: 130e6}
	w := Defaults()
	p.Apply(&w)
	p.ApplyStaged(&w)
	if got := w.functionCPU(); !near(got, 0.42) {
		t.Errorf("functions take %g CPU s for a second of stream", got)
	}
	if w.transitions() != 6.1 || w.puts() != 52 || w.gets() != 98 || !near(w.stored()*w.ImageBytes, 70e6) {
		t.Errorf("%+v", w)
	}
	if err := w.check(); err != nil {
		t.Error(err)
	}
}

func TestReadProfileRefuses(t *testing.T) {
	for want, change := range map[string]func(*Profile){
		`version "vqa.bench/v0"`:                func(p *Profile) { p.Schema = "vqa.bench/v0" },
		`not both variants "decode"`:            func(p *Profile) { delete(p.Variants, BenchDecode) },
		`variant "inprocess" has no CPU time`:   func(p *Profile) { p.Variants[BenchInProcess] = Figures{PeakMemoryBytes: 1} },
		`variant "staged" counted nothing`:      func(p *Profile) { p.Variants[BenchStaged] = Figures{CPU: 1, PeakMemoryBytes: 1} },
		"without detectors":                     func(p *Profile) { p.Detectors = nil },
		"has no size of pictures or frame rate": func(p *Profile) { p.Clip.FPS = 0 },
	} {
		p := profile()
		change(&p)
		b, err := json.Marshal(p)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := ReadProfile(strings.NewReader(string(b))); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want %q", err, want)
		}
	}
	for _, text := range []string{"", "{", "[]", "[1"} {
		if _, err := ReadProfile(strings.NewReader(text)); err == nil {
			t.Errorf("%q is taken for a profile", text)
		}
	}
}
