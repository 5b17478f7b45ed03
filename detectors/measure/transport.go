package measure

import "time"

// TransportKind says what a [Transport] row tells.
type TransportKind uint8

// What is found in an MPEG transport stream (ISO/IEC 13818-1), in the order of
// its bytes. Each names the fields that it fills beside PID, Packet and Position.
const (
	SyncFound      TransportKind = iota // synchronized: after the beginning, or a loss
	SyncByte                            // a packet does not begin with 0x47; PID is [NullPID] where it is none seen before
	SyncLost                            // nor does the next
	Continuity                          // the counter does not follow: Lost
	Erroneous                           // transport_error_indicator is set
	Clock                               // PCR, Indicated
	UnitStart                           // a PES packet begins: HasPTS, PTS, DTS, Time, DecodeTime, Scrambled
	Section                             // a table's section: Table, Extension, Version, Valid, Content
	Scrambling                          // transport_scrambling_control is set, where it was not before
	Alive                               // the PID is still there; told now and then
	Total                               // at the end, for each PID: Packets
	End                                 // at the end: Packets of all PIDs, Bytes in them
	SectionInvalid                      // a section whose header cannot be one: Table
)

// A Transport is the row of something found in an MPEG transport stream. It is
// valid during the call that delivers it; its Content never changes.
type Transport struct {
	Kind     TransportKind
	PID      int
	Packet   int64 // transport packets before it, as far as they were found
	Position int64 // byte offset in the input of its sync byte, or of where that was due

	Lost int // packets of this PID that are missing, modulo 16; 0: one is repeated too often

	PCR       int64 // program clock reference, in ticks of 27 MHz, 42 bits: it wraps
	Indicated bool  // discontinuity_indicator is set since the PCR before

	HasPTS           bool
	PTS, DTS         int64         // in ticks of 90 kHz, 33 bits: they wrap
	Time, DecodeTime time.Duration // the same as media time
	Scrambled        bool

	Table     uint8  // table_id
	Extension uint16 // table_id_extension: of a PMT the program_number
	Version   uint8
	Valid     bool // the CRC is right, or there is none
	Content   *TransportTable

	Packets int64
	Bytes   int64
}

// A TransportTable is what a table of an MPEG transport stream says. What does
// not belong to the table is empty.
type TransportTable struct {
	Programs []TransportProgram // PAT
	ClockPID int                // PMT: PCR_PID, NullPID where there is no clock
	Streams  []TransportStream  // PMT
	Access   []int              // PMT, CAT: PIDs of ECM and EMM (CA_PID)
	Services []TransportService // SDT
}

// A TransportProgram is where the PMT of a program is. Number 0 is the NIT.
type TransportProgram struct{ Number, PID int }

// A TransportStream is an elementary stream of a PMT.
type TransportStream struct {
	PID      int
	Coding   int       // stream_type
	Type     MediaType // Video, Audio, or "data"
	Optional bool      // it may pause: data, and sound with an audio_type for a special audience
}

// A TransportService is a service of an SDT.
type TransportService struct {
	Number int    // service_id: the program_number
	Name   string // as printed
}

// NullPID is the PID of packets without content.
const NullPID = 0x1fff
