package ts

import (
	"math"
	"time"

	"github.com/vqa-project/vqa/detectors/measure"
)

const (
	// clockRate is that of the PCR, and clockRange where it wraps.
	clockRate  = 27_000_000
	clockRange = int64(1) << 33 * 300

	// maxPending bounds the rows that wait for the next PCR.
	maxPending = 4096

	// otherClocks is how many PCRs another PID may have while the one that
	// tells the time has none.
	otherClocks = 50

	// stopped is how much longer a stream must go on without a PCR than until
	// the last, to have lost it.
	stopped = time.Second

	// usualStep is how far decoding times may step to count as time that goes
	// on, and usualRatio how much longer than the step before.
	usualStep  = 500 * time.Millisecond
	usualRatio = 1.5
)

// A clock tells when rows would have arrived: by the PCR of one PID, packets
// being spread evenly between one and the next. Rows wait until that is known.
type clock struct {
	each  func(at time.Duration, row *measure.Transport)
	limit time.Duration // up to which a step of the PCR is believed

	pid        int // that tells the time, -1 before the first
	others     int // PCRs of other PIDs since its last
	pcr        int64
	packet     int64
	at         time.Duration
	rate       float64       // time for each packet, in ns
	first      int64         // packet of the first PCR
	told       time.Duration // at the last PCR
	toldPacket int64
	pending    []measure.Transport
	steps      map[int]*decoding
}

// decoding follows the decoding times of one PID.
type decoding struct {
	last, step time.Duration
	gone       time.Duration // since the last PCR
	begun      bool
}

// add takes in a row.
func (c *clock) add(row *measure.Transport) {
	switch row.Kind {
	case measure.Clock:
		if c.tell(row) {
			return
		}
	case measure.UnitStart:
		if row.HasPTS {
			c.decode(row)
		}
	}
	c.pending = append(c.pending, *row)
	if len(c.pending) >= maxPending {
		c.release(row.Packet, c.at+c.gone(row.Packet))
	}
}

// decode follows decoding times.
func (c *clock) decode(row *measure.Transport) {
	d := c.steps[row.PID]
	if d == nil {
		d = &decoding{}
		c.steps[row.PID] = d
	}
	step := row.DecodeTime - d.last
	if usual := time.Duration(usualRatio * float64(d.step)); d.begun && step > 0 && step <= max(usualStep, usual) {
		d.gone += step
	}
	d.last, d.step, d.begun = row.DecodeTime, max(step, 0), true
}

// tell takes in a PCR, and reports whether it tells the time.
func (c *clock) tell(row *measure.Transport) bool {
	switch {
	case c.pid < 0: // nothing is known of the time before
		c.pid, c.pcr, c.packet, c.first = row.PID, row.PCR, row.Packet, row.Packet
		return false
	case row.PID != c.pid:
		if c.others++; c.others < otherClocks {
			return false
		}
		c.release(row.Packet, c.at+c.gone(row.Packet))
		c.pid, c.pcr, c.others = row.PID, row.PCR, 0
		return false
	}
	c.others = 0
	says, gone := since(c.pcr, row.PCR), c.gone(row.Packet)
	elapsed := says
	if says <= 0 || says > c.limit && (row.Indicated || gone < says/2) {
		elapsed = gone // it jumped
	}
	if packets := row.Packet - c.packet; packets > 0 && elapsed > 0 {
		c.rate = float64(elapsed) / float64(packets)
	}
	c.pcr = row.PCR
	c.pending = append(c.pending, *row)
	c.release(row.Packet, c.at+elapsed)
	c.told, c.toldPacket = c.at, row.Packet
	return true
}

// since returns the time from one PCR to another, negative for back.
func since(from, to int64) time.Duration {
	d := (to - from) % clockRange
	if d < 0 {
		d += clockRange
	}
	if d > clockRange/2 {
		d -= clockRange
	}
	return time.Duration(d/clockRate)*time.Second + time.Duration(d%clockRate)*time.Second/clockRate
}

// gone returns how much time has gone since the last PCR, by decoding times,
// or else by the rate of packets.
func (c *clock) gone(packet int64) time.Duration {
	var most time.Duration
	for _, d := range c.steps {
		most = max(most, d.gone)
	}
	if most > 0 {
		return most
	}
	return time.Duration(c.rate * float64(packet-c.packet))
}

// release hands on the rows that wait: it is at, at the packet of the last.
func (c *clock) release(packet int64, at time.Duration) {
	first, from := c.packet, c.at
	c.packet, c.at = packet, at
	for _, d := range c.steps {
		d.gone = 0
	}
	for i := range c.pending {
		row := &c.pending[i]
		when := at
		if packet > first {
			share := float64(max(row.Packet, first)-first) / float64(packet-first)
			when = from + time.Duration(share*float64(at-from))
		}
		c.each(when, row)
	}
	c.pending = c.pending[:0]
}

// flush hands on what waits for a PCR that never comes. At the end of a
// recording time stands still: decoding times of what was coded ahead run on.
func (c *clock) flush() {
	n := len(c.pending)
	if n == 0 {
		return
	}
	last := c.pending[n-1].Packet
	gone := c.gone(last)
	if c.pid != noPID && gone < stopped {
		gone = 0
	}
	c.release(last, c.at+gone)
}

// perSecond returns how many packets come in a second, NaN where unknown.
func (c *clock) perSecond() float64 {
	if c.told == 0 {
		return math.NaN()
	}
	return float64(c.toldPacket-c.first) / c.told.Seconds()
}
