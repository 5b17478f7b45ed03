package transport

import (
	"bytes"
	"strings"
	"unicode/utf8"

	"github.com/vqa-project/vqa/detectors/measure"
)

// PIDs with tables (2.4.4, ETSI EN 300 468, 5.1.3).
const (
	patPID = 0x00
	catPID = 0x01
	nitPID = 0x10
	sdtPID = 0x11
	eitPID = 0x12
	rstPID = 0x13
	tdtPID = 0x14
)

// tables reports whether a PID has tables in every transport stream.
func tables(pid int) bool {
	return pid == patPID || pid == catPID || pid >= nitPID && pid <= tdtPID
}

// table_ids.
const (
	patID      = 0x00
	catID      = 0x01
	pmtID      = 0x02
	sdtID      = 0x42
	sdtOtherID = 0x46
	totID      = 0x73
	stuffing   = 0xff
)

const (
	// maxSection is the length of the longest section.
	maxSection = 4096

	// maxKnown bounds how many sections of a PID are remembered.
	maxKnown = 1024
)

// sections puts the sections of one PID together.
type sections struct {
	held  []byte
	begun bool // held begins with a section
	known []known
}

// A known table section is not parsed again.
type known struct {
	table     uint8
	extension uint16
	section   uint8
	sum       uint32 // its CRC
	content   *measure.TransportTable
}

// anew drops what is not whole.
func (s *sections) anew() *sections {
	if s != nil {
		s.held, s.begun = s.held[:0], false
	}
	return s
}

// sections takes in the payload of a packet, and makes a row of every section
// that ends in it. start says that one begins in it, behind a pointer_field.
func (m *Meter) sections(n int, s *sections, b []byte, start bool) {
	if start {
		pointer := int(b[0])
		b = b[1:]
		if pointer > len(b) {
			s.anew()
			return
		}
		if s.begun {
			s.held = append(s.held, b[:pointer]...)
			m.cut(n, s)
		}
		s.held, s.begun = append(s.held[:0], b[pointer:]...), true
	} else if s.begun {
		s.held = append(s.held, b...)
	}
	m.cut(n, s)
}

// cut takes whole sections off what is held.
func (m *Meter) cut(pid int, s *sections) {
	b := s.held
	for s.begun && len(b) > 0 {
		if b[0] == stuffing { // up to the next pointer_field
			s.begun = false
			break
		}
		if len(b) < 3 {
			break
		}
		n := 3 + (int(b[1])&15<<8 | int(b[2]))
		if n > maxSection {
			s.begun = false
			m.section(pid, s, b[:3])
			break
		}
		if len(b) < n {
			break
		}
		m.section(pid, s, b[:n])
		b = b[n:]
	}
	if !s.begun {
		b = nil
	}
	s.held = s.held[:copy(s.held, b)]
}

// section makes a row of a section, and learns which PIDs have tables.
func (m *Meter) section(n int, s *sections, b []byte) {
	r := m.row(measure.Section, n, 0)
	r.Table, r.Valid = b[0], true
	syntax := len(b) > 1 && b[1]&0x80 != 0 // section_syntax_indicator
	if long := syntax || b[0] == patID || b[0] == catID || b[0] == pmtID; long && len(b) < 12 || len(b) < 4 {
		r.Kind = measure.SectionInvalid
		return
	}
	if !syntax {
		r.Valid = b[0] != totID || checksum(b) == 0
		return
	}
	r.Extension, r.Version = uint16(b[3])<<8|uint16(b[4]), b[5]>>1&31
	if r.Valid = checksum(b) == 0; !r.Valid {
		return
	}
	if b[5]&1 == 0 { // current_next_indicator: not yet
		return
	}
	r.Content = s.content(b)
	if r.Content != nil && n == patPID && b[0] == patID {
		for _, p := range r.Content.Programs {
			if p.PID != measure.NullPID {
				m.expect(p.PID)
			}
		}
	}
}

// expect takes a PID for one with tables.
func (m *Meter) expect(n int) {
	if m.pids[n] == nil {
		m.pids[n] = &pid{}
	}
	if p := m.pids[n]; p.sections == nil {
		p.sections = &sections{}
	}
}

// content returns what a section says, nil where that is of no interest.
func (s *sections) content(b []byte) *measure.TransportTable {
	k := known{table: b[0], extension: uint16(b[3])<<8 | uint16(b[4]), section: b[6], sum: sum(b)}
	for i := range s.known {
		if o := &s.known[i]; o.table == k.table && o.extension == k.extension && o.section == k.section {
			if o.sum != k.sum {
				o.sum, o.content = k.sum, parse(b)
			}
			return o.content
		}
	}
	k.content = parse(b)
	if k.content != nil && len(s.known) < maxKnown {
		s.known = append(s.known, k)
	}
	return k.content
}

func sum(b []byte) uint32 {
	b = b[len(b)-4:]
	return uint32(b[0])<<24 | uint32(b[1])<<16 | uint32(b[2])<<8 | uint32(b[3])
}

// parse parses a section of at least 12 bytes with a right CRC.
func parse(b []byte) *measure.TransportTable {
	body := b[8 : len(b)-4]
	switch b[0] {
	case patID:
		return parsePAT(body)
	case catID:
		return &measure.TransportTable{Access: access(body)}
	case pmtID:
		return parsePMT(body)
	case sdtID, sdtOtherID:
		return parseSDT(body)
	}
	return nil
}

func parsePAT(b []byte) *measure.TransportTable {
	t := &measure.TransportTable{}
	for ; len(b) >= 4; b = b[4:] {
		t.Programs = append(t.Programs, measure.TransportProgram{Number: int(b[0])<<8 | int(b[1]), PID: id(b[1:])})
	}
	return t
}

