// Package measure turns pictures and sound into rows of numbers, one row per
// picture and one per 10 ms of sound. It is the only place that looks at
// pixels and samples; detectors see rows and nothing else.
//
// The heavy loops are C kernels with vector instructions chosen at run time.
// Each has a plain Go twin, in reference.go and reference_sound.go, that the
// tests hold it to, bit for bit.
//
// All luma values in rows are on the scale of 8 bit code values (black 16 and
// white 235 in limited range), whatever the bit depth of the picture: a 10 bit
// value is divided by four.
package measure

import (
	"math"
	"slices"
	"strings"
	"time"
)

// Set says what has to be measured. A detector names the set that it needs,
// and the driver measures the union of all enabled detectors' sets, no more.
type Set uint

// What can be measured. The name of each is the field of [Picture] or [Block]
// that it fills.
const (
	Luma        Set = 1 << iota // [Picture.Luma]: mean, extremes, histogram
	Difference                  // [Picture.Difference]: against the picture before
	Edges                       // [Picture.Edges]: steps on and off the coding grid
	Thumbs                      // [Picture.Thumb]: the picture as a few cell means
	Grid                        // [Picture.Grid]: borders of macroblocks
	Faces                       // [Picture.Face]: the face that stands out most
	Levels                      // [Block.Channels]: level, peak, runs
	Loudness                    // [Block.Channels]: K-weighted mean square, true peak
	Clicks                      // [Block.Channels]: what stands out as an impulse
	Powers                      // [Block.Channels]: power of each millisecond
	Amplitudes                  // [Block.Channels]: histogram of amplitudes
	Products                    // [Channel.Product]: what neighbouring channels have in common
	Spectrum                    // [Channel.Spectrum]: bands, sinusoids
	Mains                       // [Channel.Mains]: lines at the frequencies of the mains
	Times                       // packets, and when each picture and block is shown; nothing of their content
	Multiplex                   // [Transport] rows: what is in the packets of an MPEG transport stream
	Playlists                   // [Program.Playlists], and [Resource] rows of their segments
	Borders                     // [Picture.Borders]: black bars
	Fields                      // [Picture.Fields]: how the fields of a picture fit together
	Information                 // [Picture.Information]: spatial and temporal information
	Detail                      // [Picture.Detail]: sharpness, noise, contours
)

// Pictures is all that needs decoded pictures.
const Pictures = Luma | Difference | Edges | Thumbs | Grid | Faces | Borders | Fields | Information | Detail

// Sound is all that needs decoded sound.
const Sound = Levels | Loudness | Clicks | Powers | Amplitudes | Products | Spectrum | Mains

var setNames = []string{
	"luma", "difference", "edges", "thumbs", "grid", "faces",
	"levels", "loudness", "clicks", "powers", "amplitudes", "products", "spectrum", "mains",
	"times", "multiplex", "playlists",
	"borders", "fields", "information", "detail",
}

// Has reports whether s and t have anything in common.
func (s Set) Has(t Set) bool { return s&t != 0 }

// String lists the names in the set, joined by a comma.
func (s Set) String() string {
	var names []string
	for i, n := range setNames {
		if s&(1<<i) != 0 {
			names = append(names, n)
		}
	}
	return strings.Join(names, ",")
}

// ParseSet returns the set that String lists. Names that it does not know are of
// another version, and left out.
func ParseSet(names string) Set {
	var s Set
	for name := range strings.SplitSeq(names, ",") {
		if i := slices.Index(setNames, name); i >= 0 {
			s |= 1 << i
		}
	}
	return s
}

// MediaType is the kind of a stream.
type MediaType string

// The media types that are analysed. Other streams keep FFmpeg's name for
// theirs: "subtitle", "data", "attachment".
const (
	Video MediaType = "video"
	Audio MediaType = "audio"
)

// Rational is a ratio of two integers, such as a frame rate. Den 0 means unknown.
type Rational struct{ Num, Den int }

// Float returns the ratio as a number, 0 where it is unknown.
func (r Rational) Float() float64 {
	if r.Den == 0 {
		return 0
	}
	return float64(r.Num) / float64(r.Den)
}

// A Stream is one elementary stream of a program, as its container and decoder
// announce it. Zero means unknown.
type Stream struct {
	Index    int // in the container
	ID       int // the container's own number: of an MPEG transport stream the PID
	Type     MediaType
	Selected bool   // decoded and analysed
	Codec    string // FFmpeg's name: "h264"
	Language string // ISO 639-2, as in the container

	// Video
	Width, Height int
	PixelFormat   string
	FrameRate     Rational // nominal, pictures per second

	// Audio
	SampleRate    int
	Channels      int
	ChannelLayout string // FFmpeg's name: "stereo", "5.1(side)"
}

// A Program is what is analysed: one input with its streams.
type Program struct {
	Format   string        // FFmpeg's name of the container: "mpegts"
	Duration time.Duration // as announced; 0 where unknown or live
	Streams  []Stream

	Playlists []Playlist // of HLS: the one named, and those that it names
}

