package bench

import (
	"bufio"
	"bytes"
	"context"
	"os/exec"
	"slices"
	"strings"

	"github.com/vqa-project/vqa/costmodel"
)

// FFmpegDecode is decoding alone by the ffmpeg tool.
const FFmpegDecode = "ffmpeg-decode"

// NeedsFFmpeg reports whether a variant runs the ffmpeg tool.
func NeedsFFmpeg(variant string) bool {
	return variant == FFmpegDecode || variant == costmodel.BenchFFmpeg
}

// Filters of the ffmpeg tool that look for what detectors look for. Those that a
// version does not have are left out, and the profile names those that ran.
var (
	videoFilters = []string{"freezedetect", "blackdetect", "blockdetect", "blurdetect", "idet", "cropdetect", "signalstats", "photosensitivity"}
	audioFilters = []string{"silencedetect", "ebur128", "astats"}
)

// Filters returns the names of all filters of the variant ffmpeg.
func Filters() []string { return slices.Concat(videoFilters, audioFilters) }

// settings are options of filters. True peak is what a programme is delivered by;
// without it ebur128 leaves out the larger part of the work.
var settings = map[string]string{"ebur128": "=peak=true"}

// chain returns those of the filters that are known as a filter graph, "" where
// there are none.
func chain(filters, known []string) string {
	var out []string
	for _, f := range filters {
		if slices.Contains(known, f) {
			out = append(out, f+settings[f])
		}
	}
	return strings.Join(out, ",")
}

// installedFilters asks the ffmpeg tool which of the filters it has.
func installedFilters(ctx context.Context) ([]string, error) {
	var out bytes.Buffer
	cmd := exec.CommandContext(ctx, "ffmpeg", "-hide_banner", "-filters")
	cmd.Stdout = &out
	if err := start(ctx, cmd); err != nil {
		return nil, err
	}
	var found []string
	lines := bufio.NewScanner(&out)
	for lines.Scan() { // " T.. blackdetect  V->V  Detect ..."
		if fields := strings.Fields(lines.Text()); len(fields) > 2 && slices.Contains(Filters(), fields[1]) {
			found = append(found, fields[1])
		}
	}
	slices.SortFunc(found, func(a, b string) int { return slices.Index(Filters(), a) - slices.Index(Filters(), b) })
	return found, lines.Err()
}
