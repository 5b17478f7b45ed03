package analyze_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/vqa-project/vqa/analyze"
	"github.com/vqa-project/vqa/analyze/report"
	"github.com/vqa-project/vqa/fixtures"
)

// soundDetectors returns those that look at sound alone.
func soundDetectors(t *testing.T) []analyze.Detector {
	t.Helper()
	names := []string{"channels", "click", "clipping", "dropout", "hiss", "hum", "loudness", "phase", "silence", "tone"}
	out := slices.DeleteFunc(configure(t, nil), func(d analyze.Detector) bool { return !slices.Contains(names, d.Name) })
	if len(out) != len(names) {
		t.Fatalf("%d detectors, want %v", len(out), names)
	}
	return out
}

// listen returns what becomes of a file. All detectors must say the same of it.
func listen(t *testing.T, path string) (status report.Status, d *report.Document) {
	t.Helper()
	_, documents, _ := run(context.Background(), t, analyze.Options{Inputs: []string{path}, Detectors: soundDetectors(t)})
	if len(documents) != 1 {
		t.Fatalf("%d documents", len(documents))
	}
	for name, detector := range documents[0].Detectors {
		s := detector.Status
		if s == report.Defects {
			s = report.Clean // it could look
		}
		if status != "" && s != status {
			t.Errorf("%s is %s, others are %s", name, s, status)
		}
		status = s
	}
	return status, documents[0]
}

