package filter

import "unicode/utf8"

// Glob tells that s matches a pattern of model.Value: * is any text, ? one character, a backslash
// makes the next character literal.
func Glob(pattern, s string) bool {
	// The last star and where its text would begin, to come back to.
	star, from := -1, 0
	i, j := 0, 0
	for j < len(s) {
		if i < len(pattern) {
			switch c := pattern[i]; {
			case c == '*':
				star, from = i, j
				i++
				continue
			case c == '?':
				_, n := utf8.DecodeRuneInString(s[j:])
				i, j = i+1, j+n
				continue
			default:
				k := i
				if c == '\\' && i+1 < len(pattern) {
					k = i + 1
				}
				if pattern[k] == s[j] {
					i, j = k+1, j+1
					continue
				}
			}
		}
		if star < 0 {
			return false
		}
		_, n := utf8.DecodeRuneInString(s[from:])
		from += n
		i, j = star+1, from
	}
	for i < len(pattern) && pattern[i] == '*' {
		i++
	}
	return i == len(pattern)
}
