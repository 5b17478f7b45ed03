package costmodel

import (
	"errors"
	"math"
	"slices"
)

// Schema is what an estimate says of itself.
const Schema = "vqa.cost/v1"

// An Estimate is all that is said of a workload.
type Estimate struct {
	Schema     string  `json:"schema"`
	Region     string  `json:"region"`
	Currency   string  `json:"currency"`
	Resolution string  `json:"resolution"`
	Passing    Passing `json:"passing"`
	Instance   string  `json:"instance"`
	FreeTier   bool    `json:"free_tier"`
	ARM        bool    `json:"arm_functions"`

	Points      []Point       `json:"points"`      // for each number of streams
	Walls       []Walls       `json:"walls"`       // for each variant
	Cheapest    []Range       `json:"cheapest"`    // which variant is cheapest from how many streams on
	BreakEvens  []BreakEven   `json:"break_evens"` // for the largest number of streams
	Savings     []Saving      `json:"savings"`     // likewise
	Sensitivity []Sensitivity `json:"sensitivity"` // likewise, the largest first
	Answers     []string      `json:"answers"`     // in words
	Assumptions []Assumption  `json:"assumptions"` // every parameter
	Prices      []Price       `json:"prices"`      // that were used

	// Curve is what plots show: the cost of all variants at many numbers of
	// streams. It follows from the rest and is not written.
	Curve []Point `json:"-"`
}

// A Point is the cost of all variants for one number of streams.
type Point struct {
	Streams int     `json:"streams"`
	Costs   []*Cost `json:"costs"`
	Unfit   []Unfit `json:"unfit,omitempty"`
}

// Unfit is a variant that cannot run at all, and why.
type Unfit struct {
	Variant Variant `json:"variant"`
	Why     string  `json:"why"`
}

// Of returns the cost of a variant, nil where it cannot run.
func (p *Point) Of(v Variant) *Cost {
	for _, c := range p.Costs {
		if c.Variant == v {
			return c
		}
	}
	return nil
}

// Walls are the limits of one variant, the first to be reached first.
type Walls struct {
	Variant Variant `json:"variant"`
	Walls   []Wall  `json:"walls"`
}

// A Range is where one variant is the cheapest of those within their limits.
type Range struct {
	Variant Variant `json:"variant"`
	From    int     `json:"from_streams"`
	To      int     `json:"to_streams"`
}

// A Saving is what one variant costs less than another.
type Saving struct {
	Variant      Variant `json:"variant"`
	Against      Variant `json:"against"`
	Streams      int     `json:"streams"`
	SavedPercent float64 `json:"saved_percent"` // negative where it costs more
}

// An Assumption is a parameter with its value.
type Assumption struct {
	Name   string  `json:"name"`
	Group  Group   `json:"group"`
	Value  float64 `json:"value"`
	Unit   string  `json:"unit"`
	Help   string  `json:"help"`
	Source string  `json:"source"`
}

// Request says what an estimate is of.
type Request struct {
	Streams  []int
	Variants []Variant // nil for all that have what they need
	Against  Variant   // what others are compared with; "" for Standard
}

// variants returns those asked for, or all but the Spot variants of unknown
// price.
func (r *Request) variants(w *Workload) []Variant {
	if r.Variants != nil {
		return r.Variants
	}
	return slices.DeleteFunc(Variants(), func(v Variant) bool {
		return (v == EC2Spot || v == FargateSpot) && w.SpotDiscount == 0
	})
}

