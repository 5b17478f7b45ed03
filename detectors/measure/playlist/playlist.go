// Package playlist reads HLS playlists (RFC 8216).
package playlist

import (
	"math"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/vqa-project/vqa/detectors/measure"
)

// A Reference is another playlist that one names.
type Reference struct{ URL, Rank string }

// Parse reads the playlist at an address. What cannot be understood is said in
// Invalid.
func Parse(address, text string) (p measure.Playlist, others []Reference) {
	r := reader{list: measure.Playlist{URL: address}}
	for text != "" {
		line, rest, _ := strings.Cut(text, "\n")
		text = rest
		r.number++
		r.line(strings.TrimRight(line, "\r \t"))
	}
	if r.number == 0 || !r.begun {
		r.wrong("", "does not begin with #EXTM3U")
	}
	if len(r.list.Segments) > 0 && r.list.Target == 0 {
		r.wrong("EXT-X-TARGETDURATION", "has segments and no EXT-X-TARGETDURATION")
	}
	return r.list, r.others
}

type reader struct {
	list    measure.Playlist
	others  []Reference
	number  int // of the line
	begun   bool
	variant bool // the next line is one
	next    measure.Segment
	timed   bool // next has a duration
	at      time.Duration
}

// maxFaults bounds what is said of one playlist.
const maxFaults = 20

func (r *reader) wrong(tag, text string) {
	if len(r.list.Invalid) < maxFaults {
		r.list.Invalid = append(r.list.Invalid, measure.PlaylistFault{Line: r.number, Text: text, Tag: tag})
	}
}

func (r *reader) line(s string) {
	switch {
	case r.number == 1:
		r.begun = strings.TrimPrefix(s, "\ufeff") == "#EXTM3U"
	case s == "":
	case strings.HasPrefix(s, "#EXT"):
		tag, value, _ := strings.Cut(s[1:], ":")
		r.tag(tag, strings.TrimSpace(value))
	case strings.HasPrefix(s, "#"): // a comment
	case r.variant:
		r.others = append(r.others, Reference{resolve(r.list.URL, s), "variant"})
		r.variant = false
	default:
		r.segment(s)
	}
}

func (r *reader) segment(uri string) {
	if !r.timed {
		r.wrong("EXTINF", "segment without EXTINF")
	}
	r.next.URL, r.next.Start = resolve(r.list.URL, uri), r.at
	r.at += r.next.Duration
	r.list.Segments = append(r.list.Segments, r.next)
	r.next, r.timed = measure.Segment{}, false
}

// maxDuration is more than any segment lasts.
const maxDuration = 24 * time.Hour

func (r *reader) seconds(tag, value string) (time.Duration, bool) {
	f, err := strconv.ParseFloat(value, 64)
	if err != nil || math.IsNaN(f) || f < 0 || f > maxDuration.Seconds() {
		r.wrong(tag, tag+" is no duration")
		return 0, false
	}
	return time.Duration(math.Round(f * 1e9)), true
}

func (r *reader) tag(tag, value string) {
	first := len(r.list.Segments) == 0
	switch tag {
	case "EXTINF":
		value, _, _ = strings.Cut(value, ",")
		r.next.Duration, r.timed = r.seconds(tag, value)
	case "EXT-X-TARGETDURATION":
		r.list.Target, _ = r.seconds(tag, value)
	case "EXT-X-MEDIA-SEQUENCE", "EXT-X-DISCONTINUITY-SEQUENCE":
		n, err := strconv.ParseInt(value, 10, 64)
		switch {
		case err != nil || n < 0:
			r.wrong(tag, tag+" is no number")
		case !first: // RFC 8216, 4.3.3.2 and 4.3.3.3
			r.wrong(tag, tag+" comes after a segment")
		case tag == "EXT-X-MEDIA-SEQUENCE":
			r.list.Sequence = n
		default:
			r.list.DiscontinuitySequence = n
		}
	case "EXT-X-DISCONTINUITY":
		r.next.Discontinuity = true
	case "EXT-X-GAP":
		r.next.Gap = true
	case "EXT-X-ENDLIST":
		r.list.Ended = true
	case "EXT-X-STREAM-INF":
		r.variant = true
	case "EXT-X-MEDIA":
		if uri := attribute(value, "URI"); uri != "" {
			r.others = append(r.others, Reference{resolve(r.list.URL, uri), attribute(value, "TYPE")})
		}
	}
}

// attribute returns an attribute's value without quotes (4.2).
func attribute(list, name string) string {
	for list != "" {
		key, rest, _ := strings.Cut(list, "=")
		var value string
		if strings.HasPrefix(rest, `"`) {
			value, rest, _ = strings.Cut(rest[1:], `"`)
			rest = strings.TrimPrefix(rest, ",")
		} else {
			value, rest, _ = strings.Cut(rest, ",")
		}
		if strings.TrimSpace(key) == name {
			return value
		}
		list = rest
	}
	return ""
}

// resolve returns the address of what a playlist names.
func resolve(base, ref string) string {
	if path, ok := strings.CutPrefix(base, "file:"); ok && !strings.Contains(ref, "://") && !strings.HasPrefix(ref, "/") {
		return "file:" + path[:strings.LastIndexByte(path, '/')+1] + ref
	}
	b, err := url.Parse(base)
	if err != nil {
		return ref
	}
	u, err := b.Parse(ref)
	if err != nil {
		return ref
	}
	return u.String()
}
