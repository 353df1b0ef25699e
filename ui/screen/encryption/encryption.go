// Package encryption is the screen of how object-creating writes were encrypted: outcomes by group,
// over time, and what deserves a look. It must not know how the outcomes are found out.
package encryption

import (
	"cmp"
	"fmt"
	"strings"
	"unicode/utf8"

	tea "charm.land/bubbletea/v2"

	"trailsift/model"
	"trailsift/model/answer"
	"trailsift/model/filter"
	"trailsift/model/safe"
	"trailsift/ui/keys"
	"trailsift/ui/theme"
	"trailsift/ui/widget/grid"
	"trailsift/ui/widget/shell"
	"trailsift/ui/widget/value"
)

// Backend is what the screen asks.
type Backend interface {
	Encryption(f model.Filter, by, over string) []model.Part[answer.Encryption]
}

// Parse reads the filter of a finding.
type Parse func(text string) (model.Filter, error)

// groupings are what the groups can be by, in the order the key goes through them.
var groupings = []struct {
	name  string
	field model.Field
}{{"bucket", model.FieldBucket}, {"prefix", ""}, {"actor", model.FieldActor}, {"key", model.FieldObject}}

// outcomes are the columns, with the outcomes that each adds up.
var outcomes = []struct {
	name string
	of   []model.Enc
	role theme.Role
}{
	{"S3 DFLT", []model.Enc{model.EncSSES3Default}, theme.Text},
	{"S3", []model.Enc{model.EncSSES3}, theme.Text},
	{"KMS DFLT", []model.Enc{model.EncSSEKMSDefault}, theme.Text},
	{"KMS", []model.Enc{model.EncSSEKMS}, theme.Text},
	{"DSSE", []model.Enc{model.EncDSSEKMSDefault, model.EncDSSEKMS}, theme.Text},
	{"SSE-C", []model.Enc{model.EncSSEC}, theme.Bad},
	{"NONE", []model.Enc{model.EncNone, model.EncNotReported}, theme.Warn},
	{"UNKNOWN", []model.Enc{model.EncOther, model.EncUnknown}, theme.Dim},
}

// Encryption is the screen.
type Encryption struct {
	shell.Still
	shell.Question[answer.Encryption]
	shell    shell.Shell
	theme    *theme.Theme
	backend  Backend
	parse    Parse
	print    func(model.Filter) string
	filter   model.Filter
	by       int // of groupings
	audit    answer.Encryption
	covers   shell.Covers
	groups   *grid.Grid
	findings *grid.Grid
	below    bool // the findings have the keys
	w, h     int
}

// New returns the screen; a nil backend says that this session cannot audit.
func New(sh shell.Shell, b Backend, covers shell.Covers, parse Parse, print func(model.Filter) string) *Encryption {
	e := &Encryption{shell: sh, theme: sh.Theme(), backend: b, covers: covers, parse: parse, print: print}
	e.Doing, e.Cannot = "auditing the writes", "could not audit the writes"
	e.groups = grid.New(e.theme, groupColumns(nameLeast))
	e.findings = grid.New(e.theme, []grid.Column{
		{Name: "V", Min: 1, Want: 1, Priority: 1},
		{Name: "COUNT", Min: 7, Want: 9, Priority: 2, Right: true},
		{Name: "FINDING", Min: 16, Want: 22, Priority: 0},
		{Name: "WHERE", Min: 12, Want: 26, Priority: 3, Cut: grid.CutMiddle},
		{Name: "WHO", Min: 12, Want: 30, Priority: 4, Cut: grid.CutHead},
		{Name: "SINCE", Min: 20, Want: 20, Priority: 6},
		{Name: "WHAT", Min: 20, Want: 120, Priority: 5, Elastic: true},
	})
	e.groups.SetFocus(true)
	return e
}

// The least cells of a group's name: a short one leaves more room to the outcomes.
const nameLeast, nameMost = 14, 26

