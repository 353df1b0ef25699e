package filter

import (
	"math/rand/v2"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"trailsift/model"
	"trailsift/model/safe"
)

var hostile = []string{
	"a", "a b", `"`, `\`, `a"b\c`, "*", "?", `\*`, "a|b", "(a|b)", ")", "-x", "!x", "!-x", ">5", "<=", "~", ":", "a:b", "op:x",
	"'; DROP TABLE events; --", "\x1b]0;t\x07", "a\nb", "\r\t\x00", "\u202e", "e\u0301", "\u0301", "🎉", "\u00a0", "{x}", "%_", "=1+1",
	"10.0.0.0/8", "10.0.0.0/33", "10.0.0", "::ffff:1.2.3.4", "AWS Internal", "+90m", "-7d", `\u{41}`, `\n`, " ", "  a", "a  ", "json.x", "n/a", "\ufffd", "\u200b", "ａ", "…(+3)",
}

func randomText(r *rand.Rand) string {
	s := ""
	for range 1 + r.IntN(3) {
		s += hostile[r.IntN(len(hostile))]
	}
	return s
}

// randomPattern is a pattern in the one form Parse gives: * and ? wild or escaped, backslash escaped.
func randomPattern(r *rand.Rand) string {
	var l lexed
	for _, c := range randomText(r) {
		l.put(c)
	}
	l.wild("*?"[r.IntN(2)])
	l.put('x')
	return string(l.pattern)
}

func randomTerm(r *rand.Rand) model.Term {
	t := model.Term{Not: r.IntN(3) == 0, Off: r.IntN(4) == 0}
	i := r.IntN(len(model.Fields) + 2)
	var in model.Info
	switch {
	case i == len(model.Fields):
		t.Op = model.Contains
		in.Kind = model.KindText
	case i > len(model.Fields):
		t.Field, t.Path = model.FieldJSON, JoinPath(randomText(r), "x", randomText(r))
		in.Kind = model.KindText
	default:
		in = model.Fields[i]
		t.Field = in.Field
	}
	n := 1 + r.IntN(3)
	switch t.Field {
	case model.FieldSince, model.FieldUntil, model.FieldRecords:
		t.Not, n = false, 1
		if t.Field != model.FieldRecords {
			t.Off = true // a reversed window is refused
		}
	default:
		if t.Op != model.Contains && t.Field != model.FieldIs && t.Field != model.FieldHour {
			switch r.IntN(5) {
			case 0:
				t.Op = model.Present
				return t
			case 1:
				if ordered(in.Kind) {
					t.Op, n = model.Less+model.Op(r.IntN(4)), 1
				}
			}
		}
	}
	if t.Field == model.FieldIs || t.Field == model.FieldHour {
		t.Op = model.Equals
	}
	textual := t.Field != model.FieldHour && (in.Kind == model.KindText || in.Kind == model.KindFold || in.Kind == model.KindIP || in.Kind == model.KindJSON)
	if textual && t.Op == model.Equals && r.IntN(4) == 0 {
		shown := strings.Map(func(c rune) rune {
			if !visible(c) {
				return '_'
			}
			return c
		}, randomText(r))
		t.Op, t.Values = model.Matches, []model.Value{{Text: regexp.QuoteMeta(shown) + `["\d]`}}
		return t
	}
	for range n {
		t.Values = append(t.Values, randomValue(r, in))
	}
	return t
}

func randomValue(r *rand.Rand, in model.Info) model.Value {
	if in.Field == model.FieldHour {
		return model.Value{Text: []string{"8-18", "22-06", "0-24", "8-18+05:30", "23-1-11:00"}[r.IntN(5)]}
	}
	switch in.Kind {
	case model.KindEnum:
		return model.Value{Text: in.Values[r.IntN(len(in.Values))]}
	case model.KindFlags:
		return model.Value{Text: model.FlagNames[r.IntN(len(model.FlagNames))]}
	case model.KindBool:
		return model.Value{Text: strconv.FormatBool(r.IntN(2) == 0)}
	case model.KindInt:
		return model.Value{Text: strconv.FormatInt(int64(r.Uint64()), 10)}
	case model.KindSize:
		return model.Value{Text: strconv.FormatInt(int64(r.Uint64()>>1)>>r.IntN(63)<<(10*r.IntN(2))&(1<<62-1), 10)}
	case model.KindTime:
		return model.Value{Text: time.Unix(r.Int64N(253402300800), 0).UTC().Format(timeForm)}
	}
	if r.IntN(3) == 0 {
		return model.Value{Text: randomPattern(r), Glob: true}
	}
	return model.Value{Text: randomText(r)}
}

