package presets

import (
	"context"

	tea "charm.land/bubbletea/v2"

	"trailsift/model"
	"trailsift/model/safe"
	"trailsift/ui/keys"
	"trailsift/ui/theme"
	"trailsift/ui/widget/grid"
	"trailsift/ui/widget/shell"
	"trailsift/ui/widget/value"
)

// groupLimit bounds the table; more groups than that are announced.
const groupLimit = 10000

// groups is a table of value combinations with their counts.
type groups struct {
	shell.Still
	shell   shell.Shell
	theme   *theme.Theme
	backend Backend
	title   string
	filter  model.Filter
	fields  []model.Field
	rows    []model.Group
	grid    *grid.Grid
	ask     shell.Ask[[]model.Group]
	failed  string
	w, h    int
}

func newGroups(sh shell.Shell, b Backend, title string, f model.Filter, fields []model.Field) *groups {
	cols := make([]grid.Column, 0, len(fields)+1)
	for i, x := range fields {
		cols = append(cols, grid.Column{Name: string(x), Min: 10, Want: 30, Priority: i + 1, Cut: grid.CutMiddle, Elastic: i == 0})
	}
	cols = append(cols, grid.Column{Name: "requests", Min: 11, Want: 13, Right: true})
	g := &groups{shell: sh, theme: sh.Theme(), backend: b, title: title, filter: f, fields: fields, grid: grid.New(sh.Theme(), cols)}
	g.grid.SetFocus(true)
	return g
}

func (g *groups) Title() string    { return g.title }
func (g *groups) Pane() keys.Pane  { return keys.Groups }
func (g *groups) Status() string   { return g.failed }
func (g *groups) Peel() tea.Cmd    { g.Stop(); return nil }
func (g *groups) Refresh() tea.Cmd { return g.Open() }

// Open asks for the groups.
func (g *groups) Open() tea.Cmd {
	g.failed = ""
	return g.ask.Begin(g.shell, func(ctx context.Context) ([]model.Group, error) {
		return g.backend.GroupBy(ctx, model.Query{Filter: g.filter}, g.fields, groupLimit)
	})
}

// Receive takes the groups.
func (g *groups) Receive(msg tea.Msg) tea.Cmd {
	found, mine, err := g.ask.Receive(msg)
	if !mine {
		return nil
	}
	if err != nil {
		g.failed = "could not group: " + safe.New(err.Error()).String()
		g.shell.Notice(theme.Bad, g.failed)
		return nil
	}
	g.rows = found
	rows := make([]grid.Row, len(found))
	for i, r := range found {
		for _, v := range r.Values {
			cell := grid.Word(value.Absent, theme.Text)
			if v != nil {
				cell = grid.Text(g.theme, value.Text(v), theme.Text)
			}
			rows[i].Cells = append(rows[i].Cells, cell)
		}
		rows[i].Cells = append(rows[i].Cells, grid.Word(value.Count(r.Count), theme.Text))
	}
	g.grid.SetRows(rows)
	return nil
}

// Resize gives the screen w by h cells.
func (g *groups) Resize(w, h int) tea.Cmd {
	g.w, g.h = w, h
	return g.grid.SetSize(w, h-1)
}

// Act moves, copies a value, or opens the requests of a group.
func (g *groups) Act(a keys.Action) tea.Cmd {
	i, ok := g.grid.Index(len(g.rows))
	if !ok {
		return nil
	}
	switch a {
	case keys.Open, keys.Keep:
		f := g.filter
		for j, v := range g.rows[i].Values {
			f = f.With(value.Term(g.fields[j], v, false))
		}
		return g.shell.ShowFilter(g.title, f)
	case keys.Copy:
		_, col := g.grid.Column()
		text := value.Count(g.rows[i].Count)
		if col < len(g.rows[i].Values) {
			text = value.Plain(g.rows[i].Values[col])
		}
		return g.shell.Copy(text)
	}
	cmd, _ := g.grid.Act(a)
	return cmd
}

// Mouse scrolls, and opens the group that is clicked twice.
func (g *groups) Mouse(m shell.Mouse) tea.Cmd { return shell.Point(g.grid, m, 1, g.Act) }

// Lines draws the table.
func (g *groups) Lines() []string {
	if g.h <= 0 {
		return nil
	}
	remark := value.Of(int64(len(g.rows)), "group", "groups") + ", enter opens their requests"
	if len(g.rows) == groupLimit {
		remark = "the first " + remark
	}
	out := []string{shell.Rule(g.theme, g.w, true, g.theme.Show(g.title), remark)}
	if len(g.rows) == 0 && !g.ask.Waiting() {
		text := "no request answers this question"
		if g.failed != "" {
			text = g.failed
		}
		return append(out, shell.Block([]string{"  " + text}, g.w, g.h-1)...)
	}
	return append(out, shell.Block(g.grid.Lines(), g.w, g.h-1)...)
}

// Pending says what is awaited.
func (g *groups) Pending() string {
	if g.ask.Waiting() {
		return "grouping"
	}
	return ""
}

// Stop gives the grouping up.
func (g *groups) Stop() bool { return g.ask.Stop() }
