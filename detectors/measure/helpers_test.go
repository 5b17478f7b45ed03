package measure

import (
	"math"
	"math/rand/v2"
	"unsafe"
)

// sound makes a buffer of noise with silence and clipping in it.
func sound(format SampleFormat, rate, channels, samples int, planar bool, seed uint64) *Buffer {
	r := rand.New(rand.NewPCG(seed, 2))
	sizes := [...]int{1, 2, 4, 8, 4, 8}
	planes, per := 1, channels
	if planar {
		planes, per = channels, 1
	}
	b := &Buffer{Format: format, SampleRate: rate, Channels: channels, Samples: samples}
	for range planes {
		mem := make([]uint64, samples*per*sizes[format]/8+1)
		p := unsafe.Pointer(&mem[0])
		for i := range samples * per {
			x := max(-1, min(1, r.NormFloat64()/2))
			if i%64 < 8 {
				x = 0
			}
			at := unsafe.Add(p, i*sizes[format])
			switch format {
			case U8:
				*(*uint8)(at) = uint8(max(0, min(255, 128+x*128)))
			case S16:
				*(*int16)(at) = int16(max(math.MinInt16, min(math.MaxInt16, x*0x1p15)))
			case S32:
				*(*int32)(at) = int32(max(math.MinInt32, min(math.MaxInt32, x*0x1p31)))
			case S64:
				*(*int64)(at) = int64(max(-1, min(0.9999999, x)) * 0x1p63)
			case F32:
				*(*float32)(at) = float32(x)
			case F64:
				*(*float64)(at) = x
			}
		}
		b.Planes = append(b.Planes, p)
	}
	return b
}

// layout is how a plane lies in memory.
type layout struct {
	offset  int  // of the first sample from an address that is divisible by 64
	padding int  // samples from the end of one line to the start of the next
	flipped bool // the last line comes first
}

// plane makes a plane with samples from next.
func plane(width, height, depth int, l layout, next func() int) Plane {
	size := 1
	if depth > 8 {
		size = 2
	}
	stride := (width + l.padding) * size
	mem := make([]byte, 64+l.offset*size+stride*height)
	for i := range mem {
		mem[i] = 0xa5 // nothing may depend on what is around
	}
	p := unsafe.Pointer(&mem[0])
	p = unsafe.Add(p, int(-uintptr(p)&63)+l.offset*size)
	if l.flipped {
		p, stride = unsafe.Add(p, stride*(height-1)), -stride
	}
	out := Plane{Data: p, Stride: stride, Width: width, Height: height}
	for y := range height {
		for x := range width {
			out.set(x, y, depth, next())
		}
	}
	return out
}

// set sets the sample at (x, y).
func (p *Plane) set(x, y, depth, value int) {
	line := unsafe.Add(p.Data, y*p.Stride)
	if depth == 8 {
		*(*uint8)(unsafe.Add(line, x)) = uint8(value)
	} else {
		*(*uint16)(unsafe.Add(line, 2*x)) = uint16(value)
	}
}

// flat makes a grey picture of one value.
func flat(width, height, depth, value int) *Frame {
	return &Frame{Y: plane(width, height, depth, layout{}, func() int { return value }), Depth: depth}
}
