package hls

import (
	"math"
	"slices"
	"strings"
	"time"

	"github.com/vqa-project/vqa/detectors"
	"github.com/vqa-project/vqa/detectors/measure"
)

const (
	// staleTargets is how many target durations a live playlist may be the
	// same (RFC 8216, 6.2.1).
	staleTargets = 1.5

	// keptSegments is how many segments are kept of those that have left a
	// playlist: they may still be being read.
	keptSegments = 10

	// maxUnseen bounds how many segments are believed to have come and gone.
	maxUnseen = 1000
)

// A live is what is known of a playlist from one retrieval to the next. Its
// segments keep the numbers that they had first.
type live struct {
	first         int64 // number of Segments[0]
	settled       int   // segments that were judged
	discontinuity int64 // discontinuity sequence number of the last segment

	last    measure.Playlist // as it was retrieved last
	numbers int64            // to be added to the numbers of the last
	counts  int64            // to be added to its discontinuity sequence numbers
	at      time.Duration    // of the last retrieval
	changed time.Duration    // since when it is the same
	stale   time.Duration    // for how long it was

	sequence, discontinuities wrong
}

// A wrong is a sequence number that is wrong in retrievals in a row.
type wrong struct {
	start, end time.Duration
	retrievals int
	by         float64 // of the worst
}

func (l *list) begin() {
	l.first, l.last = l.Sequence, l.Playlist
	for i := range l.Segments {
		if l.Segments[i].Discontinuity {
			l.discontinuity++
		}
	}
	l.discontinuity += l.DiscontinuitySequence
}

// again takes in a playlist that was retrieved once more.
func (r *run) again(l *list, row *measure.Resource) {
	p := row.Playlist
	if p.Err != "" || len(p.Invalid) > 0 {
		at := l.Duration() - r.start(l)
		r.event(PlaylistError, detectors.WholeInput, at, at, 1, 0, "errors", map[string]float64{"playlist": float64(l.number)})
		if len(p.Segments) == 0 {
			return
		}
	}
	if l.Ended {
		return
	}
	if alike(p, &l.last) {
		if same := row.After - l.changed; p.Target > 0 && same.Seconds() > staleTargets*p.Target.Seconds() && !p.Ended {
			l.stale = same
		}
		l.at = row.After
		return
	}
	r.closeStale(l)
	r.follow(l, p, row.After)
	l.last, l.at, l.changed = *p, row.After, row.After
	l.Ended, l.Target = p.Ended, max(l.Target, p.Target)
	if n := len(l.Segments) - len(p.Segments) - keptSegments; n > 0 {
		r.settle(l, n)
		r.drop(l, n-1) // the next is held against the one before it
	}
}

// alike reports whether nothing has changed.
func alike(a, b *measure.Playlist) bool {
	if a.Sequence != b.Sequence || len(a.Segments) != len(b.Segments) || a.Ended != b.Ended {
		return false
	}
	n := len(a.Segments)
	return n == 0 || a.Segments[n-1].URL == b.Segments[n-1].URL && a.Segments[0].URL == b.Segments[0].URL
}

// follow adds what is new, and holds numbers against those before.
func (r *run) follow(l *list, p *measure.Playlist, after time.Duration) {
	end := l.Duration() - r.start(l)
	number := p.Sequence + l.numbers // of the first, as the playlist counts
	here, known := l.find(p, number)
	off, skipped := int64(0), int64(0)
	next := l.first + int64(len(l.Segments))
	switch {
	case known:
		off = number - here
	case number < next:
		here = next // it counts anew
		off = number - here
	default:
		here = number
		if span := l.last.Duration(); after-l.at < span {
			skipped = number - next // nothing can have come and gone
		}
	}
	l.numbers -= off
	r.wrong(l, MediaSequence, &l.sequence, end, float64(off+skipped))

	// Each segment keeps its discontinuity sequence number, too.
	count, worst := p.DiscontinuitySequence+l.counts, int64(0)
	for i := range p.Segments {
		s := &p.Segments[i]
		if s.Discontinuity {
			count++
		}
		n := here + int64(i)
		if n < next && n >= l.first {
			if n == next-1 {
				worst = count - l.discontinuity
				count -= worst
			}
			continue
		}
		if n < next {
			continue
		}
		r.add(l, s, n, p.Target)
		l.discontinuity = count
		next = n + 1
	}
	l.counts -= worst
	r.wrong(l, DiscontinuityNo, &l.discontinuities, end, float64(worst))
}

