package analyze

import (
	"sync"

	"github.com/vqa-project/vqa/analyze/report"
)

// A sequencer passes on the messages of several inputs input after input:
// those of the first that has not ended at once, those of later ones when
// their turn comes.
type sequencer struct {
	mu    sync.Mutex
	w     report.Writer
	turn  int // the input whose messages pass
	held  [][]report.Message
	ended []bool
}

func newSequencer(w report.Writer, inputs int) *sequencer {
	return &sequencer{w: w, held: make([][]report.Message, inputs), ended: make([]bool, inputs)}
}

func (s *sequencer) write(input int, m report.Message) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if input != s.turn {
		s.held[input] = append(s.held[input], m)
		return nil
	}
	return s.w.Write(m)
}

// end says that no more messages of the input will come.
func (s *sequencer) end(input int) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.ended[input] = true
	for s.turn < len(s.ended) && s.ended[s.turn] {
		s.turn++
		if s.turn == len(s.ended) {
			break
		}
		for _, m := range s.held[s.turn] {
			if err := s.w.Write(m); err != nil {
				return err
			}
		}
		s.held[s.turn] = nil
	}
	return nil
}
