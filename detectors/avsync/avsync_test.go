package avsync

import (
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/vqa-project/vqa/detectors/dettest"
	"github.com/vqa-project/vqa/detectors/measure"
)

const (
	picture = dettest.PictureTime
	block   = dettest.BlockTime
	ms      = time.Millisecond
)

// without takes the packets of a stream out.
func without(stream int) func(int, *measure.Packet) {
	return func(_ int, p *measure.Packet) {
		if p.Stream == stream {
			p.Stream = 7 // which nobody announced
		}
	}
}

func TestClocks(t *testing.T) {
	const at = 8 * time.Second // when 200 pictures are over
	tests := []struct {
		name   string
		script func(b *dettest.Bench)
		want   []dettest.Span
		value  float64 // of the first, ms
	}{
		{"nothing", func(b *dettest.Bench) {}, nil, 0},
		{"regular", func(b *dettest.Bench) { b.Packets(500, nil) }, nil, 0},
		{"sound set late", func(b *dettest.Bench) {
			b.Packets(200, nil)
			b.Audio += 300 * ms
			b.Packets(200, nil)
		}, []dettest.Span{{Kind: Timestamps, Start: at, End: 16*time.Second + 300*ms}}, 300},
		{"sound set early", func(b *dettest.Bench) {
			b.Packets(200, nil)
			b.Audio -= 151 * ms
			b.Packets(200, nil)
		}, []dettest.Span{{Kind: Timestamps, Start: at, End: 16 * time.Second}}, -151},
		{"pictures set late", func(b *dettest.Bench) {
			b.Packets(200, nil)
			b.Video += 400 * ms
			b.Packets(200, nil)
		}, []dettest.Span{{Kind: Timestamps, Start: at, End: 16*time.Second + 400*ms}}, -400},
		{"late within limits", func(b *dettest.Bench) {
			b.Packets(200, nil)
			b.Audio += 110 * ms
			b.Packets(200, nil)
		}, nil, 0},
		{"late, and back", func(b *dettest.Bench) {
			b.Packets(200, nil)
			b.Audio += 300 * ms
			b.Packets(200, nil)
			b.Audio -= 300 * ms
			b.Packets(200, nil)
		}, []dettest.Span{{Kind: Timestamps, Start: at, End: 16*time.Second + 300*ms}}, 300},
		{"both clocks are set", func(b *dettest.Bench) {
			b.Packets(200, nil)
			b.Audio += 5 * time.Second
			b.Video += 5 * time.Second
			b.Packets(200, nil)
		}, nil, 0},
		{"sound left out", func(b *dettest.Bench) {
			b.Packets(200, nil)
			b.Packets(10, without(dettest.AudioStream))
			b.Packets(200, nil)
		}, nil, 0},
		{"pictures left out", func(b *dettest.Bench) {
			b.Packets(200, nil)
			b.Packets(50, without(dettest.VideoStream))
			b.Packets(200, nil)
		}, nil, 0},
		{"pictures at a variable rate", func(b *dettest.Bench) {
			for i := range 200 {
				b.Packets(3, nil)
				b.Packets(i%5*2, without(dettest.VideoStream))
			}
		}, nil, 0},
		{"just before the end", func(b *dettest.Bench) {
			b.Packets(200, nil)
			b.Audio += 300 * ms
			b.Packets(10, nil)
		}, []dettest.Span{{Kind: Timestamps, Start: at, End: at + 700*ms}}, 300},
		{"sound starts late", func(b *dettest.Bench) {
			b.Packets(100, without(dettest.AudioStream))
			b.Packets(100, nil)
		}, []dettest.Span{{Kind: Timestamps, Start: 0, End: 4 * time.Second}}, 4000},
		{"sound ends early", func(b *dettest.Bench) {
			b.Packets(100, nil)
			b.Packets(100, without(dettest.AudioStream))
		}, []dettest.Span{{Kind: Timestamps, Start: 4 * time.Second, End: 8 * time.Second}}, 4000},
		{"pictures end early", func(b *dettest.Bench) {
			b.Packets(100, nil)
			b.Packets(100, without(dettest.VideoStream))
		}, []dettest.Span{{Kind: Timestamps, Start: 4 * time.Second, End: 8 * time.Second}}, -4000},
		{"one picture, as of a cover", func(b *dettest.Bench) {
			b.Packets(1, nil)
			b.Packets(200, without(dettest.VideoStream))
		}, nil, 0},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			b := dettest.Start(t, Detector)
			test.script(b)
			b.Flush()
			b.Want(ms/2, test.want...)
			if len(b.Events) > 0 && (math.Abs(b.Events[0].Value-test.value) > 0.001 || b.Events[0].Unit != "ms") {
				t.Errorf("%v %s, want %v ms", b.Events[0].Value, b.Events[0].Unit, test.value)
			}
		})
	}
}

