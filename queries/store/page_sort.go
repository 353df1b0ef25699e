package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"sort"
	"strconv"
	"strings"

	"trailsift/model"
	"trailsift/queries/sqlgen"
)

// mark is a value of a sorted column and the rows that stand before it and at it.
type mark struct {
	value     any
	before, n int64
}

// valuePlan is what is remembered of a query sorted by a column, for random access: values about
// every nearStart rows, and every value that has more rows than that.
type valuePlan struct {
	filter model.Filter
	field  model.Field
	marks  []mark // ascending
	sum    int64  // rows that have a value
	absent int64
}

// unique are text fields of which nearly every row has another value: a list of their values is no
// shorter than the rows.
var unique = []model.Field{
	model.FieldEventID, model.FieldRequestID, model.FieldHostID, model.FieldVersion, model.FieldErrorMessage,
	model.FieldRequest, model.FieldResponse, model.FieldExtra,
}

// repeats tells that few values share the rows, so that counting values is faster than sorting rows.
func repeats(f model.Field) bool {
	in, _ := model.Lookup(f)
	switch in.Kind {
	case model.KindText, model.KindFold, model.KindIP:
		return f != model.FieldMember && !slices.Contains(unique, f)
	}
	return false
}

// byValue is a page in the order of another column than time. Rows of one value are in the order of
// time, so a page inside one is a page of a narrower query.
func (e *Engine) byValue(ctx context.Context, db *sql.DB, q model.Query, all []sqlgen.Branch, fields []model.Field, start, n int64) ([]model.Row, error) {
	p := e.rememberedValues(q)
	if p == nil && q.Sort.Field == model.FieldKey && !q.Sort.Desc && start+n <= nearStart && e.objectsStandFor(q.Filter) && !narrows(q.Filter) {
		rows, err := e.firstKeys(ctx, db, q, all, fields, start, n)
		if rows != nil || err != nil {
			return rows, err
		}
	}
	if p == nil && (start+n > nearStart || repeats(q.Sort.Field)) {
		var err error
		if p, err = e.valueIndex(ctx, db, q, all); err != nil {
			return nil, err
		}
	}
	if p == nil {
		return e.narrow(ctx, db, q.Filter, all, fields, slice{sort: q.Sort, offset: start, limit: n})
	}
	if !q.Sort.Desc {
		return e.ascending(ctx, db, q, all, fields, p, start, n)
	}
	// The descending order is the ascending one turned round, ties and absent values included.
	end := p.sum + p.absent - start
	from := max(0, end-n)
	rows, err := e.ascending(ctx, db, q, all, fields, p, from, end-from)
	slices.Reverse(rows)
	return rows, err
}

// narrows tells that a filter keeps less than everything.
func narrows(f model.Filter) bool {
	return slices.ContainsFunc(f.Terms, func(t model.Term) bool { return !t.Off })
}

// firstKeys is a page near the beginning of all rows by key: the table of objects says which keys
// hold that many rows. It gives nothing where rows without a key are reached.
func (e *Engine) firstKeys(ctx context.Context, db *sql.DB, q model.Query, all []sqlgen.Branch, fields []model.Field, start, n int64) ([]model.Row, error) {
	var last sql.NullString
	var rows sql.NullInt64
	err := db.QueryRowContext(ctx, fmt.Sprintf(`select max(key), cast(sum(requests) as bigint) from (
		select key, requests, sum(requests) over (order by key, obj64 rows between unbounded preceding and current row) - requests as before
		from (select key, obj64, requests from objects order by key, obj64 limit %[1]d)) where before < %[1]d`, start+n)).Scan(&last, &rows)
	if err != nil || rows.Int64 < start+n {
		return nil, err
	}
	part, key, err := e.valued(q, all, "%s <= ?", last.String)
	if err != nil {
		return nil, err
	}
	return e.narrow(ctx, db, q.Filter, part, fields, slice{sort: q.Sort, key: key, offset: start, limit: n})
}

