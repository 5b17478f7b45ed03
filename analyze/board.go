package analyze

import (
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/vqa-project/vqa/analyze/media"
	"github.com/vqa-project/vqa/analyze/report"
	"github.com/vqa-project/vqa/detectors/measure"
)

// A Board shows the state of all channels that are watched live. It may be read
// from any goroutine.
type Board struct {
	mu      sync.Mutex
	entries []*entry
}

// NewBoard returns a board without channels.
func NewBoard() *Board { return &Board{} }

// A Status is what is known of one channel now. Counts are since the beginning,
// over all connections.
type Status struct {
	Channel, Input string
	Up             bool // connected
	Connections    int64
	Counters       media.Counters
	Media          time.Duration // analysed
	Speed          float64       // media time for each second of the wall clock, of late; 0 where unknown
	Behind         time.Duration // how far analysis is behind the source
	Queued         int           // items decoded and not measured yet
	Bitrate        float64       // of what is analysed, in bit/s, of late
	LastPicture    time.Time     // when the last picture was measured; zero where there was none
	Streams        []report.Stream
	Detectors      []DetectorStatus
}

// A DetectorStatus is what a detector has found in a channel, or its source.
type DetectorStatus struct {
	Name          string
	State         report.Status // defects while something is wrong
	Alerts        int           // open ones
	Events        map[string]int64
	DefectSeconds float64
}

// QueueLength is how many items a channel's queue holds.
const QueueLength = queueLength

// Statuses returns the state of all channels.
func (b *Board) Statuses() []Status {
	b.mu.Lock()
	entries := slices.Clone(b.entries)
	b.mu.Unlock()
	out := make([]Status, len(entries))
	for i, e := range entries {
		out[i] = e.status()
	}
	return out
}

func (b *Board) add(c *Channel) *entry {
	e := &entry{s: Status{Channel: c.Name, Input: c.Input}}
	for _, d := range c.Detectors {
		e.detector(d.Name).State = report.Failed // until it looks
	}
	e.detector(sourceName).State = report.Clean
	b.mu.Lock()
	defer b.mu.Unlock()
	b.entries = append(b.entries, e)
	return e
}

// An entry is the status of one channel as it is written.
type entry struct {
	mu     sync.Mutex
	s      Status
	past   media.Counters // of connections before
	now    media.Counters
	bytes  int64
	queue  queue
	window struct { // over which speed is measured
		began time.Time
		media time.Duration
		bytes int64
	}
}

func (e *entry) status() Status {
	e.mu.Lock()
	defer e.mu.Unlock()
	s := e.s
	s.Counters = plus(e.past, e.now)
	s.Queued = len(e.queue)
	s.Detectors = slices.Clone(s.Detectors)
	for i := range s.Detectors {
		s.Detectors[i].Events = maps.Clone(s.Detectors[i].Events)
	}
	return s
}

// detector returns that of a name. There are few.
func (e *entry) detector(name string) *DetectorStatus {
	for i := range e.s.Detectors {
		if e.s.Detectors[i].Name == name {
			return &e.s.Detectors[i]
		}
	}
	e.s.Detectors = append(e.s.Detectors, DetectorStatus{Name: name, Events: map[string]int64{}})
	return &e.s.Detectors[len(e.s.Detectors)-1]
}

func (e *entry) connected(in *media.Input, q queue) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.s.Up, e.queue = true, q
	e.s.Connections++
	e.s.Streams = nil
	for _, s := range in.Program().Streams {
		e.s.Streams = append(e.s.Streams, Describe(s))
	}
	e.window.began = time.Time{}
}

// disconnected takes in what a connection came to.
func (e *entry) disconnected(c media.Counters) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.s.Up, e.queue, e.s.Speed, e.s.Behind, e.s.Bitrate = false, nil, 0, 0, 0
	e.past, e.now = plus(e.past, c), media.Counters{}
	for i := range e.s.Detectors {
		if d := &e.s.Detectors[i]; d.Name != sourceName && d.State != report.NotApplicable {
			d.State = report.Failed
		}
	}
}

// started takes in how detectors have started.
func (e *entry) started(all []*watch) {
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, w := range all {
		e.detector(w.Name).State = w.state()
	}
}

func (w *watch) state() report.Status {
	switch {
	case w.notApplicable:
		return report.NotApplicable
	case w.err != nil:
		return report.Failed
	}
	return report.Clean
}

// read takes in what the connection has come to.
func (e *entry) read(c media.Counters, bytes int) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.now = c
	e.bytes += int64(bytes)
}

// reading returns what the connection has come to.
func (e *entry) reading() media.Counters {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.now
}

func (e *entry) picture() {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.s.LastPicture = time.Now()
}

// event counts an event.
func (e *entry) event(x *report.Event) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.detector(x.Detector).Events[x.Kind]++
}

// defect counts media time in which something is wrong.
func (e *entry) defect(detector string, d time.Duration) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.detector(detector).DefectSeconds += d.Seconds()
}

// alert takes in an alert that was opened or closed.
func (e *entry) alert(a *report.Alert) {
	e.mu.Lock()
	defer e.mu.Unlock()
	d := e.detector(a.Event.Detector)
	switch a.State {
	case report.Opened:
		d.Alerts++
		d.State = report.Defects
	case report.Closed:
		if d.Alerts--; d.Alerts == 0 {
			d.State = report.Clean
		}
	}
}

// speedWindow is how long a time speed is measured over.
const speedWindow = 5 * time.Second

// asked takes in that detectors were asked, at a media time so long after they
// were before.
func (e *entry) asked(elapsed, at, behind time.Duration) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.s.Behind = behind
	if elapsed > 0 && elapsed < speedWindow {
		e.s.Media += elapsed
	}
	w := &e.window
	switch span := time.Since(w.began); {
	case w.began.IsZero() || at < w.media:
		w.began, w.media, w.bytes = time.Now(), at, e.bytes
	case span >= speedWindow:
		e.s.Speed = float64(at-w.media) / float64(span)
		e.s.Bitrate = 8 * float64(e.bytes-w.bytes) / span.Seconds()
		w.began, w.media, w.bytes = time.Now(), at, e.bytes
	}
}

// A feed passes on what is read, and keeps count.
type feed struct {
	queue
	input  *media.Input
	status *entry
}

func (f *feed) Packet(p *measure.Packet) {
	f.status.read(f.input.Counters(), p.Size)
	f.queue.Packet(p)
}

func plus(a, b media.Counters) media.Counters { return added(a, b, 1) }

func minus(a, b media.Counters) media.Counters { return added(a, b, -1) }

func added(a, b media.Counters, sign int64) media.Counters {
	return media.Counters{
		Packets: a.Packets + sign*b.Packets, CorruptPackets: a.CorruptPackets + sign*b.CorruptPackets,
		Pictures: a.Pictures + sign*b.Pictures, DamagedPictures: a.DamagedPictures + sign*b.DamagedPictures,
		Samples: a.Samples + sign*b.Samples, DecodeErrors: a.DecodeErrors + sign*b.DecodeErrors,
		ParameterChanges: a.ParameterChanges + sign*b.ParameterChanges, Dropped: a.Dropped + sign*b.Dropped,
	}
}

// A sharedWriter lets several goroutines write.
type sharedWriter struct {
	mu sync.Mutex
	w  report.Writer
}

func (s *sharedWriter) Write(m report.Message) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.w.Write(m)
}
