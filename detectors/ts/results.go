package ts

import (
	"cmp"
	"fmt"
	"maps"
	"math"
	"slices"
	"time"

	"github.com/vqa-project/vqa/detectors"
	"github.com/vqa-project/vqa/detectors/measure"
)

// bitsPerPacket of the stream as such, whatever is around the packets.
const bitsPerPacket = 188 * 8

// rate returns the bit rate of so many packets, NaN where it is unknown.
func (r *run) rate(packets int64) float64 {
	return math.Round(r.share(packets) * r.clock.perSecond() * bitsPerPacket)
}

func (r *run) share(packets int64) float64 { return float64(packets) / float64(r.end.Packets) }

func (r *run) measures() []detectors.Measure {
	if r.end.Packets == 0 {
		return nil
	}
	out := []detectors.Measure{{Stream: detectors.WholeInput, Name: "bitrate_bps", Value: r.rate(r.end.Packets)}}
	var null int64
	if p := r.pids[measure.NullPID]; p != nil {
		null = p.packets
	}
	out = append(out, detectors.Measure{Stream: detectors.WholeInput, Name: "null_packets_share", Value: r.share(null)})
	packets := map[int]int64{} // of a stream that moved, on all its PIDs
	for _, p := range r.sorted() {
		if i, ok := r.index[p.id]; ok {
			packets[i] += p.packets
		}
	}
	for _, i := range slices.Sorted(maps.Keys(packets)) {
		if packets[i] > 0 {
			out = append(out, detectors.Measure{Stream: i, Name: "bitrate_bps", Value: r.rate(packets[i])})
		}
	}
	return out
}

func (r *run) tables() []detectors.Table {
	if r.end.Packets == 0 && r.syncs == 0 {
		return nil
	}
	out := []detectors.Table{r.checkTable()}
	if len(r.faults.totals) > 0 {
		out = append(out, r.errorTable())
	}
	if len(r.programs) > 0 {
		out = append(out, r.programTable())
	}
	if t := r.clockTable(); len(t.Rows) > 0 {
		out = append(out, t)
	}
	return append(out, r.pidTable())
}

// checkTable says what became of each check.
func (r *run) checkTable() detectors.Table {
	t := detectors.Table{Name: "checks", Columns: []string{"check", "tr_101_290", "state", "errors", "worst", "limit", "unit"}}
	for i, c := range r.faults.checks {
		state, n := "ok", r.faults.counts[i]
		why := r.unchecked(i)
		switch {
		case n > 0:
			state = "error"
		case why != "":
			state = "not checked: " + why
		}
		row := []any{c.kind, c.clause, state, nil, nil, nil, nil}
		if n > 0 || why == "" {
			row[3] = float64(n)
		}
		if c.unit != errors {
			row[5], row[6] = c.limit, c.unit
			if worst := r.faults.worst[i]; !math.IsNaN(worst) {
				row[4] = worst
			}
		}
		t.Rows = append(t.Rows, row)
	}
	return t
}

// unchecked says why a check could not be made, "" where it was.
func (r *run) unchecked(i int) string {
	c := &r.faults.checks[i]
	if s := r.informationOf(c.kind); c.of == never {
		return "buffers are not modelled"
	} else if c.of == dvbOnly && r.profile != dvb || s != nil && r.profile != dvb && !r.isDVB {
		return "profile " + r.profile
	} else if s != nil && !s.seen && (r.profile != dvb || s.never) {
		return "no such table"
	}
	clocked := r.clock.pid != noPID
	switch {
	case c.kind == PCRAccuracyError && r.accuracy.checked == 0 && r.accuracy.varies > 0:
		return "packets come at a variable rate"
	case c.kind == PCRAccuracyError && r.accuracy.checked == 0:
		return "too few PCRs"
	case (c.kind == PCRRepetitionError || c.kind == PCRDiscontinuityError) && !clocked:
		return "no PCR"
	case c.kind == CATError && r.scrambled == nil:
		return ""
	case c.unit == seconds && r.now == 0:
		return "no clock"
	case c.unit == seconds && c.kind != SIRepetitionError && r.now.Seconds() <= c.limit:
		return "too short"
	case c.kind == UnreferencedPID && !r.complete():
		return "PAT or PMT missing"
	case (c.kind == PMTError || c.kind == PMTError2 || c.kind == PIDError) && !r.pat.seen:
		return "no PAT"
	}
	return ""
}

