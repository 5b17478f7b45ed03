package timestamps

import (
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
		{"another rate", nil, func(b *dettest.Bench) {
			b.Packets(100, nil)
			for range 150 {
				b.Packets(1, nil)
				b.Video -= picture / 2
			}
		}, []dettest.Span{{Kind: FrameRate, Start: at, End: at + picture/2}}},
		{"another rate for a second", nil, func(b *dettest.Bench) {
			b.Packets(100, nil)
			for range 50 {
				b.Packets(1, nil)
				b.Video -= picture / 2
			}
			b.Packets(100, nil)
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

func TestParameters(t *testing.T) {
	b := dettest.Start(t, Detector)
	b.Pictures(50, nil)
	b.Pictures(50, func(_ int, p *measure.Picture) { p.Width, p.Height = 1280, 720 })
	b.Pictures(50, func(_ int, p *measure.Picture) { p.Width, p.Height, p.Depth = 1280, 720, 10 })
	b.Flush()
	b.Want(0, dettest.Span{Kind: Parameters, Start: 50 * picture, End: 51 * picture}, dettest.Span{Kind: Parameters, Start: 100 * picture, End: 101 * picture})
	if e := b.Events[0]; e.Value != 1280 || e.Limit != 640 || e.Unit != "px" {
		t.Errorf("value %v, limit %v, unit %q; want 1280, 640, px", e.Value, e.Limit, e.Unit)
	}
	if e := b.Events[1]; e.Value != 10 || e.Limit != 8 || e.Unit != "bit" {
		t.Errorf("value %v, limit %v, unit %q; want 10, 8, bit", e.Value, e.Limit, e.Unit)
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
