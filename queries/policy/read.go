package policy

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
	"time"

	"trailsift/model"
	"trailsift/model/filter"
	"trailsift/queries/flatfile"
)

// form is the limits of one file. A policy is a flat list of rules.
var form = flatfile.Form{Noun: "policy", Bytes: 256 << 10, Lines: 5000}

const (
	rulesLimit = 500
	listLimit  = 200
)

// Parse reads a policy file; the error names the file and, where it can, the line.
func Parse(file string, text []byte) (Policy, error) {
	var p Policy
	if _, err := form.Read(file, text, &p); err != nil {
		return Policy{}, err
	}
	if err := p.check(); err != nil {
		return Policy{}, fmt.Errorf("policy %s: %w", file, err)
	}
	return p, nil
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
