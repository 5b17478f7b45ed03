package analyze

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math"
	"strings"
	"time"

	"github.com/vqa-project/vqa/analyze/media"
	"github.com/vqa-project/vqa/analyze/plots"
	"github.com/vqa-project/vqa/analyze/report"
	"github.com/vqa-project/vqa/analyze/rows"
	"github.com/vqa-project/vqa/detectors"
	"github.com/vqa-project/vqa/detectors/measure"
)

// A run is the analysis of one input.
type run struct {
	options *Options
	input   int
	name    string
	write   func(report.Message) error
	failed  error              // the first error of write
	cancel  context.CancelFunc // stops reading

	program   measure.Program
	from      time.Duration // media time at which results begin
	detectors []*watch
	missing   measure.Set // what detectors may need and rows do not carry

	rows     *rows.Writer // nil where rows are not kept
	unlooked []rows.Unchecked
	plots    *plots.Collector // nil where nothing is plotted

	// Of what is watched live.
	live        *live
	asking      bool           // detectors are asked what is open
	counters    media.Counters // of what was read for these results
	ended       time.Duration  // media time of the end, once there is one
	source      *report.Detector
	interrupted bool
}

// A watch is one detector at work in a run, and how it fared.
type watch struct {
	Detector
	detectors.Run
	events        int
	open          int // events that are told in the results that follow
	measures      []report.Measure
	tables        []report.Table
	notApplicable bool
	err           error // why it could not check, or not all
}

func (r *run) run(ctx context.Context) Outcome {
	ctx, r.cancel = context.WithCancel(ctx)
	defer r.cancel()

	in, err := media.Open(ctx, r.name, r.mediaOptions())
	if err != nil {
		r.begin(err)
		return r.finish(0, media.Counters{}, err)
	}
	defer in.Close()
	r.program = in.Program()
	r.begin(nil)
	r.undecodable(in.Undecodable())

	q := make(queue, queueLength)
	watched := make(chan *watcher)
	go func() {
		w := newWatcher(r)
		w.watch(q)
		watched <- w
	}()
	err = in.Read(ctx, r.handler(q))
	close(q)
	w := <-watched
	r.flush(in.End())
	w.missing()
	return r.finish(in.End(), in.Counters(), err)
}

// begin begins results, and starts all that looks at rows. opening is why the
// input could not be opened.
func (r *run) begin(opening error) {
	r.keep(opening)
	r.start(opening)
}

// keep begins results: it writes the header, and prepares what is kept of rows.
func (r *run) keep(opening error) {
	r.send(report.Message{Header: r.header()})
	if r.options.Rows != nil {
		start := rows.Start{Input: r.name, From: r.from, Measured: r.needs().String(), Program: r.program}
		if opening != nil {
			start.Failure = opening.Error()
		}
		r.rows = rows.NewWriter(r.options.Rows, start)
	}
	if r.options.Plots {
		r.plots = plots.New(r.program, r.needs()&^r.missing, r.from)
	}
}

// observers returns what is shown all rows, before the detectors are.
func (r *run) observers() []detectors.Run {
	var out []detectors.Run
	if r.rows != nil {
		out = append(out, r.rows.Run())
	}
	if r.plots != nil {
		out = append(out, r.plots.Run())
	}
	return out
}

// flush tells the detectors that the program ends, and asks for its measures.
func (r *run) flush(end time.Duration) {
	for _, d := range r.detectors {
		if d.Flush != nil {
			d.Flush(end)
		}
		d.gather()
	}
}

// gather asks for what the program came to up to now.
func (w *watch) gather() {
	if w.Measures != nil {
		w.measures = finite(w.Measures())
	}
	if w.Tables != nil {
		w.tables = tables(w.Tables())
	}
}

// mediaOptions leaves out the decoding that no detector needs.
func (r *run) mediaOptions() media.Options {
	o := r.options.Media
	if needs := r.needs(); needs != 0 {
		o.SkipVideo = !needs.Has(measure.Pictures)
		o.SkipAudio = !needs.Has(measure.Sound)
		o.Transport = needs.Has(measure.Multiplex)
		o.Playlists = needs.Has(measure.Playlists)
	}
	return o
}

