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

	// Bucket is how many may be taken at once, beside the rate that refills it.
	// BucketS is how long that helps the number of streams in question, where
	// it is beyond the rate, in seconds.
	Bucket  float64 `json:"bucket,omitempty"`
	BucketS float64 `json:"bucket_lasts_s,omitempty"`

	// Unknown says that what is allowed differs by account and was not given.
	Unknown bool `json:"unknown,omitempty"`
}

// Walls returns the limits of a variant, the first to be reached first.
func (m *Model) Walls(v Variant) []Wall {
	w := &m.Workload
	var walls []Wall
	rate := func(limit, unit string, allowed, perStream float64) {
		if perStream > 0 {
			walls = append(walls, Wall{Limit: limit, Allowed: allowed, PerStream: perStream, Unit: unit, Streams: floor(allowed / perStream), Adjustable: true})
		}
	}
	// A hard limit is passed by a single stream, or by none.
	hard := func(limit, unit string, allowed, value float64) {
		if value > allowed {
			walls = append(walls, Wall{Limit: limit, Allowed: allowed, PerStream: value, Unit: unit})
		}
	}
	bucket := func(size float64) {
		if n := len(walls); n > 0 {
			walls[n-1].Bucket = size
		}
	}
	switch v {
	case Standard:
		rate("state transitions", "1/s", w.TransitionRate, w.transitions())
		bucket(w.TransitionBucket)
		// An execution whose history is full goes on in a new one.
		rate("execution starts", "1/s", w.StartRate, 1/w.executionSeconds())
		bucket(w.StartBucket)
		rate("open executions", "", w.OpenExecution, 1)
		hard("events of one step in the history", "", w.HistoryEvents, w.transitions()/w.steps()*w.EventsPerTransition)
	case Express:
		rate("execution starts, Express", "1/s", w.ExpressStartRate, 1/w.ExpressSeconds)
		bucket(w.ExpressStartBucket)
		hard("length of an Express execution", "s", w.ExpressLimitS, w.ExpressSeconds)
	}
	switch v {
	case Standard, Express:
		rate("concurrent functions", "", w.FunctionConcurrency, w.functionSeconds())
		hard("data between states", "kB", w.PayloadLimitKB, w.PayloadKB)
		hard("time of a function", "s", w.FunctionLimitS, w.longestFunction())
		hard("memory of a function", "MiB", w.FunctionLimitMiB, w.functionMiB())
	default:
		walls = append(walls, m.machineWalls(v)...)
	}
	slices.SortStableFunc(walls, func(a, b Wall) int {
		if a.Unknown != b.Unknown {
			return compare(unknownLast(a), unknownLast(b))
		}
		return compare(a.Streams, b.Streams)
	})
	return walls
}

func unknownLast(w Wall) float64 {
	if w.Unknown {
		return 1
	}
	return 0
}

// machineWalls returns the limits of machines: whether one holds a stream, and
// how many an account may have.
func (m *Model) machineWalls(v Variant) []Wall {
	w := &m.Workload
	each, err := m.perMachine(v)
	var small *DoesNotFitError
	if errors.As(err, &small) {
		return []Wall{{Limit: "size of a machine: " + small.What}}
	} else if err != nil {
		return nil
	}
	host, _ := m.machine(v) // found by perMachine
	quota, name := w.EC2Quota, "vCPUs of EC2"
	if v == Fargate || v == FargateSpot {
		quota, name = w.FargateQuota, "vCPUs of Fargate"
	}
	streams := floor(floor(quota/host.vcpu) * each / w.groups(v))
	return []Wall{{
		Limit: name, Allowed: quota, PerStream: host.vcpu * w.groups(v) / each, Unit: "vCPU",
		Streams: streams, Adjustable: true, Unknown: quota == 0,
	}}
}

// WallsAt returns the limits of a variant with how long buckets last for so many
// streams.
func (m *Model) WallsAt(v Variant, streams int) []Wall {
	walls := m.Walls(v)
	for i, w := range walls {
		if over := float64(streams)*w.PerStream - w.Allowed; w.Bucket > 0 && over > 0 {
			walls[i].BucketS = w.Bucket / over
		}
	}
	return walls
}

// Wall returns the number of streams that a variant can take, +Inf where no
// limit is known.
func (m *Model) Wall(v Variant) (streams float64, limit string) {
	if walls := m.Walls(v); len(walls) > 0 && !walls[0].Unknown {
		return walls[0].Streams, walls[0].Limit
	}
	return math.Inf(1), ""
}
