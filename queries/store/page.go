package store

import (
	"context"
	"database/sql"
	"fmt"
	"sort"
	"strings"
	"time"

	"trailsift/model"
	"trailsift/queries/sqlgen"
)

// nearStart is how many rows are cheaper to skip than to index. Tests lower it.
var nearStart int64 = 4096

const (
	keptPlans  = 6
	indexWidth = 60 // seconds of one step of a time index
)

// plan is what is remembered of a query for random access: how many rows every minute has.
type plan struct {
	filter  model.Filter
	minutes []int64 // Unix minute, ascending, of minutes that have rows
	before  []int64 // rows in all earlier minutes; one more than minutes, the last is the sum
	undated int64
}

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
	p := e.remembered(q.Filter)
	if p == nil && start+n > nearStart {
		if p, err = e.index(ctx, db, q.Filter, all); err != nil {
			return nil, err
		}
	}
	if q.Sort.Desc {
		return e.newestFirst(ctx, db, all, fields, p, start, n)
	}
	return e.oldestFirst(ctx, db, all, fields, p, start, n)
}

// oldestFirst gives dated rows, then those without a time.
func (e *Engine) oldestFirst(ctx context.Context, db *sql.DB, all []sqlgen.Branch, fields []model.Field, p *plan, start, n int64) ([]model.Row, error) {
	rows, err := e.slice(ctx, db, all, fields, p.dated(start, n, false))
	if err != nil || int64(len(rows)) == n || e.known().dated {
		return rows, err
	}
	skip := int64(0)
	if len(rows) == 0 && start > 0 {
		dated, err := countWhere(ctx, db, all, "time is not null")
		if err != nil {
			return nil, err
		}
		skip = start - dated
	}
	rest, err := e.slice(ctx, db, all, fields, slice{more: "time is null", offset: skip, limit: n - int64(len(rows))})
	return append(rows, rest...), err
}

// newestFirst gives rows without a time, then dated ones: the whole order turned round.
func (e *Engine) newestFirst(ctx context.Context, db *sql.DB, all []sqlgen.Branch, fields []model.Field, p *plan, start, n int64) ([]model.Row, error) {
	var undated int64
	var err error
	if p != nil {
		undated = p.undated
	} else if e.known().dated {
		undated = 0
	} else if undated, err = countWhere(ctx, db, all, "time is null"); err != nil {
		return nil, err
	}
	var rows []model.Row
	if start < undated {
		rows, err = e.slice(ctx, db, all, fields, slice{sort: model.Sort{Desc: true}, more: "time is null", offset: start, limit: n})
		if err != nil || int64(len(rows)) == n {
			return rows, err
		}
	}
	rest, err := e.slice(ctx, db, all, fields, p.dated(max(0, start-undated), n-int64(len(rows)), true))
	return append(rows, rest...), err
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
}

// dated is the stretch of dated rows from start on, narrowed to the minutes it lies in when p knows.
func (p *plan) dated(start, n int64, desc bool) slice {
	s := slice{sort: model.Sort{Desc: desc}, more: "time is not null", offset: start, limit: n}
	if p == nil || len(p.minutes) == 0 || n == 0 {
		return s
	}
	sum := p.before[len(p.minutes)]
	first, last := start, min(start+n, sum) // [first, last) counted from the oldest
	if desc {
		first, last = max(0, sum-start-n), sum-start
	}
	if first >= last || first >= sum {
		s.more = "false"
		return s
	}
	lo := sort.Search(len(p.minutes), func(i int) bool { return p.before[i+1] > first })
	hi := sort.Search(len(p.minutes), func(i int) bool { return p.before[i+1] >= last })
	s.more = "time >= ? and time < ?"
	s.args = []any{minuteTime(p.minutes[lo]), minuteTime(p.minutes[hi] + 1)}
	s.offset = first - p.before[lo]
	if desc {
		s.offset = p.before[hi+1] - last
	}
	s.limit = last - first
	return s
}

func minuteTime(m int64) time.Time { return time.Unix(m*indexWidth, 0).UTC() }

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

