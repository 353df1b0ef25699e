package filter

import (
	"strings"
	"unicode"

	"trailsift/model"
)

// Print writes f so that Parse reads it back the same. A chip that is switched off begins with !.
func Print(f model.Filter) string {
	parts := make([]string, len(f.Terms))
	for i, t := range f.Terms {
		parts[i] = PrintTerm(t)
	}
	return strings.Join(parts, " ")
}

// PrintTerm writes one chip as it would be typed.
func PrintTerm(t model.Term) string {
	var b strings.Builder
	if t.Off {
		b.WriteByte('!')
	}
	if t.Not {
		b.WriteByte('-')
	}
	if t.Op == model.Contains {
		b.WriteString(quoteAlways(t.Values[0].Text))
		return b.String()
	}
	b.WriteString(fieldName(t))
	switch t.Op {
	case model.Matches:
		b.WriteString(`~"` + quotePattern(t.Values[0].Text) + `"`)
		return b.String()
	case model.Present:
		b.WriteString(":*")
		return b.String()
	}
	b.WriteString(":" + map[model.Op]string{model.Less: "<", model.AtMost: "<=", model.Greater: ">", model.AtLeast: ">="}[t.Op])
	if len(t.Values) == 1 {
		b.WriteString(printValue(t, t.Values[0]))
		return b.String()
	}
	b.WriteByte('(')
	for i, v := range t.Values {
		if i > 0 {
			b.WriteByte('|')
		}
		b.WriteString(printValue(t, v))
	}
	b.WriteByte(')')
	return b.String()
}

// printValue quotes what needs it. A literal text escapes its wild cards; a pattern has them already.
// A literal address with a slash is quoted so that it is not read as a block.
func printValue(t model.Term, v model.Value) string {
	if v.Glob {
		if v.Text == "*" {
			return `"*"` // field:* alone means present
		}
		return wrap(v.Text, escapeQuotes(v.Text))
	}
	escaped := escape(v.Text)
	if t.Field == model.FieldIP && strings.Contains(v.Text, "/") {
		if isBlock(v.Text) {
			return v.Text
		}
		return `"` + escaped + `"`
	}
	return wrap(v.Text, escaped)
}

func escape(s string) string {
	return strings.NewReplacer(`\`, `\\`, `"`, `\"`, `*`, `\*`, `?`, `\?`).Replace(s)
}

// escapeQuotes protects the quotes of a pattern and leaves its own backslashes.
func escapeQuotes(p string) string {
	var b strings.Builder
	for i := 0; i < len(p); i++ {
		switch {
		case p[i] == '\\' && i+1 < len(p):
			b.WriteByte('\\')
			i++
			b.WriteByte(p[i])
		case p[i] == '\\':
			b.WriteString(`\\`)
		case p[i] == '"':
			b.WriteString(`\"`)
		default:
			b.WriteByte(p[i])
		}
	}
	return b.String()
}

// wrap puts quotes round an escaped value when its text holds something that ends a value.
func wrap(text, escaped string) string {
	if text == "" || strings.ContainsFunc(text, needsQuotes) || strings.ContainsAny(text[:1], "<>(") {
		return `"` + escaped + `"`
	}
	return escaped
}

func needsQuotes(r rune) bool {
	return unicode.IsSpace(r) || r == '|' || r == '(' || r == ')' || r == '"' || r < 0x20
}

func quote(s string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(s) + `"`
}

func quoteAlways(s string) string { return `"` + escape(s) + `"` }

// quotePattern protects the quotes of a regular expression; nothing else is an escape there.
func quotePattern(s string) string { return strings.ReplaceAll(s, `"`, `\"`) }
