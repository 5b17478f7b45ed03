package costmodel

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"sync"
	"time"
)

// ProfileSchema is what a profile says of itself.
const ProfileSchema = "vqa.bench/v1"

// A Profile is what `vqa bench` measured on one machine.
type Profile struct {
	Schema    string             `json:"schema"`
	Tool      string             `json:"tool"`           // "vqa v1.2.3"
	Date      string             `json:"date,omitempty"` // day it was measured, as 2026-01-31
	Machine   string             `json:"machine"`
	Cores     int                `json:"cores"`
	Clip      ProfileClip        `json:"clip"`
	Threads   int                `json:"decoder_threads"`
	Runs      int                `json:"runs"`
	Detectors []string           `json:"detectors"`
	Filters   []string           `json:"ffmpeg_filters,omitempty"` // of variant ffmpeg
	Variants  map[string]Figures `json:"variants"`
}

// The variants that a cost is worked out from.
const (
	BenchDecode    = "decode"    // decoding alone
	BenchInProcess = "inprocess" // as `vqa analyze`
	BenchStaged    = "staged"    // through object storage, driven by a state machine
	BenchFFmpeg    = "ffmpeg"    // the ffmpeg tool with filters of the same purpose
)

// ProfileClip is what it was measured on.
type ProfileClip struct {
	Name      string  `json:"name"`
	Codec     string  `json:"codec"`
	DurationS float64 `json:"duration_s"`
	Width     int     `json:"width"`
	Height    int     `json:"height"`
	FPS       float64 `json:"fps"`
	BitRate   float64 `json:"bit_rate_bps"`
}

// Figures are medians over the runs of one variant. "For each second" is of
// stream.
type Figures struct {
	CPU             float64 `json:"cpu_s_per_stream_s"`
	CPULeast        float64 `json:"cpu_s_per_stream_s_min"`
	CPUMost         float64 `json:"cpu_s_per_stream_s_max"`
	TimesRealTime   float64 `json:"times_real_time"`
	StreamsPerCore  float64 `json:"streams_per_core"`
	PeakMemoryBytes float64 `json:"peak_memory_bytes"`

	// From a picture to its verdict: in process, from its decoding to when the
	// last detector has seen it; through storage, from when the converter has
	// the first picture of a second to when all detectors have seen that second.
	LatencyS float64 `json:"latency_s,omitempty"`

	// What goes through storage; nothing in process.
	Transitions  float64 `json:"transitions_per_stream_s,omitempty"`
	Puts         float64 `json:"puts_per_stream_s,omitempty"`
	Gets         float64 `json:"gets_per_stream_s,omitempty"`
	BytesWritten float64 `json:"bytes_written_per_stream_s,omitempty"`
	BytesRead    float64 `json:"bytes_read_per_stream_s,omitempty"`
}

//go:embed profile.json
var embeddedProfile []byte

// DefaultProfile returns the profile that comes with the program: what defaults
// are taken from. `make profile` measures it anew. It must not be changed.
func DefaultProfile() *Profile { return defaultProfile() }

var defaultProfile = sync.OnceValue(func() *Profile {
	p, err := ReadProfile(bytes.NewReader(embeddedProfile))
	if err != nil {
		panic(err) // a test reads it
	}
	return p
})

