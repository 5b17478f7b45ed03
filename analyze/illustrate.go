package analyze

import (
	"bytes"
	"cmp"
	"context"
	"image/jpeg"
	"maps"
	"slices"
	"time"

	"github.com/vqa-project/vqa/analyze/media"
	"github.com/vqa-project/vqa/analyze/report"
	"github.com/vqa-project/vqa/detectors/measure"
)

const (
	// maxIllustrated is how many events get pictures of their own, the longest
	// of each detector in turn. Others keep the small ones.
	maxIllustrated = 32

	// stillWidth is how wide pictures are.
	stillWidth = 320

	stillQuality = 80 // of image/jpeg, 1 to 100
)

// Illustrate puts pictures of a recorded input beside the events of its
// document: how it looks when each begins, when it is worst or, where no moment is
// known to be, in the middle, and afterwards. It seeks, and decodes a little. Where
// the input is neither a file nor an object in a store, or not the one that was
// analysed, the document stays as it is.
func Illustrate(ctx context.Context, d *report.Document, o media.Options) {
	if !o.Seekable(d.Input) {
		return
	}
	for _, s := range d.Streams {
		if s.Type != string(measure.Video) || !s.Analyzed {
			continue
		}
		events := illustrated(d, s.Index)
		if len(events) == 0 {
			continue
		}
		o.Video, o.Audio = []int{s.Index}, []int{}
		in, err := media.Open(ctx, d.Input, o)
		if err != nil {
			return
		}
		if sameInput(d, in.Program()) {
			illustrate(ctx, in, s.Index, events)
		}
		in.Close()
	}
}

// sameInput reports whether a program is what a document is of.
func sameInput(d *report.Document, p measure.Program) bool {
	return p.Format == d.Format && slices.EqualFunc(d.Streams, p.Streams, func(a report.Stream, b measure.Stream) bool {
		s := Describe(b)
		s.Analyzed = a.Analyzed // by other options
		return s == a
	})
}

// illustrated returns the events that get pictures of a stream: its own, and on
// the first video stream those of sound and of the whole input.
func illustrated(d *report.Document, stream int) []*report.Event {
	first, video := -1, map[int]bool{}
	for _, s := range d.Streams {
		if s.Analyzed && s.Type == string(measure.Video) {
			video[s.Index] = true
			if first < 0 {
				first = s.Index
			}
		}
	}
	byDetector := map[string][]*report.Event{}
	for i := range d.Events {
		if e := &d.Events[i]; e.Stream == stream || stream == first && !video[e.Stream] {
			byDetector[e.Detector] = append(byDetector[e.Detector], e)
		}
	}
	names := slices.Sorted(maps.Keys(byDetector))
	for _, name := range names {
		slices.SortStableFunc(byDetector[name], func(a, b *report.Event) int {
			return cmp.Compare(b.EndS-b.StartS, a.EndS-a.StartS)
		})
	}
	var out []*report.Event
	for i := 0; ; i++ {
		before := len(out)
		for _, name := range names {
			if i < len(byDetector[name]) && len(out) < maxIllustrated {
				out = append(out, byDetector[name][i])
			}
		}
		if len(out) == before {
			return out
		}
	}
}

// A moment of an event is what there is to be a picture of.
type moment struct {
	event *report.Event
	at    time.Duration
	what  string
}

func illustrate(ctx context.Context, in *media.Input, stream int, events []*report.Event) {
	var moments []moment
	for _, e := range events {
		at := func(s float64) time.Duration { return time.Duration(s * float64(time.Second)) }
		within, s := "middle", (e.StartS+e.EndS)/2
		if e.WorstS > e.StartS && e.WorstS < e.EndS {
			within, s = "worst", e.WorstS
		}
		moments = append(moments, moment{e, at(e.StartS), "start"}, moment{e, at(s), within}, moment{e, at(e.EndS), "after"})
	}
	slices.SortStableFunc(moments, func(a, b moment) int { return cmp.Compare(a.at, b.at) })
	var times []time.Duration
	for _, m := range moments {
		times = append(times, m.at)
	}
	stills, _ := in.Stills(ctx, stream, times, stillWidth) // what there is of them
	pictures := map[*report.Event][]report.Picture{}
	for i, s := range stills {
		if s == nil {
			continue
		}
		m := moments[i]
		if before := pictures[m.event]; len(before) > 0 && before[len(before)-1].AtS == report.Seconds(s.At) {
			continue // nothing new is shown
		}
		var b bytes.Buffer
		if jpeg.Encode(&b, s.Image, &jpeg.Options{Quality: stillQuality}) == nil {
			pictures[m.event] = append(pictures[m.event], report.Picture{AtS: report.Seconds(s.At), What: m.what, JPEG: b.Bytes()})
		}
	}
	for e, p := range pictures {
		e.Pictures = p
	}
}
