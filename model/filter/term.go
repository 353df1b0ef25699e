package filter

import (
	"fmt"
	"regexp"
	"strings"
	"unicode/utf8"

	"trailsift/model"
)

// term reads one condition.
func (s *scanner) term() error {
	t := readTerm{from: s.at}
	t.Off = s.take('!')
	t.Not = s.take('-')
	if s.ended() {
		return fail(t.from, s.at, "a condition is wanted after %s", s.text[t.from:s.at])
	}
	name, sep, err := s.head()
	if err != nil {
		return err
	}
	if sep == 0 {
		err = s.words(&t)
	} else {
		err = s.field(&t, name, sep)
	}
	if err != nil {
		return err
	}
	t.to = s.at
	if t.Op != model.Present && len(t.Values) == 0 {
		return nil // its placeholder stands for nothing
	}
	s.read = append(s.read, t)
	return nil
}

// head looks for the name of a field: what stands before the first colon or tilde of a word. It
// moves over both only when there is one; sep is 0 otherwise.
func (s *scanner) head() (name string, sep byte, err error) {
	if c := s.peek(); c == '"' || c == '(' {
		return "", 0, nil
	}
	quoted := false
	for i := s.at; i < len(s.text); i++ {
		c := s.text[i]
		switch {
		case c == '\\':
			i++
		case c == '"':
			if !quoted && !isPath(s.text[s.at:i]) {
				return "", 0, nil
			}
			quoted = !quoted
		case quoted:
		case isSpace(c):
			return "", 0, nil
		case c == ':' || c == '~':
			name, s.at = s.text[s.at:i], i+1
			return name, c, nil
		}
	}
	return "", 0, nil
}

func isPath(s string) bool { return len(s) >= 5 && strings.EqualFold(s[:5], "json.") }

// words reads a bare word or bare words in brackets.
func (s *scanner) words(t *readTerm) error {
	from := s.at
	if !s.plainQuote() {
		if err := s.operatorInWord(); err != nil {
			return err
		}
	}
	all, err := s.alternatives()
	if err != nil {
		return err
	}
	t.Op = model.Contains
	for _, l := range all {
		if l.glob && strings.Trim(string(l.pattern), "*") == "" {
			return fail(from, s.at, "* alone says nothing; field:* finds what has the field")
		}
		if c := s.text[l.from]; c == '-' || c == '!' {
			return fail(l.from, l.to, "a word that begins with %s is put in quotes", string(rune(c)))
		}
		t.Values = append(t.Values, l.value())
	}
	return nil
}

func (s *scanner) plainQuote() bool { return s.peek() == '"' || s.peek() == '(' }

// operatorInWord refuses op=GetObject, which would silently search for that text.
func (s *scanner) operatorInWord() error {
	rest := s.text[s.at:]
	i := strings.IndexAny(rest, "=<>!≥≤≠∈∉ \t\r\n\"\\")
	if i <= 0 || isSpace(rest[i]) || rest[i] == '"' || rest[i] == '\\' {
		return nil
	}
	f := model.Field(strings.ToLower(rest[:i]))
	in, ok := model.Lookup(f)
	if !ok {
		return nil
	}
	_, size := utf8.DecodeRuneInString(rest[i:])
	example := string(f) + ":value"
	if ordered(in.Kind) && !in.Filter {
		example += " or " + string(f) + ":>=value"
	}
	return fail(s.at+i, s.at+i+size, "a condition is written with a colon, %s; text to search for is put in quotes", example)
}

