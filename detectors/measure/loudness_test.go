package measure

import (
	"math"
	"math/rand/v2"
	"testing"
	"time"
)

// The coefficients that BS.1770-4, Annex 1, tables 1 and 2, prints for 48 kHz.
func TestKWeightingIsTheStandards(t *testing.T) {
	weighting := kWeighting(48000)
	for _, test := range []struct{ got, want biquad }{
		{weighting[0], biquad{b0: 1.53512485958697, b1: -2.69169618940638, b2: 1.19839281085285, a1: -1.69065929318241, a2: 0.73248077421585}},
		{weighting[1], biquad{b0: 1, b1: -2, b2: 1, a1: -1.99004745483398, a2: 0.99007225036621}},
	} {
		g, w := test.got, test.want
		for _, d := range []float64{g.b0 - w.b0, g.b1 - w.b1, g.b2 - w.b2, g.a1 - w.a1, g.a2 - w.a2} {
			if math.Abs(d) > 1e-8 {
				t.Errorf("%+v\nwant %+v", g, w)
			}
		}
	}
}

// referenceLoudness measures a stretch the plain way: filters in the direct
// form, and every point between samples by itself.
func referenceLoudness(samples []float64, rate int) (weighted []float64, points [][]float64) {
	weighted = samples

	for _, f := range kWeighting(rate) {
		out := make([]float64, len(weighted))
		at := func(s []float64, i int) float64 {
			if i < 0 {
				return 0
			}
			return s[i]
		}
		for i, x := range weighted {
			out[i] = f.b0*x + f.b1*at(weighted, i-1) + f.b2*at(weighted, i-2) - f.a1*at(out, i-1) - f.a2*at(out, i-2)
		}
		weighted = out
	}
	factor := oversampling(rate)
	for i, x := range samples {
		here := []float64{x}
		for p := 1; p < factor && i >= 11; p++ {
			var sum float64
			for j := i - 11; j <= i; j++ {
				d := float64(j-(i-6)) - float64(p)/float64(factor)
				sum += samples[j] * (1 + math.Cos(math.Pi*d/6)) / 2 * math.Sin(math.Pi*d) / (math.Pi * d)
			}
			here = append(here, sum)
		}
		points = append(points, here)
	}
	return weighted, points
}

func TestLoudnessIsReference(t *testing.T) {
	near := func(got, want float64) bool { return math.Abs(got-want) <= 1e-6*math.Abs(want)+1e-12 }
	for _, rate := range []int{1, 50, 3000, 8000, 22050, 44100, 48000, 96000, 192000} {
		for _, channels := range []int{1, 2, 6} {
			b := sound(F32, rate, channels, max(3, rate/30), true, uint64(rate))
			blocks := measureAll(NewAudio(Loudness), b)
			for c := range channels {
				samples := make([]float64, b.Samples)
				for i := range samples {
					samples[i], _ = b.value(c, i)
				}
				weighted, points := referenceLoudness(samples, rate)
				for _, block := range blocks {
					var squares, peak float64
					for i := range block.Samples {
						squares += weighted[i] * weighted[i]
						for _, p := range points[i] {
							peak = max(peak, math.Abs(p))
						}
					}
					weighted, points = weighted[block.Samples:], points[block.Samples:]
					got := block.Channels[c]
					if want := squares / float64(block.Samples); !near(got.Weighted, want) || !near(float64(got.TruePeak), peak) {
						t.Fatalf("%d Hz, channel %d at %v: %+v, want %v and %v", rate, c, block.PTS, got, want, peak)
					}
				}
			}
		}
	}
}

// What else is measured, and how buffers are cut, changes nothing.
func TestLoudnessByItself(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	whole := sound(F32, 44100, 1, 44100, true, 5)
	samples := make([]float32, whole.Samples)
	for i := range samples {
		x, _ := whole.value(0, i)
		samples[i] = float32(x)
	}
	var parts []*Buffer
	for from := 0; from < len(samples); {
		n := min(len(samples)-from, 1+r.IntN(2000))
		parts = append(parts, floats(time.Duration(from)*time.Second/44100, 44100, samples[from:from+n]...))
		from += n
	}
	alone, both := measureAll(NewAudio(Loudness), whole), measureAll(NewAudio(Sound), parts...)
	if len(alone) != len(both) {
		t.Fatalf("%d and %d blocks", len(alone), len(both))
	}
	for i := range alone {
		a, b := alone[i].Channels[0], both[i].Channels[0]
		if math.Abs(a.Weighted-b.Weighted) > 1e-12 || a.TruePeak != b.TruePeak || a.RMS != 0 || b.RMS == 0 {
			t.Fatalf("block %d: alone %+v, with levels and in parts %+v", i, a, b)
		}
	}
}

// What is not a number counts as zero, and nothing stays of it.
func TestLoudnessOfInvalid(t *testing.T) {
	nan, inf := float32(math.NaN()), float32(math.Inf(1))
	got := measureAll(NewAudio(Loudness), floats(0, 48000, nan, 0.5, inf, -inf, 0.25))
	want := measureAll(NewAudio(Loudness), floats(0, 48000, 0, 0.5, 0, 0, 0.25))
	if got[0].Channels[0] != want[0].Channels[0] {
		t.Errorf("%+v, want %+v", got[0].Channels[0], want[0].Channels[0])
	}
}

// A stretch that begins in the middle of a wave does not overshoot.
func TestTruePeakAtStart(t *testing.T) {
	samples := make([]float32, 480)
	for i := range samples {
		samples[i] = float32(0.5 * math.Cos(2*math.Pi*float64(i)/8))
	}
	for _, b := range measureAll(NewAudio(Loudness), floats(0, 48000, samples...)) {
		if peak := b.Channels[0].TruePeak; math.Abs(float64(peak)-0.5) > 0.005 {
			t.Errorf("true peak %v, want 0.5", peak)
		}
	}
}

// A new stretch knows nothing of the one before.
func TestLoudnessStartsAnew(t *testing.T) {
	loud, quiet := make([]float32, 480), make([]float32, 480)
	for i := range loud {
		loud[i] = 1
	}
	blocks := measureAll(NewAudio(Loudness), floats(0, 48000, loud...), floats(time.Second, 48000, quiet...))
	if c := blocks[1].Channels[0]; c.Weighted != 0 || c.TruePeak != 0 {
		t.Errorf("silence after a gap: %+v", c)
	}
	blocks = measureAll(NewAudio(Loudness), floats(0, 48000, append(loud, quiet...)...))
	if c := blocks[1].Channels[0]; c.Weighted == 0 || c.TruePeak == 0 {
		t.Errorf("silence that goes on from sound: %+v", c)
	}
}
