package store

import (
	"slices"
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
	kindSums = sum{"kinds", []model.Field{model.FieldLog, model.FieldCategory, model.FieldIntegrity, model.FieldBucket, model.FieldOp, model.FieldOutcome, model.FieldEnc}, false}
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
	for _, s := range []sum{kindSums, hourSums} {
		if s.decides(q.Filter) {
			out = append(out, s)
		}
	}
	return out
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
