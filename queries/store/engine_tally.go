package store

import (
	"context"
	"database/sql"
	"fmt"
	"strings"
	"time"

	"trailsift/model"
	"trailsift/queries/sqlgen"
)

// tallyExpr is what a tally groups by, as a branch spells it.
func tallyExpr(log model.Log, f model.Field) (string, error) {
	switch f {
	case model.FieldObject:
		return "(case when key is null then bucket else bucket || '/' || key end)", nil
	case model.FieldPrefix:
		return "(case when contains(key, '/') then bucket || '/' || split_part(key, '/', 1) || '/' else bucket || '/' end)", nil
	case model.FieldRole:
		return "(case when contains(actor, ':assumed-role/') then split_part(actor, '/', 1) || '/' || split_part(actor, '/', 2) else actor end)", nil
	}
	return sqlgen.SortKey(log, f)
}

// Tally adds up q's requests by the values of fields and, when asked, by stretches of time. Lines come
// by requests descending, then values, then time.
func (e *Engine) Tally(ctx context.Context, q model.Query, by model.TallyBy) ([]model.Tally, error) {
	return ask(ctx, e, "add up requests", func(ctx context.Context, db *sql.DB) ([]model.Tally, error) {
		all, err := e.branches(q)
		if err != nil || len(all) == 0 {
			return nil, err
		}
		text, args, err := tallySQL(all, by)
		if err != nil {
			return nil, err
		}
		var out []model.Tally
		err = each(ctx, db, text, args, func(rows *sql.Rows) error {
			t, err := scanTally(rows, by)
			out = append(out, t)
			return err
		})
		if err != nil {
			return nil, err
		}
		if by.Parts {
			if err := loneOf(ctx, db, all, by, out); err != nil {
				return nil, err
			}
		}
		lists := make([][]any, len(out))
		for i := range out {
			lists[i] = out[i].Values
		}
		return out, e.nameMembers(ctx, db, by.Fields, lists)
	})
}

func keyNames(by model.TallyBy) []string {
	var keys []string
	for i := range by.Fields {
		keys = append(keys, fmt.Sprintf("g%d", i))
	}
	if by.Width > 0 {
		keys = append(keys, "slot")
	}
	return keys
}

// tallyKeys are what a branch groups by, under the names of keyNames.
func tallyKeys(log model.Log, by model.TallyBy) ([]string, error) {
	var list []string
	for i, f := range by.Fields {
		v, err := tallyExpr(log, f)
		if err != nil {
			return nil, err
		}
		list = append(list, fmt.Sprintf("%s as g%d", v, i))
	}
	if by.Width > 0 {
		list = append(list, fmt.Sprintf("epoch_us(time) // %d as slot", by.Width.Microseconds()))
	}
	return list, nil
}

func tallySQL(all []sqlgen.Branch, by model.TallyBy) (string, []any, error) {
	keys := keyNames(by)
	text, args, err := union(all, func(b sqlgen.Branch) (string, string, error) {
		list, err := tallyKeys(b.Log, by)
		if err != nil {
			return "", "", err
		}
		if by.Parts {
			list = append(list, partOf(b.Log)+" as part")
		}
		mine := [2]string{"0", "0"}
		mine[b.Log-1] = "1"
		if !by.NoObjects {
			list = append(list, "obj64")
		}
		return strings.Join(append(list, "outcome", "time",
			fmt.Sprintf("bytes_out * %[1]s as co, bytes_in * %[1]s as ci, bytes_out * %[2]s as ao, bytes_in * %[2]s as ai", mine[0], mine[1])), ", "), "", nil
	}, "")
	if err != nil {
		return "", nil, err
	}
	objects := "count(distinct obj64)"
	if by.NoObjects {
		objects = fmt.Sprint("cast(", model.NotYet, " as bigint)")
	}
	parts := "0"
	if by.Parts {
		parts = "count(*) filter (part)"
	}
	group, order := "", "n desc"
	if len(keys) > 0 {
		group = " group by all"
		for _, k := range keys {
			order += ", " + k + " nulls last"
		}
	}
	text = "select " + strings.Join(append(keys, `count(*) as n, count(*) filter (outcome = 2), count(*) filter (outcome = 3), `+parts+`, `+objects+`,
		cast(coalesce(sum(co), 0) as bigint), cast(coalesce(sum(ci), 0) as bigint), cast(coalesce(sum(ao), 0) as bigint), cast(coalesce(sum(ai), 0) as bigint),
		min(time), max(time)`), ", ") + " from (" + text + ")" + group + " order by " + order
	if by.Limit > 0 {
		text += fmt.Sprintf(" limit %d", by.Limit)
	}
	return text, args, nil
}

// keyCells are what a line's keys are scanned into, and what then writes them into t.
func keyCells(t *model.Tally, by model.TallyBy) (into []any, set func()) {
	cells, slot := make([]any, len(by.Fields)), sql.NullInt64{}
	for i := range cells {
		into = append(into, &cells[i])
	}
	if by.Width > 0 {
		into = append(into, &slot)
	}
	return into, func() {
		t.Values = make([]any, len(cells))
		for i, f := range by.Fields {
			t.Values[i] = typed(f, cells[i])
		}
		if slot.Valid {
			t.Start = time.UnixMicro(slot.Int64 * by.Width.Microseconds()).UTC()
		}
	}
}

func scanTally(rows *sql.Rows, by model.TallyBy) (model.Tally, error) {
	var t model.Tally
	into, set := keyCells(&t, by)
	var first, last sql.NullTime
	into = append(into, &t.Requests, &t.Denied, &t.Failed, &t.Parts, &t.Objects, &t.CloudTrailOut, &t.CloudTrailIn, &t.AccessOut, &t.AccessIn, &first, &last)
	if err := rows.Scan(into...); err != nil {
		return t, err
	}
	set()
	if first.Valid {
		t.First, t.Last = first.Time.UTC(), last.Time.UTC()
	}
	return t, nil
}
