package preset

import (
	"slices"
	"strings"
	"testing"
	"time"

	"trailsift/model"
	"trailsift/model/filter"
)

func TestParametersNeverBecomeSyntax(t *testing.T) {
	p := Preset{Name: "x", Title: "x", Question: "x", Filter: `bucket:"{b}" op:GetObject`, Params: []Param{{Name: "b"}}}
	for _, hostile := range []string{`x" OR op:*`, `a b`, `-x`, `(a|b)`, `{b}`, `*`, `\`, `"`, `'; drop table`} {
		q, err := p.Query(map[string]string{"b": hostile}, time.Time{})
		if err != nil {
			t.Fatalf("%q: %v", hostile, err)
		}
		if len(q.Filter.Terms) != 2 || q.Filter.Terms[0].Values[0] != (model.Value{Text: hostile}) {
			t.Errorf("%q became %+v", hostile, q.Filter.Terms)
		}
	}
	if _, err := p.Query(map[string]string{"nope": "1"}, time.Time{}); err == nil {
		t.Error("an unknown parameter was taken")
	}
}

func TestListsAndPatterns(t *testing.T) {
	p := Preset{Name: "x", Title: "x", Question: "x", Filter: `key:({p})`, Params: []Param{{Name: "p", Glob: true, List: true, Default: "*.pem, id_rsa"}}}
	for given, want := range map[string][]model.Value{
		"":               {{Text: "*.pem", Glob: true}, {Text: "id_rsa"}},
		" a , b ":        {{Text: "a"}, {Text: "b"}},
		`" a ","b,c"`:    {{Text: " a "}, {Text: "b,c"}},
		`"a*b, c",d`:     {{Text: "a*b, c", Glob: true}, {Text: "d"}},
		`"a,b`:           {{Text: `"a`}, {Text: "b"}},
		`",a"b,""`:       {{Text: `",a"b`}, {Text: `""`}},
		`",`:             {{Text: `"`}},
		"a,,\t, \u00a0,": {{Text: "a"}},
	} {
		params := map[string]string{"p": given}
		if given == "" {
			params = nil
		}
		q, err := p.Query(params, time.Time{})
		if err != nil {
			t.Fatalf("%q: %v", given, err)
		}
		if got := q.Filter.Terms[0].Values; !slices.Equal(got, want) {
			t.Errorf("%q became %+v", given, got)
		}
	}
}

func TestAValueInQuotesKeepsItsSpaces(t *testing.T) {
	p := Preset{Name: "x", Title: "x", Question: "x", Filter: `key:"{k}"`, Params: []Param{{Name: "k", Default: "x"}}}
	for given, want := range map[string]string{" a ": "a", `" a "`: " a ", `"`: `"`, `a"b"`: `a"b"`, `" "`: " ", "a, b": "a, b"} {
		q, err := p.Query(map[string]string{"k": given}, time.Time{})
		if err != nil || q.Filter.Terms[0].Values[0].Text != want {
			t.Errorf("%q became %+v, %v", given, q.Filter, err)
		}
	}
}

