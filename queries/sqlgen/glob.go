package sqlgen

import (
	"regexp"
	"strings"

	"trailsift/model"
)

// piece is a stretch of literal text or one wildcard.
type piece struct {
	text string
	wild byte // '*', '?', or 0 for text
}

// pieces takes a value apart. Without Glob it is one piece of text.
func pieces(v model.Value) []piece {
	if !v.Glob {
		return []piece{{text: v.Text}}
	}
	var out []piece
	var lit strings.Builder
	flush := func() {
		if lit.Len() > 0 {
			out = append(out, piece{text: lit.String()})
			lit.Reset()
		}
	}
	for i := 0; i < len(v.Text); i++ {
		switch c := v.Text[i]; {
		case c == '\\' && i+1 < len(v.Text):
			i++
			lit.WriteByte(v.Text[i])
		case c == '*' || c == '?':
			flush()
			if c == '*' && len(out) > 0 && out[len(out)-1].wild == '*' {
				continue
			}
			out = append(out, piece{wild: c})
		default:
			lit.WriteByte(c)
		}
	}
	flush()
	if out == nil {
		out = []piece{{}}
	}
	return out
}

func literal(p []piece) (string, bool) {
	if len(p) == 1 && p[0].wild == 0 {
		return p[0].text, true
	}
	return "", false
}

// shape spells p with T for text and the wildcards themselves.
func shape(p []piece) string {
	var b strings.Builder
	for _, x := range p {
		if x.wild == 0 {
			b.WriteByte('T')
		} else {
			b.WriteByte(x.wild)
		}
	}
	return b.String()
}

// expression is p as an RE2 expression that is not anchored.
func expression(p []piece) string {
	var b strings.Builder
	for _, x := range p {
		switch x.wild {
		case '*':
			b.WriteString(".*")
		case '?':
			b.WriteString(".")
		default:
			b.WriteString(regexp.QuoteMeta(x.text))
		}
	}
	return b.String()
}

// glob compares expr, a text, with v. fold ignores case.
func (b builder) glob(expr string, v model.Value, fold bool) cond {
	p := pieces(v)
	if fold {
		expr = b.d.Fold(expr)
		for i := range p {
			p[i].text = strings.ToLower(p[i].text)
		}
	}
	switch shape(p) {
	case "T":
		return fixed(expr+" = ?", p[0].text)
	case "*":
		return fixed(expr + " is not null")
	case "T*":
		return fixed(b.d.StartsWith(expr), p[0].text)
	case "*T":
		return fixed(b.d.EndsWith(expr), p[1].text)
	case "*T*":
		return fixed(b.d.Contains(expr), p[1].text)
	}
	return fixed(b.d.Like(expr), likePattern(p))
}
