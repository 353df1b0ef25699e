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
	return ask(ctx, e, "count over time", func(ctx context.Context, db *sql.DB) (model.Bars, error) {
		all, err := e.branches(q)
		if err != nil || len(all) == 0 {
			return model.Bars{}, err
		}
		sums := all
		byHour := slices.ContainsFunc(e.sumsFor(q), func(s sum) bool { return s.time })
		if byHour {
			if sums, err = hourSums.branches(q); err != nil {
				return model.Bars{}, err
			}
		}
		undated, own, err := extent(ctx, db, sums, byHour)
		if err != nil {
			return model.Bars{}, err
		}
		out := model.Bars{Undated: undated}
		if span.From.IsZero() {
			span.From = own.From
		}
		if span.To.IsZero() {
			span.To = own.To
		}
		if span.From.IsZero() || !span.From.Before(span.To) {
			return out, nil
		}
		out.Span, out.Width = frame(span, max(n, 1))
		if byHour = byHour && out.Width >= time.Hour; byHour { // the ends of such bars are whole hours
			all = sums
		}
		return out, fillBars(ctx, db, all, byHour, &out)
	})
}

// extent is the span of the dated rows, and how many have no time. With byHour, all are sums.
func extent(ctx context.Context, db *sql.DB, all []sqlgen.Branch, byHour bool) (int64, model.Span, error) {
	list := "min(time) as a, max(time) as b, count(*) - count(time) as n"
	if byHour {
		list = "min(first) as a, max(last) as b, coalesce(sum(records) filter (time is null), 0) as n"
	}
	text, args, err := union(all, func(sqlgen.Branch) (string, string, error) { return list, "", nil }, "")
	if err != nil {
		return 0, model.Span{}, err
	}
	var n int64
	var a, b sql.NullTime
	err = db.QueryRowContext(ctx, "select cast(sum(n) as bigint), min(a), max(b) from ("+text+")", args...).Scan(&n, &a, &b)
	if err != nil || !a.Valid {
		return n, model.Span{}, err
	}
	return n, model.Span{From: a.Time.UTC(), To: b.Time.UTC().Add(time.Second)}, nil
}

func fillBars(ctx context.Context, db *sql.DB, all []sqlgen.Branch, byHour bool, out *model.Bars) error {
	rows := eachRow
	if byHour {
		rows = summed
	}
	step := int64(out.Width / time.Second)
	out.Bars = make([]model.Bar, (out.Span.To.Unix()-out.Span.From.Unix())/step)
	for i := range out.Bars {
		out.Bars[i].Start = time.Unix(out.Span.From.Unix()+int64(i)*step, 0).UTC()
	}
	text, args, err := union(all, func(sqlgen.Branch) (string, string, error) {
		list := fmt.Sprintf("(epoch_us(time) - %d) // %d as i, outcome as o, %s as n", out.Span.From.UnixMicro(), step*1_000_000, rows)
		return list, "group by i, o", nil
	}, "time >= ? and time < ?", out.Span.From, out.Span.To)
	if err != nil {
		return err
	}
	return each(ctx, db, text, args, func(rows *sql.Rows) error {
		var i, n int64
		var o uint8
		if err := rows.Scan(&i, &o, &n); err != nil {
			return err
		}
		switch model.Outcome(o) {
		case model.Denied:
			out.Bars[i].Denied += n
		case model.Failed:
			out.Bars[i].Failed += n
		default:
			out.Bars[i].OK += n
		}
		return nil
	})
}
