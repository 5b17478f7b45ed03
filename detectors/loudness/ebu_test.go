package loudness

import (
	"flag"
	"fmt"
	"math"
	"testing"
	"time"
	"unsafe"

	"github.com/vqa-project/vqa/detectors"
	"github.com/vqa-project/vqa/detectors/measure"
)

// The test signals of EBU Tech 3341, table 1, and Tech 3342, table 1, which
// EBU Mode meters have to show within tolerances. Those that are recordings
// (3341-7 and -8, 3342-5 and -6) are missing.

// rates are those that the signals are made at.
var rates = []int{44100, 48000}

// A tone is a stretch of a 1 kHz sine.
type tone struct {
	seconds float64
	dBFS    []float64 // peak of each channel, or one for all; none for silence
}

func stereo(seconds, dBFS float64) tone { return tone{seconds, []float64{dBFS}} }

func silence(seconds float64) tone { return tone{seconds: seconds} }

// render returns the samples of each channel.
func render(rate, channels int, tones ...tone) [][]float32 {
	out := make([][]float32, channels)
	period := make([]float64, rate/100) // of ten cycles, at every rate here
	for i := range period {
		period[i] = math.Sin(2 * math.Pi * 1000 * float64(i) / float64(rate))
	}
	end := 0.
	for _, t := range tones {
		end += t.seconds
		to := int(math.Round(end * float64(rate)))
		for c := range out {
			amplitude := 0.
			if len(t.dBFS) > 0 {
				amplitude = math.Pow(10, t.dBFS[c%len(t.dBFS)]/20)
			}
			for i := len(out[c]); i < to; i++ {
				out[c] = append(out[c], float32(amplitude*period[i%len(period)]))
			}
		}
	}
	return out
}

// measured cuts samples into buffers and has them measured.
func measured(rate int, samples [][]float32, block func(*measure.Block)) {
	const size = 1024
	meter := measure.NewAudio(measure.Loudness)
	for from := 0; from < len(samples[0]); from += size {
		n := min(size, len(samples[0])-from)
		b := &measure.Buffer{
			PTS:    time.Duration(from) * time.Second / time.Duration(rate),
			Format: measure.F32, SampleRate: rate, Channels: len(samples), Samples: n,
		}
		for _, s := range samples {
			b.Planes = append(b.Planes, unsafe.Pointer(&s[from]))
		}
		meter.Add(b, block)
	}
	meter.Flush(block)
}

// analysed returns the measures of a track by name.
func analysed(t *testing.T, rate int, layout string, samples [][]float32) map[string]float64 {
	t.Helper()
	start := Detector.Setup(flag.NewFlagSet("test", flag.ContinueOnError))
	run, err := start(measure.Program{Streams: []measure.Stream{{
		Type: measure.Audio, Selected: true, SampleRate: rate, Channels: len(samples), ChannelLayout: layout,
	}}}, func(e detectors.Event) { t.Errorf("event %+v", e) })
	if err != nil {
		t.Fatal(err)
	}
	measured(rate, samples, run.Block)
	run.Flush(0)
	out := map[string]float64{}
	for _, m := range run.Measures() {
		out[m.Name] = m.Value
	}
	return out
}

// want holds a figure against what it should be.
func want(t *testing.T, name string, got, want, below, above float64) {
	t.Helper()
	t.Logf("%s: %.2f, of %.1f", name, got, want)
	if !(got >= want-below && got <= want+above) {
		t.Errorf("%s is %.3f, want %.1f -%.1f +%.1f", name, got, want, below, above)
	}
}

// slow leaves out tests that measure minutes of sound.
func slow(t *testing.T) {
	t.Helper()
	if testing.Short() {
		t.Skip("measures minutes of sound")
	}
}

