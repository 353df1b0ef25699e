package filter

import (
	"errors"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"trailsift/model"
)

var end = Context{End: time.Date(2026, 3, 16, 0, 0, 0, 0, time.UTC)}

func TestParseReadsTheLanguage(t *testing.T) {
	lit := func(s ...string) []model.Value {
		var out []model.Value
		for _, v := range s {
			out = append(out, model.Value{Text: v})
		}
		return out
	}
	glob := func(s string) []model.Value { return []model.Value{{Text: s, Glob: true}} }
	cases := map[string]struct {
		text string
		want []model.Term
	}{
		"an empty filter keeps everything":        {"  ", nil},
		"field and value":                         {"op:GetObject", []model.Term{{Field: "op", Values: lit("GetObject")}}},
		"a leading minus negates":                 {"-ip:10.0.0.0/8", []model.Term{{Field: "ip", Not: true, Values: lit("10.0.0.0/8")}}},
		"a block is masked":                       {"ip:10.1.2.3/8", []model.Term{{Field: "ip", Values: lit("10.0.0.0/8")}}},
		"numbers compare":                         {"status:>=400", []model.Term{{Field: "status", Op: model.AtLeast, Values: lit("400")}}},
		"sizes have units":                        {"bytes_out:>10MB", []model.Term{{Field: "bytes_out", Op: model.Greater, Values: lit("10485760")}}},
		"brackets mean or":                        {"op:(GetObject|HeadObject)", []model.Term{{Field: "op", Values: lit("GetObject", "HeadObject")}}},
		"stars are wild inside quotes too":        {`object:"acme/2026 q1/*"`, []model.Term{{Field: "object", Values: glob("acme/2026 q1/*")}}},
		"an escaped star is literal":              {`key:a\*b`, []model.Term{{Field: "key", Values: lit("a*b")}}},
		"a tilde is a regular expression":         {`actor~"i-[0-9a-f]+\."`, []model.Term{{Field: "actor", Op: model.Matches, Values: lit(`i-[0-9a-f]+\.`)}}},
		"enums ignore case":                       {"enc:SSE-C", []model.Term{{Field: "enc", Values: lit("sse-c")}}},
		"enums may be wild":                       {"enc:*-default", []model.Term{{Field: "enc", Values: glob("*-default")}}},
		"a star alone asks for presence":          {"-access_key:*", []model.Term{{Field: "access_key", Op: model.Present, Not: true}}},
		"bare words search":                       {`"bare words" x`, []model.Term{{Op: model.Contains, Values: lit("bare words")}, {Op: model.Contains, Values: lit("x")}}},
		"json paths":                              {`json.requestParameters.prefix:"x"`, []model.Term{{Field: "json", Path: "requestParameters.prefix", Values: lit("x")}}},
		"json paths with odd names":               {`json.a."b c".d:1`, []model.Term{{Field: "json", Path: `a."b c".d`, Values: lit("1")}}},
		"times without a zone are UTC":            {"since:2026-03-01T02:00", []model.Term{{Field: "since", Values: lit("2026-03-01T02:00:00Z")}}},
		"offsets are converted":                   {"since:2026-03-01T02:00+02:00", []model.Term{{Field: "since", Values: lit("2026-03-01T00:00:00Z")}}},
		"until may count from since":              {"since:2026-03-01T02:00Z until:+90m", []model.Term{{Field: "since", Values: lit("2026-03-01T02:00:00Z")}, {Field: "until", Values: lit("2026-03-01T03:30:00Z")}}},
		"a negative time counts from the end":     {"since:-7d", []model.Term{{Field: "since", Values: lit("2026-03-09T00:00:00Z")}}},
		"a chip may be off":                       {"!-op:GetObject", []model.Term{{Field: "op", Not: true, Off: true, Values: lit("GetObject")}}},
		"flags":                                   {"flags:conflict", []model.Term{{Field: "flags", Values: lit("conflict")}}},
		"an IPv6 address holds colons":            {"ip:2600:1f18::1", []model.Term{{Field: "ip", Values: lit("2600:1f18::1")}}},
		"P08 words in the address field are text": {`ip:"AWS Internal"`, []model.Term{{Field: "ip", Values: lit("AWS Internal")}}},
		"P01 SQL is a value like any other":       {`key:"'; DROP TABLE events; --"`, []model.Term{{Field: "key", Values: lit("'; DROP TABLE events; --")}}},
		"an ARN is a value":                       {"actor:arn:aws:iam::1:user/x", []model.Term{{Field: "actor", Values: lit("arn:aws:iam::1:user/x")}}},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			got, err := Parse(c.text, end)
			if err != nil {
				t.Fatal(err)
			}
			if !got.Equal(model.Filter{Terms: c.want}) {
				t.Errorf("got %+v, want %+v", got.Terms, c.want)
			}
		})
	}
}

func TestParseRefusesInWords(t *testing.T) {
	cases := map[string]struct{ text, want string }{
		"a mistyped field names the nearest": {"stauts:403", "unknown field stauts; did you mean status?"},
		"a number is wanted":                 {"status:abc", "status wants a number"},
		"a size is wanted":                   {"bytes_out:>ten", "such as 10MB"},
		"an enum lists its values":           {"enc:rot13", "known"},
		"text is not ordered":                {"key:>a", "cannot be compared"},
		"an open quote":                      {`key:"a`, "not closed"},
		"an open bracket":                    {"op:(a|b", "not closed"},
		"no value":                           {"op:", "no value"},
		"P05 a broken regular expression":    {"key~(", "regular expression"},
		"P07 a reversed range":               {"since:2026-03-02 until:2026-03-01", "is not before"},
		"P07 hour 24":                        {"since:2026-03-01T24:00Z", "wants a time"},
		"P08 a block of 33 bits":             {"ip:10.0.0.0/33", "no address block"},
		"until without since":                {"until:+90m", "counts from since"},
		"an unknown flag":                    {"flags:nope", "unknown flag"},
		"a lone minus":                       {"-", "nothing to look for"},
		"an empty path":                      {"json..a:1", "names a member"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			_, err := Parse(c.text, end)
			var e *Error
			if !errors.As(err, &e) {
				t.Fatalf("got %v", err)
			}
			if c.want == "known" {
				c.want = "sse-c"
			}
			if !strings.Contains(e.Text, c.want) || e.From < 0 || e.To > len(c.text) || e.From > e.To {
				t.Errorf("got %q at %d-%d", e.Text, e.From, e.To)
			}
		})
	}
	if _, err := Parse(strings.Repeat("a", maxText+1), end); err == nil {
		t.Error("P06: an endless filter was taken")
	}
}

