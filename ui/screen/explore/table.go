package explore

import (
	"slices"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"

	"trailsift/model"
	"trailsift/model/safe"
	"trailsift/ui/layout"
	"trailsift/ui/widget/dialog"
	"trailsift/ui/widget/grid"
)

// fieldZone stands for the time in the second zone. It is no field: its value is that of time.
const fieldZone model.Field = "zone"

// Chosen is one column of the list as the user wants it.
type Chosen struct {
	Field model.Field `json:"field"`           // or a model.JSONField
	Width int         `json:"width,omitempty"` // 0: as usual
}

// Settings are what the user has chosen for lists. All lists of a session share one.
type Settings struct {
	Columns []Chosen      `json:"columns,omitempty"` // empty: as usual
	Facets  []model.Field `json:"facets,omitempty"`  // empty: as usual
	Zone    string        `json:"zone,omitempty"`    // a second time zone
	Zoned   bool          `json:"zoned,omitempty"`   // it is shown
	NoWrap  bool          `json:"no_wrap,omitempty"`
	Older   []string      `json:"older,omitempty"` // filters typed before
}

// shape is what the rows on screen were made for.
type shape struct {
	form   timeForm
	cols   []grid.Column
	fields []model.Field // asked for; those of every list first
	zone   *time.Location
}

// at is the value of f in a row of this shape.
func (s shape) at(values []any, f model.Field) any {
	if _, ok := place[f]; ok {
		return at(values, f)
	}
	if i := slices.Index(s.fields, f); i >= 0 && i < len(values) {
		return values[i]
	}
	return nil
}

// newShape is the shape of the list under the present settings.
func (e *Explore) newShape() shape {
	s := shape{form: formOf(e.formSpan()), fields: slices.Clone(fields)}
	usual := known(s.form)
	set := e.options.Settings
	if len(set.Columns) == 0 {
		s.cols = usual
	}
	for i, c := range set.Columns {
		col := columnOf(usual, c.Field)
		col.Priority, col.Extra = i, false
		if c.Width > 0 {
			col.Min, col.Want, col.Elastic = c.Width, c.Width, false
		}
		s.cols = append(s.cols, col)
		if _, ok := place[c.Field]; !ok {
			s.fields = append(s.fields, c.Field)
		}
	}
	if set.Zoned {
		if zone, err := time.LoadLocation(set.Zone); err == nil {
			s.zone = zone
			i := 1 + slices.IndexFunc(s.cols, func(c grid.Column) bool { return c.Field == model.FieldTime })
			w := len(zoneLayout)
			// UTC comes first on a narrow screen, and the column after it.
			p := 0
			if i > 0 {
				p = s.cols[i-1].Priority + 2
			}
			for n := range s.cols {
				if s.cols[n].Priority >= p {
					s.cols[n].Priority++
				}
			}
			name := zone.String()
			if cut := strings.LastIndexByte(name, '/'); cut >= 0 {
				name = name[cut+1:]
			}
			s.cols = slices.Insert(s.cols, i, grid.Column{Name: name, Field: fieldZone, Min: w, Want: w, Priority: p, Yields: true})
		}
	}
	return s
}

const zoneLayout = "01-02 15:04:05-07:00"

func zoneTime(v any, zone *time.Location) string {
	t, ok := v.(time.Time)
	if !ok || zone == nil {
		return ""
	}
	return t.In(zone).Format(zoneLayout)
}

// columnOf is how a field is usually listed.
func columnOf(usual []grid.Column, f model.Field) grid.Column {
	for _, c := range usual {
		if c.Field == f {
			return c
		}
	}
	col := grid.Column{Name: strings.ToUpper(string(f)), Field: f, Min: 10, Want: 24, Cut: grid.CutMiddle}
	if path, ok := model.JSONPath(f); ok {
		if i := strings.LastIndexByte(path, '.'); i >= 0 {
			path = path[i+1:]
		}
		col.Name = safe.Cut(path, 24).String()
		return col
	}
	switch in, _ := model.Lookup(f); in.Kind {
	case model.KindInt, model.KindSize:
		col.Right, col.Want = true, 14
	case model.KindBool:
		col.Min, col.Want = 6, 12
	}
	return col
}

