package timestamps

import (
	"slices"
	"testing"
	"time"

	"github.com/vqa-project/vqa/detectors/dettest"
	"github.com/vqa-project/vqa/detectors/measure"
)

const (
	picture = dettest.PictureTime
	block   = dettest.BlockTime
)

// of changes the packets of one stream.
func of(stream int, change func(i int, p *measure.Packet)) func(int, *measure.Packet) {
	return func(i int, p *measure.Packet) {
		if p.Stream == stream {
			change(i, p)
		}
	}
}

func move(p *measure.Packet, by time.Duration) {
	p.PTS += by
	p.DTS += by
}

func TestPackets(t *testing.T) {
	const at = 4 * time.Second // when 100 pictures are over
	tests := []struct {
		name    string
		options []string
		script  func(b *dettest.Bench)
		want    []dettest.Span
	}{
		{"nothing", nil, func(b *dettest.Bench) {}, nil},
		{"regular", nil, func(b *dettest.Bench) { b.Packets(500, nil) }, nil},
		{"all clocks jump ahead", nil, func(b *dettest.Bench) {
			b.Packets(100, nil)
			b.Video += 5 * time.Second
			b.Audio += 5 * time.Second
			b.Packets(300, nil)
		}, []dettest.Span{{Kind: Jump, Start: at, End: at + picture}}},
		{"all clocks jump back", nil, func(b *dettest.Bench) {
			b.Packets(100, nil)
			b.Video -= 3 * time.Second
			b.Audio -= 3 * time.Second
			b.Packets(300, nil)
		}, []dettest.Span{{Kind: Jump, Start: at, End: at + picture}}},
		{"just before the end", nil, func(b *dettest.Bench) {
			b.Packets(100, nil)
			b.Video += 5 * time.Second
			b.Audio += 5 * time.Second
			b.Packets(1, nil)
		}, []dettest.Span{{Kind: Jump, Start: at, End: at + picture}}},
		{"twice", nil, func(b *dettest.Bench) {
			b.Packets(100, nil)
			b.Video += 5 * time.Second
			b.Audio += 5 * time.Second
			b.Packets(50, nil)
			b.Video += 5 * time.Second
			b.Audio += 5 * time.Second
			b.Packets(50, nil)
		}, []dettest.Span{{Kind: Jump, Start: at, End: at + picture}, {Kind: Jump, Start: 11 * time.Second, End: 11*time.Second + picture}}},
		{"too small", nil, func(b *dettest.Bench) {
			b.Packets(100, nil)
			b.Video += 190 * time.Millisecond
			b.Audio += 190 * time.Millisecond
			b.Packets(300, nil)
		}, nil},
		{"small, asked for", []string{"min-jump=100ms", "min-gap=100ms"}, func(b *dettest.Bench) {
			b.Packets(100, nil)
			b.Video += 190 * time.Millisecond
			b.Audio += 190 * time.Millisecond
			b.Packets(300, nil)
		}, []dettest.Span{{Kind: Jump, Start: at, End: at + picture}}},
		{"no pictures while the sound goes on", nil, func(b *dettest.Bench) {
			b.Packets(100, nil)
			b.Video += 2 * time.Second
			b.Packets(300, nil)
		}, []dettest.Span{{Kind: Gap, Start: at, End: at + 2*time.Second}}},
		{"no sound while pictures go on", nil, func(b *dettest.Bench) {
			b.Packets(100, nil)
			b.Audio += 250 * time.Millisecond
			b.Packets(300, nil)
		}, []dettest.Span{{Kind: Gap, Start: at, End: at + 250*time.Millisecond}}},
		{"pictures at a variable rate", nil, func(b *dettest.Bench) {
			for i := range 100 {
				b.Packets(3, nil)
				b.Video += time.Duration(i%5) * 100 * time.Millisecond
			}
		}, nil},
		{"one wild timestamp", nil, func(b *dettest.Bench) {
			b.Packets(400, of(dettest.VideoStream, func(i int, p *measure.Packet) {
				if i == 100 {
					move(p, 9*time.Hour)
				}
			}))
		}, []dettest.Span{{Kind: Jump, Start: at, End: at + picture}}},
		{"half a second of wild timestamps", nil, func(b *dettest.Bench) {
			b.Packets(400, of(dettest.AudioStream, func(i int, p *measure.Packet) {
				if i >= 100 && i < 112 {
					move(p, -2*time.Second)
				}
			}))
		}, []dettest.Span{{Kind: Jump, Start: at, End: at + 12*picture}}},
		{"one stream goes back", nil, func(b *dettest.Bench) {
			b.Packets(100, nil)
			b.Audio -= 100 * time.Millisecond
			b.Packets(300, nil)
		}, []dettest.Span{{Kind: Backwards, Start: at - block, End: at}}},
		{"pictures out of order, with decoding times", nil, func(b *dettest.Bench) {
			order := [4]time.Duration{3, 1, 0, 2}
			b.Packets(400, of(dettest.VideoStream, func(i int, p *measure.Packet) {
				p.DTS -= 2 * picture
				p.PTS += (order[i%4] - time.Duration(i%4)) * picture
			}))
		}, nil},
		{"pictures out of order, without", nil, func(b *dettest.Bench) {
			order := [4]time.Duration{3, 1, 0, 2}
			b.Packets(400, of(dettest.VideoStream, func(i int, p *measure.Packet) {
				p.HasDTS = false
				p.PTS += (order[i%4] - time.Duration(i%4)) * picture
			}))
		}, nil},
		{"decoding times from the third packet on", nil, func(b *dettest.Bench) {
			b.Packets(100, of(dettest.VideoStream, func(i int, p *measure.Packet) {
				if p.HasDTS = i >= 2; p.HasDTS {
					p.DTS -= 3 * picture
				}
			}))
		}, nil},
		{"without presentation times", nil, func(b *dettest.Bench) {
			b.Packets(100, func(_ int, p *measure.Packet) { p.HasPTS = false })
		}, nil},
		{"rounded to milliseconds", nil, func(b *dettest.Bench) {
			b.Packets(400, func(i int, p *measure.Packet) {
				p.PTS = (p.PTS * 1001 / 1000).Round(time.Millisecond)
				p.DTS = p.PTS
			})
		}, nil},
		{"repeated", nil, func(b *dettest.Bench) {
			b.Packets(200, of(dettest.VideoStream, func(i int, p *measure.Packet) {
				if i == 100 || i == 110 || i == 160 {
					move(p, -picture)
				}
			}))
		}, []dettest.Span{
			{Kind: Repeated, Start: 99 * picture, End: 110 * picture},
			{Kind: Repeated, Start: 159 * picture, End: 160 * picture},
		}},
		{"missing", nil, func(b *dettest.Bench) {
			b.Packets(200, of(dettest.VideoStream, func(i int, p *measure.Packet) {
				if i >= 100 && i < 110 {
					p.HasPTS, p.HasDTS = false, false
				}
			}))
		}, []dettest.Span{{Kind: Missing, Start: at, End: 110 * picture}}},
		{"no times at all", nil, func(b *dettest.Bench) {
			b.Packets(200, func(i int, p *measure.Packet) { p.HasPTS, p.HasDTS = false, false })
		}, nil},
		{"every fourth packet has a time", nil, func(b *dettest.Bench) {
			b.Packets(200, of(dettest.VideoStream, func(i int, p *measure.Packet) {
				p.HasPTS = i%4 == 0
				p.HasDTS = p.HasPTS
			}))
		}, nil},
		{"the container stretches sound over a jump", nil, func(b *dettest.Bench) { // as MP4 does
			n := 0
			b.Packets(400, of(dettest.AudioStream, func(_ int, p *measure.Packet) {
				if n++; n == 401 {
					p.Duration += 5 * time.Second
				} else if n > 401 {
					move(p, 5*time.Second)
				}
			}))
		}, []dettest.Span{{Kind: Gap, Start: at + block, End: at + block + 5*time.Second}}},
		{"pictures stop and the sound goes on", nil, func(b *dettest.Bench) {
			b.Packets(100, nil)
			b.Packets(300, func(_ int, p *measure.Packet) {
				if p.Stream == dettest.VideoStream {
					p.Stream = 7 // which nobody announced
				}
			})
		}, nil},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			b := dettest.Start(t, Detector, test.options...)
			test.script(b)
			b.Flush()
			b.Want(time.Millisecond, test.want...)
		})
	}
}

