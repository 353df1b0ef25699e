package sqlgen

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"trailsift/model"
)

func term(f model.Field, op model.Op, values ...string) model.Term {
	t := model.Term{Field: f, Op: op}
	for _, v := range values {
		t.Values = append(t.Values, model.Value{Text: v, Glob: strings.ContainsAny(v, "*?")})
	}
	return t
}

func one(t *testing.T, x model.Term) []Branch {
	t.Helper()
	out, err := Branches(DuckDB, model.Filter{Terms: []model.Term{x}})
	if err != nil {
		t.Fatalf("%+v: %v", x, err)
	}
	return out
}

func TestP01NoValueEverStandsInTheText(t *testing.T) {
	marker := "zqx'; DROP TABLE ct_events; --"
	ops := []model.Op{model.Equals, model.Matches, model.Less, model.Contains}
	r := rand.New(rand.NewPCG(1, 1))
	fields := append(model.Columns(), model.FieldObject, model.FieldAny, model.FieldJSON)
	made := 0
	for range 3000 {
		f := fields[r.IntN(len(fields))]
		x := model.Term{Field: f, Op: ops[r.IntN(len(ops))], Not: r.IntN(2) == 0}
		if f == model.FieldJSON {
			x.Path = `requestParameters."` + marker + `"`
		}
		for range 1 + r.IntN(3) {
			x.Values = append(x.Values, model.Value{Text: strings.Repeat("*", r.IntN(2)) + marker + strings.Repeat("?", r.IntN(2)), Glob: r.IntN(2) == 0})
		}
		all, err := Branches(DuckDB, model.Filter{Terms: []model.Term{x}})
		if err != nil {
			continue
		}
		for _, b := range all {
			made++
			if strings.Contains(b.Where, "zqx") || strings.Contains(b.Where, "DROP") {
				t.Fatalf("%+v puts its value into %s", x, b.Where)
			}
			if n := strings.Count(b.Where, "?"); n != len(b.Args)+strings.Count(b.Where, "?versionId") {
				t.Fatalf("%d placeholders for %d arguments in %s", n, len(b.Args), b.Where)
			}
		}
	}
	if made < 1000 {
		t.Errorf("only %d conditions were made", made)
	}
}

func TestP02UnknownFieldsAreRefused(t *testing.T) {
	for _, f := range []model.Field{"time; drop table x", "member_id", "obj64"} {
		if _, err := Branches(DuckDB, model.Filter{Terms: []model.Term{term(f, model.Equals, "x")}}); err == nil {
			t.Errorf("field %q is taken", f)
		}
		if _, err := Select(DuckDB, model.CloudTrail, []model.Field{f}); err == nil {
			t.Errorf("column %q is taken", f)
		}
		if _, err := SortKey(model.CloudTrail, f); f != "" && err == nil {
			t.Errorf("sort key %q is taken", f)
		}
	}
}

