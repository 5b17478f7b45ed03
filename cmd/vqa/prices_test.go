package main

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/vqa-project/vqa/costmodel"
)

// servePriceList answers from the cost model's test data as AWS would, two
// products a page.
func servePriceList(t *testing.T) {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var query struct {
			ServiceCode, NextToken string
			Filters                []struct{ Field, Value string }
		}
		if err := json.NewDecoder(r.Body).Decode(&query); err != nil {
			t.Error(err)
		}
		text, err := os.ReadFile(filepath.Join("..", "..", "costmodel", "testdata", "pricelist", filepath.Base(query.ServiceCode)+".json"))
		if err != nil {
			t.Error(err)
		}
		var products []json.RawMessage
		if err := json.Unmarshal(text, &products); err != nil {
			t.Error(err)
		}
		found := []string{}
	products:
		for _, text := range products {
			var p struct {
				Product struct {
					ProductFamily string
					Attributes    map[string]string
				}
			}
			if err := json.Unmarshal(text, &p); err != nil {
				t.Error(err)
			}
			p.Product.Attributes["productFamily"] = p.Product.ProductFamily
			for _, f := range query.Filters {
				if p.Product.Attributes[f.Field] != f.Value {
					continue products
				}
			}
			found = append(found, string(text))
		}
		answer := map[string]any{"FormatVersion": "aws_v1"}
		if query.NextToken != "" {
			found = found[len(query.NextToken):] // a letter for each product before it
		}
		if len(found) > 2 {
			found, answer["NextToken"] = found[:2], query.NextToken+"xx"
		}
		answer["PriceList"] = found
		w.Header().Set("Content-Type", "application/x-amz-json-1.1")
		if err := json.NewEncoder(w).Encode(answer); err != nil {
			t.Error(err)
		}
	}))
	t.Cleanup(s.Close)
	t.Setenv("AWS_ENDPOINT_URL_PRICING", s.URL)
	t.Setenv("AWS_ACCESS_KEY_ID", "key")
	t.Setenv("AWS_SECRET_ACCESS_KEY", "secret")
}

func TestRefreshPrices(t *testing.T) {
	servePriceList(t)
	run := func(args ...string) (string, string, error) {
		var stdout, stderr bytes.Buffer
		cmd := newCostCmd()
		cmd.SetOut(&stdout)
		cmd.SetErr(&stderr)
		cmd.SetArgs(args)
		cmd.SilenceErrors, cmd.SilenceUsage = true, true
		err := cmd.ExecuteContext(t.Context())
		return stdout.String(), stderr.String(), err
	}
	file, said, err := run("prices", "--refresh")
	if err != nil {
		t.Fatal(err)
	}
	prices, err := costmodel.ReadPrices(strings.NewReader(file))
	if err != nil || len(prices.Regions["us-east-1"]) != len(costmodel.DefaultPrices().Regions["us-east-1"]) {
		t.Fatalf("%v, %s", err, file)
	}
	read := 0
	for _, p := range prices.Regions["us-east-1"] {
		if p.Source == costmodel.PriceListSource {
			read++
		} else if !strings.Contains(said, "vqa: "+p.Item+": no product in the price list; the price of "+p.Checked+" stays\n") {
			t.Errorf("%s stays, and nothing is said: %s", p.Item, said)
		}
	}
	if read != 17 || strings.Count(said, "\n") != len(prices.Regions["us-east-1"])-read {
		t.Errorf("%d were read; said %s", read, said)
	}
	path := filepath.Join(t.TempDir(), "prices.yaml")
	if err := os.WriteFile(path, []byte(file), 0o600); err != nil {
		t.Fatal(err)
	}
	if out, _, err := run("--prices", path, "--streams", "1"); err != nil || !strings.Contains(out, costmodel.PriceListSource) {
		t.Errorf("%v, %s", err, out)
	}

	file, said, err = run("prices", "--refresh", "--region", "eu-west-1")
	if err != nil || !strings.Contains(file, "stepfunctions.express.gb_hour") || strings.Contains(file, "us-east-1") ||
		!strings.Contains(said, "vqa: ec2.c7i.large: no product in the price list; it has no price\n") {
		t.Errorf("%v, %s%s", err, said, file)
	}
	if _, _, err := run("prices", "--refresh", "--region", "mars-1"); err == nil || exitCode(err) != 2 || !strings.Contains(err.Error(), `no price for region "mars-1"`) {
		t.Errorf("%v", err)
	}
}
