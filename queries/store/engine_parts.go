package store

import (
	"context"
	"database/sql"
	"fmt"
	"strings"

	"trailsift/model"
	"trailsift/queries/sqlgen"
)

// partOf is whether a row tells of a part of a request only, as a branch spells it.
func partOf(log model.Log) string {
	if log != model.AccessLog {
		return partOfCall
	}
	return "(req64 is not null and " + strings.ReplaceAll(aside, "a.", "") + ")"
}

// loneOf counts for each line that has parts the requests of which it has nothing else.
func loneOf(ctx context.Context, db *sql.DB, all []sqlgen.Branch, by model.TallyBy, lines []model.Tally) error {
	some := map[string]int{}
	for i, t := range lines {
		if t.Parts > 0 {
			some[lineName(t)] = i
		}
	}
	if len(some) == 0 {
		return nil
	}
	text, args, err := loneSQL(all, by)
	if err != nil {
		return err
	}
	return each(ctx, db, text, args, func(rows *sql.Rows) error {
		t, n := model.Tally{}, int64(0)
		into, set := keyCells(&t, by)
		if err := rows.Scan(append(into, &n)...); err != nil {
			return err
		}
		set()
		if i, ok := some[lineName(t)]; ok {
			lines[i].Lone = n
		}
		return nil
	})
}

// lineName tells the lines of one tally apart, absent values from empty ones too.
func lineName(t model.Tally) string { return fmt.Sprintf("%q %d", t.Values, t.Start.UnixMicro()) }

// loneSQL counts, by the keys of a tally, the requests of which its rows have parts only.
func loneSQL(all []sqlgen.Branch, by model.TallyBy) (string, []any, error) {
	ids, idArgs, err := union(all, func(b sqlgen.Branch) (string, string, error) { return "req64", "and " + partOf(b.Log), nil }, "")
	if err != nil {
		return "", nil, err
	}
	text, args, err := union(all, func(b sqlgen.Branch) (string, string, error) {
		list, err := tallyKeys(b.Log, by)
		return strings.Join(append(list, "req64", partOf(b.Log)+" as part"), ", "), "", err
	}, "req64 in (select req64 from ids)")
	keys := keyNames(by)
	text = "with ids as materialized (select distinct req64 from (" + ids + ")) select " + strings.Join(append(keys, "count(*)"), ", ") +
		" from (select " + strings.Join(append(keys, "req64"), ", ") + " from (" + text + ") group by all having bool_and(part))"
	if len(keys) > 0 {
		text += " group by all"
	}
	return text, append(idArgs, args...), err
}
