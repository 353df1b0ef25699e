package cli

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"trailsift/model"
	"trailsift/model/answer"
	"trailsift/model/filter"
	"trailsift/model/recording"
	"trailsift/queries/sqlgen"
	"trailsift/queries/store"
)

// covering is the engine of a session whose word on empty answers tells the blind hours too.
type covering struct {
	*store.Engine
	s *session
}

// Coverage is what the evidence could have shown of what q asks about, and in which hours it could not.
func (c covering) Coverage(ctx context.Context, q model.Query) (model.Coverage, error) {
	out, err := c.Engine.Coverage(ctx, q)
	if err == nil {
		out.Blind, err = c.s.blindHours(ctx, q)
	}
	return out, err
}

// blindStrips bounds how many strips an empty answer is stated against.
const blindStrips = 12

// blindHours tells in which hours of a question's span the logs in question could not, or may not,
// have recorded an answer: gaps first.
func (s *session) blindHours(ctx context.Context, q model.Query) ([]string, error) {
	asked := askedOf(q.Filter)
	a, err := s.coverage(ctx, asked.span)
	if err != nil {
		return nil, err
	}
	var strips []answer.Strip
	for _, strip := range a.Strips {
		if blind(strip)+strip.Partly > 0 && asked.about(strip) {
			strips = append(strips, strip)
		}
	}
	slices.SortStableFunc(strips, func(a, b answer.Strip) int {
		return cmp.Or(-cmp.Compare(min(1, a.Counts["gap"]), min(1, b.Counts["gap"])), -cmp.Compare(min(1, a.Counts["not selected"]), min(1, b.Counts["not selected"])))
	})
	var out []string
	for i, strip := range strips {
		if i == blindStrips {
			out = append(out, fmt.Sprintf("and %d strips more: trailsift case coverage", len(strips)-i))
			break
		}
		out = append(out, fmt.Sprintf("%s: of %d hours %s", stripName(strip), len(strip.Hours), stripStates(strip)))
	}
	return append(out, outsideLines(a.Outside)...), nil
}

// blind is how many hours of a strip could not, or may not, have recorded anything.
func blind(s answer.Strip) int64 {
	return s.Counts["gap"] + s.Counts["unknown"] + s.Counts["not selected"]
}

// hoursAsked is what a filter asks about, as far as the hours of logs go. What it does not name is empty.
type hoursAsked struct {
	span              model.Span
	logs              map[string]bool
	only              string // recording.Reads or Writes
	buckets           []model.Value
	accounts, regions []model.Value
	category          []model.Value
}

// about tells that a strip could hold an answer.
func (a hoursAsked) about(s answer.Strip) bool {
	named := func(values []model.Value, name string) bool {
		return len(values) == 0 || name == "" || slices.ContainsFunc(values, func(v model.Value) bool {
			return v.Text == name || v.Glob && filter.Glob(v.Text, name)
		})
	}
	return a.logs[s.Log] && named(a.buckets, s.Bucket) && named(a.accounts, s.Account) && named(a.regions, s.Region) && named(a.category, s.Events) &&
		(a.only == "" || s.Only == "" || a.only == s.Only)
}

// askedOf is the span and the strips that a filter names.
func askedOf(f model.Filter) hoursAsked {
	a := hoursAsked{span: f.Span(), logs: map[string]bool{model.CloudTrail.String(): true, model.AccessLog.String(): true}}
	for _, t := range f.Terms {
		if t.Off || t.Not && t.Field != model.FieldLog || len(t.Values) == 0 {
			continue
		}
		switch t.Field {
		case model.FieldLog:
			for name := range a.logs {
				a.logs[name] = a.logs[name] && t.Not != slices.ContainsFunc(t.Values, func(v model.Value) bool { return v.Text == name })
			}
		case model.FieldOp, model.FieldReadOnly:
			a.only = cmp.Or(onlyOf(t), a.only)
		}
		if t.Op == model.Equals {
			a.place(t)
		}
	}
	return a
}

// place takes what a term says of where: bucket, account and Region, and the kind of events.
func (a *hoursAsked) place(t model.Term) {
	switch t.Field {
	case model.FieldBucket:
		a.buckets = append(a.buckets, t.Values...)
	case model.FieldObject:
		for _, name := range sqlgen.Buckets(t) {
			a.buckets = append(a.buckets, model.Value{Text: name})
		}
	case model.FieldAccount:
		a.accounts = append(a.accounts, t.Values...)
	case model.FieldRegion:
		a.regions = append(a.regions, t.Values...)
	case model.FieldCategory:
		a.category = append(a.category, t.Values...)
	}
}

// onlyOf tells that a term on operations asks for reads alone, or for writes: CloudTrail calls those
// read-only that get, list, look or select.
func onlyOf(t model.Term) string {
	var kinds []string
	for _, v := range t.Values {
		name, kind := strings.ToLower(v.Text), recording.Writes
		for _, verb := range []string{"get", "head", "list", "select", "describe", "lookup", "true"} {
			if strings.HasPrefix(name, verb) {
				kind = recording.Reads
			}
		}
		if v.Glob && kind == recording.Writes {
			kind = ""
		}
		kinds = append(kinds, kind)
	}
	if kinds = slices.Compact(kinds); t.Op != model.Equals || len(kinds) != 1 {
		return ""
	}
	return kinds[0]
}
