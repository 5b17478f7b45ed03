package media

/*
#include "native.h"
*/
import "C"

import "github.com/vqa-project/vqa/detectors/measure"

// A Shedding says which pictures are left out for want of time, alike for all
// that look at them.
type Shedding int32

// What is left out.
const (
	KeepAll       Shedding = iota
	KeepReference          // those that no other is predicted from
	KeepKey                // all but those that are decoded by themselves
)

// Shed leaves out pictures from the next packet on. It may be called from any
// goroutine.
func (in *Input) Shed(s Shedding) { in.shed.Store(int32(s)) }

// inDecoder is more pictures than a decoder holds back.
const inDecoder = 32

// leaveOut has the decoder leave out what it is to, of the packet that comes
// next. After all but key pictures were, others can be decoded from the next of
// these on.
func (in *Input) leaveOut(s *stream, key bool) {
	if s.Type != measure.Video {
		return
	}
	number := s.packets - 1
	what := Shedding(in.shed.Load())
	if s.shedding == KeepKey && !key {
		what = KeepKey
	}
	if what != s.shedding {
		if s.shedding == KeepAll {
			in.dropped(s, 0)
			s.shed[0] = number
		}
		s.shedding = what
		C.vqa_decoder_skip(codecPointer(s.decoder), C.int(what))
	}
	if s.shedding != KeepAll {
		s.shed[1] = number + 1
		s.owed++
		in.dropped(s, inDecoder)
	}
}

// dropped counts the pictures that have not come, but the last of them, which
// may still.
func (in *Input) dropped(s *stream, last int64) {
	if n := s.owed - last; n > 0 {
		in.counts.Dropped += n
		s.owed -= n
	}
}

// kept takes in a picture. It reports whether others near it were left out.
func (in *Input) kept(s *stream, p *measure.Picture) bool {
	switch {
	case s.shed[0] <= p.Coded && p.Coded < s.shed[1]:
		s.owed--
		return true
	case s.shedding == KeepAll && p.Coded >= s.shed[1]+inDecoder:
		in.dropped(s, 0)
	}
	return false
}