// groupColumns are those of the groups whose names have least cells. In a narrow window what asks for a look
// stays: customer keys, no encryption, foreign KMS keys.
func groupColumns(least int) []grid.Column {
	columns := []grid.Column{{Name: "GROUP", Min: least, Want: 60, Priority: 0, Cut: grid.CutMiddle, Elastic: true}}
	for i, o := range outcomes {
		columns = append(columns, grid.Column{Name: o.name, Min: 8, Want: 9, Priority: []int{4, 6, 5, 3, 8, 1, 2, 9}[i], Right: true})
	}
	return append(columns, grid.Column{Name: "FAILED", Min: 7, Want: 9, Priority: 7, Right: true}, grid.Column{Name: "LAST", Min: 20, Want: 20, Priority: 10})
}

// Title names the screen in the header.
func (e *Encryption) Title() string { return "Encryption" }

// Pane is the pane that has the keys.
func (e *Encryption) Pane() keys.Pane { return keys.Encryption }

// Looking is the filter whose rows it tells of.
func (e *Encryption) Looking() model.Filter { return e.filter }

// SetFilter has the screen audit the writes of f only. It takes effect when the screen is opened.
func (e *Encryption) SetFilter(f model.Filter) {
	if !f.Equal(e.filter) {
		e.filter, e.Known = f, false
	}
}

// Open asks for the audit.
func (e *Encryption) Open() tea.Cmd {
	if e.backend == nil {
		e.Failed = "this session cannot audit; trailsift audit encryption can"
		return nil
	}
	parts := e.backend.Encryption(e.filter, groupings[e.by].name, "hour")
	return e.BeginParts(e.shell, parts, empty, e.covers, model.Query{Filter: e.filter})
}

// Twin is the command that audits the same.
func (e *Encryption) Twin() shell.Twin {
	return shell.Twin{Verb: "audit encryption", Words: []string{"--by=" + groupings[e.by].name, "--over=hour"}, Filter: e.filter}
}

func empty(a answer.Encryption) bool { return len(a.Groups) == 0 }

// Refresh asks again.
func (e *Encryption) Refresh() tea.Cmd { return e.Open() }

// Receive takes the audit.
func (e *Encryption) Receive(msg tea.Msg) tea.Cmd {
	a, ok := e.Take(msg)
	if !ok {
		return e.More()
	}
	e.show(a)
	return tea.Batch(e.Resize(e.w, e.h), e.More())
}

// show fills the lists with an audit, or with what is known of it.
func (e *Encryption) show(a answer.Encryption) {
	e.audit = a
	var rows []grid.Row
	least := nameLeast
	for _, g := range a.Groups {
		rows = append(rows, e.group(g))
		least = max(least, min(nameMost, utf8.RuneCountInString(e.called(g.Name))))
	}
	e.groups.SetColumns(groupColumns(least))
	e.groups.SetRows(rows)
	rows = nil
	for _, f := range a.Findings {
		since := ""
		if f.First != nil {
			since = value.Time(*f.First)
		}
		badge := grid.Word("", theme.Text)
		if f.Integrity != "" {
			s := e.theme.BadgeOf(f.Integrity)
			badge = grid.Word(s.Glyph, s.Role)
		}
		rows = append(rows, grid.Row{Cells: []grid.Cell{
			badge, grid.Word(value.Count(f.Count), theme.Text), grid.Word(f.Code, theme.Warn), grid.Text(e.theme, safe.New(f.Scope), theme.Text),
			grid.Text(e.theme, safe.New(who(f.Actors)), theme.Text), grid.Word(since, theme.Text), grid.Text(e.theme, safe.New(f.Text), theme.Text),
		}})
	}
	e.findings.SetRows(rows)
}

// who is the first of some actors by the last part of its name, and how many more there are.
func who(actors []string) string {
	if len(actors) == 0 {
		return ""
	}
	name := actors[0][strings.LastIndex(actors[0], ":")+1:]
	if n := len(actors) - 1; n > 0 {
		name += fmt.Sprintf(" +%d", n)
	}
	return name
}

// called is a group's name as the list shows it: of an actor, what tells it from others.
func (e *Encryption) called(name string) string {
	if groupings[e.by].field != model.FieldActor {
		return name
	}
	if parts := strings.SplitN(name, ":", 6); len(parts) == 6 && parts[0] == "arn" {
		return strings.TrimPrefix(parts[5], "assumed-role/")
	}
	return name
}