// informationOf returns the table that a check of service information is of,
// nil for any other check.
func (r *run) informationOf(kind string) *si {
	for i := range r.si {
		if r.si[i].kind == kind {
			return &r.si[i]
		}
	}
	return nil
}

// errorTable says where errors are, by check and PID.
func (r *run) errorTable() detectors.Table {
	t := detectors.Table{Name: "errors", Columns: []string{
		"check", "pid", "program", "errors", "start_s", "end_s", "packet_first", "packet_last", "byte_first", "byte_last",
	}}
	slices.SortStableFunc(r.faults.totals, func(a, b total) int {
		return cmp.Or(a.check-b.check, a.pid-b.pid, a.program-b.program)
	})
	for _, x := range r.faults.totals {
		row := []any{
			r.faults.checks[x.check].kind, nil, nil, float64(x.count), x.start.Seconds(), x.end.Seconds(),
			float64(x.first.packet), float64(x.last.packet), float64(x.first.position), float64(x.last.position),
		}
		if x.pid >= 0 {
			row[1] = hex(x.pid)
		}
		if x.program > 0 {
			row[2] = float64(x.program)
		}
		t.Rows = append(t.Rows, row)
	}
	return t
}

// clockTable lists how far PCRs are apart.
func (r *run) clockTable() detectors.Table {
	t := detectors.Table{Name: "clocks", Columns: []string{"pid", "intervals", "interval_min_ms", "interval_mean_ms", "interval_max_ms"}}
	for _, p := range r.sorted() {
		if c := &p.clocks; c.n > 0 {
			t.Rows = append(t.Rows, []any{hex(p.id), float64(c.n), ms(c.min), ms(c.sum / time.Duration(c.n)), ms(c.max)})
		}
	}
	return t
}

func ms(d time.Duration) float64 { return math.Round(d.Seconds()*1e6) / 1e3 }

func (r *run) programTable() detectors.Table {
	t := detectors.Table{Name: "programs", Columns: []string{"program", "name", "pmt_pid", "pcr_pid", "streams"}}
	for _, p := range r.programs {
		row := []any{float64(p.Number), nil, hex(p.PID), nil, nil}
		for _, s := range r.services {
			if s.Number == p.Number && s.Name != "" {
				row[1] = s.Name
			}
		}
		if p.listing != nil {
			row[4] = float64(len(p.listing.Streams))
			if p.listing.ClockPID != measure.NullPID {
				row[3] = hex(p.listing.ClockPID)
			}
		}
		t.Rows = append(t.Rows, row)
	}
	return t
}

func (r *run) pidTable() detectors.Table {
	t := detectors.Table{Name: "pids", Columns: []string{"pid", "program", "stream", "content", "packets", "bitrate_bps", "share"}}
	for _, p := range r.sorted() {
		if p.packets == 0 {
			continue
		}
		row := []any{hex(p.id), nil, nil, r.content(p), float64(p.packets), r.rate(p.packets), r.share(p.packets)}
		if p.program > 0 {
			row[1] = float64(p.program)
		}
		if i, ok := r.index[p.id]; ok {
			row[2] = float64(i)
		}
		t.Rows = append(t.Rows, row)
	}
	return t
}

func hex(pid int) string { return fmt.Sprintf("0x%04x", pid) }

// content says what a PID carries.
func (r *run) content(p *pid) string {
	name := map[int]string{0: "PAT", 1: "CAT", 0x10: "NIT", 0x11: "SDT", 0x12: "EIT", 0x13: "RST", 0x14: "TDT", measure.NullPID: "null packets"}[p.id]
	switch {
	case name != "":
		return name
	case r.program(p.id) != nil:
		return "PMT"
	case p.program > 0:
		return r.coding(p)
	case p.isClock:
		return "PCR"
	case p.listed:
		return "access"
	}
	return "not referenced"
}

// coding says what a stream of a program is: "video h264", "audio mp2 (eng)".
// What FFmpeg has no name for has its stream_type.
func (r *run) coding(p *pid) string {
	s := string(p.stream.Type)
	name := ""
	if i, ok := r.index[p.id]; ok {
		for _, m := range r.streams {
			if m.Index == i && m.Codec != "none" {
				name = m.Codec
				if m.Language != "" {
					name += " (" + m.Language + ")"
				}
			}
		}
	}
	if name == "" {
		name = fmt.Sprintf("0x%02x", p.stream.Coding)
	}
	s += " " + name
	if p.scrambled {
		s += ", scrambled"
	}
	return s
}
