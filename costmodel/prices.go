package costmodel

import (
	"bytes"
	_ "embed"
	"errors"
	"fmt"
	"io"
	"maps"
	"math"
	"slices"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"
)

// PricesSchema is what a file of prices says of itself.
const PricesSchema = "vqa.prices/v1"

// The items that are charged for. An instance is ec2Prefix and its type.
const (
	itemTransition     = "stepfunctions.transition"
	itemExpressRequest = "stepfunctions.express.request"
	itemExpressGBHour  = "stepfunctions.express.gb_hour"
	itemLambdaRequest  = "lambda.request"
	itemLambdaGBSecond = "lambda.gb_second"
	itemLambdaARM      = "lambda.arm.gb_second"
	itemPut            = "s3.put"
	itemGet            = "s3.get"
	itemStorage        = "s3.gb_month"
	itemFargateVCPU    = "fargate.vcpu_hour"
	itemFargateGB      = "fargate.gb_hour"
	itemVolume         = "ebs.gb_month"
	itemZoneTransfer   = "transfer.zone_gb"
	itemLogs           = "logs.gb"
	itemPublish        = "sns.publish"

	ec2Prefix = "ec2."
)

// Prices are what a vendor charges, by region.
type Prices struct {
	Schema   string             `yaml:"schema" json:"schema"`
	Currency string             `yaml:"currency" json:"currency"`
	Regions  map[string][]Price `yaml:"regions" json:"regions"`
}

// A Price is that of one item in one region.
type Price struct {
	Item      string  `yaml:"item" json:"item"`
	Unit      string  `yaml:"unit" json:"unit"`
	Price     float64 `yaml:"price,omitempty" json:"price,omitempty"` // of one unit, where there are no tiers
	Tiers     []Tier  `yaml:"tiers,omitempty" json:"tiers,omitempty"`
	Free      float64 `yaml:"free,omitempty" json:"free,omitempty"` // units in each month, in the free tier
	VCPU      float64 `yaml:"vcpu,omitempty" json:"vcpu,omitempty"` // of an instance
	MemoryGiB float64 `yaml:"memory_gib,omitempty" json:"memory_gib,omitempty"`
	Source    string  `yaml:"source" json:"source"`
	Checked   string  `yaml:"checked" json:"checked"` // day the source was read, or the source's own
}

// A Tier is the price of what a month's usage has up to a limit.
type Tier struct {
	UpTo  float64 `yaml:"up_to,omitempty" json:"up_to,omitempty"` // 0 for the last: no limit
	Price float64 `yaml:"price" json:"price"`
}

//go:embed prices.yaml
var embedded []byte

// DefaultPrices returns the prices that come with the program.
func DefaultPrices() *Prices {
	p, err := ReadPrices(bytes.NewReader(embedded))
	if err != nil {
		panic(err) // a test reads them
	}
	return p
}

// ReadPrices reads a YAML file of prices and checks it.
func ReadPrices(r io.Reader) (*Prices, error) {
	var p Prices
	dec := yaml.NewDecoder(r)
	dec.KnownFields(true)
	if err := dec.Decode(&p); errors.Is(err, io.EOF) {
		return nil, errors.New("is empty")
	} else if err != nil {
		return nil, err
	}
	if p.Schema != PricesSchema {
		return nil, fmt.Errorf("schema is %q and not %q", p.Schema, PricesSchema)
	}
	if len(p.Regions) == 0 {
		return nil, errors.New("there are no regions")
	}
	for _, region := range slices.Sorted(maps.Keys(p.Regions)) {
		seen := map[string]bool{}
		for _, price := range p.Regions[region] {
			if err := price.check(); err != nil {
				return nil, fmt.Errorf("%s, %q: %w", region, price.Item, err)
			}
			if seen[price.Item] {
				return nil, fmt.Errorf("%s, %q: is there twice", region, price.Item)
			}
			seen[price.Item] = true
		}
	}
	return &p, nil
}

func (p *Price) check() error {
	tiers := p.tiers()
	last := 0.0
	for i, t := range tiers {
		switch {
		case !(t.Price >= 0) || math.IsInf(t.Price, 0):
			return errors.New("a price must not be negative")
		case i == len(tiers)-1 && t.UpTo != 0:
			return errors.New("the last tier must have no limit")
		case i < len(tiers)-1 && !(t.UpTo > last):
			return errors.New("each tier must end above the one before")
		}
		last = t.UpTo
	}
	_, dateErr := time.Parse(time.DateOnly, p.Checked)
	switch {
	case p.Item == "" || p.Unit == "":
		return errors.New("item and unit must be there")
	case p.Price != 0 && len(p.Tiers) > 0:
		return errors.New("has both a price and tiers")
	case p.Price == 0 && len(p.Tiers) == 0:
		return errors.New("has no price")
	case strings.HasPrefix(p.Item, ec2Prefix) && !(p.VCPU > 0 && p.MemoryGiB > 0):
		return errors.New("an instance must have vcpu and memory_gib")
	case !(p.Free >= 0):
		return errors.New("free must not be negative")
	case p.Source == "" || dateErr != nil:
		return errors.New("source and checked, a date such as 2026-01-31, must be there")
	}
	return nil
}

func (p *Price) tiers() []Tier {
	if len(p.Tiers) > 0 {
		return p.Tiers
	}
	return []Tier{{Price: p.Price}}
}

// Charge returns what a month's usage of so many units costs.
func (p *Price) Charge(units float64, freeTier bool) float64 {
	if freeTier {
		units = max(units-p.Free, 0)
	}
	sum, from := 0.0, 0.0
	for _, t := range p.tiers() {
		to := t.UpTo
		if to == 0 || to > units {
			to = units
		}
		sum += (to - from) * t.Price
		if from = to; to == units {
			break
		}
	}
	return sum
}

// With returns p with the prices of q in place of its own, item by item.
func (p *Prices) With(q *Prices) *Prices {
	out := &Prices{Schema: p.Schema, Currency: p.Currency, Regions: maps.Clone(p.Regions)}
	for region, prices := range q.Regions {
		merged := slices.Clone(out.Regions[region])
		for _, price := range prices {
			if i := slices.IndexFunc(merged, func(m Price) bool { return m.Item == price.Item }); i >= 0 {
				merged[i] = price
			} else {
				merged = append(merged, price)
			}
		}
		out.Regions[region] = merged
	}
	return out
}

// Missing returns the items that other regions have prices for and this one has
// not, in the order of their names.
func (p *Prices) Missing(region string) []string {
	missing := map[string]bool{}
	for _, rows := range p.Regions {
		for _, row := range rows {
			missing[row.Item] = true
		}
	}
	for _, row := range p.Regions[region] {
		delete(missing, row.Item)
	}
	return slices.Sorted(maps.Keys(missing))
}

// A MissingPriceError says which price is not there.
type MissingPriceError struct {
	Item, Region string
	Known        []string // regions, where Region is unknown; instances, where one is
}

func (e *MissingPriceError) Error() string {
	if e.Item == "" {
		return fmt.Sprintf("no prices for region %q", e.Region)
	}
	return fmt.Sprintf("no price for %s in %s", e.Item, e.Region)
}

// region returns the prices of a region by item.
func (p *Prices) region(name string) (map[string]*Price, error) {
	rows, ok := p.Regions[name]
	if !ok {
		return nil, &MissingPriceError{Region: name, Known: slices.Sorted(maps.Keys(p.Regions))}
	}
	out := map[string]*Price{}
	for i := range rows {
		out[rows[i].Item] = &rows[i]
	}
	return out, nil
}
