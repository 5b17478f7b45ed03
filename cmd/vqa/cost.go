package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/vqa-project/vqa/analyze/report"
	"github.com/vqa-project/vqa/costmodel"
	"github.com/vqa-project/vqa/costmodel/render"
)

const costHelp = `Say what it costs to watch many streams, and where each way of doing so ends.

  standard     Step Functions Standard runs converter and detectors as functions
               for each second of stream; pictures pass through S3
  express      the same with Step Functions Express
  ec2-groups   in process on EC2, the converter in each of several detector groups
  ec2          in process on EC2, one process for each stream
  fargate      in process on Fargate
  ec2-spot, fargate-spot   with --spot-discount

Every figure that is used is printed with its source, and every one that is not
a price is a flag. Without --profile, what this program takes is as it was
measured on one machine: run vqa bench on yours.`

const costExamples = `  vqa cost --streams 1,10,100,1000,10000 --html cost.html
  vqa cost --streams 1000 --hours 720 --profile profile.json --compare
  vqa cost --streams 3000 --transitions-per-second 10 --ec2-discount 30 --json -
  vqa cost --region eu-west-1 --instance c5.xlarge --variants standard,ec2,fargate`

// costOptions are the flags of `vqa cost`.
type costOptions struct {
	outputs    costOutputs
	request    costmodel.Request
	workload   costmodel.Workload
	parameters *pflag.FlagSet // those that are figures of the workload
	variants   []string
	compare    string
	resolution resolution
	passing    string
	prices     string
	profile    string
}

func newCostCmd() *cobra.Command {
	o := costOptions{workload: costmodel.Defaults(), request: costmodel.Request{Streams: []int{1, 10, 100, 1000}}}
	cmd := &cobra.Command{
		Use:     "cost [flags]",
		Short:   "Say what many streams cost, orchestrated or in process",
		Long:    costHelp,
		Example: costExamples,
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) > 0 {
				return usagef("figures are given by flags; see `vqa cost --help`", "cost takes no argument %q", args[0])
			}
			return o.run(cmd)
		},
	}
	groups := o.flags()
	for _, g := range groups {
		cmd.Flags().AddFlagSet(g.flags)
	}
	cmd.SetUsageFunc(groupedUsage(groups))
	for flag, words := range map[string][]string{
		"passing":  {string(costmodel.PerFrame), string(costmodel.PerSecond), string(costmodel.PerSegment)},
		"compare":  variantNames(),
		"variants": variantNames(),
	} {
		if err := cmd.RegisterFlagCompletionFunc(flag, cobra.FixedCompletions(words, cobra.ShellCompDirectiveNoFileComp)); err != nil {
			panic(err) // the flag is declared above
		}
	}
	cmd.AddCommand(newPricesCmd())
	return cmd
}

func variantNames() []string {
	var out []string
	for _, v := range costmodel.Variants() {
		out = append(out, string(v))
	}
	return out
}

// flags declares o's flags in the groups that help shows them in.
func (o *costOptions) flags() []flagGroup {
	results, what := newFlagSet(), newFlagSet()
	results.StringVar(&o.outputs.table, "table", "", "write tables to `FILE` (default - unless other results go there)")
	results.StringVar(&o.outputs.json, "json", "", "write a JSON document to `FILE`")
	results.StringVar(&o.outputs.csv, "csv", "", "write a line of CSV for each item to `FILE`")
	results.StringVar(&o.outputs.markdown, "markdown", "", "write Markdown to `FILE`")
	results.StringVar(&o.outputs.html, "html", "", "write a page with plots to `FILE`; it opens offline")
	results.StringVar(&o.compare, "compare", "", "say in sentences what is saved against `VARIANT`, instead of tables")
	results.Lookup("compare").NoOptDefVal = string(costmodel.Standard)

	what.IntSliceVar(&o.request.Streams, "streams", o.request.Streams, "numbers of `streams` to price")
	what.StringSliceVar(&o.variants, "variants", nil, "price only these `variants` (default all; those of Spot with --spot-discount)")
	what.StringVar(&o.workload.Region, "region", o.workload.Region, "`region` of AWS")
	what.StringVar(&o.prices, "prices", "", "take prices from a YAML `FILE` where it has them; vqa cost prices --yaml prints the form")
	what.StringVar(&o.profile, "profile", "", "take what was measured from a `FILE` that vqa bench wrote")
	o.resolution = resolution{o.workload.Width, o.workload.Height}
	what.Var(&o.resolution, "resolution", "`size` of pictures")
	what.StringVar(&o.passing, "passing", string(o.workload.Passing), "pictures of one object in storage: those of a `frame, second or segment`")
	what.StringVar(&o.workload.Instance, "instance", o.workload.Instance, "EC2 `type`")
	what.BoolVar(&o.workload.ARM, "arm-functions", false, "functions on Graviton, at the same speed")
	what.BoolVar(&o.workload.FreeTier, "free-tier", false, "leave out what a month has free")

	groups := []flagGroup{{"Results", results}, {"What is priced", what}}
	titles := map[costmodel.Group]string{
		costmodel.Load: "Load", costmodel.Measured: "What was measured", costmodel.Serverless: "Serverless design",
		costmodel.Machines: "Machines", costmodel.Limits: "Limits of the account",
	}
	o.parameters = newFlagSet()
	for _, p := range costmodel.Parameters() {
		if last := &groups[len(groups)-1]; last.title != titles[p.Group] {
			groups = append(groups, flagGroup{titles[p.Group], newFlagSet()})
		}
		fs := groups[len(groups)-1].flags
		fs.Var(figure{p.Pointer(&o.workload), p.Unit}, p.Name, p.Help)
		o.parameters.AddFlag(fs.Lookup(p.Name))
	}
	rest := newFlagSet()
	rest.BoolP("help", "h", false, "show this help")
	return append(groups, flagGroup{"Other", rest})
}

