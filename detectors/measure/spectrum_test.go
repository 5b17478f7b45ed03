package measure

import (
	"math"
	"math/rand/v2"
	"testing"
	"time"
)

// sine makes a buffer of one channel of a second or more of sinusoids and
// noise.
func sine(rate int, seconds, amplitude, hz, noise float64) *Buffer {
	r := rand.New(rand.NewPCG(1, 2))
	samples := make([]float32, int(seconds*float64(rate)))
	for i := range samples {
		samples[i] = float32(amplitude*math.Sin(2*math.Pi*hz*float64(i)/float64(rate)) + noise*r.NormFloat64())
	}
	return floats(0, rate, samples...)
}

func decibels(power float32) float64 { return 10 * math.Log10(float64(power)) }

var rates = []int{8000, 11025, 16000, 22050, 44100, 48000, 96000, 192000}

func TestSpectrumOfTone(t *testing.T) {
	for _, rate := range rates {
		blocks := measureAll(NewAudio(Spectrum), sine(rate, 0.2, 0.178, 1000, 0))
		row := &blocks[len(blocks)-1].Channels[0].Spectrum
		if !row.Valid || row.ToneShare < 0.999 || math.Abs(float64(row.ToneHz)-1000) > 3 || math.Abs(decibels(row.TonePower)+18) > 0.1 {
			t.Errorf("%d Hz: %+v, want 1000 Hz at -18 dBFS", rate, row)
		}
		var all float32
		for _, p := range row.Bands {
			all += p
		}
		if math.Abs(decibels(all)+18) > 0.1 {
			t.Errorf("%d Hz: all bands have %.2f dBFS, want -18", rate, decibels(all))
		}
	}
}

func TestSpectrumOfNoise(t *testing.T) {
	const rate, rms = 48000, 0.01 // -40 dBFS in 24 kHz
	var mean [SpectrumBands]float64
	share, n := float32(0), 0.
	for _, b := range measureAll(NewAudio(Spectrum), sine(rate, 5, 0, 0, rms)) {
		if row := &b.Channels[0].Spectrum; row.Valid {
			for i, p := range row.Bands {
				mean[i] += float64(p)
			}
			share, n = max(share, row.ToneShare), n+1
		}
	}
	for i := range mean {
		low, high := BandEdges(i)
		want := -40 + 10*math.Log10((high-low)/(rate/2))
		if got := 10 * math.Log10(mean[i]/n); math.Abs(got-want) > 1 { // bins are 47 Hz wide
			t.Errorf("%v to %v Hz: %.2f dBFS, want %.2f", low, high, got, want)
		}
	}
	if share > 0.4 {
		t.Errorf("a share of %v is tones, in noise", share)
	}
}

// A spectrum is of one stretch alone, and only where there is enough of it.
func TestSpectrumBegins(t *testing.T) {
	const rate = 48000
	a, b := sine(rate, 0.1, 0.5, 1000, 0), sine(rate, 0.1, 0.5, 3000, 0)
	b.PTS = time.Second
	for _, block := range measureAll(NewAudio(Spectrum), a, b) {
		row := &block.Channels[0].Spectrum
		begin, hz := a.PTS, 1000.
		if block.PTS >= b.PTS {
			begin, hz = b.PTS, 3000
		}
		if enough := block.End()-begin >= SpectrumTime(rate); row.Valid != enough {
			t.Errorf("at %v: valid is %v", block.PTS, row.Valid)
		}
		if row.Valid && math.Abs(float64(row.ToneHz)-hz) > 3 {
			t.Errorf("at %v: %v Hz, want %v", block.PTS, row.ToneHz, hz)
		}
	}
}

func TestMains(t *testing.T) {
	for _, rate := range rates {
		for i, hz := range []float64{50.1, 60} {
			r := rand.New(rand.NewPCG(3, 4))
			samples := make([]float32, 2*rate)
			for n := range samples {
				at := 2 * math.Pi * float64(n) / float64(rate)
				samples[n] = float32(0.05*math.Sin(hz*at) + 0.02*math.Sin(3*hz*at) + 0.2*math.Sin(1500*at) + 0.001*r.NormFloat64())
			}
			blocks := measureAll(NewAudio(Mains), floats(0, rate, samples...))
			valid := 0
			for k, b := range blocks {
				row := &b.Channels[0].Mains
				if !row.Valid {
					continue
				}
				if valid++; k < 90 || k%mainsBlocks != mainsBlocks-1 {
					t.Errorf("%d Hz: spectrum at block %d", rate, k)
				}
				for line, want := range map[int]float64{0: 0.05, 2: 0.02} {
					l := row.Lines[i][line]
					if math.Abs(float64(l.Hz)-hz*float64(line+1)) > 0.1 {
						t.Errorf("%d Hz: line at %v Hz, want %v", rate, l.Hz, hz*float64(line+1))
					}
					if level := 20 * math.Log10(want/math.Sqrt2); math.Abs(decibels(l.Power)-level) > 0.3 {
						t.Errorf("%d Hz: line of %.2f dBFS, want %.2f", rate, decibels(l.Power), level)
					}
					if above := decibels(l.Power) - decibels(l.Floor); above < 25 {
						t.Errorf("%d Hz: line at %v Hz is %.1f dB above its neighbours", rate, l.Hz, above)
					}
				}
				if l := row.Lines[i][1]; decibels(l.Power)-decibels(l.Floor) > 20 {
					t.Errorf("%d Hz: a second harmonic where there is none: %+v", rate, l)
				}
			}
			if valid < 10 {
				t.Errorf("%d Hz: %d spectra in 2 s", rate, valid)
			}
		}
	}
}

func TestProducts(t *testing.T) {
	b := floats(0, 48000, 0.5, 0.25, -1, -0.5, 0.5, 0.25) // two samples of three channels
	b.Channels, b.Samples = 3, 2
	c := measureAll(NewAudio(Products), b)[0].Channels
	for i, want := range []float64{(0.5*0.25 - 0.5*0.5) / 2, (-0.25*1 + 0.5*0.25) / 2, 0} {
		if c[i].Product != want {
			t.Errorf("channel %d: %v, want %v", i, c[i].Product, want)
		}
	}
	if c[0].RMS != 0 {
		t.Error("levels are measured that nobody needs")
	}
}

// Samples that are no numbers, and rates that nobody has, leave numbers.
func TestSpectrumOfNonsense(t *testing.T) {
	nan, inf := float32(math.NaN()), float32(math.Inf(1))
	for _, rate := range []int{1, 99, 1000, 48000, 1 << 30} {
		samples := make([]float32, 60000)
		for i := range samples {
			samples[i] = []float32{nan, 1, inf, -inf, 3e38, -0.5, math.MaxFloat32}[i%7]
		}
		for _, b := range measureAll(NewAudio(Sound), floats(0, rate, samples...)) {
			c := &b.Channels[0]
			for _, v := range []float32{c.Spectrum.TonePower, c.Spectrum.ToneShare, c.Spectrum.ToneHz, c.Spectrum.Bands[3], c.Mains.Lines[0][0].Hz} {
				if math.IsNaN(float64(v)) {
					t.Fatalf("%d Hz: %+v", rate, c)
				}
			}
		}
	}
}
