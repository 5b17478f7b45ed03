package loudness

import (
	"errors"
	"flag"
	"fmt"
	"strconv"
)

// fromProfile is the value of an option that does not override its profile.
const fromProfile = "profile"

// An override is the value of an option that is a number from least to most, or
// else that of the profile.
type override struct {
	given       bool
	value       float64
	least, most float64
}

func overrideVar(fs *flag.FlagSet, o *override, name string, least, most float64, usage string) {
	*o = override{least: least, most: most}
	fs.Var(o, name, fmt.Sprintf("%s (%v to %v, or %s)", usage, least, most, fromProfile))
}

// or returns the value, or the profile's.
func (o *override) or(profile float64) float64 {
	if o.given {
		return o.value
	}
	return profile
}

// Set implements [flag.Value].
func (o *override) Set(s string) error {
	if s == fromProfile {
		o.given = false
		return nil
	}
	v, err := strconv.ParseFloat(s, 64)
	mustBe := fmt.Sprintf("must be between %v and %v, or %s", o.least, o.most, fromProfile)
	if errors.Is(err, strconv.ErrSyntax) {
		return errors.New("not a number, " + mustBe)
	}
	if !(v >= o.least && v <= o.most) { // NaN, too
		return errors.New(mustBe)
	}
	o.given, o.value = true, v
	return nil
}

// Get implements [flag.Getter].
func (o *override) Get() any {
	if o.given {
		return o.value
	}
	return fromProfile
}

func (o *override) String() string { return fmt.Sprint(o.Get()) }
