package costmodel

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math/big"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// PriceListSource is what prices that were read from AWS say of themselves.
const PriceListSource = "AWS Price List API"

// A PriceQuery asks the price list of AWS for the products one item may be.
type PriceQuery struct {
	Item    string
	Service string            // its code in the price list
	Filters map[string]string // values by attribute
}

// A KeptPrice is an item whose price could not be read from the price list.
type KeptPrice struct {
	Item    string
	Checked string // day of the price that stays; empty where there is none
	Reason  error
}

// listing says how the price list writes an item.
type listing struct {
	item, unit string
	service    string
	usage      string            // usagetype, without the code of a region before it
	filters    map[string]string // beside that of the region
	perUnit    int64             // units of the price list in one of the item
}

const regionAttribute, fromRegionAttribute = "regionCode", "fromRegionCode"

// listings returns what to look for in the price list, given the instances
// wanted. Its service codes, attributes and usage types are those of AWS.
func listings(instances []string) []listing {
	storage := map[string]string{"productFamily": "Storage", "volumeType": "Standard"}
	requests := map[string]string{"productFamily": "API Request"}
	list := []listing{
		{itemTransition, "transition", "AmazonStates", "StateTransition", nil, 1},
		{itemExpressRequest, "request", "AmazonStates", "StepFunctions-Request", nil, 1},
		// The list has seconds, rounded to eight places; the page of prices has
		// hours, rounded from them.
		{itemExpressGBHour, "GB-hour", "AmazonStates", "StepFunctions-GB-Second", nil, 3600},
		{itemLambdaRequest, "request", "AWSLambda", "Request", map[string]string{"group": "AWS-Lambda-Requests"}, 1},
		{itemLambdaGBSecond, "GB-second", "AWSLambda", "Lambda-GB-Second", map[string]string{"group": "AWS-Lambda-Duration"}, 1},
		{itemLambdaARM, "GB-second", "AWSLambda", "Lambda-GB-Second-ARM", map[string]string{"group": "AWS-Lambda-Duration-ARM"}, 1},
		{itemPut, "request", "AmazonS3", "Requests-Tier1", requests, 1},
		{itemGet, "request", "AmazonS3", "Requests-Tier2", requests, 1},
		{itemStorage, "GB-month", "AmazonS3", "TimedStorage-ByteHrs", storage, 1},
		{itemFargateVCPU, "vCPU-hour", "AmazonECS", "Fargate-vCPU-Hours:perCPU", nil, 1},
		{itemFargateGB, "GB-hour", "AmazonECS", "Fargate-GB-Hours", nil, 1},
	}
	for _, instance := range instances {
		list = append(list, listing{ec2Prefix + instance, "hour", "AmazonEC2", "BoxUsage:" + instance, map[string]string{
			"instanceType": instance, "operatingSystem": "Linux", "tenancy": "Shared", "preInstalledSw": "NA", "capacitystatus": "Used",
		}, 1})
	}
	return append(list,
		listing{itemVolume, "GB-month", "AmazonEC2", "EBS:VolumeUsage.gp3", map[string]string{"productFamily": "Storage", "volumeApiName": "gp3"}, 1},
		listing{itemZoneTransfer, "GB", "AWSDataTransfer", "DataTransfer-Regional-Bytes", map[string]string{"transferType": "IntraRegion"}, 1},
		listing{itemLogs, "GB", "AmazonCloudWatch", "DataProcessing-Bytes", nil, 1},
		listing{itemPublish, "publish", "AmazonSNS", "Requests-Tier1", nil, 1},
	)
}

// instances returns the types of instances that p has in any region.
func (p *Prices) instances() []string {
	seen := map[string]bool{}
	for _, rows := range p.Regions {
		for _, row := range rows {
			if instance, ok := strings.CutPrefix(row.Item, ec2Prefix); ok {
				seen[instance] = true
			}
		}
	}
	return slices.Sorted(maps.Keys(seen))
}

