package explore

import (
	"reflect"
	"slices"
	"time"

	tea "charm.land/bubbletea/v2"

	"trailsift/model"
	"trailsift/ui/layout"
	"trailsift/ui/widget/grid"
)

// historyKept bounds the views that can be undone, and historyRemembered those that outlive a session.
const (
	historyKept       = 500
	historyRemembered = 40
)

// history holds the views before and after the present one.
type history struct {
	past, future []view
}

// spot is a record and where its row stood on screen.
type spot struct {
	anchor anchor
	place  grid.Place
	set    bool
}

// look is how rows are shown, whichever they are: what all lists share, and this one's panes.
type look struct {
	columns      []Chosen
	facets       []model.Field
	zone         string
	zoned, cut   bool
	rare         bool
	want         layout.Want
	focus        layout.Pane
	columnOnList int
}

// change shows another view and remembers the present one for undo.
func (e *Explore) change(v view) tea.Cmd {
	if v.equal(e.view) {
		return nil
	}
	e.remember(e.seen())
	e.view = view{filter: v.filter, sort: v.sort}
	return e.open()
}

// seen is the present view with what it was counted and where the cursor stands.
func (e *Explore) seen() view {
	v := e.view
	v.rows, v.counted = e.result.total, e.result.counted
	v.spot = e.goal
	if !v.spot.set {
		v.spot = spot{anchor: e.anchor(), place: e.grid.Place(), set: true}
	}
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

// present is how rows are shown now.
func (e *Explore) present() look {
	s := e.options.Settings
	_, col := e.grid.Column()
	return look{
		columns: slices.Clone(s.Columns), facets: slices.Clone(s.Facets), zone: s.Zone, zoned: s.Zoned, cut: s.NoWrap,
		rare: e.facets.rare, want: e.want, focus: e.focus, columnOnList: col,
	}
}

// step does what changes how rows are shown, so that undo can take it back.
func (e *Explore) step(do func() tea.Cmd) tea.Cmd {
	before, was := e.present(), e.seen()
	cmd := do()
	after := e.present()
	after.focus, after.columnOnList = before.focus, before.columnOnList // where the keys go is no change of view
	if !reflect.DeepEqual(before, after) {
		was.look = &before
		e.remember(was)
	}
	return cmd
}

// wear shows rows as they were shown once. They are asked for again only where their cells differ.
func (e *Explore) wear(l look) tea.Cmd {
	s, was := e.options.Settings, e.shape
	s.Columns, s.Zone, s.Zoned, s.NoWrap = l.columns, l.zone, l.zoned, l.cut
	e.detail.SetWrap(!l.cut)
	if e.want.Detail != l.want.Detail || e.want.Proof != l.want.Proof {
		e.record.id = model.RecordID{}
	}
	proof := l.want.Proof && !e.want.Proof
	e.want, e.focus = l.want, l.focus
	cmds := []tea.Cmd{e.arrange(), e.shell.Remember()}
	if proof {
		cmds = append(cmds, e.proof.Open(e.shell))
	}
	if e.facets.rare != l.rare {
		cmds = append(cmds, e.turnFacets())
	}
	if !slices.Equal(s.Facets, l.facets) {
		s.Facets = l.facets
		cmds = append(cmds, e.loadFacets())
	}
	if shape := e.newShape(); sameCells(shape, was) {
		e.shape = shape
		e.grid.SetColumns(shape.cols)
		e.grid.SetColumn(l.columnOnList)
	} else {
		cmds = append(cmds, e.open())
	}
	return tea.Batch(cmds...)
}

// sameCells tells that rows made for one shape can be shown in the other.
func sameCells(a, b shape) bool {
	same := func(x, y grid.Column) bool { return x.Field == y.Field }
	return a.form == b.form && a.zone == b.zone && slices.EqualFunc(a.cols, b.cols, same) && slices.Equal(a.fields, b.fields)
}

// again shows a view of the history, the cursor where it stood then. Whoever has moved since the
// present rows came wants to see the record he moved to among those of the other view.
func (e *Explore) again(v view) tea.Cmd {
	if v.look != nil {
		return e.wear(*v.look)
	}
	row, ok := e.grid.Current()
	if moved := ok && e.result.opened && !e.goal.set && row.ID != e.landed; !moved {
		e.goal = v.spot
	}
	e.view = view{filter: v.filter, sort: v.sort}
	return e.open()
}

// opposite is the step that takes v back.
func (e *Explore) opposite(v view) view {
	now := e.seen()
	if v.look != nil {
		l := e.present()
		now.look = &l
	}
	return now
}

func (e *Explore) undo() tea.Cmd {
	h := &e.history
	n := len(h.past)
	if n == 0 {
		return e.say("nothing to undo")
	}
	v := h.past[n-1]
	h.future, h.past = append(h.future, e.opposite(v)), h.past[:n-1]
	return e.again(v)
}

func (e *Explore) redo() tea.Cmd {
	h := &e.history
	n := len(h.future)
	if n == 0 {
		return e.say("nothing to redo")
	}
	v := h.future[n-1]
	h.past, h.future = append(h.past, e.opposite(v)), h.future[:n-1]
	return e.again(v)
}

// Step is a view of the history as a session keeps it.
type Step struct {
	Query  model.Query
	Record model.RecordID // under the cursor, unless it is the zero one
	Time   time.Time
	Place  grid.Place
}

// Steps are the views before and after the present one, the nearest last. What only changed the looks
// is left out: the looks themselves are kept.
func (e *Explore) Steps() (past, future []Step) {
	return steps(e.history.past), steps(e.history.future)
}

func steps(vs []view) []Step {
	var out []Step
	for _, v := range vs {
		if v.look == nil {
			a := v.spot.anchor
			out = append(out, Step{v.query(), a.id, a.time, v.spot.place})
		}
	}
	return out[max(0, len(out)-historyRemembered):]
}

// Recall takes up the history of an earlier session.
func (e *Explore) Recall(past, future []Step) {
	e.history = history{recalled(past), recalled(future)}
}

func recalled(steps []Step) []view {
	var out []view
	for _, s := range steps {
		a := anchor{id: s.Record, time: s.Time, timed: !s.Time.IsZero(), set: s.Record != model.RecordID{}}
		out = append(out, view{filter: s.Query.Filter, sort: s.Query.Sort, spot: spot{a, s.Place, true}})
	}
	return out
}
