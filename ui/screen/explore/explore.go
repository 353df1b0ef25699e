// Package explore is the screen on which requests are looked at: filter, bars over time, facets,
// the list, and one record in detail, all derived from one immutable filter. It must not know how
// an engine answers, nor any other screen.
package explore

import (
	"context"
	"time"

	tea "charm.land/bubbletea/v2"

	"trailsift/model"
	"trailsift/ui/keys"
	"trailsift/ui/layout"
	"trailsift/ui/notes"
	"trailsift/ui/theme"
	"trailsift/ui/widget/custody"
	"trailsift/ui/widget/detail"
	"trailsift/ui/widget/grid"
	"trailsift/ui/widget/histogram"
	"trailsift/ui/widget/shell"
)

// Explore is the screen.
type Explore struct {
	shell   shell.Shell
	theme   *theme.Theme
	backend Backend
	options Options
	title   string
	trail   []string // the pushed lists below this one
	seed    anchor   // the record the cursor begins on

	view    view
	rows    view // of the rows on screen
	kept    kept
	shape   shape
	history history
	goal    spot           // where the rows that are asked for will have the cursor
	landed  model.RecordID // where the cursor came to stand in the present view
	result  result
	edit    editor
	search  search
	dragged bool // the mouse stretched the choice of bars
	over    model.Overview
	loading bool

	grid    *grid.Grid
	bars    *histogram.Histogram
	detail  *detail.Detail
	proof   *custody.Pane
	facets  facets
	record  record
	noteSeq int // of the record read for the notebook
	subject int // of the row read for a story or a card; 0: none
	want    layout.Want
	focus   layout.Pane
	cut     layout.Explore
	w, h    int
	acts    map[keys.Action]func() tea.Cmd
}

// rootTitle is the title of the list that no other was pushed over.
const rootTitle = "Explore"

// view is what undo and redo restore.
type view struct {
	filter  model.Filter
	sort    model.Sort
	rows    int64 // when it was left, if counted is set
	counted bool
	spot    spot  // of the cursor when it was left
	look    *look // of a step that changed how it looks and not which rows it holds; nil for all others
}

func (v view) query() model.Query { return model.Query{Filter: v.filter, Sort: v.sort} }

func (v view) equal(w view) bool { return v.sort == w.sort && v.filter.Equal(w.filter) }

// New returns the screen with a first filter. Open asks for its rows.
func New(sh shell.Shell, b Backend, o Options, title string, f model.Filter) *Explore {
	th := sh.Theme()
	e := &Explore{
		shell: sh, theme: th, backend: b, options: o, title: title, view: view{filter: f},
		grid: grid.New(th, known(fullTime)), bars: histogram.New(th), detail: detail.New(th), proof: custody.NewPane(th, o.Custody),
		want: layout.Want{Facets: true, Detail: true}, focus: layout.List,
	}
	if e.options.Settings == nil {
		e.options.Settings = &Settings{}
	}
	if e.options.Hours == nil {
		e.options.Hours = &Hours{}
	}
	e.shape = e.newShape()
	e.edit.older = append([]string(nil), e.options.Settings.Older...)
	e.detail.SetWrap(!e.options.Settings.NoWrap)
	e.result.cancel = func() {}
	e.record.cancel = func() {}
	e.facets.theme = th
	e.grid.SetFocus(true)
	e.grid.SetMarks(e.markOf)
	e.detail.SetNote("no record yet")
	e.acts = e.actions()
	return e
}

// Open asks for the first rows.
func (e *Explore) Open() tea.Cmd { return e.open() }

// Title names the screen in the header.
func (e *Explore) Title() string { return e.title }

// StartAt puts the cursor on a record once the rows are here.
func (e *Explore) StartAt(id model.RecordID, at time.Time) {
	e.seed = anchor{id: id, time: at, timed: !at.IsZero(), set: true}
}

// StartIn puts the cursor on screen as it stood once, when the rows are here.
func (e *Explore) StartIn(p grid.Place) { e.goal = spot{anchor: e.seed, place: p, set: true} }

