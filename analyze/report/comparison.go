package report

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"math"
)

// CompareSchema names the version of [Comparison].
const CompareSchema = "vqa.compare/v1"

// A Comparison is what comparing an input with a reference came to. Delays are
// media time of the input less media time of the reference, each counted from
// the start of its own program: positive where the input is later.
type Comparison struct {
	Schema    string        `json:"schema"`
	Tool      Tool          `json:"tool"`
	StartedAt string        `json:"started_at"` // RFC 3339, wall clock
	Reference ComparedInput `json:"reference"`
	Input     ComparedInput `json:"input"`

	// Status is that of the media together: match where any of them matches.
	Status  MatchStatus      `json:"status"`
	Picture *ComparedStream  `json:"picture,omitempty"` // where both have video
	Sound   []ComparedStream `json:"sound"`             // for each audio track of the input, where both have any
	Quality *PictureQuality  `json:"quality,omitempty"` // where pictures match
}

// A ComparedInput is one of the two inputs.
type ComparedInput struct {
	Name      string   `json:"name"`
	Format    string   `json:"format,omitempty"`
	DurationS float64  `json:"duration_s"` // media time read
	Streams   []Stream `json:"streams"`
}

// MatchStatus says whether the same is shown, or heard, in both.
type MatchStatus string

// What cannot be told is neither a match nor none: a still or silence is the
// same as any other at every delay.
const (
	Match        MatchStatus = "match"
	NoMatch      MatchStatus = "no_match"
	Undetermined MatchStatus = "undetermined"
)

// A ComparedStream is one stream of the input held against one of the
// reference. All but the status and the streams is there only for a match.
type ComparedStream struct {
	Status          MatchStatus `json:"status"`
	ReferenceStream int         `json:"reference_stream"`
	InputStream     int         `json:"input_stream"`

	DelayMS        float64 `json:"delay_ms"`  // median over the time that matches
	DriftPPM       float64 `json:"drift_ppm"` // positive: the delay grows
	DriftMSPerHour float64 `json:"drift_ms_per_hour"`

	// AVOffset is how sound lies to picture, of a sound track where
	// pictures match as well.
	AVOffset *AVOffset `json:"av_offset,omitempty"`

	// Correlation is the mean of what was found; Confidence is that times the
	// share that was found of what there is to go by. Both are from 0 to 1.
	Correlation float64 `json:"correlation"`
	Confidence  float64 `json:"confidence"`

	MatchedS   float64          `json:"matched_s"`   // time of the input that matches
	MatchShare float64          `json:"match_share"` // of the shorter of both
	MissingS   float64          `json:"missing_s"`   // of the reference, in parts that are missing or replaced
	InsertedS  float64          `json:"inserted_s"`  // of the input, in parts that are inserted or replaced
	Stretches  []MatchedStretch `json:"stretches,omitempty"`
	Parts      []UnmatchedPart  `json:"parts,omitempty"`
}

// An AVOffset is the delay of sound less that of picture: positive where sound
// is late against how the reference has it.
type AVOffset struct {
	// Basis says what the place of the pictures is from, where they could
	// not be compared: [Timestamps].
	Basis string `json:"basis,omitempty"`

	MedianMS   float64 `json:"median_ms"`
	LargestMS  float64 `json:"largest_ms"` // the one farthest from 0 that lasts for a second
	LargestAtS float64 `json:"largest_at_s"`
}

// Timestamps is the basis of an offset against pictures in which there is nothing
// to compare, such as black: those of both begin together, as their timestamps
// have them.
const Timestamps = "timestamps"

// A MatchedStretch is a part of the input found in one piece.
type MatchedStretch struct {
	InputStartS     float64 `json:"input_start_s"`
	InputEndS       float64 `json:"input_end_s"`
	ReferenceStartS float64 `json:"reference_start_s"`
	ReferenceEndS   float64 `json:"reference_end_s"`
	DelayMS         float64 `json:"delay_ms"` // in its middle
	DriftPPM        float64 `json:"drift_ppm"`
}

