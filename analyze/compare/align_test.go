package compare

import (
	"context"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/vqa-project/vqa/detectors/measure"
)

// soundOf makes a track of levels that change all the time: one value for
// each 2.5 ms that level gives, with noise over it.
func soundOf(seconds float64, seed uint64, level func(t float64, band int) float64) *soundTrack {
	r := rand.New(rand.NewPCG(seed, 9))
	t := &soundTrack{heard: true}
	for i := range int(seconds * measure.EnvelopesPerSecond) {
		var row [measure.EnvelopeBands]uint8
		for b := range row {
			row[b] = uint8(max(0, min(255, level(float64(i)*rowSeconds, b)/levelStep+r.NormFloat64())))
		}
		t.levels = append(t.levels, row)
	}
	return t
}

// speech is a level in dB at each moment, the same at each call: another every
// 60 ms, with slopes between.
func speech(seed uint64) func(t float64, band int) float64 {
	at := func(k, band int) float64 {
		r := rand.New(rand.NewPCG(seed+uint64(band), uint64(k)+1<<20))
		return 40 + 40*r.Float64()
	}
	return func(t float64, band int) float64 {
		k := math.Floor(t / 0.06)
		share := t/0.06 - k
		return at(int(k), band)*(1-share) + at(int(k)+1, band)*share
	}
}

func aligned(t *testing.T, ref, in *soundTrack) (*alignment, *soundPair) {
	t.Helper()
	p := newSoundPair(ref, in, 0)
	a, err := align(context.Background(), p)
	if err != nil {
		t.Fatal(err)
	}
	return a, p
}

// TestBeat finds what sounds alike again and again, where a wrong place may lie on
// the frames of the series and the right one does not.
func TestBeat(t *testing.T) {
	tune := speech(3)
	beat := func(t float64, b int) float64 {
		since := math.Mod(t, 0.418)
		return 60*math.Exp(-(since-0.2)*(since-0.2)/2e-4) + 0.12*tune(t, b)
	}
	ref := soundOf(15, 1, beat)
	for _, delay := range []float64{0, 0.013, -0.087, 0.087, -0.8} {
		in := soundOf(15, 2, func(t float64, b int) float64 {
			if t < delay {
				return 0
			}
			return beat(t-delay, b)
		})
		a, p := aligned(t, ref, in)
		if s := compared(p, a, ref.stream, in.stream); math.Abs(s.DelayMS-1e3*delay) > 1 {
			t.Errorf("delay %.1f ms, want %.1f", s.DelayMS, 1e3*delay)
		}
	}
}

func TestDelays(t *testing.T) {
	source := speech(1)
	ref := soundOf(20, 1, source)
	for _, delay := range []float64{-0.8, -0.1401, -0.0037, 0, 0.0012, 0.0451, 0.8, 7.3} {
		in := soundOf(20, 2, func(t float64, b int) float64 {
			if t < delay { // something else before it
				return 0
			}
			return source(t-delay, b) - 10
		})
		a, _ := aligned(t, ref, in)
		if len(a.stretches) != 1 {
			t.Errorf("delay %v: %d stretches", delay, len(a.stretches))
			continue
		}
		if got := a.stretches[0].line; math.Abs(got.a-delay) > 0.001 || got.b != 0 {
			t.Errorf("delay %v, got %+v", delay, got)
		}
	}
}

func TestDrift(t *testing.T) {
	source := speech(2)
	ref := soundOf(120, 1, source)
	for _, ppm := range []float64{100, -300, 1000} {
		k := 1 + ppm/1e6
		a, _ := aligned(t, ref, soundOf(120, 2, func(t float64, b int) float64 { return source(t/k, b) }))
		if len(a.stretches) != 1 || math.Abs(1e6*a.stretches[0].line.b-ppm) > 20 {
			t.Errorf("%v ppm: %+v", ppm, a.stretches)
		}
	}
}

