package media

/*
#include "native.h"
*/
import "C"

import (
	"context"
	"log/slog"
	"strings"
	"sync"
	"time"
	"unsafe"
)

// FFmpeg's log is one for the whole process. ffmpegLog takes it in: it sends
// it to slog, limited to one line of each kind in logInterval, and keeps the
// last error of each input being opened, as FFmpeg says there why.
var ffmpegLog = struct {
	sync.Mutex
	once   sync.Once
	kinds  map[string]*logKind
	errors map[unsafe.Pointer]*string
}{kinds: map[string]*logKind{}, errors: map[unsafe.Pointer]*string{}}

const logInterval = 10 * time.Second

type logKind struct {
	next    time.Time // when it may be said again
	leftOut int
}

func startLog() { ffmpegLog.once.Do(func() { C.vqa_log_start() }) }

// watchErrors keeps the last error that FFmpeg logs for context in *last, until
// the returned function is called.
func watchErrors(context unsafe.Pointer, last *string) (stop func()) {
	ffmpegLog.Lock()
	defer ffmpegLog.Unlock()
	ffmpegLog.errors[context] = last
	return func() {
		ffmpegLog.Lock()
		defer ffmpegLog.Unlock()
		if ffmpegLog.errors[context] == last { // not the next context at this address
			delete(ffmpegLog.errors, context)
		}
	}
}

//export vqaLog
func vqaLog(ptr unsafe.Pointer, level C.int, format, name, line *C.char) {
	text := strings.TrimSpace(C.GoString(line))
	if text == "" {
		return
	}
	ffmpegLog.Lock()
	if last := ffmpegLog.errors[ptr]; last != nil && level <= C.AV_LOG_ERROR {
		*last = text
	}
	now := time.Now()
	kind := C.GoString(format)
	k := ffmpegLog.kinds[kind]
	if k == nil {
		k = &logKind{}
		ffmpegLog.kinds[kind] = k
	}
	if now.Before(k.next) {
		k.leftOut++
		ffmpegLog.Unlock()
		return
	}
	leftOut := k.leftOut
	k.leftOut, k.next = 0, now.Add(logInterval)
	ffmpegLog.Unlock()

	// What matters of it is counted, or returned as an error: FFmpeg's view of
	// damage is for those who look closer.
	at := slog.LevelDebug
	switch {
	case level <= C.AV_LOG_FATAL:
		at = slog.LevelWarn
	case level <= C.AV_LOG_ERROR:
		at = slog.LevelInfo
	}
	attrs := []slog.Attr{slog.String("ffmpeg", C.GoString(name))}
	if leftOut > 0 {
		attrs = append(attrs, slog.Int("left_out", leftOut))
	}
	slog.LogAttrs(context.Background(), at, text, attrs...)
}
