package compare

import (
	"context"
	"slices"

	"github.com/vqa-project/vqa/detectors/measure"
)

// A candidate is one place where a chunk may be found: input frame t shows
// reference frame t-lag.
type candidate struct {
	lag   int
	fine  float64 // by how much more it is, in frames: the top of a parabola
	score float64 // correlation, at the top of that parabola
	out   float64 // share of the chunk that lies outside of the reference
}

// A chunk is some seconds of the input, and where they may be found in the
// reference, the best first. One without candidates has nothing to go by.
type chunk struct {
	from, to   int // frames of the input
	candidates []candidate
}

const (
	chunkSeconds   = 8
	shortSeconds   = 2 // of chunks that are looked for between stretches
	maxCandidates  = 16
	minCommon      = 0.4  // share of a chunk that must lie within the reference
	minInformation = 0.01 // mean square of a chunk, below which it has nothing to go by
)

// A searcher finds chunks of the input in a reference, whose transforms it
// keeps by blocks that overlap by a chunk.
type searcher struct {
	ref    *series
	length int // frames of a chunk
	fft    *measure.FFT
	blocks []spectrum // one for each block, channels one after the other

	re, im, x []float64
}

// A spectrum is the transform of one block: n/2+1 values for each channel.
type spectrum struct{ re, im []float32 }

// newSearcher prepares the search for chunks of some length.
func newSearcher(ref *series, length int) *searcher {
	n := 8
	for n < 4*length {
		n *= 2
	}
	s := &searcher{ref: ref, length: length, fft: measure.NewFFT(n)}
	s.re, s.im, s.x = make([]float64, n/2+1), make([]float64, n/2+1), make([]float64, n)
	// Block k holds the reference from frame k*step-length on: its first step
	// results are the lags of a chunk whose first frame is found there.
	for from := -length; from < ref.len(); from += s.step() {
		var sp spectrum
		for _, c := range ref.channels {
			clear(s.x)
			for i := max(0, -from); i < n && from+i < len(c); i++ {
				s.x[i] = float64(c[from+i])
			}
			s.fft.Transform(s.re, s.im, s.x)
			sp.re, sp.im = appendFloats(sp.re, s.re), appendFloats(sp.im, s.im)
		}
		s.blocks = append(s.blocks, sp)
	}
	return s
}

func appendFloats(to []float32, from []float64) []float32 {
	for _, v := range from {
		to = append(to, float32(v))
	}
	return to
}

// step is the number of places that one block answers for.
func (s *searcher) step() int { return s.fft.Len() - s.length }

// find returns where input frames [from, to) are found, the best first. No
// two places are closer than a quarter of a second.
func (s *searcher) find(in *series, from, to int) []candidate {
	n := s.fft.Len()
	half := n/2 + 1
	var mineRe, mineIm []float64
	for _, c := range in.channels {
		clear(s.x)
		for i, v := range c[from:to] {
			s.x[i] = float64(v)
		}
		s.fft.Transform(s.re, s.im, s.x)
		mineRe, mineIm = append(mineRe, s.re...), append(mineIm, s.im...)
	}
	var peaks []candidate
	h, products := make([]float64, n), make([]float64, n)
	scores := make([]float64, s.step()+2) // and one on each side
	length := to - from
	for b, block := range s.blocks {
		clear(s.re)
		clear(s.im)
		for c := range in.channels {
			ar, ai := mineRe[c*half:(c+1)*half], mineIm[c*half:(c+1)*half]
			br, bi := block.re[c*half:(c+1)*half], block.im[c*half:(c+1)*half]
			for k, p := range ar { // the conjugate of mine times the block
				q, x, y := ai[k], float64(br[k]), float64(bi[k])
				s.re[k] += p*x + q*y
				s.im[k] += p*y - q*x
			}
		}
		s.inverse(h, products)
		first := b*s.step() - s.length // place in the reference of result 0
		for i := range scores {
			scores[i] = 0
			j := i - 1
			if j < 0 || j >= s.step() {
				continue
			}
			place := first + j
			low, high := max(0, place), min(s.ref.len(), place+length)
			if float64(high-low) < minCommon*float64(length) {
				continue
			}
			scores[i] = normalize(products[j], in.between(from+low-place, from+high-place), s.ref.between(low, high))
		}
		for i := 1; i <= s.step(); i++ {
			if scores[i] > 0.1 && scores[i] >= scores[i-1] && scores[i] >= scores[i+1] {
				fine, top := 0., scores[i]
				if bend := scores[i-1] - 2*scores[i] + scores[i+1]; bend < 0 && scores[i] < sameSound {
					fine = (scores[i+1] - scores[i-1]) / (2 * bend) // places count the other way than lags
					top = min(1, top+fine*(scores[i-1]-scores[i+1])/4)
				}
				place := first + i - 1
				common := min(s.ref.len(), place+length) - max(0, place)
				peaks = append(peaks, candidate{from - place, fine, top, 1 - float64(common)/float64(length)})
			}
		}
		peaks = best(peaks)
	}
	return peaks
}

