package main

import (
	"context"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"go.yaml.in/yaml/v3"

	"github.com/vqa-project/vqa/analyze/report"
	"github.com/vqa-project/vqa/analyze/store"
	"github.com/vqa-project/vqa/costmodel"
	"github.com/vqa-project/vqa/costmodel/render"
)

// refreshTimeout is how long the price list may take for everything.
const refreshTimeout = 3 * time.Minute

const pricesHelp = `Print the prices that vqa cost works with: of all regions or one, each with its
source and the day it was checked.

With --refresh, those of one region are read from the AWS Price List API and
printed as YAML, in the form that --prices reads. Each is dated with the day AWS
published it. What the price list has no answer for stays as it is, and is named
on standard error. Credentials are found as the AWS tools find them; they need
the permission pricing:GetProducts.`

const pricesExamples = `  vqa cost prices --region eu-west-1
  vqa cost prices --refresh --region eu-west-1 > prices.yaml
  vqa cost --region eu-west-1 --prices prices.yaml`

// pricesOptions are the flags of `vqa cost prices`.
type pricesOptions struct {
	region, path    string
	asYAML, refresh bool
}

func newPricesCmd() *cobra.Command {
	var o pricesOptions
	cmd := &cobra.Command{
		Use:     "prices",
		Short:   "Print the prices, with their sources and dates",
		Long:    pricesHelp,
		Example: pricesExamples,
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) > 0 {
				return usagef("", "prices takes no arguments")
			}
			return o.run(cmd)
		},
	}
	flags := newFlagSet()
	flags.StringVar(&o.region, "region", "", "only those of this `region` (with --refresh, default "+costmodel.Defaults().Region+")")
	flags.StringVar(&o.path, "prices", "", "with those of a YAML `FILE` in place of others")
	flags.BoolVar(&o.asYAML, "yaml", false, "print YAML, in the form that --prices reads")
	flags.BoolVar(&o.refresh, "refresh", false, "read the prices of a region from AWS, and print YAML")
	flags.BoolP("help", "h", false, "show this help")
	cmd.Flags().AddFlagSet(flags)
	cmd.SetUsageFunc(groupedUsage([]flagGroup{{"Flags", flags}})) // not those of vqa cost
	return cmd
}

func (o *pricesOptions) run(cmd *cobra.Command) error {
	prices, err := readPrices(o.path)
	if err != nil {
		return err
	}
	if o.refresh {
		if o.region == "" {
			o.region = costmodel.Defaults().Region
		}
		ctx, cancel := context.WithTimeout(cmd.Context(), refreshTimeout)
		defer cancel()
		if prices, err = refreshPrices(ctx, cmd.ErrOrStderr(), prices, o.region); err != nil {
			return err
		}
		return writeYAML(cmd.OutOrStdout(), prices)
	}
	missing := missingPrices(prices, o.region)
	if o.region != "" {
		rows, ok := prices.Regions[o.region]
		if !ok {
			return usagef("give it with --prices FILE, or read it with --refresh", "--region: no prices for region %q", o.region)
		}
		prices.Regions = map[string][]costmodel.Price{o.region: rows}
	}
	if o.asYAML {
		return writeYAML(cmd.OutOrStdout(), prices)
	}
	if err := render.Prices(cmd.OutOrStdout(), prices); err != nil {
		return err
	}
	fmt.Fprint(cmd.OutOrStdout(), missing)
	return nil
}

// missingPrices says what a region, or each, has no price for that others have.
func missingPrices(prices *costmodel.Prices, region string) string {
	var b strings.Builder
	for _, name := range slices.Sorted(maps.Keys(prices.Regions)) {
		if items := prices.Missing(name); len(items) > 0 && (region == "" || region == name) {
			fmt.Fprintf(&b, "\n%s has no price that could be sourced for %s;\n--refresh reads them from AWS, and --prices FILE gives them\n", name, strings.Join(items, ", "))
		}
	}
	return b.String()
}

// refreshPrices reads the prices of a region from AWS, and says on stderr which
// it could not read.
func refreshPrices(ctx context.Context, stderr io.Writer, prices *costmodel.Prices, region string) (*costmodel.Prices, error) {
	list, err := store.OpenPriceList(ctx)
	if err != nil {
		return nil, err
	}
	queries := prices.PriceQueries(region)
	products := map[string][]string{}
	for _, q := range queries {
		if products[q.Item], err = list.Products(ctx, q.Service, q.Filters); err != nil {
			return nil, err
		}
	}
	fresh, kept := prices.Refresh(region, products)
	if len(kept) == len(queries) {
		return nil, usagef("is it the name of a region, such as eu-west-1?", "--region: the AWS price list has no price for region %q", region)
	}
	for _, k := range kept {
		stays := "it has no price"
		if k.Checked != "" {
			stays = "the price of " + k.Checked + " stays"
		}
		fmt.Fprintf(stderr, "vqa: %s: %s; %s\n", k.Item, report.Printable(k.Reason.Error()), stays)
	}
	return fresh, nil
}

// readPrices returns the prices that come with the program, with those of a
// file in their place where one is named.
func readPrices(path string) (*costmodel.Prices, error) {
	prices := costmodel.DefaultPrices()
	if path == "" {
		return prices, nil
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, usagef("", "reading prices: %w", err)
	}
	defer f.Close()
	mine, err := costmodel.ReadPrices(f)
	if err != nil {
		return nil, usagef("`vqa cost prices --yaml` prints the form", "reading prices: %q: %w", path, err)
	}
	return prices.With(mine), nil
}

func writeYAML(w io.Writer, prices *costmodel.Prices) error {
	enc := yaml.NewEncoder(w)
	enc.SetIndent(2)
	if err := enc.Encode(prices); err != nil {
		return err
	}
	return enc.Close()
}
