package line

import (
	"testing"

	tea "charm.land/bubbletea/v2"

	"trailsift/ui/theme"
	"trailsift/ui/widget/grid"
)

func TestEditing(t *testing.T) {
	press := func(code rune, mod tea.KeyMod) tea.KeyPressMsg { return tea.KeyPressMsg{Code: code, Mod: mod} }
	tests := map[string]struct {
		text string
		keys []tea.KeyPressMsg
		want string
	}{
		"a letter goes in at the end":       {"ab", []tea.KeyPressMsg{{Code: 'c', Text: "c"}}, "abc"},
		"a letter goes in at the cursor":    {"ac", []tea.KeyPressMsg{press(tea.KeyLeft, 0), {Code: 'b', Text: "b"}}, "abc"},
		"backspace at the start is nothing": {"ab", []tea.KeyPressMsg{press(tea.KeyHome, 0), press(tea.KeyBackspace, 0)}, "ab"},
		"delete takes what follows":         {"ab", []tea.KeyPressMsg{press(tea.KeyHome, 0), press(tea.KeyDelete, 0)}, "b"},
		"ctrl+w takes a word":               {"ab cd ", []tea.KeyPressMsg{press('w', tea.ModCtrl)}, "ab "},
		"ctrl+u takes all before":           {"ab cd", []tea.KeyPressMsg{press(tea.KeyLeft, 0), press('u', tea.ModCtrl)}, "d"},
		"ctrl+k takes all behind":           {"ab cd", []tea.KeyPressMsg{press('a', tea.ModCtrl), press('k', tea.ModCtrl)}, ""},
	}
	for name, c := range tests {
		t.Run(name, func(t *testing.T) {
			l := New(c.text)
			for _, k := range c.keys {
				l.Type(k)
			}
			if got := l.String(); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

func FuzzTheViewIsExact(f *testing.F) {
	f.Add("op:GetObject 漢字\x1b[2J", 9, 10)
	f.Fuzz(func(t *testing.T, s string, cursor, w int) {
		if w < 0 || w > 200 || len(s) > 4096 {
			return
		}
		l := New(s)
		l.SetCursor(cursor)
		for _, out := range []string{l.View(theme.New(false), w), l.Plain(theme.New(true), w)} {
			if grid.Width(out) != w {
				t.Fatalf("%q at %d in %d cells is %q, %d wide", s, cursor, w, out, grid.Width(out))
			}
		}
	})
}
