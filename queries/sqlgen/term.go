package sqlgen

import (
	"net/netip"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"trailsift/model"
	"trailsift/model/filter"
)

// builder makes conditions over the columns of one log.
type builder struct {
	d      Dialect
	log    model.Log
	once   bool // only rows that count are kept
	listed bool // every object of a row that may be kept is in d.Objects
}

// term is the condition of t over the builder's table.
func (b builder) term(t model.Term) (cond, error) {
	for _, v := range t.Values {
		if !utf8.ValidString(v.Text) {
			return cond{}, wrong(t.Field, "%q is not UTF-8 text", v.Text)
		}
	}
	c, err := b.positive(t)
	if err != nil {
		return cond{}, err
	}
	if t.Not {
		return not(c), nil
	}
	return c, nil
}

// positive is t without its negation.
func (b builder) positive(t model.Term) (cond, error) {
	if len(t.Values) == 0 && t.Op != model.Present {
		return cond{}, wrong(t.Field, "has no value")
	}
	switch t.Field {
	case model.FieldRecords:
		return b.records(t)
	case model.FieldIs:
		return b.relation(t)
	case model.FieldHour:
		return b.each(t, b.hours)
	case model.FieldAny:
		return b.each(t, b.word)
	case model.FieldObject:
		return b.object(t)
	case model.FieldJSON:
		return b.json(t)
	case model.FieldSince:
		t.Field, t.Op = model.FieldTime, model.AtLeast
	case model.FieldUntil:
		t.Field, t.Op = model.FieldTime, model.Less
	}
	in, ok := model.Lookup(t.Field)
	c, has := columnOf(b.log, t.Field)
	if !ok || !has {
		return cond{}, wrong(t.Field, "is no field")
	}
	if in.Kind == model.KindEnum {
		return b.enum(in, c, t)
	}
	if c.absent {
		// The values are still checked, so that a mistake shows whatever logs are there.
		_, err := b.typed(in, column{expr: "null"}, t)
		return constant(false), err
	}
	out, err := b.typed(in, c, t)
	switch {
	case t.Field != model.FieldKey || t.Op == model.Present:
	case t.Op == model.Equals:
		out = b.under(t.Values, constant(true), out)
	default:
		out = b.among(out)
	}
	return out, err
}

func (b builder) typed(in model.Info, c column, t model.Term) (cond, error) {
	if c.mask {
		return b.flags(c, t)
	}
	if t.Field == model.FieldMember {
		return b.member(t)
	}
	if t.Op == model.Present {
		return fixed(c.expr + " is not null"), nil
	}
	if t.Op == model.Matches || t.Op == model.Contains {
		expr := c.expr
		if sqlType(in.Kind) != "varchar" {
			expr = "cast(" + expr + " as varchar)"
		}
		return b.textual(expr, in.Kind == model.KindFold, t)
	}
	switch in.Kind {
	case model.KindInt, model.KindSize, model.KindTime:
		return b.ordered(in, c, t)
	}
	if t.Op != model.Equals {
		return cond{}, wrong(t.Field, "has no order; use : or ~")
	}
	switch in.Kind {
	case model.KindBool:
		return b.each(t, func(v model.Value) (cond, error) { return boolean(t.Field, c, v) })
	case model.KindIP:
		return b.each(t, func(v model.Value) (cond, error) { return b.address(c, v) })
	}
	return b.texts(c.expr, in.Kind == model.KindFold, t)
}

// each is the alternatives of t joined by or.
func (b builder) each(t model.Term, one func(model.Value) (cond, error)) (cond, error) {
	all := make([]cond, 0, len(t.Values))
	for _, v := range t.Values {
		c, err := one(v)
		if err != nil {
			return cond{}, err
		}
		all = append(all, c)
	}
	return or(all...), nil
}

// texts compares expr with every value of t; plain ones go into one list.
func (b builder) texts(expr string, fold bool, t model.Term) (cond, error) {
	if t.Field == model.FieldRequestID {
		return b.requestIDs(t)
	}
	if t.Field == model.FieldEventID && b.log == model.CloudTrail {
		return b.each(t, b.eventID)
	}
	var plain []any
	var all []cond
	for _, v := range t.Values {
		if text, ok := literal(pieces(v)); ok && !fold {
			plain = append(plain, text)
			continue
		}
		all = append(all, b.glob(expr, v, fold))
	}
	if len(plain) > 0 {
		all = append(all, oneOf(expr, "?", plain))
	}
	return or(all...), nil
}

// oneOf compares expr with values, at least one, of which mark is the placeholder.
func oneOf(expr, mark string, values []any) cond {
	if len(values) == 1 {
		return fixed(expr+" = "+mark, values...)
	}
	return fixed(expr+" in ("+mark+strings.Repeat(", "+mark, len(values)-1)+")", values...)
}

