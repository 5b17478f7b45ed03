package measure

import (
	"math"
	"math/rand/v2"
	"reflect"
	"testing"
	"time"
	"unsafe"
)

// measureAll returns the blocks of some buffers, with channels of their own.
func measureAll(a *AudioMeter, buffers ...*Buffer) []Block {
	var blocks []Block
	keep := func(b *Block) {
		c := *b
		c.Channels = append([]Channel(nil), b.Channels...)
		blocks = append(blocks, c)
	}
	for _, b := range buffers {
		a.Add(b, keep)
	}
	a.Flush(keep)
	return blocks
}

// floats makes a buffer of one channel.
func floats(pts time.Duration, rate int, samples ...float32) *Buffer {
	return &Buffer{
		PTS: pts, Format: F32, SampleRate: rate, Channels: 1, Samples: len(samples),
		Planes: []unsafe.Pointer{unsafe.Pointer(unsafe.SliceData(samples))},
	}
}

// value returns a sample as it counts, and whether it is invalid.
func (b *Buffer) value(channel, i int) (x float64, invalid bool) {
	plane, n := b.Planes[0], i*b.Channels+channel
	if len(b.Planes) > 1 {
		plane, n = b.Planes[channel], i
	}
	switch b.Format {
	case U8:
		x = (float64(unsafe.Slice((*uint8)(plane), n+1)[n]) - 128) / 128
	case S16:
		x = float64(unsafe.Slice((*int16)(plane), n+1)[n]) / (1 << 15)
	case S32:
		x = float64(unsafe.Slice((*int32)(plane), n+1)[n]) / (1 << 31)
	case S64:
		x = float64(unsafe.Slice((*int64)(plane), n+1)[n]) / (1 << 63)
	case F32:
		x = float64(unsafe.Slice((*float32)(plane), n+1)[n])
	case F64:
		x = unsafe.Slice((*float64)(plane), n+1)[n]
	}
	if math.IsNaN(x) || math.Abs(x) > math.MaxFloat32 {
		return 0, true
	}
	return x, false
}

// referenceStretch measures one stretch the plain way: first all samples, then
// one block after the other.
func referenceStretch(start time.Duration, buffers ...*Buffer) []Block {
	first := buffers[0]
	samples := make([][]float64, first.Channels)
	invalid := make([][]bool, first.Channels)
	for _, b := range buffers {
		for c := range samples {
			for i := range b.Samples {
				x, bad := b.value(c, i)
				samples[c], invalid[c] = append(samples[c], x), append(invalid[c], bad)
			}
		}
	}
	low, high := first.Format.fullScale()
	rate, n := first.SampleRate, len(samples[0])
	var blocks []Block
	for k := 0; k*rate/100 < n; k++ {
		from, to := k*rate/100, min((k+1)*rate/100, n)
		if from == to {
			continue
		}
		at := func(i int) time.Duration { return start + time.Duration(i*int(time.Second)/rate) }
		b := Block{PTS: at(from), Duration: at(to) - at(from), SampleRate: rate, Samples: to - from}
		var squares []float64
		for c := range samples {
			var ch Channel
			var sum, square, peak float64
			zeros, full := 0, 0
			for i := from; i < to; i++ {
				x := samples[c][i]
				sum, square, peak = sum+x, square+float64(x*x), max(peak, math.Abs(x))
				if zeros++; x != 0 {
					zeros = 0
				} else {
					ch.Zeros++
				}
				if full++; x > low && x < high {
					full = 0
				} else {
					ch.FullScale++
				}
				if invalid[c][i] {
					ch.Invalid++
				}
				ch.ZeroRun, ch.FullScaleRun = max(ch.ZeroRun, zeros), max(ch.FullScaleRun, full)
			}
			ch.RMS = float32(math.Sqrt(square / float64(to-from)))
			ch.Peak = float32(peak)
			ch.DC = float32(sum / float64(to-from))
			b.Channels, squares = append(b.Channels, ch), append(squares, square)
		}
		if len(samples) > 1 && squares[0] > 0 && squares[1] > 0 {
			products := 0.
			for i := from; i < to; i++ {
				products += float64(samples[0][i] * samples[1][i])
			}
			b.Correlation = float32(max(-1, min(1, products/(math.Sqrt(squares[0])*math.Sqrt(squares[1])))))
		}
		blocks = append(blocks, b)
	}
	return blocks
}

