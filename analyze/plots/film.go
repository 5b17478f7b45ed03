package plots

import (
	"bytes"
	"image"
	"image/jpeg"
	"time"

	"github.com/vqa-project/vqa/analyze/report"
	"github.com/vqa-project/vqa/detectors"
	"github.com/vqa-project/vqa/detectors/measure"
)

const (
	// maxFilm is how many pictures are kept of the whole input, and filmGap
	// their distance to begin with.
	maxFilm = 256
	filmGap = 250 * time.Millisecond

	// maxRecent is how many are kept of what was last, and recentGap their
	// distance: 5 s. An event is told when it is over.
	maxRecent = 64
	recentGap = 80 * time.Millisecond

	// maxShown is how many events of a detector get pictures.
	maxShown = 40
)

// A film keeps small pictures of one stream.
type film struct {
	stream int
	gap    time.Duration
	frames []frame
	recent [maxRecent]frame // a ring
	taken  int              // into the ring
}

type frame struct {
	at        time.Duration
	thumb     measure.ThumbRow
	fullRange bool
}

func (f *film) add(p *measure.Picture) {
	if p.Stream != f.stream {
		return
	}
	if n := f.taken; n == 0 || (p.PTS-f.recent[(n-1)%maxRecent].at).Abs() >= recentGap {
		f.recent[n%maxRecent] = frame{p.PTS, p.Thumb, p.FullRange}
		f.taken++
	}
	if f.gap == 0 {
		f.gap = filmGap
	}
	if n := len(f.frames); n > 0 && p.PTS < f.frames[n-1].at+f.gap {
		return
	}
	if len(f.frames) == maxFilm {
		f.gap *= 2
		for i := range maxFilm / 2 {
			f.frames[i] = f.frames[2*i]
		}
		f.frames = f.frames[:maxFilm/2]
	}
	f.frames = append(f.frames, frame{p.PTS, p.Thumb, p.FullRange})
}

// near returns what is nearest to a time of what is kept, nil where that is
// nothing. What is earlier shows something else, and counts as further away.
func (f *film) near(at time.Duration) *frame {
	var best *frame
	distance := func(one *frame) time.Duration {
		if one.at < at {
			return 4 * (at - one.at)
		}
		return one.at - at
	}
	consider := func(one *frame) {
		if best == nil || distance(one) < distance(best) {
			best = one
		}
	}
	for i := range min(f.taken, maxRecent) {
		consider(&f.recent[i])
	}
	for i := range f.frames {
		consider(&f.frames[i])
	}
	return best
}

func (f *film) pictures() (out []report.Picture) {
	for i := range f.frames {
		out = append(out, f.frames[i].picture(""))
	}
	return out
}

// Pictures returns small pictures of an event that has just ended.
func (c *Collector) Pictures(detector string, e detectors.Event) (out []report.Picture) {
	if c.film == nil || c.shown[detector] >= maxShown {
		return nil
	}
	c.shown[detector]++
	within, at := "middle", e.Start+(e.End-e.Start)/2
	if e.Worst > e.Start && e.Worst < e.End {
		within, at = "worst", e.Worst
	}
	times := []time.Duration{e.Start, at, e.End}
	for i, what := range []string{"start", within, "after"} {
		if one := c.film.near(times[i]); one != nil && (i == 0 || report.Seconds(one.at) != out[len(out)-1].AtS) {
			out = append(out, one.picture(what))
		}
	}
	return out
}

// jpegQuality is that of image/jpeg, 1 to 100.
const jpegQuality = 80

// picture returns a frame as a JPEG file, which has luma and chroma in full range.
func (f *frame) picture(what string) report.Picture {
	img := image.NewYCbCr(image.Rect(0, 0, measure.ThumbWidth, measure.ThumbHeight), image.YCbCrSubsampleRatio420)
	low, scaleY, scaleC := 16., 255./219, 255./224
	if f.fullRange {
		low, scaleY, scaleC = 0, 1, 1
	}
	byteOf := func(v float64) byte { return byte(min(max(v+0.5, 0), 255)) }
	for y := range f.thumb.Y {
		for x, v := range f.thumb.Y[y] {
			img.Y[y*img.YStride+x] = byteOf((float64(v)/256 - low) * scaleY)
		}
	}
	for y := range f.thumb.U {
		for x := range f.thumb.U[y] {
			img.Cb[y*img.CStride+x] = byteOf((float64(f.thumb.U[y][x])/256-128)*scaleC + 128)
			img.Cr[y*img.CStride+x] = byteOf((float64(f.thumb.V[y][x])/256-128)*scaleC + 128)
		}
	}
	var b bytes.Buffer
	_ = jpeg.Encode(&b, img, &jpeg.Options{Quality: jpegQuality}) // to memory, of a size that it can have
	return report.Picture{AtS: report.Seconds(f.at), What: what, JPEG: b.Bytes()}
}