// The kinds of parts that do not match.
const (
	Missing  = "missing"  // of the reference, and nothing in its place
	Inserted = "inserted" // in the input, and nothing of the reference is lost
	Replaced = "replaced" // something else is in its place
)

// An UnmatchedPart is a part of one that is not in the other. At the start and
// at the end, too: one that was recorded later or longer.
type UnmatchedPart struct {
	Kind            string  `json:"kind"`
	InputStartS     float64 `json:"input_start_s"`
	InputEndS       float64 `json:"input_end_s"`
	ReferenceStartS float64 `json:"reference_start_s"`
	ReferenceEndS   float64 `json:"reference_end_s"`
}

// PictureQuality is how alike the luma of pictures is that show the same.
type PictureQuality struct {
	Pictures  int  `json:"pictures"`
	Width     int  `json:"width"` // at which they were compared
	Height    int  `json:"height"`
	Scaled    bool `json:"scaled"`    // to that size, the smaller of both
	Identical int  `json:"identical"` // pictures whose luma is equal

	PSNR PSNRFigures `json:"psnr"`
	SSIM SSIMFigures `json:"ssim"`
}

// PSNRFigures are in dB. The mean is that of the mean squared differences, as
// FFmpeg's filter psnr has it.
type PSNRFigures struct {
	Mean   Decibels `json:"mean_db"`
	Min    Decibels `json:"min_db"`
	MinAtS float64  `json:"min_at_s"` // media time of the input
	P5     Decibels `json:"p5_db"`    // a twentieth of the pictures is below
	P50    Decibels `json:"p50_db"`
}

// SSIMFigures are from -1 to 1, with 1 for equal pictures.
type SSIMFigures struct {
	Mean   float64 `json:"mean"`
	Min    float64 `json:"min"`
	MinAtS float64 `json:"min_at_s"`
	P5     float64 `json:"p5"`
	P50    float64 `json:"p50"`
}

// Decibels is null in JSON where it is infinite: the PSNR of pictures that are
// equal.
type Decibels float64

// MarshalJSON writes null for infinity.
func (d Decibels) MarshalJSON() ([]byte, error) { return number(d).MarshalJSON() }

// UnmarshalJSON reads null as infinity.
func (d *Decibels) UnmarshalJSON(b []byte) error {
	if string(b) == "null" {
		*d = Decibels(math.Inf(1))
		return nil
	}
	return json.Unmarshal(b, (*float64)(d))
}

func (d Decibels) String() string {
	if math.IsInf(float64(d), 1) {
		return "infinite"
	}
	return fmt.Sprintf("%.2f dB", float64(d))
}

// WriteJSON writes a comparison as one indented document.
func (c *Comparison) WriteJSON(w io.Writer) error {
	enc := newEncoder(w)
	enc.SetIndent("", "  ")
	return enc.Encode(c)
}

// WriteText writes a comparison for people.
func (c *Comparison) WriteText(w io.Writer) error {
	var b bytes.Buffer
	fmt.Fprintf(&b, "reference %s\ninput     %s\n\n", c.Reference.headline(), c.Input.headline())
	rows := [][]string{{"STREAMS", "WHAT", "DELAY", "DRIFT", "MATCHED", "CONFIDENCE"}}
	if c.Picture != nil {
		rows = append(rows, c.Picture.row("picture"))
	}
	for i := range c.Sound {
		rows = append(rows, c.Sound[i].row("sound"))
	}
	if len(rows) > 1 {
		if err := writeGrid(&b, rows); err != nil {
			return err
		}
		b.WriteByte('\n')
	}
	if rows = c.parts(); len(rows) > 1 {
		if err := writeGrid(&b, rows); err != nil {
			return err
		}
		b.WriteByte('\n')
	}
	for _, line := range c.lines() {
		fmt.Fprintln(&b, line)
	}
	_, err := w.Write(b.Bytes())
	return err
}

