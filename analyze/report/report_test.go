package report

import (
	"errors"
	"fmt"
	"math"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"
)

func documents(t *testing.T, messages ...Message) []Document {
	t.Helper()
	var docs []Document
	write(t, Gather(func(d *Document) error {
		docs = append(docs, *d)
		return nil
	}), messages...)
	return docs
}

func TestSeconds(t *testing.T) {
	tests := []struct {
		d    time.Duration
		want float64
	}{
		{0, 0},
		{3200 * time.Millisecond, 3.2},
		{time.Second/3 + 400, 0.333334},
		{-1499 * time.Nanosecond, -0.000001},
		{100 * time.Hour, 360000},
	}
	for _, tt := range tests {
		if got := Seconds(tt.d); got != tt.want {
			t.Errorf("Seconds(%v) = %v, want %v", tt.d, got, tt.want)
		}
	}
}

func TestGather(t *testing.T) {
	docs := documents(t, append(film(), mute()...)...)
	if len(docs) != 2 {
		t.Fatalf("%d documents, want 2", len(docs))
	}
	d := docs[0]
	var order []string
	for _, e := range d.Events {
		order = append(order, e.Detector)
	}
	if want := []string{"freeze", "silence", "uniform"}; !slices.Equal(order, want) {
		t.Errorf("events of %v, want %v", order, want)
	}
	if d.DurationS != 4000.04 {
		t.Errorf("duration %v, want what was analysed and not what the container said", d.DurationS)
	}
	if got := d.Detectors["freeze"].Options["min-duration"]; got != "2s" {
		t.Errorf("option min-duration of freeze is %v, want that of the header", got)
	}
	if !docs[1].Interrupted {
		t.Error("the second document is not interrupted")
	}
}

func TestGatherSorts(t *testing.T) {
	events := []Event{
		{Detector: "a", Kind: "a", Stream: 0, StartS: 1},
		{Detector: "a", Kind: "b", Stream: 0, StartS: 1},
		{Detector: "b", Kind: "a", Stream: 0, StartS: 1},
		{Detector: "a", Kind: "a", Stream: 1, StartS: 1},
		{Detector: "a", Kind: "a", Stream: 0, StartS: 2},
	}
	messages := []Message{{Header: &Header{}}}
	for _, i := range []int{3, 4, 2, 0, 1} {
		messages = append(messages, Message{Event: &events[i]})
	}
	messages = append(messages, Message{Summary: &Summary{}})
	if got := documents(t, messages...)[0].Events; !reflect.DeepEqual(got, events) {
		t.Errorf("got %+v\nwant %+v", got, events)
	}
}

func TestGatherWithoutSummary(t *testing.T) {
	cut := film()[:2]
	for name, messages := range map[string][]Message{
		"at the end":           cut,
		"before another input": append(slices.Clone(cut), mute()...),
	} {
		d := documents(t, messages...)[0]
		if d.Input != "film.mkv" || d.Error != errNoSummary || len(d.Events) != 1 {
			t.Errorf("%s: got %+v", name, d)
		}
	}
}

func TestGatherWithoutHeader(t *testing.T) {
	w := Gather(func(*Document) error { return nil })
	if err := w.Write(Message{Event: &Event{}}); err == nil {
		t.Error("no error for an event without a header before it")
	}
}

func TestJSON(t *testing.T) {
	const want = `{
  "schema": "vqa.report/v1",
  "tool": {
    "name": "",
    "version": ""
  },
  "input": "a&b.wav",
  "started_at": "",
  "duration_s": 1.5,
  "streams": [],
  "detectors": {
    "silence": {
      "status": "defects",
      "events": 1
    }
  },
  "events": [
    {
      "detector": "silence",
      "kind": "silence",
      "stream": 0,
      "start_s": 0,
      "end_s": 1.5,
      "value": null,
      "limit": -60,
      "unit": "dBFS",
      "evidence": {
        "peak_dbfs": null
      }
    }
  ],
  "counters": {
    "packets": 0,
    "corrupt_packets": 0,
    "pictures": 0,
    "damaged_pictures": 0,
    "samples": 0,
    "decode_errors": 0,
    "parameter_changes": 0,
    "dropped": 0
  }
}
`
	var b strings.Builder
	write(t, NewJSON(&b),
		Message{Header: &Header{Schema: Schema, Input: "a&b.wav"}},
		Message{Event: &Event{Detector: "silence", Kind: "silence", EndS: 1.5, Value: math.Inf(-1), Limit: -60, Unit: "dBFS",
			Evidence: map[string]float64{"peak_dbfs": math.NaN()}}},
		Message{Summary: &Summary{DurationS: 1.5, Detectors: map[string]Detector{"silence": {Status: Defects, Events: 1}}}},
	)
	if b.String() != want {
		t.Errorf("got\n%s\nwant\n%s", b.String(), want)
	}
}

