package costmodel

import (
	"math"
	"strings"
	"testing"
)

func price(t *testing.T, item string) *Price {
	t.Helper()
	rows, err := DefaultPrices().region("us-east-1")
	if err != nil {
		t.Fatal(err)
	}
	p := rows[item]
	if p == nil {
		t.Fatalf("no price for %s", item)
	}
	return p
}

// cents reports whether two amounts are the same when written with cents.
func cents(a, b float64) bool { return math.Round(a*100) == math.Round(b*100) }

// The example of AWS's page of prices: 100 million Express workflows of 10 s
// and 64 MB.
func TestExpressExampleOfAWS(t *testing.T) {
	const workflows = 100e6
	if got := price(t, itemExpressRequest).Charge(workflows, false); !cents(got, 100) {
		t.Errorf("requests cost %.4f, want 100.00", got)
	}
	hours := workflows * expressGBSeconds(10, 50, 0, 1) / 3600
	if math.Abs(hours-17361.11) > 0.01 {
		t.Errorf("%.2f GB-hours, want 17361.11", hours)
	}
	if got := price(t, itemExpressGBHour).Charge(hours, false); !cents(got, 382.97) {
		t.Errorf("duration costs %.4f, want 382.97", got)
	}
}

// The memory example of the same page: a definition of 50 KB and 400 steps of
// a map with 32 KB each make 62.85 MB, charged as 64 MB.
func TestExpressMemory(t *testing.T) {
	for _, tt := range []struct{ seconds, definitionKB, payloadKB, steps, want float64 }{
		{1, 50, 32, 400, 0.0625},
		{1, 50, 32, 500, 0.125}, // 66.05 MB
		{0.01, 50, 32, 400, 0.00625},
		{0.1, 50, 32, 400, 0.00625},
		{0.11, 50, 32, 400, 0.0125},
	} {
		if got := expressGBSeconds(tt.seconds, tt.definitionKB, tt.payloadKB, tt.steps); math.Abs(got-tt.want) > 1e-9 {
			t.Errorf("%+v: %g GB-seconds", tt, got)
		}
	}
}

func TestPublishedPrices(t *testing.T) {
	for _, tt := range []struct {
		item        string
		units, want float64
	}{
		{itemTransition, 1000, 0.025},
		{itemTransition, 1e6, 25},
		{itemExpressRequest, 1e6, 1},
		{itemExpressGBHour, 1000, 60},
		{itemExpressGBHour, 5000, 180},
		{itemExpressGBHour, 5001, 180.01642},
		{itemLambdaRequest, 1e6, 0.20},
		{itemLambdaGBSecond, 6e9, 100000.20},
		{itemLambdaGBSecond, 15e9, 235000.20},
		{itemLambdaGBSecond, 30e9, 435001.20},
		{itemLambdaARM, 7.5e9, 100000.50},
		{itemPut, 1000, 0.005},
		{itemGet, 1000, 0.0004},
		{itemStorage, 10000, 230},
		{itemFargateVCPU, 1460, 59.10},
		{itemFargateGB, 2920, 12.98},
		{"ec2.c7i.xlarge", 720, 128.52},
		{itemLogs, 1, 0.50},
		{itemPublish, 1e6, 0.50},
	} {
		if got := price(t, tt.item).Charge(tt.units, false); math.Abs(got-tt.want) > 0.005 {
			t.Errorf("%g of %s cost %g, want %g", tt.units, tt.item, got, tt.want)
		}
	}
}

func TestChargeAtTheEdgesOfTiers(t *testing.T) {
	p := Price{Tiers: []Tier{{10, 3}, {20, 2}, {0, 1}}, Free: 5}
	for _, tt := range []struct {
		units float64
		free  bool
		want  float64
	}{
		{0, false, 0}, {9, false, 27}, {10, false, 30}, {11, false, 32}, {20, false, 50}, {21, false, 51},
		{5, true, 0}, {4, true, 0}, {15, true, 30}, {16, true, 32},
	} {
		if got := p.Charge(tt.units, tt.free); got != tt.want {
			t.Errorf("%g units, free tier %v: %g, want %g", tt.units, tt.free, got, tt.want)
		}
	}
}

func TestReadPricesRefuses(t *testing.T) {
	const head = "schema: vqa.prices/v1\ncurrency: USD\nregions:\n  r:\n"
	const row = "    - {item: s3.put, unit: request, price: 1, source: a, checked: 2026-01-02}\n"
	if _, err := ReadPrices(strings.NewReader(head + row)); err != nil {
		t.Fatal(err)
	}
	for text, want := range map[string]string{
		"":                             "is empty",
		"schema: other\n":              `schema is "other"`,
		"schema: vqa.prices/v1\n":      "no regions",
		head + row + row:               "is there twice",
		head + "    - {itm: s3.put}\n": "itm",
		strings.ReplaceAll(head+row, "price: 1", "price: -1"):                       "must not be negative",
		strings.ReplaceAll(head+row, "price: 1", "price: .nan"):                     "must not be negative",
		strings.ReplaceAll(head+row, "price: 1, ", ""):                              "has no price",
		strings.ReplaceAll(head+row, "source: a, ", ""):                             "source and checked",
		strings.ReplaceAll(head+row, "2026-01-02", "yesterday"):                     "source and checked",
		strings.ReplaceAll(head+row, "s3.put", "ec2.c7i.large"):                     "vcpu and memory_gib",
		strings.ReplaceAll(head+row, "price: 1", "tiers: [{up_to: 1, price: 1}]"):   "must have no limit",
		strings.ReplaceAll(head+row, "price: 1", "tiers: [{price: 1}, {price: 1}]"): "must end above",
	} {
		if _, err := ReadPrices(strings.NewReader(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: error %v, want %q", text, err, want)
		}
	}
}

func TestWithReplacesItemByItem(t *testing.T) {
	mine, err := ReadPrices(strings.NewReader("schema: vqa.prices/v1\ncurrency: USD\nregions:\n  us-east-1:\n" +
		"    - {item: s3.put, unit: request, price: 1, source: a, checked: 2026-01-02}\n  mars-1:\n" +
		"    - {item: s3.put, unit: request, price: 2, source: a, checked: 2026-01-02}\n"))
	if err != nil {
		t.Fatal(err)
	}
	defaults := DefaultPrices()
	both := defaults.With(mine)
	for region, want := range map[string]float64{"us-east-1": 1, "mars-1": 2, "eu-west-1": 0.000005} {
		rows, err := both.region(region)
		if err != nil || rows[itemPut].Price != want {
			t.Errorf("%s: %v, %v", region, rows[itemPut], err)
		}
	}
	if rows, _ := both.region("us-east-1"); rows[itemGet] == nil || price(t, itemPut).Price != 0.000005 {
		t.Error("other prices were lost, or the defaults changed")
	}
}