// PriceQueries returns what to ask the price list for, of one region: every
// item there is, and the instances that p has in any region.
func (p *Prices) PriceQueries(region string) []PriceQuery {
	var out []PriceQuery
	for _, l := range listings(p.instances()) {
		filters := map[string]string{}
		maps.Copy(filters, l.filters)
		filters[regionAttribute] = region
		if l.item == itemZoneTransfer {
			delete(filters, regionAttribute) // transfer has two regions
			filters[fromRegionAttribute] = region
		}
		out = append(out, PriceQuery{Item: l.item, Service: l.service, Filters: filters})
	}
	return out
}

// Refresh returns p's prices of one region with those of the price list in
// their place, and which could not be read. Products are the answers to
// PriceQueries by item, each a JSON document as the price list has it. What is
// in no answer, or not understood, stays as it is in p.
func (p *Prices) Refresh(region string, products map[string][]string) (*Prices, []KeptPrice) {
	var kept []KeptPrice
	fresh := &Prices{Schema: p.Schema, Currency: p.Currency, Regions: map[string][]Price{}}
	for _, l := range listings(p.instances()) {
		row, err := l.price(region, products[l.item])
		i := slices.IndexFunc(p.Regions[region], func(old Price) bool { return old.Item == l.item })
		if err != nil {
			k := KeptPrice{Item: l.item, Reason: err}
			if i >= 0 {
				k.Checked = p.Regions[region][i].Checked
			}
			kept = append(kept, k)
			continue
		}
		if row.Free == 0 && i >= 0 {
			row.Free = p.Regions[region][i].Free // most free tiers are no part of the list
		}
		fresh.Regions[region] = append(fresh.Regions[region], row)
	}
	out := (&Prices{Schema: p.Schema, Currency: p.Currency, Regions: map[string][]Price{region: p.Regions[region]}}).With(fresh)
	return out, kept
}

// product is what is read of a product in the price list.
type product struct {
	PublicationDate string `json:"publicationDate"`
	Product         struct {
		Attributes map[string]string `json:"attributes"`
	} `json:"product"`
	Terms struct {
		OnDemand map[string]term `json:"OnDemand"`
	} `json:"terms"`
}

type term struct {
	EffectiveDate   string               `json:"effectiveDate"`
	PriceDimensions map[string]dimension `json:"priceDimensions"`
}

// dimension is the price of a range of a month's usage.
type dimension struct {
	Unit         string            `json:"unit"`
	BeginRange   string            `json:"beginRange"`
	EndRange     string            `json:"endRange"` // "Inf" for the last
	PricePerUnit map[string]string `json:"pricePerUnit"`
}

// regionCode is what stands before a usage type in most regions: EU-, USE1-.
var regionCode = regexp.MustCompile(`^[A-Z]+[0-9]*-`)

// matches reports whether a product is the one that l names.
func (l *listing) matches(region string, attributes map[string]string) bool {
	at := cmp.Or(attributes[regionAttribute], attributes[fromRegionAttribute])
	if usage := attributes["usagetype"]; at != region || usage != l.usage && regionCode.ReplaceAllString(usage, "") != l.usage {
		return false
	}
	for name, want := range l.filters {
		if got, ok := attributes[name]; ok && got != want {
			return false
		}
	}
	return true
}

// price finds an item among products of the price list. Several may be the
// item as long as they have one price: otherwise there is no telling which.
func (l *listing) price(region string, products []string) (Price, error) {
	var found Price
	for _, text := range products {
		var p product
		if err := json.Unmarshal([]byte(text), &p); err != nil {
			return Price{}, fmt.Errorf("a product is not as documented: %w", err)
		}
		if !l.matches(region, p.Product.Attributes) {
			continue
		}
		for _, t := range p.Terms.OnDemand {
			row, err := l.read(&p, &t)
			switch {
			case err != nil:
				return Price{}, err
			case row.Price == 0 && len(row.Tiers) == 0: // what is given away is not the item
			case found.Item == "":
				found = row
			case found.Price != row.Price || found.Free != row.Free || !slices.Equal(found.Tiers, row.Tiers):
				return Price{}, errors.New("several products have different prices")
			default:
				found.Checked = max(found.Checked, row.Checked)
			}
		}
	}
	if found.Item == "" {
		return Price{}, errors.New("no product in the price list")
	}
	return found, found.check()
}

