package flash

import (
	"math"
	"time"

	"github.com/vqa-project/vqa/detectors"
	"github.com/vqa-project/vqa/detectors/measure"
)

// rules say what a change must be to count, and where it is looked for.
type rules struct {
	luminance [256]float64 // by luma of limited range, in the unit of the limits
	change    float64      // least that counts
	darker    float64      // of which the darker side is below this
	window    float64      // width and height of the area, as a share of the picture's
}

func rulesOf(profile string) *rules {
	r := &rules{change: 20, darker: 160, window: 1}
	for y := range r.luminance {
		// Ofcom's Guidance Note on flashing images, Annex 1: cd/m2 on a
		// domestic display.
		r.luminance[y] = 413.435 * math.Pow(0.002745*float64(y)+0.0189623, 2.2)
	}
	if profile == "wcag" {
		*r = rules{change: 0.1, darker: 0.8, window: 1. / 3}
		for y := range r.luminance {
			r.luminance[y] = linear((float64(y) - 16) / 219)
		}
	}
	return r
}

// linear returns the light of an sRGB value of 0 to 1.
func linear(v float64) float64 {
	switch v = min(max(v, 0), 1); {
	case v <= 0.04045:
		return v / 12.92
	default:
		return math.Pow((v+0.055)/1.055, 2.4)
	}
}

// Saturated red, WCAG 2.3.1: at least 0.8 of the light is red, and the change
// of (R-G-B)*320 is more than 20.
const (
	redShare  = 0.8
	redScale  = 320
	redChange = 20
)

// flickerChange is the least change of luma that is flicker, in 8 bit code values of
// limited range: 18 % of the range from black to white.
const flickerChange = 40

// A screen follows one video stream.
type screen struct {
	rules                 *rules
	sink                  detectors.Sink
	general, red, flicker *sequence
	luma, luminance       []float32
	redness               []float32

	told []span // the last dangerous flashes
}

type span struct{ start, end time.Duration }

// maxTold is how many dangerous flashes are remembered.
const maxTold = 16

func newScreen(o *options, stream int, sink detectors.Sink) *screen {
	r := rulesOf(o.profile)
	s := &screen{
		rules: r, sink: sink,
		luma:      make([]float32, measure.ThumbWidth*measure.ThumbHeight),
		luminance: make([]float32, measure.ThumbWidth*measure.ThumbHeight),
		redness:   make([]float32, measure.ChromaWidth*measure.ChromaHeight),
	}
	sequence := func(kind string, width, height int, change, darker float64) *sequence {
		return &sequence{
			options: *o, kind: kind, stream: stream, sink: s.tell,
			grid: newGrid(width, height, change, darker, r.window),
		}
	}
	s.general = sequence(General, measure.ThumbWidth, measure.ThumbHeight, r.change, r.darker)
	s.red = sequence(Red, measure.ChromaWidth, measure.ChromaHeight, redChange, math.Inf(1))
	s.flicker = sequence(Flicker, measure.ThumbWidth, measure.ThumbHeight, flickerChange, math.Inf(1))
	return s
}

// tell reports an event, unless it is flicker of which half is dangerous.
func (s *screen) tell(e detectors.Event) {
	if e.Kind != Flicker {
		if len(s.told) == maxTold {
			s.told = s.told[:copy(s.told, s.told[1:])]
		}
		s.told = append(s.told, span{e.Start, e.End})
		s.sink(e)
		return
	}
	told := s.told
	for _, q := range []*sequence{s.general, s.red} {
		if q.open {
			told = append(told[:len(told):len(told)], span{q.start, q.last})
		}
	}
	var both time.Duration
	for _, t := range told {
		both += max(0, min(t.end, e.End)-max(t.start, e.Start))
	}
	if 2*both < e.End-e.Start {
		s.sink(e)
	}
}

func (s *screen) Picture(p *measure.Picture) {
	s.measure(p)
	s.general.picture(p, s.luminance)
	s.red.picture(p, s.redness)
	s.flicker.picture(p, s.luma)
}

func (s *screen) Flush(time.Duration) {
	s.general.close()
	s.red.close()
	s.flicker.close()
}

// Open reports the flashes as they would be if they ended now. Flicker is not shown before
// it is over: more of it may yet be dangerous.
func (s *screen) Open(time.Duration) {
	general, red := *s.general, *s.red
	general.sink, red.sink = s.sink, s.sink // they are not over
	general.close()
	red.close()
}

// measure fills luma, luminance and redness.
func (s *screen) measure(p *measure.Picture) {
	t := &p.Thumb
	for y := range t.Y {
		for x, c := range t.Y[y] {
			i, luma := y*measure.ThumbWidth+x, limited(c, p.FullRange)
			s.luma[i], s.luminance[i] = float32(luma), s.light(luma)
		}
	}
	for y := range t.V {
		for x, v := range t.V[y] {
			i := y*measure.ChromaWidth + x
			s.redness[i] = 0
			if v < 170*256 { // saturated red has 200 and more
				continue
			}
			luma := (int(t.Y[2*y][2*x]) + int(t.Y[2*y][2*x+1]) + int(t.Y[2*y+1][2*x]) + int(t.Y[2*y+1][2*x+1])) / 4
			s.redness[i] = redness(limited(uint16(luma), p.FullRange), t.U[y][x], v, p.Height >= 720)
		}
	}
}

// limited brings luma to limited range, in code values.
func limited(c uint16, fullRange bool) float64 {
	v := float64(c) / 256
	if fullRange {
		v = 16 + v*219/255
	}
	return v
}

// light interpolates the luminance of a luma.
func (s *screen) light(luma float64) float32 {
	i := min(int(luma), 254)
	low, high := s.rules.luminance[i], s.rules.luminance[i+1]
	return float32(low + (high-low)*(luma-float64(i)))
}

// redness returns (R-G-B)*320 of what is saturated red, and 0 of anything else.
// hd says that the matrix is that of BT.709, not of BT.601.
func redness(luma float64, u, v uint16, hd bool) float32 {
	kr, kb := 0.299, 0.114
	if hd {
		kr, kb = 0.2126, 0.0722
	}
	y, cb, cr := (luma-16)/219, (float64(u)/256-128)/224, (float64(v)/256-128)/224
	r := y + 2*(1-kr)*cr
	b := y + 2*(1-kb)*cb
	g := (y - kr*r - kb*b) / (1 - kr - kb)
	r, g, b = linear(r), linear(g), linear(b)
	if r <= 0 || r/(r+g+b) < redShare {
		return 0
	}
	return float32(max(0, r-g-b) * redScale)
}
