package explore

import (
	tea "charm.land/bubbletea/v2"

	"trailsift/model"
)

// historyKept bounds the views that can be undone.
const historyKept = 500

// history holds the views before and after the present one.
type history struct {
	past, future []view
}

// change shows another view and remembers the present one for undo.
func (e *Explore) change(v view) tea.Cmd {
	if v.equal(e.view) {
		return nil
	}
	e.remember(e.seen())
	e.view = v
	return e.open()
}

// seen is the present view with what it was counted.
func (e *Explore) seen() view {
	v := e.view
	v.rows, v.counted = e.result.total, e.result.counted
	return v
}

func (e *Explore) remember(v view) {
	e.history.past = append(e.history.past, v)
	if n := len(e.history.past) - historyKept; n > 0 {
		e.history.past = e.history.past[n:]
	}
	e.history.future = nil
}

// filterBy changes the filter alone.
func (e *Explore) filterBy(f model.Filter) tea.Cmd {
	return e.change(view{filter: f, sort: e.view.sort})
}

func (e *Explore) undo() tea.Cmd {
	n := len(e.history.past)
	if n == 0 {
		return e.say("nothing to undo")
	}
	e.history.future = append(e.history.future, e.seen())
	e.view, e.history.past = e.history.past[n-1], e.history.past[:n-1]
	return e.open()
}

func (e *Explore) redo() tea.Cmd {
	n := len(e.history.future)
	if n == 0 {
		return e.say("nothing to redo")
	}
	e.history.past = append(e.history.past, e.seen())
	e.view, e.history.future = e.history.future[n-1], e.history.future[:n-1]
	return e.open()
}
