package transport

import (
	"bytes"
	"encoding/binary"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"

	"github.com/vqa-project/vqa/detectors/measure"
)

// A muxer writes transport packets.
type muxer struct {
	out      []byte
	counters [8192]byte
}

// packet writes one of a PID; change, where not nil, may do anything to it.
func (m *muxer) packet(pid int, start bool, adaptation, payload []byte, change func([]byte)) {
	p := make([]byte, packetSize)
	p[0], p[1], p[2] = syncByte, byte(pid>>8), byte(pid)
	if start {
		p[1] |= 0x40
	}
	at := 4
	room := packetSize - 4 - len(payload)
	if adaptation != nil || room > 0 && payload != nil && !start || payload == nil {
		p[3] |= 0x20
		n := room - 1
		p[4] = byte(n)
		if n > 0 {
			copy(p[5:], bytes.Repeat([]byte{0xff}, n))
			p[5] = 0
			copy(p[5:], adaptation)
		}
		at = 5 + n
	}
	if payload != nil {
		p[3] |= 0x10
		p[3] |= m.counters[pid] & 15
		m.counters[pid]++
		copy(p[at:], payload)
		for i := at + len(payload); i < packetSize; i++ {
			p[i] = stuffing
		}
	} else {
		p[3] |= (m.counters[pid] - 1) & 15
	}
	if change != nil {
		change(p)
	}
	m.out = append(m.out, p...)
}

// section writes a table that begins in a packet of its own.
func (m *muxer) section(pid int, table byte, extension uint16, body []byte) {
	n := len(body) + 9
	s := append([]byte{table, 0xb0 | byte(n>>8), byte(n), byte(extension >> 8), byte(extension), 0xc1, 0, 0}, body...)
	s = binary.BigEndian.AppendUint32(s, checksum(s))
	b := append([]byte{0}, s...)
	for start := true; len(b) > 0; start = false {
		k := min(len(b), packetSize-4)
		if !start && k < packetSize-4 { // stuffing behind, as for a packet that begins one
			b = append(b, bytes.Repeat([]byte{stuffing}, packetSize-4-k)...)
			k = packetSize - 4
		}
		m.packet(pid, start, nil, b[:k], nil)
		b = b[k:]
	}
}

const video = 0x100

func (m *muxer) tables() {
	m.section(patPID, patID, 1, []byte{0, 1, 0xe0 | 0x10, 0})
	m.section(0x1000, pmtID, 1, []byte{0xe1, 0, 0xf0, 0, 0x1b, 0xe1, 0, 0xf0, 0, 0x0f, 0xe1, 1, 0xf0, 0})
}

// unit writes a PES packet of so many transport packets.
func (m *muxer) unit(pts int64, packets int) {
	h := []byte{0, 0, 1, 0xe0, 0, 0, 0x80, 0x80, 5,
		byte(pts>>29)&14 | 0x21, byte(pts >> 22), byte(pts>>14) | 1, byte(pts >> 7), byte(pts<<1) | 1}
	clock := pts - 9000
	pcr := []byte{0x10, byte(clock >> 25), byte(clock >> 17), byte(clock >> 9), byte(clock >> 1), byte(clock<<7) | 0x7e, 0}
	m.packet(video, true, pcr, append(h, bytes.Repeat([]byte{0x5a}, 150)...), nil)
	for range packets - 1 {
		m.packet(video, false, nil, bytes.Repeat([]byte{0x5a}, 184), nil)
	}
}

// stream writes so many pictures with tables before each.
func stream(pictures int) *muxer {
	m := &muxer{}
	for i := range pictures {
		m.tables()
		m.unit(int64(90000+i*3600), 6)
	}
	return m
}

// rows returns what a meter makes of bytes that come in pieces.
func rows(b []byte, piece int) []measure.Transport {
	var m Meter
	for len(b) > 0 {
		n := min(piece, len(b))
		m.Add(b[:n])
		b = b[n:]
	}
	m.Flush()
	return m.Rows
}

func count(rows []measure.Transport, kind measure.TransportKind) int {
	n := 0
	for _, r := range rows {
		if r.Kind == kind {
			n++
		}
	}
	return n
}

