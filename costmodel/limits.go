package costmodel

import (
	"errors"
	"math"
	"slices"
)

// A Wall is a limit, and the number of streams at which it is reached.
type Wall struct {
	Limit      string  `json:"limit"`
	Allowed    float64 `json:"allowed"`
	PerStream  float64 `json:"per_stream"` // what one stream takes of it
	Unit       string  `json:"unit"`
	Streams    float64 `json:"streams"` // the most that still fit
	Adjustable bool    `json:"adjustable"`
}

// Walls returns the limits of a variant, the first to be reached first.
func (m *Model) Walls(v Variant) []Wall {
	w := &m.Workload
	var walls []Wall
	rate := func(limit, unit string, allowed, perStream float64) {
		if perStream > 0 {
			walls = append(walls, Wall{limit, allowed, perStream, unit, floor(allowed / perStream), true})
		}
	}
	// A hard limit is passed by a single stream, or by none.
	hard := func(limit, unit string, allowed, value float64) {
		if value > allowed {
			walls = append(walls, Wall{limit, allowed, value, unit, 0, false})
		}
	}
	switch v {
	case Standard:
		rate("state transitions", "1/s", w.TransitionRate, w.transitions())
		// An execution whose history is full goes on in a new one.
		rate("execution starts", "1/s", w.StartRate, 1/w.executionSeconds())
		rate("open executions", "", w.OpenExecution, 1)
		hard("events of one step in the history", "", w.HistoryEvents, w.transitions()/w.steps()*w.EventsPerTransition)
	case Express:
		rate("execution starts, Express", "1/s", w.ExpressStartRate, 1/w.ExpressSeconds)
		hard("length of an Express execution", "s", w.ExpressLimitS, w.ExpressSeconds)
	}
	switch v {
	case Standard, Express:
		rate("concurrent functions", "", w.FunctionConcurrency, w.functionSeconds())
		hard("data between states", "kB", w.PayloadLimitKB, w.PayloadKB)
	default:
		each, err := m.perMachine(v)
		var small *DoesNotFitError
		if errors.As(err, &small) {
			walls = append(walls, Wall{Limit: "size of a machine: " + small.What})
		} else if err == nil {
			host, _ := m.machine(v) // found by perMachine
			quota, name := w.EC2Quota, "vCPUs of EC2"
			if v == Fargate || v == FargateSpot {
				quota, name = w.FargateQuota, "vCPUs of Fargate"
			}
			if quota > 0 {
				streams := floor(floor(quota/host.vcpu) * each / w.groups(v))
				walls = append(walls, Wall{name, quota, host.vcpu * w.groups(v) / each, "", streams, true})
			}
		}
	}
	slices.SortStableFunc(walls, func(a, b Wall) int { return compare(a.Streams, b.Streams) })
	return walls
}

// Wall returns the number of streams that a variant can take, +Inf where no
// limit is known.
func (m *Model) Wall(v Variant) (streams float64, limit string) {
	if walls := m.Walls(v); len(walls) > 0 {
		return walls[0].Streams, walls[0].Limit
	}
	return math.Inf(1), ""
}
