// Command lipweights learns how faces move with what they say, from clips whose
// sound is in sync, and writes the weights of the detector avsync.
//
//	go run ./scripts/lipweights -out detectors/avsync/weights.go CLIP...
//
// Features of face and sound are each made independent of one another, with a
// ridge for what little material there is, and the weights are what they then
// have in common. Before, each clip is tried with weights of all others: alone,
// and joined with others to 20 s, with its own sound and with that of others.
//
// How the whole tool does with people it does not know is told by leaving some
// clips out, building it with those weights, and trying it with
//
//	go run ./scripts/offsets -joins 6 -every 200 -only LEFT_OUT CLIPS
package main

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"go/format"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/vqa-project/vqa/analyze"
	"github.com/vqa-project/vqa/analyze/report"
	"github.com/vqa-project/vqa/detectors"
	"github.com/vqa-project/vqa/detectors/avsync"
	"github.com/vqa-project/vqa/detectors/measure"
)

const (
	// ridge is added to the variance of each feature, which is about 1.
	ridge = 3

	video = avsync.Taps * avsync.VideoFeatures
	sound = avsync.SoundFeatures
)

func main() {
	out := flag.String("out", "", "write the weights to this `file`")
	joined := flag.Int("joined", 20, "try joined clips of so many `seconds`")
	flag.Parse()
	if err := run(*out, *joined, flag.Args()); err != nil {
		fmt.Fprintln(os.Stderr, "lipweights:", err)
		os.Exit(1)
	}
}

func run(out string, joined int, paths []string) error {
	var clips []*clip
	for _, path := range paths {
		c, err := read(path)
		if err != nil {
			return err
		}
		if len(c.seconds) > 0 {
			clips = append(clips, c)
		}
	}
	for i, c := range clips {
		others := slices.Concat(clips[:i], clips[i+1:])
		c.without = learn(others)
		offset, agreement, margin := avsync.Estimate(c.score(c))
		fmt.Printf("%-40s %3d s  offset %5d ms, agreement %.1f, margin %.1f\n", c.name, len(c.seconds), offset.Milliseconds(), agreement, margin)
	}
	try(clips, joined)
	if out == "" {
		return nil
	}
	return write(out, learn(clips))
}

// A clip is the features of one, and weights learnt without it.
type clip struct {
	name    string
	seconds []avsync.Features
	without *avsync.Weights
}

// read analyses a clip as far as features.
func read(path string) (*clip, error) {
	c := &clip{name: filepath.Base(path)}
	start := func(p measure.Program, _ detectors.Sink) (detectors.Run, error) {
		r := avsync.NewReader(func(f *avsync.Features) {
			if f.Seen >= avsync.Segment/2 {
				c.seconds = append(c.seconds, *f)
			}
		})
		return detectors.Run{Picture: r.Picture, Block: r.Block, Flush: func(time.Duration) { r.Flush() }}, nil
	}
	d := &detectors.Detector{Name: "lips", Doc: "lips", Needs: avsync.Detector.Needs}
	outcomes, err := analyze.Run(context.Background(), analyze.Options{
		Inputs: []string{path}, Detectors: []analyze.Detector{{Detector: d, Start: start}}, Writer: nowhere{},
	})
	if err == nil {
		err = outcomes[0].Err
	}
	if err != nil {
		return nil, fmt.Errorf("reading %q: %w", path, err)
	}
	return c, nil
}

// nowhere is a writer of reports that nobody reads.
type nowhere struct{}

func (nowhere) Write(report.Message) error { return nil }
func (nowhere) Close() error               { return nil }

// score returns what the seconds of c score with the sound of another clip, or
// with its own, by weights that know of neither.
func (c *clip) score(other *clip) []avsync.Scores {
	out := make([]avsync.Scores, min(len(c.seconds), len(other.seconds)))
	for i := range out {
		f := c.seconds[i]
		f.Sound = other.seconds[i].Sound
		c.without.Score(&f, &out[i])
	}
	return out
}

