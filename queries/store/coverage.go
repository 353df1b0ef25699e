package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"trailsift/model"
	"trailsift/queries/sqlgen"
)

// coverageLines bounds the accounts and buckets an empty answer tells of.
const coverageLines = 50

// Overview is what the case holds.
func (e *Engine) Overview(ctx context.Context) (model.Overview, error) {
	return ask(ctx, e, "read the overview", func(ctx context.Context, db *sql.DB) (model.Overview, error) {
		o := model.Overview{ByLog: map[model.Log]int64{}, ByIntegrity: map[model.Integrity]int64{}, Members: map[model.MemberKind]int64{}}
		for _, step := range []func(context.Context, *sql.DB, *model.Overview) error{e.overviewRows, e.overviewNames, overviewMembers, overviewFacts, e.overviewRequests} {
			if err := step(ctx, db, &o); err != nil {
				return o, err
			}
		}
		var err error
		o.Verification, err = e.c.verification(ctx, db)
		return o, err
	})
}

// each scans every row of a query.
func each(ctx context.Context, db *sql.DB, text string, args []any, row func(rows *sql.Rows) error) error {
	rows, err := db.QueryContext(ctx, text, args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		if err := row(rows); err != nil {
			return err
		}
	}
	return rows.Err()
}

func (e *Engine) overviewRows(ctx context.Context, db *sql.DB, o *model.Overview) error {
	text := `select 1, category, fold, integrity, count(*), min(time), max(time) from ct_events where dup = 0 group by all
		union all select 2, 1, fold, integrity, count(*), min(time), max(time) from al_events where dup = 0 group by all`
	if e.known().hours {
		text = `select log, category, fold, integrity, cast(sum(records) as bigint), min(first), max(last) from hours group by all`
	}
	return each(ctx, db, text, nil,
		func(rows *sql.Rows) error {
			var log, category, fold, integrity uint8
			var n int64
			var first, last sql.NullTime
			if err := rows.Scan(&log, &category, &fold, &integrity, &n, &first, &last); err != nil {
				return err
			}
			o.ByLog[model.Log(log)] += n
			o.ByIntegrity[model.Integrity(integrity)] += n
			if fold == 0 && category < uint8(model.Network) {
				o.Listed += n
			}
			o.DataEvents = o.DataEvents || log == uint8(model.CloudTrail) && category == uint8(model.Data)
			if first.Valid && first.Time.IsZero() {
				first.Time = first.Time.Add(time.Nanosecond) // a record may tell of the second that stands for no time
			}
			if first.Valid && (o.Span.From.IsZero() || first.Time.Before(o.Span.From)) {
				o.Span.From = first.Time.UTC()
			}
			if last.Valid && !last.Time.Add(time.Second).Before(o.Span.To) {
				o.Span.To = last.Time.UTC().Add(time.Second)
			}
			return nil
		})
}

// overviewRequests counts the requests: the rows but for those that tell of a part of one. Until the case
// is settled nobody knows, and the rows stand for them.
func (e *Engine) overviewRequests(ctx context.Context, db *sql.DB, o *model.Overview) error {
	o.Requests = o.Listed
	if o.Provisional {
		return nil
	}
	all, err := e.branches(model.Query{})
	if err != nil {
		return err
	}
	t := model.Tally{Requests: o.Listed}
	for _, b := range all {
		n, err := countWhere(ctx, db, []sqlgen.Branch{b}, partOf(b.Log))
		if err != nil {
			return fmt.Errorf("count the parts of requests: %w", err)
		}
		t.Parts += n
	}
	lines := []model.Tally{t}
	if err := loneOf(ctx, db, all, model.TallyBy{}, lines); err != nil {
		return fmt.Errorf("count the parts of requests: %w", err)
	}
	o.Requests = lines[0].Calls()
	return nil
}

