package recording

import (
	"encoding/json"
	"slices"
	"strings"

	"trailsift/model/filter"
)

// document is a policy of a bucket or key, as far as it decides about a service of AWS.
type document struct {
	Statement statements
}

type statement struct {
	Sid       string
	Effect    string
	Principal json.RawMessage
	Action    oneOrMore
	NotAction oneOrMore
	Resource  oneOrMore
	Condition map[string]map[string]oneOrMore
}

// statements may be one or several.
type statements []statement

func (s *statements) UnmarshalJSON(text []byte) error {
	var one statement
	if json.Unmarshal(text, &one) == nil && one.Effect != "" {
		*s = statements{one}
		return nil
	}
	return json.Unmarshal(text, (*[]statement)(s))
}

// oneOrMore is a text or a list of texts; numbers and booleans count as their text.
type oneOrMore []string

func (o *oneOrMore) UnmarshalJSON(text []byte) error {
	var many []any
	if json.Unmarshal(text, &many) != nil {
		var one any
		if err := json.Unmarshal(text, &one); err != nil {
			return err
		}
		many = []any{one}
	}
	for _, v := range many {
		if s, ok := v.(string); ok {
			*o = append(*o, s)
		} else {
			b, _ := json.Marshal(v)
			*o = append(*o, string(b))
		}
	}
	return nil
}

func (o oneOrMore) match(text string) bool {
	return slices.ContainsFunc(o, func(p string) bool { return filter.Glob(strings.ToLower(plainARN(p)), strings.ToLower(text)) })
}

// request is what a service of AWS asks a policy for.
type request struct {
	service  string
	action   string
	resource string            // empty: whatever it is
	context  map[string]string // condition keys that are known, in small letters
}

// permission is what a policy says to a request.
type permission int

const (
	notAllowed permission = iota
	perhaps               // a condition is not understood
	allowed
	denied
)

// decide reads the policy text. sid is the statement that decided, where it has a name.
func decide(policy string, r request) (p permission, sid string, ok bool) {
	var d document
	if json.Unmarshal([]byte(policy), &d) != nil {
		return notAllowed, "", false
	}
	doubt, doubted := false, ""
	for _, s := range d.Statement {
		if !s.names(r.service) || !s.acts(r.action) || r.resource != "" && len(s.Resource) > 0 && !s.Resource.match(r.resource) {
			continue
		}
		holds, sure := s.holds(r.context)
		switch {
		case !holds:
		case s.Effect == "Deny" && sure:
			return denied, s.Sid, true
		case s.Effect == "Deny":
			doubt, doubted = true, s.Sid
		case sure && p != allowed:
			p, sid = allowed, s.Sid
		case p == notAllowed:
			p, sid = perhaps, s.Sid
		}
	}
	if p == allowed && doubt {
		return perhaps, doubted, true
	}
	return p, sid, true
}

// names tells that the statement is about the service: by name, or everybody.
func (s statement) names(service string) bool {
	var all string
	if json.Unmarshal(s.Principal, &all) == nil {
		return all == "*"
	}
	var by map[string]oneOrMore
	if json.Unmarshal(s.Principal, &by) != nil {
		return false
	}
	return slices.Contains(by["Service"], service) || slices.Contains(by["AWS"], "*")
}

func (s statement) acts(action string) bool {
	if len(s.NotAction) > 0 {
		return !s.NotAction.match(action)
	}
	return s.Action.match(action)
}

// holds tells whether the conditions hold; sure is false where one is about what is not known here.
func (s statement) holds(known map[string]string) (holds, sure bool) {
	sure = true
	for operator, keys := range s.Condition {
		for key, values := range keys {
			have, ok := known[strings.ToLower(key)]
			if !ok {
				sure = false
				continue
			}
			op := strings.TrimSuffix(operator, "IfExists")
			switch negative := strings.Contains(op, "Not"); {
			case strings.HasPrefix(op, "String"), strings.HasPrefix(op, "Arn"), op == "Bool":
				if values.match(have) == negative {
					return false, true
				}
			default:
				sure = false
			}
		}
	}
	return true, sure
}
