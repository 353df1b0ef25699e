package store

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"time"

	"trailsift/model"
	"trailsift/queries/sqlgen"
)

// widths are the bars a reader can name: seconds to days; beyond that whole days are doubled.
var widths = []time.Duration{
	time.Second, 2 * time.Second, 5 * time.Second, 10 * time.Second, 15 * time.Second, 30 * time.Second,
	time.Minute, 2 * time.Minute, 5 * time.Minute, 10 * time.Minute, 15 * time.Minute, 30 * time.Minute,
	time.Hour, 2 * time.Hour, 3 * time.Hour, 6 * time.Hour, 12 * time.Hour,
	24 * time.Hour, 2 * 24 * time.Hour, 7 * 24 * time.Hour, 14 * 24 * time.Hour, 28 * 24 * time.Hour, 56 * 24 * time.Hour,
}

// frame is span widened to whole bars, at most n of them.
func frame(span model.Span, n int) (model.Span, time.Duration) {
	for i := 0; ; i++ {
		var w time.Duration
		if i < len(widths) {
			w = widths[i]
		} else {
			w = widths[len(widths)-1] << (i - len(widths) + 1)
		}
		step := int64(w / time.Second)
		from, to := floorTo(span.From.Unix(), step), span.To.Unix()
		if span.To.Nanosecond() > 0 {
			to++
		}
		bars := (to - from + step - 1) / step
		if bars <= int64(n) || w > 1<<61 {
			bars = max(bars, 1)
			return model.Span{From: time.Unix(from, 0).UTC(), To: time.Unix(from+bars*step, 0).UTC()}, w
		}
	}
}

func floorTo(n, step int64) int64 {
	m := n % step
	if m < 0 {
		m += step
	}
	return n - m
}

// Bars counts rows over span in at most n bars of equal, round width. The bars are whole, so the
// first and the last may reach a little beyond span.
func (e *Engine) Bars(ctx context.Context, q model.Query, span model.Span, n int) (model.Bars, error) {
	return answered(ctx, e, "count over time", questionOf("bars", unsorted(q), span, n), ownBars, weighBars, func(ctx context.Context, db *sql.DB) (model.Bars, error) {
		all, err := e.branches(q)
		if err != nil || len(all) == 0 {
			return model.Bars{}, err
		}
		if s, ok := e.hourly(q); ok {
			return summedBars(ctx, db, s, q, all, span, max(n, 1))
		}
		return e.rowBars(ctx, db, q, all, span, max(n, 1))
	})
}

// summedBars counts by sums of hours, and by rows where bars are narrower than an hour.
func summedBars(ctx context.Context, db *sql.DB, s sum, q model.Query, all []sqlgen.Branch, span model.Span, n int) (model.Bars, error) {
	sums, err := s.branches(q)
	if err != nil {
		return model.Bars{}, err
	}
	undated, own, err := extent(ctx, db, sums, "min(first)", "max(last)", "coalesce(sum(records) filter (time is null), 0)")
	if err != nil {
		return model.Bars{}, err
	}
	out := model.Bars{Undated: undated}
	if !cut(&out, filled(span, own), n) {
		return out, nil
	}
	rows := eachRow
	if out.Width >= time.Hour {
		all, rows = sums, summed // the ends of such bars are whole hours
	}
	found, err := ticks(ctx, db, all, rows, out.Span, out.Width, inside, out.Span.From, out.Span.To)
	fill(&out, found)
	return out, err
}

// finest bounds the ticks in which a span that is not known yet is counted: as many as the database groups
// by without hashing, since it knows how many values a byte has.
const finest = 256

// rowBars counts rows. Where nobody says what span they lie in, they are counted over that of the whole
// case in ticks so short that bars can be put together of them: a condition is decided once, and not
// for the span, the number and the bars apart.
func (e *Engine) rowBars(ctx context.Context, db *sql.DB, q model.Query, all []sqlgen.Branch, span model.Span, n int) (model.Bars, error) {
	var out model.Bars
	if !span.From.IsZero() && !span.To.IsZero() {
		if !cut(&out, span, n) {
			return out, nil
		}
		found, err := ticks(ctx, db, all, eachRow, out.Span, out.Width, "("+inside+" or time is null)", out.Span.From, out.Span.To)
		out.Undated = fill(&out, found)
		return out, err
	}
	found, width, err := e.wholeTicks(ctx, db, q.Filter, all)
	if err != nil {
		return out, err
	}
	near, err := e.direct(q)
	if err != nil {
		return out, err
	}
	own, err := edges(ctx, db, near, found, width)
	if err != nil {
		return out, err
	}
	if e.settled() {
		e.keepCount(q, found)
	}
	dated := cut(&out, filled(span, own), n)
	out.Undated = fill(&out, found)
	if dated && out.Width%width != 0 {
		found, err = ticks(ctx, db, all, eachRow, out.Span, out.Width, inside, out.Span.From, out.Span.To)
		fill(&out, found)
	}
	return out, err
}

// wholeTicks counts all rows of a filter by short stretches of time, unless they were counted already.
func (e *Engine) wholeTicks(ctx context.Context, db *sql.DB, f model.Filter, all []sqlgen.Branch) (found []tick, width time.Duration, err error) {
	p := e.remembered(f)
	if p != nil && p.ticks != nil {
		return p.ticks, time.Duration(p.width) * time.Second, nil
	}
	everything := slices.Clone(all)
	for i := range everything {
		everything[i].Where, everything[i].Args = "true", nil // which the statistics of the tables answer
	}
	_, bounds, err := extent(ctx, db, everything, "min(time)", "max(time)", "0")
	if err != nil {
		return nil, 0, err
	}
	framed, width := frame(bounds, finest)
	more, args := "true", []any(nil)
	if !e.settled() { // rows may have come since
		more, args = "("+inside+" or time is null)", []any{framed.From, framed.To}
	}
	found, err = ticks(ctx, db, all, eachRow, framed, width, more, args...)
	if err == nil && p == nil {
		p = newPlan(f, int64(width/time.Second), found)
		if !model.Searches(f) {
			p.ticks = found // of a search it would mean that it is known which rows there are
		}
		e.remember(p)
	}
	return found, width, err
}

