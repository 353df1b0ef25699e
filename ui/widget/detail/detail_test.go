package detail

import (
	"slices"
	"strings"
	"testing"

	"trailsift/model"
	"trailsift/model/filter"
	"trailsift/ui/keys"
	"trailsift/ui/theme"
	"trailsift/ui/widget/grid"
)

func entries(raw string) []Entry {
	d := model.Detail{Row: model.Row{ID: model.RecordID{Log: model.CloudTrail}}, Raw: []byte(raw)}
	return Build(theme.New(false), d).Entries
}

func find(es []Entry, part string) (Entry, bool) {
	for _, e := range es {
		if strings.Contains(e.Text, part) {
			return e, true
		}
	}
	return Entry{}, false
}

func TestAScalarOfTheRawRecordIsACondition(t *testing.T) {
	raw := `{"eventName":"GetObject","requestParameters":{"prefix":"a b","n":12345678901234567890,"list":[{"x":"y"}],"gone":null},"readOnly":true}`
	tests := map[string]struct{ part, path, value string }{
		"a member of the record":           {`"GetObject"`, "eventName", "GetObject"},
		"a nested member":                  {`"a b"`, "requestParameters.prefix", "a b"},
		"a number keeps all of its digits": {"12345678901234567890", "requestParameters.n", "12345678901234567890"},
		"a truth value":                    {"true", "readOnly", "true"},
	}
	for name, c := range tests {
		t.Run(name, func(t *testing.T) {
			e, ok := find(entries(raw), c.part)
			if !ok {
				t.Fatalf("no line shows %s", c.part)
			}
			term, ok := e.Term(false)
			if !ok || term.Field != model.FieldJSON || term.Path != c.path || len(term.Values) != 1 || term.Values[0].Text != c.value {
				t.Errorf("got %+v %v, want path %s value %s", term, ok, c.path, c.value)
			}
		})
	}
	for _, part := range []string{`"y"`, "null", "{", "]"} {
		if e, ok := find(entries(raw), part); !ok {
			t.Errorf("no line shows %s", part)
		} else if _, can := e.Term(false); can {
			t.Errorf("%s has no path of its own and can be filtered on", e.Text)
		}
	}
}

func TestAPathOfTheRawRecordIsReadBackByTheLanguage(t *testing.T) {
	for name, c := range map[string]struct {
		raw  string
		path []string
	}{
		"a dot in a name":      {`{"requestParameters":{"x-amz.acl":"V"}}`, []string{"requestParameters", "x-amz.acl"}},
		"a space and a quote":  {`{"a b\"c":{"d":"V"}}`, []string{`a b"c`, "d"}},
		"a name of two dots":   {`{"..":"V"}`, []string{".."}},
		"an empty name":        {`{"a":{"":"V"}}`, []string{"a", ""}},
		"a name with controls": {`{"a\u001b[2J":"V"}`, []string{"a\x1b[2J"}},
	} {
		t.Run(name, func(t *testing.T) {
			e, ok := find(entries(c.raw), `"V"`)
			term, can := e.Term(false)
			if !ok || !can {
				t.Fatalf("%+v cannot be filtered on", e)
			}
			if got, err := filter.SplitPath(term.Path); err != nil || !slices.Equal(got, c.path) {
				t.Errorf("path %s is %q, %v", term.Path, got, err)
			}
			want := model.Filter{}.With(term)
			if got, err := filter.Parse(filter.Print(want), filter.Context{}); err != nil || !got.Equal(want) {
				t.Errorf("%s is read as %+v, %v", filter.Print(want), got, err)
			}
		})
	}
	deep := strings.Repeat(`{"a":`, 3000) + `"V"` + strings.Repeat("}", 3000)
	if e, ok := find(entries(deep), `"V"`); !ok {
		t.Error("a deep value is not shown")
	} else if _, can := e.Term(false); can {
		t.Error("a path too deep for the language is offered")
	}
}

