package cadence

import (
	"testing"
	"time"

	"github.com/vqa-project/vqa/detectors/dettest"
	"github.com/vqa-project/vqa/detectors/measure"
)

const picture = dettest.PictureTime

// A shot is pictures by the position of a camera: each moves by what the
// position has changed, a repetition not at all.
type shot struct {
	*dettest.Bench
	position, before, level int
}

// show shows pictures of positions, up to the one before end, in steps that
// hold says how many pictures long each lasts.
func (s *shot) show(n int, positions func(i int) int) {
	s.Pictures(n, func(i int, p *measure.Picture) {
		s.position = positions(i)
		moved := s.position - s.before
		s.before = s.position
		p.Difference.Largest = 1 + 20*float32(moved)
		s.level += moved
		dettest.Fill(&p.Thumb, float64(s.level%200)) // cells change by one for each position
	})
}

// steady moves by one position a picture.
func (s *shot) steady(n int) {
	from := s.position
	s.show(n, func(i int) int { return from + 1 + i })
}

// uneven moves by steps 20 times over, and time is left out before the first of them.
func (s *shot) uneven(steps ...int) {
	s.steady(50)
	for range 20 {
		s.Video += picture
		for _, by := range steps {
			s.show(1, func(int) int { return s.position + by })
		}
	}
	s.steady(50)
}

// every shows each kth picture's place with the one before instead.
func every(k int) func(i int) int {
	return func(i int) int {
		if i%k == k-1 {
			return i - 1
		}
		return i
	}
}

