package loudness

import (
	"flag"
	"io"
	"math"
	"reflect"
	"testing"
	"time"

	"github.com/vqa-project/vqa/detectors"
	"github.com/vqa-project/vqa/detectors/dettest"
	"github.com/vqa-project/vqa/detectors/measure"
)

// level returns the amplitude at which both channels of the bench come to that
// loudness.
func level(lufs float64) func(int) (float32, float32) {
	a := float32(math.Sqrt(powerOf(lufs) / 2))
	return func(int) (float32, float32) { return a, a }
}

// peak returns a level with that true peak, of one channel.
func peak(dBTP float64) func(int) (float32, float32) {
	return func(int) (float32, float32) { return 0.001, float32(math.Pow(10, dBTP/20)) }
}

func TestEvents(t *testing.T) {
	const ms = time.Millisecond
	quiet := level(-23)
	tests := []struct {
		name    string
		options []string
		script  func(b *dettest.Bench)
		want    []dettest.Span
		value   float64 // of the first event
		limit   float64
	}{
		{"no profile", nil, func(b *dettest.Bench) { b.Blocks(500, peak(3)) }, nil, 0, 0},
		{"right", []string{"profile=ebu-r128"}, func(b *dettest.Bench) { b.Blocks(500, quiet) }, nil, 0, 0},
		{"at the tolerance", []string{"profile=ebu-r128"}, func(b *dettest.Bench) { b.Blocks(500, level(-22.001)) }, nil, 0, 0},
		{"too loud", []string{"profile=ebu-r128"}, func(b *dettest.Bench) { b.Blocks(500, level(-21.5)) },
			[]dettest.Span{{Kind: Integrated, Start: 0, End: 5 * time.Second}}, -21.5, -22},
		{"too quiet", []string{"profile=atsc-a85"}, func(b *dettest.Bench) {
			b.Audio = time.Second
			b.Blocks(500, level(-30))
		}, []dettest.Span{{Kind: Integrated, Start: time.Second, End: 6 * time.Second}}, -30, -26},
		{"streaming", []string{"profile=streaming"}, func(b *dettest.Bench) { b.Blocks(500, level(-14.5)) }, nil, 0, 0},
		{"another target", []string{"profile=ebu-r128", "target=-16"}, func(b *dettest.Bench) { b.Blocks(500, level(-16)) }, nil, 0, 0},
		{"another tolerance", []string{"profile=ebu-r128", "tolerance=0.2"}, func(b *dettest.Bench) { b.Blocks(500, level(-22.5)) },
			[]dettest.Span{{Kind: Integrated, Start: 0, End: 5 * time.Second}}, -22.5, -22.8},
		{"a target without a profile", []string{"target=-16"}, func(b *dettest.Bench) { b.Blocks(500, level(-18)) },
			[]dettest.Span{{Kind: Integrated, Start: 0, End: 5 * time.Second}}, -18, -17},
		{"digital silence", []string{"profile=ebu-r128"}, func(b *dettest.Bench) { b.Blocks(500, level(math.Inf(-1))) }, nil, 0, 0},
		{"below the gate", []string{"profile=ebu-r128"}, func(b *dettest.Bench) { b.Blocks(500, level(-71)) }, nil, 0, 0},
		{"too short to measure", []string{"profile=ebu-r128"}, func(b *dettest.Bench) { b.Blocks(39, level(-10)) }, nil, 0, 0},
		{"peak", []string{"max-true-peak=-1"}, func(b *dettest.Bench) {
			b.Blocks(100, quiet)
			b.Blocks(1, peak(-0.5))
			b.Blocks(2, peak(1.25))
			b.Blocks(100, quiet)
		}, []dettest.Span{{Kind: TruePeak, Start: time.Second, End: 1030 * ms}}, 1.25, -1},
		{"peak at the limit", []string{"max-true-peak=-1"}, func(b *dettest.Bench) { b.Blocks(500, peak(-1.001)) }, nil, 0, 0},
		{"peaks close to each other", []string{"max-true-peak=-1"}, func(b *dettest.Bench) {
			b.Blocks(1, peak(0))
			b.Blocks(99, quiet)
			b.Blocks(1, peak(0))
		}, []dettest.Span{{Kind: TruePeak, Start: 0, End: 1010 * ms}}, 0, -1},
		{"peaks apart", []string{"max-true-peak=-1"}, func(b *dettest.Bench) {
			b.Blocks(1, peak(0))
			b.Blocks(100, quiet)
			b.Blocks(1, peak(0))
		}, []dettest.Span{{Kind: TruePeak, Start: 0, End: 10 * ms}, {Kind: TruePeak, Start: 1010 * ms, End: 1020 * ms}}, 0, -1},
		{"peaks on both sides of a gap", []string{"max-true-peak=-1"}, func(b *dettest.Bench) {
			b.Blocks(1, peak(0))
			b.Audio += 2 * time.Second
			b.Blocks(1, peak(0))
		}, []dettest.Span{{Kind: TruePeak, Start: 0, End: 10 * ms}, {Kind: TruePeak, Start: 2010 * ms, End: 2020 * ms}}, 0, -1},
		{"no sound", []string{"profile=ebu-r128"}, func(b *dettest.Bench) { b.Pictures(100, nil) }, nil, 0, 0},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			b := dettest.Start(t, Detector, test.options...)
			test.script(b)
			b.Flush()
			b.Want(0, test.want...)
			if len(test.want) > 0 && len(b.Events) > 0 {
				if e := b.Events[0]; math.Abs(e.Value-test.value) > 0.011 || math.Abs(e.Limit-test.limit) > 1e-9 {
					t.Errorf("value %v of limit %v, want %v of %v", e.Value, e.Limit, test.value, test.limit)
				}
			}
		})
	}
}