func TestAudioIsReference(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 8))
	for format := U8; format <= F64; format++ {
		for _, rate := range []int{1, 99, 150, 8000, 11025, 22050, 44100, 48000, 192000} {
			for channels := 1; channels <= 6; channels += 1 + r.IntN(3) {
				for _, planar := range []bool{false, true} {
					const start = -3 * time.Millisecond
					var buffers []*Buffer
					total := 0
					for i := range 6 {
						b := sound(format, rate, channels, 1+r.IntN(rate/20+3), planar, uint64(i))
						b.PTS = start + time.Duration(total*int(time.Second)/rate)
						if i > 0 { // as containers do; more than the jitter only in sum
							b.PTS += time.Duration(r.IntN(40)-20) * time.Millisecond
						}
						total += b.Samples
						buffers = append(buffers, b)
					}
					got, want := measureAll(NewAudio(Levels), buffers...), referenceStretch(start, buffers...)
					if !reflect.DeepEqual(got, want) {
						t.Fatalf("format %d, %d Hz, %d channels, planar %v:\n%+v\nwant\n%+v", format, rate, channels, planar, got, want)
					}
				}
			}
		}
	}
}

func TestChannel(t *testing.T) {
	nan, inf := float32(math.NaN()), float32(math.Inf(-1))
	for name, test := range map[string]struct {
		samples []float32
		want    Channel
	}{
		"levels":  {[]float32{0.5, -0.5, 0.5, -0.5}, Channel{RMS: 0.5, Peak: 0.5}},
		"DC":      {[]float32{0.25, 0.75, -0.75, 0.75}, Channel{RMS: 0.66143783, Peak: 0.75, DC: 0.25}},
		"zeros":   {[]float32{0, 1. / 2, 0, float32(math.Copysign(0, -1)), 0, 1. / 2, 0, 0}, Channel{RMS: 0.25, Peak: 0.5, DC: 0.125, Zeros: 6, ZeroRun: 3}},
		"clipped": {[]float32{1, -1, 0.5, 2}, Channel{RMS: 1.25, Peak: 2, DC: 0.625, FullScale: 3, FullScaleRun: 2}},
		"invalid": {[]float32{nan, 0.5, inf, nan}, Channel{RMS: 0.25, Peak: 0.5, DC: 0.125, Zeros: 3, ZeroRun: 2, Invalid: 3}},
	} {
		blocks := measureAll(NewAudio(Levels), floats(0, 48000, test.samples...))
		if len(blocks) != 1 || blocks[0].Channels[0] != test.want {
			t.Errorf("%s: %+v\nwant %+v", name, blocks, test.want)
		}
	}
}

func TestFullScale(t *testing.T) {
	u8, s16 := []uint8{0, 1, 254, 255}, []int16{-32768, -32767, -32766, 32766, 32767}
	s32, s64 := []int32{math.MinInt32, 0x7fffff00, 0x7ffe0000}, []int64{math.MinInt64, math.MaxInt64, 0}
	f32, f64 := []float32{-1, 1, 0.9999}, []float64{-1.5, 0.99999, 0.9999}
	for _, test := range []struct {
		format SampleFormat
		data   unsafe.Pointer
		n      int
		want   Channel
	}{
		{U8, unsafe.Pointer(&u8[0]), len(u8), Channel{FullScale: 2, FullScaleRun: 1}},
		{S16, unsafe.Pointer(&s16[0]), len(s16), Channel{FullScale: 3, FullScaleRun: 2}},
		{S32, unsafe.Pointer(&s32[0]), len(s32), Channel{FullScale: 2, FullScaleRun: 2}}, // 24 bits in 32
		{S64, unsafe.Pointer(&s64[0]), len(s64), Channel{FullScale: 2, FullScaleRun: 2}},
		{F32, unsafe.Pointer(&f32[0]), len(f32), Channel{FullScale: 2, FullScaleRun: 2}},
		{F64, unsafe.Pointer(&f64[0]), len(f64), Channel{FullScale: 2, FullScaleRun: 2}},
	} {
		b := &Buffer{Format: test.format, SampleRate: 48000, Channels: 1, Samples: test.n, Planes: []unsafe.Pointer{test.data}}
		c := measureAll(NewAudio(Sound), b)[0].Channels[0]
		if c.FullScale != test.want.FullScale || c.FullScaleRun != test.want.FullScaleRun {
			t.Errorf("format %d: %d at full scale, longest run %d; want %+v", test.format, c.FullScale, c.FullScaleRun, test.want)
		}
	}
}

