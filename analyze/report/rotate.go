package report

import (
	"errors"
	"time"
)

// A rotating writer begins new results now and then.
type rotating struct {
	every time.Duration
	open  func(stamp string) (Writer, error)
	now   func() time.Time

	newest   *part
	channels map[string]*part // that each channel writes to, until its summary
}

// A part is the results of some time. It is closed when no channel writes to it,
// and there is a newer one.
type part struct {
	Writer
	begun    time.Time
	channels int
}

// StampLayout is a time in a form for names of files.
const StampLayout = "20060102T150405Z"

// NewRotating returns a Writer that has open make another one when the last is
// as old as every, and a channel begins new results. Those of one channel from
// header to summary stay together. The stamp is the time, UTC, as [StampLayout]
// has it.
func NewRotating(every time.Duration, open func(stamp string) (Writer, error)) (Writer, error) {
	r := &rotating{every: every, open: open, now: time.Now, channels: map[string]*part{}}
	return r, r.begin() // where results cannot be written is found out now
}

// early is how much before its time new results may begin: channels do so on
// their own, and not all at the same moment.
const early = 500 * time.Millisecond

func (r *rotating) begin() error {
	now := r.now()
	w, err := r.open(now.UTC().Format(StampLayout))
	if err != nil {
		return err
	}
	before := r.newest
	r.newest = &part{Writer: w, begun: now}
	if before != nil && before.channels == 0 {
		return before.Close()
	}
	return nil
}

func (r *rotating) Write(m Message) error {
	p := r.channels[m.Channel]
	var errs []error
	if m.Header != nil {
		if p != nil {
			errs = append(errs, r.leave(m.Channel))
		}
		if r.now().Sub(r.newest.begun) >= r.every-early {
			errs = append(errs, r.begin())
		}
		p = r.newest
		p.channels++
		r.channels[m.Channel] = p
	}
	if p == nil {
		return errors.New("results without a header before them")
	}
	errs = append(errs, p.Write(m))
	if m.Summary != nil {
		errs = append(errs, r.leave(m.Channel))
	}
	return errors.Join(errs...)
}

// leave says that a channel writes no more to its part.
func (r *rotating) leave(channel string) error {
	p := r.channels[channel]
	delete(r.channels, channel)
	if p.channels--; p.channels == 0 && p != r.newest {
		return p.Close()
	}
	return nil
}

// Close ends all parts.
func (r *rotating) Close() error {
	var errs []error
	closed := map[*part]bool{}
	for _, p := range r.channels {
		if !closed[p] {
			closed[p] = true
			errs = append(errs, p.Close())
		}
	}
	if !closed[r.newest] {
		errs = append(errs, r.newest.Close())
	}
	return errors.Join(errs...)
}
