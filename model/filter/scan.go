package filter

import (
	"strconv"
	"strings"
	"unicode/utf8"

	"trailsift/model"
	"trailsift/model/safe"
)

// scanner reads one text from left to right.
type scanner struct {
	text   string
	ctx    Context
	at     int
	read   []readTerm
	values int // alternatives so far
}

// readTerm is a term with the place it was read from.
type readTerm struct {
	model.Term
	from, to int
}

// lexed is one alternative as typed, before the kind of its field gives it a meaning.
type lexed struct {
	literal  []byte // the characters meant
	pattern  []byte // the same as a pattern: literal * ? \ behind a backslash, wild ones bare
	glob     bool   // a wild character is among them
	quoted   bool
	from, to int
}

func (l *lexed) put(r rune) {
	l.literal = utf8.AppendRune(l.literal, r)
	if r == '*' || r == '?' || r == '\\' {
		l.pattern = append(l.pattern, '\\')
	}
	l.pattern = utf8.AppendRune(l.pattern, r)
}

func (l *lexed) wild(c byte) {
	l.glob = true
	l.literal, l.pattern = append(l.literal, c), append(l.pattern, c)
}

// add appends a value of a parameter; its characters have lost every other meaning.
func (l *lexed) add(v model.Value) {
	for i, r := range v.Text {
		switch {
		case !v.Glob:
			l.put(r)
		case i > 0 && escaped(v.Text, i):
			l.put(r)
		case r == '*' || r == '?':
			l.wild(byte(r))
		case r == '\\' && i+1 < len(v.Text):
		default:
			l.put(r)
		}
	}
}

// escaped tells that an odd number of backslashes stands before byte i.
func escaped(s string, i int) bool {
	n := 0
	for i > n && s[i-n-1] == '\\' {
		n++
	}
	return n%2 == 1
}

func (l lexed) value() model.Value {
	if l.glob {
		return model.Value{Text: string(l.pattern), Glob: true}
	}
	return model.Value{Text: string(l.literal)}
}

func isSpace(c byte) bool { return c == ' ' || c == '\t' || c == '\n' || c == '\r' }

func (s *scanner) skip() {
	for s.at < len(s.text) && isSpace(s.text[s.at]) {
		s.at++
	}
}

func (s *scanner) peek() byte {
	if s.at < len(s.text) {
		return s.text[s.at]
	}
	return 0
}

// take moves over c and tells whether it stood there.
func (s *scanner) take(c byte) bool {
	if s.at < len(s.text) && s.text[s.at] == c {
		s.at++
		return true
	}
	return false
}

// ended tells that a word ends here.
func (s *scanner) ended() bool { return s.at >= len(s.text) || isSpace(s.text[s.at]) }

// alternatives reads one alternative or a bracketed list of them.
func (s *scanner) alternatives() ([]lexed, error) {
	open := s.at
	if !s.take('(') {
		return s.alternative(false)
	}
	var all []lexed
	for {
		s.skip()
		some, err := s.alternative(true)
		if err != nil {
			return nil, err
		}
		all = append(all, some...)
		s.skip()
		switch {
		case s.take('|'):
		case s.take(')'):
			if !s.ended() {
				return nil, fail(s.at, s.at+1, "a space is wanted after the bracket")
			}
			return all, nil
		case s.at >= len(s.text):
			return nil, fail(open, len(s.text), "the bracket is not closed")
		default:
			return nil, fail(s.at, s.at+1, "values in brackets are parted by |; one with spaces is put in quotes")
		}
	}
}

// alternative reads one value. A placeholder may make several of it.
func (s *scanner) alternative(inBrackets bool) ([]lexed, error) {
	from := s.at
	quoted := s.take('"')
	out := []lexed{{quoted: quoted}}
	empty := false // a placeholder without values: nothing is meant
	for {
		if s.at >= len(s.text) {
			if quoted {
				return nil, fail(from, len(s.text), "the quote is not closed")
			}
			break
		}
		c := s.text[s.at]
		if quoted && c == '"' {
			s.at++
			if !s.ended() && !(inBrackets && (s.peek() == '|' || s.peek() == ')')) {
				return nil, fail(s.at-1, s.at, `a space is wanted after the quote; a quote inside a value is written \"`)
			}
			break
		}
		if !quoted && (isSpace(c) || inBrackets && (c == '|' || c == ')')) {
			break
		}
		if c == '{' && s.ctx.Params != nil {
			values, err := s.placeholder()
			if err != nil {
				return nil, err
			}
			empty = empty || len(values) == 0
			out = times(out, values)
			if len(out) > MaxValues {
				return nil, fail(from, s.at, "a filter has at most %d values", MaxValues)
			}
			continue
		}
		if err := s.char(out, quoted, inBrackets); err != nil {
			return nil, err
		}
	}
	return s.weigh(out, from, empty)
}

