package hls

import (
	"flag"
	"fmt"
	"testing"
	"time"

	"github.com/vqa-project/vqa/detectors"
	"github.com/vqa-project/vqa/detectors/measure"
)

// window returns a live playlist of 4 s segments a, b, c ... from one on.
func window(sequence, discontinuity int64, names string) measure.Playlist {
	p := measure.Playlist{URL: "live", Target: 4 * time.Second, Sequence: sequence, DiscontinuitySequence: discontinuity}
	var at time.Duration
	marked := false
	for _, n := range names {
		if n == '|' {
			marked = true
			continue
		}
		p.Segments = append(p.Segments, measure.Segment{URL: string(n) + ".ts?key=" + fmt.Sprint(sequence), Start: at, Duration: p.Target, Discontinuity: marked})
		at, marked = at+p.Target, false
	}
	return p
}

func TestLive(t *testing.T) {
	type refresh struct {
		after float64
		list  measure.Playlist
	}
	regular := []refresh{{4, window(1, 0, "bcd")}, {8, window(2, 0, "cde")}, {12, window(3, 0, "def")}}
	for _, tt := range []struct {
		name  string
		first measure.Playlist
		then  []refresh
		want  string
	}{
		{"regular", window(0, 0, "abc"), regular, ""},
		{"the same, not for long", window(0, 0, "abc"), []refresh{{2, window(0, 0, "abc")}, {5.9, window(0, 0, "abc")}, {6.2, window(1, 0, "bcd")}}, ""},
		{"stale", window(0, 0, "abc"), []refresh{{4, window(1, 0, "bcd")}, {8, window(1, 0, "bcd")}, {14, window(1, 0, "bcd")}, {16, window(2, 0, "cde")}},
			"stale_playlist 16 10"},
		{"stale up to the end", window(0, 0, "abc"), []refresh{{4, window(0, 0, "abc")}, {9, window(0, 0, "abc")}}, "stale_playlist 12 9"},
		{"has ended", func() measure.Playlist { p := window(0, 0, "abc"); p.Ended = true; return p }(), []refresh{{40, window(0, 0, "abc")}}, ""},
		{"the sequence goes back", window(7, 0, "abc"), []refresh{{4, window(3, 0, "bcd")}, {8, window(4, 0, "cde")}}, "media_sequence_error 12 -5"},
		{"the sequence stands still", window(7, 0, "abc"), []refresh{{4, window(7, 0, "bcd")}, {8, window(7, 0, "cde")}, {12, window(8, 0, "def")}}, "media_sequence_error 12 -1"},
		{"the encoder starts anew", window(7, 0, "abc"), []refresh{{4, window(0, 0, "xyz")}, {8, window(1, 0, "yzA")}}, "media_sequence_error 12 -10"},
		{"segments come and go unseen", window(0, 0, "abc"), []refresh{{4, window(6, 0, "ghi")}, {8, window(7, 0, "hij")}}, "media_sequence_error 12 3"},
		{"not looked at for long", window(0, 0, "abc"), []refresh{{40, window(10, 0, "klm")}, {44, window(11, 0, "lmn")}}, ""},
		{"discontinuities are counted", window(0, 0, "a|bc"), []refresh{{4, window(1, 0, "|bcd")}, {8, window(2, 1, "cde")}, {12, window(3, 1, "de|f")}}, ""},
		{"discontinuities are not counted", window(0, 0, "a|bc"), []refresh{{4, window(1, 0, "|bcd")}, {8, window(2, 0, "cde")}, {12, window(3, 0, "def")}},
			"discontinuity_sequence_error 16 -1"},
		{"not retrieved", window(0, 0, "abc"), []refresh{{4, measure.Playlist{URL: "live", Err: "404"}}}, "playlist_error 12 1"},
		{"too long later", window(0, 0, "abc"), []refresh{{4, func() measure.Playlist {
			p := window(1, 0, "bcd")
			p.Segments[2].Duration = 5 * time.Second
			return p
		}()}}, "target_duration_exceeded 12 5"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := ""
			sink := func(e detectors.Event) { got += fmt.Sprintf(" %s %v %v", e.Kind, e.Start.Seconds(), e.Value) }
			run, err := Detector.Setup(flag.NewFlagSet("hls", flag.ContinueOnError))(measure.Program{Playlists: []measure.Playlist{tt.first}}, sink)
			if err != nil {
				t.Fatal(err)
			}
			for _, f := range tt.then {
				run.Resource(&measure.Resource{URL: "live", Playlist: &f.list, After: span(f.after)})
			}
			run.Flush(0)
			if want := tt.want; want != "" && got != " "+want || want == "" && got != "" {
				t.Errorf("events%s, want %s", got, want)
			}
		})
	}
}

// A live playlist goes on for weeks: what has left it is not kept.
func TestLiveKeepsLittle(t *testing.T) {
	r := &run{sink: func(e detectors.Event) { t.Errorf("event %+v", e) }, failed: map[string]bool{}, empty: map[string]bool{}}
	at := func(i int64) measure.Playlist {
		p := measure.Playlist{Target: time.Second, Sequence: i}
		for n := i; n < i+5; n++ {
			p.Segments = append(p.Segments, measure.Segment{URL: fmt.Sprint(n), Start: time.Duration(n-i) * time.Second, Duration: time.Second})
		}
		return p
	}
	l := newList(at(0), 0)
	r.lists = append(r.lists, l)
	for i := range int64(1000) {
		p := at(i)
		r.again(l, &measure.Resource{Playlist: &p, After: time.Duration(i) * time.Second})
	}
	if len(l.Segments) > 5+keptSegments+1 || l.Duration() != 1004*time.Second {
		t.Errorf("%d segments up to %v", len(l.Segments), l.Duration())
	}
}
