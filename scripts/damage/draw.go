package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
)

// A drawing is damage that is drawn into pictures, as a decoder or a device of
// another kind may leave it.
type drawing int

const (
	grey      drawing = iota // blocks of one grey
	green                    // blocks of what no decoder wrote to
	displaced                // blocks from elsewhere
	mosaic                   // blocks of their mean
	frozen                   // rows of a picture before
	torn                     // rows that are shifted

	drawings
)

func (d drawing) String() string {
	return [...]string{"grey blocks", "green blocks", "displaced blocks", "mosaic", "frozen rows", "torn rows"}[d]
}

// mb is the side of a macroblock.
const mb = 16

// An image is a picture in 4:2:0, the planes one after the other.
type image struct {
	width, height int // even
	data          []byte
}

func newImage(width, height int) image {
	return image{width, height, make([]byte, width*height*3/2)}
}

// plane returns the samples, the width and what the sides of the picture are divided by.
func (m image) plane(i int) (samples []byte, width, divisor int) {
	n := m.width * m.height
	switch i {
	case 0:
		return m.data[:n], m.width, 1
	case 1:
		return m.data[n : n*5/4], m.width / 2, 2
	default:
		return m.data[n*5/4:], m.width / 2, 2
	}
}

// each calls do with each line of a block, as ranges in a plane.
func (m image) each(x, y, w, h int, do func(plane, line, from, to int)) {
	for i := range 3 {
		_, width, by := m.plane(i)
		for line := y / by; line < min(y+h, m.height)/by; line++ {
			do(i, line, line*width+x/by, line*width+min(x+w, m.width)/by)
		}
	}
}

// draw damages m, in the same way for the same seed. still is what was shown when
// it began.
func (d drawing) draw(m, still image, severity float64, seed uint64) {
	r := rand.New(rand.NewPCG(seed, 7))
	across, down := (m.width+mb-1)/mb, (m.height+mb-1)/mb
	clean := image{m.width, m.height, append([]byte(nil), m.data...)}
	if d == frozen || d == torn {
		for range 1 + r.IntN(3) {
			rows := 1 + int(severity*float64(down)/4*r.Float64())
			first, shift := r.IntN(down), mb*(1+r.IntN(max(across/3, 1)))
			m.each(0, first*mb, m.width, rows*mb, func(p, _, from, to int) {
				dst, _, by := m.plane(p)
				if d == frozen {
					old, _, _ := still.plane(p)
					copy(dst[from:to], old[from:to])
					return
				}
				src, _, _ := clean.plane(p)
				n := copy(dst[from+shift/by:to], src[from:to])
				copy(dst[from:from+shift/by], src[from+n:to])
			})
		}
		return
	}
	// Macroblocks in the order of coding, as many in a row as a slice may lack.
	for range 1 + r.IntN(1+int(6*severity)) {
		first := r.IntN(across * down)
		n := 2 + r.IntN(2+int(severity*float64(across)*3))
		dx, dy := r.IntN(across)*mb, r.IntN(down)*mb
		side := []int{8, 16}[r.IntN(2)]
		for k := first; k < min(first+n, across*down); k++ {
			x, y := k%across*mb, k/across*mb
			m.each(x, y, mb, mb, func(p, line, from, to int) {
				dst, width, by := m.plane(p)
				src, _, _ := clean.plane(p)
				switch d {
				case grey:
					fill(dst[from:to], 128)
				case green:
					fill(dst[from:to], 0)
				case displaced:
					ox := min((x+dx)%m.width, m.width-(to-from)*by) / by
					oy := (line + dy/by) % (m.height / by)
					copy(dst[from:to], src[oy*width+ox:])
				case mosaic:
					s := max(side/by, 4)
					top := line / s * s
					for b := from; b < to; b += s {
						sum, count := 0, 0
						for l := top; l < min(top+s, m.height/by); l++ {
							for c := b - line*width; c < min(b-line*width+s, width); c++ {
								sum, count = sum+int(src[l*width+c]), count+1
							}
						}
						fill(dst[b:min(b+s, to)], byte(sum/max(count, 1)))
					}
				}
			})
		}
	}
}

func fill(b []byte, v byte) {
	for i := range b {
		b[i] = v
	}
}