func TestMeter(t *testing.T) {
	got := rows(stream(10).out, 1000)
	for kind, want := range map[measure.TransportKind]int{
		measure.SyncFound: 1, measure.Section: 20, measure.UnitStart: 10, measure.Clock: 10, measure.Total: 3, measure.End: 1,
		measure.Continuity: 0, measure.SyncByte: 0, measure.SyncLost: 0, measure.Erroneous: 0, measure.SectionInvalid: 0,
	} {
		if n := count(got, kind); n != want {
			t.Errorf("%d rows of kind %d, want %d", n, kind, want)
		}
	}
	i := slices.IndexFunc(got, func(r measure.Transport) bool { return r.Kind == measure.Section && r.Table == pmtID })
	want := &measure.TransportTable{ClockPID: video, Streams: []measure.TransportStream{
		{PID: video, Coding: 0x1b, Type: measure.Video}, {PID: 0x101, Coding: 0x0f, Type: measure.Audio},
	}}
	if r := got[i]; !r.Valid || r.Extension != 1 || r.Packet != 1 || r.Position != packetSize || !reflect.DeepEqual(r.Content, want) {
		t.Errorf("PMT is %+v with %+v", r, r.Content)
	}
	i = slices.IndexFunc(got, func(r measure.Transport) bool { return r.Kind == measure.UnitStart })
	if r := got[i]; r.PID != video || !r.HasPTS || r.PTS != 90000 || r.DTS != 90000 {
		t.Errorf("unit is %+v", r)
	}
	i = slices.IndexFunc(got, func(r measure.Transport) bool { return r.Kind == measure.Clock })
	if r := got[i]; r.PCR != 81000*300 {
		t.Errorf("clock is %+v", r)
	}
	if r := got[len(got)-1]; r.Packets != 80 || r.Bytes != 80*packetSize {
		t.Errorf("end is %+v", r)
	}
}

// However the bytes come, the rows are the same.
func TestPieces(t *testing.T) {
	b := stream(10).out
	want := rows(b, len(b))
	for _, piece := range []int{1, 187, 188, 189, 1316, 4096} {
		if got := rows(b, piece); !reflect.DeepEqual(got, want) {
			t.Errorf("pieces of %d bytes give other rows", piece)
		}
	}
}

func TestPacketSizes(t *testing.T) {
	want := rows(stream(10).out, 4096)
	for _, size := range sizes {
		for _, garbage := range []int{0, 1, 100, 1000} {
			b := make([]byte, garbage)
			for p := range slices.Chunk(stream(10).out, packetSize) {
				switch size {
				case 192:
					b = append(b, 0, 1, 2, 3)
					b = append(b, p...)
				default:
					b = append(b, p...)
					b = append(b, make([]byte, size-packetSize)...)
				}
			}
			got := rows(b, 4096)
			if len(got) != len(want) {
				t.Errorf("packets of %d bytes behind %d: %d rows, want %d", size, garbage, len(got), len(want))
				continue
			}
			for i := range got {
				if got[i].Kind != want[i].Kind || got[i].Packet != want[i].Packet || got[i].PID != want[i].PID {
					t.Errorf("packets of %d bytes behind %d: row %d is %+v, want %+v", size, garbage, i, got[i], want[i])
					break
				}
			}
		}
	}
}

// damage returns the stream with packets changed, or dropped where change
// returns false.
func damage(b []byte, change func(i int, p []byte) bool) []byte {
	var out []byte
	i := 0
	for p := range slices.Chunk(slices.Clone(b), packetSize) {
		if change(i, p) {
			out = append(out, p...)
		}
		i++
	}
	return out
}

func TestSync(t *testing.T) {
	wrong := func(from, n int) []byte {
		return damage(stream(10).out, func(i int, p []byte) bool {
			if i >= from && i < from+n {
				p[0] = 0xb8
			}
			return true
		})
	}
	for _, tt := range []struct {
		name                                 string
		b                                    []byte
		bytes, lost, found, gaps, firstError int
	}{
		{"one", wrong(12, 1), 1, 0, 1, 0, 12},
		{"two", wrong(12, 2), 2, 1, 2, 0, 12},
		{"five", wrong(12, 5), 2, 1, 2, 0, 12},
		{"up to the end", wrong(70, 10), 2, 1, 1, 0, 70},
		{"a byte too few", slices.Delete(stream(10).out, 5000, 5001), 2, 1, 2, 0, 27},
	} {
		got := rows(tt.b, 999)
		if b, l, f, g := count(got, measure.SyncByte), count(got, measure.SyncLost), count(got, measure.SyncFound), count(got, measure.Continuity); b != tt.bytes || l != tt.lost || f != tt.found || g != tt.gaps {
			t.Errorf("%s: %d wrong bytes, %d lost, %d found, %d gaps", tt.name, b, l, f, g)
		}
		i := slices.IndexFunc(got, func(r measure.Transport) bool { return r.Kind == measure.SyncByte })
		if got[i].Packet != int64(tt.firstError) || got[i].Position != int64(tt.firstError)*packetSize {
			t.Errorf("%s: the first error is at packet %d, byte %d", tt.name, got[i].Packet, got[i].Position)
		}
	}
}