func (o *costOptions) run(cmd *cobra.Command) error {
	prices, err := readPrices(o.prices)
	if err != nil {
		return err
	}
	if err := o.setWorkload(cmd.Flags()); err != nil {
		return err
	}
	for _, name := range o.variants {
		if o.request.Variants, err = o.addVariant("--variants", strings.TrimSpace(name)); err != nil {
			return err
		}
	}
	if cmd.Flags().Changed("compare") {
		if !slices.Contains(variantNames(), o.compare) {
			return usagef("known are "+strings.Join(variantNames(), ", "), "--compare: unknown variant %q", o.compare)
		}
		o.request.Against = costmodel.Variant(o.compare)
		if o.request.Variants != nil && !slices.Contains(o.request.Variants, o.request.Against) {
			return usagef("", "--compare names %q, which --variants leaves out", o.compare)
		}
	}
	if err := o.outputs.check(o.request.Against != ""); err != nil {
		return err
	}
	model, err := costmodel.New(o.workload, prices)
	if err != nil {
		return o.explain(err, prices)
	}
	estimate, err := model.Estimate(o.request)
	if err != nil {
		return o.explain(err, prices)
	}
	return o.outputs.write(cmd.OutOrStdout(), estimate)
}

func (o *costOptions) addVariant(flag, name string) ([]costmodel.Variant, error) {
	v := costmodel.Variant(name)
	if !slices.Contains(costmodel.Variants(), v) {
		return nil, usagef("known are "+strings.Join(variantNames(), ", "), "%s: unknown variant %q", flag, name)
	}
	if slices.Contains(o.request.Variants, v) {
		return o.request.Variants, nil
	}
	return append(o.request.Variants, v), nil
}

// setWorkload puts together profile and flags; flags win.
func (o *costOptions) setWorkload(flags *pflag.FlagSet) error {
	w := &o.workload
	given := map[string]string{} // values of flags that were given
	o.parameters.VisitAll(func(f *pflag.Flag) {
		if f.Changed {
			given[f.Name] = f.Value.String()
		}
	})
	if o.profile != "" {
		p, err := readProfile(o.profile)
		if err != nil {
			return err
		}
		p.Apply(w)
		// What the serverless data path took was for the pictures and the
		// detectors that it was measured with.
		if !slices.ContainsFunc([]string{"samples-per-second", "frames-stored", "detectors", "detector-functions", "passing"}, flags.Changed) {
			p.ApplyStaged(w)
		}
	}
	w.SetRegion(w.Region)
	for name, value := range given {
		if err := o.parameters.Set(name, value); err != nil {
			return err // it was set to this value before
		}
		w.SetSource(name, "given")
	}
	w.Passing = costmodel.Passing(o.passing)
	if flags.Changed("resolution") || o.profile == "" {
		w.Width, w.Height = o.resolution.width, o.resolution.height
	}
	return nil
}

// explain turns an error of the model into one that says what to try.
func (o *costOptions) explain(err error, prices *costmodel.Prices) error {
	var parameter *costmodel.ParameterError
	var missing *costmodel.MissingPriceError
	switch {
	case errors.As(err, &parameter):
		return usagef("see `vqa cost --help`", "--%w", err)
	case errors.As(err, &missing) && missing.Item == "":
		return usagef("known are "+strings.Join(missing.Known, ", ")+"; give others with --prices FILE, or read them with `vqa cost prices --refresh`", "--region: %w", err)
	case errors.As(err, &missing):
		hint := "give it with --prices FILE, which `vqa cost prices --refresh --region " + missing.Region + "` writes with credentials for AWS"
		if priced := o.priced(prices); len(priced) > 0 {
			hint += ", or price others: --variants " + strings.Join(priced, ",")
		}
		if slices.Sort(missing.Known); len(missing.Known) > 0 {
			hint += "; --instance may be " + strings.Join(missing.Known, ", ")
		}
		return usagef(hint, "%w", err)
	}
	return err
}

