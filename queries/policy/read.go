package policy

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
	"time"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"

	"trailsift/model"
	"trailsift/model/filter"
)

// Limits of one file. A policy is a flat list of rules.
const (
	sizeLimit  = 256 << 10
	nestLimit  = 16 // opening brackets and leading dashes of one line
	lineLimit  = 5000
	rulesLimit = 500
	listLimit  = 200
)

// Parse reads a policy file. Unknown and repeated members, aliases, nesting and large texts are
// refused; the error names the file and, where it can, the line.
func Parse(file string, text []byte) (Policy, error) {
	var p Policy
	if len(text) > sizeLimit {
		return p, fmt.Errorf("policy %s is larger than %d KiB", file, sizeLimit>>10)
	}
	// The YAML parser descends once a bracket: deep nesting is refused before it is reached.
	if line := tooDeep(string(text)); line > 0 {
		return p, fmt.Errorf("policy %s, line %d: nested too deep, or too many lines", file, line)
	}
	tree, err := parser.ParseBytes(text, 0)
	if err != nil {
		return p, inWords(file, err)
	}
	if len(tree.Docs) != 1 || tree.Docs[0].Body == nil {
		return p, fmt.Errorf("policy %s: a file holds one policy", file)
	}
	var odd oddity
	ast.Walk(&odd, tree.Docs[0].Body)
	if odd.line > 0 {
		return p, fmt.Errorf("policy %s, line %d: anchors, aliases and tags are not taken", file, odd.line)
	}
	if err := yaml.UnmarshalWithOptions(text, &p, yaml.Strict()); err != nil {
		return Policy{}, inWords(file, err)
	}
	if err := p.check(); err != nil {
		return Policy{}, fmt.Errorf("policy %s: %w", file, err)
	}
	return p, nil
}

func tooDeep(text string) int {
	depth := 0
	for i, l := range strings.Split(text, "\n") {
		lead := l[:len(l)-len(strings.TrimLeft(l, "- \t?:"))]
		depth += strings.Count(l, "[") + strings.Count(l, "{") - strings.Count(l, "]") - strings.Count(l, "}")
		if len(l)-len(strings.TrimLeft(l, " ")) > 64 || strings.Count(lead, "-") > nestLimit || depth > nestLimit || i >= lineLimit {
			return i + 1
		}
		depth = max(depth, 0)
	}
	return 0
}

type oddity struct{ line int }

// Visit looks for what a policy has no use for.
func (v *oddity) Visit(n ast.Node) ast.Visitor {
	switch n.Type() {
	case ast.AliasType, ast.AnchorType, ast.MergeKeyType, ast.TagType:
		if v.line == 0 {
			v.line = 1
			if t := n.GetToken(); t != nil && t.Position != nil {
				v.line = max(1, t.Position.Line)
			}
		}
	}
	return v
}

// inWords puts an error of the YAML library, "[3:1] text", into a sentence with a line.
func inWords(file string, err error) error {
	text, _, _ := strings.Cut(err.Error(), "\n")
	var line, column int
	if n, _ := fmt.Sscanf(text, "[%d:%d]", &line, &column); n == 2 {
		_, text, _ = strings.Cut(text, "] ")
		return fmt.Errorf("policy %s, line %d: %s", file, line, text)
	}
	return fmt.Errorf("policy %s: %s", file, text)
}

func (p *Policy) check() error {
	if len(p.Rules) == 0 {
		return errors.New("it has no rules")
	}
	if len(p.Rules) > rulesLimit {
		return fmt.Errorf("at most %d rules", rulesLimit)
	}
	names := map[string]bool{}
	for i := range p.Rules {
		r := &p.Rules[i]
		if r.Name == "" {
			r.Name = fmt.Sprintf("rule-%d", i+1)
		}
		if names[r.Name] {
			return fmt.Errorf("two rules are named %q", r.Name)
		}
		names[r.Name] = true
		if err := r.check(); err != nil {
			return fmt.Errorf("rule %q: %w", r.Name, err)
		}
	}
	return nil
}

var keyARN = regexp.MustCompile(`^arn:aws[a-z-]*:kms:[a-z0-9-]+:\d{12}:(key|alias)/[A-Za-z0-9/_-]+$`)

func (r *Rule) check() error {
	switch {
	case r.Bucket == "":
		return errors.New("it names no bucket; * is every bucket")
	case len(r.Allow) == 0:
		return errors.New("it allows nothing: name the outcomes, as allow: [sse-kms]")
	case len(r.Allow) > listLimit || len(r.Keys) > listLimit:
		return fmt.Errorf("at most %d outcomes and keys", listLimit)
	case r.Threshold < 0:
		return errors.New("threshold is less than nothing")
	}
	r.allowed = map[model.Enc]bool{}
	for _, name := range r.Allow {
		hits := 0
		for e := model.EncNone; e <= model.EncOther; e++ {
			if e != model.EncNotWritten && filter.Glob(name, e.String()) {
				r.allowed[e] = true
				hits++
			}
		}
		if hits == 0 {
			return fmt.Errorf("there is no encryption outcome %q; there are %s", name, strings.Join(outcomes(), ", "))
		}
	}
	for _, k := range r.Keys {
		if !keyARN.MatchString(k) {
			return fmt.Errorf("%q is no ARN of a KMS key", k)
		}
	}
	if r.Since == "" {
		return nil
	}
	for _, form := range []string{time.RFC3339, "2006-01-02T15:04", "2006-01-02"} {
		if t, err := time.Parse(form, r.Since); err == nil {
			r.since = t.UTC()
			return nil
		}
	}
	return fmt.Errorf("since wants a time as 2026-03-01T00:00:00Z, not %q", r.Since)
}

func outcomes() []string {
	var out []string
	for e := model.EncNone; e <= model.EncOther; e++ {
		if e != model.EncNotWritten {
			out = append(out, e.String())
		}
	}
	return out
}
