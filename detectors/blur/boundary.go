package blur

import (
	"math"
	"slices"
	"time"

	"github.com/vqa-project/vqa/detectors/measure"
)

const (
	// reach is how many pictures before a boundary, and after, are compared.
	reach  = 4
	window = 2 * reach

	// leastAgreement is the share of detail in regions that change alike: by at least
	// regionChange.
	// For a gain that may be taken back it is leastRise.
	leastAgreement = 0.6
	leastRise      = 0.4
	// For the end of a loss it is leastAgreementBack, and a gain of leastBack of it:
	// by then the picture shows something else. After a cut it is wholeBack of it.
	leastAgreementBack = 0.5
	leastBack          = 1. / 3
	wholeBack          = 0.75
	// A loss counts from clearly of the limit on where it is still there in the next
	// picture, and in regions with the share everywhere of detail; or where coarse
	// detail falls as well, by heavy dB more than contrast does.
	everywhere   = 0.98
	heavy        = 4
	clearly      = 0.7
	regionChange = 0.6 // dB

	// sudden is the share of a change that must lie between two pictures. A coder may
	// take one more: then, of a change that is large times the limit or heavy, it is begun in the
	// first and suddenly in both.
	sudden   = 0.7
	begun    = 0.25
	suddenly = 0.8
	large    = 1.6

	coarseGain = 1 // dB that coarse detail may gain where fine detail is lost

	// Of the regions of a picture, so many must have coarse detail of
	// leastCoarse code values, or there is too little to judge by.
	// With fewRegions it is enough where nothing else changes.
	leastRegions = 8
	fewRegions   = 2

	leastAgreementFew = 0.9
	sameShare         = 0.2 // of the change of cells, of their deviation

	leastCoarse = 0.5

	leastShare = 0.2 // of the tiles of a picture that are neither black nor white

	// A cut changes cells by cutShare of their deviation from their mean, and by
	// cutRatio of what the pictures around change.
	cutShare = 0.35
	cutRatio = 2

	// The motion after a boundary may be so many times that before, and
	// moved code values more.
	motionRatio = 2.5
	moved       = 0.75

	// Noise is what a fifth of the tiles have less of; from leastNoise code values on
	// it counts.
	quiet      = 0.2
	leastNoise = 1.2
)

// A look is what is remembered of a picture.
type look struct {
	at      time.Duration
	size    [2]int
	regions [measure.RegionsDown][measure.RegionsAcross]measure.Region

	fine, coarse float64 // sums over the picture at distances 2 and 8
	sharpness    float64 // -1 where there are no edges
	noise        float64 // code values
	lit          float64 // share of tiles that are neither black nor white
	change       float64 // of the cells since the picture before, mean, in code values
	share        float64 // of that, of their deviation
	contrast     float64 // mean deviation of the cells from their mean, in code values
}

func (l *look) set(p *measure.Picture, before *measure.ThumbRow, compare bool) {
	*l = look{
		at: p.PTS, size: [2]int{p.Width, p.Height}, regions: p.Detail.Regions,
		sharpness: p.Detail.Sharpest(), noise: noise(&p.Detail), lit: lit(&p.Detail),
	}
	for y := range l.regions {
		for x := range l.regions[y] {
			r := &l.regions[y][x]
			l.fine += float64(r.Residues[1]) * float64(r.Tiles)
			l.coarse += float64(r.Residues[3]) * float64(r.Tiles)
		}
	}
	change, deviation := changed(&p.Thumb, before)
	l.contrast = deviation / 256
	if compare {
		l.change, l.share = change/256, change/max(deviation, 64)
	}
}

// changed returns the mean absolute change of the cells of a thumb, and their mean
// deviation from their mean.
func changed(a, b *measure.ThumbRow) (change, deviation float64) {
	const n = measure.ThumbWidth * measure.ThumbHeight
	var sum int
	for y := range a.Y {
		for _, v := range a.Y[y] {
			sum += int(v)
		}
	}
	mean := sum / n
	difference, spread := 0, 0
	for y := range a.Y {
		for x, v := range a.Y[y] {
			w := int(b.Y[y][x])
			difference += max(int(v)-w, w-int(v))
			spread += max(int(v)-mean, mean-int(v))
		}
	}
	return float64(difference) / n, float64(spread) / n
}

// noise returns the noise of the quiet tiles, in quarters of a code value.
func noise(d *measure.DetailRow) float64 {
	want := quiet * float64(d.Tiles)
	for i, n := range d.Noise {
		if want -= float64(n); want < 0 {
			return float64(i) / 4
		}
	}
	return 0
}

// lit returns the share of tiles that were counted. Contours are looked for in 3 places
// for each of the 8 columns of a tile.
func lit(d *measure.DetailRow) float64 {
	return float64(3*measure.BlockSize) * float64(d.Tiles) / float64(max(d.Places, 1))
}

