package media

/*
#include "native.h"
*/
import "C"

import (
	"context"
	"errors"
	"io"
	"runtime/cgo"
	"slices"
	"time"
	"unsafe"

	"github.com/asticode/go-astiav"

	"github.com/vqa-project/vqa/detectors/measure/transport"
)

// A tap shows the bytes that FFmpeg reads of an input to a transport meter.
// Each is shown once, in order, however often FFmpeg reads it while it looks
// for streams.
type tap struct {
	meter  transport.Meter
	idle   bool           // the input is no transport stream
	next   int64          // offset of the first byte not shown yet
	clocks map[int]int64  // by PID: the last timestamp, wraps undone, in ticks after the start
	io     *C.AVIOContext // through which FFmpeg reads what is no pipe; nil where that is one
	handle cgo.Handle     // of this tap, in io
}

func newTap() *tap { return &tap{clocks: map[int]int64{}} }

// show takes in bytes that were read at an offset.
func (t *tap) show(b []byte, at int64) {
	if t == nil || t.idle || at > t.next || at+int64(len(b)) <= t.next {
		return // ahead, where FFmpeg only has a look; or known
	}
	b = b[t.next-at:]
	t.next += int64(len(b))
	t.meter.Add(b)
}

// unseen are protocols of which FFmpeg's demuxers do the reading.
var unseen = []string{"rtp", "rtsp", "rtsps"}

// open opens an input in FFmpeg's place, so that what it reads is seen.
func (t *tap) open(s *source, f *astiav.FormatContext) error {
	if slices.Contains(unseen, s.scheme()) {
		return nil
	}
	url, protocols := C.CString(s.url), C.CString(s.protocols)
	defer C.free(unsafe.Pointer(url))
	defer C.free(unsafe.Pointer(protocols))
	t.handle = cgo.NewHandle(t)
	if e := C.vqa_tap_open(formatPointer(f), url, protocols, C.uintptr_t(t.handle), &t.io); e < 0 {
		return astiav.Error(e)
	}
	return nil
}

//export vqaTap
func vqaTap(handle C.uintptr_t, b *C.uint8_t, n C.int, at C.int64_t) {
	cgo.Handle(handle).Value().(*tap).show(unsafe.Slice((*byte)(b), int(n)), int64(at))
}

func (t *tap) close() {
	if t == nil {
		return
	}
	if t.io != nil {
		C.vqa_tap_close(t.io)
	}
	if t.handle != 0 {
		t.handle.Delete()
	}
}

// media returns the media time of a timestamp of 33 bits. Each PID has a clock
// of its own, as those of other programs tell another time.
func (t *tap) media(pid int, ticks int64, start time.Duration) time.Duration {
	last := t.clocks[pid]
	first := int64(start/1e9)*wrapRate + int64(start%1e9)*wrapRate/1e9
	last += nearest(ticks - first - last)
	t.clocks[pid] = last
	return time.Duration(last/wrapRate)*time.Second + time.Duration(last%wrapRate)*time.Second/wrapRate
}

// nearest undoes wraps of a difference: it is the smallest, ahead or back.
func nearest(step int64) int64 {
	step %= wrapTicks
	switch {
	case step >= wrapTicks/2:
		step -= wrapTicks
	case step < -wrapTicks/2:
		step += wrapTicks
	}
	return step
}

// transport hands on the rows of the transport stream up to now.
func (in *Input) transport(h Handler) {
	in.tellOpened(h)
	t := in.tap
	if t == nil || len(t.meter.Rows) == 0 {
		return
	}
	rows := t.meter.Rows
	t.meter.Rows = nil
	if in.program.Format != transportFormat {
		return
	}
	for i := range rows {
		if r := &rows[i]; r.HasPTS {
			if !in.clock.started { // FFmpeg has found no stream, and no start
				in.clock.start, in.clock.started = ticks(r.PTS, astiav.NewRational(1, wrapRate)), true
			}
			r.DecodeTime = t.media(r.PID, r.DTS, in.clock.start)
			r.Time = r.DecodeTime + time.Duration(nearest(r.PTS-r.DTS))*time.Second/wrapRate
		}
	}
	h.Transport(rows)
}

// transportEnd ends the transport stream, and hands on what is left of it.
func (in *Input) transportEnd(h Handler) {
	if in.tap != nil {
		in.tap.meter.Flush()
	}
	in.transport(h)
}

// transportFormat is FFmpeg's name of the container that is looked into.
const transportFormat = "mpegts"

// isTransport reports whether an input in which FFmpeg found no streams is a
// transport stream nonetheless.
func (in *Input) isTransport() bool {
	if in.tap == nil || in.options.Format != "" && in.options.Format != transportFormat {
		return false
	}
	if in.tap.io == nil && in.source.reader == nil && in.source.object == nil {
		return false
	}
	return in.tap.meter.Found()
}

// readOn reads the input of a transport stream without audio and video to its
// end.
func (in *Input) readOn(ctx context.Context, h Handler) error {
	b := make([]byte, pipeBuffer)
	for {
		in.watch.wait(in.timeout())
		n, err := in.readBytes(b)
		in.watch.came()
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return in.readError(err)
		}
		in.tap.show(b[:n], in.tap.next)
		in.transport(h)
	}
}

// readBytes reads what FFmpeg would, from where the tap is.
func (in *Input) readBytes(b []byte) (int, error) {
	if in.tap.io != nil {
		n := C.vqa_tap_read(in.tap.io, C.int64_t(in.tap.next), (*C.uint8_t)(&b[0]), C.int(len(b)))
		switch {
		case n > 0:
			return int(n), nil
		case n == 0 || astiav.Error(n) == astiav.ErrEof:
			return 0, io.EOF
		}
		return 0, astiav.Error(n)
	}
	if in.source.object != nil {
		if _, err := in.source.seekObject(in.tap.next, io.SeekStart); err != nil {
			return 0, err
		}
		n, err := in.source.readObject(b)
		if errors.Is(err, astiav.ErrEof) {
			err = io.EOF
		}
		return n, err
	}
	if in.source.file {
		if _, err := in.source.reader.Seek(in.tap.next, io.SeekStart); err != nil {
			return 0, err
		}
	}
	n, err := in.source.read(b)
	if errors.Is(err, astiav.ErrEof) {
		err = io.EOF
	}
	return n, err
}
