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
	if len(objects) == 0 {
		return out, nil
	}
	numbers, names := make([]uint64, len(objects)), make(map[uint64]model.ObjectName, len(objects))
	asked := make(map[model.ObjectName]bool, len(objects))
	var scratch []byte
	for i, o := range objects {
		numbers[i], scratch = obj64(o.Bucket, o.Key, scratch)
		names[numbers[i]], asked[o] = o, true
	}
	return ask(ctx, e, "list times", func(ctx context.Context, db *sql.DB) (map[model.ObjectName][]time.Time, error) {
		all, err := e.branches(q)
		if err != nil || len(all) == 0 {
			return out, err
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
			return "obj64, " + name + ", epoch(time)::bigint as t", "", nil
		}, "time is not null and key is not null")
		if err != nil {
			return out, err
		}
		err = each(ctx, db, "select obj64, b, k, list(t order by t) from ("+text+") group by obj64, b, k", args, func(rows *sql.Rows) error {
			var number uint64
			var o model.ObjectName
			var times []any
			if err := rows.Scan(&number, &o.Bucket, &o.Key, scanList{&times}); err != nil {
				return err
			}
			if alone {
				o = names[number]
			}
			if !asked[o] {
				return nil
			}
			for _, t := range times {
				out[o] = append(out[o], time.Unix(whole(t), 0).UTC())
			}
			return nil
		})
		return out, err
	})
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
