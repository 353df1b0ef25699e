// Package briefing is the first thing shown of a case: what it holds, what it lacks, what is
// verified, and leads worth a look. It must not know where leads come from or what opening one does.
package briefing

import (
	"fmt"
	"strings"

	tea "charm.land/bubbletea/v2"

	"trailsift/model"
	"trailsift/model/safe"
	"trailsift/ui/keys"
	"trailsift/ui/theme"
	"trailsift/ui/widget/grid"
	"trailsift/ui/widget/shell"
	"trailsift/ui/widget/value"
)

// Lead is a question whose answer is not empty.
type Lead struct {
	Title string
	Count int64
	Open  func() tea.Cmd
}

// Briefing is the overlay.
type Briefing struct {
	shell.Base
	theme   *theme.Theme
	name    string
	over    model.Overview
	known   bool
	loading bool
	leads   []Lead
	asking  bool // more leads may come
	row     int
}

// New opens the briefing of a case.
func New(th *theme.Theme, name string) *Briefing {
	return &Briefing{theme: th, name: name}
}

// SetOverview tells what the case holds.
func (b *Briefing) SetOverview(o model.Overview, loading bool) {
	b.over, b.known, b.loading = o, true, loading
}

// SetLeads shows the leads found so far.
func (b *Briefing) SetLeads(l []Lead, more bool) {
	b.leads, b.asking = l, more
	b.row = max(0, min(b.row, len(l)-1))
}

// Pane is where the briefing's keys are looked up.
func (b *Briefing) Pane() keys.Pane { return keys.Briefing }

// Title is the heading.
func (b *Briefing) Title() string { return "Briefing" }

// Act moves between leads or opens one.
func (b *Briefing) Act(a keys.Action) tea.Cmd {
	switch a {
	case keys.Up:
		b.row = max(0, b.row-1)
	case keys.Down:
		if len(b.leads) == 0 {
			b.Close()
		}
		b.row = max(0, min(len(b.leads)-1, b.row+1))
	case keys.Open:
		b.Close()
		if b.row < len(b.leads) {
			return b.leads[b.row].Open()
		}
	case keys.Back:
		b.Close()
	}
	return nil
}

// Type dismisses the briefing: whoever presses another key knows where to go.
func (b *Briefing) Type(tea.KeyPressMsg) tea.Cmd {
	b.Close()
	return nil
}

// Size asks for at most twelve lines on a small screen, so that the list shows behind it.
func (b *Briefing) Size(w, h int) (int, int) {
	w = min(w, 96)
	most := 10
	if h > 30 {
		most = 20
	}
	return w, min(h, most, len(b.text(w))+max(1, len(b.leads))+2)
}

func (b *Briefing) text(w int) []string {
	if !b.known {
		return []string{"opening the case" + b.theme.Cut}
	}
	var out []string
	add := func(format string, args ...any) {
		out = append(out, grid.Fit(fmt.Sprintf(format, args...), w, grid.CutTail, b.theme.Cut))
	}
	o := b.over
	mark := ""
	if o.Provisional || b.loading {
		mark = b.theme.Tilde
	}
	requests := value.Of(o.Requests, "request", "requests")
	if more := value.Remarks(o.Requests, o.Listed, 0); more != "" {
		requests += " " + more
	}
	add("%s%s  %s", mark, requests, value.Span(o.Span))
	if o.Provisional || b.loading {
		add("counts are provisional until loading has settled (%s)", b.theme.Tilde)
	}
	for i, u := range o.Unfinished {
		if b.loading {
			break
		}
		if i == 2 {
			add("and %s more that did not come to their end", value.Of(int64(len(o.Unfinished)-i), "load", "loads"))
			break
		}
		for _, l := range shell.Wrap(b.theme.Show(safe.New(u.String()).String())+"; R goes on", w) {
			out = append(out, b.theme.Paint(theme.Warn, l))
		}
	}
	add("logs: %s", b.logs())
	add("accounts: %s   buckets: %s", b.some(o.Accounts, 3), b.some(o.Buckets, 3))
	if b.loading && len(o.ByIntegrity) == 0 {
		add("verified: nothing yet")
	} else {
		add("verified: %s", Badges(b.theme, o.ByIntegrity))
	}
	if LacksDataEvents(o) && !b.loading {
		out = append(out, b.theme.Paint(theme.Warn, grid.Fit(NoDataEvents, w, grid.CutTail, b.theme.Cut)))
	}
	if o.RawElsewhere {
		add("raw bytes live outside the case: keep the evidence where it is")
	}
	if o.Window.IsZero() {
		add("incident window: not set")
	} else {
		add("incident window: %s", value.Span(o.Window))
	}
	return out
}

