package ts

import "slices"

// open reports what is wrong and may go on: errors that others may follow
// closely, and what is overdue, as it would be if the stream ended now.
func (r *run) open() {
	faults, cat := r.faults, *r.cat
	r.faults.open, r.faults.counts, r.faults.worst = slices.Clone(faults.open), slices.Clone(faults.counts), slices.Clone(faults.worst)
	r.ending()
	r.faults.flush()
	r.faults, *r.cat = faults, cat
}
