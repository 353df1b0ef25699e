package store

import (
	"context"
	"database/sql"
	"fmt"
	"strings"

	"trailsift/model"
	"trailsift/queries/sqlgen"
)

// nearStart is how many rows are cheaper to skip than to index, outerRows about how many are looked at
// before all of a larger case are. Tests lower them.
var (
	nearStart int64 = 4096
	outerRows int64 = 1 << 18
)

// Page returns up to n rows from row start on.
func (e *Engine) Page(ctx context.Context, q model.Query, fields []model.Field, start int64, n int) (model.Page, error) {
	if start < 0 || n < 0 {
		return model.Page{}, fmt.Errorf("page: %d rows from row %d on cannot be had", n, start)
	}
	return answered(ctx, e, "list records", questionOf("page", q, fields, start, n), ownPage, weighPage, func(ctx context.Context, db *sql.DB) (model.Page, error) {
		rows, err := e.page(ctx, db, q, fields, start, int64(n))
		return model.Page{Start: start, Rows: rows}, err
	})
}

func byTime(s model.Sort) bool { return s.Field == "" || s.Field == model.FieldTime }

func (e *Engine) page(ctx context.Context, db *sql.DB, q model.Query, fields []model.Field, start, n int64) ([]model.Row, error) {
	all, err := e.branches(q)
	if err != nil || len(all) == 0 || n == 0 {
		return nil, err
	}
	if !byTime(q.Sort) {
		return e.byValue(ctx, db, q, all, fields, start, n)
	}
	l := timeline{all: all, fields: fields, plan: e.remembered(q.Filter)}
	if l.plan == nil && start+n > nearStart {
		l.plan, err = e.index(ctx, db, q.Filter, all)
	}
	if err == nil {
		l.near, err = e.direct(q)
	}
	if err != nil {
		return nil, err
	}
	if q.Sort.Desc {
		return e.newestFirst(ctx, db, l, start, n)
	}
	return e.oldestFirst(ctx, db, l, start, n)
}

// timeline is what pages in the order of time are read from.
type timeline struct {
	all    []sqlgen.Branch
	near   []sqlgen.Branch // the same as they are best asked for few rows; nil: they are not
	fields []model.Field
	plan   *plan // nil: nothing is known of it yet
}

// oldestFirst gives dated rows, then those without a time.
func (e *Engine) oldestFirst(ctx context.Context, db *sql.DB, l timeline, start, n int64) ([]model.Row, error) {
	rows, err := e.dated(ctx, db, l, start, n, false)
	if err != nil || int64(len(rows)) == n || e.known().dated {
		return rows, err
	}
	skip := int64(0)
	if len(rows) == 0 && start > 0 {
		dated, err := countWhere(ctx, db, l.all, "time is not null")
		if err != nil {
			return nil, err
		}
		skip = start - dated
	}
	rest, err := e.slice(ctx, db, l.all, l.fields, slice{more: "time is null", offset: skip, limit: n - int64(len(rows))})
	return append(rows, rest...), err
}

// newestFirst gives rows without a time, then dated ones: the whole order turned round.
func (e *Engine) newestFirst(ctx context.Context, db *sql.DB, l timeline, start, n int64) ([]model.Row, error) {
	var undated int64
	var err error
	if l.plan != nil {
		undated = l.plan.undated
	} else if e.known().dated {
		undated = 0
	} else if undated, err = countWhere(ctx, db, l.all, "time is null"); err != nil {
		return nil, err
	}
	var rows []model.Row
	if start < undated {
		rows, err = e.slice(ctx, db, l.all, l.fields, slice{sort: model.Sort{Desc: true}, more: "time is null", offset: start, limit: n})
		if err != nil || int64(len(rows)) == n {
			return rows, err
		}
	}
	rest, err := e.dated(ctx, db, l, max(0, start-undated), n-int64(len(rows)), true)
	return append(rows, rest...), err
}

// dated gives the dated rows from start on. Where nothing is known of the list they are looked for at that
// end of the time first, and in all of it only if too few are there.
func (e *Engine) dated(ctx context.Context, db *sql.DB, l timeline, start, n int64, desc bool) ([]model.Row, error) {
	s, among := l.plan.dated(start, n, desc)
	if l.near == nil {
		return e.slice(ctx, db, l.all, l.fields, s)
	}
	if l.plan != nil {
		if among > nearStart && l.plan.width > indexWidth {
			p, err := minutes(ctx, db, l.plan.filter, l.near, s.more, s.args...)
			if err != nil {
				return nil, err
			}
			s, _ = p.dated(s.offset, s.limit, desc)
		}
		return e.slice(ctx, db, l.near, l.fields, s)
	}
	outer, err := e.outerHours(ctx, db)
	if err != nil {
		return nil, err
	}
	if !outer.IsZero() {
		end := s
		end.more, end.args = "time < ?", []any{outer.From}
		if desc {
			end.more, end.args = "time >= ?", []any{outer.To}
		}
		if rows, err := e.slice(ctx, db, l.near, l.fields, end); err != nil || int64(len(rows)) == n {
			return rows, err
		}
	}
	return e.slice(ctx, db, l.all, l.fields, s)
}

