package costmodel

import (
	"fmt"
	"math"
	"slices"
	"strings"
)

// Resolution returns the size of pictures as "1920x1080".
func (w *Workload) Resolution() string { return fmt.Sprintf("%dx%d", w.Width, w.Height) }

// answers says in words what the figures say, for the largest number of streams.
func (m *Model) answers(e *Estimate, against Variant, streams int) []string {
	p := &e.Points[slices.IndexFunc(e.Points, func(p Point) bool { return p.Streams == streams })]
	var out []string
	for _, s := range e.Savings {
		out = append(out, m.saving(p, s))
	}
	for _, v := range []Variant{Standard, Express} {
		if p.Of(v) != nil {
			out = append(out, m.wallInWords(v, streams))
		}
	}
	if p.Of(Standard) != nil {
		out = append(out, m.historyInWords())
	}
	if p.Of(Standard) != nil || p.Of(Express) != nil {
		if s := m.payloadInWords(); s != "" {
			out = append(out, s)
		}
	}
	if against == Standard && p.Of(Standard) != nil && p.Of(Express) != nil && p.Of(EC2) != nil {
		out = append(out, m.wouldExpressDo(p))
		if s := m.oneFunction(p); s != "" {
			out = append(out, s)
		}
	}
	if p.Of(Fargate) != nil && p.Of(EC2) != nil {
		out = append(out, m.fargateOrEC2(p, e.BreakEvens))
	}
	return out
}

// saving is the sentence of one variant against another.
func (m *Model) saving(p *Point, s Saving) string {
	mine, other := p.Of(s.Variant), p.Of(s.Against)
	return fmt.Sprintf("%s costs %s for %s, %s than %s (%s). What dominates: %s, %.0f %% of it; %s, %.0f %% of %s.",
		s.Variant, Money(mine.USD), Count(p.Streams, "stream"), difference(s.SavedPercent), s.Against, Money(other.USD),
		mine.Largest, 100*mine.LargestShare, other.Largest, 100*other.LargestShare, s.Against)
}

// difference is a saving in words.
func difference(percent float64) string {
	if percent < 0 {
		return fmt.Sprintf("%.1f %% more", -percent)
	}
	return fmt.Sprintf("%.1f %% less", percent)
}

func (m *Model) wallInWords(v Variant, streams int) string {
	walls := m.WallsAt(v, streams)
	if len(walls) == 0 {
		return fmt.Sprintf("%s: no limit is known.", v)
	}
	w := walls[0]
	if w.Streams == 0 {
		return fmt.Sprintf("%s cannot run: %s, %.4g where %.4g are allowed.", v, w.Limit, w.PerStream, w.Allowed)
	}
	s := fmt.Sprintf("%s stops at %s: each takes %.4g of the %.4g %s allowed.", v, Count(int(w.Streams), "stream"), w.PerStream, w.Allowed, w.Limit)
	if float64(streams) > w.Streams {
		s += fmt.Sprintf(" That is %.1f %% of %s.", 100*w.Streams/float64(streams), grouped(float64(streams)))
	}
	if w.BucketS > 0 {
		s += fmt.Sprintf(" The %s that may be taken at once are gone after %.3g s.", grouped(w.Bucket), w.BucketS)
	}
	return s
}

// historyInWords says how often a Standard execution has to begin again.
func (m *Model) historyInWords() string {
	w := &m.Workload
	return fmt.Sprintf("The history of a Standard execution holds %s events: it is full after %.4g s of stream, and another has to go on.",
		grouped(w.HistoryEvents), w.executionSeconds())
}

// payloadInWords says why pictures go through storage.
func (m *Model) payloadInWords() string {
	w := &m.Workload
	picture := w.ImageBytes * w.pixelScale() / 1000
	if picture <= w.PayloadLimitKB {
		return ""
	}
	return fmt.Sprintf("A picture of %.4g kB does not fit into the %.4g kB that may pass between states: it has to go through storage.", picture, w.PayloadLimitKB)
}

