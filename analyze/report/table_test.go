package report

import (
	"bytes"
	"slices"
	"strings"
	"testing"
)

// film returns the messages of an input with something of everything.
func film() []Message {
	return []Message{
		{Header: &Header{
			Schema:    Schema,
			Tool:      Tool{Name: "vqa", Version: "v1.2.3", Libraries: map[string]string{"libavcodec": "59.37.100"}},
			Input:     "film.mkv",
			StartedAt: "2024-05-06T07:08:09Z",
			Format:    "matroska,webm",
			DurationS: 4000,
			Streams: []Stream{
				{Index: 0, Type: "video", Codec: "h264", Analyzed: true, Width: 1920, Height: 1080, FrameRate: "30000/1001"},
				{Index: 1, Type: "audio", Codec: "aac", Analyzed: true, SampleRate: 44100, Channels: 2, ChannelLayout: "stereo", Language: "eng"},
				{Index: 2, Type: "subtitle", Codec: "subrip"},
			},
			Options: map[string]map[string]any{"freeze": {"min-duration": "2s"}},
		}},
		{Event: &Event{Detector: "uniform", Kind: "bars", Stream: 0, StartS: 3600, EndS: 3725.5, Value: 0.98765, Limit: 0.9, Unit: ""}},
		{Event: &Event{Detector: "freeze", Kind: "freeze", Stream: 0, StartS: 3.2, EndS: 6.24, Value: 3.04, Limit: 2, Unit: "s",
			Evidence: map[string]float64{"pictures": 91, "difference": 0.0125}}},
		{Event: &Event{Detector: "silence", Kind: "silence", Stream: 1, StartS: 3.2, EndS: 6.2, Value: 3, Limit: 2, Unit: "s"}},
		{Summary: &Summary{
			Input:     "film.mkv",
			DurationS: 4000.04,
			Detectors: map[string]Detector{
				"freeze":  {Status: Defects, Events: 1},
				"silence": {Status: Defects, Events: 1},
				"loudness": {Status: Clean, Measures: []Measure{
					{Stream: 1, Name: "loudness_integrated_lufs", Value: -22.96},
					{Stream: 1, Name: "loudness_range_lu", Value: 5},
					{Stream: 3, Name: "true_peak_max_dbtp", Value: -1.5},
					{Stream: 3, Name: "shares_\x1b", Value: 0.25},
				}},
				"uniform": {Status: Defects, Events: 1},
				"black":   {Status: Clean},
				"hum":     {Status: Failed, Error: "out of tune"},
			},
			Counters: Counters{Packets: 9, Pictures: 5, DecodeErrors: 2, DamagedPictures: 1},
		}},
	}
}

// mute returns the messages of an input that ended early.
func mute() []Message {
	return []Message{
		{Header: &Header{Schema: Schema, Input: "mute.ts", Streams: []Stream{{Type: "video", Codec: "mpeg2video", Analyzed: true}}}},
		{Summary: &Summary{
			Input:       "mute.ts",
			Interrupted: true,
			Detectors:   map[string]Detector{"freeze": {Status: Clean}, "silence": {Status: NotApplicable}},
		}},
	}
}

// broken returns the messages of an input that could not be opened.
func broken() []Message {
	return []Message{
		{Header: &Header{Schema: Schema, Input: "a\x1b[2J.mp4"}},
		{Summary: &Summary{
			Error:     "opening \"a\x1b[2J.mp4\": is empty",
			Detectors: map[string]Detector{"freeze": {Status: Failed, Error: "is empty"}},
		}},
	}
}

