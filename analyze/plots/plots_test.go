package plots

import (
	"bytes"
	"image/jpeg"
	"math"
	"testing"
	"time"

	"github.com/vqa-project/vqa/analyze/report"
	"github.com/vqa-project/vqa/detectors"
	"github.com/vqa-project/vqa/detectors/measure"
)

var program = measure.Program{Streams: []measure.Stream{
	{Index: 0, Type: measure.Video, Selected: true, FrameRate: measure.Rational{Num: 25, Den: 1}},
	{Index: 1, Type: measure.Audio, Selected: true, ChannelLayout: "stereo"},
	{Index: 2, Type: measure.Audio},
}}

const everything = ^measure.Set(0)

// series returns one of what a collector plots.
func series(t *testing.T, p *report.Plots, plot, name string) report.Series {
	t.Helper()
	for _, s := range p.Series {
		if s.Plot == plot && s.Name == name {
			return s
		}
	}
	t.Fatalf("there is no %s, %s", plot, name)
	return report.Series{}
}

// However long the input, there are as many bins at most, and nothing that
// stands out is lost.
func TestBinsAreThinned(t *testing.T) {
	b := newBins(0, 40*time.Millisecond)
	const n = 2 * 3600 * 25
	for i := range n {
		v := 10.
		if i == 12345 {
			v = 99
		}
		if i == 100_000 {
			v = -99
		}
		b.add(time.Duration(i)*40*time.Millisecond, v)
	}
	var s report.Series
	b.fill(&s)
	if len(s.Mean) > maxBins || len(s.Mean) < maxBins/2 || s.StepS != 1.28 {
		t.Errorf("%d bins of %g s", len(s.Mean), s.StepS)
	}
	at := int(12345 * 0.04 / s.StepS)
	if s.High[at] != 99 || s.Low[at] != 10 || s.Low[int(100_000*0.04/s.StepS)] != -99 {
		t.Errorf("around the peak %g to %g", s.Low[at], s.High[at])
	}
	sum := 0.
	for i, one := range b.all {
		sum += one.sum
		if one.n == 0 {
			t.Fatalf("bin %d is empty", i)
		}
	}
	if want := 10.*(n-2) + 99 - 99; math.Abs(sum-want) > 1e-3 {
		t.Errorf("the sum is %g, not %g", sum, want)
	}
}

func TestBinsOfOddTimes(t *testing.T) {
	b := newBins(0, 0)
	for _, at := range []time.Duration{-time.Hour, 0, math.MaxInt64, time.Second} {
		b.add(at, 1)
	}
	b.add(0, math.NaN())
	b.add(0, math.Inf(-1))
	n := uint32(0)
	for _, one := range b.all {
		n += one.n
	}
	if len(b.all) > maxBins || n != 4 {
		t.Errorf("%d bins, %d values", len(b.all), n)
	}
}

// A sine of 1 kHz at -20 dBFS in both channels is -17 LUFS, after K-weighting
// of 0.691 dB there.
func TestLoudness(t *testing.T) {
	c := New(program, everything, 0)
	power := math.Pow(10, (-20-3.01+0.691)/10)
	for i := range 500 {
		if i == 450 {
			power = 0
		}
		c.Run().Block(&measure.Block{Stream: 1, PTS: time.Duration(i) * 10 * time.Millisecond, Duration: 10 * time.Millisecond,
			Channels: []measure.Channel{{Weighted: power, RMS: 0.1, TruePeak: 0.14}, {Weighted: power}}, Correlation: 0.5})
	}
	p := c.Plots()
	momentary, short := series(t, p, "loudness", "momentary"), series(t, p, "loudness", "short-term")
	if v := momentary.Mean[20]; math.Abs(float64(v)+20) > 0.05 {
		t.Errorf("momentary is %g LUFS", v)
	}
	if v := momentary.Mean[len(momentary.Mean)-1]; v != quietest {
		t.Errorf("of silence it is %g", v)
	}
	if !math.IsNaN(float64(momentary.Mean[2])) || !math.IsNaN(float64(short.Mean[28])) || math.IsNaN(float64(short.Mean[30])) {
		t.Error("there is loudness before the first whole window")
	}
	if v := series(t, p, "level", "RMS of the loudest channel").Mean[0]; math.Abs(float64(v)+20) > 0.01 {
		t.Errorf("level is %g dBFS", v)
	}
	if v := series(t, p, "correlation", "of the first two channels").Mean[0]; v != 0.5 {
		t.Errorf("correlation is %g", v)
	}
}

func TestBitrate(t *testing.T) {
	c := New(program, everything, 0)
	for i := range 100 {
		c.Run().Packet(&measure.Packet{Stream: 0, Size: 5000, DTS: time.Duration(i) * 40 * time.Millisecond, HasDTS: true})
	}
	c.Run().Packet(&measure.Packet{Stream: 7, Size: 5000})
	for i, v := range series(t, c.Plots(), "bitrate", "of a second").Mean {
		if v != 1000 {
			t.Errorf("%g kbit/s in second %d", v, i)
		}
	}
}