// psnr returns that of the luma of two pictures, at most 100 dB.
func psnr(a, b image) float64 {
	sum := 0
	for i, v := range a.data[:a.width*a.height] {
		d := int(v) - int(b.data[i])
		sum += d * d
	}
	if sum == 0 {
		return 100
	}
	return min(100, 10*math.Log10(255*255*float64(a.width*a.height)/float64(sum)))
}

// drawn makes a case of damage that is drawn into the pictures and then coded.
func (c *maker) drawn(name string) (err error) {
	r := c.rng
	width, lines := c.size(r)
	kind := drawing(r.IntN(int(drawings)))
	begin, length := 1.5+r.Float64()*(window-5), 0.15+1.9*r.Float64()
	severity, seed := r.Float64(), r.Uint64()
	lasting := r.IntN(3) > 0 // in the same places, and not anew in each picture
	again := pick(r, again...)
	t := &truth{
		File: filepath.Base(name) + ".mp4", Source: c.path, Class: "corruption", Variant: "burned",
		Made: fmt.Sprintf("drawn, %s, %s", kind, strings.Join(again, " ")),
	}

	decode := exec.Command("ffmpeg", append(append([]string{"-nostdin", "-v", "quiet", "-threads", "1"}, c.window(r)...),
		"-vf", c.prepared(width, lines), "-f", "rawvideo", "-pix_fmt", "yuv420p", "-")...)
	encode := exec.Command("ffmpeg", append(append([]string{"-v", "quiet", "-y", "-f", "rawvideo", "-pix_fmt", "yuv420p",
		"-s", fmt.Sprintf("%dx%d", width, lines), "-r", c.rate, "-i", "-"}, again...), "-video_track_timescale", "90000", name+".mp4")...)
	in, err := decode.StdoutPipe()
	if err != nil {
		return err
	}
	out, err := encode.StdinPipe()
	if err != nil {
		return err
	}
	if err := errors.Join(decode.Start(), encode.Start()); err != nil {
		return err
	}
	rate := rates[c.rate]
	picture, clean, still := newImage(width, lines), newImage(width, lines), newImage(width, lines)
	var seen []float64
	from := bufio.NewReaderSize(in, 1<<20)
	for i := 0; ; i++ {
		if _, err = io.ReadFull(from, picture.data); err != nil {
			break
		}
		copy(clean.data, picture.data)
		if at := float64(i) / rate; at >= begin && at < begin+length {
			s := seed
			if !lasting {
				s += uint64(i)
			}
			kind.draw(picture, still, severity, s)
		} else {
			copy(still.data, picture.data)
		}
		seen = append(seen, psnr(picture, clean))
		if _, err = out.Write(picture.data); err != nil {
			break
		}
	}
	_, _ = io.Copy(io.Discard, from)
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		err = nil
	}
	if err := errors.Join(err, out.Close(), decode.Wait(), encode.Wait()); err != nil {
		return errUnsuitable
	}
	if len(seen) <= window/2*int(rate) || !t.see(seen, rate) {
		return errUnsuitable
	}
	return t.write(name + ".truth.json")
}

// size draws that of a case: the sizes of broadcast, small ones too, since what is
// seen of a macroblock depends on how much of the picture it is.
func (c *maker) size(r *rand.Rand) (width, lines int) {
	lines = min(pick(r, 288, 360, 480, 576, 720), c.height, c.clip.height)
	return c.width * lines / c.clip.height / 4 * 4, lines / 4 * 4
}

// window returns the options of ffmpeg for a part of the clip.
func (c *maker) window(r *rand.Rand) []string {
	if c.seconds < window {
		return []string{"-stream_loop", strconv.Itoa(int(window / c.seconds)), "-i", c.path, "-an", "-sn", "-t", strconv.Itoa(window)}
	}
	return []string{"-ss", fmt.Sprintf("%.3f", r.Float64()*max(c.seconds-window-0.2, 0)), "-i", c.path, "-an", "-sn", "-t", strconv.Itoa(window)}
}

// prepared returns the filters before a clip is coded.
func (c *maker) prepared(width, lines int) string {
	return fmt.Sprintf("yadif=deint=interlaced,fps=%s,scale=%d:%d:flags=bicubic,setsar=1,format=yuv420p", c.rate, width, lines)
}
