// Package preset holds saved questions: what they ask, the filter that answers, which evidence it
// needs and how to read an empty answer. Presets are data: a parameter's value becomes part of a
// filter's values and never of its text. It must not know SQL, a case or screens.
package preset

import (
	"bytes"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"

	"trailsift/model"
	"trailsift/model/filter"
)

// Preset is one question.
type Preset struct {
	Name     string   `yaml:"name"`
	Title    string   `yaml:"title"`
	Topic    string   `yaml:"topic"`
	Question string   `yaml:"question"`
	Filter   string   `yaml:"filter"` // {name} stands for a parameter inside a value
	Group    []string `yaml:"group,omitempty"`
	Sort     string   `yaml:"sort,omitempty"`
	Params   []Param  `yaml:"params,omitempty"`
	Evidence []string `yaml:"evidence,omitempty"` // access, cloudtrail, cloudtrail-data, cloudtrail-management
	Empty    string   `yaml:"empty"`
	Next     string   `yaml:"next,omitempty"`
	Lead     string   `yaml:"lead,omitempty"` // why a count above zero deserves a look
}

// Param is a value that is asked for.
type Param struct {
	Name    string `yaml:"name"`
	Help    string `yaml:"help"`
	Default string `yaml:"default,omitempty"`
	Glob    bool   `yaml:"glob,omitempty"` // * and ? are wild
	List    bool   `yaml:"list,omitempty"` // alternatives, joined by commas
	// Plain values are numbers, sizes, times and address blocks. They stand in the filter's text, where
	// fields of those kinds are read, and may hold no character that means something there.
	Plain bool `yaml:"plain,omitempty"`
}

//go:embed builtin/*.yaml
var builtin embed.FS

const sizeLimit = 64 << 10

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

// Parse reads one preset. Unknown and repeated members, aliases and large texts are refused; the
// error names the file.
func Parse(file string, text []byte) (Preset, error) {
	var p Preset
	if len(text) > sizeLimit {
		return p, fmt.Errorf("preset %s is larger than %d KiB", file, sizeLimit>>10)
	}
	if bytes.Count(text, []byte("  ")) > sizeLimit/8 {
		return p, fmt.Errorf("preset %s is nested too deep", file)
	}
	tree, err := parser.ParseBytes(text, 0)
	if err != nil {
		return p, fmt.Errorf("preset %s: %s", file, firstLine(err))
	}
	var odd visitor
	for _, d := range tree.Docs {
		if d.Body != nil {
			ast.Walk(&odd, d.Body)
		}
	}
	if odd.found || len(tree.Docs) != 1 {
		return p, fmt.Errorf("preset %s: anchors, aliases and several documents are not taken", file)
	}
	if err := yaml.UnmarshalWithOptions(text, &p, yaml.Strict(), yaml.DisallowUnknownField()); err != nil {
		return p, fmt.Errorf("preset %s: %s", file, firstLine(err))
	}
	return p, p.check(file)
}

type visitor struct{ found bool }

func (v *visitor) Visit(n ast.Node) ast.Visitor {
	switch n.Type() {
	case ast.AliasType, ast.AnchorType, ast.MergeKeyType:
		v.found = true
	}
	return v
}

func firstLine(err error) string {
	line, _, _ := strings.Cut(err.Error(), "\n")
	return line
}

func (p Preset) check(file string) error {
	if p.Name == "" || p.Title == "" || p.Question == "" {
		return fmt.Errorf("preset %s needs a name, a title and a question", file)
	}
	if cleanName(p.Name) != p.Name {
		return fmt.Errorf("preset %s: its name may hold a-z, 0-9 and - only", file)
	}
	for _, e := range p.Evidence {
		if _, ok := needs[e]; !ok {
			return fmt.Errorf("preset %s: unknown evidence %q", file, e)
		}
	}
	for _, g := range p.Group {
		if info, ok := model.Lookup(model.Field(g)); !ok || info.Filter {
			return fmt.Errorf("preset %s: there is no field %q to group by", file, g)
		}
	}
	if _, err := p.Query(nil, time.Unix(0, 0)); err != nil {
		return fmt.Errorf("preset %s: %w", file, err)
	}
	return nil
}

