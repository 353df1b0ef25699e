package objects

import (
	"trailsift/model"
	"trailsift/model/filter"
	"trailsift/ui/theme"
	"trailsift/ui/widget/shell"
	"trailsift/ui/widget/value"
)

// outside tells that a node is of the requests that are about no bucket.
func outside(n model.Node) bool { return n.Kind == model.NodeNoKey && n.Bucket == "" }

// without drops a node from the filter: what shares its bucket but not its prefix stays.
func (o *Objects) without(n model.Node) model.Filter {
	if n.Kind == model.NodeBucket || outside(n) {
		t := Terms(n)[0]
		t.Not = !t.Not
		return o.filter.With(t)
	}
	// No one term says "not this key of this bucket" but the object field, which also knows copies.
	text := n.Bucket + "/" + n.Key
	if n.Kind != model.NodeNoKey {
		o.shell.Notice(theme.Warn, shell.CopiesToo)
	}
	switch n.Kind {
	case model.NodePrefix:
		below := filter.BeginsWith(model.FieldObject, text)
		below.Not = true
		return o.filter.With(below)
	case model.NodeNoKey:
		o.shell.Notice(theme.Warn, "these are the bucket's requests on keys; other buckets are left out too")
		return o.filter.With(Terms(n)[0]).With(model.Term{Field: model.FieldKey, Op: model.Present})
	}
	return o.filter.With(model.Term{Field: model.FieldObject, Not: true, Values: []model.Value{{Text: text}}})
}

// Terms are the conditions that keep what a node stands for.
func Terms(n model.Node) []model.Term {
	if outside(n) {
		return []model.Term{{Field: model.FieldBucket, Op: model.Present, Not: true}}
	}
	out := []model.Term{value.Term(model.FieldBucket, n.Bucket, false)}
	switch n.Kind {
	case model.NodePrefix:
		out = append(out, filter.BeginsWith(model.FieldKey, n.Key))
	case model.NodeKey:
		out = append(out, value.Term(model.FieldKey, n.Key, false))
	case model.NodeNoKey:
		out = append(out, model.Term{Field: model.FieldKey, Op: model.Present, Not: true})
	}
	return out
}
