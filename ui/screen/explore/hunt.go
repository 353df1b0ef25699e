package explore

import (
	"context"
	"strings"

	tea "charm.land/bubbletea/v2"

	"trailsift/model"
	"trailsift/ui/widget/grid"
	"trailsift/ui/widget/value"
)

// huntRows is how many rows of a search are shown before it is done.
const huntRows = 4 * grid.PageRows

// hunt is a filter that looks into the text of every record: a job, whose rows are shown, newest first,
// as they are found. When it is done the list is asked for like any other.
type hunt struct {
	on       bool
	search   model.Search
	ctx      context.Context
	found    model.Found
	rows     []grid.Row
	shape    shape
	from     anchor // the record the cursor was on before
	progress *model.Progress
	end      func(result string)
}

// hunted is what a step of a search found; without a search the filter can be asked at once.
type hunted struct {
	id     int
	search model.Search
	found  model.Found
	rows   []grid.Row
	err    error
}

// beginHunt looks for the rows of the view, if that is a search; else it asks for them.
func (e *Explore) beginHunt(s model.Searcher) tea.Cmd {
	ctx, cancel := begin()
	e.result.id, e.result.cancel, e.result.waiting = e.shell.NextID(), cancel, 1
	e.result.hunt = hunt{on: true, ctx: ctx, shape: e.newShape(), from: e.anchor()}
	e.grid.SetSort(e.sortedField(), e.view.sort.Desc)
	id, f := e.result.id, e.view.filter
	return func() tea.Msg {
		search, err := s.Search(ctx, f)
		return hunted{id: id, search: search, err: err}
	}
}

// huntOn takes a step.
func (e *Explore) huntOn() tea.Cmd {
	e.result.waiting++
	id, h, th := e.result.id, e.result.hunt, e.theme
	return func() tea.Msg {
		m := hunted{id: id, search: h.search}
		m.found, m.err = h.search.Next(h.ctx, h.shape.fields, huntRows-len(h.rows))
		for _, r := range m.found.Rows {
			m.rows = append(m.rows, gridRow(th, h.shape, r, false))
		}
		return m
	}
}

func (e *Explore) receiveHunted(m hunted) tea.Cmd {
	if !e.answered(m.id) {
		return nil
	}
	h := &e.result.hunt
	switch {
	case m.err != nil:
		e.giveUpHunt("stopped")
		e.grid.SetStale(false)
		return e.report("search", m.err)
	case m.search == nil:
		from := h.from
		e.result.hunt = hunt{}
		return e.askRows(from)
	case h.progress == nil:
		h.progress, h.search = &model.Progress{}, m.search
		h.end = e.shell.Watch("search "+e.hunting(), h.progress, e.result.cancel)
		return e.huntOn()
	}
	h.found = m.found
	h.progress.BytesDone.Store(m.found.Read)
	h.progress.BytesTotal.Store(m.found.Total)
	h.progress.Records.Store(m.found.Read)
	cmd := e.showHunted(m)
	if !m.found.Done {
		return tea.Batch(cmd, e.huntOn())
	}
	from := h.from
	if e.grid.Cursor() > 0 {
		from = e.anchor() // the cursor was moved
	}
	e.giveUpHunt("found " + value.Of(h.found.Count, "request", "requests"))
	return tea.Batch(cmd, e.askRows(from))
}

// showHunted shows what was found so far; nothing that was counted under another filter stays.
func (e *Explore) showHunted(m hunted) tea.Cmd {
	h := &e.result.hunt
	row := int64(0)
	if e.result.opened {
		row = e.grid.Cursor()
	} else {
		e.result.opened, e.result.partial, e.rows = true, true, e.view
		e.shape = h.shape
		e.grid.SetColumns(h.shape.cols)
		e.forgetStale()
	}
	h.rows = append(h.rows, m.rows...)
	rows := h.rows
	fetch := func(_ context.Context, start int64, n int) ([]grid.Row, error) {
		return rows[min(start, int64(len(rows))):min(start+int64(n), int64(len(rows)))], nil
	}
	cmd := e.grid.Reset(m.id, fetch, int64(len(rows)), row, 0, rows)
	if first, ok := e.grid.Current(); ok && row == 0 {
		e.landed = first.ID // nobody has moved yet
	}
	return tea.Batch(cmd, e.follow())
}

// hunting is what is looked for, in words.
func (e *Explore) hunting() string {
	var out []string
	for _, t := range e.view.filter.Terms {
		if model.Searches(model.Filter{Terms: []model.Term{t}}) {
			out = append(out, e.chipText(t))
		}
	}
	return strings.Join(out, " ")
}

// giveUpHunt ends the job of a search that is done or given up.
func (e *Explore) giveUpHunt(result string) {
	if h := &e.result.hunt; h.on {
		if h.on = false; h.end != nil {
			h.end(result)
		}
	}
}

// soFar tells how far a search is, or was when it was stopped.
func (e *Explore) soFar() string {
	f := e.result.hunt.found
	return value.Count(f.Count) + " found in the newest " + value.Count(f.Read) + " of " + value.Count(f.Total)
}
