package main

import (
	"bufio"
	"context"
	"fmt"
	"math"
	"net/http"
	"strconv"
	"strings"
	"time"
)

const (
	sampled = 2 * time.Second

	// Of each stretch of time, such a share of the run and not shorter than this,
	// the least memory counts: what a collector of garbage has not come to yet is
	// no growth.
	stretches    = 30
	leastStretch = 20 * time.Second

	// warmUp is the share of the run after which memory must be flat.
	warmUp = 0.4

	// allowed is the growth, in MB for each hour, that is none.
	allowed = 1.0
)

// memory watches that of a process.
type memory struct {
	began   time.Time
	samples []sample // MB
	routine []sample // goroutines
}

type sample struct {
	at    time.Duration
	value float64
	heap  float64
}

// watch asks the process for its metrics until ctx ends.
func (m *memory) watch(ctx context.Context, pid int, url string) {
	m.began = time.Now()
	tick := time.NewTicker(sampled)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		values := ask(ctx, url)
		at := time.Since(m.began)
		rss, ok := values["process_resident_memory_bytes"]
		if !ok {
			continue // it is not there yet, or not any more
		}
		mb := rss / 1e6
		heap := values["go_memstats_heap_inuse_bytes"] / 1e6
		m.samples = append(m.samples, sample{at, mb, heap})
		if values["vqa_channel_up"] == 1 {
			m.routine = append(m.routine, sample{at: at, value: values["go_goroutines"]})
		}
	}
}

// ask returns the metrics by name, of the only channel.
func ask(ctx context.Context, url string) map[string]float64 {
	out := map[string]float64{}
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, url, http.NoBody)
	if err != nil {
		return out
	}
	r.Close = true // a connection that is kept has goroutines of its own in the process
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		return out
	}
	defer func() { _ = response.Body.Close() }()
	lines := bufio.NewScanner(response.Body)
	for lines.Scan() {
		name, value, ok := strings.Cut(lines.Text(), " ")
		if v, err := strconv.ParseFloat(value, 64); ok && err == nil {
			name, _, _ = strings.Cut(name, "{")
			out[name] = v
		}
	}
	return out
}

// verdict fails where memory grows beyond what its own noise allows to say, or
// goroutines are left over.
func (m *memory) verdict() error {
	if len(m.samples) < 2 || len(m.routine) < 2 {
		return fmt.Errorf("no metrics were served")
	}
	end := m.samples[len(m.samples)-1].at
	warm := time.Duration(warmUp * float64(end))
	stretch := max(leastStretch, end/stretches)
	lows := lowest(m.samples, stretch)
	slope, spread := trend(between(lows, warm, end))
	early, last := least(between(m.routine, warm/2, warm)), least(between(m.routine, end-warm, end+sampled))
	first, final := lows[0].value, lows[len(lows)-1].value
	fmt.Print("memory, MB:")
	for i := range 10 {
		s := lows[i*(len(lows)-1)/9]
		fmt.Printf(" %.1f (Go's heap %.1f)", s.value, s.heap)
	}
	fmt.Println()
	fmt.Printf("memory: %.1f MB at first, %.1f MB in the end, %+.2f MB an hour after warm-up, give or take %.2f; goroutines: %.0f at first, %.0f in the end\n",
		first, final, slope, 2*spread, early, last)
	if slope-2*spread > allowed {
		return fmt.Errorf("memory grows by %.2f MB an hour", slope)
	}
	if last > early {
		return fmt.Errorf("goroutines: %.0f at first, %.0f in the end", early, last)
	}
	return nil
}

// lowest returns the least of each stretch of time.
func lowest(all []sample, stretch time.Duration) (out []sample) {
	for _, s := range all {
		if n := len(out); n > 0 && s.at-out[n-1].at < stretch {
			b := &out[n-1]
			b.value, b.heap = min(b.value, s.value), min(b.heap, s.heap)
		} else {
			out = append(out, s)
		}
	}
	return out
}

func between(all []sample, from, to time.Duration) (out []sample) {
	for _, s := range all {
		if s.at >= from && s.at <= to {
			out = append(out, s)
		}
	}
	return out
}

func least(all []sample) float64 {
	v := math.Inf(1)
	for _, s := range all {
		v = min(v, s.value)
	}
	return v
}

// trend returns the slope of a line through samples, for each hour, and its
// standard error.
func trend(all []sample) (slope, spread float64) {
	n := float64(len(all))
	if n < 3 {
		return 0, math.Inf(1)
	}
	var mx, my float64
	for _, s := range all {
		mx += s.at.Hours() / n
		my += s.value / n
	}
	var xx, xy float64
	for _, s := range all {
		x := s.at.Hours() - mx
		xx += x * x
		xy += x * (s.value - my)
	}
	slope = xy / xx
	var rest float64
	for _, s := range all {
		d := s.value - my - slope*(s.at.Hours()-mx)
		rest += d * d
	}
	return slope, math.Sqrt(rest / (n - 2) / xx)
}