func TestJumpFigures(t *testing.T) {
	b := dettest.Start(t, Detector)
	b.Packets(100, nil)
	b.Video -= 3 * time.Second
	b.Audio -= 3 * time.Second
	b.Packets(300, nil)
	b.Flush()
	b.Want(0, dettest.Span{Kind: Jump, Start: 4 * time.Second, End: 4*time.Second + picture})
	if e := b.Events[0]; e.Value != -3 || e.Unit != "s" || e.Stream != dettest.VideoStream || e.Evidence["streams"] != 2 {
		t.Errorf("got %+v, want -3 s of 2 streams, told by the first", e)
	}
}

func TestKeyframeInterval(t *testing.T) {
	b := dettest.Start(t, Detector)
	b.Packets(151, of(dettest.VideoStream, func(i int, p *measure.Packet) { p.Key = i%50 == 0 && i != 50 }))
	b.Flush()
	for name, want := range map[string]float64{
		"keyframe_interval_mean_s": 3, "keyframe_interval_min_s": 2, "keyframe_interval_max_s": 4,
	} {
		if got := b.MeasuresOf(dettest.VideoStream)[name]; got != want {
			t.Errorf("%s is %v, want %v", name, got, want)
		}
	}
}

func TestKeyframeIntervalChanges(t *testing.T) {
	keys := func(intervals ...int) []dettest.Span {
		b := dettest.Start(t, Detector)
		for _, n := range intervals {
			b.Packets(n, of(dettest.VideoStream, func(i int, p *measure.Packet) { p.Key = i == 0 }))
		}
		b.Flush()
		var out []dettest.Span
		for _, e := range b.Events {
			out = append(out, dettest.Span{Kind: e.Kind, Start: e.Start, End: e.End})
		}
		return out
	}
	for _, tt := range []struct {
		name      string
		intervals []int
		want      []dettest.Span
	}{
		{"regular", []int{50, 50, 50, 50, 50, 50, 50, 1}, nil},
		{"where scenes change, too", []int{50, 50, 50, 50, 12, 50, 50, 31, 50, 50, 50, 50, 50, 1}, nil},
		{"irregular", []int{50, 12, 70, 33, 25, 80, 91, 12, 30, 44, 1}, nil},
		{"changes", []int{50, 50, 50, 50, 50, 100, 100, 100, 100, 100, 1}, []dettest.Span{{Kind: KeyframeInterval, Start: 250 * picture, End: 350 * picture}}},
		{"changes for three", []int{50, 50, 50, 50, 50, 100, 100, 100, 50, 50, 50, 50, 50, 1}, nil},
	} {
		if got := keys(tt.intervals...); !slices.Equal(got, tt.want) {
			t.Errorf("%s: %v, want %v", tt.name, got, tt.want)
		}
	}
}