func parsePMT(b []byte) *measure.TransportTable {
	if len(b) < 4 {
		return nil
	}
	t := &measure.TransportTable{ClockPID: int(b[0])&0x1f<<8 | int(b[1])}
	descriptors, b := cut(b[2:])
	t.Access = access(descriptors)
	for len(b) >= 5 {
		s := measure.TransportStream{Coding: int(b[0]), PID: int(b[1])&0x1f<<8 | int(b[2])}
		descriptors, b = cut(b[3:])
		s.Type, s.Optional = typeOf(s.Coding, descriptors)
		t.Streams = append(t.Streams, s)
		t.Access = append(t.Access, access(descriptors)...)
	}
	return t
}

// cut returns what a length of 12 bits announces, and what follows.
func cut(b []byte) (first, rest []byte) {
	n := int(b[0])&15<<8 | int(b[1])
	b = b[2:]
	n = min(n, len(b))
	return b[:n], b[n:]
}

// Descriptors (2.6; EN 300 468, 6; ATSC A/53).
const (
	registration  = 0x05
	conditional   = 0x09 // CA_descriptor
	language      = 0x0a
	service       = 0x48
	teletext      = 0x56
	subtitling    = 0x59
	ac3, eac3     = 0x6a, 0x7a
	dts, aac      = 0x7b, 0x7c
	extension     = 0x7f
	privateStream = 0x06 // stream_type of PES packets that descriptors tell more of
)

// each calls f with every descriptor.
func each(b []byte, f func(tag byte, body []byte)) {
	for len(b) >= 2 && len(b) >= 2+int(b[1]) {
		f(b[0], b[2:2+int(b[1])])
		b = b[2+int(b[1]):]
	}
}

// typeOf tells pictures, sound and data apart (2.4.4.9, and ATSC A/52).
func typeOf(coding int, descriptors []byte) (t measure.MediaType, optional bool) {
	switch coding {
	case 0x01, 0x02, 0x10, 0x1b, 0x20, 0x21, 0x24, 0x33, 0xd1, 0xea:
		t = measure.Video
	case 0x03, 0x04, 0x0f, 0x11, 0x1c, 0x81, 0x82, 0x84, 0x85, 0x86, 0x87, 0x8a:
		t = measure.Audio
	default:
		t = "data"
	}
	if coding == 0x86 && len(descriptors) == 0 { // SCTE 35, or DTS
		t = "data"
	}
	each(descriptors, func(tag byte, b []byte) {
		switch {
		case coding == privateStream && (tag == ac3 || tag == eac3 || tag == dts || tag == aac):
			t = measure.Audio
		case tag == language && len(b) >= 4 && b[3] > 0: // audio_type
			optional = true
		case tag == registration && bytes.HasPrefix(b, []byte("HEVC")):
			t = measure.Video
		case tag == registration && coding == privateStream && (bytes.HasPrefix(b, []byte("Opus")) || bytes.HasPrefix(b, []byte("AC-3"))):
			t = measure.Audio
		case tag == registration && bytes.HasPrefix(b, []byte("CUEI")):
			t = "data"
		}
	})
	return t, optional || t == "data"
}

// access returns the PIDs that CA_descriptors name.
func access(b []byte) []int {
	var pids []int
	each(b, func(tag byte, b []byte) {
		if tag == conditional && len(b) >= 4 {
			pids = append(pids, int(b[2])&0x1f<<8|int(b[3]))
		}
	})
	return pids
}

// parseSDT parses the services of an SDT (EN 300 468, 5.2.3).
func parseSDT(b []byte) *measure.TransportTable {
	t := &measure.TransportTable{}
	if len(b) < 3 {
		return t
	}
	for b = b[3:]; len(b) >= 5; {
		s := measure.TransportService{Number: int(b[0])<<8 | int(b[1])}
		var descriptors []byte
		descriptors, b = cut(b[3:])
		each(descriptors, func(tag byte, b []byte) {
			if tag != service || len(b) < 2 || len(b) < 3+int(b[1]) {
				return
			}
			b = b[2+int(b[1]):]
			s.Name = text(b[1:min(1+int(b[0]), len(b))])
		})
		t.Services = append(t.Services, s)
	}
	return t
}

// text returns a name (EN 300 468, A.2). Beside UTF-8 it knows ASCII, which
// all tables of characters have in common.
func text(b []byte) string {
	if len(b) > 0 && b[0] < 0x20 { // selects a table
		skip := 1
		if b[0] == 0x10 {
			skip = 3
		}
		b = b[min(skip, len(b)):]
	}
	if utf8.Valid(b) {
		return strings.Map(func(r rune) rune {
			if r < ' ' {
				return -1
			}
			return r
		}, string(b))
	}
	return strings.Map(func(r rune) rune {
		switch {
		case r < ' ':
			return -1
		case r >= 0x7f:
			return '?'
		}
		return r
	}, string(latin(b)))
}

func latin(b []byte) []rune {
	out := make([]rune, len(b))
	for i, c := range b {
		out[i] = rune(c)
	}
	return out
}

// crcTable is that of CRC_32 (2.4.4, Annex A).
var crcTable = func() (t [256]uint32) {
	for i := range t {
		c := uint32(i) << 24
		for range 8 {
			if c&(1<<31) != 0 {
				c = c<<1 ^ 0x04c11db7
			} else {
				c <<= 1
			}
		}
		t[i] = c
	}
	return t
}()

// checksum returns 0 for a section with its right CRC at the end.
func checksum(b []byte) uint32 {
	c := ^uint32(0)
	for _, x := range b {
		c = c<<8 ^ crcTable[byte(c>>24)^x]
	}
	return c
}