func write(t *testing.T, w Writer, messages ...Message) {
	t.Helper()
	for _, m := range messages {
		if err := w.Write(m); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
}

func TestTable(t *testing.T) {
	const want = `film.mkv: matroska, 1:06:40.040, h264 1920x1080 29.97 fps, aac 44.1 kHz stereo (eng), 1 other stream

  START        END          DURATION     DETECTOR      STREAM  VALUE  LIMIT  EVIDENCE
  0:00:03.200  0:00:06.240  3.04 s       freeze        0              2 s    difference=0.0125 …
  0:00:03.200  0:00:06.200  3 s          silence       1              2 s
  1:00:00.000  1:02:05.500  0:02:05.500  uniform bars  0       0.988  0.9

found: freeze 1, silence 1, uniform 1
clean: black, loudness
could not check (out of tune): hum
stream 1: loudness integrated -22.96 LUFS, loudness range 5 LU
stream 3: true peak max -1.5 dBTP, shares \x1b 0.25
2 decode errors, 1 damaged picture

mute.ts: mpeg2video
clean: freeze
not applicable (no sound): silence
interrupted: not read to its end

a\x1b[2J.mp4
not read to its end: opening "a\x1b[2J.mp4": is empty
`
	var b strings.Builder
	write(t, NewTable(&b, 100), slices.Concat(film(), mute(), broken())...)
	if b.String() != want {
		t.Errorf("got\n%s\nwant\n%s", b.String(), want)
	}
	for line := range strings.Lines(b.String()) {
		if strings.HasPrefix(line, "  ") && len([]rune(line)) > 100+len("\n") {
			t.Errorf("wider than 100 columns: %s", line)
		}
	}
}

func TestListsAreWrapped(t *testing.T) {
	items := []string{"black", "blockiness", "freeze", "überlang"}
	for _, tt := range []struct {
		width int
		want  string
	}{
		{100, "clean: black, blockiness, freeze, überlang\n"},
		{42, "clean: black, blockiness, freeze, überlang\n"},
		{41, "clean: black, blockiness, freeze,\n    überlang\n"},
		{14, "clean: black,\n    blockiness,\n    freeze,\n    überlang\n"},
		{1, "clean:\n    black,\n    blockiness,\n    freeze,\n    überlang\n"},
	} {
		var b bytes.Buffer
		list{"clean", items}.write(&b, tt.width)
		if b.String() != tt.want {
			t.Errorf("in %d columns:\n%swant\n%s", tt.width, b.String(), tt.want)
		}
	}
}

func TestEvidence(t *testing.T) {
	m := map[string]float64{"drift_max": 0.5, "pictures": 75}
	for _, tt := range []struct {
		width int
		want  string
	}{
		{100, "drift_max=0.5 pictures=75"},
		{27, "drift_max=0.5 pictures=75"},
		{24, "drift_max=0.5 …"},
		{13, "pictures=75 …"},
		{5, ""},
		{-5, ""},
	} {
		if got := evidence(m, tt.width); got != tt.want {
			t.Errorf("in %d columns: %q, want %q", tt.width, got, tt.want)
		}
	}
}

func TestContainer(t *testing.T) {
	const mov = "mov,mp4,m4a,3gp,3g2,mj2"
	for _, tt := range []struct{ format, input, want string }{
		{mov, "a.mp4", "mp4"},
		{mov, "-", "mov"},
		{mov, "a.bin", "mov"},
		{"mpegts", "a.ts", "mpegts"},
	} {
		if got := container(&Document{Format: tt.format, Input: tt.input}); got != tt.want {
			t.Errorf("%s in %s is %q, want %q", tt.format, tt.input, got, tt.want)
		}
	}
}

// Of a transport stream, errors are told apart by their PIDs.
func TestTablePID(t *testing.T) {
	var b bytes.Buffer
	w := NewTable(&b, 100)
	for _, m := range []Message{
		{Header: &Header{Schema: Schema, Input: "a.ts"}},
		{Event: &Event{Detector: "ts", Kind: "crc_error", Stream: -1, Value: 1, Unit: "errors", Evidence: map[string]float64{"pid": 0x1745}}},
		{Event: &Event{Detector: "ts", Kind: "crc_error", Stream: 3, Value: 1, Unit: "errors", Evidence: map[string]float64{"pid": 0x100}}},
		{Summary: &Summary{Input: "a.ts"}},
	} {
		if err := w.Write(m); err != nil {
			t.Fatal(err)
		}
	}
	if s := b.String(); !strings.Contains(s, " 0x1745 ") || !strings.Contains(s, " 3 ") {
		t.Errorf("no PID in\n%s", s)
	}
}