func (e *Encryption) group(g answer.EncGroup) grid.Row {
	name := grid.Text(e.theme, safe.New(e.called(g.Name)), theme.Text)
	if g.Name == "" {
		name = grid.Word("(no name)", theme.Dim)
	}
	cells := []grid.Cell{name}
	number := func(n int64, r theme.Role) grid.Cell {
		if n == 0 {
			return grid.Word(e.theme.Dot, theme.Dim)
		}
		return grid.Word(value.Count(n), r)
	}
	for _, o := range outcomes {
		cells = append(cells, number(sum(g.Outcomes, o.of), o.role))
	}
	last := ""
	switch {
	case g.Last != nil:
		last = value.Time(*g.Last)
	case e.audit.Time == nil: // the times are counted next
		last = e.theme.Cut
	}
	return grid.Row{Cells: append(cells, number(g.Failed, theme.Dim), grid.Word(last, theme.Text))}
}

func sum(c answer.Counts, of []model.Enc) int64 {
	n := int64(0)
	for _, o := range of {
		n += c[o.String()]
	}
	return n
}

// heights of the parts: the groups, the chart and the findings, each with a heading.
func (e *Encryption) heights() (groups, chart, findings int) {
	rest := e.h - 1
	if rest >= 16 && len(e.audit.Time) > 0 {
		chart = 1 + len(e.charted())
	}
	if rest-chart >= 8 && len(e.audit.Findings) > 0 {
		findings = min(2+len(e.audit.Findings), (rest-chart)/2)
	}
	return rest - chart - findings, chart, findings
}

// Resize gives the screen w by h cells.
func (e *Encryption) Resize(w, h int) tea.Cmd {
	e.w, e.h = w, h
	groups, _, findings := e.heights()
	if findings == 0 && e.below {
		e.focus(false)
	}
	return tea.Batch(e.groups.SetSize(w, max(0, groups-1)), e.findings.SetSize(w, max(0, findings-1)))
}

func (e *Encryption) focus(below bool) {
	e.below = below
	e.groups.SetFocus(!below)
	e.findings.SetFocus(below)
}

// Act moves, changes the grouping, or opens the writes under the cursor.
func (e *Encryption) Act(a keys.Action) tea.Cmd {
	switch a {
	case keys.NextPane:
		if _, _, h := e.heights(); h > 0 || e.below {
			e.focus(!e.below)
		}
		return nil
	case keys.Regroup:
		e.by = (e.by + 1) % len(groupings)
		e.Known = false // the groups there are have other names
		e.show(answer.Encryption{})
		return e.Open()
	case keys.ClearAll:
		e.SetFilter(model.Filter{})
		return e.Open()
	case keys.Open, keys.Keep, keys.Drop, keys.Only:
		return e.open(a)
	}
	g := e.groups
	if e.below {
		g = e.findings
	}
	cmd, _ := g.Act(a)
	return cmd
}

// Mouse gives the list that is clicked the keys, scrolls, and opens what is clicked twice.
func (e *Encryption) Mouse(m shell.Mouse) tea.Cmd {
	groups, chart, findings := e.heights()
	if below := findings > 0 && m.Y > groups+chart; below != e.below && m.Gesture == shell.Click {
		e.focus(below)
	}
	if e.below {
		return shell.Point(e.findings, m, 2+groups+chart, e.Act)
	}
	return shell.Point(e.groups, m, 1, e.Act)
}

func (e *Encryption) open(a keys.Action) tea.Cmd {
	if e.below {
		i, ok := e.findings.Index(len(e.audit.Findings))
		if !ok {
			return nil
		}
		f, err := e.parse(e.audit.Findings[i].Filter)
		if err != nil {
			e.shell.Notice(theme.Bad, "the finding's filter cannot be read: "+safe.New(err.Error()).String())
			return nil
		}
		return shell.Sift(e.shell, a, e.audit.Findings[i].Code, e.filter, f.Terms)
	}
	i, ok := e.groups.Index(len(e.audit.Groups))
	if !ok {
		e.shell.Notice(theme.Warn, "there is nothing under the cursor")
		return nil
	}
	writes := e.filter.With(model.Term{Field: model.FieldEnc, Op: model.Present}).With(value.Term(model.FieldEnc, model.EncNA.String(), true))
	return shell.Sift(e.shell, a, "writes", writes, e.own(e.audit.Groups[i].Name))
}