func TestDrift(t *testing.T) {
	// Blocks are as they come out of the meter: one time in so many blocks
	// there is a correction.
	drifts := func(b *dettest.Bench, by time.Duration, every, times int) {
		for range times {
			b.Sound(every, nil)
			b.Audio += by
		}
		b.Sound(every, nil)
	}
	tests := []struct {
		name   string
		script func(b *dettest.Bench)
		want   []dettest.Span
		value  float64 // ms
	}{
		{"samples are too few", func(b *dettest.Bench) { drifts(b, 21*ms, 1000, 9) },
			[]dettest.Span{{Kind: Timestamps, Start: 125 * 10021 * ms / 21, End: 100189 * ms}}, 210},
		{"too many", func(b *dettest.Bench) { drifts(b, -20*ms, 1000, 3) },
			[]dettest.Span{{Kind: Timestamps, Start: 45 * 9980 * ms / 20, End: 39940 * ms}}, -80},
		{"late within limits", func(b *dettest.Bench) { drifts(b, 20*ms, 1000, 5) }, nil, 0},
		{"and stops", func(b *dettest.Bench) { drifts(b, -21*ms, 1000, 3); b.Sound(3000, nil) },
			[]dettest.Span{{Kind: Timestamps, Start: 45 * 9979 * ms / 21, End: 69937 * ms}}, -63},
		{"once", func(b *dettest.Bench) { drifts(b, 24*ms, 1000, 1) }, nil, 0},
		{"breaks", func(b *dettest.Bench) { drifts(b, 60*ms, 1000, 5) }, nil, 0},
		{"by a clock of milliseconds", func(b *dettest.Bench) {
			start := b.Audio
			for samples := time.Duration(0); samples < 40*time.Second; samples += block {
				stamp := (start + samples*996/1000).Round(time.Millisecond)
				if stamp-b.Audio <= -measure.MaxJitter {
					b.Audio = stamp
				}
				b.Sound(1, nil)
			}
		}, []dettest.Span{{Kind: Timestamps, Start: 45 * 996 * ms / 4, End: 40000 * 996 * ms / 1000}}, -160},
		{"packets are damaged", func(b *dettest.Bench) {
			for range 5 {
				b.Sound(1000, nil)
				b.Packet(dettest.AudioStream, func(p *measure.Packet) { p.Corrupt = true })
				b.Audio += 11 * ms
			}
		}, nil, 0},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			b := dettest.Start(t, Detector)
			test.script(b)
			b.Flush()
			b.Want(2*ms, test.want...)
			if len(b.Events) > 0 && math.Abs(b.Events[0].Value-test.value) > 1 {
				t.Errorf("%v ms, want %v", b.Events[0].Value, test.value)
			}
		})
	}
}

