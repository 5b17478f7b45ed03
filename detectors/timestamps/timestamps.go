// Package timestamps finds clocks that jump, stand still or go back.
package timestamps

import (
	"flag"
	"time"

	"github.com/vqa-project/vqa/detectors"
	"github.com/vqa-project/vqa/detectors/measure"
)

// Kinds of events.
const (
	Jump       = "jump"        // the clock steps ahead or back
	Gap        = "gap"         // a stream leaves out time while another goes on
	Backwards  = "backwards"   // the clock goes back a little, from one packet to the next
	Repeated   = "repeated"    // packets with the time of the packet before
	Missing    = "missing"     // packets without any time
	AudioDrift = "audio_drift" // samples are more, or fewer, than their timestamps have time for

	FrameRate         = "frame_rate"          // pictures come at one even rate, and then at another
	FrameRateUnstable = "frame_rate_unstable" // they come unevenly, where they came evenly
	KeyframeInterval  = "keyframe_interval"   // it is regular, and then another

	// Parameters that change.
	Resolution  = "resolution"
	PixelFormat = "pixel_format" // depth, chroma subsampling, range
	SampleRate  = "sample_rate"
	Layout      = "layout" // number of channels
	Codec       = "codec"  // of a transport stream, by its PMT
)

// Detector finds defects of the container's clock.
var Detector = &detectors.Detector{
	Name:  "timestamps",
	Doc:   doc,
	Needs: measure.Times | measure.Luma | measure.Levels | measure.Multiplex, // content so that it is decoded: parameters are the decoder's
	Setup: setup,
}

const doc = `timestamps that do not follow from those before

Each packet is due when the one before ends. What is held against that is the
decoding time (DTS), which rises from packet to packet also where pictures are
shown in another order; where a container has none, the presentation time.

jump: the clock steps, ahead or back, by at least min-jump; the value is the step
in seconds, negative for back. Streams that step by the same amount at the same
place make one event, in the first of them to step, pictures before sound. It is
as long as one packet, where that was due. Where the clock comes back to where it
was within seconds, that is one event for both steps, up to the return.

gap: the clock of one stream steps ahead by at least min-gap, while another stream
has something to show in that time. The interval is what is left out.

Pictures that come at a variable rate leave out time by design: a step is only
looked at where it is four times as long as usual intervals of late. MP4 says
how long each picture lasts, and so has no gaps; it can hold any picture.

backwards: the clock goes back by less than min-jump. repeated: packets have the
time of the packet before; neighbours are joined, and the value counts them.
missing: packets have no time at all where nearly all before them had; the value
counts them, too. A container that rounds to milliseconds does none of this.

audio_drift: what is decoded is longer or shorter than its timestamps say, by a
sum of small corrections that exceeds max-drift and does not come back.

frame_rate: pictures come evenly, for at least two seconds, and then evenly at a rate
that differs by 2 % or more. The value is the new rate, the limit the one before.
What comes at a variable rate has none that could change.

frame_rate_unstable: pictures come evenly, for at least four seconds and but for one in
a hundred at most; and then for a while six or more, and every tenth, come too early or
too late, with less than a second between one and the next. The value is the rate
meanwhile. A picture that lasts as long as the stream itself says, as in MPEG-2 video of
film, or in MP4 where pictures are not reordered, is neither early nor late. Phones and
screen recorders that write a variable rate never are as even as that. Pictures next to
damage do not count.

keyframe_interval: pictures that can be decoded by themselves came four times at one
interval, and then four times at another. What a coder puts where scenes change has no
such interval. How far they are apart is measured: keyframe_interval_mean_s,
keyframe_interval_min_s and keyframe_interval_max_s.

resolution, pixel_format, sample_rate, layout, codec: what the kind names changes. The
value is what is new, the limit what was before: pixels of width or height; bits of
depth, or chroma samples for each of luma, or 1 for full range; Hz; channels;
the stream_type of the PMT.

The default of max-drift is what EBU R 37 allows sound to be ahead of pictures. The
others are this program's own: above what joined files and segments of clean
material leave out, below the half second that is a jump to anybody.`

type options struct {
	minJump, minGap, maxDrift time.Duration
}

func setup(fs *flag.FlagSet) detectors.Start {
	o := &options{}
	detectors.DurationVar(fs, &o.minJump, "min-jump", 300*time.Millisecond, 10*time.Millisecond, time.Hour,
		"smallest step of all clocks, or back, that is a jump")
	detectors.DurationVar(fs, &o.minGap, "min-gap", 200*time.Millisecond, 10*time.Millisecond, time.Hour,
		"shortest time that a stream leaves out")
	detectors.DurationVar(fs, &o.maxDrift, "max-drift", 40*time.Millisecond, 20*time.Millisecond, time.Hour,
		"how far samples may drift from their timestamps")
	return o.start
}

func (o *options) start(p measure.Program, sink detectors.Sink) (detectors.Run, error) {
	r := &run{options: *o, sink: sink, byIndex: map[int]*line{}, byPID: map[int]*line{}, codings: map[int]*coding{}}
	for _, s := range p.Streams {
		if s.Selected && (s.Type == measure.Video || s.Type == measure.Audio) {
			l := newLine(s)
			r.lines = append(r.lines, l)
			r.byIndex[s.Index] = l
			if p.Format == "mpegts" {
				r.byPID[s.ID] = l
			}
		}
	}
	if len(r.lines) == 0 {
		return detectors.Run{}, detectors.ErrNotApplicable
	}
	return detectors.Run{
		Transport: r.transport,
		Packet: func(p *measure.Packet) {
			if l := r.byIndex[p.Stream]; l != nil {
				r.packet(l, p)
			}
		},
		Picture: func(p *measure.Picture) {
			if l := r.byIndex[p.Stream]; l != nil {
				r.picture(l, p)
			}
		},
		Block: func(b *measure.Block) {
			if l := r.byIndex[b.Stream]; l != nil {
				r.block(l, b)
			}
		},
		Open:     func(time.Duration) { r.open() },
		Flush:    func(time.Duration) { r.flush() },
		Measures: r.measures,
	}, nil
}
