package noise

import (
	"math"
	"testing"

	"github.com/vqa-project/vqa/detectors/dettest"
	"github.com/vqa-project/vqa/detectors/measure"
)

const picture = dettest.PictureTime

// tiles is the number of tiles of the pictures.
const tiles = 1000

// noisy returns pictures with white noise of a level, in code values.
func noisy(level float64) func(int, *measure.Picture) {
	return func(_ int, p *measure.Picture) {
		d := &p.Detail
		*d = measure.DetailRow{Tiles: tiles, Places: 24 * tiles, Compared: true}
		d.Noise[int(level*residue*4)] = tiles
		for y := range d.Regions {
			for x := range d.Regions[y] {
				v := float32(level * residue)
				d.Regions[y][x] = measure.Region{Tiles: 20, Residues: [measure.Scales]float32{v, v, v, v}}
			}
		}
	}
}

func TestNoise(t *testing.T) {
	clean, snow := noisy(0.6), noisy(8)
	around := func(n int, change dettest.Pictures) func(*dettest.Bench) { return dettest.Around(n, clean, change) }
	found := dettest.Span{Kind: Noise, Start: 25 * picture, End: 75 * picture}
	play := dettest.Plays(t, Detector, 0)
	play.Intervals(Noise, clean, snow)
	play("weak, but new", around(50, noisy(2)), found)
	play("weak, always", func(b *dettest.Bench) { b.Pictures(100, noisy(2)) })
	play("texture", around(50, func(i int, p *measure.Picture) {
		snow(i, p)
		for y := range p.Detail.Regions {
			for x := range p.Detail.Regions[y] {
				p.Detail.Regions[y][x].Residues[measure.Scales-1] = 20
			}
		}
	}))
	textured := func(regions int) dettest.Pictures {
		return func(i int, p *measure.Picture) {
			snow(i, p)
			for k := range regions {
				p.Detail.Regions[k/measure.RegionsAcross][k%measure.RegionsAcross].Residues[measure.Scales-1] = 20
			}
		}
	}
	play("and a texture from the start", around(50, textured(38)))
	play("then a texture as well", func(b *dettest.Bench) {
		b.Pictures(25, clean)
		b.Pictures(25, snow)
		b.Pictures(25, textured(40))
		b.Pictures(25, clean)
	}, found)
	play("then a texture alone", func(b *dettest.Bench) {
		b.Pictures(25, clean)
		b.Pictures(50, snow)
		b.Pictures(25, textured(44))
	}, found)
	play("with pictures that are better", around(50, dettest.Except(clean, snow)), found)
	play("each picture shown twice", around(50, func(i int, p *measure.Picture) {
		snow(i, p)
		if i%2 == 1 {
			p.Detail.Noise = [len(p.Detail.Noise)]uint32{tiles}
		}
	}), found)
	play("then frozen", func(b *dettest.Bench) {
		b.Pictures(50, snow)
		b.Pictures(50, func(i int, p *measure.Picture) {
			snow(i, p)
			p.Detail.Noise = [len(p.Detail.Noise)]uint32{tiles}
		})
	}, dettest.Span{Kind: Noise, Start: 0, End: (50 + maxRepeats) * picture})
	play("nearly all black", around(50, func(i int, p *measure.Picture) {
		snow(i, p)
		p.Detail.Places *= 20
	}))
}

func TestMeasures(t *testing.T) {
	b := dettest.Start(t, Detector)
	b.Pictures(90, noisy(1))
	b.Pictures(10, noisy(8))
	b.Flush()
	got := b.MeasuresOf(dettest.VideoStream)
	// The level of a tile is known to 1/4 code value.
	if math.Abs(got["noise_median_codes"]-1) > 0.25 || math.Abs(got["noise_p95_codes"]-8) > 0.25 {
		t.Errorf("measures %v", got)
	}
}