// show delivers pictures and sound for so long, in turns. Pictures change by
// what picture says, in code values, and sound has the level that sound says.
func show(b *dettest.Bench, lasts time.Duration, changes func(at time.Duration) float32, level func(at time.Duration) float32) {
	for end := b.Video + lasts; b.Video < end; {
		b.Pictures(1, func(_ int, p *measure.Picture) { p.Difference.Mean = changes(p.PTS) })
		b.Sound(int(picture/block), func(_ int, s *measure.Block) {
			for i := range s.Channels {
				s.Channels[i].RMS = level(s.PTS)
			}
		})
	}
}

func TestMarks(t *testing.T) {
	// A flash of two pictures every two seconds from the first on.
	flashes := func(at time.Duration) float32 {
		if in := at % (2 * time.Second); in == time.Second || in == time.Second+2*picture {
			return 40
		}
		return 0.2
	}
	beeps := func(late time.Duration) func(time.Duration) float32 {
		return func(at time.Duration) float32 {
			if in := (at - late + 2*time.Second) % (2 * time.Second); in >= time.Second && in < time.Second+60*ms {
				return 0.1
			}
			return 0.0001
		}
	}
	// The block before has a twentieth of the power of the others.
	within := func(at time.Duration) float32 {
		if in := at % (2 * time.Second); in >= 1270*ms && in < 1280*ms {
			return 0.022
		}
		return beeps(280 * ms)(at)
	}
	music := func(at time.Duration) float32 { return 0.1 + 0.05*float32(at%(300*ms))/float32(300*ms) }
	tests := []struct {
		name    string
		changes func(time.Duration) float32
		level   func(time.Duration) float32
		lasts   time.Duration
		want    float64 // ms, 0 for none
	}{
		{"in sync", flashes, beeps(0), 12 * time.Second, 0},
		{"late", flashes, beeps(280 * ms), 12 * time.Second, 280},
		{"late, from within a block", flashes, within, 12 * time.Second, 280},
		{"early", flashes, beeps(-600 * ms), 12 * time.Second, -600},
		{"a little late", flashes, beeps(130 * ms), 12 * time.Second, 0},
		{"twice only", flashes, beeps(280 * ms), 4500 * ms, 0},
		{"no sound", flashes, func(time.Duration) float32 { return 0 }, 12 * time.Second, 0},
		{"music", flashes, music, 12 * time.Second, 0},
		{"no flashes", func(time.Duration) float32 { return 3 }, beeps(280 * ms), 12 * time.Second, 0},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			b := dettest.Start(t, Detector)
			show(b, test.lasts, test.changes, test.level)
			b.Flush()
			if test.want == 0 {
				b.Want(0)
				return
			}
			if len(b.Events) != 1 || b.Events[0].Kind != Marks || math.Abs(b.Events[0].Value-test.want) > milliseconds(picture/2) {
				t.Errorf("events %+v, want one of %v ms", b.Events, test.want)
			}
		})
	}
}

// A speaker opens and closes the mouth in syllables.
type speaker struct{ open []float64 } // every 10 ms

func newSpeaker(seed uint64, lasts time.Duration) *speaker {
	r := rand.New(rand.NewPCG(seed, 1))
	s := &speaker{open: make([]float64, lasts/block+200)}
	for at := 0; at < len(s.open); {
		n, height := 8+r.IntN(18), r.Float64()
		if r.IntN(5) == 0 {
			height = 0
		}
		for k := range min(n, len(s.open)-at) {
			s.open[at+k] = height * math.Sin(math.Pi*float64(k)/float64(n))
		}
		at += n
	}
	return s
}

func (s *speaker) at(t time.Duration) float64 {
	return s.open[max(0, min(len(s.open)-1, int(t/block)))]
}

