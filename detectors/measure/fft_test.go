package measure

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
)

func TestFFTIsDFT(t *testing.T) {
	for n := 8; n <= 2048; n *= 2 {
		r := rand.New(rand.NewPCG(uint64(n), 1))
		f, x := NewFFT(n), make([]float64, n)
		for i := range x {
			x[i] = 2*r.Float64() - 1
		}
		re, im := make([]float64, n/2+1), make([]float64, n/2+1)
		f.Transform(re, im, x)
		for k := range re {
			var a, b float64
			for i, v := range x {
				sin, cos := math.Sincos(2 * math.Pi * float64(i*k%n) / float64(n))
				a, b = a+v*cos, b-v*sin
			}
			if !(math.Hypot(re[k]-a, im[k]-b) < 1e-12*float64(n)) {
				t.Fatalf("%d samples: %v%+vi at %d, want %v%+vi", n, re[k], im[k], k, a, b)
			}
		}
	}
}

func TestFFTOfSine(t *testing.T) {
	const n, k, amplitude = 512, 37, 0.3
	f, x := NewFFT(n), make([]float64, n)
	for i := range x {
		x[i] = amplitude * math.Sin(2*math.Pi*k*float64(i)/n)
	}
	re, im := make([]float64, n/2+1), make([]float64, n/2+1)
	if allocs := testing.AllocsPerRun(10, func() { f.Transform(re, im, x) }); allocs != 0 {
		t.Errorf("%v allocations", allocs)
	}
	for i := range re {
		want := 0.
		if i == k {
			want = amplitude * n / 2
		}
		if got := math.Hypot(re[i], im[i]); math.Abs(got-want) > 1e-9 {
			t.Errorf("magnitude %v at %d, want %v", got, i, want)
		}
	}
}

func TestFFTLength(t *testing.T) {
	for _, n := range []int{-8, 0, 1, 4, 9, 12, 1000} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("a length of %d is taken", n)
				}
			}()
			NewFFT(n)
		}()
	}
	if got := NewFFT(64).Len(); got != 64 {
		t.Errorf("length %d, want 64", got)
	}
}

func BenchmarkFFT(b *testing.B) {
	for _, n := range []int{256, 512, 1024, 2048, 4096} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			f, x := NewFFT(n), make([]float64, n)
			for i := range x {
				x[i] = math.Sin(float64(i * i))
			}
			re, im := make([]float64, n/2+1), make([]float64, n/2+1)
			b.ReportAllocs()
			for b.Loop() {
				f.Transform(re, im, x)
			}
		})
	}
}
