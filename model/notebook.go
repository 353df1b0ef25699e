package model

import (
	"slices"
	"time"
)

// NoteKind says what a line of the notebook does.
type NoteKind string

// The kinds. Lines are only ever added: what one takes back, an earlier one still tells.
const (
	NoteMark    NoteKind = "mark"
	NoteUnmark  NoteKind = "unmark"
	NoteText    NoteKind = "note" // empty Text takes the note away
	NoteTag     NoteKind = "tag"
	NoteUntag   NoteKind = "untag"
	NoteView    NoteKind = "view" // a filter with its window, kept under a name
	NoteForget  NoteKind = "forget-view"
	NoteSession NoteKind = "session" // where a terminal session left off
)

// Said is one value of a record, as it was when the record was marked.
type Said struct {
	Field Field  `json:"field"`
	Value string `json:"value"`
}

// NoteEntry is one line of the notebook.
type NoteEntry struct {
	Kind   NoteKind
	At     time.Time
	By     string // who wrote it
	Record RecordID
	About  []Said // of a mark, note or tag: what others find the record by
	Name   string // of a view
	Text   string // a note, a tag, a filter as text, or a session
}

// Mark is a record that somebody marked, noted or tagged.
type Mark struct {
	Record RecordID
	At     time.Time // when it was marked first
	By     string
	Note   string
	Tags   []string
	About  []Said
}

// Said is what the record said in field f.
func (m Mark) Said(f Field) string {
	for _, s := range m.About {
		if s.Field == f {
			return s.Value
		}
	}
	return ""
}

// SavedView is a filter with its window, as text.
type SavedView struct {
	Name, Filter string
	At           time.Time
	By           string
}

// Notebook is what the lines so far come to.
type Notebook struct {
	Marks   []Mark // in the order of marking
	Views   []SavedView
	Session string
}

// Mark finds the mark of a record.
func (n Notebook) Mark(id RecordID) (Mark, bool) {
	for _, m := range n.Marks {
		if m.Record == id {
			return m, true
		}
	}
	return Mark{}, false
}

// With is the notebook after one more line; n stays as it is. A note or a tag marks its record too.
func (n Notebook) With(e NoteEntry) Notebook {
	switch e.Kind {
	case NoteMark, NoteText, NoteTag, NoteUntag:
		return n.mark(e)
	case NoteUnmark:
		n.Marks = slices.DeleteFunc(slices.Clone(n.Marks), func(m Mark) bool { return m.Record == e.Record })
	case NoteView:
		n = n.forget(e.Name)
		n.Views = append(n.Views, SavedView{Name: e.Name, Filter: e.Text, At: e.At, By: e.By})
	case NoteForget:
		n = n.forget(e.Name)
	case NoteSession:
		n.Session = e.Text
	}
	return n
}

func (n Notebook) forget(name string) Notebook {
	n.Views = slices.DeleteFunc(slices.Clone(n.Views), func(v SavedView) bool { return v.Name == name })
	return n
}

func (n Notebook) mark(e NoteEntry) Notebook {
	n.Marks = slices.Clone(n.Marks)
	i := slices.IndexFunc(n.Marks, func(m Mark) bool { return m.Record == e.Record })
	if i < 0 {
		i = len(n.Marks)
		n.Marks = append(n.Marks, Mark{Record: e.Record, At: e.At, By: e.By})
	}
	m := n.Marks[i]
	if len(e.About) > 0 {
		m.About = e.About
	}
	switch e.Kind {
	case NoteText:
		m.Note, m.By = e.Text, e.By
	case NoteTag:
		if !slices.Contains(m.Tags, e.Text) {
			m.Tags = append(slices.Clone(m.Tags), e.Text)
		}
	case NoteUntag:
		m.Tags = slices.DeleteFunc(slices.Clone(m.Tags), func(t string) bool { return t == e.Text })
	}
	n.Marks[i] = m
	return n
}