func TestCorrelation(t *testing.T) {
	for _, test := range []struct {
		samples []float32 // left, right, left, right
		want    float32
	}{
		{[]float32{0.5, 0.25, -0.5, -0.25}, 1},
		{[]float32{0.5, -0.5, 0.1, -0.1}, -1},
		{[]float32{0.5, 0.5, 0.5, -0.5}, 0},
		{[]float32{0.5, 0, 0.5, 0}, 0},
		{[]float32{0.5, 0.5, 0.5, 0}, 0.70710677},
	} {
		b := floats(0, 48000, test.samples...)
		b.Channels, b.Samples = 2, len(test.samples)/2
		if got := measureAll(NewAudio(Sound), b)[0].Correlation; got != test.want {
			t.Errorf("%v: %v, want %v", test.samples, got, test.want)
		}
	}
}

// span is where a block is.
type span struct {
	start, end time.Duration
	jump       bool
}

func TestStretches(t *testing.T) {
	const ms = time.Millisecond
	at := func(pts time.Duration, samples int) *Buffer { // 1 ms per sample
		return floats(pts, 1000, make([]float32, samples)...)
	}
	marked, faster, wider := at(25*ms, 10), at(25*ms, 20), at(25*ms, 10)
	marked.Discontinuity = true
	faster.SampleRate = 2000
	wider.Channels, wider.Samples = 2, 5
	slightly := at(6*ms, 10) // behind, by less than jitter, and before the last block
	slightly.Discontinuity = true
	for name, test := range map[string]struct {
		buffers []*Buffer
		want    []span
	}{
		"continuous": {[]*Buffer{at(0, 15), at(15*ms, 15)}, []span{{0, 10 * ms, false}, {10 * ms, 20 * ms, false}, {20 * ms, 30 * ms, false}}},
		"jitter":     {[]*Buffer{at(0, 10), at(30*ms, 10), at(0, 5)}, []span{{0, 10 * ms, false}, {10 * ms, 20 * ms, false}, {20 * ms, 25 * ms, false}}},
		"gap":        {[]*Buffer{at(0, 15), at(36*ms, 10)}, []span{{0, 10 * ms, false}, {10 * ms, 15 * ms, false}, {36 * ms, 46 * ms, false}}},
		"back":       {[]*Buffer{at(50*ms, 25), at(54*ms, 10), at(64*ms, 1)}, []span{{50 * ms, 60 * ms, false}, {60 * ms, 70 * ms, false}, {70 * ms, 75 * ms, false}, {54 * ms, 64 * ms, true}, {64 * ms, 65 * ms, false}}},
		"marked":     {[]*Buffer{at(0, 15), marked}, []span{{0, 10 * ms, false}, {10 * ms, 15 * ms, false}, {25 * ms, 35 * ms, false}}},
		"rate":       {[]*Buffer{at(0, 25), faster}, []span{{0, 10 * ms, false}, {10 * ms, 20 * ms, false}, {20 * ms, 25 * ms, false}, {25 * ms, 35 * ms, false}}},
		"channels":   {[]*Buffer{at(0, 20), wider}, []span{{0, 10 * ms, false}, {10 * ms, 20 * ms, false}, {25 * ms, 30 * ms, false}}},
		"order":      {[]*Buffer{at(0, 18), slightly}, []span{{0, 10 * ms, false}, {10 * ms, 18 * ms, false}, {6 * ms, 16 * ms, true}}},
		"ignored":    {[]*Buffer{at(0, 5), {}, at(900*ms, 0), {Samples: 5, Channels: 1, SampleRate: 5}, at(5*ms, 5)}, []span{{0, 10 * ms, false}}},
	} {
		var got []span
		for _, b := range measureAll(NewAudio(Sound), test.buffers...) {
			got = append(got, span{b.PTS, b.End(), b.Discontinuity})
		}
		if !reflect.DeepEqual(got, test.want) {
			t.Errorf("%s: %v\nwant %v", name, got, test.want)
		}
	}
}

// Time stays exact over days, and wherever buffers begin.
func TestAudioClock(t *testing.T) {
	a := NewAudio(Times)
	b := sound(S16, 44100, 1, 44100*60, false, 1)
	var last, ended time.Duration
	for minute := range 7 * 24 * 60 {
		b.PTS = time.Duration(minute) * time.Minute
		a.Add(b, func(b *Block) {
			if b.PTS != ended || len(b.Channels) != 0 {
				t.Fatalf("block at %v after %v: %+v", b.PTS, ended, b)
			}
			last, ended = b.PTS, b.End()
		})
	}
	if want := 7*24*time.Hour - 10*time.Millisecond; last != want {
		t.Errorf("last block at %v, want %v", last, want)
	}
}

