package ts

import (
	"slices"
	"time"

	"github.com/vqa-project/vqa/detectors/measure"
)

// table_ids (ISO/IEC 13818-1, 2.4.4.4; EN 300 468, 5.1.3).
const (
	patID    = 0x00
	catID    = 0x01
	pmtID    = 0x02
	nitID    = 0x40
	nitOther = 0x41
	sdtID    = 0x42
	sdtOther = 0x46
	batID    = 0x4a
	eitID    = 0x4e
	eitLast  = 0x6f
	tdtID    = 0x70
	rstID    = 0x71
	stID     = 0x72
	totID    = 0x73
)

// sdtPID is that of the SDT (EN 300 468, 5.1.3).
const sdtPID = 0x11

// A table is one that has to come again and again.
type table struct {
	pid, program int
	limit        time.Duration
	due          mark // since when
	begun, seen  bool
	others       int // rows of its PID since, that are not it
}

// begin says that the table is due from a mark on.
func (t *table) begin(m mark, limit time.Duration) {
	if !t.begun {
		t.begun, t.due, t.limit = true, m, limit
	}
}

// came takes in a section of the table.
func (r *run) came(t *table, missing, wrong string, row *measure.Transport) {
	r.late(t, missing, wrong, row)
	t.seen, t.due, t.others = true, r.mark(row), 0
}

// late reports a table that was due for too long.
func (r *run) late(t *table, missing, wrong string, row *measure.Transport) {
	interval := r.now - t.due.at
	if t.begun {
		r.faults.measured(missing, interval.Seconds())
	}
	if t.begun && interval > t.limit {
		kind := missing
		if t.others > 0 {
			kind = wrong
		}
		r.span(kind, t.pid, t.program, t.due, row, interval.Seconds())
	}
}

// An si is a table of the service information.
type si struct {
	table
	kind    string
	id      uint8
	allowed func(id uint8) bool // on its PID
	never   bool                // it need not come
}

func oneOf(ids ...uint8) func(uint8) bool {
	return func(id uint8) bool { return slices.Contains(ids, id) }
}

// information returns the tables of EN 300 468.
func information() []si {
	return []si{
		{table{pid: 0x10, limit: maxNIT}, NITError, nitID, oneOf(nitID, nitOther, stID), false},
		{table{pid: sdtPID, limit: maxSDT}, SDTError, sdtID, oneOf(sdtID, sdtOther, batID, stID), false},
		{table{pid: 0x12, limit: maxEIT}, EITError, eitID, func(id uint8) bool { return id >= eitID && id <= eitLast || id == stID }, false},
		{table{pid: 0x13}, RSTError, rstID, oneOf(rstID, stID), true},
		{table{pid: 0x14, limit: maxTDT}, TDTError, tdtID, oneOf(tdtID, totID, stID), false},
	}
}

// A subTable is what sections must not follow each other too fast of.
type subTable struct {
	pid       int
	table     uint8
	extension uint16
}

// section takes in a section.
func (r *run) section(p *pid, row *measure.Transport) {
	if !row.Valid {
		r.point(CRCError, row.PID, row)
	}
	if row.Kind == measure.SectionInvalid { // which table it is of, nobody can say
		return
	}
	switch {
	case row.PID == 0 && row.Table == patID:
		r.came(r.pat, PATError, PATError2, row)
		r.readPAT(row)
	case row.PID == 0:
		r.point(PATError2, row.PID, row)
	case row.PID == 1 && row.Table == catID:
		if r.scrambled != nil {
			r.cat.begin(*r.scrambled, maxCAT)
		}
		if !r.cat.seen {
			r.late(r.cat, CATError, CATError, row)
		}
		r.cat.seen = true
		r.list(row.Content, 0)
	case row.PID == 1:
		r.point(CATError, row.PID, row)
	case row.Table == pmtID:
		r.readPMT(row)
	}
	r.serviceInformation(row)
	if row.Content != nil && len(row.Content.Services) > 0 && row.Table == sdtID {
		r.services = row.Content.Services
	}
}

