package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"time"
)

const (
	packetSize = 188
	datagram   = 7 * packetSize // as all senders of transport streams have it
	clockHz    = 90000
)

// A source streams the clip over and over by UDP, as fast as its clock says, and
// notes what it has done to it.
type source struct {
	clip   string
	conn   net.Conn
	expect func(expectation)
}

// An expectation is a defect that was sent, and when it must be reported.
type expectation struct {
	detector, kind string
	sent           time.Time // its beginning
	limit          time.Duration
}

// run streams until ctx ends. It is started again, its clock with it, each time
// it was killed.
func (s *source) run(ctx context.Context) error {
	for ctx.Err() == nil {
		err := s.stream(ctx)
		if ctx.Err() == nil && !errors.Is(err, errKilled) {
			return err
		}
		s.silent(ctx)
	}
	return nil
}

// silent sends nothing for a while, which must be reported.
func (s *source) silent(ctx context.Context) {
	s.expect(expectation{"source", "stall", time.Now(), time.Second})
	sleep(ctx, breakFor)
}

var errKilled = errors.New("the source was killed")

// stream streams until it is killed. Every second time the clip comes to its
// end it is silent only.
func (s *source) stream(ctx context.Context) error {
	ctx, kill := context.WithCancel(ctx)
	defer kill()
	cmd := exec.CommandContext(ctx, "ffmpeg", "-v", "error", "-stream_loop", "-1", "-i", s.clip, "-c", "copy", "-f", "mpegts", "-")
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return err
	}
	defer func() { kill(); _ = cmd.Wait() }() // it was killed
	p := &pacer{source: s, began: time.Now()}
	in := bufio.NewReaderSize(out, 1<<16)
	buffer := make([]byte, 0, datagram)
	packet := make([]byte, packetSize)
	for {
		if _, err := io.ReadFull(in, packet); err != nil {
			return fmt.Errorf("reading what ffmpeg streams: %w", err)
		}
		if err := p.pace(ctx, packet); err != nil {
			return err
		}
		if p.drop > 0 && packet[1]&0x1f|packet[2] != 0 {
			p.drop--
			continue
		}
		if buffer = append(buffer, packet...); len(buffer) == datagram {
			_, _ = s.conn.Write(buffer) // refused while nobody listens
			buffer = buffer[:0]
		}
	}
}

// A pacer holds packets back until they are due, and tells what is in them.
type pacer struct {
	source *source
	began  time.Time
	first  int64 // clock of the first packet that has one
	any    bool
	start  int64 // PTS of the first picture
	drop   int   // packets to leave out
	done   time.Duration
	rounds int
}

// pace waits until a packet is due.
func (p *pacer) pace(ctx context.Context, packet []byte) error {
	if pts, ok := pictureTime(packet); ok && p.start == 0 {
		p.start = pts
	}
	pcr, ok := programClock(packet)
	if !ok {
		return nil
	}
	if !p.any {
		p.first, p.any = pcr, true
	}
	due := p.began.Add(time.Duration(pcr-p.first) * time.Second / clockHz)
	sleep(ctx, time.Until(due))
	if p.start > 0 {
		return p.tell(ctx, time.Duration(pcr-p.start)*time.Second/clockHz)
	}
	return ctx.Err()
}

// tell notes what begins to be shown up to a time of the stream.
func (p *pacer) tell(ctx context.Context, now time.Duration) error {
	before := p.done
	p.done = now
	is := func(at time.Duration) bool {
		at += time.Duration(p.rounds) * clipLength
		return before < at && at <= now
	}
	for _, d := range defects {
		if is(d.at) {
			p.source.expect(expectation{d.detector, d.kind, time.Now(), d.limit})
		}
	}
	if is(lossAt) {
		p.source.expect(expectation{"ts", "continuity_count_error", time.Now(), 0})
		p.drop = 5
	}
	if is(breakAt) {
		p.rounds++
		if p.rounds%2 == 0 {
			return errKilled
		}
		p.source.silent(ctx)
		p.began = p.began.Add(breakFor)
	}
	return ctx.Err()
}

// programClock returns the PCR of a packet, in ticks of 90 kHz (ISO/IEC 13818-1,
// 2.4.3.5).
func programClock(p []byte) (ticks int64, ok bool) {
	if p[3]&0x20 == 0 || p[4] < 7 || p[5]&0x10 == 0 {
		return 0, false
	}
	return int64(p[6])<<25 | int64(p[7])<<17 | int64(p[8])<<9 | int64(p[9])<<1 | int64(p[10])>>7, true
}

// pictureTime returns the PTS of the picture that begins in a packet (ISO/IEC
// 13818-1, 2.4.3.7).
func pictureTime(p []byte) (ticks int64, ok bool) {
	at := 4
	if p[3]&0x20 != 0 {
		at += 1 + int(p[4])
	}
	if p[1]&0x40 == 0 || p[3]&0x10 == 0 || at+14 > packetSize {
		return 0, false
	}
	h := p[at:]
	if h[0] != 0 || h[1] != 0 || h[2] != 1 || h[3]&0xf0 != 0xe0 || h[7]&0x80 == 0 {
		return 0, false
	}
	return int64(h[9]>>1&7)<<30 | int64(h[10])<<22 | int64(h[11]>>1)<<15 | int64(h[12])<<7 | int64(h[13]>>1), true
}

func sleep(ctx context.Context, d time.Duration) {
	if d <= 0 {
		return
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
	case <-t.C:
	}
}
