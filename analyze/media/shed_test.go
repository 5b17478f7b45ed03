package media

import (
	"testing"
)

// What is left out is counted, told with each picture near it, and is neither
// damage nor loss.
func TestShed(t *testing.T) {
	path := transportStream(t, "-g", "5")
	for name, test := range map[string]struct {
		what        Shedding
		least, most int64 // pictures dropped of the middle 20
	}{
		"nothing":                    {KeepAll, 0, 0},
		"but what others refer to":   {KeepReference, 3, 16},
		"but what stands for itself": {KeepKey, 15, 25},
	} {
		t.Run(name, func(t *testing.T) {
			in := open(t, path, Options{Threads: 2})
			c := &collector{}
			packets := 0
			c.onPacket = func() {
				if c.packets[len(c.packets)-1].Stream != 0 {
					return
				}
				switch packets++; packets {
				case 15:
					in.Shed(test.what)
				case 35:
					in.Shed(KeepAll)
				}
			}
			if err := in.Read(t.Context(), c); err != nil {
				t.Fatal(err)
			}
			n := in.Counters()
			if n.Dropped < test.least || n.Dropped > test.most || n.Pictures+n.Dropped != 50 {
				t.Errorf("%d pictures, %d dropped", n.Pictures, n.Dropped)
			}
			for _, p := range c.pictures {
				if p.Damage != 0 || p.Lost != 0 {
					t.Errorf("picture at %s: damage %v, %d lost", p.PTS, p.Damage, p.Lost)
				}
				if p.Skipped && test.what == KeepAll || p.Discontinuity && test.what != KeepKey {
					t.Errorf("picture at %s: skipped %t, discontinuity %t", p.PTS, p.Skipped, p.Discontinuity)
				}
			}
			if n.DecodeErrors > 0 {
				t.Errorf("%d decode errors", n.DecodeErrors)
			}
		})
	}
}

func TestDefaultsOfUDP(t *testing.T) {
	for name, want := range map[string]string{
		"udp://127.0.0.1:1":                   "udp://127.0.0.1:1?buffer_size=8388608&fifo_size=65536&overrun_nonfatal=1",
		"udp://239.0.0.1:1?fifo_size=9&ttl=1": "udp://239.0.0.1:1?fifo_size=9&ttl=1&buffer_size=8388608&overrun_nonfatal=1",
	} {
		if got := withDefaults(name, udpDefaults); got != want {
			t.Errorf("%s becomes %s, want %s", name, got, want)
		}
	}
}