// Place is where the cursor stands on screen.
func (e *Explore) Place() grid.Place { return e.grid.Place() }

// Resume shows q at the first opening.
func (e *Explore) Resume(q model.Query) { e.view = view{filter: q.Filter, sort: q.Sort} }

// Record is the record under the cursor.
func (e *Explore) Record() (id model.RecordID, at time.Time, ok bool) {
	a := e.anchor()
	return a.id, a.time, a.set
}

// Query is what the screen shows.
func (e *Explore) Query() model.Query { return e.view.query() }

// Total is how many rows the filter keeps; false while they are counted.
func (e *Explore) Total() (int64, bool) { return e.result.total, e.result.counted }

// Shown is which parts of the answer to the present view are on screen.
type Shown struct{ Rows, Count, Bars, Facets bool }

// Shown tells what of the present view is on screen; what the screen has no room for never is.
func (e *Explore) Shown() Shown {
	r := e.result
	return Shown{r.opened && !r.partial, r.counted, r.bars, r.facets}
}

// Looking is the filter whose requests it lists.
func (e *Explore) Looking() model.Filter { return e.view.query().Filter }

// Cursor is the number of the row under the cursor, from 0.
func (e *Explore) Cursor() int64 { return e.grid.Cursor() }

// SetOverview tells what the case holds now. Rows are asked for again when their times are printed
// another way for it.
func (e *Explore) SetOverview(o model.Overview, loading bool) tea.Cmd {
	before, judged := formOf(e.formSpan()), e.over.Verification
	e.over, e.loading = o, loading
	if e.result.id != 0 && before != formOf(e.formSpan()) {
		return e.open()
	}
	var cmds []tea.Cmd
	if e.result.bars {
		cmds = append(cmds, e.loadCover(e.bars.Bars()))
	}
	if o.Verification != nil && (judged == nil || *judged != *o.Verification) {
		e.record.id = model.RecordID{} // its badge may be another now
		cmds = append(cmds, e.follow())
	}
	return tea.Batch(cmds...)
}

// Refresh asks again after new evidence was committed; the cursor stays on its record.
func (e *Explore) Refresh() tea.Cmd {
	if !e.result.opened {
		return e.open()
	}
	if e.result.partial || model.Searches(e.view.filter) {
		return tea.Batch(e.open(), e.reread())
	}
	// The rows on screen are still true, only not all: they stay as they are until the new ones come.
	e.result.cancel()
	return tea.Batch(e.ask(), e.reread(), e.proof.Forget(e.shell, e.want.Proof))
}

// Pane is the pane that has the keys.
func (e *Explore) Pane() keys.Pane {
	if e.edit.on {
		return keys.Input
	}
	switch e.focus {
	case layout.Detail:
		if e.onProof() {
			return keys.Proof
		}
		return keys.Detail
	case layout.Facets:
		return keys.Facets
	case layout.Bars:
		return keys.Bars
	}
	return keys.List
}

// Typing tells that letters are text.
func (e *Explore) Typing() bool { return e.edit.on || e.inFacets() }

// Resize gives the screen w by h cells.
func (e *Explore) Resize(w, h int) tea.Cmd {
	e.w, e.h = w, h
	return e.arrange()
}

