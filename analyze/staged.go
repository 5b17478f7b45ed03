package analyze

import (
	"context"
	_ "embed"
	"fmt"
	"maps"
	"time"

	"github.com/vqa-project/vqa/analyze/media"
	"github.com/vqa-project/vqa/analyze/report"
	"github.com/vqa-project/vqa/analyze/states"
	"github.com/vqa-project/vqa/detectors/measure"
)

//go:embed staged.asl.json
var stagedMachine []byte

// Staged analyses the first of o's inputs as a serverless design would, to
// measure what that takes: for each second of it, a state machine has the
// converter write pictures and sound to storage, and each detector, by itself,
// read them back. What is found is the same as [Run] finds.
//
// Keys in storage begin with prefix; what is written is removed again.
func Staged(ctx context.Context, o Options, storage Storage, prefix string) (*Counts, error) {
	machine, err := states.Parse(stagedMachine)
	if err != nil {
		return nil, err
	}
	in, err := media.Open(ctx, o.Inputs[0], (&run{options: &o}).mediaOptions())
	if err != nil {
		return nil, err
	}
	defer in.Close()
	s := &staged{options: &o, in: in, storage: &counted{Storage: storage}, prefix: prefix, queue: make(queue, queueLength)}
	for i, d := range o.Detectors {
		s.workers = append(s.workers, s.newWorker(i, d))
	}

	ctx, cancel := context.WithCancel(ctx)
	read := make(chan error, 1)
	go func() {
		err := in.Read(ctx, s.queue)
		close(s.queue)
		read <- err
	}()
	x := states.NewExecution(map[string]states.Task{"convert": s.convert, "detect": s.detect, "gather": s.gather})
	_, err = x.Run(ctx, machine, map[string]any{})
	cancel()
	for item := range s.queue { // so that reading ends
		release(item)
	}
	if readErr := <-read; err == nil && readErr != nil && s.ended {
		err = readErr
	}
	if err != nil {
		return nil, err
	}
	return s.counts(x), s.report()
}

// staged is an analysis through storage.
type staged struct {
	options *Options
	in      *media.Input
	storage *counted
	prefix  string
	queue   queue
	next    any // item that belongs to the second to come
	second  int
	ended   bool
	keys    []string // of the second at hand
	began   time.Time
	latency []float64
	workers []*worker
}

// A worker is one detector with what it keeps from second to second.
type worker struct {
	run     *run
	watcher *watcher
	events  []report.Message
	summary *report.Summary
}

func (s *staged) newWorker(i int, d Detector) *worker {
	o := *s.options
	o.Detectors, o.Progress = []Detector{d}, nil
	w := &worker{}
	w.run = &run{options: &o, input: i, name: o.Inputs[0], cancel: func() {}, program: s.in.Program(), write: func(m report.Message) error {
		switch {
		case m.Event != nil:
			w.events = append(w.events, m)
		case m.Summary != nil:
			w.summary = m.Summary
		}
		return nil
	}}
	w.run.start(nil)
	w.run.undecodable(s.in.Undecodable())
	w.watcher = newWatcher(w.run)
	return w
}

// stepLength is the media time of one step.
const stepLength = time.Second

// convert writes the next second to storage.
func (s *staged) convert(ctx context.Context, _ map[string]any) (any, error) {
	s.began, s.keys = time.Time{}, nil
	end := time.Duration(s.second+1) * stepLength
	var out stage
	var sound []byte
	for {
		item := s.next
		if s.next = nil; item == nil {
			var more bool
			if item, more = <-s.queue; !more {
				s.ended = true
				break
			}
		}
		if s.began.IsZero() {
			s.began = time.Now()
		}
		if at, ok := mediaTime(item); ok && at >= end {
			s.next = item
			break
		}
		switch x := item.(type) {
		case []measure.Transport:
			out.Items = append(out.Items, stageItem{Transport: x})
		case measure.Resource:
			out.Items = append(out.Items, stageItem{Resource: &x})
		case measure.Packet:
			out.Items = append(out.Items, stageItem{Packet: &x})
		case *media.Picture:
			p, pixels := packPicture(x)
			x.Release()
			p.Key = s.key("picture", len(out.Items))
			if err := s.put(ctx, p.Key, pixels); err != nil {
				return nil, err
			}
			out.Items = append(out.Items, stageItem{Picture: &p})
		case *media.Sound:
			var one stageSound
			one, sound = packSound(x, sound)
			x.Release()
			out.Items = append(out.Items, stageItem{Sound: &one})
		}
	}
	if len(sound) > 0 {
		out.Sound = s.key("sound", 0)
		if err := s.put(ctx, out.Sound, sound); err != nil {
			return nil, err
		}
	}
	index, err := encode(out)
	if err != nil {
		return nil, err
	}
	key := s.key("index", 0)
	if err := s.put(ctx, key, index); err != nil {
		return nil, err
	}
	work := make([]any, len(s.workers))
	for i := range s.workers {
		work[i] = map[string]any{"detector": i, "index": key}
	}
	s.second++
	return map[string]any{"work": work, "more": !s.ended}, nil
}

