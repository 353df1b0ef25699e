package cloudtrail

import "bytes"

// skipper finds the end of a value by its brackets alone, in text that is no JSON, is nested too
// deeply, or is too large to hold. It can go on where the last window ended.
type skipper struct {
	depth, deepest  int
	inText, escaped bool
}

// run goes on at b[i]. Behind the closing bracket of a list or object it is done. A value that is
// neither ends before the next comma or closing bracket.
func (s *skipper) run(b []byte, i int) (end int, done bool) {
	for ; i < len(b); i++ {
		c := b[i]
		if s.inText {
			switch {
			case s.escaped:
				s.escaped = false
			case c == '\\':
				s.escaped = true
			case c == '"':
				s.inText = false
			}
			continue
		}
		switch c {
		case '"':
			s.inText = true
		case '{', '[':
			s.depth++
			s.deepest = max(s.deepest, s.depth)
		case '}', ']':
			if s.depth == 0 {
				return i, true
			}
			if s.depth--; s.depth == 0 {
				return i + 1, true
			}
		case ',':
			if s.depth == 0 {
				return i, true
			}
		}
	}
	return i, false
}

// objectLine is the first line behind i that begins with an object, or negative: in JSON lines every
// record begins so, in pretty-printed objects only the outermost ones do.
func objectLine(b []byte, i int) int {
	for i < len(b) {
		n := bytes.IndexByte(b[i:], '\n')
		if n < 0 || i+n+1 >= len(b) {
			return -1
		}
		if i += n + 1; b[i] == '{' {
			return i
		}
	}
	return -1
}
