package presets

import (
	"context"
	"fmt"
	"slices"

	tea "charm.land/bubbletea/v2"

	"trailsift/model"
	"trailsift/model/safe"
	"trailsift/ui/keys"
	"trailsift/ui/theme"
	"trailsift/ui/widget/grid"
	"trailsift/ui/widget/shell"
	"trailsift/ui/widget/value"
)

// groupLimit bounds the table; more lines than that are announced.
const groupLimit = 10000

// groups are the value combinations of what f keeps, with their counts.
func groups(ctx context.Context, b Backend, f model.Filter, fields []model.Field) (Table, error) {
	found, err := b.GroupBy(ctx, model.Query{Filter: f}, fields, groupLimit)
	t := Table{Number: int64(len(found))}
	for _, x := range fields {
		t.Names = append(t.Names, string(x))
	}
	t.Names = append(t.Names, "rows")
	for _, g := range found {
		t.Lines = append(t.Lines, append(append([]any{}, g.Values...), g.Count))
	}
	t.Open = func(line int) (model.Filter, bool) {
		out := f
		for j, v := range found[line].Values {
			out = out.With(value.Term(fields[j], v, false))
		}
		return out, true
	}
	return t, err
}

// table shows an answer in lines.
type table struct {
	shell.Still
	shell  shell.Shell
	theme  *theme.Theme
	title  string
	twin   shell.Twin
	filter model.Filter // of the question
	load   func(ctx context.Context) (Table, error)
	covers shell.Covers
	empty  string // how to read an empty answer
	told   Table
	lines  int64 // of the answer, of which the first are told
	grid   *grid.Grid
	widest int // the column of the longest text
	shell.Question[Table]
	w, h int
}

func newTable(a asker, s Preset, params map[string]string, f model.Filter, load func(ctx context.Context) (Table, error)) *table {
	t := &table{
		shell: a.shell, theme: a.shell.Theme(), title: safe.New(s.Title).String(), twin: twin(s, params), filter: f, load: load,
		covers: a.covers, empty: "nothing answers this question",
	}
	if s.Empty != "" {
		t.empty = t.theme.Show(safe.New(s.Empty).String())
	}
	t.Doing, t.Cannot = "adding up", "could not answer"
	t.columns()
	return t
}

const (
	measured = 200 // lines that say how wide the columns want to be
	wholly   = 15  // a column that needs no more, as one of addresses, is not cut
)

// columns makes the grid for what is told: the column of the longest text takes what the others leave.
func (t *table) columns() {
	cols := make([]grid.Column, 0, len(t.told.Names))
	widest, most := 0, 0
	for i, name := range t.told.Names {
		c := grid.Column{Name: name, Min: 10, Want: 10, Priority: i + 1, Cut: grid.CutMiddle}
		for _, line := range t.told.Lines[:min(len(t.told.Lines), measured)] {
			if _, number := line[i].(int64); number {
				c = grid.Column{Name: name, Min: 11, Want: 13, Right: true, Priority: i + 1}
				break
			}
			c.Want = max(c.Want, grid.Width(t.theme.Show(value.Short(line[i]).String())))
		}
		if !c.Right && c.Want <= wholly {
			c.Min = c.Want
		}
		if !c.Right && c.Want > most {
			widest, most = i, c.Want
		}
		cols = append(cols, c)
	}
	if len(cols) > 0 {
		cols[widest].Elastic = true
	}
	t.widest = widest
	t.grid = grid.New(t.theme, cols)
	t.grid.SetFocus(true)
}

// Title names the screen in the header.
func (t *table) Title() string { return t.title }

// Pane is the pane that has the keys.
func (t *table) Pane() keys.Pane { return keys.Groups }

// Twin is the command that answers the question.
func (t *table) Twin() shell.Twin { return t.twin }

// Looking is the filter of the question that the lines answer.
func (t *table) Looking() model.Filter { return t.filter }

// Status is what went wrong, else the longest text of the line under the cursor in full.
func (t *table) Status() string {
	i, ok := t.grid.Index(len(t.told.Lines))
	if t.Failed != "" || !ok || t.widest >= len(t.told.Lines[i]) {
		return t.Failed
	}
	if text, is := t.told.Lines[i][t.widest].(string); is {
		return t.theme.Show(value.Short(text).String())
	}
	return ""
}

// Refresh asks again.
func (t *table) Refresh() tea.Cmd { return t.Open() }

// Open asks for the lines.
func (t *table) Open() tea.Cmd {
	return t.Begin(t.shell, t.load, func(told Table) bool { return len(told.Lines) == 0 || told.Number == 0 }, t.covers, model.Query{Filter: t.filter})
}

