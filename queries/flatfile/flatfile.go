// Package flatfile reads small flat YAML files that people write and strangers may have changed:
// strictly, within limits, with errors that name the file and the line. It must not know what such a
// file means; who asks for one checks that.
package flatfile

import (
	"fmt"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
)

// nestLimit bounds the opening brackets and the leading dashes of one line, indentLimit its spaces.
const (
	nestLimit   = 16
	indentLimit = 64
)

// Form is a kind of file with its limits.
type Form struct {
	Noun  string // what errors call it
	Bytes int
	Lines int
}

// Places knows where the members of a file stand.
type Places struct{ body ast.Node }

// Read fills into with the one document that text holds. Unknown and repeated members, anchors,
// aliases, tags, nesting and large texts are refused.
func (f Form) Read(file string, text []byte, into any) (Places, error) {
	if len(text) > f.Bytes {
		return Places{}, fmt.Errorf("%s %s is larger than %d KiB", f.Noun, file, f.Bytes>>10)
	}
	// The YAML parser descends once a bracket: deep nesting is refused before it is reached.
	if line := f.nested(string(text)); line > 0 {
		return Places{}, f.at(file, line, "nested too deep, or too many lines")
	}
	tree, err := parser.ParseBytes(text, 0)
	if err != nil {
		return Places{}, f.inWords(file, err)
	}
	if len(tree.Docs) != 1 || tree.Docs[0].Body == nil {
		return Places{}, fmt.Errorf("%s %s: a file holds one %s", f.Noun, file, f.Noun)
	}
	var odd oddity
	ast.Walk(&odd, tree.Docs[0].Body)
	if odd.line > 0 {
		return Places{}, f.at(file, odd.line, "anchors, aliases and tags are not taken")
	}
	if err := yaml.UnmarshalWithOptions(text, into, yaml.Strict()); err != nil {
		return Places{}, f.inWords(file, err)
	}
	return Places{tree.Docs[0].Body}, nil
}

func (f Form) at(file string, line int, what string) error {
	return fmt.Errorf("%s %s, line %d: %s", f.Noun, file, line, what)
}

// nested is the first line with more nesting than a flat file can have, 0 when there is none.
func (f Form) nested(text string) int {
	depth := 0
	for i, l := range strings.Split(text, "\n") {
		lead := l[:len(l)-len(strings.TrimLeft(l, "- \t?:"))]
		indent := len(l) - len(strings.TrimLeft(l, " "))
		depth += strings.Count(l, "[") + strings.Count(l, "{") - strings.Count(l, "]") - strings.Count(l, "}")
		if indent > indentLimit || strings.Count(lead, "-") > nestLimit || depth > nestLimit || i >= f.Lines {
			return i + 1
		}
		depth = max(depth, 0)
	}
	return 0
}

// oddity is the first line with what a flat file has no use for.
type oddity struct{ line int }

// Visit looks at one node.
func (v *oddity) Visit(n ast.Node) ast.Visitor {
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

// Line is the line of a top-level member, 0 where it is not.
func (p Places) Line(member string) int {
	var values []*ast.MappingValueNode
	switch n := p.body.(type) {
	case *ast.MappingNode:
		values = n.Values
	case *ast.MappingValueNode:
		values = append(values, n)
	}
	for _, v := range values {
		if v.Key.GetToken().Value == member {
			return lineOf(v.Key)
		}
	}
	return 0
}

// inWords puts an error of the YAML library, "[3:1] text", into a sentence with a line.
func (f Form) inWords(file string, err error) error {
	text, _, _ := strings.Cut(err.Error(), "\n")
	var line, column int
	if n, _ := fmt.Sscanf(text, "[%d:%d]", &line, &column); n == 2 {
		_, text, _ = strings.Cut(text, "] ")
		return f.at(file, line, text)
	}
	return fmt.Errorf("%s %s: %s", f.Noun, file, text)
}
