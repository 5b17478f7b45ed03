package analyze

import (
	"errors"
	"time"

	"github.com/vqa-project/vqa/analyze/media"
	"github.com/vqa-project/vqa/detectors"
	"github.com/vqa-project/vqa/detectors/measure"
)

// queueLength bounds how far decoding may run ahead of measuring, in packets,
// pictures and stretches of sound together. It is what keeps memory flat: a
// 1080p picture takes 3 MB.
const queueLength = 4

// A queue carries what is decoded to the watcher. It is a [media.Handler].
type queue chan any

func (q queue) Packet(p *measure.Packet) { q <- *p }
func (q queue) Picture(p *media.Picture) { q <- p }
func (q queue) Sound(s *media.Sound)     { q <- s }

func (q queue) Resource(r *measure.Resource) { q <- *r }

func (q queue) Transport(rows []measure.Transport) { q <- rows }

// A watcher measures what comes out of the queue and shows the rows to the
// detectors. It works in one goroutine.
type watcher struct {
	run   *run
	needs measure.Set

	onTransport []func(*measure.Transport)
	onResource  []func(*measure.Resource)
	onPacket    []func(*measure.Packet)
	onPicture   []func(*measure.Picture)
	onBlock     []func(*measure.Block)

	video map[int]*videoStream
	audio map[int]*measure.AudioMeter

	reached  time.Duration // media time
	jumped   bool          // that has jumped back
	left     time.Duration // where it jumped last
	reported time.Time     // when progress was last told
}

// A videoStream holds the picture before, which the next is compared with.
type videoStream struct {
	measure *measure.VideoMeter
	before  *media.Picture
}

func newWatcher(r *run) *watcher {
	w := &watcher{run: r, needs: r.needs(), video: map[int]*videoStream{}, audio: map[int]*measure.AudioMeter{}}
	w.subscribe()
	return w
}

// subscribe finds out who wants to be shown what.
func (w *watcher) subscribe() {
	w.onTransport, w.onResource, w.onPacket, w.onPicture, w.onBlock = nil, nil, nil, nil, nil
	runs := w.run.observers()
	for _, d := range w.run.detectors {
		runs = append(runs, d.Run)
	}
	for _, d := range runs {
		if d.Resource != nil {
			w.onResource = append(w.onResource, d.Resource)
		}
		if d.Transport != nil {
			w.onTransport = append(w.onTransport, d.Transport)
		}
		if d.Packet != nil {
			w.onPacket = append(w.onPacket, d.Packet)
		}
		if d.Picture != nil {
			w.onPicture = append(w.onPicture, d.Picture)
		}
		if d.Block != nil {
			w.onBlock = append(w.onBlock, d.Block)
		}
	}
}

// watch works until the queue is closed, and flushes what is half measured.
func (w *watcher) watch(q queue) {
	for item := range q {
		w.take(item)
	}
	w.flush()
}

// take measures one item of a queue and shows it to the detectors.
func (w *watcher) take(item any) {
	switch x := item.(type) {
	case []measure.Transport:
		for i := range x {
			w.transport(&x[i])
		}
	case measure.Resource:
		w.resource(&x)
	case measure.Packet:
		w.packet(&x)
	case *media.Picture:
		w.picture(x)
	case stamped:
		w.stamped(x)
	case *media.Sound:
		w.sound(x)
	}
}

// flush measures what is half measured, after the last item.
func (w *watcher) flush() {
	for _, s := range w.run.program.Streams {
		if a := w.audio[s.Index]; a != nil {
			a.Flush(w.block)
		}
	}
	for _, v := range w.video {
		if v.before != nil {
			v.before.Release()
		}
	}
}

func (w *watcher) picture(p *media.Picture) {
	v := w.video[p.Row.Stream]
	if v == nil {
		v = &videoStream{measure: measure.NewVideo(w.needs)}
		w.video[p.Row.Stream] = v
	}
	if w.needs.Has(measure.Pictures) {
		var before *measure.Frame
		if v.before != nil {
			before = &v.before.Pixels
		}
		v.measure.Measure(&p.Pixels, before, &p.Row)
	}
	w.row(&p.Row)
	if v.before != nil {
		v.before.Release()
	}
	v.before = p
}

func (w *watcher) sound(s *media.Sound) {
	defer s.Release()
	a := w.audio[s.Buffer.Stream]
	if a == nil {
		a = measure.NewAudio(w.needs)
		w.audio[s.Buffer.Stream] = a
	}
	if w.needs.Has(measure.Sound) {
		a.Add(&s.Buffer, w.block)
	}
	w.progress(s.Buffer.PTS)
}

// all is what shows rows that are measured to everybody.
func (w *watcher) all() detectors.Run {
	return detectors.Run{Transport: w.transport, Resource: w.resource, Packet: w.packet, Picture: w.row, Block: w.block}
}

func (w *watcher) transport(t *measure.Transport) {
	for _, f := range w.onTransport {
		f(t)
	}
}

func (w *watcher) resource(r *measure.Resource) {
	for _, f := range w.onResource {
		f(r)
	}
}

func (w *watcher) packet(p *measure.Packet) {
	for _, f := range w.onPacket {
		f(p)
	}
	if p.HasPTS && !w.needs.Has(measure.Pictures) && !w.needs.Has(measure.Sound) {
		w.progress(p.PTS)
	}
}

func (w *watcher) row(p *measure.Picture) {
	for _, f := range w.onPicture {
		f(p)
	}
	w.progress(p.PTS)
}

func (w *watcher) block(b *measure.Block) {
	for _, f := range w.onBlock {
		f(b)
	}
}

// progressInterval is how often progress is told.
const progressInterval = 100 * time.Millisecond

// restarted is how far media time jumps back where a source was restarted, and
// not only its streams are apart.
const restarted = 5 * time.Second

func (w *watcher) progress(at time.Duration) {
	if w.reached-at >= restarted {
		w.left, w.reached, w.jumped = w.reached, at, true
	}
	if at-w.reached >= restarted && (at-w.left).Abs() < restarted {
		return // another stream has yet to jump
	}
	w.reached = max(w.reached, at)
	if w.run.rows != nil {
		w.run.fail(w.run.rows.Err())
	}
	if tell := w.run.options.Progress; tell != nil && time.Since(w.reported) >= progressInterval {
		w.reported = time.Now()
		tell(w.run.input, w.reached, w.run.program.Duration)
	}
}

var (
	errNoPicture = errors.New("no picture could be decoded")
	errNoSound   = errors.New("no sound could be decoded")
)

// missing tells the detectors concerned of streams of which nothing came out
// of the decoder: they are not clean.
func (w *watcher) missing() {
	for _, s := range w.run.program.Streams {
		switch {
		case !s.Selected:
		case s.Type == measure.Video && w.needs.Has(measure.Pictures) && w.video[s.Index] == nil:
			w.run.unchecked(s, errNoPicture)
		case s.Type == measure.Audio && w.needs.Has(measure.Sound) && w.audio[s.Index] == nil:
			w.run.unchecked(s, errNoSound)
		}
	}
}
