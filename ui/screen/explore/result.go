package explore

import (
	"context"
	"errors"
	"time"

	tea "charm.land/bubbletea/v2"

	"trailsift/model"
	"trailsift/model/safe"
	"trailsift/ui/theme"
	"trailsift/ui/widget/grid"
	"trailsift/ui/widget/histogram"
	"trailsift/ui/widget/value"
)

// result is what the present view was answered so far. Every answer carries its id; those of an
// older one are dropped.
type result struct {
	id       int
	cancel   context.CancelFunc
	opened   bool // the first rows are here
	counted  bool
	total    int64
	waiting  int // answers under way
	failed   string
	empty    bool
	bars     bool // they are of this result, as are the facets
	facets   bool
	coverage *model.Coverage
	span     model.Span
	hunt     hunt
	sought   sought
	partial  bool             // the rows are those a search found so far
	summed   bool             // the count is asked for with the rows
	rest     []func() tea.Cmd // what is still to be asked, one after the other
	overTime func()           // gives up the bars that are awaited
	values   func()           // and the facets
}

type opened struct {
	id         int
	row, start int64
	rows       []grid.Row
	fetch      grid.Fetch
	shape      shape
	spot       spot // the cursor is put there, if it is set
	err        error
}

type counted struct {
	id    int
	total int64
	err   error
}

type barsReady struct {
	id   int
	n    int // how many there was room for
	bars model.Bars
	err  error
}

type coverageReady struct {
	id       int
	coverage model.Coverage
	err      error
}

type located struct {
	id   int
	row  int64 // -1: there is none
	what string
	err  error
}

// anchor is the record the cursor stays on.
type anchor struct {
	id    model.RecordID
	time  time.Time
	timed bool
	set   bool
}

func (e *Explore) anchor() anchor {
	row, ok := e.grid.Current()
	if !ok {
		return e.seed
	}
	t, timed := rowTime(row)
	return anchor{row.ID, t, timed, true}
}

// open asks for the rows of a changed view; what is on screen is dimmed until they are here.
func (e *Explore) open() tea.Cmd {
	e.result.cancel()
	e.seed = e.anchor() // which rows that do not come cannot take away
	e.giveUpHunt("")
	e.result.sought.stop()
	if e.result.opened {
		e.kept = kept{e.rows, e.result, true}
	}
	e.result = result{span: e.result.span}
	e.grid.SetStale(true)
	e.bars.SetStale(true)
	e.facets.stale = true
	return e.ask()
}

// ask asks for the rows of the view, by a search where that takes one.
func (e *Explore) ask() tea.Cmd {
	if s, ok := e.backend.(model.Searcher); ok && !e.loading && model.Searches(e.view.filter) {
		return e.beginHunt(s)
	}
	return e.askRows(e.anchor())
}

// askRows asks for the page the cursor will stand on, at the record a, and for the count with it where that
// costs nothing. The rest follows in turn: on few cores questions side by side all come late.
func (e *Explore) askRows(a anchor) tea.Cmd {
	ctx, cancel := begin()
	e.result.id, e.result.cancel, e.result.waiting, e.result.rest = e.shell.NextID(), cancel, 1, nil
	e.grid.SetSort(e.sortedField(), e.view.sort.Desc)
	id, q, b, th, goal := e.result.id, e.view.query(), e.backend, e.theme, e.goal
	if goal.set {
		a = goal.anchor
	}
	s, timed := e.newShape(), e.sortedField() == model.FieldTime
	fetch := func(ctx context.Context, start int64, n int) ([]grid.Row, error) {
		return fetchRows(ctx, b, q, th, s, timed, start, n)
	}
	page := func() tea.Msg {
		m := opened{id: id, fetch: fetch, shape: s, spot: goal}
		m.row, m.err = locate(ctx, b, q, a)
		if m.err == nil {
			m.start = m.row / grid.PageRows * grid.PageRows
			m.rows, m.err = fetch(ctx, m.start, grid.PageRows)
		}
		return m
	}
	sums, ok := b.(summing)
	if e.result.summed = ok && sums.Summed(q); !e.result.summed {
		return page
	}
	return tea.Batch(page, e.count())
}

// count asks how many rows the view has.
func (e *Explore) count() tea.Cmd {
	ctx, cancel := begin()
	e.chain(cancel)
	id, q, b := e.result.id, e.view.query(), e.backend
	return func() tea.Msg {
		n, err := b.Count(ctx, q)
		return counted{id, n, err}
	}
}

// next asks for what is next in turn.
func (e *Explore) next() tea.Cmd {
	if len(e.result.rest) == 0 {
		return nil
	}
	ask := e.result.rest[0]
	e.result.rest = e.result.rest[1:]
	return ask()
}

