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
	pairs := os.Getenv("PAIR")
	if pairs == "" {
		t.Skip()
	}
	f := strings.Fields(pairs)
	get := func(n string) *input {
		in, err := read(context.Background(), n, media.Options{Threads: 2}, nil)
		if err != nil {
			fmt.Println("ERR", n, err)
		}
		return in
	}
	r, i := get(f[0]), get(f[1])
	p := newPicturePair(r.picture, i.picture, wholeWindow, wholeWindow)
	a, b := p.coarse()
	cs, _ := chunks(context.Background(), a, b, 8)
	for _, c := range cs {
		fmt.Println(c.from, c.to, b.between(c.from, c.to)/float64((c.to-c.from)*len(b.channels)), c.candidates)
	}
	for _, s := range path(cs, .5) {
		fmt.Println("stretch", s.from, s.to, s.steps)
		for _, x := range p.points(&s) {
			fmt.Printf("%.3f:%.1f ", x.t, 1000*x.delay)
		}
		fmt.Println()
		for from := 0; from+50 < len(p.in.times); from += 25 {
			d, ok := p.delay(from, from+50, s.lag(p.in.times[from]))
			fmt.Print(d, ok, " ")
		}
		fmt.Println()
	}
}
