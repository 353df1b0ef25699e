package filter

import (
	"strings"

	"trailsift/model"
)

var literal = strings.NewReplacer(`\`, `\\`, "*", `\*`, "?", `\?`)

// Literal is a pattern that text alone is like.
func Literal(text string) string { return literal.Replace(text) }

// BeginsWith keeps what has a value of f that begins with text.
func BeginsWith(f model.Field, text string) model.Term {
	return model.Term{Field: f, Values: []model.Value{{Text: Literal(text) + "*", Glob: true}}}
}

// Glob tells that text is like pattern, in which * stands for any characters, ? for one, and a
// backslash makes the next character literal, as in a model.Value with Glob set.
func Glob(pattern, text string) bool {
	p, t := []rune(pattern), []rune(text)
	back, mark := -1, 0 // the last * and how far it has eaten
	i, j := 0, 0
	for j < len(t) {
		switch {
		case i < len(p) && p[i] == '*':
			back, mark = i, j
			i++
			continue
		case i < len(p) && p[i] == '?':
			i, j = i+1, j+1
			continue
		case i+1 < len(p) && p[i] == '\\':
			if p[i+1] == t[j] {
				i, j = i+2, j+1
				continue
			}
		case i < len(p) && p[i] == t[j]:
			i, j = i+1, j+1
			continue
		}
		if back < 0 {
			return false
		}
		mark++
		i, j = back+1, mark
	}
	for i < len(p) && p[i] == '*' {
		i++
	}
	return i == len(p)
}
