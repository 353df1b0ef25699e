package store

import (
	"cmp"
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"trailsift/model"
	"trailsift/queries/sqlgen"
)

// Engine answers queries over a case; it implements model.Engine.
type Engine struct {
	c        *Case
	contents model.Contents

	mu    sync.Mutex
	names map[model.MemberID]string
	plans []*plan // most recently used first
	facts caseFacts
	outer *model.Span // see outerHours; nil: not asked yet
	of    *handle     // the database all of these were read from
	stamp stamp       // of the files of the case then

	valuePlans []*valuePlan // most recently used first
	found      []*found     // what searches found, most recently used first
	answers    memory
	forgetful  bool // it remembers no answers
}

var _ model.Engine = (*Engine)(nil)

// Engine returns the engine of c. contents gives raw bytes back; it may be nil.
func (c *Case) Engine(contents model.Contents) *Engine {
	return &Engine{c: c, contents: contents, names: map[model.MemberID]string{}}
}

// Caps says that the store counts exactly and holds the way to raw records.
func (e *Engine) Caps() model.Caps {
	return model.Caps{Name: "duckdb", ExactCounts: true, RawRecords: e.contents != nil, Immediate: true}
}

// ask runs fn on the lent database in a goroutine of its own. A cancelled query comes back half a
// second late, since the driver sleeps after an interrupt; nobody waits for that here.
func ask[T any](ctx context.Context, e *Engine, what string, fn func(ctx context.Context, db *sql.DB) (T, error)) (T, error) {
	type answer struct {
		value T
		err   error
		bug   *model.Bug
	}
	out := make(chan answer, 1)
	go func() {
		var a answer
		defer func() {
			if p := recover(); p != nil {
				a.bug = model.Caught(p)
			}
			out <- a
		}()
		h, done, err := e.c.lend(ctx)
		if err != nil {
			a.err = err
		} else {
			defer done()
			if a.err = e.follow(ctx, h); a.err == nil {
				a.value, a.err = fn(ctx, h.db)
			}
		}
	}()
	var zero T
	select {
	case <-ctx.Done():
		return zero, ctx.Err()
	case a := <-out:
		if a.bug != nil {
			panic(a.bug)
		}
		if err := ctx.Err(); err != nil {
			return zero, err
		}
		if a.err != nil {
			return zero, fmt.Errorf("%s: %w", what, a.err)
		}
		return a.value, nil
	}
}

// follow forgets what was remembered of another state of the database, or of one that is written.
func (e *Engine) follow(ctx context.Context, h *handle) error {
	e.mu.Lock()
	fresh := e.of != h || h.mode == modeWrite
	if fresh {
		now := e.c.stamp() // which nobody changes while it is open for reading
		if e.of != nil && e.of.mode == modeRead && h.mode == modeRead && e.stamp.same(now) {
			e.of, fresh = h, false
		} else {
			e.of, e.stamp, e.plans, e.valuePlans, e.found, e.facts, e.outer, e.answers = h, now, nil, nil, nil, caseFacts{}, nil, memory{}
			clear(e.names)
		}
	}
	e.mu.Unlock()
	if !fresh || h.mode == modeWrite {
		return nil
	}
	f, err := readFacts(ctx, h.db)
	e.mu.Lock()
	defer e.mu.Unlock()
	if err == nil && e.of == h {
		e.facts = f
	}
	return err
}

// caseFacts is what the engine may rely on while nothing is written.
type caseFacts struct {
	settled bool
	objects string // what the settler says of the table of objects
	hours   bool   // the sums are there
	dated   bool   // every row has a time
}

