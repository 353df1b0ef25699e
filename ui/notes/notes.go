// Package notes is the notebook as the interface sees it: the present state for drawing, changed at
// once, and every change written in order behind it. It must not know where it is written to.
package notes

import (
	"slices"
	"strings"
	"sync"
	"time"

	tea "charm.land/bubbletea/v2"

	"trailsift/model"
	"trailsift/model/safe"
	"trailsift/ui/theme"
	"trailsift/ui/widget/dialog"
	"trailsift/ui/widget/shell"
)

// Notes is the notebook of a session. All methods but the writing belong to the goroutine of Update.
type Notes struct {
	state model.Notebook
	write func(model.NoteEntry) error
	now   func() time.Time

	mu      sync.Mutex // of queue
	queue   []model.NoteEntry
	writing sync.Mutex
}

// Written tells that a change reached the notebook, or why not.
type Written struct{ Err error }

// New begins with state. A nil write keeps nothing beyond the session.
func New(state model.Notebook, write func(model.NoteEntry) error, now func() time.Time) *Notes {
	return &Notes{state: state, write: write, now: now}
}

// State is the notebook now.
func (n *Notes) State() model.Notebook { return n.state }

// Kept tells that what is written outlives the session.
func (n *Notes) Kept() bool { return n.write != nil }

// Add makes a change and returns the command that writes it.
func (n *Notes) Add(e model.NoteEntry) tea.Cmd {
	if e.At.IsZero() {
		e.At = n.now().UTC().Truncate(time.Second)
	}
	n.state = n.state.With(e)
	if n.write == nil {
		return nil
	}
	n.mu.Lock()
	n.queue = append(n.queue, e)
	n.mu.Unlock()
	return func() tea.Msg { return Written{n.Drain()} }
}

// Drain writes what waits to be written, in the order of the changes, and returns the first error.
func (n *Notes) Drain() error {
	n.writing.Lock()
	defer n.writing.Unlock()
	var failed error
	for {
		n.mu.Lock()
		if len(n.queue) == 0 {
			n.mu.Unlock()
			return failed
		}
		e := n.queue[0]
		n.queue = n.queue[1:]
		n.mu.Unlock()
		if err := n.write(e); err != nil && failed == nil {
			failed = err
		}
	}
}

// AskNote opens the editor of a record's note. about describes the record to others.
func (n *Notes) AskNote(sh shell.Shell, id model.RecordID, about []model.Said) {
	had, _ := n.state.Mark(id)
	sh.Push(dialog.New(sh.Theme(), dialog.Spec{
		Title: "Note", Yes: "keeps it in the case's notebook; empty takes it away",
		Fields: []dialog.Field{{Label: "note", Text: had.Note}},
		Says:   func(dialog.Answer) []string { return describe(sh.Theme(), about) },
		Do: func(a dialog.Answer) (tea.Cmd, string) {
			text := strings.TrimSpace(a[0])
			if text == had.Note {
				return nil, ""
			}
			return n.Add(model.NoteEntry{Kind: model.NoteText, Record: id, About: about, Text: text}), ""
		},
	}))
}

// AskTags opens the editor of a record's tags.
func (n *Notes) AskTags(sh shell.Shell, id model.RecordID, about []model.Said) {
	had, _ := n.state.Mark(id)
	sh.Push(dialog.New(sh.Theme(), dialog.Spec{
		Title: "Tags", Yes: "keeps them in the case's notebook",
		Fields: []dialog.Field{{Label: "tags", Text: strings.Join(had.Tags, " "), Help: "words, with spaces between"}},
		Says:   func(dialog.Answer) []string { return describe(sh.Theme(), about) },
		Do: func(a dialog.Answer) (tea.Cmd, string) {
			want := strings.Fields(a[0])
			var cmds []tea.Cmd
			for _, t := range had.Tags {
				if !slices.Contains(want, t) {
					cmds = append(cmds, n.Add(model.NoteEntry{Kind: model.NoteUntag, Record: id, Text: t}))
				}
			}
			for _, t := range want {
				if !slices.Contains(had.Tags, t) {
					cmds = append(cmds, n.Add(model.NoteEntry{Kind: model.NoteTag, Record: id, About: about, Text: t}))
				}
			}
			return tea.Batch(cmds...), ""
		},
	}))
}

func describe(th *theme.Theme, about []model.Said) []string {
	var parts []string
	for _, s := range about {
		switch s.Field {
		case model.FieldTime, model.FieldOp, model.FieldActor, model.FieldKey:
			parts = append(parts, safe.Cut(s.Value, 80).String())
		}
	}
	return []string{th.Show(strings.Join(parts, "  "))}
}
