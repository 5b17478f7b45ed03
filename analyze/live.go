package analyze

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/vqa-project/vqa/analyze/media"
	"github.com/vqa-project/vqa/analyze/report"
	"github.com/vqa-project/vqa/detectors/measure"
)

// A Channel is an input that is watched live: it has no end of its own, and is
// opened again where it is lost.
type Channel struct {
	Name      string // in results; no two are the same
	Input     string
	Detectors []Detector
	Media     media.Options
}

// LiveOptions say what to watch and how. Durations are of the wall clock.
type LiveOptions struct {
	Channels []Channel
	Tool     report.Tool
	Until    time.Time // when to end; zero means when interrupted

	Stall  time.Duration // a source from which nothing comes for so long has stalled; 0 means never
	Hold   time.Duration // media time without a defect after which its alert closes
	Update time.Duration // media time after which an open alert is told again; 0 means never
	Rotate time.Duration // how often results end and begin anew; 0 means never

	// Plots adds what reports plot and show to the messages.
	Plots bool

	// Rows, where set, opens what the rows of a channel are kept in, each time
	// that its results begin. It is closed when they end.
	Rows func(channel string) (io.WriteCloser, error)

	// Writer is given the messages of all channels, each with its name, from
	// one goroutine at a time.
	Writer report.Writer

	Board *Board // where the state of channels is kept; may be nil
}

// Live watches channels until it is time, or ctx is cancelled, which is what it
// is there for: only then its error is ctx's. It ends before where results
// could not be written, or all channels are recordings that have ended.
func Live(ctx context.Context, o LiveOptions) ([]Outcome, error) {
	if o.Board == nil {
		o.Board = NewBoard()
	}
	watching := ctx
	if !o.Until.IsZero() {
		var cancel context.CancelFunc
		watching, cancel = context.WithDeadline(ctx, o.Until)
		defer cancel()
	}
	outcomes := make([]Outcome, len(o.Channels))
	shared := &sharedWriter{w: o.Writer}
	g, running := errgroup.WithContext(watching)
	for i, c := range o.Channels {
		l := newLive(&o, c, shared)
		g.Go(func() error {
			outcomes[i] = l.watch(running)
			return l.failed
		})
	}
	if err := g.Wait(); err != nil {
		return outcomes, err
	}
	return outcomes, ctx.Err()
}

// tickInterval is how often a channel looks whether its source still comes,
// and whether results are to be written anew.
const tickInterval = 100 * time.Millisecond

// askInterval is how often detectors are asked what is open, in media time.
const askInterval = 200 * time.Millisecond

// apartness is how far the streams of an input may be from each other: what is
// missing so long of one is on its way.
const apartness = 500 * time.Millisecond

// A live is the watch over one channel. It works in one goroutine; another one
// reads.
type live struct {
	options *LiveOptions
	Channel
	run     *run     // whose results are being written; nil before the first
	watcher *watcher // of what comes; nil while there is no connection
	input   *media.Input
	alerts  alerts
	source  source
	failed  error // why results could not be written
	write   func(report.Message) error
	rows    io.Closer // of the results now written; nil where rows are not kept

	begun   time.Time      // when the results now written began, wall clock
	rotated int            // how many times Rotate the channel had been watched then
	before  media.Counters // of the connection, when the results now written began
	asked   time.Duration
	quiet   time.Duration // media time before which nobody is asked: clocks have jumped

	status  *entry
	defects map[string]int
	ever    bool  // it was connected
	err     error // why it is not
	broken  error // why a recording was not read to its end
}

func newLive(o *LiveOptions, c Channel, shared *sharedWriter) *live {
	l := &live{options: o, Channel: c, defects: map[string]int{}, status: o.Board.add(&c)}
	l.write = func(m report.Message) error {
		m.Channel = c.Name
		return shared.Write(m)
	}
	l.alerts = alerts{hold: o.Hold, update: o.Update, say: func(a report.Alert) {
		l.status.alert(&a)
		l.send(report.Message{Alert: &a})
	}, count: l.status.defect}
	l.source = source{limit: o.Stall}
	return l
}

func (l *live) send(m report.Message) {
	if l.failed == nil {
		l.failed = l.write(m)
	}
}

// errEnded is why a recording is not opened again.
var errEnded = errors.New("ended")

// watch watches the channel until ctx ends.
func (l *live) watch(ctx context.Context) Outcome {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	l.begun = time.Now()
	for wait := (backoff{}); l.failed == nil; {
		err := l.session(ctx)
		if l.run != nil && l.failed == nil {
			l.failed = l.run.failed
		}
		if ctx.Err() != nil || errors.Is(err, errEnded) || l.failed != nil {
			if l.run == nil {
				l.lost(l.nothing())
			}
			break
		}
		if l.err == nil {
			slog.Warn("channel is lost, and is opened again until it is there", "channel", l.Name, "error", err)
		}
		l.lost(err)
		if l.pause(ctx, wait.next(l.source.takeLasted())) != nil {
			break
		}
	}
	l.finish(ctx)
	out := Outcome{Input: l.Input, Defects: l.defects}
	if out.Err = l.broken; !l.ever {
		out.Err = l.err
	}
	return out
}

