// Package rows keeps the rows of an input in a Parquet file, and shows them
// again, in the same order, as often as anybody likes.
//
// A file has everything that detectors are shown: what the program is, every
// row, and how the input ended. Each line of the file has one of the groups
// start, transport, resource, packet, picture, block and end; the others are
// null. Columns come from the types of package measure by reflection, so that a
// new field of a row is a new column: names are in lower case with underscores,
// those of durations end in _ns. Within a row, what is all zero is null, and
// lists end before their trailing zeros: what was not measured takes no space.
package rows

import (
	"time"

	"github.com/vqa-project/vqa/analyze/report"
	"github.com/vqa-project/vqa/detectors/measure"
)

// Schema names the version of the files.
const Schema = "vqa.rows/v1"

// A record is one line of a file: one of these is set.
type record struct {
	Start     *Start
	Transport *measure.Transport
	Resource  *measure.Resource
	Packet    *measure.Packet
	Picture   *measure.Picture
	Block     *measure.Block
	End       *End
}

// Start is the first line of a file.
type Start struct {
	Schema   string
	Input    string        // its name
	From     time.Duration // media time at which the rows begin: those of a live input that goes on
	Measured string        // [measure.Set.String] of what was measured; all else is zero
	Program  measure.Program
	Failure  string // why the input could not be opened; then there are no rows
}

// End is the last line of a file.
type End struct {
	End         time.Duration // media time of the end of the program
	Error       string        // why the input was not read to its end
	Interrupted bool
	Unchecked   []Unchecked
	Counters    report.Counters
}

// Unchecked is a stream of which nothing could be looked at.
type Unchecked struct {
	Stream int
	Why    string
}