func TestParametersKeepTheirKind(t *testing.T) {
	p := Preset{Name: "x", Title: "x", Question: "x", Filter: `bytes_out:>={size} -ip:({blocks}) since:{from}`,
		Params: []Param{{Name: "size", Default: "10MB"}, {Name: "blocks", List: true, Default: "10.0.0.0/8, ::/0,"}, {Name: "from", Default: "-7d"}}}
	end := time.Date(2026, 3, 8, 0, 0, 0, 0, time.UTC)
	q, err := p.Query(nil, end)
	if got := filter.Print(q.Filter); err != nil || got != "bytes_out:>=10MB -ip:(10.0.0.0/8|::/0) since:2026-03-01T00:00:00Z" {
		t.Errorf("%s, %v", got, err)
	}
	for name, c := range map[string]struct{ param, value, want string }{
		"a size that is none":  {"size", "much", "bytes_out wants a size"},
		"a block that is none": {"blocks", "10.0.0.0/33", "is no address block"},
		"a time that is none":  {"from", "'; DROP TABLE", "since wants a time"},
		"no value":             {"size", " ", "the parameter size wants a value"},
		"a list of nothing":    {"blocks", " , ", "the parameter blocks wants a value"},
	} {
		if _, err := p.Query(map[string]string{c.param: c.value}, end); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestHostileFilesAreRefusedByPlace(t *testing.T) {
	const head = "name: x\ntitle: x\nquestion: x\n"
	cases := map[string]struct{ text, want string }{
		"P02 a column that does not exist": {head + "filter: 'nope:1'\n", "preset FILE.yaml, line 4: its filter: unknown field nope"},
		"P02 a group that does not exist":  {head + "filter: ''\ngroup: ['1; drop table']\n", `line 5: there is no field "1; drop table" to group by`},
		"P02 a group of filters only":      {head + "filter: ''\ngroup: [since]\n", `line 5: there is no field "since" to group by`},
		"P02 an order that does not exist": {head + "filter: ''\nsort: -nope\n", `line 5: it sorts by "nope"`},
		"P03 an alias":                     {"name: &a x\ntitle: *a\nquestion: x\nfilter: ''\n", "line 1: anchors, aliases and tags are not taken"},
		"P03 a tag":                        {head + "filter: !!binary aGk=\n", "line 4: anchors, aliases and tags are not taken"},
		"P03 an unknown member":            {head + "filter: ''\nsql: select 1\n", `line 5: unknown field "sql"`},
		"P03 an unknown member below":      {head + "filter: 'op:{a}'\nparams:\n  - name: a\n    default: x\n    sql: x\n", `line 8: unknown field "sql"`},
		"P03 a member twice":               {"name: x\nname: y\n", `line 2: mapping key "name" already defined`},
		"P03 a large file":                 {"name: x\ntitle: " + strings.Repeat("x", form.Bytes) + "\n", "larger than 64 KiB"},
		"P03 deep brackets":                {head + "group: " + strings.Repeat("[", 5000), "line 4: nested too deep"},
		"P03 deep braces":                  {strings.Repeat("{a: ", 5000), "line 1: nested too deep"},
		"P03 deep dashes":                  {head + "group:\n" + strings.Repeat("- ", 5000) + "x", "line 5: nested too deep"},
		"P03 deep lines":                   {deepLines(), "nested too deep"},
		"two documents":                    {head + "filter: ''\n---\nname: y\n", "a file holds one preset"},
		"nothing":                          {"", "a file holds one preset"},
		"a list":                           {"- x\n", "preset FILE.yaml"},
		"no name":                          {"title: x\n", "a name, a title and a question are needed"},
		"E07 a name that is a path":        {"name: ../x\ntitle: x\nquestion: x\nfilter: ''\n", "line 1: the name may hold a-z, 0-9 and - only"},
		"unknown evidence":                 {head + "filter: ''\nevidence: [gut]\n", `line 5: unknown evidence "gut"`},
		"a parameter that is not used":     {head + "filter: ''\nparams: [{name: a, default: x}]\n", "line 5: parameter a is not used by the filter"},
		"a parameter without a default":    {head + "filter: 'op:{a}'\nparams: [{name: a}]\n", "line 5: parameter a needs a default"},
		"a parameter twice":                {head + "filter: 'op:{a}'\nparams: [{name: a, default: x}, {name: a, default: x}]\n", "line 5: parameter a is there twice"},
		"a hole without a parameter":       {head + "filter: 'op:{a} key:{b}'\nparams: [{name: a, default: x}]\n", "line 4: its filter: there is no parameter b"},
		"no YAML":                          {"{{{{", "preset FILE.yaml"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			_, err := Parse("FILE.yaml", []byte(c.text))
			if err == nil || !strings.Contains(err.Error(), c.want) || !strings.HasPrefix(err.Error(), "preset FILE.yaml") {
				t.Errorf("got %v, want %s", err, c.want)
			}
		})
	}
}

// deepLines is a list in a list in a list, one a line.
func deepLines() string {
	var b strings.Builder
	for i := range 300 {
		b.WriteString(strings.Repeat(" ", i) + "a:\n")
	}
	return b.String()
}
func FuzzParse(f *testing.F) {
	f.Add([]byte("name: x\ntitle: x\nquestion: x\nfilter: op:GetObject\n"))
	f.Add([]byte("name: &a x\n? *a\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		p, err := Parse("f", text)
		if err == nil {
			if _, err := p.Query(nil, time.Time{}); err != nil {
				t.Fatal(err)
			}
		}
	})
}
