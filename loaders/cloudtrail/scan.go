package cloudtrail

import (
	"encoding/binary"
	"math/bits"
)

// What a scan returns instead of a position.
const (
	short = -1 // the bytes end inside the value
	bad   = -2 // it is no JSON; why and fault tell more
	deep  = -3 // nested deeper than limit
)

// scanner goes over JSON (RFC 8259) without building anything. It is as strict as encoding/json,
// because texts it has passed are stored as JSON.
type scanner struct {
	b     []byte
	limit int // deepest nesting
	why   string
	fault int  // where, of a bad one
	lone  bool // a surrogate escape without its partner was passed
}

func (s *scanner) fail(at int, why string) int {
	s.fault, s.why = at, why
	return bad
}

func (s *scanner) space(i int) int {
	for i < len(s.b) && (s.b[i] == ' ' || s.b[i] == '\n' || s.b[i] == '\r' || s.b[i] == '\t') {
		i++
	}
	return i
}

const (
	ones  = 0x0101010101010101
	highs = 0x8080808080808080
)

// stops marks the first byte of w that is a quote, a backslash or a control character by its high
// bit. Bytes after the first may be marked wrongly.
func stops(w uint64) uint64 {
	quote, slash := w^('"'*ones), w^('\\'*ones)
	return ((quote-ones)&^quote | (slash-ones)&^slash | (w-' '*ones)&^w) & highs
}

// text passes the string that begins at b[i]. escaped tells that its value is not its bytes.
func (s *scanner) text(i int) (end int, escaped bool) {
	b := s.b
	i++
	for {
		for i+8 <= len(b) {
			if m := stops(binary.LittleEndian.Uint64(b[i:])); m != 0 {
				i += bits.TrailingZeros64(m) >> 3
				goto stop
			}
			i += 8
		}
		for i < len(b) && b[i] != '"' && b[i] != '\\' && b[i] >= ' ' {
			i++
		}
		if i >= len(b) {
			return short, escaped
		}
	stop:
		switch {
		case b[i] == '"':
			return i + 1, escaped
		case b[i] < ' ':
			return s.fail(i, "a control character stands in a text"), escaped
		}
		escaped = true
		if i = s.escape(i); i < 0 {
			return i, true
		}
	}
}

// escape passes the escape that begins at b[i].
func (s *scanner) escape(i int) int {
	if i+1 >= len(s.b) {
		return short
	}
	switch s.b[i+1] {
	case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
		return i + 2
	case 'u':
	default:
		return s.fail(i, "a text holds an escape that JSON does not have")
	}
	if i+6 > len(s.b) {
		return short
	}
	u := hex4(s.b[i+2 : i+6])
	switch {
	case u < 0:
		return s.fail(i, `a \u is not followed by four hexadecimal digits`)
	case u < 0xd800 || u > 0xdfff:
		return i + 6
	case u < 0xdc00:
		// The other half follows, and at least a quote after it.
		if i+6 >= len(s.b) || s.b[i+6] == '\\' && (i+7 >= len(s.b) || s.b[i+7] == 'u' && i+12 >= len(s.b)) {
			return short
		}
		if low(s.b, i+6) >= 0 {
			return i + 12
		}
	}
	s.lone = true
	return i + 6
}

// low is the second half of a surrogate pair that begins at b[i], or negative.
func low(b []byte, i int) rune {
	if i+6 > len(b) || b[i] != '\\' || b[i+1] != 'u' {
		return -1
	}
	if u := hex4(b[i+2 : i+6]); u >= 0xdc00 && u <= 0xdfff {
		return u
	}
	return -1
}

// hex4 is the number that four hexadecimal digits write, or negative.
func hex4(b []byte) rune {
	var u rune
	for _, c := range b[:4] {
		switch {
		case c >= '0' && c <= '9':
			c -= '0'
		case c|0x20 >= 'a' && c|0x20 <= 'f':
			c = c | 0x20 - 'a' + 10
		default:
			return -1
		}
		u = u<<4 | rune(c)
	}
	return u
}

