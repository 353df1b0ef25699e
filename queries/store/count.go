package store

import (
	"context"
	"database/sql"
	"fmt"
	"strings"

	"trailsift/model"
	"trailsift/queries/sqlgen"
)

// Count is the number of rows of q.
func (e *Engine) Count(ctx context.Context, q model.Query) (int64, error) {
	return answered(ctx, e, "count records", countOf(q), ownNumber, weighNumber, func(ctx context.Context, db *sql.DB) (int64, error) {
		if sums := e.sumsFor(q); len(sums) > 0 {
			all, err := sums[0].branches(q)
			if err != nil {
				return 0, err
			}
			return countBy(ctx, db, all, summed, "")
		}
		all, err := e.branches(q)
		if err != nil {
			return 0, err
		}
		return countWhere(ctx, db, all, "")
	})
}

func countWhere(ctx context.Context, db *sql.DB, all []sqlgen.Branch, more string) (int64, error) {
	return countBy(ctx, db, all, eachRow, more)
}

// countBy counts the rows of all, each as the expression rows says.
func countBy(ctx context.Context, db *sql.DB, all []sqlgen.Branch, rows, more string) (int64, error) {
	if len(all) == 0 {
		return 0, nil
	}
	text, args, err := union(all, func(sqlgen.Branch) (string, string, error) { return rows + " as n", "", nil }, more)
	if err != nil {
		return 0, err
	}
	var n int64
	err = db.QueryRowContext(ctx, "select cast(coalesce(sum(n), 0) as bigint) from ("+text+")", args...).Scan(&n)
	return n, err
}

// GroupBy counts the rows of every combination of values, count descending, then value.
func (e *Engine) GroupBy(ctx context.Context, q model.Query, fields []model.Field, limit int) ([]model.Group, error) {
	if len(fields) == 0 {
		return nil, fmt.Errorf("group records: no field is named")
	}
	return ask(ctx, e, "group records", func(ctx context.Context, db *sql.DB) ([]model.Group, error) {
		all, err := e.branches(q)
		if err != nil || len(all) == 0 {
			return nil, err
		}
		text, args, err := union(all, func(b sqlgen.Branch) (string, string, error) {
			var list []string
			for i, f := range fields {
				v, err := sqlgen.SortKey(b.Log, f)
				if err != nil {
					return "", "", err
				}
				list = append(list, fmt.Sprintf("%s as g%d", v, i))
			}
			return strings.Join(list, ", ") + ", count(*) as n", "group by all", nil
		}, "")
		if err != nil {
			return nil, err
		}
		return e.groups(ctx, db, fields, limit, text, args)
	})
}

// groups adds up the branches' groups. Where a value is not what the database sorts by, a member's
// name or an enum's, everything is fetched and sorted here.
func (e *Engine) groups(ctx context.Context, db *sql.DB, fields []model.Field, limit int, text string, args []any) ([]model.Group, error) {
	var keys, order []string
	inDatabase := true
	for i, f := range fields {
		g := fmt.Sprintf("g%d", i)
		keys, order = append(keys, g), append(order, g+" nulls last")
		in, _ := model.Lookup(f)
		inDatabase = inDatabase && in.Kind != model.KindEnum && in.Kind != model.KindFlags && f != model.FieldMember
	}
	text = "select " + strings.Join(keys, ", ") + ", cast(sum(n) as bigint) as c from (" + text + ") group by all"
	if inDatabase {
		text += " order by c desc, " + strings.Join(order, ", ")
		if limit > 0 {
			text += fmt.Sprintf(" limit %d", limit)
		}
	}
	rows, err := db.QueryContext(ctx, text, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []model.Group
	cells := make([]any, len(fields)+1)
	into := make([]any, len(cells))
	for i := range cells {
		into[i] = &cells[i]
	}
	for rows.Next() {
		if err := rows.Scan(into...); err != nil {
			return nil, err
		}
		g := model.Group{Values: make([]any, len(fields)), Count: whole(cells[len(fields)])}
		for i, f := range fields {
			g.Values[i] = typed(f, cells[i])
		}
		out = append(out, g)
	}
	if err := rows.Err(); err != nil || inDatabase {
		return out, err
	}
	return e.tidy(ctx, db, fields, limit, out)
}
