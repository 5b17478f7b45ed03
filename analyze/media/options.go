// Package media is the media converter: it opens, demuxes and decodes inputs.
// It alone knows FFmpeg.
package media

import "time"

// Options say how an input is opened and decoded. The zero value means
// FFmpeg's choice for everything.
type Options struct {
	// Video and Audio select streams by their index in the container. Nil
	// means the best video stream and all audio streams; empty means none.
	Video, Audio []int

	Threads int           // of each video decoder; 0 means one for each processor
	Format  string        // forces FFmpeg's demuxer of this name
	Timeout time.Duration // ends an input that delivers nothing for so long; 0 means never
}