func TestWhatIsPrintedIsReadAsTheSame(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 20000 {
		var f model.Filter
		for range r.IntN(4) {
			f = f.With(randomTerm(r))
		}
		printed := Print(f)
		if safe.New(printed).String() != printed {
			t.Fatalf("%q is not printable", printed)
		}
		got, err := Parse(printed, Context{})
		if err != nil {
			t.Fatalf("%+v\nprinted %s\n%v", f, printed, err)
		}
		if !got.Equal(f) {
			t.Fatalf("%+v\nprinted %s\nread    %+v", f.Terms, printed, got.Terms)
		}
		for _, term := range f.Terms {
			for _, s := range []string{Describe(term, false), Describe(term, true)} {
				if s == "" || safe.New(s).String() != s {
					t.Fatalf("%+v is described as %q", term, s)
				}
			}
		}
	}
}

func TestPrintsInTheShortestClearForm(t *testing.T) {
	cases := map[string]struct{ in, want string }{
		"sizes take their unit":       {"bytes_out:>10485760 bytes_out:1000 object_size:1g", "bytes_out:>10MB bytes_out:1000 object_size:1GB"},
		"plain values stay bare":      {`actor:"arn:aws:iam::1:user/x" ip:"10.0.0.0/8"`, "actor:arn:aws:iam::1:user/x ip:10.0.0.0/8"},
		"globs keep their stars":      {`key:"reports/*" enc:*-default`, "key:reports/* enc:*-default"},
		"a negated expression":        {`-agent~aws-cli/\d`, `-agent~"aws-cli/\d"`},
		"hostile text stays readable": {"agent:\"\x1b[2J\u202e\"", `agent:"\u{1B}[2J\u{202E}"`},
		"a time":                      {"since:-7d", "since:2026-03-07T23:59:30Z"},
		"a decomposed letter is kept": {"key:\"e\u0301 x\"", "key:\"e\u0301 x\""},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			if got := Print(parse(t, c.in)); got != c.want {
				t.Errorf("got %s, want %s", got, c.want)
			}
		})
	}
}

func TestChipsAreShort(t *testing.T) {
	cases := map[string]struct{ in, want, ascii string }{
		"a value":            {"op:GetObject", "op=GetObject", "op=GetObject"},
		"a negated value":    {"-op:GetObject", "op≠GetObject", "op!=GetObject"},
		"outside a block":    {"-ip:10.0.0.0/8", "ip∉10.0.0.0/8", "ip not in 10.0.0.0/8"},
		"an order":           {"status:>=400", "status≥400", "status>=400"},
		"a negated order":    {"-status:<=400", "not status≤400", "not status<=400"},
		"an expression":      {"-actor~i-.*", "actor≁i-.*", "actor!~i-.*"},
		"alternatives":       {"op:(a|b)", "op=(a|b)", "op=(a|b)"},
		"many alternatives":  {"op:(a|b|c|d|e|f)", "op=(a|b|c|d|…(+2))", "op=(a|b|c|d|…(+2))"},
		"present and absent": {"error:*", "error present", "error present"},
		"absent":             {"-error:*", "error absent", "error absent"},
		"a size":             {"bytes_out:>10MB", "bytes_out>10MB", "bytes_out>10MB"},
		"a time":             {"since:2026-03-01T02:00Z", "since 2026-03-01 02:00Z", "since 2026-03-01 02:00Z"},
		"words":              {`-"two words"`, `not "two words"`, `not "two words"`},
		"records":            {"records:all", "all records", "all records"},
		"a path":             {"json.a.b:x", "json.a.b=x", "json.a.b=x"},
		"hostile text":       {"key:\"a\x1b[2J\"", "key=a␛[2J", "key=a␛[2J"},
		"off is not told":    {"!op:x", "op=x", "op=x"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			term := parse(t, c.in).Terms[0]
			if got := Describe(term, false); got != c.want {
				t.Errorf("got %s, want %s", got, c.want)
			}
			if got := Describe(term, true); got != c.ascii {
				t.Errorf("got %s, want %s", got, c.ascii)
			}
		})
	}
}

