package plots

import (
	"math"
	"time"

	"github.com/vqa-project/vqa/analyze/report"
)

const (
	// maxBins bounds the memory and the size of a series: at 2 h a bin is 1.28 s.
	maxBins = 8192
	// firstStep is the least width of a bin to begin with.
	firstStep = 40 * time.Millisecond
)

// bins thin the values of one series. When they are used up, each two become
// one, of twice the width.
type bins struct {
	from time.Duration // media time at which the first begins
	step time.Duration
	all  []bin
}

// newBins returns bins for values that come so often: few between them are
// empty.
func newBins(from, interval time.Duration) *bins {
	return &bins{from: from, step: max(firstStep, interval)}
}

type bin struct {
	low, high float32
	sum       float64
	n         uint32
}

func (b *bin) add(other bin) {
	switch {
	case other.n == 0:
	case b.n == 0:
		*b = other
	default:
		b.low, b.high = min(b.low, other.low), max(b.high, other.high)
		b.sum += other.sum
		b.n += other.n
	}
}

// add adds a value. What is not finite is unknown, and left out.
func (b *bins) add(at time.Duration, v float64) {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return
	}
	at = max(at-b.from, 0)
	for at/b.step >= maxBins {
		b.halve()
	}
	i := int(at / b.step)
	for i >= len(b.all) {
		b.all = append(b.all, bin{})
	}
	b.all[i].add(bin{float32(v), float32(v), v, 1})
}

func (b *bins) halve() {
	b.step *= 2
	for i := range b.all {
		one := b.all[i]
		if i%2 == 0 {
			b.all[i/2] = one
		} else {
			b.all[i/2].add(one)
		}
	}
	b.all = b.all[:(len(b.all)+1)/2]
}

// fill fills in the values of a series.
func (b *bins) fill(s *report.Series) {
	s.StepS = report.Seconds(b.step)
	for _, one := range b.all {
		low, high, mean := float32(math.NaN()), float32(math.NaN()), float32(math.NaN())
		if one.n > 0 {
			low, high, mean = one.low, one.high, float32(one.sum/float64(one.n))
		}
		s.Low, s.High, s.Mean = append(s.Low, low), append(s.High, high), append(s.Mean, mean)
	}
}
