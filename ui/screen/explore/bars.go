package explore

import (
	"context"

	tea "charm.land/bubbletea/v2"

	"trailsift/model"
	"trailsift/ui/layout"
	"trailsift/ui/widget/histogram"
	"trailsift/ui/widget/value"
)

// cover is what was asked about the coverage of a stretch of time.
type cover struct {
	bars     model.Bars // those it was asked for
	requests int64      // of the case then
}

type coverReady struct {
	id    int
	cover histogram.Cover
	err   error
}

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

// loadCover asks where each log has records at all, in bars like b. It is not asked twice for the
// same bars of the same case.
func (e *Explore) loadCover(b model.Bars) tea.Cmd {
	had := e.cover.bars
	if len(b.Bars) == 0 || e.cover.requests == e.over.Requests && len(had.Bars) == len(b.Bars) && had.Width == b.Width && had.Span == b.Span {
		return nil
	}
	e.cover = cover{bars: b, requests: e.over.Requests}
	ctx, cancel := begin()
	e.chain(cancel)
	id, back, n := e.result.id, e.backend, len(b.Bars)
	return func() tea.Msg {
		var c histogram.Cover
		for log, into := range map[model.Log]*model.Bars{model.CloudTrail: &c.CloudTrail, model.AccessLog: &c.Access} {
			bars, err := recorded(ctx, back, log, b.Span, n)
			if err != nil {
				return coverReady{id: id, err: err}
			}
			*into = bars
		}
		return coverReady{id: id, cover: c}
	}
}

// recorded counts every record of a log over span.
func recorded(ctx context.Context, b Backend, log model.Log, span model.Span, n int) (model.Bars, error) {
	f := model.Filter{}.With(value.Term(model.FieldLog, log.String(), false)).
		With(value.Term(model.FieldSince, span.From, false)).With(value.Term(model.FieldUntil, span.To, false))
	return b.Bars(ctx, model.Query{Filter: f}, span, n)
}

func (e *Explore) receiveCover(m coverReady) tea.Cmd {
	if !e.answered(m.id) {
		// The bars it was for are gone; those that follow ask again.
		e.cover = cover{}
		return nil
	}
	if m.err != nil {
		e.cover = cover{}
		return e.report("ask what the evidence covers", m.err)
	}
	e.bars.SetCover(m.cover)
	return nil
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