func TestMeasures(t *testing.T) {
	for name, test := range map[string]struct {
		script func(b *dettest.Bench)
		want   map[string]float64 // NaN for what is not finite
	}{
		"programme": {func(b *dettest.Bench) {
			b.Blocks(1000, level(-30))
			b.Blocks(1000, level(-20))
		}, map[string]float64{IntegratedLUFS: -22.59, RangeLU: 10, MomentaryMaxLUFS: -20, ShortTermMaxLUFS: -20, TruePeakMaxDBTP: -22.32}},
		"short": {func(b *dettest.Bench) { b.Blocks(100, level(-30)) },
			map[string]float64{IntegratedLUFS: -30, RangeLU: math.NaN(), MomentaryMaxLUFS: -30, ShortTermMaxLUFS: math.NaN(), TruePeakMaxDBTP: -32.32}},
		"windows do not reach across a gap": {func(b *dettest.Bench) {
			b.Blocks(299, level(-30))
			b.Audio += 200 * time.Millisecond
			b.Blocks(299, level(-30))
		}, map[string]float64{IntegratedLUFS: -30, RangeLU: math.NaN(), MomentaryMaxLUFS: -30, ShortTermMaxLUFS: math.NaN(), TruePeakMaxDBTP: -32.32}},
		"a gap that is none": {func(b *dettest.Bench) {
			b.Blocks(299, level(-30))
			b.Audio += 30 * time.Millisecond
			b.Blocks(299, level(-30))
		}, map[string]float64{IntegratedLUFS: -30, RangeLU: 0, MomentaryMaxLUFS: -30, ShortTermMaxLUFS: -30, TruePeakMaxDBTP: -32.32}},
		"nothing": {func(*dettest.Bench) {},
			map[string]float64{IntegratedLUFS: math.NaN(), RangeLU: math.NaN(), MomentaryMaxLUFS: math.NaN(), ShortTermMaxLUFS: math.NaN(), TruePeakMaxDBTP: math.NaN()}},
	} {
		t.Run(name, func(t *testing.T) {
			b := dettest.Start(t, Detector)
			test.script(b)
			b.Flush()
			got := b.Measures()
			for name, want := range test.want {
				unknown := math.IsNaN(got[name]) || math.IsInf(got[name], 0)
				if math.IsNaN(want) != unknown || !unknown && math.Abs(got[name]-want) > 0.06 {
					t.Errorf("%s is %v, want %v", name, got[name], want)
				}
			}
			if len(got) != len(test.want) {
				t.Errorf("measures %v", got)
			}
		})
	}
}

// Time that jumps back, other channels and another rate begin new windows.
func TestNewWindows(t *testing.T) {
	for name, change := range map[string]func(*measure.Block){
		"jump":     func(b *measure.Block) { b.Discontinuity, b.PTS = true, b.PTS-time.Second },
		"channels": func(b *measure.Block) { b.Channels = b.Channels[:1] },
		"rate":     func(b *measure.Block) { b.SampleRate, b.Samples = 44100, 441 },
	} {
		var events []detectors.Event
		tr := newTrack(measure.Stream{Channels: 2, ChannelLayout: "stereo"}, limits{-23, 1, -1}, func(e detectors.Event) { events = append(events, e) })
		for i := range 60 {
			b := &measure.Block{
				PTS: time.Duration(i) * 10 * time.Millisecond, Duration: 10 * time.Millisecond,
				SampleRate: 48000, Samples: 480, Channels: []measure.Channel{{Weighted: 1, TruePeak: 1}, {Weighted: 1}},
			}
			if i >= 30 {
				change(b)
				if i > 30 {
					b.Discontinuity = false
				}
			}
			tr.Block(b)
		}
		tr.Flush(time.Minute)
		if tr.gating.total != 0 {
			t.Errorf("%s: windows of 400 ms where there were two halves of 300 ms", name)
		}
		wanted := 1
		if name == "jump" {
			wanted = 2
		}
		if len(events) != wanted {
			t.Errorf("%s: events %+v, want %d", name, events, wanted)
		}
	}
}