// speak shows a face, and sound that comes late.
func speak(b *dettest.Bench, lasts, late time.Duration, face, voice *speaker) {
	for end := b.Video + lasts; b.Video < end; {
		b.Pictures(1, func(_ int, p *measure.Picture) {
			if face == nil {
				return
			}
			now, before := face.at(p.PTS), face.at(p.PTS-picture)
			p.Face.Valid = true
			for y := range p.Face.Luma {
				for x := range p.Face.Luma[y] {
					p.Face.Luma[y][x] = 128 * 256
					if y >= 19 && y < 26 && x >= mouthLeft && x < mouthRight {
						p.Face.Luma[y][x] -= uint16(60 * 256 * now)
						p.Face.Motion[y][x] = uint16(60 * 256 * math.Abs(now-before))
					}
				}
			}
		})
		b.Sound(int(picture/block), func(_ int, s *measure.Block) {
			for c := range s.Channels {
				for k := range s.Channels[c].Spectrum.Bands {
					level := voice.at(s.PTS - late)
					s.Channels[c].Spectrum.Bands[k] = float32(1e-3*level*level + 1e-7)
				}
			}
		})
	}
}

func TestContent(t *testing.T) {
	const lasts = 24 * time.Second
	face, other := newSpeaker(1, lasts), newSpeaker(2, lasts)
	tests := []struct {
		name        string
		lasts, late time.Duration
		face, voice *speaker
		want        float64 // ms, 0 for none
	}{
		{"in sync", lasts, 0, face, face, 0},
		{"late", lasts, 300 * ms, face, face, 300},
		{"early", lasts, -400 * ms, face, face, -400},
		{"a little late", lasts, 160 * ms, face, face, 0},
		{"somebody else", lasts, 0, face, other, 0},
		{"no face", lasts, 300 * ms, nil, face, 0},
		{"too short", 3 * time.Second, 300 * ms, face, face, 0},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			b := dettest.Start(t, Detector)
			speak(b, test.lasts, test.late, test.face, test.voice)
			b.Flush()
			if test.want == 0 {
				b.Want(0)
				return
			}
			if len(b.Events) != 1 || b.Events[0].Kind != Content || math.Abs(b.Events[0].Value-test.want) > milliseconds(uncertainty) {
				t.Errorf("events %+v, want one of %v ms", b.Events, test.want)
			}
		})
	}
}

// Only part of a long program is late.
func TestContentInPart(t *testing.T) {
	b := dettest.Start(t, Detector)
	voice := newSpeaker(3, 200*time.Second)
	speak(b, 60*time.Second, 0, voice, voice)
	speak(b, 80*time.Second, 400*ms, voice, voice)
	speak(b, 60*time.Second, 0, voice, voice)
	b.Flush()
	if len(b.Events) != 1 {
		t.Fatalf("events %+v, want one", b.Events)
	}
	if e := b.Events[0]; (e.Start-60*time.Second).Abs() > window*time.Second || (e.End-140*time.Second).Abs() > window*time.Second {
		t.Errorf("from %v to %v, want 1m to 2m20s", e.Start, e.End)
	}
}

// Time jumps back while sound is late: an event ends, and another begins.
func TestContentJump(t *testing.T) {
	b := dettest.Start(t, Detector)
	voice := newSpeaker(5, 100*time.Second)
	b.Video, b.Audio = 50*time.Second, 50*time.Second
	speak(b, 30*time.Second, 400*ms, voice, voice)
	b.Video, b.Audio = 0, 0
	speak(b, 30*time.Second, 400*ms, voice, voice)
	b.Flush()
	if len(b.Events) == 0 {
		t.Error("nothing is found")
	}
	for _, e := range b.Events {
		if e.Start >= e.End {
			t.Errorf("event %+v ends before it starts", e)
		}
	}
}

// What time does must not matter: no panic, and nothing that grows.
func TestReaderOddTimes(t *testing.T) {
	b := dettest.Start(t, Detector)
	voice := newSpeaker(4, 10*time.Second)
	for _, jump := range []time.Duration{0, 10 * time.Hour, -9 * time.Hour, 3 * time.Second, -30 * time.Hour} {
		b.Video += jump
		speak(b, 5*time.Second, 0, voice, voice)
		b.Audio += jump
		speak(b, 5*time.Second, 0, voice, voice)
	}
	b.Flush()
}
