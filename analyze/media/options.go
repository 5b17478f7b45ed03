// Package media is the media converter: it opens, demuxes and decodes inputs,
// and makes media time. It alone knows FFmpeg.
//
// Media time is seconds after the program's start, the smallest first
// presentation time of its streams (ffprobe's format.start_time). Wraps of the
// container's clock are undone here, once.
package media

import (
	"context"
	"time"

	"github.com/vqa-project/vqa/detectors/measure"
)

// Options say how an input is opened and decoded. The zero value means
// FFmpeg's choice for everything.
type Options struct {
	// Video and Audio select streams by their index in the container. Nil
	// means the best video stream and all audio streams; empty means none.
	Video, Audio []int

	// SkipVideo and SkipAudio leave packets of that type undecoded.
	SkipVideo, SkipAudio bool

	Transport bool // look into the packets of an MPEG transport stream
	Playlists bool // read the playlists of HLS, and tell what becomes of segments

	// Objects, where set, opens inputs named s3://bucket/key. Reads end with
	// the context. Its errors may say what to try, with a method What() string.
	Objects func(ctx context.Context, name string) (Object, error)

	Threads  int           // of each video decoder; 0 means one for each processor
	Format   string        // forces FFmpeg's demuxer of this name
	Timeout  time.Duration // ends a source, other than a file, that delivers nothing for so long; 0 means never
	Segments time.Duration // the same, of a source that comes in segments; 0 means Timeout
}

// A Handler is given what is read, in the order of the container. All calls
// come from the goroutine that called [Input.Read].
type Handler interface {
	Packet(*measure.Packet) // valid during the call
	Picture(*Picture)       // the handler must release it, in any goroutine
	Sound(*Sound)           // the handler must release it, in any goroutine

	// Transport is given what is in the packets of an MPEG transport
	// stream, in the order of its bytes. The rows are the handler's.
	Transport([]measure.Transport)

	// Resource is given what an input opens beside itself.
	Resource(*measure.Resource) // valid during the call
}

// ContentOnly is embedded in a [Handler] that looks at pictures and sound, and at
// nothing that carries them.
type ContentOnly struct{}

// Packet does nothing.
func (ContentOnly) Packet(*measure.Packet) {}

// Transport does nothing.
func (ContentOnly) Transport([]measure.Transport) {}

// Resource does nothing.
func (ContentOnly) Resource(*measure.Resource) {}

// Counters count what was read.
type Counters struct {
	Packets, CorruptPackets   int64
	Pictures, DamagedPictures int64
	Samples                   int64 // per channel
	DecodeErrors              int64
	Dropped                   int64 // pictures not decoded for want of time
	ParameterChanges          int64 // of size, pixel format, sample rate or channels in mid-stream
}
