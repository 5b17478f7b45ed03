package media

/*
#include "native.h"
*/
import "C"

import (
	"errors"
	"runtime/cgo"
	"time"
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
	lists  map[string]string  // URLs of the program's playlists, by those that name them
	since  time.Time          // the input was opened
}

// hear begins to hear what is opened.
func (in *Input) hear() {
	in.opener.handle, in.opener.since = cgo.NewHandle(&in.opener), time.Now()
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

//export vqaIsPlaylist
func vqaIsPlaylist(handle C.uintptr_t, url *C.char) C.int {
	if cgo.Handle(handle).Value().(*opener).lists[C.GoString(url)] != "" {
		return 1
	}
	return 0
}

//export vqaPlaylist
func vqaPlaylist(handle C.uintptr_t, url, location *C.char, err C.int, text *C.uint8_t, size C.int) {
	e := astiav.Error(err)
	if err < 0 && errors.Is(e, astiav.ErrExit) {
		return // interrupted
	}
	o := cgo.Handle(handle).Value().(*opener)
	r := measure.Resource{URL: o.lists[C.GoString(url)], Bytes: int64(size), After: time.Since(o.since)}
	if err < 0 {
		r.Playlist = &measure.Playlist{URL: r.URL, Err: e.Error()}
		r.Err, r.Bytes = e.Error(), -1
	} else {
		p, _ := playlist.Parse(C.GoString(location), string(unsafe.Slice((*byte)(text), int(size))))
		r.Playlist = &p
	}
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
	seen := map[string]string{}
	first, others := in.playlist(in.source.url)
	in.program.Playlists = append(in.program.Playlists, first)
	// FFmpeg reads it again from where it was, the others from where they were named.
	seen[in.source.url], seen[first.URL] = first.URL, first.URL
	for _, o := range others {
		if seen[o.URL] != "" || len(in.program.Playlists) > maxPlaylists {
			continue
		}
		p, _ := in.playlist(o.URL)
		p.Rank = o.Rank
		seen[o.URL] = p.URL
		in.program.Playlists = append(in.program.Playlists, p)
	}
	in.opener.lists = seen // they are told as such from now on
}

func (in *Input) playlist(url string) (measure.Playlist, []playlist.Reference) {
	u, protocols := C.CString(url), C.CString(in.source.protocols)
	defer C.free(unsafe.Pointer(u))
	defer C.free(unsafe.Pointer(protocols))
	b := make([]byte, maxPlaylist)
	var location *C.char
	n := C.vqa_fetch(formatPointer(in.format), u, protocols, (*C.uint8_t)(&b[0]), C.int(len(b)), &location)
	defer C.av_free(unsafe.Pointer(location))
	if n < 0 {
		return measure.Playlist{URL: url, Err: astiav.Error(n).Error()}, nil
	}
	if location != nil {
		url = C.GoString(location)
	}
	return playlist.Parse(url, string(b[:n]))
}
