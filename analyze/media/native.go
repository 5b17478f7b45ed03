package media

/*
#cgo pkg-config: libavformat libavcodec libswscale libswresample libavfilter libavdevice libavutil
#include "native.h"
*/
import "C"

import (
	"fmt"
	"time"
	"unsafe"

	"github.com/asticode/go-astiav"

	"github.com/vqa-project/vqa/detectors/measure"
)

// go-astiav v0.16 keeps the C pointer of these types in their only field that
// matters, the first, and has no accessor for it.

func formatPointer(f *astiav.FormatContext) *C.AVFormatContext {
	return *(**C.AVFormatContext)(unsafe.Pointer(f))
}

func streamPointer(s *astiav.Stream) *C.AVStream {
	return *(**C.AVStream)(unsafe.Pointer(s))
}

func codecPointer(c *astiav.CodecContext) *C.AVCodecContext {
	return *(**C.AVCodecContext)(unsafe.Pointer(c))
}

func packetPointer(p *astiav.Packet) *C.AVPacket {
	return *(**C.AVPacket)(unsafe.Pointer(p))
}

func framePointer(f *astiav.Frame) *C.AVFrame { return (*C.AVFrame)(f.UnsafePointer()) }

// noPTS is AV_NOPTS_VALUE.
const noPTS = int64(-1 << 63)

// A nativeFrame is what FFmpeg says of a decoded frame.
type nativeFrame struct{ c C.vqa_frame }

func (n *nativeFrame) read(f *astiav.Frame, s *stream) {
	video := C.int(0)
	if s.Type == measure.Video {
		video = 1
	}
	C.vqa_frame_read(framePointer(f), video, s.notes, &n.c)
}

func (n *nativeFrame) pts() int64      { return int64(n.c.pts) }
func (n *nativeFrame) duration() int64 { return int64(n.c.duration) }

// frame returns the planes, borrowed from f.
func (n *nativeFrame) frame() measure.Frame {
	p := func(i, w, h int) measure.Plane {
		return measure.Plane{Data: unsafe.Pointer(n.c.data[i]), Stride: int(n.c.stride[i]), Width: w, Height: h}
	}
	cw, ch := int(n.c.chroma_width), int(n.c.chroma_height)
	out := measure.Frame{Depth: int(n.c.depth), Y: p(0, int(n.c.width), int(n.c.height)), Aspect: float64(n.c.aspect)}
	if cw > 0 {
		out.U, out.V = p(1, cw, ch), p(2, cw, ch)
	}
	return out
}

// picture fills the fields of a row that come from FFmpeg, but its times.
func (n *nativeFrame) picture(row *measure.Picture) {
	row.Key = n.c.key != 0
	row.Type = byte(n.c._type)
	row.Interlaced = n.c.interlaced != 0
	row.TopFieldFirst = n.c.top_field_first != 0
	row.FullRange = n.c.full_range != 0
	row.Width, row.Height, row.Depth = int(n.c.width), int(n.c.height), int(n.c.depth)
	row.ChromaWidth, row.ChromaHeight = int(n.c.chroma_width), int(n.c.chroma_height)
	row.Coded = int64(n.c.packet)
	row.Lost = int(n.c.lost)
	row.Disposable = n.c.disposable != 0
	row.Concealed = int(n.c.concealed)
	if n.c.corrupt != 0 {
		row.Damage |= measure.CorruptPacket
	}
	if n.c.missing != 0 {
		row.Damage |= measure.MissingReference
	}
	if n.c.flags&C.AV_FRAME_FLAG_CORRUPT != 0 {
		row.Damage |= measure.Corrupt
	}
	for flag, damage := range decodeErrors {
		if n.c.error_flags&flag != 0 {
			row.Damage |= damage
		}
	}
	if row.Concealed > 0 { // with threads, the flag may come when the picture is out
		row.Damage |= measure.Concealed
	}
}

// FF_DECODE_ERROR_DECODE_SLICES is left out: with threads it is set on fields
// that are whole.
var decodeErrors = map[C.int]measure.Damage{
	C.FF_DECODE_ERROR_INVALID_BITSTREAM:  measure.InvalidBitstream,
	C.FF_DECODE_ERROR_MISSING_REFERENCE:  measure.MissingReference,
	C.FF_DECODE_ERROR_CONCEALMENT_ACTIVE: measure.Concealed,
}

var sampleFormats = map[C.int]measure.SampleFormat{
	C.AV_SAMPLE_FMT_U8: measure.U8, C.AV_SAMPLE_FMT_U8P: measure.U8,
	C.AV_SAMPLE_FMT_S16: measure.S16, C.AV_SAMPLE_FMT_S16P: measure.S16,
	C.AV_SAMPLE_FMT_S32: measure.S32, C.AV_SAMPLE_FMT_S32P: measure.S32,
	C.AV_SAMPLE_FMT_S64: measure.S64, C.AV_SAMPLE_FMT_S64P: measure.S64,
	C.AV_SAMPLE_FMT_FLT: measure.F32, C.AV_SAMPLE_FMT_FLTP: measure.F32,
	C.AV_SAMPLE_FMT_DBL: measure.F64, C.AV_SAMPLE_FMT_DBLP: measure.F64,
}

// buffer fills b with what f holds, but its times. It reports whether there is
// any sound in it.
func (n *nativeFrame) buffer(f *astiav.Frame, b *measure.Buffer) bool {
	format, ok := sampleFormats[n.c.sample_format]
	if !ok || n.c.samples <= 0 || n.c.sample_rate <= 0 || n.c.channels <= 0 {
		return false
	}
	b.Format = format
	b.SampleRate, b.Channels, b.Samples = int(n.c.sample_rate), int(n.c.channels), int(n.c.samples)
	planes := 1
	if C.av_sample_fmt_is_planar(int32(n.c.sample_format)) != 0 {
		planes = b.Channels
	}
	b.Planes = b.Planes[:0]
	for _, p := range unsafe.Slice(framePointer(f).extended_data, planes) {
		b.Planes = append(b.Planes, unsafe.Pointer(p))
	}
	return true
}

// A converter makes planar pictures of those that are not.
type converter struct{ sws *C.struct_SwsContext }

func (c *converter) convert(src, dst *astiav.Frame) error {
	if e := C.vqa_convert(&c.sws, framePointer(src), framePointer(dst)); e < 0 {
		return fmt.Errorf("converting %s: %w", src.PixelFormat(), astiav.Error(e))
	}
	return nil
}

func (c *converter) free() { C.sws_freeContext(c.sws) }

// Versions returns the versions of the FFmpeg libraries in use.
func Versions() map[string]string {
	v := func(u C.uint) string { return fmt.Sprintf("%d.%d.%d", u>>16, u>>8&255, u&255) }
	return map[string]string{
		"libavcodec":  v(C.avcodec_version()),
		"libavformat": v(C.avformat_version()),
		"libavutil":   v(C.avutil_version()),
		"libswscale":  v(C.swscale_version()),
	}
}

// ticks converts a count of a time base's ticks, rounding down to 1 ns.
func ticks(n int64, tb astiav.Rational) time.Duration {
	if tb.Den() == 0 {
		return 0
	}
	num, den := int64(tb.Num()), int64(tb.Den())
	whole, rest := n/den, n%den
	return time.Duration(whole*num)*time.Second + time.Duration(rest*num*int64(time.Second)/den)
}

// planar reports whether the picture can be measured in place.
func (n *nativeFrame) planar() bool { return n.c.layout == C.VQA_PLANAR }