// chosen is the columns on screen as choices: those of every list until the user changes one.
func (e *Explore) chosen() []Chosen {
	if set := e.options.Settings; len(set.Columns) > 0 {
		return slices.Clone(set.Columns)
	}
	var out []Chosen
	for _, c := range known(fullTime) {
		out = append(out, Chosen{Field: c.Field})
	}
	return out
}

// setColumns lists other columns, or the usual ones when there are none, and asks for the rows anew.
func (e *Explore) setColumns(cs []Chosen) tea.Cmd {
	return e.step(func() tea.Cmd {
		e.options.Settings.Columns = cs
		return tea.Batch(e.shell.Remember(), e.open())
	})
}

// addColumn lists the value under the cursor of the detail as a column, beside the cursor's.
func (e *Explore) addColumn() tea.Cmd {
	entry, ok := e.detail.Current()
	if !ok || entry.Head || entry.Field == "" {
		return e.say("there is no value under the cursor to make a column of")
	}
	f := entry.Field
	if f == model.FieldJSON {
		f = model.JSONField(entry.Path)
	}
	cs := e.chosen()
	if slices.ContainsFunc(cs, func(c Chosen) bool { return c.Field == f }) {
		return e.say(string(f) + " is a column already")
	}
	col, _ := e.grid.Column()
	i := slices.IndexFunc(cs, func(c Chosen) bool { return c.Field == col.Field })
	cs = slices.Insert(cs, min(i+1, len(cs)), Chosen{Field: f})
	e.say("listed as a column: " + safe.Cut(string(f), 80).String())
	return e.setColumns(cs)
}

// widen makes the column under the cursor wider or narrower; the rows stay.
func (e *Explore) widen(by int) tea.Cmd {
	col, i := e.grid.Column()
	w, ok := e.grid.WidthOf(i)
	if !ok || col.Field == fieldZone {
		return nil
	}
	cs := e.chosen()
	for n := range cs {
		if cs[n].Field == col.Field {
			cs[n].Width = max(3, min(w+by, 200))
			if col.Field == model.FieldIntegrity {
				cs[n].Width = max(1, min(w+by, 20))
			}
		}
	}
	e.options.Settings.Columns = cs
	e.shape = e.newShape()
	e.grid.SetColumns(e.shape.cols)
	e.grid.SetColumn(i)
	return e.shell.Remember()
}

// toggleZone shows the time in a second zone beside UTC, which never leaves.
func (e *Explore) toggleZone() tea.Cmd {
	set := e.options.Settings
	if set.Zone != "" {
		return e.step(func() tea.Cmd {
			set.Zoned = !set.Zoned
			return tea.Batch(e.shell.Remember(), e.open())
		})
	}
	e.shell.Push(dialog.New(e.theme, dialog.Spec{
		Title: "Second time zone", Yes: "shows it beside UTC; T hides and shows it",
		Fields: []dialog.Field{{Label: "zone", Text: e.options.Zone, Help: "as Europe/Berlin or America/New_York"}},
		Do: func(a dialog.Answer) (tea.Cmd, string) {
			name := strings.TrimSpace(a[0])
			zone, err := time.LoadLocation(name)
			if err != nil || name == "" || zone == time.Local {
				return nil, "this host knows no such zone"
			}
			return e.step(func() tea.Cmd {
				set.Zone, set.Zoned = name, true
				return tea.Batch(e.shell.Remember(), e.open())
			}), ""
		},
	}))
	return nil
}

// toggleWrap breaks long values of the detail into lines, or cuts them.
func (e *Explore) toggleWrap() tea.Cmd {
	e.options.Settings.NoWrap = !e.options.Settings.NoWrap
	e.detail.SetWrap(!e.options.Settings.NoWrap)
	return e.shell.Remember()
}

// askColumns is C: in the detail it lists the value under the cursor, in the facet panel it chooses
// facets, elsewhere columns.
func (e *Explore) askColumns() tea.Cmd {
	if e.focus == layout.Detail {
		return e.addColumn()
	}
	if e.focus == layout.Facets {
		e.shell.Push(newFacetChooser(e))
		return nil
	}
	e.shell.Push(newChooser(e))
	return nil
}