// ReadProfile reads and checks a profile.
func ReadProfile(r io.Reader) (*Profile, error) {
	b, err := io.ReadAll(r)
	if err != nil {
		return nil, err
	}
	var p Profile
	if err := json.Unmarshal(b, &p); err != nil {
		return nil, fmt.Errorf("is no profile: %w", err)
	}
	if p.Schema != ProfileSchema {
		return nil, fmt.Errorf("is a profile of version %q, and %q is wanted", p.Schema, ProfileSchema)
	}
	for name, v := range p.Variants {
		for _, f := range []float64{v.CPU, v.PeakMemoryBytes} {
			if !(f > 0) || math.IsInf(f, 0) {
				return nil, fmt.Errorf("variant %q has no CPU time or memory", name)
			}
		}
	}
	staged, ok := p.Variants[BenchStaged]
	_, dateErr := time.Parse(time.DateOnly, p.Date)
	switch {
	case p.Date != "" && dateErr != nil:
		return nil, fmt.Errorf("its date is %q, and none such as 2026-01-31", p.Date)
	case ok && !(staged.Transitions > 0 && staged.Puts > 0 && staged.Gets > 0 && staged.BytesWritten > 0):
		return nil, fmt.Errorf("variant %q counted nothing", BenchStaged)
	case p.Variants[BenchDecode].CPU == 0 || p.Variants[BenchInProcess].CPU == 0:
		return nil, fmt.Errorf("has not both variants %q and %q", BenchDecode, BenchInProcess)
	case len(p.Detectors) == 0:
		return nil, errors.New("was measured without detectors")
	case p.Clip.Width < 16 || p.Clip.Height < 16 || !(p.Clip.FPS > 0):
		return nil, errors.New("has no size of pictures or frame rate")
	}
	return &p, nil
}

// String says what was measured, where and when.
func (p *Profile) String() string {
	when := ""
	if p.Date != "" {
		when = ", " + p.Date
	}
	return fmt.Sprintf("profile: %s, %dx%d at %.4g pictures a second, on %s%s", p.Clip.Name, p.Clip.Width, p.Clip.Height, p.Clip.FPS, p.Machine, when)
}

// figures are the parameters that a profile sets, by name.
func (p *Profile) figures() map[string]float64 {
	decode, all := p.Variants[BenchDecode].CPU, p.Variants[BenchInProcess]
	n := float64(len(p.Detectors))
	return map[string]float64{
		"decode-cpu":      decode,
		"detector-cpu":    max(all.CPU-decode, 0) / n,
		"memory-mib":      all.PeakMemoryBytes / (1 << 20),
		"detectors":       n,
		"measured-width":  float64(p.Clip.Width),
		"measured-height": float64(p.Clip.Height),
		"measured-fps":    p.Clip.FPS,
		"fps":             p.Clip.FPS,
		"stream-mbps":     p.Clip.BitRate / 1e6,
	}
}

// Apply puts what was measured into a workload: CPU, memory, and the clip's
// size, rate and bit rate as what it was measured with.
func (p *Profile) Apply(w *Workload) {
	for name, v := range p.figures() {
		w.set(name, v, p.String())
	}
	w.Width, w.Height = p.Clip.Width, p.Clip.Height
}

// ApplyStaged puts what was measured of the serverless data path into a workload,
// where it was measured: it passes all pictures, as they were decoded.
func (p *Profile) ApplyStaged(w *Workload) {
	staged, ok := p.Variants[BenchStaged]
	if !ok {
		return
	}
	n := float64(len(p.Detectors))
	// What passing takes beside decoding and detecting, for each object.
	passing := max(staged.CPU-p.Variants[BenchInProcess].CPU, 0) / (staged.Puts + staged.Gets)
	for name, v := range map[string]float64{
		"samples-per-second":     p.Clip.FPS,
		"frames-stored":          p.Clip.FPS,
		"transitions-per-second": staged.Transitions,
		"puts-per-second":        staged.Puts,
		"gets-per-second":        staged.Gets,
		"image-bytes":            staged.BytesWritten / p.Clip.FPS,
		"encode-cpu":             passing * staged.Puts / p.Clip.FPS,
		"image-decode-cpu":       passing * staged.Gets / (p.Clip.FPS * n),
	} {
		w.set(name, v, p.String())
	}
}

func (w *Workload) set(name string, v float64, source string) {
	for _, p := range Parameters() {
		if p.Name == name {
			*p.value(w) = v
		}
	}
	w.SetSource(name, source)
}
