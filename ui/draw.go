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
	return tea.View{Content: r.painted.content, AltScreen: true, WindowTitle: "trailsift"}
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
	for _, t := range tabs {
		label := t.key + " " + t.name
		if r.w < 70 || r.w < 110 && r.stack[0] != r.bases[t.act] {
			label = t.key
		}
		if r.stack[0] == r.bases[t.act] {
			right.WriteString(r.theme.Paint(theme.Title, "["+label+"]"))
		} else {
			right.WriteString(" " + label + " ")
		}
		width += len(label) + 2
	}
	name := safe.New(r.options.Case).String()
	if r.w < 120 {
		name = grid.Fit(name, min(grid.Width(name), 20), grid.CutHead, r.theme.Cut)
	}
	left := r.theme.Show(name) + "  " + r.counts()
	if grid.Width(left)+12 <= r.w-width {
		name := "trailsift  "
		if v := r.options.Version; v != "" && r.w >= 140 {
			name = "trailsift " + safe.New(v).String() + "  "
		}
		left = name + left
	}
	left = " " + left
	return grid.Fit(left, max(0, r.w-width), grid.CutTail, r.theme.Cut) + right.String()
}

func (r *Root) counts() string {
	if !r.summary.known {
		return "opening" + r.theme.Cut
	}
	o := r.summary.over
	mark := ""
	if o.Provisional || r.jobs.loading() {
		mark = r.theme.Tilde
	}
	if r.w >= 140 {
		return mark + value.Of(o.Requests, "request", "requests") + "  " + briefing.Badges(r.theme, o.ByIntegrity)
	}
	var b strings.Builder
	b.WriteString(mark + value.Count(o.Requests) + " ")
	for _, i := range []model.Integrity{model.Altered, model.Unlisted, model.Verified, model.Unverifiable, model.Uncovered, model.Pending, model.NotChecked, model.IntegrityNA} {
		if n := o.ByIntegrity[i]; n > 0 {
			b.WriteString(" " + r.theme.Badge(i).Glyph + value.Count(n))
		}
	}
	return b.String()
}

// pending says what is awaited; empty when idle.
func (r *Root) pending() string {
	if s := r.top().Pending(); s != "" {
		return s
	}
	for _, o := range r.overlays {
		if p, ok := o.(interface{ Pending() bool }); ok && p.Pending() {
			return "counting"
		}
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
			job = x.strip(r.theme, r.options.Clock())
			if running > 1 {
				job += fmt.Sprintf(" (+%d)", running-1)
			}
			job += "  J jobs"
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
	case pending != "" && job == "":
		text = pending + r.theme.Cut + "  esc stops"
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
	if r.w < 100 {
		sep = " "
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
