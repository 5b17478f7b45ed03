package ts

import (
	"fmt"
	"math"

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
	for _, p := range r.sorted() {
		if i, ok := r.index[p.id]; ok && p.packets > 0 {
			out = append(out, detectors.Measure{Stream: i, Name: "bitrate_bps", Value: r.rate(p.packets)})
		}
	}
	return out
}

func (r *run) tables() []detectors.Table {
	if r.end.Packets == 0 && r.syncs == 0 {
		return nil
	}
	out := []detectors.Table{r.checkTable()}
	if len(r.programs) > 0 {
		out = append(out, r.programTable())
	}
	return append(out, r.pidTable())
}

// checkTable says what became of each check.
func (r *run) checkTable() detectors.Table {
	t := detectors.Table{Name: "checks", Columns: []string{"check", "tr_101_290", "state", "errors", "worst", "limit", "unit"}}
	for i, c := range r.faults.checks {
		state, n := "ok", r.faults.counts[i]
		why := r.unchecked(&c)
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
			if n > 0 {
				row[4] = r.faults.worst[i]
			}
		}
		t.Rows = append(t.Rows, row)
	}
	return t
}

// unchecked says why a check could not be made, "" where it was.
func (r *run) unchecked(c *check) string {
	clocked := r.clock.pid != noPID
	switch {
	case c.dvb && r.profile != dvb:
		return "profile " + r.profile
	case c.kind == PCRAccuracyError && r.accuracy.checked == 0 && r.accuracy.varies > 0:
		return "packets come at a variable rate"
	case c.kind == PCRAccuracyError && r.accuracy.checked == 0:
		return "too few PCRs"
	case c.kind == PCRRepetitionError || c.kind == PCRDiscontinuityError:
		if !clocked {
			return "no PCR"
		}
	case c.unit == seconds && r.now == 0:
		return "no clock"
	case c.kind == UnreferencedPID && !r.complete():
		return "PAT or PMT missing"
	case (c.kind == PMTError || c.kind == PMTError2 || c.kind == PIDError) && !r.pat.seen:
		return "no PAT"
	}
	return ""
}

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
	case p.program > 0 && p.scrambled:
		return string(p.stream.Type) + ", scrambled"
	case p.program > 0:
		return string(p.stream.Type)
	case p.isClock:
		return "PCR"
	case p.listed:
		return "access"
	}
	return "not referenced"
}
