package main

import (
	"math"
	"testing"

	"github.com/vqa-project/vqa/fixtures"
)

// messages are lines as ffmpeg writes them, with more around.
const messages = `  Stream #0:1 (aac) -> silencedetect:default
[freezedetect @ 0x55f6] lavfi.freezedetect.freeze_start: 5.5
[metadata@stream0 @ 0x563a] frame:50   pts:25600   pts_time:7.5
[metadata@stream0 @ 0x563a] lavfi.freezedetect.freeze_start=5.5
[metadata@stream0 @ 0x563a] lavfi.freezedetect.freeze_duration=3
[metadata@stream0 @ 0x563a] lavfi.freezedetect.freeze_end=8.5
[metadata@stream0 @ 0x563a] lavfi.black_start=8
[blackdetect @ 0x55f7] black_start:8.75 black_end:11.25 black_duration:2.5
[silencedetect @ 0x55f8] silence_start: 2.5
[ametadata@stream2 @ 0x56c0] lavfi.silence_start=2.5
[ametadata@stream1 @ 0x56c1] lavfi.silence_start.1=3.5
[ametadata@stream1 @ 0x56c1] lavfi.silence_start.2=3.75
[ametadata@stream1 @ 0x56c1] lavfi.silence_end.2=6.5
[silencedetect @ 0x55f8] silence_end: 12 | silence_duration: 9.5
`

func TestParse(t *testing.T) {
	l := layout{video: 0, audio: []int{1, 2}, startS: 1.5, endS: map[int]float64{0: 10, 1: 10.25, 2: 10.5}}
	got, err := l.parse(messages)
	if err != nil {
		t.Fatal(err)
	}
	want := []fixtures.Event{
		{Detector: silence, Kind: silence, Stream: 2, StartS: 1, EndS: 10.5},
		{Detector: silence, Kind: silence, Stream: 1, StartS: 2, EndS: 10.25},
		{Detector: silence, Kind: silence, Stream: 1, StartS: 2.25, EndS: 5},
		{Detector: freeze, Kind: freeze, StartS: 4, EndS: 7},
		{Detector: black, Kind: black, StartS: 7.25, EndS: 9.75},
	}
	for i := range max(len(want), len(got)) {
		if i >= len(want) || i >= len(got) || got[i] != want[i] {
			t.Fatalf("got  %v\nwant %v", got, want)
		}
	}
	if got, err := l.parse("[blackdetect @ 0x1] black_start:x black_end:2"); err == nil {
		t.Errorf("%v from what is no time", got)
	}
}

func TestGraph(t *testing.T) {
	l := layout{video: 0, audio: []int{1}}
	got, _ := l.graph(map[string]string{"black.min-duration": "500ms", "silence.level": "-50", "silence.per-channel": "true", "freeze.ignore-black": "true"})
	want := "[0:0]freezedetect,blackdetect=black_min_duration=0.5,metadata@stream0=mode=print[out0];" +
		"[0:1]silencedetect=noise=-50dB:mono=true,ametadata@stream1=mode=print[out1]"
	if got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func TestJudge(t *testing.T) {
	event := func(detector string, startS, endS float64) fixtures.Event {
		return fixtures.Event{Detector: detector, StartS: startS, EndS: endS}
	}
	optional := event(freeze, 4, 6)
	optional.Optional = true
	want := []fixtures.Event{event(black, 4, 6), optional, event(black, 8, 10)}
	got := []fixtures.Event{event(black, 3, 6), event(black, 4, 6.5), event(freeze, 4, 5.5), event(silence, 8, 10)}
	v := judge(want, got)
	if len(v.found) != 1 || math.Abs(v.found[0].got.EndS-6.5) > 1e-9 || len(v.missed) != 1 || len(v.alarms) != 2 {
		t.Errorf("%+v", v)
	}
}