// fetchRows reads rows and makes their cells. In a list that claims the order of time it looks one
// row beyond either end, to tell which rows have a neighbour within a second: the logs know whole
// seconds only, so the order of those is not known.
func fetchRows(ctx context.Context, b Backend, q model.Query, th *theme.Theme, s shape, timed bool, start int64, n int) ([]grid.Row, error) {
	before := min(start, 1)
	if !timed {
		before = 0
	}
	p, err := b.Page(ctx, q, s.fields, start-before, n+int(before)+1)
	if err != nil {
		return nil, err
	}
	var rows []grid.Row
	for i := int(before); i < len(p.Rows) && len(rows) < n; i++ {
		near := timed && (i > 0 && within(p.Rows[i-1], p.Rows[i]) || i+1 < len(p.Rows) && within(p.Rows[i], p.Rows[i+1]))
		rows = append(rows, gridRow(th, s, p.Rows[i], near))
	}
	return rows, nil
}

// within tells that two rows are at most a second apart.
func within(a, b model.Row) bool {
	x, ok := at(a.Values, model.FieldTime).(time.Time)
	y, also := at(b.Values, model.FieldTime).(time.Time)
	return ok && also && x.Sub(y).Abs() <= time.Second
}

// listed is the fields of the columns on screen, for an export of the same.
func (e *Explore) listed() []model.Field {
	var out []model.Field
	for _, c := range e.shape.cols {
		if _, ok := model.JSONPath(c.Field); !ok && c.Field != fieldZone {
			out = append(out, c.Field)
		}
	}
	return out
}

// formSpan is the stretch of time all rows of the present filter lie in, as far as is known before
// they are here.
func (e *Explore) formSpan() model.Span {
	s := e.over.Span
	w := window(e.view.filter)
	if !w.From.IsZero() && w.From.After(s.From) {
		s.From = w.From
	}
	if !w.To.IsZero() && w.To.Before(s.To) {
		s.To = w.To
	}
	return s
}

func (e *Explore) sortedField() model.Field { return sortField(e.view.sort) }

func sortField(s model.Sort) model.Field {
	if s.Field == "" {
		return model.FieldTime
	}
	return s.Field
}

// locate finds the row of the anchor in q: its own, else the first one at or after its time.
func locate(ctx context.Context, b Backend, q model.Query, a anchor) (int64, error) {
	if !a.set {
		return 0, nil
	}
	row, err := b.Position(ctx, q, a.id)
	if err != nil || row >= 0 {
		return max(0, row), err
	}
	if !a.timed || (q.Sort.Field != "" && q.Sort.Field != model.FieldTime) {
		return 0, nil
	}
	before, err := rowAt(ctx, b, q, a.time)
	if err != nil {
		return 0, err
	}
	n, err := b.Count(ctx, q)
	return max(0, min(before, n-1)), err
}

// rowAt is the number of rows of q, which is in time order, that come before time t.
func rowAt(ctx context.Context, b Backend, q model.Query, t time.Time) (int64, error) {
	bound := value.Term(model.FieldUntil, t, false)
	if q.Sort.Desc {
		bound = value.Term(model.FieldSince, t.Add(time.Second), false)
	}
	q.Filter = q.Filter.With(bound)
	return b.Count(ctx, q)
}

// answered tells whether an answer belongs to the present result, and that it is awaited no more.
func (e *Explore) answered(id int) bool {
	if id != e.result.id {
		return false
	}
	e.result.waiting = max(0, e.result.waiting-1)
	return true
}

func (e *Explore) receiveOpened(m opened) tea.Cmd {
	if !e.answered(m.id) {
		return nil
	}
	if m.err != nil {
		e.grid.SetStale(false)
		return e.report("read rows", m.err)
	}
	first := !e.result.opened || e.result.partial
	e.result.opened, e.result.partial, e.rows = true, false, e.view
	e.shape = m.shape
	e.grid.SetColumns(m.shape.cols)
	if e.goal = (spot{}); m.spot.set {
		e.grid.SetPlace(m.spot.place)
	}
	total := m.start + int64(len(m.rows))
	if e.result.counted {
		total = e.result.total
	}
	cmds := []tea.Cmd{e.grid.Reset(m.id, m.fetch, total, m.row, m.start, m.rows)}
	if row, ok := e.grid.Current(); first || m.spot.set {
		e.landed = model.RecordID{}
		if ok {
			e.landed = row.ID
		}
	}
	e.result.empty = len(m.rows) == 0 && m.start == 0
	if e.result.empty {
		cmds = append(cmds, e.explainEmpty())
	}
	if !e.cut.Bars.Empty() {
		e.result.rest = append(e.result.rest, e.loadBars)
	}
	if !e.result.summed { // counting over time may have counted all
		e.result.rest = append(e.result.rest, e.count)
	}
	if !e.cut.Facets.Empty() {
		e.result.rest = append(e.result.rest, e.loadFacets)
	}
	e.result.rest = append(e.result.rest, e.grid.Ahead)
	return tea.Batch(append(cmds, e.next(), e.follow())...)
}