func (e *Engine) overviewNames(ctx context.Context, db *sql.DB, o *model.Overview) error {
	accounts := `select distinct account from ct_events where account is not null order by 1`
	buckets := `select bucket from (select bucket from ct_events union select bucket from al_events) where bucket is not null group by 1 order by 1`
	if e.known().hours {
		accounts = `select distinct account from hours where account is not null order by 1`
		buckets = `select distinct bucket from hours where bucket is not null order by 1`
	}
	for text, into := range map[string]*[]string{accounts: &o.Accounts, buckets: &o.Buckets} {
		err := each(ctx, db, text, nil, func(rows *sql.Rows) error {
			var s string
			err := rows.Scan(&s)
			*into = append(*into, s)
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}

func overviewMembers(ctx context.Context, db *sql.DB, o *model.Overview) error {
	return each(ctx, db, `select kind, count(*), cast(sum(seen) as bigint), cast(sum(rejected) as bigint), cast(sum(duplicate) as bigint) from members group by kind`, nil,
		func(rows *sql.Rows) error {
			var kind string
			var n, seen, rejected, duplicate int64
			if err := rows.Scan(&kind, &n, &seen, &rejected, &duplicate); err != nil {
				return err
			}
			o.Members[model.MemberKind(kind)] = n
			o.Seen, o.Rejected, o.Duplicate = o.Seen+seen, o.Rejected+rejected, o.Duplicate+duplicate
			o.Stored = o.Seen - o.Rejected - o.Duplicate
			return nil
		})
}

func overviewFacts(ctx context.Context, db *sql.DB, o *model.Overview) error {
	loading := false
	defer func() {
		if loading {
			o.Unfinished = nil
		}
	}()
	return each(ctx, db, `select name, value from facts where name <> ?`, []any{factReport}, func(rows *sql.Rows) error {
		var name, value string
		if err := rows.Scan(&name, &value); err != nil {
			return err
		}
		switch name {
		case factSettled:
			o.Provisional = value != "true"
		case FactRawElsewhere:
			o.RawElsewhere = value == "true"
		case factLoading:
			loading = value != ""
		case FactUnfinished:
			if err := json.Unmarshal([]byte(value), &o.Unfinished); err != nil {
				return fmt.Errorf("read which loads did not come to their end: %w", err)
			}
		case FactWindow:
			var err error
			o.Window, err = parseWindow(value)
			return err
		}
		return nil
	})
}

// asked is what a query asks about, as far as coverage goes.
type asked struct {
	logs    map[model.Log]bool
	buckets []string
	window  model.Span
}

func askedBy(q model.Query) (asked, error) {
	a := asked{logs: map[model.Log]bool{}, window: q.Filter.Span()}
	only := model.Filter{}
	for _, t := range q.Filter.Terms {
		if t.Off {
			continue
		}
		switch t.Field {
		case model.FieldLog:
			only = only.With(t)
		case model.FieldBucket, model.FieldObject:
			if t.Op == model.Equals && !t.Not {
				a.buckets = append(a.buckets, sqlgen.Buckets(t)...)
			}
		}
	}
	all, err := sqlgen.Branches(dialect, only)
	for _, b := range all {
		a.logs[b.Log] = true
	}
	return a, err
}

// Coverage is what the evidence could have shown of what q asks about: the logs and buckets it
// names, in its window or else the case's.
func (e *Engine) Coverage(ctx context.Context, q model.Query) (model.Coverage, error) {
	return ask(ctx, e, "read what the evidence covers", func(ctx context.Context, db *sql.DB) (model.Coverage, error) {
		a, err := askedBy(q)
		if err != nil {
			return model.Coverage{}, err
		}
		var o model.Overview
		if err := overviewFacts(ctx, db, &o); err != nil {
			return model.Coverage{}, err
		}
		if a.window.IsZero() {
			a.window = o.Window
		}
		var out model.Coverage
		for _, u := range o.Unfinished {
			out.Missing = append(out.Missing, u.String())
		}
		if a.logs[model.CloudTrail] {
			err = e.coverCloudTrail(ctx, db, a, &out)
		}
		if err == nil && a.logs[model.AccessLog] {
			err = e.coverAccess(ctx, db, a, &out)
		}
		return out, err
	})
}

func (e *Engine) coverCloudTrail(ctx context.Context, db *sql.DB, a asked, out *model.Coverage) error {
	lines, err := e.coverageOf(ctx, db, a, model.CloudTrail, "account", "")
	if err != nil {
		return err
	}
	if len(lines) == 0 {
		out.Missing = append(out.Missing, "no CloudTrail records are loaded")
		return nil
	}
	data := false
	for _, l := range lines {
		data = data || l.DataEvents
	}
	if !data {
		out.Missing = append(out.Missing, "the CloudTrail records that are loaded hold no data events, so no reads or writes of objects")
	}
	out.Lines = append(out.Lines, lines...)
	for _, bucket := range a.buckets {
		lines, err := e.coverageOf(ctx, db, a, model.CloudTrail, "account", bucket)
		if err != nil {
			return err
		}
		if len(lines) == 0 {
			out.Missing = append(out.Missing, "no CloudTrail record that is loaded names bucket "+bucket)
		}
		out.Lines = append(out.Lines, lines...)
	}
	return nil
}

func (e *Engine) coverAccess(ctx context.Context, db *sql.DB, a asked, out *model.Coverage) error {
	if a.buckets == nil {
		lines, err := e.coverageOf(ctx, db, a, model.AccessLog, "bucket", "")
		if err == nil && len(lines) == 0 {
			out.Missing = append(out.Missing, "no access logs are loaded")
		}
		out.Lines = append(out.Lines, lines...)
		return err
	}
	for _, bucket := range a.buckets {
		lines, err := e.coverageOf(ctx, db, a, model.AccessLog, "bucket", bucket)
		if err != nil {
			return err
		}
		if len(lines) == 0 {
			out.Missing = append(out.Missing, "no access logs for bucket "+bucket+" are loaded")
		}
		out.Lines = append(out.Lines, lines...)
	}
	return nil
}

// hoursOf counts the clock hours a window touches; 0 when an end is open.
func hoursOf(s model.Span) int64 {
	if s.From.IsZero() || s.To.IsZero() || !s.From.Before(s.To) {
		return 0
	}
	return (s.To.Unix()-1)/3600 - s.From.Unix()/3600 + 1
}

// parseWindow reads the fact of the incident window.
func parseWindow(text string) (model.Span, error) {
	from, to, _ := strings.Cut(text, "/")
	var s model.Span
	for _, p := range []struct {
		text string
		at   *time.Time
	}{{from, &s.From}, {to, &s.To}} {
		if p.text == "" {
			continue
		}
		at, err := time.Parse(time.RFC3339, p.text)
		if err != nil {
			return model.Span{}, fmt.Errorf("incident window %q: %w", text, err)
		}
		*p.at = at.UTC()
	}
	return s, nil
}