func (r *run) needs() measure.Set {
	var s measure.Set
	for _, d := range r.options.Detectors {
		s |= d.Needs
	}
	return s
}

// start starts all detectors, or none where the input could not be opened.
func (r *run) start(opening error) {
	for _, d := range r.options.Detectors {
		w := &watch{Detector: d, err: opening}
		r.detectors = append(r.detectors, w)
		if opening != nil {
			continue
		}
		if missing := d.Needs & r.missing; missing != 0 {
			w.notApplicable, w.err = true, fmt.Errorf("rows do not carry %s", missing)
			continue
		}
		run, err := d.Start(r.program, func(e detectors.Event) { r.event(w, e) })
		switch {
		case errors.Is(err, detectors.ErrNotApplicable):
			w.notApplicable = true
			if missing, ok := strings.CutPrefix(err.Error(), detectors.ErrNotApplicable.Error()+": "); ok {
				w.err = errors.New(missing)
			}
		case err != nil:
			w.err = fmt.Errorf("starting: %w", err)
		default:
			w.Run = run
		}
	}
}

// undecodable tells the detectors concerned that a stream has no decoder.
func (r *run) undecodable(streams map[int]error) {
	for _, s := range r.program.Streams {
		if err := streams[s.Index]; err != nil {
			r.unchecked(s, err)
		}
	}
}

// unchecked says that nothing of a stream could be looked at.
func (r *run) unchecked(s measure.Stream, err error) {
	r.unlooked = append(r.unlooked, rows.Unchecked{Stream: s.Index, Why: err.Error()})
	needs := measure.Pictures
	if s.Type == measure.Audio {
		needs = measure.Sound
	}
	for _, d := range r.detectors {
		if d.Needs.Has(needs) && !d.notApplicable && d.err == nil {
			d.err = fmt.Errorf("stream %d: %w", s.Index, err)
		}
	}
}

func (r *run) event(w *watch, e detectors.Event) {
	out := wireEvent(w.Name, e)
	if r.live != nil {
		r.live.event(out, e.Start, e.End)
		if r.asking {
			return
		}
	}
	w.events++
	if r.plots != nil {
		out.Pictures = r.plots.Pictures(w.Name, e)
	}
	r.send(report.Message{Event: out})
}

// wireEvent returns an event as results have it.
func wireEvent(detector string, e detectors.Event) *report.Event {
	evidence := maps.Clone(e.Evidence)
	for name, v := range evidence {
		evidence[name] = rounded(v)
	}
	return &report.Event{
		Detector: detector,
		Kind:     e.Kind,
		Stream:   e.Stream,
		StartS:   report.Seconds(e.Start),
		EndS:     report.Seconds(e.End),
		Value:    rounded(e.Value),
		Limit:    rounded(e.Limit),
		Unit:     e.Unit,
		WorstS:   report.Seconds(e.Worst),
		Evidence: evidence,
	}
}

// finite returns the measures that are known.
func finite(measures []detectors.Measure) []report.Measure {
	var out []report.Measure
	for _, m := range measures {
		if !math.IsNaN(m.Value) && !math.IsInf(m.Value, 0) {
			out = append(out, report.Measure{Stream: m.Stream, Name: m.Name, Value: rounded(m.Value)})
		}
	}
	return out
}

// tables returns tables with numbers that can be written.
func tables(lists []detectors.Table) []report.Table {
	var out []report.Table
	for _, l := range lists {
		rows := make([][]any, len(l.Rows))
		for i, row := range l.Rows {
			rows[i] = make([]any, len(row))
			for j, c := range row {
				v, number := c.(float64)
				switch {
				case !number:
					rows[i][j] = c
				case !math.IsNaN(v) && !math.IsInf(v, 0):
					rows[i][j] = rounded(v)
				}
			}
		}
		out = append(out, report.Table{Name: l.Name, Columns: l.Columns, Rows: rows})
	}
	return out
}

