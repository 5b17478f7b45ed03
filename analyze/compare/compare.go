// Package compare aligns an input with a reference, such as what was delivered
// with what was contributed: how much later picture and sound are, how far they
// are apart, what is missing or was put in, and how alike the pictures are.
//
// Both inputs are decoded once and kept as a few numbers for each picture and
// each 2.5 ms of sound. Chunks of 8 s of the input are looked for in all of the
// reference by correlation; a way through the best places of all chunks, with
// as few changes of the lag as possible, gives stretches. The delay of each is
// then measured in detail, and so is where it begins and ends. Where pictures
// match, both are decoded a second time to compare them.
//
// It takes, for each hour at 25 pictures a second, some 80 MB for each input's
// pictures and 6 MB for each audio track.
package compare

import (
	"context"
	"fmt"
	"math"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/vqa-project/vqa/analyze"
	"github.com/vqa-project/vqa/analyze/media"
	"github.com/vqa-project/vqa/analyze/report"
	"github.com/vqa-project/vqa/detectors/measure"
)

// Options say what to compare.
type Options struct {
	Reference, Input string
	Media            media.Options // how both are opened and decoded
	Tool             report.Tool

	// SkipQuality leaves out PSNR and SSIM, and with it the second decoding.
	SkipQuality bool

	// Progress, where set, is called now and then with the media time reached
	// and the announced duration (0 where unknown): of the reference (0), the
	// input (1), and the input again as its pictures are compared (2). Calls may
	// come at the same time.
	Progress func(pass int, at, duration time.Duration)
}

// Run compares two inputs. It fails where one of them could not be read to its
// end, or they have no type of stream in common.
func Run(ctx context.Context, o Options) (*report.Comparison, error) {
	out := &report.Comparison{
		Schema: report.CompareSchema, Tool: o.Tool, StartedAt: time.Now().UTC().Format(time.RFC3339),
		Sound: []report.ComparedStream{},
	}
	ref, in, err := readBoth(ctx, o)
	if err != nil {
		return nil, err
	}
	out.Reference, out.Input = ref.describe(), in.describe()
	if (ref.picture == nil || in.picture == nil) && (len(ref.sound) == 0 || len(in.sound) == 0) {
		return nil, fmt.Errorf("comparing %q with %q: one has only video, the other only audio", o.Input, o.Reference)
	}

	var pictures *alignment
	var byTimes []stretch // of pictures in which there is nothing to go by
	if ref.picture != nil && in.picture != nil {
		var p *picturePair
		if p, pictures, err = alignPictures(ctx, ref.picture, in.picture); err != nil {
			return nil, err
		}
		s := compared(p, pictures, ref.picture.stream, in.picture.stream)
		out.Picture = &s
		if s.Status == report.Match && !o.SkipQuality {
			if o.Progress != nil {
				in.reached = func(at, d time.Duration) { o.Progress(2, at, d) }
			}
			if out.Quality, err = quality(ctx, ref, in, p, p.matchedPairs(pictures.stretches)); err != nil {
				return nil, err
			}
			if err := ctx.Err(); err != nil {
				return nil, err
			}
		}
		if s.Status != report.Match {
			pictures = nil
		}
		if s.Status == report.Undetermined {
			byTimes = p.began()
		}
	}
	expected := 0. // delay of sound, in seconds
	if pictures != nil {
		expected = out.Picture.DelayMS / 1e3
	}
	for i := range in.sound {
		s, sound, err := closest(ctx, ref.sound, in.sound[i], i, expected)
		if err != nil {
			return nil, err
		}
		if sound == nil { // the reference has none
			break
		}
		if pictures != nil && s.Status == report.Match {
			s.AVOffset = avOffset(pictures.stretches, sound.stretches)
		}
		if s.Status == report.Match && len(byTimes) > 0 {
			if s.AVOffset = avOffset(byTimes, sound.stretches); s.AVOffset != nil {
				s.AVOffset.Basis = report.Timestamps
			}
		}
		out.Sound = append(out.Sound, s)
	}
	out.Status = together(out)
	return out, nil
}

