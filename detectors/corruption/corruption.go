// Package corruption finds damaged pictures and sound: what a viewer sees after
// packets were lost, or out of a broken encoder.
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
	Name:  "corruption",
	Doc:   doc,
	Needs: measure.Luma | measure.Difference,
	Setup: setup,
}

const doc = `damaged pictures and sound

decode: the stream is damaged.

picture: the stream is sound, but the picture was damaged before it was coded.`

type options struct {
	decode decodeOptions
}

func setup(fs *flag.FlagSet) detectors.Start {
	o := &options{}
	o.decode.declare(fs)
	return o.start
}

// start gives each kind its own followers. Both look at each stream by itself.
func (o *options) start(p measure.Program, sink detectors.Sink) (detectors.Run, error) {
	decode, err := startDecode(o.decode, p, sink)
	if err != nil {
		return decode, err
	}
	pictures, err := detectors.PerVideo(p, func(s measure.Stream) *burned {
		return newBurned(s, sink)
	})
	if err == detectors.ErrNotApplicable {
		return decode, nil
	}
	return detectors.Run{
		Packet: decode.Packet,
		Picture: func(p *measure.Picture) {
			decode.Picture(p)
			pictures.Picture(p)
		},
		Flush: func(end time.Duration) {
			decode.Flush(end)
			pictures.Flush(end)
		},
	}, err
}