// value passes the value that begins at b[i], at the given depth of nesting.
func (s *scanner) value(i, depth int) int {
	if i >= len(s.b) {
		return short
	}
	switch c := s.b[i]; c {
	case '"':
		end, _ := s.text(i)
		return end
	case '{', '[':
		if depth >= s.limit {
			return deep
		}
		if c == '{' {
			return s.object(i, depth+1)
		}
		return s.array(i, depth+1)
	case 't':
		return s.word(i, "true")
	case 'f':
		return s.word(i, "false")
	case 'n':
		return s.word(i, "null")
	}
	return s.number(i)
}

func (s *scanner) word(i int, w string) int {
	for k := range len(w) {
		if i+k >= len(s.b) {
			return short
		}
		if s.b[i+k] != w[k] {
			return s.fail(i, "a word stands where a value is expected")
		}
	}
	return i + len(w)
}

func (s *scanner) digits(i int) int {
	for i < len(s.b) && s.b[i]-'0' <= 9 {
		i++
	}
	return i
}

func (s *scanner) number(i int) int {
	from := i
	if s.b[i] == '-' {
		i++
	}
	end := s.digits(i)
	switch {
	case end >= len(s.b):
		return short
	case end == i && i == from:
		return s.fail(from, "a value is missing")
	case end == i || s.b[i] == '0' && end > i+1:
		return s.fail(from, "a number is not written as JSON writes numbers")
	}
	if i = end; s.b[i] == '.' {
		if end = s.digits(i + 1); end >= len(s.b) {
			return short
		}
		if end == i+1 {
			return s.fail(from, "a number is not written as JSON writes numbers")
		}
		i = end
	}
	if s.b[i]|0x20 == 'e' {
		if i++; i < len(s.b) && (s.b[i] == '+' || s.b[i] == '-') {
			i++
		}
		if end = s.digits(i); end >= len(s.b) {
			return short
		}
		if end == i {
			return s.fail(from, "a number is not written as JSON writes numbers")
		}
		i = end
	}
	return i
}

// name passes a member's name, the colon, and the space around it.
func (s *scanner) name(i int) (value int) {
	if i >= len(s.b) {
		return short
	}
	if s.b[i] != '"' {
		return s.fail(i, "the name of a member is missing")
	}
	end, _ := s.text(i)
	if end < 0 {
		return end
	}
	return s.colon(end)
}

func (s *scanner) colon(i int) int {
	if i = s.space(i); i >= len(s.b) {
		return short
	}
	if s.b[i] != ':' {
		return s.fail(i, "the colon after a member's name is missing")
	}
	if i = s.space(i + 1); i >= len(s.b) {
		return short
	}
	return i
}

// next passes what stands between two members or elements. more is false when it was the end.
func (s *scanner) next(i int, end byte) (pos int, more bool) {
	if i = s.space(i); i >= len(s.b) {
		return short, false
	}
	switch s.b[i] {
	case end:
		return i + 1, false
	case ',':
		if i = s.space(i + 1); i >= len(s.b) {
			return short, false
		}
		return i, true
	}
	return s.fail(i, "a comma or the end of a list or object is missing"), false
}

func (s *scanner) object(i, depth int) int {
	if i = s.space(i + 1); i < len(s.b) && s.b[i] == '}' {
		return i + 1
	}
	for more := true; more; {
		if i = s.name(i); i < 0 {
			return i
		}
		if i = s.value(i, depth); i < 0 {
			return i
		}
		if i, more = s.next(i, '}'); i < 0 {
			return i
		}
	}
	return i
}

func (s *scanner) array(i, depth int) int {
	if i = s.space(i + 1); i < len(s.b) && s.b[i] == ']' {
		return i + 1
	}
	for more := true; more; {
		if i = s.value(i, depth); i < 0 {
			return i
		}
		if i, more = s.next(i, ']'); i < 0 {
			return i
		}
	}
	return i
}
