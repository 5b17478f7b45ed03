package detectors

import (
	"time"

	"github.com/vqa-project/vqa/detectors/measure"
)

// A PictureFollower is a detector at work on the pictures of one stream, by
// the rules of [Run]. One that has Open or Measures is asked for them.
type PictureFollower interface {
	Picture(*measure.Picture)
	Flush(end time.Duration)
}

// A BlockFollower is a detector at work on the sound of one stream, by the
// rules of [Run]. One that has Open or Measures is asked for them.
type BlockFollower interface {
	Block(*measure.Block)
	Flush(end time.Duration)
}

// Rounding is how far times are off that a container rounds to milliseconds.
const Rounding = time.Millisecond

// Lasts reports whether what took so long lasts for least, give or take
// [Rounding].
func Lasts(took, least time.Duration) bool { return took >= least-Rounding }

type measurer interface{ Measures() []Measure }

type opener interface{ Open(now time.Duration) }

// PerVideo returns the run of a detector that looks at each video stream by
// itself. Where there is none, it returns [ErrNotApplicable].
func PerVideo[F PictureFollower](p measure.Program, follow func(measure.Stream) F) (Run, error) {
	followers := perStream(p, measure.Video, follow)
	run, err := followers.run()
	run.Picture = func(p *measure.Picture) {
		if f, ok := followers.of(p.Stream); ok {
			f.Picture(p)
		}
	}
	return run, err
}

// PerAudio returns the run of a detector that looks at each audio track by
// itself. Where there is none, it returns [ErrNotApplicable].
func PerAudio[F BlockFollower](p measure.Program, follow func(measure.Stream) F) (Run, error) {
	followers := perStream(p, measure.Audio, follow)
	run, err := followers.run()
	run.Block = func(b *measure.Block) {
		if f, ok := followers.of(b.Stream); ok {
			f.Block(b)
		}
	}
	return run, err
}

// A followed stream has its number in the container beside its follower.
type followed[F flusher] struct {
	stream   int
	follower F
}

type flusher interface{ Flush(end time.Duration) }

type followers[F flusher] []followed[F]

func perStream[F flusher](p measure.Program, t measure.MediaType, follow func(measure.Stream) F) followers[F] {
	var all followers[F]
	for _, s := range p.Selected(t) {
		all = append(all, followed[F]{s.Index, follow(s)})
	}
	return all
}

// of finds the follower of a stream: there are few.
func (all followers[F]) of(stream int) (follower F, ok bool) {
	for i := range all {
		if all[i].stream == stream {
			return all[i].follower, true
		}
	}
	return follower, false
}

// run is what does not depend on the type of the streams.
func (all followers[F]) run() (Run, error) {
	if len(all) == 0 {
		return Run{}, ErrNotApplicable
	}
	return Run{
		Open: func(now time.Duration) {
			for i := range all {
				if o, ok := any(all[i].follower).(opener); ok {
					o.Open(now)
				}
			}
		},
		Flush: func(end time.Duration) {
			for i := range all {
				all[i].follower.Flush(end)
			}
		},
		Measures: func() []Measure {
			var out []Measure
			for i := range all {
				if m, ok := any(all[i].follower).(measurer); ok {
					out = append(out, m.Measures()...)
				}
			}
			return out
		},
	}, nil
}
