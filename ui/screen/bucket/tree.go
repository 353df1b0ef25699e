package bucket

import (
	"slices"
	"strings"

	"trailsift/model"
)

// node is a line of the tree. Leaves are streams; what is above them is ticked with them.
type node struct {
	name   string // foreign text in part
	key    string // tells a node from others of its level
	remark string
	stream int // of a leaf, else -1
	depth  int
	closed bool // its children are folded away
	below  []*node
}

// streams lists the leaves at or below n.
func (n *node) streams() []int {
	if n.stream >= 0 {
		return []int{n.stream}
	}
	var out []int
	for _, b := range n.below {
		out = append(out, b.streams()...)
	}
	return out
}

// kinds are how streams of a kind are called.
var kinds = map[model.StreamKind]string{
	model.StreamCloudTrail: "CloudTrail", model.StreamDigests: "digests", model.StreamInsights: "insights",
	model.StreamAccess: "access logs", model.StreamOther: "other objects",
}

func kindName(k model.StreamKind) string {
	if name, ok := kinds[k]; ok {
		return name
	}
	return string(k)
}

// grow makes the tree of a layout: accounts, kinds and Regions, then access logs by their sources, then
// what is neither. Buckets stand above where there are several.
func grow(l model.Layout) []*node {
	top := &node{stream: -1, depth: -1}
	buckets, roots := map[string]bool{}, map[string]bool{}
	for _, s := range l.Streams {
		buckets[s.Bucket] = true
		if root, ok := rootOf(s); ok {
			roots[root] = true
		}
	}
	for _, s := range l.Streams {
		at := top
		if len(buckets) > 1 {
			at = at.child("s3://"+s.Bucket, s.Bucket)
		}
		for _, name := range path(s) {
			at = at.child(name, name)
			if name == s.Account && s.Org != "" {
				at.remark = "of " + s.Org
			}
		}
		leaf := &node{name: leafName(s, len(roots) > 1), stream: s.ID, depth: at.depth + 1, remark: s.Remark}
		at.below = append(at.below, leaf)
	}
	order(top)
	return top.below
}

// path are the names of the nodes above the leaf of s.
func path(s model.Stream) []string {
	switch {
	case s.Kind == model.StreamOther:
		return []string{"other objects"}
	case s.Account == "" && s.Kind == model.StreamAccess:
		return []string{"access logs"}
	case s.Account == "":
		return []string{"no account in the name", kindName(s.Kind)}
	}
	return []string{s.Account, kindName(s.Kind)}
}

// rootOf is what comes before AWSLogs/ in the keys of CloudTrail's.
func rootOf(s model.Stream) (string, bool) {
	root, _, ok := strings.Cut(s.Prefix, "AWSLogs/")
	return root, ok && s.Kind != model.StreamAccess && s.Kind != model.StreamOther
}

// leafName is the Region of a stream, with the prefix of its trail where there are several.
func leafName(s model.Stream, several bool) string {
	switch {
	case s.Kind == model.StreamAccess && s.Source != "":
		return s.Source + "  " + s.Region
	case s.Kind == model.StreamAccess || s.Kind == model.StreamOther:
		if s.Prefix == "" {
			return "(no folder)"
		}
		return s.Prefix
	}
	name := s.Region
	if root, ok := rootOf(s); ok && several {
		name += "  below " + root
	}
	return name
}

func (n *node) child(name, key string) *node {
	for _, b := range n.below {
		if b.stream < 0 && b.key == key {
			return b
		}
	}
	b := &node{name: name, key: key, stream: -1, depth: n.depth + 1}
	n.below = append(n.below, b)
	return b
}

// order puts accounts first, in their order, and what is no log last.
func order(n *node) {
	ranks := map[string]int{"CloudTrail": -2, "digests": -1, "access logs": 1, "other objects": 2}
	rank := func(b *node) int { return ranks[b.key] }
	slices.SortStableFunc(n.below, func(a, b *node) int {
		if r := rank(a) - rank(b); r != 0 {
			return r
		}
		return strings.Compare(a.key, b.key)
	})
	for _, b := range n.below {
		order(b)
	}
}

// visible lists the lines that are not folded away.
func visible(nodes []*node) (out []*node) {
	for _, n := range nodes {
		out = append(out, n)
		if !n.closed {
			out = append(out, visible(n.below)...)
		}
	}
	return out
}

// fold closes what lies below the first level where a tree is longer than lines.
func fold(nodes []*node, lines int) {
	for _, level := range []int{1, 0} {
		if len(visible(nodes)) <= lines {
			return
		}
		for _, n := range visible(nodes) {
			n.closed = n.closed || n.depth == level && len(n.below) > 0
		}
	}
}
