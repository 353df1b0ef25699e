// Package notebook is the screen of what the investigator kept: marked records with their notes and
// tags, and views saved under a name. It must not know how the notebook is stored.
package notebook

import (
	"context"
	"errors"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"

	"trailsift/model"
	"trailsift/model/safe"
	"trailsift/ui/keys"
	"trailsift/ui/notes"
	"trailsift/ui/theme"
	"trailsift/ui/widget/dialog"
	"trailsift/ui/widget/grid"
	"trailsift/ui/widget/shell"
	"trailsift/ui/widget/value"
)

// around is how much of the list is shown to either side of a marked record.
const around = 5 * time.Minute

// textLines is the height of the text below the list, its heading included.
const textLines = 6

// Formats are what the notebook can be written as.
var Formats = []string{"md", "csv", "jsonl"}

// Options are the functions the screen works with.
type Options struct {
	Notes *notes.Notes
	// Parse reads a saved filter.
	Parse func(text string) (model.Filter, error)
	// Export writes the notebook to a new file and says what was written; nil: it cannot.
	Export func(ctx context.Context, path, format string) (string, error)
}

// Notebook is the screen.
type Notebook struct {
	shell.Still
	shell   shell.Shell
	theme   *theme.Theme
	options Options
	marks   []model.Mark
	views   []model.SavedView
	grid    *grid.Grid
	w, h    int
}

// New returns the screen.
func New(sh shell.Shell, o Options) *Notebook {
	n := &Notebook{shell: sh, theme: sh.Theme(), options: o}
	n.grid = grid.New(n.theme, []grid.Column{
		{Name: "KIND", Min: 4, Want: 4, Priority: 1},
		{Name: "TIME", Min: 20, Want: 20, Priority: 2},
		{Name: "OP", Min: 10, Want: 20, Priority: 4},
		{Name: "ACTOR", Min: 10, Want: 24, Priority: 5, Cut: grid.CutHead},
		{Name: "OBJECT", Min: 14, Want: 40, Priority: 6, Cut: grid.CutMiddle},
		{Name: "TAGS", Min: 8, Want: 16, Priority: 3},
		{Name: "NOTE", Min: 18, Want: 80, Priority: 0, Elastic: true},
	})
	n.grid.SetFocus(true)
	n.fill()
	return n
}

// Title names the screen in the header.
func (n *Notebook) Title() string { return "Notebook" }

// Pane is the pane that has the keys.
func (n *Notebook) Pane() keys.Pane { return keys.Notebook }

// Twin is the command that prints it.
func (n *Notebook) Twin() shell.Twin { return shell.Twin{Verb: "case notebook"} }

// Open reads the notebook as it is now.
func (n *Notebook) Open() tea.Cmd { n.fill(); return nil }

// Refresh reads it again.
func (n *Notebook) Refresh() tea.Cmd { n.fill(); return nil }

// SetOverview comes with every showing: what was marked elsewhere is listed.
func (n *Notebook) SetOverview(model.Overview, bool) tea.Cmd { n.fill(); return nil }

// Receive takes no answers but the one to its own writing.
func (n *Notebook) Receive(msg tea.Msg) tea.Cmd {
	if _, ok := msg.(notes.Written); ok {
		n.fill()
	}
	return nil
}

func (n *Notebook) fill() {
	state := n.options.Notes.State()
	n.marks, n.views = state.Marks, state.Views
	var rows []grid.Row
	for _, m := range n.marks {
		said := func(f model.Field) grid.Cell { return grid.Text(n.theme, value.Short(m.Said(f)), theme.Text) }
		rows = append(rows, grid.Row{Cells: []grid.Cell{
			grid.Word(n.theme.Mark, theme.Accent), said(model.FieldTime), said(model.FieldOp), said(model.FieldActor), said(model.FieldKey),
			grid.Text(n.theme, value.Short(strings.Join(m.Tags, " ")), theme.Text), grid.Text(n.theme, value.Short(m.Note), theme.Text),
		}})
	}
	for _, v := range n.views {
		rows = append(rows, grid.Row{Cells: []grid.Cell{
			grid.Word("view", theme.Accent), grid.Word("", theme.Text), grid.Word("", theme.Text), grid.Word("", theme.Text), grid.Word("", theme.Text),
			grid.Word("", theme.Text), grid.Text(n.theme, value.Short(v.Name+": "+v.Filter), theme.Text),
		}})
	}
	n.grid.SetRows(rows)
}