func (r *run) serviceInformation(row *measure.Transport) {
	for i := range r.si {
		t := &r.si[i]
		switch {
		case t.pid != row.PID:
			continue
		case row.Table == t.id:
			r.came(&t.table, t.kind, t.kind, row)
		case !t.allowed(row.Table):
			if r.profile == dvb || r.isDVB {
				r.point(t.kind, row.PID, row)
			}
			continue
		}
		// An SDT is in other streams, too: muxers put it in everywhere.
		r.isDVB = r.isDVB || row.PID != sdtPID
		if r.profile != dvb {
			if r.isDVB && t.seen && !t.never {
				t.begin(r.mark(row), t.limit)
			}
			continue
		}
		k := subTable{row.PID, row.Table, row.Extension}
		if last, ok := r.sections[k]; ok && row.Table >= nitID && row.Table != tdtID && row.Table != stID {
			interval := r.now - last.at
			r.faults.measured(SIRepetitionError, interval.Seconds())
			if interval < minSI {
				r.span(SIRepetitionError, row.PID, 0, last, row, interval.Seconds())
			}
		}
		r.sections[k] = r.mark(row)
	}
}

// readPAT takes in which programs there are.
func (r *run) readPAT(row *measure.Transport) {
	if row.Content == nil {
		return
	}
	for _, listed := range row.Content.Programs {
		if listed.Number == 0 { // the NIT
			r.known(listed.PID).listed = true
			continue
		}
		p := r.number(listed.Number)
		if p == nil {
			p = &program{}
			r.programs = append(r.programs, p)
		}
		if p.pmt == nil || p.PID != listed.PID {
			p.pmt = &table{pid: listed.PID, program: listed.Number}
			p.pmt.begin(r.mark(row), r.maxTable)
		}
		p.TransportProgram, p.listedAt = listed, r.now
	}
	r.programs = slices.DeleteFunc(r.programs, func(p *program) bool {
		gone := r.now-p.listedAt > ended
		if gone {
			r.unlist(p)
		}
		return gone
	})
}

// ended is how long a program may not be in any section of the PAT, and still
// be one.
const ended = 2 * time.Second

// unlist forgets what a program consists of.
func (r *run) unlist(p *program) {
	if p.listing == nil {
		return
	}
	for _, s := range p.listing.Streams {
		if q := r.known(s.PID); q.program == p.Number {
			q.stream = measure.TransportStream{Type: "data", Optional: true}
		}
	}
}

// number returns the program of that number.
func (r *run) number(n int) *program {
	for _, p := range r.programs {
		if p.Number == n {
			return p
		}
	}
	return nil
}

// program returns a program with its PMT on that PID.
func (r *run) program(pid int) *program {
	for _, p := range r.programs {
		if p.PID == pid {
			return p
		}
	}
	return nil
}

// known returns what is known of a PID, which may be nothing but that.
func (r *run) known(id int) *pid {
	p := r.pids[id]
	if p == nil {
		here := mark{r.now, r.media, place{}}
		p = &pid{id: id, first: here, seen: here}
		r.pids[id] = p
	}
	return p
}

// readPMT takes in what a program consists of.
func (r *run) readPMT(row *measure.Transport) {
	p := r.number(int(row.Extension))
	if p == nil || p.PID != row.PID {
		return
	}
	r.came(p.pmt, PMTError, PMTError2, row)
	if row.Content == nil || row.Content == p.listing {
		return
	}
	r.unlist(p)
	if p.listing != nil {
		r.moved(p.listing.Streams, row.Content.Streams)
	}
	p.listing = row.Content
	r.list(row.Content, p.Number)
	for _, q := range r.pids {
		q.isClock = false
	}
	for _, p := range r.programs {
		if p.listing != nil && p.listing.ClockPID != measure.NullPID {
			r.known(p.listing.ClockPID).isClock = true
		}
	}
}

