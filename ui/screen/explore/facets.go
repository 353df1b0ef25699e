package explore

import (
	"strings"

	tea "charm.land/bubbletea/v2"

	"trailsift/model"
	"trailsift/ui/keys"
	"trailsift/ui/theme"
	"trailsift/ui/widget/grid"
	"trailsift/ui/widget/line"
	"trailsift/ui/widget/shell"
	"trailsift/ui/widget/value"
)

// panelFields are what the facet panel shows unless the user chooses others, and panelTop how many
// values of each.
var panelFields = []model.Field{
	model.FieldOp, model.FieldOutcome, model.FieldIP, model.FieldActor, model.FieldBucket,
	model.FieldEnc, model.FieldIntegrity, model.FieldLog, model.FieldWitness,
}

// panelTop is how many values of a field the panel shows, narrowedTop how many of those that hold the
// text it is narrowed to.
const (
	panelTop    = 5
	narrowedTop = 20
)

type facetsReady struct {
	id    int
	found []facet
	err   error
}

// facet is a field's values with their counts, the most frequent first, and, when all of them are
// here, what each is narrowed by.
type facet struct {
	model.Facet
	lower []string
}

// facetLine is a heading, a value, or what is left of a facet.
type facetLine struct {
	field model.Field
	value any
	count int64
	head  string
	rest  bool // stands for values that are not shown
}

// facets is the panel of most frequent values.
type facets struct {
	theme  *theme.Theme
	found  []facet
	lines  []facetLine
	total  int64
	row    int
	top    int
	w, h   int
	focus  bool
	rare   bool // rarest first
	stale  bool // of the filter before
	search line.Line
	typing bool // letters narrow
	turned bool // the order has just been turned round
}

// loadFacets counts the values of the panel's fields: the most frequent ones, or all where the panel
// may show any.
func (e *Explore) loadFacets() tea.Cmd {
	ctx := e.instead(&e.result.values)
	id, q, b, fields, all := e.result.id, e.view.query(), e.backend, e.panel(), e.facets.wantsAll()
	return func() tea.Msg {
		top := panelTop
		if all {
			top = 0
		}
		fs, err := b.Facets(ctx, q, fields, top)
		m := facetsReady{id: id, err: err}
		for _, f := range fs {
			x := facet{Facet: f}
			if all {
				x.lower = make([]string, len(f.Values))
				for i, v := range f.Values {
					x.lower[i] = strings.ToLower(value.Plain(v.Value))
				}
			}
			m.found = append(m.found, x)
		}
		return m
	}
}

// panel is the fields of the facet panel.
func (e *Explore) panel() []model.Field {
	if set := e.options.Settings.Facets; len(set) > 0 {
		return set
	}
	return panelFields
}

// turnFacets lists the rarest values first, or the most frequent again.
func (e *Explore) turnFacets() tea.Cmd {
	e.facets.rare, e.facets.turned = !e.facets.rare, true
	return e.fillFacets()
}

// fillFacets shows the panel anew, asking for all values where it has only some of those it needs.
func (e *Explore) fillFacets() tea.Cmd {
	f := &e.facets
	for _, x := range f.found {
		if f.wantsAll() && x.lower == nil && x.Other > 0 {
			return e.loadFacets()
		}
	}
	f.fill()
	return nil
}

// newFacetChooser chooses the fields of the panel.
func newFacetChooser(e *Explore) *chooser {
	c := &chooser{theme: e.theme, title: "Facets", fields: append([]model.Field(nil), e.panel()...)}
	c.chosen = len(c.fields)
	c.rest(model.Columns())
	c.apply = func(fs []model.Field) tea.Cmd {
		return e.step(func() tea.Cmd {
			e.options.Settings.Facets = fs
			e.facets.row = 0
			return tea.Batch(e.shell.Remember(), e.loadFacets())
		})
	}
	return c
}

func (e *Explore) receiveFacets(m facetsReady) tea.Cmd {
	if !e.answered(m.id) {
		return nil
	}
	next := e.next()
	if m.err != nil {
		return tea.Batch(next, e.report("count values", m.err))
	}
	e.facets.found, e.facets.stale, e.result.facets = m.found, false, true
	return tea.Batch(next, e.fillFacets())
}

func (f *facets) setSize(w, h int) { f.w, f.h = w, h }

