// Package transport makes rows of the bytes of an MPEG transport stream.
//
// It looks at each packet once, and keeps nothing of its payload but the
// sections of tables. What is right or wrong is for a detector to say: rows
// tell what is there. References are to ISO/IEC 13818-1.
package transport

import (
	"bytes"
	"slices"

	"github.com/vqa-project/vqa/detectors/measure"
)

const (
	packetSize = 188
	syncByte   = 0x47

	// acquire and lose are how many packets in a row with a right, or wrong,
	// sync byte it takes to be synchronized, or no longer (ETSI TR 101 290,
	// 5.2.1).
	acquire = 5
	lose    = 2

	// quiet is how many packets of all PIDs a PID may go without a row.
	quiet = 500
)

// sizes are how far sync bytes are apart: packets as such, with a time stamp of
// 4 bytes before them (BDAV), and with 16 bytes of Reed-Solomon code behind.
var sizes = []int{packetSize, 192, 204}

// A Meter makes rows of the bytes of one input. The zero value is ready.
type Meter struct {
	Rows []measure.Transport // made so far; the caller takes them out

	held    []byte // not looked at yet
	offset  int64  // of held, in the input
	size    int    // of packets; 0 while not synchronized
	was     int    // the size before a loss
	wrong   int    // sync bytes in a row
	packets int64
	count   int64 // of packets that were looked into
	pids    [measure.NullPID + 1]*pid
	ended   bool
}

// A pid is what is known of the packets of one PID.
type pid struct {
	packets   int64
	told      int64 // packet of the last row
	counter   uint8 // continuity_counter of the last packet
	begun     bool
	repeated  bool // the last packet was there twice
	scrambled bool
	indicated bool             // discontinuity_indicator since the last PCR
	last      [packetSize]byte // the last packet with payload
	sections  *sections        // of a PID with tables
}

// Found reports whether a transport stream was found in the bytes so far.
func (m *Meter) Found() bool { return m.packets > 0 }

// Add takes in the next bytes of the input, which it does not keep.
func (m *Meter) Add(b []byte) {
	m.held = append(m.held, b...)
	m.look(false)
}

// Flush ends the input.
func (m *Meter) Flush() {
	if m.ended {
		return
	}
	m.ended = true
	m.look(true)
	if m.packets == 0 {
		return
	}
	for i, p := range m.pids {
		if p != nil && p.packets > 0 {
			m.Rows = append(m.Rows, measure.Transport{Kind: measure.Total, PID: i, Packet: m.packets, Position: m.offset, Packets: p.packets})
		}
	}
	m.Rows = append(m.Rows, measure.Transport{Kind: measure.End, Packet: m.packets, Position: m.offset, Packets: m.count, Bytes: m.count * packetSize})
}

// look works through the bytes held, and drops them.
func (m *Meter) look(final bool) {
	b := m.held
	for {
		if m.size == 0 {
			n, found := m.search(b, final)
			m.offset += int64(n)
			b = b[n:]
			if !found {
				break
			}
		}
		need := m.size
		if final { // the last one may come without what is behind a packet
			need = packetSize
		}
		if len(b) < need {
			break
		}
		m.packet(b[:packetSize])
		n := min(m.size, len(b))
		if m.size == 0 {
			n = 1 // sync is searched for from here on
		}
		m.offset += int64(n)
		b = b[n:]
	}
	m.held = m.held[:copy(m.held, b)]
}

// search looks for sync bytes, and returns how many bytes there are before
// them.
func (m *Meter) search(b []byte, final bool) (before int, found bool) {
	order := sizes
	if m.was != 0 {
		order = append([]int{m.was}, sizes...)
	}
	for at := 0; ; at++ {
		i := bytes.IndexByte(b[at:], syncByte)
		if i < 0 {
			return len(b), false
		}
		at += i
		if !final && len(b)-at < (acquire-1)*slices.Max(sizes)+packetSize { // judged alike, however bytes come
			return at, false
		}
		for _, size := range order {
			if regular(b[at:], size) {
				m.size, m.was, m.wrong = size, size, 0
				m.row(measure.SyncFound, 0, at)
				return at, true
			}
		}
	}
}

// regular reports whether b begins with packets of a size. At the end of the
// input there may be fewer of them.
func regular(b []byte, size int) bool {
	n := 0
	for i := 0; i < acquire*size && i+packetSize <= len(b); i += size {
		if b[i] != syncByte {
			return false
		}
		n++
	}
	return n >= min(acquire, 2)
}

// row adds a row of the packet ahead bytes further on.
func (m *Meter) row(kind measure.TransportKind, id, ahead int) *measure.Transport {
	m.Rows = append(m.Rows, measure.Transport{Kind: kind, PID: id, Packet: m.packets, Position: m.offset + int64(ahead)})
	return &m.Rows[len(m.Rows)-1]
}

// packet looks at one packet.
func (m *Meter) packet(b []byte) {
	if b[0] != syncByte {
		n := id(b)
		if m.pids[n] == nil {
			n = measure.NullPID
		}
		m.row(measure.SyncByte, n, 0)
		if m.wrong++; m.wrong == lose {
			m.row(measure.SyncLost, 0, 0)
			m.size = 0
			for _, p := range m.pids { // what is missing is missing once
				if p != nil {
					p.begun, p.sections = false, p.sections.anew()
				}
			}
			return
		}
		m.skipped(b)
		m.packets++
		return
	}
	m.wrong = 0
	m.inside(b)
	m.packets++
	m.count++
}