// A part that is cut out, put in, or replaced.
func TestParts(t *testing.T) {
	source, other := speech(3), speech(4)
	ref := soundOf(40, 1, source)
	for name, test := range map[string]struct {
		in                           func(t float64, b int) float64
		seconds                      float64
		inFrom, inTo, refFrom, refTo float64
	}{
		"cut": {func(t float64, b int) float64 {
			if t < 17 {
				return source(t, b)
			}
			return source(t+0.5, b)
		}, 39.5, 17, 17, 17, 17.5},
		"put in": {func(t float64, b int) float64 {
			switch {
			case t < 17:
				return source(t, b)
			case t < 19:
				return other(t, b)
			}
			return source(t-2, b)
		}, 42, 17, 19, 17, 17},
		"replaced": {func(t float64, b int) float64 {
			if t >= 17 && t < 19 {
				return other(t, b)
			}
			return source(t, b)
		}, 40, 17, 19, 17, 19},
	} {
		a, p := aligned(t, ref, soundOf(test.seconds, 2, test.in))
		refEnd, inEnd := p.ends()
		_, parts := describe(a.stretches, refEnd, inEnd)
		if len(parts) != 1 {
			t.Errorf("%s: %+v", name, parts)
			continue
		}
		got := parts[0]
		for _, d := range []float64{got.InputStartS - test.inFrom, got.InputEndS - test.inTo, got.ReferenceStartS - test.refFrom, got.ReferenceEndS - test.refTo} {
			if math.Abs(d) > 0.021 {
				t.Errorf("%s: %+v", name, got)
				break
			}
		}
	}
}

// What repeats itself is found where it goes on, not where it is heard first.
func TestLoop(t *testing.T) {
	source := speech(5)
	loop := func(t float64, b int) float64 { return source(math.Mod(t, 5), b) }
	a, _ := aligned(t, soundOf(40, 1, loop), soundOf(40, 2, loop))
	if len(a.stretches) != 1 || a.stretches[0].line != (line{}) && math.Abs(a.stretches[0].line.a) > 0.001 {
		t.Errorf("%+v", a.stretches)
	}
}

func TestNoMatch(t *testing.T) {
	for name, test := range map[string]struct {
		in       func(t float64, b int) float64
		informed bool
	}{
		"others":  {speech(7), true},
		"silence": {func(float64, int) float64 { return -1000 }, false},
	} {
		a, _ := aligned(t, soundOf(30, 1, speech(6)), soundOf(30, 2, test.in))
		if len(a.stretches) != 0 || a.informed != test.informed {
			t.Errorf("%s: %+v", name, a)
		}
	}
	for _, seconds := range []float64{0, 0.1} {
		if a, _ := aligned(t, soundOf(30, 1, speech(6)), soundOf(seconds, 2, speech(6))); len(a.stretches) != 0 {
			t.Errorf("%v s: %+v", seconds, a)
		}
	}
}

// picturesOf makes a track with pictures at a rate, of which each shows what
// there is at a time that shown gives.
func picturesOf(seconds, rate float64, shown func(t float64) float64) *pictureTrack {
	track := &pictureTrack{duration: 1 / rate}
	for i := range int(seconds * rate) {
		at := float64(i) / rate
		var s [smallCells]uint8
		for k := range s {
			x, y, t := float64(k%smallWidth), float64(k/smallWidth), shown(at)
			s[k] = uint8(128 + 50*math.Sin(x/3+t*1.7+math.Sin(t*2.1)*3) + 50*math.Cos(y/3-t*0.9+math.Cos(t*1.3)*2))
		}
		track.times, track.numbers, track.small = append(track.times, at), append(track.numbers, int64(i)), append(track.small, s)
	}
	return track
}

func TestPictureDelays(t *testing.T) {
	ref := picturesOf(12, 25, func(t float64) float64 { return t })
	for name, test := range map[string]struct {
		in    *pictureTrack
		delay float64
		by    float64
	}{
		"same":         {picturesOf(12, 25, func(t float64) float64 { return t }), 0, 0},
		"later":        {picturesOf(12, 25, func(t float64) float64 { return t - 0.48 }), 0.48, 1e-6},
		"earlier":      {picturesOf(11, 25, func(t float64) float64 { return t + 0.52 }), -0.52, 1e-6},
		"double rate":  {picturesOf(12, 50, func(t float64) float64 { return math.Floor(t*25+1e-6) / 25 }), 0, 1e-6},
		"half rate":    {picturesOf(12, 12.5, func(t float64) float64 { return t }), 0, 1e-6},
		"another rate": {picturesOf(12, 24, func(t float64) float64 { return math.Round(t*25) / 25 }), 0, 0.005},
	} {
		_, a, err := alignPictures(context.Background(), ref, test.in)
		if err != nil || len(a.stretches) != 1 {
			t.Errorf("%s: %+v, error %v", name, a, err)
			continue
		}
		if got := a.stretches[0].line; math.Abs(got.a-test.delay) > test.by || got.b != 0 {
			t.Errorf("%s: %+v, want %v", name, got, test.delay)
		}
	}
}

