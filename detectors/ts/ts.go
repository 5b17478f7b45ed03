// Package ts watches an MPEG transport stream by ETSI TR 101 290.
package ts

import (
	"flag"
	"fmt"
	"time"

	"github.com/vqa-project/vqa/detectors"
	"github.com/vqa-project/vqa/detectors/measure"
)

// Detector finds what ETSI TR 101 290 calls errors of a transport stream.
var Detector = &detectors.Detector{
	Name:  "ts",
	Doc:   doc,
	Needs: measure.Multiplex,
	Setup: setup,
}

const doc = `errors of an MPEG transport stream, by ETSI TR 101 290

The packets of the stream are checked as they are read, before anything is
decoded. Kinds of events are the names of TR 101 290 (V1.4.1), 5.2, in lower case.
Errors of one kind and PID that are less than half a second apart are one event, and
counted in it. Tables at the end say of each check what became of it, with the
worst value measured, error or not, and why it could not be made; where errors are, by
check and PID; which programs and PIDs there are; and how far PCRs are apart.

Priority 1: ts_sync_loss and sync_byte_error (five right sync bytes to be
synchronized, two wrong ones not to be; 188, 192 and 204 byte packets);
pat_error and pmt_error (the PID is not there for longer than max-table-interval,
or scrambled), pat_error_2 and pmt_error_2 (it is, without sections of the table,
or with others); continuity_count_error (a packet may be there twice, and the
counter may jump where the adaptation field says so); pid_error (pictures or sound
that a PMT lists do not come for max-pid-interval).

Priority 2: transport_error; crc_error (PAT, CAT, PMT, NIT, SDT, BAT, EIT, TOT);
pcr_repetition_error (no PCR for longer than max-pcr-interval, and with profile basic
for five pictures: FFmpeg's muxer, for one, sends PCRs with some pictures alone);
pcr_discontinuity_indicator_error (it jumps by more, or back, and the stream does
not say so); pcr_accuracy_error (by more than 500 ns off; only where packets come at one
rate for 20 PCRs or more: between two PCRs the rate is what they say, so that where
it varies, a recording cannot tell an early PCR from a late packet); pts_error (no PTS
for longer than max-pts-interval); cat_error (scrambled packets, and no CAT within 10 s).

Priority 3: unreferenced_pid, and for the tables of EN 300 468 nit_error, sdt_error,
eit_error, rst_error, tdt_error (another table on their PID, or too long none: 10 s,
2 s, 2 s, 30 s for NIT, SDT, EIT, TDT). With profile basic, the default, that is for
tables that are there, in streams with a NIT, EIT or TDT; with profile dvb they must
be there, and si_repetition_error (sections of one table come in less than 25 ms)
is checked, too. Checks of buffers are listed, and not made: they need a model of the
decoder.

A recording has no time of arrival: intervals are by the PCR, with packets evenly
spread between one and the next. Where an event is, is told in media time: when
what the packets carry is shown, or for tables the pictures around them. Evidence
has the place in the input: number and byte offset of the first and last packet.

Limits are those of TR 101 290. Streams cut into segments repeat PAT and PMT only at
the beginning of each; a larger max-table-interval, such as 10s, lets them pass.`

// The profiles.
const (
	basic = "basic"
	dvb   = "dvb"
)

type options struct {
	profile                          string
	maxTable, maxPID, maxPCR, maxPTS time.Duration
}

func setup(fs *flag.FlagSet) detectors.Start {
	o := &options{}
	detectors.ChoiceVar(fs, &o.profile, "profile", basic, []string{basic, dvb}, "checks to make: dvb adds the service information of DVB")
	detectors.DurationVar(fs, &o.maxTable, "max-table-interval", 500*time.Millisecond, 10*time.Millisecond, time.Hour,
		"longest time from a PAT, or PMT, to the next")
	detectors.DurationVar(fs, &o.maxPID, "max-pid-interval", 5*time.Second, 100*time.Millisecond, time.Hour,
		"longest time that pictures or sound may be missing")
	detectors.DurationVar(fs, &o.maxPCR, "max-pcr-interval", 100*time.Millisecond, 10*time.Millisecond, time.Hour,
		"longest time from a PCR to the next")
	detectors.DurationVar(fs, &o.maxPTS, "max-pts-interval", 700*time.Millisecond, 10*time.Millisecond, time.Hour,
		"longest time from a PTS to the next")
	return o.start
}

func (o *options) start(p measure.Program, sink detectors.Sink) (detectors.Run, error) {
	if p.Format != "mpegts" {
		return detectors.Run{}, fmt.Errorf("%w: no transport stream", detectors.ErrNotApplicable)
	}
	r := newRun(o, p, sink)
	return detectors.Run{
		Transport: r.clock.add,
		Open:      func(time.Duration) { r.open() },
		Flush:     func(time.Duration) { r.flush() },
		Measures:  r.measures,
		Tables:    r.tables,
	}, nil
}
