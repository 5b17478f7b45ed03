package detectors

import (
	"errors"
	"flag"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// DurationVar declares an option on fs that takes a duration from least to
// most, both included, written as Go writes durations: "40ms", "1m30s". The
// range is added to usage; a value out of it is an error from Set.
func DurationVar(fs *flag.FlagSet, p *time.Duration, name string, def, least, most time.Duration, usage string) {
	declare(fs, &durationValue{ranged[time.Duration]{p, least, most}}, name, def, usage)
}

// FloatVar declares an option on fs that takes a number from least to most,
// both included. Its unit belongs in usage, as a word in back quotes that
// help then shows for the value: "level in `dBFS` below which ...". The range
// is added to usage; a value out of it is an error from Set.
func FloatVar(fs *flag.FlagSet, p *float64, name string, def, least, most float64, usage string) {
	declare(fs, &floatValue{ranged[float64]{p, least, most}}, name, def, usage)
}

// ChoiceVar declares an option on fs that takes one of choices. They are added
// to usage; anything else is an error from Set.
func ChoiceVar(fs *flag.FlagSet, p *string, name, def string, choices []string, usage string) {
	v := &choiceValue{p, choices}
	if err := v.Set(def); err != nil {
		panic(fmt.Sprintf("detectors: default of option %s %s, not %q", name, err, def))
	}
	fs.Var(v, name, fmt.Sprintf("%s (%s)", usage, strings.Join(choices, ", ")))
}

// declare panics where the default is out of range, because that is a mistake
// in the program and not in how it is used.
func declare[T time.Duration | float64](fs *flag.FlagSet, v interface {
	flag.Value
	set(T) error
	limits() string
}, name string, def T, usage string) {
	if err := v.set(def); err != nil {
		panic(fmt.Sprintf("detectors: default of option %s %s, not %v", name, err, def))
	}
	fs.Var(v, name, fmt.Sprintf("%s (%s)", usage, v.limits()))
}

// ranged is a number with its limits. Its p is nil in the zero value, which
// package flag makes to find out whether a default is worth showing.
type ranged[T time.Duration | float64] struct {
	p           *T
	least, most T
}

// set holds v against the limits so that NaN, which compares with nothing, is
// out of range.
func (r *ranged[T]) set(v T) error {
	if !(v >= r.least && v <= r.most) {
		return errors.New(r.mustBe())
	}
	*r.p = v
	return nil
}

func (r *ranged[T]) mustBe() string {
	return fmt.Sprintf("must be between %v and %v", r.least, r.most)
}

func (r *ranged[T]) limits() string { return fmt.Sprintf("%v to %v", r.least, r.most) }

// Get implements [flag.Getter].
func (r *ranged[T]) Get() any { return *r.p }

func (r *ranged[T]) String() string {
	if r.p == nil {
		return ""
	}
	return fmt.Sprint(*r.p)
}

type durationValue struct{ ranged[time.Duration] }

func (v *durationValue) Set(s string) error {
	d, err := time.ParseDuration(s)
	if err != nil {
		return fmt.Errorf("not a duration such as 500ms or 2s, %s", v.mustBe())
	}
	return v.set(d)
}

type floatValue struct{ ranged[float64] }

func (v *floatValue) Set(s string) error {
	f, err := strconv.ParseFloat(s, 64)
	if errors.Is(err, strconv.ErrSyntax) {
		return fmt.Errorf("not a number, %s", v.mustBe())
	}
	return v.set(f) // what is too large for a float64 came as infinity
}

type choiceValue struct {
	p       *string // nil in the zero value, as in ranged
	choices []string
}

func (v *choiceValue) Set(s string) error {
	if !slices.Contains(v.choices, s) {
		return fmt.Errorf("must be one of %s", strings.Join(v.choices, ", "))
	}
	*v.p = s
	return nil
}

// Get implements [flag.Getter].
func (v *choiceValue) Get() any { return *v.p }

func (v *choiceValue) String() string {
	if v.p == nil {
		return ""
	}
	return *v.p
}