// readBoth reads both inputs at the same time.
func readBoth(ctx context.Context, o Options) (ref, in *input, err error) {
	g, ctx := errgroup.WithContext(ctx)
	progress := func(pass int) func(at, duration time.Duration) {
		if o.Progress == nil {
			return nil
		}
		return func(at, d time.Duration) { o.Progress(pass, at, d) }
	}
	g.Go(func() (err error) {
		ref, err = read(ctx, o.Reference, o.Media, progress(0))
		return err
	})
	g.Go(func() (err error) {
		in, err = read(ctx, o.Input, o.Media, progress(1))
		return err
	})
	return ref, in, g.Wait()
}

// together is the status of all streams.
func together(c *report.Comparison) report.MatchStatus {
	all := slices.Clone(c.Sound)
	if c.Picture != nil {
		all = append(all, *c.Picture)
	}
	out := report.Undetermined
	for _, s := range all {
		switch {
		case s.Status == report.Match:
			return report.Match
		case s.Status == report.NoMatch:
			out = report.NoMatch
		}
	}
	return out
}

// goodShare is the share of a track that must match for no other track of the
// reference to be tried.
const goodShare = 0.9

// closest compares a track of the input with the tracks of the reference, the
// one in the same place first, and returns the best. What repeats itself is looked
// for near the delay that is expected, in seconds.
func closest(ctx context.Context, refs []*soundTrack, in *soundTrack, place int, expected float64) (best report.ComparedStream, a *alignment, err error) {
	for k := range refs {
		ref := refs[(place+k)%len(refs)]
		p := newSoundPair(ref, in, expected)
		found, err := align(ctx, p)
		if err != nil {
			return best, nil, err
		}
		s := compared(p, found, ref.stream, in.stream)
		if a == nil || rank(&s) > rank(&best) {
			best, a = s, found
		}
		if s.Status == report.Match && s.MatchShare >= goodShare {
			break
		}
	}
	return best, a, nil
}

// rank orders how well a track matches.
func rank(s *report.ComparedStream) float64 {
	if s.Status == report.Match {
		return 1 + s.MatchShare*s.Correlation
	}
	return 0
}

// What must match of the shorter of both: minShare, and so many seconds, or
// minShort of one that is hardly longer. Less than that may be chance, and so may
// what is shorter than sureSeconds and correlates less than short chunks must.
const (
	minShare    = 0.1
	minSeconds  = 2
	minShort    = 0.4
	sureSeconds = 4
)

// compared puts an alignment into figures.
func compared(m medium, a *alignment, ref, in measure.Stream) report.ComparedStream {
	s := report.ComparedStream{Status: report.NoMatch, ReferenceStream: ref.Index, InputStream: in.Index}
	if !a.informed {
		s.Status = report.Undetermined
		return s
	}
	refEnd, inEnd := m.ends()
	var delays, slopes []float64
	for _, x := range a.stretches {
		s.MatchedS += x.to - x.from
		for t := x.from; t < x.to; t += 0.1 {
			delays, slopes = append(delays, x.line.at(t)), append(slopes, x.line.b)
		}
	}
	shorter := min(refEnd, inEnd)
	s.MatchShare = min(1, s.MatchedS/shorter)
	chance := s.MatchShare < minShare || s.MatchedS < min(minSeconds, minShort*shorter) || s.MatchedS < sureSeconds && a.score < fillScore
	if len(delays) == 0 || chance {
		return report.ComparedStream{Status: report.NoMatch, ReferenceStream: ref.Index, InputStream: in.Index}
	}
	s.Status = report.Match
	s.DelayMS, s.DriftPPM = round(1e3*median(delays), 3), round(1e6*median(slopes), 1)
	s.DriftMSPerHour = round(s.DriftPPM*3.6, 1)
	s.Correlation = round(a.score, 4)
	s.Confidence = round(max(0, a.score*a.found), 4)
	s.Stretches, s.Parts = describe(a.stretches, refEnd, inEnd)
	for _, p := range s.Parts {
		if p.Kind != report.Inserted {
			s.MissingS += p.ReferenceEndS - p.ReferenceStartS
		}
		if p.Kind != report.Missing {
			s.InsertedS += p.InputEndS - p.InputStartS
		}
	}
	s.MatchedS, s.MatchShare = round(s.MatchedS, 3), round(s.MatchShare, 4)
	s.MissingS, s.InsertedS = round(s.MissingS, 3), round(s.InsertedS, 3)
	return s
}

