package ui

import (
	"time"

	tea "charm.land/bubbletea/v2"

	"trailsift/ui/theme"
	"trailsift/ui/widget/shell"
)

// doubleClick is the longest time between the two clicks of a double one.
const doubleClick = 400 * time.Millisecond

// pointer is what the mouse did last.
type pointer struct {
	off  bool // the terminal keeps the mouse for its own selection
	x, y int
	at   time.Time
}

// toggleMouse gives the mouse to the terminal, for selecting text, or takes it again.
func (r *Root) toggleMouse() tea.Cmd {
	r.pointer.off = !r.pointer.off
	if r.pointer.off {
		r.Notice(theme.Text, "the mouse selects text now; F2 takes it back")
	} else {
		r.Notice(theme.Text, "the mouse points and clicks")
	}
	return nil
}

// mouse hands a gesture to what lies under it: the top overlay, the tab line, or the screen.
func (r *Root) mouse(msg tea.MouseMsg) tea.Cmd {
	at := msg.Mouse()
	m := shell.Mouse{X: at.X, Y: at.Y, Right: at.Button == tea.MouseRight}
	switch msg.(type) {
	case tea.MouseClickMsg:
		m.Gesture = shell.Click
		now := r.options.Clock()
		m.Double = at.X == r.pointer.x && at.Y == r.pointer.y && now.Sub(r.pointer.at) < doubleClick && !r.pointer.at.IsZero()
		r.pointer.x, r.pointer.y, r.pointer.at = at.X, at.Y, now
		if m.Double {
			r.pointer.at = time.Time{}
		}
	case tea.MouseReleaseMsg:
		m.Gesture = shell.Release
	case tea.MouseMotionMsg:
		m.Gesture = shell.Drag
	default:
		m.Gesture = shell.WheelDown
		if at.Button == tea.MouseWheelUp {
			m.Gesture = shell.WheelUp
		}
	}
	if r.frame.TooSmall || r.w == 0 || r.pointer.off {
		return nil
	}
	r.prefix = ""
	if o, ok := r.overlay(); ok {
		return r.mouseOver(o, m)
	}
	if m.Y == 0 {
		return r.mouseTabs(m)
	}
	m.Y -= r.frame.Body.Y
	if m.Y < 0 || m.Y >= r.frame.Body.H {
		return nil
	}
	if s, ok := r.top().(shell.Pointed); ok {
		return s.Mouse(m)
	}
	cmd, _ := shell.Wheel(m, r.top().Act)
	return cmd
}

// mouseOver is a gesture while an overlay is open: one beside it closes it.
func (r *Root) mouseOver(o shell.Overlay, m shell.Mouse) tea.Cmd {
	box, ok := shell.Room(o, r.w, r.frame.Body.H)
	x, y := m.X-box.X, m.Y-r.frame.Body.Y-box.Y
	inside := ok && x >= 0 && y >= 0 && x < box.W && y < box.H
	if cmd, done := shell.Wheel(m, o.Act); done {
		return cmd
	}
	if !inside {
		if m.Gesture == shell.Click {
			o.Close()
		}
		return nil
	}
	if p, ok := o.(shell.Pointed); ok {
		m.X, m.Y = x-2, y-1
		return p.Mouse(m)
	}
	return nil
}

func (r *Root) mouseTabs(m shell.Mouse) tea.Cmd {
	if m.Gesture != shell.Click {
		return nil
	}
	x := r.w
	for i := len(tabs) - 1; i >= 0; i-- {
		x -= len(r.tabLabel(i)) + 2
		if m.X >= x {
			return r.act(tabs[i].act)
		}
	}
	return nil
}

// tabLabel is what the tab line calls screen i.
func (r *Root) tabLabel(i int) string {
	t := tabs[i]
	if r.w < 70 || r.w < 110 && r.stack[0] != r.bases[t.act] {
		return t.key
	}
	return t.key + " " + t.name
}