// What is not measured is not plotted.
func TestOnlyWhatIsMeasured(t *testing.T) {
	c := New(program, measure.Luma, 0)
	c.Run().Picture(&measure.Picture{Luma: measure.LumaRow{Mean: 100}})
	c.Run().Block(&measure.Block{Stream: 1, Channels: []measure.Channel{{RMS: 1}}})
	if p := c.Plots(); len(p.Series) != 1 || p.Series[0].Plot != "luma" || p.Film != nil {
		t.Errorf("%+v", p)
	}
	if got := c.Pictures("freeze", detectors.Event{}); got != nil {
		t.Errorf("%d pictures", len(got))
	}
}

// Pictures of an event are of its start, its middle, and after it; there are as
// many of a long input as of a short one.
func TestFilm(t *testing.T) {
	c := New(program, everything, 0)
	for i := range 25 * 3600 {
		p := measure.Picture{PTS: time.Duration(i) * 40 * time.Millisecond, FullRange: true}
		for y := range p.Thumb.Y {
			for x := range p.Thumb.Y[y] {
				p.Thumb.Y[y][x] = uint16(i % 250 * 256)
			}
		}
		for y := range p.Thumb.U {
			for x := range p.Thumb.U[y] {
				p.Thumb.U[y][x], p.Thumb.V[y][x] = 128*256, 128*256
			}
		}
		c.Run().Picture(&p)
	}
	if film := c.Plots().Film; len(film) > maxFilm || len(film) < maxFilm/2 || film[0].AtS != 0 {
		t.Errorf("%d pictures", len(film))
	}
	end := 3600*time.Second - 40*time.Millisecond
	got := c.Pictures("freeze", detectors.Event{Start: end - 4*time.Second, End: end})
	if len(got) != 3 {
		t.Fatalf("%d pictures", len(got))
	}
	for i, want := range []float64{3595.96, 3597.96, 3599.96} {
		if math.Abs(got[i].AtS-want) > 0.081 {
			t.Errorf("%s is at %g, not %g", got[i].What, got[i].AtS, want)
		}
		img, err := jpeg.Decode(bytes.NewReader(got[i].JPEG))
		if err != nil {
			t.Fatal(err)
		}
		grey, _, _, _ := img.At(30, 20).RGBA()
		if n := int(math.Round(got[i].AtS/0.04)) % 250; img.Bounds().Dx() != measure.ThumbWidth || math.Abs(float64(grey>>8)-float64(n)) > 3 {
			t.Errorf("%s: grey %d, not %d", got[i].What, grey>>8, n)
		}
	}
	for range 2 * maxShown {
		got = c.Pictures("freeze", detectors.Event{})
	}
	if got != nil {
		t.Error("pictures of events are not bounded")
	}
}

// Of a live input that goes on, plots begin where results do.
func TestPlotsBeginLater(t *testing.T) {
	from := time.Hour
	c := New(program, everything, from)
	for i := range 100 {
		at := from + time.Duration(i)*40*time.Millisecond
		c.Run().Picture(&measure.Picture{PTS: at, Luma: measure.LumaRow{Mean: float32(i)}})
	}
	luma := series(t, c.Plots(), "luma", "mean")
	if len(luma.Mean) != 100 || luma.StepS != 0.04 || luma.Mean[0] != 0 || luma.Mean[99] != 99 {
		t.Errorf("%d bins of %g s, from %g to %g", len(luma.Mean), luma.StepS, luma.Mean[0], luma.Mean[len(luma.Mean)-1])
	}
}

// Sharpness is known where there are edges.
func TestSharpness(t *testing.T) {
	c := New(program, everything, 0)
	sharp := measure.DetailRow{}
	for i := range sharp.Sharpness[:64] {
		sharp.Sharpness[i] = 1
	}
	c.Run().Picture(&measure.Picture{Detail: sharp})
	c.Run().Picture(&measure.Picture{PTS: 40 * time.Millisecond})
	s := series(t, c.Plots(), "sharpness", "of the sharpest edges")
	if len(s.Mean) != 1 || math.Abs(float64(s.Mean[0])-0.9*64/128) > 0.01 {
		t.Errorf("sharpness %v", s.Mean)
	}
}

// A moment that is known to be the worst is shown, and named so.
func TestWorst(t *testing.T) {
	c := New(program, everything, 0)
	for i := range 100 {
		c.Run().Picture(&measure.Picture{PTS: time.Duration(i) * 40 * time.Millisecond})
	}
	for _, tt := range []struct {
		worst time.Duration
		what  string
		at    float64
	}{{0, "middle", 2}, {2800 * time.Millisecond, "worst", 2.8}, {3 * time.Second, "middle", 2}} {
		got := c.Pictures("noise", detectors.Event{Start: time.Second, End: 3 * time.Second, Worst: tt.worst})
		if len(got) != 3 || got[1].What != tt.what || math.Abs(got[1].AtS-tt.at) > 0.081 {
			t.Errorf("%s: %+v", tt.worst, got)
		}
	}
}
