package ts

import (
	"fmt"
	"testing"
	"time"

	"github.com/vqa-project/vqa/detectors/dettest"
	"github.com/vqa-project/vqa/detectors/measure"
)

const (
	video   = dettest.VideoPID
	audio   = dettest.AudioPID
	pmtPID  = 0x1000
	picture = dettest.PictureTime

	// pictureTicks is how long a picture is by the PCR, and pictureBytes and
	// picturePackets how much of the stream.
	pictureTicks   = int64(picture) * 27 / 1000
	picturePackets = 20
	lag            = 500 * time.Millisecond // of showing behind the PCR
)

var (
	pat = &measure.TransportTable{Programs: []measure.TransportProgram{{Number: 1, PID: pmtPID}}}
	pmt = &measure.TransportTable{ClockPID: video, Streams: []measure.TransportStream{
		{PID: video, Coding: 0x1b, Type: measure.Video}, {PID: audio, Coding: 0x0f, Type: measure.Audio},
	}}
)

// A mux makes the rows of one picture after the other, with tables, sound and a
// PCR for each.
type mux struct {
	*dettest.Bench
	n      int // pictures
	packet int64
	shift  time.Duration // of all clocks
	pcr    time.Duration // of the PCR alone
}

// A leave says what is left out.
type leave uint

const (
	noPAT leave = 1 << iota
	noPMT
	noPCR
	noSound
	noUnits
)

func (m *mux) at() time.Duration { return time.Duration(m.n)*picture + m.shift }

func (m *mux) row(kind measure.TransportKind, pid int, more ...func(*measure.Transport)) {
	r := measure.Transport{Kind: kind, PID: pid, Packet: m.packet, Position: m.packet * 188}
	for _, f := range more {
		f(&r)
	}
	m.Transport(r)
}

func section(table uint8, extension uint16, content *measure.TransportTable) func(*measure.Transport) {
	return func(r *measure.Transport) { r.Table, r.Extension, r.Content, r.Valid = table, extension, content, true }
}

func unit(at time.Duration) func(*measure.Transport) {
	return func(r *measure.Transport) { r.HasPTS, r.Time, r.DecodeTime = true, at, at }
}

func (m *mux) pictures(n int, without leave) {
	for range n {
		m.packet = int64(m.n) * picturePackets
		if without&noPAT == 0 {
			m.row(measure.Section, 0, section(0, 1, pat))
		}
		m.packet++
		if without&noPMT == 0 {
			m.row(measure.Section, pmtPID, section(2, 1, pmt))
		}
		m.packet++
		if without&noUnits == 0 {
			m.row(measure.UnitStart, video, unit(m.at()))
		}
		if without&noPCR == 0 {
			pcr := m.at() - lag + m.pcr
			m.row(measure.Clock, video, func(r *measure.Transport) { r.PCR = (int64(pcr)*27/1000 + clockRange) % clockRange })
		}
		m.packet += 10
		if without&noSound == 0 {
			m.row(measure.UnitStart, audio, unit(m.at()))
		}
		m.n++
	}
}

func (m *mux) end() {
	m.packet = int64(m.n) * picturePackets
	m.row(measure.Total, video, func(r *measure.Transport) { r.Packets = m.packet / 2 })
	m.row(measure.Total, measure.NullPID, func(r *measure.Transport) { r.Packets = m.packet / 4 })
	m.row(measure.End, 0, func(r *measure.Transport) { r.Packets = m.packet })
	m.Flush()
}

