// Package blur finds pictures that lose their fine detail from one to the next.
package blur

import (
	"flag"
	"time"

	"github.com/vqa-project/vqa/detectors"
	"github.com/vqa-project/vqa/detectors/measure"
)

// Blur is the only kind of event.
const Blur = "blur"

// Detector finds a loss of sharpness.
var Detector = &detectors.Detector{
	Name:  "blur",
	Doc:   doc,
	Needs: measure.Detail | measure.Thumbs,
	Setup: setup,
}

const doc = `loss of sharpness against what was there before

Detail is how much samples differ from those 2 apart, against those 8 apart, in dB.
Where it falls by limit or more from one picture to the next, in most of the picture
that has any, by 0.7 of it everywhere alike or where coarse detail falls by 4 dB as well and
contrast does not, or by 0.8 of it where the limit comes back at
once within a minute, while the scene and its motion stay the same, a stage of the chain
has lost sharpness: a smaller picture was scaled up, a filter switched on. The interval
ends with the picture that has a third of the loss again at once, or with a cut to a
sharper scene, unless that has the loss again at once in the next 10 s: then it was sharper,
and blurred. It is reported if it lasted min-duration. value is the loss in dB.

A shallow focus or a soft lens has always been there, a pull of focus and a camera that
starts to move take longer than a picture or two, a coder that starves at an intra
picture has a third of it again within a second, or all of it by and by, and no more
at once, a caption that goes leaves the rest as it was, and a fade takes from coarse and fine alike. When noise or false contours end,
fine detail goes as well: a loss that takes back a gain of the 30 s before is none, nor
is one that leaves less than half of the noise.

A page with detail in few places, and the rest plain, black or white, must lose twice the
limit in all of them, and change in nothing else.

The stream as a whole has its sharpness: of 8x8 tiles with edges, detail as a ratio, and
of a picture its 90th percentile, so that what is in focus counts. Sharp pictures have
0.5 to 1, those scaled up to twice their size and more 0.2 to 0.3. A stream whose
median is below min-sharpness is reported as a whole; value is then that ratio.

A Gaussian with a standard deviation of 0.3 % of the height takes 1.7 dB and more; what
coders change from one picture to the next is mostly less than the default limit.
min-sharpness is below what pictures from cameras have.`

type options struct {
	minDuration  time.Duration
	limit        float64
	minSharpness float64
}

func setup(fs *flag.FlagSet) detectors.Start {
	o := &options{}
	detectors.DurationVar(fs, &o.minDuration, "min-duration", time.Second, 0, time.Hour,
		"how long sharpness must be lost")
	detectors.FloatVar(fs, &o.limit, "limit", 1.5, 0.3, 20,
		"loss of detail in `dB` that is reported")
	detectors.FloatVar(fs, &o.minSharpness, "min-sharpness", 0.15, 0, 1,
		"median sharpness, as a `ratio`, below which a whole stream is reported")
	return o.start
}

func (o *options) start(p measure.Program, sink detectors.Sink) (detectors.Run, error) {
	return detectors.PerVideo(p, func(s measure.Stream) *follower {
		return &follower{options: *o, stream: s.Index, sink: sink, all: detectors.NewHistogram(1./256, 1)}
	})
}

// A follower follows one video stream.
type follower struct {
	options
	stream int
	sink   detectors.Sink

	looks   [window]look // the last pictures, the oldest first
	count   int
	thumb   measure.ThumbRow
	changes [window]float64 // scratch

	rise   float64 // gain of detail that has not been taken back, in dB
	roseAt time.Duration

	lost loss
	all  *detectors.Histogram // of sharpness

	first, end time.Duration // of the stream
	any        bool
}

// A loss is an interval without the detail that was there before.
type loss struct {
	open           bool
	start          time.Duration
	size           float64 // dB
	before, lowest float64 // detail, in dB: until then, and of the first picture
	sum            float64 // of sharpness over the pictures that have any
	sharp          float64 // before
	pictures, n    int
	heavy          bool          // of coarse detail as well
	weak           bool          // less than the limit
	cut            time.Duration // to something sharper, which may be blurred as well; 0 for none
	doubtful       bool          // weak, or a part was soon won back, or all of it, but not at once
}

// A coder that starves at an intra picture wins detail back with those that follow: it
// has the share regained of the loss within settling, or all of it some time. What is in the picture may do that
// as well: then it is a loss after all if most of it comes back at once.
const (
	settling = time.Second
	regained = 1. / 3
)

// A loss of a share of the limit, lostAndFound, counts where the limit or more comes
// back at once within maxWeak: by itself it may be anything.
const (
	lostAndFound = 0.8
	maxWeak      = time.Minute
)

// maxSharper is how long after a cut to something sharper that may be seen to have been
// blurred.
const maxSharper = 10 * time.Second

// maxRise is how long after a gain of detail a loss of as much, from half to half
// as much again, takes it back.
const maxRise = 30 * time.Second

func (f *follower) Picture(p *measure.Picture) {
	if p.Discontinuity || f.count > 0 && f.looks[f.count-1].size != [2]int{p.Width, p.Height} {
		f.restart()
	}
	if !f.any {
		f.any, f.first = true, p.PTS
	}
	f.end = p.End()
	if f.count == window {
		copy(f.looks[:], f.looks[1:])
		f.count--
	}
	l := &f.looks[f.count]
	l.set(p, &f.thumb, f.count > 0)
	f.thumb = p.Thumb
	f.all.Add(l.sharpness)
	if f.count++; f.count == window {
		f.judge()
	}
}