// slice is a stretch of an ordered list.
type slice struct {
	sort          model.Sort
	key           string // the expression to sort by, where it is not the field's own
	more          string // a further condition
	args          []any
	offset, limit int64
	places        bool // offset and length in the member follow the fields
	rowids        bool // the row's place in its table follows the fields
	outcomes      bool // then its outcome
}

// slice reads a stretch. The limit stands inside every branch, so that each reads only its own end
// of the table.
func (e *Engine) slice(ctx context.Context, db *sql.DB, all []sqlgen.Branch, fields []model.Field, s slice) ([]model.Row, error) {
	if s.more == "false" || s.limit <= 0 {
		return nil, nil
	}
	text, args, err := listSQL(all, fields, s)
	if err != nil {
		return nil, err
	}
	text += fmt.Sprintf(" limit %d offset %d", s.limit, s.offset)
	rows, err := db.QueryContext(ctx, text, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	out := make([]model.Row, 0, min(s.limit, 1024))
	scan := newScanner(fields)
	for rows.Next() {
		r, err := scan.row(rows)
		if err != nil {
			return nil, err
		}
		out = append(out, r)
	}
	if err := rows.Err(); err != nil {
		return nil, err
	}
	lists := make([][]any, len(out))
	for i := range out {
		lists[i] = out[i].Values
	}
	return out, e.nameMembers(ctx, db, fields, lists)
}

// listSQL is the ordered list without its limit; each branch is limited when s is.
func listSQL(all []sqlgen.Branch, fields []model.Field, s slice) (string, []any, error) {
	dir := "asc nulls last"
	if s.sort.Desc {
		dir = "desc nulls first"
		if strings.Contains(s.more, "time ") && byTime(s.sort) {
			// No row of the stretch lacks a time; told so, the engine skips row groups.
			dir = "desc nulls last"
		}
	}
	order := func(terms ...string) string {
		for i := range terms {
			terms[i] += " " + dir
		}
		return " order by " + strings.Join(terms, ", ")
	}
	lists, all, err := withLists(all, fields)
	if err != nil {
		return "", nil, err
	}
	text, args, err := union(all, func(b sqlgen.Branch) (string, string, error) {
		list := lists[b.Log]
		key, err := sqlgen.SortKey(b.Log, s.sort.Field)
		if err != nil {
			return "", "", err
		}
		if s.key != "" {
			key = s.key
		}
		out := fmt.Sprintf("%d as o_log, member as o_member, record as o_record, %s as o_key, time as o_time", b.Log, key)
		if list != "" {
			out += ", " + list
		}
		if s.places {
			out += ", off as o_off, len as o_len"
		}
		if s.rowids {
			out += ", rowid as o_row"
		}
		if s.outcomes {
			out += ", outcome as o_outcome"
		}
		if s.limit == 0 {
			return out, "", nil
		}
		tail := order("o_key", "o_time", "o_member", "o_record") + fmt.Sprintf(" limit %d", s.offset+s.limit)
		return out, tail, nil
	}, s.more, s.args...)
	if err != nil {
		return "", nil, err
	}
	return "select * from (" + text + ")" + order("o_key", "o_time", "o_log", "o_member", "o_record"), args, nil
}

// withLists is what each branch selects, and the branches with the arguments of that before their own.
func withLists(all []sqlgen.Branch, fields []model.Field) (map[model.Log]string, []sqlgen.Branch, error) {
	lists, out := map[model.Log]string{}, make([]sqlgen.Branch, len(all))
	for i, b := range all {
		var parts []string
		var args []any
		for n, f := range fields {
			if path, ok := model.JSONPath(f); ok {
				text, more, err := sqlgen.Text(dialect, b.Log, path)
				if err != nil {
					return nil, nil, err
				}
				parts, args = append(parts, fmt.Sprintf("%s as j%d", text, n)), append(args, more...)
				continue
			}
			one, err := sqlgen.Select(dialect, b.Log, []model.Field{f})
			if err != nil {
				return nil, nil, err
			}
			parts = append(parts, one)
		}
		lists[b.Log] = strings.Join(parts, ", ")
		b.Args = append(args, b.Args...)
		out[i] = b
	}
	return lists, out, nil
}

// scanner reads rows of listSQL.
type scanner struct {
	fields []model.Field
	cells  []any
	into   []any
}

func newScanner(fields []model.Field) *scanner {
	s := &scanner{fields: fields, cells: make([]any, len(fields)+5)}
	s.into = make([]any, len(s.cells))
	for i := range s.cells {
		s.into[i] = &s.cells[i]
	}
	return s
}

func (s *scanner) row(rows *sql.Rows) (model.Row, error) {
	if err := rows.Scan(s.into...); err != nil {
		return model.Row{}, err
	}
	r := model.Row{
		ID:     model.RecordID{Log: model.Log(whole(s.cells[0])), Member: model.MemberID(whole(s.cells[1])), Number: uint32(whole(s.cells[2]))},
		Values: make([]any, len(s.fields)),
	}
	for i, f := range s.fields {
		r.Values[i] = typed(f, s.cells[i+5])
	}
	return r, nil
}