func TestJSONNeverNull(t *testing.T) {
	var b strings.Builder
	write(t, NewJSON(&b), Message{Header: &Header{}}, Message{Summary: &Summary{}})
	for _, want := range []string{`"streams": []`, `"events": []`, `"detectors": {}`} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("no %s in\n%s", want, b.String())
		}
	}
}

func TestNDJSON(t *testing.T) {
	var b strings.Builder
	var lines []int
	w := NewNDJSON(&b)
	for _, m := range film() {
		if err := w.Write(m); err != nil {
			t.Fatal(err)
		}
		lines = append(lines, strings.Count(b.String(), "\n"))
	}
	if want := []int{1, 2, 3, 4, 5}; !slices.Equal(lines, want) {
		t.Errorf("lines after each message: %v, want %v", lines, want)
	}
	if want := `{"event":{"detector":"silence","kind":"silence","stream":1,"start_s":3.2,"end_s":6.2,"value":3,"limit":2,"unit":"s"}}`; !strings.Contains(b.String(), want+"\n") {
		t.Errorf("no line %s in\n%s", want, b.String())
	}
}

// What went through NDJSON gives the same documents as what did not.
func TestNDJSONRoundTrip(t *testing.T) {
	messages := append(film(), mute()...)
	var b strings.Builder
	write(t, NewNDJSON(&b), messages...)
	var read []Message
	if err := ReadNDJSON(strings.NewReader(b.String()), func(m Message) error {
		read = append(read, m)
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	got, want := documents(t, read...), documents(t, messages...)
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v\nwant %+v", got, want)
	}
}

func TestReadNDJSONErrors(t *testing.T) {
	const header = `{"header":{"schema":"vqa.report/v1","streams":[]}}` + "\n"
	tests := []struct{ name, in, want string }{
		{"not JSON", header + "\nfreeze", "line 3: invalid character"},
		{"cut short", header + `{"event":{"detector":`, "line 2: unexpected end of JSON input"},
		{"nothing in it", "{}", "line 1: not one of header, alert, event, plots and summary"},
		{"two in one", `{"event":{},"summary":{}}`, "line 1: not one of"},
		{"null", "null", "line 1: not one of"},
		{"other schema", `{"header":{"schema":"vqa.report/v9"}}`, `line 1: schema is "vqa.report/v9", not "vqa.report/v1"`},
		{"refused", header + header, "line 2: no more"},
		{"too long", header + strings.Repeat(" ", maxLine+1), "line 2: bufio.Scanner: token too long"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			n := 0
			err := ReadNDJSON(strings.NewReader(tt.in), func(Message) error {
				if n++; n > 1 {
					return errors.New("no more")
				}
				return nil
			})
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("error %v, want %q", err, tt.want)
			}
		})
	}
}

func FuzzNDJSON(f *testing.F) {
	var b strings.Builder
	w := NewNDJSON(&b)
	for _, m := range film() {
		if err := w.Write(m); err != nil {
			f.Fatal(err)
		}
	}
	f.Add(b.String())
	f.Add(`{"event":{"value":null,"evidence":{"x":null}}}`)
	f.Add("{}\n\n")
	f.Fuzz(func(t *testing.T, in string) {
		var read []Message
		if err := ReadNDJSON(strings.NewReader(in), func(m Message) error {
			read = append(read, m)
			return nil
		}); err != nil {
			return
		}
		// What can be read can be written, and reads the same.
		var first, second strings.Builder
		write(t, NewNDJSON(&first), read...)
		again := NewNDJSON(&second)
		if err := ReadNDJSON(strings.NewReader(first.String()), again.Write); err != nil {
			t.Fatalf("reading what was written: %v\n%s", err, first.String())
		}
		if first.String() != second.String() {
			t.Errorf("wrote\n%s\nand then\n%s", first.String(), second.String())
		}
		// Other writers may refuse the order, but must not panic.
		table := NewTable(&first, 80)
		for _, m := range read {
			_ = table.Write(m)
		}
		_ = table.Close()
	})
}

