// Package report holds the wire types of the results and their writers.
//
// A run on one input is a stream of messages: first a [Header], then each
// [Event] as it closes, last a [Summary]. Every writer renders that same
// stream; [Document] is the stream put together, its events sorted.
//
// Times are media times in seconds. There is no wall-clock time outside the
// header, so that stored results stay comparable.
package report

// Schema names the version of the wire types.
const Schema = "vqa.report/v1"

// A Message is one line of the NDJSON stream: exactly one field is set, beside
// the channel where several are watched live.
type Message struct {
	Channel string   `json:"channel,omitempty"`
	Header  *Header  `json:"header,omitempty"`
	Alert   *Alert   `json:"alert,omitempty"`
	Event   *Event   `json:"event,omitempty"`
	Plots   *Plots   `json:"plots,omitempty"`
	Summary *Summary `json:"summary,omitempty"`
}

// A Header opens the stream of one input.
type Header struct {
	Schema    string                    `json:"schema"`
	Tool      Tool                      `json:"tool"`
	Input     string                    `json:"input"`
	StartedAt string                    `json:"started_at"`           // RFC 3339, wall clock
	Format    string                    `json:"format,omitempty"`     // FFmpeg's name of the container
	StartS    float64                   `json:"start_s,omitempty"`    // media time at which these results begin: those of a live input that goes on
	DurationS float64                   `json:"duration_s,omitempty"` // as announced by the container
	Streams   []Stream                  `json:"streams"`
	Options   map[string]map[string]any `json:"options,omitempty"` // effective options by detector
}

// Tool says what made the results.
type Tool struct {
	Name      string            `json:"name"`
	Version   string            `json:"version"`
	Libraries map[string]string `json:"libraries,omitempty"` // "libavcodec": "59.37.100"
}

// A Stream describes one stream of the input.
type Stream struct {
	Index         int    `json:"index"`
	Type          string `json:"type"` // "video", "audio", or FFmpeg's name for others
	Codec         string `json:"codec"`
	Analyzed      bool   `json:"analyzed"`
	Language      string `json:"language,omitempty"`
	Width         int    `json:"width,omitempty"`
	Height        int    `json:"height,omitempty"`
	PixelFormat   string `json:"pixel_format,omitempty"`
	FrameRate     string `json:"frame_rate,omitempty"` // "30000/1001", pictures per second
	SampleRate    int    `json:"sample_rate,omitempty"`
	Channels      int    `json:"channels,omitempty"`
	ChannelLayout string `json:"channel_layout,omitempty"`
}

// An Event is one defect: the half-open interval [start, end) in one stream.
type Event struct {
	Detector string             `json:"detector"`
	Kind     string             `json:"kind"`
	Stream   int                `json:"stream"` // its index; -1 for what belongs to no one stream
	StartS   float64            `json:"start_s"`
	EndS     float64            `json:"end_s"`
	Value    float64            `json:"value"`
	Limit    float64            `json:"limit"`
	Unit     string             `json:"unit"`
	WorstS   float64            `json:"worst_s,omitempty"` // when it is worst, where one moment is worse than others
	Evidence map[string]float64 `json:"evidence,omitempty"`
	Pictures []Picture          `json:"pictures,omitempty"` // where plots are asked for
}

// An Alert says of a live input that something is wrong, while it is. Events of
// one detector and kind in one stream that follow each other closely are one
// alert. Unlike an event, it is told as soon as a limit is crossed.
type Alert struct {
	ID     int64   `json:"id"`    // counts up within a channel
	State  string  `json:"state"` // Opened, Updated or Closed
	Time   string  `json:"time"`  // RFC 3339, wall clock, when it was told
	StartS float64 `json:"start_s"`
	EndS   float64 `json:"end_s"`  // up to now
	Events int     `json:"events"` // that have closed
	Event  Event   `json:"event"`  // the latest, up to now
}

// The states of an alert. Each is opened once and closed once.
const (
	Opened  = "open"
	Updated = "update"
	Closed  = "close"
)

// Status is how a detector ended.
type Status string

// "Could not check" is never clean: it is not_applicable where there was
// nothing to look at, and error where looking failed.
const (
	Clean         Status = "clean"
	Defects       Status = "defects"
	NotApplicable Status = "not_applicable"
	Failed        Status = "error"
)

// A Detector says how one detector ended. An event that was open at the end of
// results that others follow is told in those, when it is over.
type Detector struct {
	Status   Status         `json:"status"`
	Events   int            `json:"events"`
	Open     int            `json:"open,omitempty"`
	Error    string         `json:"error,omitempty"` // why it could not check, or what there is not to look at
	Measures []Measure      `json:"measures,omitempty"`
	Tables   []Table        `json:"tables,omitempty"`
	Options  map[string]any `json:"options,omitempty"`
}

// A Table is what a detector lists: checks and their state, services, rates.
type Table struct {
	Name    string   `json:"name"`
	Columns []string `json:"columns"` // carry their units: "bitrate_bps"
	Rows    [][]any  `json:"rows"`    // a string, a number or null for each column
}

// A Measure is a figure of a whole stream, defect or not.
type Measure struct {
	Stream int     `json:"stream"`
	Name   string  `json:"name"` // carries the unit: "loudness_integrated_lufs"
	Value  float64 `json:"value"`
}

// Counters count what was read.
type Counters struct {
	Packets          int64 `json:"packets"`
	CorruptPackets   int64 `json:"corrupt_packets"`
	Pictures         int64 `json:"pictures"`
	DamagedPictures  int64 `json:"damaged_pictures"` // corrupt, concealed or with missing references
	Samples          int64 `json:"samples"`          // per channel, of all audio streams
	DecodeErrors     int64 `json:"decode_errors"`
	ParameterChanges int64 `json:"parameter_changes"` // of size, pixel format, sample rate or channels
	Dropped          int64 `json:"dropped"`           // pictures not analysed
}

// A Summary closes the stream of one input.
type Summary struct {
	Input       string              `json:"input"`
	DurationS   float64             `json:"duration_s"` // media time reached
	Interrupted bool                `json:"interrupted,omitempty"`
	Error       string              `json:"error,omitempty"` // why the input was not read to its end
	Detectors   map[string]Detector `json:"detectors"`
	Counters    Counters            `json:"counters"`
}

// A Document is the whole result of one input.
type Document struct {
	Schema      string              `json:"schema"`
	Channel     string              `json:"channel,omitempty"`
	Tool        Tool                `json:"tool"`
	Input       string              `json:"input"`
	StartedAt   string              `json:"started_at"`
	Format      string              `json:"format,omitempty"`
	StartS      float64             `json:"start_s,omitempty"`
	DurationS   float64             `json:"duration_s"`
	Interrupted bool                `json:"interrupted,omitempty"`
	Error       string              `json:"error,omitempty"`
	Streams     []Stream            `json:"streams"`
	Detectors   map[string]Detector `json:"detectors"`
	Events      []Event             `json:"events"`
	Counters    Counters            `json:"counters"`
	Plots       *Plots              `json:"plots,omitempty"`
}

// A Writer renders the messages of one or more inputs, input after input.
// Close ends the output; a Writer that gathers writes it there.
type Writer interface {
	Write(Message) error
	Close() error
}
