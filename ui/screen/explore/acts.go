package explore

import (
	tea "charm.land/bubbletea/v2"

	"trailsift/model"
	"trailsift/model/safe"
	"trailsift/ui/keys"
	"trailsift/ui/layout"
	"trailsift/ui/theme"
	"trailsift/ui/widget/value"
)

// actions ties the acts of the key table to what they do here; movements go to the focused pane.
func (e *Explore) actions() map[keys.Action]func() tea.Cmd {
	m := map[keys.Action]func() tea.Cmd{
		keys.EditText:   e.editText,
		keys.EditChips:  e.editChips,
		keys.ClearAll:   func() tea.Cmd { return e.filterBy(model.Filter{}) },
		keys.Undo:       e.undo,
		keys.Redo:       e.redo,
		keys.Keep:       func() tea.Cmd { return e.applyCursor(keys.Keep) },
		keys.Drop:       func() tea.Cmd { return e.applyCursor(keys.Drop) },
		keys.Only:       func() tea.Cmd { return e.applyCursor(keys.Only) },
		keys.NextPane:   func() tea.Cmd { return e.nextPane(1) },
		keys.PrevPane:   func() tea.Cmd { return e.nextPane(-1) },
		keys.ToggleSide: func() tea.Cmd { return e.step(e.toggleDetail) },
		keys.ShowProof:  func() tea.Cmd { return e.step(e.toggleProof) },
		keys.ZoomPane:   func() tea.Cmd { return e.step(e.zoomPane) },
		keys.ShowFacets: func() tea.Cmd { return e.step(e.toggleFacets) },
		keys.SortColumn: e.sortColumn,
		keys.RareFirst:  func() tea.Cmd { return e.step(e.turnFacets) },
		keys.Narrow:     e.narrowFacets,
		keys.ShowViews:  e.askViews,
		keys.NextBad:    func() tea.Cmd { return e.findBad(true) },
		keys.PrevBad:    func() tea.Cmd { return e.findBad(false) },
		keys.CopyRecord: e.copyRecord,
		keys.NextHit:    func() tea.Cmd { return e.findHit(true) },
		keys.PrevHit:    func() tea.Cmd { return e.findHit(false) },
		keys.Search:     e.askSearch,
		keys.Columns:    e.askColumns,
		keys.Wider:      func() tea.Cmd { return e.step(func() tea.Cmd { return e.widen(2) }) },
		keys.Narrower:   func() tea.Cmd { return e.step(func() tea.Cmd { return e.widen(-2) }) },
		keys.ToggleZone: e.toggleZone,
		keys.ToggleWrap: func() tea.Cmd { return e.step(e.toggleWrap) },
		keys.ShowPivots: e.askPivots,
		keys.ShowStory:  func() tea.Cmd { return e.askSubject(keys.ShowStory) },
		keys.ShowCard:   func() tea.Cmd { return e.askSubject(keys.ShowCard) },
		keys.Mark:       func() tea.Cmd { return e.noting(keys.Mark) },
		keys.Note:       func() tea.Cmd { return e.noting(keys.Note) },
		keys.Tag:        func() tea.Cmd { return e.noting(keys.Tag) },
		keys.KeepView:   e.askKeepView,
		keys.NextMark:   func() tea.Cmd { return e.findMark(true) },
		keys.PrevMark:   func() tea.Cmd { return e.findMark(false) },
		keys.ZoomIn:     func() tea.Cmd { return e.zoomTime(true) },
		keys.ZoomOut:    func() tea.Cmd { return e.zoomTime(false) },
		keys.Earlier:    func() tea.Cmd { return e.shiftTime(-1) },
		keys.Later:      func() tea.Cmd { return e.shiftTime(1) },
		keys.Brush:      e.brush,
		keys.GoTime:     e.askTime,
		keys.PickTime:   e.pickTime,
		keys.Export:     e.askExport,
		keys.SavePreset: e.askSave,
		keys.ShowSQL:    e.showSQL,
		keys.Copy:       e.copy,
		keys.Open:       e.openCursor,
	}
	for n := range keys.MostChips {
		m[keys.Chip(n+1)] = func() tea.Cmd { return e.toggleChip(n) }
	}
	for act, fs := range picks {
		m[act] = func() tea.Cmd { return e.pick(fs...) }
	}
	return m
}

func (e *Explore) say(s string) tea.Cmd {
	e.shell.Notice(theme.Warn, s)
	return nil
}

// cursorTerm is the condition under the cursor of the focused pane.
func (e *Explore) cursorTerm(not bool) (model.Term, bool) {
	switch e.focus {
	case layout.Detail:
		entry, ok := e.detail.Current()
		if !ok || e.want.Proof {
			return model.Term{}, false
		}
		return entry.Term(not)
	case layout.Facets:
		f, v, ok := e.facets.current()
		return value.Term(f, v, not), ok
	case layout.Bars:
		return model.Term{}, false
	}
	row, ok := e.grid.Current()
	if !ok {
		return model.Term{}, false
	}
	col, _ := e.grid.Column()
	f, v := e.shape.cellValue(col.Field, row.Values)
	return columnTerm(f, v, not), true
}

// columnTerm is the condition that a row has v in a column.
func columnTerm(f model.Field, v any, not bool) model.Term {
	path, ok := model.JSONPath(f)
	if !ok {
		return value.Term(f, v, not)
	}
	t := value.Term(model.FieldJSON, v, not)
	t.Path = path
	return t
}

