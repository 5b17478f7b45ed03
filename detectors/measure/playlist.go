package measure

import "time"

// A Playlist is an HLS playlist (RFC 8216), as it was when the input was
// opened.
type Playlist struct {
	URL      string
	Err      string // why it could not be read, "" where it was
	Rank     string // "" for the one named, "variant", or the TYPE of an EXT-X-MEDIA
	Invalid  []PlaylistFault
	Target   time.Duration // EXT-X-TARGETDURATION; 0 where there is none
	Sequence int64         // EXT-X-MEDIA-SEQUENCE

	// DiscontinuitySequence is EXT-X-DISCONTINUITY-SEQUENCE.
	DiscontinuitySequence int64

	Ended    bool // EXT-X-ENDLIST: nothing will be added
	Segments []Segment
}

// A PlaylistFault is what RFC 8216 does not allow in a playlist.
type PlaylistFault struct {
	Line int // from 1
	Text string
	Tag  string // that is wrong, "" for none
}

// A Segment is one of a [Playlist].
type Segment struct {
	URL           string
	Start         time.Duration // sum of the durations before it
	Duration      time.Duration // EXTINF
	Discontinuity bool          // EXT-X-DISCONTINUITY
	Gap           bool          // EXT-X-GAP: it is said to be missing
}

// End returns where the segment ends.
func (s *Segment) End() time.Duration { return s.Start + s.Duration }

// Duration returns the sum of all segments.
func (p *Playlist) Duration() time.Duration {
	if len(p.Segments) == 0 {
		return 0
	}
	return p.Segments[len(p.Segments)-1].End()
}

// A Resource is the row of something that an input opened beside itself, such
// as a segment. It is valid during the call that delivers it.
type Resource struct {
	URL   string
	Err   string // why it could not be opened, "" where it was
	Bytes int64  // -1 where unknown

	// Playlist is what a playlist says that was retrieved once more, nil for
	// all else; and After how long after the input was opened, by the clock of
	// this machine. No media time tells when that was.
	Playlist *Playlist
	After    time.Duration
}
