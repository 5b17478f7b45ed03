package media

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"
)

const ms = time.Millisecond

const unknown = time.Duration(math.MinInt64) // a unit without a timestamp

// run sends units of one duration through a timeline and returns the times
// they get, in ms, and where time jumped back, by index.
func (l *timeline) run(duration, confirmed time.Duration, at ...time.Duration) (got []int64, back []int) {
	for _, a := range at {
		u := unit{at: a, known: a != unknown, duration: duration}
		u.deliver = func(at time.Duration, jumped bool) {
			if jumped {
				back = append(back, len(got))
			}
			got = append(got, at.Milliseconds())
		}
		l.add(u)
	}
	l.flush(confirmed)
	return got, back
}

// every returns n times from first on.
func every(step, first time.Duration, n int) []time.Duration {
	var out []time.Duration
	for i := range n {
		out = append(out, first+time.Duration(i)*step)
	}
	return out
}

func millis(d []time.Duration) (out []int64) {
	for _, x := range d {
		out = append(out, x.Milliseconds())
	}
	return out
}

func join(parts ...[]time.Duration) []time.Duration { return slices.Concat(parts...) }

func TestTimeline(t *testing.T) {
	const s = time.Second
	const step = 40 * ms
	regular := every(step, 0, 20)
	for _, c := range []struct {
		name      string
		sound     bool
		confirmed time.Duration
		in        []time.Duration
		want      []time.Duration
		back      []int
	}{
		{name: "regular", in: regular, want: regular},
		{name: "starts anywhere", in: every(step, -3*s, 6), want: every(step, -3*s, 6)},
		{name: "wild timestamp ahead", in: join(every(step, 0, 5), []time.Duration{9000 * s}, every(step, 6*step, 14)), want: regular},
		{name: "wild timestamp back", in: join(every(step, 0, 5), []time.Duration{-9000 * s}, every(step, 6*step, 14)), want: regular},
		{name: "two wild timestamps", in: join(every(step, 0, 5), []time.Duration{9000 * s, -s}, every(step, 7*step, 13)), want: regular},
		{name: "wild timestamp before one that is missing", in: join(every(step, 0, 5), []time.Duration{9000 * s, unknown}, every(step, 7*step, 13)), want: regular},
		{name: "ten frames of sound behind a wild timestamp", sound: true,
			in: join(every(step, 0, 5), every(step, 9000*s, 10), every(step, 15*step, 5)), want: regular},
		{name: "jump ahead", in: join(every(step, 0, 5), every(step, 3*s, 5)), want: join(every(step, 0, 5), every(step, 3*s, 5))},
		{name: "jump ahead in sound", sound: true, in: join(every(step, 0, 5), every(step, 3*s, 15)), want: join(every(step, 0, 5), every(step, 3*s, 15))},
		{name: "jump back", in: join(every(step, 10*s, 5), every(step, 0, 5)), want: join(every(step, 10*s, 5), every(step, 0, 5)), back: []int{5}},
		{name: "jump back in sound", sound: true, in: join(every(step, 10*s, 5), every(step, 0, 15)), want: join(every(step, 10*s, 5), every(step, 0, 15)), back: []int{5}},
		{name: "gap, then the end", in: join(regular, every(step, 4*s, 2)), want: every(step, 0, 22)},
		{name: "gap, then the end, as other streams have it", confirmed: 5 * s,
			in: join(regular, every(step, 4*s, 2)), want: join(regular, every(step, 4*s, 2))},
		{name: "wild timestamp at the end", confirmed: 5 * s, in: join(regular, []time.Duration{9000 * s}), want: every(step, 0, 21)},
		{name: "slides", confirmed: math.MaxInt64, in: []time.Duration{0, 5 * s, 9 * s, 30 * s}, want: []time.Duration{0, 5 * s, 9 * s, 30 * s}},
		{name: "missing timestamps", in: join(every(step, 0, 5), []time.Duration{unknown, unknown}, every(step, 7*step, 13)), want: regular},
		{name: "no timestamps", in: slices.Repeat([]time.Duration{unknown}, 20), want: regular},
		{name: "missing timestamps behind a jump", in: join(every(step, 0, 5), []time.Duration{3 * s, unknown, unknown, unknown}),
			want: join(every(step, 0, 5), every(step, 3*s, 4))},
		{name: "gap below a jump", in: join(every(step, 0, 5), every(step, s, 5)), want: join(every(step, 0, 5), every(step, s, 5))},
		{name: "sound may overlap", sound: true, in: []time.Duration{0, step, step, 2 * step}, want: []time.Duration{0, step, step, 2 * step}},
	} {
		l := timeline{pictures: !c.sound}
		got, back := l.run(step, c.confirmed, c.in...)
		if !slices.Equal(got, millis(c.want)) || !slices.Equal(back, c.back) {
			t.Errorf("%s:\n got %v, back at %v\nwant %v, back at %v", c.name, got, back, millis(c.want), c.back)
		}
	}
}

// No two pictures are shown at the same time.
func TestTimelineRepeats(t *testing.T) {
	l := timeline{pictures: true}
	var got []time.Duration
	for _, at := range []time.Duration{0, 40 * ms, 40 * ms, 40 * ms, 0, 80 * ms} {
		l.add(unit{at, true, 40 * ms, func(at time.Duration, back bool) {
			if back {
				t.Errorf("%s is a jump back", at)
			}
			got = append(got, at)
		}})
	}
	const us = time.Microsecond
	want := []time.Duration{0, 40 * ms, 40*ms + us, 40*ms + 2*us, 40*ms + 3*us, 80 * ms}
	if !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

// What is kept back has a bound, even where time stands still behind a jump.
func TestTimelineHoldsLittle(t *testing.T) {
	l := timeline{}
	for range 10 * heldUnits {
		at := 10 * time.Second
		if !l.begun {
			at = 0
		}
		l.add(unit{at, true, 0, func(time.Duration, bool) {}})
		if len(l.held) > heldUnits {
			t.Fatalf("%d units are kept back", len(l.held))
		}
	}
}

// FuzzTimeline sends random steps of time through a timeline: every unit comes
// out once, in order, and pictures rise unless they say otherwise.
func FuzzTimeline(f *testing.F) {
	for seed := range uint64(8) {
		f.Add(seed, seed%2 == 0, byte(seed*30))
	}
	f.Fuzz(func(t *testing.T, seed uint64, pictures bool, damage byte) {
		r := rand.New(rand.NewPCG(seed, 1))
		l := timeline{pictures: pictures}
		const units = 500
		next := 0
		before := time.Duration(math.MinInt64)
		at := time.Duration(0)
		for i := range units {
			step := 40 * ms
			if r.IntN(256) < int(damage) {
				step = []time.Duration{0, -ms, 600 * ms, -600 * ms, 3 * time.Second, -3 * time.Second, time.Duration(r.Uint64())}[r.IntN(7)]
			}
			at += step
			l.add(unit{at, r.IntN(10) > 0, time.Duration(r.IntN(80)) * ms, func(at time.Duration, back bool) {
				if i != next {
					t.Fatalf("unit %d comes when %d is due", i, next)
				}
				if next++; pictures && !back && at <= before {
					t.Fatalf("unit %d at %s follows one at %s", i, at, before)
				}
				before = at
			}})
		}
		l.flush(time.Duration(r.Uint64() >> 1))
		if next != units {
			t.Fatalf("%d of %d units came out", next, units)
		}
	})
}
