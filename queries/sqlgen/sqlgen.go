// Package sqlgen turns a model.Query into SQL text and arguments. Every value of a filter becomes a
// parameter; identifiers come from the column list of this package and from nowhere else. It must
// not know how SQL is run or what the rows look like in Go.
package sqlgen

import (
	"fmt"
	"slices"
	"strings"

	"trailsift/model"
)

// Limits of one filter, so that a hostile preset cannot make planning it take for ever.
const (
	MaxTerms     = 500
	MaxValues    = 20_000
	MaxTextBytes = 1 << 20
)

// Branch is a part of what one of the two event tables contributes to a query. The branches of a
// query have no row in common.
type Branch struct {
	Log   model.Log
	Table string
	Where string // a condition over Table's columns
	Args  []any
}

// Logs are the tables a query can draw from, in the order of their log codes.
var tables = map[model.Log]string{model.CloudTrail: "ct_events", model.AccessLog: "al_events"}

// Error says what is wrong with a term, in words for its author.
type Error struct {
	Field model.Field
	Text  string
}

// Error is the sentence.
func (e *Error) Error() string {
	if e.Field == model.FieldAny {
		return e.Text
	}
	return string(e.Field) + ": " + e.Text
}

func wrong(f model.Field, format string, args ...any) error {
	return &Error{Field: f, Text: fmt.Sprintf(format, args...)}
}

// Branches are the tables q draws from with their conditions. A table that cannot hold a row of the
// result is left out, so the list may be empty; a table may stand in it twice.
func Branches(d Dialect, f model.Filter) ([]Branch, error) {
	if err := checkSize(f); err != nil {
		return nil, err
	}
	scope := scopeOf(f)
	var out []Branch
	for _, log := range []model.Log{model.CloudTrail, model.AccessLog} {
		parts, err := conditionsOf(d, f, log, scope)
		if err != nil {
			return nil, err
		}
		for _, c := range parts {
			if !c.isFalse() {
				out = append(out, Branch{Log: log, Table: tables[log], Where: c.text(), Args: c.args})
			}
		}
	}
	return out, nil
}

// scope is which rows count at all, apart from what the terms say.
type scope struct {
	duplicates bool // rows told by another record too
	folded     bool // access-log lines folded into a CloudTrail record
	unusual    bool // network, insight and aggregated events
}

func scopeOf(f model.Filter) scope {
	s := scope{unusual: f.Names(model.FieldCategory)}
	for _, t := range f.Terms {
		if t.Field == model.FieldRecords && !t.Off && !t.Not {
			s.duplicates, s.folded = true, true
		}
	}
	s.folded = s.folded || leavesOnlyAccess(f) || asksOnlyAccess(f)
	return s
}

// CountsOnce tells that f leaves out what is counted elsewhere already: duplicates, folded lines and
// events of the unusual categories.
func CountsOnce(f model.Filter) bool { return scopeOf(f) == scope{} }

// asksOnlyAccess tells that f wants a value of a field that no CloudTrail record has: the folded lines
// are the only ones that can have it.
func asksOnlyAccess(f model.Filter) bool {
	return slices.ContainsFunc(f.Terms, func(t model.Term) bool {
		return !t.Off && !t.Not && slices.Contains(lacks[model.CloudTrail], t.Field)
	})
}

// leavesOnlyAccess tells that the terms on log keep access-log lines and no CloudTrail record: who
// asks for the access log wants its lines, folded ones too.
func leavesOnlyAccess(f model.Filter) bool {
	access, cloudtrail := f.Names(model.FieldLog), true
	for _, t := range f.Terms {
		if t.Field != model.FieldLog || t.Off {
			continue
		}
		codes, err := enumCodes(model.FieldLog, model.LogNames, t)
		if err != nil {
			return false
		}
		access = access && slices.Contains(codes, int(model.AccessLog)) != t.Not
		cloudtrail = cloudtrail && slices.Contains(codes, int(model.CloudTrail)) != t.Not
	}
	return access && !cloudtrail
}

// conditionsOf are the conditions on the rows of one log; together they keep what f keeps, and no
// row is kept by two. The objects that a copy read make the second one: asked for in one condition
// with the objects themselves, they would have every row looked at.
func conditionsOf(d Dialect, f model.Filter, log model.Log, s scope) ([]cond, error) {
	var all []cond
	if !s.duplicates {
		all = append(all, fixed("dup = 0"))
	}
	if !s.folded && log == model.AccessLog {
		all = append(all, fixed("fold = 0"))
	}
	if !s.unusual && log == model.CloudTrail {
		all = append(all, fixed("category < 3"))
	}
	b := builder{d: d, log: log, once: s == scope{}}
	b.listed = b.once && d.Objects != ""
	var main, source cond
	split, numbered := false, false
	for _, t := range f.Terms {
		if t.Off {
			continue
		}
		if t.Field == model.FieldObject && !t.Not && !split && t.Op != model.Present {
			var err error
			if main, source, err = b.objectOrSource(t); err != nil {
				return nil, err
			}
			split, numbered = true, b.numbered(t)
			continue
		}
		c, err := b.term(t)
		if err != nil {
			return nil, err
		}
		all = append(all, c)
	}
	if !split {
		return []cond{and(all...)}, nil
	}
	all = all[:len(all):len(all)]
	// What both keep is the one's whose columns are cheaper to read again.
	if numbered {
		return []cond{and(append(all, main)...), and(append(all, source, source.then(not(main)))...)}, nil
	}
	return []cond{and(append(all, main, not(source))...), and(append(all, source)...)}, nil
}

func checkSize(f model.Filter) error {
	values, size := 0, 0
	for _, t := range f.Terms {
		values += len(t.Values)
		size += len(t.Path)
		for _, v := range t.Values {
			size += len(v.Text)
		}
	}
	switch {
	case len(f.Terms) > MaxTerms:
		return wrong(model.FieldAny, "the filter has %d terms; %d are allowed", len(f.Terms), MaxTerms)
	case values > MaxValues:
		return wrong(model.FieldAny, "the filter has %d values; %d are allowed", values, MaxValues)
	case size > MaxTextBytes:
		return wrong(model.FieldAny, "the filter holds %d bytes of text; %d are allowed", size, MaxTextBytes)
	}
	return nil
}

// Select is the list of expressions that yield fields of a branch, in order.
func Select(d Dialect, log model.Log, fields []model.Field) (string, error) {
	out := make([]string, len(fields))
	for i, f := range fields {
		c, ok := columnOf(log, f)
		if !ok {
			return "", wrong(f, "is no field that can be listed")
		}
		out[i] = d.shown(c) + ` as "` + string(f) + `"`
	}
	return strings.Join(out, ", "), nil
}

// Value is the expression that yields one field of a branch; enums come as codes, 0 as absent.
func Value(d Dialect, log model.Log, f model.Field) (string, error) {
	return Select(d, log, []model.Field{f})
}

// SortKey is the expression a branch is sorted by: null where the field is absent.
func SortKey(log model.Log, f model.Field) (string, error) {
	if f == "" {
		f = model.FieldTime
	}
	c, ok := columnOf(log, f)
	if !ok {
		return "", wrong(f, "is no field to sort by")
	}
	if c.codes {
		return "nullif(" + c.expr + ", 0)", nil
	}
	return c.expr, nil
}

// Code is the expression of a column as it is stored: an enum's code, 0 where it is absent.
func Code(log model.Log, f model.Field) string {
	c, _ := columnOf(log, f)
	return c.expr
}