// ascending puts a page together of pieces: inside a value, between two marks, without a value.
func (e *Engine) ascending(ctx context.Context, db *sql.DB, q model.Query, all []sqlgen.Branch, fields []model.Field, p *valuePlan, start, n int64) ([]model.Row, error) {
	var out []model.Row
	for n > 0 && start < p.sum+p.absent {
		rows, asked, err := e.piece(ctx, db, q, all, fields, p, start, n)
		if err != nil {
			return nil, err
		}
		if int64(len(rows)) != asked {
			return nil, errMoved
		}
		out, start, n = append(out, rows...), start+asked, n-asked
	}
	return out, nil
}

func (e *Engine) piece(ctx context.Context, db *sql.DB, q model.Query, all []sqlgen.Branch, fields []model.Field, p *valuePlan, start, n int64) (rows []model.Row, asked int64, err error) {
	f := q.Sort.Field
	if start >= p.sum {
		asked = min(n, p.sum+p.absent-start)
		part, err := narrowed(all, f, "%s is null")
		if err != nil {
			return nil, 0, err
		}
		rows, err = e.within(ctx, db, indexName(q.Filter, f, "absent", ""), part, fields, start-p.sum, asked)
		return rows, asked, err
	}
	i := sort.Search(len(p.marks), func(i int) bool { return p.marks[i].before > start }) - 1
	m := p.marks[i]
	if inside := start - m.before; inside < m.n {
		asked = min(n, m.n-inside)
		part, _, err := e.valued(q, all, "%s = ?", m.value)
		if err != nil {
			return nil, 0, err
		}
		rows, err = e.within(ctx, db, indexName(q.Filter, f, "value", fmt.Sprint(m.value)), part, fields, inside, asked)
		return rows, asked, err
	}
	end, is, args := p.sum, "%s > ?", []any{m.value}
	if i+1 < len(p.marks) {
		next := p.marks[i+1]
		end, is, args = next.before, "%[1]s > ? and %[1]s < ?", append(args, next.value)
	}
	asked = min(n, end-start)
	part, key, err := e.valued(q, all, is, args...)
	if err != nil {
		return nil, 0, err
	}
	rows, err = e.narrow(ctx, db, q.Filter, part, fields, slice{sort: model.Sort{Field: f}, key: key, offset: start - m.before - m.n, limit: asked})
	return rows, asked, err
}

// indexName is the name of the index of f's rows with one value. It never becomes SQL, and no filter is
// equal to it, since a path stands in json terms only: terms compare in their own ways, ignoring
// case for one.
func indexName(f model.Filter, field model.Field, kind, value string) model.Filter {
	return f.With(model.Term{Field: field, Path: kind, Values: []model.Value{{Text: value}}})
}

// within is a page in the order of time over branches that are narrower than f; name is f with what
// narrows it.
func (e *Engine) within(ctx context.Context, db *sql.DB, name model.Filter, part []sqlgen.Branch, fields []model.Field, start, n int64) ([]model.Row, error) {
	l := timeline{all: part, fields: fields, plan: e.remembered(name)}
	if l.plan == nil && start+n > nearStart {
		var err error
		if l.plan, err = e.indexRows(ctx, db, name, part); err != nil {
			return nil, err
		}
	}
	return e.oldestFirst(ctx, db, l, start, n)
}

// narrowed are branches with a further condition on f; is holds %s where the column stands.
func narrowed(all []sqlgen.Branch, f model.Field, is string, args ...any) ([]sqlgen.Branch, error) {
	out := slices.Clone(all)
	for i, b := range out {
		expr, err := sqlgen.SortKey(b.Log, f)
		if err != nil {
			return nil, err
		}
		out[i].Where = "(" + b.Where + ") and " + fmt.Sprintf(is, expr)
		out[i].Args = append(slices.Clip(slices.Clone(b.Args)), args...)
	}
	return out, nil
}

// keyColumn is the key as valued has it from the table of objects.
const keyColumn = "object_key"

