package costmodel

import "math"

// What the serverless design does for each stream:
//
//	state machine   for each step of a second (or a segment): convert, then all
//	                detectors in parallel, then gather their verdicts
//	converter       a function that decodes the step and writes its pictures to
//	                storage
//	detectors       a function each, which reads the pictures back
//
// Step Functions counts a transition for each state that is entered: the
// converter, the parallel state, each detector, the gathering, and the choice
// that leads to the next step.
const transitionsBeside = 4 // of each step, beside those of detectors

// Express workflows are charged for 50 MB and what they hold, in chunks of 64 MB,
// and for their time in steps of 100 ms.
const (
	expressBaseMB  = 50
	expressChunkMB = 64
	expressRoundS  = 0.1
)

// expressGBSeconds returns what one execution is charged for. steps is how many
// run in parallel, or how many a map has.
func expressGBSeconds(seconds, definitionKB, payloadKB, steps float64) float64 {
	mb := expressBaseMB + (definitionKB+payloadKB*steps)/1000
	chunks := max(ceil(mb/expressChunkMB), 1)
	return ceil(seconds/expressRoundS) * expressRoundS * chunks * expressChunkMB / 1024
}

// steps returns how many steps of the state machine a second of stream takes.
func (w *Workload) steps() float64 {
	if w.Passing == PerSegment {
		return 1 / w.SegmentSeconds
	}
	return 1
}

// transitions returns the state transitions of a second of stream.
func (w *Workload) transitions() float64 {
	if w.TransitionsPerSecond > 0 {
		return w.TransitionsPerSecond
	}
	return w.steps() * (w.functions() + transitionsBeside)
}

// functions returns how many functions the detectors of a step are.
func (w *Workload) functions() float64 {
	if w.DetectorFunctions > 0 {
		return min(w.DetectorFunctions, w.Detectors)
	}
	return w.Detectors
}

// stored returns how many pictures of each second are written to storage.
func (w *Workload) stored() float64 {
	if w.FramesStored > 0 {
		return w.FramesStored
	}
	return w.SamplesPerSecond
}

// puts returns how many objects the converter writes for each second of stream.
func (w *Workload) puts() float64 {
	switch {
	case w.PutsPerSecond > 0:
		return w.PutsPerSecond
	case w.Passing == PerFrame:
		return w.stored()
	}
	return w.steps()
}

// gets returns how many objects all detectors read for each second of stream.
func (w *Workload) gets() float64 {
	switch {
	case w.GetsPerSecond > 0:
		return w.GetsPerSecond
	case w.Passing == PerFrame:
		return w.functions() * min(w.SamplesPerSecond, w.stored())
	}
	return w.functions() * w.steps()
}

// functionCPU returns the seconds of CPU that functions take for each second of
// stream: the converter, and all detectors together.
func (w *Workload) functionCPU() float64 {
	return w.converterCPU() + w.functions()*w.detectorFunctionCPU()
}

// converterCPU returns the seconds of CPU that the converter's function takes for
// each second of stream, and detectorFunctionCPU those of one function of detectors, which
// reads a picture once for all of its.
func (w *Workload) converterCPU() float64 {
	return w.pixelScale() * (w.DecodeCPU*w.frameScale() + w.stored()*w.EncodeCPU) / w.VCPUSpeed
}

func (w *Workload) detectorFunctionCPU() float64 {
	each := 0.0 // detectors
	if w.functions() > 0 {
		each = w.Detectors / w.functions()
	}
	return w.pixelScale() * w.SamplesPerSecond * (w.ImageDecodeCPU + each*w.DetectorCPU/w.FPS*w.frameScale()) / w.VCPUSpeed
}

// longestFunction returns how long the longest function of a step runs, in
// seconds.
func (w *Workload) longestFunction() float64 {
	return max(w.converterCPU(), w.detectorFunctionCPU())/w.steps() + w.FunctionOverheadMS/1000
}

// functionMiB returns the memory of a function: what comes with one vCPU, or
// more where the process needs it.
func (w *Workload) functionMiB() float64 { return max(mibPerVCPU, w.memoryMiB()) }

// invocations returns how many functions are called for each second of stream.
func (w *Workload) invocations() float64 { return w.steps() * (1 + w.functions()) }

// functionSeconds returns how many seconds of functions of one vCPU each second
// of stream takes: how many run at any time.
func (w *Workload) functionSeconds() float64 {
	return w.functionCPU() + w.invocations()*w.FunctionOverheadMS/1000
}

// serverless returns what the serverless design uses.
func (m *Model) serverless(v Variant, streams float64) []Line {
	w := &m.Workload
	seconds := streams * w.Hours * 3600
	stored := w.stored() * w.ImageBytes * w.pixelScale() // bytes of each second
	var lines []Line
	if v == Standard {
		lines = append(lines, Line{What: "state transitions", Item: itemTransition, Quantity: seconds * w.transitions()})
	} else {
		executions := seconds / w.ExpressSeconds
		each := expressGBSeconds(w.ExpressSeconds, w.DefinitionKB, w.PayloadKB, max(w.functions(), 1))
		lines = append(lines,
			Line{What: "workflow requests", Item: itemExpressRequest, Quantity: executions},
			Line{What: "workflow duration", Item: itemExpressGBHour, Quantity: executions * each / 3600},
		)
	}
	function := itemLambdaGBSecond
	if w.ARM {
		function = itemLambdaARM
	}
	logs := seconds*w.invocations()*w.InvocationLogBytes + seconds/3600*w.LogKB*1000
	return append(lines,
		Line{What: "function requests", Item: itemLambdaRequest, Quantity: seconds * w.invocations()},
		Line{What: "function duration", Item: function, Quantity: seconds * w.functionSeconds() * w.functionMiB() / 1024},
		Line{What: "storage writes", Item: itemPut, Quantity: seconds * w.puts()},
		Line{What: "storage reads", Item: itemGet, Quantity: seconds * w.gets()},
		Line{What: "storage", Item: itemStorage, Quantity: seconds * stored / gib * w.RetentionHours / hoursPerMonth},
		m.zoneTransfer(streams, 1),
		Line{What: "logs", Item: itemLogs, Quantity: logs / gib},
		m.notifications(streams),
	)
}

// zoneTransfer returns what is charged for input from another availability
// zone. Input from outside and to functions, and storage, is free.
func (m *Model) zoneTransfer(streams, copies float64) Line {
	w := &m.Workload
	bytes := streams * w.Hours * 3600 * w.StreamMbps * 1e6 / 8
	return Line{What: "transfer", Item: itemZoneTransfer, Quantity: bytes * copies * w.CrossZone / 100 / gib}
}

func (m *Model) notifications(streams float64) Line {
	w := &m.Workload
	return Line{What: "notifications", Item: itemPublish, Quantity: streams * w.Hours * w.Notifications}
}

// pixelScale returns how many times the pixels are there that CPU figures were
// measured with; frameScale how many times the pictures of a second.
func (w *Workload) pixelScale() float64 {
	return float64(w.Width) * float64(w.Height) / (w.MeasuredWidth * w.MeasuredHeight)
}

func (w *Workload) frameScale() float64 { return w.FPS / w.MeasuredFPS }

// executionSeconds returns how long a Standard execution lasts before its
// history is full.
func (w *Workload) executionSeconds() float64 {
	events := w.transitions() * w.EventsPerTransition
	if events == 0 {
		return math.Inf(1)
	}
	return w.HistoryEvents / events
}
