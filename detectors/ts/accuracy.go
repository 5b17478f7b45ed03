package ts

import (
	"math"
	"slices"

	"github.com/vqa-project/vqa/detectors/measure"
)

const (
	// accuracyWindow is how many PCRs are held against one rate of packets,
	// and fewPCRs how many it takes to know it.
	accuracyWindow = 256
	fewPCRs        = 20
)

// An accuracyMeter holds PCRs against where their packets are (TR 101 290,
// 5.2.2, 2.4), where packets come at a constant rate: at least every other PCR
// is where it should be.
type accuracyMeter struct {
	fault func(row *measure.Transport, at mark, off float64)

	points          []pcrPoint
	total           int64 // ticks, wraps undone
	checked, varies int   // windows
}

type pcrPoint struct {
	row   measure.Transport
	at    mark
	ticks int64
}

// begin begins anew, after a discontinuity.
func (m *accuracyMeter) begin() { m.judge() }

func (m *accuracyMeter) add(row *measure.Transport, at mark) {
	if n := len(m.points); n > 0 {
		step := (row.PCR - m.points[n-1].row.PCR + clockRange) % clockRange
		if step > clockRate {
			m.judge() // it jumped
		}
		m.total += step
	}
	m.points = append(m.points, pcrPoint{*row, at, m.total})
	if len(m.points) == accuracyWindow {
		m.judge()
	}
}

func (m *accuracyMeter) flush() { m.judge() }

// judge looks at the PCRs gathered.
func (m *accuracyMeter) judge() {
	points := m.points
	m.points = m.points[:0]
	n := len(points)
	if n < fewPCRs {
		return
	}
	// The slope that is in the middle of those of points far apart (Theil and
	// Sen) does not mind a third of them being wrong.
	slopes := make([]float64, 0, n/2)
	for i := range n / 2 {
		a, b := points[i], points[i+n/2]
		if packets := b.row.Packet - a.row.Packet; packets > 0 {
			slopes = append(slopes, float64(b.ticks-a.ticks)/float64(packets))
		}
	}
	if len(slopes) == 0 {
		return
	}
	slope := median(slopes)
	off := make([]float64, n)
	for i, p := range points {
		off[i] = float64(p.ticks-points[0].ticks) - slope*float64(p.row.Packet-points[0].row.Packet)
	}
	middle := median(slices.Clone(off))
	right := 0
	for i := range off {
		off[i] = (off[i] - middle) * 1e9 / clockRate
		if math.Abs(off[i]) <= float64(accuracy) {
			right++
		}
	}
	if 2*right < n {
		m.varies++
		return
	}
	m.checked++
	for i := range points {
		if math.Abs(off[i]) > float64(accuracy) {
			m.fault(&points[i].row, points[i].at, off[i])
		}
	}
}

func median(v []float64) float64 {
	slices.Sort(v)
	return v[len(v)/2]
}