// field reads what follows the name of a field.
func (s *scanner) field(t *readTerm, name string, sep byte) error {
	nameFrom := s.at - 1 - len(name)
	if name == "" && sep == '~' {
		return fail(nameFrom, s.at, "a regular expression wants a field, such as actor~ or key~; words without one search every text, and * in them stands for anything")
	}
	in, err := resolve(name, nameFrom, &t.Term)
	if err != nil {
		return err
	}
	if sep == '~' {
		return s.matches(t, in)
	}
	if err := s.comparison(t, in); err != nil {
		return err
	}
	from := s.at
	all, err := s.alternatives()
	if err != nil {
		if s.bareValue(from) {
			return fail(t.from, s.at, "%s wants a value%s", string(t.Field), presentHint(in))
		}
		return err
	}
	if t.Op == model.Equals && len(all) == 1 && all[0].glob && string(all[0].pattern) == "*" {
		if in.Filter && t.Field != model.FieldObject {
			return fail(from, s.at, "%s wants a value", string(t.Field))
		}
		t.Op = model.Present
		return nil
	}
	for _, l := range all {
		v, err := s.meaning(t, in, l)
		if err != nil {
			return err
		}
		t.Values = append(t.Values, v)
	}
	return s.restrict(t)
}

// bareValue tells that no value stands at i.
func (s *scanner) bareValue(i int) bool { return i >= len(s.text) || isSpace(s.text[i]) }

func presentHint(in model.Info) string {
	if in.Filter {
		return ""
	}
	return "; " + string(in.Field) + ":* finds what has one, -" + string(in.Field) + ":* what has none"
}

// restrict refuses what the fields that steer the whole filter cannot do.
func (s *scanner) restrict(t *readTerm) error {
	switch t.Field {
	case model.FieldSince, model.FieldUntil, model.FieldRecords:
	default:
		return nil
	}
	switch {
	case t.Not:
		return fail(t.from, s.at, "%s cannot be negated", string(t.Field))
	case t.Op != model.Equals:
		return fail(t.from, s.at, "%s takes no comparison", string(t.Field))
	case len(t.Values) > 1:
		return fail(t.from, s.at, "%s takes one value", string(t.Field))
	}
	return nil
}

// comparison reads > >= < <= before a value.
func (s *scanner) comparison(t *readTerm, in model.Info) error {
	from := s.at
	switch s.peek() {
	case '>':
		t.Op = model.Greater
	case '<':
		t.Op = model.Less
	default:
		return nil
	}
	s.at++
	if s.take('=') {
		t.Op++ // AtMost follows Less, AtLeast follows Greater
	}
	if !ordered(in.Kind) {
		return fail(from, s.at, "%s has no order; %s is for numbers, sizes and times. A value that begins so is put in quotes",
			string(t.Field), s.text[from:s.at])
	}
	if in.Filter {
		return fail(from, s.at, "%s takes no comparison", string(t.Field))
	}
	return nil
}

func ordered(k model.Kind) bool {
	return k == model.KindInt || k == model.KindSize || k == model.KindTime
}

// matches reads a regular expression: in quotes, where "" is a quote and a backslash keeps its
// meaning for the expression, or bare up to the next space.
func (s *scanner) matches(t *readTerm, in model.Info) error {
	t.Op = model.Matches
	from := s.at
	switch in.Kind {
	case model.KindTime, model.KindBool:
		return fail(t.from, s.at, "%s is no text; regular expressions are for texts", string(t.Field))
	default:
		if t.Field == model.FieldRecords || t.Field == model.FieldIs || t.Field == model.FieldHour {
			return fail(t.from, s.at, "%s takes no regular expression", string(t.Field))
		}
	}
	var text string
	if s.peek() == '"' {
		var err error
		if text, err = s.quotedRegexp(); err != nil {
			return err
		}
	} else {
		for !s.ended() {
			s.at++
		}
		text = s.text[from:s.at]
	}
	if text == "" {
		return fail(t.from, s.at, "%s~ wants a regular expression", string(t.Field))
	}
	for _, r := range text {
		if !visible(r) {
			return fail(from, s.at, `the expression holds the invisible character %s; write it as \x{%s}`, string(r), fmt.Sprintf("%X", r))
		}
	}
	if err := checkRegexp(text); err != "" {
		return fail(from, s.at, "%s", err)
	}
	s.values++
	t.Values = []model.Value{{Text: text}}
	return nil
}