func (e *Explore) applyCursor(a keys.Action) tea.Cmd {
	if e.focus == layout.Bars {
		if a == keys.Drop {
			return e.dropChosen()
		}
		return e.keepChosen(true)
	}
	t, ok := e.cursorTerm(a == keys.Drop)
	if !ok {
		return e.say("there is no value to filter on under the cursor")
	}
	return e.apply(a, t)
}

// apply keeps, drops, or keeps only what t says. What is already demanded is not demanded twice.
func (e *Explore) apply(a keys.Action, t model.Term) tea.Cmd {
	f := e.view.filter
	if a == keys.Only {
		return e.filterBy(f.Only(t))
	}
	for _, had := range f.Terms {
		if (model.Filter{Terms: []model.Term{had}}).Equal(model.Filter{Terms: []model.Term{t}}) {
			return e.say("the filter already says " + safe.New(e.options.Language.Describe(t)).String())
		}
	}
	return e.filterBy(f.With(t))
}

// nextPane gives the keys to the next pane on screen.
func (e *Explore) nextPane(by int) tea.Cmd {
	if e.want.Zoom != layout.None {
		return nil
	}
	var panes []layout.Pane
	at := 0
	for _, p := range []layout.Pane{layout.Bars, layout.Facets, layout.List, layout.Detail} {
		r := e.rect(p)
		if r.Empty() {
			continue
		}
		if p == e.focus {
			at = len(panes)
		}
		panes = append(panes, p)
	}
	if len(panes) == 0 {
		return nil // there is no room for any
	}
	e.focus = panes[(at+by+len(panes))%len(panes)]
	return e.arrange()
}

func (e *Explore) toggleDetail() tea.Cmd {
	if e.want.Proof {
		e.want.Detail = false // it stands in the detail's place, which d brings back
		e.want.Proof = false
	}
	e.want.Detail = !e.want.Detail
	if e.want.Zoom == layout.Detail {
		e.want.Zoom, e.focus = layout.None, layout.List
	}
	e.record.id = model.RecordID{}
	cmd := e.arrange()
	if e.want.Detail && e.cut.Detail.Empty() {
		return tea.Batch(cmd, e.say("there is no room for the detail beside the list; enter shows it"))
	}
	return cmd
}

func (e *Explore) zoomPane() tea.Cmd {
	if e.focus == layout.Bars {
		return e.say("the bars have no size of their own; i and o zoom the time")
	}
	if e.want.Zoom != layout.None {
		e.want.Zoom = layout.None
	} else {
		e.want.Zoom = e.focus
	}
	return e.arrange()
}

func (e *Explore) toggleFacets() tea.Cmd {
	if e.w < layout.FacetsFrom {
		// There is no room beside the list: the panel takes the screen, and gives it back.
		if e.want.Zoom == layout.Facets {
			return e.Peel()
		}
		e.want.Zoom, e.focus = layout.Facets, layout.Facets
		return e.arrange()
	}
	e.want.Facets = !e.want.Facets
	return e.arrange()
}

// sortColumn sorts by the column under the cursor: up, down, then by time again.
func (e *Explore) sortColumn() tea.Cmd {
	col, _ := e.grid.Column()
	s := e.view.sort
	if _, ok := model.JSONPath(col.Field); ok {
		return e.say("a list cannot be sorted by a value of the JSON; keep or drop values of it instead")
	}
	if col.Field == fieldZone {
		col.Field = model.FieldTime
	}
	switch {
	case e.sortedField() != col.Field:
		s = model.Sort{Field: col.Field}
	case !s.Desc:
		s = model.Sort{Field: col.Field, Desc: true}
	default:
		s = model.Sort{}
	}
	if s.Field == model.FieldTime && !s.Desc {
		s = model.Sort{}
	}
	return e.change(view{filter: e.view.filter, sort: s})
}

// openCursor is enter: the detail of a row, or the values behind a facet.
func (e *Explore) openCursor() tea.Cmd {
	switch e.focus {
	case layout.Facets:
		if f, ok := e.facets.field(); ok {
			return e.pick(f)
		}
		return nil
	case layout.Detail:
		if e.detail.Fold() {
			return nil
		}
		return e.zoomPane()
	case layout.Bars:
		return e.keepChosen(false)
	}
	return e.openDetail()
}

// copyRecord sends the record as it stands in the evidence.
func (e *Explore) copyRecord() tea.Cmd {
	d := e.detail.Doc()
	if d == nil || len(d.Raw) == 0 {
		return e.say("no record is read; d shows the detail")
	}
	return e.shell.Copy(string(d.Raw))
}

// copy sends the value under the cursor to the terminal, sanitised, which may or may not take it.
func (e *Explore) copy() tea.Cmd {
	text := ""
	switch e.focus {
	case layout.Detail:
		if entry, ok := e.detail.Current(); ok && !e.want.Proof {
			text = value.Plain(entry.Value)
			if entry.Value == nil {
				text = entry.Text
			}
		}
	case layout.Facets:
		if _, v, ok := e.facets.current(); ok {
			text = value.Plain(v)
		}
	case layout.Bars:
		text = e.bars.Says()
	default:
		if row, ok := e.grid.Current(); ok {
			col, _ := e.grid.Column()
			_, v := e.shape.cellValue(col.Field, row.Values)
			text = value.Plain(v)
		}
	}
	if text == "" {
		return e.say("there is no value to copy under the cursor")
	}
	return e.shell.Copy(text)
}