// valued is narrowed for a condition on present values, with the expression to sort by. Keys it takes
// from the table of objects: of rows that lie far apart they are the slowest column to read.
func (e *Engine) valued(q model.Query, all []sqlgen.Branch, is string, args ...any) ([]sqlgen.Branch, string, error) {
	if q.Sort.Field != model.FieldKey || !e.objectsStandFor(q.Filter) {
		out, err := narrowed(all, q.Sort.Field, is, args...)
		return out, "", err
	}
	out := slices.Clone(all)
	for i, b := range out {
		out[i].Table += " join (select obj64 as object_number, key as " + keyColumn + " from objects where " + fmt.Sprintf(is, "key") + ") on object_number = obj64"
		out[i].Args = append(slices.Clip(slices.Clone(args)), b.Args...)
	}
	return out, keyColumn, nil
}

// objectsStandFor tells that the table of objects has the key of every row f keeps, and is shorter.
func (e *Engine) objectsStandFor(f model.Filter) bool {
	return e.known().objects == objectsRepeat && sqlgen.CountsOnce(f)
}

func (e *Engine) rememberedValues(q model.Query) *valuePlan {
	e.mu.Lock()
	defer e.mu.Unlock()
	for i, p := range e.valuePlans {
		if p.field == q.Sort.Field && p.filter.Equal(q.Filter) {
			copy(e.valuePlans[1:i+1], e.valuePlans[:i])
			e.valuePlans[0] = p
			return p
		}
	}
	return nil
}

// valueIndex counts the rows of every value and keeps what a page needs to find its place.
func (e *Engine) valueIndex(ctx context.Context, db *sql.DB, q model.Query, all []sqlgen.Branch) (*valuePlan, error) {
	counted, args, err := e.valueCounts(q.Filter, q.Sort.Field, all)
	if err != nil {
		return nil, err
	}
	text := fmt.Sprintf(`with v as materialized (select v, cast(sum(n) as bigint) as n from (%s) group by v),
		c as (select v, n, cast(coalesce(sum(n) over (order by v rows between unbounded preceding and 1 preceding), 0) as bigint) as b from v where v is not null),
		k as (select v, n, b, lag(b) over (order by b) as p from c)
		select v, n, b from k where p is null or n > %[2]d or b // %[2]d <> p // %[2]d
		union all select null, cast(coalesce(sum(n) filter (v is null), 0) as bigint), cast(coalesce(sum(n) filter (v is not null), 0) as bigint) from v
		order by v nulls last`, counted, nearStart)
	p := &valuePlan{filter: q.Filter, field: q.Sort.Field}
	err = each(ctx, db, text, args, func(rows *sql.Rows) error {
		var m mark
		if err := rows.Scan(&m.value, &m.n, &m.before); err != nil {
			return err
		}
		if m.value == nil {
			p.absent, p.sum = m.n, m.before
			return nil
		}
		p.marks = append(p.marks, m)
		return nil
	})
	if err != nil {
		return nil, err
	}
	if e.settled() {
		e.mu.Lock()
		e.valuePlans = append([]*valuePlan{p}, e.valuePlans[:min(len(e.valuePlans), keptPlans-1)]...)
		e.mu.Unlock()
	}
	return p, nil
}

// valueCounts gives values with their rows. Keys are counted by the number of their object.
func (e *Engine) valueCounts(f model.Filter, field model.Field, all []sqlgen.Branch) (string, []any, error) {
	if field != model.FieldKey || !e.objectsStandFor(f) {
		return union(all, func(b sqlgen.Branch) (string, string, error) {
			v, err := sqlgen.SortKey(b.Log, field)
			return v + " as v, count(*) as n", "group by v", err
		}, "")
	}
	if !narrows(f) {
		keyless, args, err := union(all, func(sqlgen.Branch) (string, string, error) {
			return "cast(null as varchar) as v, count(*) as n", "", nil
		}, "obj64 is null")
		return "select key as v, sum(requests) as n from objects group by key union all " + keyless, args, err
	}
	text, args, err := union(all, func(sqlgen.Branch) (string, string, error) {
		return "obj64, count(*) as n", "group by obj64", nil
	}, "")
	return "select objects.key as v, t.n from (" + text + ") t left join objects using (obj64)", args, err
}