// moved follows streams of a program to other PIDs. As FFmpeg has it, what was
// there goes on in what takes its place in the PMT.
func (r *run) moved(from, to []measure.TransportStream) {
	for i := range min(len(from), len(to)) {
		a, b := from[i], to[i]
		index, ok := r.index[a.PID]
		if _, taken := r.index[b.PID]; taken || !ok || a.PID == b.PID || a.Type != b.Type {
			continue
		}
		r.index[b.PID] = index
		if k := slices.Index(r.kept, a.PID); k >= 0 {
			r.kept[k] = b.PID
		}
	}
}

// list notes which PIDs a table refers to.
func (r *run) list(t *measure.TransportTable, program int) {
	if t == nil {
		return
	}
	for _, s := range t.Streams {
		p := r.known(s.PID)
		if !p.listed {
			r.unreferenced(p)
			p.seen = mark{max(p.seen.at, r.now), r.media, p.seen.place}
		}
		p.listed, p.stream, p.program = true, s, program
	}
	for _, id := range append([]int{t.ClockPID}, t.Access...) {
		if id != 0 {
			r.known(id).listed = true
		}
	}
}

// watch looks at what follows from the row being of its PID.
func (r *run) watch(row *measure.Transport) {
	r.pat.begin(r.mark(row), r.maxTable)
	if row.Kind == measure.Section && (row.Table == patID || row.Table == pmtID) {
		return
	}
	if row.PID == 0 {
		r.pat.others++
	} else if p := r.program(row.PID); p != nil && row.Kind != measure.Alive {
		p.pmt.others++
	}
	if r.profile == dvb {
		for i := range r.si {
			if t := &r.si[i]; !t.never {
				t.begin(r.mark(row), t.limit)
			}
		}
	}
}

// missing reports pictures or sound that did not come for too long.
func (r *run) missing(p *pid, row *measure.Transport) {
	interval := r.now - p.seen.at
	if p.continual() {
		r.faults.measured(PIDError, interval.Seconds())
	}
	if p.continual() && interval > r.maxPID {
		from := p.seen
		if p.timed && (p.media-from.media).Abs() <= aside {
			from.media = p.media
		}
		r.span(PIDError, p.id, p.program, from, row, interval.Seconds())
	}
}

// complete reports whether all tables that refer to PIDs are known.
func (r *run) complete() bool {
	if !r.pat.seen {
		return false
	}
	for _, p := range r.programs {
		if p.listing == nil {
			return false
		}
	}
	return true
}

// unreferenced reports a PID that came without a table that refers to it.
func (r *run) unreferenced(p *pid) {
	if reserved := p.id < 0x20 || p.id >= 0x1ffb; reserved || p.listed || !p.came || r.program(p.id) != nil {
		return
	}
	if lasts := p.seen.at - p.first.at; lasts > maxUnreferenced {
		r.faults.add(occurrence{
			kind: UnreferencedPID, pid: p.id, since: p.first.at, at: r.now, start: p.first.media, end: max(p.seen.media, p.first.media),
			first: p.first.place, behind: p.seen.place, value: lasts.Seconds(),
		})
	}
}

// ending reports what did not come up to the end.
func (r *run) ending() {
	row := &r.end
	for _, p := range r.sorted() {
		if interval := r.now - p.pcrAt.at; p.hasPCR && p.isClock && interval >= stopped {
			r.faults.add(occurrence{
				kind: PCRRepetitionError, pid: p.id, since: p.pcrAt.at, at: r.now, start: p.pcrAt.media, end: max(r.mediaOf(p.id), p.pcrAt.media),
				first: p.pcrAt.place, behind: placeOf(row), value: interval.Seconds(),
			})
		}
	}
	r.late(r.pat, PATError, PATError2, row)
	for _, p := range r.programs {
		r.late(p.pmt, PMTError, PMTError2, row)
	}
	if r.scrambled != nil && !r.cat.seen {
		r.cat.begin(*r.scrambled, maxCAT)
		r.late(r.cat, CATError, CATError, row)
	}
	for i := range r.si {
		t := &r.si[i]
		r.late(&t.table, t.kind, t.kind, row)
	}
	for _, p := range r.sorted() {
		r.missing(p, row)
		if r.complete() {
			r.unreferenced(p)
		}
	}
}