// shown delivers n pictures, each of them some time after the one before.
func shown(b *dettest.Bench, n int, interval func(i int) time.Duration, change func(p *measure.Picture)) {
	for i := range n {
		b.Pictures(1, func(_ int, p *measure.Picture) {
			if change != nil {
				change(p)
			}
		})
		b.Video += interval(i) - picture
	}
}

func every(interval time.Duration) func(int) time.Duration {
	return func(int) time.Duration { return interval }
}

func TestFrameRate(t *testing.T) {
	// Every third picture is left out.
	pattern := func(i int) time.Duration { return []time.Duration{picture, 2 * picture}[i%2] }
	noise := func(i int) time.Duration { return picture + time.Duration(i*7919%23-11)*time.Millisecond }
	for _, tt := range []struct {
		name   string
		script func(b *dettest.Bench)
		want   []dettest.Span
	}{
		{"even", func(b *dettest.Bench) { b.Pictures(1000, nil) }, nil},
		{"another rate", func(b *dettest.Bench) { b.Pictures(100, nil); shown(b, 150, every(picture/2), nil) },
			[]dettest.Span{{Kind: FrameRate, Start: 100 * picture, End: 100*picture + picture/2}}},
		{"another rate, after long", func(b *dettest.Bench) { b.Pictures(400, nil); shown(b, 150, every(picture/2), nil) },
			[]dettest.Span{{Kind: FrameRate, Start: 400 * picture, End: 400*picture + picture/2}}},
		{"another rate for a second", func(b *dettest.Bench) {
			b.Pictures(100, nil)
			shown(b, 50, every(picture/2), nil)
			b.Pictures(100, nil)
		}, []dettest.Span{{Kind: FrameRateUnstable, Start: 100 * picture, End: 125 * picture}}},
		{"another rate just before the end", func(b *dettest.Bench) { b.Pictures(400, nil); shown(b, 30, every(picture/2), nil) }, nil},
		{"pictures are left out", func(b *dettest.Bench) { b.Pictures(300, nil); shown(b, 40, pattern, nil); b.Pictures(300, nil) },
			[]dettest.Span{{Kind: FrameRateUnstable, Start: 301 * picture, End: 360 * picture}}},
		{"up to the end", func(b *dettest.Bench) { b.Pictures(300, nil); shown(b, 41, pattern, nil) },
			[]dettest.Span{{Kind: FrameRateUnstable, Start: 301 * picture, End: 360 * picture}}},
		{"five are left out", func(b *dettest.Bench) { b.Pictures(300, nil); shown(b, 10, pattern, nil); b.Pictures(300, nil) }, nil},
		{"one a second is left out", func(b *dettest.Bench) {
			b.Pictures(300, nil)
			for range 10 {
				b.Pictures(24, nil)
				b.Video += picture
			}
		}, nil},
		{"uneven from the beginning", func(b *dettest.Bench) { shown(b, 1000, noise, nil) }, nil},
		{"even for five seconds in all", func(b *dettest.Bench) { b.Pictures(75, nil); shown(b, 40, pattern, nil); b.Pictures(50, nil) }, nil},
		{"early in the stream", func(b *dettest.Bench) { b.Pictures(75, nil); shown(b, 40, pattern, nil); b.Pictures(100, nil) },
			[]dettest.Span{{Kind: FrameRateUnstable, Start: 76 * picture, End: 135 * picture}}},
		{"as announced", func(b *dettest.Bench) {
			b.Pictures(300, nil)
			for i := range 40 {
				b.Pictures(1, func(_ int, p *measure.Picture) { p.Duration = pattern(i) })
				b.Video += pattern(i) - picture
			}
			b.Pictures(100, nil)
		}, nil},
		{"damaged", func(b *dettest.Bench) {
			b.Pictures(300, nil)
			shown(b, 40, pattern, func(p *measure.Picture) { p.Damage = measure.Corrupt })
			b.Pictures(100, nil)
		}, nil},
		{"a gap", func(b *dettest.Bench) { b.Pictures(300, nil); b.Video += 3 * time.Second; b.Pictures(300, nil) }, nil},
		{"goes back", func(b *dettest.Bench) {
			b.Pictures(300, nil)
			b.Video -= 3 * time.Second
			b.Pictures(1, func(_ int, p *measure.Picture) { p.Discontinuity = true })
			b.Pictures(300, nil)
		}, nil},
		{"a screen is recorded", func(b *dettest.Bench) {
			for i := range 30 { // 30 pictures where something moves, and then few
				shown(b, 30+i%7, every(33*time.Millisecond), nil)
				shown(b, 4, func(i int) time.Duration { return time.Duration(100+i*150) * time.Millisecond }, nil)
			}
		}, nil},
		{"a phone", func(b *dettest.Bench) { // 30 a second, more or less, and fewer where it is dark
			shown(b, 600, func(i int) time.Duration {
				d := 33*time.Millisecond + time.Duration(i*7919%5-2)*time.Millisecond
				if i%40 == 7 {
					d *= 2
				}
				return d
			}, nil)
			shown(b, 200, func(i int) time.Duration { return time.Duration(40+i*31%30) * time.Millisecond }, nil)
		}, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			b := dettest.Start(t, Detector)
			tt.script(b)
			b.Flush()
			b.Want(time.Millisecond, tt.want...)
		})
	}
}

