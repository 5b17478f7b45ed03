package blur

import (
	"testing"

	"github.com/vqa-project/vqa/detectors/dettest"
	"github.com/vqa-project/vqa/detectors/measure"
)

const picture = dettest.PictureTime

// detailed returns pictures whose fine detail is a share of the coarse.
func detailed(share float64) func(int, *measure.Picture) {
	return func(i int, p *measure.Picture) { set(p, share, 8) }
}

func set(p *measure.Picture, share, coarse float64) {
	p.Detail = measure.DetailRow{Tiles: 960, Places: 24 * 960, Compared: true}
	p.Detail.Noise[0] = 960
	p.Detail.Sharpness[int(share*float64(len(p.Detail.Sharpness)))] = 500
	for y := range p.Detail.Regions {
		for x := range p.Detail.Regions[y] {
			p.Detail.Regions[y][x] = measure.Region{
				Tiles: 20, Residues: [measure.Scales]float32{float32(share * coarse / 2), float32(share * coarse), float32(coarse), float32(coarse)},
			}
		}
	}
}

// scene gives a picture cells that a cut changes.
func scene(n int, change func(int, *measure.Picture)) func(int, *measure.Picture) {
	return func(i int, p *measure.Picture) {
		change(i, p)
		for y := range p.Thumb.Y {
			for x := range p.Thumb.Y[y] {
				p.Thumb.Y[y][x] = uint16((40 + (x*(3+n)+y*(5+2*n))%150) * 256)
			}
		}
	}
}

