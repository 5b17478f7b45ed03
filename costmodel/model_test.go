package costmodel

import (
	"errors"
	"math"
	"slices"
	"strings"
	"testing"
)

// model returns one of the default workload, changed by f.
// model returns a model with figures of its own in place of those that were last
// measured.
func model(t *testing.T, f func(*Workload)) *Model {
	t.Helper()
	w := Defaults()
	w.Detectors, w.DecodeCPU, w.DetectorCPU, w.MemoryMiB = 5, 0.233, 0.0051, 105
	w.MeasuredWidth, w.MeasuredHeight, w.MeasuredFPS, w.FPS, w.StreamMbps = 1920, 1080, 25, 25, 7
	if f != nil {
		f(&w)
	}
	m, err := New(w, DefaultPrices())
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func cost(t *testing.T, m *Model, v Variant, streams int) *Cost {
	t.Helper()
	c, err := m.Cost(v, streams)
	if err != nil {
		t.Fatalf("%s, %d streams: %v", v, streams, err)
	}
	return c
}

// line returns what a variant costs for one kind of item.
func line(c *Cost, what string) float64 {
	for _, l := range c.Lines {
		if l.What == what {
			return l.USD
		}
	}
	return 0
}

func near(a, b float64) bool { return math.Abs(a-b) <= 1e-6*max(math.Abs(a), math.Abs(b)) }

// Transitions cost $0.09 for each hour of a stream and transition of a second.
func TestTransitionsOfAThousandStreamsInAMonth(t *testing.T) {
	for perSecond, want := range map[float64]float64{1: 64800, 2: 129600, 5: 324000, 10: 648000} {
		m := model(t, func(w *Workload) { w.TransitionsPerSecond = perSecond })
		if got := line(cost(t, m, Standard, 1000), "state transitions"); !near(got, want) {
			t.Errorf("%g a second: $%.2f, want %.0f", perSecond, got, want)
		}
	}
}

// Requests of one picture a second that five detectors read.
func TestStorageRequestsOfAStreamHour(t *testing.T) {
	for samples, want := range map[float64][2]float64{1: {0.018, 0.0072}, 25: {0.45, 0.18}} {
		m := model(t, func(w *Workload) { w.SamplesPerSecond, w.Hours = samples, 1 })
		c := cost(t, m, Standard, 1)
		if w, r := line(c, "storage writes"), line(c, "storage reads"); !near(w, want[0]) || !near(r, want[1]) {
			t.Errorf("%g pictures a second: writes %g, reads %g, want %v", samples, w, r, want)
		}
	}
}

// An execution of a minute: $0.00006 for requests of an hour, and a sixteenth of
// a GB-hour.
func TestExpressOfAStreamHour(t *testing.T) {
	c := cost(t, model(t, func(w *Workload) { w.Hours = 1 }), Express, 1)
	if r, d := line(c, "workflow requests"), line(c, "workflow duration"); !near(r, 0.00006) || !near(d, 0.00375) {
		t.Errorf("requests %g, duration %g", r, d)
	}
}

func TestFunctionAndMachineHours(t *testing.T) {
	m := model(t, func(w *Workload) {
		w.Hours, w.Detectors, w.SamplesPerSecond, w.EncodeCPU, w.DecodeCPU = 1, 0, 1, 0, 1 // one vCPU all the time
		w.Utilisation, w.VolumeGB, w.LogKB, w.Notifications = 100, 0, 0, 0
		w.FargateVCPU, w.FargateGB = 1, 2
	})
	if got := line(cost(t, m, Standard, 1), "function duration"); math.Abs(got-0.1037) > 5e-5 {
		t.Errorf("an hour of a vCPU of functions costs %.4f, want 0.1037", got)
	}
	if c := cost(t, m, EC2, 4); !near(c.USD, 0.1785) || c.Machines != 1 {
		t.Errorf("four streams of one vCPU cost %g on %d machines", c.USD, c.Machines)
	}
	if c := cost(t, m, EC2, 5); !near(c.USD, 0.357) || c.Machines != 2 {
		t.Errorf("five streams of one vCPU cost %g on %d machines", c.USD, c.Machines)
	}
	if c := cost(t, m, Fargate, 1); !near(c.USD, 0.04937) {
		t.Errorf("a task of one vCPU and 2 GB costs %g", c.USD)
	}
}

// Cost never falls with more streams, hours, detectors or a higher rate.
func TestCostRisesWithTheLoad(t *testing.T) {
	for name, grow := range map[string]func(*Workload, float64){
		"hours":                  func(w *Workload, x float64) { w.Hours = 10 * x },
		"detectors":              func(w *Workload, x float64) { w.Detectors = 2 * x },
		"samples-per-second":     func(w *Workload, x float64) { w.SamplesPerSecond = x },
		"decode-cpu":             func(w *Workload, x float64) { w.DecodeCPU = 0.1 * x },
		"transitions-per-second": func(w *Workload, x float64) { w.TransitionsPerSecond = x },
		"fps":                    func(w *Workload, x float64) { w.FPS = 24 + x },
		"retention-hours":        func(w *Workload, x float64) { w.RetentionHours = x },
		"free-tier":              func(w *Workload, x float64) { w.FreeTier, w.Hours = true, x },
	} {
		for _, v := range []Variant{Standard, Express, EC2Groups, EC2, Fargate} {
			before := 0.0
			for x := 1.0; x <= 16; x++ {
				c := cost(t, model(t, func(w *Workload) { grow(w, x) }), v, 40)
				if c.USD < before*(1-1e-12) {
					t.Errorf("%s: %s costs %g at step %g, and %g before", name, v, c.USD, x, before)
				}
				before = c.USD
			}
		}
	}
	m := model(t, nil)
	for _, v := range []Variant{Standard, Express, EC2Groups, EC2, Fargate} {
		before := 0.0
		for n := 1; n < 400; n++ {
			if c := cost(t, m, v, n); c.USD < before {
				t.Fatalf("%s costs %g for %d streams, and %g for one less", v, c.USD, n, before)
			} else {
				before = c.USD
			}
		}
	}
}

// With ten transitions for each second of a stream, an account's 1,500 a second
// are taken by 150 streams: 5 % of 3,000.
func TestStandardStopsAtFivePercent(t *testing.T) {
	m := model(t, func(w *Workload) { w.TransitionsPerSecond = 10 })
	if streams, limit := m.Wall(Standard); streams != 150 || limit != "state transitions" {
		t.Fatalf("stops at %g streams: %s", streams, limit)
	}
	if c := cost(t, m, Standard, 150); c.BeyondWall != "" {
		t.Error("150 streams are beyond the limit")
	}
	if c := cost(t, m, Standard, 151); c.BeyondWall != "state transitions" {
		t.Error("151 streams are within the limit")
	}
	// 3,000 streams take 30,000 a second: the bucket of 5,000 helps for less
	// than a fifth of a second.
	if walls := m.WallsAt(Standard, 3000); walls[0].Bucket != 5000 || !near(walls[0].BucketS, 5000.0/28500) {
		t.Errorf("the bucket: %+v", walls[0])
	}
	if walls := m.WallsAt(Standard, 150); walls[0].BucketS != 0 {
		t.Errorf("within the rate, the bucket is needed: %+v", walls[0])
	}
	// The history of 25,000 events lasts 500 s.
	if got := m.Workload.executionSeconds(); got != 500 {
		t.Errorf("an execution lasts %g s", got)
	}
	e, err := m.Estimate(Request{Streams: []int{3000}})
	if err != nil {
		t.Fatal(err)
	}
	if !slices.ContainsFunc(e.Answers, func(s string) bool {
		return strings.Contains(s, "150 streams") && strings.Contains(s, "5.0 % of 3,000")
	}) {
		t.Errorf("no sentence says so: %q", e.Answers)
	}
}

// At any number of transitions from one a second on, a process on EC2 saves more
// than 90 % for a fleet.
func TestMoreThanNinetyPercentIsSaved(t *testing.T) {
	for _, perSecond := range []float64{2, 5, 10} {
		for _, streams := range []int{100, 1000, 10000} {
			m := model(t, func(w *Workload) { w.TransitionsPerSecond = perSecond })
			if r := m.ratio(Standard, EC2, streams); r < 10 {
				t.Errorf("%g transitions a second, %d streams: only %.1f %% saved", perSecond, streams, 100*(1-1/r))
			}
		}
	}
}

// The counter-examples: what is cheaper elsewhere is said to be.
func TestWhereOthersAreCheaper(t *testing.T) {
	// A single stream leaves most of an instance idle.
	m := model(t, nil)
	if e, s := cost(t, m, EC2, 1), cost(t, m, Express, 1); e.USD <= s.USD {
		t.Errorf("one stream: EC2 %g, Express %g", e.USD, s.USD)
	}
	estimate, err := m.Estimate(Request{Streams: []int{1}})
	if err != nil {
		t.Fatal(err)
	}
	if estimate.Cheapest[0].Variant != Express || estimate.Cheapest[0].From != 1 {
		t.Errorf("cheapest for one stream: %+v", estimate.Cheapest[0])
	}
	if last := estimate.Cheapest[len(estimate.Cheapest)-1]; last.Variant != EC2 {
		t.Errorf("cheapest for many streams: %+v", last)
	}
	says(t, estimate, "Would Express have been enough? For the limits, yes", "here it is the cheaper choice")

	// Functions look at one picture of a second, a process at all of them: where
	// detectors are heavy, that decides.
	heavy := model(t, func(w *Workload) { w.DetectorCPU = 0.5 })
	if r := heavy.ratio(Express, EC2, 100); r >= 1 {
		t.Errorf("with heavy detectors, Express costs %.2f times as much as EC2", r)
	}

	// A task as large as one stream needs has nothing idle.
	small := model(t, func(w *Workload) { w.FargateVCPU, w.FargateGB = 0.5, 1 })
	estimate, err = small.Estimate(Request{Streams: []int{1}})
	if err != nil {
		t.Fatal(err)
	}
	says(t, estimate, "Fargate instead of EC2? Yes: it costs")

	discount := model(t, func(w *Workload) { w.FargateDiscount = 10 })
	estimate, err = discount.Estimate(Request{Streams: []int{1000}})
	if err != nil {
		t.Fatal(err)
	}
	says(t, estimate, "Fargate instead of EC2? As good", "Would Express have been enough? For the limits, yes", "times what a process on EC2 costs")
}

func says(t *testing.T, e *Estimate, want ...string) {
	t.Helper()
	text := strings.Join(e.Answers, "\n")
	for _, s := range want {
		if !strings.Contains(text, s) {
			t.Errorf("not said: %q in\n%s", s, text)
		}
	}
}

func TestWallsOfExpress(t *testing.T) {
	m := model(t, nil)
	streams, limit := m.Wall(Express)
	if limit != "concurrent functions" || streams != floor(1000/m.Workload.functionSeconds()) {
		t.Errorf("stops at %g: %s", streams, limit)
	}
	long := model(t, func(w *Workload) { w.ExpressSeconds = 301 })
	if streams, limit = long.Wall(Express); streams != 0 || !strings.Contains(limit, "length") {
		t.Errorf("an execution of 301 s: %g, %s", streams, limit)
	}
	fat := model(t, func(w *Workload) { w.PayloadKB = 289 }) // a picture of 1080p
	for _, v := range []Variant{Standard, Express} {
		if streams, limit = fat.Wall(v); streams != 0 || limit != "data between states" {
			t.Errorf("%s with pictures in its data: %g, %s", v, streams, limit)
		}
	}
	// A function has 900 s and 10,240 MiB.
	slow := model(t, func(w *Workload) { w.Passing, w.SegmentSeconds, w.DecodeCPU = PerSegment, 600, 1.6 })
	if streams, limit = slow.Wall(Standard); streams != 0 || limit != "time of a function" {
		t.Errorf("600 s of stream that take 960 s: %g, %s", streams, limit)
	}
	large := model(t, func(w *Workload) { w.MemoryMiB = 10241 })
	if streams, limit = large.Wall(Express); streams != 0 || limit != "memory of a function" {
		t.Errorf("10,241 MiB: %g, %s", streams, limit)
	}
	// What is not known is no wall, and is said to be unknown.
	if walls := m.Walls(Fargate); len(walls) != 1 || !walls[0].Unknown || !near(walls[0].PerStream, 0.4) {
		t.Errorf("walls of Fargate: %+v", walls)
	}
	if c := cost(t, m, Fargate, 1e6); c.BeyondWall != "" {
		t.Errorf("a million streams on Fargate are beyond %s", c.BeyondWall)
	}
	quota := model(t, func(w *Workload) { w.EC2Quota = 64 }) // 16 instances of 10 streams
	if streams, _ = quota.Wall(EC2); streams != 160 {
		t.Errorf("64 vCPUs take %g streams", streams)
	}
}

// Detector groups repeat the converter: never cheaper, but they take detectors
// that one machine cannot hold.
func TestDetectorGroups(t *testing.T) {
	m := model(t, nil)
	if g, e := cost(t, m, EC2Groups, 1000), cost(t, m, EC2, 1000); g.USD <= e.USD {
		t.Errorf("groups %g, without %g", g.USD, e.USD)
	}
	many := model(t, func(w *Workload) { w.DetectorCPU, w.Groups = 0.6, 2 })
	var small *DoesNotFitError
	if _, err := many.Cost(EC2, 10); !errors.As(err, &small) {
		t.Errorf("EC2 holds what does not fit: %v", err)
	}
	if c := cost(t, many, EC2Groups, 10); c.Machines != 20 {
		t.Errorf("%d machines", c.Machines)
	}
	e, err := many.Estimate(Request{Streams: []int{10}})
	if err != nil || len(e.Points[0].Unfit) == 0 || e.Points[0].Unfit[0].Variant != EC2 {
		t.Errorf("%+v, %v", e, err)
	}
	if streams, limit := many.Wall(EC2); streams != 0 || !strings.Contains(limit, "size of a machine") {
		t.Errorf("%g, %s", streams, limit)
	}
}

func TestDiscounts(t *testing.T) {
	m := model(t, func(w *Workload) {
		w.EC2Discount, w.FargateDiscount, w.FunctionDiscount, w.SpotDiscount = 50, 25, 10, 60
	})
	full := model(t, nil)
	for _, tt := range []struct {
		v, of Variant
		what  string
		want  float64
	}{
		{EC2, EC2, "compute", 0.5}, {EC2, EC2, "volumes", 1}, {EC2Groups, EC2Groups, "compute", 0.5},
		{Fargate, Fargate, "compute", 0.75}, {Fargate, Fargate, "memory", 0.75},
		{Standard, Standard, "function duration", 0.9}, {Standard, Standard, "state transitions", 1},
		{EC2Spot, EC2, "compute", 0.4}, {FargateSpot, Fargate, "memory", 0.4},
	} {
		if got, want := line(cost(t, m, tt.v, 10), tt.what), tt.want*line(cost(t, full, tt.of, 10), tt.what); !near(got, want) {
			t.Errorf("%s, %s: %g, want %g", tt.v, tt.what, got, want)
		}
	}
}

// All detectors in one function: fewer transitions, calls and reads, and each
// picture is read once.
func TestDetectorsInOneFunction(t *testing.T) {
	each := model(t, nil).Workload
	m := model(t, func(w *Workload) { w.DetectorFunctions = 1 })
	w := m.Workload
	if w.transitions() != 5 || w.invocations() != 2 || w.gets() != 1 || each.gets() != 5 {
		t.Errorf("%g transitions, %g calls, %g reads", w.transitions(), w.invocations(), w.gets())
	}
	if saved := each.functionCPU() - w.functionCPU(); !near(saved, 4*each.ImageDecodeCPU) {
		t.Errorf("CPU falls by %g s, want that of reading four pictures", saved)
	}
	more := model(t, func(w *Workload) { w.DetectorFunctions = 9 }).Workload
	if more.functions() != 5 {
		t.Errorf("five detectors are %g functions", more.functions())
	}
	e, err := model(t, nil).Estimate(Request{Streams: []int{1000}})
	if err != nil {
		t.Fatal(err)
	}
	says(t, e, "Standard takes 5 transitions for each second, costs "+Money(cost(t, m, Standard, 1000).USD)+" and stops at 300 streams",
		"Express costs "+Money(cost(t, m, Express, 1000).USD)+", ")
}

func TestPassing(t *testing.T) {
	at := func(p Passing) *Cost {
		return cost(t, model(t, func(w *Workload) { w.Passing, w.SamplesPerSecond, w.SegmentSeconds = p, 5, 6 }), Standard, 10)
	}
	frame, second, segment := at(PerFrame), at(PerSecond), at(PerSegment)
	if !near(line(frame, "storage writes"), 5*line(second, "storage writes")) || !near(line(second, "storage writes"), 6*line(segment, "storage writes")) {
		t.Error("requests do not go with the objects")
	}
	if line(frame, "state transitions") != line(second, "state transitions") || !near(line(second, "state transitions"), 6*line(segment, "state transitions")) {
		t.Error("transitions do not go with the steps")
	}
	if line(frame, "storage") != line(segment, "storage") {
		t.Error("bytes depend on how they are cut")
	}
}

func TestChecks(t *testing.T) {
	for name, f := range map[string]func(*Workload){
		"hours":              func(w *Workload) { w.Hours = -1 },
		"decode-cpu":         func(w *Workload) { w.DecodeCPU = math.NaN() },
		"detectors":          func(w *Workload) { w.Detectors = math.Inf(1) },
		"resolution":         func(w *Workload) { w.Width = 0 },
		"samples-per-second": func(w *Workload) { w.SamplesPerSecond = 26 },
		"groups":             func(w *Workload) { w.Groups = 1.5 },
		"passing":            func(w *Workload) { w.Passing = "postcard" },
		"frames-stored":      func(w *Workload) { w.FramesStored = 26 },
		"instance":           func(w *Workload) { w.Instance = "" },
	} {
		w := Defaults()
		f(&w)
		_, err := New(w, DefaultPrices())
		var bad *ParameterError
		if !errors.As(err, &bad) || bad.Name != name {
			t.Errorf("%s: error %v", name, err)
		}
	}
	w := Defaults()
	w.Region = "mars-1"
	var missing *MissingPriceError
	if _, err := New(w, DefaultPrices()); !errors.As(err, &missing) || missing.Region != "mars-1" || len(missing.Known) < 2 {
		t.Errorf("unknown region: %v", err)
	}
	w.Region = "eu-west-1"
	m, err := New(w, DefaultPrices())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := m.Cost(EC2, 1); !errors.As(err, &missing) || missing.Item != "ec2.c7i.xlarge" {
		t.Errorf("missing price: %v", err)
	}
	if _, err := m.Cost(Express, 1); !errors.As(err, &missing) || missing.Item != itemExpressRequest {
		t.Errorf("missing price: %v", err)
	}
	for _, v := range []Variant{Standard, Fargate} {
		cost(t, m, v, 1)
	}
	for _, n := range []int{0, -1, 1e8} {
		if _, err := model(t, nil).Estimate(Request{Streams: []int{n}}); err == nil {
			t.Errorf("%d streams are priced", n)
		}
	}
	if _, err := model(t, nil).Estimate(Request{Streams: []int{1}, Variants: []Variant{EC2Spot}}); err == nil {
		t.Error("Spot without its discount is priced")
	}
}

// Everything that moves the answer is found, the strongest first, and what
// cannot move it is left out.
func TestSensitivity(t *testing.T) {
	e, err := model(t, nil).Estimate(Request{Streams: []int{1000}})
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for i, s := range e.Sensitivity {
		names = append(names, s.Name)
		if i > 0 && s.swing > e.Sensitivity[i-1].swing {
			t.Errorf("%s moves more than %s before it", s.Name, e.Sensitivity[i-1].Name)
		}
	}
	for _, want := range []string{"transitions-per-second", "decode-cpu", "utilisation"} {
		if !slices.Contains(names, want) {
			t.Errorf("%s is not among %v", want, names)
		}
	}
	for _, never := range []string{"transition-rate", "measured-width", "groups", "fargate-vcpu"} {
		if slices.Contains(names, never) {
			t.Errorf("%s cannot move the answer", never)
		}
	}
}

// At a break-even point both cost the same, or nearly: machines are whole.
func TestBreakEven(t *testing.T) {
	m := model(t, nil)
	list := Parameters()
	for _, b := range m.breakEvens(1000, &Point{Streams: 1000, Costs: []*Cost{
		cost(t, m, Standard, 1000), cost(t, m, Express, 1000), cost(t, m, EC2, 1000), cost(t, m, Fargate, 1000),
	}}) {
		p := list[slices.IndexFunc(list, func(p Parameter) bool { return p.Name == b.Parameter })]
		below, above := m.with(p, b.Value*0.99), m.with(p, b.Value*1.01)
		if r := below.ratio(b.Below, b.Above, 1000); r > 1.01 {
			t.Errorf("below %s %g, %s costs %g times as much as %s", b.Parameter, b.Value, b.Below, r, b.Above)
		}
		if r := above.ratio(b.Above, b.Below, 1000); r > 1.01 {
			t.Errorf("above %s %g, %s costs %g times as much as %s", b.Parameter, b.Value, b.Above, r, b.Below)
		}
	}
}

func TestParametersAreWhole(t *testing.T) {
	seen := map[string]bool{}
	pointers := map[*float64]string{}
	w := Defaults()
	for _, p := range Parameters() {
		if p.Name == "" || p.Help == "" || p.Source == "" || seen[p.Name] {
			t.Errorf("%+v", p)
		}
		seen[p.Name] = true
		if other := pointers[p.Pointer(&w)]; other != "" {
			t.Errorf("%s and %s are the same figure", p.Name, other)
		}
		pointers[p.Pointer(&w)] = p.Name
	}
	if err := w.check(); err != nil {
		t.Error(err)
	}
}
