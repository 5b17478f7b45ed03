package hls

import (
	"flag"
	"testing"
	"time"

	"github.com/vqa-project/vqa/detectors"
	"github.com/vqa-project/vqa/detectors/measure"
)

// vod returns a playlist of segments of so many seconds.
func vod(rank string, target float64, seconds ...float64) measure.Playlist {
	p := measure.Playlist{Rank: rank, Target: span(target), Ended: true}
	var at time.Duration
	for i, s := range seconds {
		p.Segments = append(p.Segments, measure.Segment{URL: rank + string(rune('a'+i)), Start: at, Duration: span(s)})
		at += span(s)
	}
	return p
}

func span(s float64) time.Duration { return time.Duration(s * float64(time.Second)) }

// packets returns packets of 40 ms, with a step of the clock at a time.
func packets(n int, at, step time.Duration) []measure.Packet {
	var out []measure.Packet
	for i := range n {
		t := time.Duration(i) * 40 * time.Millisecond
		if t >= at {
			t += step
		}
		out = append(out, measure.Packet{DTS: t, PTS: t, HasDTS: true, HasPTS: true, Duration: 40 * time.Millisecond})
	}
	return out
}

func TestEvents(t *testing.T) {
	type event struct {
		kind       string
		start, end float64
	}
	declared := vod("", 4, 4, 4, 4)
	declared.Segments[1].Discontinuity = true
	gap := vod("", 4, 4, 4, 4)
	gap.Segments[1].Gap = true
	for _, tt := range []struct {
		name      string
		lists     []measure.Playlist
		resources []measure.Resource
		packets   []measure.Packet
		want      []event
	}{
		{"clean", []measure.Playlist{vod("", 4, 4, 4, 4)}, nil, packets(300, 0, 0), nil},
		{"half a second more than the target", []measure.Playlist{vod("", 4, 4.49, 4)}, nil, nil, nil},
		{"too long", []measure.Playlist{vod("", 4, 4, 4.5, 5, 4)}, nil, nil, []event{{TargetDuration, 4, 13.5}}},
		{"not found", []measure.Playlist{vod("", 4, 4, 4, 4)}, []measure.Resource{{URL: "b", Err: "404"}}, nil, []event{{MissingSegment, 4, 8}}},
		{"the first not found", []measure.Playlist{vod("", 4, 4, 4, 4)}, []measure.Resource{{URL: "a", Err: "404"}}, nil, []event{{MissingSegment, 0, 0}}},
		{"said to be missing", []measure.Playlist{gap}, nil, packets(300, 4*time.Second, 4*time.Second), []event{{MissingSegment, 4, 8}}},
		{"empty", []measure.Playlist{vod("", 4, 4, 4, 4)}, []measure.Resource{{URL: "c"}}, nil, []event{{EmptySegment, 8, 12}}},
		{"a jump", []measure.Playlist{vod("", 4, 4, 4, 4)}, nil, packets(300, 4*time.Second, time.Second), []event{{Undeclared, 4, 4}}},
		{"a jump that is declared", []measure.Playlist{declared}, nil, packets(300, 4*time.Second, time.Second), nil},
		{"a jump within a segment", []measure.Playlist{vod("", 4, 4, 4, 4)}, nil, packets(300, 6*time.Second, time.Second), nil},
		{"renditions", []measure.Playlist{vod("variant", 4, 4, 4, 4), vod("variant", 4, 4, 4, 4), vod("AUDIO", 4, 3, 3, 3, 3)}, nil, nil, nil},
		{"one is short", []measure.Playlist{vod("variant", 4, 4, 4, 4), vod("variant", 4, 4, 4)}, nil, nil, []event{{Duration, 8, 12}}},
		{"not aligned", []measure.Playlist{vod("variant", 4, 4, 4, 4), vod("variant", 4, 4, 3, 4, 1)}, nil, nil, []event{{Alignment, 7, 12}}},
		{"not there", []measure.Playlist{{}, {Err: "404"}}, nil, nil, []event{{PlaylistError, 0, 0}}},
		{"a tag too late", []measure.Playlist{{Invalid: []measure.PlaylistFault{{Line: 3, Tag: "EXT-X-MEDIA-SEQUENCE"}}}}, nil, nil, []event{{MediaSequence, 0, 0}}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var got []event
			sink := func(e detectors.Event) {
				got = append(got, event{e.Kind, e.Start.Seconds(), e.End.Seconds()})
			}
			program := measure.Program{Playlists: tt.lists, Streams: []measure.Stream{{Selected: true, Type: measure.Video}}}
			run, err := Detector.Setup(flag.NewFlagSet("hls", flag.ContinueOnError))(program, sink)
			if err != nil {
				t.Fatal(err)
			}
			for i := range tt.resources {
				run.Resource(&tt.resources[i])
			}
			for i := range tt.packets {
				run.Packet(&tt.packets[i])
			}
			run.Flush(0)
			if len(got) != len(tt.want) {
				t.Fatalf("events %v, want %v", got, tt.want)
			}
			for i := range got {
				if got[i] != tt.want[i] {
					t.Errorf("event %v, want %v", got[i], tt.want[i])
				}
			}
		})
	}
}
