package ui

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"

	"trailsift/model"
	"trailsift/model/safe"
	"trailsift/ui/keys"
	"trailsift/ui/layout"
	"trailsift/ui/theme"
	"trailsift/ui/widget/briefing"
	"trailsift/ui/widget/grid"
	"trailsift/ui/widget/shell"
	"trailsift/ui/widget/value"
)

// painted is the last frame, kept until the next message.
type painted struct {
	valid   bool
	content string
}

// View draws the screen and what lies over it.
func (r *Root) View() tea.View {
	if !r.painted.valid {
		r.painted = painted{true, strings.Join(r.lines(), "\n")}
	}
	v := tea.View{Content: r.painted.content, AltScreen: true, WindowTitle: "trailsift"}
	if !r.pointer.off {
		v.MouseMode = tea.MouseModeCellMotion
	}
	return v
}

func (r *Root) lines() []string {
	if r.w <= 0 || r.h <= 0 {
		return nil
	}
	if r.frame.TooSmall {
		text := fmt.Sprintf("trailsift needs %dx%d cells; this terminal has %dx%d", layout.MinWidth, layout.MinHeight, r.w, r.h)
		return shell.Block(shell.Wrap(text, r.w), r.w, r.h)
	}
	out := []string{r.header()}
	body := r.top().Lines()
	if len(body) != r.frame.Body.H {
		body = shell.Block(body, r.w, r.frame.Body.H)
	}
	for _, o := range r.overlays {
		body = shell.Place(r.theme, body, r.w, o)
	}
	out = append(out, body...)
	if !r.frame.Rule.Empty() {
		out = append(out, r.theme.Paint(theme.Dim, strings.Repeat(r.theme.Rule, r.w)))
	}
	out = append(out, r.status())
	if !r.frame.Help.Empty() {
		out = append(out, r.hints())
	}
	return out
}

// header names the case, its counts, what is verified in counts, and the screens.
func (r *Root) header() string {
	var right strings.Builder
	width := 0
	for i, t := range tabs {
		label := r.tabLabel(i)
		if r.stack[0] == r.bases[t.act] {
			right.WriteString(r.theme.Paint(theme.Title, "["+label+"]"))
		} else {
			right.WriteString(" " + label + " ")
		}
		width += len(label) + 2
	}
	return shell.Pad(" "+r.heading(max(0, r.w-width-2)), max(0, r.w-width)) + right.String()
}

// nameLeast is how much of a case's name the header keeps before it leaves it out.
const nameLeast = 8

// heading is the left of the header in w cells: the program, the case, its requests, and what is
// verified, in the longest forms that fit. The counts go before the names.
func (r *Root) heading(w int) string {
	name := r.theme.Show(safe.New(r.options.Case).String())
	requests, forms := r.requests(), r.verified()
	for i, f := range forms {
		tail := strings.TrimSpace(requests + "  " + f)
		room := w - grid.Width(tail) - 2
		switch n := grid.Width(name); {
		case n <= room:
			program := ""
			for _, p := range []string{strings.TrimSpace("trailsift "+safe.New(r.options.Version).String()) + "  ", "trailsift  "} {
				if r.w >= 80 && program == "" && grid.Width(p)+n <= room {
					program = p
				}
			}
			return program + name + "  " + tail
		case room >= nameLeast && i >= len(forms)/2, room >= nameLeast && n > 40:
			return grid.Fit(name, room, grid.CutHead, r.theme.Cut) + "  " + tail
		}
	}
	last := forms[len(forms)-1]
	if tail := requests + "  " + last; grid.Width(tail) <= w {
		return tail
	}
	return grid.Fit(last, w, grid.CutTail, r.theme.Cut)
}

func (r *Root) requests() string {
	if !r.summary.known {
		return "opening" + r.theme.Cut
	}
	o := r.summary.over
	mark := ""
	if o.Provisional || r.jobs.loading() {
		mark = r.theme.Tilde
	}
	if r.w >= 140 {
		return mark + value.Of(o.Requests, "request", "requests")
	}
	return mark + value.Count(o.Requests)
}

// verified is what the last verification found, in counts, from the longest form to the shortest. A
// case that was never verified has the badges of its records instead. The tilde stands before counts
// of evidence that has changed since.
func (r *Root) verified() []string {
	if !r.summary.known {
		return []string{""}
	}
	v := r.summary.over.Verification
	if v == nil {
		return r.badges()
	}
	mark := ""
	if v.Stale {
		mark = r.theme.Tilde
	}
	bad, strange, gap := r.theme.Badge(model.Altered).Glyph, r.theme.Badge(model.Unlisted).Glyph, r.theme.Badge(model.Uncovered).Glyph
	long, short := "", ""
	for _, c := range []struct {
		sign, word string
		n          int
	}{{bad, "altered", v.Altered}, {bad, "missing", v.Missing}, {bad, "digests invalid", v.DigestsInvalid}, {bad, "digests missing", v.DigestsMissing},
		{strange, "unlisted", v.Unlisted}, {gap, "gaps", v.Gaps}} {
		if c.n > 0 {
			long += fmt.Sprintf("  %s %d %s", c.sign, c.n, c.word)
		}
	}
	for _, c := range []struct {
		sign string
		n    int
	}{{bad, v.Altered + v.Missing + v.DigestsInvalid + v.DigestsMissing}, {strange, v.Unlisted}, {gap, v.Gaps}} {
		if c.n > 0 {
			short += fmt.Sprintf(" %s%d", c.sign, c.n)
		}
	}
	digests, logs := fmt.Sprintf("%d/%d", v.DigestsValid, v.Digests), fmt.Sprintf("%d/%d", v.LogsValid, v.Logs)
	return []string{
		mark + "digests " + digests + " " + r.theme.Dot + " logs " + logs + long,
		mark + "digests " + digests + " " + r.theme.Dot + " logs " + logs + short,
		mark + "D" + digests + " L" + logs + short,
		mark + "L" + logs + short,
	}
}