func readFacts(ctx context.Context, db *sql.DB) (caseFacts, error) {
	var f caseFacts
	err := each(ctx, db, `select name, value from facts where name in (?, ?, ?)`, []any{factSettled, factObjects, factHours}, func(rows *sql.Rows) error {
		var name, value string
		if err := rows.Scan(&name, &value); err != nil {
			return err
		}
		switch name {
		case factSettled:
			f.settled = value == "true"
		case factObjects:
			f.objects = value
		case factHours:
			f.hours = value == hoursLayout
		}
		return nil
	})
	if !f.settled {
		f = caseFacts{} // what was derived is of an earlier state
	}
	if err == nil && f.hours {
		// Of equal records the kept one has a time if any has, since they say the same.
		err = db.QueryRowContext(ctx, `select not exists (from hours where "hour" is null)`).Scan(&f.dated)
	}
	return f, err
}

// known is what may be relied on now.
func (e *Engine) known() caseFacts {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.facts
}

// lent is the database that was lent last.
func (e *Engine) lent() *handle {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.of
}

// settled tells that nothing writes, so that what is remembered stays true.
func (e *Engine) settled() bool {
	h := e.lent()
	return h != nil && h.mode == modeRead
}

// memberNames fills in the names of the members among ids.
func (e *Engine) memberNames(ctx context.Context, db *sql.DB, ids []model.MemberID) (map[model.MemberID]string, error) {
	out := map[model.MemberID]string{}
	missing := false
	e.mu.Lock()
	for _, id := range ids {
		name, ok := e.names[id]
		missing = missing || !ok
		out[id] = name
	}
	e.mu.Unlock()
	if !missing {
		return out, nil
	}
	rows, err := db.QueryContext(ctx, `select member, name from members where kind in ('cloudtrail', 'access')`)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	all := map[model.MemberID]string{}
	for rows.Next() {
		var id int64
		var name string
		if err := rows.Scan(&id, &name); err != nil {
			return nil, err
		}
		all[model.MemberID(id)] = name
	}
	for _, id := range ids {
		out[id] = all[id]
	}
	e.mu.Lock()
	e.names = all
	e.mu.Unlock()
	return out, rows.Err()
}

// typed turns a value as the driver gives it into the one a Row holds. A member comes out as its
// number and is named afterwards.
func typed(f model.Field, v any) any {
	in, _ := model.Lookup(f)
	if v == nil {
		return nil
	}
	switch in.Kind {
	case model.KindEnum:
		code := int(whole(v))
		if code < 1 || code > len(in.Values) {
			return nil
		}
		return in.Values[code-1]
	case model.KindFlags:
		if names := model.Flags(whole(v)).Names(); names != nil {
			return names
		}
		return nil
	case model.KindTime:
		if t, ok := v.(time.Time); ok {
			return t.UTC()
		}
	case model.KindInt, model.KindSize:
		return whole(v)
	case model.KindBool:
		return v
	}
	if f == model.FieldMember {
		return model.MemberID(whole(v))
	}
	switch v := v.(type) {
	case []byte:
		return hidden(f, string(v))
	case string:
		return hidden(f, v)
	}
	return v
}

func whole(v any) int64 {
	switch n := v.(type) {
	case int64:
		return n
	case uint64:
		return int64(n)
	case int32:
		return int64(n)
	case uint32:
		return int64(n)
	case uint16:
		return int64(n)
	case int16:
		return int64(n)
	case uint8:
		return int64(n)
	case int:
		return int64(n)
	case float64:
		return int64(n)
	}
	return 0
}

// nameMembers puts names where typed left member numbers.
func (e *Engine) nameMembers(ctx context.Context, db *sql.DB, fields []model.Field, lists [][]any) error {
	var at []int
	for i, f := range fields {
		if f == model.FieldMember {
			at = append(at, i)
		}
	}
	if at == nil {
		return nil
	}
	var ids []model.MemberID
	for _, list := range lists {
		for _, i := range at {
			if id, ok := list[i].(model.MemberID); ok {
				ids = append(ids, id)
			}
		}
	}
	names, err := e.memberNames(ctx, db, ids)
	if err != nil {
		return fmt.Errorf("names of members: %w", err)
	}
	for _, list := range lists {
		for _, i := range at {
			id, ok := list[i].(model.MemberID)
			if !ok {
				continue
			}
			list[i] = nil
			if name := names[id]; name != "" {
				list[i] = name
			}
		}
	}
	return nil
}