// quotedRegexp reads an expression in quotes.
func (s *scanner) quotedRegexp() (string, error) {
	from := s.at
	s.at++
	var b strings.Builder
	for s.at < len(s.text) {
		c := s.text[s.at]
		s.at++
		switch {
		case c == '\\' && s.at < len(s.text):
			b.WriteByte(c)
			b.WriteByte(s.text[s.at])
			s.at++
		case c == '"' && s.take('"'):
			b.WriteByte('"')
		case c == '"':
			if !s.ended() {
				return "", fail(s.at-1, s.at, `a space is wanted after the quote; a quote inside an expression is written ""`)
			}
			return b.String(), nil
		default:
			b.WriteByte(c)
		}
	}
	return "", fail(from, len(s.text), "the quote is not closed")
}

// checkRegexp says in words what is wrong with an expression of RE2.
func checkRegexp(text string) string {
	if len(text) > maxRegexp {
		return "the regular expression is too long"
	}
	if escaped(text, len(text)) {
		return "a regular expression cannot end in a single backslash"
	}
	_, err := regexp.Compile(text)
	if err == nil {
		return ""
	}
	return "no regular expression: " + strings.TrimPrefix(err.Error(), "error parsing regexp: ")
}

// resolve finds the field a name means.
func resolve(name string, from int, t *model.Term) (model.Info, error) {
	if isPath(name) {
		path, err := readPath(name[5:], from+5)
		if err != nil {
			return model.Info{}, err
		}
		t.Field, t.Path = model.FieldJSON, path
		return model.Info{Field: model.FieldJSON, Kind: model.KindText}, nil
	}
	f := model.Field(strings.ToLower(name))
	in, ok := model.Lookup(f)
	if !ok || f == model.FieldAny {
		return model.Info{}, unknownField(name, from)
	}
	t.Field = f
	return in, nil
}

func unknownField(name string, from int) error {
	to := from + len(name)
	switch near := nearestField(name); {
	case name == "":
		return fail(from, to+1, "a field is wanted before the colon; text to search for is put in quotes")
	case strings.EqualFold(name, "json"):
		return fail(from, to, "json wants a path, such as json.requestParameters.prefix:x")
	case near != "":
		return fail(from, to, "unknown field %s; did you mean %s?", name, near)
	}
	return fail(from, to, "unknown field %s; text to search for is put in quotes", name)
}

// readPath reads the names after json. and joins them as JoinPath does.
func readPath(text string, from int) (string, error) {
	var names []string
	s := scanner{text: text}
	for {
		name, err := s.pathName()
		if err != nil {
			e := err.(*Error)
			e.From, e.To = e.From+from, e.To+from
			return "", e
		}
		if names = append(names, name); len(names) > PathDepth {
			return "", fail(from, from+len(text), "the JSON path is too deep")
		}
		if s.at >= len(text) {
			return JoinPath(names...), nil
		}
		if !s.take('.') {
			return "", fail(from+s.at, from+len(text), "names in a path are parted by dots")
		}
	}
}

// pathName reads one name, up to a dot or in quotes.
func (s *scanner) pathName() (string, error) {
	from := s.at
	quoted := s.take('"')
	var b strings.Builder
	for s.at < len(s.text) {
		c := s.text[s.at]
		if quoted && s.take('"') {
			return b.String(), nil
		}
		if !quoted && c == '.' {
			break
		}
		if c == '\\' {
			r, err := s.escape()
			if err != nil {
				return "", err
			}
			b.WriteRune(r)
			continue
		}
		r, size := utf8.DecodeRuneInString(s.text[s.at:])
		if !quoted && (!visible(r) || strings.ContainsRune(`"()|*?<>`, r)) {
			return "", fail(s.at, s.at+size, "a name with %s in it is put in quotes", string(r))
		}
		b.WriteRune(r)
		s.at += size
	}
	if quoted {
		return "", fail(from, len(s.text), "the quote is not closed")
	}
	if b.Len() == 0 {
		return "", fail(from, len(s.text), "a name is wanted in the path")
	}
	return b.String(), nil
}
