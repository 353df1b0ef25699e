package ui

import (
	tea "charm.land/bubbletea/v2"

	"trailsift/ui/keys"
	"trailsift/ui/theme"
	"trailsift/ui/widget/grid"
	"trailsift/ui/widget/shell"
)

// logView lists the jobs, or the messages so far, newest first.
type logView struct {
	shell.Base
	root *Root
	jobs bool
	row  int
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
	case keys.Up:
		l.row--
	case keys.Down:
		l.row++
	case keys.PageUp, keys.HalfUp:
		l.row -= 10
	case keys.PageDown, keys.HalfDown:
		l.row += 10
	case keys.First:
		l.row = 0
	case keys.Last:
		l.row = l.count() - 1
	case keys.Cancel:
		if i := l.count() - 1 - l.row; l.jobs && i >= 0 {
			l.root.jobs.list[i].stop()
		}
	case keys.Open, keys.Back:
		l.Close()
	}
	l.row = max(0, min(l.row, l.count()-1))
	return nil
}

// Size asks for a line an entry.
func (l *logView) Size(w, h int) (int, int) { return min(w, 110), min(h, max(3, l.count()+1)) }

// Lines draws the entries.
func (l *logView) Lines(w, h int) []string {
	th := l.root.theme
	var out []string
	n := l.count()
	if n == 0 {
		out = append(out, "nothing yet")
	}
	for i := max(0, l.row-(h-2)); i < n && len(out) < h-1; i++ {
		text, role := l.entry(n - 1 - i)
		text = grid.Fit(text, max(0, w-2), grid.CutTail, th.Cut)
		if i == l.row {
			out = append(out, th.Cursor+" "+th.Paint(theme.Select, text))
		} else {
			out = append(out, "  "+th.Paint(role, text))
		}
	}
	foot := "esc closes"
	if l.jobs {
		foot = "x stops a job   esc closes"
	}
	return append(out, th.Paint(theme.Dim, grid.Fit(foot, w, grid.CutTail, th.Cut)))
}

func (l *logView) entry(i int) (string, theme.Role) {
	r := l.root
	if !l.jobs {
		n := r.notices.log[i]
		return n.at.UTC().Format("15:04:05Z ") + n.text, n.role
	}
	x := r.jobs.list[i]
	switch {
	case !x.done:
		return "running  " + x.strip(r.theme, r.options.Clock()), theme.Text
	case x.failed:
		return "failed   " + x.result, theme.Bad
	case x.partial:
		return "partly   " + x.result, theme.Warn
	}
	return "done     " + x.result, theme.Good
}
