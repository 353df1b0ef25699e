// Package filter is the language filters are typed in: it reads text into a model.Filter, prints a
// filter so that reading it gives the same filter again, names a term as its chip does, and completes
// text while it is typed. It must not know how a filter is run, nor SQL, nor where text comes from.
package filter

import (
	"fmt"
	"time"
	"unicode/utf8"

	"trailsift/model"
	"trailsift/model/safe"
)

// Limits of one filter. They keep the typing of a filter and the planning of its query immediate; a
// pasted list of two thousand addresses still fits.
const (
	MaxText   = 256 << 10 // bytes of text
	MaxTerms  = 256
	MaxValues = 5000 // alternatives in all terms together
	maxRegexp = 4096 // bytes of one regular expression
)

// Context is what the meaning of a text depends on besides the text.
type Context struct {
	// End is the time of the newest record: since:-7d counts from it. Zero when there is none.
	End time.Time
	// Params are the values of the placeholders {name} of a preset. A placeholder is read as the
	// values it stands for, whatever characters they hold, and never as part of the language; a term
	// whose placeholder has no values is left out. When Params is nil braces are ordinary.
	Params map[string][]model.Value
}

// Error says what is wrong with a text, in a printable sentence, and which of its bytes are meant.
type Error struct {
	From, To int // byte range in the text
	Text     string
}

// Error is the sentence.
func (e *Error) Error() string { return e.Text }

// Parse reads a filter. Every error is an *Error.
func Parse(text string, ctx Context) (model.Filter, error) {
	if len(text) > MaxText {
		return model.Filter{}, fail(MaxText, len(text), "the filter is longer than %d bytes", MaxText)
	}
	if i := invalidAt(text); i >= 0 {
		return model.Filter{}, fail(i, i+1, "the filter is not UTF-8 text from byte %d on", i)
	}
	s := scanner{text: text, ctx: ctx}
	for s.skip(); s.at < len(text); s.skip() {
		if len(s.read) == MaxTerms {
			return model.Filter{}, fail(s.at, len(text), "a filter has at most %d conditions", MaxTerms)
		}
		if err := s.term(); err != nil {
			return model.Filter{}, err
		}
	}
	return s.finish()
}

// clipped bounds how much of a typed word an error repeats, in characters.
const clipped = 60

// fail makes an Error whose text arguments are printable.
func fail(from, to int, format string, args ...any) error {
	for i, a := range args {
		if s, ok := a.(string); ok {
			args[i] = safe.Cut(s, clipped).String()
		}
	}
	return &Error{From: from, To: to, Text: fmt.Sprintf(format, args...)}
}

func invalidAt(s string) int {
	for i, r := range s {
		if r == utf8.RuneError {
			if _, size := utf8.DecodeRuneInString(s[i:]); size == 1 {
				return i
			}
		}
	}
	return -1
}
