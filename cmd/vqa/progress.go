package main

import (
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/schollz/progressbar/v3"
)

// progress shows on a terminal how far all inputs are: media time, how many
// times faster than real time, and how long it will take.
type progress struct {
	started time.Time

	mu     sync.Mutex // guards what follows, and what is written to the terminal
	bar    *progressbar.ProgressBar
	inputs []inputProgress
}

type inputProgress struct {
	started      bool
	at, duration time.Duration // duration is 0 where unknown
}

// redraw is how often the bar is drawn.
const redraw = 100 * time.Millisecond

func newProgress(w io.Writer, inputs int) *progress {
	return &progress{
		started: time.Now(),
		inputs:  make([]inputProgress, inputs),
		bar: progressbar.NewOptions64(-1,
			progressbar.OptionSetWriter(w),
			progressbar.OptionThrottle(redraw),
			progressbar.OptionSetSpinnerChangeInterval(0), // drawn by update alone
			progressbar.OptionSetElapsedTime(false),
			progressbar.OptionSetPredictTime(false),
			progressbar.OptionSetWidth(20),
			progressbar.OptionClearOnFinish(),
		),
	}
}

// update is called with the media time reached in one input.
func (p *progress) update(input int, at, duration time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.inputs[input] = inputProgress{true, at, duration}
	at, total := sumProgress(p.inputs)
	length := int64(-1)
	if total > 0 {
		length = max(total, at).Milliseconds() + 1 // never finished: that is for clear to say
	}
	if length != p.bar.GetMax64() {
		p.bar.ChangeMax64(length)
	}
	p.bar.Describe(describeProgress(at, total, time.Since(p.started)))
	_ = p.bar.Set64(at.Milliseconds())
}

// sumProgress returns the media time reached in all inputs, and how long they
// are together, 0 where that is unknown. An input that was not begun counts as
// long as the others are on average.
func sumProgress(inputs []inputProgress) (at, total time.Duration) {
	begun, known := 0, true
	for _, in := range inputs {
		if in.started {
			begun++
			at += in.at
			total += in.duration
			known = known && in.duration > 0
		}
	}
	if !known || begun == 0 {
		return at, 0
	}
	return at, total / time.Duration(begun) * time.Duration(len(inputs))
}

// describeProgress returns "0:12:03 of 0:45:00, 34x, 0:00:58 left".
func describeProgress(at, total, elapsed time.Duration) string {
	text := hours(at)
	if total > 0 {
		text += " of " + hours(total)
	}
	if elapsed < time.Second || at <= 0 {
		return text // too early to tell
	}
	speed := at.Seconds() / elapsed.Seconds()
	text += fmt.Sprintf(", %.3gx", speed)
	if total > at {
		text += fmt.Sprintf(", %s left", hours(time.Duration(float64(total-at)/speed)))
	}
	return text
}

func hours(d time.Duration) string {
	s := int64(d.Round(time.Second).Seconds())
	return fmt.Sprintf("%d:%02d:%02d", s/3600, s/60%60, s%60)
}

// clear takes the bar off the terminal.
func (p *progress) clear() {
	p.mu.Lock()
	defer p.mu.Unlock()
	_ = p.bar.Clear()
}

// around returns a writer to the same terminal, w, that takes the bar away
// before it writes. The next update shows it again.
func (p *progress) around(w io.Writer) io.Writer { return aroundBar{p, w} }

type aroundBar struct {
	p *progress
	w io.Writer
}

func (a aroundBar) Write(b []byte) (int, error) {
	a.p.mu.Lock()
	defer a.p.mu.Unlock()
	_ = a.p.bar.Clear()
	return a.w.Write(b)
}