func TestBlur(t *testing.T) {
	sharp, soft := detailed(0.5), detailed(0.3)
	around := func(n int, change dettest.Pictures) func(*dettest.Bench) { return dettest.Around(n, sharp, change) }
	found := dettest.Span{Kind: Blur, Start: 25 * picture, End: 75 * picture}
	play := dettest.Plays(t, Detector, 0)
	play.Intervals(Blur, sharp, soft)
	play("too little", around(50, detailed(0.45)))
	weaker := func(i int, p *measure.Picture) {
		detailed(0.43)(i, p)
		for x := range 4 { // in most of the picture
			p.Detail.Regions[0][x].Residues[1] = 4
		}
	}
	play("less, and that alone", around(50, weaker))
	play("less, of which more comes back at once", func(b *dettest.Bench) {
		b.Pictures(25, sharp)
		b.Pictures(50, weaker)
		b.Pictures(25, detailed(0.55))
	}, found)
	play("less, and too late", func(b *dettest.Bench) {
		b.Pictures(25, sharp)
		b.Pictures(1600, weaker)
		b.Pictures(25, detailed(0.55))
	})
	play("less, and then more", func(b *dettest.Bench) {
		b.Pictures(20, sharp)
		b.Pictures(5, weaker)
		b.Pictures(50, soft)
		b.Pictures(25, sharp)
	}, found)
	play("less, but everywhere alike", around(50, detailed(0.43)), found)
	play("less, and not everywhere", around(50, func(i int, p *measure.Picture) {
		detailed(0.43)(i, p)
		p.Detail.Regions[0] = [measure.RegionsAcross]measure.Region{}
		for x := range p.Detail.Regions[1] {
			p.Detail.Regions[1][x].Residues[1] = 4
		}
	}))
	play("less, of which a part is soon won back", around(50, func(i int, p *measure.Picture) { set(p, []float64{0.42, 0.45, 0.43}[min(i, 2)], 8) }))
	play("where less can be won back", func(b *dettest.Bench) {
		b.Pictures(25, detailed(0.8))
		b.Pictures(50, detailed(0.4))
		b.Pictures(25, detailed(0.52))
	}, found)
	play("a pull of focus", around(50, func(i int, p *measure.Picture) { set(p, 0.5-0.2*min(1, float64(i)/20), 8) }))
	play("a coder that recovers", around(50, func(i int, p *measure.Picture) { set(p, 0.3+0.2*min(1, float64(i)/30), 8) }))
	play("what recovers, and at once is sharp again", around(50, func(i int, p *measure.Picture) { set(p, 0.2+0.1*min(1, float64(i)/20), 8) }), found)
	drifts := func(i int, p *measure.Picture) { set(p, 0.3+0.2*min(1, max(0, float64(i)-25)/10), 8) }
	play("of a picture that comes to show more", func(b *dettest.Bench) {
		b.Pictures(25, sharp)
		b.Pictures(50, drifts)
		b.Pictures(25, detailed(0.83))
	}, found)
	play("that comes back by and by", around(300, drifts))
	play("that comes back by and by, and then another", func(b *dettest.Bench) {
		b.Pictures(25, sharp)
		b.Pictures(75, drifts)
		b.Pictures(50, soft)
		b.Pictures(25, sharp)
	}, dettest.Span{Kind: Blur, Start: 100 * picture, End: 150 * picture})
	play("that comes back by and by, up to a cut to something sharper", func(b *dettest.Bench) {
		b.Pictures(25, scene(0, sharp))
		b.Pictures(50, scene(0, drifts))
		b.Pictures(25, scene(1, detailed(0.83)))
	})
	play("over a cut to something sharper", func(b *dettest.Bench) {
		b.Pictures(25, scene(0, sharp))
		b.Pictures(25, scene(0, soft))
		b.Pictures(25, scene(1, detailed(0.45)))
		b.Pictures(25, scene(1, detailed(0.9)))
	}, found)
	heavily := func(contrast int) dettest.Pictures {
		return func(i int, p *measure.Picture) {
			set(p, 0.43, 3.5)
			for x := range 4 { // in most of the picture
				p.Detail.Regions[0][x].Residues[1] = 1.75
			}
			scene(0, func(int, *measure.Picture) {})(i, p)
			for y := range p.Thumb.Y {
				for x := range p.Thumb.Y[y] {
					p.Thumb.Y[y][x] /= uint16(contrast)
				}
			}
		}
	}
	with := func(change dettest.Pictures) func(*dettest.Bench) {
		return func(b *dettest.Bench) {
			b.Pictures(25, scene(0, sharp))
			b.Pictures(50, change)
			b.Pictures(25, scene(0, sharp))
		}
	}
	play("less, and coarse detail as well", with(heavily(1)), found)
	play("less, and coarse detail and contrast as well", with(heavily(2)))
	play("through black", around(50, func(i int, p *measure.Picture) {
		if soft(i, p); i >= 20 && i < 25 {
			p.Detail = measure.DetailRow{}
		}
	}), found)
	play("a fade", around(50, func(i int, p *measure.Picture) { set(p, 0.5, 4) }))
	play("in a part of the picture", around(50, func(i int, p *measure.Picture) {
		sharp(i, p)
		for y := range 3 {
			for x := range p.Detail.Regions[y] {
				p.Detail.Regions[y][x].Residues[1] = 1
			}
		}
	}))
	play("a cut to a soft scene", func(b *dettest.Bench) {
		b.Pictures(25, scene(0, sharp))
		b.Pictures(50, scene(1, soft))
	})
	play("soft over a cut", func(b *dettest.Bench) {
		b.Pictures(25, scene(0, sharp))
		b.Pictures(25, scene(0, soft))
		b.Pictures(25, scene(1, soft))
		b.Pictures(25, scene(1, sharp))
	}, found)
	play("until a cut to a sharp scene", func(b *dettest.Bench) {
		b.Pictures(25, scene(0, sharp))
		b.Pictures(50, scene(0, soft))
		b.Pictures(25, scene(1, sharp))
	}, found)
	play("the end of something sharper", func(b *dettest.Bench) {
		b.Pictures(25, sharp)
		b.Pictures(50, detailed(0.9))
		b.Pictures(50, sharp)
	})
	play("the end of noise", func(b *dettest.Bench) {
		b.Pictures(25, func(i int, p *measure.Picture) { set(p, 0.9, 8); p.Detail.Noise = [len(p.Detail.Noise)]uint32{20: 960} })
		b.Pictures(50, sharp)
	})
	page := func(share float64, brightness uint16) dettest.Pictures {
		return func(i int, p *measure.Picture) {
			scene(0, detailed(share))(i, p)
			regions := p.Detail.Regions
			p.Detail.Regions = [measure.RegionsDown][measure.RegionsAcross]measure.Region{}
			p.Detail.Regions[2][3], p.Detail.Regions[2][4] = regions[2][3], regions[2][4]
			p.Detail.Places *= 20
			for y := range p.Thumb.Y {
				for x := range p.Thumb.Y[y] {
					p.Thumb.Y[y][x] /= brightness
				}
			}
		}
	}
	on := func(page, change dettest.Pictures) func(*dettest.Bench) { return dettest.Around(50, page, change) }
	play("a page with little on it", on(page(0.5, 1), page(0.25, 1)), found)
	play("a page, and too little", on(page(0.5, 1), page(0.4, 1)))
	play("a page that changes", on(page(0.5, 1), page(0.25, 2)))
	play("nearly all black", around(50, func(i int, p *measure.Picture) { detailed(0.4)(i, p); p.Detail.Places *= 20 }))
	play("a change of size", func(b *dettest.Bench) {
		b.Pictures(25, sharp)
		b.Pictures(50, func(i int, p *measure.Picture) { soft(i, p); p.Width = 320 })
	})
	play("a soft stream", func(b *dettest.Bench) { b.Pictures(50, detailed(0.1)) }, dettest.Span{Kind: Blur, Start: 0, End: 50 * picture})
	play("a soft lens", func(b *dettest.Bench) { b.Pictures(50, detailed(0.2)) })
}

func TestMeasures(t *testing.T) {
	b := dettest.Start(t, Detector)
	b.Pictures(90, detailed(0.5))
	b.Pictures(10, detailed(0.25))
	b.Flush()
	got := b.MeasuresOf(dettest.VideoStream)
	if m, p := got["sharpness_median_ratio"], got["sharpness_p5_ratio"]; m < 0.5 || m > 0.52 || p < 0.25 || p > 0.27 {
		t.Errorf("measures %v", got)
	}
}
