package media

import (
	"bytes"
	"log/slog"
	"math/rand/v2"
	"strings"
	"testing"
)

// logTo sends the log to a buffer for the length of the test.
func logTo(t *testing.T, level slog.Level) *bytes.Buffer {
	t.Helper()
	before := slog.Default()
	t.Cleanup(func() { slog.SetDefault(before) })
	b := &bytes.Buffer{}
	slog.SetDefault(slog.New(slog.NewTextHandler(b, &slog.HandlerOptions{Level: level})))
	return b
}

// A damaged stream makes FFmpeg say a lot: little of it is passed on, and
// nothing at the level that everybody sees.
func TestLogIsBounded(t *testing.T) {
	data := load(t, transportStream(t))
	r := rand.New(rand.NewPCG(1, 2))
	for range len(data) / 500 {
		data[len(data)/8+r.IntN(len(data)*7/8)] ^= byte(1 << r.IntN(8))
	}
	path := save(t, "damaged.ts", bytes.Repeat(data, 5))
	for level, most := range map[slog.Level]int{slog.LevelDebug: 100, slog.LevelWarn: 0} {
		log := logTo(t, level)
		in := open(t, path, Options{})
		if err := in.Read(t.Context(), &collector{}); err != nil {
			t.Error(err)
		}
		if n := in.Counters(); n.DecodeErrors == 0 {
			t.Errorf("%+v: nothing was damaged", n)
		}
		if n := strings.Count(log.String(), "\n"); n > most {
			t.Errorf("%d lines from level %s on", n, level)
		}
	}
}