// fill makes the lines out of what was counted.
func (f *facets) fill() {
	was := facetLine{}
	if f.row < len(f.lines) {
		was = f.lines[f.row]
	}
	f.lines, f.total = nil, 0
	for _, x := range f.found {
		f.total = max(f.total, x.sum())
		shown, others, head := f.choose(x)
		if f.narrowed() && len(shown) == 0 {
			continue
		}
		f.lines = append(f.lines, facetLine{field: x.Field, head: head})
		for _, v := range shown {
			f.lines = append(f.lines, facetLine{field: x.Field, value: v.Value, count: v.Count})
		}
		if x.Absent > 0 && !f.narrowed() {
			f.lines = append(f.lines, facetLine{field: x.Field, count: x.Absent})
		}
		if others > 0 {
			f.lines = append(f.lines, facetLine{field: x.Field, count: others, rest: true})
		}
	}
	f.row = max(0, min(f.row, len(f.lines)-1))
	// The cursor stays on its value, or on its facet.
	for i, l := range f.lines {
		if l.field == was.field && (l.head != "") == (was.head != "") && l.rest == was.rest && value.Plain(l.value) == value.Plain(was.value) {
			f.row = i
			return
		}
	}
	turned := f.turned
	f.turned = false
	if f.row < len(f.lines) && f.lines[f.row].field == was.field && !turned {
		return // on the value that took its place
	}
	for i, l := range f.lines {
		if l.field == was.field {
			f.row = i
			return
		}
	}
}

func (f *facets) move(a keys.Action) { f.row = shell.Move(a, f.row, len(f.lines), max(1, f.h/2)) }

// current is the value under the cursor; nil stands for rows without one.
func (f *facets) current() (model.Field, any, bool) {
	if f.row >= len(f.lines) || f.lines[f.row].head != "" || f.lines[f.row].rest {
		return "", nil, false
	}
	return f.lines[f.row].field, f.lines[f.row].value, true
}

func (f *facets) field() (model.Field, bool) {
	if f.row >= len(f.lines) {
		return "", false
	}
	return f.lines[f.row].field, true
}

func (f *facets) remark() string {
	if f.stale && len(f.found) > 0 {
		return "updating"
	}
	if f.rare {
		return "rarest first"
	}
	return ""
}

func (f *facets) draw() []string {
	var out []string
	if f.above() > 0 {
		out = append(out, f.searchLine())
	}
	rows := max(0, f.h-len(out))
	f.top = max(0, min(f.top, f.row), f.row-rows+1)
	if len(f.lines) == 0 && f.narrowed() && rows > 0 {
		return append(out, f.theme.Paint(theme.Dim, grid.Fit(" no value holds that", f.w, grid.CutTail, f.theme.Cut)))
	}
	for i := f.top; i < len(f.lines) && i < f.top+rows; i++ {
		out = append(out, f.line(f.lines[i], i == f.row && f.focus))
	}
	return out
}

func (f *facets) line(l facetLine, here bool) string {
	mark := " "
	if here {
		mark = f.theme.Cursor
	}
	if l.head != "" {
		name := string(l.field)
		room := f.w - 1 - len(name)
		return mark + f.theme.Paint(theme.Accent, name) + f.theme.Paint(theme.Dim, grid.Fit(strings.Repeat(" ", max(0, room-len(l.head)))+l.head, max(0, room), grid.CutTail, f.theme.Cut))
	}
	text := value.Absent
	switch {
	case l.rest:
		text = "others, enter lists"
	case l.value != nil:
		text = f.theme.Show(value.Short(l.value).String())
		if l.field == model.FieldIntegrity {
			text = f.theme.BadgeOf(value.Plain(l.value)).Glyph + " " + text
		}
	}
	n := value.Count(l.count)
	body := grid.Fit(text, max(0, f.w-4-len(n)), grid.CutMiddle, f.theme.Cut) + " " + n
	if here {
		body = f.theme.Paint(theme.Select, body)
	}
	return mark + f.bar(l.count) + " " + body
}

func (f *facets) bar(n int64) string {
	levels := f.theme.Levels
	if f.total == 0 {
		return " "
	}
	return levels[max(1, min(int64(len(levels)-1), n*int64(len(levels)-1)/f.total))]
}
