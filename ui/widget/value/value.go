// Package value turns field values into printable text and into filter terms. It must not know how
// they were found or where they are drawn.
package value

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"trailsift/model"
	"trailsift/model/filter"
	"trailsift/model/safe"
	"trailsift/model/secret"
)

// Absent is how a missing value is named.
const Absent = "(absent)"

// Plain is v as text, unsanitised: for the clipboard after sanitising and for filter terms.
func Plain(v any) string {
	switch v := v.(type) {
	case nil:
		return ""
	case string:
		return v
	case int64:
		return strconv.FormatInt(v, 10)
	case bool:
		return strconv.FormatBool(v)
	case time.Time:
		return v.UTC().Format(time.RFC3339)
	case []string:
		return strings.Join(v, "|")
	}
	return fmt.Sprint(v)
}

// Text is v as it may be printed.
func Text(v any) safe.Text { return safe.New(Plain(v)) }

// cellLimit bounds what is made printable for one cell, in characters; the detail shows the rest.
const cellLimit = 512

// Short is as much of v as a cell can show.
func Short(v any) safe.Text { return safe.Cut(Plain(v), cellLimit) }

// Term is the condition that a row has v in field: for a missing value, that it is missing.
func Term(field model.Field, v any, not bool) model.Term {
	t := model.Term{Field: field, Op: model.Equals, Not: not}
	switch v := v.(type) {
	case nil:
		return model.Term{Field: field, Op: model.Present, Not: !not}
	case []string:
		if len(v) == 0 {
			return model.Term{Field: field, Op: model.Present, Not: !not}
		}
		for _, s := range v {
			t.Values = append(t.Values, model.Value{Text: s})
		}
	default:
		t.Values = []model.Value{valueOf(Plain(v))}
	}
	return t
}

// valueOf demands a text. Where marks stand in the places of secrets, anything may: the mark is not
// what the evidence holds.
func valueOf(text string) model.Value {
	if secret.Marks(text) == 0 {
		return model.Value{Text: text}
	}
	parts := secret.Around(text)
	for i, p := range parts {
		parts[i] = filter.Literal(p)
	}
	return model.Value{Text: strings.Join(parts, "*"), Glob: true}
}

// Count prints n in groups of three.
func Count(n int64) string {
	s := strconv.FormatInt(n, 10)
	neg := strings.HasPrefix(s, "-")
	s = strings.TrimPrefix(s, "-")
	var b strings.Builder
	for i, r := range s {
		if i > 0 && (len(s)-i)%3 == 0 {
			b.WriteByte(' ')
		}
		b.WriteRune(r)
	}
	if neg {
		return "-" + b.String()
	}
	return b.String()
}

// Of prints n and the noun it counts, in the plural where that is due.
func Of(n int64, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return Count(n) + " " + many
}

// Remarks says what stands beside a number of requests: in how many rows they are told, where that
// is another number, and how many of those were denied.
func Remarks(requests, rows, denied int64) string {
	var parts []string
	if rows > requests {
		parts = append(parts, "in "+Of(rows, "row", "rows"))
	}
	if denied > 0 {
		parts = append(parts, Count(denied)+" denied")
	}
	return strings.Join(parts, ", ")
}

// Bytes prints a size in powers of 1024.
func Bytes(n int64) string {
	units := []string{"B", "KB", "MB", "GB", "TB", "PB"}
	f, i := float64(n), 0
	for f >= 1024 && i < len(units)-1 {
		f, i = f/1024, i+1
	}
	if i == 0 {
		return strconv.FormatInt(n, 10) + " B"
	}
	return strconv.FormatFloat(f, 'f', 1, 64) + " " + units[i]
}

// Time prints t to the second with its Z, or says that there is none.
func Time(t time.Time) string {
	if t.IsZero() {
		return "no time"
	}
	return t.UTC().Format("2006-01-02 15:04:05Z")
}

// Span prints a span without inventing ends it does not have.
func Span(s model.Span) string {
	switch {
	case s.IsZero():
		return "no time"
	case s.From.IsZero():
		return "until " + Time(s.To)
	case s.To.IsZero():
		return "from " + Time(s.From)
	}
	return Time(s.From) + " to " + Time(s.To)
}

// Duration prints d in the largest whole unit.
func Duration(d time.Duration) string {
	switch {
	case d >= 24*time.Hour && d%(24*time.Hour) == 0:
		return strconv.FormatInt(int64(d/(24*time.Hour)), 10) + " d"
	case d >= time.Hour && d%time.Hour == 0:
		return strconv.FormatInt(int64(d/time.Hour), 10) + " h"
	case d >= time.Minute && d%time.Minute == 0:
		return strconv.FormatInt(int64(d/time.Minute), 10) + " min"
	}
	return strconv.FormatInt(int64(d/time.Second), 10) + " s"
}

// Quote makes s one word of a POSIX shell.
func Quote(s string) string {
	if s != "" && strings.Trim(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_./:=@%+,-") == "" {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}

// Dollars writes a price that is an estimate.
func Dollars(x float64) string {
	switch {
	case x <= 0:
		return "$0"
	case x < 0.01:
		return "< $0.01"
	}
	return fmt.Sprintf("$%.2f", x)
}