// pause waits, and looks at what must go on.
func (l *live) pause(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	tick := time.NewTicker(tickInterval)
	defer tick.Stop()
	for l.failed == nil {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-timer.C:
			return nil
		case <-tick.C:
			l.tick()
		}
	}
	return l.failed
}

// stale is how many times the timeout a playlist may go without a new segment:
// opened again, it would name those that were seen.
const stale = 6

// probing is how much of a source FFmpeg wants, at most, to find out what is in
// it, before anything can be decoded. It takes most often less than a second.
const probing = 7 * time.Second

// nothing is why a source is lost that has not come yet.
func (l *live) nothing() error {
	return fmt.Errorf("opening %q: nothing came that can be decoded", l.Input)
}

// A connection is what comes of opening an input.
type connection struct {
	input *media.Input
	err   error
}

// session opens the input and watches it until it ends, fails or is cancelled.
// It returns why.
func (l *live) session(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	opened, read := make(chan connection, 1), make(chan error, 1)
	q := make(queue, queueLength)
	o := (&run{options: l.runOptions()}).mediaOptions()
	o.Segments = stale * o.Timeout
	go func() {
		defer close(q)
		in, err := media.Open(ctx, l.Input, o)
		opened <- connection{in, err}
		if err == nil {
			read <- in.Read(ctx, &feed{q, in, l.status})
		}
	}()
	tick := time.NewTicker(tickInterval)
	defer tick.Stop()
	patience := time.NewTimer(probing + l.options.Stall)
	defer patience.Stop()
	for l.input == nil {
		select {
		case c := <-opened:
			if c.err != nil {
				return c.err
			}
			l.connected(c.input, q)
		case <-patience.C:
			if l.run == nil {
				slog.Warn("nothing has come yet that can be decoded", "channel", l.Name, "input", l.Input)
				l.lost(l.nothing())
			}
		case <-tick.C:
			l.tick()
		}
	}
	defer l.disconnected()
	for q := (<-chan any)(q); q != nil; {
		select {
		case item, ok := <-q:
			if !ok {
				q = nil
				break
			}
			l.take(item)
		case <-tick.C:
			l.tick()
		}
		if l.failed != nil || l.run.failed != nil {
			cancel() // and go on until the reader has noticed
		}
	}
	err := <-read
	if ctx.Err() == nil && l.input.Recorded() && (err == nil || !l.input.Segmented()) {
		l.broken = err
		return errEnded
	}
	if err == nil {
		return errors.New("the source has ended")
	}
	return err
}

func (l *live) runOptions() *Options {
	return &Options{Detectors: l.Detectors, Media: l.Media, Tool: l.options.Tool, Plots: l.options.Plots}
}

// connected begins results for what was opened.
func (l *live) connected(in *media.Input, q queue) {
	if l.run != nil {
		l.restored()
		l.summary(0, l.err)
	}
	if p := in.Program(); p.Format == "dash" && p.Duration == 0 && !l.ever {
		slog.Warn("FFmpeg may leave out segments of live DASH, or stop at one that is not there yet: gaps may be its own; HLS is read as it is", "channel", l.Name)
	}
	l.input, l.ever, l.err = in, true, nil
	l.begin(in.Program(), nil)
	l.run.undecodable(in.Undecodable())
	l.watcher = newWatcher(l.run)
	l.asked, l.quiet = 0, 0
	l.source.connected(in)
	l.status.connected(in, q)
}

// begin begins results of a program, which is empty where there is none.
func (l *live) begin(p measure.Program, opening error) {
	r := &run{options: l.runOptions(), name: l.Input, program: p, write: l.write, cancel: func() {}, live: l}
	l.run = r
	l.keep(opening)
	r.start(opening)
	l.status.started(r.detectors)
}

// keep begins what is written: results, and rows in a file of their own.
func (l *live) keep(opening error) {
	if r := l.options.Rotate; r > 0 {
		l.rotated = int(time.Since(l.begun) / r)
	}
	if l.options.Rows != nil {
		file, err := l.options.Rows(l.Name)
		if err != nil {
			l.run.fail(err)
			return
		}
		l.rows, l.run.options.Rows = file, file
	}
	l.run.keep(opening)
}

// take shows what came to the detectors.
func (l *live) take(item any) {
	w := l.watcher
	before := w.reached
	w.take(item)
	if w.jumped {
		w.jumped = false
		l.asked, l.quiet = w.reached, w.reached+time.Second
	}
	l.source.came(w.reached)
	if w.reached == before {
		return
	}
	if _, ok := item.(*media.Picture); ok {
		l.status.picture()
	}
	if w.reached-l.asked >= askInterval && w.reached >= l.quiet {
		l.ask()
	}
}