// judge says whether the picture in the middle of the window begins or ends a
// loss.
func (f *follower) judge() {
	m := &f.looks[reach]
	b := f.boundary()
	if f.lost.open && !f.goesOn(m, &b) && b.gain > 0 {
		return
	}
	// One in doubt makes room for one that is certain.
	if !f.lost.open || f.lost.doubtful {
		f.begin(m, &b)
	}
}

// goesOn shows a boundary to the loss that is open, and reports whether it still is.
func (f *follower) goesOn(m *look, b *boundary) bool {
	l := &f.lost
	back := b.sudden && !b.cut && b.gain >= max(f.limit/2, l.size*leastBack) && b.agreed >= leastAgreementBack
	detail := decibels(m.fine, m.coarse)
	says := m.coarse > 0 && m.lit >= leastShare // black or plain does not
	won := says && min(b.after, detail) > l.before-l.size/5
	switch {
	case l.cut > 0:
		if back && b.gain >= max(f.limit, l.size*wholeBack) && b.agreed >= leastAgreement {
			f.report(m.at)
		} else if b.sudden && b.gain <= -f.limit || m.at-l.cut > maxSharper {
			f.report(l.cut)
		}
		return l.open
	case l.doubtful && b.cut, l.weak && (won && !back || m.at-l.start > maxWeak):
		l.open = false
	case l.doubtful && back && b.gain >= f.limit, !l.doubtful && back:
		f.report(m.at)
	case b.cut && b.after > l.before-l.size/2:
		l.cut = m.at
		return true
	case won, says && !l.heavy && m.at-l.start < settling && !b.sudden && detail-l.lowest >= (l.before-l.lowest)*regained:
		l.doubtful = true
	}
	if l.open {
		l.add(m)
	}
	return l.open
}

// begin opens a loss where there is one.
func (f *follower) begin(m *look, b *boundary) {
	if m.at-f.roseAt > maxRise {
		f.rise = 0
	}
	size, weak := -b.gain, f.limit*lostAndFound
	switch {
	case b.cut || !b.sudden:
	case b.gain >= f.limit/2 && b.agreed >= leastRise && f.rise == 0:
		f.rise, f.roseAt = b.gain, m.at
	case !b.steady || b.agreed < leastAgreement || b.denoised:
	case f.rise > 0 && size >= f.rise/2 && size <= f.rise*1.5 && !b.heavy():
		f.rise = 0
	case size >= weak && b.coarse <= coarseGain:
		certain := size >= f.leastLoss(b)
		if f.lost.open && !certain {
			return
		}
		f.lost = loss{
			open: true, start: m.at, size: size, before: b.before,
			lowest: decibels(m.fine, m.coarse), sharp: f.looks[reach-1].sharpness,
			heavy: b.heavy(), weak: !certain, doubtful: !certain,
		}
		f.lost.add(m)
	}
}

// leastLoss returns how much detail must be lost: what goes everywhere at once and
// stays away, or takes coarse detail with it and leaves contrast, is seen where it is less.
func (f *follower) leastLoss(b *boundary) float64 {
	if b.stays && b.agreed >= everywhere || b.heavy() {
		return f.limit * clearly
	}
	return f.limit
}

func (l *loss) add(p *look) {
	l.pictures++
	if p.sharpness >= 0 {
		l.sum += p.sharpness
		l.n++
	}
}

// report ends a loss.
func (f *follower) report(at time.Duration) {
	l := &f.lost
	l.open = false
	if at-l.start < f.minDuration {
		return
	}
	evidence := map[string]float64{"pictures": float64(l.pictures)}
	if l.n > 0 && l.sharp >= 0 {
		evidence["sharpness_before_ratio"], evidence["sharpness_ratio"] = l.sharp, l.sum/float64(l.n)
	}
	f.sink(detectors.Event{
		Kind: Blur, Stream: f.stream, Start: l.start, End: at,
		Value: l.size, Limit: f.limit, Unit: "dB", Evidence: evidence,
	})
}

// restart forgets what was before, and ends a loss with the last picture.
func (f *follower) restart() {
	if f.lost.doubtful {
		f.lost.open = false
	}
	switch {
	case f.lost.open && f.lost.cut > 0:
		f.report(f.lost.cut)
	case f.lost.open:
		for i := reach + 1; i < f.count; i++ {
			f.lost.add(&f.looks[i])
		}
		f.report(f.end)
	}
	f.count, f.rise = 0, 0
}

// Open reports the loss as it would be if it ended now. One that may yet be won
// back is not shown.
func (f *follower) Open(time.Duration) {
	if was := f.lost; was.open && !was.doubtful && was.cut == 0 && f.end-was.start >= settling {
		f.report(f.end)
		f.lost = was
	}
}

func (f *follower) Flush(time.Duration) {
	f.restart()
	if median := f.all.Quantile(0.5); f.any && median < f.minSharpness && f.end-f.first >= f.minDuration {
		f.sink(detectors.Event{
			Kind: Blur, Stream: f.stream, Start: f.first, End: f.end,
			Value: median, Limit: f.minSharpness, Unit: "ratio",
			Evidence: map[string]float64{"sharpness_p95_ratio": f.all.Quantile(0.95)},
		})
	}
}

// Measures returns the sharpness of the whole stream.
func (f *follower) Measures() []detectors.Measure {
	return []detectors.Measure{
		{Stream: f.stream, Name: "sharpness_median_ratio", Value: f.all.Quantile(0.5)},
		{Stream: f.stream, Name: "sharpness_p5_ratio", Value: f.all.Quantile(0.05)},
	}
}
