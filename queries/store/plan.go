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
	indexWidth = 60 // seconds of the shortest stretch of a plan
)

// hourRows is the most rows an hour may have for hours to be fine enough a plan. Tests lower it.
var hourRows int64 = 1 << 15

// plan is what is remembered of a query for random access: how many rows every short stretch of time has.
type plan struct {
	filter  model.Filter
	width   int64   // of every stretch, in seconds
	starts  []int64 // in Unix seconds, ascending, of stretches that have rows
	before  []int64 // rows in all earlier stretches; one more than starts, the last is the sum
	undated int64
	ticks   []tick // the rows of every stretch by outcome; nil: they were not counted apart
}

// newPlan is the plan of rows that were counted by stretches of width seconds, and maybe by outcomes.
func newPlan(f model.Filter, width int64, ticks []tick) *plan {
	p := &plan{filter: f, width: width}
	sum := map[int64]int64{}
	for _, t := range ticks {
		if t.dated {
			sum[t.start] += t.n
		} else {
			p.undated += t.n
		}
	}
	p.starts = slices.Sorted(maps.Keys(sum))
	p.before = make([]int64, 1, len(p.starts)+1)
	for _, at := range p.starts {
		p.before = append(p.before, p.before[len(p.before)-1]+sum[at])
	}
	return p
}

// sum is how many rows have a time.
func (p *plan) sum() int64 { return p.before[len(p.starts)] }

// most is how many rows the fullest stretch has.
func (p *plan) most() (most int64) {
	for i := range p.starts {
		most = max(most, p.before[i+1]-p.before[i])
	}
	return most
}

// stretch is the place of a time's stretch among those that have rows.
func (p *plan) stretch(at time.Time) (int, bool) {
	n := at.Unix()
	i := sort.Search(len(p.starts), func(i int) bool { return p.starts[i] > n }) - 1
	return i, i >= 0 && n < p.starts[i]+p.width
}

// span is the time of the stretches from lo to hi.
func (p *plan) span(lo, hi int) model.Span {
	return model.Span{From: time.Unix(p.starts[lo], 0).UTC(), To: time.Unix(p.starts[hi]+p.width, 0).UTC()}
}

// remember keeps p while nothing is written.
func (e *Engine) remember(p *plan) {
	if e.settled() {
		e.mu.Lock()
		e.plans = append([]*plan{p}, e.plans[:min(len(e.plans), keptPlans-1)]...)
		e.mu.Unlock()
	}
}

// dated is the part of the dated rows from start on, narrowed to the stretches it lies in when p knows, and how
// many rows those have; 0 is unknown.
func (p *plan) dated(start, n int64, desc bool) (s slice, rows int64) {
	s = slice{sort: model.Sort{Desc: desc}, more: "time is not null", offset: start, limit: n}
	if p == nil || len(p.starts) == 0 || n == 0 {
		return s, 0
	}
	sum := p.sum()
	first, last := start, min(start+n, sum) // [first, last) counted from the oldest
	if desc {
		first, last = max(0, sum-start-n), sum-start
	}
	if first >= last || first >= sum {
		s.more = "false"
		return s, 0
	}
	lo := sort.Search(len(p.starts), func(i int) bool { return p.before[i+1] > first })
	hi := sort.Search(len(p.starts), func(i int) bool { return p.before[i+1] >= last })
	at := p.span(lo, hi)
	s.more, s.args = inside, []any{at.From, at.To}
	s.offset = first - p.before[lo]
	if desc {
		s.offset = p.before[hi+1] - last
	}
	s.limit = last - first
	return s, p.before[hi+1] - p.before[lo]
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

// minuteStart is the Unix second that the minute of a row's time begins with, in whole numbers, whose division
// drops the rest: they are counted from the minute that the year 0 begins with, before which no log has a time.
const minuteStart = "((epoch_us(time) + 62167219200000000) // 60000000 - 1036120320) * 60"

// index counts the rows of short stretches of time, once for a filter while nothing is written: those of every
// hour where the sums decide it, else of every minute.
func (e *Engine) index(ctx context.Context, db *sql.DB, f model.Filter, all []sqlgen.Branch) (*plan, error) {
	if s, ok := e.hourly(model.Query{Filter: f}); ok {
		p, err := s.plan(ctx, db, f)
		if err != nil {
			return nil, err
		}
		if p.most() <= hourRows {
			e.remember(p)
			return p, nil
		}
	}
	return e.indexRows(ctx, db, f, all)
}

// indexRows is index by the rows of branches that f is only the name of.
func (e *Engine) indexRows(ctx context.Context, db *sql.DB, f model.Filter, all []sqlgen.Branch) (*plan, error) {
	p, err := minutes(ctx, db, f, all, "")
	if err == nil {
		e.remember(p)
	}
	return p, err
}

// minutes counts rows by minutes.
func minutes(ctx context.Context, db *sql.DB, f model.Filter, all []sqlgen.Branch, more string, args ...any) (*plan, error) {
	found, err := tally(ctx, db, all, minuteStart, eachRow, more, args...)
	return newPlan(f, indexWidth, found), err
}

// tally counts rows of all outcomes together by the second their stretch begins with, an expression. rows counts those of a branch.
func tally(ctx context.Context, db *sql.DB, all []sqlgen.Branch, start, rows, more string, args ...any) (found []tick, err error) {
	text, list, err := union(all, func(sqlgen.Branch) (string, string, error) {
		return start + " as s, " + rows + " as n", "group by s", nil
	}, more, args...)
	if err != nil {
		return nil, err
	}
	err = each(ctx, db, "select cast(s as bigint), cast(sum(n) as bigint) from ("+text+") group by s", list, func(rows *sql.Rows) error {
		var start sql.NullInt64
		var t tick
		err := rows.Scan(&start, &t.n)
		t.dated, t.start = start.Valid, start.Int64
		found = append(found, t)
		return err
	})
	return found, err
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
		if p, i, ok := e.stretchOf(q, at); ok {
			// Only the rows of its own stretch are still to be counted.
			if before = p.before[i]; q.Sort.Desc {
				before = p.undated + p.sum() - p.before[i+1]
			}
			own := p.span(i, i)
			list.more, list.args = inside, []any{own.From, own.To}
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

// stretchOf is the remembered plan of a list in the order of time, and the place of a time's stretch in it.
func (e *Engine) stretchOf(q model.Query, at any) (p *plan, place int, ok bool) {
	t, dated := at.(time.Time)
	if p = e.remembered(q.Filter); p == nil || !dated || !byTime(q.Sort) {
		return nil, 0, false
	}
	place, ok = p.stretch(t)
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
