package explore

import (
	"context"
	"strings"

	tea "charm.land/bubbletea/v2"

	"trailsift/model"
	"trailsift/model/safe"
	"trailsift/ui/keys"
	"trailsift/ui/theme"
	"trailsift/ui/widget/dialog"
	"trailsift/ui/widget/value"
)

// aboutFields are what the notebook keeps of a record, so that it can be found by anybody.
var aboutFields = []model.Field{
	model.FieldTime, model.FieldOp, model.FieldOutcome, model.FieldActor, model.FieldIP, model.FieldBucket, model.FieldKey,
	model.FieldRequestID, model.FieldEventID, model.FieldMember, model.FieldRecord,
}

// aboutReady is what the notebook will keep of a record that act is about.
type aboutReady struct {
	seq   int
	act   keys.Action
	id    model.RecordID
	about []model.Said
}

// noting marks, notes or tags the record under the cursor. What the notebook keeps of it is read
// first; should that fail, what the row shows is kept.
func (e *Explore) noting(act keys.Action) tea.Cmd {
	row, ok := e.grid.Current()
	if !ok {
		return e.say("there is no record under the cursor")
	}
	if _, marked := e.options.Notes.State().Mark(row.ID); marked && act == keys.Mark {
		return e.noted(e.options.Notes.Add(model.NoteEntry{Kind: model.NoteUnmark, Record: row.ID}))
	}
	e.noteSeq = e.shell.NextID()
	m := aboutReady{seq: e.noteSeq, act: act, id: row.ID}
	for _, f := range aboutFields {
		if s := value.Plain(at(row.Values, f)); s != "" {
			m.about = append(m.about, model.Said{Field: f, Value: s})
		}
	}
	b, q, n := e.backend, e.view.query(), e.grid.Cursor()
	return func() tea.Msg {
		p, err := b.Page(context.Background(), q, aboutFields, n, 1)
		if err != nil || len(p.Rows) != 1 || p.Rows[0].ID != m.id {
			return m
		}
		m.about = nil
		for i, f := range aboutFields {
			if s := value.Plain(p.Rows[0].Values[i]); s != "" {
				m.about = append(m.about, model.Said{Field: f, Value: strings.ToValidUTF8(s, "\uFFFD")})
			}
		}
		return m
	}
}

func (e *Explore) receiveAbout(m aboutReady) tea.Cmd {
	if m.seq != e.noteSeq {
		return nil
	}
	e.noteSeq = 0
	switch m.act {
	case keys.Note:
		e.options.Notes.AskNote(e.shell, m.id, m.about)
	case keys.Tag:
		e.options.Notes.AskTags(e.shell, m.id, m.about)
	default:
		return e.noted(e.options.Notes.Add(model.NoteEntry{Kind: model.NoteMark, Record: m.id, About: m.about}))
	}
	return nil
}

func (e *Explore) noted(cmd tea.Cmd) tea.Cmd {
	e.grid.Redraw()
	return cmd
}

// markOf is the sign before a marked row.
func (e *Explore) markOf(id model.RecordID) string {
	if _, ok := e.options.Notes.State().Mark(id); ok {
		return e.theme.Mark
	}
	return ""
}

// markText is what the status line says of a marked row.
func (e *Explore) markText(id model.RecordID) string {
	m, ok := e.options.Notes.State().Mark(id)
	if !ok {
		return ""
	}
	parts := []string{e.theme.Mark + " marked"}
	for _, t := range m.Tags {
		parts = append(parts, "#"+e.theme.Show(safe.New(t).String()))
	}
	if m.Note != "" {
		parts = append(parts, e.theme.Show(safe.New(m.Note).String()))
	}
	return strings.Join(parts, " ") + "  "
}

// findMark goes to the nearest marked row after or before the cursor.
func (e *Explore) findMark(forward bool) tea.Cmd {
	marks := e.options.Notes.State().Marks
	what := "marked row before this one"
	if forward {
		what = "marked row after this one"
	}
	ctx, cancel := begin()
	e.chain(cancel)
	e.result.sought.stop()
	e.result.sought.what = "looking for a " + what
	id, q, b, here := e.result.id, e.view.query(), e.backend, e.grid.Cursor()
	return func() tea.Msg {
		best := int64(-1)
		for _, m := range marks {
			n, err := b.Position(ctx, q, m.Record)
			if err != nil {
				return located{id, -1, what, err}
			}
			if n >= 0 && (forward && n > here && (best < 0 || n < best) || !forward && n < here && n > best) {
				best = n
			}
		}
		return located{id: id, row: best, what: what}
	}
}

// askKeepView keeps the filter, with its window, in the notebook.
func (e *Explore) askKeepView() tea.Cmd {
	text := e.options.Language.Print(e.view.filter)
	if text == "" {
		return e.say("there is no filter to keep")
	}
	e.shell.Push(dialog.New(e.theme, dialog.Spec{
		Title: "Keep this view", Yes: "keeps it in the case's notebook",
		Fields: []dialog.Field{{Label: "name", Help: "one that is taken is replaced"}},
		Says:   func(dialog.Answer) []string { return []string{"filter: " + e.filterText()} },
		Do: func(a dialog.Answer) (tea.Cmd, string) {
			name := strings.TrimSpace(a[0])
			if name == "" {
				return nil, "a name is needed"
			}
			e.shell.Notice(theme.Good, "kept; screen 8 lists it")
			return e.options.Notes.Add(model.NoteEntry{Kind: model.NoteView, Name: name, Text: text}), ""
		},
	}))
	return nil
}
