package media

import (
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/asticode/go-astiav"
)

var mpegTicks = astiav.NewRational(1, wrapRate)

func TestClockUnwrap(t *testing.T) {
	const w = wrapTicks
	for _, c := range []struct {
		name     string
		in, want []int64
	}{
		{"no wrap", []int64{0, 3600, 7200}, []int64{0, 3600, 7200}},
		{"wrap", []int64{w - 3600, 0, 3600}, []int64{w - 3600, w, w + 3600}},
		{"back over a wrap", []int64{w - 10, 5, w - 5, 10}, []int64{w - 10, w + 5, w - 5, w + 10}},
		{"decoding before the start", []int64{0, w - 3600, 3600}, []int64{0, -3600, 3600}},
		{"below 0, as FFmpeg undoes a first wrap", []int64{-3600, 0, 3600}, []int64{-3600, 0, 3600}},
		{"missing", []int64{w - 1, noPTS, 1}, []int64{w - 1, noPTS, w + 1}},
		{"a wild one far ahead", []int64{0, w/2 + 10, 3600}, []int64{0, -w/2 + 10, 3600}},
		{"a wild one far back", []int64{10, w/2 - 10, 3600}, []int64{10, w/2 - 10, 3600}},
		{"a second wrap counted", []int64{w - 10, 5*w + 10}, []int64{w - 10, w + 10}},
	} {
		k := clock{wraps: true}
		var got []int64
		for _, ts := range c.in {
			got = append(got, k.unwrap(ts, mpegTicks))
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%s: %v becomes %v, want %v", c.name, c.in, got, c.want)
		}
	}
}

// Time goes on through several wraps, forwards and backwards.
func TestClockUnwrapSeveral(t *testing.T) {
	for _, step := range []int64{wrapRate * 1800, -wrapRate * 1800} {
		k := clock{wraps: true}
		for i := range int64(400) { // 200 h: 7 wraps
			at := i * step
			coded := (at%wrapTicks + wrapTicks) % wrapTicks
			if got := k.unwrap(coded, mpegTicks); got != at {
				t.Fatalf("step %d: unwrapped to %d, want %d", i, got, at)
			}
		}
	}
}

// A real jump by hours is followed, so that the clock wraps where it should.
func TestClockFollowsJump(t *testing.T) {
	k := clock{wraps: true}
	k.unwrap(0, mpegTicks)
	jump := wrapTicks/2 - wrapRate
	for range strayLimit + 1 {
		k.unwrap(jump, mpegTicks)
	}
	if got := k.unwrap(jump+10*wrapRate, mpegTicks); got != jump+10*wrapRate {
		t.Errorf("%d after a jump to %d", got, jump)
	}
}

func TestClockLeavesOthers(t *testing.T) {
	const far = wrapTicks * 3 / 4
	for _, c := range []struct {
		name  string
		wraps bool
		tb    astiav.Rational
	}{
		{"container that does not wrap", false, mpegTicks},
		{"time base of a fragmented MP4 in HLS", true, astiav.NewRational(1, 12800)},
	} {
		k := clock{wraps: c.wraps}
		for _, ts := range []int64{0, far, 0} {
			if got := k.unwrap(ts, c.tb); got != ts {
				t.Errorf("%s: %d becomes %d", c.name, ts, got)
			}
		}
	}
}

func TestClockMedia(t *testing.T) {
	k := clock{start: 1400 * time.Millisecond}
	if got := k.media(135000, mpegTicks); got != 100*time.Millisecond {
		t.Errorf("media time %s", got)
	}
	if got := ticks(100*wrapTicks, mpegTicks); got != 9544371*time.Second+768888888*time.Nanosecond {
		t.Errorf("100 wraps take %s", got)
	}
}

// FuzzClock sends a stream with damaged timestamps through the clock: those
// that are not damaged come out right.
func FuzzClock(f *testing.F) {
	f.Add(uint64(1), int64(0))
	f.Add(uint64(2), wrapTicks-100)
	f.Fuzz(func(t *testing.T, seed uint64, start int64) {
		if start < 0 || start >= wrapTicks {
			t.Skip()
		}
		r := rand.New(rand.NewPCG(seed, 0))
		k := clock{wraps: true}
		k.unwrap(start, mpegTicks)
		at := start
		for range 2000 {
			if r.IntN(20) == 0 {
				k.unwrap(int64(r.Uint64()), mpegTicks)
				continue
			}
			at += r.Int64N(20 * wrapRate)
			if got := k.unwrap(at%wrapTicks, mpegTicks); got != at {
				t.Fatalf("unwrapped to %d, want %d", got, at)
			}
		}
	})
}
