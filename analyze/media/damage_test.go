package media

import (
	"os"
	"reflect"
	"testing"

	"github.com/vqa-project/vqa/detectors/measure"
)

// what is known of each picture's packet, without times.
type known struct {
	coded      int64
	disposable bool
	concealed  int
	lost       int
	damage     measure.Damage
}

func knownOf(pictures []measure.Picture) []known {
	var out []known
	for _, p := range pictures {
		out = append(out, known{p.Coded, p.Disposable, p.Concealed, p.Lost, p.Damage})
	}
	return out
}

// What the decoder logs belongs to the picture that it says it of, whatever
// the number of its threads.
func TestDamageOfPictures(t *testing.T) {
	noise := []string{"-bsf:v", "noise=amount='between(n,30,31)*200'"}
	clips := map[string]string{
		"h264":  transportStream(t, noise...),
		"mpeg2": ffmpeg(t, "clip.ts", drawPicture, []string{"-c:v", "mpeg2video", "-bf", "2", "-q:v", "2"}, noise),
	}
	for name, path := range clips {
		t.Run(name, func(t *testing.T) {
			_, one := read(t, path, Options{Threads: 1})
			_, many := read(t, path, Options{Threads: 3})
			if a, b := knownOf(one.pictures), knownOf(many.pictures); !reflect.DeepEqual(a, b) {
				t.Errorf("with one thread\n%+v\nwith three\n%+v", a, b)
			}
			concealed := 0
			for _, p := range one.pictures {
				switch p.Coded {
				case 30, 31:
					concealed += p.Concealed
				default:
					if p.Concealed > 0 {
						t.Errorf("picture %d, of packet %d: %d macroblocks concealed", p.Number, p.Coded, p.Concealed)
					}
				}
				if p.Disposable && p.Type != 'B' {
					t.Errorf("picture %d is disposable, and of type %c", p.Number, p.Type)
				}
			}
			if concealed == 0 || concealed > 2*10*8 {
				t.Errorf("%d macroblocks of two pictures concealed", concealed)
			}
		})
	}
}

// What the decoder of HEVC did not come to is concealed, though it says nothing,
// and what is predicted from that is not. Neither depends on threads.
func TestUnwritten(t *testing.T) {
	for _, format := range []string{"yuv420p", "yuv420p10le"} {
		t.Run(format, func(t *testing.T) {
			path := ffmpeg(t, "clip.ts", drawPicture, []string{"-pix_fmt", format, "-c:v", "libx265", "-preset", "ultrafast",
				"-x265-params", "log-level=error:keyint=25:ctu=16:frame-threads=1:pools=none", "-bsf:v", "noise=amount='between(n,26,40)*150'"})
			_, one := read(t, path, Options{Threads: 1})
			_, many := read(t, path, Options{Threads: 3})
			if a, b := knownOf(one.pictures), knownOf(many.pictures); !reflect.DeepEqual(a, b) {
				t.Errorf("with one thread\n%+v\nwith three\n%+v", a, b)
			}
			concealed := 0
			for _, p := range one.pictures {
				concealed += p.Concealed
				if p.Concealed > 0 && (p.Coded < 26 || p.Coded > 40) {
					t.Errorf("picture of packet %d: %d macroblocks concealed", p.Coded, p.Concealed)
				}
			}
			if concealed == 0 || concealed > 15*10*8 {
				t.Errorf("%d macroblocks of 15 pictures concealed", concealed)
			}
		})
	}
}

// A packet of the transport stream that is missing is missed in the packet of
// the stream that it was a part of.
func TestCorruptPacket(t *testing.T) {
	const size, pid = 188, 0x100
	path := transportStream(t)
	stream, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	unit := -1
	for i := 0; i+2*size <= len(stream); i += size {
		if int(stream[i+1]&0x1f)<<8|int(stream[i+2]) != pid {
			continue
		}
		if stream[i+1]&0x40 != 0 { // payload_unit_start_indicator
			unit++
		} else if unit == 25 {
			stream = append(stream[:i], stream[i+size:]...)
			break
		}
	}
	if err := os.WriteFile(path, stream, 0o600); err != nil {
		t.Fatal(err)
	}
	_, c := read(t, path, Options{})
	for _, p := range c.packets {
		if p.Stream == 0 && p.Corrupt != (p.Number == 25) {
			t.Errorf("packet %d: corrupt %v", p.Number, p.Corrupt)
		}
	}
	for _, p := range c.pictures {
		if got := p.Damage&measure.CorruptPacket != 0; got != (p.Coded == 25) {
			t.Errorf("picture of packet %d: corrupt %v", p.Coded, got)
		}
	}
}