// inside is the condition that a row's time lies in a span.
const inside = "time >= ? and time < ?"

// filled is span with the ends that it lacks taken from own.
func filled(span, own model.Span) model.Span {
	if span.From.IsZero() {
		span.From = own.From
	}
	if span.To.IsZero() {
		span.To = own.To
	}
	return span
}

// cut gives out its bars over span, empty; false where there is no time to count over.
func cut(out *model.Bars, span model.Span, n int) bool {
	if span.From.IsZero() || !span.From.Before(span.To) {
		return false
	}
	out.Span, out.Width = frame(span, n)
	step := int64(out.Width / time.Second) // a Duration does not reach over three centuries
	out.Bars = make([]model.Bar, (out.Span.To.Unix()-out.Span.From.Unix())/step)
	for i := range out.Bars {
		out.Bars[i].Start = time.Unix(out.Span.From.Unix()+int64(i)*step, 0).UTC()
	}
	return true
}

// extent is the span of the dated rows, and how many have no time, by the expressions over all rows that
// give the first and last time and that number.
func extent(ctx context.Context, db *sql.DB, all []sqlgen.Branch, first, last, undated string) (int64, model.Span, error) {
	text, args, err := union(all, func(sqlgen.Branch) (string, string, error) {
		return first + " as a, " + last + " as b, " + undated + " as n", "", nil
	}, "")
	if err != nil {
		return 0, model.Span{}, err
	}
	var n sql.NullInt64
	var a, b sql.NullTime
	err = db.QueryRowContext(ctx, "select cast(sum(n) as bigint), min(a), max(b) from ("+text+")", args...).Scan(&n, &a, &b)
	if err != nil || !a.Valid || !b.Valid {
		return n.Int64, model.Span{}, err
	}
	return n.Int64, model.Span{From: a.Time.UTC(), To: b.Time.UTC().Add(time.Second)}, nil
}

// tick is the number of rows of one outcome in a short stretch of time.
type tick struct {
	dated   bool
	start   int64 // in Unix seconds
	outcome model.Outcome
	n       int64
}

// ticks counts rows over span by stretches of width from its beginning on; more holds all dated rows to it.
// rows counts those of a branch.
func ticks(ctx context.Context, db *sql.DB, all []sqlgen.Branch, rows string, span model.Span, width time.Duration, more string, args ...any) ([]tick, error) {
	from, at := span.From, fmt.Sprintf("(epoch_us(time) - %d) // %d", span.From.UnixMicro(), width.Microseconds())
	if (span.To.Unix()-from.Unix())/int64(width/time.Second) <= finest {
		at = "cast(" + at + " as utinyint)"
	}
	text, list, err := union(all, func(sqlgen.Branch) (string, string, error) {
		return at + " as i, outcome as o, " + rows + " as n", "group by i, o", nil
	}, more, args...)
	if err != nil {
		return nil, err
	}
	var out []tick
	err = each(ctx, db, text, list, func(rows *sql.Rows) error {
		var i sql.NullInt64
		var t tick
		err := rows.Scan(&i, &t.outcome, &t.n)
		t.dated, t.start = i.Valid, from.Unix()+i.Int64*int64(width/time.Second)
		out = append(out, t)
		return err
	})
	return out, err
}

// fill counts ticks into the bars of out anew, and gives back the rows without a time. Ticks beyond the
// bars are left out.
func fill(out *model.Bars, found []tick) (undated int64) {
	for i := range out.Bars {
		out.Bars[i] = model.Bar{Start: out.Bars[i].Start}
	}
	from, to, step := out.Span.From.Unix(), out.Span.To.Unix(), int64(out.Width/time.Second)
	for _, t := range found {
		if !t.dated {
			undated += t.n
			continue
		}
		if len(out.Bars) == 0 || t.start < from || t.start >= to {
			continue
		}
		b := &out.Bars[(t.start-from)/step]
		switch t.outcome {
		case model.Denied:
			b.Denied += t.n
		case model.Failed:
			b.Failed += t.n
		default:
			b.OK += t.n
		}
	}
	return undated
}

// edges is the span of dated rows that were counted in ticks, to the second: only those of the first and
// of the last tick are looked at again.
func edges(ctx context.Context, db *sql.DB, all []sqlgen.Branch, found []tick, width time.Duration) (model.Span, error) {
	var first, last time.Time
	for _, t := range found {
		if at := time.Unix(t.start, 0).UTC(); t.dated {
			if first.IsZero() || at.Before(first) {
				first = at
			}
			if last.IsZero() || at.After(last) {
				last = at
			}
		}
	}
	if first.IsZero() {
		return model.Span{}, nil
	}
	end := func(list, more string, at time.Time) (model.Span, error) {
		narrow := slices.Clone(all)
		for i, b := range narrow {
			narrow[i].Where, narrow[i].Args = "("+b.Where+") and "+more, append(slices.Clone(b.Args), at)
		}
		_, span, err := extent(ctx, db, narrow, list, list, "0")
		return span, err
	}
	head, err := end("min(time)", "time < ?", first.Add(width))
	if err != nil {
		return model.Span{}, err
	}
	tail, err := end("max(time)", "time >= ?", last)
	return model.Span{From: head.From, To: tail.To}, err
}
