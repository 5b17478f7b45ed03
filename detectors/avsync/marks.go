package avsync

import (
	"time"

	"github.com/vqa-project/vqa/detectors"
	"github.com/vqa-project/vqa/detectors/measure"
)

const (
	// A mark is alone: in calm before it, the picture changed by less than a
	// stirs of what it changes by now, in code values, and the sound had
	// less than a faint of its power.
	calm   = 400 * time.Millisecond
	stirs  = 0.2
	faint  = 0.01 // 20 dB
	bright = 2    // mean change that is seen as one
	loud   = 1e-5 // power that is heard as one, -50 dBFS

	// attack is how long a sound may take to its peak. It begins with the
	// first block that has a share of its power that no pre-echo of a codec
	// reaches.
	attack = 5
	begins = 0.2

	// farthest is how far apart picture and sound of the same mark are.
	farthest = time.Second

	// fewestMarks is how many must be equally far apart in a row, give or
	// take sameMark: three of them are no chance.
	fewestMarks = 3
	sameMark    = 25 * time.Millisecond

	// lastMarks is how many are kept.
	lastMarks = 16
)

// marks follows flashes with beeps, clapperboards, and what else changes the
// picture at once and makes a noise.
type marks struct {
	*options
	audio int
	sink  detectors.Sink

	recentPictures recent
	recentSound    recent
	shows          time.Duration // of a picture
	pictures       []time.Duration
	sounds         []time.Duration
	now            [2]time.Duration // of pictures and of sound

	lags       []time.Duration // of the row of marks, the latest
	count      int
	start, end time.Duration // of the row: first and last mark
	found      time.Duration // median of the best row
	most       int           // marks in it
}

// recent is what was of late, and when.
type recent struct {
	times  [64]time.Duration
	values [64]float64
	n      int
}

func (r *recent) add(at time.Duration, v float64) {
	r.times[r.n%len(r.times)], r.values[r.n%len(r.values)] = at, v
	r.n++
}

// back returns what was i rows ago.
func (r *recent) back(i int) (time.Duration, float64) {
	k := (r.n - 1 - i) % len(r.times)
	return r.times[k], r.values[k]
}

// before returns the largest value in the calm before the row that was i rows
// ago; known is false where there was not as much.
func (r *recent) before(i int) (largest float64, known bool) {
	at, _ := r.back(i)
	for k := i + 1; k < min(r.n, len(r.times)); k++ {
		t, v := r.back(k)
		largest = max(largest, v)
		if at-t >= calm {
			return largest, true
		}
	}
	return 0, false
}

func newMarks(o *options, audio int, sink detectors.Sink) *marks {
	return &marks{
		options: o, audio: audio, sink: sink,
		pictures: make([]time.Duration, 0, lastMarks), sounds: make([]time.Duration, 0, lastMarks),
		lags: make([]time.Duration, 0, lastMarks),
	}
}

func (m *marks) Picture(p *measure.Picture) {
	if p.Discontinuity {
		m.restart()
	}
	m.now[0], m.shows = p.PTS, p.Duration
	if p.Difference.Valid {
		change := float64(p.Difference.Mean)
		m.recentPictures.add(p.PTS, change)
		if largest, ok := m.recentPictures.before(0); ok && change >= bright && largest <= stirs*change {
			m.pictures = keep(m.pictures, p.PTS)
		}
	}
	m.match()
}

func (m *marks) Block(b *measure.Block) {
	if b.Discontinuity {
		m.restart()
	}
	m.now[1] = b.PTS
	power := 0.
	for i := range b.Channels {
		rms := float64(b.Channels[i].RMS)
		power = max(power, rms*rms)
	}
	r := &m.recentSound
	r.add(b.PTS, power)
	if r.n <= attack+1 {
		return
	}
	// A sound begins where it comes to a share of its peak that was not
	// reached for long. The block before may have a little of it.
	at, value := r.back(attack)
	_, before := r.back(attack + 1)
	peak := value
	for i := range attack {
		_, v := r.back(i)
		peak = max(peak, v)
	}
	if largest, ok := r.before(attack + 1); ok && peak >= loud && value >= begins*peak && before < begins*peak && largest < faint*peak {
		part := 1 - value/peak
		if before >= faint*peak {
			part = -before / peak
		}
		m.sounds = keep(m.sounds, at+time.Duration(part*float64(b.Duration)))
	}
	m.match()
}

// keep adds a mark, and forgets the oldest where there are too many.
func keep(all []time.Duration, at time.Duration) []time.Duration {
	if len(all) == lastMarks {
		all = all[:copy(all, all[1:])]
	}
	return append(all, at)
}

// match finds the sound of the oldest picture, once all that may be it is known.
func (m *marks) match() {
	for len(m.pictures) > 0 && min(m.now[0], m.now[1]) > m.pictures[0]+farthest+calm {
		m.pair(m.pictures[0])
		m.pictures = m.pictures[:copy(m.pictures, m.pictures[1:])]
	}
	for len(m.sounds) > 0 && min(m.now[0], m.now[1]) > m.sounds[0]+3*farthest {
		m.sounds = m.sounds[:copy(m.sounds, m.sounds[1:])]
	}
}

// pair takes the nearest sound for that of a picture.
func (m *marks) pair(picture time.Duration) {
	best := farthest + 1
	for _, s := range m.sounds {
		if lag := s - picture; lag.Abs() < best.Abs() {
			best = lag
		}
	}
	if best > farthest {
		m.close(m.end)
		return
	}
	if m.count > 0 && (best-m.lag()).Abs() > sameMark {
		m.close(m.end)
	}
	if m.count == 0 {
		m.start = picture
	}
	m.count, m.end = m.count+1, picture
	m.lags = keep(m.lags, best)
	if m.count >= fewestMarks && m.count > m.most {
		m.most, m.found = m.count, m.lag()
	}
}

// lag returns the median of the row.
func (m *marks) lag() time.Duration {
	var scratch [lastMarks]time.Duration
	return median(scratch[:copy(scratch[:], m.lags)])
}

// close ends a row of marks, and reports it where they are apart.
func (m *marks) close(end time.Duration) {
	if m.count >= fewestMarks {
		offset := m.lag()
		half := m.shows / 2
		limit := m.late
		if offset < 0 {
			limit = -m.early
		}
		if offset-half > m.late || offset+half < -m.early {
			m.sink(detectors.Event{
				Kind: Marks, Stream: m.audio, Start: min(m.start, m.start+offset), End: max(end, m.end+m.shows),
				Value: milliseconds(offset), Limit: milliseconds(limit), Unit: "ms",
				Evidence: map[string]float64{"marks": float64(m.count), "uncertainty_ms": milliseconds(half)},
			})
		}
	}
	m.count, m.lags = 0, m.lags[:0]
}

func (m *marks) restart() {
	m.close(m.end)
	m.pictures, m.sounds = m.pictures[:0], m.sounds[:0]
	m.recentPictures.n, m.recentSound.n = 0, 0
}

func (m *marks) Flush(end time.Duration) {
	m.now = [2]time.Duration{end + 3*farthest, end + 3*farthest}
	for len(m.pictures) > 0 {
		m.pair(m.pictures[0])
		m.pictures = m.pictures[:copy(m.pictures, m.pictures[1:])]
	}
	m.close(m.end)
}

func (m *marks) Measures() []detectors.Measure {
	if m.most == 0 {
		return nil
	}
	return []detectors.Measure{{Stream: m.audio, Name: "marks_offset_ms", Value: milliseconds(m.found)}}
}