func TestCadence(t *testing.T) {
	tests := []struct {
		name    string
		options []string
		script  func(*shot)
		want    []dettest.Span
	}{
		{"each fifth is lost and the one before shown again", nil, func(s *shot) {
			s.steady(50)
			from := s.position + 1
			s.show(50, func(i int) int { return from + every(5)(i) })
			s.position++ // catches up
			s.steady(50)
		}, []dettest.Span{{Kind: Repeated, Start: 54 * picture, End: 100 * picture}}},
		{"up to the end", nil, func(s *shot) {
			s.steady(50)
			from := s.position + 1
			s.show(51, func(i int) int { return from + every(5)(i) })
		}, []dettest.Span{{Kind: Repeated, Start: 54 * picture, End: 100 * picture}}},
		{"each fourth is lost and its time left out", nil, func(s *shot) {
			s.steady(50)
			for range 10 {
				s.Video += picture
				s.position++
				s.steady(3)
			}
			s.steady(50)
		}, []dettest.Span{{Kind: Dropped, Start: 49 * picture, End: 87 * picture}}},
		{"each third is lost and its time left out", nil, func(s *shot) {
			s.steady(50)
			for range 10 {
				s.Video += picture
				s.position++
				s.steady(2)
			}
			s.steady(50)
		}, []dettest.Span{{Kind: Dropped, Start: 49 * picture, End: 78 * picture}}},
		{"time is left out up to the end, where nothing moves", nil, func(s *shot) {
			s.steady(50)
			for i := range 30 {
				s.Video += picture
				if i < 10 {
					s.position++
					s.steady(3)
				} else {
					s.show(3, func(int) int { return s.position })
				}
			}
			s.steady(50)
		}, []dettest.Span{{Kind: Dropped, Start: 49 * picture, End: 167 * picture}}},
		{"time is left out where nothing moves", nil, func(s *shot) {
			s.steady(50)
			for range 30 {
				s.Video += picture
				s.show(3, func(int) int { return s.position })
			}
		}, nil},
		{"a motion that is not even", nil, func(s *shot) { s.uneven(4, 3, 4, 2, 3) },
			[]dettest.Span{{Kind: Dropped, Start: 49 * picture, End: 165 * picture}}},
		{"a motion that is not even, and nothing is lost", nil, func(s *shot) { s.uneven(3, 3, 4, 2, 3) }, nil},
		{"two in succession are lost", nil, func(s *shot) {
			s.steady(50)
			for range 6 {
				s.show(2, func(int) int { return s.position })
				s.position += 2
				s.steady(8)
			}
			s.steady(25)
		}, []dettest.Span{{Kind: Repeated, Start: 50 * picture, End: 102 * picture}}},
		{"each fifth, and the motion slows down there at first and at last", nil, func(s *shot) {
			s.steady(50)
			for i := range 10 {
				s.show(1, func(int) int { return s.position }) // halts
				if i > 1 && i < 8 {
					s.position++
				}
				s.steady(4)
			}
			s.steady(50)
		}, []dettest.Span{{Kind: Repeated, Start: 50 * picture, End: 96 * picture}}},
		{"halts at other distances before it", nil, func(s *shot) {
			s.steady(50)
			for i := range 10 {
				s.show(1, func(int) int { return s.position })
				if i > 1 {
					s.position++
					s.steady(4)
				} else {
					s.steady(8)
				}
			}
			s.steady(50)
		}, []dettest.Span{{Kind: Repeated, Start: 68 * picture, End: 104 * picture}}},
		{"film in video: each fourth is shown twice", nil, func(s *shot) {
			s.show(150, func(i int) int { return i - i/5 })
		}, nil},
		{"on twos", nil, func(s *shot) { s.show(150, func(i int) int { return i / 2 * 2 }) }, nil},
		{"on threes", nil, func(s *shot) { s.show(150, func(i int) int { return i / 3 * 3 }) }, nil},
		{"3:2", nil, func(s *shot) { s.show(150, func(i int) int { return (i*2 + 1) / 5 * 2 }) }, nil},
		{"every second time", nil, func(s *shot) {
			for range 100 {
				s.steady(1)
				s.Video += picture
			}
		}, nil},
		{"a halt", nil, func(s *shot) {
			s.steady(50)
			s.show(25, func(int) int { return s.position })
			s.steady(50)
		}, nil},
		{"stills and cuts", nil, func(s *shot) {
			for range 20 {
				s.show(4, func(int) int { return s.position })
				s.show(1, func(int) int { return s.position + 20 })
			}
		}, nil},
		{"little moves", nil, func(s *shot) {
			s.Pictures(150, func(i int, p *measure.Picture) {
				p.Difference.Largest = 8
				if i%5 == 4 {
					p.Difference.Largest = 0
				}
			})
		}, nil},
		{"three are too few", nil, func(s *shot) {
			s.steady(50)
			from := s.position + 1
			s.show(15, func(i int) int { return from + every(5)(i) })
			s.position++ // catches up
			s.steady(50)
		}, nil},
		{"three, where three are asked for", []string{"min-count=3"}, func(s *shot) {
			s.steady(50)
			from := s.position + 1
			s.show(15, func(i int) int { return from + every(5)(i) })
			s.position++ // catches up
			s.steady(50)
		}, []dettest.Span{{Kind: Repeated, Start: 54 * picture, End: 65 * picture}}},
		{"times vary", nil, func(s *shot) {
			for i := range 100 {
				s.steady(1)
				s.Video += time.Duration(i*37%29) * time.Millisecond
			}
		}, nil},
		{"time jumps back", nil, func(s *shot) {
			for range 2 {
				s.Video = 0
				from := s.position + 1
				s.show(25, func(i int) int { return from + i })
				from = s.position + 1
				s.show(26, func(i int) int { return from + every(5)(i) })
				s.Pictures(1, func(_ int, p *measure.Picture) { p.Discontinuity, p.PTS = true, 0 })
			}
		}, []dettest.Span{{Kind: Repeated, Start: 29 * picture, End: 50 * picture}, {Kind: Repeated, Start: 29 * picture, End: 50 * picture}}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			s := &shot{Bench: dettest.Start(t, Detector, test.options...)}
			test.script(s)
			s.Flush()
			s.Want(0, test.want...)
		})
	}
}
