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

// maxValues bounds a facet that is asked for all of its values: what screens and files can hold. The
// rows of the rest are in Other, and Distinct tells how many values there are.
const maxValues = 200_000

// together is how many fields are counted in one pass over the rows.
const together = 16

// Facets counts the values of each field.
func (e *Engine) Facets(ctx context.Context, q model.Query, fields []model.Field, top int) ([]model.Facet, error) {
	if top <= 0 || top > maxValues {
		top = maxValues
	}
	return answered(ctx, e, "count values", questionOf("facets", unsorted(q), fields, top), ownFacets, weighFacets, func(ctx context.Context, db *sql.DB) ([]model.Facet, error) {
		all, err := e.branches(q)
		if err != nil {
			return nil, err
		}
		found := map[model.Field]*model.Facet{}
		var left []model.Field
		for _, f := range fields {
			in, ok := model.Lookup(f)
			if !ok || in.Filter && f != model.FieldObject {
				return nil, fmt.Errorf("%s: is no field whose values can be counted", f)
			}
			if found[f] != nil {
				continue
			}
			found[f] = &model.Facet{Field: f}
			switch {
			case len(all) == 0:
			case in.Kind == model.KindFlags:
				if *found[f], err = flagFacet(ctx, db, all, top); err != nil {
					return nil, fmt.Errorf("%s: %w", f, err)
				}
			case f == model.FieldObject, f == model.FieldKey && e.objectsStandFor(q.Filter):
				if *found[f], err = e.namesFacet(ctx, db, f, q.Filter, all, top); err != nil {
					return nil, fmt.Errorf("%s: %w", f, err)
				}
			default:
				left = append(left, f)
			}
		}
		for _, s := range e.sumsFor(q) {
			if left, err = e.countSums(ctx, db, s, q, left, top, found); err != nil {
				return nil, err
			}
		}
		if skipsRows(q.Filter) {
			if left, err = e.countCodes(ctx, db, all, left, top, found); err != nil {
				return nil, err
			}
		}
		for some := range slices.Chunk(left, together) {
			if err := e.count(ctx, db, all, false, some, top, found); err != nil {
				return nil, fmt.Errorf("%s: %w", fieldList(some), err)
			}
		}
		out := make([]model.Facet, len(fields))
		for i, f := range fields {
			out[i] = *found[f]
		}
		return out, nil
	})
}

// countSums counts those of fields that a sum has, which decides q, and gives back the others.
func (e *Engine) countSums(ctx context.Context, db *sql.DB, s sum, q model.Query, fields []model.Field, top int, found map[model.Field]*model.Facet) (left []model.Field, err error) {
	var own []model.Field
	for _, f := range fields {
		if slices.Contains(s.fields, f) {
			own = append(own, f)
		} else {
			left = append(left, f)
		}
	}
	all, err := s.branches(q)
	if err != nil || len(own) == 0 || len(all) == 0 {
		return left, err
	}
	if err := e.count(ctx, db, all, true, own, top, found); err != nil {
		return left, fmt.Errorf("%s: %w", fieldList(own), err)
	}
	return left, nil
}

func fieldList(fields []model.Field) string {
	names := make([]string, len(fields))
	for i, f := range fields {
		names[i] = string(f)
	}
	return strings.Join(names, ", ")
}

// few tells a field whose values are few and named and sorted here, not in the database.
func few(f model.Field) bool {
	in, _ := model.Lookup(f)
	return in.Kind == model.KindEnum || f == model.FieldMember
}

// skipsRows tells that f is decided for whole row groups by their statistics, so that a pass over what it keeps
// costs no condition on every row.
func skipsRows(f model.Filter) bool {
	return !slices.ContainsFunc(active(f), func(t model.Term) bool {
		return t.Not || t.Field != model.FieldSince && t.Field != model.FieldUntil
	})
}

// countCodes counts those of fields that are a code by all combinations of them, and gives back the others.
// There are few combinations, and the database counts them without hashing: in a pass of their own they cost a
// third of what they do among other fields.
func (e *Engine) countCodes(ctx context.Context, db *sql.DB, all []sqlgen.Branch, fields []model.Field, top int, found map[model.Field]*model.Facet) (left []model.Field, err error) {
	var codes []model.Field
	for _, f := range fields {
		if in, _ := model.Lookup(f); in.Kind == model.KindEnum {
			codes = append(codes, f)
		} else {
			left = append(left, f)
		}
	}
	if len(codes) == 0 {
		return left, nil
	}
	text, args, err := union(all, func(b sqlgen.Branch) (string, string, error) {
		var list strings.Builder
		for i, f := range codes {
			fmt.Fprintf(&list, "%s as g%d, ", sqlgen.Code(b.Log, f), i)
		}
		return list.String() + "count(*) as n", "group by all", nil
	}, "")
	if err != nil {
		return left, err
	}
	combined, err := e.groups(ctx, db, codes, 0, text, args)
	for i, f := range codes {
		own := make([]model.Group, len(combined))
		for k, g := range combined {
			own[k] = model.Group{Values: g.Values[i : i+1], Count: g.Count}
		}
		if err == nil {
			*found[f], err = e.nameFacet(ctx, db, f, top, own)
		}
	}
	if err != nil {
		return left, fmt.Errorf("%s: %w", fieldList(codes), err)
	}
	return left, nil
}

