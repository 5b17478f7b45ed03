package timestamps

import (
	"slices"
	"time"
)

// presumed is how old a step must be to be shown before it is judged: streams
// that step together have done so by then, as a rule.
const presumed = 500 * time.Millisecond

// open reports what goes on as it would be if it ended now, and steps as far
// as they can be judged.
func (r *run) open() {
	now := *r
	now.steps = slices.DeleteFunc(slices.Clone(r.steps), func(s step) bool { return r.elapsed-s.elapsed < presumed })
	for len(now.steps) > 0 {
		now.settle()
	}
	for _, l := range r.lines {
		line := *l
		now.closeSpell(&line, &line.repeats, Repeated)
		now.closeSpell(&line, &line.missing, Missing)
		now.closeDrift(&line)
	}
}