// textual is t's regular expressions or words on expr.
func (b builder) textual(expr string, fold bool, t model.Term) (cond, error) {
	return b.each(t, func(v model.Value) (cond, error) {
		text := v.Text
		if t.Op == model.Contains {
			text = "(?is)" + expression(pieces(v))
		} else if fold {
			text = "(?i)" + text
		}
		if _, err := regexp.Compile(text); err != nil {
			return cond{}, wrong(t.Field, "%q is no regular expression: %v", v.Text, err)
		}
		return fixed(b.d.Regexp(expr), text), nil
	})
}

func boolean(f model.Field, c column, v model.Value) (cond, error) {
	if v.Glob && shape(pieces(v)) == "*" {
		return fixed(c.expr + " is not null"), nil
	}
	switch strings.ToLower(v.Text) {
	case "true", "yes", "1":
		return fixed(c.expr), nil
	case "false", "no", "0":
		return fixed("(not " + c.expr + ")"), nil
	}
	return cond{}, wrong(f, "%q is neither true nor false", v.Text)
}

// address compares with an address, a block in CIDR notation, or a text or pattern as logged. What
// is a block the filter language alone says: any other text with a slash is a text.
func (b builder) address(c column, v model.Value) (cond, error) {
	if p, ok := filter.Block(v); ok {
		if p.Addr().Is4In6() && p.Bits() >= 96 {
			p = netip.PrefixFrom(p.Addr().Unmap(), p.Bits()-96)
		}
		return b.block(p), nil
	}
	text, plain := literal(pieces(v))
	if !plain {
		return b.glob(c.expr, v, false), nil
	}
	if a, err := netip.ParseAddr(text); err == nil && a.Zone() == "" {
		a = a.Unmap()
		return b.block(netip.PrefixFrom(a, a.BitLen())), nil
	}
	return fixed(c.expr+" = ?", text), nil
}

func (b builder) block(p netip.Prefix) cond {
	first, last := bounds(p)
	if p.Addr().Is4() {
		// Numbers of the column's own type: compared with a wider one, every row's is widened first.
		return fixed("(ip4 between cast(? as uinteger) and cast(? as uinteger))", first.Int64(), last.Int64())
	}
	return fixed("(ip6 between "+b.d.Wide+" and "+b.d.Wide+")", first.String(), last.String())
}

func (b builder) records(t model.Term) (cond, error) {
	for _, v := range t.Values {
		if !strings.EqualFold(v.Text, "all") {
			return cond{}, wrong(model.FieldRecords, "knows only the value all, not %q", v.Text)
		}
	}
	if t.Not || t.Op != model.Equals {
		return cond{}, wrong(model.FieldRecords, "is asked for as records:all, and not otherwise")
	}
	return constant(true), nil
}

// member compares the name of the file a row came from.
func (b builder) member(t model.Term) (cond, error) {
	var c cond
	var err error
	switch t.Op {
	case model.Present:
		return constant(true), nil
	case model.Equals:
		c, err = b.texts("name", false, model.Term{Field: t.Field, Values: t.Values})
	case model.Matches, model.Contains:
		c, err = b.textual("name", false, t)
	default:
		return cond{}, wrong(t.Field, "has no order; use : or ~")
	}
	if err != nil || c.set {
		return c, err
	}
	return fixed("member in (select member from members where "+c.sql+")", c.args...), nil
}

// flags are counted by their bits.
func (b builder) flags(c column, t model.Term) (cond, error) {
	if t.Op == model.Present {
		return fixed(c.expr + " <> 0"), nil
	}
	codes, err := enumCodes(t.Field, model.FlagNames, t)
	if err != nil || len(codes) == 0 {
		return constant(false), err
	}
	var mask int64
	for _, code := range codes {
		mask |= 1 << (code - 1)
	}
	return fixed("("+c.expr+" & cast(? as uinteger)) <> 0", mask), nil
}

// enum compares codes: names and patterns are looked up here, not in the database.
func (b builder) enum(in model.Info, c column, t model.Term) (cond, error) {
	var codes []int
	if t.Op == model.Present {
		for i := range in.Values {
			codes = append(codes, i+1)
		}
	} else {
		var err error
		if codes, err = enumCodes(in.Field, in.Values, t); err != nil {
			return cond{}, err
		}
	}
	switch {
	case c.fixed > 0:
		return constant(slices.Contains(codes, c.fixed)), nil
	case c.absent || len(codes) == 0:
		return constant(false), nil
	case t.Op == model.Present:
		return fixed(c.expr + " > 0"), nil
	}
	args := make([]any, len(codes))
	for i, code := range codes {
		args[i] = int64(code)
	}
	// The column's own type, or every row's would be widened.
	return oneOf(c.expr, "cast(? as utinyint)", args), nil
}

