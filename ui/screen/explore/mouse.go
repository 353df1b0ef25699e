package explore

import (
	tea "charm.land/bubbletea/v2"

	"trailsift/ui/keys"
	"trailsift/ui/layout"
	"trailsift/ui/widget/shell"
)

// Mouse does what a gesture on the screen means. Everything it does has a key.
func (e *Explore) Mouse(m shell.Mouse) tea.Cmd {
	if m.Gesture == shell.Release {
		if e.focus == layout.Bars && e.bars.Brushing() && e.dragged {
			e.dragged = false
			return e.keepChosen(false)
		}
		return nil
	}
	if e.edit.on {
		return nil
	}
	if m.Gesture == shell.Click {
		switch m.Y {
		case e.cut.Input.Y:
			return e.editText()
		case e.cut.Chips.Y:
			return e.clickChip(m)
		}
	}
	for _, p := range []layout.Pane{layout.Bars, layout.Facets, layout.List, layout.Detail} {
		r := e.rect(p)
		if m.X < r.X || m.X >= r.X+r.W || m.Y < r.Y || m.Y >= r.Y+r.H {
			continue
		}
		m.X, m.Y = m.X-r.X, m.Y-r.Y
		if cmd, ok := e.wheel(p, m); ok {
			return cmd
		}
		return e.point(p, m)
	}
	return nil
}

// wheel scrolls the pane under the mouse, whichever has the keys.
func (e *Explore) wheel(p layout.Pane, m shell.Mouse) (tea.Cmd, bool) {
	return shell.Wheel(m, func(a keys.Action) tea.Cmd {
		switch p {
		case layout.Detail:
			e.detail.Act(a)
		case layout.Facets:
			e.facets.move(a)
		case layout.List:
			cmd, _ := e.grid.Act(a)
			return tea.Batch(cmd, e.follow())
		}
		return nil
	})
}

// point gives a pane the keys and does what a click or drag in it means.
func (e *Explore) point(p layout.Pane, m shell.Mouse) tea.Cmd {
	if m.Gesture == shell.Drag && p != layout.Bars {
		return nil
	}
	was := e.focus
	e.focus = p
	focus := e.arrange()
	switch p {
	case layout.Bars:
		return tea.Batch(focus, e.pointBars(m, was))
	case layout.Facets:
		return tea.Batch(focus, e.pointFacet(m))
	case layout.Detail:
		if e.detail.ClickAt(m.Y-1) && m.Double {
			e.detail.Fold()
		}
		return focus
	}
	return tea.Batch(focus, e.pointList(m))
}

// pointList puts the cursor on a cell, sorts by a heading, or opens a row that is clicked twice.
func (e *Explore) pointList(m shell.Mouse) tea.Cmd {
	row, col, head, ok := e.grid.Hit(m.X, m.Y-1)
	if !ok || m.Y < 1 {
		return nil
	}
	if col >= 0 {
		e.grid.SetColumn(col)
	}
	if head {
		return e.sortColumn()
	}
	cmd := tea.Batch(e.grid.GoTo(row), e.follow())
	if m.Double {
		return tea.Batch(cmd, e.openDetail())
	}
	return cmd
}

// pointFacet keeps the value that is clicked, or drops it by the right button.
func (e *Explore) pointFacet(m shell.Mouse) tea.Cmd {
	n := e.facets.top + m.Y - 1 - e.facets.above()
	if m.Y < 1 || n < e.facets.top || n >= len(e.facets.lines) {
		return nil
	}
	e.facets.row = n
	if _, _, ok := e.facets.current(); !ok {
		return e.openCursor()
	}
	if m.Right {
		return e.applyCursor(keys.Drop)
	}
	return e.applyCursor(keys.Keep)
}

// pointBars chooses a bar; dragging stretches the choice, which letting go keeps.
func (e *Explore) pointBars(m shell.Mouse, was layout.Pane) tea.Cmd {
	i, ok := e.bars.BarAt(m.X)
	if !ok {
		return nil
	}
	switch {
	case m.Gesture == shell.Click:
		e.bars.Brush(false)
		e.bars.MoveTo(i)
		e.dragged = false
		if m.Double {
			return e.keepChosen(false)
		}
	case was == layout.Bars:
		if !e.bars.Brushing() {
			e.bars.Brush(true)
		}
		e.bars.MoveTo(i)
		e.dragged = true
	}
	return nil
}

// clickChip switches a condition off or on; the right button removes it.
func (e *Explore) clickChip(m shell.Mouse) tea.Cmd {
	x := 1
	for i, w := range e.chipWidths(e.w - 2) {
		if m.X >= x && m.X < x+w {
			if m.Right {
				return e.filterBy(e.view.filter.Without(i))
			}
			return e.toggleChip(i)
		}
		x += w + 1
	}
	return e.editChips()
}
