// Package corruption finds damaged pictures and sound: what is seen and heard
// after packets were lost, or out of a broken encoder.
package corruption

import (
	"flag"
	"time"

	"github.com/vqa-project/vqa/detectors"
	"github.com/vqa-project/vqa/detectors/measure"
)

// The kinds of events, by where the evidence is.
const (
	Decode  = "decode"  // in the stream
	Picture = "picture" // in the picture alone: damaged before it was coded
)

// Detector finds damaged pictures and sound.
var Detector = &detectors.Detector{
	Name: "corruption",
	Doc:  doc,
	// Levels is for sound to be decoded.
	Needs: measure.Grid | measure.Difference | measure.Thumbs | measure.Borders | measure.Levels,
	Setup: setup,
}

const doc = `damaged pictures and sound

decode: the stream itself is damaged. Picture: the decoder had to make up
macroblocks, or missed a picture to predict from, or the transport stream lost
bytes of the picture. The interval goes from the first damaged picture, or the
first that is predicted from it, to the next that needs no other (intra coded, or
one whole sweep of intra refresh), as damage stays until then, unless all looks as
it did before for 0.5 s, as of a slide that was coded anew. Where no other picture is
predicted from the damaged one, it is that picture alone. value is the
largest share of a picture that was made up or, of HEVC, not decoded, in percent. It
is 0 where only bytes are known to be missing: the decoders of VP9 and AV1 do not
count. Sound:
frames that the decoder rejects, which leave a hole; value is their number. What
was damaged by cutting the input out of a longer one is left out: pictures
before the first that can be decoded, and the last packet of a stream. Spells less
than 0.5 s apart are one event.

A demuxer also takes a packet for corrupt where its length is not as announced.
Where 50 pictures in a row are, of which the decoder does not complain, it is the
habit of a multiplexer, and means nothing.

picture: the stream is sound and the picture shows damage, as of a signal that was
damaged before it was coded again. Looked for are sharp straight steps at the
borders of macroblocks of 16x16, which are not at other places, are new, and
stand out against what the picture has 5 s before and after, and for the dark green
of memory that no decoder wrote to, in 1 % of the picture or more. value is the
largest share of the picture with either, in percent, and the evidence has
the part of the picture that they lie in. What decode finds is not reported again, nor
what has such borders in the same places from a cut on, such as a test pattern, where
no more than half of the picture has them. Nothing is said while there are black bars
on two sides that most of the 5 s before and after do not have. What is usual beside it
is not learned from pictures that stand.

picture-confidence is what the weights of scripts/corruption give a tenth of a
second, as a probability, learned from real clips that were damaged on purpose; where
several are rather damaged than not, a quarter of their summed log odds counts. A lower
one finds fainter damage, and takes some scenes for it. Damage is not found where the
picture was scaled after it, beyond what luck puts on the grid, where it lasts for a
large part of 10 s, or where it only shows as ghosts and smears without borders.`

type options struct {
	pictures pictureOptions
}

func setup(fs *flag.FlagSet) detectors.Start {
	o := &options{}
	o.pictures.declare(fs)
	return o.start
}

// start gives each stream a follower of its own.
func (o *options) start(p measure.Program, sink detectors.Sink) (detectors.Run, error) {
	var all []*stream
	for _, s := range p.Selected(measure.Video) {
		all = append(all, &stream{Stream: s, sink: sink, looks: &looks{}, pictures: newPictures(o.pictures, s, sink)})
	}
	var tracks []*track
	for _, s := range p.Selected(measure.Audio) {
		tracks = append(tracks, &track{Stream: s, sink: sink})
	}
	if len(all)+len(tracks) == 0 {
		return detectors.Run{}, detectors.ErrNotApplicable
	}
	return detectors.Run{
		Packet: func(p *measure.Packet) {
			for _, s := range all {
				if s.Index == p.Stream {
					s.packet(p)
				}
			}
			for _, t := range tracks {
				if t.Index == p.Stream {
					t.packet(p)
				}
			}
		},
		Picture: func(p *measure.Picture) {
			for _, s := range all {
				if s.Index == p.Stream {
					s.picture(p)
					s.pictures.Picture(p)
				}
			}
		},
		Open: func(time.Duration) {
			for _, s := range all {
				now, pictures := *s, *s.pictures
				now.flush()
				pictures.report()
			}
			for _, t := range tracks {
				now := *t
				now.flush()
			}
		},
		Flush: func(end time.Duration) {
			for _, s := range all {
				s.flush()
				s.pictures.Flush(end)
			}
			for _, t := range tracks {
				t.flush()
			}
		},
	}, nil
}
