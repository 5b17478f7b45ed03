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

// Checks that are listed and never made: they need a model of the buffers of a
// decoder.
const (
	bufferError = "buffer_error"
	emptyBuffer = "empty_buffer_error"
	dataDelay   = "data_delay_error"
)

// A check is a line of the tables of TR 101 290, 5.2.
type check struct {
	kind   string
	clause string  // its number there
	number float64 // the same for evidence
	limit  float64 // that values are held against, in unit
	unit   string
	of     scope
}

// A scope is when a check can be made.
type scope uint8

const (
	always  scope = iota
	service       // of service information: by profile
	dvbOnly       // with profile dvb
	never
)

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
		{SyncLoss, "1.1", 1.1, 0, errors, always},
		{SyncByteError, "1.2", 1.2, 0, errors, always},
		{PATError, "1.3", 1.3, o.maxTable.Seconds(), seconds, always},
		{PATError2, "1.3.a", 1.3, o.maxTable.Seconds(), seconds, always},
		{ContinuityCountError, "1.4", 1.4, 0, errors, always},
		{PMTError, "1.5", 1.5, o.maxTable.Seconds(), seconds, always},
		{PMTError2, "1.5.a", 1.5, o.maxTable.Seconds(), seconds, always},
		{PIDError, "1.6", 1.6, o.maxPID.Seconds(), seconds, always},
		{TransportError, "2.1", 2.1, 0, errors, always},
		{CRCError, "2.2", 2.2, 0, errors, always},
		{PCRRepetitionError, "2.3a", 2.3, o.maxPCR.Seconds(), seconds, always},
		{PCRDiscontinuityError, "2.3b", 2.3, o.maxPCR.Seconds(), seconds, always},
		{PCRAccuracyError, "2.4", 2.4, float64(accuracy), "ns", always},
		{PTSError, "2.5", 2.5, o.maxPTS.Seconds(), seconds, always},
		{CATError, "2.6", 2.6, maxCAT.Seconds(), seconds, always},
		{NITError, "3.1", 3.1, maxNIT.Seconds(), seconds, service},
		{SIRepetitionError, "3.2", 3.2, minSI.Seconds(), seconds, dvbOnly},
		{bufferError, "3.3", 3.3, 0, errors, never},
		{UnreferencedPID, "3.4", 3.4, maxUnreferenced.Seconds(), seconds, always},
		{SDTError, "3.5", 3.5, maxSDT.Seconds(), seconds, service},
		{EITError, "3.6", 3.6, maxEIT.Seconds(), seconds, service},
		{RSTError, "3.7", 3.7, 0, errors, service},
		{TDTError, "3.8", 3.8, maxTDT.Seconds(), seconds, service},
		{emptyBuffer, "3.9", 3.9, 0, errors, never},
		{dataDelay, "3.10", 3.1, 0, errors, never},
	}
}
