package all

import (
	"errors"
	"flag"
	"io"
	"math"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/vqa-project/vqa/detectors"
	"github.com/vqa-project/vqa/detectors/measure"
)

// each runs a test on every detector.
func each(t *testing.T, test func(t *testing.T, d *detectors.Detector)) {
	for _, d := range Detectors() {
		t.Run(d.Name, func(t *testing.T) { test(t, d) })
	}
}

func newFlags() *flag.FlagSet {
	fs := flag.NewFlagSet("test", flag.ContinueOnError)
	fs.SetOutput(io.Discard)
	return fs
}

// begin starts a detector with its defaults.
func begin(t *testing.T, d *detectors.Detector, p measure.Program, sink detectors.Sink) detectors.Run {
	t.Helper()
	run, err := d.Setup(newFlags())(p, sink)
	if err != nil {
		t.Fatalf("starting: %v", err)
	}
	return run
}

func TestNames(t *testing.T) {
	seen := map[string]bool{"all": true, "none": true, "any": true} // which the command line takes in place of names
	name := regexp.MustCompile(`^[a-z][a-z0-9]*$`)
	each(t, func(t *testing.T, d *detectors.Detector) {
		if !name.MatchString(d.Name) || seen[d.Name] {
			t.Errorf("%q is no name, or taken", d.Name)
		}
		seen[d.Name] = true
	})
}

func TestDocs(t *testing.T) {
	each(t, func(t *testing.T, d *detectors.Detector) {
		title, text, found := strings.Cut(d.Doc, "\n\n")
		if !found || title == "" || strings.Contains(title, "\n") || strings.TrimSpace(text) == "" {
			t.Errorf("Doc is not a title, an empty line and a text:\n%s", d.Doc)
		}
		if strings.HasSuffix(title, ".") || title != strings.TrimSpace(title) {
			t.Errorf("title %q ends with a stop or a space", title)
		}
		if d.Needs == 0 || d.Needs.String() == "" {
			t.Error("it needs nothing to be measured")
		}
	})
}

func TestOptions(t *testing.T) {
	name := regexp.MustCompile(`^[a-z][a-z0-9]*(-[a-z0-9]+)*$`)
	each(t, func(t *testing.T, d *detectors.Detector) {
		first, second := newFlags(), newFlags()
		if d.Setup(first) == nil || d.Setup(second) == nil {
			t.Fatal("Setup gives no Start")
		}
		first.VisitAll(func(f *flag.Flag) {
			if !name.MatchString(f.Name) || f.Usage == "" {
				t.Errorf("option %q has a wrong name, or no usage", f.Name)
			}
			if err := f.Value.Set(f.DefValue); err != nil {
				t.Errorf("option %s does not take its own default %q: %v", f.Name, f.DefValue, err)
			}
			if _, ok := f.Value.(flag.Getter); !ok {
				t.Errorf("the value of option %s has no Get", f.Name)
			}
			if other := second.Lookup(f.Name); other == nil || other.Value == f.Value {
				t.Errorf("option %s is shared by two calls of Setup", f.Name)
			}
		})
	})
}

func TestNothingToLookAt(t *testing.T) {
	each(t, func(t *testing.T, d *detectors.Detector) {
		run, err := d.Setup(newFlags())(measure.Program{}, func(e detectors.Event) { t.Errorf("event %+v", e) })
		if err != nil && !errors.Is(err, detectors.ErrNotApplicable) {
			t.Error(err)
		}
		if err == nil && run.Flush != nil {
			run.Flush(0)
		}
		if measures := finite(run); len(measures) > 0 {
			t.Errorf("measures %+v", measures)
		}
	})
}

func TestFlushAfterNothing(t *testing.T) {
	each(t, func(t *testing.T, d *detectors.Detector) {
		run := begin(t, d, program(), func(e detectors.Event) { t.Errorf("event %+v", e) })
		if run.Flush != nil {
			run.Flush(0)
		}
		if measures := finite(run); len(measures) > 0 {
			t.Errorf("measures %+v", measures)
		}
	})
}

// The script has something for every detector to find, or to measure. Where a
// new one finds nothing, the script lacks its defect.
func TestScript(t *testing.T) {
	each(t, func(t *testing.T, d *detectors.Detector) {
		if found := watch(t, d, script(), false); len(found.events)+len(found.measures) == 0 {
			t.Error("finds nothing")
		}
	})
}

// Rows are only valid during a call: what becomes of them later must not
// matter.
func TestRowsAreNotKept(t *testing.T) {
	each(t, func(t *testing.T, d *detectors.Detector) {
		intact, poisoned := watch(t, d, script(), false), watch(t, d, script(), true)
		if !reflect.DeepEqual(intact, poisoned) {
			t.Errorf("rows left intact give\n%+v\nrows overwritten after each call\n%+v", intact, poisoned)
		}
	})
}

