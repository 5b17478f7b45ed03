package detectors_test

import (
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/vqa-project/vqa/detectors"
	"github.com/vqa-project/vqa/detectors/measure"
)

// A counter counts the rows of its stream and tells when it is flushed.
type counter struct {
	stream, rows int
	flushed      *[]int
}

func (c *counter) Picture(*measure.Picture) { c.rows++ }
func (c *counter) Block(*measure.Block)     { c.rows++ }
func (c *counter) Flush(time.Duration)      { *c.flushed = append(*c.flushed, c.stream) }

func (c *counter) Measures() []detectors.Measure {
	return []detectors.Measure{{Stream: c.stream, Name: "rows", Value: float64(c.rows)}}
}

func TestEachStreamIsFollowedByItself(t *testing.T) {
	program := measure.Program{Streams: []measure.Stream{
		{Index: 0, Type: measure.Video, Selected: true},
		{Index: 1, Type: measure.Audio, Selected: true},
		{Index: 3, Type: measure.Video, Selected: true},
		{Index: 4, Type: measure.Video},
		{Index: 7, Type: measure.Audio, Selected: true},
	}}
	var flushed []int
	follow := func(s measure.Stream) *counter { return &counter{stream: s.Index, flushed: &flushed} }

	video, err := detectors.PerVideo(program, follow)
	if err != nil {
		t.Fatal(err)
	}
	audio, err := detectors.PerAudio(program, follow)
	if err != nil {
		t.Fatal(err)
	}
	for _, stream := range []int{0, 3, 3, 4} { // 4 is not selected
		video.Picture(&measure.Picture{Stream: stream})
	}
	for _, stream := range []int{1, 7, 7, 7} {
		audio.Block(&measure.Block{Stream: stream})
	}
	video.Flush(time.Second)
	audio.Flush(time.Second)

	if want := []int{0, 3, 1, 7}; !slices.Equal(flushed, want) {
		t.Errorf("flushed %v, want %v", flushed, want)
	}
	want := []detectors.Measure{{0, "rows", 1}, {3, "rows", 2}, {1, "rows", 1}, {7, "rows", 3}}
	if got := append(video.Measures(), audio.Measures()...); !slices.Equal(got, want) {
		t.Errorf("measures %v, want %v", got, want)
	}
}

func TestNoStreamIsNotApplicable(t *testing.T) {
	follow := func(measure.Stream) *counter { return &counter{} }
	program := measure.Program{Streams: []measure.Stream{{Index: 0, Type: measure.Video}}}
	if _, err := detectors.PerVideo(program, follow); !errors.Is(err, detectors.ErrNotApplicable) {
		t.Errorf("video not selected: %v", err)
	}
	if _, err := detectors.PerAudio(program, follow); !errors.Is(err, detectors.ErrNotApplicable) {
		t.Errorf("no audio: %v", err)
	}
}

func TestLasts(t *testing.T) {
	for took, want := range map[time.Duration]bool{
		2 * time.Second: true, 1999 * time.Millisecond: true, 1998 * time.Millisecond: false,
	} {
		if got := detectors.Lasts(took, 2*time.Second); got != want {
			t.Errorf("%v lasts for 2s: %v", took, got)
		}
	}
}
