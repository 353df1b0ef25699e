package explore

import (
	tea "charm.land/bubbletea/v2"

	"trailsift/model"
	"trailsift/ui/layout"
)

// rect is where a pane stands; empty when it is not shown.
func (e *Explore) rect(p layout.Pane) layout.Rect {
	switch p {
	case layout.List:
		return e.cut.List
	case layout.Detail:
		return e.cut.Detail
	case layout.Facets:
		return e.cut.Facets
	case layout.Bars:
		return e.cut.Bars
	}
	return layout.Rect{}
}

// brush begins to choose a stretch of time on the bars, or ends the brush where it stands.
func (e *Explore) brush() tea.Cmd {
	if e.cut.Bars.Empty() {
		return e.say("there is no room for the bars; f t asks for a stretch of time")
	}
	if len(e.bars.Bars().Bars) == 0 {
		return e.say("there are no bars to brush")
	}
	e.focus = layout.Bars
	cmd := e.arrange()
	e.bars.Brush(!e.bars.Brushing())
	return cmd
}

// keepChosen keeps the stretch of time chosen on the bars. The list gets the keys back unless they are
// to stay.
func (e *Explore) keepChosen(stay bool) tea.Cmd {
	span, ok := e.bars.Chosen()
	if !ok {
		return e.say("no bar is chosen")
	}
	e.bars.Brush(false)
	if !stay {
		e.focus = layout.List
	}
	return tea.Batch(e.arrange(), e.within(span))
}

// dropChosen leaves out the stretch of time chosen on the bars where it is at either end of them: a
// filter is a window, which has no holes.
func (e *Explore) dropChosen() tea.Cmd {
	span, ok := e.bars.Chosen()
	if !ok {
		return e.say("no bar is chosen")
	}
	left, all := window(e.view.filter), e.bars.Bars().Span
	switch first, last := !span.From.After(all.From), !span.To.Before(all.To); {
	case first && !last:
		left.From = span.To
	case last && !first:
		left.To = span.From
	default:
		return e.say("a filter leaves out time at either end only; + keeps the bar, [ ] i o move the window")
	}
	e.bars.Brush(false)
	return e.within(left)
}

// Span is the time the screen looks at: what is chosen on the bars, else the filter's own.
func (e *Explore) Span() model.Span {
	if e.bars.Brushing() {
		if s, ok := e.bars.Chosen(); ok {
			return s
		}
	}
	return window(e.view.filter)
}
