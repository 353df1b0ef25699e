package inquiry

import (
	"cmp"
	"context"
	"slices"
	"time"

	"trailsift/model"
	"trailsift/model/answer"
)

// compared are the fields that two windows are compared by.
var compared = []model.Field{model.FieldActor, model.FieldOp, model.FieldPrefix, model.FieldIP, model.FieldAgent}

// growth is how many times as often a value must be there, by the length of the windows, to count as
// grown.
const growth = 2

// Compare tells which actors, operations, prefixes, addresses and agents are new, gone, grown or
// shrunk from the window before to the window after.
func Compare(ctx context.Context, s Source, f model.Filter, before, after model.Span) ([]answer.Delta, error) {
	out := []answer.Delta{}
	scale := float64(after.To.Sub(after.From)) / float64(before.To.Sub(before.From))
	for _, field := range compared {
		counts := [2]map[string]int64{}
		for i, w := range []model.Span{before, after} {
			q := query(f, is(model.FieldSince, w.From.UTC().Format(time.RFC3339)), is(model.FieldUntil, w.To.UTC().Format(time.RFC3339)))
			lines, err := s.Tally(ctx, q, model.TallyBy{Fields: []model.Field{field}})
			if err != nil {
				return out, err
			}
			counts[i] = map[string]int64{}
			for _, t := range lines {
				if v, ok := t.Values[0].(string); ok {
					counts[i][v] = t.Requests
				}
			}
		}
		out = append(out, deltas(string(field), counts[0], counts[1], scale)...)
	}
	return out, nil
}

// deltas compares counts; scale is the length of the second window in lengths of the first.
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
