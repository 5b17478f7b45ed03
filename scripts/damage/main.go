// Command damage makes cases for scripts/corruption out of a folder of clips:
// pictures that were damaged, decoded with concealment and coded again, so that
// only the pixels show it.
//
//	go run ./scripts/damage -n 300 CLIPS CASES
//
// A case is a window of a clip, coded in H.264, HEVC, MPEG-2 or MPEG-4, of which a
// part then loses packets of the transport stream, bytes or slices; of some, damage
// is drawn into the pictures instead. Some are only coded with too few bits, which
// is not damage. Beside NAME.mp4 is
// NAME.truth.json: the pictures that PSNR against the undamaged decode shows to be
// damaged. The same clips, seed and FFmpeg make the same cases; what is there
// already is kept. It starts ffmpeg and ffprobe.
package main

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"sync"
)

// errUnsuitable says that nothing of the damage can be seen, or that a clip
// cannot be used.
var errUnsuitable = errors.New("unsuitable")

// attempts is how often a case is tried with other clips or more damage.
const attempts = 5

func main() {
	number := flag.Int("n", 100, "`number` of cases")
	seed := flag.Uint64("seed", 1, "`seed` of all that is drawn")
	jobs := flag.Int("jobs", 1, "`number` of cases that are made at a time")
	height := flag.Int("height", 720, "largest `height` of what is coded twice, in lines")
	undamaged := flag.Float64("undamaged", 0.2, "`share` of cases that are coded badly, not damaged")
	drawn := flag.Float64("drawn", 0.25, "`share` of damaged cases that are drawn")
	streams := flag.Bool("streams", false, "keep damaged streams as cases of their own, NAME.ts")
	exclude := flag.String("exclude", "/(damaged|hls|dash)/", "`expression` for files that are damaged already, or parts of clips")
	flag.Parse()
	if flag.NArg() != 2 {
		fmt.Fprintln(os.Stderr, "usage: damage [flags] CLIPS CASES")
		os.Exit(2)
	}
	if err := run(flag.Arg(0), flag.Arg(1), *exclude, *number, *jobs, &maker{seed: *seed, height: *height, undamaged: *undamaged, drawing: *drawn, streams: *streams}); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// run makes cases as a maker without a clip says.
func run(from, to, exclude string, number, jobs int, as *maker) error {
	clips, err := clipsIn(from, exclude)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(to, 0o755); err != nil {
		return err
	}
	rand.New(rand.NewPCG(as.seed, 0)).Shuffle(len(clips), func(i, j int) { clips[i], clips[j] = clips[j], clips[i] })
	var made sync.WaitGroup
	next := make(chan int)
	for range max(jobs, 1) {
		made.Go(func() {
			for i := range next {
				name := filepath.Join(to, fmt.Sprintf("damage-%d-%04d", as.seed, i))
				if _, err := os.Stat(name + ".truth.json"); err == nil {
					continue
				}
				if err := try(clips, i, as, name); err != nil {
					fmt.Fprintf(os.Stderr, "left out: %s: %v\n", name, err)
				}
			}
		})
	}
	for i := range number {
		next <- i
	}
	close(next)
	made.Wait()
	return nil
}

// clipsIn returns the video clips of a folder that can be used.
func clipsIn(dir, exclude string) ([]clip, error) {
	skip, err := regexp.Compile(exclude)
	if err != nil {
		return nil, err
	}
	var out []clip
	err = filepath.WalkDir(dir, func(name string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() || skip.MatchString(name) {
			return err
		}
		if c, err := probe(name); err == nil {
			out = append(out, c)
		} else if !errors.Is(err, errUnsuitable) {
			fmt.Fprintln(os.Stderr, err)
		}
		return nil
	})
	if err == nil && len(out) == 0 {
		err = fmt.Errorf("no clips in %q", dir)
	}
	return out, err
}

// try makes case i, of another clip where nothing can be seen in the first.
func try(clips []clip, i int, as *maker, name string) error {
	var err error
	r := rand.New(rand.NewPCG(as.seed, math.MaxUint64-uint64(i)))
	bad, drawn := r.Float64() < as.undamaged, r.Float64() < as.drawing
	for k := range attempts {
		dir, e := os.MkdirTemp("", "damage-")
		if e != nil {
			return e
		}
		c := *as
		c.clip, c.dir = clips[(i+k*7)%len(clips)], dir
		c.rng = rand.New(rand.NewPCG(as.seed, uint64(i*attempts+k+1)))
		switch {
		case bad:
			err = c.starve(name)
		case drawn:
			err = c.drawn(name)
		default:
			err = c.make(name)
		}
		if e := os.RemoveAll(dir); e != nil {
			return e
		}
		if !errors.Is(err, errUnsuitable) {
			return err
		}
	}
	return err
}

// What is seen of damage, as PSNR of luma in dB.
const (
	clearDB   = 28 // at most, of some picture of each event
	visibleDB = 32 // less, of all pictures of an event but short gaps
	faintDB   = 42 // less than this is neither damaged nor clean
)

// An interval is a part of a case, in seconds.
type interval struct {
	Class string  `json:"class"`
	Start float64 `json:"start_s"`
	End   float64 `json:"end_s"`
}

// A truth is what is known of a case, in the form that scripts/corruption reads.
type truth struct {
	File      string     `json:"file"`
	Source    string     `json:"source"`
	Class     string     `json:"class"`
	Variant   string     `json:"variant"`
	Made      string     `json:"made"` // how
	PSNR      float64    `json:"psnr_min_db"`
	Events    []interval `json:"events"`
	Tolerated []interval `json:"tolerated"`
}

// write writes it to a file.
func (t *truth) write(name string) error {
	text, err := json.MarshalIndent(t, "", " ")
	if err != nil {
		return err
	}
	return os.WriteFile(name, append(text, '\n'), 0o644)
}

// see fills in what the PSNR of the pictures says, and tells whether any damage
// is seen clearly.
func (t *truth) see(psnr []float64, rate float64) bool {
	t.Events, t.Tolerated, t.PSNR = nil, nil, slices.Min(append(psnr, math.MaxFloat64))
	at := func(i int) float64 { return float64(i) / rate }
	for _, r := range below(psnr, visibleDB, int(rate/2)) {
		if r[1]-r[0] >= 3 && slices.Min(psnr[r[0]:r[1]]) < clearDB {
			t.Events = append(t.Events, interval{"corruption", at(r[0]), at(r[1])})
		}
	}
	for _, r := range below(psnr, faintDB, int(rate/2)) {
		t.Tolerated = append(t.Tolerated, interval{"corruption", at(r[0]) - 0.2, at(r[1]) + 0.2})
	}
	return len(t.Events) > 0
}

// below returns the runs of values less than limit, [first, last+1), where up to
// gap others do not end one.
func below(values []float64, limit float64, gap int) [][2]int {
	var out [][2]int
	for i, v := range values {
		if v >= limit {
			continue
		}
		if n := len(out); n > 0 && i-out[n-1][1] <= gap {
			out[n-1][1] = i + 1
		} else {
			out = append(out, [2]int{i, i + 1})
		}
	}
	return out
}
