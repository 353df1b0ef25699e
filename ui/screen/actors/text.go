package actors

import (
	"fmt"
	"strings"
	"time"

	"trailsift/model"
	"trailsift/model/answer"
	"trailsift/model/safe"
	"trailsift/ui/theme"
	"trailsift/ui/widget/grid"
	"trailsift/ui/widget/sheet"
	"trailsift/ui/widget/shell"
	"trailsift/ui/widget/value"
)

// text is the lines of a card while they are put together.
type text struct {
	*Card
	out []sheet.Line[way]
}

// lines are the card, part by part.
func (c *Card) lines() []sheet.Line[way] {
	t := &text{Card: c}
	t.totals()
	t.sequence()
	t.homes()
	t.lineage()
	a := c.card
	for _, p := range []struct {
		name  string
		field model.Field
		all   answer.Shares
		card  bool
	}{
		{"Actors", model.FieldActor, a.Actors, true}, {"Access keys", model.FieldAccessKey, a.AccessKeys, true}, {"Addresses", model.FieldIP, a.Addresses, true},
		{"Agents", model.FieldAgent, a.Agents, false}, {"Regions", model.FieldRegion, a.Regions, false}, {"Operations", model.FieldOp, a.Operations, false},
		{"Buckets", model.FieldBucket, a.Buckets, false},
	} {
		t.shares(p.name, p.field, p.all, p.card)
	}
	return t.out
}

func (t *text) head(title, remark string) {
	t.out = append(t.out, sheet.Line[way]{Head: true, Draw: func(w int) string { return shell.Rule(t.theme, w, false, title, remark) }})
}

// say adds our own words, which may hold foreign text, on one line.
func (t *text) say(r theme.Role, s string) {
	s = t.theme.Show(safe.Cut(s, 1000).String())
	t.out = append(t.out, sheet.Line[way]{Draw: func(w int) string {
		return t.theme.Paint(r, grid.Fit(s, w, grid.CutTail, t.theme.Cut))
	}})
}

// lead adds a line that leads somewhere. Parts that stand first are kept when there is no room; those
// that are told to be ours are painted.
func (t *text) lead(of way, parts ...part) {
	for i := range parts {
		parts[i].text = t.theme.Show(safe.Cut(parts[i].text, 600).String())
	}
	t.out = append(t.out, sheet.Line[way]{Stop: true, Of: of, Draw: func(w int) string {
		var b strings.Builder
		for i, p := range parts {
			wide := p.width
			if wide == 0 || wide > w {
				wide = w
			}
			if i == len(parts)-1 {
				wide = w
			}
			b.WriteString(t.theme.Paint(p.role, grid.Fit(p.text, max(0, wide), p.cut, t.theme.Cut)))
			if w -= wide + 1; w <= 0 {
				break
			}
			b.WriteByte(' ')
		}
		return b.String()
	}})
}

// part is a piece of a line, width cells wide; 0: as wide as there is room.
type part struct {
	text  string
	width int
	role  theme.Role
	cut   grid.Cut
}

func (t *text) totals() {
	a := t.card
	if a.Denied < 0 { // nothing but the requests is counted
		t.lead(way{title: t.value, text: t.value}, part{text: value.Of(a.Requests, "request", "requests"), role: theme.Title})
		return
	}
	objects := value.Of(a.Objects, "object", "objects")
	if a.Objects < 0 {
		objects = "objects" + t.theme.Cut
	}
	requests := value.Of(a.Requests, "request", "requests")
	if a.Rows > a.Requests {
		requests += " in " + value.Of(a.Rows, "row", "rows")
	}
	t.lead(way{title: t.value, text: t.value},
		part{text: fmt.Sprintf("%s, %s denied (%.1f %%), %s failed, %s", requests, value.Count(a.Denied), 100*share(a.Totals), value.Count(a.Failed), objects), role: theme.Title})
	if a.Rows > a.Requests {
		t.say(theme.Dim, answer.RowsOfCalls)
	}
	t.say(theme.Text, shown(a.First)+" to "+shown(a.Last))
	t.say(theme.Text, "out "+value.Bytes(a.CloudTrailOut)+", in "+value.Bytes(a.CloudTrailIn)+" by CloudTrail; out "+value.Bytes(a.AccessOnlyOut)+" in the access log alone")
	for _, name := range a.Aliases {
		t.say(theme.Accent, "also known as "+name)
	}
}

