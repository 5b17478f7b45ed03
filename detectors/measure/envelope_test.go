package measure

import (
	"math"
	"testing"
	"time"
)

// envelope returns the rows of some buffers by number.
func envelope(buffers ...*Buffer) map[int64]Envelope {
	rows := map[int64]Envelope{}
	e := NewEnvelope()
	keep := func(row *Envelope) { rows[row.Number] = *row }
	for _, b := range buffers {
		e.Add(b, keep)
	}
	e.Flush(keep)
	return rows
}

// tone makes a second of a sine, silent but from one time to another.
func tone(rate int, hz, from, to float64) *Buffer {
	samples := make([]float32, rate)
	for i := range samples {
		if t := float64(i) / float64(rate); t >= from && t < to {
			samples[i] = float32(0.5 * math.Sin(2*math.Pi*hz*t))
		}
	}
	return floats(0, rate, samples...)
}

// A tone has the energy of its band, whatever the sample rate: 1/8 for an
// amplitude of a half.
func TestEnvelopeBands(t *testing.T) {
	for _, rate := range []int{8000, 16000, 44100, 48000} {
		for band, hz := range envelopeHz {
			rows := envelope(tone(rate, hz, 0, 1))
			var mean [EnvelopeBands]float64
			for n := int64(100); n < 300; n++ {
				for b, v := range rows[n].Bands {
					mean[b] += float64(v) / 200
				}
			}
			for b, v := range mean {
				if b == band && math.Abs(v-0.125) > 0.005 || b != band && v > 0.01 {
					t.Errorf("%d Hz at a rate of %d: %v", int(hz), rate, mean)
					break
				}
			}
		}
	}
}

// Rows lie on media time, however the sound is cut into buffers and at which
// sample its stretches start.
func TestEnvelopeTime(t *testing.T) {
	whole := tone(44100, 600, 0.5, 0.7)
	want := envelope(whole)
	if len(want) != EnvelopesPerSecond {
		t.Fatalf("%d rows of a second", len(want))
	}
	loud := func(rows map[int64]Envelope) (first int64) {
		for n := range int64(EnvelopesPerSecond) {
			if rows[n].Bands[1] > 1e-4 {
				return n
			}
		}
		return -1
	}
	if n := loud(want); n < 200 || n > 201 {
		t.Errorf("a tone from 0.5 s on starts in row %d", n)
	}
	var parts []*Buffer
	for from := 0; from < 44100; from += 1000 {
		b := *whole
		b.Samples = min(1000, 44100-from)
		samples := make([]float32, b.Samples)
		for i := range samples {
			x, _ := whole.value(0, from+i)
			samples[i] = float32(x)
		}
		parts = append(parts, floats(time.Duration(from)*time.Second/44100, 44100, samples...))
	}
	for n, row := range envelope(parts...) {
		for b := range row.Bands {
			if math.Abs(float64(row.Bands[b]-want[n].Bands[b])) > 1e-6 {
				t.Fatalf("in parts, row %d: %v, want %v", n, row, want[n])
			}
		}
	}
	late := *whole
	late.PTS = 100 * time.Millisecond
	if got, n := loud(envelope(&late)), loud(want); got != n+40 {
		t.Errorf("100 ms later it starts in row %d, want %d", got, n+40)
	}
}

// What is no sound is left out, and a gap leaves no rows.
func TestEnvelopeGaps(t *testing.T) {
	a, b := tone(8000, 600, 0, 1), tone(8000, 600, 0, 1)
	b.PTS = 3 * time.Second
	rows := envelope(a, &Buffer{SampleRate: 8000, Channels: 1}, b)
	if len(rows) != 2*EnvelopesPerSecond || rows[1199].Number != 0 || rows[1200].Number != 1200 {
		t.Errorf("%d rows", len(rows))
	}
	nan := float32(math.NaN())
	for _, row := range envelope(floats(0, 48000, nan, 1, float32(math.Inf(1)), nan)) {
		for _, v := range row.Bands {
			if math.IsNaN(float64(v)) || math.IsInf(float64(v), 0) {
				t.Errorf("%v", row)
			}
		}
	}
}
