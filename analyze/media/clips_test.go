package media

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/vqa-project/vqa/detectors/measure"
)

// Real recordings with real damage, in a folder beside the checkout: all run to
// their end, or fail in words.
func TestDamagedClips(t *testing.T) {
	dir := "../../../shared/clips/damaged"
	files, err := os.ReadDir(dir)
	if err != nil {
		t.Skipf("no clips in %s", dir)
	}
	for _, f := range files {
		t.Run(f.Name(), func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			defer cancel()
			in, err := Open(ctx, filepath.Join(dir, f.Name()), Options{})
			if err == nil {
				defer in.Close()
				err = in.Read(ctx, &ordered{t: t, shown: map[int]time.Duration{}})
			}
			var e *Error
			if err != nil && !errors.As(err, &e) {
				t.Error(err)
			}
		})
	}
}

// ordered checks that pictures rise.
type ordered struct {
	t     *testing.T
	shown map[int]time.Duration
}

func (o *ordered) Packet(*measure.Packet) {}
func (o *ordered) Sound(s *Sound)         { s.Release() }

func (o *ordered) Resource(*measure.Resource)    {}
func (o *ordered) Transport([]measure.Transport) {}

func (o *ordered) Picture(p *Picture) {
	defer p.Release()
	before, any := o.shown[p.Row.Stream]
	if any && !p.Row.Discontinuity && p.Row.PTS <= before {
		o.t.Errorf("picture at %s follows one at %s", p.Row.PTS, before)
	}
	o.shown[p.Row.Stream] = p.Row.PTS
}
