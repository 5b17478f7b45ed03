// Package hls holds HLS playlists against RFC 8216, and against what comes of
// their segments.
package hls

import (
	"flag"
	"fmt"
	"math"
	"time"

	"github.com/vqa-project/vqa/detectors"
	"github.com/vqa-project/vqa/detectors/measure"
)

// Kinds of events.
const (
	PlaylistError   = "playlist_error"           // a playlist cannot be read, or breaks the rules
	TargetDuration  = "target_duration_exceeded" // a segment is longer than EXT-X-TARGETDURATION
	MediaSequence   = "media_sequence_error"     // EXT-X-MEDIA-SEQUENCE is wrong
	DiscontinuityNo = "discontinuity_sequence_error"
	MissingSegment  = "missing_segment" // it cannot be opened, or is said to be missing
	EmptySegment    = "empty_segment"
	Undeclared      = "undeclared_discontinuity" // timestamps jump between segments, and the playlist does not say so
	Duration        = "rendition_duration"       // playlists of one presentation are not equally long
	Alignment       = "rendition_alignment"      // their segments do not begin at the same times
)

// Detector finds defects of HLS playlists and their segments.
var Detector = &detectors.Detector{
	Name:  "hls",
	Doc:   doc,
	Needs: measure.Playlists,
	Setup: setup,
}

const doc = `playlists and segments of HLS

The playlist named, and all that it names, are held against RFC 8216 as they are
when the input is opened. Where segments are is told by the sum of the durations
before them, from the first that is not missing.

playlist_error: a playlist cannot be retrieved, does not begin with #EXTM3U, or has
a segment without EXTINF, or no EXT-X-TARGETDURATION. media_sequence_error,
discontinuity_sequence_error: that tag is no number, or comes after a segment.

target_duration_exceeded: a segment, rounded to whole seconds, is longer than the
playlist's EXT-X-TARGETDURATION (4.3.3.1); neighbours are one event, and its value
is the longest.

missing_segment: a segment could not be retrieved, or the playlist says by EXT-X-GAP
that it is missing. empty_segment: it has no bytes. Only segments of what is
analysed are opened.

undeclared_discontinuity: the timestamps of a stream jump by max-jump or more where
a segment begins, and there is no EXT-X-DISCONTINUITY; the value is the step.
Jumps after a segment that is missing are its own.

rendition_duration: a playlist is shorter than the longest by more than max-difference.
rendition_alignment: a segment of a variant begins more than max-difference from the
nearest one of the first variant, so that players cannot switch there.

The defaults are this program's own. What live playlists do from one retrieval to the
next, such as to become stale, is not looked at.`

type options struct{ maxJump, maxDifference time.Duration }

func setup(fs *flag.FlagSet) detectors.Start {
	o := &options{}
	detectors.DurationVar(fs, &o.maxJump, "max-jump", 500*time.Millisecond, 10*time.Millisecond, time.Hour,
		"smallest step of timestamps that must be declared")
	detectors.DurationVar(fs, &o.maxDifference, "max-difference", 500*time.Millisecond, 10*time.Millisecond, time.Hour,
		"how far renditions may be from each other")
	return o.start
}

func (o *options) start(p measure.Program, sink detectors.Sink) (detectors.Run, error) {
	if len(p.Playlists) == 0 {
		return detectors.Run{}, fmt.Errorf("%w: no HLS playlist", detectors.ErrNotApplicable)
	}
	r := &run{options: *o, sink: sink, lists: p.Playlists, failed: map[string]bool{}, empty: map[string]bool{}, due: map[int]time.Duration{}, mediaOf: map[int]bool{}}
	for _, s := range p.Streams {
		r.mediaOf[s.Index] = s.Selected
	}
	return detectors.Run{Resource: r.resource, Packet: r.packet, Flush: func(time.Duration) { r.flush() }}, nil
}

type run struct {
	options
	sink          detectors.Sink
	lists         []measure.Playlist
	failed, empty map[string]bool // segments, by URL
	mediaOf       map[int]bool
	due           map[int]time.Duration // of the next packet, by stream
	jumps         []jump
}

// A jump is where timestamps do not follow.
type jump struct {
	stream   int
	from, to time.Duration
}

func (r *run) resource(row *measure.Resource) {
	switch {
	case row.Err != "":
		r.failed[row.URL] = true
	case row.Bytes == 0:
		r.empty[row.URL] = true
	}
}

func (r *run) packet(p *measure.Packet) {
	if !p.HasDTS || !r.mediaOf[p.Stream] {
		return
	}
	due, begun := r.due[p.Stream]
	r.due[p.Stream] = p.DTS + p.Duration
	if step := p.DTS - due; begun && step.Abs() >= r.maxJump {
		r.jumps = append(r.jumps, jump{p.Stream, due, p.DTS})
	}
}

// flush says what is wrong: only now it is known what is missing.
func (r *run) flush() {
	for i := range r.lists {
		r.rules(&r.lists[i], i)
		r.segments(&r.lists[i], i)
	}
	r.discontinuities()
	r.renditions()
}

func (r *run) event(kind string, stream int, start, end time.Duration, value, limit float64, unit string, evidence map[string]float64) {
	start = max(start, 0) // before the first segment that is there
	r.sink(detectors.Event{
		Kind: kind, Stream: stream, Start: start, End: max(end, start),
		Value: value, Limit: limit, Unit: unit, Evidence: evidence,
	})
}

