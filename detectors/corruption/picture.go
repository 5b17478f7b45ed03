package corruption

import (
	"time"

	"github.com/vqa-project/vqa/detectors"
	"github.com/vqa-project/vqa/detectors/measure"
)

// burned looks for damage in the pictures of one stream that the stream itself
// does not show.
type burned struct{}

func newBurned(measure.Stream, detectors.Sink) *burned { return &burned{} }

func (*burned) Picture(*measure.Picture) {}

func (*burned) Flush(time.Duration) {}