// weigh places the alternatives that were read and refuses empty ones.
func (s *scanner) weigh(out []lexed, from int, absent bool) ([]lexed, error) {
	if absent {
		return nil, nil
	}
	for i := range out {
		out[i].from, out[i].to = from, s.at
		if len(out[i].literal) == 0 {
			return nil, fail(from, max(s.at, min(from+1, len(s.text))), "a value is wanted here; field:* finds what has one, -field:* what has none")
		}
	}
	s.values += len(out)
	if s.values > MaxValues {
		return nil, fail(from, s.at, "a filter has at most %d values", MaxValues)
	}
	return out, nil
}

// times continues every alternative with every value.
func times(some []lexed, values []model.Value) []lexed {
	var out []lexed
	for _, l := range some {
		for _, v := range values {
			c := l
			c.literal = append([]byte(nil), l.literal...)
			c.pattern = append([]byte(nil), l.pattern...)
			c.add(v)
			out = append(out, c)
		}
	}
	return out
}

// char reads one character of a value.
func (s *scanner) char(out []lexed, quoted, inBrackets bool) error {
	c := s.text[s.at]
	switch {
	case c == '\\':
		r, err := s.escape()
		if err != nil {
			return err
		}
		for i := range out {
			out[i].put(r)
		}
		return nil
	case c == '*' || c == '?':
		s.at++
		for i := range out {
			out[i].wild(c)
		}
		return nil
	case quoted:
	case c == '"':
		return fail(s.at, s.at+1, "a quote in the middle of a value; put the whole value in quotes and write \\\" for this one")
	case c == '|':
		return fail(s.at, s.at+1, "alternatives stand in brackets: field:(a|b); a | that is meant is put in quotes")
	case inBrackets && c == '(':
		return fail(s.at, s.at+1, "a bracket inside a value in brackets is put in quotes")
	}
	r, size := utf8.DecodeRuneInString(s.text[s.at:])
	if !quoted && !visible(r) {
		return fail(s.at, s.at+size, "the invisible character %s stands here; put the value in quotes if it is meant", string(r))
	}
	s.at += size
	for i := range out {
		out[i].put(r)
	}
	return nil
}

// visible tells that r is printed as it is.
func visible(r rune) bool {
	if r < 0x80 {
		return r >= 0x20 && r < 0x7f
	}
	// A combining mark is one of its letter's.
	return safe.New("a"+string(r)).String() == "a"+string(r)
}

// escape reads a backslash and what it makes literal.
func (s *scanner) escape() (rune, error) {
	from := s.at
	s.at++
	if s.at >= len(s.text) {
		return 0, fail(from, s.at, `a backslash at the end; write \\ for a backslash`)
	}
	c := s.text[s.at]
	s.at++
	switch {
	case c == 'n':
		return '\n', nil
	case c == 'r':
		return '\r', nil
	case c == 't':
		return '\t', nil
	case c == 'u' && s.peek() == '{':
		return s.codePoint(from)
	case c > 0x20 && c < 0x7f && !alphanumeric(c) || c == ' ':
		return rune(c), nil
	}
	_, size := utf8.DecodeRuneInString(s.text[s.at-1:])
	return 0, fail(from, s.at-1+size, `%s is no escape; write \\ for a backslash`, s.text[from:s.at-1+size])
}

// codePoint reads the {HEX} of \u{HEX}.
func (s *scanner) codePoint(from int) (rune, error) {
	end := strings.IndexByte(s.text[s.at:], '}')
	if end > 1 && end <= 7 {
		n, err := strconv.ParseUint(s.text[s.at+1:s.at+end], 16, 32)
		if r := rune(n); err == nil && utf8.ValidRune(r) {
			s.at += end + 1
			return r, nil
		}
	}
	return 0, fail(from, min(len(s.text), s.at+8), `a character by its number is written \u{202E}`)
}

func alphanumeric(c byte) bool {
	return c >= '0' && c <= '9' || c|0x20 >= 'a' && c|0x20 <= 'z'
}

// placeholder reads {name} and looks its values up.
func (s *scanner) placeholder() ([]model.Value, error) {
	from := s.at
	end := strings.IndexByte(s.text[from:], '}')
	if end < 0 {
		return nil, fail(from, len(s.text), `a parameter is written {name}; a brace that is meant \{`)
	}
	s.at = from + end + 1
	name := s.text[from+1 : from+end]
	values, ok := s.ctx.Params[name]
	if !ok {
		return nil, fail(from, s.at, "there is no parameter %s", name)
	}
	for _, v := range values {
		if v.Text == "" {
			return nil, fail(from, s.at, "the parameter %s is empty", name)
		}
		if !utf8.ValidString(v.Text) {
			return nil, fail(from, s.at, "the parameter %s is not UTF-8 text", name)
		}
	}
	return values, nil
}