// learn returns weights learnt from clips.
func learn(clips []*clip) *avsync.Weights {
	vv, aa, va := zeros(video, video), zeros(sound, sound), zeros(video, sound)
	n := 0.
	var x [video]float64
	for _, c := range clips {
		for s := range c.seconds {
			f := &c.seconds[s]
			for g := range avsync.Segment {
				for i := range x {
					x[i] = float64(f.Video[g+i/avsync.VideoFeatures*avsync.TapStep][i%avsync.VideoFeatures])
				}
				if x == ([video]float64{}) {
					continue
				}
				n++
				now, heard := &f.Sound[avsync.Reach+g], &f.Sound[avsync.Reach+g+avsync.OwnLag]
				for i, v := range x {
					for j, w := range x {
						vv[i][j] += v * w
					}
					for k, a := range heard {
						va[i][k] += v * float64(a)
					}
				}
				for j, a := range now {
					for k, b := range now {
						aa[j][k] += float64(a) * float64(b)
					}
				}
			}
		}
	}
	for i := range vv {
		vv[i][i] += ridge * n
	}
	for i := range aa {
		aa[i][i] += ridge * n
	}
	solved := transposed(solve(aa, transposed(solve(vv, va))))
	var w avsync.Weights
	for i, row := range solved {
		for k, v := range row {
			w[i/avsync.VideoFeatures][i%avsync.VideoFeatures][k] = float32(v * n)
		}
	}
	return &w
}

// try joins clips in random order, with their own sound and with that of
// others, and prints how certain the estimates are.
func try(clips []*clip, joined int) {
	const times = 1000
	r := rand.New(rand.NewPCG(1, 1))
	var own, foreign [][2]float64
	var errors []float64
	wrong := 0
	for range times {
		var mine, others []avsync.Scores
		order := r.Perm(len(clips))
		for i, k := range order {
			c := clips[k]
			mine = append(mine, c.score(c)...)
			others = append(others, c.score(clips[order[(i+1+r.IntN(len(order)-1))%len(order)]])...)
			if len(mine) >= joined {
				break
			}
		}
		offset, agreement, margin := avsync.Estimate(mine)
		if offset.Abs() > 150*time.Millisecond {
			wrong++
			agreement = 0
		} else {
			errors = append(errors, math.Abs(offset.Seconds()))
		}
		own = append(own, [2]float64{agreement, margin})
		_, agreement, margin = avsync.Estimate(others)
		foreign = append(foreign, [2]float64{agreement, margin})
	}
	slices.Sort(errors)
	fmt.Printf("%d times joined to %d s: %d wrong, error of half below %.0f ms, of 95 %% below %.0f ms\n",
		times, joined, wrong, 1000*errors[len(errors)/2], 1000*errors[len(errors)*95/100])
	for _, least := range []float64{6, 8, 10, 12, 14} {
		share := func(all [][2]float64) float64 {
			n := 0
			for _, e := range all {
				if e[0] >= 2 && e[1] >= 1.8 && e[0]*e[1] >= least {
					n++
				}
			}
			return float64(n) / times
		}
		fmt.Printf("product of agreement and margin %.0f: certain %.3f of its own sound, %.3f of foreign\n", least, share(own), share(foreign))
	}
}

func write(path string, w *avsync.Weights) error {
	var b bytes.Buffer
	b.WriteString("// Code generated by scripts/lipweights; DO NOT EDIT.\n\npackage avsync\n\nvar weights = Weights{\n")
	for _, tap := range w {
		b.WriteString("{\n")
		for _, row := range tap {
			b.WriteString("{")
			for k, v := range row {
				if k > 0 {
					b.WriteString(", ")
				}
				fmt.Fprintf(&b, "%.4f", v)
			}
			b.WriteString("},\n")
		}
		b.WriteString("},\n")
	}
	b.WriteString("}\n")
	text, err := format.Source(b.Bytes())
	if err != nil {
		return err
	}
	return os.WriteFile(path, text, 0o644)
}

type matrix [][]float64

func zeros(rows, columns int) matrix {
	m := make(matrix, rows)
	for i := range m {
		m[i] = make([]float64, columns)
	}
	return m
}

func transposed(m matrix) matrix {
	t := zeros(len(m[0]), len(m))
	for i, row := range m {
		for j, v := range row {
			t[j][i] = v
		}
	}
	return t
}

// solve returns X of aX = b, for a positive definite a, by Cholesky's method.
func solve(a, b matrix) matrix {
	n := len(a)
	l := zeros(n, n)
	for i := range n {
		for j := range i + 1 {
			s := a[i][j]
			for k := range j {
				s -= l[i][k] * l[j][k]
			}
			if i == j {
				l[i][i] = math.Sqrt(s)
			} else {
				l[i][j] = s / l[j][j]
			}
		}
	}
	x := zeros(n, len(b[0]))
	for c := range b[0] {
		for i := range n {
			s := b[i][c]
			for k := range i {
				s -= l[i][k] * x[k][c]
			}
			x[i][c] = s / l[i][i]
		}
		for i := n - 1; i >= 0; i-- {
			s := x[i][c]
			for k := i + 1; k < n; k++ {
				s -= l[k][i] * x[k][c]
			}
			x[i][c] = s / l[i][i]
		}
	}
	return x
}