// ask asks detectors what is open.
func (l *live) ask() {
	now := l.now()
	elapsed := now - l.asked
	l.asked = now
	l.alerts.begin()
	if l.watcher != nil {
		l.run.asking = true
		for _, d := range l.run.detectors {
			if d.Open != nil {
				d.Open(l.watcher.reached - apartness)
			}
		}
		l.run.asking = false
	}
	if l.source.wrong() {
		e := l.source.current()
		l.alerts.see(e.wire(), e.start, e.end, now)
	}
	l.alerts.settle(now)
	l.status.asked(elapsed, now, l.source.behind)
}

// now returns the media time reached, which goes on while nothing comes.
func (l *live) now() time.Duration {
	if l.watcher == nil || l.source.wrong() {
		return l.source.now()
	}
	return l.watcher.reached
}

// tick looks at what goes on while nothing comes.
func (l *live) tick() {
	if l.run == nil {
		return
	}
	if e, ok := l.source.tick(); ok {
		l.found(e)
		l.asked = l.now()
		l.ask()
	} else if l.source.wrong() {
		l.ask()
	}
	if r := l.options.Rotate; r > 0 && time.Since(l.begun) >= time.Duration(l.rotated+1)*r {
		l.rotate()
	}
}

// found reports an event of the source that is over.
func (l *live) found(e sourceEvent) {
	wire := e.wire()
	l.alerts.closed(wire, e.start, e.end, l.now())
	l.status.event(&wire)
	l.source.events++
	l.defects[sourceName]++
	l.send(report.Message{Event: &wire})
}

// event takes in an event of a detector: open, or over.
func (l *live) event(e *report.Event, start, end time.Duration) {
	if l.run.asking {
		l.alerts.see(*e, start, end, l.now())
		return
	}
	l.alerts.closed(*e, start, end, l.now())
	l.defects[e.Detector]++
	l.status.event(e)
}

// disconnected ends what depended on the connection.
func (l *live) disconnected() {
	in := l.input
	l.watcher.flush()
	l.run.flush(in.End())
	l.watcher.missing()
	l.alerts.close(l.now(), sourceName)
	l.run.ended = in.End()
	l.source.disconnected(in.End())
	l.status.disconnected(in.Counters())
	l.run.counters, l.before = minus(in.Counters(), l.before), media.Counters{}
	in.Close()
	l.input, l.watcher = nil, nil
}

// lost takes in that the source is gone, or has not come since it is watched.
func (l *live) lost(err error) {
	l.err = err
	since := time.Now()
	if l.run == nil {
		since = l.begun
		l.begin(measure.Program{}, err)
	}
	l.source.lose(since)
	l.ask()
}

// restored takes in that the source is back.
func (l *live) restored() {
	if e, ok := l.source.over(); ok {
		l.found(e)
		slog.Warn("channel is back", "channel", l.Name, "after_s", report.Seconds(e.end-e.start))
	}
	l.alerts.close(l.now(), "")
}

// summary ends the results now written. err is why there were none.
func (l *live) summary(end time.Duration, err error) {
	r := l.run
	if l.ever {
		err = l.broken
	}
	if err == nil && r.counters.Packets == 0 {
		err = errors.New("nothing came")
	}
	r.source = l.source.verdict()
	r.finish(max(end, r.ended, r.from), r.counters, err) // from, where nothing came since
	if l.rows != nil {
		r.fail(l.rows.Close())
		l.rows = nil
	}
	if l.failed == nil {
		l.failed = r.failed
	}
}

// rotate ends the results and begins others; what is watched goes on.
func (l *live) rotate() {
	if l.input != nil {
		l.ask()
		for _, d := range l.run.detectors {
			d.gather()
			d.open = l.alerts.going(d.Name)
		}
		now := l.status.reading()
		l.run.counters, l.before = minus(now, l.before), now
	}
	l.summary(l.now(), l.err)
	for _, d := range l.run.detectors {
		d.events, d.open = 0, 0
		if l.input == nil && d.err == nil {
			d.err = l.err // nothing was looked at since
		}
	}
	l.run.counters, l.run.from = media.Counters{}, l.now()
	l.keep(l.err)
	if l.watcher != nil {
		l.watcher.subscribe()
	}
}

// finish ends all results.
func (l *live) finish(ctx context.Context) {
	if l.run == nil {
		return
	}
	if e, ok := l.source.over(); ok {
		l.found(e)
	}
	l.alerts.close(l.now(), "")
	err := l.err
	if errors.Is(ctx.Err(), context.Canceled) && l.ever {
		l.run.interrupted = true
	}
	l.summary(0, err)
}