// find returns the number of the first segment of a playlist, by that one of
// its segments which was there before.
func (l *list) find(p *measure.Playlist, number int64) (first int64, ok bool) {
	for i := range p.Segments {
		at := number + int64(i) - l.first
		if at >= 0 && at < int64(len(l.Segments)) && same(p.Segments[i].URL, l.Segments[at].URL) {
			return number, true
		}
	}
	for i := range p.Segments {
		for at := len(l.Segments) - 1; at >= 0; at-- {
			if same(p.Segments[i].URL, l.Segments[at].URL) {
				return l.first + int64(at) - int64(i), true
			}
		}
	}
	return 0, false
}

// same reports whether two addresses are of one segment: what is behind the
// question mark may be a key that changes.
func same(a, b string) bool {
	a, _, _ = strings.Cut(a, "?")
	b, _, _ = strings.Cut(b, "?")
	return a == b
}

// add adds a segment. Those before it that were never seen count as long as
// the target.
func (r *run) add(l *list, s *measure.Segment, number int64, target time.Duration) {
	added := *s
	added.Start = l.Duration()
	if unseen := number - l.first - int64(len(l.Segments)); unseen > 0 || len(l.Segments) == 0 {
		r.settle(l, len(l.Segments))
		added.Start += time.Duration(min(max(unseen, 0), maxUnseen)) * target
		l.Segments, l.settled, l.first = l.Segments[:0], 0, number
	}
	l.Segments = append(l.Segments, added)
}

// drop forgets the first n segments, which were judged.
func (r *run) drop(l *list, n int) {
	if n <= 0 {
		return
	}
	if !l.zeroed {
		l.zero, l.zeroed = r.start(l), true
	}
	for i := range n {
		delete(r.failed, l.Segments[i].URL)
		delete(r.empty, l.Segments[i].URL)
	}
	l.Segments = slices.Delete(l.Segments, 0, n)
	l.first, l.settled = l.first+int64(n), l.settled-n
}

// wrong takes in by how much a sequence number is wrong.
func (r *run) wrong(l *list, kind string, w *wrong, at time.Duration, by float64) {
	if by == 0 {
		r.closeWrong(l, kind, w)
		return
	}
	if w.retrievals == 0 {
		w.start = at
	}
	w.retrievals, w.end = w.retrievals+1, at
	if math.Abs(by) > math.Abs(w.by) {
		w.by = by
	}
}

func (r *run) closeWrong(l *list, kind string, w *wrong) {
	if w.retrievals > 0 {
		r.event(kind, detectors.WholeInput, w.start, w.end, w.by, 0, "", map[string]float64{"playlist": float64(l.number), "retrievals": float64(w.retrievals)})
	}
	*w = wrong{}
}

func (r *run) closeStale(l *list) {
	if l.stale > 0 {
		at := l.Duration() - r.start(l)
		r.event(Stale, detectors.WholeInput, at, at, l.stale.Seconds(), staleTargets*l.last.Target.Seconds(), "s", map[string]float64{"playlist": float64(l.number)})
	}
	l.stale = 0
}

func (r *run) closeLive(l *list) {
	r.closeStale(l)
	r.closeWrong(l, MediaSequence, &l.sequence)
	r.closeWrong(l, DiscontinuityNo, &l.discontinuities)
}
