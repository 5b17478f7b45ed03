package ts

import (
	"math"
	"slices"
	"time"

	"github.com/vqa-project/vqa/detectors/measure"
)

const (
	// accuracyWindow is how many PCRs are held against one rate of packets,
	// and fewPCRs how many it takes to know it.
	accuracyWindow = 256
	fewPCRs        = 20

	// maxJitter is how far off all PCRs of a stream at a constant rate may be, to
	// be told from those of a variable rate; but a quarter of a packet at most.
	maxJitter = 50 * time.Microsecond
)

// An accuracyMeter holds PCRs against where their packets are (TR 101 290,
// 5.2.2, 2.4). The rate of packets between two PCRs is what the PCRs say
// (ISO/IEC 13818-1, 2.4.2.2): so they can only be wrong where many have one rate:
// half of those in a window right, or nearly all near. Where not, its halves are
// looked at. What is off at an end of a window may be at another rate, and is no error.
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
	if !m.constant(m.points) && len(m.points) >= fewPCRs {
		m.varies++
	}
	m.points = m.points[:0]
}

// constant reports errors among points where packets come at a constant rate,
// in all of them or in parts, and whether they do.
func (m *accuracyMeter) constant(points []pcrPoint) bool {
	n := len(points)
	if n < fewPCRs {
		return false
	}
	off, right, near := deviations(points)
	if 2*right < n && 10*near < 9*n {
		first, second := m.constant(points[:n/2]), m.constant(points[n/2:])
		return first || second
	}
	m.checked++
	first, last := 0, n
	for ; right > 0 && !accurate(off[first]); first++ {
	}
	for ; right > 0 && !accurate(off[last-1]); last-- {
	}
	for i := first; i < last; i++ {
		if !accurate(off[i]) {
			m.fault(&points[i].row, points[i].at, off[i])
		}
	}
	return true
}

func accurate(off float64) bool { return math.Abs(off) <= float64(accuracy) }

// deviations returns how far each PCR is from where a constant rate has it, in
// ns, how many are right, and how many near: where the rate varies, it does by
// whole packets.
func deviations(points []pcrPoint) (off []float64, right, near int) {
	n := len(points)
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
		return nil, 0, 0
	}
	slope := median(slopes)
	off = make([]float64, n)
	for i, p := range points {
		off[i] = float64(p.ticks-points[0].ticks) - slope*float64(p.row.Packet-points[0].row.Packet)
	}
	middle := median(slices.Clone(off))
	for i := range off {
		off[i] = (off[i] - middle) * 1e9 / clockRate
		if accurate(off[i]) {
			right++
		}
		if math.Abs(off[i]) <= min(float64(maxJitter), slope*1e9/clockRate/4) {
			near++
		}
	}
	return off, right, near
}

func median(v []float64) float64 {
	slices.Sort(v)
	return v[len(v)/2]
}
