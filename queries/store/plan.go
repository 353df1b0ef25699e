package store

import (
	"context"
	"database/sql"
	"maps"
	"slices"
	"sort"
	"strings"
	"time"

	"trailsift/model"
	"trailsift/queries/sqlgen"
)

const (
	keptPlans  = 16
	indexWidth = 60 // seconds of one step of a time index
)

// plan is what is remembered of a query for random access: how many rows every minute has.
type plan struct {
	filter  model.Filter
	minutes []int64 // Unix minute, ascending, of minutes that have rows
	before  []int64 // rows in all earlier minutes; one more than minutes, the last is the sum
	undated int64
	ticks   []tick // the rows of every minute by outcome; nil: they were not counted apart
}

// newPlan is the plan of rows that were counted by minutes, and maybe by outcomes.
func newPlan(f model.Filter, ticks []tick) *plan {
	p := &plan{filter: f}
	sum := map[int64]int64{}
	for _, t := range ticks {
		if t.dated {
			sum[t.start/indexWidth] += t.n // a tick starts with its minute
		} else {
			p.undated += t.n
		}
	}
	p.minutes = slices.Sorted(maps.Keys(sum))
	p.before = make([]int64, 1, len(p.minutes)+1)
	for _, m := range p.minutes {
		p.before = append(p.before, p.before[len(p.before)-1]+sum[m])
	}
	return p
}

// minute is the place of a time's minute among those that have rows.
func (p *plan) minute(at time.Time) (int, bool) {
	return slices.BinarySearch(p.minutes, floorTo(at.Unix(), indexWidth)/indexWidth)
}

// remember keeps p while nothing is written.
func (e *Engine) remember(p *plan) {
	if e.settled() {
		e.mu.Lock()
		e.plans = append([]*plan{p}, e.plans[:min(len(e.plans), keptPlans-1)]...)
		e.mu.Unlock()
	}
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

// minuteOfRow is the Unix minute of a row's time, in whole numbers, whose division drops the rest: it is made
// from the minute that the year 0 begins with, before which no log has a time.
const minuteOfRow = "((epoch_us(time) + 62167219200000000) // 60000000 - 1036120320)"

// index counts the rows of every minute, once for a filter while nothing is written.
func (e *Engine) index(ctx context.Context, db *sql.DB, f model.Filter, all []sqlgen.Branch) (*plan, error) {
	text, args, err := union(all, func(sqlgen.Branch) (string, string, error) {
		return minuteOfRow + " as m, count(*) as n", "group by m", nil
	}, "")
	if err != nil {
		return nil, err
	}
	var found []tick // of all outcomes together
	err = each(ctx, db, "select cast(m as bigint), cast(sum(n) as bigint) from ("+text+") group by m", args, func(rows *sql.Rows) error {
		var minute sql.NullInt64
		var t tick
		err := rows.Scan(&minute, &t.n)
		t.dated, t.start = minute.Valid, minute.Int64*indexWidth
		found = append(found, t)
		return err
	})
	if err != nil {
		return nil, err
	}
	p := newPlan(f, found)
	e.remember(p)
	return p, nil
}

// Position is the row number of id in q's order, or -1 when q does not keep it.
func (e *Engine) Position(ctx context.Context, q model.Query, id model.RecordID) (int64, error) {
	return answered(ctx, e, "find the row", questionOf("position", q, id), ownNumber, weighNumber, func(ctx context.Context, db *sql.DB) (int64, error) {
		near, err := e.direct(q)
		if err != nil || len(near) == 0 {
			return -1, err
		}
		list := slice{sort: q.Sort}
		text, args, err := listSQL(near, nil, list)
		if err != nil {
			return -1, err
		}
		// The row is found first; then the rows before it are counted, which needs no sorting.
		var key, at any
		name := []any{int64(id.Log), int64(id.Member), int64(id.Number)}
		row := db.QueryRowContext(ctx, "select o_key, o_time from ("+text+") where o_log = ? and o_member = ? and o_record = ?", append(args, name...)...)
		if err := row.Scan(&key, &at); err == sql.ErrNoRows {
			return -1, nil
		} else if err != nil {
			return -1, err
		}
		before, all := int64(0), near
		t, dated := at.(time.Time)
		if p, i, ok := e.minuteOf(q, at); ok {
			// Only the rows of its own minute are still to be counted.
			if before = p.before[i]; q.Sort.Desc {
				before = p.undated + p.before[len(p.minutes)] - p.before[i+1]
			}
			list.more, list.args = inside, []any{minuteTime(p.minutes[i]), minuteTime(p.minutes[i] + 1)}
		} else if dated && byTime(q.Sort) {
			if all, before, err = e.upTo(ctx, db, q, near, t); err != nil {
				return -1, err
			}
			if list.more, list.args = "time <= ?", []any{t}; q.Sort.Desc {
				list.more = "time >= ?"
			}
		} else if all, err = e.branches(q); err != nil {
			return -1, err
		}
		if text, args, err = listSQL(all, nil, list); err != nil {
			return -1, err
		}
		n, err := countBefore(ctx, db, text, append(args, name...), q.Sort.Desc, key, at)
		return before + n, err
	})
}

// upTo are the branches of q as the rows between t and the end of the time that q begins with are best counted,
// and how many rows without a time stand before those.
func (e *Engine) upTo(ctx context.Context, db *sql.DB, q model.Query, near []sqlgen.Branch, t time.Time) (all []sqlgen.Branch, undated int64, err error) {
	outer, err := e.outerHours(ctx, db)
	if err != nil {
		return nil, 0, err
	}
	if all = near; !atEnd(outer, t, q.Sort.Desc) {
		all, err = e.branches(q)
	}
	if err == nil && q.Sort.Desc && !e.known().dated {
		undated, err = countWhere(ctx, db, all, "time is null")
	}
	return all, undated, err
}

// minuteOf is the remembered plan of a list in the order of time, and the place of a time's minute in it.
func (e *Engine) minuteOf(q model.Query, at any) (p *plan, place int, ok bool) {
	t, dated := at.(time.Time)
	if p = e.remembered(q.Filter); p == nil || !dated || !byTime(q.Sort) {
		return nil, 0, false
	}
	place, ok = p.minute(t)
	return p, place, ok
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