func (in *ComparedInput) headline() string {
	return headline(&Document{Input: in.Name, Format: in.Format, DurationS: in.DurationS, Streams: in.Streams})
}

func (s *ComparedStream) row(what string) []string {
	row := []string{fmt.Sprintf("%d, %d", s.ReferenceStream, s.InputStream), what}
	switch s.Status {
	case NoMatch:
		return append(row, "no match", "", "", "")
	case Undetermined:
		return append(row, "cannot be told: nothing to go by", "", "", "")
	}
	drift := "none"
	if s.DriftPPM != 0 {
		drift = fmt.Sprintf("%+.0f ppm", s.DriftPPM)
	}
	return append(row, signed(s.DelayMS), drift,
		fmt.Sprintf("%.1f %%", 100*s.MatchShare), fmt.Sprintf("%.2f", s.Confidence))
}

// signed returns milliseconds with their sign.
func signed(ms float64) string {
	if math.Abs(ms) < 0.05 {
		return "0 ms"
	}
	return fmt.Sprintf("%+.1f ms", ms)
}

// parts returns the table of what does not match.
func (c *Comparison) parts() [][]string {
	rows := [][]string{{"PART", "WHAT", "REFERENCE", "", "INPUT", "", "DURATION"}}
	add := func(what string, s *ComparedStream) {
		for _, p := range s.Parts {
			length := max(p.InputEndS-p.InputStartS, p.ReferenceEndS-p.ReferenceStartS)
			rows = append(rows, []string{
				p.Kind, what, clock(p.ReferenceStartS), clock(p.ReferenceEndS),
				clock(p.InputStartS), clock(p.InputEndS), fmt.Sprintf("%.3f s", length),
			})
		}
	}
	if c.Picture != nil {
		add("picture", c.Picture)
	}
	for i := range c.Sound {
		add(fmt.Sprintf("sound %d", c.Sound[i].InputStream), &c.Sound[i])
	}
	return rows
}

// lines returns what is said below the tables.
func (c *Comparison) lines() []string {
	var out []string
	switch {
	case c.Status == NoMatch:
		return []string{"the inputs do not match"}
	case c.Status == Undetermined:
		return []string{"whether they match cannot be told: a still picture or silence is the same at every delay"}
	}
	for i := range c.Sound {
		s := &c.Sound[i]
		if s.AVOffset == nil {
			continue
		}
		line := fmt.Sprintf("A/V offset of stream %d: %s", s.InputStream, offset(s.AVOffset.MedianMS))
		if math.Abs(s.AVOffset.LargestMS-s.AVOffset.MedianMS) >= 1 {
			line += fmt.Sprintf(", at most %s at %s", offset(s.AVOffset.LargestMS), clock(s.AVOffset.LargestAtS))
		}
		if s.AVOffset.Basis == Timestamps {
			line += ", by the timestamps of the pictures"
		}
		out = append(out, line)
	}
	if q := c.Quality; q != nil {
		size := fmt.Sprintf("%dx%d", q.Width, q.Height)
		if q.Scaled {
			size = "scaled to " + size
		}
		out = append(out,
			fmt.Sprintf("PSNR %s, lowest %s at %s, 5 %% below %s", q.PSNR.Mean, q.PSNR.Min, clock(q.PSNR.MinAtS), q.PSNR.P5),
			fmt.Sprintf("SSIM %.4f, lowest %.4f at %s, 5 %% below %.4f", q.SSIM.Mean, q.SSIM.Min, clock(q.SSIM.MinAtS), q.SSIM.P5),
			fmt.Sprintf("over the luma of %s, %s", plural(int64(q.Pictures), "picture"), size))
	}
	return out
}

// offset says an A/V offset in words.
func offset(ms float64) string {
	switch {
	case ms >= 0.05:
		return fmt.Sprintf("sound %.1f ms late", ms)
	case ms <= -0.05:
		return fmt.Sprintf("sound %.1f ms early", -ms)
	}
	return "none"
}
