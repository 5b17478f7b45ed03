package analyze

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"

	"github.com/vqa-project/vqa/analyze/report"
)

// inputs is a writer that keeps the inputs of messages, and fails when told.
type inputs struct {
	seen []string
	fail error
}

func (w *inputs) Write(m report.Message) error {
	w.seen = append(w.seen, m.Summary.Input)
	return w.fail
}

func (w *inputs) Close() error { return nil }

func message(input int) report.Message {
	return report.Message{Summary: &report.Summary{Input: fmt.Sprint(input)}}
}

// do sends "2" as a message of input 2, and "-2" as its end.
func do(s *sequencer, step string) error {
	var input int
	if _, err := fmt.Sscan(step, &input); err != nil {
		return err
	}
	if step[0] == '-' {
		return s.end(-input)
	}
	return s.write(input, message(input))
}

func TestSequencer(t *testing.T) {
	for _, c := range []struct {
		name        string
		steps, want []string
	}{
		{"in order", []string{"0", "0", "-0", "1", "-1"}, []string{"0", "0", "1"}},
		{"at once", []string{"1", "0"}, []string{"0"}},
		{"second first", []string{"1", "1", "-1", "0", "-0"}, []string{"0", "1", "1"}},
		{"last first", []string{"2", "-2", "1", "0", "1", "-0", "1", "-1"}, []string{"0", "1", "1", "1", "2"}},
		{"nothing of the first", []string{"1", "-1", "-0", "2"}, []string{"1", "2"}},
	} {
		w := &inputs{}
		s := newSequencer(w, 3)
		for _, step := range c.steps {
			if err := do(s, step); err != nil {
				t.Fatal(err)
			}
		}
		if !slices.Equal(w.seen, c.want) {
			t.Errorf("%s: %v, want %v", c.name, w.seen, c.want)
		}
	}
}

func TestSequencerFails(t *testing.T) {
	full := errors.New("disk full")
	s := newSequencer(&inputs{fail: full}, 2)
	if err := s.write(1, message(1)); err != nil {
		t.Errorf("a message that waits: %v", err)
	}
	if err := s.write(0, message(0)); !errors.Is(err, full) {
		t.Errorf("a message that passes: %v", err)
	}
	if err := s.end(0); !errors.Is(err, full) {
		t.Errorf("messages that waited: %v", err)
	}
}

// Inputs that run at the same time come out one after the other.
func TestSequencerConcurrently(t *testing.T) {
	const n, each = 20, 50
	w := &inputs{}
	s := newSequencer(w, n)
	var wg sync.WaitGroup
	for _, i := range rand.Perm(n) {
		wg.Go(func() {
			for range each {
				if err := s.write(i, message(i)); err != nil {
					t.Error(err)
				}
			}
			if err := s.end(i); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	var want []string
	for i := range n {
		want = append(want, slices.Repeat([]string{fmt.Sprint(i)}, each)...)
	}
	if !slices.Equal(w.seen, want) {
		t.Errorf("order %v", w.seen)
	}
}