// narrow reads a stretch of what f keeps in two steps: the order over the columns it needs, then the
// other columns of just the rows found. Rows keep their numbers only while nothing is written.
func (e *Engine) narrow(ctx context.Context, db *sql.DB, f model.Filter, all []sqlgen.Branch, fields []model.Field, s slice) ([]model.Row, error) {
	if !e.settled() {
		return e.slice(ctx, db, all, fields, s)
	}
	s.rowids = true
	text, args, err := listSQL(all, nil, s)
	if err != nil || s.limit <= 0 {
		return nil, err
	}
	text += fmt.Sprintf(" limit %d offset %d", s.limit, s.offset)
	places, err := placesOf(ctx, db, text, args)
	if err != nil {
		return nil, err
	}
	return e.rowsOf(ctx, db, f, places, fields)
}

// placed is a row by its name and by its place in its table.
type placed struct {
	id      model.RecordID
	rowid   int64
	at      any // its time, or nil
	outcome model.Outcome
}

// placesOf are the rows of a list made by listSQL without fields, with rowids and maybe outcomes.
func placesOf(ctx context.Context, db *sql.DB, text string, args []any) ([]placed, error) {
	var out []placed
	var scan *scanner
	err := each(ctx, db, text, args, func(rows *sql.Rows) error {
		if scan == nil {
			columns, err := rows.Columns()
			if err != nil {
				return err
			}
			scan = newScanner(nil).withMore(len(columns) - 5)
		}
		r, err := scan.row(rows)
		p := placed{id: r.ID, rowid: whole(scan.cells[5]), at: scan.cells[4]}
		if len(scan.cells) > 6 {
			p.outcome = model.Outcome(whole(scan.cells[6]))
		}
		out = append(out, p)
		return err
	})
	return out, err
}

// rowsOf reads the rows at some places, which f keeps, in their order.
func (e *Engine) rowsOf(ctx context.Context, db *sql.DB, f model.Filter, order []placed, fields []model.Field) ([]model.Row, error) {
	places := map[model.Log][]string{}
	for _, p := range order {
		places[p.id.Log] = append(places[p.id.Log], strconv.FormatInt(p.rowid, 10))
	}
	found := map[model.RecordID]model.Row{}
	for log, at := range places {
		if err := e.rowsAt(ctx, db, log, at, fields, e.objectsStandFor(f), found); err != nil {
			return nil, err
		}
	}
	out := make([]model.Row, len(order))
	lists := make([][]any, len(order))
	for i, p := range order {
		r, ok := found[p.id]
		if !ok {
			return nil, errMoved
		}
		out[i], lists[i] = r, r.Values
	}
	return out, e.nameMembers(ctx, db, fields, lists)
}

var errMoved = errors.New("the list changed while it was read; ask again")

// rowsAt reads rows by their places in a table; listed says that the table of objects has their keys.
func (e *Engine) rowsAt(ctx context.Context, db *sql.DB, log model.Log, at []string, fields []model.Field, listed bool, into map[model.RecordID]model.Row) error {
	table, _ := tableOf(log)
	columns := make([]string, len(fields))
	joined := ""
	var args []any
	for i, f := range fields {
		if path, ok := model.JSONPath(f); ok {
			expr, more, err := sqlgen.Text(dialect, log, path)
			if err != nil {
				return err
			}
			columns[i], args = ", "+expr, append(args, more...)
			continue
		}
		expr, err := sqlgen.Value(dialect, log, f)
		if err != nil {
			return err
		}
		if f == model.FieldKey && listed {
			expr, joined = keyColumn, " left join (select obj64, key as "+keyColumn+" from objects) o using (obj64)"
		}
		columns[i] = ", " + expr
	}
	// The rows are found first, so that nothing but their own columns is looked up among the objects.
	text := fmt.Sprintf(`select %d, member, record, null, null%s from (select * from %s where rowid in (select unnest([%s]))) e%s`,
		log, strings.Join(columns, ""), table, strings.Join(at, ","), joined)
	scan := newScanner(fields)
	return each(ctx, db, text, args, func(rows *sql.Rows) error {
		r, err := scan.row(rows)
		into[r.ID] = r
		return err
	})
}