// arrange cuts the body anew and hands the pieces out.
func (e *Explore) arrange() tea.Cmd {
	hadBars, hadFacets := !e.cut.Bars.Empty(), !e.cut.Facets.Empty()
	wasSlots := histogram.Slots(e.cut.Bars.W, e.cut.Bars.H)
	e.cut = layout.NewExplore(e.w, e.h, e.want)
	if e.rect(e.focus).Empty() {
		e.focus = max(layout.List, e.want.Zoom)
	}
	e.grid.SetFocus(e.focus == layout.List)
	e.bars.SetFocus(e.focus == layout.Bars)
	e.detail.SetFocus(e.focus == layout.Detail)
	e.bars.SetSize(e.cut.Bars.W, e.cut.Bars.H)
	e.detail.SetSize(e.cut.Detail.W, e.cut.Detail.H-1)
	e.proof.SetSize(e.cut.Detail.W, e.cut.Detail.H-1)
	e.facets.setSize(e.cut.Facets.W, e.cut.Facets.H-1)
	e.facets.focus = e.focus == layout.Facets
	e.facets.typing = e.facets.typing && e.facets.focus
	cmds := []tea.Cmd{e.grid.SetSize(e.cut.List.W, e.cut.List.H-1), e.follow()}
	if !e.cut.Bars.Empty() && (!hadBars || wasSlots != histogram.Slots(e.cut.Bars.W, e.cut.Bars.H)) && e.result.opened && !e.result.partial {
		cmds = append(cmds, e.loadBars())
	}
	if !e.cut.Facets.Empty() && !hadFacets && e.result.opened && !e.result.partial {
		cmds = append(cmds, e.loadFacets())
	}
	return tea.Batch(cmds...)
}

// Act does an act of the focused pane.
func (e *Explore) Act(a keys.Action) tea.Cmd {
	if e.edit.on {
		return e.editAct(a)
	}
	if e.inFacets() {
		return e.facetAct(a)
	}
	if f, ok := e.acts[a]; ok {
		return f()
	}
	switch e.focus {
	case layout.Detail:
		if e.onProof() {
			e.proof.Act(a)
		} else {
			e.detail.Act(a)
		}
		return nil
	case layout.Facets:
		e.facets.move(a)
		return nil
	case layout.Bars:
		e.bars.Act(a)
		return nil
	}
	cmd, _ := e.grid.Act(a)
	return tea.Batch(cmd, e.follow())
}

// Peel gives up the innermost thing: zoom, the focus of another pane, a running query.
func (e *Explore) Peel() tea.Cmd {
	switch {
	case e.edit.on:
		return e.editAct(keys.Peel)
	case e.focus == layout.Facets && (e.facets.typing || e.facets.narrowed()):
		return e.widenFacets()
	case e.want.Zoom != layout.None || e.focus != layout.List:
		e.want.Zoom, e.focus = layout.None, layout.List
		return e.arrange()
	}
	if said := e.giveUp(); said != "" {
		e.shell.Notice(theme.Warn, said)
	}
	return nil
}

// Back does what q does inside the screen; false when there is nothing to go back from.
func (e *Explore) Back() (tea.Cmd, bool) {
	if e.want.Zoom == layout.None && e.focus == layout.List {
		return nil, false
	}
	return e.Peel(), true
}

// Receive takes the answers to what the screen asked; all others are left alone.
func (e *Explore) Receive(msg tea.Msg) tea.Cmd {
	e.proof.Receive(msg)
	switch m := msg.(type) {
	case hunted:
		return e.receiveHunted(m)
	case opened:
		return e.receiveOpened(m)
	case counted:
		return e.receiveCounted(m)
	case coverReady:
		return e.receiveCover(m)
	case barsReady:
		return e.receiveBars(m)
	case facetsReady:
		return e.receiveFacets(m)
	case recordDue:
		return e.receiveDue(m)
	case recordReady:
		return e.receiveRecord(m)
	case coverageReady:
		return e.receiveCoverage(m)
	case aboutReady:
		return e.receiveAbout(m)
	case subject:
		return e.receiveSubject(m)
	case notes.Written:
		e.grid.Redraw()
	case located:
		return e.receiveLocated(m)
	case typedPause:
		return e.receivePause(m)
	case grid.PageMsg:
		cmd, err := e.grid.Receive(m)
		if err != nil {
			return e.report("read rows", err)
		}
		return tea.Batch(cmd, e.follow())
	}
	return e.receiveOffers(msg)
}

// ctx begins something that can be given up.
func begin() (context.Context, context.CancelFunc) { return context.WithCancel(context.Background()) }