// letters stand for the kinds of steps in the strip.
var letters = map[string]struct {
	letter string
	role   theme.Role
}{
	"recon": {"n", theme.Text}, "read": {"r", theme.Accent}, "write": {"w", theme.Good}, "delete": {"d", theme.Bad}, "permissions": {"p", theme.Warn},
	"logging": {"g", theme.Bad}, "identity": {"i", theme.Warn}, "keys": {"k", theme.Dim}, "other": {"o", theme.Dim},
}

const legend = "n recon r read w write d delete p permissions g logging i identity k keys o other"

// sequence draws the runs of calls as blocks, and lists them.
func (t *text) sequence() {
	a := t.card
	if len(a.Steps) == 0 {
		return
	}
	more := ""
	if a.StepsTruncated {
		more = ", and more"
	}
	t.head("Sequence", value.Of(int64(len(a.Steps)), "run", "runs")+more+"; within a second no order is known")
	t.out = append(t.out, sheet.Line[way]{Draw: func(w int) string { return t.strip(w) }})
	t.say(theme.Dim, legend)
	for _, s := range a.Steps {
		l := letters[s.Kind]
		denied := ""
		if s.Denied > 0 {
			denied = value.Count(s.Denied) + " denied"
		}
		of := way{title: s.Kind, text: strings.Join(s.Ops, ", "), terms: []model.Term{opTerm(s.Ops)}}
		if s.First != nil {
			of.terms = append(of.terms, term(model.FieldSince, s.First.Format(time.RFC3339)), term(model.FieldUntil, s.Last.Add(time.Second).Format(time.RFC3339)))
		}
		t.lead(of, part{text: l.letter + " " + s.Kind, width: 13, role: l.role}, part{text: value.Count(s.Count), width: 7}, part{text: shown(s.First), width: 20},
			part{text: denied, width: 10, role: theme.Warn}, part{text: strings.Join(s.Ops, ", ")})
	}
}

func opTerm(ops []string) model.Term {
	t := model.Term{Field: model.FieldOp}
	for _, op := range ops {
		t.Values = append(t.Values, model.Value{Text: op})
	}
	return t
}

// strip is one row of blocks, as many as fit; the rest is in the list.
func (t *text) strip(w int) string {
	var b strings.Builder
	for _, s := range t.card.Steps {
		l := letters[s.Kind]
		block := strings.Repeat(l.letter, len(fmt.Sprint(s.Count)))
		if s.Denied > 0 {
			block += "!"
		}
		if len(block) > w-1 {
			b.WriteString(t.theme.Cut)
			break
		}
		w -= len(block)
		b.WriteString(t.theme.Paint(l.role, block))
	}
	return b.String()
}