func TestPatternsFit(t *testing.T) {
	cases := map[string]struct {
		pattern, text string
		want          bool
	}{
		"a star takes any number": {"a*b*c", "aXXbYbc", true},
		"a star takes nothing":    {"a*", "a", true},
		"a question mark is one":  {"a?c", "abc", true},
		"not none":                {"a?c", "ac", false},
		"an escaped star":         {`a\*`, "a*", true},
		"only itself":             {`a\*`, "ab", false},
		"an escaped backslash":    {`a\\*`, `a\b`, true},
		"the whole text":          {"b", "abc", false},
		"many stars":              {"*a*a*a*a*b", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", false},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			if got := Glob(c.pattern, c.text); got != c.want {
				t.Errorf("Glob(%s, %s) = %v", c.pattern, c.text, got)
			}
		})
	}
}

func TestParametersAreValuesNeverSyntax(t *testing.T) {
	params := map[string][]model.Value{
		"drop": text("'; DROP TABLE events; --"), "break": text(`x" op:DeleteObject -key:(`), "many": {{Text: "*.pem", Glob: true}, {Text: "a*b"}},
		"min": text("10MB"), "bad": text("abc"), "none": {},
	}
	cases := map[string]struct {
		in   string
		want []model.Term
	}{
		"P01 statements are text":             {"key:{drop}", []model.Term{{Field: "key", Values: params["drop"]}}},
		"P01 the language is text":            {"key:{break} op:x", []model.Term{{Field: "key", Values: params["break"]}, {Field: "op", Values: text("x")}}},
		"a list becomes alternatives":         {"key:({many}|c)", []model.Term{{Field: "key", Values: []model.Value{{Text: "*.pem", Glob: true}, {Text: "a*b"}, {Text: "c"}}}}},
		"a part of a value":                   {`key:"x/{many}*"`, []model.Term{{Field: "key", Values: []model.Value{{Text: "x/*.pem*", Glob: true}, {Text: `x/a\*b*`, Glob: true}}}}},
		"typed like any value":                {"bytes_out:>{min}", []model.Term{{Field: "bytes_out", Op: model.Greater, Values: text("10485760")}}},
		"a term without a value is left out":  {"op:x key:{none} ip:1.2.3.4", []model.Term{{Field: "op", Values: text("x")}, {Field: "ip", Values: text("1.2.3.4")}}},
		"a brace that is meant":               {`key:\{drop}`, []model.Term{{Field: "key", Values: text("{drop}")}}},
		"braces of an expression are its own": {"key~a{2}", []model.Term{{Field: "key", Op: model.Matches, Values: text("a{2}")}}},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			got, err := Parse(c.in, Context{Params: params})
			if err != nil || !got.Equal(model.Filter{Terms: c.want}) {
				t.Errorf("%+v, %v; want %+v", got.Terms, err, c.want)
			}
		})
	}
	for in, want := range map[string]string{
		"bytes_out:>{bad}": "bytes_out wants a size such as 4096 or 10MB (powers of 1024)",
		"key:{nobody}":     "there is no parameter nobody",
		"key:{drop":        `a parameter is written {name}; a brace that is meant \{`,
	} {
		if _, err := Parse(in, Context{Params: params}); err == nil || err.Error() != want {
			t.Errorf("%s: %v, want %s", in, err, want)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{
		`op:GetObject -ip:10.0.0.0/8 status:>=400 object:"acme-finance/reports/2026 q1/*" enc:sse-kms*`,
		`actor~"i-[0-9a-f]+" since:2026-03-01T02:00Z until:+90m json.requestParameters.prefix:"x" "bare words"`,
		`!-key:(a|"b c"|\*d*)`, `json."a.b\"c".d~x`, `\u{41}`, `-`, `:`, `key:{a}`, `bytes_out:1.5GB time:>2026-03-01`, "key:\xff", `"\"`,
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got, err := Parse(s, Context{End: end})
		if err != nil {
			e, ok := err.(*Error)
			if !ok || e.From < 0 || e.To > len(s) || e.From > e.To || safe.New(e.Text).String() != e.Text {
				t.Fatalf("%q: %#v", s, err)
			}
		} else {
			printed := Print(got)
			again, err := Parse(printed, Context{})
			if err != nil || !again.Equal(got) || Print(again) != printed {
				t.Fatalf("%q is read as %+v, printed %s, then %+v, %v", s, got.Terms, printed, again.Terms, err)
			}
		}
		for i := 0; i <= len(s); i += 1 + len(s)/8 {
			for _, c := range Complete(s, i, func(model.Field) []ValueCount { return []ValueCount{{s, 1}} }) {
				if c.From < 0 || c.From > c.To || c.To > len(s) || utf8.ValidString(s) && !utf8.ValidString(c.Text) {
					t.Fatalf("%q at %d: %+v", s, i, c)
				}
			}
		}
	})
}