func TestP05P06P08WhatCannotBeAskedIsSaid(t *testing.T) {
	for name, x := range map[string]model.Term{
		"P05 a regular expression with nested counts": term(model.FieldKey, model.Matches, "((a{1,100}){1,100}){1,100}"),
		"a regular expression that is not closed":     term(model.FieldKey, model.Matches, "("),
		"P06 too many values":                         term(model.FieldKey, model.Equals, strings.Split(strings.Repeat("x ", MaxValues+1), " ")...),
		"an enum value that does not exist":           term(model.FieldOutcome, model.Equals, "fine"),
		"text that is compared by size":               term(model.FieldKey, model.Less, "x"),
		"a number that is none":                       term(model.FieldStatus, model.Equals, "abc"),
		"a time that is none":                         term(model.FieldTime, model.AtLeast, "T24:00"),
		"text that is no UTF-8":                       term(model.FieldKey, model.Equals, "\xff"),
		"a path without an end":                       {Field: model.FieldJSON, Path: "a.", Values: []model.Value{{Text: "x"}}},
		"no value":                                    {Field: model.FieldKey},
	} {
		if _, err := Branches(DuckDB, model.Filter{Terms: []model.Term{x}}); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

func TestPatternsBecomeTheCheapestComparison(t *testing.T) {
	for value, want := range map[string]string{
		"a": "key = ?", "a*": "starts_with(key, ?)", "*a": "suffix(key, ?)", "*a*": "contains(key, ?)", "*": "key is not null",
		"a*b": `key like ? escape '\'`, "a?": `key like ? escape '\'`, "**": "key is not null", `a\*`: "key = ?",
	} {
		b := one(t, model.Term{Field: model.FieldKey, Values: []model.Value{{Text: value, Glob: true}}})[0]
		if !strings.HasSuffix(b.Where, "and "+want+")") {
			t.Errorf("key:%s is %s, want %s", value, b.Where, want)
		}
	}
	b := one(t, model.Term{Field: model.FieldKey, Values: []model.Value{{Text: `50%_\\x?`, Glob: true}}})[0]
	if got := fmt.Sprint(b.Args); got != `[50\%\_\\x_]` {
		t.Errorf("escaped pattern %s", got)
	}
}

func TestATableThatCannotHoldARowIsLeftOut(t *testing.T) {
	for name, c := range map[string]struct {
		term model.Term
		want string
	}{
		"the access log":            {term(model.FieldLog, model.Equals, "access"), "[access]"},
		"not the access log":        {model.Term{Field: model.FieldLog, Not: true, Values: []model.Value{{Text: "ACCESS"}}}, "[cloudtrail]"},
		"a field of CloudTrail's":   {term(model.FieldEventID, model.Equals, "x"), "[cloudtrail]"},
		"a field of the access log": {term(model.FieldReferer, model.Present), "[access]"},
		"management events":         {term(model.FieldCategory, model.Equals, "management"), "[cloudtrail]"},
		"neither log":               {model.Term{Field: model.FieldLog, Not: true, Values: []model.Value{{Text: "*", Glob: true}}}, "[]"},
	} {
		logs := []model.Log{}
		for _, b := range one(t, c.term) {
			logs = append(logs, b.Log)
		}
		if fmt.Sprint(logs) != c.want {
			t.Errorf("%s: %v, want %s", name, logs, c.want)
		}
	}
}

func TestFoldedLinesAreAskedWhereOnlyTheyCanAnswer(t *testing.T) {
	for name, c := range map[string]struct {
		term model.Term
		want bool
	}{
		"what both logs have":                      {term(model.FieldStatus, model.Equals, "200"), false},
		"what a record is given by its line":       {term(model.FieldDurationMS, model.Present), false},
		"what the access log alone has":            {term(model.FieldReferer, model.Present), true},
		"a value of what the access log alone has": {term(model.FieldReferer, model.Equals, "https://x/"), true},
		"not what the access log alone has":        {model.Term{Field: model.FieldReferer, Not: true, Values: []model.Value{{Text: "x"}}}, false},
		"the same, switched off":                   {model.Term{Field: model.FieldReferer, Op: model.Present, Off: true}, false},
		"the access log":                           {term(model.FieldLog, model.Equals, "access"), true},
	} {
		for _, b := range one(t, c.term) {
			if folded := !strings.Contains(b.Where, "fold = 0"); b.Log == model.AccessLog && folded != c.want {
				t.Errorf("%s: folded lines are asked: %v, want %v", name, folded, c.want)
			}
		}
	}
}

func TestP08WhatLooksLikeAnAddressBlockAndIsNoneIsComparedAsText(t *testing.T) {
	for value, want := range map[string]string{
		"10.0.0.0/8": "(ip4 between cast(? as uinteger) and cast(? as uinteger))", "2001:db8::/32": "(ip6 between cast(? as uhugeint) and cast(? as uhugeint))",
		"10.0.0.7": "(ip4 between cast(? as uinteger) and cast(? as uinteger))", "10.0.0.0/33": "ip = ?", "10.1.2.3/8": "ip = ?", "10.0.0.0/08": "ip = ?", "a/b": "ip = ?", "/": "ip = ?",
		"fe80::1%eth0": "ip = ?", "AWS Internal": "ip = ?",
	} {
		b := one(t, model.Term{Field: model.FieldIP, Values: []model.Value{{Text: value}}})[0]
		if !strings.HasSuffix(b.Where, "and "+want+")") {
			t.Errorf("ip:%q is %s, want %s", value, b.Where, want)
		}
	}
}

func TestManyRequestIDsAreLookedUpInOneList(t *testing.T) {
	b := one(t, term(model.FieldRequestID, model.Equals, "00000000000000FF", "5A1B2C3D4E5F6071", "in lower case 5a", "0A1*"))[0]
	if strings.Count(b.Where, " in (") != 2 || strings.Count(b.Where, "?") != len(b.Args) {
		t.Errorf("%s with %v", b.Where, b.Args)
	}
	if got := fmt.Sprint(b.Args...); !strings.Contains(got, "255") || !strings.Contains(got, "6492831929604202609") || !strings.Contains(got, "in lower case 5a") {
		t.Errorf("%s", got)
	}
}