func TestParameters(t *testing.T) {
	small := func(_ int, p *measure.Picture) { p.ChromaWidth, p.ChromaHeight = 320, 180 }
	large := func(_ int, p *measure.Picture) {
		p.Width, p.Height, p.ChromaWidth, p.ChromaHeight = 1280, 721, 640, 361 // the chroma of odd sizes is rounded up
	}
	deep := func(i int, p *measure.Picture) { large(i, p); p.Depth = 10 }
	wide := func(i int, p *measure.Picture) { deep(i, p); p.ChromaHeight = 721 }
	full := func(i int, p *measure.Picture) { wide(i, p); p.FullRange = true }
	b := dettest.Start(t, Detector)
	for _, change := range []func(int, *measure.Picture){small, large, deep, wide, full} {
		b.Pictures(50, change)
	}
	b.Sound(50, nil)
	b.Sound(50, func(_ int, block *measure.Block) { block.SampleRate, block.Samples = 44100, 441 })
	b.Sound(50, func(_ int, block *measure.Block) {
		block.SampleRate, block.Samples, block.Channels = 44100, 441, make([]measure.Channel, 6)
	})
	b.Flush()
	want := []struct {
		kind         string
		stream       int
		start        time.Duration
		value, limit float64
		unit         string
	}{
		{Resolution, dettest.VideoStream, 50 * picture, 1280, 640, "px"},
		{PixelFormat, dettest.VideoStream, 100 * picture, 10, 8, "bit"},
		{PixelFormat, dettest.VideoStream, 150 * picture, 1, 0.5, ""},
		{PixelFormat, dettest.VideoStream, 200 * picture, 1, 0, ""},
		{SampleRate, dettest.AudioStream, 50 * block, 44100, 48000, "Hz"},
		{Layout, dettest.AudioStream, 100 * block, 6, 2, "channels"},
	}
	if len(b.Events) != len(want) {
		t.Fatalf("events %+v", b.Events)
	}
	for i, w := range want {
		if e := b.Events[i]; e.Kind != w.kind || e.Stream != w.stream || e.Start != w.start || e.Value != w.value || e.Limit != w.limit || e.Unit != w.unit {
			t.Errorf("event %+v, want %+v", e, w)
		}
	}
}