// A source whose clock drifts is followed in steps, never by more.
func TestAudioDrift(t *testing.T) {
	var resyncs int
	a := NewAudio(Times)
	b := sound(S16, 48000, 1, 480, false, 1)
	for i := range 100000 {
		b.PTS = time.Duration(i) * 10001 * time.Microsecond // 100 ppm
		a.Add(b, func(b *Block) {
			if off := time.Duration(i)*10001*time.Microsecond - b.PTS; off < 0 || off > MaxJitter {
				t.Fatalf("off by %v", off)
			}
			if b.Discontinuity {
				t.Fatal("a gap is no jump")
			}
			if b.PTS == time.Duration(i)*10001*time.Microsecond && i > 0 {
				resyncs++
			}
		})
	}
	if resyncs != 4 {
		t.Errorf("%d resyncs in 100 ms of drift, want 4", resyncs)
	}
}

func TestAudioDoesNotAllocate(t *testing.T) {
	a, b := NewAudio(Sound), sound(F32, 48000, 6, 1024, true, 1)
	emit := func(*Block) {}
	if n := testing.AllocsPerRun(100, func() {
		a.Add(b, emit)
		b.PTS += 1024 * time.Second / 48000
	}); n != 0 {
		t.Errorf("%v allocations per buffer", n)
	}
}

func FuzzAudio(f *testing.F) {
	f.Add([]byte{1, 2, 3, 0, 0, 0xff, 0x7f, 9}, uint8(1), 48000, uint8(2), int64(0))
	f.Add([]byte{0, 0, 0xc0, 0x7f, 0, 0, 0x80, 0xff, 0, 0, 0, 0}, uint8(4), 22050, uint8(1), int64(-5e6))
	f.Add(make([]byte, 100), uint8(5), 50, uint8(3), int64(1e18))
	f.Add([]byte{255, 0, 128}, uint8(0), 1, uint8(1), int64(25e6))
	f.Fuzz(func(t *testing.T, data []byte, format uint8, rate int, channels uint8, pts int64) {
		sizes := [...]int{1, 2, 4, 8, 4, 8, 1}
		format %= 7 // one that does not exist, too
		mem := make([]uint64, len(data)/8+1)
		copy(unsafe.Slice((*byte)(unsafe.Pointer(&mem[0])), len(data)), data)
		b := &Buffer{
			PTS: time.Duration(pts % int64(1000*time.Hour)), Format: SampleFormat(format),
			SampleRate: rate % 1e6, Channels: int(channels),
			Samples: len(data) / sizes[format] / max(1, int(channels)),
			Planes:  []unsafe.Pointer{unsafe.Pointer(&mem[0])},
		}
		a := NewAudio(Sound)
		total := 0
		for i := range 3 {
			var last time.Duration
			for k, block := range measureAll(a, b) {
				total += block.Samples
				if k > 0 && block.PTS <= last {
					t.Fatalf("block at %v after %v", block.PTS, last)
				}
				if (i > 0 && k == 0) != block.Discontinuity {
					t.Fatalf("block %d of buffer %d: discontinuity is %v", k, i, block.Discontinuity)
				}
				last = block.PTS
				for _, c := range block.Channels {
					if !(c.RMS >= 0 && c.RMS <= c.Peak*1.0001 && c.Peak <= math.MaxFloat32 && float64(c.DC)*float64(c.DC) <= math.MaxFloat32*math.MaxFloat32) {
						t.Fatalf("%+v", c)
					}
					if !(c.TruePeak >= c.Peak && c.TruePeak <= math.MaxFloat32 && c.Weighted >= 0 && c.Weighted <= math.MaxFloat64) {
						t.Fatalf("%+v", c)
					}
					if c.Zeros > block.Samples || c.ZeroRun > c.Zeros || c.FullScaleRun > c.FullScale {
						t.Fatalf("%+v", c)
					}
				}
			}
		}
		if want := 3 * b.Samples; b.measurable() && total != want || !b.measurable() && total != 0 {
			t.Fatalf("%d samples in blocks, of %d", total, want)
		}
	})
}