// Estimate works out everything.
func (m *Model) Estimate(r Request) (*Estimate, error) {
	w := &m.Workload
	if len(r.Streams) == 0 {
		return nil, &ParameterError{"streams", "must be there"}
	}
	for _, n := range r.Streams {
		if n < 1 || n > 1e7 {
			return nil, &ParameterError{"streams", "must be from 1 to 10000000"}
		}
	}
	variants := r.variants(w)
	for _, v := range variants {
		if (v == EC2Spot || v == FargateSpot) && w.SpotDiscount == 0 {
			return nil, &ParameterError{"spot-discount", "must be given for " + string(v) + ": Spot prices change"}
		}
	}
	e := &Estimate{
		Schema: Schema, Region: w.Region, Currency: "USD", Resolution: w.Resolution(), Passing: w.Passing,
		Instance: w.Instance, FreeTier: w.FreeTier, ARM: w.ARM,
		BreakEvens: []BreakEven{}, Sensitivity: []Sensitivity{}, Savings: []Saving{}, Prices: []Price{},
	}
	used := map[string]bool{}
	for _, n := range r.Streams {
		p, err := m.point(n, variants)
		if err != nil {
			return nil, err
		}
		for _, c := range p.Costs {
			for _, l := range c.Lines {
				if l.Quantity > 0 {
					used[l.Item] = true
				}
			}
		}
		e.Points = append(e.Points, p)
	}
	for _, v := range variants {
		e.Walls = append(e.Walls, Walls{v, m.WallsAt(v, slices.Max(r.Streams))})
	}
	for _, p := range Parameters() {
		e.Assumptions = append(e.Assumptions, Assumption{p.Name, p.Group, p.Value(w), p.Unit, p.Help, p.SourceIn(w)})
	}
	for item := range used {
		e.Prices = append(e.Prices, *m.prices[item])
	}
	slices.SortFunc(e.Prices, func(a, b Price) int { return compareText(a.Item, b.Item) })

	largest := slices.Max(r.Streams)
	var err error
	if e.Curve, err = m.curve(largest, variants); err != nil {
		return nil, err
	}
	e.Cheapest = m.cheapest(largest, variants)
	against := r.Against
	if against == "" {
		against = Standard
	}
	m.compareWith(e, against, largest)
	e.Answers = m.answers(e, against, largest)
	return e, nil
}

// point returns what all variants cost for one number of streams.
func (m *Model) point(streams int, variants []Variant) (Point, error) {
	p := Point{Streams: streams, Costs: []*Cost{}}
	for _, v := range variants {
		c, err := m.Cost(v, streams)
		var small *DoesNotFitError
		switch {
		case errors.As(err, &small):
			p.Unfit = append(p.Unfit, Unfit{v, small.What})
		case err != nil:
			return p, err
		default:
			p.Costs = append(p.Costs, c)
		}
	}
	return p, nil
}

// curvePoints is how many numbers of streams a plot shows.
const curvePoints = 60

// curve returns points from 1 stream to three times those asked for, evenly
// spread on a logarithmic scale.
func (m *Model) curve(largest int, variants []Variant) ([]Point, error) {
	top := math.Log(float64(max(3*largest, 100)))
	var out []Point
	for i := range curvePoints {
		n := int(math.Round(math.Exp(top * float64(i) / (curvePoints - 1))))
		if len(out) > 0 && out[len(out)-1].Streams == n {
			continue
		}
		p, err := m.point(n, variants)
		if err != nil {
			return nil, err
		}
		out = append(out, p)
	}
	return out, nil
}

// cheapestMost bounds the streams that are gone through one by one.
const cheapestMost = 10000

// cheapest goes through all numbers of streams. Machines are whole, so that the
// order may change more than once.
func (m *Model) cheapest(largest int, variants []Variant) []Range {
	out := []Range{}
	for n := 1; n <= min(max(largest, 100), cheapestMost); n++ {
		p, err := m.point(n, variants)
		if err != nil {
			return out
		}
		var best *Cost
		for _, c := range p.Costs {
			// Where two cost the same, the later is the simpler.
			if c.BeyondWall == "" && (best == nil || c.USD <= best.USD*(1+1e-9)) {
				best = c
			}
		}
		switch {
		case best == nil:
		case len(out) > 0 && out[len(out)-1].Variant == best.Variant && out[len(out)-1].To == n-1:
			out[len(out)-1].To = n
		default:
			out = append(out, Range{best.Variant, n, n})
		}
	}
	return out
}

// compareWith fills in what says how variants compare, for the largest number of
// streams.
func (m *Model) compareWith(e *Estimate, against Variant, streams int) {
	p := &e.Points[slices.IndexFunc(e.Points, func(p Point) bool { return p.Streams == streams })]
	reference := p.Of(against)
	if reference == nil || reference.USD == 0 {
		return
	}
	var best *Cost
	for _, c := range p.Costs {
		if c.Variant == against {
			continue
		}
		e.Savings = append(e.Savings, Saving{c.Variant, against, streams, 100 * (1 - c.USD/reference.USD)})
		if best == nil || c.USD < best.USD {
			best = c
		}
	}
	if best != nil {
		e.Sensitivity = m.sensitivity(against, best.Variant, streams)
	}
	e.BreakEvens = append(e.BreakEvens, m.breakEvens(streams, p)...)
}

func compareText(a, b string) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

// Value returns an assumption by its name, 0 where there is none.
func (e *Estimate) Value(name string) float64 {
	for _, a := range e.Assumptions {
		if a.Name == name {
			return a.Value
		}
	}
	return 0
}
