// Package hls holds HLS playlists against RFC 8216, and against what comes of
// their segments.
package hls

import (
	"flag"
	"fmt"
	"math"
	"slices"
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
	Stale           = "stale_playlist"           // a live playlist gets no new segment
)

// Detector finds defects of HLS playlists and their segments.
var Detector = &detectors.Detector{
	Name:  "hls",
	Doc:   doc,
	Needs: measure.Playlists,
	Setup: setup,
}

const doc = `playlists and segments of HLS

The playlist named, and all that it names, are held against RFC 8216 when the input
is opened, and a live one whenever it is read again. Where segments are is told by
the sum of the durations before them, from the first that was read.

playlist_error: a playlist cannot be retrieved, does not begin with #EXTM3U, or has
a segment without EXTINF, or no EXT-X-TARGETDURATION. media_sequence_error,
discontinuity_sequence_error: that tag is no number, or comes after a segment; or,
in a live playlist, gives a segment another number than the time before (6.2.2). The
value is by how much, or how many segments came and went between two retrievals
that were closer than the playlist is long. Neighbours are one event.

stale_playlist: a live playlist was the same for longer than 1.5 times its target
duration, within which there must be something new (6.2.1). The value is for how long,
as far as it was looked at. That is by the clock of this machine, and where such
an event is, the time of the last segment that was there.

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

The defaults are this program's own.`

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
	r := &run{options: *o, sink: sink, failed: map[string]bool{}, empty: map[string]bool{}, due: map[int]time.Duration{}, mediaOf: map[int]bool{}}
	for i := range p.Playlists {
		r.lists = append(r.lists, newList(p.Playlists[i], i))
	}
	for _, s := range p.Streams {
		r.mediaOf[s.Index] = s.Selected
	}
	return detectors.Run{Resource: r.resource, Packet: r.packet, Flush: func(time.Duration) { r.flush() }}, nil
}

type run struct {
	options
	sink          detectors.Sink
	lists         []*list
	failed, empty map[string]bool // segments, by URL
	mediaOf       map[int]bool
	due           map[int]time.Duration // of the next packet, by stream
	jumps         []jump
}

// A list is a playlist, with the segments that it had so far.
type list struct {
	measure.Playlist
	number int
	zero   time.Duration // the time in it of media time 0
	zeroed bool          // that is known, of a segment that was opened
	spells [3]spell      // of segments too long, missing, empty

	live
}

func newList(p measure.Playlist, number int) *list {
	l := &list{Playlist: p, number: number}
	l.begin()
	return l
}

// A jump is where timestamps do not follow.
type jump struct {
	stream   int
	from, to time.Duration
}

func (r *run) resource(row *measure.Resource) {
	switch {
	case row.Playlist != nil:
		for _, l := range r.lists {
			if l.URL == row.URL {
				r.again(l, row)
			}
		}
		return
	case row.Err != "":
		r.failed[row.URL] = true
		return
	case row.Bytes == 0:
		r.empty[row.URL] = true
		return
	}
	for _, l := range r.lists {
		for i := range l.Segments {
			if s := &l.Segments[i]; !l.zeroed && s.URL == row.URL {
				l.zero, l.zeroed = s.Start, true
			}
		}
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
	for _, l := range r.lists {
		r.rules(&l.Playlist, l.number)
		r.settle(l, len(l.Segments))
		r.closeSpells(l)
		r.closeLive(l)
	}
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

// start is the time in the playlist of media time 0. Where no segment is known
// to have been opened, it is that of the first that is not missing.
func (r *run) start(l *list) time.Duration {
	if l.zeroed {
		return l.zero
	}
	for i := range l.Segments {
		if s := &l.Segments[i]; !r.failed[s.URL] && !r.empty[s.URL] {
			return s.Start
		}
	}
	return 0
}

// A spell is segments in a row with the same fault.
type spell struct {
	first      int64 // number of the first segment
	start, end time.Duration
	segments   int
	longest    time.Duration
}

// checks are what spells are of.
var checks = [...]struct {
	kind string
	is   func(r *run, l *list, s *measure.Segment) bool
}{
	{TargetDuration, func(_ *run, l *list, s *measure.Segment) bool {
		return l.Target > 0 && math.Round(s.Duration.Seconds()) > l.Target.Seconds()
	}},
	{MissingSegment, func(r *run, _ *list, s *measure.Segment) bool { return s.Gap || r.failed[s.URL] }},
	{EmptySegment, func(r *run, _ *list, s *measure.Segment) bool { return r.empty[s.URL] }},
}

// settle judges the first n segments.
func (r *run) settle(l *list, n int) {
	zero := r.start(l)
	for i := l.settled; i < n; i++ {
		s := &l.Segments[i]
		for c := range checks {
			p := &l.spells[c]
			switch {
			case !checks[c].is(r, l, s):
				r.closeSpell(l, c)
				continue
			case p.segments == 0:
				p.first, p.start = l.first+int64(i), s.Start-zero
			}
			p.segments, p.end, p.longest = p.segments+1, s.End()-zero, max(p.longest, s.Duration)
		}
		r.jumped(l, i, zero)
	}
	l.settled = max(l.settled, n)
}

func (r *run) closeSpells(l *list) {
	for c := range checks {
		r.closeSpell(l, c)
	}
}

func (r *run) closeSpell(l *list, c int) {
	p := l.spells[c]
	if l.spells[c] = (spell{}); p.segments == 0 {
		return
	}
	value, limit, unit := float64(p.segments), 0., "segments"
	if checks[c].kind == TargetDuration {
		value, limit, unit = p.longest.Seconds(), l.Target.Seconds(), "s"
	}
	r.event(checks[c].kind, detectors.WholeInput, p.start, p.end, value, limit, unit, map[string]float64{
		"playlist": float64(l.number), "segments": float64(p.segments), "segment_first": float64(p.first),
	})
}

// near is how far a jump may be from where a segment begins.
const near = 500 * time.Millisecond

// jumped reports jumps of timestamps where segment i begins, unless it or the
// one before it is missing.
func (r *run) jumped(l *list, i int, zero time.Duration) {
	if i == 0 {
		return
	}
	s, before := &l.Segments[i], &l.Segments[i-1]
	if before.Gap || s.Gap || r.failed[before.URL] || r.failed[s.URL] || r.empty[before.URL] || r.empty[s.URL] {
		return
	}
	r.jumps = slices.DeleteFunc(r.jumps, func(j jump) bool {
		if (s.Start - zero - j.from).Abs() > near {
			return false
		}
		if !s.Discontinuity {
			r.event(Undeclared, j.stream, j.from, j.from, (j.to - j.from).Seconds(), r.maxJump.Seconds(), "s", map[string]float64{"playlist": float64(l.number)})
		}
		return true
	})
}

// renditions holds the playlists of one presentation against each other.
func (r *run) renditions() {
	var longest time.Duration
	for i := range r.lists {
		if p := &r.lists[i].Playlist; p.Ended {
			longest = max(longest, p.Duration())
		}
	}
	var first *measure.Playlist
	for i := range r.lists {
		p := &r.lists[i].Playlist
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
