package ui

import (
	"strings"
	"testing"

	"trailsift/model"
	"trailsift/ui/screen/explore"
)

// body is the screen without its status and hint lines.
func (p *program) body() string {
	lines := strings.Split(p.screen(), "\n")
	return strings.Join(lines[:len(lines)-3], "\n")
}

func TestUndoComesBackToTheRow(t *testing.T) {
	for name, keys := range map[string][]string{
		"a value that leaves other rows":  {"-"},
		"a window that leaves it out":     {"[", "[", "]", "i", "o"},
		"a sort":                          {"s", "s"},
		"an answer without rows":          {"/", "i", "p", ":", "1", ".", "1", ".", "1", ".", "1", "enter"},
		"no rows, and then other filters": {"/", "i", "p", ":", "1", "enter", "l", "l", "0"},
	} {
		for _, sorted := range []string{"", "s"} {
			t.Run(name+sorted, func(t *testing.T) {
				p := startAt(t, newMemory(500), 160, 50, nil)
				p.press("esc", "l", "l", "l", "l")
				if sorted != "" {
					p.press("s")
				}
				for range 8 {
					p.press("pgdown")
				}
				p.press("up", "up", "up", "i", "o")
				p.press("esc")
				before, n := p.body(), len(p.undone())
				p.press(keys...)
				for len(p.undone()) > n {
					p.press("u")
				}
				if got := p.body(); got != before {
					t.Errorf("after undo\n%s", differ(got, before))
				}
				for range 8 {
					p.press("ctrl+r")
				}
				after := p.body()
				p.press("u", "ctrl+r")
				if got := p.body(); got != after {
					t.Errorf("after redo\n%s", differ(got, after))
				}
			})
		}
	}
}

// differ is the lines in which two screens differ.
func differ(got, want string) string {
	var b strings.Builder
	w := strings.Split(want, "\n")
	for i, l := range strings.Split(got, "\n") {
		if i >= len(w) || l != w[i] {
			b.WriteString("got  " + l + "\nwant " + w[min(i, len(w)-1)] + "\n")
		}
	}
	return b.String()
}

// undone are the views that undo can go back to.
func (p *program) undone() []int {
	e := p.root.bases["explore"]
	past, _ := e.(interface {
		Steps() (past, future []explore.Step)
	}).Steps()
	return make([]int, len(past))
}

func TestUndoKeepsTheRecordThatOneMovedTo(t *testing.T) {
	p := start80(t, newMemory(600), nil)
	p.press("esc", "l", "l", "+", "j", "j", "j", "j")
	before := p.top(t)
	p.press("u")
	if got := p.top(t); got != before {
		t.Errorf("after undo the cursor is on record %v, want %v", got, before)
	}
}

func TestUndoTakesBackEveryChangeOfTheLooks(t *testing.T) {
	for name, keys := range map[string][]string{
		"columns chosen":   {"C", "j", "j", "space", "enter"},
		"columns as usual": {"C", "r"},
		"wider":            {">"},
		"narrower":         {"<"},
		"the second zone":  {"T", "A", "s", "i", "a", "/", "T", "o", "k", "y", "o", "enter"},
		"wrapping":         {"w"},
		"the detail":       {"d"},
		"the whole screen": {"z"},
		"the facet panel":  {"f", "f"},
		"the proof":        {"V"},
	} {
		t.Run(name, func(t *testing.T) {
			m := newMemory(600)
			m.rows[0][model.FieldAgent] = strings.Repeat("agent ", 30) + "END"
			p := startAt(t, m, 160, 50, nil)
			p.press("esc", "l", "l", "+", ">", ">", "<")
			before := p.body()
			p.press(keys...)
			after := p.body()
			if after == before {
				t.Fatalf("nothing changed:\n%s", after)
			}
			p.press("u")
			if got := p.body(); got != before {
				t.Errorf("after undo\n%s", differ(got, before))
			}
			p.press("ctrl+r")
			if got := p.body(); got != after {
				t.Errorf("after redo\n%s", differ(got, after))
			}
			p.shows("[1 op:GetObject]")
			p.press("u", "u", "u", "u", "u")
			p.shows("no filter")
		})
	}
}

func TestASessionGoesOnAsItStood(t *testing.T) {
	var book model.Notebook
	keep := func(o *Options) {
		o.Notebook = book
		o.Note = func(e model.NoteEntry) error { book = book.With(e); return nil }
	}
	p := startAt(t, newMemory(500), 160, 50, keep)
	p.press("esc", "l", "l", "+", "l", "l", "-")
	for range 8 {
		p.press("pgdown")
	}
	p.press("up", "up", "up", "l", "l", "L", "L", "i", "u")
	before := p.body()
	p.root.finish()
	p = startAt(t, newMemory(500), 160, 50, keep)
	p.press("esc")
	if got := p.body(); got != before {
		t.Errorf("the next session differs in\n%s", differ(got, before))
	}
	p.press("ctrl+r")
	p.shows("since:")
	p.press("u", "u")
	p.shows("[1 op:GetObject]")
	p.hides("[2 ")
	p.press("u")
	p.shows("no filter")
}
