package main

import (
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

const (
	heard   = 200 // ms from which on an offset must be found in what is seen and heard alone
	nearly  = 100 // ms by which such an estimate may be off
	beeping = 75  // ms around 0 that are no offset
)

// joins joins clips at random, each time to so many seconds, and tells what
// vqa analyze finds of the offsets without a reference. Clips should show who
// speaks.
func (t *trial) joins(clips []string, number int, seed uint64) error {
	dir, err := os.MkdirTemp("", "offsets-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	r := rand.New(rand.NewPCG(seed, 1))
	var found, missed, wrong, alarms, inSync int
	for k := range number {
		var names []string
		var parts []string
		total := 0.
		for _, i := range r.Perm(len(clips)) {
			out, err := execute("ffprobe", "-v", "error", "-of", "csv=p=0", "-show_entries", "format=duration", clips[i])
			if err != nil {
				return err
			}
			lasts, err := strconv.ParseFloat(strings.TrimSpace(string(out)), 64)
			if err != nil {
				return fmt.Errorf("duration of %s: %w", clips[i], err)
			}
			name := filepath.Join(dir, fmt.Sprintf("part%d.mkv", len(parts)))
			if _, err := execute("ffmpeg", append(append([]string{"-nostdin", "-v", "error", "-y", "-t", strconv.Itoa(t.seconds), "-i", clips[i], "-map", "0:v:0", "-map", "0:a:0",
				"-vf", "fps=25,scale=640:360:force_original_aspect_ratio=decrease,pad=640:360:-1:-1,setsar=1,format=yuv420p",
				"-af", fmt.Sprintf("aresample=48000:async=1:first_pts=0,aformat=channel_layouts=mono,apad,atrim=end=%.2f", math.Floor(lasts*25)/25)},
				"-c:v", "libx264", "-preset", "ultrafast", "-crf", "16", "-c:a", "pcm_s16le"), name)...); err != nil {
				return err
			}
			parts, names, total = append(parts, "file '"+name+"'"), append(names, filepath.Base(clips[i])), total+lasts
			if total >= float64(t.seconds)+1 {
				break
			}
		}
		list, joined := filepath.Join(dir, "list"), filepath.Join(dir, "joined.mkv")
		if err := os.WriteFile(list, []byte(strings.Join(parts, "\n")), 0o600); err != nil {
			return err
		}
		if _, err := execute("ffmpeg", "-nostdin", "-v", "error", "-y", "-f", "concat", "-safe", "0", "-i", list, "-c", "copy", joined); err != nil {
			return err
		}
		moved := filepath.Join(dir, "moved."+t.container)
		if err := t.move(joined, moved); err != nil {
			return err
		}
		got, err := t.perceived(moved)
		if err != nil {
			return err
		}
		var told []string
		for i, o := range t.offsets {
			value, event := got[i+1]
			right := event && math.Abs(value-float64(o)) <= nearly
			switch {
			case o >= heard || o <= -heard:
				switch {
				case right:
					found++
				case event:
					wrong++
				default:
					missed++
				}
			case o == 0:
				inSync++
				if event {
					alarms++
				}
			case event && !right && (o > beeping || o < -beeping):
				wrong++
			}
			if event {
				told = append(told, fmt.Sprintf("%d: %.0f", o, value))
			} else {
				told = append(told, fmt.Sprintf("%d: -", o))
			}
		}
		fmt.Printf("%d: %s: %s\n", k, strings.Join(names, " + "), strings.Join(told, ", "))
	}
	fmt.Printf("of %d ms and more: %d found, %d missed, %d wrong, precision %.3f, recall %.3f; %d alarms in %d in sync\n", heard, found, missed, wrong,
		float64(found)/float64(max(found+wrong, 1)), float64(found)/float64(max(found+missed+wrong, 1)), alarms, inSync)
	return nil
}

// perceived returns the offsets that are reported of what is seen and heard, by
// stream.
func (t *trial) perceived(name string) (map[int]float64, error) {
	out, err := execute(t.tool, "analyze", "--quiet", "--detectors", "avsync", "--json", "-", name)
	if err != nil {
		return nil, err
	}
	var report struct {
		Events []struct {
			Kind   string  `json:"kind"`
			Stream int     `json:"stream"`
			Value  float64 `json:"value"`
		} `json:"events"`
	}
	if err := json.Unmarshal(out, &report); err != nil {
		return nil, err
	}
	got := map[int]float64{}
	for _, e := range report.Events {
		if e.Kind == "content" || e.Kind == "marks" {
			got[e.Stream] = e.Value
		}
	}
	return got, nil
}
