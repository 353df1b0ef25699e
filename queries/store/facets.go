package store

import (
	"cmp"
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"

	"trailsift/model"
	"trailsift/queries/sqlgen"
)

// tidy names members, adds up groups that thereby became the same, and sorts.
func (e *Engine) tidy(ctx context.Context, db *sql.DB, fields []model.Field, limit int, groups []model.Group) ([]model.Group, error) {
	lists := make([][]any, len(groups))
	for i := range groups {
		lists[i] = groups[i].Values
	}
	if err := e.nameMembers(ctx, db, fields, lists); err != nil {
		return nil, err
	}
	byValues := func(a, b model.Group) int { return slices.CompareFunc(a.Values, b.Values, compareValues) }
	slices.SortFunc(groups, byValues)
	var out []model.Group
	for _, g := range groups {
		if n := len(out); n > 0 && byValues(out[n-1], g) == 0 {
			out[n-1].Count += g.Count
			continue
		}
		out = append(out, g)
	}
	slices.SortStableFunc(out, func(a, b model.Group) int { return cmp.Compare(b.Count, a.Count) })
	if limit > 0 && len(out) > limit {
		out = out[:limit]
	}
	return out, nil
}

// Facets counts the values of each field.
func (e *Engine) Facets(ctx context.Context, q model.Query, fields []model.Field, top int) ([]model.Facet, error) {
	return ask(ctx, e, "count values", func(ctx context.Context, db *sql.DB) ([]model.Facet, error) {
		all, err := e.branches(q)
		if err != nil {
			return nil, err
		}
		out := make([]model.Facet, len(fields))
		for i, f := range fields {
			if out[i], err = e.facet(ctx, db, all, f, top); err != nil {
				return nil, fmt.Errorf("%s: %w", f, err)
			}
		}
		return out, nil
	})
}

func (e *Engine) facet(ctx context.Context, db *sql.DB, all []sqlgen.Branch, f model.Field, top int) (model.Facet, error) {
	in, ok := model.Lookup(f)
	if !ok || in.Filter {
		return model.Facet{}, fmt.Errorf("is no field whose values can be counted")
	}
	if len(all) == 0 {
		return model.Facet{Field: f}, nil
	}
	switch {
	case in.Kind == model.KindFlags:
		return flagFacet(ctx, db, all, top)
	case in.Kind == model.KindEnum, f == model.FieldMember:
		return e.smallFacet(ctx, db, all, f, top)
	}
	text, args, err := union(all, func(b sqlgen.Branch) (string, string, error) {
		v, err := sqlgen.SortKey(b.Log, f)
		return v + " as v, count(*) as n", "group by v", err
	}, "")
	if err != nil {
		return model.Facet{}, err
	}
	limit := ""
	if top > 0 {
		limit = fmt.Sprintf(" limit %d", top)
	}
	rows, err := db.QueryContext(ctx, `with g as materialized (select v, cast(sum(n) as bigint) as n from (`+text+`) group by v),
		t as (select v, n from g where v is not null order by n desc, v`+limit+`),
		s as (select cast(coalesce(sum(n) filter (v is not null), 0) as bigint) as present, count(v) as kinds,
			cast(coalesce(sum(n) filter (v is null), 0) as bigint) as absent from g)
		select t.v, t.n, s.present, s.kinds, s.absent from s left join t on true order by t.n desc, t.v`, args...)
	if err != nil {
		return model.Facet{}, err
	}
	defer rows.Close()
	out := model.Facet{Field: f}
	for rows.Next() {
		var v any
		var n sql.NullInt64
		var present int64
		if err := rows.Scan(&v, &n, &present, &out.Distinct, &out.Absent); err != nil {
			return out, err
		}
		if n.Valid {
			out.Values = append(out.Values, model.FacetValue{Value: typed(f, v), Count: n.Int64})
		}
		out.Other = present
	}
	for _, v := range out.Values {
		out.Other -= v.Count
	}
	return out, rows.Err()
}

// smallFacet fetches every value, for fields of few values that are named and sorted here.
func (e *Engine) smallFacet(ctx context.Context, db *sql.DB, all []sqlgen.Branch, f model.Field, top int) (model.Facet, error) {
	text, args, err := union(all, func(b sqlgen.Branch) (string, string, error) {
		v, err := sqlgen.SortKey(b.Log, f)
		return v + " as g0, count(*) as n", "group by g0", err
	}, "")
	if err != nil {
		return model.Facet{}, err
	}
	groups, err := e.groups(ctx, db, []model.Field{f}, 0, text, args)
	if err != nil {
		return model.Facet{}, err
	}
	out := model.Facet{Field: f}
	for _, g := range groups {
		if g.Values[0] == nil {
			out.Absent += g.Count
			continue
		}
		out.Distinct++
		if top > 0 && len(out.Values) == top {
			out.Other += g.Count
			continue
		}
		out.Values = append(out.Values, model.FacetValue{Value: g.Values[0], Count: g.Count})
	}
	return out, nil
}

// flagFacet counts every flag by itself: a row with two is counted under both.
func flagFacet(ctx context.Context, db *sql.DB, all []sqlgen.Branch, top int) (model.Facet, error) {
	var inner, outer []string
	for i := range model.FlagNames {
		inner = append(inner, fmt.Sprintf("count(*) filter ((flags & %d) <> 0) as f%d", 1<<i, i))
		outer = append(outer, fmt.Sprintf("cast(sum(f%d) as bigint)", i))
	}
	text, args, err := union(all, func(sqlgen.Branch) (string, string, error) {
		return strings.Join(inner, ", ") + ", count(*) filter (flags = 0) as f", "", nil
	}, "")
	if err != nil {
		return model.Facet{}, err
	}
	out := model.Facet{Field: model.FieldFlags}
	counts := make([]int64, len(model.FlagNames))
	into := []any{&out.Absent}
	for i := range counts {
		into = append(into, &counts[i])
	}
	row := db.QueryRowContext(ctx, "select cast(sum(f) as bigint), "+strings.Join(outer, ", ")+" from ("+text+")", args...)
	if err := row.Scan(into...); err != nil {
		return out, err
	}
	for i, n := range counts {
		if n > 0 {
			out.Values = append(out.Values, model.FacetValue{Value: []string{model.FlagNames[i]}, Count: n})
		}
	}
	out.Distinct = int64(len(out.Values))
	slices.SortFunc(out.Values, func(a, b model.FacetValue) int {
		return cmp.Or(cmp.Compare(b.Count, a.Count), compareValues(a.Value, b.Value))
	})
	if top > 0 && len(out.Values) > top {
		for _, v := range out.Values[top:] {
			out.Other += v.Count
		}
		out.Values = out.Values[:top]
	}
	return out, nil
}