func (r *run) rules(p *measure.Playlist, number int) {
	if p.Err != "" {
		r.event(PlaylistError, detectors.WholeInput, 0, 0, 1, 0, "errors", map[string]float64{"playlist": float64(number)})
	}
	for _, f := range p.Invalid {
		kind := PlaylistError
		switch f.Tag {
		case "EXT-X-MEDIA-SEQUENCE":
			kind = MediaSequence
		case "EXT-X-DISCONTINUITY-SEQUENCE":
			kind = DiscontinuityNo
		}
		r.event(kind, detectors.WholeInput, 0, 0, 1, 0, "errors", map[string]float64{"playlist": float64(number), "line": float64(f.Line)})
	}
}

// zero is the time in the playlist of media time 0.
func (r *run) zero(p *measure.Playlist) time.Duration {
	for i := range p.Segments {
		if s := &p.Segments[i]; !r.failed[s.URL] && !r.empty[s.URL] {
			return s.Start
		}
	}
	return 0
}

// segments reports segments that are too long, missing or empty. Neighbours
// are one event.
func (r *run) segments(p *measure.Playlist, number int) {
	zero := r.zero(p)
	for _, check := range []struct {
		kind string
		is   func(s *measure.Segment) bool
	}{
		{TargetDuration, func(s *measure.Segment) bool {
			return p.Target > 0 && math.Round(s.Duration.Seconds()) > p.Target.Seconds()
		}},
		{MissingSegment, func(s *measure.Segment) bool { return s.Gap || r.failed[s.URL] }},
		{EmptySegment, func(s *measure.Segment) bool { return r.empty[s.URL] }},
	} {
		for i := 0; i < len(p.Segments); i++ {
			first, longest := i, time.Duration(0)
			for ; i < len(p.Segments) && check.is(&p.Segments[i]); i++ {
				longest = max(longest, p.Segments[i].Duration)
			}
			if i == first {
				continue
			}
			value, limit, unit := float64(i-first), 0., "segments"
			if check.kind == TargetDuration {
				value, limit, unit = longest.Seconds(), p.Target.Seconds(), "s"
			}
			r.event(check.kind, detectors.WholeInput, p.Segments[first].Start-zero, p.Segments[i-1].End()-zero, value, limit, unit, map[string]float64{
				"playlist": float64(number), "segments": float64(i - first), "segment_first": float64(p.Sequence + int64(first)),
			})
		}
	}
}

// near is how far a jump may be from where a segment begins.
const near = 500 * time.Millisecond

func (r *run) discontinuities() {
	for _, j := range r.jumps {
		for i := range r.lists {
			if s := r.boundary(&r.lists[i], j.from); s != nil {
				if !s.Discontinuity {
					r.event(Undeclared, j.stream, j.from, j.from, (j.to - j.from).Seconds(), r.maxJump.Seconds(), "s", map[string]float64{"playlist": float64(i)})
				}
				break
			}
		}
	}
}

// boundary returns the segment that begins at a time, unless those before it
// are missing.
func (r *run) boundary(p *measure.Playlist, at time.Duration) *measure.Segment {
	zero := r.zero(p)
	for i := 1; i < len(p.Segments); i++ {
		s, before := &p.Segments[i], &p.Segments[i-1]
		if (s.Start-zero-at).Abs() <= near && !before.Gap && !s.Gap && !r.failed[before.URL] && !r.failed[s.URL] && !r.empty[before.URL] && !r.empty[s.URL] {
			return s
		}
	}
	return nil
}

// renditions holds the playlists of one presentation against each other.
func (r *run) renditions() {
	var longest time.Duration
	for i := range r.lists {
		if p := &r.lists[i]; p.Ended {
			longest = max(longest, p.Duration())
		}
	}
	var first *measure.Playlist
	for i := range r.lists {
		p := &r.lists[i]
		if !p.Ended || len(p.Segments) == 0 {
			continue
		}
		if short := longest - p.Duration(); short > r.maxDifference {
			r.event(Duration, detectors.WholeInput, p.Duration(), longest, short.Seconds(), r.maxDifference.Seconds(), "s", map[string]float64{"playlist": float64(i)})
		}
		if p.Rank != "variant" {
			continue
		}
		if first == nil {
			first = p
			continue
		}
		r.aligned(first, p, i)
	}
}

// aligned reports from where on to where segments begin at other times.
func (r *run) aligned(first, p *measure.Playlist, number int) {
	var start, end, worst time.Duration
	n, j := 0, 0
	for i := range p.Segments {
		at := p.Segments[i].Start
		for j+1 < len(first.Segments) && (first.Segments[j+1].Start-at).Abs() <= (first.Segments[j].Start-at).Abs() {
			j++
		}
		off := (first.Segments[j].Start - at).Abs()
		if off <= r.maxDifference {
			continue
		}
		if n == 0 {
			start = at
		}
		n, end, worst = n+1, p.Segments[i].End(), max(worst, off)
	}
	if n > 0 {
		r.event(Alignment, detectors.WholeInput, start, end, worst.Seconds(), r.maxDifference.Seconds(), "s", map[string]float64{"playlist": float64(number), "segments": float64(n)})
	}
}