func (s *staged) key(kind string, n int) string {
	return fmt.Sprintf("%s%06d/%s-%04d", s.prefix, s.second, kind, n)
}

func (s *staged) put(ctx context.Context, key string, data []byte) error {
	s.keys = append(s.keys, key)
	return s.storage.Put(ctx, key, data)
}

// mediaTime returns when an item is shown. Packets come before what is decoded
// of them, and go with what follows.
func mediaTime(item any) (time.Duration, bool) {
	switch x := item.(type) {
	case *media.Picture:
		return x.Row.PTS, true
	case *media.Sound:
		return x.Buffer.PTS, true
	}
	return 0, false
}

func release(item any) {
	switch x := item.(type) {
	case *media.Picture:
		x.Release()
	case *media.Sound:
		x.Release()
	}
}

// detect reads a second back and shows it to one detector.
func (s *staged) detect(ctx context.Context, input map[string]any) (any, error) {
	w := s.workers[input["detector"].(int)] // as convert wrote it
	text, err := s.storage.Get(ctx, input["index"].(string))
	if err != nil {
		return nil, err
	}
	var in stage
	if err := decode(text, &in); err != nil {
		return nil, err
	}
	needs := w.run.needs()
	var sound []byte
	if in.Sound != "" && needs.Has(measure.Sound) {
		if sound, err = s.storage.Get(ctx, in.Sound); err != nil {
			return nil, err
		}
	}
	before := len(w.events)
	for _, item := range in.Items {
		switch {
		case item.Transport != nil:
			w.watcher.take(item.Transport)
		case item.Resource != nil:
			w.watcher.take(*item.Resource)
		case item.Packet != nil:
			w.watcher.take(*item.Packet)
		case item.Picture != nil:
			var pixels []byte
			if needs.Has(measure.Pictures) {
				if pixels, err = s.storage.Get(ctx, item.Picture.Key); err != nil {
					return nil, err
				}
			}
			p, err := unpackPicture(item.Picture, pixels)
			if err != nil {
				return nil, err
			}
			w.watcher.take(p)
		case item.Sound != nil && sound != nil:
			one, err := unpackSound(item.Sound, sound)
			if err != nil {
				return nil, err
			}
			w.watcher.take(one)
		}
	}
	return len(w.events) - before, nil
}

// gather ends a second: what is in storage is not needed any more.
func (s *staged) gather(ctx context.Context, input map[string]any) (any, error) {
	if !s.began.IsZero() {
		s.latency = append(s.latency, time.Since(s.began).Seconds())
	}
	for _, key := range s.keys {
		if err := s.storage.Delete(ctx, key); err != nil { // costs nothing, and is not counted
			return nil, err
		}
	}
	return map[string]any{"more": input["more"]}, nil
}

func (s *staged) counts(x *states.Execution) *Counts {
	return &Counts{
		Transitions: x.Transitions(), LatencyS: s.latency,
		Puts: s.storage.puts.Load(), Gets: s.storage.gets.Load(),
		BytesWritten: s.storage.written.Load(), BytesRead: s.storage.read.Load(),
	}
}

// report ends all detectors and writes what they found as one.
func (s *staged) report() error {
	all := &run{options: s.options, name: s.options.Inputs[0], program: s.in.Program()}
	messages := []report.Message{{Header: all.header()}}
	var summary *report.Summary
	for _, w := range s.workers {
		w.watcher.flush()
		w.run.flush(s.in.End())
		w.watcher.missing()
		w.run.finish(s.in.End(), s.in.Counters(), nil)
		messages = append(messages, w.events...)
		if summary == nil {
			summary = w.summary
		} else {
			maps.Copy(summary.Detectors, w.summary.Detectors)
		}
	}
	if summary != nil {
		messages = append(messages, report.Message{Summary: summary})
	}
	for _, m := range messages {
		if err := s.options.Writer.Write(m); err != nil {
			return err
		}
	}
	return nil
}
