package analyze_test

import (
	"bytes"
	"context"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/vqa-project/vqa/analyze"
	"github.com/vqa-project/vqa/analyze/media"
	"github.com/vqa-project/vqa/analyze/report"
)

// A log keeps messages, and when they came.
type log struct {
	mu       sync.Mutex
	messages []report.Message
}

func (l *log) Write(m report.Message) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.messages = append(l.messages, m)
	return nil
}

func (*log) Close() error { return nil }

// watch watches channels until ctx ends.
func watch(ctx context.Context, t *testing.T, o analyze.LiveOptions) ([]analyze.Outcome, []report.Message) {
	t.Helper()
	l := &log{}
	o.Writer = l
	o.Hold = 500 * time.Millisecond
	if o.Stall == 0 {
		o.Stall = time.Second
	}
	outcomes, err := analyze.Live(ctx, o)
	if err != nil {
		t.Fatal(err)
	}
	return outcomes, l.messages
}

// told checks that the messages of a channel are results, one after the other,
// and that each alert opens, and closes.
func told(t *testing.T, channel string, all []report.Message) (events []report.Event, alerts []report.Alert) {
	t.Helper()
	begun, from := false, 0.0
	state := map[int64]string{}
	for _, m := range all {
		if m.Channel != channel {
			continue
		}
		switch {
		case m.Header != nil && begun, m.Summary != nil && !begun, m.Event != nil && !begun:
			t.Errorf("out of place: %+v", m)
		case m.Header != nil:
			begun, from = true, m.Header.StartS
		case m.Summary != nil:
			begun = false
			if m.Summary.DurationS < from {
				t.Errorf("results from %g s end at %g s", from, m.Summary.DurationS)
			}
		case m.Event != nil:
			events = append(events, *m.Event)
		case m.Alert != nil:
			before := state[m.Alert.ID]
			if (m.Alert.State == report.Opened) != (before == "") || before == report.Closed {
				t.Errorf("alert %d is %q after %q", m.Alert.ID, m.Alert.State, before)
			}
			state[m.Alert.ID] = m.Alert.State
			alerts = append(alerts, *m.Alert)
		}
	}
	if begun {
		t.Error("the last results have no summary")
	}
	for id, s := range state {
		if s != report.Closed {
			t.Errorf("alert %d is %q in the end", id, s)
		}
	}
	return events, alerts
}

// A recording that is watched live has the same events as one that is analysed,
// and each that lasts is told before it closes.
func TestLiveRecording(t *testing.T) {
	path := clip(t, "demo")
	dets := configure(t, nil)
	_, docs, err := run(t.Context(), t, analyze.Options{Inputs: []string{path}, Detectors: dets})
	if err != nil {
		t.Fatal(err)
	}
	board := analyze.NewBoard()
	outcomes, all := watch(t.Context(), t, analyze.LiveOptions{Board: board, Channels: []analyze.Channel{{Name: "one", Input: path, Detectors: dets}}})
	events, alerts := told(t, "one", all)
	d := &report.Document{Events: events}
	slices.SortStableFunc(d.Events, func(a, b report.Event) int {
		return strings.Compare(sortable(a), sortable(b))
	})
	want := &report.Document{Events: docs[0].Events}
	slices.SortStableFunc(want.Events, func(a, b report.Event) int {
		return strings.Compare(sortable(a), sortable(b))
	})
	if got, want := text(t, d), text(t, want); got != want {
		t.Errorf("watched live, it has\n%s\nanalysed\n%s", got, want)
	}
	for _, kind := range []string{"freeze", "black", "silence"} {
		i := slices.IndexFunc(alerts, func(a report.Alert) bool { return a.Event.Kind == kind && a.State == report.Opened })
		if i < 0 {
			t.Errorf("%s is not told", kind)
			continue
		}
		if a := alerts[i]; a.Events != 0 || a.EndS-a.StartS > 3 {
			t.Errorf("%s is told late: %+v", kind, a)
		}
	}
	if outcomes[0].Err != nil || outcomes[0].Defects["freeze"] != 2 {
		t.Errorf("outcome %+v", outcomes[0])
	}
	s := board.Statuses()[0]
	i := slices.IndexFunc(s.Detectors, func(d analyze.DetectorStatus) bool { return d.Name == "freeze" })
	if f := s.Detectors[i]; f.Events["freeze"] != 2 || f.DefectSeconds < 5.5 || f.DefectSeconds > 5.54 || f.Alerts != 0 {
		t.Errorf("status %+v", f)
	}
	if s.Counters.Pictures != 500 || s.Up {
		t.Errorf("status %+v", s)
	}
}

func sortable(e report.Event) string {
	return e.Detector + e.Kind + time.Duration(e.StartS*1e9).String()
}

