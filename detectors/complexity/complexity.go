// Package complexity measures how much detail and motion is in a picture, and how
// often the scene changes. It reports no events.
package complexity

import (
	"flag"
	"time"

	"github.com/vqa-project/vqa/detectors"
	"github.com/vqa-project/vqa/detectors/measure"
)

// Detector measures detail, motion and scene cuts.
var Detector = &detectors.Detector{
	Name:  "complexity",
	Doc:   doc,
	Needs: measure.Information | measure.Difference,
	Setup: setup,
}

const doc = `detail, motion and scene cuts, as measures

Spatial information (SI) and temporal information (TI) of ITU-T P.910: the standard
deviation of the Sobel gradients of a picture, and that of the difference to the
picture before. Limited range is expanded to 0 to 255, as FFmpeg's filter siti does.
The recommendation takes the largest of a sequence; the mean is given, too.

They are made from a hundred lines of each picture or so, and not from all. On films
and sport the mean SI was within 2 % of that filter's and the mean TI within 1 %, the
largest SI, of one picture, within 6 %.

Scene cuts are counted as by FFmpeg's filter scdet: the mean difference to the
picture before, and its change, are both at least cut.

Nothing of this is a defect, so there are no events.`

type options struct {
	cut float64
}

func setup(fs *flag.FlagSet) detectors.Start {
	o := &options{}
	detectors.FloatVar(fs, &o.cut, "cut", 10, 0, 100,
		"`percent` of the range by which a picture must differ to begin a scene")
	return o.start
}

func (o *options) start(p measure.Program, _ detectors.Sink) (detectors.Run, error) {
	return detectors.PerVideo(p, func(s measure.Stream) *track {
		return &track{options: *o, stream: s.Index}
	})
}

// A track follows one video stream.
type track struct {
	options
	stream int

	spatial, temporal figures
	before            float64 // difference of the picture before, in percent
	cuts              int64
	time              time.Duration // that all pictures last
}

// figures are the mean and the largest of some.
type figures struct {
	sum, most float64
	n         int64
}

func (f *figures) add(v float64) {
	f.sum, f.most, f.n = f.sum+v, max(f.most, v), f.n+1
}

func (t *track) Picture(p *measure.Picture) {
	scale := 255. / 219
	if p.FullRange {
		scale = 1
	}
	t.spatial.add(float64(p.Information.Spatial) * scale)
	if p.Information.Compared {
		t.temporal.add(float64(p.Information.Temporal) * scale)
	}
	if d := &p.Difference; d.Valid {
		now := float64(d.Mean) * 100 / 256
		change := max(now-t.before, t.before-now)
		if min(now, change) >= t.cut {
			t.cuts++
		}
		t.before = now
	}
	t.time += max(p.Duration, 0)
}

// Flush has nothing to close.
func (t *track) Flush(time.Duration) {}

// Measures are those of the whole stream.
func (t *track) Measures() []detectors.Measure {
	if t.spatial.n == 0 {
		return nil
	}
	out := []detectors.Measure{
		{Stream: t.stream, Name: "si_mean_score", Value: t.spatial.sum / float64(t.spatial.n)},
		{Stream: t.stream, Name: "si_max_score", Value: t.spatial.most},
	}
	if t.temporal.n > 0 {
		out = append(out,
			detectors.Measure{Stream: t.stream, Name: "ti_mean_score", Value: t.temporal.sum / float64(t.temporal.n)},
			detectors.Measure{Stream: t.stream, Name: "ti_max_score", Value: t.temporal.most})
	}
	out = append(out, detectors.Measure{Stream: t.stream, Name: "scene_cuts_count", Value: float64(t.cuts)})
	if t.cuts > 0 {
		out = append(out, detectors.Measure{Stream: t.stream, Name: "scene_mean_s", Value: t.time.Seconds() / float64(t.cuts+1)})
	}
	return out
}
