package compare

import (
	"context"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/vqa-project/vqa/analyze/media"
)

func TestExplore(t *testing.T) {
	pairs := os.Getenv("PAIRS")
	if pairs == "" {
		t.Skip()
	}
	b, _ := os.ReadFile(pairs)
	cache := map[string]*input{}
	get := func(n string) *input {
		if in := cache[n]; in != nil {
			return in
		}
		in, err := read(context.Background(), n, media.Options{Threads: 2}, nil)
		if err != nil {
			fmt.Println("ERR", n, err)
		}
		cache[n] = in
		return in
	}
	for _, l := range strings.Split(strings.TrimSpace(string(b)), "\n") {
		f := strings.Fields(l)
		r, i := get(f[0]), get(f[1])
		fmt.Println(f)
		show := func(kind string, m medium) {
			a, err := align(context.Background(), m)
			re, ie := m.ends()
			fmt.Println("  ", kind, err, "informed", a.informed, "score", a.score, "found", a.found, "ends", re, ie)
			for _, s := range a.stretches {
				fmt.Printf("     in %.3f..%.3f ref %.3f..%.3f delay %.2f ms drift %.1f ppm score %.3f\n", s.from, s.to, s.from-s.line.at(s.from), s.to-s.line.at(s.to), 1000*s.line.at((s.from+s.to)/2), 1e6*s.line.b, s.score)
			}
		}
		if r.picture != nil && i.picture != nil {
			show("V", newPicturePair(r.picture, i.picture))
		}
		if len(r.sound) > 0 && len(i.sound) > 0 {
			show("A", newSoundPair(r.sound[0], i.sound[0]))
		}
	}
}
