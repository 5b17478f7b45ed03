package measure

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"
	"unsafe"
)

// benchmarkPictures is the number of pictures that a benchmark takes in turn:
// so many that they come from memory, not from a cache.
const benchmarkPictures = 24

// picture makes a 4:2:0 picture of noise over a gradient, with lines padded to
// 64 bytes as decoders do.
func picture(width, height, depth int, seed uint64) *Frame {
	r := rand.New(rand.NewPCG(seed, 1))
	size := 1
	if depth > 8 {
		size = 2
	}
	plane := func(w, h int) Plane {
		stride := (w*size + 63) &^ 63
		mem := make([]byte, stride*h)
		for y := range h {
			for x := range w {
				v := (x+y)<<(depth-8)/8&(1<<depth-1)>>1 + r.IntN(1<<(depth-3))
				mem[y*stride+x*size] = byte(v)
				if size > 1 {
					mem[y*stride+x*size+1] = byte(v >> 8)
				}
			}
		}
		return Plane{Data: unsafe.Pointer(&mem[0]), Stride: stride, Width: w, Height: h}
	}
	return &Frame{
		Y: plane(width, height), U: plane((width+1)/2, (height+1)/2), V: plane((width+1)/2, (height+1)/2),
		Depth: depth,
	}
}

func BenchmarkVideo(b *testing.B) {
	sets := []struct {
		name string
		set  Set
	}{
		{"luma", Luma}, {"difference", Difference}, {"edges", Edges}, {"thumbs", Thumbs}, {"grid", Grid},
		{"borders", Borders}, {"fields", Fields}, {"information", Information}, {"detail", Detail}, {"fields+information", Fields | Information},
		{"three", Luma | Difference | Thumbs}, {"all", Pictures},
	}
	formats := []struct {
		name                 string
		width, height, depth int
	}{
		{"1080p8", 1920, 1080, 8}, {"1080p10", 1920, 1080, 10}, {"2160p10", 3840, 2160, 10}, {"576p8", 720, 576, 8},
	}
	for _, f := range formats {
		var pictures []*Frame
		for i := range benchmarkPictures {
			pictures = append(pictures, picture(f.width, f.height, f.depth, uint64(i)))
		}
		for _, s := range sets {
			for _, path := range instructionSets() {
				b.Run(fmt.Sprintf("%s/%s/%s", s.name, f.name, path.name), func(b *testing.B) {
					v := NewVideo(s.set)
					v.instructions = path.id
					var row Picture
					b.SetBytes(int64(f.width * f.height * (1 + (f.depth-1)/8)))
					b.ReportAllocs()
					i := 0
					for b.Loop() {
						v.Measure(pictures[(i+1)%len(pictures)], pictures[i%len(pictures)], &row)
						i++
					}
				})
			}
		}
	}
}

func BenchmarkAudio(b *testing.B) {
	formats := []struct {
		name     string
		format   SampleFormat
		channels int
		planar   bool
	}{
		{"s16/stereo", S16, 2, false}, {"f32p/stereo", F32, 2, true}, {"f32p/5.1", F32, 6, true},
	}
	for _, set := range []Set{Levels, Loudness, Clicks, Powers, Amplitudes, Products, Spectrum, Mains, Sound} {
		for _, f := range formats {
			b.Run(set.String()+"/"+f.name, func(b *testing.B) {
				buffer := sound(f.format, 48000, f.channels, 1024, f.planar, 1)
				a := NewAudio(set)
				bytes := 2
				if f.format == F32 {
					bytes = 4
				}
				b.SetBytes(int64(buffer.Samples * f.channels * bytes))
				b.ReportAllocs()
				blocks, total := 0, int64(0)
				for b.Loop() {
					buffer.PTS = time.Duration(total/48000)*time.Second + time.Duration(total%48000*1e9/48000)
					a.Add(buffer, func(*Block) { blocks++ })
					total += 1024
				}
				// How long a second of sound takes.
				b.ReportMetric(b.Elapsed().Seconds()*1000/(float64(total)/48000), "ms/s")
			})
		}
	}
}
