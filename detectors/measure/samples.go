package measure

import (
	"math"
	"unsafe"
)

// measurable reports whether b has samples and planes that can be read.
func (b *Buffer) measurable() bool {
	if b.Samples <= 0 || b.SampleRate <= 0 || b.Channels <= 0 || b.Format > F64 {
		return false
	}
	if len(b.Planes) != 1 && len(b.Planes) < b.Channels {
		return false
	}
	for _, p := range b.Planes {
		if p == nil {
			return false
		}
	}
	return true
}

// fullScale returns the amplitudes at and beyond which a sample is at full
// scale: the last code on each side, where encoders clip at the same distance
// from zero on both sides for 16 bits. Wider integers often carry 16, 20 or 24
// bits, and what was clipped before a lossy codec is rarely exactly at the end:
// they and floats have a margin of 2^-16, 0.00013 dB.
func (f SampleFormat) fullScale() (low, high float64) {
	switch f {
	case U8:
		return -1, 127. / 128
	case S16:
		return -32767. / 32768, 32767. / 32768
	default:
		return -(1 - 0x1p-16), 1 - 0x1p-16
	}
}

// load converts samples of a channel, from sample from on, and returns how
// many of them are [Channel.Invalid].
func (b *Buffer) load(dst []float64, channel, from int) (invalid int) {
	plane, first, step := b.Planes[0], from*b.Channels+channel, b.Channels
	if len(b.Planes) > 1 {
		plane, first, step = b.Planes[channel], from, 1
	}
	switch b.Format {
	case U8:
		s := strided[uint8](plane, first, step, len(dst))
		for i := range dst {
			dst[i] = float64(int(s[i*step])-128) / 128
		}
	case S16:
		loadIntegers(dst, strided[int16](plane, first, step, len(dst)), step, 0x1p-15)
	case S32:
		loadIntegers(dst, strided[int32](plane, first, step, len(dst)), step, 0x1p-31)
	case S64:
		loadIntegers(dst, strided[int64](plane, first, step, len(dst)), step, 0x1p-63)
	case F32:
		invalid = loadFloats(dst, strided[float32](plane, first, step, len(dst)), step)
	case F64:
		invalid = loadFloats(dst, strided[float64](plane, first, step, len(dst)), step)
	}
	return invalid
}

// strided returns the memory that holds n elements from first on, step apart.
func strided[T any](plane unsafe.Pointer, first, step, n int) []T {
	var t T
	return unsafe.Slice((*T)(unsafe.Add(plane, first*int(unsafe.Sizeof(t)))), (n-1)*step+1)
}

func loadIntegers[T int16 | int32 | int64](dst []float64, s []T, step int, scale float64) {
	for i := range dst {
		dst[i] = float64(s[i*step]) * scale
	}
}

func loadFloats[T float32 | float64](dst []float64, s []T, step int) (invalid int) {
	for i := range dst {
		x := float64(s[i*step])
		if !(math.Abs(x) <= math.MaxFloat32) { // NaN, too
			x = 0
			invalid++
		}
		dst[i] = x
	}
	return invalid
}