// server streams a clip over TCP to each who connects, all of it at once, and
// then hangs up, or waits for ever.
func server(t *testing.T, path string, hangUp bool) (address string, connections *atomic.Int64) {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var mu sync.Mutex
	var group sync.WaitGroup
	open := map[net.Conn]bool{}
	connections = &atomic.Int64{}
	group.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			mu.Lock()
			connections.Add(1)
			open[c] = true
			mu.Unlock()
			group.Go(func() {
				_, _ = c.Write(data)
				if hangUp {
					_ = c.Close()
				}
			})
		}
	})
	t.Cleanup(func() {
		_ = l.Close()
		mu.Lock()
		for c := range open {
			_ = c.Close()
		}
		mu.Unlock()
		group.Wait()
	})
	return l.Addr().String(), connections
}

// A source that breaks off is lost, and opened again; one that hangs has
// stalled. Neither keeps anything from the other.
func TestLiveSources(t *testing.T) {
	path := clip(t, "black_cut")
	broken, times := server(t, path, true)
	hanging, _ := server(t, path, false)
	channel := func(name, address string) analyze.Channel {
		return analyze.Channel{Name: name, Input: "tcp://" + address, Detectors: configure(t, nil), Media: media.Options{Timeout: 30 * time.Second}}
	}
	mute, err := net.Listen("tcp", "127.0.0.1:0") // connections wait, and nobody answers
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = mute.Close() }()
	var said bytes.Buffer
	log := slog.Default()
	slog.SetDefault(slog.New(slog.NewTextHandler(&said, nil)))
	outcomes, all := watch(t.Context(), t, analyze.LiveOptions{
		Until:    time.Now().Add(12 * time.Second),
		Channels: []analyze.Channel{channel("broken", broken), channel("hanging", hanging), channel("missing", "127.0.0.1:1"), channel("mute", mute.Addr().String())},
	})
	slog.SetDefault(log)
	kinds := func(name string) []string {
		events, _ := told(t, name, all)
		var out []string
		for _, e := range events {
			out = append(out, e.Kind)
		}
		return out
	}
	if k := kinds("broken"); times.Load() < 2 || !slices.Contains(k, "lost") || !slices.Contains(k, "black") {
		t.Errorf("broken: %d connections, %v", times.Load(), k)
	}
	if k := kinds("hanging"); !slices.Contains(k, "stall") || !slices.Contains(k, "black") {
		t.Errorf("hanging: %v", k)
	}
	if k := kinds("missing"); !slices.Equal(k, []string{"lost"}) {
		t.Errorf("missing: %v", k)
	}
	_, alerts := told(t, "mute", all)
	if len(alerts) == 0 || alerts[0].State != report.Opened || alerts[0].EndS > 10 {
		t.Errorf("mute is told late: %+v", alerts)
	}
	if k := kinds("mute"); !slices.Equal(k, []string{"lost"}) || strings.Count(said.String(), `"nothing has come yet that can be decoded" channel=mute`) != 1 {
		t.Errorf("mute: %v; said %s", k, said.String())
	}
	for i, o := range outcomes {
		if (o.Err != nil) != (i >= 2) {
			t.Errorf("outcome %+v", o)
		}
	}
	for _, m := range all {
		if m.Channel == "missing" && m.Summary != nil {
			if d := m.Summary.Detectors["freeze"]; d.Status != report.Failed || m.Summary.Error == "" {
				t.Errorf("of a channel that never came: %+v", m.Summary)
			}
		}
	}
}

// Results begin anew, and what is watched goes on.
func TestLiveRotate(t *testing.T) {
	hanging, _ := server(t, clip(t, "black_cut"), false)
	dir := t.TempDir()
	w, err := report.NewRotating(2*time.Second, func(stamp string) (report.Writer, error) {
		f, err := report.Create(filepath.Join(dir, stamp+".json"))
		if err != nil {
			return nil, err
		}
		return report.Multi(report.NewJSON(f), closer{f.Close}), nil
	})
	if err != nil {
		t.Fatal(err)
	}
	l := &log{}
	_, err = analyze.Live(t.Context(), analyze.LiveOptions{
		Channels: []analyze.Channel{{Name: "one", Input: "tcp://" + hanging, Detectors: configure(t, nil), Media: media.Options{Timeout: time.Minute}}},
		Until:    time.Now().Add(7 * time.Second), Stall: time.Second, Rotate: 2 * time.Second, Writer: report.Multi(w, l),
	})
	if err != nil || w.Close() != nil {
		t.Fatal(err)
	}
	told(t, "one", l.messages)
	files, _ := filepath.Glob(filepath.Join(dir, "*.json"))
	var pictures, silent int64
	for _, m := range l.messages {
		s := m.Summary
		if s == nil {
			continue
		}
		pictures += s.Counters.Pictures
		if s.Counters.Packets > 0 {
			continue
		}
		silent++
		if d := s.Detectors["freeze"]; d.Status != report.Failed {
			t.Errorf("where nothing came, freeze is %+v", d)
		}
		if d := s.Detectors["source"]; d.Status != report.Defects || d.Events+d.Open != 1 {
			t.Errorf("where nothing came, the source is %+v", d)
		}
	}
	if len(files) < 3 || pictures == 0 || silent == 0 {
		t.Errorf("%d files, %d pictures, %d results of nothing", len(files), pictures, silent)
	}
}

type closer struct{ close func() error }

func (closer) Write(report.Message) error { return nil }
func (c closer) Close() error             { return c.close() }