func TestBrokenRecordsAreShownAsFarAsTheyGo(t *testing.T) {
	for name, raw := range map[string]string{
		"cut":          `{"a":{"b":"c"`,
		"no JSON":      `not json`,
		"junk behind":  `{"a":1} x`,
		"odd closing":  `{"a":1]`,
		"doubled name": `{"a":1,"a":2}`,
		"deep":         strings.Repeat("[", 5000),
	} {
		t.Run(name, func(t *testing.T) {
			es := entries(raw)
			if len(es) < 2 {
				t.Fatalf("nothing is shown: %+v", es)
			}
			if name == "doubled name" {
				if _, ok := find(es, `"a": 2`); !ok {
					t.Error("the second member of the same name is not shown")
				}
				return
			}
			if _, ok := find(es, "no JSON from here on"); !ok {
				t.Errorf("what is wrong is not said: %+v", es)
			}
		})
	}
}

func FuzzEveryRecordCanBeShown(f *testing.F) {
	f.Add([]byte(`{"a":[1,{"b":null}],"c":"\u001b[2J"}`), 40, 8)
	f.Add([]byte("{\"a\x00\":1"), 10, 3)
	f.Fuzz(func(t *testing.T, raw []byte, w, h int) {
		if w < 0 || w > 200 || h < 0 || h > 60 || len(raw) > 4096 {
			return
		}
		for _, log := range []model.Log{model.CloudTrail, model.AccessLog} {
			d := New(theme.New(false))
			d.Set(Build(theme.New(false), model.Detail{Row: model.Row{ID: model.RecordID{Log: log}}, Raw: raw}))
			d.SetFocus(true)
			d.SetSize(w, h)
			for _, a := range []keys.Action{keys.Last, keys.Up, keys.First, keys.PageDown} {
				d.Act(a)
				lines := d.Lines()
				if w > 0 && h > 0 && len(lines) != h {
					t.Fatalf("%d lines, want %d", len(lines), h)
				}
				for _, l := range lines {
					if grid.Width(l) != w {
						t.Fatalf("line %q is %d wide, want %d", l, grid.Width(l), w)
					}
				}
			}
		}
	})
}

func TestARecordTellsWhyItHasItsBadge(t *testing.T) {
	d := model.Detail{Row: model.Row{ID: model.RecordID{Log: model.CloudTrail}}, Origins: []model.Origin{{
		Member:  model.Member{Name: "x.json.gz", Integrity: model.Altered},
		Verdict: model.Verdict{Badge: model.Altered, Why: "its content\x1b[2J does not match", Digest: "b/digest.json.gz", Demo: true},
	}}}
	doc := Build(theme.New(false), d)
	if e, ok := find(doc.Entries, "listed by b/digest.json.gz (DEMO KEY, proves nothing)"); !ok || strings.Contains(e.Text, "\x1b") {
		t.Errorf("the origins say %+v", doc.Entries)
	}
	if e, ok := find(doc.Summary, "does not match (DEMO KEY"); !ok || strings.Contains(e.Text, "\x1b") {
		t.Errorf("the summary says %+v", doc.Summary)
	}
}

// TestARedactedRecordSaysWhereItStandsWhole holds that whoever meets a mark is told what to do about it.
func TestARedactedRecordSaysWhereItStandsWhole(t *testing.T) {
	for redacted, want := range map[int]string{0: "", 1: "1 signature or token is redacted; an export of JSON lines", 2: "2 signatures or tokens are redacted; an export of JSON lines"} {
		doc := Build(theme.New(false), model.Detail{Row: model.Row{ID: model.RecordID{Log: model.AccessLog}}, Raw: []byte("x"), Redacted: redacted})
		said := ""
		for _, e := range doc.Entries {
			if strings.Contains(e.Text, "redacted") {
				said = e.Text
			}
		}
		if !strings.HasPrefix(said, want) || (said == "") != (want == "") {
			t.Errorf("%d redacted: %q", redacted, said)
		}
	}
}