// minPart is the shortest part, in seconds, that is said to be missing or put
// in.
const minPart = 0.3

// describe returns the stretches, and what lies between them.
func describe(all []stretch, refEnd, inEnd float64) (matched []report.MatchedStretch, parts []report.UnmatchedPart) {
	inAt, refAt := 0., 0.
	between := func(in, ref float64) {
		p := report.UnmatchedPart{
			InputStartS: round(inAt, 6), InputEndS: round(in, 6),
			ReferenceStartS: round(refAt, 6), ReferenceEndS: round(max(refAt, ref), 6),
		}
		lost, more := ref-refAt >= minPart, in-inAt >= minPart
		switch {
		case lost && more:
			p.Kind = report.Replaced
		case lost:
			p.Kind = report.Missing
		case more:
			p.Kind = report.Inserted
		default:
			return
		}
		parts = append(parts, p)
	}
	for _, s := range all {
		refFrom, refTo := s.from-s.line.at(s.from), s.to-s.line.at(s.to)
		between(s.from, refFrom)
		matched = append(matched, report.MatchedStretch{
			InputStartS: round(s.from, 6), InputEndS: round(s.to, 6),
			ReferenceStartS: round(refFrom, 6), ReferenceEndS: round(refTo, 6),
			DelayMS: round(1e3*s.line.at((s.from+s.to)/2), 3), DriftPPM: round(1e6*s.line.b, 1),
		})
		inAt, refAt = s.to, refTo
	}
	between(inEnd, refEnd)
	return matched, parts
}

const (
	offsetStep   = 0.1  // seconds from one look at the offset to the next
	offsetLasts  = 10   // looks for which an offset must last to count
	offsetSteady = 5e-3 // seconds by which it may change from look to look
)

// avOffset returns how sound lies to picture where both match; nil where they
// nowhere do at the same time.
func avOffset(pictures, sound []stretch) *report.AVOffset {
	at := func(all []stretch, t float64) (float64, bool) {
		for _, s := range all {
			if s.from <= t && t < s.to {
				return s.line.at(t), true
			}
		}
		return 0, false
	}
	var offsets, run []float64
	var out report.AVOffset
	if len(pictures) == 0 {
		return nil
	}
	for k := 0; ; k++ {
		t := pictures[0].from + (float64(k)+0.5)*offsetStep
		if t >= pictures[len(pictures)-1].to {
			break
		}
		p, okP := at(pictures, t)
		s, okS := at(sound, t)
		if !okP || !okS {
			run = run[:0]
			continue
		}
		o := s - p
		offsets = append(offsets, o)
		if n := len(run); n > 0 && math.Abs(run[n-1]-o) > offsetSteady {
			run = run[:0]
		}
		run = append(run, o)
		if len(run) >= offsetLasts && math.Abs(o) > math.Abs(out.LargestMS)/1e3+1e-6 {
			out.LargestMS, out.LargestAtS = round(1e3*o, 3), round(t, 3)
		}
	}
	if len(offsets) == 0 {
		return nil
	}
	out.MedianMS = round(1e3*median(offsets), 3)
	if math.Abs(out.LargestMS) < math.Abs(out.MedianMS) {
		out.LargestMS = out.MedianMS
	}
	return &out
}

// describe says what was read.
func (in *input) describe() report.ComparedInput {
	out := report.ComparedInput{Name: in.name, Format: in.program.Format, DurationS: report.Seconds(in.end), Streams: []report.Stream{}}
	for _, s := range in.program.Streams {
		out.Streams = append(out.Streams, analyze.Describe(s))
	}
	return out
}
