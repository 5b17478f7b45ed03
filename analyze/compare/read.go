package compare

import (
	"context"
	"fmt"
	"time"

	"github.com/vqa-project/vqa/analyze/media"
	"github.com/vqa-project/vqa/detectors/measure"
)

// An input is what one of the two inputs was measured to.
type input struct {
	media.ContentOnly

	name    string
	program measure.Program
	end     time.Duration
	picture *pictureTrack // nil where there is no video
	sound   []*soundTrack

	meters    map[int]*measure.EnvelopeMeter
	video     *measure.VideoMeter
	decodable map[int]error
	reached   func(at, duration time.Duration)
	options   media.Options
}

// read decodes an input and measures it.
func read(ctx context.Context, name string, o media.Options, reached func(at, duration time.Duration)) (*input, error) {
	in := &input{name: name, meters: map[int]*measure.EnvelopeMeter{}, video: measure.NewVideo(measure.Thumbs), reached: reached, options: o}
	m, err := media.Open(ctx, name, o)
	if err != nil {
		return in, err
	}
	defer m.Close()
	in.program = m.Program()
	in.decodable = m.Undecodable()
	for _, s := range in.program.Selected(measure.Video) {
		if in.picture == nil {
			in.picture = &pictureTrack{stream: s, err: in.decodable[s.Index]}
		}
	}
	for _, s := range in.program.Selected(measure.Audio) {
		in.sound = append(in.sound, &soundTrack{stream: s, err: in.decodable[s.Index]})
		in.meters[s.Index] = measure.NewEnvelope()
	}
	err = m.Read(ctx, in)
	for _, t := range in.sound {
		in.meters[t.stream.Index].Flush(t.add)
	}
	in.end = m.End()
	if err != nil {
		return in, err
	}
	return in, in.complete()
}

// complete says of what nothing could be decoded.
func (in *input) complete() error {
	check := func(s measure.Stream, err error, any bool) error {
		if err != nil {
			return fmt.Errorf("reading %q: stream %d: %w", in.name, s.Index, err)
		}
		if !any {
			return fmt.Errorf("reading %q: stream %d: nothing of its %s could be decoded", in.name, s.Index, s.Type)
		}
		return nil
	}
	if p := in.picture; p != nil {
		if err := check(p.stream, p.err, len(p.times) > 0); err != nil {
			return err
		}
	}
	for _, t := range in.sound {
		if err := check(t.stream, t.err, t.heard); err != nil {
			return err
		}
	}
	return nil
}

// Picture measures a picture.
func (in *input) Picture(p *media.Picture) {
	defer p.Release()
	if in.picture == nil || p.Row.Stream != in.picture.stream.Index {
		return
	}
	in.video.Measure(&p.Pixels, nil, &p.Row)
	in.picture.add(&p.Row, &p.Pixels)
	in.tell(p.Row.PTS)
}

// Sound measures a stretch of sound.
func (in *input) Sound(s *media.Sound) {
	defer s.Release()
	for _, t := range in.sound {
		if t.stream.Index == s.Buffer.Stream {
			in.meters[t.stream.Index].Add(&s.Buffer, t.add)
		}
	}
	in.tell(s.Buffer.PTS)
}

func (in *input) tell(at time.Duration) {
	if in.reached != nil {
		in.reached(at, in.program.Duration)
	}
}
