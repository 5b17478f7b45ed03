package media

/*
#include "native.h"
*/
import "C"

import (
	"errors"
	"runtime/cgo"
	"unsafe"

	"github.com/asticode/go-astiav"

	"github.com/vqa-project/vqa/detectors/measure"
	"github.com/vqa-project/vqa/detectors/measure/playlist"
)

// An opener hears of all that FFmpeg opens for an input: segments, playlists.
type opener struct {
	c      *C.vqa_opener
	handle cgo.Handle
	opened []measure.Resource // not told yet
}

// hear begins to hear what is opened.
func (in *Input) hear() {
	in.opener.handle = cgo.NewHandle(&in.opener)
	in.opener.c = C.vqa_hear(formatPointer(in.format), C.uintptr_t(in.opener.handle))
}

// deafen ends it; the input must be closed.
func (in *Input) deafen() {
	if in.opener.handle != 0 {
		C.av_free(unsafe.Pointer(in.opener.c))
		in.opener.handle.Delete()
	}
}

//export vqaOpened
func vqaOpened(handle C.uintptr_t, url *C.char, err C.int, size C.int64_t) {
	if e := astiav.Error(err); err < 0 && errors.Is(e, astiav.ErrExit) {
		return // interrupted
	}
	r := measure.Resource{URL: C.GoString(url), Bytes: int64(size)}
	if err < 0 {
		r.Err = astiav.Error(err).Error()
	}
	o := cgo.Handle(handle).Value().(*opener)
	o.opened = append(o.opened, r)
}

// tellOpened hands on what was opened.
func (in *Input) tellOpened(h Handler) {
	for i := range in.opener.opened {
		h.Resource(&in.opener.opened[i])
	}
	in.opener.opened = in.opener.opened[:0]
}

const (
	// maxPlaylist bounds the size of a playlist, in bytes, and maxPlaylists
	// how many there may be.
	maxPlaylist  = 8 << 20
	maxPlaylists = 100
)

// playlists reads the playlist that was opened, and those that it names. FFmpeg
// has them, but tells nothing of them.
func (in *Input) playlists() {
	first, others := in.playlist(in.source.url)
	in.program.Playlists = append(in.program.Playlists, first)
	seen := map[string]bool{first.URL: true}
	for _, o := range others {
		if seen[o.URL] || len(seen) > maxPlaylists {
			continue
		}
		seen[o.URL] = true
		p, _ := in.playlist(o.URL)
		p.Rank = o.Rank
		in.program.Playlists = append(in.program.Playlists, p)
	}
}

func (in *Input) playlist(url string) (measure.Playlist, []playlist.Reference) {
	u, protocols := C.CString(url), C.CString(in.source.protocols)
	defer C.free(unsafe.Pointer(u))
	defer C.free(unsafe.Pointer(protocols))
	b := make([]byte, maxPlaylist)
	n := C.vqa_fetch(formatPointer(in.format), u, protocols, (*C.uint8_t)(&b[0]), C.int(len(b)))
	if n < 0 {
		return measure.Playlist{URL: url, Err: astiav.Error(n).Error()}, nil
	}
	return playlist.Parse(url, string(b[:n]))
}
