package store

import (
	"context"
	"database/sql"
	"slices"
	"sort"
	"time"

	"trailsift/model"
	"trailsift/queries/sqlgen"
)

// A sum is a small table of the settler's that adds up the rows of both tables of events, so that a
// question about nothing else than its fields is answered without looking at every row.
type sum struct {
	table  string
	fields []model.Field // what a filter may name
	time   bool          // by clock hour
}

var (
	hourSums = sum{"hours", []model.Field{model.FieldLog, model.FieldCategory, model.FieldIntegrity, model.FieldAccount, model.FieldBucket, model.FieldOutcome}, true}
	actSums  = sum{"acts", []model.Field{model.FieldLog, model.FieldCategory, model.FieldIntegrity, model.FieldOp, model.FieldOutcome, model.FieldEnc, model.FieldWitness}, true}
	kindSums = sum{"kinds", []model.Field{model.FieldLog, model.FieldCategory, model.FieldIntegrity, model.FieldBucket, model.FieldOp, model.FieldOutcome, model.FieldEnc, model.FieldWitness}, false}
)

const (
	eachRow = "count(*)"                     // the rows of a table of events
	summed  = "cast(sum(records) as bigint)" // the same of a sum
)

// sumsFor are the sums that decide q, the smallest first.
func (e *Engine) sumsFor(q model.Query) (out []sum) {
	if !e.known().hours {
		return nil
	}
	for _, s := range []sum{kindSums, actSums, hourSums} {
		if s.decides(q.Filter) {
			out = append(out, s)
		}
	}
	return out
}

// hourly is the smallest sum of hours that decides q.
func (e *Engine) hourly(q model.Query) (s sum, ok bool) {
	all := e.sumsFor(q)
	i := slices.IndexFunc(all, func(s sum) bool { return s.time })
	if i < 0 {
		return sum{}, false
	}
	return all[i], true
}

// plan is what a sum of hours, which decides f, tells of f's rows.
func (s sum) plan(ctx context.Context, db *sql.DB, f model.Filter) (*plan, error) {
	all, err := s.branches(model.Query{Filter: f})
	if err != nil {
		return nil, err
	}
	found, err := tally(ctx, db, all, "epoch_us(time) // 1000000", summed, "")
	return newPlan(f, int64(time.Hour/time.Second), found), err
}

// Summed tells that q is counted without looking at its rows, or was counted already.
func (e *Engine) Summed(q model.Query) bool {
	if len(e.sumsFor(q)) > 0 {
		return true
	}
	_, ok := e.recalled(countOf(q))
	return ok
}

// decides tells that the sum holds all that f names. A time does where it is a whole hour.
func (s sum) decides(f model.Filter) bool {
	for _, t := range f.Terms {
		switch {
		case t.Off || slices.Contains(s.fields, t.Field):
		case s.time && (t.Field == model.FieldSince || t.Field == model.FieldUntil) && wholeHours(t):
		default:
			return false
		}
	}
	return true
}

func wholeHours(t model.Term) bool {
	if t.Not || len(t.Values) != 1 {
		return false
	}
	at, err := time.Parse(time.RFC3339, t.Values[0].Text)
	return err == nil && at.Equal(at.Truncate(time.Hour))
}

// branches are those of q over the sum. Rows that another record tells as well are in no sum.
func (s sum) branches(q model.Query) ([]sqlgen.Branch, error) {
	all, err := sqlgen.Branches(dialect, q.Filter)
	for i, b := range all {
		at := ""
		if s.time {
			at = `"hour" as time, `
		}
		all[i].Table = "(select cast(0 as utinyint) as dup, " + at + "* from " + s.table + " where log = " + sqlgen.Code(b.Log, model.FieldLog) + ")"
	}
	return all, err
}

// outerHours is the time between the first hours of the case and its last ones, of which both have about
// outerRows rows; nothing where that is not known, or most rows would be in them.
func (e *Engine) outerHours(ctx context.Context, db *sql.DB) (model.Span, error) {
	e.mu.Lock()
	outer, hours := e.outer, e.facts.hours
	e.mu.Unlock()
	switch {
	case outer != nil:
		return *outer, nil
	case !hours:
		return model.Span{}, nil
	}
	p, err := hourSums.plan(ctx, db, model.Filter{})
	if err != nil {
		return model.Span{}, err
	}
	outer = &model.Span{}
	if all := p.sum(); all >= 4*outerRows {
		first := sort.Search(len(p.starts), func(i int) bool { return p.before[i] >= outerRows })
		last := sort.Search(len(p.starts), func(i int) bool { return p.before[i+1] > all-outerRows })
		if first <= last {
			*outer = model.Span{From: p.span(first, first).From, To: p.span(last, last).From}
		}
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.facts.hours {
		e.outer = outer
	}
	return *outer, nil
}

// atEnd tells that t lies in the first or the last of the hours that outerHours gives, whichever a list begins with.
func atEnd(outer model.Span, t time.Time, desc bool) bool {
	if desc {
		return !outer.IsZero() && !t.Before(outer.To)
	}
	return t.Before(outer.From)
}