// A boundary is what lies between the first half of the window and the second.
type boundary struct {
	before, after float64 // detail of the picture, in dB
	gain          float64 // of detail, in dB, in regions weighted by their detail
	coarse        float64 // gain of coarse detail, in dB
	contrast      float64 // gain of contrast, in dB
	agreed        float64 // share of detail in regions that have a gain, or a loss, as well
	stays         bool    // most of it is there in the next picture as well
	sudden        bool    // most of it lies between two pictures
	cut           bool
	denoised      bool // there was noise before, and less than half of it after
	steady        bool // there is no more motion after than before
}

// plainly reports whether detail alone has changed, and much, all over a picture that is
// otherwise the same: then a page with little on it is enough.
func (f *follower) plainly(b *boundary, first *look) bool {
	return math.Abs(b.gain) >= 2*f.limit && b.agreed >= leastAgreementFew && first.share <= sameShare && math.Abs(b.contrast) <= 1
}

// heavy reports whether coarse detail is lost as well, which the end of noise and that of
// contrast do not take.
func (b *boundary) heavy() bool { return b.coarse-b.contrast <= -heavy }

func (f *follower) boundary() boundary {
	before, after := f.looks[:reach], f.looks[reach:]
	last, first := &f.looks[reach-1], &f.looks[reach]
	var b boundary
	var fine, coarse [2]float64
	for i := range reach {
		fine[0], coarse[0] = fine[0]+before[i].fine, coarse[0]+before[i].coarse
		fine[1], coarse[1] = fine[1]+after[i].fine, coarse[1]+after[i].coarse
	}
	b.before, b.after = decibels(fine[0], coarse[0]), decibels(fine[1], coarse[1])
	b.coarse, b.contrast = decibels(coarse[1], coarse[0]), decibels(first.contrast, last.contrast)

	// Noise in the first picture after it is its own change as well.
	second := &f.looks[reach+1]
	b.denoised = last.noise >= leastNoise && max(second.noise, f.looks[reach+2].noise) < last.noise/2

	usual := f.usualChange()
	b.cut = first.share > cutShare && first.change > cutRatio*max(usual[0], usual[1])
	b.steady = usual[1] <= motionRatio*usual[0]+moved

	var weights, gains, up, down, step, two float64
	regions := 0
	for y := range measure.RegionsDown {
		for x := range measure.RegionsAcross {
			var fine, coarse [2]float64
			for i := range reach {
				p, q := &before[i].regions[y][x], &after[i].regions[y][x]
				fine[0] += float64(p.Residues[1]) * float64(p.Tiles)
				fine[1] += float64(q.Residues[1]) * float64(q.Tiles)
				coarse[0] += float64(p.Residues[3]) * float64(p.Tiles)
				coarse[1] += float64(q.Residues[3]) * float64(q.Tiles)
			}
			tiles := float64(first.regions[y][x].Tiles + last.regions[y][x].Tiles)
			if tiles == 0 || min(coarse[0], coarse[1]) < leastCoarse*reach*tiles/2 || min(fine[0], fine[1]) <= 0 {
				continue
			}
			regions++
			gain := decibels(fine[1], coarse[1]) - decibels(fine[0], coarse[0])
			weight := max(fine[0], fine[1])
			weights += weight
			gains += weight * gain
			switch {
			case gain >= regionChange:
				up += weight
			case gain <= -regionChange:
				down += weight
			}
			step += weight * gained(&last.regions[y][x], &first.regions[y][x])
			two += weight * gained(&last.regions[y][x], &f.looks[reach+1].regions[y][x])
		}
	}
	if regions > 0 {
		b.gain, b.agreed = gains/weights, max(up, down)/weights
	}
	enough := regions >= leastRegions && min(last.lit, first.lit) >= leastShare
	if !enough && (regions < fewRegions || !f.plainly(&b, first)) {
		return boundary{cut: b.cut, before: b.before, after: b.after}
	}
	step, two = step/gains, two/gains // as shares
	b.stays = two >= sudden
	b.sudden = step >= sudden || step >= begun && two >= suddenly && (math.Abs(b.gain) >= large*f.limit || b.heavy())
	return b
}

// gained returns the gain of detail from one region to another, in dB, 0 where there is
// none.
func gained(a, b *measure.Region) float64 {
	if min(a.Residues[1], a.Residues[3], b.Residues[1], b.Residues[3]) <= 0 {
		return 0
	}
	return decibels(float64(b.Residues[1]), float64(b.Residues[3])) - decibels(float64(a.Residues[1]), float64(a.Residues[3]))
}

// usualChange returns the median change of the cells before the boundary and after
// it, without the one across.
func (f *follower) usualChange() [2]float64 {
	var out [2]float64
	for i, looks := range [][]look{f.looks[1:reach], f.looks[reach+1:]} {
		c := f.changes[:len(looks)]
		for k := range looks {
			c[k] = looks[k].change
		}
		slices.Sort(c)
		out[i] = c[len(c)/2]
	}
	return out
}

// decibels returns a ratio of amplitudes in dB, 0 where there is none.
func decibels(a, b float64) float64 {
	if a <= 0 || b <= 0 {
		return 0
	}
	return 20 * math.Log10(a/b)
}