// skipped takes note of a packet with a damaged sync byte: where its counter
// follows, nothing is missing.
func (m *Meter) skipped(b []byte) {
	if p := m.pids[id(b)]; p != nil && p.begun && b[3]&0x10 != 0 && b[3]&15 == (p.counter+1)&15 {
		p.counter = b[3] & 15
		if p.sections != nil {
			p.sections.anew()
		}
	}
}

func id(b []byte) int { return int(b[1]&0x1f)<<8 | int(b[2]) }

// inside looks into a packet.
func (m *Meter) inside(b []byte) {
	n := id(b)
	p := m.pids[n]
	if p == nil {
		p = &pid{}
		if tables(n) {
			p.sections = &sections{}
		}
		m.pids[n] = p
	}
	if p.packets++; p.packets == 1 {
		p.told = m.packets
		m.row(measure.Alive, n, 0)
	}
	erroneous := b[1]&0x80 != 0
	if erroneous {
		p.told = m.packets
		m.row(measure.Erroneous, n, 0)
	}
	if n == measure.NullPID {
		return
	}
	payload := b[4:]
	discontinuity, clocked := false, false
	if b[3]&0x20 != 0 { // adaptation_field
		length := int(b[4])
		if length > packetSize-5 { // no packet holds so much
			erroneous, length = true, packetSize-5
		}
		if length > 0 && !erroneous {
			discontinuity = b[5]&0x80 != 0
			p.indicated = p.indicated || discontinuity
			clocked = b[5]&0x10 != 0 && length >= 7 && !m.again(p, b)
		}
		payload = b[5+length:]
	}
	// A packet with an error is there, and counts; what is in it does not.
	if isNew := m.follows(n, p, b, discontinuity); isNew && !erroneous && b[3]&0x10 != 0 {
		m.payload(n, p, b, payload)
	}
	if clocked { // after the unit that begins with it
		p.told = m.packets
		r := m.row(measure.Clock, n, 0)
		r.PCR, r.Indicated = clock(b[6:12]), p.indicated
		p.indicated = false
	}
	if m.packets-p.told >= quiet {
		p.told = m.packets
		m.row(measure.Alive, n, 0)
	}
}

// again reports whether b is the packet before, once more.
func (m *Meter) again(p *pid, b []byte) bool {
	return p.begun && b[3]&0x10 != 0 && b[3]&15 == p.counter && same(p.last[:], b)
}

// same reports whether two packets are, but for the PCR (2.4.3.3).
func same(a, b []byte) bool {
	if a[3]&0x20 != 0 && a[4] >= 7 && a[5]&0x10 != 0 && bytes.Equal(a[:6], b[:6]) {
		return bytes.Equal(a[12:], b[12:])
	}
	return bytes.Equal(a, b)
}

// follows holds the continuity counter against the packet before (2.4.3.3). It
// reports whether there is something new in the packet.
func (m *Meter) follows(n int, p *pid, b []byte, discontinuity bool) bool {
	counter, payload := b[3]&15, b[3]&0x10 != 0
	due := p.counter
	if payload {
		due = (due + 1) & 15
	}
	isNew := true
	switch {
	case !p.begun || discontinuity || counter == due:
		p.repeated = false
	case payload && !p.repeated && m.again(p, b):
		p.repeated, isNew = true, false
	default:
		lost := int(counter-due) & 15
		if p.repeated && m.again(p, b) {
			lost, isNew = 0, false
		}
		p.told = m.packets
		m.row(measure.Continuity, n, 0).Lost = lost
		p.repeated = p.repeated && !isNew
		if p.sections != nil {
			p.sections.anew()
		}
	}
	p.begun, p.counter = true, counter
	if payload {
		copy(p.last[:], b)
	}
	return isNew
}

// payload looks into what a packet carries.
func (m *Meter) payload(n int, p *pid, b, payload []byte) {
	scrambled := b[3]&0xc0 != 0
	start := b[1]&0x40 != 0
	if scrambled != p.scrambled {
		if p.scrambled = scrambled; scrambled {
			m.row(measure.Scrambling, n, 0)
		}
	}
	switch {
	case len(payload) == 0:
	case p.sections != nil && !scrambled:
		p.told = m.packets
		m.sections(n, p.sections, payload, start)
	case start:
		p.told = m.packets
		r := m.row(measure.UnitStart, n, 0)
		if r.Scrambled = scrambled; !scrambled {
			r.PTS, r.DTS, r.HasPTS = times(payload)
		}
	}
}

// clock returns a program_clock_reference (2.4.3.5).
func clock(b []byte) int64 {
	base := int64(b[0])<<25 | int64(b[1])<<17 | int64(b[2])<<9 | int64(b[3])<<1 | int64(b[4])>>7
	return base*300 + (int64(b[4])&1<<8 | int64(b[5]))
}

// times returns the timestamps of a PES packet (2.4.3.7).
func times(b []byte) (pts, dts int64, ok bool) {
	if len(b) < 14 || b[0] != 0 || b[1] != 0 || b[2] != 1 || b[6]&0xc0 != 0x80 || b[7]&0x80 == 0 || b[8] < 5 {
		return 0, 0, false
	}
	pts = stamp(b[9:14])
	if b[7]&0x40 == 0 || b[8] < 10 || len(b) < 19 {
		return pts, pts, true
	}
	return pts, stamp(b[14:19]), true
}

func stamp(b []byte) int64 {
	return int64(b[0]>>1&7)<<30 | int64(b[1])<<22 | int64(b[2]>>1)<<15 | int64(b[3])<<7 | int64(b[4]>>1)
}
