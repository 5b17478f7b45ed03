package costmodel

import (
	"math"
	"slices"
)

// A Sensitivity says how much an answer moves when one assumption is halved or
// doubled and all others stay. The answer is how many times as much one variant
// costs as another.
type Sensitivity struct {
	Name    string  `json:"name"` // of the parameter
	Value   float64 `json:"value"`
	Unit    string  `json:"unit"`
	Of      Variant `json:"of"`
	To      Variant `json:"to"`
	Ratio   float64 `json:"ratio"`
	Halved  float64 `json:"ratio_halved,omitempty"`  // 0 where it cannot be
	Doubled float64 `json:"ratio_doubled,omitempty"` // or, at most, the parameter's limit
	swing   float64
}

// sensitivity returns the parameters that move the answer, the strongest first.
func (m *Model) sensitivity(of, to Variant, streams int) []Sensitivity {
	base := m.ratio(of, to, streams)
	out := []Sensitivity{}
	for _, p := range Parameters() {
		v := p.Value(&m.Workload)
		if v == 0 || p.Fixed || p.Group == Limits {
			continue
		}
		s := Sensitivity{Name: p.Name, Value: v, Unit: p.Unit, Of: of, To: to, Ratio: base}
		s.Halved = m.with(p, v/2).ratio(of, to, streams)
		s.Doubled = m.with(p, v*2).ratio(of, to, streams)
		for _, r := range []float64{s.Halved, s.Doubled} {
			if r > 0 {
				s.swing = max(s.swing, math.Abs(math.Log(r/base)))
			}
		}
		if s.swing > 0.001 {
			out = append(out, s)
		}
	}
	slices.SortStableFunc(out, func(a, b Sensitivity) int { return compare(b.swing, a.swing) })
	return out
}

// with returns the model with one parameter changed, as far as its limits go.
func (m *Model) with(p Parameter, v float64) *Model {
	changed := *m
	*p.value(&changed.Workload) = min(max(v, p.Least), p.Most)
	return &changed
}

// ratio returns how many times as much one variant costs as another, 0 where
// one of them cannot run.
func (m *Model) ratio(of, to Variant, streams int) float64 {
	if m.Workload.check() != nil {
		return 0
	}
	a, errA := m.Cost(of, streams)
	b, errB := m.Cost(to, streams)
	if errA != nil || errB != nil || b.USD == 0 {
		return 0
	}
	return a.USD / b.USD
}

// A BreakEven is the value of a parameter at which two variants cost the same.
type BreakEven struct {
	Parameter string  `json:"parameter"`
	Unit      string  `json:"unit"`
	Value     float64 `json:"value"`
	Now       float64 `json:"now"`   // the parameter as assumed
	Below     Variant `json:"below"` // is cheaper below Value
	Above     Variant `json:"above"` // and above
	Streams   int     `json:"streams"`
}

// breakEvens looks where the serverless variants cost the same as a process on
// EC2, and Fargate as EC2.
func (m *Model) breakEvens(streams int, p *Point) []BreakEven {
	var out []BreakEven
	for _, q := range []struct {
		parameter string
		a, b      Variant
	}{
		{"transitions-per-second", Standard, EC2},
		{"samples-per-second", Express, EC2},
		{"detectors", Express, EC2},
		{"detector-cpu", Express, EC2},
		{"utilisation", Express, EC2},
		{"ec2-discount", Fargate, EC2},
		{"fargate-discount", Fargate, EC2},
	} {
		if p.Of(q.a) != nil && p.Of(q.b) != nil {
			if b, ok := m.breakEven(q.parameter, q.a, q.b, streams); ok {
				out = append(out, b)
			}
		}
	}
	return out
}

// The values that are tried for a break-even point.
const (
	breakEvenSteps = 120
	breakEvenLeast = 0.001
	breakEvenMost  = 10000
)

// breakEven looks for a value of the parameter at which the sign of the
// difference changes: the one nearest to its present value.
func (m *Model) breakEven(parameter string, a, b Variant, streams int) (BreakEven, bool) {
	list := Parameters()
	p := list[slices.IndexFunc(list, func(p Parameter) bool { return p.Name == parameter })]
	now := p.Value(&m.Workload)
	low, high := max(p.Least, breakEvenLeast), min(p.Most, breakEvenMost)
	at := func(i int) float64 {
		return low * math.Pow(high/low, float64(i)/breakEvenSteps)
	}
	difference := func(v float64) float64 {
		if r := m.with(p, v).ratio(a, b, streams); r > 0 {
			return r - 1
		}
		return math.NaN()
	}
	found, ok := BreakEven{}, false
	before := difference(at(0))
	for i := 1; i <= breakEvenSteps; i++ {
		next := difference(at(i))
		if before*next < 0 {
			v := bisect(difference, at(i-1), at(i))
			if !ok || math.Abs(math.Log(v/max(now, low))) < math.Abs(math.Log(found.Value/max(now, low))) {
				found, ok = BreakEven{parameter, p.Unit, v, now, a, b, streams}, true
				if before > 0 { // a costs more below
					found.Below, found.Above = b, a
				}
			}
		}
		before = next
	}
	return found, ok
}

func bisect(f func(float64) float64, low, high float64) float64 {
	below := f(low) < 0
	for range 50 {
		if mid := (low + high) / 2; (f(mid) < 0) == below {
			low = mid
		} else {
			high = mid
		}
	}
	return (low + high) / 2
}
