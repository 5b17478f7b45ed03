package costmodel

// Where defaults are from.
const (
	assumed     = "assumed"
	favours     = "assumed, in favour of the serverless design"
	benchmarkJP = "measured: MJPEG at quality 3 by FFmpeg 5.1.9, 200 pictures of 1920x1080, one core of an AMD EPYC"
	quotas      = "AWS Step Functions developer guide, quotas"
	lambdaQuota = "AWS Lambda developer guide, quotas"
)

// most bounds figures that have no limit of their own.
const most = 1e9

// Parameters returns all parameters, in the order of help and reports. What a
// profile measures has its default from [DefaultProfile].
func Parameters() []Parameter {
	list := parameters()
	profile := DefaultProfile()
	figures, source := profile.figures(), profile.String()
	for i, p := range list {
		if v, ok := figures[p.Name]; ok {
			list[i].Default, list[i].Source = v, source
		}
	}
	return list
}

func parameters() []Parameter {
	return []Parameter{
		{Name: "hours", Group: Load, Unit: "h", Default: 720, Least: 0.001, Most: 8784, Source: "30 days",
			Help: "hours that each stream is watched, priced as one month", value: func(w *Workload) *float64 { return &w.Hours }},
		{Name: "detectors", Group: Load, Most: 10000,
			Help: "number of detectors", value: func(w *Workload) *float64 { return &w.Detectors }},
		{Name: "fps", Group: Load, Unit: "1/s", Least: 0.1, Most: 1000,
			Help: "pictures in a second of stream", value: func(w *Workload) *float64 { return &w.FPS }},
		{Name: "samples-per-second", Group: Load, Unit: "1/s", Default: 1, Least: 0.001, Most: 1000, Source: favours,
			Help:  "pictures of each second that functions look at; in process, it is all",
			value: func(w *Workload) *float64 { return &w.SamplesPerSecond }},
		{Name: "stream-mbps", Group: Load, Unit: "Mbit/s", Most: 10000,
			Help: "bit rate of a stream", value: func(w *Workload) *float64 { return &w.StreamMbps }},
		{Name: "cross-zone", Group: Load, Unit: "%", Default: 0, Most: 100, Source: assumed,
			Help: "share of input that comes from another availability zone", value: func(w *Workload) *float64 { return &w.CrossZone }},
		{Name: "notifications", Group: Load, Unit: "1/h", Default: 1, Most: most, Source: assumed,
			Help: "notifications for each hour of a stream", value: func(w *Workload) *float64 { return &w.Notifications }},
		{Name: "log-kb", Group: Load, Unit: "kB/h", Default: 100, Most: most, Source: assumed,
			Help: "results in the log for each hour of a stream", value: func(w *Workload) *float64 { return &w.LogKB }},

		{Name: "decode-cpu", Group: Measured, Unit: "CPU s/s", Most: 10000,
			Help: "CPU seconds to decode a second of stream", value: func(w *Workload) *float64 { return &w.DecodeCPU }},
		{Name: "detector-cpu", Group: Measured, Unit: "CPU s/s", Most: 10000,
			Help: "CPU seconds of one detector for a second of stream", value: func(w *Workload) *float64 { return &w.DetectorCPU }},
		{Name: "memory-mib", Group: Measured, Unit: "MiB", Most: most,
			Help: "memory of one process", value: func(w *Workload) *float64 { return &w.MemoryMiB }},
		{Name: "encode-cpu", Group: Measured, Unit: "CPU s", Default: 0.017, Most: 10000, Source: benchmarkJP,
			Help: "CPU seconds to encode a picture for storage", value: func(w *Workload) *float64 { return &w.EncodeCPU }},
		{Name: "image-decode-cpu", Group: Measured, Unit: "CPU s", Default: 0.006, Most: 10000, Source: benchmarkJP,
			Help: "CPU seconds to decode a picture from storage", value: func(w *Workload) *float64 { return &w.ImageDecodeCPU }},
		{Name: "image-bytes", Group: Measured, Unit: "B", Default: 289000, Most: most, Source: benchmarkJP,
			Help: "size of a picture in storage", value: func(w *Workload) *float64 { return &w.ImageBytes }},
		{Name: "measured-width", Group: Measured, Fixed: true, Unit: "px", Least: 16, Most: 32768,
			Help: "width of the pictures that were measured; CPU goes with the number of pixels", value: func(w *Workload) *float64 { return &w.MeasuredWidth }},
		{Name: "measured-height", Group: Measured, Fixed: true, Unit: "px", Least: 16, Most: 32768,
			Help: "height of the pictures that were measured", value: func(w *Workload) *float64 { return &w.MeasuredHeight }},
		{Name: "measured-fps", Group: Measured, Fixed: true, Unit: "1/s", Least: 0.1, Most: 1000,
			Help: "frame rate that was measured", value: func(w *Workload) *float64 { return &w.MeasuredFPS }},

		{Name: "frames-stored", Group: Serverless, Unit: "1/s", Default: 0, Most: 1000, Source: "as many as are looked at",
			Help:  "pictures of each second that are written to storage; 0 for those that are looked at",
			value: func(w *Workload) *float64 { return &w.FramesStored }, derived: (*Workload).stored},
		{Name: "detector-functions", Group: Serverless, Default: 0, Most: 10000, Source: "a function for each detector",
			Help:  "functions that the detectors of a step are; 0 for one for each",
			value: func(w *Workload) *float64 { return &w.DetectorFunctions }, derived: (*Workload).functions},
		{Name: "transitions-per-second", Group: Serverless, Unit: "1/s", Default: 0, Most: most,
			Source: "convert, parallel, each function of detectors, gather, choose, in each step",
			Help:   "state transitions for a second of stream; 0 to count the steps",
			value:  func(w *Workload) *float64 { return &w.TransitionsPerSecond }, derived: (*Workload).transitions},
		{Name: "puts-per-second", Group: Serverless, Unit: "1/s", Default: 0, Most: most, Source: "an object for each picture, second or segment",
			Help:  "objects that the converter writes for a second of stream; 0 to count them",
			value: func(w *Workload) *float64 { return &w.PutsPerSecond }, derived: (*Workload).puts},
		{Name: "gets-per-second", Group: Serverless, Unit: "1/s", Default: 0, Most: most, Source: "each function of detectors reads what it looks at",
			Help:  "objects that all detectors read for a second of stream; 0 to count them",
			value: func(w *Workload) *float64 { return &w.GetsPerSecond }, derived: (*Workload).gets},
		{Name: "segment-seconds", Group: Serverless, Unit: "s", Default: 6, Least: 0.1, Most: 3600, Source: assumed,
			Help: "length of a segment, with --passing segment", value: func(w *Workload) *float64 { return &w.SegmentSeconds }},
		{Name: "express-seconds", Group: Serverless, Unit: "s", Default: 60, Least: 0.1, Most: 86400, Source: favours,
			Help: "seconds of stream in one Express execution", value: func(w *Workload) *float64 { return &w.ExpressSeconds }},
		{Name: "definition-kb", Group: Serverless, Unit: "kB", Default: 4, Most: 1000, Source: assumed,
			Help: "size of the state machine's definition", value: func(w *Workload) *float64 { return &w.DefinitionKB }},
		{Name: "payload-kb", Group: Serverless, Unit: "kB", Default: 2, Most: most, Source: assumed,
			Help: "size of the data between states; pictures go through storage", value: func(w *Workload) *float64 { return &w.PayloadKB }},
		{Name: "function-overhead-ms", Group: Serverless, Unit: "ms", Default: 0, Most: 900000, Source: favours,
			Help: "time that each function waits, for storage and its start", value: func(w *Workload) *float64 { return &w.FunctionOverheadMS }},
		{Name: "invocation-log-bytes", Group: Serverless, Unit: "B", Default: 300, Most: most, Source: assumed + ": the lines START, END and REPORT",
			Help: "what each call of a function logs", value: func(w *Workload) *float64 { return &w.InvocationLogBytes }},
		{Name: "retention-hours", Group: Serverless, Unit: "h", Default: 24, Most: 87600, Source: "a day, the least that a lifecycle rule of S3 can say",
			Help: "how long pictures stay in storage", value: func(w *Workload) *float64 { return &w.RetentionHours }},
		{Name: "function-discount", Group: Serverless, Unit: "%", Default: 0, Most: 100, Source: "on demand",
			Help: "savings plan on functions", value: func(w *Workload) *float64 { return &w.FunctionDiscount }},

		{Name: "utilisation", Group: Machines, Unit: "%", Default: 70, Least: 1, Most: 100, Source: assumed,
			Help: "share of a machine's CPU that is planned for", value: func(w *Workload) *float64 { return &w.Utilisation }},
		{Name: "vcpu-speed", Group: Machines, Default: 1, Least: 0.01, Most: 100, Source: assumed,
			Help: "speed of a vCPU of the vendor, where the core that was measured is 1", value: func(w *Workload) *float64 { return &w.VCPUSpeed }},
		{Name: "groups", Group: Machines, Default: 2, Least: 1, Most: 10000, Source: assumed,
			Help: "detector groups of variant ec2-groups, each with a converter of its own", value: func(w *Workload) *float64 { return &w.Groups }},
		{Name: "fargate-vcpu", Group: Machines, Default: 4, Least: 0.25, Most: 16, Source: assumed,
			Help: "vCPUs of a Fargate task", value: func(w *Workload) *float64 { return &w.FargateVCPU }},
		{Name: "fargate-gb", Group: Machines, Unit: "GB", Default: 8, Least: 0.5, Most: 120, Source: assumed,
			Help: "memory of a Fargate task", value: func(w *Workload) *float64 { return &w.FargateGB }},
		{Name: "volume-gb", Group: Machines, Unit: "GB", Default: 8, Most: 65536, Source: assumed,
			Help: "volume of each EC2 instance", value: func(w *Workload) *float64 { return &w.VolumeGB }},
		{Name: "ec2-discount", Group: Machines, Unit: "%", Default: 0, Most: 100, Source: "on demand",
			Help: "savings plan on EC2", value: func(w *Workload) *float64 { return &w.EC2Discount }},
		{Name: "fargate-discount", Group: Machines, Unit: "%", Default: 0, Most: 100, Source: "on demand",
			Help: "savings plan on Fargate", value: func(w *Workload) *float64 { return &w.FargateDiscount }},
		{Name: "spot-discount", Group: Machines, Unit: "%", Default: 0, Most: 100, Source: "none: Spot prices change, and have to be given",
			Help: "what Spot saves; 0 leaves the Spot variants out", value: func(w *Workload) *float64 { return &w.SpotDiscount }},

		{Name: "transition-rate", Group: Limits, Unit: "1/s", Default: 1500, Least: 0.001, Most: most,
			Source: quotas + ": us-east-1, us-west-2, eu-west-1, refill of the bucket; 500 elsewhere",
			Help:   "state transitions that an account is allowed", value: func(w *Workload) *float64 { return &w.TransitionRate }},
		{Name: "transition-bucket", Group: Limits, Default: 5000, Most: most,
			Source: quotas + ": us-east-1, us-west-2, eu-west-1; 800 elsewhere",
			Help:   "state transitions that may be taken at once, beside the rate", value: func(w *Workload) *float64 { return &w.TransitionBucket }},
		{Name: "start-rate", Group: Limits, Unit: "1/s", Default: 300, Least: 0.001, Most: most,
			Source: quotas + ": the same regions, refill of the bucket; 150 elsewhere",
			Help:   "executions that an account may start, Standard", value: func(w *Workload) *float64 { return &w.StartRate }},
		{Name: "start-bucket", Group: Limits, Default: 1300, Most: most,
			Source: quotas + ": the same regions; 800 elsewhere",
			Help:   "executions that may be started at once, Standard", value: func(w *Workload) *float64 { return &w.StartBucket }},
		{Name: "express-start-rate", Group: Limits, Unit: "1/s", Default: 6000, Least: 0.001, Most: most, Source: quotas,
			Help: "executions that an account may start, Express", value: func(w *Workload) *float64 { return &w.ExpressStartRate }},
		{Name: "express-start-bucket", Group: Limits, Default: 6000, Most: most, Source: quotas,
			Help: "executions that may be started at once, Express", value: func(w *Workload) *float64 { return &w.ExpressStartBucket }},
		{Name: "history-events", Group: Limits, Default: 25000, Least: 1, Most: most, Source: quotas + ", hard",
			Help: "events in the history of a Standard execution", value: func(w *Workload) *float64 { return &w.HistoryEvents }},
		{Name: "events-per-transition", Group: Limits, Default: 5, Least: 1, Most: 100, Source: assumed + ": entered, scheduled, started, succeeded, exited",
			Help: "events in the history for each state transition", value: func(w *Workload) *float64 { return &w.EventsPerTransition }},
		{Name: "open-executions", Group: Limits, Default: 1e6, Least: 1, Most: most, Source: quotas,
			Help: "executions that may be open at the same time", value: func(w *Workload) *float64 { return &w.OpenExecution }},
		{Name: "payload-limit-kb", Group: Limits, Unit: "kB", Default: 262.144, Least: 1, Most: most, Source: quotas + ", hard: 256 KiB",
			Help: "data between states", value: func(w *Workload) *float64 { return &w.PayloadLimitKB }},
		{Name: "express-limit-s", Group: Limits, Unit: "s", Default: 300, Least: 1, Most: most, Source: quotas + ", hard",
			Help: "length of an Express execution", value: func(w *Workload) *float64 { return &w.ExpressLimitS }},
		{Name: "function-concurrency", Group: Limits, Default: 1000, Least: 1, Most: most, Source: lambdaQuota + "; new accounts have less",
			Help: "functions of an account that may run at the same time", value: func(w *Workload) *float64 { return &w.FunctionConcurrency }},
		{Name: "function-limit-s", Group: Limits, Unit: "s", Default: 900, Least: 0.001, Most: most, Source: lambdaQuota + ", hard",
			Help: "time of a function", value: func(w *Workload) *float64 { return &w.FunctionLimitS }},
		{Name: "function-limit-mib", Group: Limits, Unit: "MiB", Default: 10240, Least: 1, Most: most, Source: lambdaQuota + ", hard",
			Help: "memory of a function", value: func(w *Workload) *float64 { return &w.FunctionLimitMiB }},
		{Name: "ec2-quota", Group: Limits, Unit: "vCPU", Default: 0, Most: most, Source: "not known: it differs by account",
			Help: "vCPUs of EC2 that an account may run; 0 where not known", value: func(w *Workload) *float64 { return &w.EC2Quota }},
		{Name: "fargate-quota", Group: Limits, Unit: "vCPU", Default: 0, Most: most, Source: "not known: it differs by account",
			Help: "vCPUs of Fargate that an account may run; 0 where not known", value: func(w *Workload) *float64 { return &w.FargateQuota }},
	}
}