// current is the mark or the view under the cursor.
func (n *Notebook) current() (*model.Mark, *model.SavedView) {
	i, ok := n.grid.Index(len(n.marks) + len(n.views))
	switch {
	case !ok:
		return nil, nil
	case i < len(n.marks):
		return &n.marks[i], nil
	}
	return nil, &n.views[i-len(n.marks)]
}

// Resize gives the screen w by h cells.
func (n *Notebook) Resize(w, h int) tea.Cmd {
	n.w, n.h = w, h
	return n.grid.SetSize(w, h-1-n.textHeight())
}

func (n *Notebook) textHeight() int {
	if n.h < 14 {
		return 0
	}
	return textLines
}

// Act does an act.
func (n *Notebook) Act(a keys.Action) tea.Cmd {
	m, v := n.current()
	switch a {
	case keys.ExportNotes:
		return n.askExport()
	case keys.Open:
		return n.open(m, v)
	case keys.Remove:
		return n.remove(m, v)
	case keys.Note, keys.Tag, keys.Copy:
		if m == nil && v == nil || m == nil && a != keys.Copy {
			n.shell.Notice(theme.Warn, "there is no marked record under the cursor")
			return nil
		}
	}
	switch a {
	case keys.Note:
		n.options.Notes.AskNote(n.shell, m.Record, m.About)
	case keys.Tag:
		n.options.Notes.AskTags(n.shell, m.Record, m.About)
	case keys.Copy:
		text := ""
		if m != nil {
			text = strings.Join(n.text(*m), "\n")
		} else {
			text = v.Filter
		}
		return n.shell.Copy(text)
	default:
		cmd, _ := n.grid.Act(a)
		return cmd
	}
	return nil
}

// open shows a record among its neighbours, or a saved view.
func (n *Notebook) open(m *model.Mark, v *model.SavedView) tea.Cmd {
	switch {
	case m != nil:
		f := model.Filter{}
		at, err := time.Parse(time.RFC3339, m.Said(model.FieldTime))
		if err == nil {
			f = f.With(value.Term(model.FieldSince, at.Add(-around), false)).With(value.Term(model.FieldUntil, at.Add(around), false))
		}
		return n.shell.ShowRecord("marked record", f, m.Record, at)
	case v != nil:
		f, err := n.options.Parse(v.Filter)
		if err != nil {
			n.shell.Notice(theme.Bad, "the saved filter cannot be read: "+safe.New(err.Error()).String())
			return nil
		}
		return n.shell.ShowFilter(safe.Cut(v.Name, 60).String(), f)
	}
	return nil
}

// remove takes a mark or a view off the list; the notebook's file still tells of it.
func (n *Notebook) remove(m *model.Mark, v *model.SavedView) tea.Cmd {
	var cmd tea.Cmd
	switch {
	case m != nil:
		cmd = n.options.Notes.Add(model.NoteEntry{Kind: model.NoteUnmark, Record: m.Record})
	case v != nil:
		cmd = n.options.Notes.Add(model.NoteEntry{Kind: model.NoteForget, Name: v.Name})
	}
	n.fill()
	return cmd
}