// own are the conditions that keep a group.
func (e *Encryption) own(name string) []model.Term {
	by := groupings[e.by]
	if by.field != "" {
		if name == "" {
			return []model.Term{{Field: by.field, Op: model.Present, Not: true}}
		}
		return []model.Term{value.Term(by.field, name, false)}
	}
	bucket, folder, _ := strings.Cut(name, "/")
	out := []model.Term{value.Term(model.FieldBucket, bucket, false)}
	if folder != "" {
		out = append(out, filter.BeginsWith(model.FieldKey, folder))
	}
	return out
}

// Lines draws the groups, the chart and the findings.
func (e *Encryption) Lines() []string {
	if e.h <= 0 {
		return nil
	}
	groups, chart, findings := e.heights()
	a := e.audit
	title := "Writes by " + groupings[e.by].name
	if len(e.filter.Terms) > 0 {
		title += " among " + e.theme.Show(safe.Cut(e.print(e.filter), max(10, e.w/2)).String())
	}
	out := []string{shell.Rule(e.theme, e.w, !e.below, title, "o groups otherwise")}
	if why := e.Excuse(e.theme, e.w, e.h-1, empty(a), "no object-creating write is recorded here"); why != nil {
		return append(out, why...)
	}
	out = append(out, shell.Block(e.groups.Lines(), e.w, groups-1)...)
	total := fmt.Sprintf("%s written, %s failed; ", value.Count(a.Writes), value.Count(a.Failed))
	if a.Uploads.Started < 0 {
		total += "uploads are not told yet, " + value.Of(int64(len(a.Findings)), "finding", "findings") + e.Remark()
	} else {
		total += uploads(a.Uploads)
	}
	out = append(out, shell.Pad(" "+e.theme.Paint(theme.Title, grid.Fit(total, e.w-1, grid.CutTail, e.theme.Cut)), e.w))
	if chart > 0 {
		lines, scale := e.chart()
		out = append(out, shell.Rule(e.theme, e.w, false, "Over time", scale+e.spanText()))
		out = append(out, shell.Block(lines, e.w, chart-1)...)
	}
	if findings > 0 {
		out = append(out, shell.Rule(e.theme, e.w, e.below, "Findings", value.Of(int64(len(a.Findings)), "finding", "findings")+e.Remark()+"; enter lists its requests"))
		out = append(out, shell.Block(e.findings.Lines(), e.w, findings-1)...)
	}
	return out
}

// uploads tells of multipart uploads; what did not happen takes no room.
func uploads(u answer.Uploads) string {
	if u.Started == 0 && u.WithoutStart == 0 {
		return "no multipart uploads"
	}
	out := fmt.Sprintf("uploads: %s of %s completed", value.Count(u.Completed), value.Count(u.Started))
	for _, x := range []struct {
		n    int64
		what string
	}{{u.Unfinished, "unfinished"}, {u.Aborted, "aborted"}, {u.WithoutStart, "more whose start is not here"}} {
		if x.n > 0 {
			out += ", " + value.Count(x.n) + " " + x.what
		}
	}
	return out
}

// breakdown tells the outcomes of a group in words.
func breakdown(g answer.EncGroup) string {
	out := ""
	for _, o := range outcomes {
		if n := sum(g.Outcomes, o.of); n > 0 {
			out += ", " + o.name + " " + value.Count(n)
		}
	}
	if g.Failed > 0 {
		out += ", failed " + value.Count(g.Failed)
	}
	return out
}

// Status is the whole name of the group with its outcomes, or what the finding says, under the cursor.
func (e *Encryption) Status() string {
	text := ""
	if e.below {
		if i, ok := e.findings.Index(len(e.audit.Findings)); ok {
			text = e.audit.Findings[i].Text
		}
	} else if i, ok := e.groups.Index(len(e.audit.Groups)); ok {
		text = cmp.Or(e.audit.Groups[i].Name, "(no name)") + breakdown(e.audit.Groups[i])
	}
	return e.theme.Show(safe.Cut(text, 512).String())
}

// Back leaves the findings for the groups.
func (e *Encryption) Back() (tea.Cmd, bool) {
	if !e.below {
		return nil, false
	}
	e.focus(false)
	return nil, true
}