// wave writes a WAV file of samples, with what its header says of the rate.
func wave(t *testing.T, rate uint32, samples any) string {
	t.Helper()
	var data bytes.Buffer
	if err := binary.Write(&data, binary.LittleEndian, samples); err != nil {
		t.Fatal(err)
	}
	format, bits := uint16(1), uint16(16)
	if _, ok := samples.([]float32); ok {
		format, bits = 3, 32
	}
	var file bytes.Buffer
	for _, v := range []any{
		[]byte("RIFF"), uint32(36 + data.Len()), []byte("WAVEfmt "), uint32(16), format, uint16(1), // mono
		rate, rate * uint32(bits/8), bits / 8, bits, []byte("data"), uint32(data.Len()), data.Bytes(),
	} {
		if err := binary.Write(&file, binary.LittleEndian, v); err != nil {
			t.Fatal(err)
		}
	}
	path := filepath.Join(t.TempDir(), "sound.wav")
	if err := os.WriteFile(path, file.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestSoundThatIsNone(t *testing.T) {
	nan, inf := float32(math.NaN()), float32(math.Inf(1))
	floats := func(n int, at func(i int) float32) []float32 {
		out := make([]float32, n)
		for i := range out {
			out[i] = at(i)
		}
		return out
	}
	event := func(name string, start, end float64) fixtures.Event {
		return fixtures.Event{Detector: name, Kind: name, StartS: start, EndS: end}
	}
	tones := func(i int) float32 {
		return float32(0.2*math.Sin(float64(i)*0.13) + 0.1*math.Sin(float64(i)*0.031))
	}
	for _, test := range []struct {
		name    string
		rate    uint32
		samples any
		status  report.Status
		want    []fixtures.Event
	}{
		{"0 Hz", 0, make([]int16, 9600), report.Failed, nil},
		{"2 GHz", 2e9, make([]int16, 9600), report.Clean, nil},
		{"no samples", 48000, []int16{}, report.Failed, nil},
		{"one sample", 48000, []int16{1}, report.Clean, nil},
		{"NaN and infinite, now and then", 48000, floats(3*48000, func(i int) float32 {
			switch {
			case i >= 50000 && i < 50002:
				return nan
			case i >= 90000 && i < 90002:
				return -inf
			}
			return tones(i)
		}), report.Clean, []fixtures.Event{event("tone", 0, 3), event("click", 1.042, 1.043), event("click", 1.875, 1.876)}},
		{"NaN alone", 48000, floats(3*48000, func(int) float32 { return nan }), report.Clean,
			[]fixtures.Event{event("silence", 0, 3)}},
		{"infinite for 3 s", 48000, floats(9*48000, func(i int) float32 {
			if i >= 3*48000 && i < 6*48000 {
				return inf
			}
			return tones(i)
		}), report.Clean, []fixtures.Event{event("tone", 0, 3), event("silence", 3, 6), event("tone", 6, 9)}},
	} {
		t.Run(test.name, func(t *testing.T) {
			status, d := listen(t, wave(t, test.rate, test.samples))
			if status != test.status {
				t.Errorf("status %s, want %s", status, test.status)
			}
			for _, line := range fixtures.Compare(test.want, found(d)) {
				t.Error(line)
			}
		})
	}
}

// A broadcaster changes from stereo to 5.1 and back, or from one rate to another,
// without another header. A tone before and behind the change is found in both.
func TestSoundThatChanges(t *testing.T) {
	tone := func(start, end float64) fixtures.Event {
		return fixtures.Event{Detector: "tone", Kind: "tone", StartS: start, EndS: end, ToleranceS: 0.05}
	}
	layout := func(start, end float64) fixtures.Event {
		return fixtures.Event{Detector: "channels", Kind: "layout", StartS: start, EndS: end, ToleranceS: 0.05}
	}
	for _, test := range []struct {
		name, container string
		parts           []string
		want            []fixtures.Event
	}{
		{"stereo to 5.1 and back", "ac3", []string{"-ac 2 -b:a 192k", "-ac 6 -b:a 384k", "-ac 2 -b:a 192k"},
			[]fixtures.Event{tone(0, 3), tone(3, 6), tone(6, 9), layout(3, 6)}},
		{"48 kHz to 32 kHz", "mp2", []string{"-ar 48000 -b:a 192k", "-ar 32000 -b:a 192k"},
			[]fixtures.Event{tone(0, 3.09), tone(3.08, 6)}}, // and what the encoder fills its last frame with
	} {
		t.Run(test.name, func(t *testing.T) {
			var file bytes.Buffer
			for _, part := range test.parts {
				// #nosec G204 -- the arguments are above
				cmd := exec.Command("ffmpeg", slices.Concat(
					strings.Fields("-v error -f lavfi -i sine=1000:sample_rate=48000:duration=3 -af volume=2,aformat=channel_layouts=mono"),
					strings.Fields(part), []string{"-f", test.container, "-"})...)
				cmd.Stdout, cmd.Stderr = &file, os.Stderr
				if err := cmd.Run(); err != nil {
					t.Fatal(err)
				}
			}
			path := filepath.Join(t.TempDir(), "sound."+test.container)
			if err := os.WriteFile(path, file.Bytes(), 0o600); err != nil {
				t.Fatal(err)
			}
			status, d := listen(t, path)
			if status != report.Clean {
				t.Errorf("status %s", status)
			}
			for _, line := range fixtures.Compare(test.want, found(d)) {
				t.Error(line)
			}
		})
	}
}

// The picture goes on for 5 s after the sound. What was wrong with the sound ends
// with it, and what comes then is no silence, but no sound.
func TestSoundThatEndsEarly(t *testing.T) {
	event := func(detector, kind string, start, end float64) fixtures.Event {
		return fixtures.Event{Detector: detector, Kind: kind, Stream: 1, StartS: start, EndS: end, ToleranceS: 0.05}
	}
	for _, container := range []string{"mp4", "ts", "mkv"} {
		t.Run(container, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "clip."+container)
			// #nosec G204 -- the arguments are here
			cmd := exec.Command("ffmpeg", "-v", "error", "-f", "lavfi", "-i", "testsrc=size=64x64:rate=25:duration=9",
				"-f", "lavfi", "-i", "sine=50:sample_rate=48000:duration=4", "-f", "lavfi", "-i", "sine=100:sample_rate=48000:duration=4",
				"-f", "lavfi", "-i", "sine=200:sample_rate=48000:duration=4", "-filter_complex", "[1][2][3]amix=3,aformat=channel_layouts=stereo[a]",
				"-map", "0:v", "-map", "[a]", "-c:v", "mpeg4", "-c:a", "aac", path)
			cmd.Stderr = os.Stderr
			if err := cmd.Run(); err != nil {
				t.Fatal(err)
			}
			status, d := listen(t, path)
			if status != report.Clean {
				t.Errorf("status %s", status)
			}
			want := []fixtures.Event{event("hum", "hum", 0, 4), event("silence", "no_sound", 4, 9)}
			for _, line := range fixtures.Compare(want, found(d)) {
				t.Error(line)
			}
		})
	}
}
