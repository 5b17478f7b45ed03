//go:build unix

package measure

import (
	"math/rand/v2"
	"syscall"
	"testing"
	"unsafe"
)

// guarded returns memory between two pages that nobody may touch.
func guarded(t *testing.T, size int) []byte {
	t.Helper()
	page := syscall.Getpagesize()
	size = (size + page - 1) / page * page
	mem, err := syscall.Mmap(-1, 0, size+2*page, syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_ANON|syscall.MAP_PRIVATE)
	if err != nil {
		t.Fatalf("mapping memory: %v", err)
	}
	t.Cleanup(func() { _ = syscall.Munmap(mem) })
	for _, edge := range [][]byte{mem[:page], mem[page+size:]} {
		if err := syscall.Mprotect(edge, syscall.PROT_NONE); err != nil {
			t.Fatalf("protecting memory: %v", err)
		}
	}
	return mem[page : page+size]
}

// TestStaysInside puts planes at the very end and at the very start of memory.
// A kernel that reads beyond dies of it.
func TestStaysInside(t *testing.T) {
	eachInstructionSet(t, Pictures, func(t *testing.T, v *VideoMeter) {
		r := rand.New(rand.NewPCG(5, 6))
		for _, depth := range []int{8, 10} {
			size := 1 + (depth-1)/8
			for _, dims := range [][2]int{
				{1, 1}, {7, 5}, {8, 8}, {15, 9}, {31, 40}, {33, 36}, {63, 41}, {64, 64}, {65, 37}, {97, 80}, {129, 50}, {255, 43},
			} {
				w, h := dims[0], dims[1]
				for _, stride := range []int{w * size, (w + 31) * size, -w * size, -(w + 31) * size} {
					for _, atEnd := range []bool{true, false} {
						plane := func(w, h int) Plane {
							span := max(stride, -stride)*(h-1) + w*size // from the first to the last sample
							mem := guarded(t, span)
							base := unsafe.Pointer(&mem[0])
							if atEnd {
								base = unsafe.Add(base, len(mem)-span)
							}
							if stride < 0 {
								base = unsafe.Add(base, -stride*(h-1))
							}
							p := Plane{Data: base, Stride: stride, Width: w, Height: h}
							for y := range h {
								for x := range w {
									p.set(x, y, depth, r.IntN(1<<depth))
								}
							}
							return p
						}
						frame := func() *Frame {
							return &Frame{Y: plane(w, h), U: plane((w+1)/2, (h+1)/2), V: plane((w+1)/2, (h+1)/2), Depth: depth}
						}
						agree(t, v, frame(), frame())
					}
				}
			}
		}
	})
}
