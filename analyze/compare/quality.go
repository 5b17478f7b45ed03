package compare

import (
	"context"
	"math"
	"slices"

	"golang.org/x/sync/errgroup"

	"github.com/vqa-project/vqa/analyze/media"
	"github.com/vqa-project/vqa/analyze/report"
	"github.com/vqa-project/vqa/detectors/measure"
)

// A pair is a picture of the input and the one of the reference that it shows,
// by their numbers in the stream.
type pair struct {
	ref, in int64
	at      float64 // media time of the input
}

// pairs returns those of the stretches that match, in order.
func (p *picturePair) matchedPairs(all []stretch) []pair {
	var out []pair
	for _, s := range all {
		for j, t := range p.in.times {
			if t < s.from-1e-6 || t >= s.to-1e-6 {
				continue
			}
			i, _ := p.shown(j, t-s.line.at(t))
			x := pair{p.ref.numbers[i], p.in.numbers[j], t}
			if n := len(out); n > 0 && (x.ref < out[n-1].ref || x.in <= out[n-1].in) {
				continue
			}
			out = append(out, x)
		}
	}
	return out
}

// areas returns the parts of both pictures that are compared.
func (p *picturePair) areas() (ref, in measure.Area) {
	if p.refWindow == wholeWindow && p.inWindow == wholeWindow {
		return measure.Area{}, measure.Area{} // whatever size they turn out to have
	}
	return p.ref.bars.Area(), p.in.bars.Area()
}

// quality decodes the pictures of both inputs once more and compares those
// that show the same.
func quality(ctx context.Context, ref, in *input, p *picturePair, pairs []pair) (*report.PictureQuality, error) {
	if len(pairs) == 0 {
		return nil, nil
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	g, ctx := errgroup.WithContext(ctx)
	refs, ins := newFeed(ctx), newFeed(ctx)
	for _, x := range pairs {
		refs.want(x.ref)
		ins.want(x.in)
	}
	for _, r := range []struct {
		input  *input
		feed   *feed
		stream int
	}{{ref, refs, p.ref.stream.Index}, {in, ins, p.in.stream.Index}} {
		g.Go(func() error {
			defer close(r.feed.pictures)
			return r.feed.read(r.input.name, r.input.options, r.stream)
		})
	}
	var figures figures
	g.Go(func() error {
		refArea, inArea := p.areas()
		meter := measure.NewPair()
		a, b := &holder{feed: refs}, &holder{feed: ins}
		defer a.release()
		defer b.release()
		for _, x := range pairs {
			r, i := a.get(x.ref), b.get(x.in)
			if r == nil || i == nil {
				break
			}
			if row, ok := meter.Measure(&r.Pixels, &i.Pixels, refArea, inArea); ok {
				figures.add(x.at, row)
			}
			in.tell(i.Row.PTS)
		}
		refs.finish()
		ins.finish()
		return nil
	})
	if err := g.Wait(); err != nil {
		return nil, err
	}
	return figures.quality(), nil
}

// A feed hands on the pictures of one input that are wanted.
type feed struct {
	media.ContentOnly

	ctx      context.Context
	stop     context.CancelFunc
	wanted   []int64 // numbers, rising
	pictures chan *media.Picture
}

// ahead is how many pictures may be decoded before they are compared.
const ahead = 4

func newFeed(ctx context.Context) *feed {
	ctx, stop := context.WithCancel(ctx)
	return &feed{ctx: ctx, stop: stop, pictures: make(chan *media.Picture, ahead)}
}

// want says that a picture is wanted. Numbers do not fall.
func (f *feed) want(number int64) {
	if n := len(f.wanted); n == 0 || f.wanted[n-1] != number {
		f.wanted = append(f.wanted, number)
	}
}

// finish says that no more is wanted.
func (f *feed) finish() {
	f.stop()
	for p := range f.pictures {
		p.Release()
	}
}

// read decodes the input until all that is wanted was handed on.
func (f *feed) read(name string, o media.Options, stream int) error {
	o.SkipAudio = true
	o.Video = []int{stream}
	m, err := media.Open(f.ctx, name, o)
	if err != nil {
		if f.ctx.Err() != nil {
			return nil
		}
		return err
	}
	defer m.Close()
	if err := m.Read(f.ctx, f); err != nil && f.ctx.Err() == nil {
		return err
	}
	return nil
}

// Sound is not decoded.
func (f *feed) Sound(s *media.Sound) { s.Release() }

// Picture hands on a picture, or releases it.
func (f *feed) Picture(p *media.Picture) {
	for len(f.wanted) > 0 && f.wanted[0] < p.Row.Number {
		f.wanted = f.wanted[1:]
	}
	if len(f.wanted) == 0 || f.wanted[0] != p.Row.Number {
		p.Release()
		return
	}
	select {
	case f.pictures <- p:
	case <-f.ctx.Done():
		p.Release()
	}
}

// A holder holds the picture that was asked for last.
type holder struct {
	feed *feed
	now  *media.Picture
}

// get returns a picture by its number, which does not fall from call to call;
// nil where it does not come.
func (h *holder) get(number int64) *media.Picture {
	for h.now == nil || h.now.Row.Number < number {
		h.release()
		p, ok := <-h.feed.pictures
		if !ok {
			return nil
		}
		h.now = p
	}
	return h.now
}

func (h *holder) release() {
	if h.now != nil {
		h.now.Release()
		h.now = nil
	}
}

// figures gathers what was measured on pairs of pictures.
type figures struct {
	at        []float64
	mse, ssim []float64
	row       measure.PairRow // the last
}

func (f *figures) add(at float64, row measure.PairRow) {
	f.at, f.mse, f.ssim, f.row = append(f.at, at), append(f.mse, row.MSE), append(f.ssim, row.SSIM), row
}

// quality returns what they come to, nil for none.
func (f *figures) quality() *report.PictureQuality {
	n := len(f.at)
	if n == 0 {
		return nil
	}
	q := &report.PictureQuality{Pictures: n, Width: f.row.Width, Height: f.row.Height, Scaled: f.row.Scaled}
	worst, least := 0, 0
	for i := range n {
		if f.mse[i] == 0 {
			q.Identical++
		}
		if f.mse[i] > f.mse[worst] {
			worst = i
		}
		if f.ssim[i] < f.ssim[least] {
			least = i
		}
	}
	db := func(mse float64) report.Decibels { return report.Decibels(round(measure.PSNR(mse), 4)) }
	q.PSNR.Mean, q.PSNR.Min, q.PSNR.MinAtS = db(mean(f.mse)), db(f.mse[worst]), round(f.at[worst], 6)
	q.SSIM.Mean, q.SSIM.Min, q.SSIM.MinAtS = round(mean(f.ssim), 6), round(f.ssim[least], 6), round(f.at[least], 6)
	slices.Sort(f.mse)
	slices.Sort(f.ssim)
	q.PSNR.P5, q.PSNR.P50 = db(f.mse[n-1-n/20]), db(f.mse[n-1-n/2])
	q.SSIM.P5, q.SSIM.P50 = round(f.ssim[n/20], 6), round(f.ssim[n/2], 6)
	return q
}

// round leaves out the digits that mean nothing.
func round(v float64, digits int) float64 {
	if math.IsInf(v, 0) || math.IsNaN(v) {
		return v
	}
	p := math.Pow10(digits)
	return math.Round(v*p) / p
}