func TestContinuity(t *testing.T) {
	type gap struct{ packet, lost int }
	original := stream(10).out
	for _, tt := range []struct {
		name   string
		change func(i int, p []byte) bool
		want   []gap
	}{
		{"nothing", func(int, []byte) bool { return true }, nil},
		{"one packet", func(i int, _ []byte) bool { return i != 12 }, []gap{{12, 1}}},
		{"three packets", func(i int, _ []byte) bool { return i < 12 || i > 14 }, []gap{{12, 3}}},
		{"announced", func(i int, p []byte) bool {
			if i == 18 {
				p[5] |= 0x80
			}
			return i != 15
		}, nil},
		{"an error in the packet", func(i int, p []byte) bool {
			if i == 12 {
				p[1] |= 0x80
			}
			return true
		}, nil},
	} {
		var got []gap
		for _, r := range rows(damage(original, tt.change), 4096) {
			if r.Kind == measure.Continuity {
				got = append(got, gap{int(r.Packet), r.Lost})
			}
		}
		if !slices.Equal(got, tt.want) {
			t.Errorf("%s: gaps %v, want %v", tt.name, got, tt.want)
		}
	}
}

func TestDuplicates(t *testing.T) {
	for times, want := range map[int]int{1: 0, 2: 0, 3: 1, 4: 2} {
		var b []byte
		i := 0
		for p := range slices.Chunk(stream(10).out, packetSize) {
			n := 1
			if i == 12 {
				n = times
			}
			b = append(b, bytes.Repeat(p, n)...)
			i++
		}
		if got := count(rows(b, 4096), measure.Continuity); got != want {
			t.Errorf("a packet %d times: %d errors, want %d", times, got, want)
		}
	}
}

func TestLongSections(t *testing.T) {
	m := &muxer{}
	body := []byte{}
	for i := range 200 { // more than fits one packet
		body = append(body, 0, byte(i+1), 0xe0|0x10, byte(i))
	}
	for range 3 {
		m.section(patPID, patID, 1, body)
	}
	got := rows(m.out, 4096)
	if n := count(got, measure.Section); n != 3 {
		t.Fatalf("%d sections, want 3", n)
	}
	for _, r := range got {
		if r.Kind == measure.Section && (!r.Valid || len(r.Content.Programs) != 200) {
			t.Errorf("section %+v", r)
		}
	}
	broken := damage(m.out, func(i int, p []byte) bool {
		if i == 1 {
			p[100] ^= 1
		}
		return true
	})
	invalid := 0
	for _, r := range rows(broken, 4096) {
		if r.Kind == measure.Section && !r.Valid {
			invalid++
		}
	}
	if invalid != 1 {
		t.Errorf("%d sections with a wrong CRC, want 1", invalid)
	}
}

func TestNoTransportStream(t *testing.T) {
	b := make([]byte, 100_000)
	r := rand.NewChaCha8([32]byte{1})
	_, _ = r.Read(b) // never fails
	for _, b := range [][]byte{nil, {syncByte}, b} {
		if got := rows(b, 4096); len(got) != 0 {
			t.Errorf("%d bytes that are none give %+v", len(b), got)
		}
	}
}

func FuzzMeter(f *testing.F) {
	f.Add(stream(3).out, uint8(7))
	f.Add(damage(stream(3).out, func(i int, p []byte) bool { p[0] ^= byte(i & 4); return i%5 != 0 }), uint8(200))
	f.Fuzz(func(t *testing.T, b []byte, piece uint8) {
		want := rows(b, len(b)+1)
		if got := rows(b, int(piece)+1); !reflect.DeepEqual(got, want) {
			t.Errorf("pieces of %d bytes give other rows", int(piece)+1)
		}
		last := int64(0)
		for _, r := range want {
			if r.Packet < last || r.Position < 0 || r.Position > int64(len(b)) {
				t.Errorf("row %+v is out of place", r)
			}
			last = r.Packet
		}
	})
}

func FuzzSection(f *testing.F) {
	m := stream(1)
	f.Add(m.out[5:40], true)
	f.Add(m.out[packetSize+5:packetSize+60], false)
	f.Fuzz(func(t *testing.T, b []byte, sign bool) {
		if len(b) >= 8 && sign { // as if it were whole
			b = slices.Clone(b[:min(len(b), maxSection-4)])
			n := len(b) + 1
			b[1], b[2] = b[1]|0x80|byte(n>>8), byte(n)
			b = binary.BigEndian.AppendUint32(b, checksum(b))
		}
		var m Meter
		s := &sections{}
		for len(b) > 0 {
			n := min(len(b), 180)
			m.sections(patPID, s, append([]byte{0}, b[:n]...), true)
			m.sections(patPID, s, b[:n], false)
			b = b[n:]
		}
	})
}

func BenchmarkMeter(b *testing.B) {
	data := stream(2000).out
	var m Meter
	m.Add(data)
	b.SetBytes(int64(len(data)))
	b.ReportAllocs()
	for b.Loop() {
		m.Rows = m.Rows[:0]
		for piece := range slices.Chunk(data, 32<<10) {
			m.Add(piece)
		}
	}
}
