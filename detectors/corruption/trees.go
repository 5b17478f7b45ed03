package corruption

// A tree asks three questions about the features of a tick: the root's is the
// first, of i those where the answer is no and yes are 2i+1 and 2i+2. Questions
// are whether a feature is at least the limit.
type tree struct {
	feature [7]uint8
	limit   [7]float32
	leaf    [8]float32
}

// score returns the logarithm of the odds that a tick is damaged.
func score(f *[features]float32) float64 {
	sum := float64(base)
	for i := range trees {
		t := &trees[i]
		at := 0
		for at < len(t.feature) {
			next := 2*at + 1
			if f[t.feature[at]] >= t.limit[at] {
				next++
			}
			at = next
		}
		sum += float64(t.leaf[at-len(t.feature)])
	}
	return sum
}
