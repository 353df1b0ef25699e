package preset

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"trailsift/model"
	"trailsift/model/filter"
)

// stretches are the stretches of time that groups can be told over.
var stretches = map[string]time.Duration{"": 0, "10m": 10 * time.Minute, "hour": time.Hour, "day": 24 * time.Hour}

// audits are the audits a preset can be answered by: the command, and what its number counts.
var audits = map[string]struct{ command, noun string }{
	"compare-actors":  {"audit compare --actor A --with B", "differences"},
	"compare-windows": {"audit compare --before SINCE/UNTIL --after SINCE/UNTIL", "differences"},
	"coverage":        {"case coverage", "blind hours"},
	"delivery":        {"audit delivery", "files"},
	"exfiltration":    {"audit exfiltration", "objects"},
	"exposure":        {"audit exposure", "intervals"},
	"keyreads":        {"audit keyreads", "reads"},
	"links":           {"audit links", "links"},
	"tampering":       {"audit tampering", "changes"},
}

// ownParams are the parameters that an audit takes beside its filter.
var ownParams = map[string][]string{"compare-actors": {"actor", "other"}, "compare-windows": {"before", "after"}}

// Given is what params say for the parameter called name, else its default.
func (p Preset) Given(name string, params map[string]string) string {
	for _, q := range p.Params {
		if q.Name == name {
			return q.given(params)
		}
	}
	return ""
}

// Measured tells that the answer is a table of sums, not the requests or their plain groups.
func (p Preset) Measured() bool { return p.Over != "" || len(p.Least) > 0 }

// Counts names what the number of the answer counts.
func (p Preset) Counts() string {
	switch {
	case p.Noun != "":
		return p.Noun
	case p.Audit != "":
		return audits[p.Audit].noun
	case p.Measured():
		return "groups"
	}
	return "requests"
}

// Command is the command that answers, without the name of the program, the case and the filter.
func (p Preset) Command() string {
	if p.Audit != "" {
		return audits[p.Audit].command
	}
	return "preset run"
}

// Sums is how the groups of a measured preset are added up, and which of them are told.
func (p Preset) Sums(params map[string]string) (model.Sums, error) {
	out := model.Sums{By: p.Fields(), Width: stretches[p.Over]}
	for _, text := range p.Least {
		for _, q := range p.Params {
			text = strings.ReplaceAll(text, "{"+q.Name+"}", q.given(params))
		}
		l, err := bound(text)
		if err != nil {
			return out, err
		}
		out.Least = append(out.Least, l)
	}
	return out, nil
}

// bound reads "objects 50", "bytes 10MB" or "ip 2": distinct values of a field.
func bound(text string) (model.Bound, error) {
	name, number, _ := strings.Cut(strings.TrimSpace(text), " ")
	b := model.Bound{Of: model.Field(name)}
	if in, ok := model.Lookup(b.Of); !slices.Contains([]model.Field{model.SumRequests, model.SumObjects, model.SumBytes}, b.Of) && (!ok || in.Filter) {
		return b, fmt.Errorf("least: there is no sum of %q; there are requests, objects, bytes and the fields", name)
	}
	f, err := filter.Parse("bytes_out:"+strings.TrimSpace(number), filter.Context{})
	if err != nil || len(f.Terms) != 1 || len(f.Terms[0].Values) != 1 || f.Terms[0].Op != model.Equals {
		return b, fmt.Errorf("least: %q is no number", number)
	}
	_, err = fmt.Sscan(f.Terms[0].Values[0].Text, &b.Least)
	return b, err
}

// checkAnswer names the member that is wrong about how the answer is found.
func (p Preset) checkAnswer() (member string, err error) {
	if _, ok := stretches[p.Over]; !ok {
		return "over", fmt.Errorf("there is no stretch of time %q; there are 10m, hour and day", p.Over)
	}
	if _, ok := audits[p.Audit]; p.Audit != "" && !ok {
		return "audit", fmt.Errorf("there is no audit %q; there are %s", p.Audit, strings.Join(slices.Sorted(maps.Keys(audits)), ", "))
	}
	switch {
	case p.Audit != "" && (p.Measured() || len(p.Group) > 0 || p.Sort != ""):
		return "audit", fmt.Errorf("an audit is neither grouped nor sorted")
	case slices.ContainsFunc(ownParams[p.Audit], func(n string) bool { return p.Given(n, nil) == "" }):
		return "audit", fmt.Errorf("the audit %s wants the parameters %s", p.Audit, strings.Join(ownParams[p.Audit], " and "))
	case p.Measured() && len(p.Group) == 0:
		return "group", fmt.Errorf("sums need fields to group by")
	}
	_, err = p.Sums(nil)
	return "least", err
}
