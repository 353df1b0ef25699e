package model

import (
	"slices"
	"time"
)

// Op compares a field with the values of a Term.
type Op uint8

// The comparisons.
const (
	Equals   Op = iota // field:value; a value with Glob set is a pattern; an IP value may be a CIDR block
	Matches            // field~value, RE2
	Less               // field:<value
	AtMost             // field:<=value
	Greater            // field:>value
	AtLeast            // field:>=value
	Present            // field:*, no values
	Contains           // a bare word, ignoring case, in any text column
)

// Value is one alternative of a Term. When Glob is set, * and ? in Text are wild and a backslash
// makes the next character literal; otherwise Text is taken as it is.
type Value struct {
	Text string
	Glob bool
}

// Term is one chip of the filter bar. It keeps a row when any of its values does, or when none does
// if Not is set; a row whose field is absent is kept by Not and by nothing else.
type Term struct {
	Field  Field
	Path   string // of FieldJSON, members joined by dots
	Op     Op
	Values []Value
	Not    bool
	Off    bool // still on screen, but keeps every row
}

// Filter is the one immutable value that list, count, facets, bars and exports derive from: all of
// its terms must hold. Times are absolute: since and until hold RFC 3339 in UTC.
type Filter struct {
	Terms []Term
}

// With returns a copy of f that also demands t.
func (f Filter) With(t Term) Filter {
	return Filter{Terms: append(slices.Clip(slices.Clone(f.Terms)), t)}
}

// Without returns a copy of f that lacks its i-th term.
func (f Filter) Without(i int) Filter {
	return Filter{Terms: slices.Delete(slices.Clone(f.Terms), i, i+1)}
}

// Replace returns a copy of f whose i-th term is t.
func (f Filter) Replace(i int, t Term) Filter {
	c := slices.Clone(f.Terms)
	c[i] = t
	return Filter{Terms: c}
}

// Only returns a copy of f in which t stands in place of every term on its field and path.
func (f Filter) Only(t Term) Filter {
	var out []Term
	for _, o := range f.Terms {
		if o.Field != t.Field || o.Path != t.Path {
			out = append(out, o)
		}
	}
	return Filter{Terms: append(out, t)}
}

// Span is what the active since and until of f leave of time; an end that none names is zero, as is one whose
// text is no time. Of several on one end the last counts.
func (f Filter) Span() Span {
	var s Span
	for _, t := range f.Terms {
		if t.Off || t.Not || len(t.Values) != 1 {
			continue
		}
		at, _ := time.Parse(time.RFC3339, t.Values[0].Text)
		switch t.Field {
		case FieldSince:
			s.From = at.UTC()
		case FieldUntil:
			s.To = at.UTC()
		}
	}
	return s
}

// Equal tells that two filters have the same terms in the same order.
func (f Filter) Equal(g Filter) bool {
	return slices.EqualFunc(f.Terms, g.Terms, func(a, b Term) bool {
		return a.Field == b.Field && a.Path == b.Path && a.Op == b.Op && a.Not == b.Not && a.Off == b.Off &&
			slices.Equal(a.Values, b.Values)
	})
}

// Names tells that an active term of f is on field.
func (f Filter) Names(field Field) bool {
	return slices.ContainsFunc(f.Terms, func(t Term) bool { return t.Field == field && !t.Off })
}