func TestEvents(t *testing.T) {
	gap := func(m *mux, pid, lost int) {
		m.row(measure.Continuity, pid, func(r *measure.Transport) { r.Lost = lost })
	}
	span := func(kind string, from, to int) dettest.Span {
		return dettest.Span{Kind: kind, Start: time.Duration(from) * picture, End: time.Duration(to) * picture}
	}
	for _, tt := range []struct {
		name    string
		options []string
		script  func(m *mux)
		want    []dettest.Span
	}{
		{"nothing", nil, func(*mux) {}, nil},
		{"regular", nil, func(m *mux) { m.pictures(500, 0) }, nil},
		{"no PAT for 0.48 s", nil, func(m *mux) { m.pictures(100, 0); m.pictures(11, noPAT); m.pictures(100, 0) }, nil},
		{"no PAT for 0.6 s", nil, func(m *mux) { m.pictures(100, 0); m.pictures(14, noPAT); m.pictures(100, 0) },
			[]dettest.Span{span(PATError, 98, 113)}},
		{"no PAT up to the end", nil, func(m *mux) { m.pictures(100, 0); m.pictures(50, noPAT) },
			[]dettest.Span{span(PATError, 98, 149)}},
		{"no PAT ever", nil, func(m *mux) { m.pictures(50, noPAT|noPMT) }, []dettest.Span{span(PATError, 0, 49)}},
		{"another table on PID 0", nil, func(m *mux) {
			m.pictures(100, 0)
			for range 20 {
				m.pictures(1, noPAT)
				m.row(measure.SectionInvalid, 0, func(r *measure.Transport) { r.Valid = true })
			}
			m.pictures(100, 0)
		}, []dettest.Span{span(PATError2, 98, 120)}},
		{"no PMT for 1 s", nil, func(m *mux) { m.pictures(100, 0); m.pictures(25, noPMT); m.pictures(100, 0) },
			[]dettest.Span{span(PMTError, 99, 124)}},
		{"packets lost", nil, func(m *mux) { m.pictures(100, 0); gap(m, video, 3); m.pictures(100, 0) },
			[]dettest.Span{span(ContinuityCountError, 99, 100)}},
		{"packets lost twice, close and not", nil, func(m *mux) {
			m.pictures(100, 0)
			gap(m, video, 1)
			m.pictures(10, 0)
			gap(m, video, 1)
			m.pictures(50, 0)
			gap(m, video, 1)
			m.pictures(10, 0)
		}, []dettest.Span{span(ContinuityCountError, 99, 110), span(ContinuityCountError, 159, 160)}},
		{"no sound for 6 s", nil, func(m *mux) { m.pictures(100, 0); m.pictures(150, noSound); m.pictures(100, 0) },
			[]dettest.Span{span(PIDError, 99, 249), span(PTSError, 99, 250)}},
		{"no PCR for 0.12 s", nil, func(m *mux) { m.pictures(100, 0); m.pictures(2, noPCR); m.pictures(100, 0) }, nil},
		{"no PCR for 0.12 s, by DVB", []string{"profile=dvb"}, func(m *mux) {
			m.pictures(20, 0)
			m.pictures(2, noPCR)
			m.pictures(20, 0)
		}, []dettest.Span{span(PCRRepetitionError, 19, 22)}},
		{"no PCR for 1 s", nil, func(m *mux) { m.pictures(100, 0); m.pictures(25, noPCR); m.pictures(100, 0) },
			[]dettest.Span{span(PCRRepetitionError, 99, 125)}},
		{"PCR jumps ahead", nil, func(m *mux) { m.pictures(100, 0); m.pcr = 300 * time.Millisecond; m.pictures(100, 0) },
			[]dettest.Span{span(PCRDiscontinuityError, 99, 100)}},
		{"PCR jumps back", nil, func(m *mux) { m.pictures(100, 0); m.pcr = -time.Second; m.pictures(100, 0) },
			[]dettest.Span{span(PCRDiscontinuityError, 99, 100)}},
		{"PCR wraps", nil, func(m *mux) {
			m.pcr = time.Duration(clockRange/27*1000) - time.Second
			m.pictures(100, 0)
		}, nil},
		{"CRC", nil, func(m *mux) {
			m.pictures(10, 0)
			m.row(measure.Section, 0x11, section(0x42, 1, nil), func(r *measure.Transport) { r.Valid = false })
			m.pictures(10, 0)
		}, []dettest.Span{span(CRCError, 9, 10)}},
		{"transport error", nil, func(m *mux) {
			m.pictures(10, 0)
			m.row(measure.Erroneous, video)
			m.pictures(10, 0)
		}, []dettest.Span{span(TransportError, 9, 10)}},
		{"a PID nobody refers to", nil, func(m *mux) {
			for range 50 {
				m.pictures(1, 0)
				m.row(measure.UnitStart, 0x300)
			}
		}, []dettest.Span{span(UnreferencedPID, 0, 49)}},
		{"sync lost", nil, func(m *mux) {
			m.pictures(50, 0)
			m.row(measure.SyncByte, video)
			m.row(measure.SyncByte, measure.NullPID)
			m.row(measure.SyncLost, measure.NullPID)
			m.n += 5
			m.row(measure.SyncFound, 0)
			m.pictures(50, 0)
		}, []dettest.Span{span(SyncByteError, 49, 50), span(SyncLoss, 49, 50)}},
		{"a program ends", nil, func(m *mux) {
			more := &measure.TransportTable{Programs: append([]measure.TransportProgram{{Number: 2, PID: 0x2000}}, pat.Programs...)}
			for range 50 {
				m.row(measure.Section, 0, section(0, 1, more))
				m.row(measure.Section, 0x2000, section(2, 2, &measure.TransportTable{ClockPID: measure.NullPID}))
				m.pictures(1, noPAT)
			}
			m.pictures(300, 0)
		}, nil},
		{"tables of DVB", []string{"profile=dvb"}, func(m *mux) { m.pictures(75, 0) },
			[]dettest.Span{span(SDTError, 0, 74), span(EITError, 0, 74)}},
		{"no SDT for 3 s, outside of DVB", nil, func(m *mux) {
			m.row(measure.Section, 0x11, section(0x42, 1, nil))
			m.pictures(75, 0)
			m.row(measure.Section, 0x11, section(0x42, 1, nil))
			m.pictures(25, 0)
		}, nil},
		{"no SDT for 3 s, where there is a TDT", nil, func(m *mux) {
			m.pictures(25, 0)
			m.row(measure.Section, 0x14, section(0x70, 0, nil))
			m.row(measure.Section, 0x11, section(0x42, 1, nil))
			m.pictures(75, 0)
			m.row(measure.Section, 0x11, section(0x42, 1, nil))
			m.pictures(25, 0)
		}, []dettest.Span{span(SDTError, 24, 99)}},
		{"another table on the PID of the TDT", nil, func(m *mux) {
			m.pictures(25, 0)
			m.row(measure.Section, 0x14, section(0x70, 0, nil))
			m.pictures(25, 0)
			m.row(measure.Section, 0x14, section(0x42, 1, nil))
			m.pictures(25, 0)
		}, []dettest.Span{span(TDTError, 49, 50)}},
		{"the PCR moves to another PID", nil, func(m *mux) {
			m.pictures(100, 0)
			other := &measure.TransportTable{ClockPID: 0x1f0, Streams: pmt.Streams}
			for range 50 {
				m.row(measure.Section, pmtPID, section(2, 1, other))
				m.row(measure.Clock, 0x1f0, func(r *measure.Transport) { r.PCR = int64(m.at()-lag) * 27 / 1000 })
				m.pictures(1, noPMT|noPCR)
			}
		}, nil},
		{"streams move to other PIDs", nil, func(m *mux) {
			m.pictures(100, 0)
			other := &measure.TransportTable{ClockPID: video, Streams: []measure.TransportStream{
				{PID: 0x120, Coding: 0x1b, Type: measure.Video}, {PID: 0x121, Coding: 0x0f, Type: measure.Audio},
			}}
			for range 200 {
				m.row(measure.Section, pmtPID, section(2, 1, other))
				m.row(measure.UnitStart, 0x120, unit(m.at()))
				m.row(measure.UnitStart, 0x121, unit(m.at()))
				m.pictures(1, noPMT|noUnits|noSound)
			}
			m.row(measure.Continuity, 0x120, func(r *measure.Transport) { r.Lost = 1 })
			m.row(measure.UnitStart, 0x120, unit(m.at()))
		}, []dettest.Span{span(ContinuityCountError, 299, 300)}},
		{"scrambled without a CAT", nil, func(m *mux) {
			m.pictures(10, 0)
			m.row(measure.Scrambling, audio)
			m.pictures(290, 0)
		}, []dettest.Span{span(CATError, 9, 299)}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			m := &mux{Bench: dettest.Start(t, Detector, tt.options...)}
			tt.script(m)
			m.end()
			m.Want(picture+time.Millisecond, tt.want...)
			for _, e := range m.Events {
				if e.Evidence["errors"] == 0 || e.Evidence["tr_101_290"] == 0 || e.Evidence["packet_last"] < e.Evidence["packet_first"] {
					t.Errorf("evidence %v", e.Evidence)
				}
			}
		})
	}
}

