package store

import (
	"context"
	"database/sql"
	"fmt"
	"strconv"
	"time"

	"trailsift/model"
	"trailsift/queries/sqlgen"
)

// StreamAmong is Stream over those of q's rows that have one of many request ids. They are found by
// their numbers in one pass, however many there are; an id that shares its number with one of them
// comes too, so the reader compares ids.
func (e *Engine) StreamAmong(ctx context.Context, q model.Query, requests []string, fields []model.Field, each func(model.Row) error) error {
	if len(requests) == 0 {
		return nil
	}
	numbers := make([]uint64, len(requests))
	for i, id := range requests {
		numbers[i] = req64(id)
	}
	narrow := func(b sqlgen.Branch) sqlgen.Branch { return amongNumbers(b, "req64", numbers) }
	return e.stream(ctx, listing{q: q, narrow: narrow}, fields, func(i item) error { return each(i.row) })
}

// amongNumbers narrows a branch to rows whose number in a column is one of many.
func amongNumbers(b sqlgen.Branch, column string, numbers []uint64) sqlgen.Branch {
	list := make([]byte, 0, 20*len(numbers))
	for i, n := range numbers {
		if i > 0 {
			list = append(list, ' ')
		}
		list = strconv.AppendUint(list, n, 10)
	}
	b.Where = "(" + b.Where + ") and " + column + " in (select cast(unnest(string_split(?, ' ')) as ubigint))"
	b.Args = append(b.Args[:len(b.Args):len(b.Args)], string(list))
	return b
}

// Times are the times of q's rows on each of the objects, in order. Objects without a dated one are
// left out.
func (e *Engine) Times(ctx context.Context, q model.Query, objects []model.ObjectName) (map[model.ObjectName][]time.Time, error) {
	out := map[model.ObjectName][]time.Time{}
	err := e.times(ctx, q, objects, "''", func(o model.ObjectVersion, at []time.Time) { out[o.ObjectName] = at })
	return out, err
}

// VersionTimes is Times by the version that the rows name.
func (e *Engine) VersionTimes(ctx context.Context, q model.Query, objects []model.ObjectName) (map[model.ObjectVersion][]time.Time, error) {
	out := map[model.ObjectVersion][]time.Time{}
	err := e.times(ctx, q, objects, "coalesce(version, '')", func(o model.ObjectVersion, at []time.Time) { out[o] = at })
	return out, err
}

// times lists times by object and version, which is an expression over a row.
func (e *Engine) times(ctx context.Context, q model.Query, objects []model.ObjectName, version string, tell func(model.ObjectVersion, []time.Time)) error {
	if len(objects) == 0 {
		return nil
	}
	numbers, names := make([]uint64, len(objects)), make(map[uint64]model.ObjectName, len(objects))
	asked := make(map[model.ObjectName]bool, len(objects))
	var scratch []byte
	for i, o := range objects {
		numbers[i], scratch = obj64(o.Bucket, o.Key, scratch)
		names[numbers[i]], asked[o] = o, true
	}
	_, err := ask(ctx, e, "list times", func(ctx context.Context, db *sql.DB) (struct{}, error) {
		all, err := e.branches(q)
		if err != nil || len(all) == 0 {
			return struct{}{}, err
		}
		for i := range all {
			all[i] = amongNumbers(all[i], "obj64", numbers)
		}
		// A number stands for a name only where the settler saw that no two objects share one.
		known := e.known().objects
		alone := sqlgen.CountsOnce(q.Filter) && (known == objectsRepeat || known == objectsDiffer)
		name := "coalesce(bucket, '') as b, key as k"
		if alone {
			name = "'' as b, '' as k"
		}
		text, args, err := union(all, func(sqlgen.Branch) (string, string, error) {
			return "obj64, " + name + ", " + version + " as v, epoch(time)::bigint as t", "", nil
		}, "time is not null and key is not null")
		if err != nil {
			return struct{}{}, err
		}
		return struct{}{}, each(ctx, db, "select obj64, b, k, v, list(t order by t) from ("+text+") group by obj64, b, k, v", args, func(rows *sql.Rows) error {
			var number uint64
			var o model.ObjectVersion
			var times []any
			if err := rows.Scan(&number, &o.Bucket, &o.Key, &o.Version, scanList{&times}); err != nil {
				return err
			}
			if alone {
				o.ObjectName = names[number]
			}
			if !asked[o.ObjectName] {
				return nil
			}
			at := make([]time.Time, len(times))
			for i, t := range times {
				at[i] = time.Unix(whole(t), 0).UTC()
			}
			tell(o, at)
			return nil
		})
	})
	return err
}

// scanList takes a list as the driver gives it.
type scanList struct{ into *[]any }

// Scan takes the list.
func (s scanList) Scan(v any) error {
	list, ok := v.([]any)
	if !ok {
		return fmt.Errorf("a list was expected, not %T", v)
	}
	*s.into = list
	return nil
}
