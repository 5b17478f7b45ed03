package compare

import "math"

// hop is the distance in time of the frames of a series, in seconds.
const hop = 0.020

// perSecond is the number of frames in a second.
const perSecond = 50

// A series is what is compared to find out roughly where something is found
// again: some channels of numbers, one for each 20 ms of media time. All
// channels count the same, and all moments at which something changes.
type series struct {
	channels [][]float32
	energy   []float64 // energy[i] is the sum of squares over all channels of the frames before i
}

func (s *series) len() int { return len(s.energy) - 1 }

// flatten makes a series of channels of any scale: of each, the mean over a
// second around is taken away, what is left is divided by its own spread over
// that time, and the rare large value is cut. A cut or a bang counts no more
// than what moves a little all the time. noise is the spread, in the channel's
// unit, that nothing can be told from.
func flatten(channels [][]float32, noise float64) *series {
	s := &series{channels: channels}
	n := 0
	if len(channels) > 0 {
		n = len(channels[0])
	}
	s.energy = make([]float64, n+1)
	sums, squares := make([]float64, n+1), make([]float64, n+1)
	const around, most = perSecond / 2, 3
	for _, c := range channels {
		for i, v := range c {
			sums[i+1] = sums[i] + float64(v)
			squares[i+1] = squares[i] + float64(v)*float64(v)
		}
		for i := range c {
			from, to := max(0, i-around), min(n, i+around+1)
			k := float64(to - from)
			mean := (sums[to] - sums[from]) / k
			spread := math.Sqrt(max(0, (squares[to]-squares[from])/k-mean*mean) + noise*noise)
			c[i] = float32(max(-most, min(most, (float64(c[i])-mean)/spread)))
		}
	}
	for i := range n {
		s.energy[i+1] = s.energy[i]
		for _, c := range channels {
			s.energy[i+1] += float64(c[i]) * float64(c[i])
		}
	}
	return s
}

// part returns frames [from, to) as a series.
func (s *series) part(from, to int) *series {
	out := &series{energy: s.energy[from : to+1]}
	for _, c := range s.channels {
		out.channels = append(out.channels, c[from:to])
	}
	return out
}

// between returns the energy of frames [from, to).
func (s *series) between(from, to int) float64 { return s.energy[to] - s.energy[from] }

// correlation returns how alike frames [from, to) of s are to those of other
// lag frames earlier, from -1 to 1, and how many of them there are in both.
func (s *series) correlation(other *series, from, to, lag int) (r float64, common int) {
	from, to = max(from, lag), min(to, other.len()+lag, s.len())
	if to <= from {
		return 0, 0
	}
	var sum float64
	for c, x := range s.channels {
		y := other.channels[c][from-lag : to-lag]
		var part float64
		for i, v := range x[from:to] {
			part += float64(v * y[i])
		}
		sum += part
	}
	return normalize(sum, s.between(from, to), other.between(from-lag, to-lag)), to - from
}

func normalize(products, a, b float64) float64 {
	if a <= 0 || b <= 0 {
		return 0
	}
	return products / math.Sqrt(a*b)
}
