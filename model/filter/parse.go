// Package filter is the language filters are typed and printed in. A filter's value lives in model;
// here are its parser, its printer, the words of its chips, completion and the generated reference.
// It must not know SQL, and nothing of screens.
package filter

import (
	"errors"
	"fmt"
	"net/netip"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"trailsift/model"
)

// Limits on what is typed or comes in a preset; far above what a person writes.
const (
	maxText   = 64 << 10
	maxTerms  = 256
	maxValues = 10_000
)

// Context is what relative times count from.
type Context struct {
	// End is the time of the evidence's last record; -7d counts back from it. Zero: unknown.
	End time.Time
}

// Error says where in the text something is wrong, and what, in words.
type Error struct {
	From, To int // bytes
	Text     string
}

func (e *Error) Error() string { return e.Text }

// Parse reads a filter. Fields and enum values are resolved, times become absolute, patterns and
// addresses are checked; the error is an *Error.
func Parse(text string, ctx Context) (model.Filter, error) {
	if len(text) > maxText {
		return model.Filter{}, &Error{0, len(text), fmt.Sprintf("the filter is longer than %d bytes", maxText)}
	}
	if !utf8.ValidString(text) {
		return model.Filter{}, &Error{0, len(text), "the filter is not valid UTF-8"}
	}
	p := parser{text: text, ctx: ctx}
	var f model.Filter
	for p.skipSpace(); p.at < len(p.text); p.skipSpace() {
		t, err := p.term()
		if err != nil {
			return model.Filter{}, err
		}
		if f.Terms = append(f.Terms, t); len(f.Terms) > maxTerms {
			return model.Filter{}, p.fail(0, "more than %d terms", maxTerms)
		}
	}
	return p.bounds(f)
}

type parser struct {
	text string
	at   int
	ctx  Context
}

func (p *parser) fail(from int, format string, args ...any) *Error {
	return &Error{from, max(p.at, from), fmt.Sprintf(format, args...)}
}

func (p *parser) skipSpace() {
	for p.at < len(p.text) && isSpace(p.text[p.at]) {
		p.at++
	}
}

func isSpace(c byte) bool { return c == ' ' || c == '\t' || c == '\n' || c == '\r' }

func (p *parser) peek() byte {
	if p.at < len(p.text) {
		return p.text[p.at]
	}
	return 0
}

// term reads one chip: [!][-]field:values, field~pattern, or a bare word.
func (p *parser) term() (model.Term, error) {
	start := p.at
	var t model.Term
	if p.peek() == '!' {
		t.Off = true
		p.at++
	}
	if p.peek() == '-' {
		t.Not = true
		p.at++
	}
	name, op, ok := p.field()
	if !ok {
		return p.word(t)
	}
	var err error
	if t.Field, t.Path, err = p.resolve(name, start); err != nil {
		return t, err
	}
	info := describe(t.Field)
	if op == '~' {
		t.Op = model.Matches
	} else if t.Op, err = p.comparison(info, start); err != nil {
		return t, err
	}
	if t.Op == model.Equals && p.present() {
		t.Op = model.Present
		return t, nil
	}
	return p.values(t, info, start)
}