func (e *Explore) receiveCounted(m counted) tea.Cmd {
	if !e.answered(m.id) {
		return nil
	}
	next := e.next()
	if m.err != nil {
		return tea.Batch(next, e.report("count rows", m.err))
	}
	e.result.counted, e.result.total = true, m.total
	return tea.Batch(e.grid.SetTotal(m.id, m.total), next, e.follow())
}

func (e *Explore) loadBars() tea.Cmd {
	ctx := e.instead(&e.result.overTime)
	id, q, b := e.result.id, e.view.query(), e.backend
	n := histogram.Slots(e.cut.Bars.W, e.cut.Bars.H)
	span := window(q.Filter)
	if span.From.IsZero() || span.To.IsZero() {
		span = model.Span{}
	}
	return func() tea.Msg {
		bars, err := b.Bars(ctx, q, span, n)
		return barsReady{id, n, bars, err}
	}
}

// instead begins to ask what may be awaited already: an earlier asking is given up, so that a storm of
// sizes leaves one question.
func (e *Explore) instead(of *func()) context.Context {
	if *of != nil {
		(*of)()
	}
	ctx, cancel := begin()
	*of = cancel
	e.chain(cancel)
	return ctx
}

// chain makes what cancel stops belong to the present result.
func (e *Explore) chain(cancel context.CancelFunc) {
	e.result.waiting++
	before := e.result.cancel
	e.result.cancel = func() { cancel(); before() }
}

func (e *Explore) receiveBars(m barsReady) tea.Cmd {
	if !e.answered(m.id) {
		return nil
	}
	next := e.next()
	if m.err != nil {
		return tea.Batch(next, e.report("count over time", m.err))
	}
	if n := histogram.Slots(e.cut.Bars.W, e.cut.Bars.H); n != m.n && !e.cut.Bars.Empty() {
		return next // another size has asked since
	}
	e.bars.Set(m.bars)
	e.result.bars = true
	e.result.span = m.bars.Span
	return tea.Batch(next, e.loadCover(m.bars))
}

// explainEmpty asks what the evidence could have shown.
func (e *Explore) explainEmpty() tea.Cmd {
	ctx, cancel := begin()
	e.chain(cancel)
	id, q, b := e.result.id, e.view.query(), e.backend
	return func() tea.Msg {
		c, err := b.Coverage(ctx, q)
		return coverageReady{id, c, err}
	}
}

func (e *Explore) receiveCoverage(m coverageReady) tea.Cmd {
	if !e.answered(m.id) {
		return nil
	}
	if m.err != nil {
		return e.report("ask what the evidence covers", m.err)
	}
	e.result.coverage = &m.coverage
	return nil
}

func (e *Explore) receiveLocated(m located) tea.Cmd {
	if !e.answered(m.id) {
		return nil
	}
	e.result.sought.stop()
	switch {
	case m.err != nil:
		return e.report("look for "+m.what, m.err)
	case m.row < 0:
		e.shell.Notice(theme.Warn, "no "+m.what)
		return nil
	}
	return tea.Batch(e.grid.GoTo(m.row), e.follow())
}

// report says what failed; what was given up on purpose is no failure.
func (e *Explore) report(what string, err error) tea.Cmd {
	if errors.Is(err, context.Canceled) {
		return nil
	}
	e.result.failed = "could not " + what + ": " + safe.New(err.Error()).String()
	e.shell.Notice(theme.Bad, e.result.failed)
	return nil
}

// Pending says what is awaited, or nothing.
func (e *Explore) Pending() string {
	switch {
	case e.result.hunt.on:
		return "searching"
	case !e.result.opened && e.result.waiting > 0:
		return "reading rows"
	case !e.result.counted && e.result.waiting > 0:
		return "counting"
	case e.result.sought.what != "":
		return e.result.sought.what
	case e.result.waiting > 0 || e.edit.offers.Waiting():
		return "counting values"
	case e.grid.Pending():
		return "reading rows"
	case e.record.waiting:
		return "reading the record"
	case e.proof.Waiting():
		return "reading the verification"
	case e.edit.pending():
		return "waiting for the filter text"
	}
	return ""
}
