package main

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
)

// A codec is what is damaged.
type codec int

const (
	h264 codec = iota
	hevc
	mpeg2
	mpeg4
)

func (c codec) String() string { return [...]string{"H.264", "HEVC", "MPEG-2", "MPEG-4"}[c] }

// encode returns options of ffmpeg.
func (c codec) encode(r *rand.Rand) []string {
	out := []string{"-threads", "1", "-mpegts_start_pid", strconv.Itoa(videoPID)}
	switch c {
	case hevc:
		return append(out, "-c:v", "libx265", "-preset", "ultrafast", "-x265-params",
			fmt.Sprintf("log-level=none:pools=none:frame-threads=1:crf=%d:keyint=%d", pick(r, 20, 24, 28), pick(r, 25, 50, 100)))
	case mpeg2:
		return append(out, "-c:v", "mpeg2video", "-q:v", strconv.Itoa(pick(r, 3, 4, 6, 8)),
			"-g", strconv.Itoa(pick(r, 12, 15, 25)), "-bf", "2", "-maxrate", "15M", "-bufsize", "8M")
	case mpeg4:
		return append(out, "-c:v", "mpeg4", "-q:v", strconv.Itoa(pick(r, 3, 4, 6, 8)),
			"-g", strconv.Itoa(pick(r, 12, 25, 50, 100)), "-ps", strconv.Itoa(pick(r, 500, 1400, 20000)))
	default:
		return append(out, "-c:v", "libx264", "-preset", pick(r, "ultrafast", "veryfast", "veryfast"),
			"-crf", strconv.Itoa(pick(r, 18, 20, 23, 26, 29)), "-g", strconv.Itoa(pick(r, 25, 50, 100, 250)),
			"-slices", strconv.Itoa(pick(r, 1, 1, 4, 8)))
	}
}

// again is how the damaged pictures are coded.
var again = [][]string{
	{"-c:v", "libx264", "-preset", "veryfast", "-crf", "20", "-g", "50", "-threads", "1"},
	{"-c:v", "libx264", "-preset", "veryfast", "-crf", "20", "-g", "50", "-threads", "1"},
	{"-c:v", "libx264", "-preset", "veryfast", "-crf", "20", "-g", "50", "-threads", "1"},
	{"-c:v", "libx264", "-preset", "veryfast", "-crf", "16", "-g", "50", "-threads", "1"},
	{"-c:v", "libx264", "-preset", "veryfast", "-crf", "25", "-g", "100", "-threads", "1"},
	{"-c:v", "libx264", "-preset", "medium", "-crf", "29", "-g", "250", "-threads", "1"},
	{"-c:v", "mpeg2video", "-q:v", "4", "-g", "15", "-bf", "2", "-threads", "1"},
	{"-c:v", "libx265", "-preset", "ultrafast", "-crf", "22", "-x265-params", "log-level=none:pools=none:frame-threads=1"},
}

// starving are coders with too few bits.
var starving = [][]string{
	{"-c:v", "mpeg2video", "-q:v", "24", "-g", "12", "-bf", "2", "-threads", "1"},
	{"-c:v", "mpeg2video", "-q:v", "31", "-g", "15", "-bf", "2", "-threads", "1"},
	{"-c:v", "mpeg2video", "-b:v", "700k", "-maxrate", "900k", "-bufsize", "600k", "-g", "15", "-bf", "2", "-threads", "1"},
	{"-c:v", "mpeg4", "-q:v", "26", "-g", "50", "-threads", "1"},
	{"-c:v", "libx264", "-preset", "veryfast", "-crf", "38", "-g", "50", "-x264-params", "no-deblock=1", "-threads", "1"},
	{"-c:v", "libx264", "-preset", "ultrafast", "-crf", "44", "-g", "25", "-threads", "1"},
	{"-c:v", "libx264", "-preset", "veryfast", "-b:v", "200k", "-maxrate", "250k", "-bufsize", "200k", "-g", "100", "-threads", "1"},
}

// A loss is how a stream is damaged.
type loss int

const (
	single       loss = iota // a few packets of the transport stream
	scattered                // many single packets
	bytesFlipped             // bytes in them
	burst                    // packets in a row
	wholeSlices              // slices, as a network does that packs them one by one
)

func (l loss) String() string {
	return [...]string{"single packets lost", "packets lost", "bytes wrong", "packets lost in bursts", "slices lost"}[l]
}

// damage is what happens to a stream from begin to end, in seconds.
type damage struct {
	kind       loss
	codec      codec
	begin, end float64
	severity   float64 // 0 to 1, more where that cannot be seen
}