// Nor may a detector change what others will see.
func TestRowsAreNotChanged(t *testing.T) {
	each(t, func(t *testing.T, d *detectors.Detector) {
		rows := script()
		watch(t, d, rows, false)
		if !reflect.DeepEqual(rows, script()) {
			t.Error("rows are changed")
		}
	})
}

// One Start serves several programs at the same time. Best run with -race.
func TestProgramsAtTheSameTime(t *testing.T) {
	each(t, func(t *testing.T, d *detectors.Detector) {
		start := d.Setup(newFlags())
		want := watch(t, d, script(), false)
		var wg sync.WaitGroup
		for range 3 {
			wg.Go(func() {
				var got result
				run, err := start(program(), func(e detectors.Event) { got.events = append(got.events, e) })
				if err != nil {
					t.Error(err)
					return
				}
				show(run, script(), false)
				got.measures = finite(run)
				if !reflect.DeepEqual(got, want) {
					t.Errorf("got %+v\nwant %+v", got, want)
				}
			})
		}
		wg.Wait()
	})
}

// Whatever a stream does to time and size, there is no panic, and events are
// intervals.
func TestOddStreams(t *testing.T) {
	change := map[string]func([]row) []row{
		"cut short": func(rows []row) []row { return rows[:len(rows)/2] },
		"gap": func(rows []row) []row {
			return move(rows, len(rows)/3, 10*time.Second, false)
		},
		"jump back": func(rows []row) []row {
			return move(rows, len(rows)/3, -5*time.Second, true)
		},
		"jump back, ends early": func(rows []row) []row {
			rows = move(rows, len(rows)/3, -5*time.Second, true)
			return rows[:len(rows)/3+10]
		},
		"half missing": func(rows []row) []row {
			i := 0
			return slices.DeleteFunc(rows, func(row) bool { i++; return i%2 == 0 })
		},
		"size and depth change": func(rows []row) []row {
			for _, r := range rows[len(rows)/3:] {
				if p := r.picture; p != nil {
					p.Width, p.Height, p.Depth = 17, 3, 10
				}
			}
			return rows
		},
		"sound changes": func(rows []row) []row {
			for _, r := range rows[len(rows)/3:] {
				if b := r.block; b != nil {
					b.SampleRate, b.Samples, b.Channels = 8000, 80, b.Channels[:1]
				}
			}
			return rows
		},
		"no durations": func(rows []row) []row {
			for _, r := range rows {
				if r.picture != nil {
					r.picture.Duration = 0
				}
			}
			return rows
		},
		"nothing measured": func(rows []row) []row {
			for _, r := range rows {
				if p := r.picture; p != nil {
					p.Luma, p.Difference, p.Thumb, p.Face = measure.LumaRow{}, measure.DifferenceRow{}, measure.ThumbRow{}, measure.FaceRow{}
					p.Borders, p.Fields, p.Information = measure.BordersRow{}, measure.FieldsRow{}, measure.InformationRow{}
				}
				if r.block != nil {
					clear(r.block.Channels)
				}
			}
			return rows
		},
		"streams nobody announced": func(rows []row) []row {
			for _, r := range rows[len(rows)/3:] {
				if r.picture != nil {
					r.picture.Stream = 7
				}
				if r.block != nil {
					r.block.Stream = 8
				}
			}
			return rows
		},
	}
	unit := regexp.MustCompile(`^[a-z0-9_]+_(lufs|lu|dbtp|bps|share|s|ms|percent|score|px|count|ratio|codes)$`)
	each(t, func(t *testing.T, d *detectors.Detector) {
		for name, change := range change {
			t.Run(name, func(t *testing.T) {
				found := watch(t, d, change(script()), true)
				for _, m := range found.measures {
					if !unit.MatchString(m.Name) {
						t.Errorf("measure %+v has no unit in its name", m)
					}
				}
				for _, e := range found.events {
					if e.Start > e.End || e.Kind == "" || e.Unit == "" {
						t.Errorf("event %+v", e)
					}
					for _, v := range []float64{e.Value, e.Limit} {
						if math.IsNaN(v) || math.IsInf(v, 0) {
							t.Errorf("a figure that is none: %+v", e)
						}
					}
				}
			})
		}
	})
}

// Rows come some 125 times a second and stream: they must make no garbage.
func TestAllocations(t *testing.T) {
	each(t, func(t *testing.T, d *detectors.Detector) {
		run := begin(t, d, program(), func(detectors.Event) {})
		rows := slices.DeleteFunc(script(), func(r row) bool { return r.time() >= calm })
		for _, r := range rows {
			r.show(run)
		}
		last := slices.DeleteFunc(rows, func(r row) bool { return r.time() < calm-pictureDuration })
		allocs := testing.AllocsPerRun(100, func() {
			for _, r := range last {
				r.move(pictureDuration)
				r.show(run)
			}
		})
		if allocs != 0 {
			t.Errorf("%v allocations for a picture and its sound", allocs)
		}
	})
}