// badges are the counts of the records' badges.
func (r *Root) badges() []string {
	o, short := r.summary.over, ""
	for _, i := range model.WorstFirst {
		if n := o.ByIntegrity[i]; n > 0 {
			short += " " + r.theme.Badge(i).Glyph + value.Count(n)
		}
	}
	if short == "" && r.jobs.loading() {
		return []string{"nothing to verify yet", ""}
	}
	return []string{briefing.Badges(r.theme, o.ByIntegrity), strings.TrimSpace(short)}
}

// asked says what somebody asked for and awaits, which esc stops; empty when there is nothing.
func (r *Root) asked() string {
	if s := r.top().Pending(); s != "" {
		return s
	}
	for _, o := range r.overlays {
		if p, ok := o.(interface{ Pending() bool }); ok && p.Pending() {
			return "counting"
		}
	}
	return ""
}

// pending says what is awaited; empty when idle.
func (r *Root) pending() string {
	if s := r.asked(); s != "" {
		return s
	}
	if r.summary.asking {
		return "reading the case"
	}
	if r.summary.leading {
		return "looking for leads"
	}
	return ""
}

// status is the line for what happens: its first cell is the busy sign while anything is awaited and
// blank when idle; then a notice, the choices after a first key, a job, what is awaited, or what the
// screen has to say.
func (r *Root) status() string {
	pending, running := r.pending(), r.jobs.count()
	sign := " "
	if pending != "" || running > 0 || r.jobs.refreshing {
		sign = r.theme.Paint(theme.Warn, r.theme.Busy)
	}
	job := ""
	for _, x := range r.jobs.list {
		if !x.done {
			more := "  J jobs"
			if x.watched {
				more = "  esc stops"
			}
			if running > 1 {
				more = fmt.Sprintf(" (+%d)", running-1) + more
			}
			job = x.strip(r.theme, r.options.Clock(), r.w-2-len(more)) + more
			break
		}
	}
	text, role := r.top().Status(), theme.Text
	n, noticed := r.notices.current()
	switch {
	case r.prefix != "":
		text, role = r.choices(), theme.Accent
		job = ""
	case noticed:
		text, role = n.text, n.role
		if role == theme.Bad {
			text = r.pointed(text)
		}
	case pending != "" && job == "":
		text = pending + r.theme.Cut + r.waiting.took(r.options.Clock())
		if r.asked() != "" {
			text += "  esc stops"
		}
	case job != "":
		text, job = job, ""
	}
	room := r.w - 2
	if job != "" && r.w >= 120 {
		room -= grid.Width(job) + 2
		return shell.Pad(sign+" "+r.theme.Paint(role, grid.Fit(text, room, grid.CutTail, r.theme.Cut))+"  "+job, r.w)
	}
	if r.frame.Help.Empty() && text == "" {
		return shell.Pad(sign+" "+r.hintText(room), r.w)
	}
	return shell.Pad(sign+" "+r.theme.Paint(role, grid.Fit(text, max(0, room), grid.CutTail, r.theme.Cut)), r.w)
}

// pointed is a notice that fits into the line, or points to where all of it is.
func (r *Root) pointed(text string) string {
	const more = "  M tells all"
	if room := r.w - 2; grid.Width(text) > room && room > 3*len(more) {
		return grid.Fit(text, room-len(more), grid.CutTail, r.theme.Cut) + more
	}
	return text
}

// choices is the strip shown after the first key of a pair.
func (r *Root) choices() string {
	pane := r.top().Pane()
	parts := []string{r.prefix}
	for _, a := range keys.Choices(pane, r.prefix) {
		for _, k := range a.Keys {
			if rest, ok := strings.CutPrefix(k, r.prefix+" "); ok {
				parts = append(parts, rest+" "+a.Short)
			}
		}
	}
	sep := "  "
	if r.w < 100 { // every choice must fit
		sep, parts = " ", parts[1:]
	}
	return strings.Join(parts, sep)
}

func (r *Root) hints() string { return shell.Pad(" "+r.hintText(r.w-2), r.w) }

// hintText says what the keys of the pane do, as many as fit.
func (r *Root) hintText(w int) string {
	pane := r.top().Pane()
	if o, ok := r.overlay(); ok {
		pane = o.Pane()
	}
	var b strings.Builder
	used := 0
	hints := keys.Hints(pane)
	// What leads to all the others comes first: a narrow line cuts the rest.
	slices.SortStableFunc(hints, func(a, b keys.Act) int {
		return cmp.Compare(btoi(b.Action == keys.ShowHelp), btoi(a.Action == keys.ShowHelp))
	})
	for _, a := range hints {
		if n := len(a.Keys[0]) + 1 + len(a.Short) + 2; used+n <= w+2 {
			used += n
			b.WriteString(r.theme.Paint(theme.Accent, a.Keys[0]) + " " + a.Short + "  ")
		}
	}
	return strings.TrimRight(b.String(), " ")
}

func btoi(b bool) int {
	if b {
		return 1
	}
	return 0
}
