package report

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Printable returns s with everything that a terminal could act on, or that
// would break a line, written as a Go escape: file names and metadata come
// from outside.
func Printable(s string) string {
	var b strings.Builder
	for len(s) > 0 {
		r, n := utf8.DecodeRuneInString(s)
		if r == utf8.RuneError && n == 1 {
			fmt.Fprintf(&b, `\x%02x`, s[0])
		} else if strconv.IsPrint(r) {
			b.WriteRune(r)
		} else {
			quoted := strconv.QuoteRune(r)
			b.WriteString(quoted[1 : len(quoted)-1])
		}
		s = s[n:]
	}
	return b.String()
}

// clock returns a media time as h:mm:ss.mmm.
func clock(s float64) string {
	if math.IsNaN(s) || math.Abs(s) > 1e9 {
		return "?"
	}
	ms := int64(math.Round(math.Abs(s) * 1000))
	sign := ""
	if s < 0 && ms > 0 {
		sign = "-"
	}
	return fmt.Sprintf("%s%d:%02d:%02d.%03d", sign, ms/3600000, ms/60000%60, ms/1000%60, ms%1000)
}

// figure returns a number with about three figures that matter, and "?" where
// it is unknown.
func figure(v float64) string {
	if math.IsNaN(v) {
		return "?"
	}
	if math.Abs(v) < 0.1 {
		return strconv.FormatFloat(v, 'g', 3, 64)
	}
	return strconv.FormatFloat(math.Round(v*1000)/1000, 'f', -1, 64)
}

// amount returns a number with its unit.
func amount(v float64, unit string) string {
	return strings.TrimRight(figure(v)+" "+Printable(unit), " ")
}

// describe returns a video or audio stream in a few words: "h264 1920x1080 25 fps",
// "aac 48 kHz stereo".
func describe(s Stream) string {
	words := []string{s.Codec}
	if s.Codec == "" {
		words[0] = "unknown codec"
	}
	switch s.Type {
	case "video":
		if s.Width > 0 {
			words = append(words, fmt.Sprintf("%dx%d", s.Width, s.Height))
		}
		// FFmpeg gives the ticks of the container's clock where it knows no rate.
		if fps := rate(s.FrameRate); fps > 0 && fps < 1000 {
			words = append(words, strconv.FormatFloat(math.Round(fps*100)/100, 'f', -1, 64), "fps")
		}
	case "audio":
		if s.SampleRate > 0 {
			words = append(words, figure(float64(s.SampleRate)/1000), "kHz")
		}
		// FFmpeg's name for a layout that is unknown is "2 channels".
		if s.ChannelLayout != "" && !strings.HasSuffix(s.ChannelLayout, " channels") {
			words = append(words, s.ChannelLayout)
		} else if s.Channels > 0 {
			words = append(words, plural(int64(s.Channels), "channel"))
		}
	}
	if s.Language != "" && s.Language != "und" { // ISO 639-2: undetermined
		words = append(words, "("+s.Language+")")
	}
	if !s.Analyzed {
		words = append(words, "not analysed")
	}
	return Printable(strings.Join(words, " "))
}

// rate returns a ratio such as "30000/1001" as a number, 0 where it is none.
func rate(s string) float64 {
	num, den, found := strings.Cut(s, "/")
	if !found {
		den = "1"
	}
	n, err1 := strconv.ParseFloat(num, 64)
	d, err2 := strconv.ParseFloat(den, 64)
	if err1 != nil || err2 != nil || d == 0 {
		return 0
	}
	return n / d
}

func plural(n int64, noun string) string {
	if n != 1 {
		noun += "s"
	}
	return fmt.Sprintf("%d %s", n, noun)
}