func (n *Notebook) askExport() tea.Cmd {
	if n.options.Export == nil {
		n.shell.Notice(theme.Warn, "this session cannot write exports")
		return nil
	}
	write, says := n.options.Export, ""
	n.shell.Push(dialog.New(n.theme, dialog.Spec{
		Title: "Export the notebook", Yes: "writes the file",
		Fields: []dialog.Field{
			{Label: "file", Text: "notebook.md", Help: "a new file; an existing one is never overwritten"},
			{Label: "format", Choices: Formats, Help: "left and right choose"},
		},
		Says: func(a dialog.Answer) []string {
			return []string{value.Of(int64(len(n.marks)), "mark", "marks") + " and " + value.Of(int64(len(n.views)), "view", "views") + " to " + safe.New(path(a[0], a[1])).String()}
		},
		First: &dialog.First{Shell: n.shell, Doing: "writing", Work: func(ctx context.Context, a dialog.Answer) (err error) {
			if strings.TrimSpace(a[0]) == "" {
				return errors.New("a file name is needed")
			}
			says, err = write(ctx, path(a[0], a[1]), a[1])
			return err
		}},
		Do: func(dialog.Answer) (tea.Cmd, string) {
			n.shell.Notice(theme.Good, safe.New(says).String())
			return nil, ""
		},
	}))
	return nil
}

// path follows the format chosen where the name has the ending of another.
func path(name, format string) string {
	name = strings.TrimSpace(name)
	for _, f := range Formats {
		if base, ok := strings.CutSuffix(name, "."+f); ok && base != "" {
			return base + "." + format
		}
	}
	return name
}

// Mouse scrolls, and opens what is clicked twice.
func (n *Notebook) Mouse(m shell.Mouse) tea.Cmd { return shell.Point(n.grid, m, 1, n.Act) }

// Lines draws the body.
func (n *Notebook) Lines() []string {
	if n.w <= 0 || n.h <= 0 {
		return nil
	}
	count := value.Of(int64(len(n.marks)), "mark", "marks") + ", " + value.Of(int64(len(n.views)), "view", "views")
	out := []string{shell.Rule(n.theme, n.w, true, "Notebook", count)}
	h := n.h - 1 - n.textHeight()
	if len(n.marks)+len(n.views) == 0 {
		out = append(out, shell.Block([]string{"", "  nothing is kept yet", "  in Explore: space marks a record, c writes a note, t tags, m keeps the view"}, n.w, h)...)
	} else {
		out = append(out, shell.Block(n.grid.Lines(), n.w, h)...)
	}
	if n.textHeight() == 0 {
		return out
	}
	title, body := "Entry", []string{}
	switch m, v := n.current(); {
	case m != nil:
		body = n.text(*m)
	case v != nil:
		body = []string{v.Name, v.Filter, "kept " + value.Time(v.At) + " by " + v.By}
	}
	var text []string
	for _, l := range body {
		for _, piece := range shell.Wrap(n.theme.Show(safe.New(l).String()), n.w-2) {
			text = append(text, " "+piece)
		}
	}
	return append(append(out, shell.Rule(n.theme, n.w, false, title, "")), shell.Block(text, n.w, n.textHeight()-1)...)
}

// text is a mark in full.
func (n *Notebook) text(m model.Mark) []string {
	var out []string
	if m.Note != "" {
		out = append(out, m.Note)
	}
	if len(m.Tags) > 0 {
		out = append(out, "tags: "+strings.Join(m.Tags, " "))
	}
	join := func(fs ...model.Field) string {
		var parts []string
		for _, f := range fs {
			if v := m.Said(f); v != "" {
				parts = append(parts, string(f)+" "+v)
			}
		}
		return strings.Join(parts, "  ")
	}
	return append(out, join(model.FieldTime, model.FieldOp, model.FieldOutcome, model.FieldActor, model.FieldIP),
		join(model.FieldBucket, model.FieldKey), join(model.FieldMember, model.FieldRecord, model.FieldRequestID, model.FieldEventID),
		"marked "+value.Time(m.At)+" by "+m.By)
}

// Pending is empty: all of it is in memory.
func (n *Notebook) Pending() string { return "" }

// Peel has nothing to give up.
func (n *Notebook) Peel() tea.Cmd { return nil }

// Stop has nothing to stop.
func (n *Notebook) Stop() bool { return false }