// inverse sets x to the sequence that has the spectrum in re and im. The
// transform of real numbers does it: what is even and what is odd in the
// spectrum is added, and told apart again in the result.
func (s *searcher) inverse(h, x []float64) {
	n := s.fft.Len()
	for k := 0; k <= n/2; k++ {
		h[k] = s.re[k] + s.im[k]
		if k > 0 && k < n/2 {
			h[n-k] = s.re[k] - s.im[k]
		}
	}
	s.fft.Transform(s.re, s.im, h)
	for t := 0; t <= n/2; t++ {
		x[t] = (s.re[t] + s.im[t]) / float64(n)
		if t > 0 && t < n/2 {
			x[n-t] = (s.re[t] - s.im[t]) / float64(n)
		}
	}
}

// best leaves the best candidates, the best first.
func best(all []candidate) []candidate {
	slices.SortStableFunc(all, func(a, b candidate) int {
		switch {
		case a.score > b.score:
			return -1
		case a.score < b.score:
			return 1
		}
		return a.lag - b.lag
	})
	var out []candidate
	for _, c := range all {
		near := slices.ContainsFunc(out, func(o candidate) bool { return abs(o.lag-c.lag) < perSecond/4 })
		if !near && len(out) < maxCandidates {
			out = append(out, c)
		}
	}
	return out
}

func abs(n int) int { return max(n, -n) }

// chunks cuts the input into chunks of so many seconds, or less where it or the
// reference is shorter, and finds each in the reference.
func chunks(ctx context.Context, ref, in *series, seconds int) ([]chunk, error) {
	length := min(seconds*perSecond, ref.len(), in.len())
	if length < perSecond/2 {
		return nil, nil
	}
	step := max(length/4, 1)
	s := newSearcher(ref, length)
	var out []chunk
	for from := 0; ; from += step {
		from = min(from, in.len()-length)
		c := chunk{from: from, to: from + length}
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		if in.between(c.from, c.to) >= minInformation*float64(length*len(in.channels)) {
			c.candidates = s.find(in, c.from, c.to)
		}
		out = append(out, c)
		if from+length >= in.len() {
			break
		}
	}
	passOn(ref, in, out)
	return out, nil
}

// passOn tries on each chunk what was found for its neighbours: with a little
// drift the same lag may not be among its best.
func passOn(ref, in *series, all []chunk) {
	for _, order := range []int{1, -1} {
		for k := range all {
			i := k
			if order < 0 {
				i = len(all) - 1 - k
			}
			j := i - order
			if j < 0 || j >= len(all) || len(all[i].candidates) == 0 || len(all[j].candidates) == 0 {
				continue
			}
			for _, c := range all[j].candidates[:min(4, len(all[j].candidates))] {
				top := candidate{}
				for lag := c.lag - 1; lag <= c.lag+1; lag++ {
					r, common := in.correlation(ref, all[i].from, all[i].to, lag)
					if float64(common) >= minCommon*float64(all[i].to-all[i].from) && r > top.score {
						top = candidate{lag, 0, r, 1 - float64(common)/float64(all[i].to-all[i].from)}
					}
				}
				known := slices.ContainsFunc(all[i].candidates, func(o candidate) bool { return abs(o.lag-top.lag) <= 1 })
				if top.score > 0.1 && !known {
					all[i].candidates = append(all[i].candidates, top)
				}
			}
		}
	}
}