// Selected returns the streams of type t that are analysed.
func (p Program) Selected(t MediaType) []Stream {
	var out []Stream
	for _, s := range p.Streams {
		if s.Selected && s.Type == t {
			out = append(out, s)
		}
	}
	return out
}

// A Packet is one coded unit as it came from the container. Times are media
// times; HasPTS and HasDTS say whether the container gave them.
type Packet struct {
	Stream         int
	Number         int64 // packets of this stream before this one
	PTS, DTS       time.Duration
	HasPTS, HasDTS bool
	Duration       time.Duration // 0 where unknown
	Size           int           // bytes
	Position       int64         // byte offset in the input, -1 where unknown
	Key            bool
	Corrupt        bool // the demuxer says that bytes are missing or damaged
	DecodeErrors   int  // that the stream's decoder reported since the packet before
}

// Damage is what demuxer and decoder say of a picture.
type Damage uint8

// The kinds of damage, by FFmpeg's names for its flags.
const (
	Corrupt          Damage = 1 << iota // AV_FRAME_FLAG_CORRUPT
	InvalidBitstream                    // FF_DECODE_ERROR_INVALID_BITSTREAM
	MissingReference                    // FF_DECODE_ERROR_MISSING_REFERENCE
	Concealed                           // FF_DECODE_ERROR_CONCEALMENT_ACTIVE
	CorruptPacket                       // AV_PKT_FLAG_CORRUPT of the packet it was decoded from
)

// A Picture is the row of one decoded picture. It is valid during the call
// that delivers it; copy what must be kept.
//
// Per stream, PTS rises strictly from row to row except where Discontinuity is
// set.
type Picture struct {
	Stream   int
	Number   int64         // pictures of this stream before this one
	PTS      time.Duration // media time of its first showing
	Duration time.Duration // nominal time on the screen

	// Discontinuity says that time does not follow from the picture before:
	// it jumped back. An interval must not reach across it.
	Discontinuity bool

	// Skipped says that pictures near this one were left out for want of
	// time: how far it is from the one before says nothing of the programme.
	Skipped bool

	Key           bool // intra coded, decodable by itself
	Type          byte // 'I', 'P', 'B', or '?' where unknown
	Interlaced    bool // says the stream; the picture may show otherwise
	TopFieldFirst bool
	FullRange     bool // luma 0..255 instead of 16..235
	Width, Height int
	Depth         int // bits per luma sample
	Damage        Damage

	ChromaWidth, ChromaHeight int // samples of each chroma plane, as measured; 0 for grey

	// Of the packet that the picture was decoded from.
	Coded      int64 // [Packet.Number]: the order of coding
	Disposable bool  // nothing is predicted from it, as the stream says; false where unknown
	Concealed  int   // macroblocks (16x16) that the decoder made up, where it counts them: MPEG-1 to -4, H.264; of HEVC, which makes up nothing, those it did not come to
	Lost       int   // packets between this and the picture before that could not be decoded; those of H.264 and HEVC are missed as references

	Luma        LumaRow
	Difference  DifferenceRow
	Edges       EdgesRow
	Thumb       ThumbRow
	Grid        GridRow
	Face        FaceRow
	Borders     BordersRow
	Fields      FieldsRow
	Information InformationRow
	Detail      DetailRow
}

// End returns when the picture leaves the screen, by its nominal duration.
func (p *Picture) End() time.Duration { return p.PTS + p.Duration }

// LumaRow describes the distribution of luma in lines 0, s, 2s and so on, where
// s is the [LineStep] of the height.
type LumaRow struct {
	Mean, StdDev float32
	Min, Max     uint8
	Samples      uint32 // in the histogram
	Histogram    [256]uint32
}

// Share returns the share (0..1) of the picture with luma of at most v.
func (l *LumaRow) Share(v int) float64 {
	if l.Samples == 0 {
		return 0
	}
	var n uint64
	for _, c := range l.Histogram[:min(max(v+1, 0), 256)] {
		n += uint64(c)
	}
	return float64(n) / float64(l.Samples)
}

// Quantile returns the smallest luma v with at least the share q (0..1) of the
// picture at or below it.
func (l *LumaRow) Quantile(q float64) int {
	want, n := q*float64(l.Samples), uint64(0)
	for v, c := range l.Histogram {
		if n += uint64(c); float64(n) >= want {
			return v
		}
	}
	return 255
}

// BlockSize is the side, in luma samples, of the blocks of [DifferenceRow].
const BlockSize = 8

// DifferenceSteps is the number of steps of [DifferenceRow.Above].
const DifferenceSteps = 10

// DifferenceRow compares the luma of a picture with the picture before it, by
// blocks of 8x8. Blocks that would reach over the right or bottom edge are
// left out of the block figures, not of Mean.
type DifferenceRow struct {
	Valid              bool    // false for a first picture, and after a change of size or depth
	Mean               float32 // mean absolute difference
	Largest            float32 // largest mean absolute difference of any one block
	LargestX, LargestY uint16  // top left sample of that block
	Blocks             uint32  // compared

	// Above[i] counts blocks with a mean absolute difference of at least
	// DifferenceStep(i).
	Above [DifferenceSteps]uint32
}

