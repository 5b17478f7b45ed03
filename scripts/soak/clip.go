package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"time"
)

// clipLength is a whole number of pictures, and of frames of AAC, so that
// repetitions follow each other without a seam.
const clipLength = 64 * time.Second

// A defect is what must be reported.
type defect struct {
	detector, kind string
	at             time.Duration // in the clip
	length         time.Duration
	limit          time.Duration // after which it is one
}

// defects are those drawn into the clip.
var defects = []defect{
	{"freeze", "freeze", 8 * time.Second, 4 * time.Second, 2 * time.Second},
	{"black", "black", 20 * time.Second, 4 * time.Second, 2 * time.Second},
	{"silence", "silence", 32 * time.Second, 4 * time.Second, 2 * time.Second},
	{"uniform", "uniform", 44 * time.Second, 4 * time.Second, 2 * time.Second},
}

// What the source does at the end of the clip, besides.
const (
	lossAt   = 54 * time.Second // some packets are left out
	breakAt  = 60 * time.Second // it is silent for a while, or killed and started again
	breakFor = 4 * time.Second
)

// makeClip draws the clip.
func makeClip(ctx context.Context, dir string) (string, error) {
	path := filepath.Join(dir, "clip.ts")
	between := func(d defect) string {
		return fmt.Sprintf("enable='gte(t,%g)*lt(t,%g)'", d.at.Seconds(), (d.at + d.length).Seconds())
	}
	freeze, black, silence, uniform := defects[0], defects[1], defects[2], defects[3]
	first := int(freeze.at.Seconds() * 25)
	last := int((freeze.at+freeze.length).Seconds()*25) - 1
	picture := fmt.Sprintf("gradients=s=640x360:r=25:n=6:seed=7:speed=0.03,scroll=h=0.004:v=0.002,noise=c0s=8:c0f=t:c0_seed=7,format=yuv420p,"+
		"split[a][b];[a][b]freezeframes=first=%d:last=%d:replace=%d,drawbox=t=fill:color=black:%s,drawbox=t=fill:color=0x207040:%s",
		first, last, first, between(black), between(uniform))
	sound := "anoisesrc=color=pink:amplitude=0.4:seed=7:r=48000,tremolo=f=2:d=0.8,aformat=channel_layouts=stereo,volume=0:" + between(silence)
	cmd := exec.CommandContext(ctx, "ffmpeg", "-v", "error", "-y",
		"-f", "lavfi", "-i", picture, "-f", "lavfi", "-i", sound, "-t", fmt.Sprint(clipLength.Seconds()),
		"-c:v", "libx264", "-preset", "veryfast", "-g", "25", "-b:v", "1500k", "-maxrate", "1500k", "-bufsize", "750k", "-threads", "1",
		"-c:a", "aac", "-b:a", "128k", "-f", "mpegts", path)
	cmd.Stderr = os.Stderr
	if err := cmd.Run(); err != nil {
		return "", fmt.Errorf("drawing the clip: %w", err)
	}
	return path, nil
}