func TestTwoTracks(t *testing.T) {
	start := Detector.Setup(flag.NewFlagSet("test", flag.ContinueOnError))
	stream := func(i int) measure.Stream {
		return measure.Stream{Index: i, Type: measure.Audio, Selected: true, Channels: 1, ChannelLayout: "mono"}
	}
	run, err := start(measure.Program{Streams: []measure.Stream{stream(1), stream(4)}}, func(e detectors.Event) { t.Errorf("event %+v", e) })
	if err != nil {
		t.Fatal(err)
	}
	for i := range 100 {
		for stream, lufs := range map[int]float64{1: -20, 4: -40, 9: 0} {
			run.Block(&measure.Block{
				Stream: stream, PTS: time.Duration(i) * 10 * time.Millisecond, Duration: 10 * time.Millisecond,
				SampleRate: 48000, Samples: 480, Channels: []measure.Channel{{Weighted: powerOf(lufs)}},
			})
		}
	}
	run.Flush(time.Second)
	var got []detectors.Measure
	for _, m := range run.Measures() {
		if m.Name == MomentaryMaxLUFS {
			got = append(got, m)
		}
	}
	if want := []detectors.Measure{
		{Stream: 1, Name: MomentaryMaxLUFS, Value: -20},
		{Stream: 4, Name: MomentaryMaxLUFS, Value: -40},
	}; !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

func TestWeights(t *testing.T) {
	for _, test := range []struct {
		layout   string
		channels int
		want     []float64
	}{
		{"mono", 1, []float64{1}},
		{"stereo", 2, []float64{1, 1}},
		{"2.1", 3, []float64{1, 1, 0}},
		{"5.0", 5, []float64{1, 1, 1, 1.41, 1.41}},
		{"5.1(side)", 6, []float64{1, 1, 1, 0, 1.41, 1.41}},
		{"5.1", 6, []float64{1, 1, 1, 0, 1.41, 1.41}},
		{"7.1", 8, []float64{1, 1, 1, 0, 1, 1, 1.41, 1.41}},
		{"7.1(wide)", 8, []float64{1, 1, 1, 0, 1.41, 1.41, 1, 1}},
		{"6 channels", 6, []float64{1, 1, 1, 0, 1.41, 1.41}},
		{"", 2, []float64{1, 1}},
		{"16 channels", 3, []float64{1, 1, 1}},
		{"5.1", 2, []float64{1, 1}},
	} {
		if got := measure.LoudnessWeights(test.layout, test.channels); !reflect.DeepEqual(got, test.want) {
			t.Errorf("%q of %d: %v, want %v", test.layout, test.channels, got, test.want)
		}
	}
}

// A day must come to what an hour of the same comes to, and no more memory.
func TestHistogramOfADay(t *testing.T) {
	h := newHistogram()
	for range 24 * 3600 * 10 {
		h.add(powerOf(-23))
	}
	h.add(0)
	h.add(powerOf(700)) // counts as the loudest
	h.add(math.NaN())
	if h.total != 24*3600*10+1 {
		t.Errorf("%d counted", h.total)
	}
	if got := h.mean(absoluteGate); math.Abs(got+22.10) > 0.01 { // with one block 53 LU above
		t.Errorf("mean %v", got)
	}
	if got := h.loudnessRange(); got != 0 {
		t.Errorf("range %v", got)
	}
}

func TestOverride(t *testing.T) {
	fs := flag.NewFlagSet("test", flag.ContinueOnError)
	fs.SetOutput(io.Discard)
	var o override
	overrideVar(fs, &o, "target", -70, 0, "target")
	value := fs.Lookup("target").Value.(flag.Getter)
	for _, test := range []struct {
		set   string
		fails bool
		want  any
	}{
		{"-16", false, -16.0}, {"1", true, -16.0}, {"NaN", true, -16.0}, {"1e999", true, -16.0}, {"loud", true, -16.0}, {"", true, -16.0},
		{fromProfile, false, fromProfile}, {"0", false, 0.0},
	} {
		if err := value.Set(test.set); (err != nil) != test.fails || value.Get() != test.want {
			t.Errorf("%q: error %v, value %v, want %v", test.set, err, value.Get(), test.want)
		}
	}
	if o.or(-23) != 0 {
		t.Error("the profile's value in place of the one given")
	}
}
