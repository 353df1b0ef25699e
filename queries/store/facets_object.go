package store

import (
	"context"
	"database/sql"
	"fmt"

	"trailsift/model"
	"trailsift/queries/sqlgen"
)

// namesFacet counts keys or objects by the numbers of their objects, which are narrower than the names,
// where the table of objects has them.
func (e *Engine) namesFacet(ctx context.Context, db *sql.DB, field model.Field, f model.Filter, all []sqlgen.Branch, top int) (model.Facet, error) {
	out := model.Facet{Field: field}
	counts := func() (string, []any, error) { return e.valueCounts(f, field, all) }
	if field == model.FieldObject {
		counts = func() (string, []any, error) { return e.objectCounts(f, all) }
	}
	text, args, err := counts()
	if err != nil {
		return out, err
	}
	err = each(ctx, db, fmt.Sprintf(`with c as materialized (select v, cast(sum(n) as bigint) as n from (%s) group by v)
		select v, n, (select count(v) from c), (select cast(coalesce(sum(n), 0) as bigint) from c where v is not null),
			(select cast(coalesce(sum(n), 0) as bigint) from c where v is null) from c order by v is null, n desc, v limit %d`, text, top), args, func(rows *sql.Rows) error {
		var v sql.NullString
		var n int64
		if err := rows.Scan(&v, &n, &out.Distinct, &out.Other, &out.Absent); err != nil {
			return err
		}
		if v.Valid {
			out.Values = append(out.Values, model.FacetValue{Value: v.String, Count: n})
		}
		return nil
	})
	for _, v := range out.Values {
		out.Other -= v.Count
	}
	return out, err
}

// otherSource is a copy's source where it is an object and not the row's own.
const otherSource = "copy_source is not null and contains(copy_source, '/') and copy_source is distinct from (bucket || '/' || key)"

// objectCounts gives objects as the field of that name knows them with their rows: a copy counts for
// what it wrote and for what it read. Rows without a key are under no name; those with a key and no
// bucket are left out, for no condition on the object names them.
func (e *Engine) objectCounts(f model.Filter, all []sqlgen.Branch) (string, []any, error) {
	sources, args, err := union(all, func(sqlgen.Branch) (string, string, error) {
		return "copy_source as v, count(*) as n", "group by v", nil
	}, otherSource)
	if err != nil {
		return "", nil, err
	}
	keyless, more, err := union(all, func(sqlgen.Branch) (string, string, error) {
		return "cast(null as varchar) as v, count(*) as n", "", nil
	}, "key is null")
	if err != nil {
		return "", nil, err
	}
	rest := " union all " + sources + " union all " + keyless
	args = append(args, more...)
	if e.objectsStandFor(f) && !narrows(f) {
		return "select bucket || '/' || key as v, requests as n from objects where bucket <> ''" + rest, args, nil
	}
	listed := e.objectsStandFor(f)
	own, ownArgs, err := union(all, func(sqlgen.Branch) (string, string, error) {
		if listed {
			return "obj64, count(*) as n", "group by obj64", nil
		}
		return "bucket || '/' || key as v, count(*) as n", "group by v", nil
	}, "key is not null and bucket <> ''")
	if listed {
		own = "select bucket || '/' || key as v, n from (" + own + ") join objects using (obj64)"
	}
	return own + rest, append(ownArgs, args...), err
}
