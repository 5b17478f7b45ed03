package channels

import (
	"math"
	"time"

	"github.com/vqa-project/vqa/detectors"
	"github.com/vqa-project/vqa/detectors/measure"
)

const (
	// playing is the mean square from which a channel plays: -50 dBFS.
	playing = 1e-5

	// apart is how much louder, in power, the other channel of a dead one is.
	apart = 1000

	// same is the power of the difference of channels that are the same, as
	// a share of their own.
	same = 1e-6

	// patienceDead is how many blocks of life end a channel's death: one
	// may be a click, or the ringing of a coder. patienceDualMono is meant
	// likewise.
	patienceDead, patienceDualMono = 3, 3

	// patienceBalance is how many blocks of balance end a lack of it, where
	// each counts against as many as weighBalance of those without: there
	// are moments in one-sided music at which the other side plays.
	patienceBalance, weighBalance = 200, 3

	// lead is how much silence before the first sound, or after the last, is
	// like it.
	lead = 500 * time.Millisecond

	// surround is how much longer a channel at the side must be dead.
	surround = 5
)

// A track follows one audio stream.
type track struct {
	options
	stream measure.Stream
	sink   detectors.Sink

	deadPower, unbalanced float64 // the options, as power and ratio of powers

	channels int
	watched  []*watch
	expected int               // number of channels; 0 where unknown
	wrong    detectors.Stretch // in which there are not as many
	found    int               // their number there
}

// A watch looks for one kind of event in a pair of channels, the louder and the
// other one.
type watch struct {
	kind          string
	louder, other int
	minDuration   time.Duration
	stretch       detectors.Stretch
	now, until    powers // since the stretch began, and up to its end
}

// powers are sums of mean squares.
type powers struct{ louder, other float64 }

func newTrack(o options, s measure.Stream, sink detectors.Sink) *track {
	expected := measure.LayoutChannels(s.ChannelLayout)
	if expected == 0 {
		expected = s.Channels
	}
	return &track{
		options: o, stream: s, sink: sink, expected: expected,
		deadPower: math.Pow(10, o.level/10), unbalanced: math.Pow(10, o.balance/10),
		wrong: detectors.Stretch{Patience: 1},
	}
}

// arrange prepares for a number of channels.
func (t *track) arrange(channels int) {
	t.channels, t.watched = channels, nil
	for i, left := range measure.Pairs(t.stream.ChannelLayout, channels) {
		deadFor := t.minDuration
		if i > 0 {
			deadFor *= surround
		}
		for side := range 2 {
			louder, other := left+side, left+1-side
			t.watch(&watch{kind: Dead, louder: louder, other: other, minDuration: deadFor}, patienceDead)
			if i == 0 {
				t.watch(&watch{kind: Balance, louder: louder, other: other, minDuration: t.balanceDuration}, patienceBalance)
			}
		}
		if t.dualMono {
			t.watch(&watch{kind: DualMono, louder: left, other: left + 1, minDuration: t.minDuration}, patienceDualMono)
		}
	}
}

func (t *track) watch(w *watch, patience float64) {
	w.stretch.Patience, w.stretch.Lead = patience, lead
	t.watched = append(t.watched, w)
}

func (t *track) Block(b *measure.Block) {
	if b.Discontinuity {
		t.Flush(0)
	}
	if len(b.Channels) != t.channels {
		t.Flush(0)
		t.arrange(len(b.Channels))
	}
	for _, w := range t.watched {
		louder, other := &b.Channels[w.louder], &b.Channels[w.other]
		p := powers{louder.MeanSquare(), other.MeanSquare()}
		change := w.stretch.Add(b.PTS, b.End(), t.score(w, b, p))
		if change == detectors.Began {
			w.now = powers{}
		}
		w.now.louder += p.louder
		w.now.other += p.other
		switch change {
		case detectors.Began, detectors.Extended:
			w.until = w.now
		case detectors.Ended:
			t.report(w)
		}
	}
	t.checkLayout(b)
}

// score tells whether a block speaks for what w looks for. One in which nothing
// plays says nothing.
func (t *track) score(w *watch, b *measure.Block, p powers) float64 {
	is := false
	switch w.kind {
	case Dead:
		if p.other > t.deadPower {
			return -1
		}
		if p.louder < playing {
			return 0
		}
		is = p.louder >= apart*p.other
	case Balance:
		if max(p.louder, p.other) < playing || p.other <= t.deadPower {
			return 0
		}
		if p.louder <= t.unbalanced*p.other {
			return -weighBalance
		}
		is = true
	case DualMono:
		if max(p.louder, p.other) < playing {
			return 0
		}
		product := b.Channels[min(w.louder, w.other)].Product
		is = p.louder+p.other-2*product <= same*(p.louder+p.other)
	}
	if is {
		return 1
	}
	return -1
}

// checkLayout looks at the number of channels.
func (t *track) checkLayout(b *measure.Block) {
	score := -1.
	if n := len(b.Channels); t.expected > 0 && n != t.expected {
		score = 1
		t.found = n
	}
	if t.wrong.Add(b.PTS, b.End(), score) == detectors.Ended {
		t.reportLayout()
	}
}

func (t *track) reportLayout() {
	t.sink(detectors.Event{
		Kind: Layout, Stream: t.stream.Index, Start: t.wrong.Start, End: t.wrong.End,
		Value: float64(t.found), Limit: float64(t.expected), Unit: "channels",
	})
}

func (t *track) report(w *watch) {
	s := &w.stretch
	if !detectors.Lasts(s.End-s.Start, w.minDuration) {
		return
	}
	e := detectors.Event{Kind: w.kind, Stream: t.stream.Index, Start: s.Start, End: s.End, Unit: "dB"}
	difference := 100.
	if w.until.other > 0 {
		difference = min(100, 10*math.Log10(w.until.louder/w.until.other))
	}
	switch w.kind {
	case Balance:
		if difference < t.balance {
			return
		}
		e.Value, e.Limit = difference, t.balance
		e.Evidence = map[string]float64{"channel_louder": float64(w.louder), "channel": float64(w.other)}
	case Dead:
		e.Value, e.Limit = difference, 10*math.Log10(apart)
		e.Evidence = map[string]float64{"channel": float64(w.other)}
	case DualMono:
		e.Value = math.Abs(difference)
		e.Evidence = map[string]float64{"channel_left": float64(w.louder), "channel_right": float64(w.other)}
	}
	t.sink(e)
}

func (t *track) Flush(time.Duration) {
	for _, w := range t.watched {
		if w.stretch.Close() {
			t.report(w)
		}
	}
	if t.wrong.Close() {
		t.reportLayout()
	}
}

// Open reports what goes on, up to where there is evidence for it.
func (t *track) Open(time.Duration) {
	for _, w := range t.watched {
		if w.stretch.Open() {
			t.report(w)
		}
	}
	if t.wrong.Open() {
		t.reportLayout()
	}
}
