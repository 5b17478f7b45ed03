package main

import (
	"encoding/json"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/vqa-project/vqa/analyze"
	"github.com/vqa-project/vqa/analyze/report"
	"github.com/vqa-project/vqa/cmd/vqa/bench"
)

// latency gathers how long pictures took from the decoder to a verdict, for
// [bench.Run], and writes the median to a file.
type latency struct {
	path string
	mu   sync.Mutex
	all  []time.Duration
}

func (l *latency) measure(o *analyze.Options) {
	if l.path != "" {
		o.Latency = func(d time.Duration) {
			l.mu.Lock()
			defer l.mu.Unlock()
			l.all = append(l.all, d)
		}
	}
}

func (l *latency) write() error {
	if l.path == "" {
		return nil
	}
	var out bench.InProcess
	if n := len(l.all); n > 0 {
		slices.Sort(l.all)
		out.LatencyS = l.all[n/2].Seconds()
	}
	f, err := report.Create(l.path)
	if err != nil {
		return fmt.Errorf("--latency: %w", err)
	}
	if err := json.NewEncoder(f).Encode(out); err != nil {
		return fmt.Errorf("--latency: %w", err)
	}
	return f.Close()
}
