package main

import (
	"math"
	"slices"
)

// A node asks whether a feature is at least limit, unless it is a leaf.
type node struct {
	feature int
	limit   float32
}

// A tree has its root first, and the answers no and yes to i at 2i+1 and 2i+2.
type tree struct {
	nodes  [7]node
	leaves [8]float64
}

// leaf returns which leaf a tick ends in.
func (t *tree) leaf(f []float32) int {
	at := 0
	for at < len(t.nodes) {
		next := 2*at + 1
		if f[t.nodes[at].feature] >= t.nodes[at].limit {
			next++
		}
		at = next
	}
	return at - len(t.nodes)
}

type model struct {
	base  float64
	trees []tree
}

func (m *model) score(f []float32) float64 {
	sum := m.base
	for i := range m.trees {
		sum += m.trees[i].leaves[m.trees[i].leaf(f)]
	}
	return sum
}

// A sample is a tick to learn from.
type sample struct {
	features []float32
	damaged  bool
	weight   float64
	prior    float64 // its score by the weights that are added to; else 0
}

const (
	learning = 0.12 // share of each tree's answer that is taken
	damping  = 5    // added to the weight of a leaf
	least    = 4    // weight of a leaf
	buckets  = 64   // places where a feature may be cut
)

// boost makes a model of so many trees with gradient boosting of the logistic loss
// (Friedman, 2001), with second order leaves and cuts at quantiles, as usual today.
// Where samples have a prior, it is what the trees add to, which has a base of its own.
func boost(samples []sample, trees int, more bool) *model {
	n, wide := len(samples), len(samples[0].features)
	cuts := make([][]float32, wide)
	bucket := make([][]uint8, wide)
	for f := range wide {
		cuts[f] = quantiles(samples, f)
		bucket[f] = make([]uint8, n)
		for i := range samples {
			at, found := slices.BinarySearch(cuts[f], samples[i].features[f])
			if found {
				at++
			}
			bucket[f][i] = uint8(at) // cuts at or below the value
		}
	}
	var good, bad float64
	for _, s := range samples {
		if s.damaged {
			bad += s.weight
		} else {
			good += s.weight
		}
	}
	m := &model{}
	if !more {
		m.base = math.Log(bad / good)
	}
	scores, gradient, curvature := make([]float64, n), make([]float64, n), make([]float64, n)
	at := make([]int, n)
	for i := range scores {
		scores[i] = m.base + samples[i].prior
	}
	for range trees {
		for i, s := range samples {
			p := 1 / (1 + math.Exp(-scores[i]))
			gradient[i], curvature[i] = -s.weight*p, s.weight*p*(1-p)
			if s.damaged {
				gradient[i] += s.weight
			}
			at[i] = 0
		}
		var t tree
		for first := 0; first < len(t.nodes); first = 2*first + 1 {
			for k, cut := range bestCuts(first+1, first, at, bucket, cuts, gradient, curvature) {
				t.nodes[first+k] = cut
			}
			for i := range at {
				c := t.nodes[at[i]]
				next := 2*at[i] + 1
				if samples[i].features[c.feature] >= c.limit {
					next++
				}
				at[i] = next
			}
		}
		var g, h [8]float64
		for i := range at {
			g[at[i]-7] += gradient[i]
			h[at[i]-7] += curvature[i]
		}
		for k := range t.leaves {
			t.leaves[k] = learning * g[k] / (h[k] + damping)
		}
		for i := range at {
			scores[i] += t.leaves[at[i]-7]
		}
		m.trees = append(m.trees, t)
	}
	return m
}

// quantiles returns where a feature may be cut: half of the places are quantiles
// of all ticks, half of those that are damaged, of which there are few.
func quantiles(samples []sample, f int) []float32 {
	var all, damaged []float32
	for _, s := range samples {
		all = append(all, s.features[f])
		if s.damaged {
			damaged = append(damaged, s.features[f])
		}
	}
	var out []float32
	for _, v := range [][]float32{all, damaged} {
		slices.Sort(v)
		for k := 1; k < buckets/2; k++ {
			out = append(out, v[k*len(v)/(buckets/2)])
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// bestCuts returns the best question for each of the nodes from first on.
func bestCuts(nodes, first int, at []int, bucket [][]uint8, cuts [][]float32, gradient, curvature []float64) []node {
	type pair struct{ g, h float64 }
	best, gain := make([]node, nodes), make([]float64, nodes)
	sums := make([]pair, nodes)
	for i := range at {
		s := &sums[at[i]-first]
		s.g += gradient[i]
		s.h += curvature[i]
	}
	worth := func(p pair) float64 { return p.g * p.g / (p.h + damping) }
	for k := range best {
		best[k].limit = math.MaxFloat32 // no, always
	}
	for f := range bucket {
		in := make([][buckets]pair, nodes)
		for i, b := range bucket[f] {
			p := &in[at[i]-first][b]
			p.g += gradient[i]
			p.h += curvature[i]
		}
		for k := range nodes {
			var low pair
			for c, limit := range cuts[f] {
				low.g += in[k][c].g
				low.h += in[k][c].h
				high := pair{sums[k].g - low.g, sums[k].h - low.h}
				if low.h < least || high.h < least {
					continue
				}
				if w := worth(low) + worth(high) - worth(sums[k]); w > gain[k] {
					gain[k], best[k] = w, node{f, limit}
				}
			}
		}
	}
	return best
}