// The wire type of an event must not lose a field.
func TestEventJSONHasAllFields(t *testing.T) {
	event, wire := reflect.TypeFor[Event](), reflect.TypeFor[eventJSON]()
	if event.NumField() != wire.NumField() {
		t.Fatalf("%d fields, wire type %d", event.NumField(), wire.NumField())
	}
	for i := range event.NumField() {
		e, w := event.Field(i), wire.Field(i)
		if e.Name != w.Name || e.Tag != w.Tag {
			t.Errorf("field %d: %s %s, wire type %s %s", i, e.Name, e.Tag, w.Name, w.Tag)
		}
	}
}

type failing struct{ err error }

func (f failing) Write(Message) error { return f.err }
func (f failing) Close() error        { return f.err }

func TestMulti(t *testing.T) {
	full := errors.New("disk full")
	n := 0
	w := Multi(failing{full}, Gather(func(*Document) error { n++; return nil }))
	for _, m := range mute() {
		if err := w.Write(m); !errors.Is(err, full) {
			t.Errorf("error %v, want %v", err, full)
		}
	}
	if err := w.Close(); !errors.Is(err, full) {
		t.Errorf("error %v, want %v", err, full)
	}
	if n != 1 {
		t.Errorf("the other writer got %d documents, want 1", n)
	}
}

func TestPrintable(t *testing.T) {
	tests := []struct{ in, want string }{
		{"Amélie 映画.mkv", "Amélie 映画.mkv"},
		{"a\x1b[31mred", `a\x1b[31mred`},
		{"two\nlines\ttab", `two\nlines\ttab`},
		{"not\xffUTF-8", `not\xffUTF-8`},
		{"gnp.\u202eexe", `gnp.\u202eexe`},
		{`C:\film`, `C:\film`},
		{"", ""},
	}
	for _, tt := range tests {
		if got := Printable(tt.in); got != tt.want {
			t.Errorf("Printable(%q) = %q, want %q", tt.in, got, tt.want)
		}
	}
}

func TestClock(t *testing.T) {
	tests := []struct {
		s    float64
		want string
	}{
		{0, "0:00:00.000"},
		{-0.0001, "0:00:00.000"},
		{-1.5, "-0:00:01.500"},
		{59.9996, "0:01:00.000"},
		{360000.25, "100:00:00.250"},
		{math.NaN(), "?"},
		{math.Inf(1), "?"},
	}
	for _, tt := range tests {
		if got := clock(tt.s); got != tt.want {
			t.Errorf("clock(%v) = %q, want %q", tt.s, got, tt.want)
		}
	}
}

func TestFigure(t *testing.T) {
	for v, want := range map[float64]string{
		0: "0", 3.04: "3.04", 2.9999: "3", 0.98765: "0.988", 0.00012345: "0.000123", -60: "-60", 123456.7: "123456.7",
		math.Inf(-1): "-Inf",
	} {
		if got := figure(v); got != want {
			t.Errorf("figure(%v) = %q, want %q", v, got, want)
		}
	}
}

func TestDescribe(t *testing.T) {
	for want, s := range map[string]Stream{
		"h264 1920x1080 25 fps":             {Type: "video", Codec: "h264", Analyzed: true, Width: 1920, Height: 1080, FrameRate: "25/1"},
		"vp9 8x8":                           {Type: "video", Codec: "vp9", Analyzed: true, Width: 8, Height: 8, FrameRate: "0/0"},
		"aac 48 kHz 5.1(side) (deu)":        {Type: "audio", Codec: "aac", Analyzed: true, SampleRate: 48000, ChannelLayout: "5.1(side)", Language: "deu"},
		"mjpeg 64x64":                       {Type: "video", Codec: "mjpeg", Analyzed: true, Width: 64, Height: 64, FrameRate: "90000/1"},
		"pcm_u8 8 kHz 1 channel":            {Type: "audio", Codec: "pcm_u8", Analyzed: true, SampleRate: 8000, Channels: 1, ChannelLayout: "1 channels"},
		"pcm_s16le 2 channels not analysed": {Type: "audio", Codec: "pcm_s16le", Channels: 2},
		`unknown codec (\x1b) not analysed`: {Type: "video", Language: "\x1b"},
	} {
		if got := describe(s); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

func ExampleReadNDJSON() {
	in := strings.NewReader(`{"header":{"schema":"vqa.report/v1","input":"a.mp4","streams":[]}}
{"event":{"detector":"freeze","kind":"freeze","start_s":3.2,"end_s":6.24,"value":3.04,"limit":2,"unit":"s"}}
`)
	err := ReadNDJSON(in, func(m Message) error {
		if m.Event != nil {
			fmt.Println(m.Event.Detector, m.Event.Value, m.Event.Unit)
			return nil
		}
		return nil
	})
	fmt.Println(err)
	// Output:
	// freeze 3.04 s
	// <nil>
}
