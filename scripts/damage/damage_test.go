package main

import (
	"bytes"
	"math/rand/v2"
	"slices"
	"testing"
)

func TestBelow(t *testing.T) {
	got := below([]float64{40, 20, 20, 40, 20, 40, 40, 40, 20}, 32, 1)
	if want := [][2]int{{1, 5}, {8, 9}}; !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
}

func TestSee(t *testing.T) {
	psnr := slices.Repeat([]float64{60}, 100)
	for i := 40; i < 60; i++ {
		psnr[i] = 31
	}
	var tr truth
	if tr.see(psnr, 25) {
		t.Errorf("31 dB is clear: %+v", tr.Events)
	}
	psnr[50] = 20
	if !tr.see(psnr, 25) || len(tr.Events) != 1 || tr.Events[0].Start != 1.6 || tr.Events[0].End != 2.4 || tr.PSNR != 20 {
		t.Errorf("%+v", tr)
	}
}

// stream returns packets of video: a picture each 40 ms, of so many packets, each
// with a slice of its own but the first.
func stream(pictures, packets int) []byte {
	var out []byte
	for i := range pictures {
		for k := range packets {
			p := slices.Repeat([]byte{0xff}, packetSize)
			copy(p, []byte{0x47, videoPID >> 8, videoPID & 0xff, 0x10})
			if k == 0 {
				p[1] |= 0x40
				at := i * 3600
				copy(p[4:], []byte{0, 0, 1, 0xe0, 0, 0, 0x80, 0x80, 5,
					byte(0x21 | at>>29&0xe), byte(at >> 22), byte(at>>14 | 1), byte(at >> 7), byte(at<<1 | 1)})
			} else {
				copy(p[4:], []byte{0, 0, 1, 0x41, 0x10})
			}
			out = append(out, p...)
		}
	}
	return out
}

func TestDamage(t *testing.T) {
	whole := stream(250, 8)
	for kind := single; kind <= wholeSlices; kind++ {
		d := damage{kind: kind, codec: h264, begin: 4, end: 6, severity: 0.5}
		got := d.apply(whole, rand.New(rand.NewPCG(1, 2)))
		again := d.apply(whole, rand.New(rand.NewPCG(1, 2)))
		if !bytes.Equal(got, again) {
			t.Errorf("%v: not the same twice", kind)
		}
		from, to := 100*8*packetSize, 150*8*packetSize
		if !bytes.Equal(got[:from], whole[:from]) || !bytes.HasSuffix(got, whole[to:]) {
			t.Errorf("%v: something is damaged before or after", kind)
		}
		if bytes.Equal(got, whole) {
			t.Errorf("%v: nothing is damaged", kind)
		}
		first := 0
		for p := range slices.Chunk(got, packetSize) {
			if p[1]&0x40 != 0 {
				first++
			}
		}
		if first != 250 {
			t.Errorf("%v: %d pictures, not 250", kind, first)
		}
	}
}