// read makes a row of one product and its terms.
func (l *listing) read(p *product, t *term) (Price, error) {
	row := Price{Item: l.item, Unit: l.unit, Source: PriceListSource}
	date, err := time.Parse(time.RFC3339, cmp.Or(p.PublicationDate, t.EffectiveDate))
	if err != nil {
		return Price{}, fmt.Errorf("its date: %w", err)
	}
	row.Checked = date.UTC().Format(time.DateOnly)
	if row.Tiers, err = l.tiers(t); err != nil {
		return Price{}, err
	}
	// A first range that costs nothing is a free tier; those after it are
	// counted from where it ends.
	if first := row.Tiers[0]; first.Price == 0 && len(row.Tiers) > 1 {
		row.Free = first.UpTo
		row.Tiers = row.Tiers[1:]
		for i := range row.Tiers[:len(row.Tiers)-1] {
			row.Tiers[i].UpTo -= row.Free
		}
	}
	if len(row.Tiers) == 1 {
		row.Price, row.Tiers = row.Tiers[0].Price, nil
	}
	if strings.HasPrefix(l.item, ec2Prefix) {
		var err1, err2 error
		row.VCPU, err1 = strconv.ParseFloat(p.Product.Attributes["vcpu"], 64)
		row.MemoryGiB, err2 = strconv.ParseFloat(strings.TrimSuffix(p.Product.Attributes["memory"], " GiB"), 64)
		if err := errors.Join(err1, err2); err != nil {
			return Price{}, fmt.Errorf("vcpu and memory are not as documented: %w", err)
		}
	}
	return row, nil
}

// tiers puts the ranges of usage in order; they must follow one another from
// nothing to infinity.
func (l *listing) tiers(t *term) ([]Tier, error) {
	type bounded struct {
		from, to, price *big.Rat // to is nil for infinity
	}
	var ranges []bounded
	for _, d := range t.PriceDimensions {
		usd, ok := d.PricePerUnit["USD"]
		if !ok {
			return nil, errors.New("it has no price in USD")
		}
		if strings.ContainsAny(d.Unit, "0123456789") || l.perUnit == 3600 && !strings.Contains(strings.ToLower(d.Unit), "second") {
			return nil, fmt.Errorf("its unit is %q", d.Unit)
		}
		var r bounded
		var fine [3]bool
		r.from, fine[0] = new(big.Rat).SetString(d.BeginRange)
		if fine[1] = d.EndRange == "Inf"; !fine[1] {
			r.to, fine[1] = new(big.Rat).SetString(d.EndRange)
		}
		r.price, fine[2] = new(big.Rat).SetString(usd)
		if fine != [3]bool{true, true, true} {
			return nil, fmt.Errorf("%q from %q to %q is no price of a range", usd, d.BeginRange, d.EndRange)
		}
		ranges = append(ranges, r)
	}
	slices.SortFunc(ranges, func(a, b bounded) int { return a.from.Cmp(b.from) })
	per := big.NewRat(l.perUnit, 1)
	end := new(big.Rat)
	var out []Tier
	for _, r := range ranges {
		if end == nil || r.from.Cmp(end) != 0 {
			break
		}
		var tier Tier
		tier.Price, _ = new(big.Rat).Mul(r.price, per).Float64()
		if end = r.to; end != nil {
			tier.UpTo, _ = new(big.Rat).Quo(end, per).Float64()
		}
		out = append(out, tier)
	}
	if len(out) == 0 || len(out) != len(ranges) || end != nil {
		return nil, errors.New("its ranges of usage do not follow one another")
	}
	return out, nil
}