// Receive takes the lines.
func (t *table) Receive(msg tea.Msg) tea.Cmd {
	told, ok := t.Take(msg)
	if !ok {
		return nil
	}
	t.told, t.lines = told, int64(len(told.Lines))
	t.told.Lines = told.Lines[:min(len(told.Lines), groupLimit)]
	told = t.told
	t.columns()
	rows := make([]grid.Row, len(told.Lines))
	for i, line := range told.Lines {
		for _, v := range line {
			cell := grid.Word(value.Absent, theme.Dim)
			switch v := v.(type) {
			case nil:
			case int64:
				cell = grid.Word(value.Count(v), theme.Text)
			default:
				cell = grid.Text(t.theme, value.Short(v), theme.Text)
			}
			rows[i].Cells = append(rows[i].Cells, cell)
		}
	}
	t.grid.SetRows(rows)
	return t.Resize(t.w, t.h)
}

// says are the sentences above the lines, which keep most of the screen.
func (t *table) says() []string {
	out := t.words(t.told.Says)
	return out[:min(len(out), max(0, (t.h-1)/3))]
}

// notes are what the lines are to be held against. They stand below them and take what the lines leave,
// or a third of the screen; what does not fit is counted.
func (t *table) notes() []string {
	out := t.words(append(slices.Clone(t.told.Notes), t.Coverage(t.theme)...))
	left := t.h - 1 - len(t.says())
	room := max(left/3, left-1-len(t.told.Lines))
	if len(out) <= room {
		return out
	}
	if room < 2 {
		return nil
	}
	more := fmt.Sprintf(" %d lines more: :cmd is the command that tells them", len(out)-room+1)
	return append(out[:room-1], t.theme.Paint(theme.Dim, more))
}

// words are sentences in lines as wide as the screen.
func (t *table) words(sentences []string) []string {
	var out []string
	for _, s := range sentences {
		for _, l := range shell.Wrap(t.theme.Show(safe.New(s).String()), max(1, t.w-2)) {
			out = append(out, " "+t.theme.Paint(theme.Dim, l))
		}
	}
	return out
}

// Resize gives the screen w by h cells.
func (t *table) Resize(w, h int) tea.Cmd {
	t.w, t.h = w, h
	return t.grid.SetSize(w, max(0, h-1-len(t.says())-len(t.notes())))
}

// Act moves, copies a value, or opens the requests of a line.
func (t *table) Act(a keys.Action) tea.Cmd {
	i, ok := t.grid.Index(len(t.told.Lines))
	if !ok {
		return nil
	}
	switch a {
	case keys.Open, keys.Keep, keys.Drop, keys.Only:
		return t.sift(a, i)
	case keys.Copy:
		_, col := t.grid.Column()
		return t.shell.Copy(value.Plain(t.told.Lines[i][min(col, len(t.told.Lines[i])-1)]))
	}
	cmd, _ := t.grid.Act(a)
	return cmd
}

// sift opens the requests of line i, or those without or with only what its cell under the cursor says.
func (t *table) sift(a keys.Action, i int) tea.Cmd {
	var f model.Filter
	ok := t.told.Open != nil
	if ok {
		f, ok = t.told.Open(i)
	}
	if !ok {
		t.shell.Notice(theme.Warn, "no filter keeps the requests of this line alone")
		return nil
	}
	if a == keys.Open || a == keys.Keep {
		return t.shell.ShowFilter(t.title, f)
	}
	name := ""
	if _, col := t.grid.Column(); col < len(t.told.Names) {
		name = t.told.Names[col]
	}
	for _, own := range f.Terms {
		if string(own.Field) == name {
			return shell.Sift(t.shell, a, t.title, t.filter, []model.Term{own})
		}
	}
	t.shell.Notice(theme.Warn, "there is no value to filter on under the cursor; enter opens the line's requests")
	return nil
}

// Mouse scrolls, and opens the line that is clicked twice.
func (t *table) Mouse(m shell.Mouse) tea.Cmd { return shell.Point(t.grid, m, 1+len(t.says()), t.Act) }

// Lines draws the table.
func (t *table) Lines() []string {
	if t.h <= 0 {
		return nil
	}
	remark := value.Of(int64(len(t.told.Lines)), "line", "lines")
	if t.told.Open != nil {
		remark += ", enter opens the requests"
	}
	switch {
	case t.lines > groupLimit:
		remark = "the first " + value.Count(groupLimit) + " of " + value.Of(t.lines, "line", "lines")
	case t.lines == groupLimit:
		remark = "the first " + remark
	}
	out := []string{shell.Rule(t.theme, t.w, true, t.theme.Show(t.title), remark)}
	if excuse := t.Excuse(t.theme, t.w, t.h-1, len(t.told.Lines) == 0, t.empty); excuse != nil {
		return append(out, excuse...)
	}
	says, notes := t.says(), t.notes()
	out = append(out, shell.Block(says, t.w, len(says))...)
	out = append(out, shell.Block(t.grid.Lines(), t.w, t.h-1-len(says)-len(notes))...)
	return append(out, shell.Block(notes, t.w, len(notes))...)
}