func (m *Model) wouldExpressDo(p *Point) string {
	standard, express, ec2 := p.Of(Standard), p.Of(Express), p.Of(EC2)
	wall, limit := m.Wall(Express)
	var b strings.Builder
	fmt.Fprintf(&b, "Would Express have been enough? ")
	switch {
	case wall == 0:
		fmt.Fprintf(&b, "No: it cannot run (%s). ", limit)
	case float64(p.Streams) > wall:
		fmt.Fprintf(&b, "It has no limit on state transitions, but meets another at %s (%s). ", Count(int(wall), "stream"), limit)
	default:
		fmt.Fprintf(&b, "For the limits, yes: it takes %s. ", Count(p.Streams, "stream"))
	}
	fmt.Fprintf(&b, "It costs %s than Standard", difference(100*(1-express.USD/standard.USD)))
	switch r := express.USD / ec2.USD; {
	case r > 1.05:
		fmt.Fprintf(&b, ", and still %.1f times what a process on EC2 costs: what is left is %s.", r, express.Largest)
	case r < 0.95:
		fmt.Fprintf(&b, ", and %s than a process on EC2: here it is the cheaper choice.", difference(100*(1-r)))
	default:
		fmt.Fprintf(&b, ", and as much as a process on EC2, within 5 %%: here cost does not decide.")
	}
	return b.String()
}

// oneFunction says what is left of the difference where the detectors of a step
// are one function, as a thrifty serverless design would have them.
func (m *Model) oneFunction(p *Point) string {
	if m.Workload.functions() <= 1 {
		return ""
	}
	one := *m
	one.Workload.DetectorFunctions, one.Workload.TransitionsPerSecond, one.Workload.GetsPerSecond = 1, 0, 0
	standard, err1 := one.Cost(Standard, p.Streams)
	express, err2 := one.Cost(Express, p.Streams)
	if err1 != nil || err2 != nil {
		return ""
	}
	wall, limit := one.Wall(Standard)
	return fmt.Sprintf("And with all detectors in one function (--detector-functions 1)? Standard takes %.4g transitions for each second, costs %s and stops at %s (%s); Express costs %s, %s than a process on EC2.",
		one.Workload.transitions(), Money(standard.USD), Count(int(wall), "stream"), limit, Money(express.USD), difference(100*(1-express.USD/p.Of(EC2).USD)))
}

func (m *Model) fargateOrEC2(p *Point, breakEvens []BreakEven) string {
	fargate, ec2 := p.Of(Fargate), p.Of(EC2)
	var b strings.Builder
	fmt.Fprintf(&b, "Fargate instead of EC2? ")
	switch r := fargate.USD / ec2.USD; {
	case r > 1.05:
		fmt.Fprintf(&b, "It costs %s than EC2 (%s)", difference(100*(1-r)), m.Workload.Instance)
		if i := slices.IndexFunc(breakEvens, func(b BreakEven) bool { return b.Parameter == "fargate-discount" }); i >= 0 {
			fmt.Fprintf(&b, "; it takes a discount of %.0f %% to make it even", breakEvens[i].Value)
		}
		fmt.Fprintf(&b, ".")
	case r < 0.95:
		fmt.Fprintf(&b, "Yes: it costs %s than EC2 (%s).", difference(100*(1-r)), m.Workload.Instance)
	default:
		fmt.Fprintf(&b, "As good: it costs as much as EC2 (%s), within 5 %%, and there are no machines to look after.", m.Workload.Instance)
	}
	return b.String()
}

// Money returns dollars: with cents below 100, and else in groups of thousands.
func Money(usd float64) string {
	switch {
	case usd == 0:
		return "$0"
	case usd < 0.1 && usd > 0:
		return fmt.Sprintf("$%.2g", usd)
	case usd < 100:
		return fmt.Sprintf("$%.2f", usd)
	}
	return "$" + grouped(math.Round(usd))
}

// Count returns a number of things.
func Count(n int, noun string) string {
	if n != 1 {
		noun += "s"
	}
	return grouped(float64(n)) + " " + noun
}

// grouped returns a whole number as 1,234,567.
func grouped(v float64) string {
	digits := fmt.Sprintf("%.0f", v)
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return digits
}