// count fills the facets of fields from one pass over the rows: a condition is decided once and not
// once a field, and without one it costs what the fields cost apart. Several SELECTs put together by
// UNION ALL cost twice as much. sums tells that the branches are those of a sum.
func (e *Engine) count(ctx context.Context, db *sql.DB, all []sqlgen.Branch, sums bool, fields []model.Field, top int, found map[model.Field]*model.Facet) error {
	text, args, err := countSQL(all, sums, fields, top)
	if err != nil {
		return err
	}
	groups := map[model.Field][]model.Group{}
	cells := make([]any, len(fields))
	into := make([]any, len(fields), len(fields)+5)
	for i := range cells {
		into[i] = &cells[i]
	}
	var at int
	var n, present, kinds, absent int64
	into = append(into, &at, &n, &present, &kinds, &absent)
	err = each(ctx, db, text, args, func(rows *sql.Rows) error {
		if err := rows.Scan(into...); err != nil {
			return err
		}
		f := fields[at]
		out := found[f]
		out.Distinct, out.Absent, out.Other = kinds, absent, present
		switch v := typed(f, cells[at]); {
		case few(f):
			groups[f] = append(groups[f], model.Group{Values: []any{v}, Count: n})
		case v != nil:
			out.Values = append(out.Values, model.FacetValue{Value: v, Count: n})
		}
		return nil
	})
	if err != nil {
		return err
	}
	for _, f := range fields {
		if few(f) {
			if *found[f], err = e.nameFacet(ctx, db, f, top, groups[f]); err != nil {
				return err
			}
			continue
		}
		for _, v := range found[f].Values {
			found[f].Other -= v.Count
		}
	}
	return nil
}

// countSQL yields the value in the column of its field, that field's place in the list, the value's
// rows, and of the field: rows with a value, values, rows without one.
func countSQL(all []sqlgen.Branch, sums bool, fields []model.Field, top int) (string, []any, error) {
	names := make([]string, len(fields))
	var place, all2 strings.Builder
	for i, f := range fields {
		names[i] = fmt.Sprintf("v%d", i)
		// grouping() has a bit for every column that a row is not grouped by, the first one highest.
		fmt.Fprintf(&place, " when %d then %d", 1<<len(fields)-1-1<<(len(fields)-1-i), i)
		if few(f) {
			fmt.Fprintf(&all2, " or f = %d", i)
		}
	}
	columns := strings.Join(names, ", ")
	sets := "grouping sets ((" + strings.Join(names, "), (") + "))"
	parts := make([]string, 0, len(all))
	var args []any
	rows, more := eachRow, ""
	if sums {
		rows, more = summed, ", records"
	}
	for _, b := range all {
		list := make([]string, len(fields))
		for i, f := range fields {
			v, err := sqlgen.SortKey(b.Log, f)
			if err != nil {
				return "", nil, err
			}
			if few(f) {
				v = sqlgen.Code(b.Log, f) // naming turns the code for absent into nothing
			}
			list[i] = v + " as " + names[i]
		}
		parts = append(parts, "(select "+columns+", grouping("+columns+") as g, "+rows+" as n from (select "+strings.Join(list, ", ")+more+
			" from "+b.Table+" where "+b.Where+") group by "+sets+")")
		args = append(args, b.Args...)
	}
	has := "coalesce(" + strings.Join(isNotNull(names), " or ") + ", false)"
	return `with c as materialized (select ` + columns + `, case g` + place.String() + ` end as f, cast(sum(n) as bigint) as n, ` + has + ` as has
			from (` + strings.Join(parts, " union all ") + `) group by ` + columns + `, g),
		s as (select f, cast(coalesce(sum(n) filter (has), 0) as bigint) as present, count(*) filter (has) as kinds,
			cast(coalesce(sum(n) filter (not has), 0) as bigint) as absent from c group by f),
		r as (select *, row_number() over (partition by f order by has desc, n desc, ` + columns + `) as r from c)
		select ` + columns + `, f, n, present, kinds, absent from r join s using (f)
		where r <= ` + fmt.Sprint(top) + all2.String() + ` order by f, r`, args, nil
}

func isNotNull(names []string) []string {
	out := make([]string, len(names))
	for i, n := range names {
		out[i] = n + " is not null"
	}
	return out
}

// nameFacet is a facet of a field whose values were all fetched, by their codes.
func (e *Engine) nameFacet(ctx context.Context, db *sql.DB, f model.Field, top int, groups []model.Group) (model.Facet, error) {
	groups, err := e.tidy(ctx, db, []model.Field{f}, 0, groups)
	out := model.Facet{Field: f}
	for _, g := range groups {
		if g.Values[0] == nil {
			out.Absent += g.Count
			continue
		}
		out.Distinct++
		if len(out.Values) == top {
			out.Other += g.Count
			continue
		}
		out.Values = append(out.Values, model.FacetValue{Value: g.Values[0], Count: g.Count})
	}
	return out, err
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
	if len(out.Values) > top {
		for _, v := range out.Values[top:] {
			out.Other += v.Count
		}
		out.Values = out.Values[:top]
	}
	return out, nil
}