// randomFilter makes filters as parsing would: every term valid for its field.
func randomFilter(r *rand.Rand) model.Filter {
	texts := []string{"a", "a b", `q"uote`, `back\slash`, "star*", "que?stion", "p|ipe", "(br)", "-minus", "!bang", "ünï", "'; --", "\x01", "<x", "10.0.0.0/8", "a:b", "~t", "*", "\t"}
	var f model.Filter
	for range r.IntN(5) {
		in := model.Fields[r.IntN(len(model.Fields))]
		t := model.Term{Field: in.Field, Not: r.IntN(3) == 0, Off: r.IntN(5) == 0}
		for range 1 + r.IntN(3) {
			s := texts[r.IntN(len(texts))]
			switch in.Kind {
			case model.KindEnum:
				s = in.Values[r.IntN(len(in.Values))]
			case model.KindInt, model.KindSize:
				s = "42"
				t.Op = model.Op([]model.Op{model.Equals, model.Less, model.AtLeast}[r.IntN(3)])
			case model.KindBool:
				s = "true"
			case model.KindFlags:
				s = "conflict"
			case model.KindTime:
				s = "2026-03-01T00:00:00Z"
			case model.KindIP:
				s = []string{"1.2.3.4", "10.0.0.0/8", "AWS Internal", "::1", "a/b"}[r.IntN(5)]
			}
			t.Values = append(t.Values, model.Value{Text: s})
			if in.Filter || in.Kind == model.KindTime {
				break
			}
		}
		switch {
		case in.Field == model.FieldSince || in.Field == model.FieldUntil:
			continue // their order matters; covered by the table
		case r.IntN(6) == 0 && !in.Filter:
			t.Op, t.Values = model.Present, nil
		case r.IntN(6) == 0:
			t = model.Term{Op: model.Contains, Not: t.Not, Values: []model.Value{{Text: texts[r.IntN(len(texts))]}}}
		case r.IntN(6) == 0 && in.Kind == model.KindText:
			t.Op, t.Values = model.Matches, []model.Value{{Text: []string{`a"b\d+`, `x|y z`, `\\"`, `^$`}[r.IntN(4)]}}
		case r.IntN(6) == 0 && in.Kind == model.KindText:
			t.Op, t.Values = model.Equals, []model.Value{{Text: []string{`a*`, `*b "c"*`, `x\*y?`, `*`, `a\\*`}[r.IntN(5)], Glob: true}}
		case r.IntN(8) == 0:
			t = model.Term{Field: model.FieldJSON, Path: `requestParameters."odd name".x`, Values: []model.Value{{Text: texts[r.IntN(len(texts))]}}}
		}
		f = f.With(t)
	}
	return f
}

func TestParsePrintsBack(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 20_000 {
		f := randomFilter(r)
		text := Print(f)
		got, err := Parse(text, end)
		if err != nil {
			t.Fatalf("Parse(%q): %v\nof %+v", text, err, f.Terms)
		}
		if !got.Equal(f) {
			t.Fatalf("printed %q\n got %+v\nwant %+v", text, got.Terms, f.Terms)
		}
	}
}

func TestGlob(t *testing.T) {
	for _, c := range []struct {
		pattern, s string
		want       bool
	}{
		{"a*", "abc", true}, {"a*", "ba", false}, {"*b*", "abc", true}, {"?", "é", true}, {"?", "", false},
		{`\*`, "*", true}, {`\*`, "x", false}, {"*", "", true}, {"a*b*c", "aXbYbZc", true}, {"a*b*c", "aXbYbZ", false}, {"", "", true}, {"", "a", false},
	} {
		if got := Glob(c.pattern, c.s); got != c.want {
			t.Errorf("Glob(%q, %q) = %v", c.pattern, c.s, got)
		}
	}
}

func TestDescribe(t *testing.T) {
	for text, want := range map[string]string{
		"op:GetObject": "op=GetObject", "-ip:10.0.0.0/8": "ip∉10.0.0.0/8", "status:>=400": "status≥400",
		"-access_key:*": "access_key absent", "-status:>=400": "status<400", "key~x": "key~x", "a": "“a”",
	} {
		f, err := Parse(text, end)
		if err != nil {
			t.Fatal(err)
		}
		if got := Describe(f.Terms[0], false); got != want {
			t.Errorf("%s: %s, want %s", text, got, want)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{"op:GetObject", `-key~"a\"b"`, "since:-7d until:+1h", `json."a b".c:(x|"y z")`, "!status:>=400", `"a`, "enc:*-default"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got, err := Parse(s, end)
		if err != nil {
			return
		}
		text := Print(got)
		again, err := Parse(text, end)
		if err != nil {
			t.Fatalf("%q printed as %q: %v", s, text, err)
		}
		if !again.Equal(got) {
			t.Fatalf("%q printed as %q: %+v, then %+v", s, text, got.Terms, again.Terms)
		}
	})
}
