package ui

import (
	"math"
	"strings"

	tea "charm.land/bubbletea/v2"

	"trailsift/ui/keys"
	"trailsift/ui/theme"
	"trailsift/ui/widget/grid"
	"trailsift/ui/widget/shell"
)

// logView lists the jobs, or the messages so far, newest first.
type logView struct {
	shell.Base
	root    *Root
	jobs    bool
	choices shell.Choices
}

// Pane is where the overlay's keys are looked up.
func (l *logView) Pane() keys.Pane { return keys.Log }

// Title is the heading.
func (l *logView) Title() string {
	if l.jobs {
		return "Jobs"
	}
	return "Messages"
}

func (l *logView) count() int {
	if l.jobs {
		return len(l.root.jobs.list)
	}
	return len(l.root.notices.log)
}

// Act moves, or stops a job.
func (l *logView) Act(a keys.Action) tea.Cmd {
	switch a {
	case keys.Cancel:
		if i := l.count() - 1 - l.choices.Row; l.jobs && i >= 0 {
			l.root.jobs.list[i].stop()
		}
	case keys.Open, keys.Back:
		l.Close()
	default:
		l.choices.Move(a, l.count())
	}
	return nil
}

// Size asks for a line an entry, and for what the one under the cursor needs beyond its own.
func (l *logView) Size(w, h int) (int, int) {
	w = min(w, 110)
	return w, min(h, max(3, l.count()+1+len(l.whole(w, max(0, h-2)))))
}

// whole is the entry under the cursor in full, in at most h lines; nothing where its line tells all.
func (l *logView) whole(w, h int) []string {
	i := l.count() - 1 - l.choices.Row
	if i < 0 {
		return nil
	}
	text, role := l.entry(i, math.MaxInt)
	if grid.Width(text) <= w-2 {
		return nil
	}
	th := l.root.theme
	out := []string{th.Paint(theme.Dim, strings.Repeat(th.Rule, w))}
	for _, s := range shell.Wrap(text, max(1, w-2)) {
		out = append(out, "  "+th.Paint(role, s))
	}
	return out[:min(len(out), h)]
}

// Lines draws the entries.
func (l *logView) Lines(w, h int) []string {
	th, n := l.root.theme, l.count()
	full := l.whole(w, max(0, h-2))
	out := l.choices.Lines(th, w, h-1-len(full), n, func(i int) (string, theme.Role) { return l.entry(n-1-i, w-2) })
	if n == 0 {
		out = append(out, "nothing yet")
	}
	out = append(out, full...)
	foot := "esc closes"
	if l.jobs {
		foot = "x stops a job   esc closes"
	}
	return append(out, shell.Foot(th, w, foot))
}

// entry is one entry, a running job in w cells where that can be.
func (l *logView) entry(i, w int) (string, theme.Role) {
	r := l.root
	if !l.jobs {
		n := r.notices.log[i]
		return n.at.UTC().Format("15:04:05Z ") + n.text, n.role
	}
	x := r.jobs.list[i]
	switch {
	case !x.done:
		return "running  " + x.strip(r.theme, r.options.Clock(), w-len("running  ")), theme.Text
	case x.failed:
		return "failed   " + x.result, theme.Bad
	case x.partial:
		return "partly   " + x.result, theme.Warn
	}
	return "done     " + x.result, theme.Good
}