func TestAccuracy(t *testing.T) {
	for _, tt := range []struct {
		name  string
		off   func(i int) time.Duration
		rate  func(i int) int64 // packets
		want  int
		state string
	}{
		{"right", func(int) time.Duration { return 0 }, func(int) int64 { return 20 }, 0, "ok"},
		{"one is 2 us off", func(i int) time.Duration {
			if i == 60 {
				return 2 * time.Microsecond
			}
			return 0
		}, func(int) int64 { return 20 }, 1, "error"},
		{"rate changes", func(int) time.Duration { return 0 }, func(i int) int64 {
			if i < 60 {
				return 20
			}
			return 30
		}, 0, "ok"},
		{"rate changes, one is off", func(i int) time.Duration {
			if i == 30 {
				return 2 * time.Microsecond
			}
			return 0
		}, func(i int) int64 {
			if i < 50 {
				return 20
			}
			return 30
		}, 1, "error"},
		{"all jitter by 5 us", func(i int) time.Duration { return time.Duration(i*7%11-5) * time.Microsecond }, func(int) int64 { return 20 }, 1, "error"},
		{"variable rate", func(int) time.Duration { return 0 }, func(i int) int64 { return int64(10 + i*i%17) }, 0, "not checked: packets come at a variable rate"},
	} {
		m := &mux{Bench: dettest.Start(t, Detector)}
		for i := range 100 {
			m.row(measure.Clock, video, func(r *measure.Transport) {
				r.PCR = int64(i)*pictureTicks + int64(tt.off(i))*27/1000
			})
			m.packet += tt.rate(i)
		}
		m.row(measure.End, 0, func(r *measure.Transport) { r.Packets = m.packet })
		m.Flush()
		n := 0
		for _, e := range m.Events {
			if e.Kind == PCRAccuracyError {
				n++
			}
		}
		if n != tt.want {
			t.Errorf("%s: %d events, want %d", tt.name, n, tt.want)
		}
		for _, row := range m.Tables()[0].Rows {
			if row[0] == PCRAccuracyError && row[2] != tt.state {
				t.Errorf("%s: state %v, want %s", tt.name, row[2], tt.state)
			}
		}
	}
}

