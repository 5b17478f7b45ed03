package analyze

import (
	"bytes"
	"context"
	"encoding/gob"
	"fmt"
	"sync/atomic"
	"time"
	"unsafe"

	"github.com/vqa-project/vqa/analyze/media"
	"github.com/vqa-project/vqa/detectors/measure"
)

// A Storage keeps objects: a bucket of S3.
type Storage interface {
	Put(ctx context.Context, key string, data []byte) error
	Get(ctx context.Context, key string) ([]byte, error)
	Delete(ctx context.Context, key string) error
}

// Counts are what went through storage and the state machine.
type Counts struct {
	Transitions  int64     `json:"transitions"`
	Puts         int64     `json:"puts"`
	Gets         int64     `json:"gets"`
	BytesWritten int64     `json:"bytes_written"`
	BytesRead    int64     `json:"bytes_read"`
	LatencyS     []float64 `json:"latency_s"` // of each step, from its first picture to its verdict
}

// counted counts what goes through storage.
type counted struct {
	Storage
	puts, gets, written, read atomic.Int64
}

func (c *counted) Put(ctx context.Context, key string, data []byte) error {
	c.puts.Add(1)
	c.written.Add(int64(len(data)))
	return c.Storage.Put(ctx, key, data)
}

func (c *counted) Get(ctx context.Context, key string) ([]byte, error) {
	data, err := c.Storage.Get(ctx, key)
	c.gets.Add(1)
	c.read.Add(int64(len(data)))
	return data, err
}

// A stage is what the converter writes of one second: an index, an object for
// each picture, and one for all sound. Pixels and samples are as they were
// decoded, so that detectors measure the same as they would in the converter's
// own process.
type stage struct {
	Items []stageItem
	Sound string // key of the object with all samples; "" where there are none
}

// A stageItem is one item of a queue: one of these.
type stageItem struct {
	Transport []measure.Transport
	Resource  *measure.Resource
	Packet    *measure.Packet
	Picture   *stagePicture
	Sound     *stageSound
}

type stagePicture struct {
	Row    measure.Picture
	Depth  int
	Planes [3]stagePlane // their lines, one plane after the other
	Key    string        // of the object with the pixels
}

type stagePlane struct{ Width, Height int }

type stageSound struct {
	Stream        int
	PTS           time.Duration
	Discontinuity bool
	Format        measure.SampleFormat
	SampleRate    int
	Channels      int
	Samples       int
	Planes        int
	At            int // of its samples in the object of the second's sound
}

func encode(v any) ([]byte, error) {
	var b bytes.Buffer
	err := gob.NewEncoder(&b).Encode(v)
	return b.Bytes(), err
}

func decode(b []byte, v any) error {
	if err := gob.NewDecoder(bytes.NewReader(b)).Decode(v); err != nil {
		return fmt.Errorf("reading what the converter wrote: %w", err)
	}
	return nil
}

// sampleBytes returns the size of a sample of one channel.
func sampleBytes(f measure.SampleFormat) int {
	switch f {
	case measure.U8:
		return 1
	case measure.S16:
		return 2
	case measure.S64, measure.F64:
		return 8
	}
	return 4
}

func planes(f *measure.Frame) [3]*measure.Plane { return [3]*measure.Plane{&f.Y, &f.U, &f.V} }

// pictureBytes is the size of a sample of luma or chroma.
func pictureBytes(depth int) int { return (depth + 7) / 8 }

// packPicture copies the pixels of a picture, line by line.
func packPicture(p *media.Picture) (stagePicture, []byte) {
	out := stagePicture{Row: p.Row, Depth: p.Pixels.Depth}
	var data []byte
	for i, plane := range planes(&p.Pixels) {
		if plane.Data == nil {
			continue
		}
		out.Planes[i] = stagePlane{plane.Width, plane.Height}
		width := plane.Width * pictureBytes(out.Depth)
		for y := range plane.Height {
			line := unsafe.Add(plane.Data, y*plane.Stride)
			data = append(data, unsafe.Slice((*byte)(line), width)...)
		}
	}
	return out, data
}

// unpackPicture makes a picture of pixels from storage, nil for a row alone.
func unpackPicture(s *stagePicture, data []byte) (*media.Picture, error) {
	p := &media.Picture{Row: s.Row}
	if data == nil {
		return p, nil
	}
	p.Pixels.Depth = s.Depth
	for i, plane := range planes(&p.Pixels) {
		w, h := s.Planes[i].Width, s.Planes[i].Height
		if w == 0 || h == 0 {
			continue
		}
		stride := w * pictureBytes(s.Depth)
		if len(data) < stride*h {
			return nil, fmt.Errorf("a picture is %d bytes short", stride*h-len(data))
		}
		*plane = measure.Plane{Data: unsafe.Pointer(&data[0]), Stride: stride, Width: w, Height: h}
		data = data[stride*h:]
	}
	return p, nil
}

// packSound copies samples to the end of data.
func packSound(s *media.Sound, data []byte) (stageSound, []byte) {
	b := &s.Buffer
	out := stageSound{b.Stream, b.PTS, b.Discontinuity, b.Format, b.SampleRate, b.Channels, b.Samples, len(b.Planes), len(data)}
	for _, plane := range b.Planes {
		data = append(data, unsafe.Slice((*byte)(plane), out.planeBytes())...)
	}
	return out, data
}

// planeBytes is the size of one plane: of one channel, or of all.
func (s *stageSound) planeBytes() int {
	n := s.Samples * sampleBytes(s.Format)
	if s.Planes == 1 {
		n *= s.Channels
	}
	return n
}

// unpackSound makes a sound of samples from storage.
func unpackSound(s *stageSound, data []byte) (*media.Sound, error) {
	out := &media.Sound{Buffer: measure.Buffer{
		Stream: s.Stream, PTS: s.PTS, Discontinuity: s.Discontinuity, Format: s.Format,
		SampleRate: s.SampleRate, Channels: s.Channels, Samples: s.Samples,
	}}
	size := s.planeBytes()
	if size == 0 || s.At+s.Planes*size > len(data) {
		return nil, fmt.Errorf("sound of %d samples is not there", s.Samples)
	}
	for i := range s.Planes {
		out.Buffer.Planes = append(out.Buffer.Planes, unsafe.Pointer(&data[s.At+i*size]))
	}
	return out, nil
}
