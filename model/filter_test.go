package model

import (
	"testing"
	"time"
)

func TestTheSpanOfAFilterIsWhatItsActiveEndsLeave(t *testing.T) {
	end := func(f Field, text string) Term { return Term{Field: f, Values: []Value{{Text: text}}} }
	off, not, two := end(FieldSince, "2026-03-05T00:00:00Z"), end(FieldUntil, "2026-03-05T00:00:00Z"), end(FieldUntil, "2026-03-05T00:00:00Z")
	off.Off, not.Not, two.Values = true, true, append(two.Values, Value{Text: "2026-03-06T00:00:00Z"})
	at := func(day int) time.Time { return time.Date(2026, 3, day, 0, 0, 0, 0, time.UTC) }
	for name, c := range map[string]struct {
		terms []Term
		want  Span
	}{
		"nothing":                   {nil, Span{}},
		"both ends":                 {[]Term{end(FieldSince, "2026-03-02T00:00:00Z"), end(FieldUntil, "2026-03-04T01:00:00+01:00")}, Span{From: at(2), To: at(4)}},
		"one end":                   {[]Term{end(FieldUntil, "2026-03-04T00:00:00Z"), end(FieldBucket, "2026-03-02T00:00:00Z")}, Span{To: at(4)}},
		"what is off, not or twice": {[]Term{off, not, two}, Span{}},
		"no time":                   {[]Term{end(FieldSince, "yesterday")}, Span{}},
	} {
		if got := (Filter{Terms: c.terms}).Span(); got != c.want {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
	}
}