// What a recording is too short for was not checked.
func TestUnchecked(t *testing.T) {
	m := &mux{Bench: dettest.Start(t, Detector, "profile=dvb")}
	m.row(measure.Section, 0x14, section(0x70, 0, nil))
	m.pictures(100, 0)
	m.end()
	states := map[any]any{}
	for _, row := range m.Tables()[0].Rows {
		states[row[0]] = row[2]
	}
	for check, want := range map[string]string{
		PATError: "ok", PIDError: "not checked: too short", TDTError: "not checked: too short", NITError: "not checked: too short",
		SDTError: "error", bufferError: "not checked: buffers are not modelled", CATError: "ok", RSTError: "not checked: no such table",
	} {
		if states[check] != want {
			t.Errorf("%s is %q, want %q", check, states[check], want)
		}
	}
}

func TestTables(t *testing.T) {
	m := &mux{Bench: dettest.Start(t, Detector)}
	m.pictures(251, 0)
	m.row(measure.Continuity, video, func(r *measure.Transport) { r.Lost = 2 })
	m.end()
	tables := m.Tables()
	if len(tables) != 5 {
		t.Fatalf("tables %+v", tables)
	}
	for _, table := range tables {
		for _, row := range table.Rows {
			if len(row) != len(table.Columns) {
				t.Errorf("table %s: row %v has not the columns %v", table.Name, row, table.Columns)
			}
		}
	}
	if got := fmt.Sprint(tables[0].Rows[4]); got != "[continuity_count_error 1.4 error 1 <nil> <nil> <nil>]" {
		t.Errorf("check is %s", got)
	}
	if got := fmt.Sprint(tables[1].Rows[0]); got != "[continuity_count_error 0x0100 <nil> 1 10 10.04 5012 5012 942256 942256]" {
		t.Errorf("errors are %s", got)
	}
	if got := fmt.Sprint(tables[3].Rows[0]); got != "[0x0100 250 40 40 40]" {
		t.Errorf("PCRs are %s", got)
	}
	const rate = float64(picturePackets * 25 * bitsPerPacket)
	if got := fmt.Sprint(tables[4].Rows[0]); got != fmt.Sprintf("[0x0100 1 0 video 0x1b %d %v 0.5]", m.packet/2, rate/2) {
		t.Errorf("PID is %s", got)
	}
}
