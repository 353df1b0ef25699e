// Package model holds the nouns that every other part of trailsift speaks in: fields, records,
// members, queries, pages, and the small interfaces where two layers meet. It knows the standard
// library only; it must not know how evidence is read, how it is stored, or how it is drawn.
package model

import "time"

// NoTime marks a record whose time is absent or could not be read. It sorts after every time.
const NoTime = int64(-1 << 63)

// Span is a half-open stretch of time, From inclusive, To exclusive. A zero bound is open.
type Span struct {
	From, To time.Time
}

// IsZero tells that neither end is set.
func (s Span) IsZero() bool { return s.From.IsZero() && s.To.IsZero() }