// Fields are the fields of a grouping, none when the answer is the requests themselves.
func (p Preset) Fields() []model.Field {
	var out []model.Field
	for _, g := range p.Group {
		out = append(out, model.Field(g))
	}
	return out
}

// Query is the question with its parameters filled in; missing ones take their defaults.
func (p Preset) Query(params map[string]string, end time.Time) (model.Query, error) {
	text, err := p.plain(params)
	if err != nil {
		return model.Query{}, err
	}
	f, err := filter.Parse(text, filter.Context{End: end})
	if err != nil {
		return model.Query{}, fmt.Errorf("its filter: %w", err)
	}
	for name := range params {
		if !slices.ContainsFunc(p.Params, func(q Param) bool { return q.Name == name }) {
			return model.Query{}, fmt.Errorf("it has no parameter %s", name)
		}
	}
	for i, t := range f.Terms {
		var values []model.Value
		for _, v := range t.Values {
			values = append(values, p.fill(v, params)...)
		}
		f.Terms[i].Values = values
	}
	q := model.Query{Filter: f}
	if name, desc := strings.CutPrefix(p.Sort, "-"); name != "" {
		if info, ok := model.Lookup(model.Field(name)); !ok || info.Filter {
			return q, fmt.Errorf("it sorts by %q, which is no field", name)
		}
		q.Sort = model.Sort{Field: model.Field(name), Desc: desc}
	}
	// What the parameters made of it must still be a filter: numbers numbers, times times.
	if q.Filter, err = filter.Parse(filter.Print(f), filter.Context{End: end}); err != nil {
		return q, fmt.Errorf("with these parameters: %w", err)
	}
	return q, nil
}

// plain puts the plain parameters into the filter's text.
func (p Preset) plain(params map[string]string) (string, error) {
	text := p.Filter
	for _, q := range p.Params {
		if !q.Plain {
			continue
		}
		v, ok := params[q.Name]
		if !ok {
			v = q.Default
		}
		if strings.ContainsFunc(v, func(r rune) bool {
			return !(r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || strings.ContainsRune(".:/+-", r) || q.List && (r == ',' || r == ' '))
		}) || v == "" {
			return "", fmt.Errorf("parameter %s wants %s, not %q", q.Name, q.Help, v)
		}
		if q.List {
			v = strings.ReplaceAll(strings.ReplaceAll(v, " ", ""), ",", "|")
		}
		text = strings.ReplaceAll(text, "{"+q.Name+"}", v)
	}
	return text, nil
}

// fill puts parameters into one value: alternatives for a list, a pattern where the parameter is one.
// What a parameter put in is not looked at again.
func (p Preset) fill(v model.Value, params map[string]string) []model.Value {
	at, q := len(v.Text), Param{}
	for _, c := range p.Params {
		if i := strings.Index(v.Text, "{"+c.Name+"}"); i >= 0 && i < at {
			at, q = i, c
		}
	}
	if q.Name == "" {
		return []model.Value{v}
	}
	given, ok := params[q.Name]
	if !ok {
		given = q.Default
	}
	parts := []string{given}
	if q.List {
		parts = strings.Split(given, ",")
	}
	head, tail := v.Text[:at], v.Text[at+len(q.Name)+2:]
	var out []model.Value
	for _, rest := range p.fill(model.Value{Text: tail, Glob: v.Glob}, params) {
		for _, part := range parts {
			out = append(out, join(head, strings.TrimSpace(part), q.Glob, v.Glob, rest))
		}
	}
	return out
}

