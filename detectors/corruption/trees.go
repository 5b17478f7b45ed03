package corruption

// A Tree asks three questions about the features of a tick: the root's is the
// first, of i those where the answer is no and yes are 2i+1 and 2i+2. Questions
// are whether a feature is at least the limit.
type Tree struct {
	Feature [7]uint8
	Limit   [7]float32
	Leaf    [8]float32
}

// Weights returns what a score is made of: the sum of a base and the answer of each
// tree.
func Weights() (float64, []Tree) { return base, trees[:] }

// score returns the logarithm of the odds that a tick is damaged.
func score(f *[features]float32) float64 {
	sum := float64(base)
	for i := range trees {
		t := &trees[i]
		at := 0
		for at < len(t.Feature) {
			next := 2*at + 1
			if f[t.Feature[at]] >= t.Limit[at] {
				next++
			}
			at = next
		}
		sum += float64(t.Leaf[at-len(t.Feature)])
	}
	return sum
}
