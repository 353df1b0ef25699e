package explore

import (
	"strings"

	tea "charm.land/bubbletea/v2"

	"trailsift/model"
	"trailsift/ui/keys"
	"trailsift/ui/theme"
	"trailsift/ui/widget/grid"
	"trailsift/ui/widget/value"
)

// panelFields are what the facet panel shows unless the user chooses others, and panelTop how many
// values of each.
var panelFields = []model.Field{
	model.FieldOp, model.FieldOutcome, model.FieldIP, model.FieldActor, model.FieldBucket,
	model.FieldEnc, model.FieldIntegrity, model.FieldLog, model.FieldWitness,
}

const panelTop = 5

type facetsReady struct {
	id     int
	facets []model.Facet
	err    error
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
	theme *theme.Theme
	lines []facetLine
	total int64
	row   int
	top   int
	w, h  int
	focus bool
	rare  bool // rarest first
}

func (e *Explore) loadFacets() tea.Cmd {
	ctx, cancel := begin()
	e.chain(cancel)
	id, q, b, fields, rare := e.result.id, e.view.query(), e.backend, e.panel(), e.facets.rare
	return func() tea.Msg {
		if !rare {
			fs, err := b.Facets(ctx, q, fields, panelTop)
			return facetsReady{id, fs, err}
		}
		fs, err := b.Facets(ctx, q, fields, 0)
		for i := range fs {
			fs[i] = rarest(fs[i], panelTop)
		}
		return facetsReady{id, fs, err}
	}
}

// panel is the fields of the facet panel.
func (e *Explore) panel() []model.Field {
	if set := e.options.Settings.Facets; len(set) > 0 {
		return set
	}
	return panelFields
}

// rarest keeps the n rarest values of a facet that has them all, the rarest first.
func rarest(f model.Facet, n int) model.Facet {
	var out []model.FacetValue
	for i := len(f.Values) - 1; i >= 0; i-- {
		if len(out) < n {
			out = append(out, f.Values[i])
		} else {
			f.Other += f.Values[i].Count
		}
	}
	f.Values = out
	return f
}

// turnFacets lists the rarest values first, or the most frequent again.
func (e *Explore) turnFacets() tea.Cmd {
	e.facets.rare = !e.facets.rare
	return e.loadFacets()
}

// newFacetChooser chooses the fields of the panel.
func newFacetChooser(e *Explore) *chooser {
	c := &chooser{theme: e.theme, title: "Facets", fields: append([]model.Field(nil), e.panel()...)}
	c.chosen = len(c.fields)
	c.rest(model.Columns())
	c.apply = func(fs []model.Field) tea.Cmd {
		e.options.Settings.Facets = fs
		e.facets.row = 0
		return tea.Batch(e.shell.Remember(), e.loadFacets())
	}
	return c
}

func (e *Explore) receiveFacets(m facetsReady) tea.Cmd {
	if m.id != e.result.id {
		return nil
	}
	e.result.waiting--
	if m.err != nil {
		return e.report("count values", m.err)
	}
	e.facets.set(m.facets)
	return nil
}

func (f *facets) setSize(w, h int) { f.w, f.h = w, h }

func (f *facets) set(fs []model.Facet) {
	was := facetLine{}
	if f.row < len(f.lines) {
		was = f.lines[f.row]
	}
	f.lines, f.total = nil, 0
	for _, x := range fs {
		f.lines = append(f.lines, facetLine{field: x.Field, head: value.Of(x.Distinct, "value", "values")})
		sum := x.Other + x.Absent
		for _, v := range x.Values {
			f.lines = append(f.lines, facetLine{field: x.Field, value: v.Value, count: v.Count})
			sum += v.Count
		}
		if x.Absent > 0 {
			f.lines = append(f.lines, facetLine{field: x.Field, count: x.Absent})
		}
		if x.Other > 0 {
			f.lines = append(f.lines, facetLine{field: x.Field, count: x.Other, rest: true})
		}
		f.total = max(f.total, sum)
	}
	f.row = max(0, min(f.row, len(f.lines)-1))
	// The cursor stays on its value, or on its facet.
	for i, l := range f.lines {
		if l.field == was.field && (l.head != "") == (was.head != "") && l.rest == was.rest && value.Plain(l.value) == value.Plain(was.value) {
			f.row = i
			return
		}
	}
	for i, l := range f.lines {
		if l.field == was.field {
			f.row = i
			return
		}
	}
}

func (f *facets) move(a keys.Action) {
	switch a {
	case keys.Up:
		f.row--
	case keys.Down:
		f.row++
	case keys.PageUp, keys.HalfUp:
		f.row -= max(1, f.h/2)
	case keys.PageDown, keys.HalfDown:
		f.row += max(1, f.h/2)
	case keys.First:
		f.row = 0
	case keys.Last:
		f.row = len(f.lines) - 1
	}
	f.row = max(0, min(f.row, len(f.lines)-1))
}

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
	if f.rare {
		return "rarest first"
	}
	return ""
}

func (f *facets) draw() []string {
	if f.row < f.top {
		f.top = f.row
	}
	if f.row >= f.top+f.h {
		f.top = f.row - f.h + 1
	}
	f.top = max(0, f.top)
	var out []string
	for i := f.top; i < len(f.lines) && i < f.top+f.h; i++ {
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