func TestStillsTellNothing(t *testing.T) {
	still := func(float64) float64 { return 1 }
	_, a, err := alignPictures(context.Background(), picturesOf(12, 25, still), picturesOf(12, 25, still))
	if err != nil || a.informed || len(a.stretches) != 0 {
		t.Errorf("%+v, error %v", a, err)
	}
}

func TestFit(t *testing.T) {
	var points []point
	for i := range 100 {
		p := point{float64(i), 0.25 + 2e-4*float64(i)}
		if i%7 == 0 {
			p.delay += 0.04 // a picture off
		}
		points = append(points, p)
	}
	if l := fit(points, 0); math.Abs(l.a-0.25) > 1e-9 || math.Abs(l.b-2e-4) > 1e-9 {
		t.Errorf("%+v", l)
	}
	if l := fit(points, 0.04); l.b != 0 {
		t.Errorf("a change by less than a step: %+v", l)
	}
	if l := fit(nil, 0); l != (line{}) {
		t.Errorf("no points: %+v", l)
	}
}

// A click or two are no sound to go by, and two inputs with a click each do not
// match.
func TestTooLittleSound(t *testing.T) {
	click := func(at float64) func(float64, int) float64 {
		return func(t float64, _ int) float64 {
			if t >= at && t < at+0.045 {
				return 60
			}
			return 0
		}
	}
	a, _ := aligned(t, soundOf(20, 1, click(1)), soundOf(20, 2, click(1.4)))
	if a.informed {
		t.Errorf("45 ms of sound are found: %+v", a.stretches)
	}
}

// pictureOf makes pictures at 25 a second in which a little moves, each with one
// share of the picture before it, as coding at low rates leaves them.
func pictureOf(pictures int, late float64) *pictureTrack {
	t := &pictureTrack{duration: 0.04}
	r := rand.New(rand.NewPCG(4, 4))
	from := make([]float64, smallCells)
	for range pictures {
		var s [smallCells]uint8
		for c := range s {
			from[c] = late*from[c] + (1-late)*(120+40*r.NormFloat64())
			s[c] = uint8(max(16, min(235, from[c])))
		}
		t.times, t.numbers, t.small = append(t.times, float64(len(t.times))*0.04), append(t.numbers, int64(len(t.numbers))), append(t.small, s)
	}
	return t
}

// TestSettle moves points that are one picture late back in place, and leaves
// those that are right.
func TestSettle(t *testing.T) {
	p := newPicturePair(pictureOf(100, 0), pictureOf(100, 0.3), wholeWindow, wholeWindow)
	for _, delay := range []float64{-0.04, 0, 0.04, 0.08} {
		var points []point
		for j := 10; j < 90; j++ {
			points = append(points, point{float64(j) * 0.04, delay})
		}
		p.settle(points)
		for _, x := range points {
			if math.Abs(x.delay) > 1e-9 {
				t.Fatalf("delay %v is settled at %v, want 0", delay, x.delay)
			}
		}
	}
}

// TestBegan takes pictures by their timestamps only where both are as long.
func TestBegan(t *testing.T) {
	ref, in := pictureOf(100, 0), pictureOf(100, 0)
	for i := range in.times {
		in.times[i] += 0.5
	}
	p := newPicturePair(ref, in, wholeWindow, wholeWindow)
	if got := p.began(); len(got) != 1 || math.Abs(got[0].line.at(1)-0.5) > 1e-9 {
		t.Errorf("got %+v, want a delay of 0.5 s", got)
	}
	p = newPicturePair(ref, pictureOf(90, 0), wholeWindow, wholeWindow)
	if got := p.began(); got != nil {
		t.Errorf("got %+v of inputs that differ in length, want none", got)
	}
}