func TestCodec(t *testing.T) {
	b := dettest.Start(t, Detector)
	pmt := func(codings ...int) measure.Transport {
		table := &measure.TransportTable{}
		for i, c := range codings {
			table.Streams = append(table.Streams, measure.TransportStream{PID: dettest.VideoPID + i, Coding: c})
		}
		return measure.Transport{Kind: measure.Section, PID: 0x1000, Table: 2, Valid: true, Content: table}
	}
	unit := func(pid int, at time.Duration) measure.Transport {
		return measure.Transport{Kind: measure.UnitStart, PID: pid, HasPTS: true, Time: at}
	}
	b.Transport(pmt(0x1b, 0x0f, 0x06), unit(dettest.VideoPID, 0), pmt(0x1b, 0x0f, 0x06), unit(dettest.VideoPID, picture),
		pmt(0x24, 0x0f, 0x06), unit(dettest.AudioPID, 2*picture), unit(dettest.VideoPID, 2*picture), unit(dettest.VideoPID, 3*picture),
		pmt(0x02, 0x0f, 0x1b), pmt(0x24, 0x0f, 0x06), unit(dettest.VideoPID, 4*picture))
	b.Flush()
	b.Want(0, dettest.Span{Kind: Codec, Start: 2 * picture, End: 3 * picture})
	if e := b.Events[0]; e.Value != 0x24 || e.Limit != 0x1b || e.Stream != dettest.VideoStream {
		t.Errorf("event %+v", e)
	}
}

func TestDrift(t *testing.T) {
	level := func(int) (float32, float32) { return 0.1, 0.1 }
	drift := func(b *dettest.Bench, by time.Duration, times int) {
		for range times {
			b.Blocks(200, level)
			b.Audio += by
		}
	}
	tests := []struct {
		name   string
		script func(b *dettest.Bench)
		want   []dettest.Span
	}{
		{"samples are too few", func(b *dettest.Bench) { drift(b, 21*time.Millisecond, 4); b.Blocks(100, level) },
			[]dettest.Span{{Kind: AudioDrift, Start: 2021 * time.Millisecond, End: 8084 * time.Millisecond}}},
		{"too many", func(b *dettest.Bench) { drift(b, -21*time.Millisecond, 4); b.Blocks(100, level) },
			[]dettest.Span{{Kind: AudioDrift, Start: 1979 * time.Millisecond, End: 7916 * time.Millisecond}}},
		{"comes back", func(b *dettest.Bench) {
			drift(b, 21*time.Millisecond, 4)
			drift(b, -21*time.Millisecond, 4)
		}, nil},
		{"breaks", func(b *dettest.Bench) { drift(b, 100*time.Millisecond, 4); b.Blocks(100, level) }, nil},
		{"packets lost", func(b *dettest.Bench) {
			for range 4 {
				b.Packets(50, nil)
				b.Audio = b.Video - 2*time.Second
				b.Blocks(200, level)
				b.Video += 21 * time.Millisecond
				b.Audio = b.Video
			}
		}, nil},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			b := dettest.Start(t, Detector)
			test.script(b)
			b.Flush()
			b.Want(0, test.want...)
		})
	}
}
