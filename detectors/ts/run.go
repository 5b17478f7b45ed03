package ts

import (
	"maps"
	"slices"
	"time"

	"github.com/vqa-project/vqa/detectors"
	"github.com/vqa-project/vqa/detectors/measure"
)

// noPID is that of errors which no PID is at fault for.
const noPID = -1

// aside is how far the clock of a program may be from that of what is
// analysed: the times of one further away mean nothing.
const aside = 10 * time.Second

// clockUnits is how many units may come from a PCR to the next where profile is
// basic: muxers that send them with pictures, such as FFmpeg's, leave out some.
const clockUnits = 4

// unknownUnit is how long a unit lasts of which no two were seen.
const unknownUnit = 40 * time.Millisecond

// A run follows one transport stream.
type run struct {
	*options
	clock   clock
	faults  faults
	streams []measure.Stream
	index   map[int]int // of streams, by PID
	kept    []int       // PIDs of what is analysed, pictures first

	pids     map[int]*pid
	programs []*program
	pat, cat *table
	services []measure.TransportService
	si       []si
	isDVB    bool              // tables came that no other streams have
	sections map[subTable]mark // the last of each
	accuracy accuracyMeter

	now       time.Duration // arrival of the row before
	media     time.Duration // of the pictures that came last
	mediaPID  int
	lost      *measure.Transport // where sync was lost, until it is found
	lostAt    time.Duration
	lostMedia time.Duration
	syncs     int
	scrambled *mark // first scrambled packet
	end       measure.Transport
}

// A mark is where something was seen last, or first.
type mark struct {
	at, media time.Duration
	place     place
}

// A pid is what is known of one PID.
type pid struct {
	id        int
	first     mark // packet
	seen      mark // last packet known of
	came      bool // a packet did
	listed    bool // referenced by a table
	stream    measure.TransportStream
	program   int
	media     time.Duration // of the current unit
	timed     bool
	decode    time.Duration
	unit      time.Duration // between the last two
	pts       mark          // of the last PTS
	hasPTS    bool
	scrambled bool

	pcr     int64
	pcrAt   mark
	hasPCR  bool
	isClock bool // PCR_PID of a program

	units   int // since the last PCR
	clocks  clocks
	packets int64
}

// clocks are the intervals between the PCRs of a PID, discontinuities left out.
type clocks struct {
	n             int
	sum, min, max time.Duration
}

func (c *clocks) add(interval time.Duration) {
	if c.n == 0 || interval < c.min {
		c.min = interval
	}
	c.n, c.sum, c.max = c.n+1, c.sum+interval, max(c.max, interval)
}

// A program is one that the PAT lists.
type program struct {
	measure.TransportProgram
	pmt      *table
	listedAt time.Duration // arrival of the PAT that listed it last
	listing  *measure.TransportTable
}

func newRun(o *options, p measure.Program, sink detectors.Sink) *run {
	r := &run{options: o, index: map[int]int{}, pids: map[int]*pid{}, mediaPID: noPID, pat: &table{pid: 0}, cat: &table{pid: 1}, sections: map[subTable]mark{}}
	r.si = information()
	for _, s := range p.Streams {
		if _, taken := r.index[s.ID]; !taken {
			r.index[s.ID] = s.Index
		}
	}
	r.streams = p.Streams
	for _, t := range []measure.MediaType{measure.Video, measure.Audio} {
		for _, s := range p.Selected(t) {
			r.kept = append(r.kept, s.ID)
		}
	}
	r.faults = newFaults(o.checks(), sink, func(pid int) int {
		if i, ok := r.index[pid]; ok {
			return i
		}
		return detectors.WholeInput
	})
	r.clock = clock{each: r.row, limit: o.maxPCR, pid: noPID, steps: map[int]*decoding{}}
	r.accuracy = accuracyMeter{fault: r.inaccurate}
	return r
}

// row takes in what was found at a time of arrival.
func (r *run) row(at time.Duration, row *measure.Transport) {
	r.now = max(r.now, at)
	switch row.Kind {
	case measure.SyncFound:
		r.syncFound(row)
		return
	case measure.SyncByte:
		r.fault(occurrence{kind: SyncByteError, pid: noPID, start: r.mediaOf(row.PID)}, row)
		return
	case measure.SyncLost:
		lost := *row
		r.lost, r.lostAt, r.lostMedia = &lost, r.now, r.media
		return
	case measure.Total:
		r.pid(row).packets = row.Packets
		return
	case measure.End:
		r.end = *row
		return
	}
	p := r.pid(row)
	r.missing(p, row)
	if here := r.mark(row); p.came {
		p.seen = here
	} else {
		p.first, p.seen, p.came = here, here, true
	}
	switch row.Kind {
	case measure.Continuity:
		r.fault(occurrence{kind: ContinuityCountError, pid: row.PID, lost: row.Lost}, row)
	case measure.Erroneous:
		r.point(TransportError, row.PID, row)
	case measure.Clock:
		r.pcr(p, row)
	case measure.UnitStart:
		r.unitStart(p, row)
	case measure.Section, measure.SectionInvalid:
		r.section(p, row)
	case measure.Scrambling:
		r.scrambling(p, row)
	}
	r.watch(row)
	r.faults.settle(r.now)
}

// pid returns what is known of the PID of a row.
func (r *run) pid(row *measure.Transport) *pid { return r.known(row.PID) }

func (r *run) mark(row *measure.Transport) mark { return mark{r.now, r.media, placeOf(row)} }

// mediaOf returns the media time of what a PID carries.
func (r *run) mediaOf(id int) time.Duration {
	if p := r.pids[id]; p != nil && p.timed && (p.media-r.media).Abs() <= aside {
		return p.media
	}
	return r.media
}

