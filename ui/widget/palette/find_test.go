package palette

import (
	"strings"
	"testing"

	tea "charm.land/bubbletea/v2"

	"trailsift/ui/keys"
	"trailsift/ui/theme"
)

var questions = []string{"Actors with the most errors", "Deletes by actor", "Objects that were downloaded most", "The only reader of an object", "Quiet days", "Marked for deletion", "Undone changes", "Zoom"}

func found(t *testing.T, pane keys.Pane, text string) []string {
	t.Helper()
	var extra []Extra
	for _, q := range questions {
		extra = append(extra, Extra{Kind: "question", Name: q, Do: func() tea.Cmd { return nil }})
	}
	p := New(theme.New(false), pane, func(keys.Action) tea.Cmd { return nil }, extra)
	p.Paste(text)
	var out []string
	for _, i := range p.shown {
		if i < len(p.acts) {
			out = append(out, string(p.acts[i].Action))
		} else {
			out = append(out, p.extra[i-len(p.acts)].Name)
		}
	}
	return out
}

func TestAnActIsFirstUnderItsName(t *testing.T) {
	seen := map[keys.Pane]map[string]bool{}
	for _, pane := range keys.Panes {
		seen[pane] = map[string]bool{}
		for _, a := range keys.In(pane) {
			name := string(a.Action)
			if seen[pane][name] {
				continue
			}
			seen[pane][name] = true
			for _, typed := range []string{name, ":" + name, strings.ReplaceAll(name, "-", " "), strings.ToUpper(name)} {
				if got := found(t, pane, typed); len(got) == 0 || got[0] != name {
					t.Errorf("pane %s: %q finds %.5q first", pane, typed, got)
				}
			}
		}
	}
}

func TestWhatIsFoundFirst(t *testing.T) {
	for name, c := range map[string]struct{ typed, want string }{
		"a word of the help":               {"quit", "back"},
		"a name's beginning":               {"zoom", "Zoom"},
		"a name's beginning before others": {"zoom-", "zoom-in"},
		"a key":                            {"ctrl+r", "redo"},
		"letters left out":                 {"expt", "export"},
		"a question by its words":          {"errors most", "Actors with the most errors"},
		"a name before a sentence":         {"delet", "deletes"},
	} {
		t.Run(name, func(t *testing.T) {
			if got := found(t, keys.List, c.typed); len(got) == 0 || got[0] != c.want {
				t.Errorf("%q finds %.5q first, want %s", c.typed, got, c.want)
			}
		})
	}
	if got := found(t, keys.List, "qqqq"); len(got) != 0 {
		t.Errorf("qqqq finds %q", got)
	}
}