// enumCodes are the codes of the names t speaks of, in order.
func enumCodes(f model.Field, names []string, t model.Term) ([]int, error) {
	if t.Op != model.Equals && t.Op != model.Matches && t.Op != model.Contains && t.Op != model.Present {
		return nil, wrong(f, "has no order; use : or ~")
	}
	hit := make([]bool, len(names))
	for _, v := range t.Values {
		text, plain := literal(pieces(v))
		expr := "(?is)^" + expression(pieces(v)) + "$"
		switch t.Op {
		case model.Matches:
			expr, plain = "(?i)"+v.Text, false
		case model.Contains:
			expr, plain = "(?is)"+expression(pieces(v)), false
		}
		re, err := regexp.Compile(expr)
		if err != nil {
			return nil, wrong(f, "%q is no regular expression: %v", v.Text, err)
		}
		found := false
		for i, n := range names {
			if re.MatchString(n) {
				hit[i], found = true, true
			}
		}
		if plain && !found {
			return nil, wrong(f, "has no value %q; it has %s", text, strings.Join(names, ", "))
		}
	}
	var codes []int
	for i, h := range hit {
		if h {
			codes = append(codes, i+1)
		}
	}
	return codes, nil
}

// word is a bare word: in any text column, or in the name of any enum's value.
func (b builder) word(v model.Value) (cond, error) {
	pattern := "(?is)" + expression(pieces(v))
	re, err := regexp.Compile(pattern)
	if err != nil {
		return cond{}, wrong(model.FieldAny, "%q cannot be searched for: %v", v.Text, err)
	}
	var all []cond
	for _, in := range model.Fields {
		c, ok := columnOf(b.log, in.Field)
		if !ok || in.Kind != model.KindEnum || c.absent {
			continue
		}
		hit, err := b.enum(in, c, model.Term{Field: in.Field, Op: model.Contains, Values: []model.Value{v}})
		if err != nil {
			return cond{}, err
		}
		all = append(all, hit)
	}
	for _, name := range searched[b.log] {
		all = append(all, fixed(b.d.Regexp(name), pattern))
	}
	// Spelling out millions of numbers costs more than the whole search, so it is done only for
	// words they could hold.
	if couldHold(re, v, "0123456789") {
		all = append(all, fixed(b.d.Regexp("cast(status as varchar)"), pattern))
	}
	if b.log == model.CloudTrail && couldHold(re, v, "0123456789abcdefABCDEF-") {
		all = append(all, fixed(b.d.Regexp("cast(event_id as varchar)"), pattern))
	}
	return or(all...), nil
}

// couldHold tells that all literal text of v is made of these characters.
func couldHold(_ *regexp.Regexp, v model.Value, chars string) bool {
	for _, p := range pieces(v) {
		if strings.Trim(p.text, chars) != "" {
			return false
		}
	}
	return true
}

// eventID compares a UUID as a number where the value is one.
func (b builder) eventID(v model.Value) (cond, error) {
	text, plain := literal(pieces(v))
	if !plain {
		return b.glob(eventID, v, false), nil
	}
	if isUUID(text) {
		return fixed("(event_id = cast(? as uuid) or event_text = ?)", text, text), nil
	}
	return fixed("event_text = ?", text), nil
}

// isUUID tells a canonical lower-case UUID: only those are stored as numbers.
func isUUID(s string) bool {
	if len(s) != 36 {
		return false
	}
	for i := range len(s) {
		if c := s[i]; i == 8 || i == 13 || i == 18 || i == 23 {
			if c != '-' {
				return false
			}
		} else if !('0' <= c && c <= '9' || 'a' <= c && c <= 'f') {
			return false
		}
	}
	return true
}

// requestIDs goes through the numbers that stand for the ids, then compares the texts: a number follows
// from its text, so one list of each says the same as pairs, and is looked up instead of tried in turn.
func (b builder) requestIDs(t model.Term) (cond, error) {
	var numbers, texts []any
	var all []cond
	for _, v := range t.Values {
		text, plain := literal(pieces(v))
		switch n, err := strconv.ParseUint(text, 16, 64); {
		case !plain:
			all = append(all, b.glob("request_id", v, false))
		case err == nil && len(text) == 16 && strings.ToUpper(text) == text:
			numbers, texts = append(numbers, strconv.FormatUint(n, 10)), append(texts, text)
		default:
			all = append(all, fixed("request_id = ?", text))
		}
	}
	switch len(texts) {
	case 0:
	case 1:
		all = append(all, fixed("(req64 = cast(? as ubigint) and request_id = ?)", numbers[0], texts[0]))
	default:
		mark := strings.TrimSuffix(strings.Repeat("?, ", len(texts)), ", ")
		number := strings.ReplaceAll(mark, "?", "cast(? as ubigint)")
		all = append(all, fixed("(req64 in ("+number+") and request_id in ("+mark+"))", append(numbers, texts...)...))
	}
	return or(all...), nil
}