// field reads NAME: or NAME~ when the text goes on so; a bare word otherwise.
func (p *parser) field() (name string, op byte, ok bool) {
	i := p.at
	quoted := false
	for i < len(p.text) {
		c := p.text[i]
		if c == '"' && i > p.at && (quoted || p.text[i-1] == '.') {
			quoted = !quoted
			i++
			continue
		}
		if quoted {
			if c == '\\' {
				i++
			}
			i++
			continue
		}
		if c == ':' || c == '~' {
			if i == p.at {
				return "", 0, false
			}
			name = p.text[p.at:i]
			p.at = i + 1
			return name, c, true
		}
		if !(c == '_' || c == '.' || c == '-' || c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z') &&
			!strings.HasPrefix(p.text[p.at:], "json.") {
			return "", 0, false
		}
		if isSpace(c) || c == '"' {
			return "", 0, false
		}
		i++
	}
	return "", 0, false
}

func (p *parser) resolve(name string, start int) (model.Field, string, error) {
	if path, ok := strings.CutPrefix(name, "json."); ok {
		path, err := cleanPath(path)
		if err != nil {
			return "", "", p.fail(start, "%s", err)
		}
		return model.FieldJSON, path, nil
	}
	f := model.Field(strings.ToLower(name))
	if _, ok := model.Lookup(f); ok {
		return f, "", nil
	}
	msg := fmt.Sprintf("unknown field %s", name)
	if near := nearest(string(f)); near != "" {
		msg += "; did you mean " + near + "?"
	}
	return "", "", p.fail(start, "%s", msg)
}

// cleanPath checks a JSON path: names joined by dots, a name with other characters in quotes. The
// path is kept in its shortest printed form.
func cleanPath(path string) (string, error) {
	parts, err := SplitPath(path)
	if err != nil {
		return "", err
	}
	for i, s := range parts {
		if !plainName(s) {
			parts[i] = quote(s)
		}
	}
	return strings.Join(parts, "."), nil
}

func plainName(s string) bool {
	for i := 0; i < len(s); i++ {
		c := s[i]
		if !(c == '_' || c == '-' || c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z') {
			return false
		}
	}
	return s != ""
}

// SplitPath takes a JSON path of a term apart into member names.
func SplitPath(path string) ([]string, error) {
	var parts []string
	for at := 0; ; {
		if at < len(path) && path[at] == '"' {
			s, n, ok := unquote(path[at:])
			if !ok {
				return nil, errors.New("a quote in the JSON path is not closed")
			}
			parts, at = append(parts, s), at+n
		} else {
			end := strings.IndexByte(path[at:], '.')
			if end < 0 {
				end = len(path) - at
			}
			parts, at = append(parts, path[at:at+end]), at+end
		}
		if parts[len(parts)-1] == "" {
			return nil, errors.New("a JSON path names a member between its dots: json.requestParameters.prefix")
		}
		if at == len(path) {
			return parts, nil
		}
		if path[at] != '.' {
			return nil, errors.New("a JSON path joins its names by dots")
		}
		at++
		if len(parts) > 32 {
			return nil, errors.New("the JSON path is too deep")
		}
	}
}

// unquote reads "…" with \" and \\ at the beginning of s.
func unquote(s string) (text string, size int, ok bool) {
	var b strings.Builder
	for i := 1; i < len(s); i++ {
		switch {
		case s[i] == '"':
			return b.String(), i + 1, true
		case s[i] == '\\' && i+1 < len(s) && (s[i+1] == '"' || s[i+1] == '\\'):
			i++
			b.WriteByte(s[i])
		default:
			b.WriteByte(s[i])
		}
	}
	return "", 0, false
}

// describe gives the kind that a field's values are checked by.
func describe(f model.Field) model.Info {
	if in, ok := model.Lookup(f); ok {
		return in
	}
	return model.Info{Field: f, Kind: model.KindText}
}

func (p *parser) comparison(info model.Info, start int) (model.Op, error) {
	op := model.Equals
	rest := p.text[p.at:]
	for _, c := range []struct {
		text string
		op   model.Op
	}{{">=", model.AtLeast}, {"<=", model.AtMost}, {">", model.Greater}, {"<", model.Less}} {
		if strings.HasPrefix(rest, c.text) {
			op = c.op
			p.at += len(c.text)
			break
		}
	}
	if op == model.Equals {
		return op, nil
	}
	switch info.Kind {
	case model.KindInt, model.KindSize, model.KindTime:
		if info.Filter {
			return op, p.fail(start, "%s takes a time without < or >", info.Field)
		}
		return op, nil
	}
	return op, p.fail(start, "%s cannot be compared with < or >; only numbers, sizes and times can", info.Field)
}

// present reads the * of field:*
func (p *parser) present() bool {
	if p.peek() == '*' && (p.at+1 == len(p.text) || isSpace(p.text[p.at+1])) {
		p.at++
		return true
	}
	return false
}

// values reads one value or (a|b|c).
func (p *parser) values(t model.Term, info model.Info, start int) (model.Term, error) {
	if t.Op == model.Matches {
		v, err := p.pattern(start)
		if err != nil {
			return t, err
		}
		t.Values = []model.Value{v}
		return t, nil
	}
	group := p.peek() == '('
	if group {
		p.at++
	}
	for {
		from := p.at
		raw, err := p.value(group)
		if err != nil {
			return t, err
		}
		if raw.empty() {
			return t, p.fail(start, "%s has no value", fieldName(t))
		}
		vs, err := p.check(t, info, raw, from)
		if err != nil {
			return t, err
		}
		if t.Values = append(t.Values, vs); len(t.Values) > maxValues {
			return t, p.fail(start, "more than %d values", maxValues)
		}
		if !group {
			break
		}
		c := p.peek()
		if c != '|' && c != ')' {
			return t, p.fail(start, "the bracket of %s is not closed", fieldName(t))
		}
		p.at++
		if c == ')' {
			break
		}
	}
	if p.at < len(p.text) && !isSpace(p.text[p.at]) {
		return t, p.fail(start, "a space is missing after %s", p.text[start:p.at])
	}
	return t, nil
}

func fieldName(t model.Term) string {
	if t.Field == model.FieldJSON {
		return "json." + t.Path
	}
	return string(t.Field)
}

// raw is a value as typed: its literal text, and the same as a pattern when it holds wild cards.
type raw struct {
	text    string // literal, escapes resolved
	pattern string // for Value{Glob: true}
	wild    bool
	quoted  bool
}

func (r raw) empty() bool { return r.text == "" && !r.wild }

// value reads up to a space, or inside brackets up to | or ). Quotes protect those; * and ? are wild
// inside quotes too; a backslash makes the next character literal.
func (p *parser) value(group bool) (raw, error) {
	var r raw
	var lit, pat strings.Builder
	start, quoted := p.at, false
	for p.at < len(p.text) {
		c := p.text[p.at]
		switch {
		case c == '"':
			quoted, r.quoted = !quoted, true
			p.at++
			continue
		case c == '\\' && p.at+1 < len(p.text):
			_, size := utf8.DecodeRuneInString(p.text[p.at+1:])
			next := p.text[p.at+1 : p.at+1+size]
			lit.WriteString(next)
			if strings.ContainsAny(next, `*?\`) {
				pat.WriteByte('\\')
			}
			pat.WriteString(next)
			p.at += 1 + size
			continue
		case !quoted && (isSpace(c) || group && (c == '|' || c == ')')):
			r.text, r.pattern = lit.String(), pat.String()
			return r, nil
		case c == '*' || c == '?':
			r.wild = true
		}
		if c == '\\' { // at the very end
			pat.WriteByte('\\')
		}
		lit.WriteByte(c)
		pat.WriteByte(c)
		p.at++
	}
	if quoted {
		return r, p.fail(start, "a quote is not closed")
	}
	r.text, r.pattern = lit.String(), pat.String()
	return r, nil
}

// pattern reads the regular expression after ~, quoted or up to a space. Inside quotes only \" is an
// escape, so that a pattern keeps its backslashes.
func (p *parser) pattern(start int) (model.Value, error) {
	var text string
	if p.peek() == '"' {
		i := p.at + 1
		for ; i < len(p.text) && p.text[i] != '"'; i++ {
			if p.text[i] == '\\' {
				i++
			}
		}
		if i >= len(p.text) {
			p.at = len(p.text)
			return model.Value{}, p.fail(start, "a quote is not closed")
		}
		text, p.at = plainQuotes(p.text[p.at+1:i]), i+1
	} else {
		end := strings.IndexAny(p.text[p.at:], " \t\r\n")
		if end < 0 {
			end = len(p.text) - p.at
		}
		text = plainQuotes(p.text[p.at : p.at+end])
		p.at += end
	}
	if text == "" {
		return model.Value{}, p.fail(start, "the regular expression is empty")
	}
	if _, err := regexp.Compile(text); err != nil {
		return model.Value{}, p.fail(start, "the regular expression does not work: %s", strings.TrimPrefix(err.Error(), "error parsing regexp: "))
	}
	if p.at < len(p.text) && !isSpace(p.text[p.at]) {
		return model.Value{}, p.fail(start, "a space is missing after the regular expression")
	}
	return model.Value{Text: text}, nil
}

// plainQuotes takes the backslash off an escaped quote, which means the same to RE2; every other
// escape stays as it is.
func plainQuotes(pattern string) string {
	var b strings.Builder
	for i := 0; i < len(pattern); i++ {
		if pattern[i] == '\\' && i+1 < len(pattern) {
			if pattern[i+1] != '"' {
				b.WriteByte('\\')
			}
			i++
		}
		b.WriteByte(pattern[i])
	}
	return b.String()
}

// word reads a bare word: text looked for everywhere. Wild cards are literal in it.
func (p *parser) word(t model.Term) (model.Term, error) {
	start := p.at
	r, err := p.value(false)
	if err != nil {
		return t, err
	}
	if r.text == "" {
		return t, p.fail(start, "there is nothing to look for here")
	}
	t.Field, t.Op, t.Values = model.FieldAny, model.Contains, []model.Value{{Text: r.text}}
	return t, nil
}

// bounds resolves since and until and refuses a range that is the wrong way round.
func (p *parser) bounds(f model.Filter) (model.Filter, error) {
	var since, until time.Time
	for i, t := range f.Terms {
		if t.Field != model.FieldSince || t.Off {
			continue
		}
		at, err := time.Parse(time.RFC3339, t.Values[0].Text)
		if err != nil {
			return f, &Error{0, len(p.text), err.Error()}
		}
		f.Terms[i] = t
		since = at
	}
	for i, t := range f.Terms {
		if t.Field != model.FieldUntil {
			continue
		}
		if d, ok := strings.CutPrefix(t.Values[0].Text, "+"); ok {
			if since.IsZero() {
				return f, &Error{0, len(p.text), "until:+" + d + " counts from since, which is not given"}
			}
			span, err := duration(d)
			if err != nil {
				return f, &Error{0, len(p.text), "until: " + err.Error()}
			}
			t.Values = []model.Value{{Text: since.Add(span).UTC().Format(time.RFC3339)}}
			f.Terms[i] = t
		}
		at, err := time.Parse(time.RFC3339, t.Values[0].Text)
		if err != nil {
			return f, &Error{0, len(p.text), err.Error()}
		}
		if !t.Off {
			until = at
		}
	}
	if !since.IsZero() && !until.IsZero() && !since.Before(until) {
		return f, &Error{0, len(p.text), fmt.Sprintf("since %s is not before until %s", since.Format(time.RFC3339), until.Format(time.RFC3339))}
	}
	return f, nil
}

// check turns a raw value into one the field understands.
func (p *parser) check(t model.Term, info model.Info, r raw, from int) (model.Value, error) {
	value := func(s string) (model.Value, error) { return model.Value{Text: s}, nil }
	wild := model.Value{Text: r.pattern, Glob: true}
	switch info.Kind {
	case model.KindEnum:
		return p.enum(info, r, from)
	case model.KindInt, model.KindSize:
		n, err := number(r.text, info.Kind == model.KindSize)
		if err != nil {
			return wild, p.fail(from, "%s wants a number%s", info.Field, map[bool]string{true: " such as 10MB"}[info.Kind == model.KindSize])
		}
		return value(strconv.FormatInt(n, 10))
	case model.KindTime:
		s, err := p.time(info.Field, r.text)
		if err != nil {
			return wild, p.fail(from, "%s wants a time such as 2026-03-01T02:00Z: %s", info.Field, err)
		}
		return value(s)
	case model.KindBool:
		switch strings.ToLower(r.text) {
		case "true", "yes":
			return value("true")
		case "false", "no":
			return value("false")
		}
		return wild, p.fail(from, "%s is true or false", info.Field)
	case model.KindFlags:
		if !slices.Contains(model.FlagNames, strings.ToLower(r.text)) {
			return wild, p.fail(from, "unknown flag %s; known are %s", r.text, strings.Join(model.FlagNames, ", "))
		}
		return value(strings.ToLower(r.text))
	case model.KindIP:
		if strings.Contains(r.text, "/") && !r.wild && !r.quoted {
			prefix, err := netip.ParsePrefix(r.text)
			if err != nil {
				return wild, p.fail(from, "%s is no address block such as 10.0.0.0/8", r.text)
			}
			return value(prefix.Masked().String())
		}
	}
	if r.wild {
		return wild, nil
	}
	return value(r.text)
}

func (p *parser) enum(info model.Info, r raw, from int) (model.Value, error) {
	low := strings.ToLower(r.text)
	if r.wild {
		pattern := strings.ToLower(r.pattern)
		if !slices.ContainsFunc(info.Values, func(v string) bool { return Glob(pattern, v) }) {
			return model.Value{}, p.fail(from, "no value of %s is like %s; known are %s", info.Field, r.text, strings.Join(info.Values, ", "))
		}
		return model.Value{Text: pattern, Glob: true}, nil
	}
	if !slices.Contains(info.Values, low) {
		return model.Value{}, p.fail(from, "%s is none of %s's values: %s", r.text, info.Field, strings.Join(info.Values, ", "))
	}
	return model.Value{Text: low}, nil
}

var sizes = []struct {
	unit  string
	bytes int64
}{{"kib", 1 << 10}, {"mib", 1 << 20}, {"gib", 1 << 30}, {"tib", 1 << 40}, {"kb", 1 << 10}, {"mb", 1 << 20}, {"gb", 1 << 30}, {"tb", 1 << 40}, {"k", 1 << 10}, {"m", 1 << 20}, {"g", 1 << 30}, {"t", 1 << 40}, {"b", 1}}

// number reads a whole number; with units also 10MB and 1.5GiB, in powers of 1024.
func number(s string, units bool) (int64, error) {
	if n, err := strconv.ParseInt(s, 10, 64); err == nil {
		return n, nil
	}
	if units {
		low := strings.ToLower(s)
		for _, u := range sizes {
			if digits, ok := strings.CutSuffix(low, u.unit); ok {
				f, err := strconv.ParseFloat(digits, 64)
				if err != nil || f < 0 || f*float64(u.bytes) > 1<<62 {
					return 0, errors.New("not a size")
				}
				return int64(f * float64(u.bytes)), nil
			}
		}
	}
	return 0, errors.New("not a number")
}

// time reads an absolute time, -7d back from the evidence's end, and for until +90m, which stays
// relative until since is known.
func (p *parser) time(f model.Field, s string) (string, error) {
	if f == model.FieldUntil && strings.HasPrefix(s, "+") {
		_, err := duration(s[1:])
		return s, err
	}
	if back, ok := strings.CutPrefix(s, "-"); ok {
		d, err := duration(back)
		if err != nil {
			return "", err
		}
		if p.ctx.End.IsZero() {
			return "", errors.New("the evidence has no end to count back from")
		}
		return p.ctx.End.Add(-d).UTC().Truncate(time.Second).Format(time.RFC3339), nil
	}
	t, err := ParseTime(s)
	if err != nil {
		return "", err
	}
	return t.Format(time.RFC3339), nil
}

// ParseTime reads RFC 3339, with or without seconds, without a zone (then UTC), or a date alone.
func ParseTime(s string) (time.Time, error) {
	for _, form := range []string{time.RFC3339, "2006-01-02T15:04Z07:00", "2006-01-02T15:04:05", "2006-01-02T15:04", "2006-01-02T15Z07:00", "2006-01-02"} {
		if t, err := time.Parse(form, s); err == nil {
			t = t.UTC().Truncate(time.Second)
			if t.Year() < 1 || t.Year() > 9999 {
				return t, errors.New("the year is out of range")
			}
			return t, nil
		}
	}
	return time.Time{}, errors.New("not a time")
}

// duration reads 90m, 36h, 7d, 2w.
func duration(s string) (time.Duration, error) {
	if n := len(s); n > 1 {
		unit := map[byte]time.Duration{'s': time.Second, 'm': time.Minute, 'h': time.Hour, 'd': 24 * time.Hour, 'w': 7 * 24 * time.Hour}[s[n-1]]
		if v, err := strconv.ParseInt(s[:n-1], 10, 64); err == nil && unit > 0 && v >= 0 && v <= int64(100*365*24*time.Hour/unit) {
			return time.Duration(v) * unit, nil
		}
	}
	return 0, errors.New("a length of time is 90m, 36h, 7d or 2w")
}

// nearest is the field whose name is closest to a mistyped one, or empty.
func nearest(name string) string {
	best, far := "", 3
	for _, in := range model.Fields {
		if d := distance(name, string(in.Field)); d < far {
			best, far = string(in.Field), d
		}
	}
	return best
}

// distance is Damerau's edit distance with swaps of neighbours.
func distance(a, b string) int {
	if len(a) > 32 {
		return len(a)
	}
	d := make([][]int, len(a)+1)
	for i := range d {
		d[i] = make([]int, len(b)+1)
		d[i][0] = i
	}
	for j := range d[0] {
		d[0][j] = j
	}
	for i := 1; i <= len(a); i++ {
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			d[i][j] = min(d[i-1][j]+1, d[i][j-1]+1, d[i-1][j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				d[i][j] = min(d[i][j], d[i-2][j-2]+1)
			}
		}
	}
	return d[len(a)][len(b)]
}