func TestIntegrated(t *testing.T) {
	slow(t)
	tests := []struct {
		number int
		layout string
		tones  []tone
		want   float64
		all    bool // momentary and short-term, too
	}{
		{1, "stereo", []tone{stereo(20, -23)}, -23, true},
		{2, "stereo", []tone{stereo(20, -33)}, -33, true},
		{3, "stereo", []tone{stereo(10, -36), stereo(60, -23), stereo(10, -36)}, -23, false},
		{4, "stereo", []tone{stereo(10, -72), stereo(10, -36), stereo(60, -23), stereo(10, -36), stereo(10, -72)}, -23, false},
		{5, "stereo", []tone{stereo(20, -26), stereo(20.1, -20), stereo(20, -26)}, -23, false},
		{6, "5.0", []tone{{20, []float64{-28, -28, -24, -30, -30}}}, -23, false},
		{6, "5.1(side)", []tone{{20, []float64{-28, -28, -24, 0, -30, -30}}}, -23, false}, // whatever the LFE has
		{6, "5.1", []tone{{20, []float64{-28, -28, -24, 0, -30, -30}}}, -23, false},
		{6, "", []tone{{20, []float64{-28, -28, -24, 0, -30, -30}}}, -23, false},
	}
	for _, rate := range rates {
		for _, test := range tests {
			t.Run(fmt.Sprintf("3341-%d/%s/%d", test.number, test.layout, rate), func(t *testing.T) {
				channels := max(2, len(test.tones[0].dBFS))
				got := analysed(t, rate, test.layout, render(rate, channels, test.tones...))
				want(t, "I", got[IntegratedLUFS], test.want, 0.1, 0.1)
				if test.all {
					want(t, "max M", got[MomentaryMaxLUFS], test.want, 0.1, 0.1)
					want(t, "max S", got[ShortTermMaxLUFS], test.want, 0.1, 0.1)
				}
			})
		}
	}
}

// repeated returns two tones n times over.
func repeated(n int, tones ...tone) []tone {
	var out []tone
	for range n {
		out = append(out, tones...)
	}
	return out
}

// Cases 9 and 12: the tones are made so that a window of the right length and
// shape shows the same wherever it is.
func TestConstant(t *testing.T) {
	slow(t)
	for _, rate := range rates {
		for _, test := range []struct {
			number int
			tones  []tone
			window int // blocks
			from   float64
		}{
			{9, repeated(5, stereo(1.34, -20), stereo(1.66, -30)), shortTerm, 3},
			{12, repeated(25, stereo(0.18, -20), stereo(0.22, -30)), momentary, 1},
		} {
			t.Run(fmt.Sprintf("3341-%d/%d", test.number, rate), func(t *testing.T) {
				track := newTrack(measure.Stream{Channels: 2}, limits{}, func(detectors.Event) {})
				least, most := math.Inf(1), math.Inf(-1)
				measured(rate, render(rate, 2, test.tones...), func(b *measure.Block) {
					track.Block(b)
					if b.End().Seconds() >= test.from {
						l := loudnessOf(track.mean(test.window))
						least, most = min(least, l), max(most, l)
					}
				})
				want(t, "least", least, -23, 0.1, 0.1)
				want(t, "most", most, -23, 0.1, 0.1)
			})
		}
	}
}

// Cases 10 and 13: a tone as long as the window, wherever it begins.
func TestLargest(t *testing.T) {
	slow(t)
	for _, rate := range rates {
		for _, test := range []struct {
			number        int
			step, seconds float64
			name          string
		}{
			{10, 0.150, 3, ShortTermMaxLUFS},
			{13, 0.020, 0.4, MomentaryMaxLUFS},
		} {
			for i := range 20 {
				t.Run(fmt.Sprintf("3341-%d-%d/%d", test.number, i+1, rate), func(t *testing.T) {
					got := analysed(t, rate, "stereo", render(rate, 2,
						silence(float64(i)*test.step), stereo(test.seconds, -23), silence(1)))
					want(t, test.name, got[test.name], -23, 0.1, 0.1)
				})
			}
		}
	}
}

// Cases 11 and 14: the same, one after the other and each louder by 1 dB.
func TestRising(t *testing.T) {
	slow(t)
	for _, rate := range rates {
		for _, test := range []struct {
			number        int
			step, seconds float64
			largest       func(*track) float64
		}{
			{11, 0.150, 3, func(t *track) float64 { return t.shortTerm }},
			{14, 0.020, 0.4, func(t *track) float64 { return t.momentary }},
		} {
			t.Run(fmt.Sprintf("3341-%d/%d", test.number, rate), func(t *testing.T) {
				var tones []tone
				for i := range 20 {
					before := float64(i) * test.step
					tones = append(tones, silence(before), stereo(test.seconds, float64(i-38)), silence(test.seconds-before))
				}
				track := newTrack(measure.Stream{Channels: 2}, limits{}, func(detectors.Event) {})
				segment := 0
				measured(rate, render(rate, 2, tones...), func(b *measure.Block) {
					track.Block(b)
					if b.End().Seconds() >= float64(segment+1)*2*test.seconds-1e-6 {
						want(t, fmt.Sprint("segment ", segment), loudnessOf(test.largest(track)), float64(segment-38), 0.1, 0.1)
						segment++
					}
				})
				if segment != 20 {
					t.Errorf("%d segments", segment)
				}
			})
		}
	}
}

