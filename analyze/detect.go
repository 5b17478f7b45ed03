package analyze

import (
	"context"
	"errors"

	"github.com/vqa-project/vqa/analyze/report"
	"github.com/vqa-project/vqa/analyze/rows"
	"github.com/vqa-project/vqa/detectors"
	"github.com/vqa-project/vqa/detectors/measure"
)

// detect shows rows that were kept.
func (r *run) detect(ctx context.Context) Outcome {
	ctx, r.cancel = context.WithCancel(ctx)
	defer r.cancel()

	file, err := rows.Open(r.name)
	if err != nil {
		r.begin(err)
		return r.conclude(0, report.Counters{}, err)
	}
	defer file.Close()
	start := file.Start()
	r.name, r.program, r.from = start.Input, start.Program, start.From
	r.missing = ^measure.ParseSet(start.Measured)
	if start.Failure != "" {
		err := errors.New(start.Failure)
		r.begin(err)
		return r.conclude(0, report.Counters{}, err)
	}
	r.begin(nil)

	w := newWatcher(r)
	end, err := file.Read(ctx, []detectors.Run{w.all()})
	if err != nil {
		r.flush(w.reached)
		return r.conclude(w.reached, report.Counters{}, err)
	}
	r.flush(end.End)
	for _, u := range end.Unchecked {
		for _, s := range r.program.Streams {
			if s.Index == u.Stream {
				r.unchecked(s, errors.New(u.Why))
			}
		}
	}
	if end.Error != "" {
		err = errors.New(end.Error)
	} else if end.Interrupted {
		err = context.Canceled
	}
	return r.conclude(end.End, end.Counters, err)
}
