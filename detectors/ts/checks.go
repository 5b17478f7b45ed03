package ts

import "time"

// Kinds of events.
const (
	SyncLoss             = "ts_sync_loss"
	SyncByteError        = "sync_byte_error"
	PATError             = "pat_error"
	PATError2            = "pat_error_2"
	ContinuityCountError = "continuity_count_error"
	PMTError             = "pmt_error"
	PMTError2            = "pmt_error_2"
	PIDError             = "pid_error"

	TransportError        = "transport_error"
	CRCError              = "crc_error"
	PCRRepetitionError    = "pcr_repetition_error"
	PCRDiscontinuityError = "pcr_discontinuity_indicator_error"
	PCRAccuracyError      = "pcr_accuracy_error"
	PTSError              = "pts_error"
	CATError              = "cat_error"

	NITError          = "nit_error"
	SIRepetitionError = "si_repetition_error"
	UnreferencedPID   = "unreferenced_pid"
	SDTError          = "sdt_error"
	EITError          = "eit_error"
	RSTError          = "rst_error"
	TDTError          = "tdt_error"
)

// A check is a line of the tables of TR 101 290, 5.2.
type check struct {
	kind   string
	clause string  // its number there
	number float64 // the same for evidence
	limit  float64 // that values are held against, in unit
	unit   string
	dvb    bool // of profile dvb alone
}

// seconds is the unit of checks of intervals. The others count errors.
const (
	seconds = "s"
	errors  = "errors"
)

// Limits that are no options (TR 101 290, 5.2.2 and 5.2.3).
const (
	accuracy        = 500 * time.Nanosecond
	maxCAT          = 10 * time.Second // EN 300 468 has none: as for the NIT
	maxNIT          = 10 * time.Second
	maxSDT          = 2 * time.Second
	maxEIT          = 2 * time.Second
	maxTDT          = 30 * time.Second
	minSI           = 25 * time.Millisecond
	maxUnreferenced = 500 * time.Millisecond
)

// checks returns all checks in the order of TR 101 290.
func (o *options) checks() []check {
	return []check{
		{SyncLoss, "1.1", 1.1, 0, errors, false},
		{SyncByteError, "1.2", 1.2, 0, errors, false},
		{PATError, "1.3", 1.3, o.maxTable.Seconds(), seconds, false},
		{PATError2, "1.3.a", 1.3, o.maxTable.Seconds(), seconds, false},
		{ContinuityCountError, "1.4", 1.4, 0, errors, false},
		{PMTError, "1.5", 1.5, o.maxTable.Seconds(), seconds, false},
		{PMTError2, "1.5.a", 1.5, o.maxTable.Seconds(), seconds, false},
		{PIDError, "1.6", 1.6, o.maxPID.Seconds(), seconds, false},
		{TransportError, "2.1", 2.1, 0, errors, false},
		{CRCError, "2.2", 2.2, 0, errors, false},
		{PCRRepetitionError, "2.3a", 2.3, o.maxPCR.Seconds(), seconds, false},
		{PCRDiscontinuityError, "2.3b", 2.3, o.maxPCR.Seconds(), seconds, false},
		{PCRAccuracyError, "2.4", 2.4, float64(accuracy), "ns", false},
		{PTSError, "2.5", 2.5, o.maxPTS.Seconds(), seconds, false},
		{CATError, "2.6", 2.6, maxCAT.Seconds(), seconds, false},
		{NITError, "3.1", 3.1, maxNIT.Seconds(), seconds, true},
		{SIRepetitionError, "3.2", 3.2, minSI.Seconds(), seconds, true},
		{UnreferencedPID, "3.4", 3.4, maxUnreferenced.Seconds(), seconds, false},
		{SDTError, "3.5", 3.5, maxSDT.Seconds(), seconds, true},
		{EITError, "3.6", 3.6, maxEIT.Seconds(), seconds, true},
		{RSTError, "3.7", 3.7, 0, errors, true},
		{TDTError, "3.8", 3.8, maxTDT.Seconds(), seconds, true},
	}
}
