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

// keepChosen keeps the stretch of time chosen on the bars and gives the keys back to the list.
func (e *Explore) keepChosen() tea.Cmd {
	span, ok := e.bars.Chosen()
	if !ok {
		return e.say("no bar is chosen")
	}
	e.bars.Brush(false)
	e.focus = layout.List
	return tea.Batch(e.arrange(), e.within(span))
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
