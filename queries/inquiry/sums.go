package inquiry

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"trailsift/model"
	"trailsift/model/answer"
)

// Sums adds up the requests of q by the values of fields and stretches of time, and keeps what
// reaches one of the bounds: the most requests first. Stretches begin at full ones of the clock; what
// a bound just misses on both sides of such a minute is not told.
func Sums(ctx context.Context, s Source, q model.Query, by model.Sums) ([]answer.Sum, error) {
	lines, err := s.Tally(ctx, q, model.TallyBy{Fields: by.By, Width: by.Width, Parts: true})
	if err != nil {
		return nil, err
	}
	distinct := map[model.Field]map[string]int64{}
	for _, b := range by.Least {
		if CountsValues(b) && distinct[b.Of] == nil {
			if distinct[b.Of], err = distinctOf(ctx, s, q, by, b.Of); err != nil {
				return nil, err
			}
		}
	}
	out := []answer.Sum{}
	for _, t := range lines {
		g := answer.Sum{Values: t.Values, Start: moment(t.Start), Requests: t.Calls(), Rows: t.Requests, Objects: t.Objects,
			CloudTrailOut: t.CloudTrailOut, AccessOnlyOut: t.AccessOut, First: moment(t.First), Last: moment(t.Last)}
		reached := len(by.Least) == 0
		for _, b := range by.Least {
			n := int64(0)
			switch b.Of {
			case model.SumRequests:
				n = g.Requests
			case model.SumObjects:
				n = g.Objects
			case model.SumBytes:
				n = max(g.CloudTrailOut, g.AccessOnlyOut)
			default:
				n = distinct[b.Of][sumName(t)]
				g.Distinct = append(g.Distinct, n)
			}
			reached = reached || n >= b.Least
		}
		if reached {
			out = append(out, g)
		}
	}
	slices.SortStableFunc(out, func(a, b answer.Sum) int { return cmp.Compare(b.Requests, a.Requests) })
	return out, nil
}

// CountsValues tells that a bound is of the distinct values of a field.
func CountsValues(b model.Bound) bool {
	return !slices.Contains([]model.Field{model.SumRequests, model.SumObjects, model.SumBytes}, b.Of)
}

// distinctOf counts the values of field in each group.
func distinctOf(ctx context.Context, s Source, q model.Query, by model.Sums, field model.Field) (map[string]int64, error) {
	q.Filter = q.Filter.With(has(field))
	lines, err := s.Tally(ctx, q, model.TallyBy{Fields: append(slices.Clone(by.By), field), Width: by.Width, NoObjects: true})
	out := map[string]int64{}
	for _, t := range lines {
		t.Values = t.Values[:len(by.By)]
		out[sumName(t)]++
	}
	return out, err
}

// sumName tells groups apart, absent values from empty ones too.
func sumName(t model.Tally) string { return fmt.Sprintf("%q %d", t.Values, t.Start.Unix()) }