// DifferenceStep returns the limit of step i of [DifferenceRow.Above]:
// 0.125, 0.25, 0.5, 1, 2, 4 ... 64 code values.
func DifferenceStep(i int) float32 { return float32(uint(1)<<i) / 8 }

// EdgesRow compares luma steps between neighbouring samples at the boundaries
// of 8x8 blocks (on the grid) with other steps (off the grid), in half the lines.
// Each figure is a mean absolute step.
type EdgesRow struct {
	OnHorizontal, OffHorizontal float32 // steps along a line, across vertical block edges
	OnVertical, OffVertical     float32 // steps along a column, across horizontal block edges
}

// The size of a thumb in cells.
const (
	ThumbWidth, ThumbHeight   = 64, 36
	ChromaWidth, ChromaHeight = 32, 18
)

// ThumbRow is the picture as cell means, in 1/256 of an 8 bit code value.
// Cell (x, y) covers the samples from x*width/64 up to (x+1)*width/64, and in
// the same way down; where the picture is smaller than the thumb, a cell is
// the one sample at its start.
type ThumbRow struct {
	Y [ThumbHeight][ThumbWidth]uint16
	U [ChromaHeight][ChromaWidth]uint16
	V [ChromaHeight][ChromaWidth]uint16
}

// Correlation returns that of the luma of two pictures, 0 where one is plain.
func (t *ThumbRow) Correlation(b *ThumbRow) float64 {
	const n = ThumbWidth * ThumbHeight
	var st, sb, stt, sbb, stb float64
	for y := range t.Y {
		for x := range t.Y[y] {
			u, v := float64(t.Y[y][x]), float64(b.Y[y][x])
			st, sb, stt, sbb, stb = st+u, sb+v, stt+u*u, sbb+v*v, stb+u*v
		}
	}
	vt, vb := stt-st*st/n, sbb-sb*sb/n
	if vt <= 0 || vb <= 0 {
		return 0
	}
	return (stb - st*sb/n) / math.Sqrt(vt*vb)
}

// SameScene reports whether two pictures may follow each other within a scene, by
// their luma: it correlates, or has changed by next to nothing.
func (t *ThumbRow) SameScene(b *ThumbRow) bool {
	const leastCorrelation, mostChange = 0.75, 2 // code values
	if t.Correlation(b) >= leastCorrelation {
		return true
	}
	sum := 0
	for y := range t.Y {
		for x := range t.Y[y] {
			sum += max(int(t.Y[y][x])-int(b.Y[y][x]), int(b.Y[y][x])-int(t.Y[y][x]))
		}
	}
	return sum <= mostChange*256*ThumbWidth*ThumbHeight
}

// A Block is the row of 10 ms of one audio stream. It is valid during the
// call that delivers it.
//
// Per stream, PTS rises from row to row except where Discontinuity is set. A
// PTS behind the end of the block before is a gap in the sound.
type Block struct {
	Stream        int
	PTS, Duration time.Duration
	Discontinuity bool // time jumped back: an interval must not reach across
	SampleRate    int
	Samples       int // per channel
	Channels      []Channel
	Correlation   float32 // of the first two channels, -1..1, with their DC; 0 for mono or silence
}

// End returns the media time of the end of the block.
func (b *Block) End() time.Duration { return b.PTS + b.Duration }

// A Channel is one channel of a block. Amplitudes are relative to full scale.
// Samples that are not numbers, infinite, or beyond what a float32 holds count
// as zero and in Invalid.
//
// Weighted and TruePeak are what [Loudness] fills, Impulse and High
// [Clicks], Product [Products], and Powers, Amplitudes, Spectrum and Mains the set of their name; all
// others are [Levels]. Filters and windows start anew with each stretch of
// continuous sound.
type Channel struct {
	RMS, Peak    float32
	DC           float32 // mean
	Zeros        int     // samples of digital zero
	ZeroRun      int     // longest run of them inside the block
	FullScale    int     // samples at full scale or beyond
	FullScaleRun int     // longest run of them inside the block
	Invalid      int

	Weighted float64 // mean square after the K-weighting of ITU-R BS.1770-4
	TruePeak float32 // as of BS.1770-4, Annex 2; never below the sample peak

	Impulse Impulse // [Clicks]

	// High is the mean square of what is above [HighEdge] in each tenth of
	// the block, 0 below 30 kHz. It is 0.3 ms late.
	High [PowerSteps]float32

	Powers [PowerSteps]float32 // mean square of each tenth of the block

	// Amplitudes counts the samples from AmplitudeBin(i) up to
	// AmplitudeBin(i+1); the last bin has all above as well.
	Amplitudes [AmplitudeBins]uint16

	Product  float64 // mean product with the next channel; 0 for the last
	Spectrum SpectrumRow
	Mains    MainsRow
}

// MeanSquare returns the power of the block: that of RMS.
func (c *Channel) MeanSquare() float64 { return float64(c.RMS) * float64(c.RMS) }
