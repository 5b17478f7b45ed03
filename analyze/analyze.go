// Package analyze is the pipeline: it opens inputs, has them decoded once,
// measured, and watched by detectors, and sends what they find to a writer.
//
// Each input has two goroutines: one demuxes and decodes (with FFmpeg's
// threads behind it), the other measures and runs the detectors. A short queue
// between them bounds what is in memory.
package analyze

import (
	"context"
	"io"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/vqa-project/vqa/analyze/media"
	"github.com/vqa-project/vqa/analyze/report"
	"github.com/vqa-project/vqa/detectors"
)

// A Detector is a detector with its options set.
type Detector struct {
	*detectors.Detector
	Start   detectors.Start
	Options map[string]any // effective options by name without the detector's prefix, for the report
}

// Options say what to analyse and how.
type Options struct {
	Inputs    []string
	Detectors []Detector    // none means to decode, and count, only
	Jobs      int           // inputs analysed at the same time; 0 means one
	Media     media.Options // how inputs are opened and decoded
	Tool      report.Tool

	// Rows, where set, is where the rows of the input, of which there is one
	// then, are kept: see package rows. The program is not clean where that
	// fails.
	Rows io.Writer

	// Plots adds what reports plot and show to the messages.
	Plots bool

	// Writer is given the messages of all inputs, input after input in the
	// order of Inputs, from one goroutine at a time.
	Writer report.Writer

	// Progress, where set, is called now and then with the media time
	// reached and the announced duration (0 where unknown) of one input.
	// Calls for several inputs may come at the same time.
	Progress func(input int, at, duration time.Duration)

	// Latency, where set, is called for each picture with the time from when
	// it was decoded to when all detectors had seen it. Calls for several
	// inputs may come at the same time.
	Latency func(time.Duration)
}

// An Outcome is what became of one input.
type Outcome struct {
	Input   string
	Defects map[string]int // events by detector
	Err     error          // why it was not read to its end; nil where it was
}

// Run analyses all inputs. An input that fails does not stop the others: its
// error is in its summary and its Outcome. Run itself fails where results
// could not be written. When ctx is cancelled, reading stops, what was found is
// written, and the error is ctx's.
func Run(ctx context.Context, o Options) ([]Outcome, error) {
	return each(ctx, &o, (*run).run)
}

// Detect shows detectors the rows that an earlier [Run] kept: its inputs are such
// files. What is found is the same as in that run. A detector that needs what was
// not measured then is not applicable.
func Detect(ctx context.Context, o Options) ([]Outcome, error) {
	return each(ctx, &o, (*run).detect)
}

// each has one of the ways to analyse work on every input.
func each(ctx context.Context, o *Options, analyze func(*run, context.Context) Outcome) ([]Outcome, error) {
	outcomes := make([]Outcome, len(o.Inputs))
	seq := newSequencer(o.Writer, len(o.Inputs))
	g, running := errgroup.WithContext(ctx) // cancelled where results cannot be written
	g.SetLimit(max(o.Jobs, 1))
	for i, name := range o.Inputs {
		outcomes[i] = Outcome{Input: name, Err: context.Canceled}
		g.Go(func() error {
			if running.Err() != nil { // cancelled while this one waited for its turn
				return seq.end(i)
			}
			r := &run{options: o, input: i, name: name, write: func(m report.Message) error { return seq.write(i, m) }}
			outcomes[i] = analyze(r, running)
			if r.failed != nil {
				return r.failed
			}
			return seq.end(i)
		})
	}
	if err := g.Wait(); err != nil {
		return outcomes, err
	}
	return outcomes, ctx.Err()
}
