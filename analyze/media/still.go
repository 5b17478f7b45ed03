package media

/*
#include "native.h"
*/
import "C"

import (
	"context"
	"errors"
	"fmt"
	"image"
	"time"

	"github.com/asticode/go-astiav"

	"github.com/vqa-project/vqa/detectors/measure"
)

const (
	// stillGap is how far ahead a picture may be for decoding to go on to it;
	// further ahead, it is sought.
	stillGap = 8 * time.Second

	// stillSlack is by how much a time may be before the picture that it is
	// of, because it was rounded.
	stillSlack = time.Millisecond
)

// stillBefore is how much earlier than a picture decoding begins. Where nothing can
// be decoded from there in time, as some containers do not know which packets
// are key pictures, it begins earlier.
var stillBefore = []time.Duration{0, 3 * time.Second, 12 * time.Second}

// A Still is a picture of a stream, scaled.
type Still struct {
	At    time.Duration
	Image *image.RGBA
}

// Stills returns the pictures of a video stream that are shown at times, which
// must be sorted, width samples wide. The input must be one that can be sought
// in, such as a file, and not be read before. What cannot be found is nil.
func (in *Input) Stills(ctx context.Context, stream int, times []time.Duration, width int) ([]*Still, error) {
	s := in.streams[stream]
	if s == nil || s.Type != measure.Video || s.decoder == nil {
		return nil, in.fail("reading", fmt.Errorf("stream %d is not video that is decoded", stream), "")
	}
	h := &stillHandler{times: times, width: width, stills: make([]*Still, len(times))}
	h.late = len(times) > 0 && times[0] > stillGap // else it is read from the start
	defer h.release()
	packet := astiav.AllocPacket()
	defer packet.Free()
	for h.next < len(times) && ctx.Err() == nil {
		if h.before != nil && times[h.next] > h.before.Row.PTS+stillGap {
			h.tries, h.late = 0, true
		}
		if h.late {
			if h.tries == len(stillBefore) {
				h.next++ // it cannot be found
				h.tries = 0
				continue
			}
			if err := in.seek(s, times[h.next]-stillBefore[h.tries]); err != nil {
				return h.stills, in.readError(err)
			}
			h.tries++
			h.late = false
			h.release()
		}
		err := in.format.ReadFrame(packet)
		switch {
		case errors.Is(err, astiav.ErrEof):
			in.decode(s, nil, h) // drains it
			s.line.flush(in.confirmed())
			h.end()
			if h.before != nil {
				return h.stills, nil // what is left is behind the end
			}
			h.late = true
		case err != nil && !errors.Is(err, astiav.ErrInvaliddata):
			return h.stills, in.readError(err)
		case err == nil && packet.StreamIndex() == stream:
			in.packet(packet, h)
		}
		packet.Unref()
	}
	return h.stills, ctx.Err()
}

// seek goes to before a media time.
func (in *Input) seek(s *stream, at time.Duration) error {
	tb := s.timeBase
	if tb.Num() == 0 {
		return errors.New("it has no time base")
	}
	ts := int64((max(at, 0) + in.clock.start).Seconds() * float64(tb.Den()) / float64(tb.Num()))
	C.avcodec_flush_buffers(codecPointer(s.decoder))
	s.line, s.position = timeline{pictures: true}, 0
	in.clock.primed = false
	return in.format.SeekFrame(s.Index, ts, astiav.NewSeekFlags(astiav.SeekFlagBackward))
}

// A stillHandler waits for the pictures asked for.
type stillHandler struct {
	ContentOnly
	width  int
	times  []time.Duration
	next   int      // of times
	before *Picture // the picture before
	late   bool     // decoding began too late for the next
	tries  int      // to begin early enough
	stills []*Still
}

// Picture implements [Handler].
func (h *stillHandler) Picture(p *Picture) {
	for !h.late && h.next < len(h.times) && h.times[h.next]+stillSlack < p.Row.PTS {
		if h.late = h.before == nil && h.tries > 0; h.late {
			break
		}
		shown := h.before
		if shown == nil { // before the first of the stream
			shown = p
		}
		h.take(shown)
	}
	h.release()
	h.before = p
}

// Sound implements [Handler].
func (h *stillHandler) Sound(s *Sound) { s.Release() }

// end takes the last picture for what it is still shown at.
func (h *stillHandler) end() {
	for h.before != nil && h.next < len(h.times) && h.times[h.next] < h.before.Row.End() {
		h.take(h.before)
	}
}

func (h *stillHandler) take(p *Picture) {
	if i := h.next; i > 0 && h.stills[i-1] != nil && h.stills[i-1].At == p.Row.PTS {
		h.stills[i] = h.stills[i-1]
	} else {
		h.stills[i] = p.still(h.width)
	}
	h.next++
	h.tries = 1
}

func (h *stillHandler) release() {
	if h.before != nil {
		h.before.Release()
	}
	h.before = nil
}

// still scales a picture, to the shape it is shown in. It returns nil where
// FFmpeg cannot.
func (p *Picture) still(width int) *Still {
	f := p.frame
	if f == nil || f.Width() <= 0 || f.Height() <= 0 {
		return nil
	}
	shape := float64(f.Height()) / float64(f.Width())
	if sar := f.SampleAspectRatio(); sar.Num() > 0 && sar.Den() > 0 {
		shape *= float64(sar.Den()) / float64(sar.Num())
	}
	height := min(max(int(float64(width)*shape+0.5)&^1, 2), 2*width)
	img := image.NewRGBA(image.Rect(0, 0, width, height))
	if C.vqa_still(framePointer(f), (*C.uint8_t)(&img.Pix[0]), C.int(width), C.int(height)) < 0 {
		return nil
	}
	for i := 3; i < len(img.Pix); i += 4 {
		img.Pix[i] = 255
	}
	return &Still{p.Row.PTS, img}
}
