package main

import (
	"cmp"
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/vqa-project/vqa/fixtures"
)

// A layout is what of a clip's streams matters here.
type layout struct {
	video  int // index of the first video stream, or -1
	audio  []int
	startS float64         // of the program, on the container's clock
	endS   map[int]float64 // of each stream, in media time
}

// filter has FFmpeg's filters look at a clip, all its streams in one run.
func filter(clip fixtures.Clip, path string) ([]fixtures.Event, error) {
	l, err := probe(path)
	if err != nil {
		return nil, err
	}
	graph, outputs := l.graph(clip.Options)
	// With -copyts the filters see the container's clock, whatever this
	// version of ffmpeg would make of it.
	args := []string{"-nostdin", "-hide_banner", "-nostats", "-v", "info", "-copyts", "-i", path, "-filter_complex", graph}
	args = append(append(args, outputs...), "-f", "null", "-")
	_, messages, err := execute("ffmpeg", args...)
	if err != nil {
		return nil, err
	}
	return l.parse(string(messages))
}

func ffmpegVersion() (string, error) {
	out, _, err := execute("ffmpeg", "-version")
	version, _, _ := strings.Cut(string(out), " Copyright")
	return version, err
}

func probe(path string) (layout, error) {
	var p struct {
		Streams []struct {
			Index int    `json:"index"`
			Type  string `json:"codec_type"`
		} `json:"streams"`
		Format struct {
			Start float64 `json:"start_time,string"`
		} `json:"format"`
		Packets []struct {
			Stream   int     `json:"stream_index"`
			At       float64 `json:"pts_time,string"`
			Duration float64 `json:"duration_time,string"`
		} `json:"packets"`
	}
	out, _, err := execute("ffprobe", "-v", "error", "-of", "json", "-show_entries",
		"stream=index,codec_type:format=start_time:packet=stream_index,pts_time,duration_time", path)
	if err != nil {
		return layout{}, err
	}
	if err := json.Unmarshal(out, &p); err != nil {
		return layout{}, fmt.Errorf("probing %q: %w", path, err)
	}
	l := layout{video: -1, startS: p.Format.Start, endS: map[int]float64{}}
	for _, s := range p.Streams {
		switch {
		case s.Type == "audio":
			l.audio = append(l.audio, s.Index)
		case s.Type == "video" && l.video < 0:
			l.video = s.Index
		}
	}
	// A stream's duration will not do: WebM has none, and for a transport
	// stream ffprobe guesses.
	for _, k := range p.Packets {
		l.endS[k.Stream] = max(l.endS[k.Stream], k.At+k.Duration-l.startS)
	}
	return l, nil
}

// graph returns the filter graph and the arguments that map its outputs.
//
// The log does not say which of several silencedetects speaks. Behind each chain
// there is thus a filter that prints what the ones before noted on pictures and
// samples, under a name with the stream's index.
func (l *layout) graph(options map[string]string) (graph string, outputs []string) {
	var chains []string
	add := func(stream int, filters ...string) {
		pad := fmt.Sprintf("[out%d]", stream)
		chains = append(chains, fmt.Sprintf("[0:%d]%s@stream%d=mode=print%s", stream, strings.Join(filters, ","), stream, pad))
		outputs = append(outputs, "-map", pad)
	}
	if l.video >= 0 {
		add(l.video, detect(freeze, options), detect(black, options), "metadata")
	}
	for _, stream := range l.audio {
		add(stream, detect(silence, options), "ametadata")
	}
	return strings.Join(chains, ";"), outputs
}

// equivalents are the options of vqa that a filter has as well.
var equivalents = []struct{ detector, option, parameter string }{
	{freeze, "min-duration", "duration"},
	{black, "min-duration", "black_min_duration"},
	{black, "picture-ratio", "picture_black_ratio_th"},
	{black, "pixel-level", "pixel_black_th"},
	{silence, "min-duration", "duration"},
	{silence, "level", "noise"},
	{silence, "per-channel", "mono"},
}

// detect returns the filter of a detector, with a clip's options.
func detect(detector string, options map[string]string) string {
	filter, mark := detector+"detect", "="
	for _, e := range equivalents {
		value, ok := options[detector+"."+e.option]
		if !ok || e.detector != detector {
			continue
		}
		// Not every filter knows the units of a duration.
		if d, err := time.ParseDuration(value); err == nil {
			value = fmt.Sprint(d.Seconds())
		}
		if e.parameter == "noise" {
			value += "dB"
		}
		filter += mark + e.parameter + "=" + value
		mark = ":"
	}
	return filter
}

var (
	// As in "[ametadata@stream2 @ 0x55d1] lavfi.silence_start.1=1.45867".
	noted = regexp.MustCompile(`metadata@stream(\d+) @ \w+\] lavfi\.(?:freezedetect\.)?(freeze|silence)_(start|end)(\.\d+)?=(\S+)`)

	// As in "[blackdetect @ 0x55d1] black_start:7 black_end:9.96". What it
	// notes on pictures will not do, as that is black of any length.
	blackened = regexp.MustCompile(`black_start:(\S+) black_end:(\S+)`)
)

// parse returns the events that the messages of ffmpeg tell of.
func (l *layout) parse(messages string) ([]fixtures.Event, error) {
	type source struct {
		detector, channel string
		stream            int
	}
	var events []fixtures.Event
	add := func(s source, startS, endS float64) {
		events = append(events, fixtures.Event{Detector: s.detector, Kind: s.detector, Stream: s.stream, StartS: startS, EndS: endS})
	}
	var failed error
	number := func(s string) float64 {
		n, err := strconv.ParseFloat(s, 64)
		if err != nil {
			failed = fmt.Errorf("reading what ffmpeg says: %w", err)
		}
		return n
	}
	open := map[source]float64{}
	for line := range strings.Lines(messages) {
		if m := blackened.FindStringSubmatch(line); m != nil {
			add(source{detector: black, stream: l.video}, number(m[1])-l.startS, number(m[2])-l.startS)
		}
		if m := noted.FindStringSubmatch(line); m != nil {
			s := source{detector: m[2], channel: m[4], stream: int(number(m[1]))}
			at := number(m[5]) - l.startS
			if m[3] == "start" {
				open[s] = at
				continue
			}
			add(s, open[s], at)
			delete(open, s)
		}
	}
	// After what lasts to the end comes nothing to note an end on.
	for s, startS := range open {
		add(s, startS, l.endS[s.stream])
	}
	slices.SortFunc(events, func(a, b fixtures.Event) int {
		return cmp.Or(cmp.Compare(a.StartS, b.StartS), cmp.Compare(a.EndS, b.EndS), cmp.Compare(a.Stream, b.Stream), cmp.Compare(a.Detector, b.Detector))
	})
	return events, failed
}