// rounded leaves out the digits that mean nothing.
func rounded(v float64) float64 { return math.Round(v*1e6) / 1e6 }

// send writes a message. Where that fails, reading stops.
func (r *run) send(m report.Message) {
	if r.failed != nil {
		return
	}
	r.fail(r.write(m))
}

// fail notes the first error of writing results, and stops reading.
func (r *run) fail(err error) {
	if err != nil && r.failed == nil {
		r.failed = err
		r.cancel()
	}
}

func (r *run) header() *report.Header {
	h := &report.Header{
		Schema:    report.Schema,
		Tool:      r.options.Tool,
		Input:     r.name,
		StartedAt: time.Now().UTC().Format(time.RFC3339),
		Format:    r.program.Format,
		StartS:    report.Seconds(r.from),
		DurationS: report.Seconds(r.program.Duration),
		Streams:   []report.Stream{},
		Options:   map[string]map[string]any{},
	}
	for _, s := range r.program.Streams {
		h.Streams = append(h.Streams, Describe(s))
	}
	for _, d := range r.options.Detectors {
		h.Options[d.Name] = d.Options
	}
	return h
}

// Describe returns a stream as results have it.
func Describe(s measure.Stream) report.Stream {
	out := report.Stream{
		Index: s.Index, Type: string(s.Type), Codec: s.Codec, Analyzed: s.Selected, Language: s.Language,
		Width: s.Width, Height: s.Height, PixelFormat: s.PixelFormat,
		SampleRate: s.SampleRate, Channels: s.Channels, ChannelLayout: s.ChannelLayout,
	}
	if s.FrameRate.Den != 0 {
		out.FrameRate = fmt.Sprintf("%d/%d", s.FrameRate.Num, s.FrameRate.Den)
	}
	return out
}

// finish writes the summary. err is why the input was not read to its end.
func (r *run) finish(end time.Duration, c media.Counters, err error) Outcome {
	return r.conclude(end, report.Counters{
		Packets: c.Packets, CorruptPackets: c.CorruptPackets,
		Pictures: c.Pictures, DamagedPictures: c.DamagedPictures,
		Samples: c.Samples, DecodeErrors: c.DecodeErrors, ParameterChanges: c.ParameterChanges, Dropped: c.Dropped,
	}, err)
}

// conclude writes the summary, with counters as results have them.
func (r *run) conclude(end time.Duration, c report.Counters, err error) Outcome {
	out := Outcome{Input: r.name, Defects: map[string]int{}, Err: err}
	interrupted := errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded)
	s := &report.Summary{
		Input:       r.name,
		DurationS:   report.Seconds(end),
		Interrupted: interrupted || r.interrupted,
		Detectors:   map[string]report.Detector{},
		Counters:    c,
	}
	if err != nil && !interrupted {
		s.Error = err.Error()
	}
	for _, d := range r.detectors {
		out.Defects[d.Name] = d.events
		s.Detectors[d.Name] = d.result(err != nil && !interrupted)
	}
	if r.source != nil {
		s.Detectors[sourceName] = *r.source
	}
	if r.plots != nil {
		r.send(report.Message{Plots: r.plots.Plots()})
	}
	if r.rows != nil {
		r.fail(r.rows.Close(rows.End{End: end, Error: s.Error, Interrupted: interrupted, Unchecked: r.unlooked, Counters: c}))
	}
	r.send(report.Message{Summary: s})
	return out
}

// result says how the detector ended. It is clean only where all of the input
// could be checked.
func (w *watch) result(inputFailed bool) report.Detector {
	d := report.Detector{Events: w.events, Open: w.open, Measures: w.measures, Tables: w.tables}
	if w.err != nil {
		d.Error = w.err.Error()
	}
	switch {
	case w.events+w.open > 0:
		d.Status = report.Defects
	case w.notApplicable:
		d.Status = report.NotApplicable
	case w.err != nil:
		d.Status = report.Failed
	case inputFailed:
		d.Status, d.Error = report.Failed, "the input was not read to its end"
	default:
		d.Status = report.Clean
	}
	return d
}