// priced returns the variants whose prices are all known.
func (o *costOptions) priced(prices *costmodel.Prices) []string {
	model, err := costmodel.New(o.workload, prices)
	if err != nil {
		return nil
	}
	var out []string
	for _, v := range []costmodel.Variant{costmodel.Standard, costmodel.Express, costmodel.EC2Groups, costmodel.EC2, costmodel.Fargate} {
		var missing *costmodel.MissingPriceError
		if _, err := model.Cost(v, 1); !errors.As(err, &missing) {
			out = append(out, string(v))
		}
	}
	return out
}

func readProfile(path string) (*costmodel.Profile, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, usagef("", "reading profile: %w", err)
	}
	defer f.Close()
	p, err := costmodel.ReadProfile(f)
	if err != nil {
		return nil, usagef("`vqa bench CLIP --out FILE` writes one", "reading profile: %q %w", path, err)
	}
	return p, nil
}

// figure is the value of a flag that is a number with a unit, which help shows.
type figure struct {
	v    *float64
	unit string
}

func (f figure) Set(text string) (err error) {
	*f.v, err = strconv.ParseFloat(text, 64)
	return err
}

func (f figure) String() string {
	if f.v == nil {
		return ""
	}
	return strconv.FormatFloat(*f.v, 'g', -1, 64)
}

func (f figure) Type() string {
	if f.unit == "" {
		return "number"
	}
	return f.unit
}

// resolution is the value of --resolution.
type resolution struct{ width, height int }

func (r *resolution) Set(text string) error {
	var w, h int
	if _, err := fmt.Sscanf(text, "%dx%d", &w, &h); err != nil || fmt.Sprintf("%dx%d", w, h) != text {
		return errors.New("must be a width and a height such as 1920x1080")
	}
	*r = resolution{w, h}
	return nil
}

func (r *resolution) String() string { return fmt.Sprintf("%dx%d", r.width, r.height) }
func (r *resolution) Type() string   { return "size" }

// costOutputs says where results go, by format.
type costOutputs struct {
	table, json, csv, markdown, html string

	sentences bool // on standard output, instead of a table
}

type costOutput struct {
	option, path string
	write        func(io.Writer, *costmodel.Estimate) error
}

func (o *costOutputs) list() []costOutput {
	return slices.DeleteFunc([]costOutput{
		{"--table", o.table, render.Table},
		{"--json", o.json, render.JSON},
		{"--csv", o.csv, render.CSV},
		{"--markdown", o.markdown, render.Markdown},
		{"--html", o.html, render.HTML},
	}, func(out costOutput) bool { return out.path == "" })
}

// check fills in what goes to standard output where nothing else does, and
// says whether two outputs get in each other's way.
func (o *costOutputs) check(sentences bool) error {
	list := o.list()
	if o.sentences = sentences; !sentences && !slices.ContainsFunc(list, func(out costOutput) bool { return out.path == stdio }) {
		o.table = stdio
		if len(list) > 0 && list[0].option == "--table" {
			o.table = list[0].path
		}
		list = o.list()
	}
	for i, a := range list {
		if a.path == stdio && sentences {
			return usagef("give a file to it", "%s and --compare both go to standard output", a.option)
		}
		for _, b := range list[:i] {
			if a.path == stdio && b.path == stdio {
				return usagef("give a file to one of them", "%s and %s both go to standard output", b.option, a.option)
			}
			if a.path != stdio && b.path != stdio && sameFile(a.path, b.path) {
				return usagef("give each its own file", "%s and %s are the same file %q", b.option, a.option, a.path)
			}
		}
	}
	return nil
}

func (o *costOutputs) write(stdout io.Writer, e *costmodel.Estimate) error {
	if o.sentences {
		if err := render.Sentences(stdout, e); err != nil {
			return err
		}
	}
	for _, out := range o.list() {
		if out.path == stdio {
			if err := out.write(stdout, e); err != nil {
				return err
			}
			continue
		}
		f, err := report.Create(out.path)
		if err != nil {
			return fmt.Errorf("%s: %w", out.option, err)
		}
		if err := errors.Join(out.write(f, e), f.Close()); err != nil {
			return fmt.Errorf("%s: %w", out.option, err)
		}
	}
	return nil
}
