package filter

import (
	"fmt"
	"strings"

	"trailsift/model"
	"trailsift/model/safe"
)

// Print writes f as text that Parse reads as f again, whatever its values hold. Every character of
// the text is printable; those of a value that are not stand as escapes.
func Print(f model.Filter) string {
	var b strings.Builder
	for i, t := range f.Terms {
		if i > 0 {
			b.WriteByte(' ')
		}
		b.WriteString(PrintTerm(t))
	}
	return b.String()
}

// PrintTerm writes one term.
func PrintTerm(t model.Term) string {
	var b strings.Builder
	if t.Off {
		b.WriteByte('!')
	}
	if t.Not {
		b.WriteByte('-')
	}
	if t.Field != model.FieldAny {
		b.WriteString(string(t.Field))
	}
	if t.Field == model.FieldJSON {
		b.WriteString("." + printPath(t.Path))
	}
	switch t.Op {
	case model.Contains:
	case model.Matches:
		b.WriteString("~")
	case model.Less:
		b.WriteString(":<")
	case model.AtMost:
		b.WriteString(":<=")
	case model.Greater:
		b.WriteString(":>")
	case model.AtLeast:
		b.WriteString(":>=")
	case model.Present:
		return b.String() + ":*"
	default:
		b.WriteString(":")
	}
	b.WriteString(printValues(t))
	return b.String()
}

func printValues(t model.Term) string {
	parts := make([]string, len(t.Values))
	for i, v := range t.Values {
		parts[i] = printValue(t, v)
	}
	if len(parts) == 1 {
		return parts[0]
	}
	return "(" + strings.Join(parts, "|") + ")"
}

func printValue(t model.Term, v model.Value) string {
	in, _ := model.Lookup(t.Field)
	switch {
	case t.Op == model.Matches:
		return printRegexp(v.Text)
	case in.Kind == model.KindSize:
		return printSize(v.Text)
	}
	extra := ":+=@%,"
	if t.Op == model.Contains {
		extra = "@"
	}
	bare := v.Text != "" && (in.Kind != model.KindIP || v.Glob || plainAddress(v.Text))
	return quote(v, bare, extra)
}

// quote writes a value, without quotes where bare allows it and its characters need none.
func quote(v model.Value, bare bool, extra string) string {
	whole := safe.New(v.Text).String() == v.Text
	var b strings.Builder
	wild := false // the last rune was a backslash of a pattern
	for i, r := range v.Text {
		switch {
		case v.Glob && !wild && r == '\\' && i+1 < len(v.Text):
			wild = true
			continue
		case v.Glob && !wild && (r == '*' || r == '?'):
			b.WriteRune(r)
			continue
		case r == '"' || r == '\\' || r == '*' || r == '?':
			b.WriteByte('\\')
			b.WriteRune(r)
		case whole || visible(r) && !combining(r):
			b.WriteRune(r)
		default:
			b.WriteString(escapeRune(r))
		}
		wild = false
		bare = bare && (alphanumeric(byte(min(r, 0x7f))) || strings.ContainsRune("_./"+extra, r) || i > 0 && r == '-')
	}
	if bare {
		return b.String()
	}
	return `"` + b.String() + `"`
}

func escapeRune(r rune) string {
	switch r {
	case '\n':
		return `\n`
	case '\r':
		return `\r`
	case '\t':
		return `\t`
	}
	return fmt.Sprintf(`\u{%X}`, r)
}

// combining tells that r is drawn over the character before it.
func combining(r rune) bool { return r >= 0x300 && safe.New(string(r)).String() != string(r) }

// printRegexp quotes an expression: its backslashes stay, a quote that none stands before is doubled.
func printRegexp(text string) string {
	var b strings.Builder
	b.WriteByte('"')
	for i := 0; i < len(text); i++ {
		c := text[i]
		if c == '\\' && i+1 < len(text) {
			b.WriteByte(c)
			i++
			b.WriteByte(text[i])
			continue
		}
		if c == '"' {
			b.WriteByte(c)
		}
		b.WriteByte(c)
	}
	b.WriteByte('"')
	return b.String()
}