// LacksDataEvents tells that there is CloudTrail evidence and that no data event is in it, as far as
// that is known: while evidence is loaded, some may still come.
func LacksDataEvents(o model.Overview) bool {
	return !o.DataEvents && !o.Provisional && o.ByLog[model.CloudTrail] > 0
}

// NoDataEvents is the standing notice of a case without CloudTrail data events.
const NoDataEvents = "no CloudTrail data events: reads and writes of objects are not in this CloudTrail evidence"

func (b *Briefing) logs() string {
	var parts []string
	for _, l := range []model.Log{model.CloudTrail, model.AccessLog} {
		if n := b.over.ByLog[l]; n > 0 {
			parts = append(parts, fmt.Sprintf("%s %s", l, value.Of(n, "record", "records")))
		} else {
			parts = append(parts, "no "+l.String()+" records"+b.yet())
		}
	}
	return strings.Join(parts, ", ")
}

// yet stands behind what is not there, while it may still come.
func (b *Briefing) yet() string {
	if b.loading {
		return " yet"
	}
	return ""
}

func (b *Briefing) some(names []string, most int) string {
	if len(names) == 0 {
		return "none named" + b.yet()
	}
	var parts []string
	for _, n := range names[:min(most, len(names))] {
		parts = append(parts, b.theme.Show(safe.New(n).String()))
	}
	s := strings.Join(parts, " ")
	if more := len(names) - most; more > 0 {
		s += fmt.Sprintf(" +%d", more)
	}
	return s
}

// Badges says the verification in counts, worst first, each with its glyph and word.
func Badges(th *theme.Theme, by map[model.Integrity]int64) string {
	var parts []string
	for _, i := range model.WorstFirst {
		if n := by[i]; n > 0 {
			s := th.Badge(i)
			parts = append(parts, s.Glyph+" "+value.Count(n)+" "+s.Word)
		}
	}
	if len(parts) == 0 {
		return "nothing to verify"
	}
	return strings.Join(parts, "  ")
}

// top is the first lead that is shown where there is room for some rows.
func (b *Briefing) top(rows int) int { return max(0, b.row-rows+1) }

// leadsHead says how many leads there are, and where the rest is when not all are shown.
func (b *Briefing) leadsHead(rows int) string {
	head := "leads"
	top := b.top(rows)
	if last := min(len(b.leads), top+rows); top > 0 || last < len(b.leads) {
		head += fmt.Sprintf(" %d to %d of %d", top+1, last, len(b.leads))
		switch {
		case last == len(b.leads):
			head += ", more above"
		case top == 0:
			head += ", more below: j or down"
		default:
			head += ", more above and below"
		}
	}
	if b.asking {
		head += b.theme.Cut
	}
	return head
}

// Lines draws the briefing.
func (b *Briefing) Lines(w, h int) []string {
	out := b.text(w)
	rows := max(1, h-len(out)-2)
	switch {
	case len(b.leads) > 0:
		out = append(out, b.theme.Paint(theme.Title, grid.Fit(b.leadsHead(rows), w, grid.CutTail, b.theme.Cut)))
	case b.loading || b.over.Provisional:
		out = append(out, b.theme.Paint(theme.Dim, "leads are looked for when loading has settled"))
	case b.asking:
		out = append(out, b.theme.Paint(theme.Dim, "looking for leads"+b.theme.Cut))
	default:
		out = append(out, b.theme.Paint(theme.Dim, "no leads: no standing question has an answer here"))
	}
	top := b.top(rows)
	for i := top; i < len(b.leads) && i < top+rows; i++ {
		l := b.leads[i]
		mark := "  "
		text := grid.Fit(l.Title+"  "+value.Count(l.Count), max(0, w-2), grid.CutTail, b.theme.Cut)
		if i == b.row {
			mark, text = b.theme.Cursor+" ", b.theme.Paint(theme.Select, text)
		}
		out = append(out, mark+text)
	}
	foot := b.theme.Paint(theme.Dim, grid.Fit("enter opens a lead   esc closes   b brings this back", w, grid.CutTail, b.theme.Cut))
	if len(out) > h-1 {
		out = out[:max(0, h-1)]
	}
	return append(out, foot)
}