func TestRange(t *testing.T) {
	slow(t)
	for _, rate := range rates {
		for i, test := range []struct {
			levels []float64
			want   float64
		}{
			{[]float64{-20, -30}, 10},
			{[]float64{-20, -15}, 5},
			{[]float64{-40, -20}, 20},
			{[]float64{-50, -35, -20, -35, -50}, 15},
		} {
			t.Run(fmt.Sprintf("3342-%d/%d", i+1, rate), func(t *testing.T) {
				var tones []tone
				for _, level := range test.levels {
					tones = append(tones, stereo(20, level))
				}
				got := analysed(t, rate, "stereo", render(rate, 2, tones...))
				want(t, "LRA", got[RangeLU], test.want, 1, 1)
			})
		}
	}
}

// sine returns a fifth of a second of a sine with 10 ms of fading at its ends, beyond which
// the filter would rightly overshoot. cycles are per sample.
func sine(rate int, cycles, amplitude, degrees float64) []float64 {
	out := make([]float64, rate/5)
	fade := rate / 100
	for i := range out {
		edge := min(1, float64(min(i, len(out)-1-i))/float64(fade))
		out[i] = amplitude * (1 - math.Cos(math.Pi*edge)) / 2 * math.Sin(2*math.Pi*cycles*float64(i)+degrees*math.Pi/180)
	}
	return out
}

func both(samples []float64) [][]float32 {
	out := make([]float32, len(samples))
	for i, x := range samples {
		out[i] = float32(x)
	}
	return [][]float32{out, out}
}

func TestTruePeak(t *testing.T) {
	slow(t)
	for _, rate := range rates {
		for _, test := range []struct {
			number                              int
			divisor, amplitude, degrees, wanted float64
		}{
			{15, 4, 0.5, 0, -6},
			{16, 4, 0.5, 45, -6},
			{17, 6, 0.5, 60, -6},
			{18, 8, 0.5, 67.5, -6},
			{19, 4, 1.41, 45, 3},
		} {
			t.Run(fmt.Sprintf("3341-%d/%d", test.number, rate), func(t *testing.T) {
				got := analysed(t, rate, "stereo", both(sine(rate, 1/test.divisor, test.amplitude, test.degrees)))
				want(t, "true peak", got[TruePeakMaxDBTP], test.wanted, 0.4, 0.2)
			})
		}
		// Cases 20 to 23 are sampled down from four times the rate, starting
		// at each of four samples: a sine with a louder period in it.
		for offset := range 4 {
			t.Run(fmt.Sprintf("3341-%d/%d", 20+offset, rate), func(t *testing.T) {
				got := analysed(t, rate, "stereo", both(decimated(burst(rate), offset)))
				want(t, "true peak", got[TruePeakMaxDBTP], 0, 0.4, 0.2)
			})
		}
	}
}

// burst is a sine of a sixth of the rate at half of full scale, of which one
// period is at full scale, at four times the rate.
func burst(rate int) []float64 {
	out := sine(4*rate, 1./24, 0.5, 0)
	for i := 24 * (rate / 60); i < 24*(rate/60+1); i++ {
		out[i] *= 2
	}
	return out
}

// decimated returns each fourth sample, from offset on, of what is left below
// half the new rate.
func decimated(samples []float64, offset int) []float64 {
	const half = 256 // a sinc under a Hann window
	var taps [half]float64
	for i := range taps {
		x := float64(i) / 4
		taps[i] = (1 + math.Cos(math.Pi*float64(i)/half)) / 8
		if i > 0 {
			taps[i] *= math.Sin(math.Pi*x) / (math.Pi * x)
		}
	}
	var out []float64
	for center := offset; center < len(samples); center += 4 {
		var sum float64
		for i := max(0, center-half+1); i < min(len(samples), center+half); i++ {
			sum += samples[i] * taps[max(i-center, center-i)]
		}
		out = append(out, sum)
	}
	return out
}
