package inquiry

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"trailsift/model"
	"trailsift/model/answer"
	"trailsift/model/filter"
)

// compared are the fields that two windows are compared by; two actors by all but the first.
var compared = []model.Field{model.FieldActor, model.FieldOp, model.FieldPrefix, model.FieldIP, model.FieldAgent}

// growth is how many times as often as expected a value must be there to count as grown.
const growth = 2

// Compare tells which actors, operations, prefixes, addresses and agents are new, gone, grown or
// shrunk from the window before to the window after.
func Compare(ctx context.Context, s Source, f model.Filter, before, after model.Span) ([]answer.Delta, error) {
	in := func(w model.Span) model.Query {
		return query(f, is(model.FieldSince, w.From.UTC().Format(time.RFC3339)), is(model.FieldUntil, w.To.UTC().Format(time.RFC3339)))
	}
	scale := float64(after.To.Sub(after.From)) / float64(before.To.Sub(before.From))
	return compare(ctx, s, compared, in(before), in(after), scale)
}

// CompareActors tells what the second of two actors does that the first does not, no longer, more or
// less, by the share of each one's own requests. Both are named as Actor takes them, or by a
// pattern or the end of an ARN.
func CompareActors(ctx context.Context, s Source, f model.Filter, one, other string) ([]answer.Delta, error) {
	var of [2]model.Query
	var requests [2]int64
	for i, name := range []string{one, other} {
		var err error
		if of[i], err = requestsOf(ctx, s, f, name); err != nil {
			return nil, err
		}
		all, err := s.Tally(ctx, of[i], model.TallyBy{NoObjects: true, Parts: true})
		if err != nil {
			return nil, err
		}
		for _, t := range all {
			requests[i] += t.Calls()
		}
	}
	return compare(ctx, s, compared[1:], of[0], of[1], float64(requests[1])/float64(max(1, requests[0])))
}

// requestsOf are those of an actor: a pattern of ARNs, a name as Actor takes it, or else the last part
// of an ARN.
func requestsOf(ctx context.Context, s Source, f model.Filter, name string) (model.Query, error) {
	like := func(pattern string) model.Query {
		return query(f, model.Term{Field: model.FieldActor, Values: []model.Value{{Text: pattern, Glob: true}}})
	}
	term, _ := ActorTerm(name)
	q := query(f, term)
	if strings.Contains(name, "*") {
		return like(name), nil
	}
	if term.Field != model.FieldSession {
		return q, nil
	}
	if n, err := s.Count(ctx, q); err != nil || n > 0 {
		return q, err
	}
	return like("*/" + filter.Literal(name)), nil
}

// compare holds the counts of two questions against each other; scale is how many times as much the
// second is expected to have.
func compare(ctx context.Context, s Source, fields []model.Field, before, after model.Query, scale float64) ([]answer.Delta, error) {
	out := []answer.Delta{}
	for _, field := range fields {
		counts := [2]map[string]int64{}
		for i, q := range []model.Query{before, after} {
			lines, err := s.Tally(ctx, q, model.TallyBy{Fields: []model.Field{field}, NoObjects: true, Parts: true})
			if err != nil {
				return out, err
			}
			counts[i] = map[string]int64{}
			for _, t := range lines {
				if v, ok := t.Values[0].(string); ok {
					counts[i][v] = t.Calls()
				}
			}
		}
		out = append(out, deltas(string(field), counts[0], counts[1], scale)...)
	}
	return out, nil
}

// deltas compares counts; scale is how many times as much the second is expected to have.
func deltas(field string, before, after map[string]int64, scale float64) []answer.Delta {
	var out []answer.Delta
	for v, n := range after {
		b := before[v]
		d := answer.Delta{Field: field, Value: v, Before: b, After: n}
		switch expected := float64(b) * scale; {
		case b == 0:
			d.Change = "new"
		case float64(n) >= growth*expected:
			d.Change = "grown"
		case float64(n) <= expected/growth:
			d.Change = "shrunk"
		default:
			continue
		}
		out = append(out, d)
	}
	for v, n := range before {
		if after[v] == 0 {
			out = append(out, answer.Delta{Field: field, Value: v, Change: "gone", Before: n})
		}
	}
	order := []string{"new", "grown", "shrunk", "gone"}
	slices.SortFunc(out, func(a, b answer.Delta) int {
		return cmp.Or(cmp.Compare(slices.Index(order, a.Change), slices.Index(order, b.Change)), cmp.Compare(max(b.Before, b.After), max(a.Before, a.After)), cmp.Compare(a.Value, b.Value))
	})
	return out
}
