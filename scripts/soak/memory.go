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

	// allowed is the growth, in MB for each hour, that is none, and noise that
	// which says nothing in a short run: pools fill, and what is freed goes back to
	// the system late.
	allowed = 1.0
	noise   = 2.0 // MB
)

// memory watches that of a process.
type memory struct {
	clock   func(values map[string]float64) time.Duration // how far it is, by its metrics
	samples []sample                                      // MB
	routine []sample                                      // goroutines
}

type sample struct {
	at    time.Duration
	value float64
	used  float64 // memory without what is Go's and in no use
}

// watch asks the process for its metrics until ctx ends.
func (m *memory) watch(ctx context.Context, url string) {
	tick := time.NewTicker(sampled)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		values := ask(ctx, url)
		rss, ok := values["process_resident_memory_bytes"]
		if !ok {
			continue // it is not there yet, or not any more
		}
		at := m.clock(values)
		// What Go holds says more of when garbage is collected than of what is
		// kept: in its place counts what was left by the last collection, half of
		// the size that begins the next.
		held := values["go_memstats_sys_bytes"] - values["go_memstats_heap_released_bytes"]
		used := rss - held + values["go_memstats_next_gc_bytes"]/2
		m.samples = append(m.samples, sample{at, rss / 1e6, used / 1e6})
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

// verdict fails where memory grows, by a trend that is beyond chance, or
// goroutines are left over.
func (m *memory) verdict() error {
	if len(m.samples) < 2 || len(m.routine) < 2 {
		return fmt.Errorf("no metrics were served")
	}
	end := m.samples[len(m.samples)-1].at
	warm := time.Duration(warmUp * float64(end))
	stretch := max(leastStretch, end/stretches)
	lows := lowest(m.samples, stretch)
	slope, spread := trend(between(lows, warm, end), func(s sample) float64 { return s.used })
	whole, wholeSpread := trend(between(lows, warm, end), func(s sample) float64 { return s.value })
	early, last := least(between(m.routine, warm/2, warm)), least(between(m.routine, end-warm, end+sampled))
	first, final := lows[0].value, lows[len(lows)-1].value
	fmt.Print("memory, MB (and without what is free in Go's hands):")
	for i := range 10 {
		s := lows[i*(len(lows)-1)/9]
		fmt.Printf(" %.1f (%.1f)", s.value, s.used)
	}
	fmt.Println()
	fmt.Printf("memory: %.1f MB at first, %.1f MB in the end; after warm-up %+.2f MB an hour, give or take %.2f, and %+.2f, give or take %.2f, without what is free; goroutines: %.0f at first, %.0f in the end\n",
		first, final, whole, wholeSpread, slope, spread, early, last)
	if slope-spread > allowed && slope*(end-warm).Hours() > noise {
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
			b.value, b.used = min(b.value, s.value), min(b.used, s.used)
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

// trend returns the slope of a line through a figure of samples, for each hour, and
// the half width of its 95 % confidence interval.
func trend(all []sample, of func(sample) float64) (slope, spread float64) {
	n := float64(len(all))
	if n < 3 {
		return 0, math.Inf(1)
	}
	var mx, my float64
	for _, s := range all {
		mx += s.at.Hours() / n
		my += of(s) / n
	}
	var xx, xy float64
	for _, s := range all {
		x := s.at.Hours() - mx
		xx += x * x
		xy += x * (of(s) - my)
	}
	slope = xy / xx
	var rest float64
	for _, s := range all {
		d := of(s) - my - slope*(s.at.Hours()-mx)
		rest += d * d
	}
	return slope, student(n-2) * math.Sqrt(rest/(n-2)/xx)
}

// student returns the 97.5 % quantile of Student's t distribution, by its expansion
// about that of the normal distribution, to 1 % from three degrees of freedom on.
func student(freedom float64) float64 {
	const z = 1.959964
	z2 := z * z
	return z * (1 + (z2+1)/4/freedom + ((5*z2+16)*z2+3)/96/(freedom*freedom) + (((3*z2+19)*z2+17)*z2-15)/384/math.Pow(freedom, 3))
}