// dialect is DuckDB's with the store's own numbering of objects.
var dialect = func() sqlgen.Dialect {
	d := sqlgen.DuckDB
	d.ObjectNumber = func(bucket, key string) uint64 {
		n, _ := obj64(bucket, key, nil)
		return n
	}
	return d
}()

// branches are the parts of the tables that q draws from. A condition on keys goes through the table
// of objects where that has each object once under its own number, and has many rows an object.
func (e *Engine) branches(q model.Query) ([]sqlgen.Branch, error) {
	d := e.throughObjects(e.holds)
	if e.known().hours {
		d.Folder = e.folder
	}
	return e.draw(q, d)
}

// direct are the branches of q with every condition decided by the row itself, which costs less where few
// rows are looked at.
func (e *Engine) direct(q model.Query) ([]sqlgen.Branch, error) { return e.draw(q, dialect) }

// holds looks for an object in the table of objects of the database that is lent.
func (e *Engine) holds(bucket, key string) (held, known bool) {
	h := e.lent()
	if h == nil {
		return false, false
	}
	number, _ := obj64(bucket, key, nil)
	err := h.db.QueryRow(`select exists (select 1 from objects where obj64 = cast(? as ubigint) and bucket = ? and key = ?)`,
		strconv.FormatUint(number, 10), bucket, key).Scan(&held)
	return held, err == nil
}

// throughObjects is the dialect with objects looked for by holds, or by the conditions themselves where it is
// nil.
func (e *Engine) throughObjects(holds func(bucket, key string) (held, known bool)) sqlgen.Dialect {
	d := dialect
	if e.known().objects == objectsRepeat {
		d.Objects, d.Holds = "objects", holds
	}
	return d
}

// draw is branches in a dialect. What a search has found is not searched again.
func (e *Engine) draw(q model.Query, d sqlgen.Dialect) ([]sqlgen.Branch, error) {
	if known, rest := e.searched(q.Filter); known != nil {
		all, err := sqlgen.Branches(d, rest)
		for i := range all {
			all[i] = known.narrow(all[i])
		}
		return all, err
	}
	return sqlgen.Branches(d, q.Filter)
}

// union puts a select over every branch together. each gives the expressions and what follows the
// condition.
func union(all []sqlgen.Branch, each func(b sqlgen.Branch) (list, tail string, err error), more string, moreArgs ...any) (string, []any, error) {
	parts := make([]string, 0, len(all))
	var args []any
	for _, b := range all {
		list, tail, err := each(b)
		if err != nil {
			return "", nil, err
		}
		where := b.Where
		args = append(args, b.Args...)
		if more != "" {
			where += " and " + more
			args = append(args, moreArgs...)
		}
		parts = append(parts, "(select "+list+" from "+b.Table+" where "+where+" "+tail+")")
	}
	return strings.Join(parts, " union all "), args, nil
}

// compareValues orders values as lists of counts are: absent last.
func compareValues(a, b any) int {
	switch {
	case a == nil && b == nil:
		return 0
	case a == nil:
		return 1
	case b == nil:
		return -1
	}
	switch x := a.(type) {
	case string:
		if y, ok := b.(string); ok {
			return strings.Compare(x, y)
		}
	case int64:
		if y, ok := b.(int64); ok {
			return cmp.Compare(x, y)
		}
	case bool:
		if y, ok := b.(bool); ok {
			switch {
			case x == y:
				return 0
			case y:
				return -1
			}
			return 1
		}
	case time.Time:
		if y, ok := b.(time.Time); ok {
			return x.Compare(y)
		}
	case []string:
		if y, ok := b.([]string); ok {
			return slices.Compare(x, y)
		}
	}
	return strings.Compare(fmt.Sprint(a), fmt.Sprint(b))
}
