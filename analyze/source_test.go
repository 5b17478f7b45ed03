package analyze

import (
	"testing"
	"time"
)

// Segments come late and early, and nobody notices, until none comes.
func TestPlayer(t *testing.T) {
	const segment = 6 * time.Second
	for name, late := range map[string][]time.Duration{
		"on time":          {0},
		"late and early":   {0, 2 * time.Second, -time.Second, 4 * time.Second},
		"two at one time":  {6 * time.Second, 0},
		"a drifting clock": {0},
	} {
		t.Run(name, func(t *testing.T) {
			var p player
			now := time.Unix(1e9, 0)
			var reached time.Duration
			interval := segment
			if name == "a drifting clock" {
				interval += segment / 2000 // 500 ppm slow
			}
			began := now
			for i := range 2000 {
				due := began.Add(time.Duration(i)*interval + late[i%len(late)])
				for ; now.Before(due); now = now.Add(100 * time.Millisecond) {
					if dry := p.dry(reached, now); i > 0 && dry > time.Second {
						t.Fatalf("dry for %s before segment %d", dry, i)
					}
				}
				reached += segment
			}
			stopped := now
			for p.dry(reached, now) < time.Second {
				now = now.Add(100 * time.Millisecond)
				if now.Sub(stopped) > time.Minute {
					t.Fatal("it is never dry")
				}
			}
			if after := now.Sub(stopped); after < segment || after > cushion+fullest+segment+2*time.Second {
				t.Errorf("dry %s after the last segment", after)
			}
			reached += segment
			if dry := p.dry(reached, now); dry > 0 {
				t.Errorf("dry for %s with a segment there", dry)
			}
		})
	}
}