// homes lists where each credential was used from; what is new is marked.
func (t *text) homes() {
	if len(t.card.Homes) == 0 {
		return
	}
	changes := 0
	for _, h := range t.card.Homes {
		if len(h.Changed) > 0 {
			changes++
		}
	}
	t.head("Homes", value.Of(int64(changes), "change", "changes")+" of address, agent, TLS or endpoint")
	last := ""
	for _, h := range t.card.Homes {
		if h.AccessKey != last {
			last = h.AccessKey
			t.lead(way{title: h.AccessKey, text: h.AccessKey, card: h.AccessKey, terms: []model.Term{term(model.FieldAccessKey, h.AccessKey)}}, part{text: h.AccessKey, role: theme.Accent})
		}
		endpoint := h.Endpoint
		if endpoint == "" {
			endpoint = "no endpoint"
		}
		of := way{title: h.AccessKey + " at " + h.IP, card: h.IP, text: h.IP + " " + h.Agent, terms: []model.Term{
			term(model.FieldAccessKey, h.AccessKey), lasting(model.FieldIP, h.IP), lasting(model.FieldAgent, h.Agent), lasting(model.FieldTLS, h.TLS), lasting(model.FieldVPCE, h.Endpoint)}}
		parts := []part{{text: "  " + shown(h.First), width: 22}}
		if len(h.Changed) > 0 {
			moved := "CHANGED " + strings.Join(h.Changed, ", ")
			parts = append(parts, part{text: moved, width: len(moved), role: theme.Bad})
		}
		t.lead(of, append(parts, part{text: value.Count(h.Requests), width: 6}, part{text: h.IP, width: 16}, part{text: endpoint, width: 12, cut: grid.CutHead},
			part{text: h.TLS, width: 7}, part{text: h.Agent})...)
		t.out[len(t.out)-1].Mark = len(h.Changed) > 0
	}
}

// lasting keeps a value, or that there is none.
func lasting(f model.Field, v string) model.Term {
	if v == "" {
		return value.Term(f, nil, false)
	}
	return term(f, v)
}

// lineage draws who asked for each credential, and what it asked for.
func (t *text) lineage() {
	if len(t.card.Lineage) == 0 {
		return
	}
	t.head("Lineage", "of the credentials; A draws the card of one")
	for _, l := range t.card.Lineage {
		t.link(l, 0, "")
	}
}

func (t *text) link(l answer.Link, depth int, word string) {
	name := l.AccessKey
	if name == "" {
		name = "(no key)"
	}
	says := word + name + " " + short(l.Actor, false)
	if l.Via != "" {
		says += ", issued by " + l.Via + " " + shown(l.Issued) + " (" + l.By + ")"
	}
	says += ", " + value.Of(l.Requests, "request", "requests")
	if l.Note != "" {
		says += ", " + l.Note
	}
	of := way{title: l.AccessKey, card: l.AccessKey, text: l.AccessKey, whole: true, terms: []model.Term{term(model.FieldAccessKey, l.AccessKey)}}
	if l.AccessKey == "" {
		of.terms, of.card, of.text = []model.Term{term(model.FieldActor, l.Actor)}, l.Actor, l.Actor
	}
	t.lead(of, part{text: strings.Repeat("  ", depth) + says})
	if l.From != nil {
		t.link(*l.From, depth+1, "asked for by ")
	}
	for _, i := range l.Issues {
		t.link(i, depth+1, "asked for ")
	}
}

// shares lists the values of a field with their requests.
func (t *text) shares(name string, f model.Field, all answer.Shares, card bool) {
	if len(all.Values) == 0 {
		return
	}
	more := value.Of(int64(len(all.Values)), "value", "values")
	if all.More > 0 {
		more += ", and " + value.Of(all.More, "row", "rows") + " with others"
	}
	t.head(name, more)
	width := 10
	for _, s := range all.Values {
		width = max(width, len(value.Remarks(s.Requests, s.Rows, s.Denied)))
	}
	for _, s := range all.Values {
		of := way{title: s.Value, text: s.Value, terms: []model.Term{term(f, s.Value)}}
		if card {
			of.card = s.Value
		}
		cut := grid.CutTail
		if f == model.FieldActor {
			cut = grid.CutHead
		}
		t.lead(of, part{text: fmt.Sprintf("%9s", value.Count(s.Requests)), width: 9}, part{text: value.Remarks(s.Requests, s.Rows, s.Denied), width: width, role: theme.Warn}, part{text: shown(s.First), width: 20}, part{text: s.Value, cut: cut})
	}
}
