package costmodel

import (
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
)

// answers returns what testdata has for each query, by item.
func answers(t *testing.T, queries []PriceQuery) map[string][]string {
	t.Helper()
	out := map[string][]string{}
	for _, q := range queries {
		text, err := os.ReadFile(filepath.Join("testdata", "pricelist", q.Service+".json"))
		if err != nil {
			t.Fatal(err)
		}
		var products []json.RawMessage
		if err := json.Unmarshal(text, &products); err != nil {
			t.Fatal(err)
		}
		for _, p := range products { // all: Refresh must tell by itself which are the item's
			out[q.Item] = append(out[q.Item], string(p))
		}
	}
	return out
}

// The prices of testdata are those that come with the program, but for what the
// price list says in other words.
func TestRefresh(t *testing.T) {
	defaults := DefaultPrices()
	const region = "us-east-1"
	fresh, kept := defaults.Refresh(region, answers(t, defaults.PriceQueries(region)))
	if len(fresh.Regions) != 1 || len(fresh.Regions[region]) != len(defaults.Regions[region]) {
		t.Fatalf("%d regions, %d prices", len(fresh.Regions), len(fresh.Regions[region]))
	}
	missing := map[string]bool{}
	for _, k := range kept {
		missing[k.Item] = true
		if !strings.HasPrefix(k.Item, ec2Prefix) || k.Checked == "" || k.Reason.Error() != "no product in the price list" {
			t.Errorf("kept %+v", k)
		}
	}
	if len(missing) != 18 || missing["ec2.c7i.xlarge"] || !missing["ec2.c8g.large"] {
		t.Errorf("kept %v", missing)
	}
	days := map[string]string{itemTransition: "2026-10-12", itemLambdaARM: "2026-10-01", itemStorage: "2026-09-28", itemFargateGB: "2026-09-11",
		"ec2.c7i.xlarge": "2026-10-20", itemZoneTransfer: "2026-10-15", itemLogs: "2026-09-22", itemPublish: "2026-09-15"}
	for i, got := range fresh.Regions[region] {
		want := defaults.Regions[region][i]
		if missing[got.Item] {
			if !reflect.DeepEqual(got, want) {
				t.Errorf("%s is in no answer and changed: %+v", got.Item, got)
			}
			continue
		}
		if got.Source != PriceListSource || days[got.Item] != "" && got.Checked != days[got.Item] {
			t.Errorf("%s: source %q of %s", got.Item, got.Source, got.Checked)
		}
		got.Source, got.Checked = want.Source, want.Checked
		switch got.Item {
		case itemPublish:
			want.Free = 1e6 // its first range
		case itemStorage:
			want.Price, want.Tiers = 0, []Tier{{51200, 0.023}, {512000, 0.022}, {0, 0.021}}
		case itemExpressGBHour: // of seconds, rounded
			want.Tiers = []Tier{{1000, 0.060012}, {5000, 0.029988}, {0, 0.016416}}
		}
		if !reflect.DeepEqual(got, want) {
			t.Errorf("%s: got %+v, want %+v", got.Item, got, want)
		}
	}
}

// The worked example of AWS, with its seconds as the price list has them: in
// cents it differs from the page, where hours are rounded.
func TestRefreshedExpressTiers(t *testing.T) {
	defaults := DefaultPrices()
	fresh, _ := defaults.Refresh("us-east-1", answers(t, defaults.PriceQueries("us-east-1")))
	rows, err := fresh.region("us-east-1")
	if err != nil {
		t.Fatal(err)
	}
	const seconds = 100e6 * 10 / 16
	want := 3.6e6*0.00001667 + 14.4e6*0.00000833 + (seconds-18e6)*0.00000456
	if got := rows[itemExpressGBHour].Charge(seconds/3600, false); math.Abs(got-want) > 1e-6 || math.Abs(got-382.97) > 0.1 {
		t.Errorf("duration costs %.4f, want %.4f", got, want)
	}
}

// Another region: its usage types have a code before them, and a row comes to
// be where there was none.
func TestRefreshAnotherRegion(t *testing.T) {
	defaults := DefaultPrices()
	fresh, kept := defaults.Refresh("eu-west-1", answers(t, defaults.PriceQueries("eu-west-1")))
	rows, err := fresh.region("eu-west-1")
	if err != nil {
		t.Fatal(err)
	}
	if r := rows[itemExpressRequest]; r == nil || r.Price != 0.000001 || r.Unit != "request" || r.Source != PriceListSource {
		t.Errorf("Express: %+v", r)
	}
	if r := rows[itemLogs]; r.Price != 0.57 || r.Source != PriceListSource {
		t.Errorf("logs: %+v", r)
	}
	if r := rows[itemPut]; r.Source == PriceListSource || rows["ec2.c7i.xlarge"] != nil {
		t.Errorf("invented: %+v, %+v", r, rows["ec2.c7i.xlarge"])
	}
	for _, k := range kept {
		if had := rows[k.Item] != nil; had != (k.Checked != "") {
			t.Errorf("kept %+v, and its row is there: %v", k, had)
		}
	}
}

func TestRefreshRefuses(t *testing.T) {
	const good = `{"product": {"attributes": {"regionCode": "us-east-1", "usagetype": "USE1-StepFunctions-GB-Second"}},
		"terms": {"OnDemand": {"t": {"effectiveDate": "2026-10-01T00:00:00Z", "priceDimensions": {
		"a": {"unit": "GB-Seconds", "beginRange": "0", "endRange": "10", "pricePerUnit": {"USD": "2"}},
		"b": {"unit": "GB-Seconds", "beginRange": "10", "endRange": "Inf", "pricePerUnit": {"USD": "1"}}}}}}}`
	l := listing{itemExpressGBHour, "GB-hour", "AmazonStates", "StepFunctions-GB-Second", nil, 3600}
	for _, tt := range []struct{ from, to, want string }{
		{"", "", ""},
		{"us-east-1", "us-east-2", "no product"},
		{"USE1-Step", "USE1-Other-Step", "no product"},
		{`"GB-Seconds"`, `"1000 GB-Seconds"`, `unit is "1000 GB-Seconds"`},
		{`"GB-Seconds"`, `"GB-Hours"`, `unit is "GB-Hours"`},
		{"USD", "CNY", "no price in USD"},
		{`"2"`, `"two"`, "no price of a range"},
		{`"2"`, `"-2"`, "must not be negative"},
		{`"10", "pricePer`, `"9", "pricePer`, "do not follow"},
		{`"Inf"`, `"20"`, "do not follow"},
		{`"beginRange": "0"`, `"beginRange": "1"`, "do not follow"},
		{"2026-10-01T00:00:00Z", "", "its date"},
		{"{", "[", "not as documented"},
	} {
		row, err := l.price("us-east-1", []string{strings.ReplaceAll(good, tt.from, tt.to)})
		if tt.from == "" {
			row, err = l.price("us-east-1", []string{good, good})
			if err != nil || row.Checked != "2026-10-01" || row.Tiers[0].Price != 7200 {
				t.Errorf("%+v, %v", row, err)
			}
		} else if err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s for %s: %+v, error %v, want %q", tt.to, tt.from, row, err, tt.want)
		}
	}
	other := strings.ReplaceAll(good, `"2"`, `"3"`)
	if _, err := l.price("us-east-1", []string{good, other}); err == nil || !strings.Contains(err.Error(), "different prices") {
		t.Errorf("two prices: %v", err)
	}
}
