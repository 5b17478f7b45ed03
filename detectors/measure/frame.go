package measure

import (
	"time"
	"unsafe"
)

// A Plane is one plane of a picture in somebody else's memory.
type Plane struct {
	Data          unsafe.Pointer // of the top left sample
	Stride        int            // bytes from line to line; may be negative
	Width, Height int            // samples
}

// A Frame is a decoded picture: planar YUV or grey, samples of 8 bits, or of 9
// to 16 bits in little endian words. It is borrowed for the duration of a call.
type Frame struct {
	Y, U, V Plane // U and V have no Data in a grey picture
	Depth   int   // bits per sample

	// Aspect is the width of a sample as it is shown, divided by its height; 0
	// where that is unknown.
	Aspect float64
}

// shape returns the width of a sample divided by its height.
func (f *Frame) shape() float64 {
	if !(f.Aspect >= 0.25 && f.Aspect <= 4) {
		return 1
	}
	return f.Aspect
}

// A SampleFormat is how the samples of a [Buffer] are stored.
type SampleFormat uint8

// The sample formats: FFmpeg's, without its distinction of planar ones, which
// show as one plane per channel.
const (
	U8 SampleFormat = iota
	S16
	S32
	S64
	F32
	F64
)

// A Buffer is a stretch of decoded sound in somebody else's memory, borrowed
// for the duration of a call. With one plane, samples of all channels are
// interleaved; otherwise there is a plane for each channel.
type Buffer struct {
	Stream        int
	PTS           time.Duration // media time of the first sample
	Discontinuity bool          // time jumped back
	Format        SampleFormat
	SampleRate    int
	Channels      int
	Samples       int // per channel
	Planes        []unsafe.Pointer
}
