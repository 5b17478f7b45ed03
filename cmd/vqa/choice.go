package main

import (
	"flag"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/vqa-project/vqa/analyze"
	"github.com/vqa-project/vqa/detectors"
)

// A configured detector is one whose options are flags of a command.
type configured struct {
	*detectors.Detector
	start   detectors.Start
	options *flag.FlagSet  // by their own names
	flags   *pflag.FlagSet // the same, as --freeze.min-duration
}

func configure(dets []*detectors.Detector) []configured {
	var out []configured
	for _, d := range dets {
		c := configured{
			Detector: d,
			options:  flag.NewFlagSet(d.Name, flag.ContinueOnError),
			flags:    newFlagSet(),
		}
		c.start = d.Setup(c.options)
		c.options.VisitAll(func(f *flag.Flag) {
			p := pflag.PFlagFromGoFlag(f)
			p.Name, p.Shorthand = d.Name+"."+f.Name, ""
			c.flags.AddFlag(p)
		})
		out = append(out, c)
	}
	return out
}

// newFlagSet returns a set of flags that stay in the order they were declared in.
func newFlagSet() *pflag.FlagSet {
	fs := pflag.NewFlagSet("", pflag.ContinueOnError)
	fs.SortFlags = false
	return fs
}

// detector returns the detector for a run, with the options' values as they
// are now.
func (c configured) detector() analyze.Detector {
	values := map[string]any{}
	c.options.VisitAll(func(f *flag.Flag) { values[f.Name] = optionValue(f) })
	return analyze.Detector{Detector: c.Detector, Start: c.start, Options: values}
}

// optionValue returns the value of an option for the report: a duration as
// people write it, anything else that JSON has a type for as it is.
func optionValue(f *flag.Flag) any {
	if g, ok := f.Value.(flag.Getter); ok {
		switch v := g.Get().(type) {
		case time.Duration:
			return v.String()
		case float64:
			if !math.IsNaN(v) && !math.IsInf(v, 0) {
				return v
			}
		case bool, int, int64, uint, uint64:
			return v
		}
	}
	return f.Value.String()
}

// What --detectors and --fail-on take beside names of detectors.
const (
	allDetectors = "all"
	noDetectors  = "none"
	anyDetector  = "any"
)

// choose returns those of dets that names has, in the order of dets. No names
// mean all.
func choose(dets []configured, names []string) ([]configured, error) {
	if len(names) == 0 || slices.Equal(names, []string{allDetectors}) {
		return dets, nil
	}
	if slices.Equal(names, []string{noDetectors}) {
		return nil, nil
	}
	if err := checkNames("--detectors", dets, names); err != nil {
		return nil, err
	}
	var out []configured
	for _, d := range dets {
		if slices.Contains(names, d.Name) {
			out = append(out, d)
		}
	}
	return out, nil
}

// checkFailOn says whether --fail-on can be held against a run of dets.
func checkFailOn(dets, chosen []configured, names []string) error {
	if slices.Equal(names, []string{anyDetector}) {
		return nil
	}
	if err := checkNames("--fail-on", dets, names); err != nil {
		return err
	}
	for _, name := range names {
		if !slices.Contains(namesOf(chosen), name) {
			return usagef("add it to --detectors, or take it from --fail-on", "--fail-on names %q, which --detectors leaves out", name)
		}
	}
	return nil
}

func checkNames(option string, dets []configured, names []string) error {
	known := namesOf(dets)
	for _, name := range names {
		if !slices.Contains(known, name) {
			return usagef("known are "+strings.Join(known, ", "), "%s: unknown detector %q", option, name)
		}
	}
	return nil
}

func namesOf(dets []configured) []string {
	var out []string
	for _, d := range dets {
		out = append(out, d.Name)
	}
	return out
}

// completeNames completes the last of a list of detectors.
func completeNames(dets []*detectors.Detector, more ...string) cobra.CompletionFunc {
	return func(_ *cobra.Command, _ []string, typed string) ([]cobra.Completion, cobra.ShellCompDirective) {
		before := typed[:strings.LastIndexByte(typed, ',')+1]
		var out []cobra.Completion
		for _, d := range dets {
			if !slices.Contains(strings.Split(before, ","), d.Name) {
				out = append(out, cobra.CompletionWithDesc(before+d.Name, d.Title()))
			}
		}
		if before == "" {
			out = append(out, more...)
		}
		return out, cobra.ShellCompDirectiveNoFileComp | cobra.ShellCompDirectiveNoSpace
	}
}

// streamIndexes is the value of --video and --audio: nil where it was not
// given, empty for none.
type streamIndexes struct{ p *[]int }

const noStreams = "none"

func (s streamIndexes) Set(text string) error {
	indexes := []int{}
	if text != noStreams {
		for field := range strings.SplitSeq(text, ",") {
			var i uint16
			if _, err := fmt.Sscanf(field, "%d", &i); err != nil || fmt.Sprint(i) != field {
				return fmt.Errorf("must be indexes of streams such as 0 or 1,2, or %s", noStreams)
			}
			indexes = append(indexes, int(i))
		}
	}
	*s.p = indexes
	return nil
}

func (s streamIndexes) String() string {
	switch {
	case s.p == nil || *s.p == nil:
		return ""
	case len(*s.p) == 0:
		return noStreams
	}
	return strings.Trim(strings.Join(strings.Fields(fmt.Sprint(*s.p)), ","), "[]")
}

func (s streamIndexes) Type() string { return "N,..." }
