// Package costmodel says what it costs to watch many streams: orchestrated for
// each second by a state machine with functions and object storage, or in one
// process on rented machines.
//
// It is arithmetic: a [Workload] is turned into amounts of what a vendor charges
// for, those into money by [Prices], and the vendor's limits into the number of
// streams at which a variant comes to a halt. Nothing here measures, reads the
// clock or asks a network. Every figure that is not a price is a [Parameter] with
// its unit and source, and can be changed.
//
// Where a figure of the serverless design is not known, it is set in favour of
// that design: functions wait for nothing, start at once and never fail. What is
// saved by leaving it is then a lower bound.
package costmodel

import (
	"fmt"
	"math"
	"slices"
)

// hoursPerMonth is what AWS takes a month to be where it charges for GB-months.
const hoursPerMonth = 730

// gib is how many bytes AWS takes a gigabyte to be.
const gib = 1 << 30

// mibPerVCPU is the memory that comes with one vCPU of a function.
const mibPerVCPU = 1769

// A Variant is one way to run the program.
type Variant string

// The variants, from the most orchestrated to the least.
const (
	Standard    Variant = "standard"     // Step Functions Standard, Lambda, S3
	Express     Variant = "express"      // Step Functions Express, Lambda, S3
	EC2Groups   Variant = "ec2-groups"   // EC2, the converter in each of several groups of detectors
	EC2         Variant = "ec2"          // EC2, one process for each stream
	EC2Spot     Variant = "ec2-spot"     // the same, on Spot instances
	Fargate     Variant = "fargate"      // Fargate, one process for each stream
	FargateSpot Variant = "fargate-spot" // the same, on Fargate Spot
)

// Variants returns all variants in the order they are shown.
func Variants() []Variant {
	return []Variant{Standard, Express, EC2Groups, EC2, EC2Spot, Fargate, FargateSpot}
}

// Title says what a variant is.
func (v Variant) Title() string {
	switch v {
	case Standard:
		return "Step Functions Standard, Lambda, S3"
	case Express:
		return "Step Functions Express, Lambda, S3"
	case EC2Groups:
		return "in process on EC2, in detector groups"
	case EC2:
		return "in process on EC2"
	case EC2Spot:
		return "in process on EC2 Spot"
	case Fargate:
		return "in process on Fargate"
	case FargateSpot:
		return "in process on Fargate Spot"
	}
	return string(v)
}

// A Line is one item of a bill.
type Line struct {
	What     string  `json:"what"` // "state transitions"
	Item     string  `json:"item"` // of the prices
	Quantity float64 `json:"quantity"`
	Unit     string  `json:"unit"`
	USD      float64 `json:"usd"`
}

// A Cost is what one variant costs for all streams in the period.
type Cost struct {
	Variant       Variant `json:"variant"`
	Lines         []Line  `json:"lines"`
	USD           float64 `json:"usd"`
	USDStreamHour float64 `json:"usd_per_stream_hour"`
	Machines      int     `json:"machines,omitempty"` // instances or tasks
	Largest       string  `json:"largest_item"`       // what costs most
	LargestShare  float64 `json:"largest_share"`

	// BeyondWall names the limit that the number of streams goes beyond: the
	// figure is then what it would cost, could it run.
	BeyondWall string `json:"beyond_wall,omitempty"`
}

// A Model is a workload with the prices of its region.
type Model struct {
	Workload Workload
	prices   map[string]*Price
}

// New checks a workload and finds the prices of its region.
func New(w Workload, p *Prices) (*Model, error) {
	if err := w.check(); err != nil {
		return nil, err
	}
	prices, err := p.region(w.Region)
	if err != nil {
		return nil, err
	}
	return &Model{w, prices}, nil
}

// Cost returns what a variant costs for so many streams.
func (m *Model) Cost(v Variant, streams int) (*Cost, error) {
	c := &Cost{Variant: v, Lines: []Line{}}
	lines, machines, err := m.usage(v, float64(streams))
	if err != nil {
		return nil, err
	}
	c.Machines = machines
	for _, l := range lines {
		price := m.prices[l.Item]
		if l.Quantity == 0 { // its price does not matter, but that it is not forgotten
			if price != nil {
				l.Unit = price.Unit
			}
			c.Lines = append(c.Lines, l)
			continue
		}
		if price == nil {
			return nil, &MissingPriceError{Item: l.Item, Region: m.Workload.Region}
		}
		l.Unit = price.Unit
		l.USD = price.Charge(l.Quantity, m.Workload.FreeTier) * (1 - m.discount(v, l.Item))
		c.Lines = append(c.Lines, l)
		c.USD += l.USD
	}
	if hours := float64(streams) * m.Workload.Hours; hours > 0 {
		c.USDStreamHour = c.USD / hours
	}
	if len(c.Lines) > 0 && c.USD > 0 {
		largest := slices.MaxFunc(c.Lines, func(a, b Line) int { return compare(a.USD, b.USD) })
		c.Largest, c.LargestShare = largest.What, largest.USD/c.USD
	}
	for _, wall := range m.Walls(v) {
		if float64(streams) > wall.Streams && !wall.Unknown {
			c.BeyondWall = wall.Limit
			break
		}
	}
	return c, nil
}

// discount returns the share of the price of an item that is taken off.
func (m *Model) discount(v Variant, item string) float64 {
	w := &m.Workload
	switch {
	case (v == EC2Spot || v == FargateSpot) && item != itemVolume && isCompute(item):
		return w.SpotDiscount / 100
	case item == m.instance():
		return w.EC2Discount / 100
	case item == itemFargateVCPU || item == itemFargateGB:
		return w.FargateDiscount / 100
	case item == itemLambdaGBSecond || item == itemLambdaARM:
		return w.FunctionDiscount / 100
	}
	return 0
}

func (m *Model) usage(v Variant, streams float64) (lines []Line, machines int, err error) {
	switch v {
	case Standard, Express:
		return m.serverless(v, streams), 0, nil
	case EC2, EC2Spot, EC2Groups, Fargate, FargateSpot:
		return m.inProcess(v, streams)
	}
	return nil, 0, fmt.Errorf("no variant is named %q", v)
}

func compare(a, b float64) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

// A DoesNotFitError says that one stream is too much for one machine.
type DoesNotFitError struct {
	Variant Variant
	What    string // "0.9 vCPUs of c7i.large do not hold 1.2 for one stream"
}

func (e *DoesNotFitError) Error() string { return fmt.Sprintf("%s: %s", e.Variant, e.What) }

// floor rounds down, but for what is a whole number within rounding errors.
func floor(v float64) float64 { return math.Floor(v + 1e-9) }

// ceil rounds up, but for what is a whole number within rounding errors.
func ceil(v float64) float64 { return math.Ceil(v - 1e-9) }
