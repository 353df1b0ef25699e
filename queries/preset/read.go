package preset

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"

	"trailsift/model"
	"trailsift/model/filter"
)

// Limits of one file. A preset is flat: its members, and lists of names and of parameters.
const (
	sizeLimit   = 64 << 10
	nestLimit   = 16 // opening brackets and leading dashes of one line
	lineLimit   = 2000
	paramsLimit = 16
	groupLimit  = 8
)

// Parse reads one preset. Unknown and repeated members, aliases, nesting and large texts are
// refused; the error names the file and, where it can, the line.
func Parse(file string, text []byte) (Preset, error) {
	var p Preset
	if len(text) > sizeLimit {
		return p, fmt.Errorf("preset %s is larger than %d KiB", file, sizeLimit>>10)
	}
	// The YAML parser descends once a bracket: deep nesting is refused before it is reached.
	if line := nested(string(text)); line > 0 {
		return p, fmt.Errorf("preset %s, line %d: nested too deep", file, line)
	}
	tree, err := parser.ParseBytes(text, 0)
	if err != nil {
		return p, wrong(file, err)
	}
	if len(tree.Docs) != 1 || tree.Docs[0].Body == nil {
		return p, fmt.Errorf("preset %s: a file holds one preset", file)
	}
	var odd oddities
	ast.Walk(&odd, tree.Docs[0].Body)
	if odd.line > 0 {
		return p, fmt.Errorf("preset %s, line %d: anchors, aliases and tags are not taken", file, odd.line)
	}
	if err := yaml.UnmarshalWithOptions(text, &p, yaml.Strict()); err != nil {
		return p, wrong(file, err)
	}
	if member, err := p.check(); err != nil {
		return p, fmt.Errorf("preset %s%s: %w", file, where(tree.Docs[0].Body, member), err)
	}
	return p, nil
}

// nested is the first line with more nesting than a preset can have, 0 when there is none.
func nested(text string) int {
	lines := strings.Split(text, "\n")
	depth := 0
	for i, l := range lines {
		dashes := strings.Count(l[:len(l)-len(strings.TrimLeft(l, "- \t?:"))], "-")
		depth += strings.Count(l, "[") + strings.Count(l, "{") - strings.Count(l, "]") - strings.Count(l, "}")
		if indent := len(l) - len(strings.TrimLeft(l, " ")); indent > 64 || dashes > nestLimit || depth > nestLimit || i >= lineLimit {
			return i + 1
		}
		depth = max(depth, 0)
	}
	return 0
}

// oddities looks for what a preset has no use for.
type oddities struct{ line int }

// Visit looks at one node.
func (v *oddities) Visit(n ast.Node) ast.Visitor {
	switch n.Type() {
	case ast.AliasType, ast.AnchorType, ast.MergeKeyType, ast.TagType:
		if v.line == 0 {
			v.line = max(1, lineOf(n))
		}
	}
	return v
}

func lineOf(n ast.Node) int {
	if t := n.GetToken(); t != nil && t.Position != nil {
		return t.Position.Line
	}
	return 0
}

// where is the place of a member, for an error.
func where(body ast.Node, member string) string {
	values := []*ast.MappingValueNode{}
	switch n := body.(type) {
	case *ast.MappingNode:
		values = n.Values
	case *ast.MappingValueNode:
		values = append(values, n)
	}
	for _, v := range values {
		if v.Key.GetToken().Value == member {
			return fmt.Sprintf(", line %d", lineOf(v.Key))
		}
	}
	return ""
}

// wrong puts an error of the YAML library, "[3:1] text", into words.
func wrong(file string, err error) error {
	text, _, _ := strings.Cut(err.Error(), "\n")
	var line, column int
	if n, _ := fmt.Sscanf(text, "[%d:%d]", &line, &column); n == 2 {
		_, text, _ = strings.Cut(text, "] ")
		return fmt.Errorf("preset %s, line %d: %s", file, line, text)
	}
	return fmt.Errorf("preset %s: %s", file, text)
}

// check names the member that is wrong with the error.
func (p Preset) check() (member string, err error) {
	switch {
	case p.Name == "" || p.Title == "" || p.Question == "":
		return "", errors.New("a name, a title and a question are needed")
	case cleanName(p.Name) != p.Name:
		return "name", errors.New("the name may hold a-z, 0-9 and - only")
	case len(p.Group) > groupLimit:
		return "group", fmt.Errorf("at most %d fields to group by", groupLimit)
	}
	for _, e := range p.Evidence {
		if _, ok := needs[e]; !ok {
			return "evidence", fmt.Errorf("unknown evidence %q", e)
		}
	}
	for _, g := range p.Group {
		if info, ok := model.Lookup(model.Field(g)); !ok || info.Filter {
			return "group", fmt.Errorf("there is no field %q to group by", g)
		}
	}
	if err := p.checkParams(); err != nil {
		return "params", err
	}
	if _, err := p.Query(nil, time.Unix(0, 0)); err != nil {
		if e := (*filter.Error)(nil); errors.As(err, &e) {
			return "filter", err
		}
		return "sort", err
	}
	return "", nil
}

func (p Preset) checkParams() error {
	if len(p.Params) > paramsLimit {
		return fmt.Errorf("at most %d parameters", paramsLimit)
	}
	for i, q := range p.Params {
		switch {
		case q.Name == "" || strings.Trim(q.Name, "abcdefghijklmnopqrstuvwxyz0123456789_") != "":
			return fmt.Errorf("parameter %q: its name may hold a-z, 0-9 and _ only", q.Name)
		case slices.ContainsFunc(p.Params[:i], func(o Param) bool { return o.Name == q.Name }):
			return fmt.Errorf("parameter %s is there twice", q.Name)
		case !strings.Contains(p.Filter, "{"+q.Name+"}"):
			return fmt.Errorf("parameter %s is not used by the filter", q.Name)
		case strings.TrimSpace(q.Default) == "":
			return fmt.Errorf("parameter %s needs a default", q.Name)
		}
	}
	return nil
}
