package ui

import (
	"context"
	"errors"
	"strings"
	"testing"

	"trailsift/model"
)

func TestMarksNotesAndTagsAreWrittenInOrderAndListed(t *testing.T) {
	var book model.Notebook
	var kinds []string
	p := start80(t, newMemory(600), func(o *Options) {
		o.Note = func(e model.NoteEntry) error {
			book = book.With(e)
			kinds = append(kinds, string(e.Kind))
			return nil
		}
	})
	p.press("esc", "j", "space")
	p.shows("▸★ ✓", "★ marked")
	p.press("j", "j", "c")
	p.typeText("read by anna")
	p.press("enter")
	p.shows("★ marked read by anna")
	p.press("t")
	p.typeText("exfil night")
	p.press("enter")
	p.shows("#exfil #night read by anna")
	p.press("t", "ctrl+u")
	p.typeText("exfil")
	p.press("enter", "l", "l", "+", "m")
	p.typeText("gets")
	p.press("enter")
	if got := strings.Join(kinds, " "); got != "mark note tag tag untag view" {
		t.Errorf("wrote %s", got)
	}
	if len(book.Marks) != 2 || book.Marks[1].Note != "read by anna" || book.Marks[1].Said(model.FieldRequestID) != "5A1B0003" || len(book.Views) != 1 {
		t.Errorf("the notebook holds %+v", book)
	}
	p.press("8")
	p.shows("2 marks, 1 view", "read by anna", "gets: op:PutObject", "exfil")
	p.press("G", "enter")
	p.shows("Events: gets", "86 of 600")
	p.press("q", "g", "j", "enter")
	p.shows("Events: marked record", "▸★ ✓", "record 4")
	p.press("q", "delete")
	p.shows("1 mark, 1 view")
	p.press("1", "0", "g", "}")
	p.shows("2 of 600")
	p.press("}")
	p.shows("no marked row after this one")
	p.press("space")
	p.hides("★")
}

func TestTheNotebookOfTheCaseIsThereAtTheStart(t *testing.T) {
	p := start80(t, newMemory(600), func(o *Options) {
		o.Notebook = model.Notebook{}.With(model.NoteEntry{Kind: model.NoteText, Record: id(2), Text: "from \x1b[2Jbefore"})
	})
	p.press("esc", "}")
	p.shows("3 of 600", "from ␛[2Jbefore")
}

func TestANotebookThatCannotBeWrittenSaysSo(t *testing.T) {
	p := start80(t, newMemory(600), func(o *Options) {
		o.Note = func(model.NoteEntry) error { return errors.New("no space left") }
	})
	p.press("esc", "space")
	p.shows("the notebook could not be written: no space left")
}

func TestTheNotebookIsExportedToTheNamedFile(t *testing.T) {
	var path, format string
	p := start80(t, newMemory(600), func(o *Options) {
		o.ExportNotebook = func(_ context.Context, p, f string) (string, error) { path, format = p, f; return "written", nil }
	})
	p.press("esc", "space", "8", "x", "down", "right", "enter")
	p.shows("written")
	if path != "notebook.csv" || format != "csv" {
		t.Errorf("exported to %q as %q", path, format)
	}
}

func TestCopyingIsSanitisedAndWrappedInsideTmux(t *testing.T) {
	m := newMemory(10)
	m.rows[0][model.FieldIP] = "1.2.3.4\x1b]0;x\a"
	p := start80(t, m, func(o *Options) { o.Tmux = true })
	p.press("esc", "l", "l", "l", "l")
	_, cmd := p.root.Update(keyPress("y"))
	p.shows("sent to the terminal's clipboard")
	if s := passthrough("a"); s != "\x1bPtmux;\x1b\x1b]52;c;YQ==\a\x1b\\" {
		t.Errorf("wrapped as %q", s)
	}
	if cmd == nil {
		t.Error("sends nothing")
	}
}
