package measure

import (
	"math"
	"math/rand/v2"
	"testing"
	"time"
	"unsafe"
)

// measured returns the rows of mono sound at a rate.
func measured(set Set, rate int, samples []float32, each func(*Block)) {
	NewAudio(set).Add(&Buffer{
		Format: F32, SampleRate: rate, Channels: 1, Samples: len(samples), Planes: []unsafe.Pointer{unsafe.Pointer(&samples[0])},
	}, each)
}

// voice is a resonance that noise excites, as loud as -30 dBFS or so.
func voice(n int) []float32 {
	r := rand.New(rand.NewPCG(1, 2))
	out := make([]float32, n)
	var a, b float64
	for i := range out {
		a, b = 1.8*a-0.9*b+0.003*r.NormFloat64(), a
		out[i] = float32(a)
	}
	return out
}

func TestImpulse(t *testing.T) {
	for _, rate := range []int{8000, 44100, 48000, 192000} {
		samples := voice(rate)
		at := rate / 3
		samples[at] += 0.5
		found, other := Impulse{}, float32(0)
		var when time.Duration
		measured(Clicks, rate, samples, func(b *Block) {
			im := b.Channels[0].Impulse
			near := b.PTS + time.Duration(im.Offset)*time.Second/time.Duration(rate)
			if (near - time.Second/3).Abs() < time.Millisecond {
				found, when = im, near
			} else {
				other = max(other, im.Amplitude)
			}
		})
		if found.Amplitude < 0.3 || found.Amplitude > 0.6 || (when-time.Second/3).Abs() > 200*time.Microsecond {
			t.Errorf("%d Hz: found %+v at %v, want an amplitude of 0.5 at %v", rate, found, when, time.Second/3)
		}
		if rate >= 44100 && other > found.Amplitude/4 {
			t.Errorf("%d Hz: elsewhere, an amplitude of %v", rate, other)
		}
	}
}

func TestPowers(t *testing.T) {
	samples := make([]float32, 4800)
	for i := range samples {
		if i/48 == 13 { // a millisecond in the second block
			samples[i] = 0.5
		}
	}
	block := 0
	measured(Powers, 48000, samples, func(b *Block) {
		for i, v := range b.Channels[0].Powers {
			want := float32(0)
			if block == 1 && i == 3 {
				want = 0.25
			}
			if v != want {
				t.Errorf("block %d, step %d: %v, want %v", block, i, v, want)
			}
		}
		block++
	})
}

// Every sample is in one step, whatever does not divide.
func TestPowersAtAnyRate(t *testing.T) {
	for _, rate := range []int{100, 8000, 11025, 22050, 44100, 192000} {
		samples := make([]float32, rate/10)
		for i := range samples {
			samples[i] = 0.5
		}
		measured(Powers, rate, samples, func(b *Block) {
			for i, v := range b.Channels[0].Powers {
				if v != 0.25 && rate >= 1000 {
					t.Errorf("%d Hz, step %d: %v, want 0.25", rate, i, v)
				}
			}
		})
	}
}

func TestAmplitudes(t *testing.T) {
	if AmplitudeBin(0) != 0.125 || AmplitudeBin(48) != 1 || AmplitudeBin(AmplitudeBins) != 2 {
		t.Errorf("bins start at %v, are at %v in the middle, and end at %v", AmplitudeBin(0), AmplitudeBin(48), AmplitudeBin(AmplitudeBins))
	}
	for i := range AmplitudeBins {
		v := float32(AmplitudeBin(i)+AmplitudeBin(i+1)) / 2
		measured(Amplitudes, 8000, []float32{v, -v, 0, 0.1}, func(b *Block) { t.Error("a block") })
		samples := make([]float32, 80)
		samples[0], samples[1], samples[2] = v, -v, 0.1
		measured(Amplitudes, 8000, samples, func(b *Block) {
			for j, n := range b.Channels[0].Amplitudes {
				want := uint16(0)
				if j == i {
					want = 2
				}
				if n != want {
					t.Errorf("%v: bin %d has %d, want %d", v, j, n, want)
				}
			}
		})
	}
}

func TestSoundThatIsNone(t *testing.T) {
	samples := voice(4800)
	for i := range samples {
		switch i % 7 {
		case 0:
			samples[i] = float32(math.NaN())
		case 1:
			samples[i] = float32(math.Inf(1))
		case 2:
			samples[i] = math.MaxFloat32
		}
	}
	measured(Clicks|Powers|Amplitudes, 48000, samples, func(b *Block) {
		c := &b.Channels[0]
		for _, v := range append(c.Powers[:], c.Impulse.Amplitude, c.Impulse.Before, c.Impulse.LevelAfter) {
			if math.IsNaN(float64(v)) {
				t.Errorf("not a number: %+v", c)
			}
		}
	})
}

// What is high is all of a tone at 12 kHz, and nothing of one at 3 kHz.
func TestHigh(t *testing.T) {
	for _, rate := range []int{44100, 48000, 96000} {
		for _, test := range []struct{ frequency, want, tolerance float64 }{{12000, 0.125, 0.02}, {3000, 0, 1e-5}} {
			samples := make([]float32, rate/10)
			for i := range samples {
				samples[i] = float32(0.5 * math.Sin(2*math.Pi*test.frequency*float64(i)/float64(rate)))
			}
			blocks := 0
			measured(Clicks, rate, samples, func(b *Block) {
				if blocks++; blocks < 3 {
					return
				}
				for i, v := range b.Channels[0].High {
					if math.Abs(float64(v)-test.want) > test.tolerance {
						t.Errorf("%d Hz, tone of %v Hz, step %d: %v, want %v", rate, test.frequency, i, v, test.want)
					}
				}
			})
		}
	}
}
