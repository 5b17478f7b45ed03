package costmodel

import (
	"fmt"
	"math"
	"strings"
)

// Passing is how pictures get from the converter to the detectors of the
// serverless design.
type Passing string

// One object in storage holds a picture, or all those of a second or a segment.
// The state machine runs a step for each second, or for each segment.
const (
	PerFrame   Passing = "frame"
	PerSecond  Passing = "second"
	PerSegment Passing = "segment"
)

// A Workload is what is to be watched, what that takes, and what a vendor allows.
// Its figures are the parameters that [Workload.Parameters] lists.
type Workload struct {
	Region        string
	Instance      string // EC2 type
	Passing       Passing
	Width, Height int
	ARM           bool // functions on Graviton
	FreeTier      bool

	// The load.
	Hours, Detectors, FPS, SamplesPerSecond float64
	StreamMbps, CrossZone                   float64
	Notifications, LogKB                    float64

	// What was measured.
	DecodeCPU, DetectorCPU, MemoryMiB          float64
	EncodeCPU, ImageDecodeCPU, ImageBytes      float64
	MeasuredWidth, MeasuredHeight, MeasuredFPS float64

	// The serverless design.
	FramesStored, TransitionsPerSecond, SegmentSeconds float64
	PutsPerSecond, GetsPerSecond, DetectorFunctions    float64
	ExpressSeconds, DefinitionKB, PayloadKB            float64
	FunctionOverheadMS, InvocationLogBytes             float64
	RetentionHours, FunctionDiscount                   float64

	// Machines.
	Utilisation, VCPUSpeed, Groups             float64
	FargateVCPU, FargateGB, VolumeGB           float64
	EC2Discount, FargateDiscount, SpotDiscount float64

	// Limits of an account.
	TransitionRate, StartRate, ExpressStartRate  float64
	HistoryEvents, EventsPerTransition           float64
	FunctionConcurrency, EC2Quota, FargateQuota  float64
	PayloadLimitKB, ExpressLimitS, OpenExecution float64
	TransitionBucket, StartBucket                float64
	ExpressStartBucket                           float64
	FunctionLimitS, FunctionLimitMiB             float64

	sources map[string]string // of parameters that are not at their defaults, by name
}

// A Parameter is one figure of a workload.
type Parameter struct {
	Name    string // as a flag
	Group   Group
	Unit    string
	Help    string
	Source  string // where the default is from
	Default float64
	Least   float64
	Most    float64
	Fixed   bool // says what was measured: nothing to vary

	value   func(*Workload) *float64
	derived func(*Workload) float64 // what 0 stands for, where it does
}

// A Group of parameters.
type Group string

// The groups, in the order of help and reports.
const (
	Load       Group = "load"
	Measured   Group = "measured"
	Serverless Group = "serverless"
	Machines   Group = "machines"
	Limits     Group = "limits"
)

// Value returns the parameter of a workload; where 0 stands for what follows
// from others, that.
func (p *Parameter) Value(w *Workload) float64 {
	if v := *p.value(w); v != 0 || p.derived == nil {
		return v
	}
	return p.derived(w)
}

// Pointer returns where the parameter is in a workload.
func (p *Parameter) Pointer(w *Workload) *float64 { return p.value(w) }

// SourceIn says where the parameter's value in a workload is from.
func (p *Parameter) SourceIn(w *Workload) string {
	if s := w.sources[p.Name]; s != "" {
		return s
	}
	if p.derived != nil && *p.value(w) == 0 {
		return "follows from others: " + p.Source
	}
	return p.Source
}

// SetSource says that a parameter is not at its default, and where from.
func (w *Workload) SetSource(name, source string) {
	if w.sources == nil {
		w.sources = map[string]string{}
	}
	w.sources[name] = source
}

// Defaults returns a workload with all parameters at their defaults.
func Defaults() Workload {
	w := Workload{Region: "us-east-1", Instance: "c7i.xlarge", Passing: PerFrame, Width: 1920, Height: 1080}
	for _, p := range Parameters() {
		*p.value(&w) = p.Default
	}
	return w
}

// SetRegion sets the region, and the limits that an account has there unless it
// asked for others: Step Functions has larger ones in three regions, which are the
// defaults.
func (w *Workload) SetRegion(region string) {
	w.Region = region
	switch region {
	case "us-east-1", "us-west-2", "eu-west-1":
		return
	}
	for name, v := range map[string]float64{"transition-rate": 500, "transition-bucket": 800, "start-rate": 150, "start-bucket": 800} {
		w.set(name, v, quotas+": regions other than us-east-1, us-west-2 and eu-west-1")
	}
}

// A ParameterError says what is wrong with a parameter.
type ParameterError struct {
	Name string
	What string
}

func (e *ParameterError) Error() string { return e.Name + " " + e.What }

func (w *Workload) check() error {
	for _, p := range Parameters() {
		v := *p.value(w)
		if math.IsNaN(v) || v < p.Least || v > p.Most {
			return &ParameterError{p.Name, strings.Join(strings.Fields(fmt.Sprintf("must be from %g to %g %s and not %g", p.Least, p.Most, p.Unit, v)), " ")}
		}
	}
	switch {
	case w.Width < 16 || w.Height < 16 || w.Width > 32768 || w.Height > 32768:
		return &ParameterError{"resolution", fmt.Sprintf("must be from 16x16 to 32768x32768 and not %dx%d", w.Width, w.Height)}
	case w.Passing != PerFrame && w.Passing != PerSecond && w.Passing != PerSegment:
		return &ParameterError{"passing", fmt.Sprintf("must be frame, second or segment and not %q", w.Passing)}
	case w.SamplesPerSecond > w.FPS:
		return &ParameterError{"samples-per-second", fmt.Sprintf("must not be more than the frame rate, %g", w.FPS)}
	case w.FramesStored > w.FPS:
		return &ParameterError{"frames-stored", fmt.Sprintf("must not be more than the frame rate, %g", w.FPS)}
	case w.Groups != math.Trunc(w.Groups):
		return &ParameterError{"groups", "must be a whole number"}
	case strings.TrimSpace(w.Instance) == "":
		return &ParameterError{"instance", "must not be empty"}
	}
	return nil
}