// point reports an error of a moment.
func (r *run) point(kind string, id int, row *measure.Transport) {
	r.fault(occurrence{kind: kind, pid: id}, row)
}

// fault reports an error at a row. It lasts as long as one unit.
func (r *run) fault(o occurrence, row *measure.Transport) {
	o.at, o.first, o.behind = r.now, placeOf(row), placeOf(row)
	if o.start == 0 {
		o.start = r.mediaOf(o.pid)
	}
	lasts := unknownUnit
	if p := r.pids[o.pid]; p != nil && p.unit > 0 {
		lasts = p.unit
	}
	o.end = o.start + lasts
	r.faults.add(o)
}

// span reports an error of an interval that began at a mark.
func (r *run) span(kind string, id, program int, from mark, row *measure.Transport, value float64) {
	r.faults.add(occurrence{
		kind: kind, pid: id, program: program, since: from.at, at: r.now, start: from.media, end: max(r.media, from.media),
		first: from.place, behind: placeOf(row), value: value,
	})
}

func (r *run) syncFound(row *measure.Transport) {
	if r.syncs++; r.lost == nil {
		return
	}
	r.faults.add(occurrence{
		kind: SyncLoss, pid: noPID, at: r.now, start: r.lostMedia, end: max(r.media, r.lostMedia+unknownUnit),
		first: placeOf(r.lost), behind: placeOf(row),
	})
	r.lost = nil
}

// unitStart takes in the beginning of a PES packet.
func (r *run) unitStart(p *pid, row *measure.Transport) {
	p.units++
	if !row.HasPTS {
		return
	}
	if step := row.DecodeTime - p.decode; p.timed && step > 0 && step <= time.Second {
		p.unit = step
	}
	p.media, p.decode, p.timed = row.Time, row.DecodeTime, true
	if r.tells(row.PID) {
		r.media, r.mediaPID = row.Time, row.PID
	}
	p.seen = r.mark(row)
	if interval := r.now - p.pts.at; p.hasPTS && p.continual() {
		r.faults.measured(PTSError, interval.Seconds())
	}
	if interval := r.now - p.pts.at; p.hasPTS && interval > r.maxPTS && p.continual() {
		r.faults.add(occurrence{
			kind: PTSError, pid: p.id, since: p.pts.at, at: r.now, start: p.pts.media, end: max(row.Time, p.pts.media),
			first: p.pts.place, behind: placeOf(row), value: interval.Seconds(),
		})
	}
	p.pts, p.hasPTS = mark{r.now, row.Time, placeOf(row)}, true
}

// tells reports whether a PID tells media time: pictures that are analysed, or
// sound where there are none, or whatever comes first.
func (r *run) tells(id int) bool {
	if len(r.kept) > 0 {
		return id == r.kept[0]
	}
	return r.mediaPID == noPID || r.mediaPID == id
}

// continual reports whether a PID has pictures or sound without a pause.
func (p *pid) continual() bool {
	return p.listed && !p.stream.Optional && (p.stream.Type == measure.Video || p.stream.Type == measure.Audio)
}

// pcr takes in a PCR.
func (r *run) pcr(p *pid, row *measure.Transport) {
	here := r.mark(row)
	here.media = r.mediaOf(p.id)
	switch interval, says := r.now-p.pcrAt.at, since(p.pcr, row.PCR); {
	case !p.hasPCR || row.Indicated:
	case says < 0 || (says-interval).Abs() > r.maxPCR:
		r.fault(occurrence{kind: PCRDiscontinuityError, pid: p.id, start: p.pcrAt.media, value: says.Seconds()}, row)
	case interval > r.maxPCR && (p.isClock || len(r.programs) == 0) && (r.profile == dvb || p.units == 0 || p.units > clockUnits):
		r.faults.add(occurrence{
			kind: PCRRepetitionError, pid: p.id, since: p.pcrAt.at, at: r.now, start: p.pcrAt.media, end: max(here.media, p.pcrAt.media),
			first: p.pcrAt.place, behind: here.place, value: interval.Seconds(),
		})
	}
	if p.hasPCR && !row.Indicated {
		interval := r.now - p.pcrAt.at
		p.clocks.add(interval)
		if p.isClock {
			r.faults.measured(PCRRepetitionError, interval.Seconds())
		}
	} else if p.hasPCR {
		r.accuracy.begin()
	}
	p.pcr, p.pcrAt, p.hasPCR, p.units = row.PCR, here, true, 0
	if p.id == r.clock.pid {
		r.accuracy.add(row, here)
	}
}

// inaccurate reports a PCR that is off by so many nanoseconds.
func (r *run) inaccurate(row *measure.Transport, at mark, off float64) {
	r.faults.add(occurrence{
		kind: PCRAccuracyError, pid: row.PID, at: at.at, start: at.media, end: at.media + unknownUnit,
		first: at.place, behind: at.place, value: off,
	})
}

func (r *run) scrambling(p *pid, row *measure.Transport) {
	p.scrambled = true
	if r.scrambled == nil {
		m := r.mark(row)
		r.scrambled = &m
	}
	switch {
	case row.PID == 0:
		r.point(PATError, row.PID, row)
	case r.program(row.PID) != nil:
		r.point(PMTError, row.PID, row)
	}
}

// flush ends the stream.
func (r *run) flush() {
	r.clock.flush()
	if r.lost != nil {
		r.syncFound(&r.end)
	}
	r.accuracy.flush()
	r.ending()
	r.faults.flush()
}

// sorted returns all PIDs in order.
func (r *run) sorted() []*pid {
	var out []*pid
	for _, id := range slices.Sorted(maps.Keys(r.pids)) {
		out = append(out, r.pids[id])
	}
	return out
}