// join puts a value between literal or pattern text; in a pattern, what is no pattern is escaped.
func join(head, part string, mayGlob, headGlob bool, rest model.Value) model.Value {
	wild := mayGlob && strings.ContainsAny(part, "*?")
	out := model.Value{Glob: headGlob || wild || rest.Glob}
	if !out.Glob {
		out.Text = head + part + rest.Text
		return out
	}
	literal := strings.NewReplacer(`\`, `\\`, `*`, `\*`, `?`, `\?`)
	if !headGlob {
		head = literal.Replace(head)
	}
	if !wild {
		part = literal.Replace(part)
	}
	if !rest.Glob {
		rest.Text = literal.Replace(rest.Text)
	}
	out.Text = head + part + rest.Text
	return out
}

var needs = map[string]struct {
	words string
	have  func(o model.Overview) bool
}{
	"access":                {"server access logs", func(o model.Overview) bool { return o.ByLog[model.AccessLog] > 0 }},
	"cloudtrail":            {"CloudTrail", func(o model.Overview) bool { return o.ByLog[model.CloudTrail] > 0 }},
	"cloudtrail-data":       {"CloudTrail data events", func(o model.Overview) bool { return o.DataEvents }},
	"cloudtrail-management": {"CloudTrail", func(o model.Overview) bool { return o.ByLog[model.CloudTrail] > 0 }},
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
	for _, e := range p.Evidence {
		if needs[e].have(o) {
			return ""
		}
	}
	if len(p.Evidence) == 0 {
		return ""
	}
	return "needs " + strings.Join(p.Words(), " or ") + ", and the case holds none"
}

// Load reads the presets of a folder. A file that is none is an error beside the others; a folder
// that is not there is empty. Links are not followed.
func Load(dir string) ([]Preset, []error) {
	entries, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, []error{fmt.Errorf("read presets: %w", err)}
	}
	var out []Preset
	var errs []error
	for _, e := range entries {
		if filepath.Ext(e.Name()) != ".yaml" || !e.Type().IsRegular() {
			continue
		}
		path := filepath.Join(dir, e.Name())
		info, err := e.Info()
		if err == nil && info.Size() > sizeLimit {
			err = fmt.Errorf("preset %s is larger than %d KiB", path, sizeLimit>>10)
		}
		var text []byte
		if err == nil {
			text, err = os.ReadFile(path)
		}
		var p Preset
		if err == nil {
			p, err = Parse(path, text)
		}
		if err != nil {
			errs = append(errs, err)
			continue
		}
		out = append(out, p)
	}
	return out, errs
}

// ErrExists says that a preset of that name is there.
var ErrExists = errors.New("a preset of that name exists")

// Save writes p into dir and returns the file. It replaces nothing unless told to.
func Save(dir string, p Preset, replace bool) (string, error) {
	if p.Name = cleanName(p.Name); p.Name == "" {
		return "", errors.New("a preset needs a name of letters and digits")
	}
	if err := p.check(p.Name); err != nil {
		return "", err
	}
	text, err := yaml.Marshal(p)
	if err != nil {
		return "", fmt.Errorf("write preset %s: %w", p.Name, err)
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return "", fmt.Errorf("write preset %s: %w", p.Name, err)
	}
	path := filepath.Join(dir, p.Name+".yaml")
	if _, err := os.Lstat(path); err == nil && !replace {
		return path, fmt.Errorf("%w: %s", ErrExists, p.Name)
	}
	temp, err := os.CreateTemp(dir, ".preset-*") // made with mode 0600
	if err != nil {
		return "", fmt.Errorf("write preset %s: %w", p.Name, err)
	}
	defer os.Remove(temp.Name())
	_, err = temp.Write(text)
	if err := errors.Join(err, temp.Sync(), temp.Close()); err != nil {
		return "", fmt.Errorf("write preset %s: %w", p.Name, err)
	}
	return path, os.Rename(temp.Name(), path)
}

// cleanName keeps what is safe in a file name anywhere: a-z, 0-9 and single dashes, at most 60.
func cleanName(s string) string {
	var b strings.Builder
	for _, r := range strings.ToLower(s) {
		switch {
		case r >= 'a' && r <= 'z' || r >= '0' && r <= '9':
			b.WriteRune(r)
		case b.Len() > 0 && !strings.HasSuffix(b.String(), "-"):
			b.WriteByte('-')
		}
	}
	out := b.String()
	return strings.Trim(out[:min(len(out), 60)], "-")
}
