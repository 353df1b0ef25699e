// Package preset holds saved questions: what they ask, the filter that answers, which evidence it
// needs and how to read an empty answer. Presets are data: a parameter's value becomes part of a
// filter's values and never of its text. It must not know SQL, a case or screens.
package preset

import (
	"embed"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"time"

	"trailsift/model"
	"trailsift/model/filter"
)

// Preset is one question.
type Preset struct {
	Name     string   `yaml:"name"`
	Title    string   `yaml:"title"`
	Topic    string   `yaml:"topic"`
	Question string   `yaml:"question"`
	Filter   string   `yaml:"filter"` // {name} stands for a parameter inside a value; a brace that is meant is \{
	Group    []string `yaml:"group,omitempty"`
	Over     string   `yaml:"over,omitempty"`  // groups also by stretches of time: 10m, hour or day
	Least    []string `yaml:"least,omitempty"` // groups with at least so much of one of these, as "objects 50"
	Audit    string   `yaml:"audit,omitempty"` // answered by an audit of what the filter keeps
	Noun     string   `yaml:"noun,omitempty"`  // what the number of such an answer counts
	Sort     string   `yaml:"sort,omitempty"`  // a field, with a minus for the largest first
	Params   []Param  `yaml:"params,omitempty"`
	Evidence []string `yaml:"evidence,omitempty"` // names of needs; any one of them will do
	Reading  string   `yaml:"reading,omitempty"`  // how to read the answer, and what misleads
	Empty    string   `yaml:"empty"`
	Next     string   `yaml:"next,omitempty"`
	Lead     string   `yaml:"lead,omitempty"`   // why a count above zero deserves a look
	Weight   int      `yaml:"weight,omitempty"` // of the lead, 1 to 9; the heaviest stand first
}

// Param is a value that is asked for.
type Param struct {
	Name    string `yaml:"name"`
	Help    string `yaml:"help"`
	Default string `yaml:"default,omitempty"`
	Field   string `yaml:"field,omitempty"` // whose values complete it
	Glob    bool   `yaml:"glob,omitempty"`  // * and ? are wild
	List    bool   `yaml:"list,omitempty"`  // alternatives, joined by commas
	Any     bool   `yaml:"any,omitempty"`   // a star leaves the condition out: what lacks the field is kept too
}

//go:embed builtin/*.yaml
var builtin embed.FS

// Builtin lists the presets that come with the program, by topic and name.
func Builtin() []Preset {
	names, err := fs.Glob(builtin, "builtin/*.yaml")
	if err != nil {
		panic(err) // the pattern is a constant
	}
	var out []Preset
	for _, n := range names {
		text, err := builtin.ReadFile(n)
		if err != nil {
			panic(err) // it is embedded
		}
		p, err := Parse(n, text)
		if err != nil {
			panic(err) // a test reads every one
		}
		out = append(out, p)
	}
	slices.SortStableFunc(out, func(a, b Preset) int {
		if c := strings.Compare(a.Topic, b.Topic); c != 0 {
			return c
		}
		return strings.Compare(a.Name, b.Name)
	})
	return out
}

// Fields are the fields of a grouping, none when the answer is the requests themselves.
func (p Preset) Fields() []model.Field {
	var out []model.Field
	for _, g := range p.Group {
		out = append(out, model.Field(g))
	}
	return out
}

// Query is the question with its parameters filled in; missing ones take their defaults. Times that
// count from the end of the evidence count from end.
func (p Preset) Query(params map[string]string, end time.Time) (model.Query, error) {
	for name := range params {
		if !slices.ContainsFunc(p.Params, func(q Param) bool { return q.Name == name }) {
			return model.Query{}, fmt.Errorf("it has no parameter %s", name)
		}
	}
	ctx := filter.Context{End: end}
	for _, q := range p.Params {
		values, err := q.values(q.given(params))
		if err != nil {
			return model.Query{}, err
		}
		if ctx.Params == nil {
			ctx.Params = map[string][]model.Value{}
		}
		ctx.Params[q.Name] = values
	}
	f, err := filter.Parse(p.Filter, ctx)
	if err != nil {
		return model.Query{}, fmt.Errorf("its filter: %w", err)
	}
	out := model.Query{Filter: f}
	if name, desc := strings.CutPrefix(p.Sort, "-"); name != "" {
		if info, ok := model.Lookup(model.Field(name)); !ok || info.Filter {
			return out, fmt.Errorf("it sorts by %q, which is no field", name)
		}
		out.Sort = model.Sort{Field: model.Field(name), Desc: desc}
	}
	return out, nil
}

// given is what params say for q, else its default.
func (q Param) given(params map[string]string) string {
	if v, ok := params[q.Name]; ok {
		return v
	}
	return q.Default
}

// values reads what was given for q. Spaces around a value are slips of typing unless it stands in
// double quotes, where commas are its own too.
func (q Param) values(given string) ([]model.Value, error) {
	if q.Any && strings.TrimSpace(given) == "*" {
		return nil, nil // a term without values is left out
	}
	parts := []string{given}
	if q.List {
		parts = commas(given)
	}
	var out []model.Value
	for _, part := range parts {
		part = strings.TrimSpace(part)
		if n := len(part); n > 2 && part[0] == '"' && part[n-1] == '"' {
			part = part[1 : n-1]
		}
		if part != "" {
			out = append(out, model.Value{Text: part, Glob: q.Glob})
		}
	}
	if len(out) == 0 {
		return nil, fmt.Errorf("the parameter %s wants a value: %s", q.Name, q.Help)
	}
	return out, nil
}

// commas splits a list at the commas outside double quotes; a quote that is never closed is one of
// the value's own.
func commas(list string) []string {
	var out []string
	for {
		at := 0
		for at < len(list) && list[at] != ',' {
			if end := strings.IndexByte(list[at+1:], '"'); list[at] == '"' && end >= 0 {
				at += 1 + end
			}
			at++
		}
		out = append(out, list[:at])
		if at == len(list) {
			return out
		}
		list = list[at+1:]
	}
}

// needs are the kinds of evidence a preset can name, and how a case shows that it holds one.
var needs = map[string]struct {
	words string
	have  func(o model.Overview) bool
}{
	"access":                {"server access logs", func(o model.Overview) bool { return o.ByLog[model.AccessLog] > 0 }},
	"cloudtrail":            {"CloudTrail", func(o model.Overview) bool { return o.ByLog[model.CloudTrail] > 0 }},
	"cloudtrail-data":       {"CloudTrail data events", func(o model.Overview) bool { return o.DataEvents }},
	"cloudtrail-management": {"CloudTrail management events", func(o model.Overview) bool { return o.ByLog[model.CloudTrail] > 0 }},
	"verification":          {"a verification of the digests", verified},
}

// verified tells that some record's badge says more than that nothing was checked.
func verified(o model.Overview) bool {
	for badge, n := range o.ByIntegrity {
		if n > 0 && badge != model.NotChecked && badge != model.IntegrityNA && badge != 0 {
			return true
		}
	}
	return false
}

// Words names the evidence a preset needs; any one of it will do.
func (p Preset) Words() []string {
	var out []string
	for _, e := range p.Evidence {
		out = append(out, needs[e].words)
	}
	return out
}

// Missing says why a case cannot answer; empty when it can.
func (p Preset) Missing(o model.Overview) string {
	if len(p.Evidence) == 0 {
		return ""
	}
	for _, e := range p.Evidence {
		if needs[e].have(o) {
			return ""
		}
	}
	return "needs " + strings.Join(p.Words(), " or ") + ", and the case holds none"
}