const (
	packetSize = 188
	videoPID   = 0x100
)

// apply returns the stream with damage.
func (d *damage) apply(stream []byte, r *rand.Rand) []byte {
	packets := slices.Collect(slices.Chunk(stream, packetSize))
	hit := d.within(packets)
	if len(hit) == 0 {
		return stream
	}
	lost := map[int]bool{}
	flipped := map[int]bool{}
	rate := min(0.02+0.25*d.severity, 0.7)
	switch d.kind {
	case single:
		for range 1 + int(6*d.severity) {
			lost[pick(r, hit...)] = true
		}
	case scattered:
		for _, i := range hit {
			lost[i] = lost[i] || r.Float64() < rate
		}
	case bytesFlipped:
		for _, i := range hit {
			flipped[i] = r.Float64() < 1.6*rate
		}
	case burst:
		for range 1 + int(3*d.severity) {
			first := r.IntN(len(hit))
			for _, i := range hit[first:min(first+int(float64(5+r.IntN(55))*(1+d.severity)), len(hit))] {
				lost[i] = true
			}
		}
	case wholeSlices:
		return d.withoutSlices(packets, hit, rate, r)
	}
	var out []byte
	for i, p := range packets {
		if lost[i] {
			continue
		}
		if flipped[i] {
			p = flip(p, r)
		}
		out = append(out, p...)
	}
	return out
}

// flip returns the packet with some bytes of its payload changed.
func flip(p []byte, r *rand.Rand) []byte {
	p = slices.Clone(p)
	first := payload(p)
	for range 1 + r.IntN(6) {
		if first < len(p) {
			p[first+r.IntN(len(p)-first)] ^= byte(1 + r.IntN(255))
		}
	}
	return p
}

// withoutSlices blots out whole slices: their bytes become padding, which
// decoders skip. The first slice of a picture stays, so that no picture is lost.
func (d *damage) withoutSlices(packets [][]byte, hit []int, rate float64, r *rand.Rand) []byte {
	var es []byte   // of what is hit
	var at [][2]int // packet and offset of each byte of es
	for _, i := range hit {
		for k := payload(packets[i]); k < len(packets[i]); k++ {
			es = append(es, packets[i][k])
			at = append(at, [2]int{i, k})
		}
	}
	out := slices.Clone(packets)
	cloned := map[int]bool{}
	for from := 0; ; {
		start := bytes.Index(es[from:], []byte{0, 0, 1})
		if start < 0 || from+start+5 > len(es) {
			break
		}
		start += from
		end := len(es)
		if n := bytes.Index(es[start+3:], []byte{0, 0, 1}); n >= 0 {
			end = start + 3 + n
		}
		from = end
		if !d.isSlice(es[start+3:end]) || r.Float64() > 2*rate {
			continue
		}
		for k := start; k < end; k++ {
			i := at[k][0]
			if !cloned[i] {
				out[i], cloned[i] = slices.Clone(out[i]), true
			}
			out[i][at[k][1]] = 0
		}
	}
	return bytes.Join(out, nil)
}

// isSlice says whether what follows a start code is a slice, and not the first
// of its picture.
func (d *damage) isSlice(b []byte) bool {
	if len(b) < 2 {
		return false
	}
	if d.codec == mpeg2 {
		return b[0] > 1 && b[0] <= 0xaf
	}
	kind := b[0] & 0x1f
	return (kind == 1 || kind == 5) && b[1]&0x80 == 0 // first_mb_in_slice is 0 where the bit is set
}

// within returns which packets with pictures are between begin and end.
func (d *damage) within(packets [][]byte) []int {
	var out []int
	first, at := -1.0, -1.0
	for i, p := range packets {
		if len(p) < packetSize || int(p[1]&0x1f)<<8|int(p[2]) != videoPID || p[3]&0x10 == 0 {
			continue
		}
		if start := payload(p); p[1]&0x40 != 0 && start+14 <= len(p) && p[start+7]&0x80 != 0 {
			b := p[start+9:]
			at = float64(uint64(b[0]>>1&7)<<30|uint64(b[1])<<22|uint64(b[2]>>1)<<15|uint64(b[3])<<7|uint64(b[4]>>1)) / 90000
			if first < 0 {
				first = at
			}
			continue // the packet with the picture's time is kept
		}
		if first >= 0 && at-first >= d.begin && at-first < d.end {
			out = append(out, i)
		}
	}
	return out
}

// payload returns where the payload of a packet begins.
func payload(p []byte) int {
	if p[3]&0x20 != 0 {
		return min(5+int(p[4]), len(p))
	}
	return 4
}