func (e *Engine) remembered(f model.Filter) *plan {
	e.mu.Lock()
	defer e.mu.Unlock()
	for i, p := range e.plans {
		if p.filter.Equal(f) {
			copy(e.plans[1:i+1], e.plans[:i])
			e.plans[0] = p
			return p
		}
	}
	return nil
}

// index counts the rows of every minute, once for a filter while nothing is written.
func (e *Engine) index(ctx context.Context, db *sql.DB, f model.Filter, all []sqlgen.Branch) (*plan, error) {
	text, args, err := union(all, func(sqlgen.Branch) (string, string, error) {
		return "floor(epoch(time) / 60) as m, count(*) as n", "group by m", nil
	}, "")
	if err != nil {
		return nil, err
	}
	rows, err := db.QueryContext(ctx, "select cast(m as bigint), cast(sum(n) as bigint) from ("+text+") group by m order by m nulls last", args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	p := &plan{filter: f, before: []int64{0}}
	for rows.Next() {
		var minute sql.NullInt64
		var n int64
		if err := rows.Scan(&minute, &n); err != nil {
			return nil, err
		}
		if !minute.Valid {
			p.undated = n
			continue
		}
		p.minutes = append(p.minutes, minute.Int64)
		p.before = append(p.before, p.before[len(p.before)-1]+n)
	}
	if err := rows.Err(); err != nil {
		return nil, err
	}
	if e.settled() {
		e.mu.Lock()
		e.plans = append([]*plan{p}, e.plans[:min(len(e.plans), keptPlans-1)]...)
		e.mu.Unlock()
	}
	return p, nil
}

// Position is the row number of id in q's order, or -1 when q does not keep it.
func (e *Engine) Position(ctx context.Context, q model.Query, id model.RecordID) (int64, error) {
	return answered(ctx, e, "find the row", questionOf("position", q, id), ownNumber, weighNumber, func(ctx context.Context, db *sql.DB) (int64, error) {
		all, err := e.branches(q)
		if err != nil {
			return -1, err
		}
		text, args, err := listSQL(all, nil, slice{sort: q.Sort})
		if err != nil || len(all) == 0 {
			return -1, err
		}
		// The row is found first; then the rows before it are counted, which needs no sorting.
		var key, at any
		args = append(args, int64(id.Log), int64(id.Member), int64(id.Number))
		row := db.QueryRowContext(ctx, "select o_key, o_time from ("+text+") where o_log = ? and o_member = ? and o_record = ?", args...)
		if err := row.Scan(&key, &at); err == sql.ErrNoRows {
			return -1, nil
		} else if err != nil {
			return -1, err
		}
		return countBefore(ctx, db, text, args, q.Sort.Desc, key, at)
	})
}

// countBefore counts the rows of text that stand before the row (key, at, log, member, record), the
// last three being the last of args.
func countBefore(ctx context.Context, db *sql.DB, text string, args []any, desc bool, key, at any) (int64, error) {
	sign := "<"
	if desc {
		sign = ">"
	}
	n := len(args) - 3
	id := args[n:]
	out := append([]any(nil), args[:n]...)
	var conds []string
	var same []string
	var sameArgs []any
	add := func(cond string, more ...any) {
		conds = append(conds, "("+strings.Join(append(append([]string(nil), same...), cond), " and ")+")")
		out = append(append(out, sameArgs...), more...)
	}
	nullable := func(name string, v any) {
		switch {
		case v == nil && desc: // nothing stands before an absent value when those come first
		case v == nil:
			add(name + " is not null")
		case desc:
			add("("+name+" > ? or "+name+" is null)", v)
		default:
			add(name+" < ?", v)
		}
		if v == nil {
			same = append(same, name+" is null")
		} else {
			same, sameArgs = append(same, name+" = ?"), append(sameArgs, v)
		}
	}
	nullable("o_key", key)
	nullable("o_time", at)
	for i, name := range []string{"o_log", "o_member", "o_record"} {
		add(name+" "+sign+" ?", id[i])
		same, sameArgs = append(same, name+" = ?"), append(sameArgs, id[i])
	}
	var before int64
	err := db.QueryRowContext(ctx, "select count(*) from ("+text+") where "+strings.Join(conds, " or "), out...).Scan(&before)
	return before, err
}
